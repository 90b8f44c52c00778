"""Text that people typed -> angles: numbers with their degree marks, hemispheres and labels, nothing decided yet.

Which number is the latitude, and whether it makes sense, is decided in `coordinates.py`.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from geo.marks import LOST, marked

Axis = Literal["lat", "lon"]

HEMISPHERES = {
    "S": ("ls", "s", "sel", "selatan", "south", "lintangselatan"),
    "N": ("lu", "n", "u", "utara", "north", "lintangutara"),
    "E": ("bt", "e", "t", "timur", "east", "bujurtimur"),
    "W": ("bb", "w", "b", "barat", "west", "bujurbarat"),
}
LABELS: dict[Axis, tuple[str, ...]] = {
    "lat": ("lat", "latitude", "lintang", "latitud", "y", "garislintang", "lattitude"),
    "lon": ("lon", "long", "lng", "longitude", "bujur", "longitud", "x", "garisbujur", "longtitude", "lot"),
}
_HEMISPHERE = {word: code for code, words in HEMISPHERES.items() for word in words}
_LABEL: dict[str, Axis] = {word: axis for axis, words in LABELS.items() for word in words}
_SAYING = frozenset(_HEMISPHERE) | frozenset(_LABEL)
AXIS_OF: dict[str, Axis] = {"N": "lat", "S": "lat", "E": "lon", "W": "lon"}
_RANK = {"°": 0, "'": 1, '"': 2}
_TOKEN = re.compile(rf"""(?P<number>(?:(?<!\d)(?<!\d\.)[-+]\s?)?\d+(?:\.\d+)*\.?)|(?P<mark>[°'"{LOST}])
    |(?P<word>[^\W\d_]+)|(?P<parting>;)""", re.VERBOSE)
_LETTER = re.compile(r"\d\.\d*[lIoOQ|]\d|\d[lIoOQ|]\d*\.\d")
_EXPONENT = re.compile(r"(?<![\d.])([-+]?\d(?:[.,]\d+)?)[eE]([+-]0?[0-2])(?![\d.])")


@dataclass(frozen=True, slots=True)
class Angle:
    """One number: degrees with the sign as typed; `digits` all digits in a row, for finding a lost decimal point.

    `marked` is its hemisphere N S E W, `label` the axis a word before it names, `faulty` the id of what is wrong
    with the writing itself, `parts` its numbers as typed with their marks.
    """

    degrees: float
    digits: str
    minus: bool = False
    bare: bool = True
    fraction: bool = False
    marked: str | None = None
    label: Axis | None = None
    faulty: str | None = None
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """The angles of a text in their order, the remarks in brackets, how many words meant nothing here, and the id
    of what makes the whole text unreadable."""

    angles: tuple[Angle, ...]
    remarks: tuple[str, ...]
    strange_words: int
    faulty: str | None = None
    accuracy_m: float | None = None


@dataclass(slots=True)
class _Group:
    """The numbers of one angle while they are gathered: (text, mark); `apart` from the one before by more than
    a blank."""

    parts: list[tuple[str, str]]
    apart: bool

    @property
    def is_bare(self) -> bool:
        return not any(mark for _, mark in self.parts)

    @property
    def rank(self) -> int:
        """Degree 0, minute 1 or second 2 of the last number, by its mark or its place."""
        mark = self.parts[-1][1]
        return max(_RANK.get(mark, 0), len(self.parts) - 1)


@dataclass(frozen=True, slots=True)
class _Word:
    """A hemisphere or a label with the number of groups before it."""

    place: int
    text: str


def scan(text: str, *, one_axis: bool = False) -> Scan:
    """Every angle in a text of at most 400 characters; never raises. `one_axis`: the text holds one angle only, so
    that bare numbers are its degrees, minutes and seconds.

    >>> [round(angle.degrees, 4) for angle in scan("8°13'09,2\\" LS 114°22'09\\" BT").angles]
    [8.2192, 114.3692]
    """
    text, short = _without_exponents(text)
    plain = marked(text, _SAYING)
    groups, words, strange = _grouped(plain.text)
    groups, words = _merged(groups, words, one_axis)
    angles = _attached([_angle(group.parts) for group in groups], words)
    faulty = plain.faulty or ("coordinate.exponent" if short else None) or (
        "coordinate.letter_in_number" if _LETTER.search(plain.text) else None)
    return Scan(tuple(angles), plain.remarks, strange, faulty, plain.accuracy_m)


def _without_exponents(text: str) -> tuple[str, bool]:
    """1.14369227E+02 in full, and whether such a number has lost its digits, as spreadsheets do it."""
    short = False

    def full(found: re.Match[str]) -> str:
        nonlocal short
        number, power = found[1].replace(",", "."), int(found[2])
        decimals = len(number.partition(".")[2]) - power
        short = short or decimals < 4
        return f"{float(number) * 10.0**power:.{max(decimals, 1)}f}"

    return _EXPONENT.sub(full, text[:1000]), short


def _grouped(text: str) -> tuple[list[_Group], list[_Word], int]:
    """Numbers that belong to one angle, the words that say something about them, and how many others there are."""
    groups: list[_Group] = []
    words: list[_Word] = []
    strange, apart = 0, True
    tokens = list(_TOKEN.finditer(text))
    for place, token in enumerate(tokens):
        kind, said = token.lastgroup, token[0]
        if kind == "number":
            follows = tokens[place + 1] if place + 1 < len(tokens) else None
            mark = follows[0] if follows is not None and follows.lastgroup == "mark" else ""
            _add(groups, said, mark, apart)
            apart = False
        elif kind == "parting":
            apart = True
        elif kind == "word":
            word = said.lower()
            if word in _SAYING and (len(word) > 1 or _beside_a_number(text, token)):
                words.append(_Word(len(groups), word))
            else:
                strange += 1
            apart = True
    return groups, words, strange


def _beside_a_number(text: str, token: re.Match[str]) -> bool:
    """A lone letter is a hemisphere only next to a number: "Jl. S. Parman" names none."""
    before, after = text[: token.start()].rstrip(" ."), text[token.end():].lstrip(" .:=;,")
    return bool(re.search(rf"[\d°'\"{LOST}][;,\s]*$", before) or re.match(r"[-+]?\s?\d", after) or (
        re.match(r"[a-zA-Z]\b", after) and re.search(r"\d", after)))


def _add(groups: list[_Group], number: str, mark: str, apart: bool) -> None:
    """The number joins the angle before it where it can be its minutes or seconds, else it begins another."""
    last = groups[-1] if groups else None
    if mark == LOST:
        goes_on = last is not None and not apart and number[0] not in "-+" and not _is_whole(last) and (
            "." not in last.parts[-1][0].rstrip("."))
        mark = "°'\""[last.rank + 1] if last is not None and goes_on and last.rank < 2 else "°"
    size = float(number.lstrip("-+ ").rstrip(".").split(".")[0][:9])
    joins = (
        last is not None and number[0] not in "-+" and not _is_whole(last) and mark != "°"
        and "." not in last.parts[-1][0].rstrip(".")
        and (_follows(last, mark, apart) if mark
             else not apart and not last.is_bare and (size < 60 or len(str(int(size))) < 3))
    )
    if joins and last is not None:
        last.parts.append((number, mark))
    else:
        groups.append(_Group([(number, mark)], apart))
        if mark in ("'", '"') and not apart:
            _rejoin(groups)


def _follows(group: _Group, mark: str, apart: bool) -> bool:
    """Whether a number with this mark is the next part of the angle; a comma between two marked parts does not part."""
    if group.is_bare:
        return not apart and _RANK[mark] == group.rank + 1
    return _RANK[mark] > group.rank and (not apart or group.parts[-1][1] != "")


def _is_whole(group: _Group) -> bool:
    return len(group.parts) == 3 or group.parts[-1][1] == '"'


def _rejoin(groups: list[_Group]) -> None:
    """`8 13' 9"` and `8 13 9"`: bare whole numbers before the first mark are the degrees and minutes."""
    rank = _RANK[groups[-1].parts[0][1]]
    before = groups[-1 - rank:-1]
    if len(before) == rank and not any(group.apart for group in before[1:]) and all(
            len(group.parts) == 1 and not group.parts[0][1] and re.fullmatch(
                r"\d+" if place else r"[-+]?\s?\d+", group.parts[0][0]) for place, group in enumerate(before)):
        parts = [part for group in groups[-1 - rank:] for part in group.parts]
        groups[-1 - rank:] = [_Group(parts, before[0].apart)]


def _merged(groups: list[_Group], words: list[_Word], one_axis: bool) -> tuple[list[_Group], list[_Word]]:
    """`8 13 9.2 S 114 22 9 E`: bare numbers in twos or threes between words or partings, or six in a row."""
    if not groups:
        return groups, words
    starts = [place for place, group in enumerate(groups) if place == 0 or group.apart]
    runs = [list(range(start, end)) for start, end in zip(starts, [*starts[1:], len(groups)], strict=True)]
    if len(runs) == 1 and len(groups) in (4, 6):
        half = len(groups) // 2
        runs = [runs[0][:half], runs[0][half:]]
        if half == 2 and not (words or all("." in groups[place].parts[0][0] for place in (1, 3))):
            return groups, words
    spoken = {word.place for word in words if word.text in _HEMISPHERE}
    made: list[_Group] = []
    place_of: dict[int, int] = {}
    for run in runs:
        said = bool(spoken & {run[0], run[-1] + 1})
        parts = [part for place in run for part in groups[place].parts]
        asked_for = len(runs) == 2 or said or (one_axis and len(runs) == 1)
        joined = len(run) in (2, 3) and asked_for and _could_be_one(parts)
        for place in run:
            place_of[place] = len(made) if joined else len(made) + place - run[0]
        if joined:
            # the marks that were not typed: a bare run is no single decimal any more
            made.append(_Group([(number, "°'\""[rank]) for rank, (number, _) in enumerate(parts)],
                               groups[run[0]].apart))
        else:
            made += [groups[place] for place in run]
    place_of[len(groups)] = len(made)
    return made, [_Word(place_of[word.place], word.text) for word in words]


def _could_be_one(parts: list[tuple[str, str]]) -> bool:
    """Bare numbers that can be degrees, minutes and seconds: only the last has a fraction, only the first a sign."""
    return all(not mark for _, mark in parts) and all(
        number.lstrip("-+ ").isdigit() for number, _ in parts[:-1]) and all(
        number[0] not in "-+" and float(number.rstrip(".").split(".")[0]) < 60 and number.rstrip(".").count(".") <= 1
        for number, _ in parts[1:])


def _angle(parts: list[tuple[str, str]]) -> Angle:
    texts = [number.replace(" ", "").rstrip(".") for number, _ in parts]
    minus = texts[0].startswith("-")
    sizes_typed = [text.lstrip("+-") for text in texts]
    digits = sizes_typed[0].replace(".", "")
    bare = len(parts) == 1 and not parts[0][1]
    kept = tuple((text, mark) for text, (_, mark) in zip(sizes_typed, parts, strict=True))
    if any(text.count(".") > 1 for text in sizes_typed):
        return Angle(float("nan"), digits[:30], minus, bare=len(parts) == 1, faulty="coordinate.two_points", parts=kept)
    sizes = [0.0, 0.0, 0.0]
    for place, (text, mark) in enumerate(kept):
        sizes[max(_RANK.get(mark, 0), place)] = float(text[:40])
    faulty = "coordinate.sixty" if sizes[1] >= 60 or sizes[2] >= 60 else None
    if parts[0][1] in ("'", '"'):
        faulty = "coordinate.degree_missing"
    elif len(parts) == 2 and parts[1][1] == '"':
        faulty = "coordinate.minute_missing"  # 8°59" was perhaps 8°5'9"
    degrees = sizes[0] + sizes[1] / 60 + sizes[2] / 3600
    return Angle(-degrees if minus else degrees, digits[:30], minus, bare, "." in sizes_typed[0], faulty=faulty,
                 parts=kept)


def _attached(angles: list[Angle], words: list[_Word]) -> list[Angle]:
    """Hemispheres stand all before or all behind their numbers, as the first one does; labels stand before."""
    hemispheres = [(word.place, _HEMISPHERE[word.text]) for word in words if word.text in _HEMISPHERE]
    if len(angles) == len(hemispheres) == 2 and len({place for place, _ in hemispheres}) == 1:
        hemispheres = [(place, code) for place, (_, code) in enumerate(hemispheres)]  # "LS/BT: 8.2, 114.3"
    before = bool(hemispheres) and hemispheres[0][0] == 0
    for place, code in hemispheres:
        here, other = (place, place - 1) if before else (place - 1, place)
        for target in (here, other):
            if 0 <= target < len(angles) and angles[target].marked is None:
                angles[target] = replace(angles[target], marked=code)
                break
    labels = [(word.place, _LABEL[word.text]) for word in words if word.text in _LABEL]
    if len(angles) == len(labels) == 2 and len({place for place, _ in labels}) == 1:
        labels = [(place, axis) for place, (_, axis) in enumerate(labels)]  # "Lat, Long: -8.2, 114.3"
    for place, axis in labels:
        target = place if place < len(angles) else place - 1
        if 0 <= target < len(angles) and angles[target].label is None:
            angles[target] = replace(angles[target], label=axis)
    return angles
