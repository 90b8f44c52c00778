"""A file of works in, the same file with places out: what `./pantau locate` does, without a terminal.

The output keeps every input column and adds those of `ADDED`; a position stays empty while it is unread or while a
suggestion waits, unless suggestions are accepted.
"""

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import xlsxwriter

from geo import coordinates, rows
from geo.errors import FormatUnknown
from geo.formats import sandbox
from geo.gazetteer import Gazetteer
from geo.regions import Regions
from geo.sentences import worded
from geo.tables import LIMITS, Problem, Table, Understood

ADDED = ("row", "lon", "lat", "wkt", "how", "accuracy_m", "region_code", "region_name", "outside_m")
OUTPUTS = (".csv", ".xlsx", ".geojson", ".gpkg", ".parquet")
DOUBTS = frozenset({
    "chord.end_missing", "chord.kilometres", "chord.longer", "chord.start_missing", "coordinate.claimed_twice",
    "coordinate.far_from_its_own", "coordinate.far_from_others", "coordinate.link_way",
    "coordinate.numbers_left_aside", "coordinate.order_mixed", "coordinate.sources_differ", "coordinate.two_ends",

    "region.code_name_differ", "region.code_unknown", "region.district_differs", "region.end_outside",
    "region.end_outside_in", "region.likely_other", "region.not_certain", "region.nothing_near",
    "region.other_regency", "region.outside", "region.outside_in", "region.partly", "region.several",
    "region.unknown", "region.villages"})
"""Notes that speak of a position being wrong: listed with the faults, as a script would else take it for good."""

SAID = frozenset({"id.repeated", "number.unreadable", "file.other_sheets", "file.other_layers"})
"""Notes that say what was not read or was kept otherwise than typed: a script must hear of them too."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a file: `placed` rows have a position, `problems` is the number of lines written."""

    rows: int
    placed: int
    suggested: int
    without: int
    problems: int


def place(file: Path, out: Path, problems: Path, *, regions: Regions | None = None, accept: bool = False,
          mapping: Mapping[str, str] | None = None, currency: str = "IDR", language: str = "id",
          gazetteer: Gazetteer | None = None,
          say: Callable[[str, int, int], None] = lambda what, done, total: None) -> Summary:
    """Write `out` (its extension decides the format) and `problems` (CSV). Raises GeoError before anything is
    written; `say` hears what is being done. Without `regions` a `gazetteer` tells the likely regency."""
    if out.suffix.lower() not in OUTPUTS:
        raise FormatUnknown("placing.output_unknown", names=", ".join(OUTPUTS))
    if len({path.resolve() for path in (file, out, problems)}) < 3:
        raise FormatUnknown("placing.one_file")
    say("job.reading", 0, 0)
    table = rows.read(file, mapping=mapping, say=lambda done, total: say("job.reading", done, total))
    understood = rows.understand(table, currency=currency, regions=regions,
                                 say=lambda done, total: say("job.understanding", done, total))
    if gazetteer is not None and regions is None and currency == "IDR":  # its places are those of Indonesia
        gazetteer.doubt(understood, table.column_of)
    shapes, hows = _positions(understood, accept)
    added = _added(understood, shapes, hows, regions)
    say("placing.writing", 0, len(table.rows))
    names = {name: name if name not in table.columns else f"pantau_{name}" for name in ADDED}
    listed = _listed(table, understood)
    with _at_once(out) as made:
        _write(made, table, shapes, {names[name]: column for name, column in added.items()})
        with _at_once(problems) as told:
            _write_problems(told, listed, language, currency, bool(table.sheets))
    placed = sum(shape is not None for shape in shapes)
    suggested = sum(how.startswith("suggested:") for how in hows)
    return Summary(len(table.rows), placed, suggested, len(table.rows) - placed, len(listed))


@contextmanager
def _at_once(path: Path) -> Iterator[Path]:
    """A file that is there whole or not at all: what is written takes its place when the block has ended well."""
    with tempfile.TemporaryDirectory(prefix=".pantau-", dir=path.parent) as folder:
        made = Path(folder, f"made{path.suffix}")
        yield made
        made.replace(path)


def _positions(understood: Sequence[Understood], accept: bool) -> tuple[list[shapely.Geometry | None], list[str]]:
    shapes, hows = [], []
    for one in understood:
        offer = next((problem.suggestion for problem in one.problems if problem.suggestion), None)
        if one.geometry is None and accept and offer:
            shapes.append(coordinates.point(offer.lon, offer.lat))
            hows.append(f"suggested:{offer.how}")
        else:
            shapes.append(one.geometry)
            hows.append(one.how)
    return shapes, hows


