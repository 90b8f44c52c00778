"""Side: left and right of one road, or upstream and downstream of one bridge, are two works."""

import numpy as np

from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 2
OPPOSITE, SAME = range(2)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Compass sides are compared among themselves only: north says nothing about left."""
    sides = (left.side > 0) & (right.side > 0) & ((left.side <= 2) == (right.side <= 2))
    streams = (left.stream > 0) & (right.stream > 0)
    opposite = (sides & (left.side != right.side)) | (streams & (left.stream != right.stream))
    return np.select([opposite, sides | streams], [OPPOSITE, SAME], -1).astype(np.int8)
