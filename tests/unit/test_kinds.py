"""Kinds: what a pair is, and the rule that named it."""

import itertools

import numpy as np
import pandas as pd
import pytest

from geo import kinds, sentences
from geo.duplicates import compare, flagged, sentence
from tests.grid import grid, works

DRAWN = grid("""
    a         b         c

    d    e
""", cell_m=6)
ROAD = {"geometry": DRAWN.line("ab")}
POINT = {"geometry": DRAWN.point("a")}


def pair(left: dict, right: dict) -> pd.Series:
    table = works(left, right)
    found, turned = compare(table, np.array([[0, 1], [1, 0]])).iloc[[0, 1]].itertuples(index=False)
    assert (found.kind, found.rule, found.score) == (turned.kind, turned.rule, turned.score)
    return pd.Series(found._asdict())


@pytest.mark.parametrize(("kind", "left", "right"), [
    ("double_funding", {**ROAD, "fund": "DDS"}, {**ROAD, "fund": "PBK"}),
    ("same_record", ROAD, {**ROAD, "name": "Pemb. rabat jln Dsn Krajan RT.02/01"}),
    ("same_record", {**ROAD, "stage": "planned"}, {**ROAD, "stage": "done", "amount": 84_000_000}),
    ("repeat_funding", {**ROAD, "year": 2022}, ROAD),
    ("partial_overlap", {"geometry": DRAWN.line("ac"), "fund": "ADD"}, {**ROAD, "amount": 80_000_000}),
])
def test_a_likely_pair_is_named_by_what_was_done_twice(kind, left, right):
    found = pair(left, right)
    assert (found.kind, found.probability > 0.5) == (kind, True)
    assert flagged(pd.DataFrame([found])).all()


@pytest.mark.parametrize(("rule", "left", "right"), [
    ("across_new_year", {"fund": "DDS", "year": 2024, "stage": "running"}, {"fund": "PBK", "year": 2025}),
    ("across_new_year", {"fund": "DDS", "name": "Rehab rabat Krajan RT 02 RW 01"},
     {"fund": "PBK", "year": 2025, "name": "Rehab rabat Krajan RT 02 RW 01"}),
    ("too_soon", {"fund": "DDS", "year": 2024, "stage": "done"}, {"fund": "PBK", "year": 2025}),
    ("nothing_tells_two_payments", {"fund": None, "amount": np.nan},
     {"fund": None, "amount": np.nan, "name": "Pemb. rabat Dusun Krajan RT 2 RW 1"}),
    ("two_amounts", {"fund": None, "contract": "A"}, {"fund": None, "amount": 82_000_000, "contract": "B"})])
def test_the_rule_tells_two_payments_from_one_record(rule, left, right):
    assert pair({**ROAD, **left}, {**ROAD, **right}).rule == f"rule.{rule}"


@pytest.mark.parametrize(("rule", "left", "right"), [
    ("same_fund_year_text", {}, {"amount": 71_000_000}),
    ("same_fund_year_amount", {}, {"name": "Pemb. rabat jln Dsn Krajan RT.02/01"}),
    ("shares_do_not_fit", {"name": "Rabat jalan Krajan RT 02 RW 01 bagian DD 60%"},
     {"name": "Rabat jalan Krajan RT 02 RW 01 bagian ADD 40%", "fund": "ADD"})])
def test_the_rule_says_what_was_seen(rule, left, right):
    assert pair({**ROAD, **left}, {**ROAD, **right}).rule == f"rule.{rule}"


def test_what_should_last_and_is_paid_again_a_year_later_is_one_building_in_two_budgets():
    hall = {**POINT, "category": "building", "name": "Pembangunan posyandu Melati RT 02 RW 01", "year": 2023}
    later = {**hall, "year": 2024, "fund": "PBK"}
    assert pair(hall, later).rule == "rule.across_new_year"
    assert pair(hall, {**later, "name": "Rehab posyandu Melati RT 02 RW 01"}).rule == "rule.too_soon"
    assert pair(hall, {**later, "year": 2025}).rule == "rule.too_soon"


def test_the_heading_of_an_activity_is_no_text_that_two_records_share():
    headed = {**POINT, "name": "Pembangunan jalan desa", "activity_code": "2.3.10"}
    found = pair(headed, {**headed, "geometry": DRAWN.point("d"), "amount": 61_000_000})
    assert found.kind == "neighbours"


