"""Contract: one contract may cover many sites; the same site under the same contract is the same record."""

import numpy as np

from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 3
SAME_OTHER_WORK, OTHER, SAME = range(3)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Within one contract another text, or another amount, is another site of it."""
    known = (left.contract >= 0) & (right.contract >= 0)
    other_money = np.abs(left.amount - right.amount) > 0.5
    another = (left.raw != right.raw) | other_money
    return np.select([known & (left.contract != right.contract), known & another, known],
                     [OTHER, SAME_OTHER_WORK, SAME], -1).astype(np.int8)
