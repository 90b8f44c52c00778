"""Marks that would hide each other are moved apart, within the picture."""

import math

from app.maps.marks import NEAREST, apart


def test_marks_that_are_apart_stay_where_they_are_wanted():
    assert apart([(50, 50), (90, 50)], 200, 200) == ([(50, 50), (90, 50)], [False, False])


def test_sixty_marks_at_one_place_are_all_seen_within_the_picture():
    placed, moved = apart([(340, 200)] * 60, 680, 400)
    assert moved.count(False) == 1
    assert all(math.dist(one, other) >= NEAREST - 1e-9 for n, one in enumerate(placed) for other in placed[:n])
    assert all(12 <= x <= 668 and 12 <= y <= 388 for x, y in placed)


def test_a_mark_beyond_the_edge_comes_inside():
    assert apart([(-40, 500)], 200, 100)[0] == [(12, 88)]
