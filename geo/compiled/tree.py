"""Grown boxes of a table packed in a tree along a space-filling curve.

A tree rather than a grid: one long river among a million points costs what it is, not the cells that it crosses.
Degrees become whole steps of some centimetres. Rounding keeps the order of numbers, so boxes that meet still do.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled.kernel import kernel
from geo.compiled.within import metres_at

NODE = 8
BLOCK = 16_384
STEPS = 2.0**31 / 720.0
"""Of one degree: 32 bits for -720 to 720, where a box may stand that was unwrapped, grown and turned."""
_MOST = 2**31 - 2
_EAST, _WEST = 1, 2


@dataclass(frozen=True, slots=True)
class Tree:
    """The leaf p is a box of the geometry `owner[p]` (-1: none, the last node is filled up). `boxes` [m, 4, NODE] are
    west, south, east, north of the children of every node, level by level, the leaves' first; each level's nodes
    start at `level`.
    """

    owner: NDArray[np.int64]
    boxes: NDArray[np.int32]
    level: NDArray[np.int64]
    twice: bool

    @classmethod
    def of(cls, members: NDArray[np.int64], bounds: NDArray[np.float64], by_m: NDArray[np.float64]) -> "Tree":
        """Of the members whose `bounds` [n, 4] (degrees) are not NaN, grown by `by_m` [n]; what reaches the
        antimeridian stands a second time on its other side (`twice`: some do)."""
        members = members[~np.isnan(bounds[members, 0])]
        boxes, sides = _grown(members, bounds, by_m, 0.0)
        single = len(members)
        for side, turn in ((_EAST, -360.0), (_WEST, 360.0)):
            if len(again := members[:single][sides & side > 0]):
                boxes = np.concatenate([boxes, _grown(again, bounds, by_m, turn)[0]])
                members = np.concatenate([members, again])
        order = _order(boxes)
        nodes = -(-len(order) // NODE)
        owner, level = np.full(nodes * NODE, -1), np.empty((nodes, 4, NODE), np.int32)
        in_blocks(nodes, lambda start, stop: _pack(order, members, boxes, owner, level, start, stop))
        levels = [level]
        while len(levels) == 1 or len(levels[-1]) > 1:  # a node's own box stands in the one above: never only one
            level = np.empty((-(-len(levels[-1]) // NODE), 4, NODE), np.int32)
            _above(levels[-1], level)
            levels.append(level)
        return cls(owner, np.concatenate(levels), np.cumsum([0, *map(len, levels)]), len(members) > single)


def in_blocks(count: int, work: Callable[[int, int], Any], block: int = BLOCK) -> list:
    """What `work` gives for each start and stop, from threads."""
    with ThreadPoolExecutor(cpu_count()) as threads:
        return list(threads.map(lambda start: work(start, min(start + block, count)), range(0, count, block)))


def _grown(members: NDArray[np.int64], bounds: NDArray[np.float64], by_m: NDArray[np.float64], turn: float
           ) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    boxes, sides = np.empty((len(members), 4), np.int32), np.empty(len(members), np.uint8)
    in_blocks(len(members), lambda start, stop: _grow(members, bounds, by_m, turn, boxes, sides, start, stop))
    return boxes, sides


@kernel
def _grow(members: np.ndarray, bounds: np.ndarray, by_m: np.ndarray, turn: float, boxes: np.ndarray,
          sides: np.ndarray, start: int, stop: int) -> None:
    """As `candidates.grown`, and which of the boxes reach the antimeridian."""
    _, north_m = metres_at(0.0)
    for k in range(start, stop):
        i = members[k]
        west, south, east, north = bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3]
        east_m, _ = metres_at(min(max(abs(south), abs(north)) + 0.01, 89.9))
        dx, dy = 1.001 * by_m[i] / east_m, 1.001 * by_m[i] / north_m
        sides[k] = (_EAST if east + dx >= 180.0 else 0) | (_WEST if west - dx <= -180.0 else 0)
        boxes[k, 0], boxes[k, 2] = _step(west - dx + turn), _step(east + dx + turn)
        boxes[k, 1], boxes[k, 3] = _step(south - dy), _step(north + dy)


@kernel
def _step(degrees: float) -> int:
    return np.int32(min(max(math.floor(degrees * STEPS), -float(_MOST)), float(_MOST)))


def _order(boxes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Positions of the boxes along the curve: near boxes get near places."""
    n = len(boxes)
    if not n:
        return np.empty(0, np.int64)
    reached = np.array(in_blocks(n, lambda start, stop: _reached(boxes, start, stop)))
    low, high = reached[:, :2].min(axis=0), reached[:, 2:].max(axis=0)
    # the position stands in the last bits of the number that is sorted, the place on the curve in the others
    bits = n.bit_length()
    shift = max(int((high - low).max()).bit_length() - (64 - bits) // 2, 0)
    keys = np.empty(n, np.uint64)
    in_blocks(n, lambda start, stop: _curve(boxes, low, shift, bits, keys, start, stop))
    keys.sort()
    return (keys & np.uint64((1 << bits) - 1)).astype(np.int64)


@kernel
def _reached(boxes: np.ndarray, start: int, stop: int) -> tuple[int, int, int, int]:
    """The least and the most of twice the boxes' middles, east and north."""
    x0, y0 = np.int64(boxes[start, 0]) + boxes[start, 2], np.int64(boxes[start, 1]) + boxes[start, 3]
    x1, y1 = x0, y0
    for k in range(start + 1, stop):
        x, y = np.int64(boxes[k, 0]) + boxes[k, 2], np.int64(boxes[k, 1]) + boxes[k, 3]
        x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
    return x0, y0, x1, y1


@kernel
def _curve(boxes: np.ndarray, low: np.ndarray, shift: int, bits: int, keys: np.ndarray, start: int, stop: int) -> None:
    for k in range(start, stop):
        x = (np.int64(boxes[k, 0]) + boxes[k, 2] - low[0]) >> shift
        y = (np.int64(boxes[k, 1]) + boxes[k, 3] - low[1]) >> shift
        keys[k] = (_spread(np.uint64(x)) | _spread(np.uint64(y)) << np.uint64(1)) << np.uint64(bits) | np.uint64(k)


@kernel
def _spread(bits: int) -> int:
    """Each of 32 bits to every second place."""
    bits = (bits | bits << np.uint64(16)) & np.uint64(0x0000FFFF0000FFFF)
    bits = (bits | bits << np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    bits = (bits | bits << np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F)
    bits = (bits | bits << np.uint64(2)) & np.uint64(0x3333333333333333)
    return (bits | bits << np.uint64(1)) & np.uint64(0x5555555555555555)


@kernel
def _pack(order: np.ndarray, members: np.ndarray, boxes: np.ndarray, owner: np.ndarray, nodes: np.ndarray,
          start: int, stop: int) -> None:
    for node in range(start, stop):
        for child in range(NODE):
            leaf = node * NODE + child
            if leaf < len(order):
                owner[leaf] = members[order[leaf]]
                for side in range(4):
                    nodes[node, side, child] = boxes[order[leaf], side]
            else:
                _shut(nodes, node, child)


@kernel
def _shut(nodes: np.ndarray, node: int, child: int) -> None:
    """A box that meets none."""
    nodes[node, 0, child] = nodes[node, 1, child] = _MOST + 1
    nodes[node, 2, child] = nodes[node, 3, child] = -_MOST - 1


@kernel
def _above(below: np.ndarray, nodes: np.ndarray) -> None:
    for at in range(len(nodes) * NODE):
        node, child = at // NODE, at % NODE
        if at >= len(below):
            _shut(nodes, node, child)
            continue
        for side in range(2):
            nodes[node, side, child] = below[at, side].min()
            nodes[node, side + 2, child] = below[at, side + 2].max()
