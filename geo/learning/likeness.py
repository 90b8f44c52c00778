"""How two texts agree: as letters, as words, as the words that tell most, as numbers.

Every measure is the same whichever side comes first. Arrays of n in, float64[n] out; NaN where a side is not known.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from geo.choosing import choose
from geo.learning.bags import Bag, once
from geo.learning.words import Vocabulary, folded, split

ALIKE_FROM = 0.8
CHUNK = 20_000
Measures = dict[str, NDArray[np.float64]]


def measured(left: list[str], right: list[str], counts: Mapping[str, int], records: int
             ) -> tuple[Measures, dict[str, Bag]]:
    """Measures of aligned raw texts ('' is not known) by name; and the words, by whether one or both have them."""
    a, b = [folded(text) for text in left], [folded(text) for text in right]
    known = np.array([bool(one) and bool(other) for one, other in zip(a, b, strict=True)], bool)
    words, bags = _words(a, b, counts, records, known)
    return {name: np.where(known, values, np.nan) for name, values in {**_letters(a, b), **words}.items()}, bags


def _letters(a: list[str], b: list[str]) -> Measures:
    joined = [[" ".join(split(text)) for text in side] for side in (a, b)]
    packed = [[text.replace(" ", "") for text in side] for side in joined]
    lengths = np.array([[len(text) for text in side] for side in packed], np.float64)
    longest = np.maximum(lengths.max(axis=0), 1)
    return {
        "set": _both(*joined, fuzz.token_set_ratio),
        "sort": _both(*joined, fuzz.token_sort_ratio),
        "spelling": _both(*packed, fuzz.ratio),
        "start": 100 * _both(*packed, JaroWinkler.normalized_similarity),
        "within": _both(*packed, fuzz.partial_ratio),
        "length": lengths.min(axis=0) / longest,
        "initials": _initials(*joined, *packed),
    }


def _both(a: list[str], b: list[str], scorer: object) -> NDArray[np.float64]:
    """A scorer whose answer may depend on the order is asked both ways."""
    if not a:
        return np.empty(0)
    return np.maximum(cpdist(a, b, scorer=scorer, dtype=np.float64), cpdist(b, a, scorer=scorer, dtype=np.float64))


def _initials(a: list[str], b: list[str], packed_a: list[str], packed_b: list[str]) -> NDArray[np.float64]:
    """Whether one text is the first letters of the other's words ("CMU"), or holds them as a word."""
    def first(text: str) -> str:
        return "".join(word[0] for word in text.split())
    found = [
        (len(short := first(x)) >= 3 and (short == q or short in y.split()))
        or (len(short := first(y)) >= 3 and (short == p or short in x.split()))
        for x, y, p, q in zip(a, b, packed_a, packed_b, strict=True)]
    return np.array(found, np.float64)


