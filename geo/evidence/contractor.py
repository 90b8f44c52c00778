"""Contractor: who does the work."""

import numpy as np

from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 2
OTHER, SAME = range(2)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    known = (left.contractor >= 0) & (right.contractor >= 0)
    return np.where(known, np.where(left.contractor == right.contractor, SAME, OTHER), -1).astype(np.int8)
