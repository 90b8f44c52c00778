"""Several sheets or layers of one file that are alike, read as one table; what is of another shape is named.

Alike are those with the same headings, or of which one has a column for all that the other's columns mean. Each row
keeps the number it has in its own sheet, and a column names the sheet.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from geo import columns
from geo.sentences import Sentence
from geo.tables import Cell, Problem, Recognised, Row, Table

FEWEST_MEANINGS = 2
WHERE = frozenset({"lat", "lon", "coordinate", "village", "village_code"})
"""Of a sheet with fewer columns than the first these show that its lines are works, not the costs of one."""
SUMMARY = re.compile(r"\b(?:rekap\w*|ringkasan|gabungan|total|summary|recap\w*)\b", re.IGNORECASE)
"""Names of sheets that repeat the rows of the others."""


def alike(first: Table, other: Table) -> bool:
    """Whether the rows of both can stand in one table; a summary repeats rows, and other units are other columns."""
    if SUMMARY.search(other.sheet or ""):
        return False
    if columns.shape_of(_own(first)) != columns.shape_of(_own(other)):
        one, two = _meant(first), _meant(other)
        fewer = min(one, two, key=len)
        if len(fewer) < FEWEST_MEANINGS or not (one <= set(other.column_of) or (
                "name" in two and two & WHERE and two <= set(first.column_of))):
            return False
    units = {one.meaning: one.unit for one in first.recognised if one.meaning}
    return all(units.get(one.meaning, one.unit) == one.unit for one in other.recognised if one.meaning)


def _meant(table: Table) -> set[str]:
    return {meaning for column, meaning in table.mapping.items() if column not in table.stated}


def _own(table: Table) -> list[str]:
    return [column for column in table.columns if column not in table.stated]


def join(tables: Sequence[Table], first: Table, called: str) -> Table:
    """One table of all of these, in their order, with the columns of `first` before those that only others have;
    `called` heads the column that names the sheet or layer of each row."""
    if len(tables) == 1:
        return first
    recognised = list(first.recognised)
    stated = list(first.stated)
    names_of = [_names(recognised, stated, table) for table in tables]
    own = free(called, [one.column for one in recognised])
    recognised.append(Recognised(own, None))
    every: dict[str, Cell] = dict.fromkeys(one.column for one in recognised)
    rows, problems = [], []
    for table, name_of in zip(tables, names_of, strict=True):
        rows += [Row(row.number, table.sheet, every | {name_of[column]: cell for column, cell in row.values.items()}
                     | {own: table.sheet}, row.geometry) for row in table.rows]
        problems += [Problem(one.row, name_of.get(one.column or "", one.column), one.text, one.reason, one.suggestion,
                             one.sheet or table.sheet, one.severity) for one in table.problems]
    sheets = tuple(table.sheet or "" for table in tables)
    problems.append(Problem(None, None, None, Sentence("file.sheets_together", {
        "names": ", ".join(sheets), "count": len(rows)}), severity="note"))
    return Table(first.format, first.sheet, tuple(every), tuple(recognised), rows, problems, first.header_row,
                 stated=(*stated, own), sheets=sheets, title_category_of={
                     name: table.title_category for name, table in zip(sheets, tables, strict=True)
                     if table.title_category})


def _names(recognised: list[Recognised], stated: list[str], table: Table) -> dict[str, str]:
    """What each column of a further table is called in the one table; a column or meaning of its own is added there."""
    name_of: dict[str, str] = {}
    for one in sorted(table.recognised, key=lambda one: one.meaning is None):
        words = columns.shape_of([one.column])
        known = next((known for known in recognised if one.meaning and known.meaning == one.meaning), None) or next(
            (known for known in recognised if columns.shape_of([known.column]) == words
             and not (one.meaning and known.meaning)), None)
        if known is None or known.column in name_of.values():
            taken = one.meaning in {known.meaning for known in recognised}
            known = replace(one, column=free(one.column, [known.column for known in recognised]),
                            meaning=None if taken else one.meaning)
            recognised.append(known)
            stated += [known.column] if one.column in table.stated else []
        elif one.meaning and not known.meaning:
            recognised[recognised.index(known)] = replace(one, column=known.column)
        name_of[one.column] = known.column
    return name_of


def free(label: str, taken: Sequence[str]) -> str:
    """A heading that no column of the file has yet."""
    return label if label not in taken else next(
        name for number in range(2, len(taken) + 3) if (name := f"{label} ({number})") not in taken)
