"""Candidates: which pairs are worth comparing, by place and, where it says nothing, by words and money."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import candidates, crs
from geo.evidence import sites as columns
from geo.schema import CATEGORIES
from tests.grid import grid, works


def near(table):
    return candidates.near(columns.read(table)).tolist()


def test_tolerance_is_the_wider_reach_and_both_accuracies():
    assert candidates.tolerance_m("housing", "road", 4, 6) == [30]
    assert candidates.tolerance_m(None, None, np.nan, np.nan) == [40]
    assert candidates.tolerance_m(["housing", "road"], ["housing", "building"], [0, 1], [0, 2]).tolist() == [15, 43]


def test_a_position_known_to_nothing_does_not_reach_the_whole_village():
    assert candidates.tolerance_m("road", "road", 50_000, 0) == [20 + candidates.MAX_ACCURACY_M]


@pytest.mark.parametrize("category", [category.code for category in CATEGORIES])
def test_the_search_distance_covers_every_partner(category):
    for other in CATEGORIES:
        widest = candidates.tolerance_m(category, other.code, 7, candidates.MAX_ACCURACY_M)
        assert candidates.search_m(category, 7) >= widest


def test_only_works_within_tolerance_are_candidates():
    drawn = grid("""
        a  b       c
    """, cell_m=9)
    table = works({"geometry": drawn.point("a")}, {"geometry": drawn.point("b")}, {"geometry": drawn.point("c")})
    assert near(table) == [[0, 1]]


def test_two_sites_of_one_project_are_no_candidate():
    drawn = grid("ab")
    table = works({"geometry": drawn.point("a")}, {"geometry": drawn.point("b")}, project="same")
    table["project"] = "same"
    assert near(table) == []


def test_a_point_beside_a_long_line_is_a_candidate_though_their_middles_are_far():
    drawn = grid("""
        a                             b
                                    c
    """)
    table = works({"geometry": drawn.line("ab")}, {"geometry": drawn.point("c")})
    assert near(table) == [[0, 1]]


def test_distance_is_true_in_metres_on_both_sides_of_114_east_and_far_north():
    for lon, lat in ((113.9999, -8.3), (114.0, -8.3), (10.0, 69.0)):
        east_m, _ = crs.degrees_m(lat)
        for metres, found in ((29.9, 1), (30.1, 0)):
            table = works({"geometry": shapely.Point(lon, lat)},
                          {"geometry": shapely.Point(lon + metres / east_m, lat)})
            assert len(near(table)) == found


def test_works_meet_over_the_antimeridian():
    table = works({"geometry": shapely.Point(179.99995, -16)}, {"geometry": shapely.Point(-179.99995, -16)},
                  {"geometry": shapely.LineString([(179.9999, -16), (-179.9999, -16)])})
    assert near(table) == [[0, 1], [0, 2], [1, 2]]


def test_empty_missing_and_broken_geometry_stop_nothing():
    bow = shapely.Polygon([(114, -8), (114.0001, -8.0001), (114.0001, -8), (114, -8.0001)])
    table = works({"geometry": None}, {"geometry": shapely.Point()}, {"geometry": bow},
                  {"geometry": shapely.Point(114.00005, -8.00005)}, {"geometry": shapely.Point(np.inf, 0)})
    assert near(table) == [[2, 3]]


def test_a_line_of_a_hundred_thousand_vertices_is_bounded():
    x = np.linspace(0, 0.01, 100_000)
    line = shapely.LineString(np.column_stack([114 + x, -8 + 1e-5 * np.sin(x * 5e4)]))
    table = columns.read(works({"geometry": line}))
    assert shapely.get_num_coordinates(table.geometry[0]) <= columns.MAX_VERTICES


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.002), st.floats(0, 0.002), st.integers(0, len(CATEGORIES) - 1),
                          st.floats(0, 40)), min_size=2, max_size=25))
def test_the_index_misses_no_pair_that_a_full_comparison_finds(rows):
    table = columns.read(works(*({"geometry": shapely.Point(114 + x, -8.3 + y), "category": CATEGORIES[kind].code,
                                  "accuracy_m": off} for x, y, kind, off in rows)))
    every = np.column_stack(np.triu_indices(len(rows), 1))
    assert candidates.near(table).tolist() == candidates.within(table, every).tolist()


def test_the_changing_index_answers_what_was_added_and_not_what_was_removed():
    drawn = grid("""
        ab   c
    """)
    index = candidates.Index()
    for key, letter in enumerate("abc"):
        index.add(key, drawn.point(letter), 8.0)
    assert index.near(drawn.point("a"), 8.0).tolist() == [0, 1]
    index.remove(1)
    assert index.near(drawn.point("a"), 8.0).tolist() == [0]
    index.add(0, drawn.point("c"), 8.0)
    assert index.near(drawn.point("a"), 8.0).tolist() == []
    assert len(index) == 2


def test_the_changing_index_reaches_over_the_antimeridian():
    index = candidates.Index([(7, shapely.Point(179.99999, 0), 30.0)])
    assert index.near(shapely.Point(-179.99999, 0), 30.0).tolist() == [7]


def test_a_coordinate_of_many_works_is_crowded_and_many_sites_of_one_work_are_not():
    lon, lat = np.full(12, 114.0), np.full(12, -8.0)
    point = np.ones(12, bool)
    assert (candidates.crowded(lon, lat, point, np.arange(12)) >= 0).all()
    assert (candidates.crowded(lon, lat, point, np.zeros(12, int)) < 0).all()
