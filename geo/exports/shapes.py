"""Shapes as exports need them: bytes, a point to stand on, and what RFC 7946 asks of a GeoJSON geometry.

Arrays of shapely geometries in EPSG:4326, lon, lat; None stays None.
"""

from collections.abc import Callable

import numpy as np
import shapely

DECIMALS = 7
"""One centimetre: what RFC 7946 calls enough, and finer than anything that was measured here."""
HALF = 180.0


def read(written: list[bytes | None]) -> np.ndarray:
    """Shapes of WKB as the database gives it."""
    return shapely.from_wkb(np.array(written, dtype=object)) if written else np.empty(0, object)


def points(shapes: np.ndarray) -> tuple[list[float | None], list[float | None]]:
    """lon and lat of a place on each shape, rounded to DECIMALS; None where there is no shape."""
    on = shapely.point_on_surface(shapes)
    xy = np.round(np.column_stack([shapely.get_x(on), shapely.get_y(on)]), DECIMALS)
    return tuple([None if value != value else value for value in axis.tolist()] for axis in xy.T)


def rounded(shapes: np.ndarray) -> np.ndarray:
    """The same shapes with coordinates of at most DECIMALS digits."""
    return shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS) + 0.0)


def for_geojson(shapes: np.ndarray) -> np.ndarray:
    """Rounded, cut where they cross the antimeridian, outer rings against the clock."""
    made = rounded(shapes)
    for place in np.flatnonzero(_crossing(made)):
        made[place] = _cut(made[place])
    return shapely.orient_polygons(made, exterior_cw=False)


def _crossing(shapes: np.ndarray) -> np.ndarray:
    """Whether a shape may hold a step of more than half the earth: then it goes the other way round."""
    bounds = shapely.bounds(shapes)
    return bounds[:, 2] - bounds[:, 0] > HALF


def _cut(shape: shapely.Geometry) -> shapely.Geometry:
    """A line or area whose steps cross the antimeridian, as parts on either side of it (RFC 7946, 3.1.9)."""
    if shape.geom_type in ("Point", "MultiPoint"):
        return shape
    if hasattr(shape, "geoms"):
        parts = [piece for part in shape.geoms for piece in getattr(_cut(part), "geoms", [_cut(part)])]
        return _gathered(parts)
    if shape.geom_type == "LineString":
        unwound = shapely.LineString(_unwound(shapely.get_coordinates(shape)))
    else:
        rings = [_unwound(shapely.get_coordinates(ring)) for ring in (shape.exterior, *shape.interiors)]
        west = rings[0][:, 0].min()
        unwound = shapely.Polygon(rings[0], [_beside(ring, west) for ring in rings[1:]])
    low, _, high, _ = unwound.bounds
    if low >= -HALF and high <= HALF:
        return shape
    pieces = []
    for turn in range(int(np.floor((low + HALF) / 360)), int(np.floor((high + HALF) / 360)) + 1):
        strip = shapely.box(-HALF + 360 * turn, -90, HALF + 360 * turn, 90)
        inside = shapely.intersection(shapely.make_valid(unwound), strip)
        pieces += [shapely.transform(part, lambda xy, turn=turn: np.round(xy - [360 * turn, 0], DECIMALS))
                   for part in getattr(inside, "geoms", [inside]) if part.geom_type == shape.geom_type]
    return _gathered(pieces) if pieces else shape


def _unwound(xy: np.ndarray) -> np.ndarray:
    """Vertices whose longitudes go on beyond 180 degrees instead of leaping back."""
    return np.column_stack([np.round(np.unwrap(xy[:, 0], period=360), DECIMALS), xy[:, 1]])


def _beside(ring: np.ndarray, west: float) -> np.ndarray:
    """A hole on the same turn of the earth as its outer ring."""
    turns = np.ceil((west - ring[:, 0].min()) / 360)
    return ring + np.array([360 * turns, 0])


def _gathered(parts: list[shapely.Geometry]) -> shapely.Geometry:
    if len(parts) == 1:
        return parts[0]
    kinds = {part.geom_type for part in parts}
    gather: dict[str, Callable] = {"LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon,
                                   "Point": shapely.MultiPoint}
    kind, = kinds if len(kinds) == 1 else [""]
    return gather.get(kind, shapely.GeometryCollection)(parts)


class Extent:
    """The box of all shapes that went by; the narrower of the two ways round the earth."""

    def __init__(self) -> None:
        self._box = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self._east = np.array([np.inf, -np.inf])  # as if the western half lay beyond the eastern one

    def add(self, shapes: np.ndarray) -> None:
        found = shapely.bounds(shapes)
        found = found[~np.isnan(found[:, 0])]
        if not len(found):
            return
        self._box[:2] = np.minimum(self._box[:2], found[:, :2].min(axis=0))
        self._box[2:] = np.maximum(self._box[2:], found[:, 2:].max(axis=0))
        parts = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
        west, east = shapely.bounds(parts)[:, [0, 2]].T
        beyond = np.where(east <= 0, 360.0, 0.0)
        self._east = np.array([min(self._east[0], (west + beyond).min()), max(self._east[1], (east + beyond).max())])

    @property
    def box(self) -> list[float] | None:
        """West, south, east, north; west is greater than east where the box crosses the antimeridian."""
        if not np.isfinite(self._box).all():
            return None
        west, south, east, north = self._box.tolist()
        round_west, round_east = self._east.tolist()
        if round_east - round_west < east - west and round_east > HALF:
            west, east = round_west, round_east - 360
        return [round(edge, DECIMALS) for edge in (west, south, east, north)]
