"""Columns that hold lines and areas as a phone's form writes them, beside a column of points or two of axes.

Where a row holds several shapes of one work, the richest says the most: an area, else a line, else a point.
"""

import re
from collections.abc import Sequence

from geo import values
from geo.tables import Cell, Row

_PLACE = r"-?\d{1,3}\.\d+ +-?\d{1,3}\.\d+(?: +-?\d+(?:\.\d+)?){0,2}"
_TRACE = re.compile(rf"\s*{_PLACE}(?:\s*;\s*{_PLACE})+\s*;?\s*")
_WKT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:(?:MULTI)?(?:LINESTRING|POLYGON)|MULTIPOINT|GEOMETRYCOLLECTION)\s*Z?M?\s*\(.*",
    re.IGNORECASE | re.DOTALL)
_POINT = re.compile(r"\s*(?:SRID=\d+;)?\s*POINT\s*Z?M?\s*\([^()]*\)\s*", re.IGNORECASE)
LOOKED_AT = 400


def is_trace(cell: Cell) -> bool:
    """Whether a cell holds several places one after another, or a line or an area in words.

    >>> is_trace("-8.25 114.35 12 4;-8.26 114.36 12 4"), is_trace("-8.25 114.35 12 4")
    (True, False)
    """
    return isinstance(cell, str) and bool(_TRACE.fullmatch(cell) or _WKT.fullmatch(cell))


def columns(names: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """The columns of which nearly every cell that says something is a trace, or WKT with a trace among its points."""
    found = []
    for name in names:
        said = [cell for row in rows if isinstance(cell := row.values.get(name), str) and not values.is_absent(cell)]
        sample = said[:LOOKED_AT]
        if not sample or sum(is_trace(cell) or bool(_POINT.fullmatch(cell)) for cell in sample) < 0.8 * len(sample):
            continue
        if any(map(is_trace, said)):
            found.append(name)
    return tuple(found)


def richest(row: Row, names: Sequence[str]) -> str | None:
    """The column whose trace says the most of this row: a closed one before an open one; None without any."""
    given = [name for name in names if is_trace(row.values.get(name))]
    return max(given, key=lambda name: _is_area(str(row.values[name])), default=None)


def _is_area(text: str) -> bool:
    if "(" in text:
        return "POLYGON" in text.upper()
    places = [" ".join(one.split()[:2]) for one in text.strip(" ;\n").split(";")]
    return len(places) > 3 and places[0] == places[-1]
