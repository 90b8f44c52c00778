"""Files that are disguised or hostile: each is refused with a sentence, none is half read."""

import contextlib
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import formats, rows
from geo.errors import FileRefused, FormatUnknown, GeoError
from geo.formats import layers, sandbox
from geo.tables import Limits
from tests.unit.files import SMALL, changed, refusal, workbook, works


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


VRT = ('<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>'
       "</OGRVRTDataSource>")


def test_a_vrt_that_calls_itself_geojson_discloses_nothing(file):
    secret = file("secret.csv", "nama\nrahasia\n")
    disguised = file("works.geojson", VRT.format(secret))
    assert refusal(disguised) == "reading.markup"
    for driver in ("GeoJSON", "GPKG", "ESRI Shapefile"):  # and where GDAL does open it, one driver is there
        with pytest.raises(FileRefused):
            layers.read(disguised, driver, SMALL)


def test_gdal_left_alone_would_have_read_the_other_file(file):
    """Without this the test above could pass for any reason at all."""
    secret = file("secret.geojson", json.dumps(works().__geo_interface__))
    disguised = file("works.geojson", VRT.format(secret).replace(
        "</SrcDataSource>", "</SrcDataSource><SrcLayer>secret</SrcLayer>"))
    assert len(pyogrio.read_dataframe(disguised)) == 2


def test_a_path_into_the_network_is_no_file():
    with pytest.raises((GeoError, OSError)):
        formats.read(Path("/vsicurl/http://127.0.0.1:1/works.gpkg"))
    with pytest.raises(FileRefused):
        layers.read(Path("/vsicurl/http://127.0.0.1:1/works.gpkg"), "GPKG", SMALL)


