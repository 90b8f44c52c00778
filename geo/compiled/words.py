"""Names by the hundred thousand as numbers: their pieces, the templates these make, and the words put back into them.

A piece is a run of letters or of what stands between letters. All texts are plain (`geo.names.plain`): ASCII, lower.
"""

import numpy as np

from geo.compiled.kernel import kernel

INERT, BEGINS_JOINED, ENDS_JOINED = 1, 2, 4
"""What is known of a piece; joined: a letter beside it does not stand at the edge of its word."""
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_FOLD = np.uint64(29)


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
def numbered(values: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Equal runs values[first[i]:first[i + 1]] -> equal numbers, as they come, and the first run of each number."""
    out = np.empty(len(first) - 1, np.int32)
    owner, codes, slots = np.empty(1024, np.int64), np.empty(1024, np.uint64), np.zeros(4096, np.int32)
    done, count = 0, 0
    while True:
        done, count = _some(values, first, out, owner, codes, slots, done, count)
        if done == len(out):
            return out, owner[:count].copy()
        owner, codes = _longer(owner), _longer(codes)
        slots = _wider(slots, codes, count)


@kernel
def _some(values: np.ndarray, first: np.ndarray, out: np.ndarray, owner: np.ndarray, codes: np.ndarray,
          slots: np.ndarray, done: int, count: int) -> tuple[int, int]:
    """Number the runs from `done` until there is no room for another.

    A kernel of its own: arrays that change hands inside a loop are counted at every step of it.
    """
    mask = np.uint64(len(slots) - 1)
    for run in range(done, len(out)):
        at, end = first[run], first[run + 1]
        code = _SEED
        for step in range(at, end):
            code = _mixed(code, np.uint64(np.int64(values[step])))
        slot = code & mask
        while slots[slot]:
            one = slots[slot] - 1
            other = first[owner[one]]
            if codes[one] == code and first[owner[one] + 1] - other == end - at:
                step = 0
                while at + step < end and values[other + step] == values[at + step]:
                    step += 1
                if at + step == end:
                    break
            slot = (slot + np.uint64(1)) & mask
        if not slots[slot]:
            if count == len(owner):
                return run, count
            owner[count], codes[count] = run, code
            count += 1
            slots[slot] = count
        out[run] = slots[slot] - 1
    return len(out), count


@kernel
def _cut(letters: np.ndarray, offsets: np.ndarray, first: np.ndarray, begins: np.ndarray) -> int:
    """How many pieces there are; where each begins, if `begins` has room for it."""
    used, most = 0, len(begins) - 1
    for text in range(len(offsets) - 1):
        before = 2
        for at in range(offsets[text], offsets[text + 1]):
            here = int(_is_letter(letters[at]))
            # written before it is known to be one: a jump that nobody foresees costs more
            if most >= 0:
                begins[used] = at
            used += here != before
            before = here
        first[text + 1] = used
    return used


@kernel
def pieces(letters: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The pieces of the texts letters[offsets[i]:offsets[i + 1]], numbered as they come.

    Those of text i are of[first[i]:first[i + 1]]; piece j is letters[start[j]:start[j] + length[j]].
    """
    first, used = np.zeros(len(offsets), np.int64), 0
    begins = np.zeros(0, np.int64)
    for fill in range(2):
        if fill:
            begins = np.empty(used + 1, np.int64)
        used = _cut(letters, offsets, first, begins)
    begins[used] = len(letters)
    of, owner = numbered(letters, begins)
    return of, first, begins[owner], begins[owner + 1] - begins[owner]


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
    most_parts = 0
    for text in range(n):
        most_parts += first[2 * template[text] + 2] - first[2 * template[text]]
    key, key_first = np.empty(most_parts, np.int32), np.zeros(n + 1, np.int64)
    count, used = 0, 0
    for text in range(n):
        one = template[text]
        begin, middle, end = first[2 * one], first[2 * one + 1], first[2 * one + 2]
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
