"""Zip archives looked at before anything opens them: real inflated bytes are counted while streaming.

What an archive says about itself is not believed; a 61 kB file was seen to hold 60 MB.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from geo.errors import FileRefused
from geo.tables import LIMITS, Limits

CHUNK = 1 << 16
ENCRYPTED = 0x1
ARCHIVES = (".zip", ".kmz", ".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz")
MARKUP = (".xml", ".rels", ".vml", ".kml", ".gpx")
DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)|<\0!\0[Dd]\0[Oo]\0|\0<\0!\0[Dd]\0[Oo]", re.IGNORECASE)
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError)
"""What opening an archive that somebody damaged may raise; RuntimeError is also what zipfile says of a password and of
a way of packing that it does not know."""

TAIL = 70_000  # the last record and the longest remark behind it
DIRECTORY_BYTES = 5_000_000


def is_archive(head: bytes) -> bool:
    """Whether a file begins like a zip archive."""
    return head.startswith(b"PK\x03\x04")


def names(path: Path) -> list[str]:
    """Names of the entries, [] where the archive cannot be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except BROKEN:
        return []


def weigh(path: Path) -> None:
    """Raises FileRefused for a directory too large to be opened at all: each entry in it costs half a kilobyte."""
    with path.open("rb") as opened:
        opened.seek(max(0, path.stat().st_size - TAIL))
        tail = opened.read()
    at, large = tail.rfind(b"PK\5\6"), tail.rfind(b"PK\6\6")
    stated = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if stated == 0xFFFFFFFF and large >= 0:
        stated = int.from_bytes(tail[large + 40 : large + 48], "little")
    if stated > DIRECTORY_BYTES:
        raise FileRefused("archive.too_many_entries", limit=LIMITS.entries)


def proper(found: Iterable[str]) -> list[str]:
    """The names without folders and without what a Mac adds to every archive it makes."""
    return [name for name in found if not name.endswith("/") and "__MACOSX/" not in f"/{name}"
            and not name.replace("\\", "/").rsplit("/", 1)[-1].startswith("._")]


def check(path: Path, limits: Limits, *, markup: bool = True) -> None:
    """Raises FileRefused for bombs, nesting, encryption, links, names that climb, doubled names and DOCTYPE.

    `markup` False: no XML of this archive will be opened, so it may declare what it likes (old ArcGIS gives each
    Shapefile a .shp.xml with a DOCTYPE).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries:
                raise FileRefused("archive.too_many_entries", limit=limits.entries)
            _check_names(entries)
            inflated = 0
            for entry in entries:
                inflated = _stream(archive, entry, inflated, path.stat().st_size, limits, markup)
    except BROKEN as cause:
        raise FileRefused("archive.broken") from cause


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or ".." in name.split("/") or "\0" in entry.orig_filename:
            raise FileRefused("archive.climbing_name")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefused("archive.broken")  # others may ask for gigabytes before the first byte comes out
        if entry.flag_bits & ENCRYPTED:
            raise FileRefused("archive.encrypted")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise FileRefused("archive.link")
        if name.lower().endswith(ARCHIVES):
            raise FileRefused("archive.nested")
        if name.lower() in seen:
            raise FileRefused("archive.doubled_name")
        seen.add(name.lower())


def _stream(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, inflated: int, size: int, limits: Limits,
            markup: bool) -> int:
    markup = markup and entry.filename.lower().endswith(MARKUP)
    tail = b""
    with archive.open(entry) as opened:
        while chunk := opened.read(CHUNK):
            if not inflated and chunk.startswith(b"PK\x03\x04") and entry.filename.lower().endswith(ARCHIVES):
                raise FileRefused("archive.nested")
            inflated += len(chunk)
            if inflated > limits.inflated_bytes or (
                    inflated > 20_000_000 and inflated > limits.inflated_ratio * size):
                raise FileRefused("archive.bomb", megabytes=limits.inflated_bytes // 1_000_000)
            if markup and DOCTYPE.search(tail + chunk):
                raise FileRefused("archive.doctype")
            tail = chunk[-16:]
    return inflated
