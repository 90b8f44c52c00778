"""Zip archives looked at before anything opens them: real inflated bytes are counted while streaming.

What an archive says about itself is not believed; a 61 kB file was seen to hold 60 MB.
"""

import re
import stat
import zipfile
import zlib
from pathlib import Path

from geo.errors import FileRefused
from geo.tables import Limits

CHUNK = 1 << 16
ENCRYPTED = 0x1
ARCHIVES = (".zip", ".kmz", ".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz")
MARKUP = (".xml", ".rels", ".vml", ".kml", ".gpx")
DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)|<\0!\0[Dd]\0[Oo]\0|\0<\0!\0[Dd]\0[Oo]", re.IGNORECASE)


def is_archive(head: bytes) -> bool:
    """Whether a file begins like a zip archive."""
    return head.startswith(b"PK\x03\x04")


def names(path: Path) -> list[str]:
    """Names of the entries, [] where the archive cannot be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def check(path: Path, limits: Limits) -> None:
    """Raises FileRefused for bombs, nesting, encryption, links, names that climb, doubled names and DOCTYPE."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries:
                raise FileRefused("archive.too_many_entries", limit=limits.entries)
            _check_names(entries)
            inflated = 0
            for entry in entries:
                inflated = _stream(archive, entry, inflated, path.stat().st_size, limits)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
            RuntimeError) as cause:
        raise FileRefused("archive.broken") from cause


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or ".." in name.split("/") or "\0" in entry.orig_filename:
            raise FileRefused("archive.climbing_name")
        if entry.flag_bits & ENCRYPTED:
            raise FileRefused("archive.encrypted")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise FileRefused("archive.link")
        if name.lower().endswith(ARCHIVES):
            raise FileRefused("archive.nested")
        if name.lower() in seen:
            raise FileRefused("archive.doubled_name")
        seen.add(name.lower())


def _stream(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, inflated: int, size: int, limits: Limits) -> int:
    markup = entry.filename.lower().endswith(MARKUP)
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
