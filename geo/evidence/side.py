"""Side: left and right of one road, or upstream and downstream of one bridge, are two works."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 3
OPPOSITE, SAME, ONE_NAMED = range(3)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Compass sides are compared among themselves only: north says nothing about left."""
    sides = (left.side > 0) & (right.side > 0) & ((left.side <= 2) == (right.side <= 2))
    streams = (left.stream > 0) & (right.stream > 0)
    opposite = (sides & (left.side != right.side)) | (streams & (left.stream != right.stream))
    # one names a part that the other does not
    named = ((left.side > 0) != (right.side > 0)) | ((left.stream > 0) != (right.stream > 0))
    return choose([opposite, named, sides | streams], [OPPOSITE, ONE_NAMED, SAME], -1)
