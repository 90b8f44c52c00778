"""Photos that people send: looked at in a process of its own, the original sealed, what is shown written anew.

Both lie under their own sums. The original is evidence: it keeps what the camera wrote, and is served to nobody.
"""

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from app.errors import Refused
from app.jobs import files
from app.settings import Settings
from geo.errors import FileRefused
from geo.formats import sandbox
from geo.sentences import Sentence
from geo.tables import LIMITS

MOST_BYTES = 12 * 2**20
PIXELS = 50_000_000
SHOWN_PX = 1_600
_BLOCK = 1 << 20
_LIMITS = replace(LIMITS, child_seconds=20, child_memory_bytes=1_200_000_000, inflated_bytes=20_000_000)


class Kept(NamedTuple):
    """A photo that is safely on disk: sums of original and of what is shown, bytes of the original, size shown."""

    sha256: bytes
    shown_sha256: bytes
    bytes: int
    width: int
    height: int


def keep(settings: Settings, stream: BinaryIO) -> Kept:
    """Store a sent JPEG, PNG or WebP. Raises Refused for any other content, one too large or one that is broken."""
    folder = settings.var / "photos"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix="receiving-", dir=folder) as received:
        length = 0
        while block := stream.read(_BLOCK):
            length += len(block)
            if length > MOST_BYTES:
                raise Refused(Sentence("photo.too_large", {"limit": MOST_BYTES // 2**20}))
            received.write(block)
        received.flush()
        try:
            with sandbox.ran({"read": "photo", "path": received.name, "pixels": PIXELS, "shown": SHOWN_PX},
                             _LIMITS) as written, open(written, "rb") as opened:
                width, height = map(int, opened.readline().split())
                shown = files.keep(opened, folder / "shown")
        except FileRefused as cause:
            raise Refused(Sentence("photo.refused")) from cause
        received.seek(0)
        original = files.keep(received, folder / "sealed")
    with suppress(PermissionError):  # the same content may have been sealed by another process of ours
        original.path.chmod(0o400)
    return Kept(original.sha256, shown.sha256, original.bytes, width, height)


def shown(settings: Settings, sha256: bytes) -> bytes:
    """What is shown of a photo: a JPEG without anything the camera or a program noted."""
    return Path(files.path_of(settings.var / "photos" / "shown", sha256)).read_bytes()
