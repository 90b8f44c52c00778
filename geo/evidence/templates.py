"""Very many names as columns: those that differ only in words nobody looks at are read once, as one template.

"Rabat Jl. Krajan RT 02" and "Rabat Jl. Sumberagung RT 02" are one template with a blank. `geo.name_inert` says which
words can stand in one; a name in which that is not sure is a template of its own. What comes out is what
`named.parsed` gives for the names themselves, to the last id.
"""

import re
from functools import cache
from itertools import product
from string import ascii_lowercase
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo import name_inert, names
from geo.compiled import words
from geo.evidence import columns, named

BLANKS = 200
"""The most different words that a template leaves open."""
_SIGN = "zq"
_BLANK = re.compile(rf"\b{_SIGN}[a-z]{{2}}\b")


class _Blanked(NamedTuple):
    """Texts as templates: which one, and the words in the blanks of text i, words[starts[i]:starts[i + 1]]."""

    template: NDArray[np.int32]
    words: NDArray[np.int32]  # pieces
    starts: NDArray[np.int64]
    pieces: list[str]
    read: list[names.Name]  # each template, with `_placeholders` in its blanks
    blanks: list[dict[str, int]]  # of each template: placeholder -> number


@cache
def _placeholders() -> tuple[str, ...]:
    found = [_SIGN + "".join(letters) for letters in product(ascii_lowercase, repeat=2)]
    return tuple(word for word in found if name_inert.is_inert(word))[:BLANKS]


@cache
def _numbered(blanks: int) -> dict[str, int]:
    return {word: number for number, word in enumerate(_placeholders()[:blanks])}


def together(texts: pa.LargeStringArray, name: np.ndarray, places: pa.LargeStringArray, place: np.ndarray
             ) -> pa.LargeStringArray:
    """texts[name] and places[place] (-1: none) as `names.read` puts them together; all are plain."""
    blank, mark = pa.scalar(" ", pa.large_string()), pa.scalar(";", pa.large_string())
    before = pc.if_else(pc.equal(texts, columns.BLANK), columns.BLANK,
                        pc.binary_join_element_wise(texts, blank, columns.BLANK))
    behind = pc.if_else(pc.equal(places, columns.BLANK), columns.BLANK,
                        pc.binary_join_element_wise(blank, places, columns.BLANK))
    return pc.binary_join_element_wise(_taken(before, name), mark, _taken(behind, place), columns.BLANK)


def _taken(texts: pa.LargeStringArray, index: np.ndarray) -> pa.LargeStringArray:
    return pc.fill_null(texts.take(pa.array(index, mask=index < 0)), columns.BLANK)


def parsed(texts: pa.LargeStringArray) -> dict[str, np.ndarray]:
    """`named.parsed` of plain names."""
    blanked = _blanked(texts)
    read = named.parsed(blanked.read)
    same = {column: values[blanked.template] for column, values in read.items() if column not in _FILLED}
    hamlet, water, hamlets = _hamlets(blanked)
    known = {word: rank for rank, word in enumerate(_alphabet(blanked))}
    rank = np.array([known.get(piece, -1) for piece in blanked.pieces], np.int32)
    at = np.append([known.get(one, -1) for one in hamlets], -1).astype(np.int32)
    tokens, ranks, beside, key, first = words.filled(
        blanked.template, rank[blanked.words], blanked.starts, *_parts(blanked, known), at[hamlet], len(known),
        named.TOKENS)
    recipient, recipients = _recipients(blanked)
    return {**same, "tokens": tokens, "words": columns.objects(list(known))[ranks], "beyond_hamlet": beside,
            "hamlet": hamlet, "water": water, "hamlets": hamlets, "recipient": recipient, "recipients": recipients,
            "marks": read["marks"], "stated_shares": read["stated_shares"],
            **_keys(list(known), key, first)}


_FILLED = frozenset(("tokens", "beyond_hamlet", "hamlet", "water", "recipient", "text", "key", *named.LISTS))
"""What depends on the words in the blanks."""


def _blanked(texts: pa.LargeStringArray) -> _Blanked:
    letters, offsets = columns.letters_of(texts)
    of, first, start, length = words.pieces(letters, offsets)
    content = letters.tobytes().decode("ascii")
    pieces = [content[at:at + size] for at, size in zip(start.tolist(), length.tolist(), strict=True)]
    ends, begins = letters[start + length - 1], letters[start]
    known = np.where(_joins(begins), words.BEGINS_JOINED, 0) | np.where(_joins(ends), words.ENDS_JOINED, 0)
    worded = np.flatnonzero((begins >= ord("a")) & (begins <= ord("z")))
    inert = np.array([name_inert.is_inert(pieces[one]) for one in worded.tolist()], bool)
    known[worded[inert]] = words.INERT
    marked, blanks, starts = words.blanked(of, first, known.astype(np.uint8), len(_placeholders()))
    template, owner = words.numbered(marked, first)
    signs = _placeholders()
    read, open_ = [], []
    for one in owner.tolist():
        parts = [pieces[part] if part >= 0 else signs[-1 - part] for part in marked[first[one]:first[one + 1]].tolist()]
        read.append(names.told("".join(parts)))
        open_.append(_numbered(int(starts[one + 1] - starts[one])))
    return _Blanked(template, blanks, starts, pieces, read, open_)


