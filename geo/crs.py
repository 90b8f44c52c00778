"""Coordinate systems that are accepted, and true metres at any place.

Degrees become metres in a frame at the place itself (for a pair: at the pair's midpoint). One UTM zone for all
would be off by 0.1 % in the home regency, which 114°E cuts in two.
"""

from functools import cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

BEYOND_A_PLANE_M = 100_000.0
_EARTH = Geod(ellps="WGS84")
WGS84_AXIS_M = 6_378_137.0
WGS84_E2 = 0.00669437999014

ACCEPTED = frozenset({
    4326, 4979, 3857,  # WGS 84, with height, web mercator
    4755, 9470,  # DGN95, SRGI2013: Indonesia's own, within a metre of WGS 84
    *range(32646, 32655), *range(32746, 32755),  # WGS 84 UTM 46N-54N, 46S-54S
    *range(23866, 23873), *range(23877, 23885),  # DGN95 UTM north and south
    *range(23830, 23846),  # DGN95 TM-3, used by the land agency
})
"""EPSG codes that a file may state; every other one is refused by name."""


def degrees_m(lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres in one degree of longitude and of latitude at `lat` on the WGS 84 ellipsoid.

    >>> [round(float(m)) for m in degrees_m(-8.2)]
    [110189, 110597]
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    w2 = 1.0 - WGS84_E2 * np.sin(phi) ** 2
    prime_m = WGS84_AXIS_M / np.sqrt(w2)
    meridian_m = WGS84_AXIS_M * (1.0 - WGS84_E2) / w2**1.5
    return np.radians(prime_m * np.cos(phi)), np.radians(meridian_m)


def to_metres(geometries: ArrayLike, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.object_]:
    """Geometries of EPSG:4326 in metres east and north of `lon, lat` (one frame for all, or one for each).

    True to 1 part in 10,000 within some kilometres of the frame's place; None stays None.
    """
    shapes = np.array(geometries, dtype=object, ndmin=1, copy=True)
    lon = np.broadcast_to(np.asarray(lon, dtype=np.float64), shapes.shape)
    lat = np.broadcast_to(np.asarray(lat, dtype=np.float64), shapes.shape)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    east_m, north_m = degrees_m(lat)
    xy[:, 0] = (xy[:, 0] - lon[owner]) * east_m[owner]
    xy[:, 1] = (xy[:, 1] - lat[owner]) * north_m[owner]
    return shapely.set_coordinates(shapely.force_2d(shapes), xy)


def midpoints(left: ArrayLike, right: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude halfway between the boxes of aligned geometries: where a pair's frame stands."""
    boxes = (shapely.bounds(np.asarray(left, dtype=object)) + shapely.bounds(np.asarray(right, dtype=object))) / 2
    boxes = np.atleast_2d(boxes)
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2


def in_metres(left: ArrayLike, right: ArrayLike) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Aligned geometries of EPSG:4326, each pair in metres in the frame at its own midpoint."""
    lon, lat = midpoints(left, right)
    return to_metres(left, lon, lat), to_metres(right, lon, lat)


def distance_m(left: ArrayLike, right: ArrayLike) -> NDArray[np.float64]:
    """Metres between aligned geometries of EPSG:4326; NaN where one is missing or empty."""
    return shapely.distance(*in_metres(left, right))


def far_m(left: ArrayLike, right: ArrayLike) -> NDArray[np.float64]:
    """As `distance_m` for points that may be a continent apart: beyond 100 km along the ellipsoid."""
    away_m = np.atleast_1d(distance_m(left, right))
    for k in np.flatnonzero(away_m > BEYOND_A_PLANE_M):
        one, other = (np.atleast_1d(np.asarray(points, dtype=object))[k] for points in (left, right))
        away_m[k] = _EARTH.inv(one.x, one.y, other.x, other.y)[2]
    return away_m


def accepted(epsg: int) -> bool:
    """Whether a file may state this coordinate system."""
    return epsg in ACCEPTED


@cache
def _to_wgs84(epsg: int) -> Transformer:
    return Transformer.from_crs(CRS.from_epsg(epsg), CRS.from_epsg(4326), always_xy=True)


def to_wgs84(geometries: ArrayLike, epsg: int) -> NDArray[np.object_]:
    """Geometries of an accepted coordinate system in EPSG:4326 lon, lat. Raises ValueError for any other."""
    if not accepted(epsg):
        raise ValueError(f"EPSG:{epsg} is not accepted")
    shapes = shapely.force_2d(np.array(geometries, dtype=object, ndmin=1, copy=True))
    if epsg in (4326, 4979):
        return shapes
    xy = shapely.get_coordinates(shapes)
    return shapely.set_coordinates(shapes, np.column_stack(_to_wgs84(epsg).transform(xy[:, 0], xy[:, 1])))


def named(text: str) -> int | None:
    """The EPSG code a coordinate system's name states, None when it states none that is known here.

    >>> named("urn:ogc:def:crs:EPSG::32749"), named("urn:ogc:def:crs:OGC:1.3:CRS84")
    (32749, 4326)
    """
    if "CRS84" in text.upper():
        return 4326
    digits = text.rstrip().rsplit(":", 1)[-1]
    if not digits.isdecimal() or not digits.isascii() or "EPSG" not in text.upper() or len(digits) > 6:
        return None
    try:
        return CRS.from_epsg(int(digits)).to_epsg()
    except CRSError:
        return None
