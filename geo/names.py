"""A work's name -> words and facts.

People write one work as "Pemb. Rabat Jl. Lingk. Krajan RT.02/01" and as "Betonisasi jalan lingkungan Dusun
Krajan RT 002 RW 001 (lanjutan)". `read` expands the vocabulary of `geo.name_words` and takes out what is a fact rather
than a word: RT and RW, hamlet, stations, numbers of points and sections, phase, side. What is left are words of
the work (a verb), of the object and of the place, kept apart because they do not say the same thing.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from geo import name_gates as gates
from geo import name_patterns as patterns
from geo import name_shares, name_sides, name_typos
from geo import name_words as words

_NOTHING, _WORK, _OBJECT, _PLACE = range(4)


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says. Every collection is a sorted tuple, so that equal names are equal values."""

    work: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    rt: frozenset[int] = frozenset()
    rw: frozenset[int] = frozenset()
    hamlet: str | None = None
    water: str | None = None  # the river or creek
    sta: tuple[float, float] | None = None  # metres along the line
    marks: tuple[tuple[str, str], ...] = ()  # (what is numbered, its number or letter)
    phase: int | None = None
    continued: bool = False
    side: str | None = None
    stream: str | None = None
    size_m: float | None = None  # the length a name states, else its largest measure
    recipient: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()  # (fund, the part of the whole it is said to give, 0 where not said)
    says: frozenset[str] = field(default_factory=frozenset)  # the words of named.SAYS

    @property
    def key(self) -> str:
        """The words in a fixed order: two spellings of one name have one key."""
        return " ".join((*self.objects, *self.places))


def plain(text: str) -> str:
    """Lower case, without accents, one blank between words."""
    if text.isascii():
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFKD", text.translate(patterns.MARKS_OFF)).encode("ascii", "ignore").decode().lower()
    return " ".join(text.split())


def number(text: str) -> int | None:
    """'02' -> 2, 'iv' -> 4, 'b' -> 2 (a lettered phase); None when it is none of these."""
    if text.isdigit():
        return int(text)
    if set(text) <= set("ivx"):
        total, last = 0, 0
        for letter in reversed(text):
            value = patterns.ROMAN[letter]
            total, last = (total - value, last) if value < last else (total + value, value)
        return total
    if text in patterns.SPELLED_NUMBER:
        return patterns.SPELLED_NUMBER[text]
    return ord(text) - 96 if len(text) == 1 and "a" <= text <= "z" else None


@lru_cache(maxsize=200_000)
def read(text: str, place: str = "") -> Name:
    """What a name says, its place column read with it: half the sheets keep the hamlet in the one, half in the other.

    >>> read("Pemb. Rabat Jl. Lingk. Krajan RT.02/01 Thp II").objects
    ('jalan', 'rabat')
    """
    return told(plain(f"{text or ''} ; {place or ''}"))


def told(rest: str) -> Name:
    """`read` of a `plain` name and place, a semicolon between them."""
    facts: dict[str, object] = {}
    says: set[str] = set()
    opened = gates.opened_by(rest.split(" "))
    if opened & gates.SAYS:
        says = {what for what, pattern in patterns.SAYS.items() if pattern.search(rest)}
    if (opened & gates.SHARED or "%" in rest) and patterns.SHARED.search(rest):
        says.add("shared")
        rest, facts["shares"] = name_shares.take(rest)
    if opened & gates.STATION or "+" in rest:
        rest = _take_stations(rest, facts)
    if opened & gates.RECIPIENT:
        rest = _take_recipient(rest, facts)
    if opened & gates.RT:
        rest = _take_neighbourhood(rest, facts)
    if opened & gates.PHASE:
        rest = _take_phase(rest, facts)
    if opened & gates.SIDE:
        rest = name_sides.take(rest, facts, bool(opened & gates.COMPASS))
    if patterns.DIGIT.search(rest):
        rest = _take_size(rest, facts)
    if opened & (gates.HAMLET | gates.BARANGAY):
        facts["hamlet"] = _hamlet(rest)
    if opened & gates.WATER and len(waters := {one or other for one, other in patterns.WATER.findall(rest)}) == 1:
        facts["water"] = waters.pop()
    marks: dict[str, str] = {}
    if opened & gates.MARK:
        rest = _take_marks(rest, marks)
    if opened & gates.NAMED and (opened & gates.ROMAN or patterns.DIGIT.search(rest)):
        rest = _take_named_numbers(rest, marks)
    work, objects, places = _words(rest)
    if "pemeliharaan" in work and len(work) == 1:
        says.add("maintenance")
    return Name(work, objects, places, marks=tuple(sorted(marks.items())), says=frozenset(says), **facts)


