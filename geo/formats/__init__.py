"""One module, one file format; `FORMATS` is the list of all that are read.

A format is a module with `NAME`, `recognises(path, head) -> bool` and `read(path, limits) -> Contents`. Which one
reads a file is decided by what the file holds, never by what its name says. Adding one touches three places: its
module, its name in `FORMATS`, its sample in the tests.
"""

from pathlib import Path
from types import ModuleType

from geo.errors import FileEmpty, FileRefused, FormatUnknown
from geo.formats import (
    archive,
    flatgeobuf,
    geojson,
    geojson_lines,
    geopackage,
    gpx,
    kml,
    kmz,
    parquet,
    shapefile,
    text,
    xlsx,
)
from geo.formats.contents import Contents
from geo.tables import LIMITS, Limits

FORMATS: tuple[ModuleType, ...] = (
    xlsx, shapefile, kmz, geopackage, flatgeobuf, parquet, kml, gpx, geojson_lines, geojson, text,
)

HEAD_BYTES = 4096
OLD_OFFICE = b"\xd0\xcf\x11\xe0"

NOT_READ = (
    (b"%PDF-", "reading.pdf"),
    (b"{\\rtf", "reading.document"),
    (b"\x89PNG", "reading.picture"),
    (b"\xff\xd8\xff", "reading.picture"),
    (b"GIF87a", "reading.picture"),
    (b"GIF89a", "reading.picture"),
    (b"\0\0\x27\x0a", "reading.bare_shapefile"),
    (b"\x1f\x8b", "reading.compressed"),
    (b"7z\xbc\xaf\x27\x1c", "reading.compressed"),
    (b"Rar!\x1a\x07", "reading.compressed"),
    (b"BZh", "reading.compressed"),
    (b"\xfd7zXZ", "reading.compressed"),
)
"""Beginnings of files people send by mistake, each with the sentence that says what to do instead. They are looked at
before any format is asked: the first lines of a PDF pass for text."""


def recognise(path: Path) -> ModuleType:
    """The module that reads this file. Raises FileEmpty or FormatUnknown."""
    with path.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise FileEmpty
    for beginning, message_id in NOT_READ:
        if head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(beginning):
            raise FormatUnknown(message_id)
    if archive.is_archive(head):
        archive.weigh(path)
    for form in FORMATS:
        if form.recognises(path, head):
            return form
    if head.startswith(OLD_OFFICE):
        raise FormatUnknown(_old_office(path, head))
    if archive.is_archive(head):
        word = "word/document.xml" in archive.names(path)
        raise FormatUnknown("reading.document" if word else "reading.archive")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise FormatUnknown("reading.markup")
    raise FormatUnknown


def _old_office(path: Path, head: bytes) -> str:
    """Old Word, a workbook under a password and old Excel begin alike; the directory inside names their streams."""
    streams = xlsx.old_streams(path, head)
    if "WordDocument".encode("utf-16-le") in streams:
        return "reading.document"
    return "archive.encrypted" if "EncryptedPackage".encode("utf-16-le") in streams else "reading.old_office"


def read(path: Path, limits: Limits = LIMITS) -> Contents:
    """What a file holds, before its columns are understood. Raises FileRefused and its children."""
    if path.stat().st_size > limits.file_bytes:
        raise FileRefused("reading.too_large", megabytes=limits.file_bytes // 1_000_000)
    return recognise(path).read(path, limits)
