"""Marks beside works, moved apart where they would hide each other."""

import math
from collections.abc import Sequence

RADIUS = 8.5
NEAREST = 2 * RADIUS - 1
"""Two marks nearer than this hide each other."""


def apart(wanted: Sequence[tuple[float, float]], width: float, height: float
          ) -> tuple[list[tuple[float, float]], list[bool]]:
    """(x, y) of each mark within the picture, and whether it had to move: the first free place on a spiral around
    where it was wanted, in the order given. A full picture leaves it where it was wanted."""
    taken: list[tuple[float, float]] = []
    moved = []
    for x, y in (_within(place, width, height) for place in wanted):
        free = next((place for place in _spiral(x, y) if place == _within(place, width, height)
                     and all(math.dist(place, other) >= NEAREST for other in taken)), (x, y))
        taken.append(free)
        moved.append(free != (x, y))
    return taken, moved


def _within(place: tuple[float, float], width: float, height: float) -> tuple[float, float]:
    return min(max(place[0], 12.0), width - 12.0), min(max(place[1], 12.0), height - 12.0)


def _spiral(x: float, y: float):
    yield x, y
    for ring in range(1, 14):
        around = 8 * ring
        for step in range(around):
            angle = 2 * math.pi * step / around - math.pi / 2
            yield x + 9 * ring * math.cos(angle), y + 9 * ring * math.sin(angle)
