"""Cells in notations of machines: WKT, WKB, GeoJSON, and what ODK and KoboToolbox write."""

import json

import pytest
import shapely

from geo.coordinates import Bounds, looks_like_one, placed, read

BANYUWANGI = Bounds(113.75, -8.7, 114.7, -7.8)
TRACE = "-8.219233 114.369227 12.0 4.5;-8.219333 114.369327 12.5 9.25;-8.219433 114.369227 11 3.9"
PLACE = shapely.Point(114.369227, -8.219233)


def test_a_trace_of_a_phone_is_a_line_with_its_worst_accuracy():
    position = read(TRACE)
    assert shapely.to_wkt(position.geometry, rounding_precision=6) == (
        "LINESTRING (114.369227 -8.219233, 114.369327 -8.219333, 114.369227 -8.219433)")
    assert (position.how, position.accuracy_m) == ("odk", 9.25)
    assert shapely.distance(position.geometry, shapely.Point(position.lon, position.lat)) < 1e-9


def test_a_trace_that_comes_home_is_an_area():
    position = read(f"{TRACE}; {TRACE.split(';')[0]};")
    assert position.geometry.geom_type == "Polygon"
    assert position.geometry.covers(shapely.Point(position.lon, position.lat))


def test_a_trace_of_one_point_is_a_point():
    for text in ("-8.219233 114.369227 12.0 4.5;", "-8.219233 114.369227 0 0; -8.219233 114.369227 0 0"):
        assert read(text).geometry.equals(PLACE)


def test_an_accuracy_of_nothing_is_not_known():
    for text in ("-8.219233 114.369227 0 0", "-8.219233 114.369227 0.0 0.0", "-8.219233 114.369227 0 0;"):
        position = read(text)
        assert (position.lat, position.lon, position.how, position.accuracy_m) == (-8.219233, 114.369227, "odk", None)


def test_minutes_and_seconds_parted_by_a_semicolon_are_no_trace():
    position = read("8 13 9.2; 114 22 9.4", BANYUWANGI)
    assert position.suggestion.how == "sign"
    assert position.suggestion.lat == pytest.approx(-8.219222, abs=1e-6)


@pytest.mark.parametrize("text", [
    "POINT (114.369227 -8.219233)", "point z(114.369227 -8.219233 12)", "SRID=4326;POINT(114.369227 -8.219233)",
    shapely.to_wkb(PLACE, hex=True), shapely.to_wkb(shapely.set_srid(PLACE, 4326), hex=True, include_srid=True),
    shapely.to_geojson(PLACE), '{"coordinates": [114.369227, -8.219233], "type": "Point"}',
    json.dumps({"type": "Feature", "properties": {"a": {}}, "geometry": json.loads(shapely.to_geojson(PLACE))}),
    json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": json.loads(shapely.to_geojson(PLACE))}]}),
])
def test_every_notation_of_machines_reads_as_the_same_point(text):
    position = read(text)
    assert position.fault is None
    assert (position.lon, position.lat) == (114.369227, -8.219233)
    assert looks_like_one(text)


@pytest.mark.parametrize(("text", "reason"), [
    ("POINT (114.3", "geometry.unreadable"),
    ("POINT (nan nan)", "geometry.not_finite"),
    ("POINT EMPTY", "geometry.empty"),
    ("SRID=9999;POINT(1 2)", "coordinate.system_unknown"),
    ('{"type": "Point"}', "geometry.unreadable"),
    ('{"type": "Point", "coordinates": ["a", 1]}', "geometry.unreadable"),
    ('{"type": "Point", "coordinates": [NaN, 1]}', "geometry.unreadable"),
    ('{"type": "FeatureCollection", "features": []}', "geometry.unreadable"),
    ('{"type": ' + "[" * 100_000, "geometry.unreadable"),
    (shapely.to_wkb(PLACE, hex=True)[:-2] + "00" * 40, None),
    ("01" * 40, "geometry.unreadable"),
    ("POINT (0 0)", "coordinate.zero"),
    ("POINT (-8.2 114.3)", "coordinate.not_degrees"),
    (";".join(["-8.2191 114.3692 0.0 4.5", "-8.22 114.37 0.0 4.5"] * 60_000), "geometry.too_many_vertices"),
])
def test_a_broken_notation_says_so(text, reason):
    position = read(text)
    assert reason is None or position.fault.id == reason
    assert position.lon is None or reason is None


def test_swapped_axes_in_wkt_are_suggested():
    assert read("POINT (-8.219233 114.369227)").suggestion.how == "swap"


@pytest.mark.parametrize("shift", [-6.0, 6.0])
def test_a_feature_in_the_wrong_zone_is_offered_in_the_next_one(shift):
    """The same metres in the next zone lie six degrees aside, on the same latitude."""
    position = placed(shapely.Point(114.369227 + shift, -8.219233), "file", BANYUWANGI)
    assert position.fault.id == "coordinate.outside"
    assert (position.suggestion.how, position.suggestion.lon) == ("utm", pytest.approx(114.369227))
    typed = placed(shapely.Point(114.369227 + shift, -8.219233), "wkt", BANYUWANGI)
    assert typed.suggestions == ()


def test_a_feature_in_metres_called_degrees_is_offered_in_the_zone_that_fits():
    for east, north in ((210_132.0, 9_090_490.0), (9_090_490.0, 210_132.0)):
        position = placed(shapely.Point(east, north), "file", BANYUWANGI)
        assert position.fault.id == "coordinate.not_degrees"
        assert (position.suggestion.how, position.suggestion.lat) == ("utm", pytest.approx(-8.2192, abs=1e-3))
