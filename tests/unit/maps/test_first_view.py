"""The works in the page itself stand where the map will show them, and hold nothing that anybody typed."""

import re

import pytest
import shapely

from app.maps import first_view

BOX = (114.0, -9.0, 115.0, -8.0)


def circles(picture: str) -> list[tuple[float, float, float]]:
    return [tuple(map(float, found)) for found in re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)" r="([\d.]+)"',
                                                             picture)]


def test_a_crowd_stands_as_far_across_the_picture_as_across_the_box():
    (x, y, _), = circles(first_view.draw([(114.25, -8.0, 9, 0, 0)], [], BOX))
    assert (x, y) == (pytest.approx(first_view.WIDTH / 4, abs=1), pytest.approx(0, abs=1))


def test_the_picture_is_as_high_as_the_map_draws_the_box():
    """In web mercator a degree of latitude is longer than one of longitude, the more the farther from the equator."""
    _, _, width, height = map(int, re.search(r'viewBox="([\d ]+)"', first_view.draw(
        [(10.5, 60.5, 1, 0, 0)], [], (10.0, 60.0, 11.0, 61.0)))[1].split())
    assert height / width == pytest.approx(2.03, abs=0.02)


def test_more_works_make_a_larger_circle_up_to_a_largest_one():
    picture = first_view.draw([(114.5, -8.5, works, 0, 0) for works in (1, 30, 900, 20_000, 10**6)], [], BOX)
    radii = [radius for _, _, radius in circles(picture)]
    assert radii == sorted(radii, reverse=True)  # the largest first, so that the small ones lie above
    assert len(set(radii)) == 4


def test_an_indication_is_a_ring_and_a_confirmed_one_another():
    plain, flagged, confirmed = (str(first_view.draw([(114.5, -8.5, 5, *rest)], [], BOX))
                                 for rest in ((0, 0), (2, 0), (2, 1)))
    assert "stroke=" not in plain
    assert first_view.AMBER in flagged
    assert first_view.RED in confirmed


def test_without_works_there_is_no_picture():
    assert first_view.draw([], [shapely.box(*BOX)], BOX) == ""


def test_borders_lose_the_points_that_nobody_would_see():
    ring = shapely.Point(114.5, -8.5).buffer(0.3, quad_segs=2_000)
    picture = first_view.draw([(114.5, -8.5, 1, 0, 0)], [ring, shapely.box(114.0, -8.5, 114.0 + 1e-9, -8.4)], BOX)
    (path,) = re.findall(r'<path d="([^"]*)"', picture)
    assert path.count("M") == 1
    assert len(path) < 8_000
