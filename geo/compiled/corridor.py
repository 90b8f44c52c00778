"""Line overlap of many pairs: what `geo.evidence.corridor` says, compiled."""

import math
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from geo.compiled.kernel import kernel

BLOCK = 2_048


def inside_m(ends: NDArray[np.float64], lines: NDArray[np.int64], others: NDArray[np.int64],
             width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres of each of n lines in the corridor of the other aligned with it: spans [n, 2] of `ends`, segments [k, 4]
    in the metres of each pair."""
    out = np.empty(len(width))

    def part(start: int) -> None:
        _fill(ends, lines, others, width, start, min(start + BLOCK, len(width)), out)

    with ThreadPoolExecutor(cpu_count()) as threads:
        list(threads.map(part, range(0, len(width), BLOCK)))
    return out


@kernel
def _fill(ends: np.ndarray, lines: np.ndarray, others: np.ndarray, width: np.ndarray, start: int, stop: int,
          out: np.ndarray) -> None:
    for row in range(start, stop):
        o0, o1 = others[row, 0], others[row, 1]
        before = _befores(ends, o0, o1)
        low, high = np.empty(2 * (o1 - o0)), np.empty(2 * (o1 - o0))
        total = 0.0
        for k in range(lines[row, 0], lines[row, 1]):
            x, y, dx, dy = ends[k, 0], ends[k, 1], ends[k, 2] - ends[k, 0], ends[k, 3] - ends[k, 1]
            count = 0
            for other in range(o0, o1):
                count = _parts(x, y, dx, dy, ends, other, before[other - o0], width[row], low, high, count)
            total += math.hypot(dx, dy) * _covered(low, high, count)
        out[row] = total


@kernel
def _befores(others: np.ndarray, start: int, stop: int) -> np.ndarray:
    """For each segment the one that it follows round a bend, -1: none, -2: it has no length."""
    before = np.full(stop - start, -1, np.int64)
    first, last = -1, -1
    for k in range(start, stop):
        if others[k, 0] == others[k, 2] and others[k, 1] == others[k, 3]:
            before[k - start] = -2
            continue
        if last >= 0 and others[last, 2] == others[k, 0] and others[last, 3] == others[k, 1]:
            before[k - start] = last
        else:
            _close(others, before, start, first, last)
            first = k
        last = k
    _close(others, before, start, first, last)
    return before


@kernel
def _close(others: np.ndarray, before: np.ndarray, start: int, first: int, last: int) -> None:
    """A closed line bends at its first point too."""
    if last > first >= 0 and others[last, 2] == others[first, 0] and others[last, 3] == others[first, 1]:
        before[first - start] = last


@kernel
def _cut(low: float, high: float, at: float, step: float, least: float, most: float) -> tuple[float, float]:
    """The part of low..high in which least <= at + step * t <= most."""
    if step == 0.0:
        return (low, high) if least <= at <= most else (low, -1.0)
    one, other = (least - at) / step, (most - at) / step
    return max(low, min(one, other)), min(high, max(one, other))


@kernel
def _parts(x: float, y: float, dx: float, dy: float, others: np.ndarray, k: int, before: int, width: float,
           low: np.ndarray, high: np.ndarray, count: int) -> int:
    """Add the parts of a step that lie beside segment k and round the bend before it."""
    if before == -2:
        return count
    qx, qy, ex, ey = others[k, 0], others[k, 1], others[k, 2], others[k, 3]
    if (min(x, x + dx) > max(qx, ex) + width or max(x, x + dx) < min(qx, ex) - width
            or min(y, y + dy) > max(qy, ey) + width or max(y, y + dy) < min(qy, ey) - width):
        return count
    reach = math.hypot(ex - qx, ey - qy)
    ux, uy = (ex - qx) / reach, (ey - qy) / reach
    ax, ay = x - qx, y - qy
    one, other = _cut(0.0, 1.0, ax * ux + ay * uy, dx * ux + dy * uy, 0.0, reach)
    one, other = _cut(one, other, ax * uy - ay * ux, dx * uy - dy * ux, -width, width)
    if one < other:
        low[count], high[count] = one, other
        count += 1
    if before < 0:
        return count
    vx, vy = others[before, 2] - others[before, 0], others[before, 3] - others[before, 1]
    a, b, c = dx * dx + dy * dy, ax * dx + ay * dy, ax * ax + ay * ay - width * width
    root = b * b - a * c
    if root <= 0.0 or a == 0.0:
        return count
    half = math.sqrt(root)
    one, other = max(0.0, (-b - half) / a), min(1.0, (-b + half) / a)
    one, other = _cut(one, other, ax * vx + ay * vy, dx * vx + dy * vy, 0.0, math.inf)
    one, other = _cut(one, other, ax * ux + ay * uy, dx * ux + dy * uy, -math.inf, 0.0)
    if one < other:
        low[count], high[count] = one, other
        count += 1
    return count


@kernel
def _covered(low: np.ndarray, high: np.ndarray, count: int) -> float:
    """How much the parts cover together."""
    total, reached = 0.0, 0.0
    if count == 1:
        return high[0] - low[0]
    order = np.argsort(low[:count])
    for at in order:
        if high[at] > reached:
            total += high[at] - max(low[at], reached)
            reached = high[at]
    return total
