"""Declared: what the rows say openly, a share of each other's fund, or money carried over from the year before."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.named import SAYS_CARRIED, SAYS_SHARED
from geo.evidence.sites import Sites

LEVELS = 2
SHARED, CARRIED = range(2)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Shared only when both rows say so, with one total where they state their parts; carried when the later row, a
    year on, says so and costs no more."""
    if not (left.says | right.says | (left.shared_funds != 0) | (right.shared_funds != 0)).any():
        return np.full(len(left), -1, np.int8)
    bit_a, bit_b = _bit(left.fund), _bit(right.fund)
    named = ((left.shared_funds & bit_b) != 0) & ((right.shared_funds & bit_a) != 0)
    total = np.minimum(left.shared_total, right.shared_total) / np.maximum(left.shared_total, right.shared_total)
    said = ((left.says & right.says & SAYS_SHARED) != 0)
    either = said | (((left.says & SAYS_SHARED) != 0) & (right.shared_funds != 0)) | (
        ((right.says & SAYS_SHARED) != 0) & (left.shared_funds != 0))
    shared = (left.fund != right.fund) & (left.year == right.year) & ((named & ~(total < 0.9)) | either)
    later_a = left.year > right.year
    says = np.where(later_a, left.says, right.says) & SAYS_CARRIED
    later, earlier = np.where(later_a, left.amount, right.amount), np.where(later_a, right.amount, left.amount)
    gap = np.abs(left.year.astype(int) - right.year)
    known = (left.year > 0) & (right.year > 0)
    carried = known & (gap == 1) & (says != 0) & ~(later > earlier * 1.02)
    return choose([shared & known, carried], [SHARED, CARRIED], -1)


def _bit(fund: np.ndarray) -> np.ndarray:
    return np.where(fund >= 0, np.int64(1) << np.maximum(fund, 0).astype(np.int64), 0)
