"""Excel workbooks: the archive is checked here, the child opens it (a sparse sheet may claim 17 billion cells)."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geo.errors import FileEmpty
from geo.formats import archive, sandbox
from geo.formats.contents import Contents, Grid
from geo.tables import Cell, Limits

NAME = "xlsx"


def recognises(path: Path, head: bytes) -> bool:
    """A zip archive that holds a workbook."""
    return archive.is_archive(head) and any(
        name.lower() in ("xl/workbook.xml", "xl/workbook.bin") for name in archive.names(path))


def read(path: Path, limits: Limits) -> Contents:
    """One grid for each visible sheet that holds something; values, never formulas."""
    archive.check(path, limits)
    task = {"read": "workbook", "path": str(path.resolve()), "rows": limits.rows + 1000, "columns": limits.columns}
    grids: list[Grid] = []
    with sandbox.ran(task, limits) as written, written.open(encoding="utf-8") as lines:
        for text in lines:
            line = json.loads(text)
            if isinstance(line, dict):
                grids.append(Grid(line["sheet"], [], []))
                number = 0
                continue
            number += 1
            if any(cell not in ("", None) for cell in line):
                grids[-1].numbers.append(number)
                grids[-1].lines.append([_cell(cell) for cell in line])
    grids = [grid for grid in grids if grid.lines]
    if not grids:
        raise FileEmpty
    return Contents(NAME, grids=grids)


def _cell(cell: Any) -> Cell:
    if isinstance(cell, list):
        return _day(cell[0])
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return None if cell == "" else cell


def _day(text: str) -> date | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.date() if moment.time() == datetime.min.time() else moment.isoformat(" ")
