"""Overlap: how much of the shorter line lies in the other's corridor, or of the smaller area in the larger."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import FORM_LINE, FORM_POINT, Sites

LEVELS = 8
BESIDE, END_TO_END, CROSSING, LITTLE, PART, MOST, CHORD, ONE_LINE = range(8)
LITTLE_FROM, PART_FROM, MOST_FROM = 0.12, 0.3, 0.75
ONE_LINE_FROM, ONE_LINE_FROM_M = 0.9, 200.0
"""A drawn line of such a length that lies within the other's corridor by such a share is the same ground, whatever
place each names: an office calls a road by its two ends, a village by the hamlet."""
CONTACT_M = 15.0
CROSSING_DEGREES, SQUARE_DEGREES = 35.0, 60.0


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """A chord between two ends is not an alignment: what it overlaps says less (CHORD)."""
    lines = (left.form == FORM_LINE) & (right.form == FORM_LINE)
    share, metres = between.overlap_share, between.overlap_m
    contact = lines & ((metres < CONTACT_M) | (share < LITTLE_FROM))
    level = choose(
        [lines & _crossing(between.angle, share), contact & (between.distance_m < CONTACT_M),
         contact | (share < LITTLE_FROM), lines & (left.chord | right.chord) & (share >= PART_FROM),
         one_line(left, right, between), share >= MOST_FROM, share >= PART_FROM],
        [CROSSING, END_TO_END, BESIDE, CHORD, ONE_LINE, MOST, PART], LITTLE)
    both = (left.form > FORM_POINT) & (right.form > FORM_POINT) & ~np.isnan(share)
    return np.where(both, level, -1).astype(np.int8)


def one_line(left: Sites, right: Sites, between: Between) -> np.ndarray:
    """Whether one of two drawn lines lies inside the other over a length that no two works beside each other share."""
    drawn = (left.form == FORM_LINE) & (right.form == FORM_LINE) & ~(left.chord | right.chord)
    return drawn & (between.overlap_share >= ONE_LINE_FROM) & (between.overlap_m >= ONE_LINE_FROM_M)


def silent(left: Sites, right: Sites) -> np.ndarray:
    """Where nothing can overlap, whatever is measured."""
    return (left.form <= FORM_POINT) | (right.form <= FORM_POINT)


def _crossing(angle: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A short lane across a road lies half in its corridor: the squarer it crosses, the more may lie inside."""
    return ((angle > CROSSING_DEGREES) & (share < 0.6)) | ((angle > SQUARE_DEGREES) & (share < 0.9))
