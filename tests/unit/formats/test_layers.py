"""What the child reads: Shapefiles of any system, GeoPackages of several layers, FlatGeobuf, Parquet."""

import json
import sqlite3
import zipfile

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import CRS

from geo import formats, rows
from tests.unit.files import refusal, works
from tests.unit.formats.samples import layer, sample

POINT = shapely.Point(114.25, -8.25)


def notes(features):
    return [one.reason.id for one in features.problems]


@pytest.fixture
def shapefile(tmp_path):
    """`shapefile(frame, prj="...", without=(".cpg",))`: the zipped parts, under names and in folders as people do."""

    def make(frame, prj=None, without=(), names="{}{}", extra=None, **options):
        folder = tmp_path / "parts"
        folder.mkdir(exist_ok=True)
        frame.to_file(folder / "a.shp", **options)
        if prj is not None:
            (folder / "a.prj").write_text(prj)
        path = tmp_path / "layer.zip"
        with zipfile.ZipFile(path, "w") as opened:
            for part in sorted(folder.iterdir()):
                if part.suffix not in without:
                    opened.write(part, names.format("Kegiatan", part.suffix))
            for name, content in (extra or {}).items():
                opened.writestr(name, content)
        return path

    return make


@pytest.mark.parametrize("epsg", [32749, 32750, 23839, 23879, 4755, 9470, 3857, 4326, 4211])
def test_a_shapefile_says_its_system_as_arcgis_writes_it(shapefile, epsg):
    """UTM 49S and 50S, TM-3 zone 49.1, DGN95 UTM and degrees, SRGI2013, web mercator, Batavia."""
    path = shapefile(works(epsg), prj=CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    found = formats.read(path).features
    assert found.geometries[0].distance(POINT) < 1e-6
    assert (notes(found), found.name) == ([], "Kegiatan")


def test_a_system_of_unknown_datum_is_turned_roughly_and_said(shapefile):
    prj = CRS.from_epsg(32749).to_wkt("WKT1_ESRI").replace("D_WGS_1984", "D_entah").replace("GCS_WGS_1984", "x")
    found = formats.read(shapefile(works(32749), prj=prj)).features
    assert found.geometries[0].distance(POINT) < 1e-6
    assert notes(found) == ["file.crs_approximate"]


def test_without_a_prj_degrees_are_taken_for_degrees_and_metres_are_refused(shapefile):
    found = formats.read(shapefile(works(), without=(".prj",))).features
    assert (found.geometries[0], notes(found)) == (POINT, ["file.crs_missing"])
    assert refusal(shapefile(works(32749), without=(".prj",))) == "reading.crs_missing"
    assert refusal(shapefile(works(32749), prj="halo")) == "reading.crs_missing"
    assert refusal(shapefile(works(32749), prj='LOCAL_CS["x",UNIT["m",1]]')) == "reading.crs_unknown"


@pytest.mark.parametrize(("encoding", "without"), [
    ("UTF-8", ()), ("UTF-8", (".cpg",)), ("ISO-8859-1", ()), ("ISO-8859-1", (".cpg",)), ("CP1252", ())])
def test_texts_of_a_shapefile_keep_their_letters(shapefile, encoding, without):
    path = shapefile(works(), without=without, encoding=encoding)
    assert formats.read(path).features.properties[0]["nama"] == "Jalan Café"


def test_a_code_page_that_nobody_knows_loses_no_text(shapefile):
    path = shapefile(works(), without=(".cpg",), encoding="ISO-8859-1", extra={"Kegiatan.cpg": "entah"})
    assert formats.read(path).features.properties[0]["nama"] == "Jalan Café"


@pytest.mark.parametrize("names", ["{}{}", "Data desa/2024/{}{}", "{} (1) final.v2{}"])
def test_folders_odd_names_and_what_a_mac_adds_do_not_matter(shapefile, names):
    extra = {"__MACOSX/._Kegiatan.shp": "x", "._Kegiatan.shp": "x", "baca.txt": "x",
             "Kegiatan.shp.xml": '<?xml version="1.0"?><!DOCTYPE metadata SYSTEM "http://www.esri.com/x.dtd"><a/>'}
    path = shapefile(works(), names=names, extra=extra)
    assert len(formats.read(path).features.properties) == 2


def test_parts_in_different_case_and_a_lost_index_belong_together(tmp_path):
    works().to_file(tmp_path / "a.shp")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.write(tmp_path / "a.shp", "JALAN.SHP")
        opened.write(tmp_path / "a.dbf", "jalan.dbf")
    assert formats.read(path).features.properties[1] == {"nama": "Talud", "tahun": 2025}


def test_several_layers_in_an_archive_are_named(shapefile):
    assert refusal(shapefile(works(), extra={"lain.shp": "x"})) == "reading.several_layers"


def test_a_bare_part_of_a_shapefile_is_told_what_to_do(tmp_path):
    works().to_file(tmp_path / "a.shp")
    assert refusal(tmp_path / "a.shp") == "reading.bare_shapefile"


def test_a_geopackage_of_several_layers_reads_all_that_are_alike_and_passes_over_empty_ones(tmp_path):
    path = tmp_path / "a.gpkg"
    works().iloc[:0].to_file(path, layer="kosong")
    works(32749).to_file(path, layer="jalan", mode="a")
    works().to_file(path, layer="talud", mode="a")
    pyogrio.write_dataframe(pd.DataFrame({"x": [1]}), path, layer="layer_styles", append=True)
    table = rows.read(path)
    assert (table.sheet, table.sheets, len(table.rows)) == ("jalan", ("jalan", "talud"), 4)
    assert "file.other_layers" not in {one.reason.id for one in table.problems}


def test_a_layer_of_attributes_only_is_rows_without_a_point(tmp_path):
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"nama": ["Jalan"], "pagu": [187_500_000]}), path, driver="GPKG")
    one, = rows.understand(rows.read(path))
    assert (one.good, one.geometry, one.facts["amount"]) == (True, None, 187_500_000)


