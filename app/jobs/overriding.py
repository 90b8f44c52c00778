"""What a person put in the place of what a file says: rows are read with it, the file's own words stay beside it.

`corrected` of a row is `{cells: {column: value}, shape: WKT, how: text, left_out: true}`, each part only where set.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import shapely

from app.errors import Refused
from app.jobs.keeping import Raw
from geo import coordinates
from geo.schema import COLUMN
from geo.sentences import Sentence
from geo.tables import Cell, Problem, Row

PLACE = ("coordinate.", "geometry.", "chord.")
"""Reasons that speak of where a work stands begin so."""
_ENDS = {"lat": ("lat", "lon"), "lon": ("lat", "lon"), "end_lat": ("end_lat", "end_lon"),
         "end_lon": ("end_lat", "end_lon")}


class Columns(NamedTuple):
    """The columns of an upload, both ways."""

    meaning_of: Mapping[str, str | None]
    column_of: Mapping[str, str]

    @classmethod
    def of(cls, columns: Sequence[Mapping]) -> "Columns":
        meanings = {one["column"]: one["meaning"] for one in columns}
        return cls(meanings, {meaning: column for column, meaning in meanings.items() if meaning})


def overridden(raw: Raw) -> Row:
    """The row as it is to be read."""
    said = raw.corrected or {}
    shape = shapely.from_wkt(said["shape"]) if said.get("shape") else raw.shape
    return Row(raw.row.number, raw.row.sheet, {**raw.row.values, **said.get("cells", {})}, shape)


def merged(before: Mapping | None, after: Mapping) -> dict:
    """One correction after another: the later word counts, cell by cell."""
    before = before or {}
    cells = {**before.get("cells", {}), **after.get("cells", {})}
    return {**before, **after, **({"cells": cells} if cells else {})}


def still_told(raw: Raw) -> list[Problem]:
    """What reading the file told about this row, unless that very thing was put right."""
    said = raw.corrected or {}
    return [problem for problem in map(Problem.from_json, raw.told)
            if problem.column not in said.get("cells", {})
            and not (said.get("shape") and problem.reason.id.startswith(PLACE))]


def by_suggestion(columns: Columns, problem: Problem) -> dict:
    """What applying the suggestion of a problem puts in the place of what was typed."""
    offer = problem.suggestion
    return _placed(columns, problem.column, offer.lon, offer.lat) | {"how": f"suggested:{offer.how}"}


def by_hand(columns: Columns, column: str | None, text: str) -> dict:
    """What a typed value puts there; `column` None: it is a place. Raises Refused for what cannot be read as one.

    Whether a value that is no place makes sense, the reader says; it is shown as any other problem.
    """
    meaning = columns.meaning_of.get(column) if column else None
    if column and (meaning is None or COLUMN[meaning].type not in ("lat", "lon", "geometry")):
        if column not in columns.meaning_of:
            raise Refused(Sentence("correction.no_column"))
        return {"cells": {column: text}}
    position = coordinates.read(text)
    if position.lon is None:
        raise Refused(position.fault or Sentence("coordinate.no_number"))
    shape = position.geometry
    if shape is not None and shape.geom_type != "Point":
        return {"shape": shapely.to_wkt(shape, rounding_precision=-1), "how": "typed"}
    return _placed(columns, column, position.lon, position.lat) | {"how": "typed"}


def _placed(columns: Columns, column: str | None, lon: float, lat: float) -> dict:
    """A point, written into the columns in which the file has it, so that the sheet that is given back has it too."""
    meaning = columns.meaning_of.get(column) if column else None
    if meaning in _ENDS:
        lat_column, lon_column = (columns.column_of.get(one) for one in _ENDS[meaning])
        if lat_column and lon_column:
            return {"cells": {lat_column: lat, lon_column: lon}}
    if meaning == "coordinate":
        return {"cells": {column: f"{lat!r}, {lon!r}"}}
    return {"shape": shapely.to_wkt(coordinates.point(lon, lat), rounding_precision=-1)}


def shown(cell: Cell) -> str:
    return "" if cell is None else str(cell)
