"""Evidence: what each reason says about two works, the same whichever of them is named first."""

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import candidates, sentences
from geo.evidence import (
    EVIDENCE,
    activity,
    built,
    declared,
    elsewhere,
    levels,
    name,
    numbers,
    overlap,
    phase,
    place,
    recipient,
    series,
    side,
    size,
)
from geo.evidence import sites as columns
from geo.evidence.between import measure
from geo.evidence.frequencies import Frequencies
from tests.grid import grid, works

HERE = shapely.Point(114.3, -8.3)


def measured(left: dict, right: dict, frequencies: Frequencies | None = None):
    table = columns.read(works({"geometry": HERE, **left}, {"geometry": HERE, **right}))
    a, b = table.take(np.array([0])), table.take(np.array([1]))
    reach = candidates.tolerance_m(a.category, b.category, a.accuracy_m, b.accuracy_m)
    between = measure(a, b, reach)
    return levels(a, b, between, frequencies or Frequencies()), between


def level(evidence: str, left: dict, right: dict, frequencies: Frequencies | None = None) -> int:
    there, _ = measured(left, right, frequencies)
    back, _ = measured(right, left, frequencies)
    assert there[evidence][0] == back[evidence][0], "the order of a pair must not matter"
    return int(there[evidence][0])


@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("language", sentences.LANGUAGES)
def test_every_evidence_and_each_of_its_levels_has_words(evidence, language):
    assert sentences.worded(f"evidence.{evidence}", language)
    for number in range(EVIDENCE[evidence].LEVELS):
        assert sentences.worded(f"level.{evidence}.{number}", language)


def test_nothing_known_weighs_nothing():
    nothing = {column: None for column in ("name", "category", "year", "fund", "amount")} | {"source": None}
    found, _ = measured({**nothing, "geometry": None}, {**nothing, "geometry": None})
    assert {evidence for evidence, value in found.items() if value[0] >= 0} == {"place"}
    assert found["place"][0] == place.NO_POINT


def test_names_agree_by_their_place_whatever_the_order_and_the_typing():
    first = {"name": "Pembangunan rabat jalan Gang Melati Sumberagung"}
    assert level("name", first, {"name": "Rabat Sumberagung, gang melati"}) == name.SAME_RARE
    assert level("name", first, {"name": "Rabat gg Melati Sumberaugng"}) == name.SAME_RARE
    assert level("name", first, {"name": "Rabat jalan Kedungrejo"}) == name.OTHER
    assert level("name", first, {"name": "Rabat beton"}) == name.NOTHING
    assert level("name", {"name": "Pembangunan jalan desa"}, {"name": "Pembangunan jalan desa"}) == name.NOTHING, (
        "every work of one activity is headed so")


def test_a_frequent_word_tells_less_than_a_rare_one():
    pair = ({"name": "Rabat Krajan"}, {"name": "Rabat Krajan"})
    counted = Frequencies(works=10_000, words={"krajan": 2_000})
    assert level("name", *pair, counted) == name.SAME_USUAL
    assert level("name", {"name": "Rabat Watugede"}, {"name": "Rabat Watugede"}, counted) == name.SAME_RARE


@pytest.mark.parametrize(("left", "right", "expected"), [
    ("River wall, Agos River, Tunga", "River wall, Agos River, Galucan", elsewhere.EACH_ITS_OWN),
    ("River wall, Agos River, Tunga", "River wall, Agos River", -1),
    ("Rabat Gang Melati", "Rabat Gang Melatti", -1),
    ("Rabat Mercu Suar Melati", "Rabat Mercusuar Kenanga", elsewhere.EACH_ITS_OWN),
    ("Rabat Mercu Suar", "Rabat Mercusuar", -1),
    ("Rabat Dusun Krajan", "Rabat Gang Melati", -1)])
def test_a_place_of_its_own_in_each_name_speaks_against(left, right, expected):
    assert level("elsewhere", {"name": left}, {"name": right}) == expected


def test_a_word_that_many_works_carry_names_no_place_of_its_own():
    counted = Frequencies(works=1_000, words={"pampanga": 200, "bulacan": 190})
    pair = ({"name": "River wall Agos Pampanga"}, {"name": "River wall Agos Bulacan"})
    assert level("elsewhere", *pair, counted) == -1
    assert level("elsewhere", *pair, Frequencies(works=1_000)) == elsewhere.EACH_ITS_OWN


