"""Several sheets or layers of one file: what is alike is one table, what is not is named; nothing is lost unsaid."""

import csv

import geopandas as gpd
import openpyxl
import pytest
import shapely

from geo import placing, rows
from geo.errors import FileRefused
from geo.linking import _ids
from geo.regions import Regions
from geo.tables import Limits

HEAD = ["No", "Kegiatan", "Lat", "Lon"]


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


def village(*names, head=HEAD):
    return [head, *([number, name, -8.2 - number / 1000, 114.3] for number, name in enumerate(names, start=1))]


def of(read, message_id):
    return [problem.reason.values for problem in read.problems if problem.reason.id == message_id]


def listed(path, tmp_path):
    problems = tmp_path / "problems.csv"
    summary = placing.place(path, tmp_path / "out.csv", problems, language="en")
    with problems.open(newline="") as opened, (tmp_path / "out.csv").open(newline="") as out:
        return summary, list(csv.DictReader(opened)), list(csv.DictReader(out))


def test_a_sheet_for_each_village_is_one_table(tmp_path):
    """One tab for each village is how districts keep their works."""
    read = rows.read(workbook(tmp_path / "a.xlsx", Kemiren=village("Rabat", "Talud"), Tapanrejo=village("Got")))
    assert [(row.sheet, row.number, row.values["Kegiatan"], row.values["sheet"]) for row in read.rows] == [
        ("Kemiren", 2, "Rabat", "Kemiren"), ("Kemiren", 3, "Talud", "Kemiren"), ("Tapanrejo", 2, "Got", "Tapanrejo")]
    assert of(read, "file.sheets_together") == [{"names": "Kemiren, Tapanrejo", "count": 3}]
    assert len([one for one in rows.understand(read) if one.geometry is not None]) == 3


def test_what_the_first_sheet_means_is_found_under_other_headings_and_further_columns_are_kept(tmp_path):
    other = [["Uraian Kegiatan", "Longitude", "Latitude", "Pagu (Rp)"], ["Got", 114.31, -8.3, 5_000_000]]
    read = rows.read(workbook(tmp_path / "a.xlsx", A=village("Rabat", "Talud"), B=other))
    assert read.sheets == ("A", "B")
    first, _, third = rows.understand(read)
    assert (third.facts["name"], third.geometry.y, third.facts["amount"]) == ("Got", -8.3, 5_000_000)
    assert "amount" not in first.facts
    assert set(read.columns) == {"No", "Uraian Kegiatan", "Latitude", "Longitude", "Pagu (Rp)", "sheet"}


def test_amounts_in_other_units_are_never_put_in_one_column(tmp_path):
    read = rows.read(workbook(
        tmp_path / "a.xlsx", A=[["Kegiatan", "Desa", "Pagu (Rp)"], ["Rabat", "X", 5_000_000], ["Got", "X", 5_000_000]],
        B=[["Kegiatan", "Desa", "Pagu (juta)"], ["Talud", "X", 5]]))
    assert len(read.rows) == 2
    assert of(read, "file.other_sheets") == [{"sheet": "A", "others": "B"}]


def test_the_costs_of_one_work_are_no_further_works(tmp_path):
    """A bill of quantities has a subset of the columns of a list of works."""
    works = [["Uraian", "Desa", "Volume", "Satuan", "Jumlah"], ["Rabat", "X", 100, "m", 5_000_000]]
    costs = [["Uraian", "Volume", "Satuan", "Jumlah"], ["Semen", 40, "zak", 2_000_000]]
    read = rows.read(workbook(tmp_path / "a.xlsx", Daftar=works, RAB=costs))
    assert (len(read.rows), of(read, "file.other_sheets")) == (1, [{"sheet": "Daftar", "others": "RAB"}])


def test_a_summary_of_the_other_sheets_is_not_read_a_second_time(tmp_path):
    read = rows.read(workbook(tmp_path / "a.xlsx", Rekap=village("Rabat", "Got"), A=village("Rabat"), B=village("Got")))
    assert [row.sheet for row in read.rows] == ["A", "B"]
    assert of(read, "file.other_sheets") == [{"sheet": "A, B", "others": "Rekap"}]


def test_sheets_of_another_shape_are_listed_by_locate(tmp_path):
    path = workbook(tmp_path / "a.xlsx", A=village("Rabat"), B=[["Nama Kegiatan", "Tahun", "Pagu"], ["Got", 2024, 1e6]])
    summary, problems, _ = listed(path, tmp_path)
    assert summary.problems == 1
    assert problems[0]["reason"].startswith("Sheet A was read; others that look like tables")


def test_a_problem_belongs_to_its_own_sheet_and_so_does_an_id(tmp_path):
    """Row 2 of one sheet is not row 2 of the other."""
    head = ["ID Kegiatan", "Kegiatan", "Lat", "Lon"]
    sheets = {"A": [head, ["K1", "Rabat", -8.2, "x"]], "B": [head, ["K1", "Got", -8.2, 114.3]]}
    path = workbook(tmp_path / "a.xlsx", **sheets)
    _, problems, out = listed(path, tmp_path)
    assert [(line["sheet"], line["row"]) for line in problems if line["value"] == "-8.2, x"] == [("A", "2")]
    assert [(line["sheet"], line["lon"]) for line in out] == [("A", ""), ("B", "114.3")]
    read = rows.read(path)
    assert [one.facts["id"] for one in rows.understand(read)] == ["K1#A!2", "K1#B!2"]
    assert _ids(read, None) == ["A!2", "B!2"]