def _take_marks(rest: str, marks: dict[str, str]) -> str:
    def keep(match: re.Match) -> str:
        what = patterns.NUMBERED.get(match.group(1), match.group(1))
        marks.setdefault(what, str(number(match.group(2)) or match.group(2)))
        return " gang " if what == "gang" else " "

    return patterns.MARK.sub(keep, rest)


def _take_named_numbers(rest: str, marks: dict[str, str]) -> str:
    def keep(match: re.Match) -> str:
        what = patterns.NUMBERED.get(match.group(1), match.group(1))
        marks.setdefault(what, str(number(match.group(3)) or match.group(3)))
        return f"{match.group(1)}{match.group(2)} "

    return patterns.NAMED_NUMBER.sub(keep, rest)


def _take_stations(rest: str, facts: dict) -> str:
    for pattern in (patterns.STA_RANGE, patterns.STA_PLAIN, patterns.STA_ONE):
        if found := pattern.search(rest):
            parts = [float(part) for part in found.groups()]
            if pattern is patterns.STA_RANGE:
                low, high = parts[0] * 1000 + parts[1], parts[2] * 1000 + parts[3]
            elif pattern is patterns.STA_PLAIN:
                low, high = parts
            else:
                low = high = parts[0] * 1000 + parts[1]
            facts["sta"] = (min(low, high), max(low, high))
            return pattern.sub(" ", rest)
    return rest


def _take_recipient(rest: str, facts: dict) -> str:
    """The household a house or a latrine is for: house and household are the unit, not the programme's name."""
    if found := patterns.RECIPIENT.search(rest):
        facts["recipient"] = tuple(sorted(set(re.findall(r"[a-z']+", found.group(1)))))
        return rest[:found.start()] + " " + rest[found.end():]
    return rest


def _take_size(rest: str, facts: dict) -> str:
    """Sizes are no words of a place; the longest is kept, "P 170 x L 0,4 m" and "vol. 170 m'" are both 170."""
    stated: list[float] = []

    def keep(found: re.Match) -> str:
        stated.extend(_measures(found.group()))
        return " "

    rest = patterns.SIZE.sub(keep, rest)
    if stated and max(stated) > 0:
        facts["size_m"] = max(stated)
    return rest


@lru_cache(maxsize=50_000)
def _measures(text: str) -> tuple[float, ...]:
    if patterns.COUNT.search(text):
        return ()
    return tuple(float(one.replace(",", ".")) for one in patterns.MEASURE.findall(patterns.UNIT.sub("m", text)))


def _hamlet(rest: str) -> str | None:
    """The hamlet, or the one barangay; a work from one barangay to another names neither."""
    if found := patterns.HAMLET.search(rest):
        return found.group(1)
    barangays = {" ".join(found.group(1).split()) for found in patterns.BARANGAY.finditer(rest)}
    return barangays.pop() if len(barangays) == 1 else None


@lru_cache(maxsize=10_000)
def _numbers(text: str) -> frozenset[int]:
    """'1, 2' -> {1, 2}; '1-3' -> {1, 2, 3}."""
    found = [int(one) for one in re.findall(r"\d+", text)]
    if len(found) == 2 and found[0] < found[1] <= found[0] + 15 and re.search(r"-|s/d|sd", text):
        return frozenset(range(found[0], found[1] + 1))
    return frozenset(found)


def _take_neighbourhood(rest: str, facts: dict) -> str:
    rt: set[int] = set()
    rw: set[int] = set()

    def keep_both(found: re.Match) -> str:
        rt.add(int(found.group(1)))
        rw.add(int(found.group(2)))
        return " "

    def keep_rt(found: re.Match) -> str:
        rt.update(_numbers(found.group(1)))
        return " "

    def keep_rw(found: re.Match) -> str:
        rw.update(_numbers(found.group(1)))
        return " "

    if "/" in rest:
        rest = patterns.RT_RW_SLASH.sub(keep_both, rest)
    if "rt" in rest:
        rest = patterns.RT.sub(keep_rt, rest)
    if "rw" in rest:
        rest = patterns.RW.sub(keep_rw, rest)
    facts["rt"], facts["rw"] = frozenset(rt), frozenset(rw)
    return rest


def _take_phase(rest: str, facts: dict) -> str:
    if found := patterns.PHASE.search(rest):
        facts["phase"] = number(found.group(1) or found.group(2))
        rest = patterns.PHASE.sub(" ", rest)
    facts["continued"] = bool(patterns.CONTINUED.search(rest))
    return patterns.CONTINUED.sub(" ", rest)


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


@lru_cache(maxsize=20_000)
def _words(rest: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    # many names differ only in the numbers that were taken out before
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


def read_all(texts: Sequence[str], places: Iterable[str] | None = None) -> list[Name]:
    """One `Name` a row; equal texts are read once."""
    pairs = zip(texts, places if places is not None else ("",) * len(texts), strict=True)
    return [read(text, place) for text, place in pairs]
