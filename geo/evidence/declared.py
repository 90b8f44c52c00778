"""Declared: what the rows say openly, a share of each other's fund, or money carried over from the year before.

Shares in columns are a declaration. Words in a name are a claim: it counts as one where the parts it states fit the
two amounts, and it weakens only where it states none, for a word in a name must not hide a second payment.
"""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.money import NEAR_FROM
from geo.evidence.named import SAYS_CARRIED, SAYS_SHARED
from geo.evidence.sites import Sites
from geo.schema import STAGES

LEVELS = 5
SHARED, CARRIED, CLAIMED, CLAIMED_IN_VAIN, CANCELLED = range(5)
_DONE, _CANCELLED = STAGES.index("done"), STAGES.index("cancelled")
FITS = 0.03
"""A part of the whole may differ so much from what is stated: budgets are rounded."""


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Cancelled when one of the two was given up; shared when both rows' columns say so with one total, or a name
    states parts that fit; carried when the later row, a year on, says so, costs no more and is not the whole of what is
    done already."""
    given_up = (left.stage == _CANCELLED) != (right.stage == _CANCELLED)
    if not (left.says | right.says | (left.shared_funds != 0) | (right.shared_funds != 0) | given_up).any():
        return np.full(len(left), -1, np.int8)
    bit_a, bit_b = _bit(left.fund), _bit(right.fund)
    named_b, named_a = (left.shared_funds & bit_b) != 0, (right.shared_funds & bit_a) != 0
    total = np.minimum(left.shared_total, right.shared_total) / np.maximum(left.shared_total, right.shared_total)
    # one tells it in its columns, the other in its name
    halfway = (named_a & ((left.says & SAYS_SHARED) != 0)) | (named_b & ((right.says & SAYS_SHARED) != 0))
    known = (left.year > 0) & (right.year > 0)
    two_funds = (left.fund != right.fund) & (left.year == right.year) & known
    shared = two_funds & ((named_a & named_b & ~(total < 0.9)) | halfway)
    later_a = left.year > right.year
    says = np.where(later_a, left.says, right.says) & SAYS_CARRIED
    later, earlier = np.where(later_a, left.amount, right.amount), np.where(later_a, right.amount, left.amount)
    gap = np.abs(left.year.astype(int) - right.year)
    paid = (np.where(later_a, right.stage, left.stage) == _DONE) & (later >= earlier * 0.98)
    carried = known & (gap == 1) & (says != 0) & ~(later > earlier * 1.02) & ~paid
    level = choose([given_up, shared, carried], [CANCELLED, SHARED, CARRIED], -1)
    claims = ((left.says | right.says) & SAYS_SHARED) != 0
    rows = np.flatnonzero(two_funds & claims & (level < 0) & (left.fund >= 0) & (right.fund >= 0))
    if len(rows):
        level[rows] = _claimed(left.take(rows), right.take(rows))
    return level


def _bit(fund: np.ndarray) -> np.ndarray:
    return np.where(fund >= 0, np.int64(1) << np.maximum(fund, 0).astype(np.int64), 0)


def _claimed(left: Sites, right: Sites) -> np.ndarray:
    """What names say of shares, of rows of two funds in one year, against the two amounts."""
    told_a, told_b = _told(left), _told(right)
    rows = np.arange(len(left))
    # what each row says of the part of A's fund, and of B's
    a_of_a, a_of_b = told_a[rows, left.fund], told_a[rows, right.fund]
    b_of_b, b_of_a = told_b[rows, right.fund], told_b[rows, left.fund]
    about_a, about_b = _about(left, told_a, a_of_a, a_of_b), _about(right, told_b, b_of_b, b_of_a)
    mutual = ~np.isnan(a_of_b) & ~np.isnan(b_of_a)
    astray = (_speaks(left) & ~about_a) | (_speaks(right) & ~about_b)
    claim = ~astray & ((about_a & about_b) | ~np.isnan(a_of_b) | ~np.isnan(b_of_a))
    part_a, part_b = np.fmax(a_of_a, b_of_a), np.fmax(b_of_b, a_of_b)
    part_a, part_b = _rest(part_a, part_b), _rest(part_b, part_a)
    stated = (part_a > 0) & (part_b > 0)
    contradicts = _differ(a_of_a, b_of_a) | _differ(b_of_b, a_of_b) | (part_a + part_b > 1 + FITS)
    share = left.amount / (left.amount + right.amount)
    fits = stated & ~contradicts & (np.abs(share - part_a / np.where(stated, part_a + part_b, 1)) <= FITS)
    ratio = np.minimum(left.amount, right.amount) / np.maximum(left.amount, right.amount)
    # nearly equal amounts may each be the whole, unless both rows name each other's fund
    in_vain = claim & ((stated & ~np.isnan(share)) | (~stated & ~mutual & (ratio >= NEAR_FROM)))
    return choose([fits & ~astray, in_vain, claim], [SHARED, CLAIMED_IN_VAIN, CLAIMED], -1)


def _told(sites: Sites) -> np.ndarray:
    """The parts that each name states, [n, len(FUNDS)]."""
    return np.append(sites.stated_shares, np.full((1, sites.stated_shares.shape[1]), np.nan), axis=0)[sites.stated]


def _speaks(sites: Sites) -> np.ndarray:
    return (sites.says & SAYS_SHARED) != 0


def _about(sites: Sites, told: np.ndarray, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether a name speaks of sharing and, where it names further funds than its own, names the other's."""
    further = (~np.isnan(told)).sum(axis=1) - ~np.isnan(own)
    return _speaks(sites) & ((further == 0) | ~np.isnan(other))


def _rest(part: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A part that nobody states is what the other leaves."""
    return np.where(~(part > 0) & (other > 0), 1 - other, part)


def _differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one > 0) & (other > 0) & (np.abs(one - other) > FITS)