def test_equal_to_the_rupiah_is_the_whole_however_it_was_drawn():
    long = {"geometry": DRAWN.line("ac"), "fund": "ADD"}
    assert pair(long, {**ROAD, "amount": 80_000_000}).kind == "partial_overlap"
    assert pair(long, ROAD).kind == "double_funding"


@pytest.mark.parametrize("language", sentences.LANGUAGES)
def test_where_no_fund_is_known_the_sentence_speaks_of_none(language):
    table = works({**ROAD, "fund": None, "contract": "A"},
                  {**ROAD, "fund": None, "contract": "B", "amount": 82_000_000})
    found = compare(table, np.array([[0, 1]])).iloc[0]
    said = sentences.worded(sentence(found, table.iloc[0], table.iloc[1]), language)
    assert found.kind == "double_funding"
    assert "funded twice" not in said
    assert "didanai dua kali" not in said


NAME = "Rabat beton Krajan RT 02 RW 01"


@pytest.mark.parametrize(("kind", "left", "right"), [
    ("continuation", {**ROAD, "name": f"{NAME} tahap 1"}, {**ROAD, "name": f"{NAME} tahap 2", "year": 2025}),
    ("continuation", {**ROAD, "name": NAME, "amount": 61_000_000}, {**ROAD, "name": f"Lanjutan {NAME}", "year": 2025}),
    ("continuation", {**ROAD, "name": f"{NAME} STA 0+000 - 0+100"}, {**ROAD, "name": f"{NAME} STA 0+100 - 0+200"}),
    ("continuation", ROAD, {"geometry": DRAWN.line("bc")}),
    ("two_sides", {**ROAD, "name": f"{NAME} sisi kiri"}, {**ROAD, "name": f"{NAME} sisi kanan"}),
    ("one_contract", {**POINT, "contract": "A", "name": "Talud Krajan"},
     {"geometry": DRAWN.point("e"), "contract": "A", "name": "Talud Sumberejo", "amount": 1e6}),
    ("asset_set", {**POINT, "category": "lighting", "name": "PJU titik 1"},
     {"geometry": DRAWN.point("e"), "category": "lighting", "name": "PJU titik 2"}),
    ("asset_set", {**POINT, "category": "housing", "name": "RTLH an. Slamet RT 1"},
     {"geometry": DRAWN.point("d"), "category": "housing", "name": "RTLH an. Painem RT 1"}),
    ("shared_funding", {**ROAD, "fund": "DDS", "fund_shares": (("DDS", 5e7), ("PBK", 4e7))},
     {**ROAD, "fund": "PBK", "fund_shares": (("DDS", 5e7), ("PBK", 4e7))}),
    ("shared_funding", {**ROAD, "name": f"{NAME} (DD 60%, ADD 40%)", "amount": 60e6},
     {**ROAD, "fund": "ADD", "amount": 40e6}),
    ("shared_funding", {**ROAD, "name": f"{NAME} (pendampingan ADD)", "amount": 60e6},
     {**ROAD, "fund": "ADD", "amount": 40e6}),
    ("two_sides", {**ROAD, "name": f"{NAME} (ki)"}, {**ROAD, "name": f"{NAME} (ka)"}),
    ("neighbours", {**POINT, "category": "road", "name": "Paving Dusun Krajan I"},
     {**POINT, "category": "road", "name": "Paving Dusun Krajan II"}),
    ("asset_set", {**POINT, "category": "small_structure", "name": "Rambu jalan Krajan no. 1"},
     {"geometry": DRAWN.point("e"), "category": "small_structure", "name": "Rambu jalan Krajan no. 2"}),
    ("maintenance", {**ROAD, "name": f"Pemeliharaan rutin {NAME}", "year": 2023, "amount": 12e6},
     {**ROAD, "name": f"Pemeliharaan {NAME}", "amount": 13e6}),
    ("carried_over", {**ROAD, "stage": "running"}, {**ROAD, "name": f"{NAME} (DPAL)", "year": 2025}),
    ("carried_over", {**ROAD, "stage": "cancelled"}, {**ROAD, "fund": "PBK"}),
    ("maintenance", {**ROAD, "activity_code": "2.3.11", "year": 2021},
     {**ROAD, "activity_code": "2.3.02", "name": f"Pemeliharaan {NAME}", "amount": 9e6}),
    ("maintenance", {**ROAD, "year": 2018, "amount": 61_000_000}, ROAD),
    ("neighbours", POINT, {"geometry": DRAWN.point("d"), "category": "building", "name": "Posyandu Melati"}),
])
def test_an_honest_look_alike_is_named_and_not_flagged(kind, left, right):
    found = pair(left, right)
    assert found.kind == kind
    assert found.probability < 0.5
    assert not flagged(pd.DataFrame([found])).any()


