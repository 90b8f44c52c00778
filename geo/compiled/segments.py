"""Geometries as plain arrays of segments: what kernels read instead of shapely's objects."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

MANY = 5_000
"""Geometries from which a kernel pays for loading its compiler."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Of n geometries of EPSG:4326: geometry i has the segments `first[i]` to `first[i + 1]`, rows x, y, x, y of
    `ends`, the edges of its areas before `edges[i]`, in the order of its vertices. A point is a segment without length;
    an empty or missing geometry has none.
    """

    ends: NDArray[np.float64]
    first: NDArray[np.int64]
    edges: NDArray[np.int64]

    @classmethod
    def of(cls, shapes: NDArray) -> "Segments":
        n = len(shapes)
        kind = shapely.get_type_id(shapes)
        plain = np.flatnonzero((kind == 0) & ~shapely.is_empty(shapes))
        others = np.flatnonzero(kind > 0)
        parts, owner = _parts(shapes[others])
        owner = others[owner]
        at = shapely.get_coordinates(shapes[plain])
        pieces = [(np.hstack([at, at]), plain, np.ones(len(plain), np.int8))] if len(plain) else []
        flat = shapely.get_type_id(parts)
        if (dots := flat == 0).any():
            at = shapely.get_coordinates(parts[dots])
            pieces.append((np.hstack([at, at]), owner[dots], np.ones(len(at), np.int8)))
        if (areas := flat == 3).any():
            rings, of = shapely.get_rings(parts[areas], return_index=True)
            pieces.append((*_steps(rings, owner[areas][of]), np.int8(0)))
        if (lines := (flat == 1) | (flat == 2)).any():
            pieces.append((*_steps(parts[lines], owner[lines]), np.int8(1)))
        if not pieces:
            return cls(np.empty((0, 4)), np.zeros(n + 1, np.int64), np.zeros(n, np.int64))
        ends = np.concatenate([one for one, _, _ in pieces])
        owners = np.concatenate([one for _, one, _ in pieces])
        rank = np.concatenate([np.broadcast_to(one, len(of)) for _, of, one in pieces])
        order = np.argsort(owners * 2 + rank, kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=n))]).astype(np.int64)
        return cls(ends[order], first, first[:-1] + np.bincount(owners[rank == 0], minlength=n))

    @classmethod
    def many(cls, shapes: NDArray) -> tuple["Segments", NDArray[np.float64]]:
        """The same by threads and a kernel, and the bounds [n, 4], which are read on the way."""
        from geo.compiled.vertices import ODD, Vertices

        vertices = Vertices(shapes)
        odd = np.flatnonzero(vertices.form == ODD)
        apart = cls.of(shapes[odd])
        vertices.count[odd] = np.diff(apart.first)
        first = np.concatenate([[0], np.cumsum(vertices.count)])
        ends, edges = np.empty((first[-1], 4)), first[:-1].copy()
        vertices.fill(first, ends, edges)
        ends[np.repeat(first[odd] - apart.first[:-1], vertices.count[odd]) + np.arange(len(apart.ends))] = apart.ends
        edges[odd] += apart.edges - apart.first[:-1]
        return cls(ends, first, edges), vertices.bounds


def _parts(shapes: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Single points, lines and polygons, and which of the shapes each is of; a mixture is united first."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == 7)
    if len(mixed):
        shapes = shapes.copy()
        shapes[mixed] = [shapely.unary_union(shape) for shape in shapes[mixed]]
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():
        parts, of = shapely.get_parts(parts, return_index=True)
        owner = owner[of]
    kept = ~shapely.is_empty(parts)
    return parts[kept], owner[kept]


def _steps(lines: NDArray, owner: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    xy, of = shapely.get_coordinates(lines, return_index=True)
    joined = of[1:] == of[:-1]
    return np.hstack([xy[:-1], xy[1:]])[joined], owner[of[1:][joined]]


class Shapes:
    """The geometries of one table, turned into segments when they are first asked for."""

    def __init__(self, geometry: NDArray) -> None:
        self.geometry = geometry

    @cached_property
    def segments(self) -> Segments:
        return self._many[0] if len(self.geometry) >= MANY else Segments.of(self.geometry)

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        return self._many[1] if len(self.geometry) >= MANY else shapely.bounds(self.geometry)

    @cached_property
    def _many(self) -> tuple[Segments, NDArray[np.float64]]:
        return Segments.many(self.geometry)
