"""Names by the hundred thousand as numbers: their pieces, the templates these make, and the words put back into them.

A piece is a run of letters or of what stands between letters. All texts are plain (`geo.names.plain`): ASCII, lower.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled.kernel import kernel

LETTERS, INERT, BEGINS_JOINED, ENDS_JOINED = 1, 2, 4, 8
"""What is known of a piece; joined: a letter beside it does not stand at the edge of its word."""
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_FOLD = np.uint64(29)


class Pieces(NamedTuple):
    """Texts as numbers of pieces: those of text i are of[first[i]:first[i + 1]]; piece j is a part of `letters`."""

    of: NDArray[np.int32]
    first: NDArray[np.int64]
    start: NDArray[np.int64]  # [pieces] into the texts' letters
    length: NDArray[np.int64]


@kernel
def _mixed(code: np.uint64, value: np.uint64) -> np.uint64:
    code = (code ^ value) * _PRIME
    return code ^ (code >> _FOLD)


@kernel
def _wider(slots: np.ndarray, codes: np.ndarray, count: int) -> np.ndarray:
    """A table of slots twice as large; slots hold numbers of entries + 1, codes[entry] is its hash."""
    wide = np.zeros(2 * len(slots), np.int32)
    mask = np.uint64(len(wide) - 1)
    for entry in range(count):
        at = codes[entry] & mask
        while wide[at]:
            at = (at + np.uint64(1)) & mask
        wide[at] = entry + 1
    return wide


@kernel
def _longer(values: np.ndarray) -> np.ndarray:
    out = np.empty(2 * len(values), values.dtype)
    out[:len(values)] = values
    return out


@kernel
def _is_letter(sign: int) -> bool:
    return 97 <= sign <= 122


@kernel
def pieces(letters: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The fields of `Pieces` of the texts letters[offsets[i]:offsets[i + 1]], numbered as they come."""
    first = np.zeros(len(offsets), np.int64)
    of = np.empty(max(16, 4 * len(offsets)), np.int32)
    start, length = np.empty(1024, np.int64), np.empty(1024, np.int64)
    codes = np.empty(1024, np.uint64)
    slots = np.zeros(4096, np.int32)
    count, used = 0, 0
    for text in range(len(offsets) - 1):
        at, stop = offsets[text], offsets[text + 1]
        while at < stop:
            kind = _is_letter(letters[at])
            end = at
            code = _SEED
            while end < stop and _is_letter(letters[end]) == kind:
                code = _mixed(code, np.uint64(letters[end]))
                end += 1
            mask = np.uint64(len(slots) - 1)
            slot = code & mask
            found = -1
            while slots[slot]:
                one = slots[slot] - 1
                if codes[one] == code and length[one] == end - at:
                    same = True
                    for step in range(end - at):
                        if letters[start[one] + step] != letters[at + step]:
                            same = False
                            break
                    if same:
                        found = one
                        break
                slot = (slot + np.uint64(1)) & mask
            if found < 0:
                if count == len(start):
                    start, length, codes = _longer(start), _longer(length), _longer(codes)
                start[count], length[count], codes[count] = at, end - at, code
                slots[slot] = count + 1
                found = count
                count += 1
                if 2 * count > len(slots):
                    slots = _wider(slots, codes, count)
            if used == len(of):
                of = _longer(of)
            of[used] = found
            used += 1
            at = end
        first[text + 1] = used
    return of[:used].copy(), first, start[:count].copy(), length[:count].copy()


