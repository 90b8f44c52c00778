"""Files of boundaries: read whole, every fault told at once, nothing mended in silence."""

import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import regions
from geo.errors import FileRefused, RegionsRefused
from geo.regions import Regions
from geo.sentences import worded
from tests.unit.test_regions import METRE, SIDE, SOUTH, WEST, reasons, square, village, written


def test_a_plain_file_is_read_and_its_districts_and_regency_are_derived(tmp_path):
    read = regions.read(
        written(
            tmp_path,
            (village("35.10.01.2001", "Kiri", kecamatan="Pesanggaran"), square(0)),
            (village("3510011002", "Kanan", kecamatan="Pesanggaran"), square(1)),
        )
    )
    assert reasons(read) == []
    assert list(read.frame["code"]) == ["35.10", "35.10.01", "35.10.01.1002", "35.10.01.2001"]
    assert list(read.frame["level"]) == ["regency", "district", "village", "village"]
    assert list(read.frame["kind"]) == [None, None, "kelurahan", "desa"]
    assert list(read.frame["parent"]) == [None, "35.10", "35.10.01", "35.10.01"]
    assert read.frame.at[1, "name"] == "Pesanggaran"
    assert read.frame.at[1, "geometry"].area == pytest.approx(2 * SIDE * SIDE)
    assert {sentence.id for sentence in read.repairs} == {
        "regions.derived_district",
        "regions.derived_regency",
        "regions.unnamed",
    }
    unnamed = next(sentence for sentence in read.repairs if sentence.id == "regions.unnamed")
    assert "Nama yang sudah tercatat dipertahankan; selain itu kodenya" in worded(unnamed, "id")
    assert "Names recorded before are kept" in worded(unnamed, "en")
    assert read.frame.crs == 4326
    assert not read.frame["approximate"].any()


def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    read = regions.read(
        written(
            tmp_path,
            (village("35.10.01.2001"), square(0)),
            (village("35.10.01.3001"), square(1)),
            (village("35.70.01.2001"), square(2)),
            (village("abc"), square(3)),
            (village(None), square(4)),
            (village("35.10.01.2006", " "), square(5)),
            (village("35.10.01.2007"), None),
            (village("35.10.01.2008"), shapely.Point(WEST, SOUTH)),
            (village("35.10.01.2001", "Lain"), square(8)),
            (village("35.10.00.2001"), square(9)),
            (village("3510010001"), square(10)),
        )
    )
    assert reasons(read) == [
        (2, "regions.code_village"),
        (3, "regions.code_regency"),
        (4, "regions.code_shape"),
        (5, "regions.no_code"),
        (6, "regions.no_name"),
        (7, "regions.no_shape"),
        (8, "regions.not_an_area"),
        (9, "regions.code_repeats"),
        (10, "regions.code_village"),
        (11, "regions.code_bps"),
    ]


def test_axes_exchanged_in_the_whole_file_are_refused_with_a_clear_sentence(tmp_path):
    swapped = shapely.transform(square(0), lambda xy: xy[:, ::-1])
    read = regions.read(written(tmp_path, (village("35.10.01.2001"), swapped)))
    assert reasons(read) == [(None, "regions.axes_swapped")]
    assert len(read.frame) == 0
    assert "tertukar" in worded(read.problems[0].reason)


def test_axes_exchanged_in_one_shape_are_a_problem_of_its_row(tmp_path):
    swapped = shapely.transform(square(2), lambda xy: xy[:, ::-1])
    read = regions.read(
        written(
            tmp_path,
            (village("35.10.01.2001"), square(0)),
            (village("35.10.01.2002"), square(1)),
            (village("35.10.01.2003"), swapped),
        )
    )
    assert reasons(read) == [(3, "regions.row_swapped")]


def test_metres_without_a_named_system_and_other_countries_are_refused(tmp_path):
    metres = shapely.box(180_000, 9_050_000, 182_000, 9_052_000)
    assert reasons(regions.read(written(tmp_path, (village("35.10.01.2001"), metres)))) == [
        (None, "regions.not_degrees")
    ]
    lima = shapely.box(-77, -12, -76, -11)
    assert reasons(regions.read(written(tmp_path, (village("35.10.01.2001"), lima)))) == [(None, "regions.elsewhere")]


