"""GPX: a way-point, a route and a track are each one row, with the accuracy that the receiver's dilution means."""

import pytest
import shapely

from geo import formats, rows
from geo.formats.gpx import RANGE_ERROR_M
from geo.tables import Limits
from tests.unit.files import refusal
from tests.unit.formats.samples import sample


@pytest.fixture
def gpx(tmp_path):
    def make(body):
        path = tmp_path / "a.gpx"
        path.write_text(f"<gpx version='1.1'>{body}</gpx>", "utf-8")
        return path

    return make


def only(path):
    found = formats.read(path).features
    assert len(found.properties) == 1
    return found.properties[0], found.geometries[0], [one.reason.id for one in found.problems]


def test_points_routes_and_tracks_are_rows_with_all_their_fields(tmp_path):
    found = formats.read(sample(tmp_path, "gpx")).features
    assert found.properties == [
        {"gpx": "wpt", "time": "2024-05-01 01:02:03Z", "name": "Jalan Café", "cmt": "rusak", "hdop": "1.4",
         "battery": "80", "accuracy_m": 7.0},
        {"gpx": "rte", "name": "Rute"},
        {"gpx": "trk", "name": "Talud", "desc": "sisi kiri", "accuracy_m": 12.5}]
    assert [shape.wkt for shape in found.geometries] == [
        "POINT (114.25 -8.25)", "LINESTRING (114.25 -8.25, 114.26 -8.26)", "LINESTRING (114.26 -8.26, 114.27 -8.27)"]


def test_the_dilution_becomes_the_accuracy_of_the_row_and_the_factor_is_said(tmp_path):
    table = rows.read(sample(tmp_path, "gpx"))
    note, = (one for one in table.problems if one.reason.id == "file.accuracy_from_dop")
    assert (note.reason.values, note.severity) == ({"factor": RANGE_ERROR_M}, "note")
    assert [(one.accuracy_m, one.method) for one in rows.understand(table)] == [
        (7.0, "gps"), (None, "file"), (12.5, "gps")]


@pytest.mark.parametrize(("dilution", "accuracy_m"), [
    ("<pdop>3</pdop>", 15.0), ("<hdop>2</hdop><pdop>9</pdop>", 10.0), ("<hdop>x</hdop><pdop>2</pdop>", 10.0),
    ("<hdop>0</hdop>", None), ("<hdop>-1</hdop>", None), ("<hdop>nan</hdop>", None), ("<hdop>1e9</hdop>", None)])
def test_only_a_dilution_that_can_be_one_says_an_accuracy(gpx, dilution, accuracy_m):
    properties, *_ = only(gpx(f"<wpt lat='-8' lon='114'><name>a</name>{dilution}</wpt>"))
    assert properties.get("accuracy_m") == accuracy_m


POINT, OTHER = "<trkpt lat='-8' lon='114'/>", "<trkpt lat='-8' lon='115'/>"


@pytest.mark.parametrize(("segments", "wkt", "notes"), [
    (f"<trkseg>{POINT}{OTHER}</trkseg><trkseg/><trkseg>{OTHER}{POINT}</trkseg>",
     "MULTILINESTRING ((114 -8, 115 -8), (115 -8, 114 -8))", []),
    (f"<trkseg>{POINT}{OTHER}</trkseg><trkseg>{POINT}</trkseg>", "LINESTRING (114 -8, 115 -8)",
     ["geometry.lone_places"]),
    (f"<trkseg>{POINT}</trkseg>", "POINT (114 -8)", ["geometry.line_of_one_place"]),
    ("<trkseg/>", None, ["geometry.empty"]),
    ("", None, ["geometry.empty"]),
    ("<trkseg><trkpt lat='x' lon='114'/></trkseg>", None, ["geometry.unreadable"]),
    (f"<trkseg>{POINT}<trkpt lon='114'/></trkseg>", None, ["geometry.unreadable"]),
    (f"<trkseg>{POINT}<trkpt lat='NaN' lon='114'/></trkseg>", None, ["geometry.not_finite"]),
    (f"<trkseg>{POINT}<trkpt lat='1e308' lon='114'/></trkseg>", None, ["geometry.not_finite"]),
])
def test_segments_become_lines_and_what_is_none_is_said(gpx, segments, wkt, notes):
    _, shape, told = only(gpx(f"<trk><name>a</name>{segments}</trk>"))
    assert shape == (shapely.from_wkt(wkt) if wkt else None)
    assert told == notes


def test_a_track_of_a_million_points_is_a_fault_of_its_row_and_is_never_held(gpx):
    found = rows.understand(rows.read(gpx(
        f"<trk><name>a</name><trkseg>{POINT * 1_000_000}</trkseg></trk><wpt lat='-8' lon='114'><name>b</name></wpt>")))
    assert [[one.reason.id for one in row.problems] for row in found] == [["geometry.too_many_vertices"], []]


def test_nested_extensions_and_links_are_columns(gpx):
    properties, *_ = only(gpx(
        "<wpt lat='-8' lon='114'><name>a</name><link href='http://x'><text>t</text></link>"
        "<extensions><a:b><a:hr>171</a:hr><a:cad>80</a:cad></a:b></extensions></wpt>"))
    assert properties == {"gpx": "wpt", "name": "a", "link": "http://x", "hr": "171", "cad": "80"}


def test_too_many_rows_and_a_file_without_any_are_refused(gpx):
    assert refusal(gpx("<wpt lat='-8' lon='114'/>" * 12), Limits(rows=10)) == "reading.too_many_rows"
    assert refusal(gpx("<metadata><name>a</name></metadata>")) == "error.file_empty"
