"""Regions shaded by how much of something is in them: an even ramp, few round classes, and the words of both."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

MEASURES = ("works", "money", "look", "pointless")
LEVELS = ("district", "village")
RAMP = ("#d8f2ea", "#89cbbe", "#40a19b", "#06727c", "#074457")
"""Light to dark in even steps of lightness (a test measures them); readable without colour."""
UNKNOWN = "#d9d5cc"


@dataclass(frozen=True, slots=True)
class Shade:
    """One measure of one level; a region is of class n where n of `breaks` are not above its value."""

    measure: str
    level: str
    breaks: tuple[float, ...]

    def bucket(self, value: Decimal | float | None) -> int | None:
        return None if value is None else sum(float(value) >= one for one in self.breaks)

    def colour(self, value: Decimal | float | None) -> str:
        found = self.bucket(value)
        return UNKNOWN if found is None else ramp(len(self.breaks) + 1)[found]

    @property
    def classes(self) -> list[tuple[str, float | None, float | None]]:
        """(colour, from, below) of each class, the lightest first; None at the open ends."""
        edges = [None, *self.breaks, None]
        return [(one, edges[n], edges[n + 1]) for n, one in enumerate(ramp(len(self.breaks) + 1))]

    def layers(self) -> list[dict]:
        """For a MapLibre style with the source `shades`, whose tiles carry `bucket`."""
        steps = [part for n, one in enumerate(ramp(len(self.breaks) + 1)) for part in (n, one)]
        drawn = {"source": "shades", "source-layer": "shades"}
        return [
            drawn | {"id": "shades", "type": "fill",
                     "paint": {"fill-color": ["match", ["get", "bucket"], *steps, UNKNOWN], "fill-opacity": 0.85}},
            drawn | {"id": "shade-edges", "type": "line", "paint": {"line-color": "#ffffff", "line-width": 0.8}},
        ]  # fmt: skip


def shade(measure: str, level: str, values: Iterable[Decimal | float | None]) -> Shade:
    """At most five classes with round edges that hold about as many regions each."""
    known = sorted(float(value) for value in values if value is not None)
    edges = []
    for n in range(1, len(RAMP)):
        edge = _round(known[min(len(known) - 1, len(known) * n // len(RAMP))]) if known else 0
        if edge > (edges[-1] if edges else known[0] if known else math.inf):
            edges.append(edge)
    return Shade(measure, level, tuple(edges))


def ramp(n: int) -> tuple[str, ...]:
    """n colours of the ramp, from one end to the other."""
    return tuple(RAMP[round(at * (len(RAMP) - 1) / max(n - 1, 1))] for at in range(n)) if n > 1 else (RAMP[2],)


def _round(value: float) -> float:
    """To two digits, so that the legend can be read aloud."""
    if value <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return round(round(value / step) * step, 10)