@pytest.mark.parametrize("form", ["fgb", "parquet", "gpkg", "shapefile"])
def test_every_binary_format_holds_the_same_works(tmp_path, form):
    contents = formats.read(sample(tmp_path, form))
    assert contents.format == form
    assert contents.features.properties == [{"nama": "Jalan Café", "tahun": 2024}, {"nama": "Talud", "tahun": 2025}]
    assert contents.features.geometries[0].distance(POINT) < 1e-8


@pytest.mark.parametrize("form", ["fgb", "gpkg", "shapefile"])
def test_gdal_by_itself_counts_the_same_rows(tmp_path, form):
    path = sample(tmp_path, form)
    inside = f"/vsizip/{path}/desa" if form == "shapefile" else path
    assert len(formats.read(path).features.properties) == len(pyogrio.read_dataframe(inside))


@pytest.mark.parametrize("options", [
    {"crs": 32749}, {"crs": 4326, "geometry_encoding": "geoarrow"}, {"crs": 4326, "write_covering_bbox": True}])
def test_geoparquet_is_read_in_every_encoding_and_system(tmp_path, options):
    frame = works(options.pop("crs"))
    frame.to_parquet(tmp_path / "a.parquet", **options)
    found = formats.read(tmp_path / "a.parquet").features
    assert found.columns == ["nama", "tahun"]
    assert found.geometries[0].distance(POINT) < 1e-8


def test_parquet_without_a_geometry_is_a_table_whose_columns_say_the_place(tmp_path):
    pd.DataFrame({"nama": ["Jalan"], "lat": [-8.25], "lon": [114.25], "isi": [b"\0"], "mulai": pd.to_datetime(
        ["2024-05-01 08:00"])}).to_parquet(tmp_path / "a.parquet")
    one, = rows.understand(rows.read(tmp_path / "a.parquet"))
    assert (one.geometry, one.good) == (POINT, True)
    assert one.row.values == {"nama": "Jalan", "lat": -8.25, "lon": 114.25, "mulai": "2024-05-01 08:00:00"}


