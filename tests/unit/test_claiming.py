"""What a row claims about its village, and what its position says about that."""

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import placing, rows
from geo import regions as boundaries
from geo.region_names import nearest, parted, plain_name
from geo.regions import Regions
from geo.sentences import LANGUAGES, worded
from geo.tables import Recognised, Row, Table

WEST, SOUTH, SIDE = 114.0, -8.4, 0.05
MEANINGS = ("name", "village_code", "village", "district", "regency", "lat", "lon", "coordinate")


def box(column: int, row: int = 0) -> shapely.Polygon:
    return shapely.box(WEST + SIDE * column, SOUTH + SIDE * row, WEST + SIDE * (column + 1), SOUTH + SIDE * (row + 1))


def made(approximate: bool = False) -> Regions:
    """Two districts of Banyuwangi: Sarongan, Karangrejo and Sumber Agung; Karangrejo and Kebalenan II."""
    villages = [("35.10.01.2001", "Sarongan", box(0)), ("35.10.01.2002", "Karangrejo", box(1)),
                ("35.10.01.2003", "Sumberagung", box(2)), ("35.10.02.2001", "Karangrejo", box(0, 1)),
                ("35.10.02.1002", "Kebalenan II", box(1, 1))]
    frame = [(code, name, "village", code[:8], approximate, shape) for code, name, shape in villages]
    for code, name in (("35.10.01", "Pesanggaran"), ("35.10.02", "Banyuwangi")):
        whole = shapely.union_all([shape for one, _, shape in villages if one.startswith(code)])
        frame.append((code, name, "district", "35.10", approximate, whole))
    frame.append(("35.10", "Kabupaten Banyuwangi", "regency", None, approximate,
                  shapely.union_all([shape for *_, shape in villages])))
    return Regions.from_frame(gpd.GeoDataFrame(
        frame, columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326))


HERE = made()
INSIDE = {"lat": -8.375, "lon": 114.025}  # Sarongan


def judged(regions: Regions = HERE, geometry: shapely.Geometry | None = None, **cells: object) -> rows.Understood:
    """One row of a file that was understood."""
    columns = tuple(name for name in MEANINGS if name in {"name", *cells})
    table = Table("csv", None, columns, tuple(Recognised(name, name, "person") for name in columns),
                  [Row(2, None, {"name": "Jalan desa", **cells}, geometry)])
    [one] = rows.understand(table, regions=regions)
    for problem in one.problems:
        assert all(worded(problem.reason, language) for language in LANGUAGES)
        assert problem.suggestion is None or all(worded(problem.suggestion.reason, one) for one in LANGUAGES)
    return one


def told(one: rows.Understood) -> list[str]:
    return [problem.reason.id for problem in one.problems]


@pytest.mark.parametrize("cells", [
    {"village": "Sarongan"}, {"village": "DESA SARONGAN"}, {"village": "Ds. Sarongan"},
    {"village": "Sarongan, Kec. Pesanggaran"},
    {"village_code": "3510012001"}, {"village_code": "35.10.01.2001", "village": "Sarongan"},
    {"village": "35.10.01.2001 Sarongan"}, {"village": "Sarongan, Pesanggaran"},
    {"village": "DESA SARONGAN (PESANGGARAN)"}, {"village": "Dsn Krajan Sarongan"},
    {"village": "Sarongan - Pesanggaran - Banyuwangi"}, {"village": "Dusun Krajan, Desa Sarongan"},
    {"village": "Sarongan", "district": "Kec. Pesanggaran", "regency": "Kab. Banyuwangi"},
    {"district": "Pesanggaran"}, {"regency": "Kabupaten Banyuwangi Jawa Timur"}, {"regency": "35.10"},
])
def test_a_site_inside_what_it_claims_is_no_alarm(cells):
    one = judged(**cells, **INSIDE)
    assert told(one) == []
    assert one.facts["found_region_code"] == "35.10.01.2001"
    assert one.facts["found_region_name"] == "Sarongan"
    assert (one.facts["outside_m"], one.facts["standing"]) == (0, "inside")


def test_a_name_is_known_with_its_blanks_its_numeral_and_its_typing_mistakes():
    assert "region_code" in judged(village="Sumber Agung").facts
    assert judged(village="Kel. Kebalenan 2").facts["region_code"] == "35.10.02.1002"
    assert told(judged(village="Sumberagug")) == ["region.spelled"]
    assert told(judged(village="Saronggan")) == ["region.spelled"]
    assert told(judged(village="Sarang")) == ["region.unknown"]


