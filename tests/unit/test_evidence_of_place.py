"""The evidence of where works stand: distance against accuracy, lines along a road, areas, points on lines."""

import pytest

from geo.evidence import (
    overlap,
    place,
)
from tests.grid import grid
from tests.unit.test_evidence import level, measured


def test_place_judges_distance_by_what_the_positions_are_worth():
    drawn = grid("ab    c", cell_m=9)
    assert level("place", {"geometry": drawn.point("a")}, {"geometry": drawn.point("a")}) == place.SAME_SPOT
    near = ({"geometry": drawn.point("a")}, {"geometry": drawn.point("b")})
    assert level("place", *near) == place.CLOSE
    assert level("place", *({**one, "accuracy_m": 2.0} for one in near)) == place.NEAR
    assert level("place", {"geometry": drawn.point("a")}, {"geometry": drawn.point("c")}) == place.FAR


def test_a_point_on_a_line_is_near_it():
    drawn = grid("""
        a      b
            c
    """)
    assert level("place", {"geometry": drawn.line("ab")}, {"geometry": drawn.point("c")}) == place.ON_LINE


def test_lines_along_one_road_overlap_and_end_to_end_they_do_not():
    drawn = grid("""
        a         b         c
        d         e         f
    """, cell_m=5)
    along = ({"geometry": drawn.line("ab")}, {"geometry": drawn.line("de")})
    assert level("overlap", *along) == overlap.MOST
    assert level("overlap", {"geometry": drawn.line("ab")}, {"geometry": drawn.line("bc")}) == overlap.END_TO_END
    _, between = measured(*along)
    assert between.overlap_m[0] == pytest.approx(50, abs=0.1)
    assert between.overlap_share[0] == pytest.approx(1)


def test_half_a_road_overlaps_in_part_and_is_measured_in_metres():
    drawn = grid("a         b         c         d", cell_m=10)
    half = ({"geometry": drawn.line("ac")}, {"geometry": drawn.line("bd")})
    assert level("overlap", *half) == overlap.PART
    assert measured(*half)[1].overlap_m[0] == pytest.approx(100, abs=0.2)


def test_a_crossing_is_no_overlap():
    drawn = grid("""
             c

        a         b

             d
    """)
    assert level("overlap", {"geometry": drawn.line("ab")}, {"geometry": drawn.line("cd")}) == overlap.CROSSING


def test_a_chord_counts_less_than_an_alignment():
    drawn = grid("a         b")
    line = {"geometry": drawn.line("ab")}
    assert level("overlap", line, {**line, "method": "chord"}) == overlap.CHORD


def test_areas_overlap_by_their_share():
    drawn = grid("""
        a   b   c

        d   e   f
    """)
    field = {"category": "field"}
    whole, half = {"geometry": drawn.area("acfd"), **field}, {"geometry": drawn.area("abed"), **field}
    assert level("overlap", whole, half) == overlap.MOST
    assert measured(whole, half)[1].longer_share[0] == pytest.approx(0.5, abs=0.01)
