"""A whole region in one small picture, without a script: outlines, dots of works, marks of indications.

Colours come from the style sheet (`.dots`), so that the picture follows the light or dark theme of the page.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import shapely
from markupsafe import Markup, escape
from shapely.geometry.base import BaseGeometry

WIDTH, HEIGHT, EDGE, FOOT = 400, 340, 8, 14


def draw(outlines: Sequence[BaseGeometry], works: Sequence[tuple[float, float]],
         flagged: Sequence[tuple[float, float, int]], *, approximate: bool, title: str,
         note: str = "") -> Markup | None:
    """An `<svg>` of places in lon, lat; the third of `flagged` is 1 for a waiting indication, 2 for a confirmed one.

    None where no work has a place.
    """
    points = [*works, *((lon, lat) for lon, lat, _ in flagged)]
    if not points:
        return None
    few = len(works) < 200
    place = _placing(shapely.total_bounds(outlines if outlines else shapely.points(points)))
    lines = "".join(_outline(shape, place) for shape in outlines)
    dots = "".join("M{:.1f} {:.1f}h0".format(*place(lon, lat)) for lon, lat in works)
    radius = 5 if few else 3.2
    marks = "".join(
        f'<circle class="dot-{"confirmed" if flag == 2 else "flag"}" r="{radius}" {_centre(*place(lon, lat))}/>'
        for lon, lat, flag in flagged)
    return Markup(
        f'<svg class="dots" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<path class="dots-outline" d="{lines}"{_DASH if approximate else ""}/>'
        f'<path class="dots-works{" dots-few" if few else ""}" d="{dots}"/>'
        f'{marks}<text class="dots-note" x="{WIDTH - 4}" y="{HEIGHT - 4}" text-anchor="end">{escape(note)}</text>'
        "</svg>")


_DASH = ' stroke-dasharray="4 3"'


def _placing(bounds: Iterable[float]) -> Callable[[float, float], tuple[float, float]]:
    west, south, east, north = bounds
    narrower = math.cos(math.radians((south + north) / 2))
    scale = min((WIDTH - 2 * EDGE) / max((east - west) * narrower, 1e-4),
                (HEIGHT - FOOT - 2 * EDGE) / max(north - south, 1e-4))

    def place(lon: float, lat: float) -> tuple[float, float]:
        return (WIDTH / 2 + (lon - (west + east) / 2) * narrower * scale,
                (HEIGHT - FOOT) / 2 - (lat - (south + north) / 2) * scale)

    return place


def _centre(x: float, y: float) -> str:
    return f'cx="{x:.1f}" cy="{y:.1f}"'


def _outline(shape: BaseGeometry, place: Callable) -> str:
    rings = [ring for part in shapely.get_parts(shape) if part.geom_type == "Polygon"
             for ring in (part.exterior, *part.interiors)]
    return "".join("M" + "L".join("{:.1f} {:.1f}".format(*place(lon, lat)) for lon, lat in ring.coords) + "Z"
                   for ring in rings)