def test_a_site_outside_says_how_far_and_in_which_village_instead():
    one = judged(village="Sarongan", lat=-8.375, lon=114.075)
    [problem] = one.problems
    assert problem.reason.id == "region.outside_in"
    assert problem.reason.values["outside_m"] == pytest.approx(2754, rel=0.01)
    assert worded(problem.reason, "id").endswith("di luar desa/kelurahan Sarongan, yaitu di Karangrejo (Pesanggaran)")
    assert one.good, "a doubt about a place keeps no row from being stored"


def test_a_site_within_its_accuracy_of_the_border_is_no_alarm():
    line = judged(geometry=shapely.Point(114.0504, -8.375), village="Sarongan")
    assert told(line) == ["region.outside_in"]
    coordinate = judged(coordinate="-8.375 114.0504 12.0 60.0", village="Sarongan")
    assert (told(coordinate), coordinate.facts["standing"]) == ([], "within_accuracy")


@pytest.mark.parametrize("village", [
    "Sarongan, Pesanggaran", "DESA SARONGAN (PESANGGARAN)", "Dsn Krajan Sarongan", "Dusun Krajan, Desa Sarongan",
    "Sarongan/Pesanggaran",
])
def test_a_village_that_a_cell_names_beside_something_else_is_held_against_the_place(village):
    """A claim that is not understood lets a wrong place pass."""
    one = judged(village=village, lat=-8.375, lon=114.13)
    assert (told(one), one.facts["region_code"]) == (["region.outside_in"], "35.10.01.2001")


def test_two_villages_in_one_cell_are_both_asked_and_said():
    inside, outside = (judged(village="Sarongan/Sumberagung", lat=-8.375, lon=lon) for lon in (114.13, 114.08))
    assert told(inside) == ["region.villages"]
    assert told(outside) == ["region.villages", "region.outside_in"]
    assert "region_code" not in inside.facts


def test_a_district_without_a_name_is_known_by_the_village_it_is_called_after():
    """A file of villages alone names no district: the second of two names in one district is that district's."""
    frame = HERE.frame.copy()
    frame.loc[frame["level"] == "district", "name"] = frame.loc[frame["level"] == "district", "code"]
    one = judged(Regions.from_frame(frame), village="Sarongan, Sumberagung", lat=-8.375, lon=114.13)
    assert (told(one), one.facts["region_code"]) == (["region.outside_in"], "35.10.01.2001")


def test_a_district_in_the_cell_chooses_between_two_villages_of_a_name():
    assert judged(village="Karangrejo, Banyuwangi").facts["region_code"] == "35.10.02.2001"
    assert judged(village="KARANGREJO (PESANGGARAN)").facts["region_code"] == "35.10.01.2002"


@pytest.mark.parametrize("cells", [{"village": "Entah Desa"}, {"village_code": "35.10.99.9999"},
                                   {"village": "Entah, Antah"}, {"village": "Karangrejo"}])
def test_a_claim_that_cannot_be_resolved_is_listed(cells):
    assert set(told(judged(**cells, **INSIDE))) & placing.DOUBTS


def test_a_name_that_two_villages_bear_is_judged_by_the_nearer_one():
    near, far = (judged(village="Karangrejo", lat=-8.375, lon=lon) for lon in (114.075, 114.13))
    assert told(near) == ["region.several"]
    assert told(far) == ["region.several", "region.outside_in"]
    assert judged(village="Karangrejo", district="Banyuwangi").facts["region_code"] == "35.10.02.2001"


def test_a_code_and_a_name_that_contradict_each_other_are_both_said():
    one = judged(village_code="35.10.01.2001", village="Sumberagung", **INSIDE)
    assert told(one) == ["region.code_name_differ"]
    assert one.facts["region_code"] == "35.10.01.2001"


def test_a_unique_name_in_another_district_is_found_and_said():
    one = judged(village="Sumberagung", district="Banyuwangi")
    assert told(one) == ["region.district_differs"]
    assert one.facts["region_code"] == "35.10.01.2003"


