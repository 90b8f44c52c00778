"""Evidence of money, time, activities, shares and contracts: what tells one payment from the next."""

import numpy as np
import pandas as pd
import pytest

from geo.evidence import (
    activity,
    built,
    contract,
    declared,
    money,
    phase,
    size,
    time,
)
from geo.evidence.frequencies import Frequencies
from tests.unit.test_evidence import level


@pytest.mark.parametrize(("left", "right", "expected"), [
    (87_351_250, 87_351_250, money.EQUAL_RARE), (50_000_000, 50_000_000, money.EQUAL_USUAL),
    (100e6, 98e6, money.NEAR), (100e6, 88e6, money.SIMILAR), (100e6, 60e6, money.APART), (100e6, 20e6, money.FAR),
    (np.nan, 20e6, -1), (0, 0, -1)])
def test_equal_amounts_tell_by_how_rare_they_are(left, right, expected):
    assert level("money", {"amount": left}, {"amount": right}) == expected


def test_a_ceiling_that_many_works_cost_tells_little_however_odd():
    counted = Frequencies(works=1_000, amounts={"96512345.00": 40})
    assert level("money", {"amount": 96_512_345}, {"amount": 96_512_345}, counted) == money.EQUAL_USUAL


@pytest.mark.parametrize(("left", "right", "expected"), [
    (2024, 2024, time.SAME_YEAR), (2024, 2023, time.NEXT_YEAR), (2024, 2022, time.WITHIN_LIFE),
    (2024, 2020, time.LATE_IN_LIFE), (2024, 2018, time.AFTER_LIFE), (None, 2020, -1), (2024, 3, -1)])
def test_time_knows_the_life_of_a_road(left, right, expected):
    assert level("time", {"year": left}, {"year": right}) == expected


def test_the_same_dates_are_told_apart_from_the_same_year():
    dates = {"start_date": pd.Timestamp("2024-03-01"), "end_date": pd.Timestamp("2024-06-01")}
    assert level("time", dates, dates) == time.SAME_DATES


@pytest.mark.parametrize(("left", "right", "years", "expected"), [
    ("2.3.10", "02.03.10.", (2024, 2024), activity.SAME), ("2.3.01", "2.3.10", (2024, 2024), activity.TWIN),
    ("2.3.14", "2.4.13", (2024, 2024), activity.TWIN), ("2.3.10", "2.3.01", (2022, 2024), activity.UPKEEP_LATER),
    ("2.3.10", "2.3.12", (2024, 2024), activity.OTHER), ("2.3.10", "2.4.14", (2024, 2024), activity.OTHER_FIELD),
    (None, "2.3.10", (2024, 2024), -1)])
def test_activity_codes_know_upkeep_and_twins(left, right, years, expected):
    assert level("activity", {"activity_code": left, "year": years[0]},
                 {"activity_code": right, "year": years[1], "amount": 9e6}) == expected


def test_upkeep_of_one_thing_twice_in_a_year_is_not_what_upkeep_is_for():
    care = {"name": "Pemeliharaan paving Krajan", "activity_code": "2.3.02", "year": 2024}
    assert level("activity", care, care) == activity.SAME
    assert level("activity", {**care, "year": 2022}, care) == activity.UPKEEP_LATER


CARE = {"name": "Pemeliharaan jalan Krajan", "activity_code": "2.3.01", "amount": 12e6, "year": 2023}


@pytest.mark.parametrize(("later", "expected"), [
    ({}, activity.UPKEEP_YEARLY), ({"amount": 14_350_000}, activity.UPKEEP_YEARLY),
    ({"fund": None}, activity.UPKEEP_YEARLY), ({"fund": "PBK"}, activity.SAME),
    ({"amount": 24e6}, activity.SAME), ({"name": "Rehabilitasi jalan Krajan"}, activity.SAME),
    ({"name": "Pemeliharaan berkala jalan Krajan"}, activity.SAME)])
def test_routine_upkeep_comes_every_year_for_about_the_same_money(later, expected):
    assert level("activity", CARE, {**CARE, "year": 2024, **later}) == expected


def test_the_same_odd_sum_in_two_years_is_no_routine():
    odd = {**CARE, "amount": 12_345_650}
    assert level("activity", odd, {**odd, "year": 2024}) == activity.SAME


def test_a_street_in_the_address_of_a_hall_is_no_road():
    hall = {"name": "Gdg Serba Guna Jl. Cempaka", "category": "building"}
    assert level("built", hall, {"name": "GSG Jalan Cempaka", "category": "other"}) > built.OTHER


def test_a_hyphen_before_an_ending_names_no_recipient():
    assert level("recipient", {"name": "Dungca-an Flood Control"}, {"name": "Dungca-an Flood Control"}) == -1


