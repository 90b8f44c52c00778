"""A list of places with the regency each belongs to: what can be said about a position where no borders are at hand.

The nearest place tells the regency, which is only likely so close to a border; it is a doubt, never a fault.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import coordinates, crs, values
from geo.neighbours import is_city
from geo.region_names import plain_name
from geo.sentences import Sentence
from geo.tables import Problem, Understood

NEAR_M = 10_000.0


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
        return [self._regencies[place] for place in near], crs.distance_m(points, self._places[near])

    def doubt(self, understood: Sequence[Understood], column_of: dict[str, str]) -> None:
        """A note on every row that has no place within ten kilometres, or whose nearest one belongs to another
        regency than the row says."""
        rows = [one for one in understood if one.geometry is not None]
        if not rows or not len(self._places):
            return
        column = column_of.get("regency")
        said = [str(one.facts["regency"]) if one.facts.get("regency") else None for one in rows]
        named = {text: self.named(text) for text in set(said) if text}
        points = np.array([coordinates.on(one.geometry) for one in rows], dtype=object)
        near = self._tree.nearest(points)
        away_m = crs.distance_m(points, self._places[near])
        for one, claimed, place, far_m in zip(rows, said, near, away_m, strict=True):
            regency = named.get(claimed) if claimed else None
            if far_m > NEAR_M:
                _note(one, column_of.get("lat") or column_of.get("coordinate"), Sentence(
                    "region.nothing_near", {"away_m": round(float(far_m))}))
            elif regency is not None and self._regencies[place] != regency:
                _note(one, column, Sentence("region.likely_other", {
                    "found": self._regencies[place], "village": self._names[place], "away_m": round(float(far_m)),
                    "text": claimed}))


def _note(one: Understood, column: str | None, reason: Sentence) -> None:
    text = values.shown(one.row.values[column]) if column and one.row.values.get(column) is not None else None
    one.problems.append(Problem(one.row.number, column, text, reason, sheet=one.row.sheet, severity="note"))
