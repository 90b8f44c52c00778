"""Text that people typed -> angles: numbers with their degree marks, hemispheres and labels, nothing decided yet.

Which number is the latitude, and whether it makes sense, is decided in `coordinates.py`.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

Axis = Literal["lat", "lon"]

HEMISPHERES = {
    "S": ("ls", "s", "selatan", "south", "lintangselatan"),
    "N": ("lu", "n", "u", "utara", "north", "lintangutara"),
    "E": ("bt", "e", "t", "timur", "east", "bujurtimur"),
    "W": ("bb", "w", "b", "barat", "west", "bujurbarat"),
}
LABELS: dict[Axis, tuple[str, ...]] = {
    "lat": ("lat", "latitude", "lintang", "latitud", "y", "garislintang"),
    "lon": ("lon", "long", "lng", "longitude", "bujur", "longitud", "x", "garisbujur"),
}
_HEMISPHERE = {word: code for code, words in HEMISPHERES.items() for word in words}
_LABEL: dict[str, Axis] = {word: axis for axis, words in LABELS.items() for word in words}
AXIS_OF: dict[str, Axis] = {"N": "lat", "S": "lat", "E": "lon", "W": "lon"}

_MARKS = str.maketrans({
    "º": "°", "˚": "°", "⁰": "°", "∘": "°", "‘": "'", "’": "'", "′": "'", "´": "'", "`": "'", "ʹ": "'", "ʼ": "'",
    "“": '"', "”": '"', "″": '"', "˝": '"', "ʺ": '"', "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "﹣": "-",
    "，": ",", "；": ";", "\u00a0": " ", "\u200b": "", "\ufeff": "", "\t": " ; ", "\n": " ; ", "\r": " ",
})
_TOKEN = re.compile(r"""(?P<number>(?:(?<![\d.])[-+]\s?)?\d+(?:\.\d+)*\.?)|(?P<degree>°)|(?P<second>"|'')|(?P<minute>')
    |(?P<word>[a-zA-Z]+)|(?P<parting>[;|])""", re.VERBOSE)
MOST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Angle:
    """One number: degrees with the sign as typed; `digits` all digits in a row, for finding a lost decimal point.

    `marked` is its hemisphere N S E W, `label` the axis a word before it names, `faulty` the id of what is wrong
    with the writing itself.
    """

    degrees: float
    digits: str
    minus: bool = False
    bare: bool = True
    fraction: bool = False
    marked: str | None = None
    label: Axis | None = None
    faulty: str | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """The angles of a text in their order, the remarks in brackets, and how many words meant nothing here."""

    angles: tuple[Angle, ...]
    remarks: tuple[str, ...]
    strange_words: int


def scan(text: str) -> Scan:
    """Every angle in a text of at most 400 characters; never raises.

    >>> [round(angle.degrees, 4) for angle in scan("8°13'09,2\\" LS 114°22'09\\" BT").angles]
    [8.2192, 114.3692]
    """
    text = unicodedata.normalize("NFKC", text[:MOST_TEXT].translate(_MARKS))
    text, remarks = _without_remarks(text)
    text = _with_marks(text)
    text = _with_points(text)
    tokens = [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(text)]
    groups, words, strange = _grouped(tokens)
    angles = _attached([_angle(group) for group in groups], words)
    return Scan(tuple(_merged(angles)), remarks, strange)


def _without_remarks(text: str) -> tuple[str, tuple[str, ...]]:
    """Brackets with a number, a hemisphere or a label in them lose the brackets; all others are remarks."""
    remarks: list[str] = []

    def keep(found: re.Match[str]) -> str:
        inside = found[1].strip()
        if not inside:
            return " "
        if re.search(r"\d", inside) or re.sub(r"[^a-z]", "", inside.lower()) in _HEMISPHERE | _LABEL:
            return f" {inside} "
        remarks.append(inside)
        return " "

    text = re.sub(r"[(\[{]([^()\[\]{}]*)[)\]}]", keep, text)
    return text, tuple(remarks)


def _with_marks(text: str) -> str:
    """Words and colons that stand for degree, minute and second become the marks themselves."""
    text = re.sub(r"(\d)\s*(?:derajat|drjt|deg(?:rees?)?|der)\b\.?", r"\1°", text, flags=re.IGNORECASE)
    text = re.sub(r"(\d)\s*(?:menit|mnt|min(?:utes?)?)\b\.?", r"\1'", text, flags=re.IGNORECASE)
    text = re.sub(r"(\d)\s*(?:detik|dtk|sec(?:onds?)?)\b\.?", r'\1"', text, flags=re.IGNORECASE)
    text = re.sub(r"(\d)\s?d\s?(\d+)\s?m\s?(\d+(?:[.,]\d+)?)\s?s\b", r"\1°\2'\3\"", text, flags=re.IGNORECASE)
    text = re.sub(r"(\d)\s?[oO*](?=\s?\d)", r"\1°", text)
    text = re.sub(r"(?<![\d:])(\d{1,3}):(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)(?![\d:])", r"\1°\2'\3\"", text)
    text = re.sub(r"(?<!\d)(\d{1,3})-(\d{1,2})-(\d{1,2}(?:[.,]\d+)?)(?!\d)", r"\1°\2'\3\"", text)
    text = re.sub(r"\b(lintang|bujur|garis)\s+(selatan|utara|timur|barat|lintang|bujur)\b",
                  lambda found: found[1] + found[2], text, flags=re.IGNORECASE)
    text = re.sub(r"\b([LB])\.\s?([SUTB])\b\.?", r"\1\2", text, flags=re.IGNORECASE)
    # 8.13.09: a decimal part never has two digits and a second point, so these are minutes and seconds.
    text = re.sub(r"(?<![\d.])(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:,\d+)?)(?![\d.])", r"\1°\2'\3\"", text)
    text = re.sub(r"^\s*0\s*,\s*0\s*$", "0 ; 0", text)
    # A dash after a number or its mark with blanks around it parts two numbers; it is no minus.
    return re.sub(r"(?<=[\w'\"°])\s+-\s+(?=\d)", " ; ", text)


def _with_points(text: str) -> str:
    """Commas become the decimal point or a parting mark: with points in the text they part, unless each number
    stands alone with one mark of its own; else a comma between digits is decimal."""
    numbers = re.findall(r"[-+]?\d[\d.,]*", text)
    alone = len(numbers) == 2 and all(len(re.findall(r"[.,](?=\d)", one)) <= 1 for one in numbers)
    if re.search(r"\d\.\d", text) and not alone:
        return text.replace(",", " ; ")
    text = re.sub(r"(\d+),(\d+)\s?,\s?([-+]?\d+),(\d+)", r"\1.\2 ; \3.\4", text)
    text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    return text.replace(",", " ; ")


Part = tuple[str, str]
Word = tuple[int, str]


def _grouped(tokens: list[tuple[str, str]]) -> tuple[list[list[Part]], list[Word], int]:
    """Numbers that belong to one angle, [(text, mark)]; words with the number of angles before them."""
    groups: list[list[Part]] = []
    words: list[Word] = []
    strange, is_open = 0, False
    for kind, text in tokens:
        if kind == "number":
            last = groups[-1][-1][1] if groups and is_open else ""
            if last in ("degree", "minute") and not text.startswith(("-", "+")) and len(groups[-1]) < 3:
                groups[-1].append((text, ""))
            else:
                groups.append([(text, "")])
            is_open = True
        elif kind in ("degree", "minute", "second"):
            if groups and is_open:
                number, _ = groups[-1].pop()
                if kind == "degree" and groups[-1]:
                    groups.append([])
                groups[-1].append((number, kind))
                if kind == "second":
                    is_open = False
        elif kind == "parting":
            is_open = False
        else:
            word = text.lower()
            if word in _HEMISPHERE or word in _LABEL:
                words.append((len(groups), word))
                is_open = False
            else:
                strange += 1
    return [group for group in groups if group], words, strange


def _angle(group: list[Part]) -> Angle:
    texts = [text.replace(" ", "").rstrip(".") for text, _ in group]
    minus = texts[0].startswith("-")
    parts = [text.lstrip("+-") for text in texts]
    digits = parts[0].replace(".", "")
    if any(part.count(".") > 1 for part in parts):
        return Angle(float("nan"), digits[:30], minus, bare=True, faulty="coordinate.two_points")
    numbers = [float(part[:40]) for part in parts]
    places = {"degree": 0, "minute": 1, "second": 2}
    sizes = [0.0, 0.0, 0.0]
    for position, (number, (_, mark)) in enumerate(zip(numbers, group, strict=True)):
        sizes[max(places.get(mark, 0), position)] = number
    faulty = "coordinate.sixty" if sizes[1] >= 60 or sizes[2] >= 60 else None
    degrees = sizes[0] + sizes[1] / 60 + sizes[2] / 3600
    bare = len(group) == 1 and not group[0][1]
    return Angle(-degrees if minus else degrees, digits[:30], minus, bare, "." in parts[0], faulty=faulty)


def _attached(angles: list[Angle], words: list[Word]) -> list[Angle]:
    """Hemispheres stand all before or all behind their numbers, as the first one does; labels stand before."""
    hemispheres = [(place, _HEMISPHERE[word]) for place, word in words if word in _HEMISPHERE]
    before = bool(hemispheres) and hemispheres[0][0] == 0
    for place, code in hemispheres:
        here, other = (place, place - 1) if before else (place - 1, place)
        for target in (here, other):
            if 0 <= target < len(angles) and angles[target].marked is None:
                angles[target] = replace(angles[target], marked=code)
                break
    for place, word in words:
        if word in _LABEL:
            target = place if place < len(angles) else place - 1
            if 0 <= target < len(angles) and angles[target].label is None:
                angles[target] = replace(angles[target], label=_LABEL[word])
    return angles


def _merged(angles: list[Angle]) -> list[Angle]:
    """`8 13 9.2 S 114 22 9 E`: bare numbers in threes or twos before each hemisphere, or six bare numbers."""
    if len(angles) not in (4, 6) or not all(angle.bare and not angle.faulty for angle in angles):
        return angles
    half = len(angles) // 2
    first, second = angles[:half], angles[half:]
    marks = [angle.marked for angle in angles]
    ends = (marks[half - 1] and marks[-1]) or (marks[0] and marks[half])
    whole = all(not angle.fraction and not angle.minus for angle in (*first[1:-1], *second[1:-1]))
    small = all(abs(angle.degrees) < 60 for angle in (*first[1:], *second[1:]))
    starts_whole = not first[0].fraction and not second[0].fraction
    if not (small and whole and starts_whole and (ends or len(angles) == 6)):
        return angles
    return [_joined(first), _joined(second)]


def _joined(parts: list[Angle]) -> Angle:
    size = sum(abs(part.degrees) / 60**place for place, part in enumerate(parts))
    marked = next((part.marked for part in parts if part.marked), None)
    label = next((part.label for part in parts if part.label), None)
    return replace(parts[0], degrees=-size if parts[0].minus else size, bare=False, marked=marked, label=label)
