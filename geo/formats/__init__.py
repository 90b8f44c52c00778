"""One module, one file format; `FORMATS` is the list of all that are read.

A format is a module with `NAME`, `recognises(path, head) -> bool` and `read(path, limits) -> Contents`. Which one
reads a file is decided by what the file holds, never by what its name says. Adding one touches three places: its
module, its name in `FORMATS`, its sample in the tests.
"""

from pathlib import Path
from types import ModuleType

from geo.errors import FileEmpty, FileRefused, FormatUnknown
from geo.formats import geojson, geopackage, shapefile, text, xlsx
from geo.formats.contents import Contents
from geo.tables import LIMITS, Limits

FORMATS: tuple[ModuleType, ...] = (xlsx, shapefile, geopackage, geojson, text)

HEAD_BYTES = 4096

NOT_READ = (
    (b"\xd0\xcf\x11\xe0", "reading.old_excel"),
    (b"PK\x03\x04", "reading.archive"),
    (b"%PDF", "reading.pdf"),
    (b"\x89PNG", "reading.picture"),
    (b"\xff\xd8\xff", "reading.picture"),
)
"""Beginnings of files people send by mistake, each with the sentence that says what to do instead."""


def recognise(path: Path) -> ModuleType:
    """The module that reads this file. Raises FileEmpty or FormatUnknown."""
    with path.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise FileEmpty
    for form in FORMATS:
        if form.recognises(path, head):
            return form
    for beginning, message_id in NOT_READ:
        if head.startswith(beginning):
            raise FormatUnknown(message_id)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise FormatUnknown("reading.markup")
    raise FormatUnknown


def read(path: Path, limits: Limits = LIMITS) -> Contents:
    """What a file holds, before its columns are understood. Raises FileRefused and its children."""
    if path.stat().st_size > limits.file_bytes:
        raise FileRefused("reading.too_large", megabytes=limits.file_bytes // 1_000_000)
    return recognise(path).read(path, limits)
