"""Archives that inflate, nest, overlap or lie: for every format that comes in one."""

import contextlib
import struct
import time
import zipfile

import pytest

from geo import formats
from geo.errors import FileRefused
from tests.unit.files import changed, refusal
from tests.unit.formats.samples import KML, sample

ARCHIVED = ("kmz", "shapefile", "xlsx")
FIRST = {"kmz": ".kml", "shapefile": ".dbf", "xlsx": "sheet1.xml"}


@pytest.mark.parametrize("form", ARCHIVED)
def test_a_bomb_is_counted_while_it_inflates(tmp_path, form):
    bomb = changed(sample(tmp_path, form), tmp_path / "bomb", lambda name, content: (
        content + b" " * 60_000_000 if name.endswith(FIRST[form]) else content))
    assert bomb.stat().st_size < 200_000
    assert refusal(bomb) == "archive.bomb"


@pytest.mark.parametrize("form", ARCHIVED)
@pytest.mark.parametrize("place", [22, 24])
def test_a_bomb_that_states_a_small_size_is_no_smaller(tmp_path, form, place):
    """Both headers lie: the one before the content and the one in the directory."""
    bomb = changed(sample(tmp_path, form), tmp_path / "bomb", lambda name, content: (
        content + b" " * 60_000_000 if name.endswith(FIRST[form]) else content))
    content = bytearray(bomb.read_bytes())
    mark = b"PK\x03\x04" if place == 22 else b"PK\x01\x02"
    at = content.find(mark)
    while at >= 0:
        content[at + place : at + place + 4] = struct.pack("<I", 100)
        at = content.find(mark, at + 4)
    bomb.write_bytes(content)
    assert refusal(bomb) in ("archive.bomb", "archive.broken")


def test_overlapping_entries_are_counted_once_for_each_name(tmp_path):
    """A thousand names for one megabyte of blanks: a small file, a gigabyte on the disk of a careless unpacker."""
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("doc.kml", KML + " " * 1_000_000)
        one = opened.infolist()[0]
        for number in range(1_000):
            again = zipfile.ZipInfo(f"{number}.kml")
            for part in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(again, part, getattr(one, part))
            opened.filelist.append(again)
            opened.NameToInfo[again.filename] = again
    assert path.stat().st_size < 200_000
    assert refusal(path) in ("archive.bomb", "archive.broken")


@pytest.mark.parametrize("name", ["lain.zip", "lain.KMZ", "lain.gz", "lain.7z", "a/b/lain.tar"])
@pytest.mark.parametrize("form", ["kmz", "shapefile"])
def test_an_archive_inside_is_refused(tmp_path, form, name):
    path = sample(tmp_path, form)
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr(name, b"PK\x03\x04")
    assert refusal(path) == "archive.nested"


@pytest.mark.parametrize("form", ["kmz", "shapefile"])
@pytest.mark.parametrize("name", ["../a.png", "/a.png", "C:/a.png", "a/../../b.png", "..\\a.png"])
def test_a_name_that_climbs_is_refused(tmp_path, form, name):
    path = sample(tmp_path, form)
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr(name, "x")
    assert refusal(path) == "archive.climbing_name"


@pytest.mark.parametrize("form", ["kmz", "shapefile"])
def test_a_link_is_refused(tmp_path, form):
    path = sample(tmp_path, form)
    with zipfile.ZipFile(path, "a") as opened:
        entry = zipfile.ZipInfo("doc2.kml")
        entry.external_attr = 0o120777 << 16
        opened.writestr(entry, "/etc/passwd")
    assert refusal(path) == "archive.link"


def test_an_archive_of_64_bits_is_read_and_one_that_lies_is_refused(tmp_path):
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w") as opened, opened.open("doc.kml", "w", force_zip64=True) as entry:
        entry.write(KML.encode())
    assert len(formats.read(path).features.properties) == 2
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**40, 2**40, 2**40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, path.stat().st_size, 1)
    content = path.read_bytes()
    path.write_bytes(content[:-22] + end + locator + content[-22:-10] + b"\xff" * 8 + content[-2:])
    assert refusal(path) in ("archive.too_many_entries", "archive.broken", "reading.archive")


def test_a_directory_of_a_million_names_is_refused_before_it_is_read(tmp_path):
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0)
    directory = b"".join(entry + b"%05x" % k for k in range(1_000_000))
    start = struct.pack("<4s5HL2L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 5, 0) + b"a.kml"
    path = tmp_path / "a.kmz"
    path.write_bytes(start + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory),
                                                     len(start), 0))
    begun = time.monotonic()
    assert refusal(path) == "archive.too_many_entries"
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_asks_for_memory_before_the_first_byte_is_refused(tmp_path, method):
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w", method) as opened:
        opened.writestr("doc.kml", KML)
    assert refusal(path) == "archive.broken"


@pytest.mark.parametrize(("begins", "reason"), [
    (b"\x1f\x8b\x08\0", "reading.compressed"), (b"7z\xbc\xaf\x27\x1c", "reading.compressed"),
    (b"Rar!\x1a\x07\x01\0", "reading.compressed"), (b"BZh91AY", "reading.compressed"),
    (b"\xfd7zXZ\0", "reading.compressed")])
def test_compressed_files_of_other_kinds_are_named_and_never_inflated(tmp_path, begins, reason):
    path = tmp_path / "a.csv"
    path.write_bytes(begins + b"x" * 300)
    assert refusal(path) == reason


@pytest.mark.parametrize("form", ARCHIVED)
def test_a_broken_archive_of_every_format_has_a_sentence(tmp_path, form):
    content = sample(tmp_path, form).read_bytes()
    path = tmp_path / "a.zip"
    for at in range(30, len(content), max(1, len(content) // 7)):
        broken = bytearray(content)
        broken[at : at + 8] = b"\xff" * 8
        path.write_bytes(broken)
        with contextlib.suppress(FileRefused):  # a few bytes may also stand where nobody looks
            formats.read(path)
