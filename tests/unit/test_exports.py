"""Exported files, each opened by a program that is not ours: equal rows, shapes and systems, and nothing that runs."""

import csv
import io
import json
import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.testing import assert_geometries_equal

from app.jobs.export_notes import fields as worded_fields
from app.queries.exported_works import COLUMNS
from geo import rows
from geo.exports import FORMATS, Batch, Field, Note, Table, shapes
from geo.exports.text import harmless
from geo.schema import COLUMN

FIELDS = [Field("pantau_id", "ID PantauDesa"), Field("name", "Nama kegiatan"),
          Field("fund", "Sumber dana", "choice", {"DDS": "Dana Desa", "ADD": "Alokasi Dana Desa"}),
          Field("year", "Tahun", "whole"), Field("amount", "Anggaran", "money"), Field("volume", "Volume", "number"),
          Field("start_date", "Tanggal mulai", "date")]
WORDS = {"sheet": "Kegiatan", "notes": "Keterangan", "lat": "Lintang (latitude)", "lon": "Bujur (longitude)",
         "wkt": "WKT", "pantau_note": "Catatan ekspor", "demonstration": "Data contoh", "too_long": "Terlalu panjang",
         "heading": "Judul kolom", "machine_heading": "Nama kolom"}
SHAPES = np.array([
    shapely.Point(114.3692, -8.2192), None,
    shapely.LineString([(114.3692, -8.2192), (114.3701, -8.2201), (114.3705, -8.2211)]),
    shapely.Polygon([(114.37, -8.22), (114.37, -8.21), (114.38, -8.21), (114.38, -8.22)],
                    [[(114.374, -8.216), (114.376, -8.216), (114.376, -8.214), (114.374, -8.214)]]),
    shapely.MultiPoint([(114.36, -8.21), (114.37, -8.22)])], dtype=object)
CELLS = [
    ["a1", "a2", "a3", "a4", "a5"],
    ["Rabat beton “Krajan”; RT 01, RW 02", "=HYPERLINK(\"x\")", "-8.2 & <b>tebal</b>\n]]>", "Jalan\x0bé", None],
    ["DDS", None, "ADD", "DDS", "ADD"], [2024, 2023, None, 2022, 2021],
    [Decimal("187500000.00"), Decimal("9007199254740993"), Decimal("0.10"), None, Decimal("12345678.50")],
    [Decimal("1.50"), None, Decimal("-3"), Decimal("250"), Decimal("0.000001")],
    [date(2024, 3, 1), None, None, date(1999, 12, 31), None]]
DEMO = "DATA CONTOH, bukan kegiatan nyata"


def table(cells=CELLS, places=SHAPES, fields=FIELDS, *, comma=False, demonstration=None, batch=2) -> Table:
    note = Note("Daftar kegiatan", [("Dibuat oleh", "Sari, S.T."), ("Tahun", "2024"), ("Tanpa titik", "1 baris")],
                {"list": "works", "rows": len(places)}, demonstration)
    cut = (Batch([column[first:first + batch] for column in cells], places[first:first + batch])
           for first in range(0, len(places), batch))
    return Table("works", fields, note, cut, len(places), WORDS, comma)


def written(folder: Path, form: str, **more) -> Path:
    out = folder / f"works{FORMATS[form].SUFFIX}"
    FORMATS[form].write(out, table(**more))
    return out


def lines(path: Path, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=separator))


@pytest.mark.parametrize("form", ["geojson", "gpkg", "kml", "parquet"])
def test_a_spatial_client_reads_back_equal_rows_shapes_and_system(tmp_path, form):
    path = written(tmp_path, form)
    frame = gpd.read_parquet(path) if form == "parquet" else gpd.read_file(path)
    assert list(frame["pantau_id"]) == CELLS[0]
    assert frame.crs.equals("EPSG:4326") or frame.crs.equals("OGC:CRS84")
    assert list(frame.geometry.isna()) == [False, True, False, False, False]
    assert_geometries_equal(shapely.normalize(frame.geometry.to_numpy()), shapely.normalize(SHAPES), tolerance=1e-7)
    assert [None if one != one else int(one) for one in frame["year"]] == CELLS[3]
    assert [float(one) for one in frame["amount"].dropna()] == [float(one) for one in CELLS[4] if one is not None]
    assert [one for one in frame["volume"].dropna()] == [float(one) for one in CELLS[5] if one is not None]
    assert [str(one)[:10] for one in frame["start_date"].dropna()] == ["2024-03-01", "1999-12-31"]


