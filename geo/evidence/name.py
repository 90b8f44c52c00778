"""Name: how far the words of the place agree, rare words weighing more, typing faults forgiven.

The object has its own evidence, and numbers, phase and side were taken out before; what is left is where it is.
"""

from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites
from geo.evidence.tablewise import MANY, once_a_table, spelled

if TYPE_CHECKING:
    from geo.compiled.agreement import Spelled

LEVELS = 6
OTHER, LITTLE, NOTHING, ALIKE, SAME_USUAL, SAME_RARE = range(6)
LITTLE_FROM, ALIKE_FROM, SAME_FROM = 0.2, 0.5, 0.82
TYPO_FROM, LETTERS, FORGIVEN = 0.74, 5, 0.9
"""How alike two words of so many letters are to count as one mistyped, and how much such a word counts."""
RARE_BITS = 8.0
"""Words that together tell this much pick out a lane, not a hamlet."""
CHUNK = 50_000


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Weighted Dice over the words of the place; a name whose words all stand in the other is alike at least.

    Two names without a word of a place may be one text: that is how an activity code is headed, and names nothing."""
    rare_from = min(RARE_BITS, np.log2(frequencies.works + 2) - 2)
    weight, bits, long = _worth(left, frequencies)
    if len(left) >= MANY:
        def agree(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
            return _compiled_agreement(a, b, weight, bits, long, spelled(left, frequencies))
    else:
        def agree(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
            return _agreement(a, b, weight, bits, long, left.words)
    out = np.full(len(left), -1, np.int8)
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        a, b = left.tokens[part], right.tokens[part]
        share, contained, told = agree(a, b)
        empty = (a[:, 0] < 0) | (b[:, 0] < 0)
        # a hamlet in the one and a street in the other do not contradict
        aside = np.minimum(left.beyond_hamlet[part], right.beyond_hamlet[part]) == 0
        rare = told >= rare_from
        level = choose(
            [empty, (share >= SAME_FROM) & rare, share >= SAME_FROM,
             (share >= ALIKE_FROM) | (contained >= 0.9), aside,
             share >= LITTLE_FROM],
            [NOTHING, SAME_RARE, SAME_USUAL, ALIKE, NOTHING, LITTLE], OTHER)
        out[part] = np.where((left.key[part] < 0) | (right.key[part] < 0), -1, level)
    return out


@once_a_table
def _worth(sites: Sites, frequencies: Frequencies) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight and bits of each word, and whether a typing fault in it is forgiven; the last for no word."""
    long = [len(word) >= LETTERS and word.isalpha() for word in sites.words.tolist()]
    return (np.append(frequencies.word_weights(sites.words), 0.0), np.append(frequencies.word_bits(sites.words), 0.0),
            np.array([*long, False], bool))


def _compiled_agreement(a: np.ndarray, b: np.ndarray, weight: np.ndarray, bits: np.ndarray, long: np.ndarray,
                        letters: "Spelled") -> tuple[np.ndarray, ...]:
    """What `_agreement` says, for many pairs."""
    from geo.compiled import agreement as compiled

    out = np.empty((len(a), 3))
    compiled.agreement(a, b, weight, bits, long, *letters, TYPO_FROM, FORGIVEN, out)
    return out[:, 0], out[:, 1], out[:, 2]


def _agreement(a: np.ndarray, b: np.ndarray, weight: np.ndarray, bits: np.ndarray, long: np.ndarray, words: np.ndarray
               ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of the words' weight that agrees, of the shorter name's, and how many bits the agreeing words tell."""
    equal = (a[:, :, None] == b[:, None, :]) & (a[:, :, None] >= 0)
    in_a, in_b = equal.any(axis=2).astype(float), equal.any(axis=1).astype(float)
    _forgive(a, b, in_a, in_b, long, words)
    weight_a, weight_b = weight[a], weight[b]
    shared = ((weight_a * in_a).sum(axis=1) + (weight_b * in_b).sum(axis=1)) / 2
    total_a, total_b = weight_a.sum(axis=1), weight_b.sum(axis=1)
    share = np.divide(2 * shared, total_a + total_b, out=np.zeros(len(a)), where=total_a + total_b > 0)
    least = np.minimum(total_a, total_b)
    contained = np.divide(shared, least, out=np.zeros(len(a)), where=least > 0.3)
    told = np.minimum((bits[a] * in_a).sum(axis=1), (bits[b] * in_b).sum(axis=1))
    return share, contained, told


def _forgive(a: np.ndarray, b: np.ndarray, in_a: np.ndarray, in_b: np.ndarray, long: np.ndarray, words: np.ndarray
             ) -> None:
    """Count words that differ by a letter or so (never numbers, never short words) as nearly equal."""
    if not long.any():
        return
    for a_side, b_side, found in ((a, b, in_a), (b, a, in_b)):
        row, i, j = np.nonzero(((found == 0) & (a_side >= 0) & long[a_side])[:, :, None]
                               & ((b_side >= 0) & long[b_side])[:, None, :])
        one, other = a_side[row, i].astype(np.int64), b_side[row, j].astype(np.int64)
        unique, owner = np.unique(np.minimum(one, other) * len(words) + np.maximum(one, other), return_inverse=True)
        near = cpdist(words[unique // len(words)], words[unique % len(words)], scorer=OSA.normalized_similarity,
                      score_cutoff=TYPO_FROM)[owner] if len(unique) else np.empty(0)
        close = near >= TYPO_FROM
        np.maximum.at(found, (row[close], i[close]), FORGIVEN)
