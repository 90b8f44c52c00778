"""What must agree: RT and RW, hamlet, river, stations, and the number of a point, block, section or package."""

from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites
from geo.evidence.tablewise import MANY, once_a_table

if TYPE_CHECKING:
    from geo.compiled.agreement import Spelled

LEVELS = 5
OTHER_NUMBER, OTHER_STATIONS, OTHER_NEIGHBOURHOOD, AGREE_ONE, AGREE_MORE = range(5)
STATIONS_FROM = 0.3
TYPO_FROM = 0.74


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """A contradiction decides; otherwise how many of the numbers agree."""
    against = np.zeros(len(left), bool)
    agree = np.zeros(len(left), np.int8)
    for a, b in ((left.rt, right.rt), (left.rw, right.rw)):
        both = (a != 0) & (b != 0)
        against |= both & ((a & b) == 0)
        agree += both & ((a & b) != 0)
    for a, b in ((left.hamlet, right.hamlet), (left.water, right.water)):
        named = _named(a, b, left, frequencies)
        against |= named == 0
        agree += named == 1
    stations = stations_share(left, right)
    agree += stations >= STATIONS_FROM
    numbered = np.zeros(len(left), bool)
    told = np.flatnonzero((left.marked >= 0) & (right.marked >= 0))
    a, b = left.marks[left.marked[told]], left.marks[right.marked[told]]
    marks = (a >= 0) & (b >= 0)
    numbered[told] = (marks & (a != b)).any(axis=1)
    agree[told] += (marks & (a == b)).any(axis=1)
    return choose([numbered, stations < STATIONS_FROM, against, agree == 1, agree > 1],
                  [OTHER_NUMBER, OTHER_STATIONS, OTHER_NEIGHBOURHOOD, AGREE_ONE, AGREE_MORE], -1)


def stations_share(left: Sites, right: Sites) -> np.ndarray:
    """Share of the shorter range of stations that lies in the other; NaN where one names none."""
    shared = np.minimum(left.sta_to, right.sta_to) - np.maximum(left.sta_from, right.sta_from)
    shorter = np.minimum(left.sta_to - left.sta_from, right.sta_to - right.sta_from)
    same_point = (shorter <= 0) & (shared >= 0)
    share = np.divide(shared, shorter, out=same_point.astype(float), where=shorter > 0)
    return np.where(np.isnan(shared), np.nan, np.clip(share, 0, 1))


@once_a_table
def _spelled(sites: Sites, frequencies: Frequencies) -> np.ndarray:
    """Whether the name of each hamlet is of letters only."""
    return np.array([word.replace(" ", "").isalpha() for word in sites.hamlets.tolist()], bool)


def _named(a: np.ndarray, b: np.ndarray, sites: Sites, frequencies: Frequencies) -> np.ndarray:
    """1 agree (typing faults forgiven, except in numbers), 0 contradict, -1 not known."""
    out = np.where((a >= 0) & (b >= 0), (a == b).astype(np.int8), -1)
    check = np.flatnonzero(out == 0)
    if len(check):
        spelled = _spelled(sites, frequencies)
        one, other = a[check], b[check]
        out[check] = spelled[one] & spelled[other] & _alike(one, other, sites, frequencies)
    return out


def _alike(one: np.ndarray, other: np.ndarray, sites: Sites, frequencies: Frequencies) -> np.ndarray:
    if len(one) >= MANY:
        from geo.compiled import agreement as compiled

        return compiled.alike(_letters(sites, frequencies), one, other, TYPO_FROM)
    return cpdist(sites.hamlets[one], sites.hamlets[other], scorer=OSA.normalized_similarity,
                  score_cutoff=TYPO_FROM) >= TYPO_FROM


@once_a_table
def _letters(sites: Sites, frequencies: Frequencies) -> "Spelled":
    from geo.compiled.agreement import Spelled

    return Spelled.of(sites.hamlets)
