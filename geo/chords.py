"""Both ends of a road -> the straight line between them: a chord, which is no alignment and is called so.

What the ends and the stated length say against each other is a fault where both cannot be true, else a doubt.
"""

import math
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from geo import coordinates, crs, quantities, values
from geo.coordinates import INDONESIA, Bounds
from geo.neighbours import Located
from geo.sentences import Sentence
from geo.tables import Problem, Row

LONGEST_CHORD_M = 50_000
CHORD_SLACK = 1.15
CHORD_SLACK_M = 30
NEVER_TIMES, NEVER_M = 3, 500
"""A straight line so many times longer, and so many metres longer, than the road is no slip of the tape."""


def between(row: Row, named: tuple[str | None, str | None], volume: str | None, start: Located,
            end: Located | None) -> Located:
    """The start with a straight line to the other end where both are given; `named` are the file's columns of the
    start and of the end, `volume` the one of the stated length."""
    start_lat, lat = named
    if end is None:
        return replace(start, problems=[*start.problems, Problem(
            row.number, lat, None, Sentence("chord.end_missing"), sheet=row.sheet, severity="note")])
    problems = [*start.problems, *end.problems]
    if start.geometry is None or end.geometry is None or end.geometry.geom_type != "Point":
        return replace(start, geometry=None, method=None, how="", problems=problems,
                       suggestions=start.suggestions or end.suggestions)
    if start.geometry.equals(end.geometry):
        problems.append(Problem(row.number, lat, None, Sentence("chord.no_length"), sheet=row.sheet, severity="note"))
        return replace(start, problems=problems)
    length_m = _apart_m(start.geometry, end.geometry)
    if length_m > LONGEST_CHORD_M:
        problems.append(_too_long(row, start.geometry, end.geometry, start_lat, lat, length_m))
        return replace(start, geometry=None, method=None, how="", problems=problems)
    chord = shapely.LineString([start.geometry, end.geometry])
    return _judged(row, volume, length_m, replace(
        start, geometry=chord, method="chord", how="chord", problems=problems,
        ends=((start_lat, start.geometry), (lat, end.geometry))))


def judged(row: Row, column: str, volume: str | None, place: Located) -> Located:
    """A chord of which both ends stand in one cell, against the stated length."""
    start, *_, end = (shapely.Point(xy) for xy in shapely.get_coordinates(place.geometry))
    return _judged(row, volume, _apart_m(start, end), replace(place, ends=((column, start), (column, end))))


def _judged(row: Row, volume: str | None, length_m: float, place: Located) -> Located:
    against = _longer_than_said(row, volume, length_m)
    if against is None:
        return place
    if against.severity == "fault":
        return replace(place, geometry=None, method=None, how="", problems=[against, *place.problems])
    return replace(place, problems=[*place.problems, against])


def alone(row: Row, column: str | None, place: Located) -> Located:
    """The other end where the first, of this column, is not given: a point, and said."""
    place.problems.append(Problem(row.number, column, None, Sentence("chord.start_missing"), sheet=row.sheet,
                                  severity="note"))
    return place


def _apart_m(start: BaseGeometry, end: BaseGeometry) -> float:
    east_m, north_m = crs.degrees_m((start.y + end.y) / 2)
    return math.hypot((end.x - start.x) * float(east_m), (end.y - start.y) * float(north_m))


def _too_long(row: Row, start: BaseGeometry, end: BaseGeometry, start_lat: str | None, end_lat: str | None,
              length_m: float) -> Problem:
    """The end that a turned sign or swapped axes bring near the other one is offered: the other one must lie in
    Indonesia, or there be no other way to bring them together."""
    turned = []
    for place, other, named in ((start, end, start_lat), (end, start, end_lat)):
        near = Bounds(other.x - 0.2, other.y - 0.2, other.x + 0.2, other.y + 0.2)
        found = coordinates.turned(place.x, place.y, near)
        if len(found) == 1:
            turned.append((named, place, found[0], INDONESIA.hold(other.x, other.y)))
    likely = [one for one in turned if one[3]] or turned
    column, wrong, offer, _ = likely[0] if len(likely) == 1 else (end_lat, end, None, False)
    text = coordinates.written(wrong.x, wrong.y)
    return Problem(row.number, column, text, Sentence("chord.too_long", {"length_m": round(length_m)}),
                   offer, row.sheet)


def _longer_than_said(row: Row, column: str | None, chord_m: float) -> Problem | None:
    """A road cannot be shorter than the straight line between its ends; only where the length is stated in metres.

    1.2 in a column of metres is a length in kilometres where 1,200 m agree with the ends: those are then not to blame.
    """
    quantity = quantities.read_volumes([row.values.get(column)], column)[0].value if column else None
    if quantity is None or quantity.unit != "m" or not quantity.value:
        return None
    said_m = float(quantity.value)
    if chord_m <= said_m * CHORD_SLACK + CHORD_SLACK_M:
        return None
    in_kilometres = said_m < 100 and chord_m <= 1000 * said_m * CHORD_SLACK <= 3 * CHORD_SLACK * chord_m
    never = chord_m > NEVER_TIMES * said_m and chord_m > said_m + NEVER_M and not in_kilometres
    reason = "chord.kilometres" if in_kilometres else "chord.never" if never else "chord.longer"
    return Problem(row.number, column, values.shown(row.values[column]), Sentence(
        reason, {"length_m": said_m, "chord_m": round(chord_m)}), sheet=row.sheet,
        severity="fault" if never else "note")
