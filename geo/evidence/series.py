"""Series: one of many alike. Lamps, houses and pumps of one programme share name, year, fund and amount."""

import numpy as np

from geo.evidence.between import DEFAULT_ACCURACY_M, Between
from geo.evidence.frequencies import SERIES_FROM, Frequencies
from geo.evidence.place import SAME_SPOT_M
from geo.evidence.sites import SAYS_SPREAD, Sites
from geo.schema import CATEGORIES

LEVELS = 2
OF_ONE_SERIES, ONE_OF_A_KIND = range(2)
SETS = np.array([category.code in ("lighting", "housing", "water", "sanitation") for category in CATEGORIES] + [False])


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Same name, year and fund in three works or more, at different spots: members of one series."""
    alike = (left.key == right.key) & (left.year == right.year) & (left.fund == right.fund) & (left.key >= 0)
    off = sum(np.where(np.isnan(side.accuracy_m), DEFAULT_ACCURACY_M, side.accuracy_m) for side in (left, right))
    apart = between.distance_m > np.minimum(np.maximum(off / 2, SAME_SPOT_M), 5.0)
    many = (np.minimum(left.series, right.series) >= SERIES_FROM) | ((left.says & right.says & SAYS_SPREAD) != 0)
    return np.where(alike & apart & many, OF_ONE_SERIES, -1).astype(np.int8)
