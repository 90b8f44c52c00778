"""Whether two geometries are within reach: what `geo.compiled.distance` measures, asked as yes or no and so given up
or granted early, of leaves laid out along the tree."""

import numpy as np

from geo.compiled.distance import any_inside, cross, degrees_m, inside
from geo.compiled.kernel import kernel, lean
from geo.crs import WGS84_AXIS_M, WGS84_E2

WEST, SOUTH, EAST, NORTH, REACH, OFF = range(6)
"""Columns of the places of leaves, float64: bounds in degrees, metres."""
FIRST, LAST, EDGES, PROJECT, OWNER = range(5)
"""Columns of the spans of leaves, int64: as in `Segments`, and whose they are."""
_ROUND = 1.0 + 1e-9
_ROWS_A_DEGREE, _MOST_LAT = 32, 85


def _rows() -> np.ndarray:
    """Metres of a degree, with their first two changes per degree, at every `1 / _ROWS_A_DEGREE` of latitude."""
    degree = np.pi / 180.0
    lat = np.radians(np.arange(_MOST_LAT * _ROWS_A_DEGREE + 1) / _ROWS_A_DEGREE)
    sine, cosine = np.sin(lat), np.cos(lat)
    w2 = 1.0 - WGS84_E2 * sine * sine
    north = WGS84_AXIS_M * (1.0 - WGS84_E2) / (w2 * np.sqrt(w2))
    steeper = 3.0 * WGS84_E2 * north * sine * cosine / w2
    rows = [WGS84_AXIS_M * cosine / np.sqrt(w2), -sine * north, -cosine * north - sine * steeper,
            north, steeper, 3.0 * WGS84_E2 * north * (cosine * cosine - sine * sine) / w2]
    return np.column_stack(rows) * np.array([1.0, degree, degree**2 / 2] * 2) * degree


_ROWS = _rows()


@kernel
def metres_at(lat: float) -> tuple[float, float]:
    """As `degrees_m` to 1 part in 10^10, from the nearest row of a table: a tenth of its time."""
    polar = abs(lat)
    if not polar <= _MOST_LAT:
        return degrees_m(lat)
    row = int(polar * _ROWS_A_DEGREE + 0.5)
    off = polar - row / _ROWS_A_DEGREE
    return (_ROWS[row, 0] + off * (_ROWS[row, 1] + off * _ROWS[row, 2]),
            _ROWS[row, 3] + off * (_ROWS[row, 4] + off * _ROWS[row, 5]))


@kernel
def lay_out(owner: np.ndarray, bounds: np.ndarray, reach_m: np.ndarray, off_m: np.ndarray, first: np.ndarray,
            edges: np.ndarray, project: np.ndarray, places: np.ndarray, spans: np.ndarray, start: int, stop: int
            ) -> None:
    """Fill the places and spans of the leaves start:stop."""
    for leaf in range(start, stop):
        i = owner[leaf]
        if i < 0:
            continue
        for side in range(4):
            places[leaf, side] = bounds[i, side]
        places[leaf, REACH], places[leaf, OFF] = reach_m[i], off_m[i]
        spans[leaf, FIRST], spans[leaf, LAST], spans[leaf, EDGES] = first[i], first[i + 1], edges[i]
        spans[leaf, PROJECT], spans[leaf, OWNER] = project[i], i


@lean
def within(ends: np.ndarray, places: np.ndarray, spans: np.ndarray, i: int, j: int) -> bool:
    """Whether two leaves are of different projects and no farther apart than the larger reach and both offs."""
    if spans[i, PROJECT] == spans[j, PROJECT]:
        return False
    reach_m = max(places[i, REACH], places[j, REACH]) + places[i, OFF] + places[j, OFF]
    lon_i, lat_i = (places[i, WEST] + places[i, EAST]) / 2, (places[i, SOUTH] + places[i, NORTH]) / 2
    lon_j, lat_j = (places[j, WEST] + places[j, EAST]) / 2, (places[j, SOUTH] + places[j, NORTH]) / 2
    shift = 360.0 if lon_i - lon_j > 180.0 else -360.0 if lon_i - lon_j < -180.0 else 0.0
    east_m, north_m = metres_at((lat_i + lat_j) / 2)
    one, other = _is_point(places, spans, i), _is_point(places, spans, j)
    if one and other:
        x, y = (lon_j + shift - lon_i) * east_m, (lat_j - lat_i) * north_m
        return x * x + y * y <= reach_m * reach_m
    if one:
        return _point_within(lon_i - shift, lat_i, ends, spans, j, east_m, north_m, reach_m)
    if other:
        return _point_within(lon_j + shift, lat_j, ends, spans, i, east_m, north_m, reach_m)
    return _lines_within(ends, places, spans, i, j, shift, east_m, north_m, reach_m)


