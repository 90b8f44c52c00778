"""Typed text -> text with one set of marks: ° ' " for degrees, minutes and seconds, . for decimals, ; between numbers.

People write one mark in a dozen ways, programs break them on the way, and a comma is a decimal mark or a parting.
"""

import re
import unicodedata
from typing import NamedTuple

MOST_TEXT = 400
LOST = "\ufffd"
"""A mark that some program could not keep: which one it was follows from where it stands."""

_MENDED = {"Âº": "°", "Ëš": "°", "Â\u00a0": " ", "â€²": "'", "â€³": '"', "â€™": "'", "â€˜": "'", "â€œ": '"',
           "â€\x9d": '"', "â€": '"', "ï¿½": LOST}
_BREAK = re.compile("|".join(sorted(map(re.escape, _MENDED), key=len, reverse=True)) + "|Â")
_ONE = str.maketrans({
    "º": "°", "˚": "°", "⁰": "°", "∘": "°", "ᵒ": "°", "^": "°", "○": "°", "◦": "°", "ᴼ": "°", "°": "°",
    "‘": "'", "’": "'", "‛": "'", "′": "'", "´": "'", "`": "'", "ʹ": "'", "ʼ": "'", "ˈ": "'", "΄": "'", "‵": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "˝": '"', "ʺ": '"', "¨": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "‒": "-", "﹣": "-", "－": "-", "＋": "+", "⁻": "-",
    "，": ",", "；": ";", "：": ":", "．": ".", "。": ".", "·": ".", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
    "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "", "\ufeff": "", "\u00ad": "",
    "\t": " ; ", "\n": " ; ", "\r": " ; ", "\v": " ; ", "\u2028": " ; ",
})
_DEGREE, _MINUTE, _SECOND = (
    r"derajat|drjt|drjat|degrees?|deg|der", r"menit|mnt|minutes?|mins?", r"detik|dtk|dt|seconds?|secs?|sec")
_LAST = r"\d{1,2}(?:[.,]\d+)?"


class Marked(NamedTuple):
    """`text` with one set of marks; `remarks` that stood in brackets; `faulty` the id of what cannot be read at all;
    `accuracy_m` where the text states it."""

    text: str
    remarks: tuple[str, ...]
    faulty: str | None
    accuracy_m: float | None


def marked(text: str, kept_in_brackets: frozenset[str]) -> Marked:
    """One set of marks for a text of at most 400 characters; never raises.

    `kept_in_brackets` are words that say something about a number, so that a bracket with them is no remark.
    """
    text = _BREAK.sub(_mended, text[:MOST_TEXT]).translate(_ONE)
    odd = any(unicodedata.category(sign) in ("No", "Nl") for sign in text)
    text = unicodedata.normalize("NFKC", text)
    text, accuracy_m = _without_accuracy(text)
    text, remarks = _without_remarks(text, kept_in_brackets)
    text = _without_asides(text)
    dashed = re.search(r"(?<![\d.,:-])0+-(?!\d{1,2}-)\d", text)  # 0-8.219: a minus, or from nought to eight?
    faulty = "coordinate.strange_digit" if odd else "coordinate.dash" if dashed else None
    return Marked(_with_points(_with_degrees(text)), remarks, faulty, accuracy_m)


_ACCURACY = re.compile(r"[(\[]?\s*(?:\b(?:akurasi|ketelitian|accuracy|akurat|acc)\b\W{0,3}|±\s?|\+/-\s?)"
                       r"(\d+(?:[.,]\d+)?)\s*(?:m|meter|mtr)\b\.?\s*[)\]]?", re.IGNORECASE)


def _without_accuracy(text: str) -> tuple[str, float | None]:
    found = _ACCURACY.search(text)
    if not found:
        return text, None
    return text[: found.start()] + " " + text[found.end():], float(found[1].replace(",", ".")) or None


def _mended(found: re.Match[str]) -> str:
    """A lone Â stood before a mark; where the mark is gone too, one is missing here."""
    before_a_mark = found.string[found.end():found.end() + 1] in ("°", "´", "¨")
    return _MENDED.get(found[0], "" if before_a_mark else LOST)


