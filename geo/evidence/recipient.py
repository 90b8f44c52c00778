"""Recipient: the household a house or latrine is for. Two neighbours under one programme are two works."""

import numpy as np
from rapidfuzz.distance import OSA

from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

LEVELS = 2
OTHER, SAME = range(2)
TYPO_FROM = 0.74


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    both = np.flatnonzero((left.recipient >= 0) & (right.recipient >= 0))
    out = np.full(len(left), -1, np.int8)
    if len(both):
        pairs, owner = np.unique(np.column_stack([left.recipient[both], right.recipient[both]]), axis=0,
                                 return_inverse=True)
        same = [one_person(left.recipients[a], left.recipients[b]) for a, b in pairs]
        out[both] = np.where(np.array(same)[owner.reshape(-1)], SAME, OTHER)
    return out


def one_person(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two names can be one person's: words left over on one side only, or differing by a letter.

    >>> one_person(("sukirman",), ("b", "sukirmann")), one_person(("slamet", "b"), ("slamet", "s"))
    (True, False)
    """
    long_a, long_b = ({word for word in name if len(word) > 2} for name in (a, b))
    rest_a, rest_b = long_a - long_b, long_b - long_a
    for word in sorted(rest_a):
        near = [other for other in sorted(rest_b) if OSA.normalized_similarity(word, other) >= TYPO_FROM]
        if near:
            rest_a, rest_b = rest_a - {word}, rest_b - {near[0]}
    if rest_a and rest_b:
        return False
    short_a, short_b = set(a) - long_a, set(b) - long_b
    return not short_a or not short_b or bool(short_a & short_b)
