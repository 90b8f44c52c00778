"""The works as they stand in the page itself: seen before any script has come, and until the map is drawn.

On a slow line the scripts of a map take ten times as long as its page. The picture fits the box to which the map will
be fitted, in the map's own projection and colours, so that what takes its place stands where it stood; it answers no
click and is hidden from whoever listens, because the list beside it says the same.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup
from shapely import get_parts
from shapely.geometry.base import BaseGeometry

from app.maps.families import AMBER, RED

WIDTH = 400
RADII = ((1, 4.0), (5, 7.0), (15, 11.0), (40, 15.0), (120, 19.0))
"""Of a crowd, by the square root of its works: smaller than on the map, since the picture is never wider than a phone
where it matters."""
COUNTED_FROM = 7.0
"""The radius from which a crowd says how many it holds."""


def draw(crowds: Sequence[tuple[float, float, int, int, int]], outlines: Iterable[BaseGeometry],
         box: tuple[float, float, float, float]) -> Markup:
    """An `<svg>` of crowds (lon, lat, works, flagged, confirmed) and of borders within a box (west, south, east, north
    in EPSG:4326); empty where no work has a place."""
    if not crowds:
        return Markup("")
    west, south, east, north = box
    left, top, right, bottom = (*_mercator(west, north), *_mercator(east, south))
    scale = WIDTH / max(right - left, 1e-9)
    height = max(1, round((bottom - top) * scale))

    def place(lon: float, lat: float) -> tuple[int, int]:
        x, y = _mercator(lon, lat)
        return round((x - left) * scale), round((y - top) * scale)

    lines = "".join(_outline(shape, place) for shape in outlines)
    circles = "".join(_circle(*place(lon, lat), *counts)
                      for lon, lat, *counts in sorted(crowds, key=lambda one: -one[2]))
    return Markup(f'<svg class="map-first" viewBox="0 0 {WIDTH} {height}" data-box="{west},{south},{east},{north}" '
                  'aria-hidden="true">'
                  f'<path d="{lines}"/>{circles}</svg>')


def _circle(x: int, y: int, works: int, flagged: int, confirmed: int) -> str:
    radius = _radius(math.sqrt(works))
    ring = f' stroke="{RED if confirmed else AMBER}"' if confirmed or flagged else ""
    words = f'<text x="{x}" y="{y + 3}">{_short(works)}</text>' if radius >= COUNTED_FROM else ""
    return f'<circle cx="{x}" cy="{y}" r="{radius:.1f}"{ring}/>{words}'


def _radius(root: float) -> float:
    for (low, small), (high, large) in pairwise(RADII):
        if root <= high:
            return small + (large - small) * (root - low) / (high - low)
    return RADII[-1][1]


def _short(works: int) -> str:
    """For a circle of a few pixels: the map says the number in full."""
    return str(works) if works < 1000 else f"{works // 1000}k"


def _outline(shape: BaseGeometry, place: Callable[[float, float], tuple[int, int]]) -> str:
    said = []
    for part in get_parts(shape):
        if part.geom_type == "Polygon":
            points = list(dict.fromkeys(place(lon, lat) for lon, lat in part.exterior.coords))
            if len(points) > 2:
                said.append("M" + " ".join(f"{x} {y}" for x, y in points) + "z")
    return "".join(said)


def _mercator(lon: float, lat: float) -> tuple[float, float]:
    """Of the world as a square of one, y from the north."""
    angle = math.radians(max(min(lat, 85.0), -85.0))
    return (lon + 180) / 360, (1 - math.asinh(math.tan(angle)) / math.pi) / 2
