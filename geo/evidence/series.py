"""Series: one of many alike. Lamps, houses and pumps of one programme share name, year, fund and amount."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import DEFAULT_ACCURACY_M, Between
from geo.evidence.frequencies import SERIES_FROM, Frequencies
from geo.evidence.named import SAYS_SPREAD
from geo.evidence.sites import FORM_POINT, Sites
from geo.schema import CATEGORIES

LEVELS = 2
OF_ONE_SERIES, OF_ONE_PROGRAMME = range(2)
SETS = np.array([category.code in ("lighting", "housing", "water", "sanitation") for category in CATEGORIES] + [False])
NUMBERED = SETS | np.array([category.code == "small_structure" for category in CATEGORIES] + [False])
"""What stands in rows and is numbered: lamps, houses, signs."""

SPACING_M = np.array([{"lighting": 20.0, "water": 20.0, "sanitation": 10.0}.get(category.code, 0.0)
                      for category in CATEGORIES] + [0.0])
"""Nobody sets two lamps or two wells of one programme nearer to each other than this, unless one list says so."""


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Same name, year and fund in three works or more, at different spots: members of one series."""
    alike, programme = _but_for_distance(left, right)
    off = sum(np.where(np.isnan(side.accuracy_m), DEFAULT_ACCURACY_M, side.accuracy_m) for side in (left, right))
    # nearer than both positions are accurate they may be one thing typed three times
    spacing = np.maximum(SPACING_M[left.category], SPACING_M[right.category])
    apart = between.distance_m > np.maximum(off, np.where(_one_list(left, right), 0.0, spacing))
    return choose([alike & apart, programme & apart], [OF_ONE_SERIES, OF_ONE_PROGRAMME], -1)


def _one_list(left: Sites, right: Sites) -> np.ndarray:
    """Of one contract, or of one series begun and ended on the same days, in one source: whoever made the list set each
    one down. Two sources may tell of one thing twice."""
    contract = (left.contract == right.contract) & (left.contract >= 0)
    days = ((left.start_day == right.start_day) & (left.end_day == right.end_day)
            & (left.start_day > 0) & (left.end_day > 0))
    return (left.source == right.source) & (contract | (days & (np.minimum(left.series, right.series) >= SERIES_FROM)))


def silent(left: Sites, right: Sites) -> np.ndarray:
    """Where this says nothing, whatever the distance."""
    alike, programme = _but_for_distance(left, right)
    return ~(alike | programme)


def _but_for_distance(left: Sites, right: Sites) -> tuple[np.ndarray, np.ndarray]:
    """Whether two works may be members of one series, or of one programme."""
    one_budget = (left.year == right.year) & (left.fund == right.fund)
    named = one_budget & (left.key == right.key) & (left.key >= 0)
    points = (left.form == FORM_POINT) & (right.form == FORM_POINT)
    many = (np.minimum(left.series, right.series) >= SERIES_FROM) | ((left.says & right.says & SAYS_SPREAD) != 0)
    # one household is one thing however often its name is typed
    many &= (left.recipient != right.recipient) | (left.recipient < 0)
    sets = SETS[left.category] & (left.category == right.category)
    programme = (sets & one_budget & (left.year > 0) & (np.abs(left.amount - right.amount) < 0.5)
                 & ((left.recipient < 0) | (right.recipient < 0)))
    return named & points & many, programme