def test_an_unknown_code_leaves_the_name_to_speak():
    """A code of the statistics office is not one of the ministry's: it is never taken for one."""
    one = judged(village_code="3510010001", village="Sarongan", **INSIDE)
    assert told(one) == ["region.code_unknown"]
    assert one.facts["region_code"] == "35.10.01.2001"


def test_a_district_and_a_regency_that_the_position_contradicts_are_said():
    assert told(judged(district="Banyuwangi", **INSIDE)) == ["region.outside_in"]
    for village in ({}, {"village": "Sarongan"}):
        assert told(judged(regency="Kab. Jember", **village, **INSIDE)) == ["region.unknown", "region.other_regency"]


def test_against_approximate_borders_nothing_is_certain():
    here = made(approximate=True)
    assert told(judged(here, village="Sarongan", lat=-8.375, lon=114.06)) == []
    far = judged(here, village="Sarongan", lat=-8.375, lon=114.13)
    assert told(far) == ["region.not_certain"]
    assert far.facts["standing"] == "unknown"
    assert "tidak dapat dipastikan" in worded(far.problems[0].reason, "id")


def test_a_road_mostly_in_another_village_says_where_the_greater_part_lies():
    road = shapely.LineString([(114.04, -8.375), (114.09, -8.375)])
    one = judged(geometry=road, village="Sarongan")
    [problem] = one.problems
    assert problem.reason.id == "region.partly"
    assert problem.reason.values["share"] == pytest.approx(0.2)
    assert one.facts["outside_m"] == pytest.approx(4405, abs=10)
    assert (one.facts["standing"], one.facts["found_region_name"]) == ("outside", "Karangrejo")
    shorter = shapely.LineString([(114.042, -8.375), (114.09, -8.375)])
    assert told(judged(geometry=shorter, village="Karangrejo", district="Pesanggaran")) == []
    area = shapely.box(114.04, -8.38, 114.09, -8.37)
    assert told(judged(geometry=area, village="Sarongan")) == ["region.partly"]


def test_a_road_mostly_inside_with_an_end_far_out_says_in_which_village_that_end_lies():
    """A part inside proves nothing: the wrong end of a road is no smaller a mistake than a wrong point."""
    one = judged(village="Sarongan", coordinate="-8.375, 114.001 s/d -8.375, 114.078")
    [problem] = one.problems
    assert (problem.reason.id, problem.reason.values["found"]) == ("region.end_outside_in", "Karangrejo (Pesanggaran)")
    assert problem.reason.values["share"] == pytest.approx(0.64)
    assert one.facts["outside_m"] == pytest.approx(problem.reason.values["outside_m"], abs=1)
    assert one.facts["outside_m"] == pytest.approx(3083, abs=10)
    sea = judged(village="Sarongan", geometry=shapely.LineString([(114.025, -8.36), (114.025, -8.43)]))
    assert (told(sea), sea.facts["standing"]) == (["region.end_outside"], "outside")
    near = judged(village="Sarongan", coordinate="-8.375, 114.041 s/d -8.375, 114.055")
    assert (told(near), near.facts["outside_m"], near.facts["standing"]) == ([], 0, "inside")


def test_of_two_ends_too_far_apart_for_the_road_the_one_outside_the_village_is_named():
    columns = {"name": "Jalan", "village": "Sarongan", "lat": -8.375, "lon": 114.04, "end_lat": -8.375,
               "end_lon": 114.09, "volume": "150 m"}
    table = Table("csv", None, tuple(columns), tuple(Recognised(name, name, "person") for name in columns),
                  [Row(2, None, columns)])
    [one] = rows.understand(table, regions=HERE)
    [fault] = [problem for problem in one.problems if problem.severity == "fault"]
    assert (fault.reason.id, fault.column, fault.text) == ("chord.never_end", "end_lat", "-8.375000, 114.090000")
    assert one.geometry is None
    assert all("Sarongan" in worded(fault.reason, language) for language in LANGUAGES)


@pytest.mark.parametrize(("cells", "how"), [
    ({"coordinate": "8.375, 114.025"}, "sign"), ({"lat": "114.025", "lon": "-8.375"}, "swap"),
    ({"coordinate": "-8375000 114.025"}, "decimal"), ({"coordinate": "8.375 E 114.025 S"}, "marks"),
])
def test_the_reason_of_a_repair_says_in_which_village_it_falls(cells, how):
    one = judged(village="Sarongan", **cells)
    [problem] = one.problems
    assert one.geometry is None
    assert problem.suggestion.how == how
    assert (problem.suggestion.lon, problem.suggestion.lat) == (114.025, -8.375)
    assert worded(problem.suggestion.reason, "id").endswith("yang jatuh di Sarongan (Pesanggaran)")