@pytest.mark.parametrize(("left", "right"), [("Phase 1AGP", "Phase 2AGP"), ("phase 3a", "phase 4")])
def test_a_phase_may_carry_letters(left, right):
    assert level("phase", {"name": f"Colo River {left}"}, {"name": f"Colo River {right}"}) == phase.OTHER


def test_upkeep_is_read_from_the_name_where_there_is_no_code():
    assert level("activity", {"name": "Rabat Krajan", "year": 2021},
                 {"name": "Pemeliharaan rabat Krajan", "year": 2023, "amount": 9e6}) == activity.UPKEEP_LATER


def test_shares_must_be_declared_by_both():
    shares = (("DDS", 60e6), ("PBK", 40e6))
    ours, theirs = {"fund": "DDS", "fund_shares": shares}, {"fund": "PBK", "fund_shares": shares}
    assert level("declared", ours, theirs) == declared.SHARED
    assert level("declared", ours, {"fund": "PBK"}) == -1


SIXTY = {"name": "Rabat Krajan bagian DD 60%", "fund": "DDS", "amount": 60e6}


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    ({}, {"name": "Rabat Krajan bagian ADD 40%"}, declared.SHARED), ({}, {}, declared.SHARED),
    ({}, {"amount": 60e6}, -1), ({}, {"name": "Rabat ADD 60%"}, declared.CLAIMED_IN_VAIN),
    ({"amount": 100e6}, {"name": "Rabat bagian ADD 40%", "amount": 100e6}, declared.CLAIMED_IN_VAIN),
    ({"name": "Rabat sharing DD ADD"}, {}, declared.CLAIMED),
    ({"name": "Rabat sharing DD ADD"}, {"amount": 60e6}, declared.CLAIMED_IN_VAIN),
    ({"name": "Rabat sharing DD ADD"}, {"name": "Rabat sharing DD ADD", "amount": 60e6}, declared.CLAIMED),
    ({"name": "Rabat pendampingan ADD"}, {}, declared.CLAIMED), ({"name": "Rabat (DD sebagian)"}, {}, -1),
    ({"name": "Rabat (DD sebagian)"}, {"name": "Rabat sebagian ADD"}, declared.CLAIMED),
    ({"name": "Rabat sharing DD dan PBK"}, {}, -1),
    ({"name": "Rabat gotong royong"}, {"name": "Rabat gotong royong"}, -1),
    ({"name": "Rabat sharing DD ADD"}, {"fund": "DDS"}, -1), ({"name": "Rabat sharing DD ADD"}, {"year": 2023}, -1)])
def test_a_share_told_in_a_name_counts_where_the_amounts_show_it(ours, theirs, expected):
    other = {"name": "Rabat Krajan", "fund": "ADD", "amount": 40e6, **theirs}
    assert level("declared", {**SIXTY, **ours}, other) == expected


def test_money_carried_over_is_declared_by_the_later_row():
    first = {"name": "Rabat Krajan", "year": 2023, "amount": 50e6, "stage": "running"}
    assert level("declared", first, {"name": "Rabat Krajan (DPAL)", "year": 2024, "amount": 50e6}) == declared.CARRIED
    assert level("declared", first, {"name": "Rabat Krajan (DPAL)", "year": 2024, "amount": 90e6}) == -1


def test_one_contract_covers_many_sites_and_one_record():
    one = {"contract": "SPK/7", "name": "Rabat Krajan", "amount": 50e6}
    assert level("contract", one, one) == contract.SAME
    assert level("contract", one, {**one, "name": "Rabat Sumber", "amount": 20e6}) == contract.SAME_OTHER_WORK
    assert level("contract", one, {**one, "contract": "SPK/8"}) == contract.OTHER
    assert level("contract", one, {**one, "contract": None}) == -1
    corner, beside = ({**one, "name": "Rabat", "rt": rt, "rw": "1"} for rt in ("3", "5"))
    assert level("contract", corner, beside) == contract.SAME_OTHER_WORK, "alike rows of two corners are two sites"


def test_contractor_fund_size_and_record_compare_what_is_known():
    assert level("contractor", {"contractor": "CV  Maju"}, {"contractor": "cv maju"}) == 1
    assert level("fund", {"fund": "DDS"}, {"fund": "ADD"}) == 1
    assert level("size", {"name": "Talud P 120 x L 0,4 m"}, {"name": "Talud vol. 120 m'"}) == size.EQUAL
    assert level("record", {"project": "P1"}, {"project": "P1#17"}) == 0
    assert level("record", {"project": "P1"}, {"project": "P1#17", "source": "another office"}) == -1