def test_a_stated_system_in_metres_becomes_degrees(tmp_path):
    frame = gpd.GeoDataFrame([village("35.10.01.2001")], geometry=[square(0)], crs=4326).to_crs(32750)
    path = written(
        tmp_path,
        (village("35.10.01.2001"), frame.geometry.iloc[0]),
        crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32750"}},
    )
    read = regions.read(path)
    assert reasons(read) == []
    assert read.frame.geometry.iloc[-1].bounds == pytest.approx(square(0).bounds, abs=METRE / 10)


def test_a_ring_that_crosses_itself_is_mended_and_said(tmp_path):
    bow_tie = [[[114.2, -8.4], [114.22, -8.38], [114.22, -8.4], [114.2, -8.38], [114.2, -8.4]]]
    read = regions.read(written(tmp_path, (village("35.10.01.2001", "Simpul"), bow_tie)))
    assert reasons(read) == []
    mended = [sentence for sentence in read.repairs if sentence.id.startswith("regions.mended")]
    assert [sentence.values["row"] for sentence in mended] == [1]
    assert "Simpul" in worded(mended[0])
    assert read.frame.is_valid.all()
    assert read.frame.geometry.iloc[-1].area > 0


def test_what_is_wrong_with_a_ring_is_said_in_the_readers_language(tmp_path):
    bow_tie = [[[114.2, -8.4], [114.22, -8.38], [114.22, -8.4], [114.2, -8.38], [114.2, -8.4]]]
    [mended] = [sentence for sentence in regions.read(written(tmp_path, (village("35.10.01.2001"), bow_tie))).repairs
                if sentence.id.startswith("regions.mended")]
    assert "memotong dirinya sendiri" in worded(mended, "id")
    assert "crosses itself" in worded(mended, "en")


def test_a_village_that_covers_much_of_its_neighbour_is_a_problem_and_a_small_overlap_is_not(tmp_path):
    def overlapping(by):
        return regions.read(written(tmp_path, (village("35.10.01.2001", "Satu"), square(0)), (
            village("35.10.01.2002", "Dua"), shapely.affinity.translate(square(0), xoff=SIDE * (1 - by)))))

    assert reasons(overlapping(0.5)) == [(2, "regions.overlaps_much")]
    assert reasons(overlapping(0.1)) == []
    assert "regions.overlaps_kept" in {sentence.id for sentence in overlapping(0.1).repairs}


def test_a_ring_that_cannot_be_mended_is_a_problem_of_its_row(tmp_path):
    flat = [[[114.2, -8.4], [114.22, -8.4], [114.21, -8.4], [114.2, -8.4]]]
    short = [[[114.2, -8.4], [114.22, -8.4]]]
    read = regions.read(
        written(
            tmp_path,
            (village("35.10.01.2001"), flat),
            (village("35.10.01.2002"), short),
            (village("35.10.01.2003"), square(0)),
        )
    )
    assert [row for row, _ in reasons(read)] == [1, 2]
    assert list(read.frame["code"]) == ["35.10", "35.10.01", "35.10.01.2003"]


def test_parts_of_one_village_on_two_rows_are_joined_and_said(tmp_path):
    read = regions.read(
        written(
            tmp_path, (village("35.10.01.2001", "Pulau"), square(0)), (village("35.10.01.2001", "Pulau"), square(4))
        )
    )
    assert reasons(read) == []
    assert "regions.joined_parts" in {sentence.id for sentence in read.repairs}
    assert len(shapely.get_parts(read.frame.geometry.iloc[-1])) == 2


def test_a_village_outside_the_district_that_the_file_brings_is_a_problem(tmp_path):
    read = regions.read(
        written(
            tmp_path,
            (village("35.10.01", "Kecamatan"), square(0)),
            (village("35.10.01.2001", "Dalam"), square(0)),
            (village("35.10.01.2002", "Luar"), square(3)),
        )
    )
    assert reasons(read) == [(3, "regions.not_in_parent")]