def test_parquet_with_wkb_and_no_word_about_it_is_tried(tmp_path):
    pq.write_table(pa.table({"nama": ["Jalan"], "geometry": [shapely.to_wkb(POINT)]}), tmp_path / "a.parquet")
    found = formats.read(tmp_path / "a.parquet").features
    assert (found.geometries, notes(found)) == ([POINT], ["file.crs_missing"])


def test_parquet_that_denies_a_system_is_believed_only_in_degrees(tmp_path):
    works(32749).set_crs(None, allow_override=True).to_parquet(tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet") == "reading.crs_missing"


def test_a_geometry_that_cannot_be_read_is_a_fault_of_its_row(tmp_path):
    pq.write_table(pa.table({"nama": ["a", "b", "c"], "geometry": [b"\x01\x02", shapely.to_wkb(POINT), None]}).
                   replace_schema_metadata({"geo": json.dumps({"primary_column": "geometry", "columns": {
                       "geometry": {"encoding": "WKB"}}})}), tmp_path / "a.parquet")
    found = rows.understand(rows.read(tmp_path / "a.parquet"))
    assert [[one.reason.id for one in row.problems] for row in found] == [["geometry.unreadable"], [], []]


def test_a_column_may_be_called_anything(tmp_path):
    """Names that the child uses itself, names that repeat, and one that is no name."""
    table = pa.table([pa.array(["Jalan"]), pa.array([b"x"]), pa.array([1]), pa.array([2]), pa.array([3])],
                     names=["nama", "wkb", "__wkb__", "a", "a"])
    pq.write_table(table, tmp_path / "a.parquet")
    assert formats.read(tmp_path / "a.parquet").features.properties == [
        {"nama": "Jalan", "__wkb__": 1, "a": 2, "a (2)": 3}]


def test_heights_are_left_aside(tmp_path):
    path = layer(tmp_path / "a.gpkg", [shapely.Point(114.25, -8.25, 70)])
    shape, = formats.read(path).features.geometries
    assert (shape, shape.has_z) == (POINT, False)


def test_a_geopackage_that_reaches_for_another_file_or_host_is_refused(tmp_path):
    """GDAL's own SQL functions would open files and hosts from a view."""
    works().to_file(tmp_path / "rahasia.gpkg", layer="rahasia")
    for number, harm in enumerate((
            "CREATE VIEW v AS SELECT 1 AS fid, ogr_geocode('x') AS g",
            "CREATE VIRTUAL TABLE v USING VirtualOGR('" + str(tmp_path / "rahasia.gpkg") + "', 0, 'rahasia')")):
        path = tmp_path / f"{number}.gpkg"
        works().iloc[:1].to_file(path, layer="jalan")
        with sqlite3.connect(path) as opened:
            opened.execute("PRAGMA writable_schema = 1")
            opened.execute("INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES (?, 'v', 'v', 0, ?)",
                           ("view" if "VIEW" in harm else "table", harm))
            opened.execute("UPDATE gpkg_contents SET table_name = 'v', data_type = 'attributes'")
            opened.execute("DELETE FROM gpkg_geometry_columns")
        opened.close()
        assert refusal(path) == "reading.child_failed"


def test_the_frame_of_the_tests_is_what_geopandas_reads_back(tmp_path):
    """So that a test above cannot pass because the writer lost what the reader should have found."""
    for form in ("fgb", "gpkg", "parquet"):
        path = sample(tmp_path, form)
        frame = gpd.read_parquet(path) if form == "parquet" else gpd.read_file(path)
        assert frame["nama"].tolist() == ["Jalan Café", "Talud"]