@pytest.mark.parametrize(("left", "right", "expected"), [
    ("RT 02 RW 01", "RT 2/1", place.ONE_CORNER), ("Dusun Krajan RT 2", "Dsn Krajan RT 02", place.ONE_CORNER),
    ("RT 02", "RT 02", place.NO_POINT), ("RT 02 RW 01", "RT 02 RW 04", place.NO_POINT)])
def test_without_a_point_one_rt_of_one_village_is_the_nearest_there_is(left, right, expected):
    nowhere = {"geometry": None, "region_code": "35.10.01.2001"}
    assert level("place", {**nowhere, "name": f"Rabat {left}"}, {"name": f"Rabat {right}", **nowhere}) == expected
    elsewhere_named = {"name": f"Rabat {right}", "region_code": "35.10.01.2002"}
    assert level("place", {**nowhere, "name": f"Rabat {left}"}, elsewhere_named) == place.NO_POINT


@pytest.mark.parametrize(("left", "right", "expected"), [
    ("PJU", "Lampu jalan", built.SAME_WORD), ("Posyandu", "Balai dusun", built.OTHER_WORD),
    ("Telford", "Makadam", built.SAME_CATEGORY)])
def test_what_is_built_is_told_by_category_and_words(left, right, expected):
    assert level("built", {"name": left, "category": "building"}, {"name": right, "category": "building"}) == expected


def test_a_road_and_the_drain_beside_it_are_two_things():
    road, drain = {"name": "Rabat Krajan", "category": "road"}, {"name": "Drainase Krajan", "category": "drainage"}
    assert level("built", road, drain) == built.OTHER


@pytest.mark.parametrize(("left", "right", "expected"), [
    ("RT 02 RW 01", "RT.2/1", numbers.AGREE_MORE), ("RT 02 RW 01", "RT 03 RW 01", numbers.OTHER_NEIGHBOURHOOD),
    ("RT 1-3", "RT 02", numbers.AGREE_ONE), ("PJU titik 3", "PJU titik 4", numbers.OTHER_NUMBER),
    ("Dusun Krajan", "Dusun Sumber", numbers.OTHER_NEIGHBOURHOOD), ("Dusun Krajan", "Dsn. Kraajn", numbers.AGREE_ONE),
    ("STA 0+000 - 0+200", "STA 0+200 - 0+400", numbers.OTHER_STATIONS),
    ("STA 0+000 - 0+200", "STA 0+050 - 0+250", numbers.AGREE_ONE), ("Paving", "Paving RT 1", -1)])
def test_numbers_agree_or_contradict(left, right, expected):
    assert level("numbers", {"name": left}, {"name": right}) == expected


@pytest.mark.parametrize(("left", "right", "expected"), [
    ("an. Sukirman", "a.n. Sukirmn", recipient.SAME), ("an. Slamet B.", "an. Slamet S.", recipient.OTHER),
    ("an. Contoh Suparno P.", "an. Contoh Painem S.", recipient.OTHER), ("RTLH", "an. Slamet", -1)])
def test_two_households_are_two_works(left, right, expected):
    assert level("recipient", {"name": f"Bedah rumah {left}"}, {"name": f"Bedah rumah {right}"}) == expected


@pytest.mark.parametrize(("left", "right", "expected"), [
    ("tahap 1", "tahap II", phase.OTHER), ("", "lanjutan", phase.CONTINUED), ("tahap 2", "thp ii", phase.SAME),
    ("", "", -1), ("", "tahap 1", -1)])
def test_phases_speak_against(left, right, expected):
    assert level("phase", {"name": f"Rabat {left}"}, {"name": f"Rabat {right}", "amount": 61_250_000.0}) == expected


@pytest.mark.parametrize(("first", "second", "expected"), [
    ({"amount": 91_350_000.0}, {"amount": 91_350_000.0}, -1),
    ({"amount": 91_350_000.0}, {"amount": 61_250_000.0}, phase.CONTINUED),
    ({"amount": 91_350_000.0}, {"amount": 91_350_000.0, "year": 2025}, phase.CONTINUED),
    ({"amount": 50_000_000.0}, {"amount": 50_000_000.0}, phase.CONTINUED),
    ({"amount": 50_000_000.0}, {"amount": 50_000_000.0, "fund": "ADD"}, -1)])
