"""What must agree: RT and RW, hamlet, river, stations, and the number of a point, block, section or package."""

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 5
OTHER_NUMBER, OTHER_STATIONS, OTHER_NEIGHBOURHOOD, AGREE_ONE, AGREE_MORE = range(5)
STATIONS_FROM = 0.3


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """A contradiction decides; otherwise how many of the numbers agree."""
    against = np.zeros(len(left), bool)
    agree = np.zeros(len(left), np.int8)
    for a, b in ((left.rt, right.rt), (left.rw, right.rw)):
        both = (a != 0) & (b != 0)
        against |= both & ((a & b) == 0)
        agree += both & ((a & b) != 0)
    for a, b in ((left.hamlet, right.hamlet), (left.water, right.water)):
        named = _named(a, b, left.hamlets)
        against |= named == 0
        agree += named == 1
    stations = stations_share(left, right)
    agree += stations >= STATIONS_FROM
    marks = (left.marks >= 0) & (right.marks >= 0)
    numbered = (marks & (left.marks != right.marks)).any(axis=1)
    agree += (marks & (left.marks == right.marks)).any(axis=1)
    return np.select([numbered, stations < STATIONS_FROM, against, agree == 1, agree > 1],
                     [OTHER_NUMBER, OTHER_STATIONS, OTHER_NEIGHBOURHOOD, AGREE_ONE, AGREE_MORE], -1).astype(np.int8)


def stations_share(left: Sites, right: Sites) -> np.ndarray:
    """Share of the shorter range of stations that lies in the other; NaN where one names none."""
    shared = np.minimum(left.sta_to, right.sta_to) - np.maximum(left.sta_from, right.sta_from)
    shorter = np.minimum(left.sta_to - left.sta_from, right.sta_to - right.sta_from)
    same_point = (shorter <= 0) & (shared >= 0)
    share = np.divide(shared, shorter, out=same_point.astype(float), where=shorter > 0)
    return np.where(np.isnan(shared), np.nan, np.clip(share, 0, 1))


def _named(a: np.ndarray, b: np.ndarray, words: np.ndarray) -> np.ndarray:
    """1 agree (typing faults forgiven, except in numbers), 0 contradict, -1 not known."""
    out = np.where((a >= 0) & (b >= 0), (a == b).astype(np.int8), -1)
    check = np.flatnonzero(out == 0)
    if len(check):
        one, other = words[a[check]], words[b[check]]
        near = cpdist(one, other, scorer=OSA.normalized_similarity, score_cutoff=0.74) >= 0.74
        spelled = np.array([x.replace(" ", "").isalpha() and y.replace(" ", "").isalpha()
                            for x, y in zip(one, other, strict=True)])
        out[check] = near & spelled
    return out
