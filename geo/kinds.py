"""Naming: what a pair is. One rule after the other, the first that holds names it, and is kept with the pair.

A kind never changes a probability. Look-alikes are named whatever their probability; the kinds to look at only
where the score says that the pair is likely one work.
"""

import numpy as np

from geo.evidence import activity, built, contractor, declared, name, numbers, overlap, phase, place, series, side, time
from geo.evidence.between import Between
from geo.evidence.money import EQUAL_COMMON, NEAR
from geo.evidence.sites import FORM_POINT, Sites
from geo.model import FLAGGED_FROM
from geo.schema import STAGES

TO_LOOK_AT = ("same_record", "double_funding", "repeat_funding", "partial_overlap")
LOOK_ALIKES = ("continuation", "two_sides", "one_contract", "asset_set", "shared_funding", "carried_over",
               "maintenance", "neighbours")
KINDS = TO_LOOK_AT + LOOK_ALIKES

PARTIAL_TO = 0.6
"""Less than this of the longer one shared: the two works overlap in part."""


def name_pairs(left: Sites, right: Sites, between: Between, levels: dict[str, np.ndarray],
               probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The kind and the id of the rule that named it (`rule.<…>`), object arrays of n pairs."""
    rules = [*_look_alikes(left, right, between, levels), *_to_look_at(left, right, between, levels, probability)]
    held = [np.asarray(condition, bool) for _, _, condition in rules]
    kind = np.select(held, [kind for kind, _, _ in rules], "neighbours")
    rule = np.select(held, [f"rule.{rule}" for _, rule, _ in rules], "rule.neighbours")
    return kind.astype(object), rule.astype(object)


def _look_alikes(left: Sites, right: Sites, between: Between, levels: dict[str, np.ndarray]) -> list[tuple]:
    words = levels["name"]
    alike = (words >= name.ALIKE) | (words == name.NOTHING)
    same_thing = levels["built"] >= built.SAME_CATEGORY
    one_text = (left.raw == right.raw) & (left.key >= 0)
    sets = series.SETS[left.category] & series.SETS[right.category]
    one_programme = (left.year == right.year) & (left.fund == right.fund) & same_thing
    numbered = levels["numbers"] == numbers.OTHER_NUMBER
    one_contract = (left.contract == right.contract) & (left.contract >= 0)
    return [
        ("shared_funding", "declared_shares", levels["declared"] == declared.SHARED),
        ("two_sides", "opposite_sides", (levels["side"] == side.OPPOSITE) & (levels["built"] != built.OTHER)),
        ("carried_over", "declared_carried", levels["declared"] == declared.CARRIED),
        ("continuation", "other_phase", same_thing & alike & ((levels["phase"] == phase.OTHER)
                                                              | (levels["phase"] == phase.CONTINUED))),
        ("asset_set", "series", levels["series"] == series.OF_ONE_SERIES),
        ("asset_set", "numbered", numbered & sets & one_programme),
        ("continuation", "stations_apart", (levels["numbers"] == numbers.OTHER_STATIONS) & same_thing),
        ("continuation", "end_to_end", (levels["overlap"] == overlap.END_TO_END) & same_thing & alike),
        ("maintenance", "upkeep_later", (levels["activity"] == activity.UPKEEP_LATER) & same_thing
         & (words != name.OTHER)),
        ("maintenance", "after_life", (levels["time"] == time.AFTER_LIFE) & same_thing & alike),
        ("one_contract", "same_contract", one_contract & ~one_text),
        ("asset_set", "one_programme", sets & one_programme & (levels["place"] < place.CLOSE)
         & (words <= name.NOTHING) & (levels["place"] >= 0)),
    ]


def _one_amount(left: Sites, right: Sites) -> np.ndarray:
    return np.isnan(left.amount) != np.isnan(right.amount)


def _to_look_at(left: Sites, right: Sites, between: Between, levels: dict[str, np.ndarray],
                probability: np.ndarray) -> list[tuple]:
    likely = probability >= FLAGGED_FROM
    gap = time.gap_years(left, right)
    one_text = (left.raw == right.raw) & (left.key >= 0)
    same_fund = (left.fund == right.fund) | (left.fund < 0) | (right.fund < 0)
    same_year = gap <= 0
    money = levels["money"]
    extended = (left.form > FORM_POINT) & (right.form > FORM_POINT)
    partial = extended & (between.longer_share < PARTIAL_TO)
    planned = STAGES.index("running")
    versions = (left.stage >= 0) & (right.stage >= 0) & ((left.stage < planned) != (right.stage < planned))
    rewritten = likely & same_fund & same_year & (levels["built"] != built.OTHER)
    # one multi-year record: the amount stands in one of its rows only, the rest is the same to the letter
    bare = np.isnan(left.amount) & np.isnan(right.amount) & (levels["contractor"] == contractor.SAME)
    later_part = one_text & (bare | (_one_amount(left, right) & (levels["contractor"] != contractor.OTHER)))
    return [
        ("same_record", "same_id", likely & (levels["record"] >= 0)),
        ("same_record", "later_year_without_amount", likely & later_part & (gap >= 1)),
        ("same_record", "same_fund_year_text", rewritten & ~partial & (one_text | (money >= EQUAL_COMMON))),
        ("same_record", "versions", rewritten & ~partial & versions & (money != 0)),
        ("partial_overlap", "part_of_the_longer", likely & partial),
        ("double_funding", "two_funds", likely & ~same_fund & (gap <= 1)),
        ("repeat_funding", "too_soon", likely & (gap >= 1)),
        ("same_record", "same_fund_year_money", rewritten & (money >= NEAR)),
        ("double_funding", "two_amounts", likely),
    ]
