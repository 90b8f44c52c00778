"""A basemap file is read as its format says; one that is not such a file is a sentence."""

import gzip
import struct
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.maps import ground, pmtiles
from app.maps.pmtiles import BasemapFaulty
from geo.sentences import words


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def directory(entries):
    """(tile, offset, length, run) each, packed as the format says."""
    last, parts = 0, [varint(len(entries))]
    for tile, *_ in entries:
        parts.append(varint(tile - last))
        last = tile
    parts += [varint(run) for *_, run in entries]
    parts += [varint(length) for _, _, length, _ in entries]
    parts += [varint(offset + 1) for _, offset, _, _ in entries]
    return gzip.compress(b"".join(parts), mtime=0)


def written(tiles, *, media=1, version=3, leaves=False):
    """A whole file of {(z, x, y): bytes}; with `leaves` the root leads to a directory of its own."""
    body, entries = b"", []
    for one, content in sorted((pmtiles.number(*key), content) for key, content in tiles.items()):
        entries.append((one, len(body), len(content), 1))
        body += content
    leaf = directory(entries) if leaves else b""
    root = directory([(entries[0][0], 0, len(leaf), 0)]) if leaves else directory(entries)
    at = pmtiles.HEADER + len(root)
    places = (pmtiles.HEADER, len(root), at, 0, at, len(leaf), at + len(leaf), len(body), 0, 0, 0)
    zooms = [key[0] for key in tiles]
    head = b"PMTiles" + bytes([version]) + struct.pack("<11Q", *places)
    head += bytes([1, 2, 1, media, min(zooms), max(zooms)]) + bytes(25)
    return head + root + leaf + body


TILES = {(z, x, y): f"{z}/{x}/{y}".encode() for z in range(4) for x in range(2**z) for y in range(2**z)}


def test_tiles_are_numbered_zoom_by_zoom_along_a_hilbert_curve():
    """The first numbers stand in the format's own description."""
    assert [pmtiles.number(*one) for one in ((0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0), (2, 0, 0))] == [
        0, 1, 2, 3, 4, 5]
    assert pmtiles.number(12, 3423, 1763) == 19078479


@pytest.mark.parametrize("zoom", [1, 2, 3, 5])
def test_neighbours_on_the_curve_are_neighbours_on_the_map(zoom):
    side = 2**zoom
    along = sorted((pmtiles.number(zoom, x, y), x, y) for x in range(side) for y in range(side))
    assert [one[0] for one in along] == list(range(along[0][0], along[0][0] + side * side))
    assert all(abs(a[1] - b[1]) + abs(a[2] - b[2]) == 1 for a, b in pairwise(along))


@pytest.mark.parametrize("leaves", [False, True])
def test_every_tile_comes_out_as_it_went_in(tmp_path, leaves):
    file = tmp_path / "basemap.pmtiles"
    file.write_bytes(written(TILES, leaves=leaves))
    basemap = pmtiles.opened(file)
    assert (basemap.first_zoom, basemap.last_zoom, basemap.vector) == (0, 3, True)
    assert {key: basemap.tile(*key) for key in TILES} == TILES
    assert basemap.tile(4, 0, 0) is None


def test_a_run_of_equal_tiles_is_one_entry(tmp_path):
    """The sea is one tile, repeated; what lies beyond the run is not there."""
    root = directory([(1, 0, 3, 3)])
    at = pmtiles.HEADER + len(root)
    head = b"PMTiles\x03" + struct.pack("<11Q", pmtiles.HEADER, len(root), at, 0, at, 0, at, 3, 0, 0, 0)
    file = tmp_path / "sea.pmtiles"
    file.write_bytes(head + bytes([1, 2, 1, 2, 0, 1]) + bytes(25) + root + b"sea")
    basemap = pmtiles.opened(file)
    assert [basemap.tile(*one) for one in ((1, 0, 0), (1, 1, 1), (1, 1, 0), (0, 0, 0))] == [b"sea", b"sea", None, None]


WHOLE = written(TILES)


@pytest.mark.parametrize(("content", "fault"), [
    (b"", "basemap.not_pmtiles"), (b"PK\x03\x04" + bytes(200), "basemap.not_pmtiles"),
    (written(TILES, version=2), "basemap.version"), (written(TILES, media=9), "basemap.kind"),
    (WHOLE[:-3], "basemap.broken"), (WHOLE[:200], "basemap.broken"),
    (WHOLE[:127] + bytes(60) + WHOLE[187:], "basemap.broken"),
])  # fmt: skip
def test_a_file_that_is_no_basemap_says_what_is_wrong_with_it(tmp_path, content, fault):
    file = tmp_path / "basemap.pmtiles"
    file.write_bytes(content)
    with pytest.raises(BasemapFaulty, match=fault):
        pmtiles.opened(file)
    assert all(fault in words(language) for language in ("id", "en"))


def test_a_missing_file_and_a_folder_cannot_be_read(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(BasemapFaulty, match=r"basemap\.unreadable"):
            pmtiles.opened(path)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_one_changed_byte_raises_nothing_but_our_own(tmp_path_factory, place, value):
    file = tmp_path_factory.getbasetemp() / "changed.pmtiles"
    file.write_bytes(WHOLE[:place] + bytes([value]) + WHOLE[place + 1 :])
    pmtiles._directory.cache_clear()
    with suppress(BasemapFaulty):
        basemap = pmtiles.opened(file)
        for key in ((0, 0, 0), (3, 5, 2)):
            basemap.tile(*key)


def test_the_layers_of_the_ground_draw_from_the_basemap_alone():
    made = ground.layers()
    assert {layer["source"] for layer in made} == {"basemap"}
    assert len({layer["id"] for layer in made}) == len(made)
