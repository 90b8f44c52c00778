"""What the rows of a file say about each other's places: the order of their axes, and who stands far from the rest.

Where no borders are at hand this is all that can honestly be said: a place that its own neighbours contradict is a
doubt, never a proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import coordinates, crs, values
from geo.coordinates import Bounds
from geo.region_names import plain_name
from geo.sentences import Sentence
from geo.tables import Problem, Row, Suggestion, Table

FEWEST_NEIGHBOURS = 8
FAR_FROM_ITS_OWN_M = 15_000.0
AMONG = 3
AT_ONCE = 500
MOST_PLACES = 5_000
"""Distinct places beyond which nobody compares each with all."""


@dataclass(slots=True)
class Located:
    """Where a row is, or why that is not known; `geometry` None without problems: the row names no place.

    `ends` are the column and the point of both ends of a road, also where they contradict its length.
    """

    geometry: BaseGeometry | None = None
    method: str | None = None
    accuracy_m: float | None = None
    how: str = ""
    problems: list[Problem] = field(default_factory=list)
    suggestions: tuple[Suggestion, ...] = ()
    lon_first: bool = False
    ends: tuple[tuple[str | None, shapely.Point], ...] = ()


def judge_order(table: Table, places: Sequence[Located]) -> None:
    """In a column of pairs most stand latitude first or longitude first; the few others are taken for swapped."""
    column = table.column_of.get("coordinate")
    read_ = [place for place in places if place.how in ("decimal", "dms") and place.geometry is not None]
    turned = sum(place.lon_first for place in read_)
    if not column or not 0 < turned < len(read_):
        return
    # Only longitudes beyond 90 show their place: without a majority of latitudes nobody is to blame, but it is said.
    if turned * 2 >= len(read_):
        for row, place in zip(table.rows, places, strict=True):
            if place.how in ("decimal", "dms") and place.geometry is not None and place.lon_first == (
                    turned * 2 == len(read_)):
                place.problems.append(Problem(row.number, column, values.shown(row.values[column]), Sentence(
                    "coordinate.order_mixed"), sheet=row.sheet, severity="note"))
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


def judge_distance(table: Table, places: Sequence[Located]) -> None:
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


def judge_regencies(table: Table, places: Sequence[Located]) -> None:
    """A place that two regencies claim is wrong for one of them; one that lies among the places of another regency
    and far from all of its own is a doubt."""
    column = table.column_of.get("regency")
    if not column:
        return
    at: dict[tuple[float, float], dict[str, list[int]]] = {}
    for k, (row, place) in enumerate(zip(table.rows, places, strict=True)):
        if place.geometry is not None and not values.is_absent(row.values.get(column)):
            lon, lat = _middle(place)
            called = str(row.values[column]).strip()
            at.setdefault((round(lon, 4), round(lat, 4)), {}).setdefault(called, []).append(k)
    for claimed in at.values():
        for called, rows in claimed.items() if len(claimed) > 1 else ():
            other = next((one for one in claimed if not _is_same(one, called)), None)
            if other is not None:
                _doubt(table, places, rows, column, Sentence("coordinate.claimed_twice", {
                    "text": called, "other": other}))
    _judge_strays(table, places, at, column)


def _judge_strays(table: Table, places: Sequence[Located], at: dict[tuple[float, float], dict[str, list[int]]],
                  column: str) -> None:
    spots = [(point, called, rows) for point, claimed in at.items() for called, rows in claimed.items()]
    if not 2 * AMONG <= len(spots) <= MOST_PLACES:
        return
    points = np.array([point for point, _, _ in spots])
    kind_of: dict[str, int] = {}
    for _, called, _ in spots:
        kind_of.setdefault(called, next((kind for one, kind in kind_of.items() if _is_same(one, called)), len(kind_of)))
    kinds = np.array([kind_of[called] for _, called, _ in spots])
    near, near_m, own_m = _nearest(points, kinds)
    strays = (kinds[near] == kinds[near[:, :1]]).all(axis=1) & (kinds[near[:, 0]] != kinds) & np.isfinite(own_m) & (
        own_m > np.maximum(FAR_FROM_ITS_OWN_M, AMONG * near_m.max(axis=1)))
    for k in np.flatnonzero(strays):
        _, called, rows = spots[k]
        _doubt(table, places, rows, column, Sentence("coordinate.far_from_its_own", {
            "away_m": round(float(own_m[k])), "text": called, "other": spots[near[k, 0]][1]}))


def _nearest(points: NDArray[np.float64], kinds: NDArray[np.int_]) -> tuple[
        NDArray[np.int_], NDArray[np.float64], NDArray[np.float64]]:
    """For each point the `AMONG` nearest others and their metres, and the metres to the nearest of its own kind
    (infinite where it is alone); true enough to tell near from far."""
    east_m, north_m = crs.degrees_m(points[:, 1])
    near, near_m = np.empty((len(points), AMONG), dtype=int), np.empty((len(points), AMONG))
    own_m = np.empty(len(points))
    for first in range(0, len(points), AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, len(points)))
        away = points[rows, None] - points
        away_m = np.hypot(away[..., 0] * east_m[rows, None], away[..., 1] * north_m[rows, None])
        away_m[rows - first, rows] = np.inf
        near[rows] = np.argpartition(away_m, AMONG, axis=1)[:, :AMONG]
        near_m[rows] = np.take_along_axis(away_m, near[rows], axis=1)
        own_m[rows] = np.where(kinds[rows, None] == kinds, away_m, np.inf).min(axis=1)
    return near, near_m, own_m


def _is_same(left: str, right: str) -> bool:
    """One regency written in two ways: with its title, or with the province behind it. A kota is no kabupaten."""
    one, other = plain_name(left), plain_name(right)
    return (one.startswith(other) or other.startswith(one)) and is_city(left) == is_city(right)


def is_city(called: str) -> bool:
    """Whether a regency's name says that it is a city."""
    return called.strip().lower().startswith("kota")


def _doubt(table: Table, places: Sequence[Located], rows: Sequence[int], column: str, reason: Sentence) -> None:
    for k in rows:
        row = table.rows[k]
        places[k].problems.append(Problem(row.number, column, values.shown(row.values[column]), reason,
                                          sheet=row.sheet, severity="note"))
