"""The words of a name that say no fact: what each is a word of, once the vocabulary's phrases are read."""

from functools import lru_cache

from geo import name_gates as gates
from geo import name_patterns as patterns
from geo import name_typos
from geo import name_words as words

_NOTHING, _WORK, _OBJECT, _PLACE = range(4)
Words = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Words of the work, of objects and of the place, each sorted."""


@lru_cache(maxsize=200_000)
def _spelled(chunk: str) -> tuple[str, int]:
    """A piece of a name with its long words spelled as the vocabulary does, and the phrases that may begin in it."""
    spelled = patterns.LONG_WORD.sub(lambda found: name_typos.nearest(found.group()), chunk)
    return spelled, gates.phrases(spelled)


@lru_cache(maxsize=200_000)
def _told(raw: str) -> tuple[str, int]:
    """A word's canonical form, and what it is a word of: _NOTHING, the work, an object or a place."""
    token = words.EXPANDED.get(raw, raw)
    if token in words.SILENT or len(token) == 1:
        return token, _NOTHING
    if token in words.WORK:
        return token, _WORK
    return token, _OBJECT if token in words.OBJECTS else _PLACE


def is_place(word: str) -> bool:
    """Whether a word standing alone is one of the place, spelled as it is."""
    return (len(word) < 6 or name_typos.nearest.__wrapped__(word) == word) and _told.__wrapped__(word) == (word, _PLACE)


@lru_cache(maxsize=100_000)
def read(rest: str) -> Words:
    """A name, or a piece of one between words that stand in no phrase.

    >>> read("rabat jalan lingkungan krajan")
    ((), ('jalan', 'rabat'), ('krajan',))
    """
    # two blanks stay two: phrases stop there
    chunks, possible = [], 0
    for chunk in rest.split(" "):
        spelled, begun = _spelled(chunk)
        chunks.append(spelled)
        possible |= begun
    rest, number = " ".join(chunks), 0
    while ahead := possible >> number:
        number += (ahead & -ahead).bit_length() - 1
        pattern, replacement = words.PHRASES[number]
        rest, changed = pattern.subn(replacement, rest)
        if changed:
            possible |= gates.phrases(replacement)
        number += 1
    work, objects, places = set(), set(), set()
    token = ""
    for raw in patterns.TOKEN.findall(rest):
        before = token
        token, kind = _told(raw)
        if token in words.STREETS and before in ("jalan", "gang"):
            places.add(token)  # Jalan Lapangan is a street, not a field
        elif kind == _PLACE:
            places.add(token)
        elif kind == _OBJECT:
            objects.add(token)
        elif kind == _WORK:
            work.add(words.WORK[token])
    return tuple(sorted(work)), tuple(sorted(objects)), tuple(sorted(places))
