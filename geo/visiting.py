"""In which order to visit places, from a start, on so many days: along straight lines, for roads are not known here.

One round through all places (nearest next, then no two legs that cross are left), cut into days that all begin and end
at the start, so that the longest day is as short as it can be along this round.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_PLACES = 200
_SLACK_M = 1e-6


def plan(places_m: NDArray[np.float64], start_m: tuple[float, float], days: int = 1) -> list[list[int]]:
    """For each day the positions of its places in their order; `places_m` is (n, 2), metres in one frame.

    Equal answers for equal places in any order of rows, but for places that coincide. A day may stay empty only where
    there are fewer places than days. ValueError beyond MOST_PLACES places or without a day.
    """
    places = np.asarray(places_m, dtype=np.float64).reshape(-1, 2)
    if len(places) > MOST_PLACES:
        raise ValueError(f"{len(places)} places: at most {MOST_PLACES} can be ordered")
    if days < 1:
        raise ValueError("at least one day")
    if not len(places):
        return [[] for _ in range(days)]
    all_m = np.vstack([[start_m], places])
    apart = np.hypot(*(all_m[:, None] - all_m[None, :]).transpose(2, 0, 1))
    tour = _without_crossings(_nearest_next(apart, all_m), apart)
    return [[stop - 1 for stop in day] for day in _cut(tour[1:], apart, days)]


def length_m(places_m: NDArray[np.float64], start_m: tuple[float, float], day: Sequence[int]) -> float:
    """Metres of one day's round: from the start through its places and back."""
    if not len(day):
        return 0.0
    round_m = np.vstack([[start_m], np.asarray(places_m, dtype=np.float64)[list(day)], [start_m]])
    return float(np.hypot(*np.diff(round_m, axis=0).T).sum())


def _nearest_next(apart: NDArray, all_m: NDArray) -> list[int]:
    tour, left = [0], set(range(1, len(apart)))
    while left:
        here = tour[-1]
        # Of equally near ones the western, then the southern: not the one whose row happened to come first.
        tour.append(min(left, key=lambda one: (round(apart[here, one], 3), *all_m[one])))
        left.remove(tour[-1])
    return tour


def _without_crossings(tour: list[int], apart: NDArray) -> list[int]:
    """2-opt: turn a piece of the round wherever that makes it shorter, until nothing does."""
    tour, count, better = list(tour), len(tour), True
    far = apart.tolist()  # single numbers: a list answers many times faster than an array
    while better:
        better = False
        for first in range(count - 2):
            for last in range(first + 2, count - (first == 0)):
                a, b, c, d = tour[first], tour[first + 1], tour[last], tour[(last + 1) % count]
                if far[a][c] + far[b][d] < far[a][b] + far[c][d] - _SLACK_M:
                    tour[first + 1:last + 1] = tour[first + 1:last + 1][::-1]
                    better = True
    return tour


def _cut(round_: list[int], apart: NDArray, days: int) -> list[list[int]]:
    """The round in at most `days` pieces, the longest of which is as short as possible; none empty without need."""
    count = len(round_)
    if days >= count:
        return [[stop] for stop in round_] + [[] for _ in range(days - count)]
    legs = np.concatenate([[0.0], np.cumsum([apart[a, b] for a, b in itertools.pairwise(round_)])])
    home = apart[0, round_]
    # best[d, k]: the longest of d days over the first k places, as short as it can be.
    best = np.full((days + 1, count + 1), np.inf)
    cut_at = np.zeros((days + 1, count + 1), int)
    best[0, 0] = 0.0
    for day in range(1, days + 1):
        for end in range(day, count + 1):
            begin = np.arange(day - 1, end)
            longest = np.maximum(best[day - 1, begin], home[begin] + legs[end - 1] - legs[begin] + home[end - 1])
            chosen = int(np.argmin(longest))
            best[day, end], cut_at[day, end] = longest[chosen], begin[chosen]
    pieces, end = [], count
    for day in range(days, 0, -1):
        begin = cut_at[day, end]
        pieces.append(round_[begin:end])
        end = begin
    return pieces[::-1]
