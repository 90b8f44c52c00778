"""The sheet of an upload as it is given back: every row as the file had it, with what is wrong beside it.

It is corrected in Excel and sent again. `pantau_baris` names the upload and the row, so that a corrected row is known
again although its values, and with them its fingerprint, have changed. The three columns of ours are taken off
before anything is understood: they are neither read nor part of a fingerprint.
"""

import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import shapely
import xlsxwriter

from app.db import Connection
from app.queries import upload_rows
from app.queries.upload_rows import WholeRow
from app.queries.uploads import Upload
from geo.sentences import Sentence
from geo.tables import Problem, Table

MARK, PROBLEM, ADVICE = OURS = ("pantau_baris", "pantau_masalah", "pantau_saran")
SHAPE = "wkt"
_MARK = re.compile(r"\s*U(\d{1,12})B(\d{1,9})-([0-9a-f]{6})\s*", re.IGNORECASE)
WHOLE = 20_000
"""A larger upload is given back as its rows with problems only: the others need no correction, and nobody waits."""
LONGEST_CELL, EXACT = 32_767, 10**15
"""What a cell holds: so many characters, and numbers of fifteen digits; a longer one is written as text."""
Say = Callable[[Sentence], str]


def mark(upload_id: UUID, upload_number: int, row_number: int) -> str:
    """What names a row of an upload: never a date or a number to a spreadsheet, and not guessed by counting."""
    return f"U{upload_number}B{row_number}-{_check(upload_id, row_number)}"


def _check(upload_id: UUID, row_number: int) -> str:
    return hashlib.sha256(f"{upload_id} {row_number}".encode()).hexdigest()[:6]


def parsed(text: object) -> tuple[int, int, str] | None:
    """(upload number, row number, check) of a mark; None for anything else."""
    found = _MARK.fullmatch(str(text or ""))
    return (int(found[1]), int(found[2]), found[3].lower()) if found else None


def known_again(connection: Connection, marks: Mapping[int, str]) -> dict[int, tuple[str | None, str, int | None]]:
    """What the marks of a sheet name, by row number: (source, source key, region) of the stored work, or (None, source
    key, None) of a row that was not stored. A mark of an upload that the person may not see names nothing."""
    wanted = {number: found for number, text in marks.items() if (found := parsed(text))}
    if not wanted:
        return {}
    rows = upload_rows.named(connection, {(upload, row) for upload, row, _ in wanted.values()})
    known = {}
    for number, (upload, row, check) in wanted.items():
        found = rows.get((upload, row))
        if found and _check(found.upload_id, row) == check:
            known[number] = (found.source, found.source_key, found.region_id)
    return known


def take_marks(table: Table) -> dict[int, str]:
    """Take our columns off a table that was read; answers the marks by row number."""
    ours = {column for column in table.columns if column.strip().lower() in OURS}
    if not ours:
        return {}
    marks = {}
    for row in table.rows:
        for column in ours:
            cell = row.values.pop(column, None)
            if column.strip().lower() == MARK and cell is not None:
                marks[row.number] = str(cell)
    table.columns = tuple(column for column in table.columns if column not in ours)
    table.recognised = tuple(one for one in table.recognised if one.column not in ours)
    table.problems = [one for one in table.problems if one.column not in ours]
    return marks


def workbook(upload: Upload, rows: Sequence[WholeRow], say: Say, sheet_name: str) -> bytes:
    """The sheet as .xlsx, in the order of the file; rows with a fault are coloured and can be filtered by their reason.

    Text is written as text, so that nothing a person typed becomes a formula.
    """
    written = io.BytesIO()
    columns = [one["column"] for one in upload.columns]
    with xlsxwriter.Workbook(written, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                       "strings_to_numbers": False, "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet(sheet_name)
        head = book.add_format({"bold": True, "bg_color": "#e3eeee", "border": 1, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"valign": "top"})
        told = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#7d4d00"})
        faulty = book.add_format({"bg_color": "#fdf1d9", "valign": "top"})
        shapes = any(row.shape is not None for row in rows)
        headings = [*OURS, *columns, *([SHAPE] if shapes else [])]
        for first, last, width in ((0, 0, 16), (1, 1, 48), (2, 2, 32), (3, len(headings), 20)):
            sheet.set_column(first, last, width)
        sheet.freeze_panes(1, len(OURS))
        sheet.autofilter(0, 0, max(len(rows), 1), len(headings) - 1)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, head)
        for line, row in enumerate(rows, start=1):
            look = plain if row.good else faulty
            problems = [Problem.from_json(one) for one in row.problems]
            sheet.write_string(line, 0, mark(upload.id, upload.number, row.number), look)
            sheet.write_string(line, 1, _reasons(problems, say), told)
            sheet.write_string(line, 2, _advice(problems, say), told)
            for place, column in enumerate(columns, start=len(OURS)):
                _write(sheet, line, place, row.cells.get(column), look)
            if shapes:
                _write(sheet, line, len(headings) - 1, _wkt(row), look)
    return written.getvalue()


def _reasons(problems: Sequence[Problem], say: Say) -> str:
    return "; ".join(f"{one.column}: {say(one.reason)}" if one.column else say(one.reason)
                     for one in problems)[:LONGEST_CELL]


def _advice(problems: Sequence[Problem], say: Say) -> str:
    return "; ".join(say(one.suggestion.reason) for one in problems if one.suggestion)[:LONGEST_CELL]


def _wkt(row: WholeRow) -> str | None:
    text = None if row.shape is None else shapely.to_wkt(row.shape, rounding_precision=12)
    return text if text and len(text) <= LONGEST_CELL else None


def _write(sheet: object, line: int, place: int, cell: object, look: object) -> None:
    if cell is None:
        sheet.write_blank(line, place, None, look)
    elif isinstance(cell, bool) or not isinstance(cell, int | float) or abs(cell) >= EXACT:
        sheet.write_string(line, place, str(cell)[:LONGEST_CELL], look)
    else:
        sheet.write_number(line, place, cell, look)

