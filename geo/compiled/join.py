"""All pairs of a table within tolerance: a packed tree of boxes asked for each of its nodes, distances at once."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from geo.compiled.distance import distances, inside, meet, metres_at, point_meets
from geo.compiled.kernel import kernel
from geo.compiled.segments import Segments
from geo.compiled.tree import NODE, Tree, in_blocks

BLOCK = 8_192
NODES = 512
"""Of the tree's lowest level, asked at once by one thread."""


def metres(shapes: Segments, bounds: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Metres between the geometries of each of the pairs [m, 2]; NaN where one has none."""
    out = np.empty(len(pairs))
    in_blocks(len(pairs), lambda start, stop: distances(shapes.ends, shapes.first, shapes.edges, bounds,
                                                        pairs[start:stop], out[start:stop]), BLOCK)
    return out


def near(shapes: Segments, bounds: NDArray[np.float64], members: NDArray[np.int64], reach_m: NDArray[np.float64],
         off_m: NDArray[np.float64], project: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs [m, 2] of members (positions among the n geometries, whose bounds are [n, 4]) of different projects no farther apart than the
    larger reach [n] and both offs [n]; left < right, sorted."""
    tree = Tree.of(members, bounds, reach_m + off_m)
    ask = partial(_ask, tree.boxes, tree.level, tree.owner, shapes.ends, shapes.first, shapes.edges, bounds,
                  reach_m, off_m, project)
    found = in_blocks(len(tree.owner) // NODE, ask, NODES)
    n = len(shapes.edges)
    return _sorted(found, n, tree.twice)


def _sorted(found: list[NDArray[np.int32]], n: int, twice: bool) -> NDArray[np.int64]:
    """The pairs [., 2] of n in order, each once."""
    stop = np.zeros(n + 1, np.int64)
    for part in found:
        _count(part, stop)
    np.cumsum(stop, out=stop)
    right = np.empty(stop[-1], np.int32)
    at = stop[:-1].copy()
    for part in found:
        _scatter(part, at, right)
    pairs = np.empty((len(right), 2), np.int64)
    in_blocks(n, lambda low, high: _sort(stop, right, pairs, low, high), BLOCK)
    if twice and len(pairs):
        pairs = pairs[np.concatenate([[True], (pairs[1:] != pairs[:-1]).any(axis=1)])]
    return pairs


@kernel
def _count(pairs: np.ndarray, stop: np.ndarray) -> None:
    for k in range(len(pairs)):
        stop[pairs[k, 0] + 1] += 1


@kernel
def _scatter(pairs: np.ndarray, at: np.ndarray, right: np.ndarray) -> None:
    for k in range(len(pairs)):
        left = pairs[k, 0]
        right[at[left]] = pairs[k, 1]
        at[left] += 1


@kernel
def _sort(stop: np.ndarray, right: np.ndarray, pairs: np.ndarray, low: int, high: int) -> None:
    for left in range(low, high):
        start, last = stop[left], stop[left + 1]
        if last - start > FEW:
            right[start:last].sort()
        else:
            for k in range(start + 1, last):
                one, at = right[k], k
                while at > start and right[at - 1] > one:
                    right[at] = right[at - 1]
                    at -= 1
                right[at] = one
        for k in range(start, last):
            pairs[k, 0], pairs[k, 1] = left, right[k]


FEW = 32
"""Partners of one that are sorted as they are put in."""


@kernel
def _ask(boxes: np.ndarray, level: np.ndarray, owner: np.ndarray, ends: np.ndarray, first: np.ndarray,
         edges: np.ndarray, bounds: np.ndarray, reach_m: np.ndarray, off_m: np.ndarray, project: np.ndarray,
         start: int, stop: int) -> np.ndarray:
    """Pairs of the leaves of the lowest nodes start:stop with later leaves."""
    found = np.empty((8 * NODE * NODES, 2), np.int32)
    count = 0
    stack = np.empty((len(level) * NODE, 2), np.int64)
    for asking in range(start, stop):
        above, of = level[1] + asking // NODE, asking % NODE
        west, south, east, north = boxes[above, 0, of], boxes[above, 1, of], boxes[above, 2, of], boxes[above, 3, of]
        stack[0, 0], stack[0, 1] = len(level) - 2, 0
        depth = 1
        while depth:
            depth -= 1
            height, node = stack[depth, 0], stack[depth, 1]
            if height:
                at, width = level[height] + node, NODE ** (height - 1)
                for child in range(NODE):
                    if ((node * NODE + child + 1) * width > asking and boxes[at, 0, child] <= east
                            and boxes[at, 2, child] >= west and boxes[at, 1, child] <= north
                            and boxes[at, 3, child] >= south):
                        stack[depth, 0], stack[depth, 1] = height - 1, node * NODE + child
                        depth += 1
                continue
            if len(found) - count < NODE * NODE:
                larger = np.empty((2 * len(found), 2), np.int32)
                larger[:count] = found[:count]
                found = larger
            count = _leaves(boxes, level, owner, ends, first, edges, bounds, reach_m, off_m, project, asking, node, found,
                            count)
    return found[:count].copy()


@kernel
def _leaves(boxes: np.ndarray, level: np.ndarray, owner: np.ndarray, ends: np.ndarray, first: np.ndarray,
            edges: np.ndarray, bounds: np.ndarray, reach_m: np.ndarray, off_m: np.ndarray, project: np.ndarray,
            asking: int, node: int, found: np.ndarray, count: int) -> int:
    """Add the pairs between the leaves of two lowest nodes; of a node with itself, each once."""
    above, of = level[1] + node // NODE, node % NODE
    for one in range(NODE):
        west, south, east, north = (boxes[asking, 0, one], boxes[asking, 1, one], boxes[asking, 2, one],
                                    boxes[asking, 3, one])
        if (boxes[above, 0, of] > east or boxes[above, 2, of] < west or boxes[above, 1, of] > north
                or boxes[above, 3, of] < south):
            continue
        # no branch until all are tested: one for each costs more than the tests
        meet = np.uint32(0)
        for other in range(NODE):
            meet |= np.uint32((boxes[node, 0, other] <= east) & (boxes[node, 2, other] >= west)
                              & (boxes[node, 1, other] <= north) & (boxes[node, 3, other] >= south)
                              ) << np.uint32(other)
        if asking == node:
            meet &= ~np.uint32((2 << one) - 1)
        if not meet:
            continue
        i = owner[asking * NODE + one]
        for other in range(NODE):
            if meet >> np.uint32(other) & np.uint32(1):
                j = owner[node * NODE + other]
                if project[i] != project[j] and _within(ends, first, edges, bounds, min(i, j), max(i, j),
                                                        max(reach_m[i], reach_m[j]) + off_m[i] + off_m[j]):
                    found[count, 0], found[count, 1] = min(i, j), max(i, j)
                    count += 1
    return count


@kernel
def _within(ends: np.ndarray, first: np.ndarray, edges: np.ndarray, bounds: np.ndarray, i: int, j: int,
            reach_m: float) -> bool:
    """Whether the geometries i and j, both there, are no farther apart."""
    lon_i, lon_j = (bounds[i, 0] + bounds[i, 2]) / 2, (bounds[j, 0] + bounds[j, 2]) / 2
    lat_i, lat_j = (bounds[i, 1] + bounds[i, 3]) / 2, (bounds[j, 1] + bounds[j, 3]) / 2
    shift = 0.0
    if lon_i - lon_j > 180.0:
        shift = 360.0
    elif lon_i - lon_j < -180.0:
        shift = -360.0
    east_m, north_m = metres_at((lat_i + lat_j) / 2)
    i0, i1, j0, j1 = first[i], first[i + 1], first[j], first[j + 1]
    one = i1 == i0 + 1 and bounds[i, 0] == bounds[i, 2] and bounds[i, 1] == bounds[i, 3]
    other = j1 == j0 + 1 and bounds[j, 0] == bounds[j, 2] and bounds[j, 1] == bounds[j, 3]
    if one and other:
        x, y = (lon_j + shift - lon_i) * east_m, (lat_j - lat_i) * north_m
        return x * x + y * y <= reach_m * reach_m
    if one:
        return point_meets(lon_i - shift, lat_i, ends, j0, j1, east_m, north_m, reach_m) or (
            edges[j] > j0 and inside(lon_i - shift, lat_i, ends, j0, edges[j]))
    if other:
        return point_meets(lon_j + shift, lat_j, ends, i0, i1, east_m, north_m, reach_m) or (
            edges[i] > i0 and inside(lon_j + shift, lat_j, ends, i0, edges[i]))
    return meet(ends, edges, bounds, i, i0, i1, j, j0, j1, shift, east_m, north_m, reach_m)
