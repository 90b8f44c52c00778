"""What single words tell, learned from labels: "library" left over in one name speaks against, "restaurant" does not.

Each pair is a bag of words; each word gets bits by a logistic fit beside what all other measures say already, pulled
towards none. A pair that is learned from is always measured by weights learned from other pairs, or the measure would
only repeat its label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from geo.learning.bags import Bag

STRENGTH = 0.3
SEEN_FROM = 3
"""Pairs in which a word must stand before it is given a weight."""
DECIMALS = 3
BITS = 1 / np.log(2)
Weights = dict[str, float]


@dataclass(frozen=True, slots=True)
class Leaning:
    """Weights by bag, and the measure of each pair by weights that had not seen it."""

    weights: Mapping[str, Weights]
    measures: Mapping[str, NDArray[np.float64]]


def learned(bags: Mapping[str, Bag], score: NDArray[np.float64], labels: NDArray[np.int64],
            folds: Sequence[tuple[NDArray, NDArray]]) -> Leaning:
    """`score`: bits that the other measures give each of n pairs, unseen; `folds` as (learn from, judge)."""
    columns = {name: _columns(bag, len(labels)) for name, bag in bags.items()}
    columns = {name: found for name, found in columns.items() if found[1]}
    if not columns or not folds:
        return Leaning({}, {})
    everything = np.arange(len(labels))
    out = {name: np.where(bags[name].known, 0.0, np.nan) for name in columns}
    for learn_from, judge in folds:
        weights = _fit(columns, score, labels, learn_from)
        for name, (matrix, _) in columns.items():
            out[name][judge] += matrix[judge] @ weights[name]
    final = _fit(columns, score, labels, everything)
    kept = {name: {word: round(float(bits), DECIMALS) for word, bits in zip(words, final[name], strict=True)
                   if abs(bits) >= 0.05} for name, (_, words) in columns.items()}
    return Leaning(kept, out)


def _columns(bag: Bag, pairs: int) -> tuple[sparse.csr_matrix, list[str]]:
    seen = np.bincount(bag.word, minlength=len(bag.words)) if len(bag.word) else np.zeros(len(bag.words))
    kept = np.flatnonzero(seen >= SEEN_FROM)
    place = np.full(len(bag.words), -1)
    place[kept] = np.arange(len(kept))
    there = place[bag.word] >= 0 if len(bag.word) else np.empty(0, bool)
    matrix = sparse.csr_matrix((np.ones(int(there.sum())), (bag.pair[there], place[bag.word[there]])),
                               shape=(pairs, len(kept)))
    return matrix, [str(word) for word in bag.words[kept]]


def _fit(columns: Mapping[str, tuple[sparse.csr_matrix, list[str]]], score: NDArray[np.float64],
         labels: NDArray[np.int64], rows: NDArray) -> dict[str, NDArray[np.float64]]:
    # the score of the other measures stands beside the words, large, so that the pull hardly touches its weight
    known = sparse.csr_matrix(np.clip(score, -12, 12)[:, None] * 3)
    together = sparse.hstack([known, *(matrix for matrix, _ in columns.values())]).tocsr()[rows]
    with threadpool_limits(1):
        fit = LogisticRegression(C=STRENGTH, max_iter=300).fit(together, labels[rows])
    weights, place, out = fit.coef_[0] * BITS, 1, {}
    for name, (_, words) in columns.items():
        out[name] = weights[place:place + len(words)]
        place += len(words)
    return out
