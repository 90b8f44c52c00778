"""Rows -> where they are: from the geometry of a feature, from two columns, four (both ends of a road), or one.

A column is also judged as a whole: a cell whose axes stand the other way round than its neighbours', or that only
falls near them once a sign is flipped, is a fault with a suggestion.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import shapely

from geo import chords, coordinates, crs, neighbours, traces, values
from geo.coordinates import WORLD, Bounds, Position
from geo.neighbours import Located
from geo.sentences import Sentence
from geo.tables import Cell, Problem, Row, Table

MOST_OFFERS = 4
SAME_PLACE_M = 100.0


def locate(table: Table, bounds: Bounds | None = None) -> list[Located]:
    """One Located for each row of the table, aligned. Never raises for a row."""
    asked = _asked(table)
    places = [place or _located(row, asked, bounds)
              for row, place in zip(table.rows, _plain(table, asked, bounds), strict=True)]
    _judge_sources(table, asked, places, bounds)
    neighbours.judge_order(table, places)
    if bounds is None:
        neighbours.judge_distance(table, places)
        neighbours.judge_regencies(table, places)
    return places


@dataclass(frozen=True, slots=True)
class _Asked:
    """The columns that say where: those of the schema, a second one with the other end, one with the UTM zone, and
    what the headings add to a bare number ("UTM 49S", "LS/BT")."""

    column_of: dict[str, str]
    end: str | None
    zone: str | None
    said: str
    traces: tuple[str, ...] = ()

    def stated(self, row: Row) -> str:
        zone = text_of(row.values.get(self.zone)) if self.zone else ""
        return f"{zone} ; {self.said}" if zone.strip() else self.said


_AWAY = re.compile(r"\b(?:akhir|ujung|end|selesai|finish)\b", re.IGNORECASE)
_PLACE = re.compile(r"koordinat|kordinat|coordinate|\btitik\b|\bgps\b|lat\W{0,3}lo?ng", re.IGNORECASE)
_LINKED = re.compile(rf"{_PLACE.pattern}|\blinks?\b|\bmaps?\b|tautan|\burl\b", re.IGNORECASE)
_ZONE = re.compile(r"\bzon[ae]\b", re.IGNORECASE)


def _asked(table: Table) -> _Asked:
    column_of = dict(table.column_of)
    free = [one.column for one in table.recognised if not one.meaning]
    end = next((column for column in free if _PLACE.search(column) and _AWAY.search(column)), None)
    if end is None and (mapped := column_of.get("coordinate")) and _AWAY.search(mapped):
        start = next((column for column in free if _PLACE.search(column)), None)
        column_of, end = ({**column_of, "coordinate": start}, mapped) if start else (column_of, None)
    zone = next((column for column in free if _ZONE.search(column) and len(column) < 30), None)
    said = " ; ".join(column_of[name] for name in ("coordinate", "lat", "lon") if name in column_of)
    places = {column_of.get("coordinate"), column_of.get("lat"), column_of.get("lon")}
    rich = traces.columns([one.column for one in table.recognised if one.column in places or not (
        one.meaning or one.how == "person")], table.rows)
    alone = rich == (column_of.get("coordinate"),) and "lat" not in column_of
    return _Asked(column_of, end, zone, said, () if alone else rich)


def _plain(table: Table, asked: _Asked, bounds: Bounds | None) -> list[Located | None]:
    """The rows whose two columns hold plain numbers that can be true, at once; None for all that must be looked at.

    Only what `_located` would read in the same way without a word about it; a test compares the two.
    """
    found: list[Located | None] = [None] * len(table.rows)
    lat, lon = asked.column_of.get("lat"), asked.column_of.get("lon")
    several = asked.column_of.get("end_lat") or asked.column_of.get("end_lon") or asked.zone or asked.traces
    if not (lat and lon) or several or coordinates.states_south(asked.said):
        return found
    numbers = np.array([(_number(row.values.get(lon)), _number(row.values.get(lat))) if row.geometry is None
                        else (np.nan, np.nan) for row in table.rows]).reshape(-1, 2)
    box = bounds or WORLD
    true = (numbers >= (max(box.west, -180), max(box.south, -90))).all(axis=1) & (
        numbers <= (min(box.east, 180), min(box.north, 90))).all(axis=1) & (np.abs(numbers) >= 1e-5).any(axis=1)
    where = np.flatnonzero(true)
    for position, shape in zip(where.tolist(), shapely.points(numbers[where]), strict=True):
        found[position] = Located(shape, "file", None, "decimal")
    return found


_DECIMAL = re.compile(r"-?[0-9]{1,3}[.,][0-9]+")


def _number(cell: Cell) -> float:
    """A plain number with a decimal part, NaN for everything else."""
    if isinstance(cell, float):
        return cell if abs(cell) < 1000 and not cell.is_integer() else math.nan
    if isinstance(cell, str) and _DECIMAL.fullmatch(cell):
        return float(cell.replace(",", "."))
    return math.nan


def _located(row: Row, asked: _Asked, bounds: Bounds | None) -> Located:
    if row.geometry is not None:
        return _made(row, None, None, coordinates.placed(row.geometry, "file", bounds))
    column_of, stated = asked.column_of, asked.stated(row)
    if asked.traces and (trace := traces.richest(row, asked.traces)):
        return _of_trace(row, trace, asked, bounds)
    lat, lon = column_of.get("lat"), column_of.get("lon")
    end_lat, end_lon = column_of.get("end_lat"), column_of.get("end_lon")
    if _given(row, lat, lon):
        start = _from_axes(row, lat, lon, bounds, stated)
        if not (end_lat and end_lon):
            return start
        end = _from_axes(row, end_lat, end_lon, bounds, stated) if _given(row, end_lat, end_lon) else None
        return chords.between(row, (lat, end_lat), column_of.get("volume"), start, end)
    if _given(row, end_lat, end_lon):
        return chords.alone(row, lat, _from_axes(row, end_lat, end_lon, bounds, stated))
    column = column_of.get("coordinate")
    start_cell, end_cell = (_from_cell(row, one, bounds, stated) if one and _given(row, one) else None
                            for one in (column, asked.end))
    if start_cell is None:
        return Located() if end_cell is None else chords.alone(row, column, end_cell)
    if start_cell.how == "chord":
        return chords.judged(row, column, column_of.get("volume"), start_cell)
    if not asked.end or (start_cell.geometry is not None and start_cell.geometry.geom_type != "Point"):
        return start_cell
    return chords.between(row, (column, asked.end), column_of.get("volume"), start_cell, end_cell)


def _from_cell(row: Row, column: str, bounds: Bounds | None, stated: str) -> Located:
    cell = text_of(row.values[column])
    return _made(row, column, cell, coordinates.read(cell, bounds, stated))


def _of_trace(row: Row, column: str, asked: _Asked, bounds: Bounds | None) -> Located:
    """The line or area of a row, whatever points stand beside it; that there are some is said."""
    place = _from_cell(row, column, bounds, asked.stated(row))
    others = [one for one in dict.fromkeys((*asked.traces, *(asked.column_of.get(name) for name in (
        "coordinate", "lat")))) if one and one != column and _given(row, one)]
    if others:
        place.problems.append(Problem(row.number, column, None, Sentence("coordinate.richest", {
            "others": ", ".join(others)}), sheet=row.sheet, severity="note"))
    return place


def _judge_sources(table: Table, asked: _Asked, places: list[Located], bounds: Bounds | None) -> None:
    """A row that says twice where it is, in two columns of different places, is told both."""
    used = asked.column_of.get("lat") or asked.column_of.get("coordinate")
    others = [asked.column_of["coordinate"]] if asked.column_of.get("lat") and asked.column_of.get("coordinate") else []
    others += [one.column for one in table.recognised if not one.meaning and one.column != asked.end
               and _LINKED.search(one.column) and not _AWAY.search(one.column)]
    for column in others if used else ():
        for row, place in zip(table.rows, places, strict=True):
            cell = row.values.get(column)
            if place.geometry is None or row.geometry is not None or not isinstance(cell, str) or not _given(
                    row, used) or not coordinates.looks_like_one(cell):
                continue
            other = coordinates.read(cell, bounds)
            if other.lon is None or other.lat is None:
                continue
            [away_m] = crs.far_m([coordinates.on(place.geometry)], [coordinates.point(other.lon, other.lat)])
            [apart_m] = crs.distance_m([place.geometry], [coordinates.point(other.lon, other.lat)])
            if min(away_m, apart_m) > max(SAME_PLACE_M, place.accuracy_m or 0, other.accuracy_m or 0):
                place.problems.append(Problem(row.number, column, values.shown(cell), Sentence(
                    "coordinate.sources_differ", {"away_m": round(float(min(away_m, apart_m))), "other": used}),
                    sheet=row.sheet, severity="note"))


def _given(row: Row, *columns: str | None) -> bool:
    return any(column and not values.is_absent(row.values.get(column)) for column in columns)


def text_of(cell: Cell) -> str:
    """A cell as a person would have typed it: no exponent, no `.0` behind a whole number."""
    if isinstance(cell, float):
        if not np.isfinite(cell):
            return str(cell)
        text = format(Decimal(repr(cell)), "f")
        return text.removesuffix(".0")
    return "" if cell is None else str(cell)


def _from_axes(row: Row, lat: str | None, lon: str | None, bounds: Bounds | None, stated: str) -> Located:
    lat_text = "" if lat is None or values.is_absent(row.values.get(lat)) else text_of(row.values[lat])
    lon_text = "" if lon is None or values.is_absent(row.values.get(lon)) else text_of(row.values[lon])
    position = coordinates.read_axes(lat_text, lon_text, bounds, stated)
    fault = position.fault.id if position.fault else ""
    if fault in ("coordinate.not_latitude", "coordinate.lat_missing"):
        return _made(row, lat, lat_text, position)
    if fault in ("coordinate.not_longitude", "coordinate.lon_missing"):
        return _made(row, lon, lon_text, position)
    return _made(row, lat or lon, f"{lat_text}, {lon_text}", position)


def _made(row: Row, column: str | None, text: str | None, position: Position) -> Located:
    problems = [Problem(row.number, column, text and values.shown(text), note, sheet=row.sheet, severity="note")
                for note in position.notes if note.id != "coordinate.lon_first"]
    if position.fault:
        problems.insert(0, Problem(row.number, column, text and values.shown(text), position.fault,
                                   position.suggestion, row.sheet))
        if 1 < len(position.suggestions) <= MOST_OFFERS:
            points = "; ".join(coordinates.written(offer.lon, offer.lat) for offer in position.suggestions)
            problems.insert(1, Problem(row.number, column, text and values.shown(text), Sentence(
                "suggestion.one_of", {"points": points}), sheet=row.sheet, severity="note"))
        return Located(problems=problems, suggestions=position.suggestions)
    shape = position.geometry or shapely.Point(position.lon, position.lat)
    method = {"odk": "gps", "chord": "chord"}.get(position.how, "file")
    return Located(shape, method, position.accuracy_m, position.how, problems, lon_first=position.lon_first)
