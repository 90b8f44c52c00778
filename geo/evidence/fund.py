"""Fund: one fund or two. It hardly tells whether a work is doubled, but it tells which doubling it is."""

import numpy as np

from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 2
SAME, OTHER = range(2)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    known = (left.fund >= 0) & (right.fund >= 0)
    return np.where(known, np.where(left.fund == right.fund, SAME, OTHER), -1).astype(np.int8)
