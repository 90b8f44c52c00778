"""Phase: two phases of one work, or a work and its continuation, are two works."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.money import is_usual
from geo.evidence.sites import Sites

LEVELS = 3
OTHER, CONTINUED, SAME = range(3)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """A second phase or "lanjutan" beside a name that says neither is likely the continuation of it; not where one year
    pays the very same sum again, out of another fund or an odd one: a word in a name must not hide a second payment."""
    both = (left.phase >= 0) & (right.phase >= 0)
    later_a, later_b = left.continued | (left.phase >= 2), right.continued | (right.phase >= 2)
    level = choose(
        [both & (left.phase != right.phase), both, left.continued & right.continued, later_a != later_b],
        [OTHER, SAME, SAME, CONTINUED], -1)
    if (rows := np.flatnonzero(level == CONTINUED)).size:
        level[rows[_paid_again(left.take(rows), right.take(rows), frequencies)]] = -1
    return level


def _paid_again(left: Sites, right: Sites, frequencies: Frequencies) -> np.ndarray:
    again = (left.year == right.year) & (left.year > 0) & (np.abs(left.amount - right.amount) < 0.5)
    one_fund = again & ((left.fund == right.fund) | (left.fund < 0) | (right.fund < 0))
    again[one_fund] = ~is_usual(left.amount[one_fund], frequencies)
    return again
