"""Metres: UTM, TM-3, MGRS; and plus codes. A zone that is not stated is never taken for granted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geo import grids
from geo.coordinates import Bounds, read, read_axes

BANYUWANGI = Bounds(113.75, -8.7, 114.7, -7.8)
EAST, NORTH = 210123.0, 9090654.0
LON, LAT = Transformer.from_crs(32750, 4326, always_xy=True).transform(EAST, NORTH)


@pytest.mark.parametrize("text", [
    "50 L 210123 9090654", "50S 210123 9090654", "50S X=210123 Y=9090654", "9090654 mU 210123 mT zona 50S",
    "50L 0210123 9090654 UTM", "UTM 50S 210.123 mT 9.090.654 mU", "E 210123 N 9090654 50S", "50M 210123 9090654",
    "X 9090654 Y 210123 50S", "9.090.654 210.123 50S", "210123,0 9090654,0 zona 50 S", "210,123.0 9,090,654.0 zone 50",
    "210123 mE, 9090654 mS, 50S",
])
def test_metres_with_their_zone_are_read(text):
    position = read(text, BANYUWANGI)
    assert position.fault is None
    assert position.how == "utm"
    assert (position.lon, position.lat) == (pytest.approx(LON, abs=1e-8), pytest.approx(LAT, abs=1e-8))


def test_a_zone_with_s_is_south_of_the_equator_and_no_band_of_mgrs():
    """Band S of MGRS lies at 32 to 40 degrees north."""
    assert read("49S 650000 9090000").lat == pytest.approx(-8.23, abs=0.01)


@pytest.mark.parametrize(("lat_text", "lon_text", "stated"), [
    ("9090654", "210123", "zona 50S"), ("9090654", "210123", "X (UTM 50S) ; Y (UTM 50S)"),
    ("210123", "9090654", "50"), ("9.090.654", "210.123", "50L"),
])
def test_two_columns_of_metres_are_read_with_a_zone_stated_elsewhere(lat_text, lon_text, stated):
    position = read_axes(lat_text, lon_text, BANYUWANGI, stated)
    assert (position.lon, position.lat) == (pytest.approx(LON, abs=1e-8), pytest.approx(LAT, abs=1e-8))


@pytest.mark.parametrize("text", ["X=210123 Y=9090654", "UTM: 210123; 9090654", "9090654 210123"])
def test_without_a_zone_the_only_one_that_fits_is_suggested(text):
    position = read(text, BANYUWANGI)
    assert position.lon is None
    assert position.fault.id == "coordinate.metres"
    assert position.suggestion.how == "utm"
    assert (position.suggestion.lon, position.suggestion.lat) == (pytest.approx(LON, abs=1e-8),
                                                                  pytest.approx(LAT, abs=1e-8))


def test_a_stated_zone_that_leads_elsewhere_is_a_fault_and_the_right_one_is_offered():
    position = read("49S 210123 9090654", BANYUWANGI)
    assert position.fault.id == "coordinate.outside"
    assert position.suggestion.how == "utm"
    assert read("49N 650000 9090000").fault.id == "coordinate.zone_contradicting"


def test_one_zone_kept_for_a_regency_in_two_is_read():
    """The whole regency in 49S: 114.37 lies beyond the zone's edge, and offices write it so."""
    east, north = Transformer.from_crs(4326, 32749, always_xy=True).transform(114.369227, -8.219233)
    position = read(f"49S {east:.2f} {north:.2f}", BANYUWANGI)
    assert (position.lon, position.lat) == (pytest.approx(114.369227, abs=1e-6), pytest.approx(-8.219233, abs=1e-6))


def test_metres_of_the_land_agency_are_recognised_and_read_with_their_zone():
    east, north = Transformer.from_crs(4326, 23837, always_xy=True).transform(114.369227, -8.219233)
    position = read(f"X {east:.0f} Y {north:.0f}", BANYUWANGI)
    assert position.fault.id == "coordinate.metres_tm3"
    assert position.suggestion.lon == pytest.approx(114.369227, abs=1e-4)
    assert read(f"TM3 50.1 X {east:.2f} Y {north:.2f}").lon == pytest.approx(114.369227, abs=1e-6)


@given(st.floats(113.8, 114.6), st.floats(-8.6, -7.9))
def test_a_point_written_in_utm_is_read_back_to_the_centimetre(lon, lat):
    zone = 49 if lon < 114 else 50
    east, north = Transformer.from_crs(4326, 32700 + zone, always_xy=True).transform(lon, lat)
    for text in (f"{zone}S {east:.2f} {north:.2f}", f"{north:.2f} mU {east:.2f} mT zona {zone}"):
        position = read(text, Bounds(113, -9, 115, -7))
        assert (position.lon, position.lat) == (pytest.approx(lon, abs=2e-7), pytest.approx(lat, abs=2e-7))


def test_degrees_with_three_decimals_are_no_metres_with_a_thousands_mark():
    assert read("114.369 -8.219").lon == 114.369
    assert read("114.265 -8.399 114.266 -8.4").fault.id == "coordinate.two_places"


def test_a_reference_of_mgrs_is_read():
    east, north = Transformer.from_crs(4326, 32750, always_xy=True).transform(114.369227, -8.219233)
    position = read(f"50LKR{int(east) % 100_000:05d}{int(north) % 100_000:05d}", BANYUWANGI)
    assert (position.how, position.lon, position.lat) == (
        "mgrs", pytest.approx(114.369227, abs=2e-5), pytest.approx(-8.219233, abs=2e-5))
    assert grids.read_mgrs("15TWG0000049776") is None, "a zone that lies in America"


def test_a_full_plus_code_is_a_point_and_a_short_one_says_that_it_is_short():
    position = read("6P3PQ9J9+8M")
    assert (position.how, position.lat, position.lon) == (
        "plus", pytest.approx(-8.219187, abs=2e-4), pytest.approx(114.369187, abs=2e-4))
    assert read("Q9J9+8M Banyuwangi").fault.id == "coordinate.plus_short"
