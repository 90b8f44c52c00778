"""What no table should hold, and some do: the search ends, says what it left out, and its work is bounded by counts,
not by clocks."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import shapely

from geo import candidates, rows
from geo.duplicates import find
from geo.evidence import sites as columns
from geo.evidence.between import measure
from geo.locating import locate
from tests.benchmarks import _tables
from tests.grid import grid, works

ROOT = Path(__file__).parents[2]


def winding(vertices: int, x: float = 114.0) -> shapely.LineString:
    along = np.linspace(0, 0.02, vertices)
    return shapely.LineString(np.column_stack([x + along, -8 + 2e-4 * np.sin(along * 4e4)]))


def test_lines_and_areas_of_a_hundred_thousand_vertices_are_compared_by_few():
    ring = shapely.Polygon([*winding(100_000).coords, (114.02, -7.99), (114.0, -7.99)])
    table = works({"geometry": winding(100_000)}, {"geometry": winding(100_000, 114.00001)}, {"geometry": ring})
    sites = columns.read(table)
    assert (shapely.get_num_coordinates(sites.geometry) <= columns.MAX_VERTICES).all()
    assert len(sites.shapes.segments.ends) <= 3 * columns.MAX_VERTICES
    assert {(0, 1), (0, 2), (1, 2)} == set(find(table, every=True).pairs[["left", "right"]].itertuples(index=False,
                                                                                                    name=None))


def test_noise_that_no_smoothing_removes_is_compared_by_few_vertices_too():
    """A receiver left on in a house, and an outline that crosses itself at every step."""
    rng = np.random.default_rng(4)
    walk = shapely.LineString(rng.random((100_000, 2)) * 0.02 + (114.0, -8.0))
    knot = shapely.Polygon(rng.random((20_000, 2)) * 0.02 + (114.0, -8.0))
    many = shapely.MultiLineString([rng.random((400, 2)) * 0.02 + (114.0, -8.0) for _ in range(300)])
    table = works(*({"geometry": shape} for shape in (walk, knot, many, shapely.Point(114.01, -7.99))))
    sites = columns.read(table)
    assert (shapely.get_num_coordinates(sites.geometry) <= columns.MOST_CROSSED).all()
    assert shapely.is_valid(sites.geometry).all()
    assert len(find(table, every=True).pairs) == 6


def test_mixed_broken_empty_and_turned_geometry_is_measured_or_left_out():
    drawn = grid("""
        a    b
        c    d
    """, cell_m=4)
    bow = drawn.area("adbc")
    mixed = shapely.GeometryCollection([drawn.point("a"), drawn.line("ab"), drawn.area("abdc")])
    over = [shapely.LineString([(179.9999, -16), (-179.9999, -16)]), shapely.Point(-179.99995, -16)]
    shapes = [bow, mixed, drawn.point("c"), shapely.LineString(), shapely.MultiPolygon(), None, *over,
              shapely.Point(np.nan, 1), shapely.LineString([drawn.places["a"], drawn.places["a"]])]
    table = works(*({"geometry": shape, "region_code": None} for shape in shapes))
    found = find(table, every=True).pairs
    pairs = set(found[["left", "right"]].itertuples(index=False, name=None))
    assert pairs == {(0, 1), (0, 2), (1, 2), (6, 7), (0, 9), (1, 9), (2, 9)}
    assert (found["distance_m"] < 40).all()


def test_a_line_round_half_the_earth_is_one_box_and_not_its_cells():
    """The join keeps a box for each geometry (two at the antimeridian), however far it reaches."""
    far = shapely.LineString([(-60, -8.0001), (114, -8.0001)])
    points = [shapely.Point(114 - step, -8.0001) for step in range(100)]
    sites = columns.read(works({"geometry": far}, *({"geometry": point} for point in points)))
    assert candidates.near(sites, many=0).tolist() == [[0, number] for number in range(1, 101)]


def test_empty_names_and_absurd_years_and_amounts_say_nothing():
    made = _tables.uniform(400).sites
    made["name"] = ["", "  ", "!!", "٣"] * 100
    made["year"] = np.resize([0, 3, 9999, -5], 400)
    made["amount"] = np.resize([0.0, -1.0, np.inf, np.nan], 400)
    found = find(made, every=True).pairs
    assert len(found) > 100
    assert (found[["level_name", "level_money", "level_time"]].to_numpy() < 0).all()
    assert np.isfinite(found["score"]).all()


def test_ten_thousand_works_at_one_office_cost_pairs_in_proportion_and_are_reported():
    made = _tables.one_spot(10_500, crowd=10_000)
    found = find(made.sites, every=True)
    assert found.crowded["works"].tolist() == [10_000]
    assert len(found.pairs) < 40 * len(made.sites)
    pairs = set(found.pairs[["left", "right"]].itertuples(index=False, name=None))
    planted = [(int(a), int(b)) for a, b in made.planted if b < 10_000]
    assert sum(pair in pairs for pair in planted) >= 0.95 * len(planted)


def test_a_town_of_a_hundred_times_the_density_keeps_its_copies():
    made = _tables.town(4_000, dense=1_000)
    found = find(made.sites, every=True).pairs
    pairs = set(found[["left", "right"]].itertuples(index=False, name=None))
    assert sum((int(a), int(b)) in pairs for a, b in made.planted) >= 0.95 * len(made.planted)


def test_corridors_of_lines_of_many_vertices_are_measured():
    sites = columns.read(works({"geometry": winding(390)}, {"geometry": winding(390, 114.00001)}))
    left, right = sites.take(np.array([0])), sites.take(np.array([1]))
    between = measure(left, right, np.array([50.0]))
    assert between.overlap_share[0] > 0.95


def test_the_web_application_and_locate_do_not_load_the_compiler():
    """It costs half a second and some 100 MB; a small table never needs it."""
    code = ("import sys, app, geo, geo.placing, geo.duplicates, app.jobs.checking\n"
            "from tests.grid import grid, works\n"
            "drawn = grid('a  b')\n"
            "table = works(*({'geometry': drawn.line('ab')} for _ in range(3)))\n"
            "assert len(geo.duplicates.find(table, every=True).pairs) == 3\n"
            "sys.exit('numba' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_table_with_a_geometry_of_a_hundred_thousand_vertices_loses_no_row(tmp_path):
    """Written out it is longer than any text of a cell may be, and is no quotation mark that was never closed."""
    short = '"LINESTRING (114.30 -8.20, 114.31 -8.20)"'
    mixed = '"GEOMETRYCOLLECTION (POINT (114.3 -8.2), POLYGON ((114.32 -8.2, 114.33 -8.2, 114.33 -8.3, 114.32 -8.2)))"'
    cells = [short, f'"{winding(100_000).wkt}"', f'"{winding(100_001).wkt}"', mixed, short]
    file = tmp_path / "lines.csv"
    file.write_text("nama,tahun,wkt\n" + "".join(f"Rabat jalan {n},2024,{cell}\n" for n, cell in enumerate(cells)))
    places = locate(rows.read(file))
    assert [place.problems[0].reason.id if place.problems else place.geometry.geom_type for place in places] == [
        "LineString", "LineString", "geometry.too_many_vertices", "GeometryCollection", "LineString"]
    assert shapely.get_num_coordinates(places[1].geometry) == 100_000