def _words(a: list[str], b: list[str], counts: Mapping[str, int], records: int, known: NDArray[np.bool_]
           ) -> tuple[Measures, dict[str, Bag]]:
    words = Vocabulary(a, b, counts, records)
    parts, found = [], []
    for start in range(0, max(len(a), 1), CHUNK):
        rows = slice(start, start + CHUNK)
        near = _near(words.left[rows], words.right[rows], words.words)
        best = near.max(axis=2, initial=0.0), near.max(axis=1, initial=0.0)
        parts.append(_of_words(words, rows, near, *best))
        found += [(start, side[rows], alike) for side, alike in zip((words.left, words.right), best, strict=True)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, {
        "alone": _bag(found, words.words, known, alone=True), "both": _bag(found, words.words, known, alone=False)}


def _bag(found: list[tuple[int, NDArray[np.int32], NDArray[np.float64]]], words: NDArray[np.object_],
         known: NDArray[np.bool_], alone: bool) -> Bag:
    """Words of either side that the other side has too, or has not; of pairs in which both sides say something."""
    pair, word = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start, side, alike in found:
        row, slot = np.nonzero((side >= 0) & ((alike < ALIKE_FROM) == alone) & known[start:start + len(side), None])
        pair.append(row + start)
        word.append(side[row, slot].astype(np.int64))
    return once(np.concatenate(pair), np.concatenate(word), words, known)


def _of_words(words: Vocabulary, rows: slice, near: NDArray[np.float64], in_a: NDArray[np.float64],
              in_b: NDArray[np.float64]) -> Measures:
    a, b = words.left[rows], words.right[rows]
    bits_a, bits_b = words.bits[a], words.bits[b]
    shared_a, shared_b = (bits_a * in_a).sum(axis=1), (bits_b * in_b).sum(axis=1)
    total_a, total_b = bits_a.sum(axis=1), bits_b.sum(axis=1)
    alone_a, alone_b = total_a - shared_a, total_b - shared_b
    most_a, most_b = (bits_a * (1 - in_a)).max(axis=1), (bits_b * (1 - in_b)).max(axis=1)
    least = np.maximum(np.minimum(total_a, total_b), 0.1)
    return {
        "telling": (shared_a + shared_b) / np.maximum(total_a + total_b, 0.1),
        "contained": np.maximum(shared_a / np.maximum(total_a, .1), shared_b / np.maximum(total_b, .1)),
        "told": np.minimum(shared_a, shared_b),
        "alone": np.minimum(alone_a, alone_b),
        "left_over": np.maximum(alone_a, alone_b),
        "rarest_alone": np.minimum(most_a, most_b),
        "weight": least,
        "first": near[:, 0, 0],
        "last": _last(near, a, b),
        "numbers": _numbers(a, b, words),
    }


def _near(a: NDArray[np.int32], b: NDArray[np.int32], words: NDArray[np.object_]) -> NDArray[np.float64]:
    """Likeness of every word of the one with every word of the other, [n, k, l]: 1 equal, 0 below ALIKE_FROM.

    Numbers are equal or not; a word cut short counts as alike.
    """
    out = np.zeros((len(a), a.shape[1], b.shape[1]))
    row, i, j = np.nonzero((a >= 0)[:, :, None] & (b >= 0)[:, None, :])
    one, other = a[row, i].astype(np.int64), b[row, j].astype(np.int64)
    keys, owner = np.unique(np.minimum(one, other) * len(words) + np.maximum(one, other), return_inverse=True)
    if not len(keys):
        return out
    first, second = words[keys // len(words)].tolist(), words[keys % len(words)].tolist()
    alike = cpdist(first, second, scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
    edit = cpdist(first, second, scorer=fuzz.ratio, dtype=np.float64) / 100
    alike = np.where(edit >= ALIKE_FROM, (alike + edit) / 2, 0.0)
    same = np.array([x == y for x, y in zip(first, second, strict=True)], bool)
    cut = np.array([min(len(x), len(y)) >= 3 and (x.startswith(y) or y.startswith(x))
                    for x, y in zip(first, second, strict=True)], bool)
    digits = np.array([not (x.isalpha() and y.isalpha()) for x, y in zip(first, second, strict=True)], bool)
    alike = np.where(cut, np.maximum(alike, ALIKE_FROM), alike)
    alike = np.where(same, 1.0, np.where(digits, 0.0, alike))
    out[row, i, j] = alike[owner]
    return out


def _last(near: NDArray[np.float64], a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.float64]:
    end_a, end_b = np.maximum((a >= 0).sum(axis=1) - 1, 0), np.maximum((b >= 0).sum(axis=1) - 1, 0)
    return near[np.arange(len(a)), end_a, end_b]


def _numbers(a: NDArray[np.int32], b: NDArray[np.int32], words: Vocabulary) -> NDArray[np.float64]:
    """-2 all numbers differ, -1 some are in one only, 0 one side has none, 1 neither has, 2 all agree."""
    digit_a, digit_b = words.is_number[a] & (a >= 0), words.is_number[b] & (b >= 0)
    equal = (a[:, :, None] == b[:, None, :]) & digit_a[:, :, None] & digit_b[:, None, :]
    found_a, found_b = equal.any(axis=2), equal.any(axis=1)
    some_a, some_b, shared = digit_a.any(axis=1), digit_b.any(axis=1), equal.any(axis=(1, 2))
    all_of = (found_a == digit_a).all(axis=1) | (found_b == digit_b).all(axis=1)
    return choose([~some_a & ~some_b, ~some_a | ~some_b, shared & all_of, shared], [1.0, 0.0, 2.0, -1.0], -2.0, float)