def test_of_two_repairs_the_one_in_the_claimed_village_is_offered_and_else_both_are_said():
    """Two decimal points fit the regency: 114.03 with the latitude -8.37 or -8.3."""
    wide = Regions.from_frame(gpd.GeoDataFrame(
        [("35.10.01.2001", "Barat", "village", "35.10.01", False, shapely.box(10, -9, 12, -8)),
         ("35.10.01.2002", "Timur", "village", "35.10.01", False, shapely.box(113, -9, 115, -8))],
        columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326))
    offered = judged(wide, village="Timur", coordinate="-8.5, 1140000")
    assert (offered.problems[0].suggestion.lon, told(offered)) == (114.0, ["coordinate.not_longitude"])
    both = judged(wide, coordinate="-8.5, 1140000")
    assert both.problems[0].suggestion is None
    assert told(both) == ["coordinate.not_longitude", "suggestion.one_of"]


def test_names_are_compared_without_what_people_write_around_them():
    assert plain_name("Kel. Kebalenan II") == plain_name("KEBALENAN 2") == "kebalenan2"
    assert plain_name("Pemerintah Desa Sumber Agung") == "sumberagung"
    assert parted("Sarongan (Kec. Pesanggaran) Kab. Banyuwangi") == ("Sarongan", "Pesanggaran")
    assert nearest("sumberasi", ["sumberasri", "sumbersari"]) == ["sumberasri"]
    assert nearest("bomi", ["bomo"]) == [], "four letters leave no room for a mistake"


@pytest.fixture(scope="module")
def banyuwangi(real_data):
    read = boundaries.read(real_data("regions/desa_35.10.geojson"))
    return Regions.from_frame(read.frame)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(chosen=st.integers(0, 216), x=st.floats(0, 1), y=st.floats(0, 1))
def test_no_point_of_a_real_village_stands_outside_of_it(banyuwangi, chosen, x, y):
    """400 neighbours overlap and 881 slivers lie between them: none of them may raise a false alarm."""
    villages = banyuwangi.frame[banyuwangi.frame["level"] == "village"]
    code, shape = villages.iloc[chosen][["code", "geometry"]]
    west, south, east, north = shape.bounds
    asked = shapely.Point(west + x * (east - west), south + y * (north - south))
    inside = asked if shape.intersects(asked) else shapely.ops.nearest_points(shape, asked)[0]
    stand = banyuwangi.place([inside], [code])
    assert (stand.standing[0], stand.found[0]) == ("inside", code)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(chosen=st.integers(0, 216), along=st.floats(0, 1), metres=st.floats(200, 5_000))
def test_a_point_so_many_metres_beyond_a_real_border_is_said_to_be_so_far(banyuwangi, chosen, along, metres):
    villages = banyuwangi.frame[banyuwangi.frame["level"] == "village"]
    code, shape = villages.iloc[chosen][["code", "geometry"]]
    around = shape.buffer(metres / 110_600).exterior if shape.geom_type == "Polygon" else shapely.get_parts(
        shape.buffer(metres / 110_600))[0].exterior
    point = around.interpolate(along, normalized=True)
    [outside_m] = banyuwangi.outside_m([point], [code])
    assert outside_m == pytest.approx(metres, rel=0.03)


def test_a_hundred_thousand_sites_are_judged_in_seconds(banyuwangi):
    rng = np.random.default_rng(5)
    villages = banyuwangi.frame[banyuwangi.frame["level"] == "village"]
    west, south, east, north = banyuwangi.bounds
    points = shapely.points(rng.uniform(west, east, 100_000), rng.uniform(south, north, 100_000))
    codes = rng.choice(villages["code"].to_numpy(), 100_000)
    start = time.process_time()
    banyuwangi.place(points, codes)
    assert time.process_time() - start < 60, "some ten times of what it takes on a quiet machine"


def test_the_first_digit_of_a_longitude_that_was_lost_is_offered():
    one = judged(village="Sarongan", lat=-8.375, lon=14.025)
    assert one.geometry is None
    assert (one.problems[0].suggestion.how, one.problems[0].suggestion.lon) == ("digit", 114.025)
