"""Record: the id under which the source itself keeps the work."""

import numpy as np

from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 1
SAME = 0


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Only within one source: two offices both have a number 17."""
    same = (left.record == right.record) & (left.record >= 0) & (left.source == right.source)
    return np.where(same, SAME, -1).astype(np.int8)
