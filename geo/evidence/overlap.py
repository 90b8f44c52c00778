"""Overlap: how much of the shorter line lies in the other's corridor, or of the smaller area in the larger."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import FORM_LINE, FORM_POINT, Sites

LEVELS = 7
BESIDE, END_TO_END, CROSSING, LITTLE, PART, MOST, CHORD = range(7)
LITTLE_FROM, PART_FROM, MOST_FROM = 0.12, 0.3, 0.75
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
         share >= MOST_FROM, share >= PART_FROM],
        [CROSSING, END_TO_END, BESIDE, CHORD, MOST, PART], LITTLE)
    both = (left.form > FORM_POINT) & (right.form > FORM_POINT) & ~np.isnan(share)
    return np.where(both, level, -1).astype(np.int8)


def silent(left: Sites, right: Sites) -> np.ndarray:
    """Where nothing can overlap, whatever is measured."""
    return (left.form <= FORM_POINT) | (right.form <= FORM_POINT)


def _crossing(angle: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A short lane across a road lies half in its corridor: the squarer it crosses, the more may lie inside."""
    return ((angle > CROSSING_DEGREES) & (share < 0.6)) | ((angle > SQUARE_DEGREES) & (share < 0.9))
