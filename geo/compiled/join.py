"""All pairs of a table within tolerance: a packed tree of boxes, asked for each of them, distances measured at once.

A tree rather than a grid: one long river among a million points costs what it is, not the cells that it crosses.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from geo.compiled.distance import between_m, distances
from geo.compiled.kernel import kernel
from geo.compiled.segments import Segments

NODE = 8
BLOCK = 8_192


def metres(shapes: Segments, bounds: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Metres between the geometries of each of the pairs [m, 2]; NaN where one has none."""
    out = np.empty(len(pairs))

    def part(start: int) -> None:
        distances(shapes.ends, shapes.first, shapes.edges, bounds, pairs[start:start + BLOCK], out[start:start + BLOCK])

    with ThreadPoolExecutor(cpu_count()) as threads:
        list(threads.map(part, range(0, len(pairs), BLOCK)))
    return out


def near(shapes: Segments, bounds: NDArray[np.float64], owner: NDArray[np.int64], boxes: NDArray[np.float64],
         reach_m: NDArray[np.float64], off_m: NDArray[np.float64], project: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs [m, 2] of geometries of different projects no farther apart than the larger reach and both offs.

    `bounds` [n, 4] are those of the geometries; `boxes` [k, 4], grown, of the geometries `owner`, are what the tree
    holds: two geometries are only compared when boxes of theirs meet. In no order; a geometry with two boxes may
    stand in a pair twice.
    """
    if not len(boxes):
        return np.empty((0, 2), np.int64)
    order = np.argsort(_curve(boxes), kind="stable")
    tree, level = _tree(np.ascontiguousarray(boxes[order]))
    ask = partial(_ask, tree, level, owner[order], shapes.ends, shapes.first, shapes.edges, bounds, reach_m, off_m,
                  project)
    with ThreadPoolExecutor(cpu_count()) as threads:
        found = list(threads.map(lambda start: ask(start, min(start + BLOCK, len(order))),
                                 range(0, len(order), BLOCK)))
    return np.concatenate(found)


def _curve(boxes: NDArray[np.float64]) -> NDArray[np.uint64]:
    """A box's place on a space-filling curve: near boxes get near numbers."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    low = middle.min(axis=0)
    scale = (2.0**31 - 1) / max(float((middle.max(axis=0) - low).max()), 1e-9)
    steps = ((middle - low) * scale).astype(np.uint64)
    return _spread(steps[:, 0]) | (_spread(steps[:, 1]) << np.uint64(1))


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each bit to every second place."""
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
                        (2, 0x3333333333333333), (1, 0x5555555555555555)):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _tree(boxes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Boxes of every level one after another, the leaves first, and where each level starts."""
    levels = [boxes]
    while len(levels[-1]) > 1:
        starts = np.arange(0, len(levels[-1]), NODE)
        levels.append(np.hstack([np.minimum.reduceat(levels[-1][:, :2], starts),
                                 np.maximum.reduceat(levels[-1][:, 2:], starts)]))
    return np.concatenate(levels), np.cumsum([0, *map(len, levels)])


@kernel
def _ask(tree: np.ndarray, level: np.ndarray, owner: np.ndarray, ends: np.ndarray, first: np.ndarray,
         edges: np.ndarray, bounds: np.ndarray, reach_m: np.ndarray, off_m: np.ndarray, project: np.ndarray,
         start: int, stop: int) -> np.ndarray:
    """Pairs of the leaves start:stop with later leaves."""
    found = np.empty((4 * BLOCK, 2), np.int64)
    count = 0
    stack = np.empty((len(level) * NODE, 2), np.int64)
    top = len(level) - 2
    for leaf in range(start, stop):
        west, south, east, north = tree[leaf, 0], tree[leaf, 1], tree[leaf, 2], tree[leaf, 3]
        i = owner[leaf]
        stack[0, 0], stack[0, 1] = top, 0
        depth = 1
        while depth:
            depth -= 1
            height, node = stack[depth, 0], stack[depth, 1]
            if height:
                low, last = node * NODE, min((node + 1) * NODE, level[height] - level[height - 1])
                width = NODE ** (height - 1)
                for child in range(low, last):
                    if (child + 1) * width <= leaf + 1:
                        continue  # leaves that were asked before this one
                    at = level[height - 1] + child
                    if tree[at, 0] <= east and tree[at, 2] >= west and tree[at, 1] <= north and tree[at, 3] >= south:
                        stack[depth, 0], stack[depth, 1] = height - 1, child
                        depth += 1
                continue
            j = owner[node]
            if project[i] == project[j]:
                continue
            one, other = min(i, j), max(i, j)
            tolerance_m = max(reach_m[one], reach_m[other]) + off_m[one] + off_m[other]
            if between_m(ends, first, edges, bounds, one, other) <= tolerance_m:
                if count == len(found):
                    larger = np.empty((2 * count, 2), np.int64)
                    larger[:count] = found
                    found = larger
                found[count, 0], found[count, 1] = one, other
                count += 1
    return found[:count].copy()
