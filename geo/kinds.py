"""Naming: what a pair is. One rule after the other, the first that holds names it, and is kept with the pair.

A kind never changes a probability. Look-alikes are named whatever their probability; the kinds to look at only
where the score says that the pair is likely one work: from the model's own `flagged_from`.
"""

from dataclasses import fields

import numpy as np

from geo.choosing import choose
from geo.evidence import (
    activity,
    built,
    contract,
    contractor,
    declared,
    money,
    name,
    numbers,
    overlap,
    phase,
    place,
    recipient,
    series,
    side,
    time,
)
from geo.evidence.between import Between
from geo.evidence.named import WORK_BIT
from geo.evidence.sites import FORM_POINT, Sites
from geo.model import FLAGGED_FROM
from geo.schema import STAGES
from geo.vague import Unmeasured, may

TO_LOOK_AT = ("same_record", "double_funding", "repeat_funding", "partial_overlap")
LOOK_ALIKES = ("continuation", "two_sides", "one_contract", "asset_set", "shared_funding", "carried_over",
               "maintenance", "neighbours")
KINDS = TO_LOOK_AT + LOOK_ALIKES

PARTIAL_TO = 0.75
"""Less than this of the longer one shared: the two works overlap in part."""
LASTING_YEARS = 8
"""What should last so long nobody builds anew a year later."""


def name_pairs(left: Sites, right: Sites, between: Between, levels: dict[str, np.ndarray],
               probability: np.ndarray, flagged_from: float = FLAGGED_FROM) -> tuple[np.ndarray, np.ndarray]:
    """The kind and the id of the rule that named it (`rule.<…>`), object arrays of n pairs."""
    likely = probability >= flagged_from
    rules = [*_look_alikes(left, right, between, levels), *_to_look_at(left, right, between, levels, likely),
             *_unlikely(left, right)]
    held = [np.asarray(condition, bool) for _, _, condition in rules]
    first = choose(held, range(len(rules)), len(rules))
    kind = np.array([*(kind for kind, _, _ in rules), "neighbours"], object)
    rule = np.array([*(f"rule.{rule}" for _, rule, _ in rules), "rule.neighbours"], object)
    return kind[first], rule[first]


def may_be_look_alike(left: Sites, right: Sites, levels: dict[str, np.ndarray], silent: dict[str, np.ndarray]
                      ) -> np.ndarray:
    """Where a pair may yet be named a look-alike other than neighbours, when only these of its levels are measured;
    `silent`: where an evidence that is not measured has nothing to say."""
    known = _Levels({**{name: Unmeasured(where) for name, where in silent.items()}, **levels})
    rules = [*_look_alikes(left, right, NOTHING_BETWEEN, known), *_unlikely(left, right)]
    return np.logical_or.reduce(np.broadcast_arrays(np.zeros(len(left), bool), *(
        may(condition) for kind, _, condition in rules if kind in LOOK_ALIKES and kind != "neighbours")))


class _Levels(dict):
    def __missing__(self, name: str) -> Unmeasured:
        return Unmeasured()


NOTHING_BETWEEN = Between(**{column.name: Unmeasured() for column in fields(Between)})  # type: ignore[arg-type]


