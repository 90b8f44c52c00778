"""Time: one year, the next, within the life of such a work, or after a fair life."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites
from geo.schema import CATEGORIES

LEVELS = 6
AFTER_LIFE, LATE_IN_LIFE, WITHIN_LIFE, NEXT_YEAR, SAME_YEAR, SAME_DATES = range(6)
LATE_FROM = 0.6
"""From this share of its life a work may well need renewal, for less money."""
_LIFE = np.array([category.life_years for category in CATEGORIES] + [5])


def life_years(left: Sites, right: Sites) -> np.ndarray:
    """The shorter fair life of the two kinds of work."""
    return np.minimum(_LIFE[left.category], _LIFE[right.category])


def gap_years(left: Sites, right: Sites) -> np.ndarray:
    """Years between the works, -1 when one is not known."""
    known = (left.year > 0) & (right.year > 0)
    return np.where(known, np.abs(left.year.astype(int) - right.year), -1)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    gap = gap_years(left, right)
    dates = ((left.start_day == right.start_day) & (left.end_day == right.end_day)
             & (left.start_day > 0) & (left.end_day > 0))
    life = life_years(left, right)
    level = choose([dates, gap == 0, gap == 1, gap <= life * LATE_FROM, gap < life],
                    [SAME_DATES, SAME_YEAR, NEXT_YEAR, WITHIN_LIFE, LATE_IN_LIFE], AFTER_LIFE)
    return np.where((gap >= 0) | dates, level, -1).astype(np.int8)
