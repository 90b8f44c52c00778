"""Single tiles out of a PMTiles file (version 3), so that a basemap is one file that somebody copies here.

Read on this side: the browser needs no further library, and a broken file is a sentence and never a broken map. Every
length that the file claims is held against the file before anything of it is read.
"""

import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

HEADER = 127
MOST_DIRECTORY = 16 * 2**20
MOST_TILE = 8 * 2**20
MEDIA = {1: "application/vnd.mapbox-vector-tile", 2: "image/png", 3: "image/jpeg", 4: "image/webp", 5: "image/avif"}
NONE, GZIP = 1, 2


class BasemapFaulty(ValueError):
    """The file cannot be used as a basemap; its text says why (a message id)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a directory; without a run it leads to a further directory."""

    tile: int
    offset: int
    length: int
    run: int


@dataclass(frozen=True, slots=True)
class Basemap:
    """An opened file: what kind of tiles it holds and at which zooms."""

    path: Path
    size: int
    changed: float
    media: str
    packed: bool
    first_zoom: int
    last_zoom: int
    root: tuple[int, int] = field(repr=False, default=(0, 0))
    leaves: int = field(repr=False, default=0)
    tiles: int = field(repr=False, default=0)
    packed_directories: bool = field(repr=False, default=False)

    @property
    def vector(self) -> bool:
        return self.media == MEDIA[1]

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """The bytes of one tile as they stand in the file; None where it has none. Raises BasemapFaulty."""
        if not self.first_zoom <= z <= self.last_zoom:
            return None
        wanted, (offset, length) = number(z, x, y), self.root
        for _ in range(4):
            entry = _holding(_directory(self, offset, length), wanted)
            if entry is None:
                return None
            if entry.run:
                if entry.length > MOST_TILE:
                    raise BasemapFaulty("basemap.broken")
                return _read(self, self.tiles + entry.offset, entry.length)
            offset, length = self.leaves + entry.offset, entry.length
        raise BasemapFaulty("basemap.broken")


def opened(path: Path) -> Basemap:
    """Read the header. Raises BasemapFaulty."""
    try:
        seen = path.stat()
        with path.open("rb") as file:
            head = file.read(HEADER)
    except OSError:
        raise BasemapFaulty("basemap.unreadable") from None
    if len(head) < HEADER or head[:7] != b"PMTiles":
        raise BasemapFaulty("basemap.not_pmtiles")
    if head[7] != 3:
        raise BasemapFaulty("basemap.version")
    places = struct.unpack_from("<11Q", head, 8)
    directories, tiles, media, first, last = head[97:102]
    if media not in MEDIA or directories not in (NONE, GZIP) or tiles not in (NONE, GZIP):
        raise BasemapFaulty("basemap.kind")
    if any(places[n] + places[n + 1] > seen.st_size for n in (0, 2, 4, 6)) or first > last or last > 30:
        raise BasemapFaulty("basemap.broken")
    made = Basemap(path, seen.st_size, seen.st_mtime, MEDIA[media], tiles == GZIP, first, last, places[:2], places[4],
                   places[6], directories == GZIP)
    _directory(made, *made.root)
    return made


def number(z: int, x: int, y: int) -> int:
    """The place of a tile in the file's order: zoom after zoom, each along a Hilbert curve."""
    before, along, side = (4**z - 1) // 3, 0, 1 << z >> 1
    while side:
        right, low = int(bool(x & side)), int(bool(y & side))
        along += side * side * (3 * right ^ low)
        if not low:
            if right:
                x, y = side - 1 - (x & side - 1), side - 1 - (y & side - 1)
            x, y = y, x
        side >>= 1
    return before + along


def _holding(entries: Sequence[Entry], wanted: int) -> Entry | None:
    low, high = 0, len(entries) - 1
    while low <= high:
        middle = (low + high) // 2
        if entries[middle].tile <= wanted:
            low = middle + 1
        else:
            high = middle - 1
    if high < 0:
        return None
    found = entries[high]
    return found if not found.run or wanted < found.tile + found.run else None


@lru_cache(maxsize=256)
def _directory(basemap: Basemap, offset: int, length: int) -> tuple[Entry, ...]:
    if not 0 < length <= MOST_DIRECTORY:
        raise BasemapFaulty("basemap.broken")
    content = _read(basemap, offset, length)
    if basemap.packed_directories:
        content = unpacked(content, MOST_DIRECTORY)
    return _entries(content)


def _entries(content: bytes) -> tuple[Entry, ...]:
    numbers = _numbers(content)
    count = next(numbers, 0)
    if not 0 < count <= len(content):
        raise BasemapFaulty("basemap.broken")
    try:
        steps, runs, lengths, offsets = ([next(numbers) for _ in range(count)] for _ in range(4))
    except (StopIteration, RuntimeError):
        raise BasemapFaulty("basemap.broken") from None
    made, tile, end = [], 0, 0
    for step, run, length, offset in zip(steps, runs, lengths, offsets, strict=True):
        tile += step
        start = end if offset == 0 and made else offset - 1
        made.append(Entry(tile, start, length, run))
        end = start + length
    return tuple(made)


def _numbers(content: bytes):
    value = shift = 0
    for byte in content:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0
        elif shift > 63:
            raise BasemapFaulty("basemap.broken")


def _read(basemap: Basemap, offset: int, length: int) -> bytes:
    if offset < 0 or offset + length > basemap.size:
        raise BasemapFaulty("basemap.broken")
    try:
        with basemap.path.open("rb") as file:
            content = os.pread(file.fileno(), length, offset)
    except OSError:
        raise BasemapFaulty("basemap.unreadable") from None
    if len(content) < length:
        raise BasemapFaulty("basemap.broken")
    return content


def unpacked(content: bytes, most: int = MOST_TILE) -> bytes:
    """Gunzipped, but never more than `most` bytes. Raises BasemapFaulty."""
    try:
        stream = zlib.decompressobj(wbits=31)
        whole = stream.decompress(content, most)
    except zlib.error:
        raise BasemapFaulty("basemap.broken") from None
    if stream.unconsumed_tail or not stream.eof:
        raise BasemapFaulty("basemap.broken")
    return whole
