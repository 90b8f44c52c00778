"""Names of many pairs compared word by word: what `geo.evidence.name` and `elsewhere` say, compiled.

Words are numbers; their letters stand one after another in `letters`, word i's from `first[i]` to `first[i + 1]`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled.kernel import kernel


class Spelled(NamedTuple):
    """The letters of n words, bits of those that each word has, for few of them differ in a word mistyped, and the
    most letters of a word."""

    letters: NDArray[np.uint32]
    first: NDArray[np.int64]
    has: NDArray[np.int64]
    longest: int

    @classmethod
    def of(cls, words: NDArray) -> "Spelled":
        letters = np.frombuffer("".join(words.tolist()).encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.array([len(word) for word in words.tolist()], np.int64)
        first = np.concatenate([[0], np.cumsum(lengths)])
        has = np.zeros(len(words), np.int64)
        _gather(letters, first, has)
        return cls(letters, first, has, int(lengths.max(initial=0)))


def alike(spelled: Spelled, one: NDArray[np.int32], other: NDArray[np.int32], least: float) -> NDArray[np.bool_]:
    """Whether the similarity (OSA, against the longer word's letters) of each two words is `least` or more."""
    out = np.zeros(len(one), np.bool_)
    _alike(*spelled, one, other, least, out)
    return out


@kernel
def _gather(letters: np.ndarray, first: np.ndarray, has: np.ndarray) -> None:
    for word in range(len(has)):
        for at in range(first[word], first[word + 1]):
            has[word] |= 1 << (letters[at] % 62)


@kernel
def _alike(letters: np.ndarray, first: np.ndarray, has: np.ndarray, longest: int, one: np.ndarray, other: np.ndarray,
           least: float, out: np.ndarray) -> None:
    rows = np.empty((3, longest + 1), np.int64)
    for row in range(len(one)):
        out[row] = _near(letters, first, has, one[row], other[row], least, rows)


@kernel
def _near(letters: np.ndarray, first: np.ndarray, has: np.ndarray, one: int, other: int, least: float,
          rows: np.ndarray) -> bool:
    """Whether 1 - faults / letters of the longer word is `least` or more."""
    n, m = first[one + 1] - first[one], first[other + 1] - first[other]
    longer = max(n, m)
    if longer == 0:
        return True
    most = 0
    while most < longer and 1.0 - (most + 1) / longer >= least:
        most += 1
    if abs(n - m) > most:
        return False
    differ, count = has[one] ^ has[other], 0
    while differ != 0:
        differ &= differ - 1
        count += 1
        if count > 2 * most:  # one fault takes a letter away and brings another
            return False
    return _faults(letters, first[one], n, first[other], m, most, rows) <= most


@kernel
def _faults(letters: np.ndarray, a: int, n: int, b: int, m: int, most: int, rows: np.ndarray) -> int:
    """Letters changed, left out, put in or swapped with the next (optimal string alignment); past `most` any more."""
    before, last, now = rows[0], rows[1], rows[2]
    for j in range(m + 1):
        last[j] = j
    for i in range(1, n + 1):
        now[0] = i
        least = i
        for j in range(1, m + 1):
            same = letters[a + i - 1] == letters[b + j - 1]
            cost = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (0 if same else 1))
            if (i > 1 and j > 1 and letters[a + i - 1] == letters[b + j - 2]
                    and letters[a + i - 2] == letters[b + j - 1]):
                cost = min(cost, before[j - 2] + 1)
            now[j] = cost
            least = min(least, cost)
        if least > most + 1:  # a swap may still lead from the row before
            return most + 1
        before, last, now = last, now, before
    return last[m]


