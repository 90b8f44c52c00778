"""Size: the length both state, in a column of volumes or in their names."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import FORM_LINE, Sites

LEVELS = 4
OTHER, APART, NEAR, EQUAL = range(4)


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """The same odd length in two records is seldom chance; two lengths may be two measurements of one road."""
    ratio = np.minimum(left.size_m, right.size_m) / np.maximum(left.size_m, right.size_m)
    level = choose([ratio >= 0.999, ratio >= 0.9, ratio >= 0.6], [EQUAL, NEAR, APART], OTHER)
    # of two drawn lines the overlap tells how much is shared: another length may be a part of it
    drawn = (left.form == FORM_LINE) & (right.form == FORM_LINE)
    return np.where(np.isnan(ratio) | (drawn & (level < NEAR)), -1, level).astype(np.int8)
