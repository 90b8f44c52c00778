"""What lies between two geometries, measured once for every pair and read by several pieces of evidence."""

from dataclasses import dataclass, fields

import numpy as np
import shapely

from geo import crs
from geo.evidence import corridor
from geo.evidence.sites import FORM_AREA, FORM_LINE, FORM_NONE, FORM_POINT, Sites

CHUNK = 100_000
CORRIDOR_M = 10.0
CORRIDOR_MOST_M = 25.0
DEFAULT_ACCURACY_M = 5.0
MANY = 20_000
MANY_LINES = 1_000
"""Pairs from which compiled kernels pay for loading their compiler."""


@dataclass(slots=True)
class Between:
    """Aligned measures of n pairs; NaN where they do not apply.

    `overlap_m` is the length of the shorter line inside the other's corridor, or for areas the square root of the
    shared area; `overlap_share` that of the shorter or smaller one. `longer_share` is the same
    length against the longer. `angle` is between the lines' directions (0-90).
    """

    distance_m: np.ndarray
    overlap_m: np.ndarray
    overlap_share: np.ndarray
    longer_share: np.ndarray
    angle: np.ndarray
    tolerance_m: np.ndarray

    def take(self, index: np.ndarray) -> "Between":
        return Between(**{column.name: getattr(self, column.name)[index] for column in fields(self)})


def wrapped(left: np.ndarray, right: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """`right` moved by a whole turn where the pair faces each other over the antimeridian."""
    turned = np.flatnonzero(np.abs(gap) > 180)
    if not len(turned):
        return right
    right = right.copy()
    for position in turned:
        turn = 360.0 if gap[position] > 0 else -360.0
        right[position] = shapely.transform(right[position], lambda xy, turn=turn: xy + np.array([turn, 0.0]))
    return right


def point_distance_m(lon_a: np.ndarray, lat_a: np.ndarray, lon_b: np.ndarray, lat_b: np.ndarray) -> np.ndarray:
    """Metres between points, in the frame at each pair's midpoint."""
    east_m, north_m = crs.degrees_m((lat_a + lat_b) / 2)
    turn = (lon_b - lon_a + 180.0) % 360.0 - 180.0
    return np.hypot(turn * east_m, (lat_b - lat_a) * north_m)


def distance_m(left: Sites, right: Sites, among: int = 0) -> np.ndarray:
    """Metres between the geometries of aligned sites; NaN where one has none."""
    if max(len(left), among) >= MANY and left.shapes is right.shapes:
        from geo.compiled import join

        return join.metres(left.shapes.segments, left.shapes.bounds, np.column_stack([left.row, right.row]))
    distance = np.full(len(left), np.nan)
    points = (shapely.get_type_id(left.geometry) == 0) & (shapely.get_type_id(right.geometry) == 0)
    distance[points] = point_distance_m(left.lon[points], left.lat[points], right.lon[points], right.lat[points])
    others = np.flatnonzero(~points & (left.form != FORM_NONE) & (right.form != FORM_NONE))
    for start in range(0, len(others), CHUNK):
        part = others[start:start + CHUNK]
        distance[part] = shapely.distance(*_metric(left, right, part))
    return distance


def _metric(left: Sites, right: Sites, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = left.geometry[part], right.geometry[part]
    return crs.in_metres(a, wrapped(a, b, left.lon[part] - right.lon[part]))


def measure(left: Sites, right: Sites, tolerance_m: np.ndarray, among: int = 0) -> Between:
    """All measures of aligned sites. Symmetric: swapping the sides changes nothing. `among` how many pairs of their
    table these stand: of many, few are measured as all would be."""
    n = len(left)
    between = Between(distance_m(left, right, among), *(np.full(n, np.nan) for _ in range(4)), tolerance_m)
    extended = np.flatnonzero(
        (left.form > FORM_POINT) & (right.form > FORM_POINT) & (between.distance_m <= tolerance_m))
    for start in range(0, len(extended), CHUNK):
        part = extended[start:start + CHUNK]
        lines = (left.form[part] == FORM_LINE) & (right.form[part] == FORM_LINE)
        _lines(between, part[lines], left.take(part[lines]), right.take(part[lines]), among)
        part = part[~lines]
        if not len(part):
            continue
        a, b = _metric(left, right, part)
        areas = (left.form[part] == FORM_AREA) & (right.form[part] == FORM_AREA)
        _areas(between, part[areas], a[areas], b[areas])
        _line_in_area(between, part[~areas], a[~areas], b[~areas])
    return between


def corridor_m(left: Sites, right: Sites) -> np.ndarray:
    """Half the width within which a line counts as the same line: the road, and what both positions may be off."""
    off_a = np.where(np.isnan(left.accuracy_m), DEFAULT_ACCURACY_M, left.accuracy_m)
    off_b = np.where(np.isnan(right.accuracy_m), DEFAULT_ACCURACY_M, right.accuracy_m)
    return np.clip(CORRIDOR_M + (off_a + off_b) / 2, CORRIDOR_M, CORRIDOR_MOST_M)


def _lines(between: Between, part: np.ndarray, left: Sites, right: Sites, among: int) -> None:
    if not len(part):
        return
    ends, first, swap = _line_segments(left, right)
    n = len(part)
    owner = np.repeat(np.arange(2 * n), np.diff(first))
    lengths = np.bincount(owner, np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]), minlength=2 * n)
    la, lb = lengths[:n], lengths[n:]
    # equal lengths: the box decides, so that the order of the pair never does
    swap = np.where(np.isclose(la, lb, rtol=1e-9), swap, lb < la)
    spans = np.column_stack([first[:-1], first[1:]])
    shorter, longer = (np.where(one[:, None], spans[n:], spans[:n]) for one in (swap, ~swap))
    inside, width = np.zeros(n), corridor_m(left, right)
    # lines that are farther apart than the corridor is wide share none of it
    may = np.flatnonzero(between.distance_m[part] <= width + 0.01)
    inside[may] = _inside_m(ends, shorter[may], longer[may], width[may], among)
    length, most = np.where(swap, lb, la), np.where(swap, la, lb)
    between.overlap_m[part] = np.where(length > 0, inside, 0.0)
    between.overlap_share[part] = np.divide(inside, length, out=np.zeros(n), where=length > 0)
    between.longer_share[part] = np.divide(inside, most, out=np.zeros(n), where=most > 0).clip(0, 1)
    way = ends[first[1:] - 1, 2:] - ends[first[:-1], :2]
    bearing = np.degrees(np.arctan2(way[:, 0], way[:, 1]))
    gap = np.abs(bearing[:n] - bearing[n:]) % 180
    between.angle[part] = np.minimum(gap, 180 - gap)