def test_columns_with_other_headings_are_recognised_or_named(tmp_path):
    big = {"KDEPUM": "35.10.01.2001", "NAMOBJ": "Sarongan", "WADMKC": "Pesanggaran", "OBJECTID": 7}
    assert regions.read(written(tmp_path, (big, square(0)))).frame["name"].tolist() == [
        "35.10",
        "Pesanggaran",
        "Sarongan",
    ]
    odd = {"a": "35.10.01.2001", "b": "Sarongan"}
    read = regions.read(written(tmp_path, (odd, square(0))), name_column="b")
    assert read.frame["code"].tolist()[-1] == "35.10.01.2001"
    with pytest.raises(RegionsRefused) as refused:
        regions.read(written(tmp_path, (odd, square(0))), code_column="z")
    assert refused.value.sentence.id == "regions.column_missing"
    with pytest.raises(RegionsRefused):
        regions.read(written(tmp_path, ({"x": 1, "y": 2}, square(0))))


def test_a_table_without_shapes_and_an_empty_file_are_refused(tmp_path):
    table = tmp_path / "desa.csv"
    table.write_text("kode,nama\n35.10.01.2001,Sarongan\n")
    with pytest.raises(RegionsRefused) as refused:
        regions.read(table)
    assert refused.value.sentence.id == "regions.not_spatial"
    empty = tmp_path / "kosong.geojson"
    empty.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(FileRefused):
        regions.read(empty)


@pytest.mark.parametrize("form", ["gpkg", "shp"])
def test_geopackage_and_zipped_shapefile_in_utm_give_the_same_regions_as_geojson(tmp_path, form):
    plain = written(
        tmp_path, (village("35.10.01.2001", "Kiri"), square(0)), (village("35.10.01.2002", "Kanan"), square(1))
    )
    frame = gpd.read_file(plain).to_crs(32750)
    path = tmp_path / f"batas.{form}"
    pyogrio.write_dataframe(frame, path)
    if form == "shp":
        packed = tmp_path / "batas.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for part in tmp_path.glob("batas.*"):
                if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                    archive.write(part, part.name)
        path = packed
    one, other = regions.read(plain), regions.read(path)
    assert reasons(other) == []
    assert other.frame["code"].tolist() == one.frame["code"].tolist()
    assert shapely.symmetric_difference(one.frame.geometry, other.frame.geometry).area.max() < 1e-9


@given(st.integers(11, 97), st.integers(1, 99), st.integers(1, 99), st.integers(1001, 2999))
def test_a_code_is_read_the_same_with_dots_without_and_as_a_number(province, regency, district, number):
    digits = f"{province:02d}{regency:02d}{district:02d}{number:04d}"
    dotted = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"
    if regency == 70:
        assert regions_code(digits) == regions_code(dotted) == "regions.code_regency"
        return
    assert (
        regions_code(digits)
        == regions_code(dotted + ".")
        == regions_code(int(digits))
        == regions_code(float(digits))
        == dotted
    )


def regions_code(cell: object) -> str:
    from geo.boundaries import read_code

    found = read_code(cell)
    return found if isinstance(found, str) else found.id


def test_the_official_boundaries_of_banyuwangi_are_read_whole(real_data):
    read = regions.read(real_data("regions/desa_35.10.geojson"))
    assert read.problems == []
    assert read.frame["level"].value_counts().to_dict() == {"village": 217, "district": 25, "regency": 1}
    assert (read.frame["kind"] == "kelurahan").sum() == 28
    assert read.frame.is_valid.all()
    [overlaps] = [sentence for sentence in read.repairs if sentence.id == "regions.overlaps_kept"]
    assert overlaps.values["count"] == 400
    here = Regions.from_frame(read.frame)
    assert len(here.by_name("Karangrejo")) == len(here.by_name("Watukebo")) == len(here.by_name("Tamansari")) == 2


def test_on_the_official_borders_nobody_is_called_outside(real_data):
    read = regions.read(real_data("regions/desa_35.10.geojson"))
    here = Regions.from_frame(read.frame)
    cells = read.frame[read.frame["level"] == "village"]
    points = np.array(
        [cell.boundary.interpolate(k / 15, normalized=True) for cell in cells.geometry for k in range(15)]
    )
    codes = np.repeat(cells["code"].to_numpy(), 15)
    placed = here.place(points, codes, accuracy_m=0)
    assert set(placed.standing) == {"inside"}
    assert all(code is not None for code in here.village_of(points))
