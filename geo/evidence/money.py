"""Money: equal or near amounts, and how common the amount is; ceilings and round sums are weak."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 7
FAR, APART, SIMILAR, NEAR_CEILING, NEAR, EQUAL_USUAL, EQUAL_RARE = range(7)
NEAR_FROM = 0.97
CEILING_FROM = 0.03
"""Share of all works that cost about as much, from which near amounts are a ceiling and no coincidence."""


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Equal to the smallest unit; an amount is common when often seen, or when it has at most two digits that count."""
    small, large = np.minimum(left.amount, right.amount), np.maximum(left.amount, right.amount)
    ratio = small / large
    equal = large - small < 0.5
    near = ~equal & (ratio >= NEAR_FROM)
    level = choose([ratio >= 0.85, ratio >= 0.5], [SIMILAR, APART], FAR)
    level[equal] = np.where(is_usual(small[equal], frequencies), EQUAL_USUAL, EQUAL_RARE)
    level[near] = np.where(frequencies.about(large[near]) >= CEILING_FROM, NEAR_CEILING, NEAR)
    return np.where(np.isnan(ratio), -1, level).astype(np.int8)


def is_usual(amounts: np.ndarray, frequencies: Frequencies) -> np.ndarray:
    """Whether amounts are common: often seen, or of at most two digits that count."""
    if not frequencies.works:
        return digits(amounts) <= 3
    return (digits(amounts) <= 2) | (frequencies.amount_counts(amounts) > max(3.0, frequencies.works * 0.0005))


def digits(amounts: np.ndarray) -> np.ndarray:
    """How many leading digits count: 25,000,000 has two, 96,500,000 three; NaN has none."""
    whole = np.nan_to_num(np.round(amounts)).astype(np.int64)
    places = np.zeros(len(whole), np.int64)
    rest = whole.copy()
    open_ = rest > 0
    while open_.any():
        open_ = open_ & (rest % 10 == 0)
        rest = np.where(open_, rest // 10, rest)
    while (rest > 0).any():
        places += rest > 0
        rest = rest // 10
    return places