@kernel
def agreement(a: np.ndarray, b: np.ndarray, weight: np.ndarray, bits: np.ndarray, long: np.ndarray,
              letters: np.ndarray, first: np.ndarray, has: np.ndarray, longest: int, least: float, forgiven: float,
              out: np.ndarray) -> None:
    """Fill `out` [n, 3] with share, contained and told of the words a, b [n, k] (-1 for none)."""
    n, k = a.shape
    rows = np.empty((3, longest + 1), np.int64)
    in_a, in_b, terms = np.empty(k), np.empty(k), np.empty(k)
    for row in range(n):
        in_a[:] = 0.0
        in_b[:] = 0.0
        for i in range(k):
            if a[row, i] >= 0:
                for j in range(k):
                    if a[row, i] == b[row, j]:
                        in_a[i] = in_b[j] = 1.0
        for i in range(k):
            if a[row, i] < 0 or not long[a[row, i]]:
                continue
            for j in range(k):
                if b[row, j] < 0 or not long[b[row, j]] or (in_a[i] != 0.0 and in_b[j] != 0.0):
                    continue
                if _near(letters, first, has, a[row, i], b[row, j], least, rows):
                    in_a[i], in_b[j] = max(in_a[i], forgiven), max(in_b[j], forgiven)
        shared = (_sum(weight, a[row], in_a, terms) + _sum(weight, b[row], in_b, terms)) / 2
        told = min(_sum(bits, a[row], in_a, terms), _sum(bits, b[row], in_b, terms))
        in_a[:] = 1.0
        total_a, total_b = _sum(weight, a[row], in_a, terms), _sum(weight, b[row], in_a, terms)
        lesser = min(total_a, total_b)
        out[row, 0] = 2 * shared / (total_a + total_b) if total_a + total_b > 0 else 0.0
        out[row, 1] = shared / lesser if lesser > 0.3 else 0.0
        out[row, 2] = told


@kernel
def _sum(worth: np.ndarray, words: np.ndarray, share: np.ndarray, terms: np.ndarray) -> float:
    """The sum of what each word is worth times its share, added in numpy's order, so that no last bit differs."""
    k = len(words)
    for i in range(k):
        terms[i] = worth[words[i]] * share[i]
    if k < 8:
        total, rest = 0.0, 0
    else:
        rest = k - k % 8
        for i in range(8, rest):
            terms[i % 8] += terms[i]
        total = (((terms[0] + terms[1]) + (terms[2] + terms[3])) + ((terms[4] + terms[5]) + (terms[6] + terms[7])))
    for i in range(rest, k):
        total += terms[i]
    return total


@kernel
def each_its_own(a: np.ndarray, b: np.ndarray, hamlet_a: np.ndarray, hamlet_b: np.ndarray, tells: np.ndarray,
                 letters: np.ndarray, first: np.ndarray, has: np.ndarray, longest: int, fewest: int, least: float,
                 out: np.ndarray) -> None:
    """Set `out` where each side has a telling word, not its hamlet's, that is like none of the other's."""
    rows = np.empty((3, longest + 1), np.int64)
    for row in range(len(a)):
        out[row] = (_alone(a[row], b[row], hamlet_a[row], tells, letters, first, has, fewest, least, rows)
                    and _alone(b[row], a[row], hamlet_b[row], tells, letters, first, has, fewest, least, rows))


@kernel
def _alone(words: np.ndarray, others: np.ndarray, hamlet: int, tells: np.ndarray, letters: np.ndarray,
           first: np.ndarray, has: np.ndarray, fewest: int, least: float, rows: np.ndarray) -> bool:
    for word in words:
        if word < 0 or word == hamlet or not tells[word]:
            continue
        like = False
        for other in others:
            if other >= 0 and (other == word or _near(letters, first, has, word, other, least, rows)
                               or _inside(letters, first, word, other, fewest)):
                like = True
                break
        if not like:
            return True
    return False


@kernel
def _inside(letters: np.ndarray, first: np.ndarray, one: int, other: int, fewest: int) -> bool:
    """Whether the shorter word, of `fewest` letters or more, stands within the longer."""
    n, m = first[one + 1] - first[one], first[other + 1] - first[other]
    a, b = first[one], first[other]
    if n > m:
        n, m, a, b = m, n, b, a
    if n < fewest:
        return False
    for start in range(m - n + 1):
        k = 0
        while k < n and letters[a + k] == letters[b + start + k]:
            k += 1
        if k == n:
            return True
    return False
