"""Reading a file into rows, and rows into works: the doors of `tables`, `formats`, `columns` and `understanding`.

A bad row is never an exception: it becomes problems that are listed with all the others.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from geo import columns, formats, headings
from geo.errors import ColumnsUnknown, FileEmpty, FileRefused
from geo.formats.contents import Contents, Features, Grid
from geo.identity import fingerprint, source_key, source_keys
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
           "fingerprint", "read", "source_key", "source_keys", "understand"]

EXAMPLE = ("Contoh: ", "Example: ")
HEADER_LINES = 40
SAID_EVERY = 4_000
RECOGNISED = 80.0
GRIDS = frozenset({"csv", "xlsx"})
WANTED = ("name", "year", "fund", "amount", "village", "lat", "lon")
"""What a file whose headings say nothing is told to have: the first is needed, the others find what is double."""


def read(path: Path | str, *, file_name: str | None = None, mapping: Mapping[str, str] | None = None,
         limits: Limits = LIMITS, say: Callable[[int, int], None] | None = None) -> Table:
    """The rows of a file and what its columns were taken to mean; what the file holds decides its format.

    `mapping` is a person's word: file column -> schema column, '' for a column that means nothing. `say` hears
    (rows done, rows in all) every few thousand rows; what it raises ends the reading.
    Raises FileEmpty, FormatUnknown, ColumnsUnknown or FileRefused; all other trouble is in `problems`.
    """
    contents = formats.read(Path(path), limits)
    table = (_of_features(contents.format, contents.features, mapping) if contents.features
             else _of_grids(contents, mapping, limits, say))
    if not table.rows:
        raise (FileEmpty("file.only_headings", names=_listed(table)) if table.header_row else FileEmpty)
    if not table.mapping and not any(row.geometry for row in table.rows):
        raise _nothing_known(table)
    _pass_over_examples(table)
    if not table.rows:
        raise FileEmpty("file.only_example")
    if "name" not in table.column_of:
        table.problems.append(Problem(None, None, None, Sentence("file.no_name_column")))
    for one in table.recognised:
        if one.rival_of:
            table.problems.append(Problem(None, one.column, None, Sentence(
                "file.rival_column", {"winner": one.rival_of}), sheet=table.sheet, severity="note"))
        if one.unit != 1:
            table.problems.append(Problem(None, one.column, None, Sentence(
                "file.unit", {"factor": int(one.unit)}), sheet=table.sheet, severity="note"))
    _check_cells(table, limits)
    return table


def _listed(table: Table) -> str:
    """The headings as a refusal names them, cut where a file has very many or very long ones."""
    names = [name if len(name) <= 40 else name[:39] + "…" for name in table.columns[:12]]
    return ", ".join(names) + (", …" if len(table.columns) > 12 else "")


def _nothing_known(table: Table) -> ColumnsUnknown:
    wanted = [f"column.{name}" for name in WANTED]
    if not table.columns or (table.format in GRIDS and not table.header_row):
        return ColumnsUnknown("file.no_headings", wanted=wanted)
    return ColumnsUnknown("file.columns_unknown", names=_listed(table), wanted=wanted)


def _of_features(form: str, features: Features, mapping: Mapping[str, str] | None) -> Table:
    cells_of = {column: [properties.get(column) for properties in features.properties]
                for column in features.columns}
    rows = [Row(number, features.name, {column: properties.get(column) for column in features.columns}, shape)
            for number, (properties, shape) in enumerate(
                zip(features.properties, features.geometries, strict=True), start=1)]
    recognised = columns.recognise(features.columns, cells_of, mapping)
    return Table(form, features.name, tuple(features.columns), recognised, rows, list(features.problems))


def _of_grids(contents: Contents, mapping: Mapping[str, str] | None, limits: Limits,
              say: Callable[[int, int], None] | None) -> Table:
    """The sheet whose header says the most; the other sheets are named in a note."""
    headers = [_header(grid) for grid in contents.grids]
    best = max(range(len(headers)), key=lambda place: (headers[place][1], len(contents.grids[place].lines), -place))
    grid, place = contents.grids[best], headers[best][0]
    if len(grid.lines) > limits.rows:
        raise FileRefused("reading.too_many_rows", limit=limits.rows)
    names, first = _names(grid, place)
    lines = [(number, line) for number, line in zip(grid.numbers[first:], grid.lines[first:], strict=True)
             if not _repeats(line, names) and not _is_numbering(line)]
    if not lines and not headers[best][1]:  # below headings that say nothing, "1, 2, 3" may be all there is
        lines = list(zip(grid.numbers[first:], grid.lines[first:], strict=True))
    rows = []
    for number, line in lines:
        if say and not len(rows) % SAID_EVERY:
            say(len(rows), len(lines))
        rows.append(Row(number, grid.name, _by_name(line, names)))
    cells_of = {name: [row.values[name] for row in rows] for name in names}
    recognised = columns.recognise(names, cells_of, mapping)
    table = Table(contents.format, grid.name, tuple(names), recognised, rows,
                  header_row=grid.numbers[place] if place >= 0 else None)
    passed_over = len(grid.lines) - first - len(lines)
    if passed_over:
        table.problems.append(Problem(None, None, None, Sentence("file.repeated_headings", {"count": passed_over}),
                                      sheet=grid.name, severity="note"))
    others = [one.name for one, (_, score) in zip(contents.grids, headers, strict=True)
              if one is not grid and one.name and score >= 2]
    if others:
        table.problems.append(Problem(None, None, None, Sentence(
            "file.other_sheets", {"sheet": grid.name, "others": ", ".join(others)}), sheet=grid.name, severity="note"))
    return table


def _header(grid: Grid) -> tuple[int, float]:
    """Place of the header among the first lines (-1: none) and how many of its cells are known by name."""
    best, best_score = -1, 0.0
    for place, line in enumerate(grid.lines[:HEADER_LINES]):
        texts = [cell for cell in line if isinstance(cell, str) and cell.strip()]
        known = {claimed[0].meaning for text in texts if len(text) < 80
                 and (claimed := headings.claims(text.strip())) and claimed[0].score >= RECOGNISED}
        score = len(known) + 0.01 * len(texts) if known and len(texts) > 0.5 * len(known) else 0.0
        if len(known) == 1 and len([cell for cell in line if cell not in (None, "")]) == 1 and place + 1 < len(
                grid.lines) and len(grid.lines[place + 1]) > 1 and len(line) > 1:
            score = 0.0  # a lone "Kegiatan" above a table is its title
        if score > best_score + (0.9 if best >= 0 else 0):
            best, best_score = place, score
    first = [cell for cell in grid.lines[0] if cell not in (None, "")]
    worded = all(isinstance(cell, str) and not any(mark.isdigit() for mark in cell) for cell in first)
    if best > 0 and worded and len(first) > 1 and best_score < (3 if best == len(grid.lines) - 1 else 2):
        below = [cell for cell in grid.lines[best] if cell not in (None, "")]
        if len(first) >= len(below):  # "x" or "desa" in a row of a table whose headings are strange is no heading
            return 0, 0.0
    if best >= 0:
        return best, best_score
    return (0, 0.0) if worded and (len(grid.lines) > 1 or len(first) > 1) else (-1, 0.0)


def _names(grid: Grid, place: int) -> tuple[list[str], int]:
    """Names for every column, and the place of the first line below the header. Two merged header lines are joined;
    an empty heading is numbered, a repeated one too."""
    width = max(len(line) for line in grid.lines)
    if place < 0:
        return [f"Kolom {number}" for number in range(1, width + 1)], 0
    heads = [_text(cell) for cell in grid.lines[place]] + [""] * (width - len(grid.lines[place]))
    first = place + 1
    if place + 1 < len(grid.lines) and _is_second_header(heads, grid.lines[place + 1]):
        lower = [_text(cell) for cell in grid.lines[place + 1]] + [""] * (width - len(grid.lines[place + 1]))
        above = ""
        for column in range(width):
            above = heads[column] or (above if lower[column] else "")
            heads[column] = f"{above} {lower[column]}".strip() if lower[column] else heads[column]
        first = place + 2
    names: list[str] = []
    for number, head in enumerate(heads, start=1):
        name = head or f"Kolom {number}"
        again = 2
        while name in names:
            name, again = f"{head or 'Kolom'} ({again})", again + 1
        names.append(name)
    used = {column for line in grid.lines[first:] for column, cell in enumerate(line) if cell not in (None, "")}
    last = max((column for column, head in enumerate(heads) if head or column in used), default=-1)
    return names[: last + 1], first


def _text(cell: Cell) -> str:
    return " ".join(str(cell).split()) if cell not in (None, "") else ""


def _is_second_header(heads: list[str], line: list[Cell]) -> bool:
    """A line of words below a header with gaps, which names something in a gap or under a spanning heading."""
    cells = [(column, cell) for column, cell in enumerate(line) if cell not in (None, "")]
    if not cells or not all(isinstance(cell, str) and len(cell) < 60 for _, cell in cells):
        return False
    if any(mark.isdigit() for _, cell in cells for mark in str(cell)):
        return False
    gaps = [column for column, cell in cells if column >= len(heads) or not heads[column]]
    known = [column for column, cell in cells
             if (claimed := headings.claims(str(cell))) and claimed[0].score >= RECOGNISED]
    return bool(gaps) and bool(known)


def _is_numbering(line: list[Cell]) -> bool:
    """The line "(1) (2) (3) …" that official forms carry below their header."""
    texts = [str(cell).strip(" ()") for cell in line if cell not in (None, "")]
    return len(texts) >= 3 and texts == [str(number) for number in range(1, len(texts) + 1)]


def _repeats(line: list[Cell], names: Sequence[str]) -> bool:
    """The header once more, as printed on each page."""
    texts = [_text(cell) for cell in line]
    said = [column for column, text in enumerate(texts) if text]
    return len(said) > 1 and all(column < len(names) and texts[column] == names[column] for column in said)


def _by_name(line: list[Cell], names: Sequence[str]) -> dict[str, Cell]:
    values: dict[str, Cell] = dict.fromkeys(names)
    for name, cell in zip(names, line, strict=False):
        values[name] = None if cell == "" else cell
    return values


def _pass_over_examples(table: Table) -> None:
    """The example row of the template, which nobody need delete."""
    column = table.column_of.get("name")
    kept = [row for row in table.rows if column is None or not str(row.values.get(column) or "").startswith(EXAMPLE)]
    if len(kept) < len(table.rows):
        table.rows = kept
        table.problems.append(Problem(None, None, None, Sentence("file.example_row"), sheet=table.sheet,
                                      severity="note"))


def _check_cells(table: Table, limits: Limits) -> None:
    for row in table.rows:
        for column, cell in row.values.items():
            if isinstance(cell, str) and len(cell) > limits.cell_characters:
                table.problems.append(Problem(row.number, column, cell[:60] + "…", Sentence(
                    "cell.too_long", {"limit": limits.cell_characters}), sheet=row.sheet))
                row.values[column] = cell[: limits.cell_characters]
