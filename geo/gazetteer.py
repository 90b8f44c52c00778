"""A list of places with the regency each belongs to: what can be said about a position where no borders are at hand.

The nearest place tells the regency, which is only likely so close to a border; it is a doubt, never a fault.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import coordinates, crs, repairs, values
from geo.neighbours import is_city
from geo.positions import INDONESIA, written
from geo.region_names import plain_name
from geo.sentences import Sentence
from geo.tables import Problem, Suggestion, Understood

NEAR_M = 10_000.0
LONELY_M = 50_000.0
"""A work in a forest may be so far from every village, and is then not doubted for what its mirror image would be."""


class Gazetteer:
    """Places (lon, lat in EPSG:4326) and, aligned, the regency's and their own names."""

    def __init__(self, lon: Sequence[float], lat: Sequence[float], regencies: Sequence[str],
                 names: Sequence[str]) -> None:
        self._places = shapely.points(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        self._tree = shapely.STRtree(self._places)
        self._regencies, self._names = list(regencies), list(names)
        self._known = sorted(set(self._regencies))

    def named(self, text: str) -> str | None:
        """The regency that a text names, perhaps with the province behind it; None where none or several may be meant.

        Kota and Kabupaten of one name are two.
        """
        wanted = plain_name(text)
        found = [one for one in self._known if plain_name(one) == wanted] or [
            one for one in self._known if len(plain_name(one)) > 3 and wanted.startswith(plain_name(one))]
        longest = max((len(plain_name(one)) for one in found), default=0)
        found = [one for one in found if len(plain_name(one)) == longest]
        if len(found) > 1:
            found = [one for one in found if is_city(one) == is_city(text)]
        return found[0] if len(found) == 1 else None

    def nearest(self, points: NDArray[np.object_]) -> tuple[list[str], NDArray[np.float64]]:
        """The regency of the place nearest to each point (EPSG:4326, none missing), and how many metres away it is."""
        near = self._tree.nearest(points)
        return [self._regencies[place] for place in near], crs.far_m(points, self._places[near])

    def doubt(self, understood: Sequence[Understood], column_of: dict[str, str]) -> None:
        """A note on every row that has no place within ten kilometres, or whose nearest one belongs to another
        regency than the row says.

        A row far from all places whose repaired point lies near one waits for a person, with that suggestion.
        """
        rows = [one for one in understood if one.geometry is not None]
        if not rows or not len(self._places):
            return
        column = column_of.get("regency")
        said = [str(one.facts["regency"]) if one.facts.get("regency") else None for one in rows]
        named = {text: self.named(text) for text in set(said) if text}
        points = np.array([coordinates.on(one.geometry) for one in rows], dtype=object)
        points_of = {id(one): point for one, point in zip(rows, points, strict=True)}
        near = self._tree.nearest(points)
        away_m = crs.far_m(points, self._places[near])
        for one, claimed, place, far_m in zip(rows, said, near, away_m, strict=True):
            regency = named.get(claimed) if claimed else None
            if far_m > NEAR_M and (offers := self._repaired(one, points_of[id(one)], float(far_m), regency)):
                _withdraw(one, column_of.get("lat") or column_of.get("coordinate"), offers, float(far_m))
            elif far_m > NEAR_M:
                _note(one, column_of.get("lat") or column_of.get("coordinate"), Sentence(
                    "region.nothing_near", {"away_m": round(float(far_m))}))
            elif regency is not None and self._regencies[place] != regency:
                _note(one, column, Sentence("region.likely_other", {
                    "found": self._regencies[place], "village": self._names[place], "away_m": round(float(far_m)),
                    "text": claimed}))

    def _repaired(self, one: Understood, point: shapely.Point, far_m: float,
                  regency: str | None) -> tuple[Suggestion, ...]:
        """Repairs of a point that lie near a place: of the claimed village if any, else of the claimed regency.

        Inside the country and less than `LONELY_M` from a place only what is claimed can tell.
        """
        offers = [offer for offer in repairs.of_numbers(point.x, point.y, INDONESIA)
                  if one.geometry is not None and one.geometry.geom_type == "Point"]
        if not offers:
            return ()
        spots = shapely.points([[offer.lon, offer.lat] for offer in offers])
        near = self._tree.nearest(spots)
        beside = [offer for offer, away_m in zip(offers, crs.far_m(spots, self._places[near]), strict=True)
                  if away_m <= NEAR_M]
        village = plain_name(str(one.facts.get("village") or ""))
        claimed = [offer for offer in beside if self._lies_by(offer, village, regency)]
        lonely = far_m > LONELY_M or not INDONESIA.hold(point.x, point.y)
        return tuple(claimed or (beside if lonely else ()))

    def _lies_by(self, offer: Suggestion, village: str, regency: str | None) -> bool:
        around = self._tree.query(shapely.Point(offer.lon, offer.lat).buffer(NEAR_M / 110_000))
        return any((village and plain_name(self._names[place]) == village) or (
            regency and self._regencies[place] == regency) for place in around)


def _withdraw(one: Understood, column: str | None, offers: Sequence[Suggestion], far_m: float) -> None:
    """The position is empty until a person takes one of the offers."""
    point = coordinates.on(one.geometry)
    one.geometry, one.method, one.how, one.accuracy_m = None, None, "", None
    text = written(point.x, point.y)
    one.problems.insert(0, Problem(one.row.number, column, text, Sentence(
        "region.nothing_near", {"away_m": round(far_m)}), offers[0] if len(offers) == 1 else None, one.row.sheet))
    if len(offers) > 1:
        points = "; ".join(written(offer.lon, offer.lat) for offer in offers[:4])
        one.problems.insert(1, Problem(one.row.number, column, text, Sentence(
            "suggestion.one_of", {"points": points}), sheet=one.row.sheet, severity="note"))


def _note(one: Understood, column: str | None, reason: Sentence) -> None:
    text = values.shown(one.row.values[column]) if column and one.row.values.get(column) is not None else None
    one.problems.append(Problem(one.row.number, column, text, reason, sheet=one.row.sheet, severity="note"))
