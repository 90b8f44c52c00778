"""Both ends of a road against its stated length."""

import pytest

from geo import placing
from geo.locating import Located, locate
from geo.sentences import LANGUAGES, worded
from geo.tables import Recognised, Row, Table

COLUMNS = {"Lat Awal": "lat", "Long Awal": "lon", "Lat Akhir": "end_lat", "Long Akhir": "end_lon",
           "Panjang (m)": "volume"}


def road(length: object, end_lat: float = -8.2300) -> Located:
    """A road from -8.2200 due south to `end_lat`: 1,106 m unless another end is given."""
    table = Table("csv", None, tuple(COLUMNS), tuple(Recognised(name, meaning) for name, meaning in COLUMNS.items()),
                  [Row(2, None, dict(zip(COLUMNS, (-8.2200, 114.3692, end_lat, 114.3692, length), strict=True)))])
    [place] = locate(table)
    for problem in place.problems:
        assert all(worded(problem.reason, language) for language in LANGUAGES)
    return place


@pytest.mark.parametrize(("length", "reason", "severity"), [
    (150, "chord.never", "fault"), (800, "chord.longer", "note"), (1.2, "chord.kilometres", "note"),
    (0.2, "chord.never", "fault"),
])
def test_a_straight_line_longer_than_the_road_is_a_fault_where_it_cannot_be_true(length, reason, severity):
    place = road(length)
    [problem] = place.problems
    assert (problem.reason.id, problem.severity, problem.column) == (reason, severity, "Panjang (m)")
    assert (place.geometry is None) == (severity == "fault")
    assert severity == "fault" or reason in placing.DOUBTS


@pytest.mark.parametrize("length", [1000, 1106, 5000, None])
def test_a_road_as_long_as_its_straight_line_or_longer_is_no_doubt(length):
    place = road(length)
    assert (place.problems, place.method) == ([], "chord")


def test_short_roads_may_be_measured_carelessly_without_being_a_fault():
    """88 m for 25 m: many times as long, yet a phone may be off so far."""
    [problem] = road(25, end_lat=-8.2208).problems
    assert (problem.reason.id, problem.severity) == ("chord.longer", "note")


def test_both_ends_in_one_cell_are_held_against_the_length_too():
    meaning_of = {"Koordinat": "coordinate", "Panjang (m)": "volume"}
    row = Row(2, None, {"Koordinat": "-8.2200, 114.3692 s/d -8.2300, 114.3692", "Panjang (m)": 150})
    [place] = locate(Table("csv", None, tuple(meaning_of), tuple(
        Recognised(name, meaning) for name, meaning in meaning_of.items()), [row]))
    assert ([problem.reason.id for problem in place.problems], place.geometry) == (["chord.never"], None)


@pytest.mark.parametrize("reason", ["chord.end_missing", "chord.start_missing"])
def test_half_a_road_kept_as_a_point_is_listed(reason):
    assert reason in placing.DOUBTS