def test_a_cell_too_long_is_said_of_its_own_sheet_only(tmp_path):
    read = rows.read(workbook(tmp_path / "a.xlsx", A=village("Rabat"), B=village("x" * 200)),
                     limits=Limits(cell_characters=100))
    first, second = rows.understand(read)
    assert [problem.reason.id for problem in first.problems] == []
    assert [problem.reason.id for problem in second.problems] == ["cell.too_long"]


def test_what_the_title_of_each_sheet_says_holds_for_its_own_rows(tmp_path):
    read = rows.read(workbook(
        tmp_path / "a.xlsx", Drainase=[["Desa : Kemiren"], *village("Dusun Krajan", "Dusun Jajangan")],
        Talud=[["Desa : Tapanrejo"], *village("Dusun Curah", "Dusun Lor")]))
    found = rows.understand(read)
    assert [(one.facts["village"], one.facts["category"]) for one in found] == [
        ("Kemiren", "drainage")] * 2 + [("Tapanrejo", "retaining_wall")] * 2


def test_sheets_are_not_joined_beyond_the_limit_of_rows(tmp_path):
    path = workbook(tmp_path / "a.xlsx", A=village("Rabat", "Got"), B=village("Talud", "Jalan"))
    with pytest.raises(FileRefused):
        rows.read(path, limits=Limits(rows=3))


def test_who_asks_for_one_sheet_hears_of_the_others(tmp_path):
    read = rows.read(workbook(tmp_path / "a.xlsx", A=village("Rabat"), B=village("Got")), together=False)
    assert (len(read.rows), of(read, "file.other_sheets")) == (1, [{"sheet": "A", "others": "B"}])


@pytest.fixture
def layers(tmp_path):
    def make(**frames):
        path = tmp_path / "a.gpkg"
        for name, frame in frames.items():
            frame.to_file(path, layer=name, engine="pyogrio", mode="a" if path.exists() else "w")
        return path

    return make


POINT, LINE = shapely.Point(114.3, -8.2), shapely.LineString([(114.3, -8.2), (114.31, -8.2)])


def test_layers_with_the_same_columns_are_one_table_whatever_their_shapes_and_systems(layers):
    read = rows.read(layers(
        titik=gpd.GeoDataFrame({"nama": ["Lampu"]}, geometry=[POINT], crs=4326),
        ruas=gpd.GeoDataFrame({"nama": ["Rabat"]}, geometry=[LINE], crs=4326).to_crs(32750),
        kosong=gpd.GeoDataFrame({"x": []}, geometry=[], crs=4326)))
    first, second = rows.understand(read)
    assert (first.geometry.geom_type, second.geometry.geom_type, second.facts["name"]) == (
        "Point", "LineString", "Rabat")
    assert second.geometry.equals_exact(LINE, 1e-8)
    assert [row.values["layer"] for row in read.rows] == ["titik", "ruas"]
    assert of(read, "file.other_layers") == []


def test_layers_with_other_columns_are_named_and_counted(layers, tmp_path):
    path = layers(titik=gpd.GeoDataFrame({"nama": ["Lampu"]}, geometry=[POINT], crs=4326),
                  batas=gpd.GeoDataFrame({"wadmkd": ["A", "B"]}, geometry=[LINE, LINE], crs=4326))
    summary, problems, _ = listed(path, tmp_path)
    assert (summary.rows, summary.problems) == (1, 1)
    assert "batas (2 features)" in problems[0]["reason"]


def test_a_sheet_called_after_a_village_claims_it_where_no_column_does(tmp_path):
    """With the title word always; without it only where the boundaries know a village of just that name."""
    read = rows.read(workbook(tmp_path / "a.xlsx", Desa_Kemiren=village("Rabat"), Kelurahan_Boyolangu=village("Got")))
    assert [one.facts["village"] for one in rows.understand(read)] == ["Kemiren", "Boyolangu"]
    assert any(problem.reason.id == "file.stated_above" for problem in read.problems)
    assert "village" not in rows.read(workbook(tmp_path / "b.xlsx", Desa=village("Rabat"))).column_of

    regions = Regions.from_frame(gpd.GeoDataFrame(
        [("35.10.17.2003", "Kemiren", "village", "35.10.17", False, shapely.box(114.2, -8.3, 114.4, -8.1))],
        columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326))
    read = rows.read(workbook(tmp_path / "c.xlsx", Kemiren=village("Rabat"), Sheet2=village("Got")))
    first, second = rows.understand(read, regions=regions)
    assert first.facts["region_code"] == "35.10.17.2003"
    assert "region.from_sheet" in [problem.reason.id for problem in first.problems]
    assert "region_code" not in second.facts
