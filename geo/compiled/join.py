"""All pairs of a table within tolerance: a packed tree of boxes asked for each of its nodes, distances at once."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from geo.compiled.distance import distances
from geo.compiled.kernel import kernel, lean
from geo.compiled.segments import Segments
from geo.compiled.tree import NODE, Tree, in_blocks
from geo.compiled.within import OWNER, lay_out, within

BLOCK = 8_192
NODES = 512
"""Of the tree's lowest level, asked at once by one thread."""
FEW = 32
"""Partners of one that are sorted as they are put in."""


def metres(shapes: Segments, bounds: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Metres between the geometries of each of the pairs [m, 2]; NaN where one has none."""
    out = np.empty(len(pairs))
    in_blocks(len(pairs), lambda start, stop: distances(shapes.ends, shapes.first, shapes.edges, bounds,
                                                        pairs[start:stop], out[start:stop]), BLOCK)
    return out


def near(shapes: Segments, bounds: NDArray[np.float64], members: NDArray[np.int64], reach_m: NDArray[np.float64],
         off_m: NDArray[np.float64], project: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs [m, 2] of members (positions among n geometries with bounds [n, 4]) of different projects no farther apart
    than the larger reach [n] and both offs [n]; left < right, sorted."""
    tree = Tree.of(members, bounds, reach_m + off_m)
    leaves = len(tree.owner)
    places, spans = np.empty((leaves, 6)), np.empty((leaves, 5), np.int64)
    in_blocks(leaves, partial(lay_out, tree.owner, bounds, reach_m, off_m, shapes.first, shapes.edges, project, places,
                              spans))
    found = in_blocks(leaves // NODE, partial(_ask, tree.boxes, tree.level, shapes.ends, places, spans), NODES)
    return _sorted(found, len(bounds), tree.twice)


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


@kernel
def _ask(boxes: np.ndarray, level: np.ndarray, ends: np.ndarray, places: np.ndarray, spans: np.ndarray,
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
            count = _leaves(boxes, level, ends, places, spans, asking, node, found, count)
    return found[:count].copy()


@lean
def _leaves(boxes: np.ndarray, level: np.ndarray, ends: np.ndarray, places: np.ndarray, spans: np.ndarray,
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
        i = asking * NODE + one
        for other in range(NODE):
            j = node * NODE + other
            if meet >> np.uint32(other) & np.uint32(1) and within(ends, places, spans, i, j):
                found[count, 0] = min(spans[i, OWNER], spans[j, OWNER])
                found[count, 1] = max(spans[i, OWNER], spans[j, OWNER])
                count += 1
    return count
