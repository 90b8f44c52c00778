"""Large tables: segments read in slices are those read at once, and the packed tree misses no pair."""

import numpy as np
import pytest
import shapely

from geo import candidates, crs
from geo.compiled.segments import MANY, Segments
from geo.evidence import sites as columns
from tests.benchmarks import _tables
from tests.grid import works

join = pytest.importorskip("geo.compiled.join")
within = pytest.importorskip("geo.compiled.within")
SQUARE = shapely.box(114.0, -8.0, 114.001, -7.999)
HOLED = SQUARE.difference(shapely.box(114.0003, -7.9997, 114.0006, -7.9994))
LINE = shapely.LineString([(114, -8), (114.001, -8.0002), (114.002, -8)])
ODD = {
    "point": shapely.Point(114, -8), "point with height": shapely.Point(114, -8, 30), "line": LINE, "area": SQUARE,
    "ring": shapely.LinearRing([(114, -8), (114.001, -8), (114.001, -8.001)]),
    "hole": HOLED, "points": shapely.MultiPoint([(114, -8), (114.1, -8)]),
    "lines": shapely.MultiLineString([LINE, [(115, -8), (115.1, -8)]]), "areas": shapely.MultiPolygon([HOLED, SQUARE]),
    "mixed": shapely.GeometryCollection([SQUARE, LINE, shapely.Point(114.01, -8)]),
    "none": None, "no point": shapely.Point(), "no line": shapely.LineString(), "no area": shapely.Polygon(),
    "no points": shapely.MultiPoint(), "no lines": shapely.MultiLineString(),
    "no mixture": shapely.GeometryCollection(), "partly": shapely.GeometryCollection([shapely.Point(), LINE]),
}


def same(shapes):
    (many, bounds), one = Segments.many(shapes), Segments.of(shapes)
    assert np.array_equal(many.ends, one.ends)
    assert np.array_equal(many.first, one.first)
    assert np.array_equal(many.edges, one.edges)
    assert np.array_equal(bounds, shapely.bounds(shapes), equal_nan=True)


@pytest.mark.parametrize("kind", ODD)
def test_each_kind_of_geometry_has_the_same_segments_in_a_large_table(kind):
    same(np.array([LINE, ODD[kind], SQUARE, ODD[kind]], object))


def test_all_kinds_of_geometry_keep_their_order_over_several_slices():
    shapes = np.array(list(ODD.values()), object)
    chosen = np.random.default_rng(4).integers(0, len(shapes), 10_000)
    same(shapes[chosen])


def test_a_large_table_without_any_geometry_has_no_segments():
    same(np.full(5_000, None, object))
    same(np.empty(0, object))


def test_metres_of_a_degree_from_the_table_are_those_of_the_formula():
    lat = np.concatenate([np.random.default_rng(5).uniform(-89.9, 89.9, 20_000), [0.0, -8.2, 45.0, 85.0, 89.9]])
    said = np.array([within.metres_at(one) for one in lat]).T
    assert np.allclose(said, crs.degrees_m(lat), rtol=2e-10, atol=0)
    beyond = np.array([within.metres_at(one) for one in (-95.0, 90.1)]).T
    assert np.allclose(beyond, crs.degrees_m([-95.0, 90.1]), rtol=1e-12)


def all_ways(table):
    """The same pairs from the tree of kernels, from shapely's and from a full comparison."""
    sites = columns.read(table)
    there = np.flatnonzero(sites.form > 0)
    left, right = np.triu_indices(len(there), 1)
    found = candidates.near(sites, many=0)
    assert found.tolist() == candidates.near(sites, many=10**9).tolist()
    assert found.tolist() == candidates.within(sites, np.column_stack([there[left], there[right]])).tolist()
    return found


@pytest.mark.parametrize("n", [2, 7, 8, 9, 64, 65, 600])
def test_a_tree_of_any_number_of_leaves_misses_no_pair(n):
    assert len(all_ways(_tables.uniform(n, seed=n).sites)) > 0 or n < 64


def test_one_river_meets_the_works_along_it_and_no_others():
    x = np.linspace(114.0, 114.3, 200)
    river = shapely.LineString(np.column_stack([x, -8.0 + 0.05 * np.sin(x * 40)]))
    rng = np.random.default_rng(6)
    beside = [{"geometry": shapely.Point(*one)} for one in rng.uniform((114.0, -8.06), (114.3, -7.94), (250, 2))]
    on = [{"geometry": shapely.Point(x[k], -8.0 + 0.05 * np.sin(x[k] * 40))} for k in range(0, 200, 20)]
    found = all_ways(works({"geometry": river}, *beside, *on))
    assert set(range(251, 261)) <= set(found[found[:, 0] == 0, 1].tolist())
    assert (found[:, 0] == 0).sum() < 100


def test_works_on_both_sides_of_the_antimeridian_stand_in_one_pair_each():
    rng = np.random.default_rng(7)
    lon = (rng.uniform(179.999, 180.001, 120) + 180) % 360 - 180
    points = [{"geometry": shapely.Point(*one)} for one in np.column_stack([lon, rng.uniform(-16.001, -16, 120)])]
    lines = [{"geometry": shapely.LineString([(179.9995, -16.0002 * k), (-179.9995, -16.0002 * k)])} for k in (1, 1)]
    area = {"geometry": shapely.box(-180.0, -16.0005, -179.9996, -16.0001)}
    found = all_ways(works(*points, *lines, area))
    assert (lon[found[found[:, 1] < 120]] > 0).any(axis=1).sum() > 100
    assert len(np.unique(found, axis=0)) == len(found)


def test_a_crowd_and_all_that_is_empty_or_mixed_stands_in_order():
    """More partners of one work than are put in order one by one."""
    spot = [{"geometry": shapely.Point(114, -8)} for _ in range(90)]
    odd = [{"geometry": one} for one in ODD.values()]
    found = all_ways(works(*spot, *odd))
    assert len(found) > 90 * 89 // 2
    assert found.tolist() == sorted(found.tolist())


def test_rows_taken_from_a_large_table_are_joined_by_their_own_geometry():
    sites = columns.read(_tables.uniform(MANY + 1_000).sites)
    chosen = np.random.default_rng(8).permutation(len(sites))[:MANY + 200]
    part = sites.take(chosen)
    found = chosen[candidates.near(part)]
    among = candidates.near(sites, np.sort(chosen))
    assert len(found) > 1_000
    assert candidates.sorted_pairs(found).tolist() == among.tolist()


def test_a_geometry_around_a_point_or_a_line_meets_it_though_no_edge_is_near():
    wide = shapely.box(114.0, -8.0, 114.01, -7.99)
    inner = shapely.LineString([(114.004, -7.995), (114.006, -7.995)])
    found = all_ways(works({"geometry": wide}, {"geometry": shapely.Point(114.005, -7.997)}, {"geometry": inner},
                           {"geometry": wide.difference(inner.buffer(0.003))}))
    assert found.tolist() == [[0, 1], [0, 2], [0, 3]]
