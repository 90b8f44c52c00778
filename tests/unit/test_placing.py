"""./pantau locate without its terminal: every input column kept, places added, faults listed."""

import csv

import geopandas as gpd
import openpyxl
import pytest
import shapely
from click.testing import CliRunner

from app.commands.locate import locate
from app.settings import Settings
from geo import placing
from geo.errors import FormatUnknown
from geo.regions import Regions

TEXT = """nama,koordinat,lat,desa
Jalan,"-8.25, 114.05",keep,Sarongan
=1+1,"8.25 E 114.05 S",,Sarongan
Talud,,,Sarongan
"""


@pytest.fixture
def works(tmp_path):
    path = tmp_path / "works.csv"
    path.write_text(TEXT)
    return path


@pytest.fixture
def regions():
    made = [("35.10.01.2001", "Sarongan", "village", "35.10.01", False, shapely.box(114.0, -8.3, 114.1, -8.2))]
    return Regions.from_frame(gpd.GeoDataFrame(
        made, columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326))


def lines(path):
    with path.open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_every_input_column_is_kept_and_a_clash_gets_a_prefix(works, tmp_path, regions):
    out, problems = tmp_path / "out.csv", tmp_path / "problems.csv"
    summary = placing.place(works, out, problems, regions=regions, mapping={"lat": ""})
    first, second, third = lines(out)
    assert list(first) == ["nama", "koordinat", "lat", "desa", "row", "lon", "pantau_lat", "wkt", "how", "accuracy_m",
                           "region_code", "region_name", "outside_m"]
    assert (first["row"], first["lon"], first["pantau_lat"], first["lat"]) == ("2", "114.05", "-8.25", "keep")
    assert (first["region_code"], first["region_name"], first["outside_m"]) == ("35.10.01.2001", "Sarongan", "0.0")
    assert (second["lon"], second["how"], second["nama"]) == ("", "", "'=1+1")
    assert third["lon"] == ""
    assert [(line["row"], line["column"], line["suggestion"]) for line in lines(problems)] == [
        ("3", "koordinat", "marks: -8.250000, 114.050000")]
    assert summary == placing.Summary(rows=3, placed=1, suggested=0, without=2, problems=1)


def test_a_claim_that_the_position_contradicts_is_always_listed(works, tmp_path):
    """A script that reads OUT alone would else take the point for good."""
    village = shapely.box(114.0, -8.3, 114.1, -8.2)
    here = Regions.from_frame(gpd.GeoDataFrame(
        [("35.10", "Kabupaten Banyuwangi", "regency", None, False, village),
         ("35.10.01.2001", "Sarongan", "village", "35.10", False, village)],
        columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326))
    works.write_text("nama,lat,lon,desa,kabupaten\nA,-8.25,114.102,Sarongan,\nB,-8.25,114.05,,Kab. Jember\n"
                     "C,-8.25,114.05,Sarongan,\n")
    problems = tmp_path / "problems.csv"
    placing.place(works, tmp_path / "out.csv", problems, regions=here, language="en")
    assert [(line["row"], line["column"], line["reason"]) for line in lines(problems)] == [
        ("2", "desa", "the point lies 220 m outside village Sarongan"),
        ("3", "kabupaten", "region Kab. Jember is not known"),
        ("3", "kabupaten", "the point lies in Sarongan (Kabupaten Banyuwangi), not in the regency that is written")]


def test_accepted_suggestions_are_filled_and_say_how(works, tmp_path):
    out = tmp_path / "out.csv"
    placing.place(works, out, tmp_path / "problems.csv", accept=True, mapping={"lat": ""})
    second = lines(out)[1]
    assert (second["lon"], second["pantau_lat"], second["how"]) == ("114.05", "-8.25", "suggested:marks")


