"""Words of pairs, as they are learned from: which word stands in which pair."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Bag:
    """Word `words[word[i]]` stands in pair `pair[i]`, once; `known` [pairs]: both records of the pair say something."""

    pair: NDArray[np.int64]
    word: NDArray[np.int64]
    words: NDArray[np.object_]
    known: NDArray[np.bool_]

    def told(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """The sum of the words' weights for each pair, NaN where nothing is known; a new word weighs nothing."""
        bits = np.array([weights.get(word, 0.0) for word in self.words], np.float64)
        total = np.bincount(self.pair, bits[self.word] if len(self.word) else None, minlength=len(self.known))
        return np.where(self.known, total.astype(float), np.nan)


def once(pair: NDArray[np.int64], word: NDArray[np.int64], words: NDArray[np.object_], known: NDArray[np.bool_]
         ) -> Bag:
    """A bag in which each word stands once a pair, pairs in order."""
    keys = np.unique(pair.astype(np.int64) * max(len(words), 1) + word)
    return Bag(keys // max(len(words), 1), keys % max(len(words), 1), words, known)