@kernel
def numbered(values: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Equal runs values[first[i]:first[i + 1]] -> equal numbers, as they come, and the first run of each number."""
    out = np.empty(len(first) - 1, np.int32)
    owner = np.empty(1024, np.int64)
    codes = np.empty(1024, np.uint64)
    slots = np.zeros(4096, np.int32)
    count = 0
    for run in range(len(first) - 1):
        begin, size = first[run], first[run + 1] - first[run]
        code = _SEED
        for step in range(size):
            code = _mixed(code, np.uint64(np.int64(values[begin + step])))
        mask = np.uint64(len(slots) - 1)
        slot = code & mask
        found = -1
        while slots[slot]:
            one = slots[slot] - 1
            other = first[owner[one]]
            if codes[one] == code and first[owner[one] + 1] - other == size:
                same = True
                for step in range(size):
                    if values[other + step] != values[begin + step]:
                        same = False
                        break
                if same:
                    found = one
                    break
            slot = (slot + np.uint64(1)) & mask
        if found < 0:
            if count == len(owner):
                owner, codes = _longer(owner), _longer(codes)
            owner[count], codes[count] = run, code
            slots[slot] = count + 1
            found = count
            count += 1
            if 2 * count > len(slots):
                slots = _wider(slots, codes, count)
        out[run] = found
    return out, owner[:count].copy()


@kernel
def blanked(of: np.ndarray, first: np.ndarray, known: np.ndarray, most: int
            ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The texts with every inert word as a blank: `of` with -1 - the number of the blank, and the words in the blanks.

    Equal words of a text are one blank. A text in which an inert word is joined to another sign, or with more than
    `most` blanks, is left whole. The blanks of text i hold the pieces words[starts[i]:starts[i + 1]].
    """
    out = of.copy()
    words = np.empty(len(of), np.int32)
    starts = np.zeros(len(first), np.int64)
    used = 0
    for text in range(len(first) - 1):
        begin, end = first[text], first[text + 1]
        whole = False
        here = used
        for at in range(begin, end):
            if not known[of[at]] & INERT:
                continue
            if (at > begin and known[of[at - 1]] & ENDS_JOINED) or (at + 1 < end and known[of[at + 1]] & BEGINS_JOINED):
                whole = True
                break
            blank = here
            while blank < used and words[blank] != of[at]:
                blank += 1
            if blank == used:
                if used - here == most:
                    whole = True
                    break
                words[used] = of[at]
                used += 1
            out[at] = -1 - (blank - here)
        if whole:
            used = here
            out[begin:end] = of[begin:end]
        starts[text + 1] = used
    return out, words[:used].copy(), starts


@kernel
def filled(template: np.ndarray, words: np.ndarray, starts: np.ndarray, parts: np.ndarray, first: np.ndarray,
           hamlet: np.ndarray, ranks: int, most: int
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Words put back into templates and in order again.

    Words are ranks in the alphabet. parts[first[2t]:first[2t + 1]] are the objects of template t, up to
    first[2t + 2] its places: ranks, or -1 - the number of a blank. Returns the places [n, most] as numbers of words
    in the order in which they come, -1 padded; the rank of each number; how many places beside the hamlet are kept;
    objects and all places of every text, and where they start.
    """
    n = len(template)
    tokens = np.full((n, most), -1, np.int32)
    number, rank_of = np.full(ranks, -1, np.int32), np.empty(ranks, np.int32)
    beside = np.zeros(n, np.int8)
    key, key_first = np.empty(max(16, 8 * n), np.int32), np.zeros(n + 1, np.int64)
    count, used = 0, 0
    for text in range(n):
        one = template[text]
        begin, middle, end = first[2 * one], first[2 * one + 1], first[2 * one + 2]
        while used + end - begin > len(key):
            key = _longer(key)
        for at in range(begin, middle):
            key[used] = parts[at]
            used += 1
        low = used
        for at in range(middle, end):
            word = parts[at]
            if word < 0:
                word = words[starts[text] - 1 - word]
            to = used
            while to > low and key[to - 1] > word:
                key[to] = key[to - 1]
                to -= 1
            key[to] = word
            used += 1
        key_first[text + 1] = used
        kept = min(used - low, most)
        beside[text] = kept
        for place in range(kept):
            word = key[low + place]
            if number[word] < 0:
                number[word] = count
                rank_of[count] = word
                count += 1
            tokens[text, place] = number[word]
            if word == hamlet[text]:
                beside[text] = kept - 1
    return tokens, rank_of[:count].copy(), beside, key[:used].copy(), key_first
