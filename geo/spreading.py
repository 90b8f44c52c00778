"""What is written once for many rows: merged cells, titles above the table, lines between its rows.

Each is read as a person reads it and said in a note; money and numbers are never spread, for they would be counted
several times.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from geo import headers, headings, joining, money, vocabulary
from geo.formats.contents import Grid
from geo.headers import Stated
from geo.schema import COLUMN
from geo.sentences import Sentence
from geo.tables import Cell, Problem, Recognised, Table

ONCE_ONLY = frozenset({"money", "number"})
FEWEST_FUND_COLUMNS = 2
NAMING = ("folder", "description", "desc", "cmt")
"""Columns of features (KML, GPX) that are no heading of anybody's, in the order in which they are believed."""


def fill_merged(table: Table, grid: Grid) -> None:
    """Cells merged over several rows hold their value for all of them, except money and numbers."""
    if not grid.merged or table.header_row is None:
        return
    meaning_of = table.mapping
    row_at = {row.number: row for row in table.rows}
    filled: dict[str, int] = {}
    for top, left, bottom, _ in grid.merged:
        if bottom == top or left >= len(table.columns) or bottom < table.header_row:
            continue
        column = table.columns[left]
        first = row_at.get(top + 1)
        if first is None or first.values.get(column) is None:
            continue
        kind = COLUMN[meaning_of[column]].type if column in meaning_of else None
        if kind in ONCE_ONLY:
            filled.setdefault(column, 0)
            continue
        for number in range(top + 2, min(bottom + 2, top + 2 + len(row_at))):
            row = row_at.get(number)
            if row is not None and row.values.get(column) is None:
                row.values[column] = first.values[column]
                filled[column] = filled.get(column, 0) + 1
    for column, count in filled.items():
        reason = Sentence("file.merged_filled", {"count": count}) if count else Sentence("file.merged_once")
        table.problems.append(Problem(None, column, None, reason, sheet=table.sheet, severity="note"))


def spoken_between(line: Sequence[Cell]) -> tuple[str, str, str] | None:
    """(meaning, label, value) where one lone cell of a line names the village or district of the rows below it."""
    said = [cell for cell in line if cell not in (None, "")]
    if len(said) != 1 or not isinstance(said[0], str) or len(said[0]) > headers.LONGEST_STATED:
        return None
    found = headers.of_all_below(re.sub(r"^\s*(?:[ivxIVX]+|[A-Za-z]|\d+)[.)]\s+", "", said[0]), alone=True)
    return found if found and found[0] in ("village", "district") else None


def add_stated(table: Table, stated: Stated, between: Sequence[tuple[int, tuple[str, str, str]]],
               mapping: Mapping[str, str] | None) -> None:
    """Columns for what is written once above the rows they hold for, where no column of the file says it."""
    known = set(table.column_of)
    said: dict[str, tuple[str, Cell]] = dict(stated.said)
    if stated.category and "category" not in known and not any(
            one.rival_of is None and one.meaning == "category" for one in table.recognised):
        table.title_category = stated.category
        table.problems.append(Problem(None, None, None, Sentence("category.from_title", {
            "category": f"category.{stated.category}"}), sheet=table.sheet, severity="note"))
    for meaning in COLUMN:
        if meaning not in said and not any(one[0] == meaning for _, one in between):
            continue
        if meaning in known or (meaning == "village" and "village_code" in known):
            continue
        label = said[meaning][0] if meaning in said else next(one[1] for _, one in between if one[0] == meaning)
        value: Cell = said[meaning][1] if meaning in said else None
        changes = [(number, one[2]) for number, one in between if one[0] == meaning]
        shown = str(value) if meaning in said else ", ".join(dict.fromkeys(one for _, one in changes))
        cells: list[Cell] = []
        for row in table.rows:
            while changes and changes[0][0] < row.number:
                value = changes.pop(0)[1]
            cells.append(value)
        _add(table, meaning, label, cells, mapping, shown)


def add_village(table: Table, mapping: Mapping[str, str] | None) -> None:
    """The village that a folder or a description names with its title ("Desa Kemiren"), where no column does."""
    if {"village", "village_code"} & set(table.column_of):
        return
    for column in [one for one in table.columns if one in NAMING and not (mapping or {}).get(one)]:
        cells = [_village_in(row.values.get(column)) for row in table.rows]
        if named := [cell for cell in dict.fromkeys(cells) if cell]:
            _add(table, "village", "Desa", cells, mapping, f"{column}: {', '.join(named)}")
            return


def _village_in(cell: Cell) -> str | None:
    """The one village of which a part of a text is the name; None where it names none, or more than one.

    >>> _village_in("Usulan / Desa Tapanrejo"), _village_in("Rehab balai Desa Baru"), _village_in("Desa A; Desa B")
    ('Tapanrejo', None, None)
    """
    parts = re.split(r"[\n;,/|]|<br\s*/?>", cell[:2000]) if isinstance(cell, str) else []
    found = {named[2] for part in parts if (named := headers.of_all_below(part.strip(), alone=True))
             and named[0] == "village" and re.fullmatch(r"[A-Z][\w'’ ]*", named[2])}
    return found.pop() if len(found) == 1 else None


def add_funds(table: Table, below: Mapping[str, str], mapping: Mapping[str, str] | None) -> None:
    """Where each fund has a column of its own ("DD | ADD | PBH"), a column that names those that give something; and
    their sum, where no column gives the amount."""
    fund_of = {column: fund for column in table.columns
               if (fund := vocabulary.fund_called(headings.plain(below.get(column, column))))
               and not (mapping or {}).get(column) and table.mapping.get(column) in (None, "fund", "amount")}
    amounts = {column: money.read_money([row.values[column] for row in table.rows], "IDR") for column in fund_of}
    amounts = {column: readings for column, readings in amounts.items()
               if sum(reading.value is not None for reading in readings) > sum(
                   reading.fault is not None for reading in readings)}
    if len(amounts) < FEWEST_FUND_COLUMNS:
        return
    table.recognised = tuple(replace(one, meaning=None, how=None, rival_of=None) if one.column in amounts else one
                             for one in table.recognised)
    given = [[(column, readings[place].value) for column, readings in amounts.items() if readings[place].value]
             for place in range(len(table.rows))]
    names = {column: below.get(column, column) for column in amounts}
    if "fund" not in table.column_of:
        _add(table, "fund", "Sumber Dana", [" + ".join(names[column] for column, _ in one) or None for one in given],
             mapping, ", ".join(names.values()))
    if "amount" not in table.column_of:
        _add(table, "amount", "Jumlah", [int(sum(value for _, value in one)) or None for one in given], mapping,
             " + ".join(names.values()))


def _add(table: Table, meaning: str, label: str, cells: Sequence[Cell], mapping: Mapping[str, str] | None,
         said: str) -> None:
    """One more column, of what the file says elsewhere; a person may say that it means something else."""
    column = joining.free(label, table.columns)
    for row, cell in zip(table.rows, cells, strict=True):
        row.values[column] = cell
    table.columns = (*table.columns, column)
    table.stated = (*table.stated, column)
    says = (mapping or {}).get(column, meaning)
    table.recognised = (*table.recognised, Recognised(column, says or None, "name" if says == meaning else "person"))
    table.problems.append(Problem(None, column, None, Sentence("file.stated_above", {"value": said[:200]}),
                                  sheet=table.sheet, severity="note"))
