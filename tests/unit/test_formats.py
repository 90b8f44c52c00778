"""Which formats are read, what comes out of them, and what is said of those that are not read."""

import importlib
import zipfile
from pathlib import Path

import pytest
import shapely

from geo import formats, rows
from geo.errors import ColumnsUnknown, FileEmpty
from tests.unit.files import refusal, workbook, works


@pytest.fixture
def file(tmp_path):
    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def archive(tmp_path):
    def make(name, **entries):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            for inside, content in entries.items():
                opened.writestr(inside.replace("__", "/"), content)
        return path

    return make


@pytest.mark.parametrize("crs", [4326, 32749, 32750, 3857])
def test_a_geopackage_in_any_system_comes_out_in_degrees(tmp_path, crs):
    works(crs).to_file(tmp_path / "works.gpkg")
    found = rows.understand(rows.read(tmp_path / "works.gpkg"))
    assert [one.facts["name"] for one in found] == ["Jalan Café", "Talud"]
    assert found[0].geometry.distance(shapely.Point(114.25, -8.25)) < 1e-8


def test_a_zipped_shapefile_is_read_whatever_its_parts_are_called(tmp_path):
    folder = tmp_path / "layer"
    folder.mkdir()
    works(32749).to_file(folder / "Kegiatan 2024.SHP.shp")
    path = tmp_path / "layer.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for part in folder.iterdir():
            opened.write(part, f"sub folder/{part.name}")
    found = rows.understand(rows.read(path))
    assert found[1].geometry.distance(shapely.Point(114.26, -8.26)) < 1e-8
    assert found[1].facts["year"] == 2025


def test_what_a_file_holds_decides_not_its_name(tmp_path, file):
    workbook(tmp_path / "works.csv", [["Nama Kegiatan", "Tahun"], ["Jalan", 2024]])
    assert formats.read(tmp_path / "works.csv").format == "xlsx"
    assert formats.read(file("works.xlsx", "nama,tahun\nJalan,2024\n")).format == "csv"
    assert formats.read(file("works.txt", '{"type":"Point","coordinates":[114,-8]}')).format == "geojson"


def test_every_format_is_listed_once_and_knows_its_name():
    names = [form.NAME for form in formats.FORMATS]
    modules = [importlib.import_module(f"geo.formats.{path.stem}")
               for path in Path(formats.__file__).parent.glob("*.py") if path.stem not in ("__init__", "child")]
    assert sorted(names) == sorted({module.NAME for module in modules if hasattr(module, "NAME")})


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "reading.old_office"),
    ("a.xls", "<html><table><tr><td>nama</td></tr></table></html>", "reading.markup"),
    ("a.kml", "<?xml version='1.0'?><kml/>", "error.file_empty"),
    ("a.pdf", b"%PDF-1.7\n\x00\x01\x02", "reading.pdf"),
    ("a.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)), "reading.picture"),
    ("a.csv", "%PDF-1.4\nonly letters, as a small PDF begins\n", "reading.pdf"),
    ("a.csv", b"\xef\xbb\xbf%PDF-1.4\n", "reading.pdf"),
    ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "reading.picture"),
    ("a.csv", b"GIF89a\x01\0\x01\0", "reading.picture"),
    ("a.csv", "{\\rtf1\\ansi Daftar kegiatan}", "reading.document"),
    ("a.csv", bytes(range(256)) * 4, "error.format_unknown"),
    ("a.json", "{\"a\": 1}", "reading.not_geojson"),
    ("a.json", "{\"type\": \"FeatureCollection\", \"features\": [", "reading.broken_json"),
])
def test_what_is_not_read_here_is_named_with_the_next_step(file, name, content, reason):
    path = file(name, content)
    assert refusal(path) == reason


@pytest.mark.parametrize(("stream", "reason"), [
    ("WordDocument", "reading.document"), ("EncryptedPackage", "archive.encrypted"),
    ("Workbook", "reading.child_failed"), ("PowerPoint Document", "reading.old_office")])
def test_old_office_files_are_told_apart_by_the_streams_in_them(file, stream, reason):
    head = bytearray(512)
    head[:4], head[30:32], head[48:52] = b"\xd0\xcf\x11\xe0", (9).to_bytes(2, "little"), (3).to_bytes(4, "little")
    path = file("a.csv", bytes(head) + b"\0" * 3 * 512 + stream.encode("utf-16-le").ljust(512, b"\0"))
    assert refusal(path) == reason


def test_a_word_document_is_no_archive_to_unpack(archive):
    path = archive("a.csv", **{"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"})
    assert refusal(path) == "reading.document"


def test_an_archive_of_other_things_is_named(archive):
    assert refusal(archive("a.zip", **{"readme.txt": "hello"})) == "reading.archive"


def test_prose_is_no_table(file):
    text = "The quick brown fox jumps over the lazy dog\nand so it goes on and on for ever\nwithout any end in sight\n"
    with pytest.raises(ColumnsUnknown):
        rows.read(file("a.txt", text))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \r\n\t", b"\0\0\0"])
def test_a_file_with_nothing_in_it_is_empty(file, content):
    with pytest.raises(FileEmpty):
        formats.read(file("a.csv", content))


def test_a_system_that_is_not_accepted_is_named(file):
    path = file("a.geojson", '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":'
                             '"urn:ogc:def:crs:EPSG::2154"}},"features":[{"type":"Feature","properties":{"nama":"a"},'
                             '"geometry":null}]}')
    assert refusal(path) == "reading.crs_not_accepted"


def test_a_stated_utm_zone_is_turned_into_degrees(file):
    path = file("a.geojson", '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":'
                             '"urn:ogc:def:crs:EPSG::32749"}},"features":[{"type":"Feature","properties":{"nama":"a"},'
                             '"geometry":{"type":"Point","coordinates":[857000,9087000]}}]}')
    point = formats.read(path).features.geometries[0]
    assert (round(point.x, 1), round(point.y, 1)) == (114.2, -8.2)


def test_the_real_shapefile_is_read(real_data):
    read = rows.read(real_data("road_proposals/punjab_shp.zip"))
    assert len(read.rows) == 496
    assert all(row.geometry is not None for row in read.rows)