def _line_segments(left: Sites, right: Sites) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segments [k, 4] of all left lines, then of all right ones, each pair's in metres in its own frame; where each
    line starts, and whether the right one's box comes first."""
    gap = left.lon - right.lon
    shift = np.where(gap > 180, 360.0, np.where(gap < -180, -360.0, 0.0))
    lon, lat = (left.lon + right.lon + shift) / 2, (left.lat + right.lat) / 2
    scale = np.column_stack([*crs.degrees_m(lat)] * 2)
    ends, firsts, boxes = [], [np.zeros(1, np.int64)], []
    for side, moved in ((left, 0.0), (right, shift)):
        table = side.shapes.segments
        count = table.first[side.row + 1] - table.first[side.row]
        stop = np.cumsum(count)
        owner = np.repeat(np.arange(len(count)), count)
        place = np.arange(stop[-1]) + np.repeat(table.first[side.row] - (stop - count), count)
        origin = np.column_stack([lon - moved, lat] * 2)
        ends.append((table.ends[place] - origin[owner]) * scale[owner])
        boxes.append((side.shapes.bounds[side.row] - origin) * scale)
        firsts.append(stop + firsts[-1][-1])
    first = np.argmax(boxes[0] != boxes[1], axis=1)
    rows = np.arange(len(lon))
    return np.concatenate(ends), np.concatenate(firsts), boxes[1][rows, first] < boxes[0][rows, first]


def _inside_m(ends: np.ndarray, lines: np.ndarray, others: np.ndarray, width: np.ndarray, among: int
              ) -> np.ndarray:
    if len(width) >= MANY_LINES or among >= MANY:
        from geo.compiled import corridor as compiled

        return compiled.inside_m(ends, lines, others, width)
    return corridor.inside_m(ends, lines, others, width)


def _areas(between: Between, part: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    if len(part):
        shared = shapely.area(shapely.intersection(a, b))
        smaller = np.minimum(shapely.area(a), shapely.area(b))
        between.overlap_m[part] = np.sqrt(shared)
        larger = np.maximum(shapely.area(a), shapely.area(b))
        between.overlap_share[part] = np.divide(shared, smaller, out=np.zeros(len(part)), where=smaller > 0)
        between.longer_share[part] = np.divide(shared, larger, out=np.zeros(len(part)), where=larger > 0)


def _line_in_area(between: Between, part: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    if len(part):
        inside = shapely.length(shapely.intersection(a, b))
        line = np.where(shapely.get_dimensions(a) == 1, a, b)
        length = shapely.length(line)
        between.overlap_m[part] = inside
        between.overlap_share[part] = np.divide(inside, length, out=np.zeros(len(part)), where=length > 0)
