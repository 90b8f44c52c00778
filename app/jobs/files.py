"""Received files, kept under their own sum: the same content lies there once, whatever it was called.

A name given by a person is never used on disk. The order is what makes a received file safe against a power cut:
write, fsync, rename, fsync of the folder, and only then does the caller's transaction commit.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is safely on disk."""

    sha256: bytes
    bytes: int
    path: Path


def keep(stream: BinaryIO, folder: Path, hold: Callable[[bytes], None] = lambda sha256: None) -> Kept:
    """Store what `stream` holds under `folder`; returns after it has reached the disk.

    `hold` is called with the sum before the file takes its place: nobody may remove the same content meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total, length = hashlib.sha256(), 0
    descriptor, name = tempfile.mkstemp(prefix="receiving-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as written:
            while block := stream.read(_BLOCK):
                total.update(block)
                length += len(block)
                written.write(block)
            written.flush()
            os.fsync(written.fileno())
        hold(total.digest())
        place = path_of(folder, total.digest())
        _make(place.parent)
        os.replace(name, place)
        sync(place.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Kept(total.digest(), length, place)


def path_of(folder: Path, sha256: bytes) -> Path:
    """Where the file with this sum lies."""
    name = sha256.hex()
    return folder / name[:2] / name


def remove(folder: Path, sha256: bytes) -> None:
    """Remove a file that nobody wants any more."""
    path_of(folder, sha256).unlink(missing_ok=True)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(folder: Path) -> None:
    """Have what a folder lists on the disk itself: a file's own sync keeps its content, not its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
