"""A workbook: text cells typed as text, so that none is a formula; amounts and dates as numbers and dates.

Rows are written out as they come. A sheet holds 1,048,576 rows; what is more stands in further sheets with the same
headings, which `geo.rows` reads as one table. The note has a sheet of its own, with both headings of every column.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from geo.exports import shapes
from geo.exports.table import Field, Table, Value, worded
from geo.exports.text import WKT, wkt

NAME, SUFFIX = "xlsx", ".xlsx"
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS, LONGEST_CELL, EXACT = 1_048_575, 32_767, 10**15
"""Rows below the heading, characters of a cell, and the number from which fifteen digits are not enough: a greater one
is written as text rather than rounded."""
WIDTH = {"name": 52, "pantau_id": 12, "place": 30, "reason": 60, "answer": 40}


def write(out: Path, table: Table, most_rows: int = MOST_ROWS) -> None:
    """Write the table; `out` is made anew."""
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                   "strings_to_numbers": False, "nan_inf_to_errors": True}) as book:
        fields = [*table.headed, Field("lat", table.words["lat"], "number"), Field("lon", table.words["lon"], "number"),
                  Field(WKT, table.words[WKT])]
        looks = {"money": book.add_format({"num_format": "#,##0.##" if not table.comma else "#,##0"}),
                 "date": book.add_format({"num_format": "yyyy-mm-dd"}),
                 "head": book.add_format({"bold": True, "bg_color": "#e3eeee", "border": 1, "text_wrap": True,
                                          "valign": "top"}),
                 "warning": book.add_format({"bold": True, "font_color": "#7d4d00", "bg_color": "#fdf1d9"}),
                 "wrap": book.add_format({"text_wrap": True, "valign": "top"})}
        too_long = _write_rows(book, table, fields, looks, most_rows)
        _write_note(book, table, fields, looks, too_long)


def _write_rows(book: Workbook, table: Table, fields: Sequence[Field], looks: dict, most_rows: int) -> int:
    """Answers how many texts were too long for a cell and are left out."""
    number, line, too_long, left = 1, 0, 0, table.rows
    money = frozenset(place for place, one in enumerate(fields) if one.type == "money")
    sheet = _sheet(book, table, fields, looks, 1, min(left, most_rows))
    for batch in table:
        lon, lat = shapes.points(batch.shapes)
        columns = [_cells(worded(column, field), field) for column, field in zip(
            [*batch.columns, lat, lon, wkt(batch.shapes)], fields, strict=True)]
        for cells in zip(*columns, strict=True):
            if line == most_rows:
                number, line, left = number + 1, 0, left - most_rows
                sheet = _sheet(book, table, fields, looks, number, min(left, most_rows))
            line += 1
            too_long += _write_line(sheet, line, cells, looks, money)
    return too_long


def _write_line(sheet: Worksheet, line: int, cells: Sequence[Value], looks: dict, money: frozenset[int]) -> int:
    """Answers how many texts were too long for a cell."""
    too_long = 0
    for place, cell in enumerate(cells):
        if cell is None:
            continue
        if isinstance(cell, str):
            if len(cell) <= LONGEST_CELL:
                sheet.write_string(line, place, cell)
            else:
                too_long += 1
        elif isinstance(cell, date):
            sheet.write_datetime(line, place, cell, looks["date"])
        else:
            sheet.write_number(line, place, cell, looks["money"] if place in money else None)
    return too_long


def _cells(column: Sequence[Value], field: Field) -> Sequence[Value]:
    """Cells of a column as numbers, texts and dates; None where there is nothing."""
    match field.type:
        case "money" | "number":
            return [None if cell is None else str(cell) if abs(cell) >= EXACT else _plain(cell) for cell in column]
        case "whole" | "date":
            return column
    return [None if cell is None or cell == "" else str(cell) for cell in column]


def _plain(cell: Value) -> int | float:
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell


def _sheet(book: Workbook, table: Table, fields: Sequence[Field], looks: dict, number: int, rows: int) -> Worksheet:
    title = table.words["sheet"]
    sheet = book.add_worksheet(title if number == 1 else f"{title} ({number})")
    for place, field in enumerate(fields):
        sheet.set_column(place, place, WIDTH.get(field.name, 14))
        sheet.write_string(0, place, field.heading, looks["head"])
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(rows, 1), len(fields) - 1)
    return sheet


def _write_note(book: Workbook, table: Table, fields: Sequence[Field], looks: dict, too_long: int) -> None:
    sheet = book.add_worksheet(table.words["notes"])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    note, words = table.note, table.words
    lines = [*([(note.demonstration, "", "warning")] if note.demonstration else []), (note.title, "", "head"),
             *((heading, said, "wrap") for heading, said in note.lines),
             *([(words["too_long"], str(too_long), "wrap")] if too_long else []), ("", "", "wrap"),
             (words["heading"], words["machine_heading"], "head"), *((one.heading, one.name, "wrap") for one in fields)]
    for line, (heading, said, look) in enumerate(lines):
        sheet.write_string(line, 0, heading, looks[look])
        if said:
            sheet.write_string(line, 1, said[:LONGEST_CELL], looks[look])