def test_a_continuation_that_pays_the_same_sum_again_in_one_year_is_none(first, second, expected):
    """A word in a name must not hide a second payment."""
    one = {"name": "Rabat Gang Mawar", "year": 2024, "fund": "DDS"}
    assert level("phase", one | first, one | {"name": "Lanjutan rabat Gang Mawar"} | second) == expected


@pytest.mark.parametrize(("first", "second", "expected"), [
    ({"stage": "done"}, {"amount": 87_650_000.0}, -1),
    ({"stage": "done"}, {"amount": 40_000_000.0}, declared.CARRIED),
    ({"stage": "running"}, {"amount": 87_650_000.0}, declared.CARRIED),
    ({"stage": None}, {"amount": 87_650_000.0}, declared.CARRIED),
    ({"stage": "cancelled"}, {"amount": 87_650_000.0}, declared.CANCELLED)])
def test_what_was_finished_and_is_paid_in_full_again_is_not_carried_over(first, second, expected):
    one = {"name": "MCK Dusun Patoman", "year": 2023, "fund": "DDS", "amount": 87_650_000.0}
    later = one | {"name": "MCK Dusun Patoman (DPAL)", "year": 2024, "stage": "done"}
    assert level("declared", one | first, later | second) == expected


def test_two_cancelled_works_say_nothing_of_each_other():
    gone = {"name": "MCK Dusun Patoman", "stage": "cancelled"}
    assert level("declared", gone, gone) == -1


@pytest.mark.parametrize(("later", "expected"), [(30_000_000.0, activity.UPKEEP_LATER), (95_000_000.0, -1)])
def test_upkeep_a_year_after_building_costs_less_than_the_building(later, expected):
    built_ = {"name": "Pembangunan JUT Blok Lor", "year": 2023, "amount": 100_000_000.0}
    assert level("activity", built_, {"name": "Pemeliharaan JUT Blok Lor", "year": 2024, "amount": later}) == expected


@pytest.mark.parametrize("beside", [
    "Jasa konsultan pengawasan pembangunan gedung PAUD Melati", "Perencanaan (DED) pembangunan gedung PAUD Melati",
    "Pengadaan meja kursi gedung PAUD Melati"])
def test_who_designs_supervises_or_furnishes_a_building_does_not_build_it(beside):
    house = {"name": "Pembangunan gedung PAUD Melati", "category": "building"}
    assert level("built", house, {"name": beside, "category": "building"}) == built.OTHER
    assert level("built", {"name": beside, "category": "building"}, {"name": beside, "category": "building"}
                 ) != built.OTHER


@pytest.mark.parametrize(("metres", "expected"), [(400, elsewhere.ON_ONE_LINE), (120, elsewhere.EACH_ITS_OWN)])
def test_two_names_of_places_on_one_long_line_are_one_place(metres, expected):
    """An office names a road by its two ends, a village by the hamlet."""
    line = shapely.LineString([(114.3 + part * metres / 5 / 110_000, -8.3 + part % 2 * 1e-5) for part in range(6)])
    office = {"name": "Peningkatan jalan Songgon - Sragi", "geometry": line}
    village = {"name": "Pengaspalan jalan Dusun Pakis", "geometry": shapely.affinity.translate(line, 0, 1e-5)}
    assert level("elsewhere", office, village, Frequencies(works=1_000)) == expected
    whole = overlap.ONE_LINE if metres > 200 else overlap.MOST
    assert level("overlap", office, village) == whole
    assert level("overlap", office | {"method": "chord"}, village) == overlap.CHORD


@pytest.mark.parametrize(("left", "right", "expected"), [
    ("sisi kiri", "sisi kanan", side.OPPOSITE), ("(LS)", "left bank", side.SAME), ("kiri", "sisi utara", -1),
    ("Upstream, right bank", "Downstream, right bank", side.OPPOSITE), ("kiri", "", side.ONE_NAMED), ("", "", -1)])
def test_sides_speak_against(left, right, expected):
    assert level("side", {"name": f"Talud {left}"}, {"name": f"Talud {right}"}) == expected


def test_a_volume_in_metres_is_the_length_of_a_work_whatever_its_name_leaves_out():
    long = {"name": "Talud Krajan", "volume": 120.0, "unit": "m"}
    assert level("size", long, {"name": "Talud vol. 120 m'"}) == size.EQUAL
    assert level("size", long, {**long, "name": "Talud P 90 m", "volume": 126.0}) == size.NEAR, "the column comes first"
    assert level("size", long, {**long, "volume": 40.0}) == size.OTHER
    assert level("size", long, {**long, "unit": "titik"}) == -1, "so many lamps are no length"
    drawn = {**long, "geometry": shapely.LineString([(114.3, -8.3), (114.301, -8.3)])}
    assert level("size", drawn, {**drawn, "volume": 40.0}) == -1, "of drawn lines the overlap tells what is shared"