@lean
def _is_point(places: np.ndarray, spans: np.ndarray, i: int) -> bool:
    return (spans[i, LAST] - spans[i, FIRST] == 1 and places[i, WEST] == places[i, EAST]
            and places[i, SOUTH] == places[i, NORTH])


@lean
def _point_within(x: float, y: float, ends: np.ndarray, spans: np.ndarray, j: int, east_m: float, north_m: float,
                  reach_m: float) -> bool:
    """A point (degrees) and the segments or the areas of a leaf."""
    wide, high = reach_m / abs(east_m) * _ROUND, reach_m / north_m * _ROUND
    for k in range(spans[j, FIRST], spans[j, LAST]):
        if (min(ends[k, 0], ends[k, 2]) - x > wide or x - max(ends[k, 0], ends[k, 2]) > wide
                or min(ends[k, 1], ends[k, 3]) - y > high or y - max(ends[k, 1], ends[k, 3]) > high):
            continue
        if _beside(0.0, 0.0, (ends[k, 0] - x) * east_m, (ends[k, 1] - y) * north_m, (ends[k, 2] - x) * east_m,
                   (ends[k, 3] - y) * north_m, reach_m * reach_m):
            return True
    return spans[j, EDGES] > spans[j, FIRST] and inside(x, y, ends, spans[j, FIRST], spans[j, EDGES])


@lean
def _lines_within(ends: np.ndarray, places: np.ndarray, spans: np.ndarray, i: int, j: int, shift: float,
                  east_m: float, north_m: float, reach_m: float) -> bool:
    """Two leaves of lines or areas, the other moved east by `shift`."""
    wide, high, reach2 = reach_m / abs(east_m) * _ROUND, reach_m / north_m * _ROUND, reach_m * reach_m
    i0, i1, j0, j1 = spans[i, FIRST], spans[i, LAST], spans[j, FIRST], spans[j, LAST]
    west, east = places[j, WEST] + shift - wide, places[j, EAST] + shift + wide
    south, north = places[j, SOUTH] - high, places[j, NORTH] + high
    for k in range(i0, i1):
        x, y, bx, by = ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3]
        low_x, high_x, low_y, high_y = min(x, bx), max(x, bx), min(y, by), max(y, by)
        if low_x > east or high_x < west or low_y > north or high_y < south:
            continue
        low_x, high_x, low_y, high_y = low_x - wide - shift, high_x + wide - shift, low_y - high, high_y + high
        bx, by = (bx - x) * east_m, (by - y) * north_m
        for other in range(j0, j1):
            cx, cy, dx, dy = ends[other, 0], ends[other, 1], ends[other, 2], ends[other, 3]
            if max(cx, dx) < low_x or min(cx, dx) > high_x or max(cy, dy) < low_y or min(cy, dy) > high_y:
                continue
            cx, cy = (cx + shift - x) * east_m, (cy - y) * north_m
            dx, dy = (dx + shift - x) * east_m, (dy - y) * north_m
            if (_beside(cx, cy, 0.0, 0.0, bx, by, reach2) or _beside(dx, dy, 0.0, 0.0, bx, by, reach2)
                    or _beside(0.0, 0.0, cx, cy, dx, dy, reach2) or _beside(bx, by, cx, cy, dx, dy, reach2)
                    or cross(0.0, 0.0, bx, by, cx, cy, dx, dy)):
                return True
    return ((spans[j, EDGES] > j0 and any_inside(ends, i0, i1, j0, spans[j, EDGES], shift, places[j]))
            or (spans[i, EDGES] > i0 and any_inside(ends, j0, j1, i0, spans[i, EDGES], -shift, places[i])))


@lean
def _beside(px: float, py: float, x0: float, y0: float, x1: float, y1: float, reach2: float) -> bool:
    """Whether a point's squared distance from a segment is at most `reach2`: as `_to_segment2` says, not divided."""
    dx, dy, ax, ay = x1 - x0, y1 - y0, px - x0, py - y0
    along = ax * dx + ay * dy
    if along <= 0.0:
        return ax * ax + ay * ay <= reach2
    length2 = dx * dx + dy * dy
    if along >= length2:
        ax, ay = px - x1, py - y1
        return ax * ax + ay * ay <= reach2
    across = ax * dy - ay * dx
    return across * across <= reach2 * length2
