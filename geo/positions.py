"""A coordinate that was read: where it is, how it was read, and what it might have meant instead."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from geo.sentences import Sentence
from geo.tables import Suggestion


class Bounds(NamedTuple):
    """A box in degrees, as every bounds of ours: west, south, east, north."""

    west: float
    south: float
    east: float
    north: float

    def hold(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north


INDONESIA = Bounds(94.9, -11.2, 141.1, 6.3)
"""Where a repaired point must fall when nobody said more closely where the works are."""

WORLD = Bounds(-180, -90, 180, 90)


@dataclass(frozen=True, slots=True)
class Position:
    """A cell read: `lon, lat` are None while a fault stands or a suggestion waits.

    `how` is decimal | dms | utm | mgrs | wkt | link | plus | odk | chord; `geometry` is set where more than a point
    was given; `lon_first` tells that the numbers themselves showed longitude before latitude.
    """

    lon: float | None = None
    lat: float | None = None
    how: str = ""
    fault: Sentence | None = None
    suggestions: tuple[Suggestion, ...] = ()
    notes: tuple[Sentence, ...] = ()
    geometry: BaseGeometry | None = None
    accuracy_m: float | None = None
    lon_first: bool = False

    @property
    def suggestion(self) -> Suggestion | None:
        """The one repair that fits, None where none or several do."""
        return self.suggestions[0] if len(self.suggestions) == 1 else None


def faulted(reason: str, **values: object) -> Position:
    """A cell that gives no position, and why."""
    return Position(fault=Sentence(reason, values))


def on(shape: BaseGeometry) -> shapely.Point:
    """A point that lies on the geometry: itself, halfway along a line, inside an area."""
    match shape.geom_type:
        case "Point":
            return shape
        case "LineString":
            return shape.interpolate(0.5, normalized=True)
    return shape.representative_point()


def written(lon: float, lat: float) -> str:
    """A position as it is always written: latitude first, six decimals."""
    return f"{lat:.6f}, {lon:.6f}"


def point(lon: float, lat: float) -> shapely.Point:
    """A point in EPSG:4326."""
    return shapely.Point(lon, lat)


def is_nowhere(lon: float, lat: float) -> bool:
    """0, 0 in the Gulf of Guinea is what an empty form writes, not a place."""
    return math.isclose(lon, 0, abs_tol=1e-6) and math.isclose(lat, 0, abs_tol=1e-6)
