"""Shapes made of numbers that somebody wrote: one rule for every reader that parses for itself.

What cannot be a shape raises Faulty, which becomes a problem of that row and of no other.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geo.sentences import Sentence
from geo.tables import Limits

FARTHEST = 1e9  # no coordinate system on earth has larger numbers
Position = tuple[float, float]

_WHOLE = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}


class Faulty(Exception):
    """A geometry that cannot be used; `reason` is what its row says."""

    def __init__(self, message_id: str, **values: object) -> None:
        self.reason = Sentence(message_id, values)


def position(lon: str | None, lat: str | None) -> Position:
    """Two numbers as they stand in a file. Raises Faulty unless both are finite."""
    try:
        x, y = float(lon or ""), float(lat or "")
    except ValueError as cause:
        raise Faulty("geometry.unreadable") from cause
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= FARTHEST and abs(y) <= FARTHEST):
        raise Faulty("geometry.not_finite")
    return x, y


def line(positions: Sequence[Position]) -> BaseGeometry | None:
    """A line; a point where it has one position only; None without any."""
    if len(positions) < 2:
        return shapely.Point(positions[0]) if positions else None
    return shapely.LineString(positions)


def polygon(shell: Sequence[Position], holes: Iterable[Sequence[Position]]) -> BaseGeometry:
    """An area; a ring that is left open is closed. Raises Faulty for a ring of fewer than three places."""
    try:
        return shapely.Polygon(shell, [hole for hole in holes if hole])
    except (ShapelyError, ValueError) as cause:
        raise Faulty("geometry.unreadable") from cause


def gathered(parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Several shapes as one: a Multi of its kind where all are alike, a collection where they are not."""
    if len(parts) < 2:
        return parts[0] if parts else None
    kinds = {part.geom_type for part in parts}
    if len(kinds) == 1 and (made := _WHOLE.get(kinds.pop())):
        return made(list(parts))
    return shapely.GeometryCollection(list(parts))


def checked(shape: BaseGeometry | None, limits: Limits) -> BaseGeometry | None:
    """The shape in two dimensions, None where it is empty. Raises Faulty where a number is none or it is too large."""
    if shape is None or shape.is_empty:
        return None
    if shapely.get_num_coordinates(shape) > limits.vertices:
        raise Faulty("geometry.too_many_vertices", limit=limits.vertices)
    xy = shapely.get_coordinates(shape)
    if not (np.abs(xy) <= FARTHEST).all():  # not a number is not smaller either
        raise Faulty("geometry.not_finite")
    return shapely.force_2d(shape)