def test_programs_find_codes_and_stable_names_and_people_their_headings(tmp_path):
    frame = gpd.read_file(written(tmp_path, "gpkg"))
    assert list(frame.columns) == [*(one.name for one in FIELDS), "geometry"]
    assert [one for one in frame["fund"] if one == one] == ["DDS", "ADD", "DDS", "ADD"]
    with sqlite3.connect(tmp_path / "works.gpkg") as file:
        assert dict(file.execute("SELECT column_name, title FROM gpkg_data_columns"))["fund"] == "Sumber dana"
        assert file.execute("SELECT description FROM gpkg_data_column_constraints WHERE value = 'DDS'").fetchone() == (
            "Dana Desa",)
    schema = pq.read_schema(written(tmp_path, "parquet"))
    assert schema.field("fund").metadata[b"title"].decode() == "Sumber dana"
    collection = json.loads(written(tmp_path, "geojson").read_text("utf-8"))
    assert collection["pantau"]["columns"]["amount"] == "Anggaran"
    assert "Dana Desa" in written(tmp_path, "kml").read_text("utf-8")


def test_amounts_are_exact_where_a_file_can_hold_them(tmp_path):
    assert pq.read_table(written(tmp_path, "parquet"))["amount"].to_pylist() == [
        None if one is None else one.quantize(Decimal("0.01")) for one in CELLS[4]]
    text = written(tmp_path, "geojson").read_text("utf-8")
    assert [json.loads(line.rstrip(","), parse_float=Decimal)["properties"]["amount"]
            for line in text.splitlines() if line.startswith('{"type":"Feature",')] == [
        187_500_000, 9_007_199_254_740_993, Decimal("0.1"), None, Decimal("12345678.5")]
    assert [row[4] for row in lines(written(tmp_path, "csv"))[1:]] == [
        "187500000", "9007199254740993", "0.1", "", "12345678.5"]
    sheet = openpyxl.load_workbook(written(tmp_path, "xlsx"))["Kegiatan"]
    assert [row[4].value for row in sheet.iter_rows(min_row=2)] == [
        187_500_000, "9007199254740993", 0.1, None, 12_345_678.5]  # sixteen digits are text rather than rounded


