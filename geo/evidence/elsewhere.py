"""Elsewhere: each of two names carries a distinctive word of a place that the other lacks.

Two works along one river share its name and yet stand in two towns. What the names have in common is weighed by
`name`; this is what speaks against. A hamlet beside a street contradicts nothing, nor does a name that says less.
"""

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from geo.evidence import overlap
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites
from geo.evidence.tablewise import MANY, once_a_table, spelled

LEVELS = 2
EACH_ITS_OWN, ON_ONE_LINE = range(2)
DISTINCTIVE_BITS = 5.0
"""A word in fewer than one of 32 works names a place of its own; in a small table one that stands there once."""
LETTERS = 4
TYPO_FROM = 0.7
CHUNK = 50_000


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    level = _each_its_own(left, right, frequencies)
    return np.where((level == EACH_ITS_OWN) & overlap.one_line(left, right, between), np.int8(ON_ONE_LINE), level)



def _each_its_own(left: Sites, right: Sites, frequencies: Frequencies) -> np.ndarray:
    tells, hamlet = _telling(left, frequencies)
    if len(left) >= MANY:
        return _compiled(left, right, tells, hamlet, frequencies)
    out = np.full(len(left), -1, np.int8)
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        a, b = left.tokens[part], right.tokens[part]
        own_a = tells[a] & (a != hamlet[left.hamlet[part]][:, None])
        own_b = tells[b] & (b != hamlet[right.hamlet[part]][:, None])
        some = np.flatnonzero(own_a.any(axis=1) & own_b.any(axis=1))
        out[start + some] = _each(a[some], b[some], own_a[some], own_b[some], left.words)
    return out


@once_a_table
def _telling(sites: Sites, frequencies: Frequencies) -> tuple[np.ndarray, np.ndarray]:
    """Whether each word tells a place, and the word that is each hamlet's name (-2: none is); the last for no word."""
    bits = frequencies.word_bits(sites.words)
    from_bits = min(DISTINCTIVE_BITS, np.log2(frequencies.works + 2) - 1 if frequencies.works else 4.0)
    words = sites.words.tolist()
    worded = np.array([len(word) >= LETTERS and word.isalpha() for word in words], bool)
    known = {word: position for position, word in enumerate(words)}
    return (np.append(worded & (bits >= from_bits - 1e-9), False),
            np.array([*(known.get(word, -2) for word in sites.hamlets.tolist()), -2], np.int64))


def _compiled(left: Sites, right: Sites, tells: np.ndarray, hamlet: np.ndarray, frequencies: Frequencies
              ) -> np.ndarray:
    from geo.compiled import agreement as compiled

    out = np.zeros(len(left), bool)
    compiled.each_its_own(left.tokens, right.tokens, hamlet[left.hamlet], hamlet[right.hamlet], tells,
                          *spelled(left, frequencies), LETTERS, TYPO_FROM, out)
    return np.where(out, EACH_ITS_OWN, -1).astype(np.int8)


def _each(a: np.ndarray, b: np.ndarray, own_a: np.ndarray, own_b: np.ndarray, words: np.ndarray) -> np.ndarray:
    """EACH_ITS_OWN where after all forgiving a distinctive word stands alone on either side, else -1."""
    equal = (a[:, :, None] == b[:, None, :]) & (a[:, :, None] >= 0)
    own_a = own_a & ~equal.any(axis=2)
    own_b = own_b & ~equal.any(axis=1)
    left_over = np.flatnonzero(own_a.any(axis=1) & own_b.any(axis=1))
    for side, other, own in ((a, b, own_a), (b, a, own_b)):
        row, i, j = np.nonzero(own[left_over][:, :, None] & (other[left_over] >= 0)[:, None, :])
        near = _alike(side[left_over[row], i], other[left_over[row], j], words)
        own[left_over[row[near]], i[near]] = False
    return np.where(own_a.any(axis=1) & own_b.any(axis=1), EACH_ITS_OWN, -1).astype(np.int8)


def _alike(one: np.ndarray, other: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Whether two words can be one: differing by a letter or two, or written with and without a blank or an ending."""
    if not len(one):
        return np.zeros(0, bool)
    low, high = np.minimum(one, other).astype(np.int64), np.maximum(one, other).astype(np.int64)
    unique, owner = np.unique(low * len(words) + high, return_inverse=True)
    first, second = words[unique // len(words)], words[unique % len(words)]
    near = cpdist(first, second, scorer=OSA.normalized_similarity, score_cutoff=TYPO_FROM) >= TYPO_FROM
    inside = np.array([min(len(x), len(y)) >= LETTERS and (x in y or y in x)
                       for x, y in zip(first, second, strict=True)], bool)
    return (near | inside)[owner.reshape(-1)]
