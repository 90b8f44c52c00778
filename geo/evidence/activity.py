"""Activity: the code of Permendagri 20/2018, and upkeep against building.

Upkeep of what was built in another year is normal, and so is routine upkeep of one thing year after year; upkeep and
building of one thing in one year is not, nor is one ditch under the road's code and again under the settlement's.
"""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.money import is_usual
from geo.evidence.named import SAYS_MAINTENANCE, WORK_BIT
from geo.evidence.sites import Sites
from geo.evidence.time import gap_years

UPKEEP_EVERY = 1
DEARER_FROM = 2.0
"""Upkeep that costs so many times what it did the year before is not the same routine."""
FRESH_YEARS, BUILT_ANEW_FROM = 2, 0.8
"""Nobody mends what was built so lately for so much of what it cost."""
LEVELS = 6
UPKEEP_LATER, OTHER_FIELD, OTHER, TWIN, SAME, UPKEEP_YEARLY = range(6)

_UPKEEP_OF = {
    20301: 20310, 20302: 20311, 20303: 20312, 20304: 20313, 20305: 20314, 20306: 20315, 20307: 20316, 20308: 20319,
    20309: 20320, 20402: 20410, 20403: 20411, 20404: 20412, 20405: 20413, 20406: 20414, 20407: 20415, 20408: 20416,
    20409: 20417, 10202: 10203, 20104: 20106, 20105: 20107, 20208: 20209,
}
_UPKEEP = np.array(sorted({*_UPKEEP_OF, 40204}))
_TWINS = np.array(sorted({a * 100_000 + b for a, b in (*_UPKEEP_OF.items(), (20314, 20413), (20305, 20405))}))


def upkeep(sites: Sites) -> np.ndarray:
    """Whether a work is upkeep, by its code or, without one, by its only verb."""
    said = (sites.says & SAYS_MAINTENANCE) != 0
    return said | np.isin(sites.activity, _UPKEEP) if (sites.activity >= 0).any() else said


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    known = (left.activity >= 0) & (right.activity >= 0)
    low, high = np.minimum(left.activity, right.activity), np.maximum(left.activity, right.activity)
    twin = known & np.isin(low.astype(np.int64) * 100_000 + high, _TWINS) if known.any() else known
    gap = gap_years(left, right)
    upkeep_a, upkeep_b = upkeep(left), upkeep(right)
    later, earlier = (np.where((left.year > right.year) == first, upkeep_a, upkeep_b) for first in (True, False))
    yearly = later & earlier & (gap >= 1) & (gap <= UPKEEP_EVERY)
    later &= ~earlier | (gap > UPKEEP_EVERY)
    before, after = (np.where((left.year < right.year) == first, left.amount, right.amount) for first in (True, False))
    later &= earlier | ~((gap <= FRESH_YEARS) & (after >= before * BUILT_ANEW_FROM))
    if (rows := np.flatnonzero(yearly)).size:
        yearly[rows] = _is_routine(left.take(rows), right.take(rows), frequencies)
    return choose(
        [(gap >= 1) & later, yearly, known & (low == high), twin, known & (low // 100 != high // 100), known],
        [UPKEEP_LATER, UPKEEP_YEARLY, SAME, TWIN, OTHER_FIELD, OTHER], -1)


def _is_routine(left: Sites, right: Sites, frequencies: Frequencies) -> np.ndarray:
    """Of upkeep in two years that follow each other: it comes from one purse, neither mends more than that, nor is the
    sum another or the very same odd one."""
    more = ((left.work | right.work) & ~np.int8(WORK_BIT["pemeliharaan"])) != 0
    before = np.where(left.year < right.year, left.amount, right.amount)
    after = np.where(left.year < right.year, right.amount, left.amount)
    same_odd = (np.abs(after - before) < 0.5) & ~is_usual(np.fmin(before, after), frequencies)
    one_purse = (left.fund == right.fund) | (left.fund < 0) | (right.fund < 0)
    return one_purse & ~more & ~same_odd & ~(after >= DEARER_FROM * before)
