"""Phase: two phases of one work, or a work and its continuation, are two works."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 3
OTHER, CONTINUED, SAME = range(3)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """A second phase or "lanjutan" beside a name that says neither is likely the continuation of it."""
    both = (left.phase >= 0) & (right.phase >= 0)
    later_a, later_b = left.continued | (left.phase >= 2), right.continued | (right.phase >= 2)
    return choose(
        [both & (left.phase != right.phase), both, left.continued & right.continued, later_a != later_b],
        [OTHER, SAME, SAME, CONTINUED], -1)