def _added(understood: Sequence[Understood], shapes: Sequence[shapely.Geometry | None], hows: Sequence[str],
           regions: Regions | None) -> dict[str, list[Any]]:
    points = [coordinates.on(shape) if shape is not None else None for shape in shapes]
    claimed = [one.facts.get("region_code") for one in understood]
    found = claimed
    outside: list[float | None] = [None] * len(understood)
    if regions is not None and len(regions):
        accuracy_m = np.array([one.accuracy_m if one.accuracy_m else np.nan for one in understood])
        placed = regions.place(np.array(shapes, dtype=object), claimed, accuracy_m)
        found = [code if shape is not None else claim
                 for code, shape, claim in zip(placed.found, shapes, claimed, strict=True)]
        outside = [None if np.isnan(metres) else round(float(metres), 1) for metres in placed.outside_m]
    return {
        "row": [one.row.number for one in understood],
        "lon": [round(point.x, 9) if point is not None else None for point in points],
        "lat": [round(point.y, 9) if point is not None else None for point in points],
        "wkt": [shapely.to_wkt(shape, rounding_precision=9) if shape is not None else None for shape in shapes],
        "how": list(hows),
        "accuracy_m": [one.accuracy_m for one in understood],
        "region_code": list(found),
        "region_name": [regions.name_of(code) if regions is not None and code else None for code in found],
        "outside_m": outside,
    }


def _listed(table: Table, understood: Sequence[Understood]) -> list[Problem]:
    """Faults and doubts about places, row by row. That no column holds names is said once, not for every row."""
    unnamed = "name" not in table.column_of
    whole = [problem for problem in table.problems
             if problem.row is None and (problem.severity == "fault" or problem.reason.id in SAID)]
    return whole + [problem for one in understood for problem in one.problems
                    if (problem.severity == "fault" or problem.reason.id in DOUBTS | SAID)
                    and not (unnamed and problem.reason.id == "name.missing")]


def _write_problems(path: Path, listed: Sequence[Problem], language: str, currency: str, sheets: bool) -> None:
    """One line for each; a last column names the sheet where several were read, as row numbers begin anew in each."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["row", "column", "value", "reason", "suggestion", *(["sheet"] if sheets else [])])
        for problem in listed:
            offer = problem.suggestion
            writer.writerow([problem.row, problem.column, harmless(problem.text),
                             worded(problem.reason, language, currency),
                             f"{offer.how}: {coordinates.written(offer.lon, offer.lat)}" if offer else None,
                             *([problem.sheet] if sheets else [])])


def harmless(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula, with a mark before it; numbers stay as they are.

    >>> harmless("=1+1"), harmless("-8.2, 114.3"), harmless("-cmd|x")
    ("'=1+1", '-8.2, 114.3', "'-cmd|x")
    """
    if not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return cell
    return cell if cell[0] in "+-" and cell[1:2].isdigit() and "|" not in cell else f"'{cell}"


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return str(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def _write(out: Path, table: Table, shapes: Sequence[shapely.Geometry | None], added: Mapping[str, list[Any]]) -> None:
    match out.suffix.lower():
        case ".csv":
            with out.open("w", encoding="utf-8", newline="") as opened:
                writer = csv.writer(opened)
                writer.writerow([*table.columns, *added])
                for line in _lines(table, added):
                    writer.writerow([harmless(cell) for cell in line])
        case ".xlsx":
            _write_workbook(out, table, added)
        case ".geojson":
            text = _frame(table, shapes, added).to_json(drop_id=True, na="null", to_wgs84=False)
            out.write_text(text, encoding="utf-8")
        case ".parquet":
            _frame(table, shapes, added).to_parquet(out)
        case ".gpkg":
            write_geopackage(out, _frame(table, shapes, added))


def _lines(table: Table, added: Mapping[str, list[Any]]):
    for position, row in enumerate(table.rows):
        yield [*(_plain(row.values.get(column)) for column in table.columns),
               *(column[position] for column in added.values())]


def _write_workbook(out: Path, table: Table, added: Mapping[str, list[Any]]) -> None:
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                   "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet()
        for place, name in enumerate([*table.columns, *added]):
            sheet.write_string(0, place, name)
        for number, line in enumerate(_lines(table, added), start=1):
            for place, cell in enumerate(line):
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell[:32_767])
                elif cell is not None:
                    sheet.write_number(number, place, cell)


def _frame(table: Table, shapes: Sequence[shapely.Geometry | None], added: Mapping[str, list[Any]]) -> gpd.GeoDataFrame:
    """A column of one type keeps it; a mixed one becomes text, as spatial files know no mixture."""
    columns = {name: [_plain(row.values.get(name)) for row in table.rows] for name in table.columns} | dict(added)
    for name, cells in columns.items():
        kinds = {type(cell) for cell in cells if cell is not None}
        if len(kinds) > 1:
            columns[name] = [float(cell) for cell in map(_or_nan, cells)] if kinds <= {int, float} else [
                None if cell is None else str(cell) for cell in cells]
    if "geometry" in columns:
        columns["pantau_geometry"] = columns.pop("geometry")
    return gpd.GeoDataFrame(columns, geometry=np.array(shapes, dtype=object), crs=4326)


def _or_nan(cell: Any) -> Any:
    return float("nan") if cell is None else cell


def write_geopackage(out: Path, frame: gpd.GeoDataFrame) -> None:
    """GDAL is loaded in the child only, for writing too."""
    with tempfile.TemporaryDirectory(prefix="pantau-layer-") as folder:
        given = Path(folder, "given.parquet")
        frame.to_parquet(given)
        task = {"read": "parquet", "path": str(given), "driver": "GPKG", "layer": "works"}
        with sandbox.ran(task, LIMITS) as written:
            shutil.copyfile(written, out)