def _without_remarks(text: str, kept: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Brackets with a number, a hemisphere or a label in them lose the brackets; all others are remarks."""
    remarks: list[str] = []

    def keep(found: re.Match[str]) -> str:
        inside = found[1].strip()
        if not inside:
            return " "
        words = re.findall(r"[a-z]+", inside.lower())
        if re.search(r"\d", inside) or (words and ("".join(words) in kept or set(words) <= kept)):
            return f" {inside} "
        remarks.append(inside)
        return " "

    text = re.sub(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]", keep, text)
    return text, tuple(remarks)


def _without_asides(text: str) -> str:
    """The datum, a map's zoom, RT and RW and the height say nothing about where; quotes come from CSV."""
    text = re.sub(r"\bWGS[\s_-]?(?:19)?84\b|\bEPSG\s?:\s?4326\b", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<![\d°'\"])\s*\"\s*([-+]?[\d.,]+)\s*\"", r" \1 ", text)
    text = re.sub(r"[,\s]\s*\d{1,2}(?:\.\d+)?z\b", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"\bR[TW]\b(?:\s?/\s?RW\b)?\W{0,3}\d{1,3}(?:\s?/\s?\d{1,3}\b)?", " ", text, flags=re.IGNORECASE)
    if len(re.findall(r"\d+", text)) > 2:
        text = re.sub(r"[\s,;]+(?:elev\w*|alt\w*|tinggi)?\W{0,3}\b\d{1,4}(?:[.,]\d)?\s?m(?:eter)?\b\.?\s*$", " ", text,
                      flags=re.IGNORECASE)
    return re.sub(r"[,;/]?\s*(?:(?:elevasi|elev|alt(?:itude)?|ketinggian|tinggi)\b\W{0,3})?[-+]?\b\d+(?:[.,]\d+)?\s*"
                  r"(?:m\.?\s?dpl|mdpl|dpl|masl)\b\.?", " ", text, flags=re.IGNORECASE)


_SUBSTITUTIONS = tuple((re.compile(pattern, re.IGNORECASE), mark) for pattern, mark in (
    (r"(?<![a-z])(lintang|bujur|garis)\s+(selatan|utara|timur|barat|lintang|bujur)\b", r"\1\2"),
    (r"(?<![a-z])([LB])\s?\.\s?([SUTB])\b\.?", r"\1\2"),
    (rf"(?<=\d)\s*(?:{_DEGREE})\b\.?", "°"),
    (rf"(?<=\d)\s*(?:{_MINUTE})\b\.?", "'"),
    (rf"(?<=\d)\s*(?:{_SECOND})\b\.?", '"'),
    (rf"(\d)\s?d\s?(\d+)\s?m\s?({_LAST})\s?s(?![a-z])", r"\1°\2'\3" + '"'),
    (r"(\d)\s?d\s?(\d+(?:[.,]\d+)?)\s?m(?![a-z])", r"\1°\2'"),
    (r"(\d)\s?d(?=\s?\d)", r"\1°"),
    (r"(?<=\d)\s?[o*](?=\s*[\d,;/]|\s+[a-z]|\s*$)", "°"),
    (r"(\d)\s?°\s?\.\s?(?=\d)", r"\1."),
    (rf"(?<![\d.])(\d{{1,3}})[.,](\d{{1,2}})'(?=\s?{_LAST}\s?\")", r"\1°\2'"),
    (r"(?<=\d)[?" + LOST + "]", LOST),
    (r"' ?'", '"'),
    (r"(?<=\d)\s?\"(?=\s?\d{1,2}(?:[.,]\d+)?\s?\")", "'"),
    (rf"(?<!\d)(?<!\d[:'])(\d{{1,3}})\s?:\s?(\d{{1,2}})\s?:\s?({_LAST})(?![\d:])", r"\1°\2'\3" + '"'),
    (r"(?<!\d)(?<!\d[:'])(\d{1,3}):(\d{1,2}[.,]\d+)(?![\d:])", r"\1°\2'"),
    (rf"(?<![\d.])(\d{{1,3}})-(\d{{1,2}})-({_LAST})(?!\.?\d)", r"\1°\2'\3" + '"'),
    # 8.13.09: a decimal part never has two digits and a second point, so these are minutes and seconds.
    (r"(?<![\d.,])(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:[.,]\d{1,4})?)(?!\.?\d)", r"\1°\2'\3" + '"'),
    (r"(?<![\d.,])(\d{1,3}),(\d{1,2}),(\d{1,2}\.\d{1,4})(?![\d.,])", r"\1°\2'\3" + '"'),
    (r"^\s*0\s*,\s*0\s*$", "0 ; 0"),
    (r"\bs\s?/\s?d\b|\bs\.d\.?(?=\s)", " ; "),
    # A dash after a number or its mark with blanks around it parts two numbers; it is no minus.
    (r"(?<=[\w'\"°" + LOST + r"])\s+-\s+(?=\d)", " ; "),
    (r"[/&|]|\bdan\b|\band\b", " ; "),
))


def _with_degrees(text: str) -> str:
    """Words, letters, colons and dashes that stand for degree, minute and second become the marks themselves."""
    for pattern, mark in _SUBSTITUTIONS:
        text = pattern.sub(mark, text)
    return text


def _with_points(text: str) -> str:
    """Commas become the decimal point or a parting mark: with points in the text they part, unless each number
    stands alone with one mark of its own; else a comma between digits is decimal."""
    numbers = re.findall(r"[-+]?\d[\d.,]*", text)
    alone = len(numbers) == 2 and all(len(re.findall(r"[.,](?=\d)", one)) <= 1 for one in numbers)
    # seconds with a comma beside decimals with a point are each plain: 9,2" and 114.36
    text = re.sub(r"(?<=\d),(?=\d+\s?['\"" + LOST + "])", ".", text)
    if re.search(r"\d\.\d", text) and not alone and not _commas_are_decimal(text):
        return text.replace(",", " ; ")
    text = re.sub(r"(\d+),(\d+)\s?,\s?([-+]?\d+),(\d+)", r"\1.\2 ; \3.\4", text)
    text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    return text.replace(",", " ; ")


def _commas_are_decimal(text: str) -> bool:
    """Thousands marks as points in one number beside a comma: 9.090.000,5."""
    return bool(re.search(r"\d\.\d{3}\.\d{3},\d", text))