@pytest.mark.parametrize("extension", [".geojson", ".gpkg", ".parquet"])
def test_spatial_outputs_hold_every_row_and_the_places(works, tmp_path, extension):
    out = tmp_path / f"out{extension}"
    placing.place(works, out, tmp_path / "problems.csv", mapping={"lat": ""})
    frame = gpd.read_parquet(out) if extension == ".parquet" else gpd.read_file(out)
    assert len(frame) == 3
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.notna().tolist() == [True, False, False]
    assert frame["nama"].tolist()[1] == "=1+1"


def test_a_workbook_holds_texts_never_formulas(works, tmp_path):
    out = tmp_path / "out.xlsx"
    placing.place(works, out, tmp_path / "problems.csv", mapping={"lat": ""})
    sheet = openpyxl.load_workbook(out).active
    assert sheet["A3"].value == "=1+1"
    assert sheet["A3"].data_type == "s"


def test_an_unknown_output_is_refused_before_anything_is_written(works, tmp_path):
    with pytest.raises(FormatUnknown):
        placing.place(works, tmp_path / "out.doc", tmp_path / "problems.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["works.csv"]


def test_the_command_says_one_where_something_was_left_out(works, tmp_path):
    arguments = [str(works), "--out", str(tmp_path / "o.csv"), "--problems", str(tmp_path / "p.csv"), "--json"]
    ran = CliRunner().invoke(locate, arguments, obj=Settings.from_environment({}))
    assert ran.exit_code == 1, ran.output
    assert '"rows": 3' in ran.stdout
    works.write_text("nama,lat,lon\nJalan,-8.25,114.05\n")
    assert CliRunner().invoke(locate, arguments, obj=Settings.from_environment({})).exit_code == 0


def test_real_cells_give_no_silent_fault(real_data, tmp_path):
    out, problems = tmp_path / "out.csv", tmp_path / "problems.csv"
    summary = placing.place(real_data("messy_coordinates/coordinate_strings.csv"), out, problems)
    assert (summary.rows, summary.placed) == (300, 286)
    unread = {line["row"] for line in lines(out) if not line["lon"]}
    assert unread <= {line["row"] for line in lines(problems)}


def test_the_file_read_is_never_written_over(works, tmp_path):
    before = works.read_bytes()
    new, other = tmp_path / "o.csv", tmp_path / "p.csv"
    for out, problems in ((works, other), (new, works), (new, new)):
        with pytest.raises(FormatUnknown) as refused:
            placing.place(works, out, problems)
        assert refused.value.sentence.id == "placing.one_file"
    assert works.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [works.name]


def test_a_result_is_there_whole_or_not_at_all(works, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(placing, "_write_problems", fail)
    with pytest.raises(OSError, match="no space"):
        placing.place(works, tmp_path / "out.csv", tmp_path / "problems.csv")
    assert [path.name for path in tmp_path.iterdir()] == [works.name]


def test_progress_says_how_many_rows_of_how_many(tmp_path):
    path = tmp_path / "many.csv"
    path.write_text("nama,lat,lon\n" + "".join(f"Jalan {k},-8.2{k:05d},114.2\n" for k in range(12_000)))
    heard = []
    placing.place(path, tmp_path / "o.csv", tmp_path / "p.csv", say=lambda *told: heard.append(told))
    assert {total for what, _, total in heard if what == "job.understanding"} == {12_000}
    done = [done for what, done, _ in heard if what == "job.understanding"]
    assert done == sorted(done)
    assert len(set(done)) > 2


def test_ids_that_repeat_and_lengths_that_cannot_be_read_are_listed(tmp_path):
    """Both are kept otherwise than typed; a script that reads OUT alone would not know."""
    file, problems = tmp_path / "a.csv", tmp_path / "problems.csv"
    file.write_text("id kegiatan,nama,Panjang (km),lat,lon\nA1,Rabat,x,-8.2,114.3\nA1,Talud,1.5,-8.2,114.31\n"
                    "A2,Got,2,-8.21,114.3\n")
    placing.place(file, tmp_path / "out.csv", problems, language="en")
    assert [(line["row"], line["column"], line["value"]) for line in lines(problems)] == [
        ("2", "Panjang (km)", "x"), ("2", "id kegiatan", "A1"), ("3", "id kegiatan", "A1")]
