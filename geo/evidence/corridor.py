"""How much of one line lies in the corridor of another: exact, without shapely's buffer.

The corridor of a line is what lies within `width` beside its segments, and round its bends: flat at the ends, for
two lines that meet end to end share a point, not a corridor. `geo.compiled.corridor` says the same for many pairs.
"""

import numpy as np
from numpy.typing import NDArray

MOST = 100_000
"""Of so many pairs of segments at most a table is filled at once."""


def inside_m(ends: NDArray[np.float64], lines: NDArray[np.int64], others: NDArray[np.int64],
             width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres of each of n lines in the corridor of the other aligned with it: spans [n, 2] of `ends`, segments [k, 4]
    in the metres of each pair, in order.

    Within 0.3 % of the width at each bend of what shapely's buffer gives, whose arcs are polygons; a line that goes
    there and back counts both ways.
    """
    inside, long, far = np.zeros(len(width)), lines[:, 1] - lines[:, 0], others[:, 1] - others[:, 0]
    order = np.argsort(long * far, kind="stable")
    start = 0
    while start < len(order):
        # pairs of like size share a table, which the largest of them decides
        widest = np.maximum.accumulate(long[order[start:]]) * np.maximum.accumulate(far[order[start:]])
        stop = start + max(int(np.searchsorted(widest * np.arange(1, len(widest) + 1), MOST, "right")), 1)
        some = order[start:stop]
        inside[some] = _inside_m(_laid_out(ends, lines[some]), _laid_out(ends, others[some]), width[some])
        start = stop
    return inside


def _laid_out(ends: NDArray[np.float64], spans: NDArray[np.int64]) -> NDArray[np.float64]:
    """Segments [n, m, 4] of each line that have a length, in order; NaN behind the last."""
    count = spans[:, 1] - spans[:, 0]
    place = np.arange(count.max(initial=1))
    given = place < count[:, None]
    laid = ends[np.where(given, spans[:, :1] + place, 0)]
    given &= (laid[..., :2] != laid[..., 2:]).any(axis=2)
    if not given.all():
        laid = np.take_along_axis(laid, np.argsort(~given, axis=1, kind="stable")[..., None], 1)
        laid[place >= given.sum(axis=1)[:, None]] = np.nan
    return laid


def _inside_m(line: NDArray[np.float64], other: NDArray[np.float64], width: NDArray[np.float64]
              ) -> NDArray[np.float64]:
    """Of n lines laid out [n, k, 4] and as many others [n, m, 4]."""
    start, way = line[:, :, None, :2], line[:, :, None, 2:] - line[:, :, None, :2]
    along = other[..., 2:] - other[..., :2]
    reach = np.hypot(along[..., 0], along[..., 1])
    along = along / reach[..., None]
    aside = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    width = width[:, None, None]
    low, high = np.zeros((*line.shape[:2], other.shape[1])), np.ones((*line.shape[:2], other.shape[1]))
    offset = start - other[:, None, :, :2]
    low, high = _cut(low, high, _dot(offset, along), _dot(way, along), 0.0, reach[:, None])
    low, high = _cut(low, high, _dot(offset, aside), _dot(way, aside), -width, width)
    bent, after = _bends(other)
    if bent.any():
        at, after = (np.take_along_axis(one, after[..., None], 1) for one in (other[..., :2], along))
        round_low, round_high = _round(start - at[:, None], way, along, after, width)
        low = np.concatenate([low, round_low], axis=2)
        high = np.concatenate([high, np.where(bent[:, None], round_high, -1.0)], axis=2)
    there = low <= high  # neither what is empty nor what is not there
    low, high = np.where(there, low, 0.0), np.where(there, high, 0.0)
    if low.shape[2] > 1:
        order = np.argsort(low, axis=2, kind="stable")
        low, high = np.take_along_axis(low, order, 2), np.take_along_axis(high, order, 2)
        low[..., 1:] = np.maximum(low[..., 1:], np.maximum.accumulate(high, axis=2)[..., :-1])
    # one after the other: whatever else stands in the table, a pair's own parts are added in one order
    covered = np.add.accumulate(np.maximum(high - low, 0.0), axis=2)[..., -1]
    length = np.hypot(way[:, :, 0, 0], way[:, :, 0, 1])
    return np.add.accumulate(np.where(np.isnan(length), 0.0, covered * length), axis=1)[:, -1]


def _dot(one: NDArray, other: NDArray) -> NDArray:
    """Of vectors [n, k or 1, m or 1, 2] with vectors [n, m, 2]."""
    return one[..., 0] * other[:, None, :, 0] + one[..., 1] * other[:, None, :, 1]


def _cut(low: NDArray, high: NDArray, at: NDArray, step: NDArray, least: NDArray | float, most: NDArray | float
         ) -> tuple[NDArray, NDArray]:
    """The part of low..high in which least <= at + step * t <= most."""
    still = step == 0
    rate = np.where(still, 1.0, step)
    with np.errstate(over="ignore"):  # a step of nearly nothing reaches either border at infinity
        one, other = (least - at) / rate, (most - at) / rate
    out = still & ((at < least) | (at > most))
    low = np.where(still, low, np.maximum(low, np.minimum(one, other)))
    high = np.where(still, high, np.minimum(high, np.maximum(one, other)))
    return low, np.where(out, -1.0, high)


def _bends(segments: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Of segments [n, m, 4]: which are followed round a bend, and by which: the next one that starts where they end,
    and at a closed line's end its first."""
    n, m = segments.shape[:2]
    if m == 1:
        return np.zeros((n, 1), bool), np.zeros((n, 1), np.int64)
    joined, place = np.zeros((n, m), bool), np.arange(m)
    joined[:, :-1] = (segments[:, :-1, 2:] == segments[:, 1:, :2]).all(axis=2)
    starts = np.zeros((n, m), np.int64)
    starts[:, 1:] = np.where(joined[:, :-1], 0, place[1:])
    first = np.maximum.accumulate(starts, axis=1)
    began = np.take_along_axis(segments[..., :2], first[..., None], 1)
    closed = ~joined & (place > first) & (segments[..., 2:] == began).all(axis=2)
    return joined | closed, np.where(joined, np.minimum(place + 1, m - 1), first)


def _round(offset: NDArray, way: NDArray, before: NDArray, after: NDArray, width: NDArray) -> tuple[NDArray, NDArray]:
    """The part of each step inside the round outer side of each bend."""
    a, b, c = (way * way).sum(axis=3), (offset * way).sum(axis=3), (offset * offset).sum(axis=3) - width * width
    root = b * b - a * c
    reached = (root > 0) & (a > 0)
    half, length = np.sqrt(np.where(reached, root, 0.0)), np.where(a > 0, a, 1.0)
    low = np.maximum(0.0, (-b - half) / length)
    high = np.where(reached, np.minimum(1.0, (-b + half) / length), -1.0)
    low, high = _cut(low, high, _dot(offset, before), _dot(way, before), 0.0, np.inf)
    return _cut(low, high, _dot(offset, after), _dot(way, after), -np.inf, 0.0)
