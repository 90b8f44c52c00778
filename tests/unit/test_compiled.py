"""The compiled kernels say what shapely says; shapely is the oracle."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import candidates, crs
from geo.compiled.segments import Segments, Shapes
from geo.evidence import corridor
from geo.evidence import sites as columns
from geo.evidence.between import wrapped
from geo.schema import CATEGORIES
from tests.benchmarks import _tables

join = pytest.importorskip("geo.compiled.join")

PLACES = ((114.3, -8.3), (114.0, 0.0), (179.9995, -16.5), (-179.9995, -16.5), (20.0, 78.0), (20.0, -89.5))


@st.composite
def geometries(draw):
    """Any kind of geometry of some metres to some kilometres, anywhere, also beyond a turn and near a pole."""
    lon, lat = draw(st.sampled_from(PLACES))
    east_m, north_m = (float(one) for one in crs.degrees_m(lat))
    size_m = draw(st.sampled_from((1.0, 60.0, 400.0, 3000.0)))
    steps = draw(st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=3, max_size=9, unique=True))
    at = np.array(draw(st.tuples(st.integers(-30, 30), st.integers(-30, 30)))) * 4.0
    xy = (np.array(steps) / 20 * size_m + at) / (east_m, min(north_m, 1e5)) + (lon, lat)
    kind = draw(st.sampled_from(("point", "points", "line", "lines", "area", "hole", "areas", "mixed")))
    hull = shapely.convex_hull(shapely.multipoints(xy))
    blob = hull if hull.geom_type == "Polygon" else shapely.box(*xy[0], *(xy[0] + 1e-4))
    hole = blob.difference(shapely.affinity.scale(blob, 0.5, 0.5))
    beside = shapely.affinity.translate(blob, 2.5 * (blob.bounds[2] - blob.bounds[0]), 0)
    return {"point": shapely.Point(xy[0]), "points": shapely.multipoints(xy), "line": shapely.LineString(xy),
            "lines": shapely.MultiLineString([xy[:2], xy[1:]]), "area": blob, "hole": hole,
            "areas": shapely.MultiPolygon([blob, beside]),
            "mixed": shapely.GeometryCollection([blob, shapely.LineString(xy), shapely.Point(xy[-1])])}[kind]


@settings(max_examples=60, deadline=None)
@given(st.lists(geometries(), min_size=2, max_size=6))
def test_compiled_distance_is_shapelys_in_the_frame_of_the_pair(shapes):
    shapes = columns.unwrapped(np.array(shapes, object))
    pairs = np.column_stack(np.triu_indices(len(shapes), 1)).astype(np.int64)
    table = Shapes(shapes)
    left, right = shapes[pairs[:, 0]], shapes[pairs[:, 1]]
    middle = (table.bounds[:, 0] + table.bounds[:, 2]) / 2
    said = crs.distance_m(left, wrapped(left, right, middle[pairs[:, 0]] - middle[pairs[:, 1]]))
    here = np.where(said < 20_000, said, np.nan)  # another place of the earth: no frame serves both
    measured = join.metres(table.segments, table.bounds, pairs)
    assert np.allclose(np.where(np.isnan(here), np.nan, measured), here, rtol=1e-9, atol=1e-6, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(geometries(), st.integers(0, len(CATEGORIES) - 1), st.floats(0, 40), st.integers(0, 9)),
                min_size=2, max_size=14))
def test_the_compiled_join_finds_what_a_full_comparison_finds(rows):
    from tests.grid import works

    table = columns.read(works(*({"geometry": shape, "category": CATEGORIES[kind].code, "accuracy_m": off,
                                  "project": str(project)} for shape, kind, off, project in rows)))
    every = np.column_stack(np.triu_indices(len(rows), 1))
    found = candidates.near(table, many=0).tolist()
    assert found == candidates.within(table, every).tolist()
    assert found == candidates.near(table, many=10**9).tolist()


def test_a_large_table_has_the_pairs_of_shapelys_index():
    """Outside 0.2 % around the tolerance, for the frames differ: one for all here, one for each pair there."""
    sites = columns.read(_tables.uniform(6_000).sites)
    found = {tuple(pair) for pair in candidates.near(sites, many=0).tolist()}
    flat = crs.to_metres(sites.geometry, sites.lon.mean(), sites.lat.mean())
    tree = shapely.STRtree(flat)
    reach_m = candidates.own_m(sites).max() * 2 + 100
    left, right = tree.query(flat, predicate="dwithin", distance=reach_m)
    left, right = left[left < right], right[left < right]
    metres = shapely.distance(flat[left], flat[right])
    tolerance = candidates.tolerance_m(sites.category[left], sites.category[right], sites.accuracy_m[left],
                                       sites.accuracy_m[right])
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    sure = {pair for pair, inside in zip(pairs, metres <= tolerance * 0.998, strict=True) if inside}
    possible = {pair for pair, inside in zip(pairs, metres <= tolerance * 1.002, strict=True) if inside}
    assert len(found) > 5_000
    assert sure <= found <= possible


def test_an_empty_table_has_no_segments():
    nothing = Segments.of(np.array([None, None], object))
    assert len(nothing.ends) == 0
    assert nothing.first.tolist() == [0, 0, 0]


@st.composite
def ways(draw):
    """Lines of some hundred metres that wind but do not turn back, as segments in metres."""
    steps = draw(st.lists(st.tuples(st.floats(5, 60), st.floats(-12, 12)), min_size=1, max_size=9))
    turned = draw(st.sampled_from((0.0, 0.3, 1.2, 3.1)))
    start = draw(st.tuples(st.floats(-40, 40), st.floats(-40, 40)))
    xy = np.cumsum([start, *steps], axis=0)
    xy = xy @ np.array([[np.cos(turned), np.sin(turned)], [-np.sin(turned), np.cos(turned)]])
    return np.hstack([xy[:-1], xy[1:]])


def as_line(segments):
    return shapely.LineString(np.vstack([segments[:1, :2], segments[:, 2:]]))


def inside_m(line, other, width):
    ends, both = np.concatenate([line, other]), len(line) + len(other)
    return float(corridor.inside_m(ends, np.array([[0, len(line)]]), np.array([[len(line), both]]),
                                   np.array([width]))[0])


@settings(max_examples=150, deadline=None)
@given(ways(), ways(), st.floats(10, 25))
def test_a_corridor_is_shapelys_flat_buffer(line, other, width):
    """Shapely's arcs are polygons, and it straightens bends of a hundredth of the width: both ends of what lies
    inside may move by some of that where lines run along the corridor's border, so widths a little off bound it.
    Where a piece is shorter than the width, its flat end cuts off what lies beside the bend: no oracle for that."""
    width = min(width, float(np.hypot(*(other[:, 2:] - other[:, :2]).T).min()))
    said = [as_line(line).intersection(as_line(other).buffer(width * share, cap_style="flat")).length
            for share in (0.985, 1.015)]
    assert said[0] - 0.3 <= inside_m(line, other, width) <= said[1] + 0.3


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(ways(), ways(), st.floats(10, 25), st.booleans()), min_size=1, max_size=5))
def test_the_compiled_corridor_says_what_the_other_says(rows):
    compiled = pytest.importorskip("geo.compiled.corridor")
    closed = [(line, np.vstack([other, [*other[-1, 2:], *other[0, :2]]]) if ring else other, width)
              for line, other, width, ring in rows]
    ends = np.concatenate([part for line, other, _ in closed for part in (line, other)])
    stops = np.cumsum([0, *(len(part) for line, other, _ in closed for part in (line, other))])
    spans = np.column_stack([stops[:-1], stops[1:]])
    widths = np.array([width for _, _, width in closed])
    said = corridor.inside_m(ends, spans[::2], spans[1::2], widths)
    there = compiled.inside_m(ends, spans[::2], spans[1::2], widths)
    assert np.allclose(there, said, rtol=0, atol=1e-9)
    # nobody's neighbours in a table change what is said of a pair, to the last bit
    assert [inside_m(*one) for one in closed] == said.tolist()


@settings(max_examples=60, deadline=None)
@given(ways(), st.lists(st.tuples(st.floats(-80, 80), st.floats(-80, 80)), min_size=3, max_size=6, unique=True),
       st.floats(10, 25))
def test_round_a_closed_line_the_corridor_is_what_lies_within_its_width(line, corners, width):
    corners = [(round(x, 6), round(y, 6)) for x, y in corners]
    ring = np.hstack([np.array(corners), np.roll(corners, -1, axis=0)])
    edge = shapely.LineString([*corners, corners[0]])
    at = (np.arange(400) + 0.5) / 400
    inside = sum(np.hypot(*(stop - start)) * np.mean(shapely.distance(shapely.points(
        start + at[:, None] * (stop - start)), edge) <= width) for start, stop in zip(line[:, :2], line[:, 2:],
                                                                                    strict=True))
    length = np.hypot(*(line[:, 2:] - line[:, :2]).T).sum()
    assert abs(inside_m(line, ring, width) - inside) <= 0.02 * length + 0.1
