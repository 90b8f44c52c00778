"""Words of pairs, as they are learned from: which word stands in which pair."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Bag:
    """Word `words[word[i]]` stands in pair `pair[i]`, once."""

    pair: NDArray[np.int64]
    word: NDArray[np.int64]
    words: NDArray[np.object_]

    def told(self, weights: Mapping[str, float], pairs: int) -> NDArray[np.float64]:
        """The sum of the words' weights for each of `pairs` pairs; a word that is not known weighs nothing."""
        bits = np.array([weights.get(word, 0.0) for word in self.words], np.float64)
        return np.bincount(self.pair, bits[self.word] if len(self.word) else None, minlength=pairs).astype(float)


def once(pair: NDArray[np.int64], word: NDArray[np.int64], words: NDArray[np.object_]) -> Bag:
    """A bag in which each word stands once a pair, pairs in order."""
    keys = np.unique(pair.astype(np.int64) * max(len(words), 1) + word)
    return Bag(keys // max(len(words), 1), keys % max(len(words), 1), words)
