"""The map without a script: true metres, both works apart without colour, nothing typed becomes markup."""

import math
import re
from xml.etree import ElementTree

import pytest
import shapely

from app.maps.drawn import Figure
from app.maps.svg import draw
from geo.crs import degrees_m

SVG = "{http://www.w3.org/2000/svg}"
LON, LAT = 114.369227, -8.219233


def at(east_m, north_m):
    east, north = degrees_m(LAT)
    return LON + east_m / float(east), LAT + north_m / float(north)


def point(east_m, north_m):
    return shapely.Point(at(east_m, north_m))


def line(*steps):
    return shapely.LineString([at(*step) for step in steps])


def parsed(markup):
    return ElementTree.fromstring(str(markup))


def scale_of(markup):
    """Pixels for a metre, as the scale bar claims."""
    root = parsed(markup)
    bar = re.search(r"H([\d.]+)V", next(p.get("d") for p in root.iter(f"{SVG}path") if p.get("d").startswith("M10 ")))
    (label,) = (text.text for text in root.iter(f"{SVG}text") if re.fullmatch(r"[\d.,]+ k?m", text.text))
    length = float(label.split()[0].replace(",", ".")) * (1000 if label.endswith("km") else 1)
    return (float(bar[1]) - 10) / length


@pytest.mark.parametrize("span_m", [2, 60, 850, 4_000])
def test_the_scale_bar_tells_true_metres(span_m):
    markup = draw([Figure(point(0, 0), "work"), Figure(point(span_m, span_m / 3), "work")], title="x")
    rings = [c for c in parsed(markup).iter(f"{SVG}circle") if c.get("stroke-width") == "2"]
    (x1, y1), (x2, y2) = ((float(c.get("cx")), float(c.get("cy"))) for c in rings)
    drawn_m = math.hypot(x2 - x1, y2 - y1) / scale_of(markup)
    assert drawn_m == pytest.approx(math.hypot(span_m, span_m / 3), rel=0.02, abs=0.1)


def test_the_accuracy_of_a_point_is_drawn_as_a_disc_of_that_many_metres():
    markup = draw([Figure(point(0, 0), "left", accuracy_m=15)], title="x")
    discs = [c for c in parsed(markup).iter(f"{SVG}circle") if c.get("fill-opacity") == ".12"]
    assert float(discs[0].get("r")) / scale_of(markup) == pytest.approx(15, rel=0.02)


def test_north_is_up_and_east_is_right():
    markup = draw([Figure(point(0, 0), "work"), Figure(point(100, 50), "work")], title="x")
    one, other = [c for c in parsed(markup).iter(f"{SVG}circle") if c.get("stroke-width") == "2"]
    assert float(other.get("cx")) > float(one.get("cx"))
    assert float(other.get("cy")) < float(one.get("cy"))


def test_two_works_stay_apart_without_colour():
    markup = draw([Figure(line((0, 0), (200, 10)), "left"), Figure(line((50, 3), (260, 12)), "right")], title="x")
    root = parsed(markup)
    assert {"A", "B"} <= {text.text for text in root.iter(f"{SVG}text")}
    dashes = [path.get("stroke-dasharray") for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "4.0"]
    assert len(dashes) == 2
    assert len(set(dashes)) == 2


def shared(left, right, corridor_m):
    markup = draw([Figure(left, "left"), Figure(right, "right")], title="x", corridor_m=corridor_m)
    return [path for path in parsed(markup).iter(f"{SVG}path") if path.get("fill-opacity") == ".22"]


def test_ground_that_both_lines_may_take_is_shaded_and_lines_apart_share_none():
    assert shared(line((0, 0), (200, 0)), line((50, 4), (260, 4)), 10)
    assert not shared(line((0, 0), (200, 0)), line((0, 60), (200, 60)), 10)


def test_approximate_borders_are_dashed_and_official_ones_whole():
    def border(approximate):
        edge = line((-9, 5), (9, 5))
        markup = draw([Figure(point(0, 0), "work")], title="x", borders=[edge], approximate=approximate)
        thin = [path for path in parsed(markup).iter(f"{SVG}path") if path.get("stroke-width") == "1"]
        return thin[0].get("stroke-dasharray")

    assert border(True)
    assert border(False) is None


def test_a_hostile_title_stays_text():
    hostile = '</title><script>alert(1)</script>"><img src=x onerror=alert(1)>'
    root = parsed(draw([Figure(point(0, 0), "work")], title=hostile))
    assert root.find(f"{SVG}title").text == hostile
    drawn = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert drawn == {"svg", "title", "rect", "circle", "path", "text", "g"}


def test_works_without_a_place_make_an_empty_map_and_not_an_error():
    assert "?" in draw([], title="Belum ada titik")
    assert "?" in draw([Figure(shapely.Point(), "work")], title="Belum ada titik")


@pytest.mark.parametrize("shape", [
    shapely.MultiPoint([at(0, 0), at(50, 9)]),
    shapely.MultiLineString([[at(0, 0), at(50, 9)], [at(80, 0), at(99, 9)]]),
    shapely.box(*at(0, 0), *at(40, 30)),
    shapely.MultiPolygon([shapely.box(*at(0, 0), *at(40, 30)), shapely.box(*at(90, 0), *at(99, 30))]),
    shapely.LineString([at(0, 0), at(0, 0.01)]),
])  # fmt: skip
def test_every_kind_of_shape_is_drawn_within_the_picture(shape):
    root = parsed(draw([Figure(shape, "left"), Figure(point(20, 20), "right")], title="x", corridor_m=10))
    numbers = [float(n) for p in root.iter(f"{SVG}path") for n in re.findall(r"-?\d+\.\d", p.get("d"))]
    assert all(math.isfinite(number) and -10 <= number <= 340 for number in numbers)


def test_an_invented_work_says_so_in_the_picture():
    assert "DATA CONTOH" in draw([Figure(point(0, 0), "work")], title="x", note="DATA CONTOH, bukan kegiatan nyata")
