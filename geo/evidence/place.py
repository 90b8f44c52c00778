"""Place: how far apart two works stand, against how well their positions are known and what they are."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import DEFAULT_ACCURACY_M, Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import FORM_LINE, FORM_NONE, FORM_POINT, Sites

LEVELS = 9
FAR, WITHIN, NEAR, CLOSE, SAME_SPOT, CROWDED, ON_LINE, NO_POINT, ONE_CORNER = range(9)
SAME_SPOT_M = 1.0


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Points, and points on lines or areas; two lines or two areas speak through their overlap."""
    off = sum(np.where(np.isnan(side.accuracy_m), DEFAULT_ACCURACY_M, np.clip(side.accuracy_m, 0, 50))
              for side in (left, right))
    distance, tolerance = between.distance_m, between.tolerance_m
    level = choose(
        [left.crowded | right.crowded, distance > tolerance, distance <= SAME_SPOT_M,
         distance <= np.minimum(off, tolerance / 2), distance <= tolerance * 0.6],
        [CROWDED, FAR, SAME_SPOT, CLOSE, NEAR], WITHIN)
    point = (left.form == FORM_POINT) | (right.form == FORM_POINT)
    mixed = point & (left.form != right.form)
    line = mixed & ((left.form == FORM_LINE) | (right.form == FORM_LINE))
    level = np.where(line & (distance <= tolerance) & (level != CROWDED), ON_LINE, level)
    # a pair that place did not choose starts from lower: the prior is that of neighbours
    nowhere = (left.form == FORM_NONE) | (right.form == FORM_NONE)
    return choose([nowhere & one_corner(left, right), nowhere, point], [ONE_CORNER, NO_POINT, level], -1)


def silent(left: Sites, right: Sites) -> np.ndarray:
    """Where place says nothing, whatever the distance."""
    return (left.form > FORM_POINT) & (right.form > FORM_POINT)


def one_corner(left: Sites, right: Sites) -> np.ndarray:
    """One RT of one village, its RW or hamlet agreeing: some 40 houses, which see a handful of works in ten years."""
    village = (left.region == right.region) & (left.region >= 0)
    rw = (left.rw & right.rw) != 0
    hamlet = (left.hamlet == right.hamlet) & (left.hamlet >= 0)
    return village & ((left.rt & right.rt) != 0) & (rw | hamlet)
