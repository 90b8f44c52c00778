"""Metres that are true at any place, and coordinate systems that are accepted."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from geo import crs

GEOD = Geod(ellps="WGS84")


@given(st.floats(-179, 179), st.floats(-60, 60), st.floats(-0.009, 0.009), st.floats(-0.009, 0.009))
def test_a_kilometre_is_true_to_a_metre_anywhere(lon, lat, east, north):
    left, right = shapely.Point(lon, lat), shapely.Point(lon + east, lat + north)
    *_, true_m = GEOD.inv(lon, lat, lon + east, lat + north)
    assert crs.distance_m([left], [right])[0] == pytest.approx(true_m, rel=1e-4, abs=0.001)


def test_the_meridian_that_cuts_the_regency_makes_no_difference():
    west = crs.distance_m([shapely.Point(113.9990, -8.3)], [shapely.Point(113.9995, -8.3)])[0]
    across = crs.distance_m([shapely.Point(113.99975, -8.3)], [shapely.Point(114.00025, -8.3)])[0]
    assert across == pytest.approx(west, rel=1e-9)


def test_distances_are_alike_both_ways_and_nothing_is_far_from_itself():
    line, point = shapely.LineString([(114.2, -8.2), (114.21, -8.2)]), shapely.Point(114.205, -8.201)
    assert crs.distance_m([line], [point])[0] == crs.distance_m([point], [line])[0] == pytest.approx(110.6, abs=0.1)
    assert crs.distance_m([line], [line])[0] == 0
    assert np.isnan(crs.distance_m([line], [None])[0])


@pytest.mark.parametrize("epsg", [32749, 32750, 3857, 23879, 4755])
def test_an_accepted_system_comes_back_to_its_degrees(epsg):
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(114.25, -8.25)
    point = crs.to_wgs84([shapely.Point(x, y)], epsg)[0]
    assert (point.x, point.y) == (pytest.approx(114.25, abs=1e-7), pytest.approx(-8.25, abs=1e-7))


def test_a_system_that_is_not_accepted_is_refused():
    with pytest.raises(ValueError, match="2154"):
        crs.to_wgs84([shapely.Point(0, 0)], 2154)


@pytest.mark.parametrize(("text", "epsg"), [
    ("urn:ogc:def:crs:EPSG::32749", 32749), ("EPSG:4326", 4326), ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
    ("EPSG:99999999", None), ("/vsicurl/http://x", None), ("", None), ("EPSG:٤٣٢٦", None),
])
def test_a_stated_name_gives_its_number_or_nothing(text, epsg):
    assert crs.named(text) == epsg
