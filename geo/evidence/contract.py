"""Contract: one contract may cover many sites; the same site under the same contract is the same record."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 3
NEAR_FROM = 0.9
SAME_OTHER_WORK, OTHER, SAME = range(3)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Within one contract another text, another amount or another RT is another site of it."""
    known = (left.contract >= 0) & (right.contract >= 0)
    if not known.any():
        return np.full(len(left), -1, np.int8)
    ratio = np.minimum(left.amount, right.amount) / np.maximum(left.amount, right.amount)
    one_text = (left.key == right.key) & (left.key >= 0)
    one_money = ratio >= NEAR_FROM
    # a plan and its execution differ a little, sites of one contract may cost the same: then it tells nothing
    another = ~one_text & ~one_money & ((left.recipient != right.recipient) | (left.recipient < 0))
    # nor may one text and one amount hide that each names a corner of its own
    another |= (left.rt != 0) & (right.rt != 0) & ((left.rt & right.rt) == 0)
    return choose([known & (left.contract != right.contract), known & another,
                   known & one_text & ~(ratio < NEAR_FROM)],
                  [OTHER, SAME_OTHER_WORK, SAME], -1)
