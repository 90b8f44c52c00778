"""Typing faults in long words of the vocabulary, found among the words that can be meant."""

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from geo import name_words as words

ALIKE = 0.84
_TWO_FAULTS_FROM = 11
"""Shorter words may have one fault only, of `ALIKE` alike."""


def _shortened(word: str) -> set[str]:
    """The word, and it without each of its letters: words that are one fault apart have one of these in common."""
    return {word, *(word[:place] + word[place + 1:] for place in range(len(word)))}


_BY_SHORTENED: dict[str, list[int]] = {}
for _place, _word in enumerate(words.LONG):
    for _one in _shortened(_word):
        _BY_SHORTENED.setdefault(_one, []).append(_place)


@lru_cache(maxsize=200_000)
def nearest(token: str) -> str:
    """A long word of the vocabulary for a word that is one typing fault from it; else the word itself."""
    if token in words.KNOWN:
        return token
    among: Sequence[str] = words.LONG
    if len(token) < _TWO_FAULTS_FROM:
        places = {place for one in _shortened(token) for place in _BY_SHORTENED.get(one, ())}
        if not places:
            return token
        among = [words.LONG[place] for place in sorted(places)]
    near = extractOne(token, among, scorer=OSA.normalized_similarity, score_cutoff=ALIKE)
    return near[0] if near else token