def test_geojson_keeps_rfc_7946(tmp_path):
    collection = json.loads(written(tmp_path, "geojson").read_text("utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    assert collection["bbox"] == [114.36, -8.2211, 114.38, -8.21]
    assert [one["id"] for one in collection["features"]] == CELLS[0]
    assert collection["features"][1]["geometry"] is None
    outer, hole = collection["features"][3]["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert "Sari, S.T." in collection["pantau"]["note"]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=6))
def test_no_coordinate_of_geojson_has_more_than_seven_decimals(places):
    [made] = shapes.for_geojson(np.array([shapely.LineString(places)], dtype=object))
    for axis in shapely.get_coordinates(made).ravel().tolist():
        assert round(axis, 7) == axis
        assert -180 <= axis <= 180


def test_what_crosses_the_antimeridian_is_cut_there():
    fiji = shapely.Polygon([(178, -18), (-178, -18), (-178, -16), (178, -16)])
    ship = shapely.LineString([(179, 0), (-179, 1), (-178, 1)])
    area, line = shapes.for_geojson(np.array([fiji, ship], dtype=object))
    assert (area.geom_type, line.geom_type) == ("MultiPolygon", "MultiLineString")
    assert area.area == pytest.approx(8)
    assert sorted(part.bounds for part in area.geoms) == [(-180, -18, -178, -16), (178, -18, 180, -16)]
    assert all(part.exterior.is_ccw for part in area.geoms)
    assert sorted(part.bounds for part in line.geoms) == [(-180, 0.5, -178, 1), (179, 0, 180, 0.5)]
    extent = shapes.Extent()
    extent.add(np.array([area, line], dtype=object))
    assert extent.box == [178, -18, -178, 1]  # RFC 7946, 5.2: the west is greater than the east


def test_a_box_as_wide_as_the_earth_is_not_turned_round():
    extent = shapes.Extent()
    extent.add(np.array([shapely.Point(-100, 0), shapely.Point(0, 5), shapely.Point(100, 0)], dtype=object))
    assert extent.box == [-100, 0, 100, 5]


def test_geopackage_is_one_to_gdal_with_index_note_and_extent(tmp_path):
    path = written(tmp_path, "gpkg", demonstration=DEMO)
    told = pyogrio.read_info(path, force_total_bounds=True)
    assert (told["layer_name"], told["features"], told["crs"]) == ("works", 5, "EPSG:4326")
    assert told["total_bounds"] == pytest.approx((114.36, -8.2211, 114.38, -8.21))
    assert len(gpd.read_file(path, bbox=(114.3691, -8.2193, 114.3693, -8.2191))) == 2  # through the index of the file
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        assert file.execute("SELECT count(*) FROM rtree_works_geom").fetchone() == (4,)
        assert DEMO in file.execute("SELECT metadata FROM gpkg_metadata").fetchone()[0]


def test_parquet_says_its_geometry_as_geoparquet_1_1(tmp_path):
    told = json.loads(pq.read_metadata(written(tmp_path, "parquet")).metadata[b"geo"])
    column = told["columns"]["geometry"]
    assert (told["version"], told["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["geometry_types"] == ["LineString", "MultiPoint", "Point", "Polygon"]
    assert column["bbox"] == [114.36, -8.2211, 114.38, -8.21]
    assert "crs" not in column  # which means longitude, latitude


def test_kml_is_well_formed_whatever_people_typed(tmp_path):
    root = ElementTree.parse(written(tmp_path, "kml")).getroot()
    space = "{http://www.opengis.net/kml/2.2}"
    placemarks = root.findall(f".//{space}Placemark")
    assert [one.find(f"{space}name").text for one in placemarks] == [
        *CELLS[1][:3], "Jalané", None]  # a sign that XML cannot hold is left out
    assert "Sari, S.T." in root.find(f".//{space}description").text
    assert placemarks[1].find(f"{space}Point") is None


@pytest.mark.parametrize("form", list(FORMATS))
def test_invented_works_say_so_in_every_row_and_in_the_note(tmp_path, form):
    path = written(tmp_path, form, demonstration=DEMO)
    match form:
        case "csv":
            found = [row[FIELDS.index(FIELDS[-1]) + 1] for row in lines(path)[1:]]
            assert DEMO in lines(path)[1][-1]
        case "xlsx":
            book = openpyxl.load_workbook(path)
            found = [row[len(FIELDS)].value for row in book["Kegiatan"].iter_rows(min_row=2)]
            assert book["Keterangan"]["A1"].value == DEMO
        case "parquet":
            found = pq.read_table(path)["pantau_demonstration"].to_pylist()
            assert DEMO in pq.read_metadata(path).metadata[b"pantau"].decode()
        case _:
            found = list(gpd.read_file(path)["pantau_demonstration"])
    assert found == [DEMO] * 5


def test_a_spreadsheet_with_a_decimal_comma_gets_semicolons_and_a_mark_of_its_encoding(tmp_path):
    path = written(tmp_path, "csv", comma=True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    first = lines(path, ";")[1]
    assert first[4:6] == ["187500000", "1,5"]
    assert first[-4:-1] == ["-8,2192", "114,3692", "POINT (114.3692 -8.2192)"]
    assert "Sari, S.T." in first[-1]


SIGNS = "=+-@\t\r\n;,|'\"1 .A\uff1d\uff0b\uff0d\uff20"
HOSTILE = st.text(st.one_of(st.sampled_from(SIGNS), st.characters(codec="utf-8")), max_size=20)


@given(HOSTILE)
def test_no_text_of_csv_begins_as_a_formula_whatever_separator_reads_it(text):
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerow(["x", harmless(text), "y"])
    for separator in ";,\t":
        for row in csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=separator):
            for cell in row:
                if cell.lstrip(" \u00a0").startswith(("=", "@")):
                    pytest.fail(f"{text!r} becomes {cell!r}")
                assert not cell.startswith(("\t", "\r", "+", "-")) or cell.strip(" \"0123456789.-+") == ""


@settings(max_examples=50, deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=5))
def test_no_cell_of_a_workbook_is_a_formula(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    FORMATS["xlsx"].write(path, table([texts, [Decimal(-5)] * len(texts)], np.array([None] * len(texts), object),
                                      [Field("name", "=Nama"), Field("amount", "Anggaran", "money")]))
    sheet = openpyxl.load_workbook(path)["Kegiatan"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [-5] * len(texts)


def test_numbers_of_csv_stay_numbers():
    assert [row[5] for row in lines_of(CELLS)] == ["1.5", "", "-3", "250", "0.000001"]


def lines_of(cells):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return lines(written(Path(folder), "csv", cells=cells))[1:]


def test_rows_beyond_one_sheet_go_on_in_the_next_and_are_read_as_one_table(tmp_path):
    out = tmp_path / "a.xlsx"
    FORMATS["xlsx"].write(out, table(), most_rows=2)
    assert openpyxl.load_workbook(out).sheetnames == ["Kegiatan", "Kegiatan (2)", "Kegiatan (3)", "Keterangan"]
    read = rows.read(out)
    assert [row.values["ID PantauDesa"] for row in read.rows] == CELLS[0]


def test_a_shape_too_long_for_a_cell_is_left_empty_and_counted(tmp_path):
    long = shapely.Point(114.3692, -8.2192).buffer(0.01, quad_segs=400)
    out = written(tmp_path, "xlsx", places=np.array([long, *SHAPES[1:]], dtype=object))
    book = openpyxl.load_workbook(out)
    assert book["Kegiatan"].cell(2, len(FIELDS) + 3).value is None
    assert book["Kegiatan"].cell(2, len(FIELDS) + 1).value == pytest.approx(-8.2192, abs=1e-3)
    assert ("Terlalu panjang", "1") in {(row[0].value, row[1].value) for row in book["Keterangan"].iter_rows()}


# A list that is sent back must be understood: by headings, codes, numbers, dates, shapes and ids.

BACK = {"pantau_id": "6f1c1a52-7f3e-4c55-9a52-0c4a6d6c0a01", "name": "Rabat beton jalan Krajan", "category": "road",
        "activity_code": "2.3.10", "year": 2024, "stage": "done", "fund": "DDS", "amount": Decimal("187500000"),
        "volume": Decimal("120.5"), "unit": "m", "village_code": "35.10.01.2001", "village": "Sarongan",
        "district": "Pesanggaran", "regency": "Kabupaten Banyuwangi", "place": "Dusun Krajan", "rt": "2", "rw": "1",
        "contractor": "CV Maju", "contract": "K-12/2024", "start_date": date(2024, 3, 1), "end_date": date(2024, 6, 30),
        "id": "K1", "accuracy_m": Decimal("5"), "method": "gps", "sites": 1, "outside_m": Decimal("0"),
        "indication": "flagged"}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("demonstration", [None, DEMO])
def test_what_was_exported_is_understood_when_it_is_sent_again(tmp_path, language, form, demonstration):
    fields = worded_fields(COLUMNS, language)
    count = len(SHAPES)
    cells = [[BACK[one.name]] * count for one in COLUMNS]
    cells[0] = [f"{BACK['pantau_id'][:-1]}{number}" for number in range(count)]
    cells[1] = [BACK["name"]] * (count - 1) + ["-Rabat beton = @"]
    cells[fields.index(next(one for one in fields if one.name == "id"))] = [f"K{number}" for number in range(count)]
    read = rows.read(written(tmp_path, form, cells=cells, fields=fields, comma=language == "id",
                             demonstration=demonstration))
    known = {one.column: one.meaning for one in read.recognised}
    assert {one.name: known[one.heading] for one in fields} == {
        one.name: one.name if one.name in COLUMN else None for one in COLUMNS}
    understood = rows.understand(read)
    assert [one.facts["pantau_id"] for one in understood] == cells[0]
    assert [one.facts["name"] for one in understood] == cells[1]
    for one in understood:
        facts = {name: one.facts.get(name) for name in BACK if name in COLUMN
                 and name not in ("pantau_id", "name", "id")}
        assert facts | {"accuracy_m": None} == {name: BACK[name] for name in facts} | {"accuracy_m": None}
        assert one.good, [problem.reason for problem in one.problems]
    assert_geometries_equal(shapely.normalize(np.array([one.geometry for one in understood], dtype=object)),
                            shapely.normalize(SHAPES), tolerance=1e-8)