def _look_alikes(left: Sites, right: Sites, between: Between, levels: dict[str, np.ndarray]) -> list[tuple]:
    words = levels["name"]
    alike = (words >= name.ALIKE) | (words == name.NOTHING)
    same_thing = levels["built"] >= built.SAME_CATEGORY
    sets = series.SETS[left.category] & series.SETS[right.category]
    one_programme = (left.year == right.year) & (left.fund == right.fund) & same_thing
    # one list is one contract, one builder and one term: two neighbours on two lists are only neighbours
    dated = (np.minimum(left.start_day, right.start_day) > 0) & (left.start_day != right.start_day)
    # and its rows fill the same columns
    filled = (((left.contract >= 0) == (right.contract >= 0)) & ((left.contractor >= 0) == (right.contractor >= 0))
              & ((left.start_day > 0) == (right.start_day > 0)))
    one_list = (levels["contract"] != contract.OTHER) & (levels["contractor"] != contractor.OTHER) & ~dated & filled
    numbered = levels["numbers"] == numbers.OTHER_NUMBER
    # one that tells no category stands beside one that does
    known_sets = series.NUMBERED[left.category], series.NUMBERED[right.category]
    things = (known_sets[0] | (left.category < 0)) & (known_sets[1] | (right.category < 0)) & (
        known_sets[0] | known_sets[1])
    elsewhere = (levels["numbers"] >= 0) & (levels["numbers"] < numbers.AGREE_ONE)
    upkept = (levels["built"] != built.OTHER) & (levels["built"] != built.OTHER_WORD) & ~elsewhere
    return [
        ("shared_funding", "declared_shares", levels["declared"] == declared.SHARED),
        ("shared_funding", "claimed_shares", levels["declared"] == declared.CLAIMED),
        ("two_sides", "opposite_sides", (levels["side"] == side.OPPOSITE) & (levels["built"] != built.OTHER)),
        ("carried_over", "declared_carried", levels["declared"] == declared.CARRIED),
        ("carried_over", "cancelled", (levels["declared"] == declared.CANCELLED) & same_thing & alike),
        ("continuation", "other_phase", same_thing & alike & ((levels["phase"] == phase.OTHER)
                                                              | (levels["phase"] == phase.CONTINUED))),
        ("asset_set", "series", levels["series"] == series.OF_ONE_SERIES),
        ("asset_set", "one_programme", (levels["series"] == series.OF_ONE_PROGRAMME) & same_thing),
        ("asset_set", "numbered", numbered & things & one_programme & one_list),
        ("continuation", "stations_apart", (levels["numbers"] == numbers.OTHER_STATIONS) & same_thing),
        ("continuation", "end_to_end", (levels["overlap"] == overlap.END_TO_END) & same_thing & alike),
        ("maintenance", "upkeep_later", (levels["activity"] == activity.UPKEEP_LATER) & upkept),
        ("maintenance", "upkeep_yearly", (levels["activity"] == activity.UPKEEP_YEARLY) & upkept),
        ("maintenance", "after_life", (levels["time"] == time.AFTER_LIFE) & same_thing & alike),
        ("maintenance", "renewed_for_less", (levels["time"] == time.LATE_IN_LIFE) & same_thing & alike
         & (levels["money"] == money.FAR)),
        ("asset_set", "other_household", (levels["recipient"] == recipient.OTHER) & one_programme & one_list),
        ("one_contract", "same_contract", levels["contract"] == contract.SAME_OTHER_WORK),
        ("asset_set", "other_words", sets & one_programme & one_list & (levels["place"] < place.CLOSE)
         & (words <= name.NOTHING) & (left.key != right.key) & (levels["place"] >= 0)),
    ]


def _mended(sites: Sites) -> np.ndarray:
    """Whether a name says that something is mended or kept up, and not that it is built."""
    return (sites.work != 0) & ((sites.work & WORK_BIT["pembangunan"]) == 0)


def _across_new_year(left: Sites, right: Sites, gap: np.ndarray) -> np.ndarray:
    """The next year's row pays for what the first had not finished, or for the same mending: one work, two years.
    Nor is what lasts built anew after a year: that is one building in two budgets."""
    first_is_left = left.year < right.year
    stage = np.where(first_is_left, left.stage, right.stage)
    unfinished = (stage >= 0) & (stage != STAGES.index("done"))
    mended = _mended(left), _mended(right)
    later_mends = np.where(first_is_left, mended[1] & ~mended[0], mended[0] & ~mended[1])
    lasting = (time.life_years(left, right) >= LASTING_YEARS) & ~later_mends
    return (gap == 1) & (unfinished | (mended[0] & mended[1]) | lasting)


def _one_amount(left: Sites, right: Sites) -> np.ndarray:
    return np.isnan(left.amount) != np.isnan(right.amount)