def test_two_households_of_two_contracts_are_neighbours_and_no_set():
    house = {"category": "housing", "contractor": "CV Maju", "contract": "SPK/7"}
    left = {**POINT, **house, "name": "RTLH an. Slamet RT 1"}
    right = {**house, "geometry": DRAWN.point("d"), "name": "RTLH an. Painem RT 1"}
    assert pair(left, right).kind == "asset_set"
    assert pair(left, {**right, "contract": "SPK/8"}).kind == "neighbours"
    assert pair(left, {**right, "contract": None, "contractor": "CV Lain"}).kind == "neighbours"


def test_rows_of_one_list_fill_the_same_columns():
    house = {"category": "housing", "contractor": "CV Maju"}
    left = {**POINT, **house, "name": "RTLH an. Slamet RT 1"}
    right = {**house, "geometry": DRAWN.point("d"), "name": "RTLH an. Painem RT 1"}
    assert pair(left, right).kind == "asset_set"
    assert pair(left, {**right, "contractor": None}).kind == "neighbours"


def test_upkeep_of_another_thing_or_in_another_corner_keeps_nothing_up():
    care = {**POINT, "category": "building", "name": "Posyandu RT 02 RW 01", "year": 2021}
    later = {**care, "year": 2023, "amount": 9e6}
    assert pair(care, {**later, "name": "Pemeliharaan posyandu RT 02 RW 01"}).kind == "maintenance"
    assert pair(care, {**later, "name": "Pemeliharaan madin RT 02 RW 01"}).kind == "neighbours"
    assert pair(care, {**later, "name": "Pemeliharaan posyandu RT 04 RW 01"}).kind == "neighbours"


def test_a_later_row_of_one_record_is_no_second_payment():
    text = {"name": "Construction of Basey Tide Embankment, Basey, Samar", "fund": None, "contractor": "Northern"}
    for amount in (np.nan, 227_812_286.37):
        found = pair({**POINT, **text, "year": 2020, "amount": amount},
                     {**POINT, **text, "year": 2021, "amount": np.nan})
        assert found.kind == "same_record"


def test_a_kind_never_changes_a_probability():
    found = pair({**ROAD, "name": f"{NAME} tahap 1"}, {**ROAD, "name": f"{NAME} tahap 2"})
    weights = [found[column] for column in found.index if column.startswith("w_")]
    assert found.score == pytest.approx(found.prior + sum(weights))
    assert found.probability == pytest.approx(1 / (1 + 2 ** -found.score))


def test_the_two_lists_share_nothing():
    assert not set(kinds.TO_LOOK_AT) & set(kinds.LOOK_ALIKES)
    assert set(kinds.KINDS) == set(kinds.TO_LOOK_AT) | set(kinds.LOOK_ALIKES)


@pytest.mark.parametrize("language", sentences.LANGUAGES)
def test_every_kind_rule_and_reason_has_words(language):
    for kind in kinds.KINDS:
        assert sentences.worded(f"kind.{kind}", language)
        assert sentences.worded(f"verdict.{kind}", language)
    for kind in (*kinds.KINDS, "two_budgets", "proposed"):
        for where, when in itertools.product(("nowhere", "apart", "along"), ("undated", "one_year", "years")):
            values = {"distance_m": 4.2, "overlap_m": 120, "share": 0.8, "first": 2023, "second": 2024}
            assert sentences.worded(sentences.Sentence(f"reason.{kind}.{where}.{when}", values), language)


@pytest.mark.parametrize("language", sentences.LANGUAGES)
def test_every_rule_in_the_code_has_words(language):
    source = __import__("inspect").getsource(kinds)
    named = {rule for kind, rule in __import__("re").findall(r'\("(\w+)",\s+"(\w+)"', source) if kind in kinds.KINDS}
    named -= set(kinds.KINDS)
    assert len(named) > 15
    for rule in named | {"neighbours"}:
        assert sentences.worded(f"rule.{rule}", language)
