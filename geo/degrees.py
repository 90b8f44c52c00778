"""Degrees, minutes and seconds in columns of their own: put together into the one text that a person would have typed.

The parts stay as they are; the text stands in a column beside them, and whatever is wrong with it is said by the reader
of coordinates. Nothing is ever cut to whole degrees.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from geo import headings, joining, values
from geo.tables import Cell, Row

PARTS = (("°", frozenset({"derajat", "deg", "degree", "degrees", "d", "dd", "drjt"})),
         ("'", frozenset({"menit", "min", "minute", "minutes", "m", "mnt", "mm"})),
         ('"', frozenset({"detik", "det", "sec", "second", "seconds", "s", "d", "dtk", "ss"})))
SIDES = frozenset({"arah", "hemisphere", "hemisfer", "belahan", "dir", "direction", "ns", "ew", "nsew"})
LETTERS = {"ls": "LS", "selatan": "LS", "lu": "LU", "bt": "BT", "timur": "BT", "bb": "BB"}
BESIDE = headings.BESIDE_AXES - {"s", "e", "n", "dd", "derajat", "deg", "degree", "degrees"}


class Axis(NamedTuple):
    """The columns of one axis: its heading put together, degrees, minutes, seconds (or None), and hemisphere."""

    heading: str
    parts: tuple[str, str, str | None]
    side: str | None


def find(columns: Sequence[str]) -> list[Axis]:
    """The axes whose degrees and minutes, and perhaps seconds, stand in columns of their own.

    >>> [axis.parts for axis in find(["LS_D", "LS_M", "LS_S", "nama"])]
    [('LS_D', 'LS_M', 'LS_S')]
    >>> find(["Lat", "Lon", "Lat (m)"])
    []
    """
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    for column in columns:
        axis, rest = _parted(column)
        if axis and len(rest) == 1:
            marks = groups.setdefault(axis, {})
            fitting = [mark for mark, words in PARTS if rest[0] in words and mark not in marks]
            mark = fitting[0] if fitting else "side" if rest[0] in SIDES else None
            if mark:
                marks.setdefault(mark, column)
    return [Axis(" ".join(axis), (marks["°"], marks["'"], marks.get('"')), marks.get("side"))
            for axis, marks in groups.items() if "°" in marks and "'" in marks]


def _parted(column: str) -> tuple[tuple[str, ...], list[str]]:
    """The words of a heading that name an axis and an end, and those that are left; () where no axis is named."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column[:200]).lower()
    text = text.replace("°", " derajat ").replace("″", " detik ").replace('"', " detik ").replace("′", " menit ")
    text = re.sub(r"\('\)|\['\]|(?<=\s)'$", " menit ", text)
    text = re.sub(r"\(\d\)\s*$", "", text)  # a heading that came twice
    said = list(dict.fromkeys(re.findall(r"[a-z]+|\d+", text)))
    axes = headings.LAT_WORDS | headings.LON_WORDS
    named = tuple(word for word in said if word in axes or word in LETTERS or word in headings.START_WORDS
                  or word in headings.END_WORDS)
    rest = [word for word in said if word not in named and word not in BESIDE]
    return (named, rest) if axes & set(named) else ((), rest)


def put_together(columns: Sequence[str], rows: Sequence[Row], said: Sequence[str]) -> dict[str, Axis]:
    """New column -> the axis it was made of; its texts are put into `rows`. `said` are columns that a person has
    given a meaning, which are left alone."""
    made: dict[str, Axis] = {}
    for axis in find([column for column in columns if column not in said]):
        heading = joining.free(axis.heading.upper() if len(axis.heading) == 2 else axis.heading, [*columns, *made])
        made[heading] = axis
        for row in rows:
            row.values[heading] = _text(row, axis)
    return made


def _text(row: Row, axis: Axis) -> str | None:
    """`8°12'9,6" LS` of the cells of a row; None where all are empty."""
    cells = [row.values.get(column) if column else None for column in axis.parts]
    if all(values.is_absent(cell) for cell in cells):
        return None
    text = "".join(f"{_bare(cell)}{mark}" for cell, (mark, _) in zip(cells, PARTS, strict=True)
                   if not values.is_absent(cell))
    letter = next((LETTERS[word] for word in axis.heading.split() if word in LETTERS), "")
    side = row.values.get(axis.side) if axis.side else None
    signed = text.startswith(("-", "−"))
    return f"{text} {'' if signed else letter if side is None else side}".rstrip()


def _bare(cell: Cell) -> str:
    text = format(cell, "f").rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
    return text.strip(" °'\"’′″”\u00a0")
