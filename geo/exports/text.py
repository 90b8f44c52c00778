"""CSV as the reader's spreadsheet opens it: UTF-8 with a byte order mark, its separator and its decimal mark.

Where people write a decimal comma the separator is `;`, else a spreadsheet there would put a line into one cell, or
read `114.369` as one hundred thousand. Headings are those for people, because `geo.rows` knows them: a file that is
sent back is understood. The note stands in the first row of the last column: lines above the headings would break every
other reader, and a column is not lost when rows are sorted.

Text that a spreadsheet would run gets an apostrophe before it; numbers are never touched.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import shapely

from geo.exports import shapes
from geo.exports.table import Batch, Field, Table, Value, worded

NAME, SUFFIX, MEDIA = "csv", ".csv", "text/csv; charset=utf-8"
WKT, NOTE = "wkt", "pantau_note"

_RUN = re.compile(r"\A[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# Behind a mark at which another spreadsheet would cut the cell; a number there is part of a coordinate or a list.
_RUN_INSIDE = re.compile(r"(?<=[;,\t\r\n|])([ \u00a0]*)(?=[=@]|[+-](?![ \d.]*(?:[;,\t\r\n|]|$)))")
_MAY_RUN = re.compile(r"\A[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|[;,\t\r\n|][ \u00a0]*[=@+\-]")


def harmless(text: str) -> str:
    """A text that no spreadsheet runs as a formula.

    >>> harmless("=1+1"), harmless("-8.2, 114.3"), harmless("a;=1+1"), harmless("RT 01, RT 02")
    ("'=1+1", "'-8.2, 114.3", "a;'=1+1", 'RT 01, RT 02')
    """
    if not _MAY_RUN.search(text):
        return text
    text = _RUN_INSIDE.sub(r"\1'", text)
    return f"'{text}" if _RUN.match(text) else text


def write(out: Path, table: Table) -> None:
    """Write the table; `out` is made anew."""
    with out.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened, delimiter=";" if table.comma else ",", quoting=csv.QUOTE_MINIMAL)
        headed = table.headed
        writer.writerow([*(one.heading for one in headed), *(table.words[name] for name in ("lat", "lon", WKT, NOTE))])
        note = [harmless(table.note.text)]
        for batch in table:
            writer.writerows(_lines(batch, headed, table.comma, note))
            note = []


def _lines(batch: Batch, fields: Sequence[Field], comma: bool, note: list[str]) -> Iterator[tuple]:
    lon, lat = shapes.points(batch.shapes)
    columns = [_column(worded(column, field), field, comma)
               for column, field in zip(batch.columns, fields, strict=True)]
    columns += [[number(value, comma) for value in axis] for axis in (lat, lon)]
    columns += [wkt(batch.shapes), note + [None] * (len(batch) - len(note))]
    return zip(*columns, strict=True)


def _column(column: Sequence[Value], field: Field, comma: bool) -> list[str | int | None]:
    match field.type:
        case "text":
            return [None if cell is None else harmless(str(cell)) for cell in column]
        case "money" | "number":
            return [number(cell, comma) for cell in column]
        case "date":
            return [cell.isoformat() if isinstance(cell, date) else None for cell in column]
    return list(column)


def number(value: Value, comma: bool) -> str | None:
    """A number in full: no exponent, no digit that was not there."""
    if value is None:
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    written = format(exact, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return written.replace(".", ",") if comma else written


def wkt(given: np.ndarray) -> list[str | None]:
    """Shapes in words, lon before lat, with all digits that count."""
    return list(shapely.to_wkt(given, rounding_precision=9, trim=True))
