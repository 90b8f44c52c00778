"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): an archive is checked here, the child opens it (a sparse sheet may
claim 17 billion cells)."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geo.errors import FileEmpty
from geo.formats import archive, sandbox
from geo.formats.contents import Contents, Grid
from geo.tables import Cell, Limits

NAME = "xlsx"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
ENTRIES = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "content.xml": "ods"}


def recognises(path: Path, head: bytes) -> bool:
    """A zip archive that holds a workbook, or an old workbook."""
    return _kind(path, head) is not None


def _kind(path: Path, head: bytes) -> str | None:
    if head.startswith(OLD_OFFICE):
        streams = old_streams(path, head)
        named = any(name.encode("utf-16-le") in streams for name in ("Workbook", "Book"))
        return "xls" if named and "EncryptedPackage".encode("utf-16-le") not in streams else None
    if not archive.is_archive(head):
        return None
    names = {name.lower() for name in archive.names(path)}
    if "content.xml" in names and b"opendocument.spreadsheet" not in head[:200]:
        names.discard("content.xml")  # a text or a drawing of the same office suite
    return next((kind for name, kind in ENTRIES.items() if name in names), None)


def old_streams(path: Path, head: bytes) -> bytes:
    """The directory of an old Office file, in which its streams are named."""
    sector_bytes = 1 << min(int.from_bytes(head[30:32], "little"), 12)
    with path.open("rb") as opened:
        opened.seek((int.from_bytes(head[48:52], "little") + 1) * sector_bytes)
        return opened.read(4096)


def read(path: Path, limits: Limits) -> Contents:
    """One grid for each sheet that holds something; values, never formulas. Hidden sheets are marked, and cut."""
    with path.open("rb") as opened:
        head = opened.read(4096)
    kind = _kind(path, head) or NAME
    if kind != "xls":
        archive.check(path, limits)
    task = {"read": "workbook", "path": str(path.resolve()), "rows": limits.rows + 1000, "columns": limits.columns,
            "rows_of_hidden": 40}
    grids: list[Grid] = []
    number = 0
    with sandbox.ran(task, limits) as written, written.open(encoding="utf-8") as blocks:
        for text in blocks:
            block = json.loads(text)
            if isinstance(block, list):
                number = _take(block, grids[-1], number)
            else:
                grids.append(Grid(block["sheet"], [], [], [tuple(one) for one in block["merged"]], block["hidden"]))
                number = 0
    grids = [grid for grid in grids if grid.lines]
    if all(grid.hidden for grid in grids):
        raise FileEmpty("file.only_hidden", names=", ".join(grid.name for grid in grids)) if grids else FileEmpty
    return Contents(kind, grids=grids)


def _take(block: list[list[Any]], grid: Grid, number: int) -> int:
    for line in block:
        number += 1
        cells = [None if cell == "" else cell if type(cell) is str else _cell(cell) for cell in line]
        if any(cell is not None for cell in cells):
            grid.numbers.append(number)
            grid.lines.append(cells)
    return number


def _cell(cell: Any) -> Cell:
    if isinstance(cell, list):
        return _day(cell[0])
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell


def _day(text: str) -> date | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.date() if moment.time() == datetime.min.time() else moment.isoformat(" ")