def test_the_child_inherits_nothing_and_knows_one_driver(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    environment = sandbox._environment(str(tmp_path), "A,B")
    assert "DATABASE_URL" not in environment
    assert environment["GDAL_SKIP"] == "A,B"
    assert environment["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] == ".nothing"
    assert {"GPKG", "ESRI Shapefile", "OGR_VRT", "HTTP", "WFS"} <= set(sandbox._drivers())


def test_a_child_that_dies_is_a_refused_file(tmp_path, monkeypatch):
    works().to_file(tmp_path / "works.gpkg")
    starved = Limits(child_memory_bytes=60_000_000)
    assert refusal(tmp_path / "works.gpkg", starved) == "reading.child_failed"
    killed = tmp_path / "child.py"
    killed.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    sandbox._drivers()
    monkeypatch.setattr(sandbox, "CHILD", killed)
    assert refusal(tmp_path / "works.gpkg") == "reading.child_failed"
    killed.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(sandbox, "_run", lambda task, folder, skipped, seconds, run=sandbox._run: run(
        task, folder, skipped, 1))
    assert refusal(tmp_path / "works.gpkg") == "reading.child_slow"


def test_what_the_child_says_is_not_believed_beyond_a_known_list(tmp_path, monkeypatch):
    works().to_file(tmp_path / "works.gpkg")
    liar = tmp_path / "child.py"
    liar.write_text("print('refused:../../etc'); raise SystemExit(3)")
    sandbox._drivers()
    monkeypatch.setattr(sandbox, "CHILD", liar)
    assert refusal(tmp_path / "works.gpkg") == "reading.child_failed"


def test_a_broken_geopackage_is_refused(file):
    assert refusal(file("a.gpkg", b"SQLite format 3\0" + os.urandom(4096))) == "reading.child_failed"


def _book(tmp_path):
    return workbook(tmp_path / "book.xlsx", [["Nama Kegiatan", "Tahun"], ["Jalan", 2024]])


def test_a_zip_bomb_is_counted_while_it_inflates(tmp_path):
    bomb = changed(_book(tmp_path), tmp_path / "bomb.xlsx", lambda name, content: (
        content + b" " * 60_000_000 if name.endswith("sheet1.xml") else content))
    assert bomb.stat().st_size < 100_000
    assert refusal(bomb) == "archive.bomb"


def test_a_bomb_that_lies_about_its_size_is_counted_all_the_same(tmp_path):
    bomb = changed(_book(tmp_path), tmp_path / "bomb.xlsx", lambda name, content: (
        content + b" " * 60_000_000 if name.endswith("sheet1.xml") else content))
    content = bomb.read_bytes()
    lying = content.replace(struct.pack("<I", 60_000_000 + len(zipfile.ZipFile(_book(tmp_path)).read(
        "xl/worksheets/sheet1.xml"))), struct.pack("<I", 1000))
    assert lying != content
    bomb.write_bytes(lying)
    assert refusal(bomb) in ("archive.bomb", "archive.broken")


def test_a_doctype_anywhere_in_a_workbook_is_refused(tmp_path):
    bad = changed(_book(tmp_path), tmp_path / "xxe.xlsx", lambda name, content: content.replace(
        b"?>", b'?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1) if name.endswith(
            "workbook.xml") else content)
    assert refusal(bad) == "archive.doctype"


def test_archives_that_climb_link_nest_or_double_are_refused(tmp_path, archive):
    book = {"xl__workbook.xml": "<workbook/>"}
    assert refusal(archive("up.xlsx", **book, **{"..__..__etc__passwd": "x"})) == "archive.climbing_name"
    assert refusal(archive("root.xlsx", **book, **{"__etc__passwd": "x"})) == "archive.climbing_name"
    assert refusal(archive("nested.xlsx", **book, **{"more.zip": "x"})) == "archive.nested"
    link = tmp_path / "link.xlsx"
    with zipfile.ZipFile(link, "w") as opened:
        opened.writestr("xl/workbook.xml", "<workbook/>")
        entry = zipfile.ZipInfo("passwd")
        entry.external_attr = 0o120777 << 16
        opened.writestr(entry, "/etc/passwd")
    assert refusal(link) == "archive.link"
    doubled = tmp_path / "doubled.xlsx"
    with zipfile.ZipFile(doubled, "w") as opened:
        opened.writestr("xl/workbook.xml", "<workbook/>")
        with pytest.warns(UserWarning, match="Duplicate name"):
            opened.writestr("xl/workbook.xml", "<other/>")
    assert refusal(doubled) == "archive.doubled_name"
    assert refusal(archive("many.xlsx", **book, **{f"n{k}": "" for k in range(30)}),
                   Limits(entries=20)) == "archive.too_many_entries"


def test_an_encrypted_archive_is_refused(tmp_path):
    path = _book(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == "archive.encrypted"


def test_a_cut_archive_is_refused(tmp_path):
    path = _book(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    assert refusal(path) in ("archive.broken", "reading.archive")


def test_a_sparse_sheet_that_claims_a_billion_cells_is_refused(tmp_path):
    wide = tmp_path / "wide.xlsx"
    with xlsxwriter.Workbook(wide) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Nama Kegiatan")
        sheet.write(1_048_575, 16_383, "x")
    assert refusal(wide) in ("reading.too_many_columns", "reading.child_failed")
    tall = tmp_path / "tall.xlsx"
    with xlsxwriter.Workbook(tall) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Nama Kegiatan")
        sheet.write(1_048_575, 400, "x")
    assert refusal(tall) in ("reading.too_many_rows", "reading.child_failed")


def test_a_hundred_thousand_columns_are_refused(file):
    assert refusal(file("wide.csv", ",".join(["nama"] * 100_000) + "\n")) == "reading.too_many_columns"
    feature = {"type": "Feature", "properties": {f"k{k}": 1 for k in range(100_000)}, "geometry": None}
    assert refusal(file("wide.geojson", json.dumps(feature))) == "reading.too_many_columns"


def test_too_many_rows_and_too_many_bytes_are_refused(file):
    path = file("long.csv", "nama,tahun\n" + "Jalan,2024\n" * 500)
    assert refusal(path, Limits(rows=100)) == "reading.too_many_rows"
    assert refusal(path, Limits(file_bytes=100)) == "reading.too_large"


def test_an_endless_cell_is_refused_or_cut_with_a_fault(file):
    read = rows.read(file("a.csv", f"nama,tahun\n{'x' * 30_000},2024\n"))
    one, = rows.understand(read)
    assert [problem.reason.id for problem in one.problems] == ["cell.too_long"]
    assert not one.good
    assert refusal(file("b.csv", 'nama,tahun\n"' + "x" * 1_000_000)) == "reading.broken_text"


@pytest.mark.parametrize(("coordinates", "reason"), [
    ("[NaN, -8]", "geometry.not_finite"), ("[1e308, -8]", "geometry.not_finite"),
    ("[Infinity, 1]", "geometry.not_finite"), ("[1e999, 1]", "geometry.not_finite"), ("[114]", "geometry.unreadable"),
    ("[\"a\", 1]", "geometry.not_finite"), ("[[114, -8]]", "geometry.unreadable"), ("{}", "geometry.unreadable"),
    ("[true, false]", "geometry.not_finite"), ("[500, 10]", "coordinate.not_degrees"), ("[0, 0]", "coordinate.zero"),
])
def test_a_coordinate_that_is_no_place_is_a_fault_of_its_row(file, coordinates, reason):
    path = file("a.geojson", '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"nama":"Jalan"},'
                             f'"geometry":{{"type":"Point","coordinates":{coordinates}}}}}]}}')
    one, = rows.understand(rows.read(path))
    assert [problem.reason.id for problem in one.problems] == [reason]


def test_a_polygon_of_a_million_vertices_is_a_fault_of_its_row(file):
    ring = ",".join(f"[{114 + k / 1e7:.7f},-8]" for k in range(1_000_000))
    path = file("a.geojson", '{"type":"Feature","properties":{"nama":"Lapangan"},"geometry":{"type":"Polygon",'
                             f'"coordinates":[[{ring}]]}}}}')
    one, = rows.understand(rows.read(path))
    assert [problem.reason.id for problem in one.problems] == ["geometry.too_many_vertices"]


def test_a_layer_with_a_million_vertices_is_refused_by_the_child(tmp_path):
    line = shapely.LineString([(114 + k / 1e7, -8 + k / 1e7) for k in range(200_000)])
    gpd.GeoDataFrame({"nama": ["Jalan"]}, geometry=[line], crs=4326).to_file(tmp_path / "a.gpkg")
    assert refusal(tmp_path / "a.gpkg") == "reading.too_many_vertices"


def test_nesting_without_end_is_refused(file):
    assert refusal(file("a.json", '{"a":' * 200_000)) in ("reading.too_deep", "reading.broken_json")
    deep = "[" * 900 + "]" * 900
    path = file("b.json", f'{{"type":"Feature","properties":{{"nama":"x"}},"geometry":{{"type":"Polygon",'
                          f'"coordinates":{deep}}}}}')
    assert [problem.reason.id for problem in rows.understand(rows.read(path))[0].problems] == ["geometry.unreadable"]


beginnings = st.sampled_from([b"", b"PK\x03\x04", b"{", b'{"type":"FeatureCollection","features":[', b"nama,lat,lon\n",
                              b"\xff\xfe", b"\xef\xbb\xbf", b"<", b"sep=;\n", b'"', b"nama\tx\n\t"])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginnings, st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_own(tmp_path, beginning, content):
    path = tmp_path / "any"
    path.write_bytes(beginning + content)
    with contextlib.suppress(GeoError):
        rows.understand(rows.read(path))


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(
        ["type", "coordinates", "geometry", "properties", "geometries", "crs", "name", "nama", "lat"]), inner,
        max_size=4)), max_leaves=12)
kinds = st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "GeometryCollection", "MultiPoint"])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({
    "type": st.just("Feature"), "properties": json_values,
    "geometry": st.one_of(json_values, st.fixed_dictionaries({"type": kinds, "coordinates": json_values,
                                                              "geometries": json_values}))}), max_size=3))
def test_no_geojson_raises_anything_but_our_own(tmp_path, features):
    path = tmp_path / "any.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with contextlib.suppress(FormatUnknown, FileRefused):
        rows.understand(rows.read(path))


def test_the_server_process_never_loads_gdal():
    """A reader that imported it would read hostile files beside the database's password."""
    code = "import sys; import geo.rows, geo.placing; sys.exit('pyogrio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(rows.__file__).parents[1], check=False).returncode == 0