def _joins(signs: np.ndarray) -> np.ndarray:
    """Signs beside which a letter is inside a word for some pattern."""
    return ((signs >= ord("0")) & (signs <= ord("9"))) | (signs == ord("_")) | (signs == ord("'"))


def _alphabet(blanked: _Blanked) -> list[str]:
    """All words of objects and places, in order."""
    found = {blanked.pieces[one] for one in np.unique(blanked.words).tolist()}
    for name, blanks in zip(blanked.read, blanked.blanks, strict=True):
        found.update(name.objects)
        found.update(word for word in name.places if word not in blanks)
    return sorted(found)


def _parts(blanked: _Blanked, known: dict[str, int]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Objects and places of each template, as `words.filled` takes them."""
    parts, first = [], [0]
    for name, blanks in zip(blanked.read, blanked.blanks, strict=True):
        parts += [known[word] for word in name.objects]
        first.append(len(parts))
        parts += [-1 - blanks[word] if word in blanks else known[word] for word in name.places]
        first.append(len(parts))
    return np.array(parts, np.int32), np.array(first, np.int64)


def _hamlets(blanked: _Blanked) -> tuple[NDArray[np.int32], NDArray[np.int32], np.ndarray]:
    """The hamlet and the water of each text, and what their ids mean."""
    meant: dict[str, int] = {}
    both = np.column_stack([_meant(blanked, [getattr(name, fact) for name in blanked.read], meant)
                            for fact in ("hamlet", "water")]).reshape(-1)
    there = np.flatnonzero(both >= 0)
    number, unique = pd.factorize(both[there])
    both[there] = number
    return both[::2].astype(np.int32), both[1::2].astype(np.int32), columns.objects(list(meant))[unique]


def _meant(blanked: _Blanked, facts: list[str | None], meant: dict[str, int]) -> NDArray[np.int64]:
    """What each text says where its template says `facts`, as numbers of `meant`; -1 for nothing."""
    blank = np.full(len(facts), -1)  # the number of the blank that is the fact
    fixed = np.full(len(facts), -1)
    made = np.zeros(len(facts), bool)
    for place, (fact, blanks) in enumerate(zip(facts, blanked.blanks, strict=True)):
        if fact in blanks:
            blank[place] = blanks[fact]
        elif fact is not None and any(word in blanks for word in _BLANK.findall(fact)):
            made[place] = True
        elif fact is not None:
            fixed[place] = meant.setdefault(fact, len(meant))
    out = fixed[blanked.template]
    rows = np.flatnonzero(blank[blanked.template] >= 0)
    piece, owner = np.unique(blanked.words[blanked.starts[rows] + blank[blanked.template[rows]]], return_inverse=True)
    out[rows] = np.array([meant.setdefault(blanked.pieces[one], len(meant)) for one in piece.tolist()], np.int64)[owner]
    for row in np.flatnonzero(made[blanked.template]).tolist():
        words_of = _filler(blanked, row)
        told = _BLANK.sub(lambda found: words_of.get(found[0], found[0]), facts[blanked.template[row]])  # noqa: B023
        out[row] = meant.setdefault(told, len(meant))
    return out


def _filler(blanked: _Blanked, row: int) -> dict[str, str]:
    """Placeholder -> the word that text `row` has there."""
    begin = blanked.starts[row]
    return {word: blanked.pieces[blanked.words[begin + number]]
            for word, number in blanked.blanks[blanked.template[row]].items()}


def _recipients(blanked: _Blanked) -> tuple[NDArray[np.int32], np.ndarray]:
    numbers: dict[tuple[str, ...], int] = {}
    out = np.full(len(blanked.template), -1, np.int32)
    said = np.array([bool(name.recipient) for name in blanked.read], bool)
    for row in np.flatnonzero(said[blanked.template]).tolist():
        words_of = _filler(blanked, row)
        told = tuple(sorted(words_of.get(word, word) for word in blanked.read[blanked.template[row]].recipient))
        out[row] = numbers.setdefault(told, len(numbers))
    return out, columns.objects(list(numbers))


def _keys(alphabet: list[str], key: NDArray[np.int32], first: NDArray[np.int64]) -> dict[str, np.ndarray]:
    """The key of every text, as `names.Name.key` writes it, and its id."""
    number, owner = words.numbered(key, first)
    size = first[owner + 1] - first[owner]
    offsets = np.concatenate([[0], np.cumsum(size)])
    at = np.repeat(first[owner] - offsets[:-1], size) + np.arange(offsets[-1])
    parts = pa.array(alphabet, pa.large_string()).take(pa.array(key[at]))
    texts = pc.binary_join(pa.LargeListArray.from_arrays(pa.array(offsets), parts), pa.scalar(" ", pa.large_string()))
    # other words may make one text: some words of the vocabulary are two
    code, told = columns.told_apart(texts)
    spelled = np.append(told.to_numpy(zero_copy_only=False), "")
    return {"text": spelled[code][number], "key": code.astype(np.int32)[number]}