def test_two_lamps_nearer_than_lamps_are_set_are_no_programme():
    drawn = grid("a b   c")
    lamp = {"name": "PJU Krajan", "category": "lighting", "accuracy_m": 3.0}
    here, there, beyond = ({**lamp, "geometry": drawn.point(letter)} for letter in "abc")
    assert level("series", here, beyond) == series.OF_ONE_PROGRAMME
    assert level("series", here, {**there, "geometry": shapely.Point(114.30012, -8.3)}) == -1


@pytest.mark.parametrize(("more", "expected"), [
    ({}, -1), ({"contract": "SPK/7"}, series.OF_ONE_PROGRAMME)])
def test_what_one_contract_sets_down_apart_stands_apart(more, expected):
    drawn = grid("a b")
    lamp = {"name": "PJU Krajan", "category": "lighting", "accuracy_m": 3.0, **more}
    here, there = ({**lamp, "geometry": drawn.point(letter), "accuracy_m": 3.0} for letter in "ab")
    there["geometry"] = shapely.Point(drawn.places["a"][0] + 0.00011, drawn.places["a"][1])  # 12 m
    assert level("series", here, there) == expected
    assert level("series", here, {**there, "source": "another list"}) == -1, "two lists may tell of one lamp"
    assert level("series", here, {**there, "accuracy_m": 10.0}) == -1, "nobody knows whether these are two spots"


def test_members_of_a_series_are_many_at_different_spots():
    drawn = grid("a    b")
    lamp = {"name": "PJU Krajan", "category": "lighting"}
    table = columns.read(works({**lamp, "geometry": drawn.point("a")}, {**lamp, "geometry": drawn.point("b")}))
    table.series[:] = 4
    a, b = table.take(np.array([0])), table.take(np.array([1]))
    between = measure(a, b, np.array([60.0]))
    assert series.levels(a, b, between, Frequencies())[0] == series.OF_ONE_SERIES
    assert series.levels(a, a, measure(a, a, np.array([60.0])), Frequencies())[0] == -1


FACTS = st.fixed_dictionaries({
    "name": st.sampled_from(["Rabat Krajan RT 1", "Rabat Krajan RT 2 tahap 2", "PJU titik 3", "",
                             "Drainase Kiri (DPAL)", "Bedah rumah an. Slamet", "Talud STA 0+000 - 0+100 P 90 m"]),
    "category": st.sampled_from(["road", "lighting", "housing", None]),
    "year": st.sampled_from([2019, 2023, 2024, None]),
    "fund": st.sampled_from(["DDS", "PBK", None]), "amount": st.sampled_from([5e6, 5.1e6, 87_123_400.0, np.nan]),
    "contract": st.sampled_from(["A", "B", None]), "activity_code": st.sampled_from(["2.3.01", "2.3.10", None]),
    "east": st.floats(0, 3e-4), "north": st.floats(0, 3e-4), "long": st.booleans()})


def row(facts: dict, shift: float = 0.0) -> dict:
    facts = dict(facts)
    east, north = 114.3 + facts.pop("east") + shift, -8.3 + facts.pop("north")
    line = shapely.LineString([(east, north), (east + 4e-4, north + 1e-4)])
    return {**facts, "geometry": line if facts.pop("long") else shapely.Point(east, north)}


@settings(max_examples=60, deadline=None)
@given(FACTS, FACTS)
def test_no_evidence_depends_on_the_order_of_a_pair(left, right):
    there, back = measured(row(left), row(right))[0], measured(row(right), row(left))[0]
    assert {evidence: there[evidence][0] for evidence in EVIDENCE} == {
        evidence: back[evidence][0] for evidence in EVIDENCE}


@settings(max_examples=40, deadline=None)
@given(FACTS, FACTS)
def test_moving_both_works_alike_changes_no_distance(left, right):
    _, here = measured(row(left), row(right))
    _, there = measured(row(left, 0.5), row(right, 0.5))
    assert here.distance_m[0] == pytest.approx(there.distance_m[0], abs=1e-3)
    assert here.overlap_m[0] == pytest.approx(there.overlap_m[0], abs=0.05, nan_ok=True)
