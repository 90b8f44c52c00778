"""The filter that list, map and exports share, as an address says it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queries.filters import UNKNOWN, Filter
from geo.schema import CATEGORY, FUNDS, STAGES


def some(values, most=3):
    return st.lists(st.sampled_from([*values, UNKNOWN]), max_size=most, unique=True).map(lambda got: tuple(sorted(got)))


FILTERS = st.builds(
    Filter, year=some(["2019", "2024", "2026"]), district=st.none() | st.just("35.10.01"),
    village=st.none() | st.just("35.10.01.2001"), fund=some(FUNDS), category=some(CATEGORY), stage=some(STAGES),
    pointless=st.booleans(), suspected=st.booleans(),
    q=st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=40).map(lambda t: " ".join(t.split())))


@given(FILTERS)
def test_a_filter_written_as_an_address_is_read_back_as_the_same_filter(wanted):
    assert Filter.parse(wanted.query_string()) == wanted


def test_an_address_without_a_filter_wants_everything():
    assert Filter.parse("") == Filter()
    assert not Filter.parse("")
    assert Filter().query_string(mark=True) == ""


@pytest.mark.parametrize("address", [
    "year=20x4", "year=99999", "fund=XYZ", "category=", "stage=selesai", "suspected=yes", "pointless=true",
    "district=%00", "village=" + "9" * 30, "order=amount", "after=2024_17", "year=%D9%A2%D9%A0%D9%A2%D9%A4",
])
def test_what_is_no_value_of_a_filter_is_left_aside(address):
    assert Filter.parse(address) == Filter()


def test_repeated_values_and_their_order_do_not_change_the_address():
    assert Filter.parse("fund=DDS&fund=ADD&fund=DDS").query_string() == "fund=ADD&fund=DDS"


def test_without_a_field_the_others_stay():
    wanted = Filter.parse("year=2024&fund=DDS&q=jalan")
    assert wanted.without("year") == Filter(fund=("DDS",), q="jalan")


def test_the_values_of_a_condition_are_never_part_of_its_text():
    condition, values = Filter.parse("q=%27%3B+DROP&district=35.10.01&year=2024&year=unknown").sql()
    assert "DROP" not in condition.as_string(None)
    assert values == {"filter_q": ["%';%", "%DROP%"], "filter_region": "35.10.01", "filter_year": [2024]}


def test_signs_that_like_would_read_are_taken_literally():
    _, values = Filter.parse("q=100%25_beton").sql()
    assert values["filter_q"] == ["%100\\%\\_beton%"]
