"""Metres between two geometries, in the frame at the pair's midpoint: what `geo.crs.distance_m` says, compiled."""

import math

import numpy as np

from geo.compiled.kernel import kernel
from geo.crs import WGS84_AXIS_M, WGS84_E2

_DEGREE = math.pi / 180.0


@kernel
def degrees_m(lat: float) -> tuple[float, float]:
    """Metres in one degree of longitude and of latitude, as `geo.crs.degrees_m`."""
    sine = math.sin(lat * _DEGREE)
    w2 = 1.0 - WGS84_E2 * sine * sine
    prime_m = WGS84_AXIS_M / math.sqrt(w2)
    return prime_m * math.cos(lat * _DEGREE) * _DEGREE, WGS84_AXIS_M * (1.0 - WGS84_E2) / (w2 * math.sqrt(w2)) * _DEGREE


@kernel
def _to_segment2(px: float, py: float, x0: float, y0: float, x1: float, y1: float) -> float:
    """Squared distance of a point from a segment."""
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    at = 0.0
    if length2 > 0.0:
        at = min(1.0, max(0.0, ((px - x0) * dx + (py - y0) * dy) / length2))
    ax, ay = px - (x0 + at * dx), py - (y0 + at * dy)
    return ax * ax + ay * ay


@kernel
def cross(a: float, b: float, c: float, d: float, e: float, f: float, g: float, h: float) -> bool:
    """Whether two segments properly cross; those that touch are at distance 0 by their ends."""
    one = (c - a) * (f - b) - (d - b) * (e - a)
    two = (c - a) * (h - b) - (d - b) * (g - a)
    if one * two >= 0.0:
        return False
    three = (g - e) * (b - f) - (h - f) * (a - e)
    four = (g - e) * (d - f) - (h - f) * (c - e)
    return three * four < 0.0


@kernel
def inside(px: float, py: float, ends: np.ndarray, first: int, last: int) -> bool:
    """Whether a point (degrees) lies in the areas whose edges are given: an odd number of them to its east."""
    odd = False
    for k in range(first, last):
        y0, y1 = ends[k, 1], ends[k, 3]
        if (y0 > py) != (y1 > py):
            x0, x1 = ends[k, 0], ends[k, 2]
            if px < x0 + (py - y0) / (y1 - y0) * (x1 - x0):
                odd = not odd
    return odd


@kernel
def any_inside(ends: np.ndarray, i0: int, i1: int, j0: int, j1: int, shift: float, bounds: np.ndarray) -> bool:
    """Whether a segment of i0:i1 starts in the areas of the edges j0:j1 (moved east by `shift`) with these bounds."""
    for k in range(i0, i1):
        px, py = ends[k, 0] - shift, ends[k, 1]
        if bounds[0] <= px <= bounds[2] and bounds[1] <= py <= bounds[3] and inside(px, py, ends, j0, j1):
            return True
    return False


@kernel
def between_m(ends: np.ndarray, first: np.ndarray, edges: np.ndarray, bounds: np.ndarray, i: int, j: int) -> float:
    """Metres between the geometries i and j; NaN where one has none."""
    i0, i1, j0, j1 = first[i], first[i + 1], first[j], first[j + 1]
    if i0 == i1 or j0 == j1:
        return math.nan
    lon_i, lon_j = (bounds[i, 0] + bounds[i, 2]) / 2, (bounds[j, 0] + bounds[j, 2]) / 2
    shift = 0.0
    if lon_i - lon_j > 180.0:
        shift = 360.0
    elif lon_i - lon_j < -180.0:
        shift = -360.0
    lat = ((bounds[i, 1] + bounds[i, 3]) / 2 + (bounds[j, 1] + bounds[j, 3]) / 2) / 2
    east_m, north_m = degrees_m(lat)
    if i1 - i0 == 1 and j1 - j0 == 1:
        a, b = ends[i0], ends[j0]
        if a[0] == a[2] and a[1] == a[3] and b[0] == b[2] and b[1] == b[3]:
            return math.hypot((b[0] + shift - a[0]) * east_m, (b[1] - a[1]) * north_m)
    lon = (lon_i + lon_j + shift) / 2
    # the other's box in metres: most segments are farther from it than the best that was found
    west, east = (bounds[j, 0] + shift - lon) * east_m, (bounds[j, 2] + shift - lon) * east_m
    south, north = (bounds[j, 1] - lat) * north_m, (bounds[j, 3] - lat) * north_m
    best = math.inf
    for k in range(i0, i1):
        ax, ay = (ends[k, 0] - lon) * east_m, (ends[k, 1] - lat) * north_m
        bx, by = (ends[k, 2] - lon) * east_m, (ends[k, 3] - lat) * north_m
        low_x, high_x, low_y, high_y = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        gap_x, gap_y = max(0.0, low_x - east, west - high_x), max(0.0, low_y - north, south - high_y)
        if gap_x * gap_x + gap_y * gap_y >= best:
            continue
        for other in range(j0, j1):
            cx, cy = (ends[other, 0] + shift - lon) * east_m, (ends[other, 1] - lat) * north_m
            dx, dy = (ends[other, 2] + shift - lon) * east_m, (ends[other, 3] - lat) * north_m
            gap_x = max(0.0, low_x - max(cx, dx), min(cx, dx) - high_x)
            gap_y = max(0.0, low_y - max(cy, dy), min(cy, dy) - high_y)
            if gap_x * gap_x + gap_y * gap_y >= best:
                continue
            if cross(ax, ay, bx, by, cx, cy, dx, dy):
                return 0.0
            best = min(best, _to_segment2(ax, ay, cx, cy, dx, dy), _to_segment2(bx, by, cx, cy, dx, dy),
                       _to_segment2(cx, cy, ax, ay, bx, by), _to_segment2(dx, dy, ax, ay, bx, by))
            if best == 0.0:
                return 0.0
    if edges[j] > j0 and any_inside(ends, i0, i1, j0, edges[j], shift, bounds[j]):
        return 0.0
    if edges[i] > i0 and any_inside(ends, j0, j1, i0, edges[i], -shift, bounds[i]):
        return 0.0
    return math.sqrt(best)


@kernel
def distances(ends: np.ndarray, first: np.ndarray, edges: np.ndarray, bounds: np.ndarray, pairs: np.ndarray,
              out: np.ndarray) -> None:
    """Fill `out` with the metres between the geometries of each of the pairs."""
    for row in range(len(pairs)):
        out[row] = between_m(ends, first, edges, bounds, pairs[row, 0], pairs[row, 1])
