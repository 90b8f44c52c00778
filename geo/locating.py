"""Rows -> where they are: from the geometry of a feature, from two columns, four (both ends of a road), or one.

A column is also judged as a whole: a cell whose axes stand the other way round than its neighbours', or that only
falls near them once a sign is flipped, is a fault with a suggestion.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo import coordinates, crs, values
from geo.coordinates import Bounds, Position
from geo.sentences import Sentence
from geo.tables import Cell, Problem, Row, Suggestion, Table

FEWEST_NEIGHBOURS = 8
LONGEST_CHORD_M = 50_000
CHORD_SLACK = 1.15
CHORD_SLACK_M = 30


@dataclass(slots=True)
class Located:
    """Where a row is, or why that is not known; `geometry` None without problems: the row names no place."""

    geometry: BaseGeometry | None = None
    method: str | None = None
    accuracy_m: float | None = None
    how: str = ""
    problems: list[Problem] = field(default_factory=list)
    suggestions: tuple[Suggestion, ...] = ()
    lon_first: bool = False


def locate(table: Table, bounds: Bounds | None = None) -> list[Located]:
    """One Located for each row of the table, aligned. Never raises for a row."""
    column_of = table.column_of
    places = [_located(row, column_of, bounds) for row in table.rows]
    _judge_order(table, places)
    if bounds is None:
        _judge_neighbours(table, places)
    return places


def _located(row: Row, column_of: dict[str, str], bounds: Bounds | None) -> Located:
    if row.geometry is not None:
        return _made(row, None, None, coordinates.placed(row.geometry, "file", bounds))
    lat, lon = column_of.get("lat"), column_of.get("lon")
    end_lat, end_lon = column_of.get("end_lat"), column_of.get("end_lon")
    if _given(row, lat, lon):
        return _with_end(row, (lat, end_lat, end_lon), column_of.get("volume"), bounds,
                         _from_axes(row, lat, lon, bounds))
    if _given(row, end_lat, end_lon):
        place = _from_axes(row, end_lat, end_lon, bounds)
        place.problems.append(Problem(row.number, lat, None, Sentence("chord.start_missing"), sheet=row.sheet,
                                      severity="note"))
        return place
    column = column_of.get("coordinate")
    if column and not values.is_absent(row.values.get(column)):
        cell = text_of(row.values[column])
        return _made(row, column, cell, coordinates.read(cell, bounds))
    return Located()


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


def _from_axes(row: Row, lat: str | None, lon: str | None, bounds: Bounds | None) -> Located:
    lat_text = "" if lat is None or values.is_absent(row.values.get(lat)) else text_of(row.values[lat])
    lon_text = "" if lon is None or values.is_absent(row.values.get(lon)) else text_of(row.values[lon])
    position = coordinates.read_axes(lat_text, lon_text, bounds)
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
        return Located(problems=problems, suggestions=position.suggestions)
    shape = position.geometry or shapely.Point(position.lon, position.lat)
    method = "gps" if position.how == "odk" else "file"
    return Located(shape, method, position.accuracy_m, position.how, problems, lon_first=position.lon_first)


def _with_end(row: Row, named: tuple[str | None, str | None, str | None], volume: str | None, bounds: Bounds | None,
              start: Located) -> Located:
    """A straight line to the other end where four columns give both: a chord, which is no alignment.

    `named` are the file's columns of the start's latitude and the end's latitude and longitude.
    """
    start_lat, lat, lon = named
    if not (lat and lon):
        return start
    if not _given(row, lat, lon):
        return replace(start, problems=[*start.problems, Problem(
            row.number, lat, None, Sentence("chord.end_missing"), sheet=row.sheet, severity="note")])
    end = _from_axes(row, lat, lon, bounds)
    problems = [*start.problems, *end.problems]
    if start.geometry is None or end.geometry is None:
        return replace(start, geometry=None, method=None, how="", problems=problems)
    if start.geometry.equals(end.geometry):
        problems.append(Problem(row.number, lat, None, Sentence("chord.no_length"), sheet=row.sheet, severity="note"))
        return replace(start, problems=problems)
    length_m = float(crs.distance_m([start.geometry], [end.geometry])[0])
    if length_m > LONGEST_CHORD_M:
        problems.append(_too_long(row, start.geometry, end.geometry, start_lat, lat, length_m))
        return replace(start, geometry=None, method=None, how="", problems=problems)
    problems += _longer_than_said(row, volume, length_m)
    chord = shapely.LineString([start.geometry, end.geometry])
    return replace(start, geometry=chord, method="chord", how="chord", problems=problems)


def _too_long(row: Row, start: BaseGeometry, end: BaseGeometry, start_lat: str | None, end_lat: str | None,
              length_m: float) -> Problem:
    """The end that a turned sign or swapped axes bring near the other one is offered."""
    column, wrong, offer = end_lat, end, None
    for place, other, named in ((start, end, start_lat), (end, start, end_lat)):
        near = Bounds(other.x - 0.2, other.y - 0.2, other.x + 0.2, other.y + 0.2)
        found = coordinates.turned(place.x, place.y, near)
        if len(found) == 1:
            column, wrong, offer = named, place, found[0]
            break
    text = coordinates.written(wrong.x, wrong.y)
    return Problem(row.number, column, text, Sentence("chord.too_long", {"length_m": round(length_m)}),
                   offer, row.sheet)


def _longer_than_said(row: Row, column: str | None, chord_m: float) -> list[Problem]:
    """A road cannot be shorter than the straight line between its ends; only where the length is stated in metres."""
    if not column or "m" not in column.lower().rsplit("(")[-1].split()[-1][:2]:
        return []
    said = values.read_numbers([row.values.get(column)])[0].value
    if not said or chord_m <= float(said) * CHORD_SLACK + CHORD_SLACK_M:
        return []
    return [Problem(row.number, column, values.shown(row.values[column]), Sentence(
        "chord.longer", {"length_m": float(said), "chord_m": round(chord_m)}), sheet=row.sheet, severity="note")]


def _judge_order(table: Table, places: Sequence[Located]) -> None:
    """In a column of pairs most stand latitude first or longitude first; the few others are taken for swapped."""
    column = table.column_of.get("coordinate")
    read_ = [place for place in places if place.how in ("decimal", "dms") and place.geometry is not None]
    turned = sum(place.lon_first for place in read_)
    if not column or not 0 < turned < len(read_) or len(read_) == 2:
        return
    # Only longitudes beyond 90 show their place, so a column with a longitude-first majority has no others to blame.
    if turned * 2 > len(read_):
        return
    for row, place in zip(table.rows, places, strict=True):
        if place.lon_first and place.geometry is not None:
            point = place.geometry
            offer = Suggestion("swap", point.x, point.y, Sentence("suggestion.swap", {"point": [point.x, point.y]}))
            _withdraw(row, place, column, values.shown(row.values[column]),
                      Sentence("coordinate.order_differs"), (offer,))


def _withdraw(row: Row, place: Located, column: str | None, text: str | None, reason: Sentence,
              offers: tuple[Suggestion, ...]) -> None:
    place.geometry, place.method, place.how, place.suggestions = None, None, "", offers
    place.problems.insert(0, Problem(row.number, column, text, reason, offers[0] if len(offers) == 1 else None,
                                     row.sheet))


def _judge_neighbours(table: Table, places: Sequence[Located]) -> None:
    """Without known bounds the file's own points say where the works are: a point far from all of them that one
    step brings back among them waits as a suggestion; one that nothing brings back is noted."""
    points = np.array([_middle(place) for place in places])
    known = points[~np.isnan(points[:, 0])]
    if len(known) < FEWEST_NEIGHBOURS:
        return
    box = _own_box(known)
    for row, place, (lon, lat) in zip(table.rows, places, points, strict=True):
        if np.isnan(lon) or box.hold(lon, lat):
            continue
        column = table.column_of.get("lat") or table.column_of.get("coordinate")
        offers = coordinates.turned(lon, lat, box)
        text = coordinates.written(lon, lat)
        if offers:
            _withdraw(row, place, column, text, Sentence("coordinate.far_from_others"), offers)
        else:
            place.problems.append(Problem(row.number, column, text, Sentence("coordinate.far_from_others"),
                                          sheet=row.sheet, severity="note"))


def _middle(place: Located) -> tuple[float, float]:
    if place.geometry is None:
        return np.nan, np.nan
    point = coordinates.on(place.geometry)
    return point.x, point.y


def _own_box(points: np.ndarray) -> Bounds:
    """Nine tenths of the points, widened by half their span on each side and by at least half a degree."""
    west, south = np.quantile(points, 0.05, axis=0)
    east, north = np.quantile(points, 0.95, axis=0)
    wide, high = max(0.5, (east - west) / 2), max(0.5, (north - south) / 2)
    return Bounds(west - wide, south - high, east + wide, north + high)
