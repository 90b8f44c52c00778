"""Reading a file into rows, and rows into works: the doors of `tables`, `formats`, `columns` and `understanding`.

A bad row is never an exception: it becomes problems that are listed with all the others.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from geo import columns, degrees, formats, headers, headings, joining, shapes, spreading, values
from geo.errors import ColumnsUnknown, FileEmpty, FileRefused
from geo.formats.contents import Contents, Features, Grid
from geo.headers import Header
from geo.identity import fingerprint, source_key, source_keys
from geo.schema import COLUMN
from geo.sentences import Sentence
from geo.tables import (
    LIMITS,
    Cell,
    Limits,
    Problem,
    Recognised,
    Row,
    Suggestion,
    Table,
    Understood,
)
from geo.understanding import understand

__all__ = ["LIMITS", "Cell", "Limits", "Problem", "Recognised", "Row", "Suggestion", "Table", "Understood",
           "fingerprint", "of_contents", "read", "source_key", "source_keys", "understand"]

EXAMPLE = ("Contoh: ", "Example: ")
SAID_EVERY = 4_000
COST_COLUMNS = frozenset({"kode sbu", "kd sub rinci", "kd rincian", "kd subrinci", "no urut rinci", "jml satuan"})
NUMBERED = frozenset({1, 2, *(mark for one in ("1", "2", "a", "i", "A", "I") for mark in (one, f"({one})", f"{one}."))})
WANTED = ("name", "year", "fund", "amount", "village", "lat", "lon")
"""What a file whose headings say nothing is told to have: the first is needed, the others find what is double."""

Say = Callable[[int, int], None]


def read(path: Path | str, *, file_name: str | None = None, mapping: Mapping[str, str] | None = None,
         limits: Limits = LIMITS, together: bool = True, say: Say | None = None) -> Table:
    """The rows of a file and what its columns were taken to mean; what the file holds decides its format.

    `mapping` is a person's word: file column -> schema column, '' for a column that means nothing. Sheets and layers
    that are alike are one table unless `together` is False; those that are not read are named. `say` hears (rows done,
    rows in all) every few thousand rows; what it raises ends the reading.
    Raises FileEmpty, FormatUnknown, ColumnsUnknown or FileRefused; all other trouble is in `problems`.
    """
    return of_contents(formats.read(Path(path), limits), mapping=mapping, limits=limits, together=together, say=say)


def of_contents(contents: Contents, *, mapping: Mapping[str, str] | None = None, limits: Limits = LIMITS,
                together: bool = True, say: Say | None = None) -> Table:
    """The rows of what a format handed over; otherwise as `read`."""
    table = (_of_layers(contents, mapping, limits, together) if contents.features
             else _of_grids(contents, mapping, limits, together, say))
    if not table.rows:
        raise (FileEmpty("file.only_headings", names=_listed(table)) if table.header_row else FileEmpty)
    if not table.mapping and not any(row.geometry for row in table.rows):
        raise _nothing_known(table, contents)
    _pass_over_examples(table)
    if not table.rows:
        raise FileEmpty("file.only_example")
    if "name" not in table.column_of:
        table.problems.append(Problem(None, None, None, Sentence("file.no_name_column")))
    for one in table.recognised:
        if one.rival_of:
            table.problems.append(_note(table, "file.rival_column", column=one.column, winner=one.rival_of))
        if one.unit != 1:
            table.problems.append(_note(table, "file.unit", column=one.column, factor=int(one.unit)))
    _mark_errors(table)
    _check_cells(table, limits)
    return table


def _note(table: Table, message_id: str, *, column: str | None = None, **values: object) -> Problem:
    return Problem(None, column, None, Sentence(message_id, values), sheet=table.sheet, severity="note")


def _names_of(table: Table) -> str:
    return ", ".join(table.sheets or (table.sheet or "",))


def _listed(table: Table) -> str:
    """The headings as a refusal names them, cut where a file has very many or very long ones."""
    names = [name if len(name) <= 40 else name[:39] + "…" for name in table.columns[:12]]
    return ", ".join(names) + (", …" if len(table.columns) > 12 else "")


def _nothing_known(table: Table, contents: Contents) -> ColumnsUnknown:
    wanted = [f"column.{name}" for name in WANTED]
    if not table.columns or (contents.features is None and not table.header_row):
        return ColumnsUnknown("file.no_headings", wanted=wanted)
    return ColumnsUnknown("file.columns_unknown", names=_listed(table), wanted=wanted)


def _of_layers(contents: Contents, mapping: Mapping[str, str] | None, limits: Limits, together: bool) -> Table:
    """The first layer with all that are alike; the others are named and counted in a note."""
    first, *others = [_of_features(contents.format, one, mapping) for one in (contents.features, *contents.others)
                      if one is not None]
    alike = [one for one in others if together and joining.alike(first, one)]
    table = _joined([first, *alike], first, "layer", limits)
    left = [one for one in others if one not in alike]
    unread = contents.unread
    if left or unread:
        table.problems.append(_note(table, "file.other_layers", layer=_names_of(table), others=", ".join(
            [*(str(one.sheet) for one in left), *unread]), count=sum(len(one.rows) for one in left)))
    return table


def _of_features(form: str, features: Features, mapping: Mapping[str, str] | None) -> Table:
    rows = [Row(number, features.name, {column: properties.get(column) for column in features.columns}, shape)
            for number, (properties, shape) in enumerate(
                zip(features.properties, features.geometries, strict=True), start=1)]
    table = _table(Table(form, features.name, tuple(features.columns), (), rows, list(features.problems)), mapping)
    spreading.add_village(table, mapping)
    return table


def _table(table: Table, mapping: Mapping[str, str] | None, below: Mapping[str, str] | None = None) -> Table:
    """The same table with its columns understood; degrees, minutes and seconds are put together before."""
    made = degrees.put_together(table.columns, table.rows, list(mapping or ()))
    parts = {part for axis in made.values() for part in (*axis.parts, axis.side) if part}
    every = [*table.columns, *made]
    cells_of = {column: [row.values.get(column) for row in table.rows] for column in every}
    known = columns.recognise([column for column in every if column not in parts], cells_of, mapping, below)
    known_as = {one.column: one for one in known}
    table.recognised = tuple(known_as.get(column, Recognised(column, None)) for column in every)
    table.columns = tuple(every)
    table.stated = (*table.stated, *made)
    for column, axis in made.items():
        table.problems.append(_note(table, "file.degrees_joined", column=column, columns=", ".join(
            part for part in axis.parts if part)))
    return table


def _of_grids(contents: Contents, mapping: Mapping[str, str] | None, limits: Limits, together: bool,
              say: Say | None) -> Table:
    """The sheet whose header says the most with all that are alike; other sheets that look like tables are named."""
    found = [headers.find(grid) for grid in contents.grids]
    shown = [place for place, grid in enumerate(contents.grids) if not grid.hidden]
    best = max(shown, key=lambda place: (
        found[place].score, not joining.SUMMARY.search(contents.grids[place].name or ""),
        len(contents.grids[place].lines), -place))
    first = _of_grid(contents, contents.grids[best], found[best], mapping, limits, say)
    tables = [first]
    if together:
        others = [_of_grid(contents, contents.grids[place], found[place], mapping, limits, say) for place in shown
                  if place != best and contents.grids[place].name and found[place].score]
        place_of = {grid.name: place for place, grid in enumerate(contents.grids)}
        tables = sorted([first, *(one for one in others if one.rows and joining.alike(first, one))],
                        key=lambda one: place_of[one.sheet])
    table = _joined(tables, first, "sheet", limits)
    table.problems[:0] = contents.problems
    _name_other_sheets(table, contents, found, {one.sheet for one in tables})
    return table


def _joined(tables: Sequence[Table], first: Table, called: str, limits: Limits) -> Table:
    if sum(len(table.rows) for table in tables) > limits.rows:
        raise FileRefused("reading.too_many_rows", limit=limits.rows)
    return joining.join(tables, first, called)


def _of_grid(contents: Contents, grid: Grid, header: Header, mapping: Mapping[str, str] | None, limits: Limits,
             say: Say | None) -> Table:
    """The rows of one sheet, with what stands above and between them."""
    if len(grid.lines) > limits.rows:
        raise FileRefused("reading.too_many_rows", limit=limits.rows)
    stated = headers.stated(grid, header)
    names, rows, passed_over, said_between = _rows(grid, header, limits, say)
    table = _table(Table(contents.format, grid.name, tuple(names), (), rows,
                         header_row=grid.numbers[header.place] if header.place >= 0 else None), mapping, header.below)
    if stated.unit != 1:
        table.recognised = tuple(replace(one, unit=stated.unit) if one.unit == 1 and one.meaning and COLUMN[
            one.meaning].type == "money" else one for one in table.recognised)
    table.problems += columns.doubts({name: [row.values[name] for row in rows] for name in names}, table.recognised)
    if passed_over:
        table.problems.append(_note(table, "file.repeated_headings", count=passed_over))
    spreading.fill_merged(table, grid)
    spreading.add_stated(table, stated, said_between, mapping)
    spreading.add_funds(table, header.below, mapping)
    _mark_ragged(table, contents, grid, header)
    _mark_cost_lines(table, grid, header)
    return table


def _rows(grid: Grid, header: Header, limits: Limits, say: Say | None,
          ) -> tuple[list[str], list[Row], int, list[tuple[int, tuple[str, str, str]]]]:
    """The rows below the header, how many lines repeat it, and the lines that speak for the rows below them."""
    names, first = header.names, header.first
    width = len(names)
    empty = dict.fromkeys(names)
    heads = {cell for above in grid.lines[max(header.place, 0):first] for cell in above if isinstance(cell, str)}
    rows: list[Row] = []
    between: list[tuple[int, tuple[str, str, str]]] = []
    said = 0
    for number, line in zip(grid.numbers[first:], grid.lines[first:], strict=True):
        if say and not said % SAID_EVERY:
            say(said, len(grid.lines) - first)
        said += 1
        start = next((cell for cell in line if cell not in (None, "")), None)
        if start in NUMBERED:
            if headers.is_numbering(line):
                continue
        elif start in heads and headers.repeats(line, header, grid):
            continue
        if width > 3 and (spoken := spreading.spoken_between(line)):
            between.append((number, spoken))
            continue
        values: dict[str, Cell] = empty.copy()
        values.update(zip(names, [None if cell == "" else cell for cell in line], strict=False))
        rows.append(Row(number, grid.name, values))
    passed_over = said - len(rows) - len(between)
    if not rows and not header.score:  # below headings that say nothing, "1, 2, 3" may be all there is
        rows = [Row(number, grid.name, empty | dict(zip(names, line, strict=False)))
                for number, line in zip(grid.numbers[first:], grid.lines[first:], strict=True)]
        passed_over = 0
    return names, rows, passed_over, between


def _name_other_sheets(table: Table, contents: Contents, found: Sequence[Header],
                       read: Collection[str | None]) -> None:
    others: list[str] = []
    hidden: list[str] = []
    for one, header in zip(contents.grids, found, strict=True):
        if one.name in read or not one.name:
            continue
        repeat = any(re.fullmatch(r"_?parent[ _]?(?:index|key)|_submission__\w+", name, re.I) for name in header.names)
        if header.score >= 2 or repeat:
            (hidden if one.hidden else others).append(one.name)
    if others:
        table.problems.append(_note(table, "file.other_sheets", sheet=_names_of(table), others=", ".join(others)))
    if hidden:
        table.problems.append(_note(table, "file.hidden_sheets", others=", ".join(hidden)))


def _mark_ragged(table: Table, contents: Contents, grid: Grid, header: Header) -> None:
    """In a text file a row with more cells than headings has a stray delimiter: its cells stand in wrong columns."""
    if contents.format != "csv" or header.place < 0:
        return
    width = max(len(line) for line in grid.lines[header.place:header.first])
    if not 1 < width < max(len(line) for line in grid.lines):
        return
    over = {number for number, line in zip(grid.numbers[header.first:], grid.lines[header.first:], strict=True)
            if any(cell not in (None, "") for cell in line[width:])}
    table.problems += [Problem(row.number, None, None, Sentence("row.more_cells", {"count": width}), sheet=row.sheet)
                       for row in table.rows if row.number in over]


def _mark_cost_lines(table: Table, grid: Grid, header: Header) -> None:
    """The lines of a cost estimate (RAB) are cement and wages: one work has many, and none of them is a work."""
    names = {headings.plain(name) for name in table.columns}
    titles = " ".join(str(cell) for line in grid.lines[:max(header.place, 0)] for cell in line if cell)
    priced = any(re.search(r"\b(?:harga satuan|hrg satuan|unit price)\b", name) for name in names)
    if priced and (COST_COLUMNS & names or re.search(
            r"\bRAB\b|rencana anggaran (?:dan )?biaya|bill of quantit", f"{titles} {table.sheet or ''}", re.I)):
        table.problems += [Problem(row.number, None, None, Sentence("row.cost_line"), sheet=row.sheet)
                           for row in table.rows]


def _pass_over_examples(table: Table) -> None:
    """The example row of the template, which nobody need delete."""
    column = table.column_of.get("name")
    kept = [row for row in table.rows if column is None or not str(row.values.get(column) or "").startswith(EXAMPLE)]
    if len(kept) < len(table.rows):
        table.rows = kept
        table.problems.append(_note(table, "file.example_row"))


def _mark_errors(table: Table) -> None:
    """A formula that failed where a coordinate belongs is no empty cell: #REF!, #N/A."""
    placing = [column for column, meaning in table.mapping.items()
               if COLUMN[meaning].type in ("lat", "lon", "geometry")]
    table.problems += [Problem(row.number, column, cell, Sentence("cell.error"), sheet=row.sheet)
                       for row in table.rows for column in placing
                       if isinstance(cell := row.values.get(column), str) and values.ERROR.fullmatch(cell)]


def _check_cells(table: Table, limits: Limits) -> None:
    most = limits.cell_characters
    too_long = [(row, column, cell) for row in table.rows for column, cell in row.values.items()
                if type(cell) is str and len(cell) > most]
    for row, column, cell in too_long:
        if len(cell) <= limits.geometry_characters and shapes.is_one(cell):
            continue
        table.problems.append(Problem(row.number, column, cell[:60] + "…", Sentence(
            "cell.too_long", {"limit": most}), sheet=row.sheet))
        row.values[column] = cell[:most]