def _to_look_at(left: Sites, right: Sites, between: Between, levels: dict[str, np.ndarray],
                likely: np.ndarray) -> list[tuple]:
    gap = time.gap_years(left, right)
    # a text that names no place is the heading of an activity, which stands in every village
    one_text = (left.raw == right.raw) & (left.key >= 0) & (levels["name"] >= name.ALIKE)
    same_fund = (left.fund == right.fund) | (left.fund < 0) | (right.fund < 0)
    same_year = gap <= 0
    dated = (np.minimum(left.start_day, right.start_day) > 0) & (np.minimum(left.end_day, right.end_day) > 0)
    together = dated & (left.start_day <= right.end_day) & (right.start_day <= left.end_day)
    amount = levels["money"]
    extended = (left.form > FORM_POINT) & (right.form > FORM_POINT)
    # the straight line between two ends is shorter than the road: it overlaps only in part if it does so plainly
    whole_from = np.where(left.chord | right.chord, PARTIAL_TO - 0.15, PARTIAL_TO)
    partial = extended & (np.minimum(between.longer_share, between.overlap_share) < whole_from)
    # what costs the same to the rupiah is the same whole, however it was drawn
    partial &= amount < money.EQUAL_USUAL
    planned = STAGES.index("running")
    versions = (left.stage >= 0) & (right.stage >= 0) & ((left.stage < planned) != (right.stage < planned))
    # two contracts are two payments, however alike the rows
    one_payment = same_fund & same_year & (levels["contract"] != contract.OTHER)
    rewritten = likely & one_payment & (levels["built"] != built.OTHER)
    # one ditch under two activities stands in two lines of the budget: twice paid, not twice typed
    two_lines = (levels["activity"] == activity.TWIN) & ~one_text
    # one multi-year record: the amount stands in one of its rows only, the rest is the same to the letter
    bare = np.isnan(left.amount) & np.isnan(right.amount) & (levels["contractor"] == contractor.SAME)
    later_part = one_text & (bare | (_one_amount(left, right) & (levels["contractor"] != contractor.OTHER)))
    # two rows that tell no fund, no amount and no contract tell of no second payment
    bare_of_payment = ((left.fund < 0) | (right.fund < 0)) & (amount < 0) & (levels["contract"] != contract.OTHER)
    return [
        ("same_record", "same_id", likely & (levels["record"] >= 0)),
        ("same_record", "later_year_without_amount", likely & later_part & (gap >= 1)),
        ("same_record", "same_fund_year_text", rewritten & ~partial & one_text),
        ("same_record", "same_fund_year_amount", rewritten & ~partial & ~two_lines & (amount >= money.EQUAL_USUAL)),
        ("same_record", "versions", rewritten & ~partial & ~two_lines & versions & (amount != money.FAR)),
        ("same_record", "nothing_tells_two_payments", likely & ~partial & same_year & bare_of_payment),
        ("partial_overlap", "part_of_the_longer", likely & partial),
        ("double_funding", "two_activities", likely & same_year & two_lines),
        ("double_funding", "shares_do_not_fit", likely & ~same_fund & same_year
         & (levels["declared"] == declared.CLAIMED_IN_VAIN)),
        ("double_funding", "two_funds", likely & ~same_fund & (same_year | together)),
        ("double_funding", "across_new_year", likely & ~same_fund & _across_new_year(left, right, gap)),
        ("repeat_funding", "too_soon", likely & (gap >= 1)),
        ("same_record", "same_fund_year_money", rewritten & (amount >= money.NEAR)),
        ("double_funding", "two_amounts", likely),
    ]


def whatever_the_score(kind: np.ndarray, contract_levels: np.ndarray) -> np.ndarray:
    """Which of n named pairs are look-alikes however high they score: no weight and no threshold has them looked at.
    Neighbours and parts of one contract on unlike works are named so for want of score."""
    by_score = np.isin(kind, ("neighbours", *TO_LOOK_AT))
    unlikely = (kind == "one_contract") & (contract_levels != contract.SAME_OTHER_WORK)
    return ~(by_score | unlikely)


def _unlikely(left: Sites, right: Sites) -> list[tuple]:
    """What names a pair that is not likely one work."""
    return [("one_contract", "same_contract", (left.contract == right.contract) & (left.contract >= 0))]
