"""A map for paper: works, borders and shaded regions in one SVG with a grid of degrees, a scale and north.

Drawn in web mercator as the map on the screen, so that a printed view is the view one had. Only numbers, codes and
our own colours go in; names stay in the page around it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from app.maps.families import AMBER, FILLS, INK, OTHER_LAND, PAPER, RED, SEA
from geo.sentences import metres

WIDTH, HEIGHT = 1040, 550
MM = 0.2646
"""Millimetres of a pixel on paper, at 96 to the inch."""
STEPS = (10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
LETTERS = {"id": ("LU", "LS", "BT", "BB"), "en": ("N", "S", "E", "W")}


@dataclass(frozen=True, slots=True)
class Window:
    """What is on the sheet: its middle (EPSG:4326) and a zoom as Leaflet counts it."""

    lon: float
    lat: float
    zoom: float

    @classmethod
    def over(cls, box: tuple[float, float, float, float]) -> "Window":
        """The window that just holds a box: west, south, east, north."""
        west, south, east, north = box
        tall = _down(south) - _down(north)
        zoom = min(math.log2(WIDTH * 0.94 / 256 * 360 / max(east - west, 1e-5)),
                   math.log2(HEIGHT * 0.94 / 256 / max(tall, 1e-8)))
        middle = math.degrees(math.atan(math.sinh(math.pi * (1 - _down(south) - _down(north)))))
        return cls((west + east) / 2, middle, min(zoom, 19.0))

    @property
    def size(self) -> float:
        """Pixels around the world."""
        return 256 * 2**self.zoom

    @property
    def box(self) -> tuple[float, float, float, float]:
        west, east = (self.lon + side * WIDTH / 2 / self.size * 360 for side in (-1, 1))
        south, north = (_latitude(_down(self.lat) + side * HEIGHT / 2 / self.size) for side in (1, -1))
        return max(west, -180.0), max(south, -85.0), min(east, 180.0), min(north, 85.0)

    @property
    def m_per_pixel(self) -> float:
        return 2 * math.pi * 6378137 * math.cos(math.radians(self.lat)) / self.size

    @property
    def scale(self) -> int:
        """n of 1 : n on paper, in the middle of the sheet, to two digits."""
        exact = self.m_per_pixel * 1000 / MM
        step = 10 ** max(math.floor(math.log10(exact)) - 1, 0)
        return round(exact / step) * step

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return ((lon - self.lon) / 360 * self.size + WIDTH / 2,
                (_down(lat) - _down(self.lat)) * self.size + HEIGHT / 2)


def _down(lat: float) -> float:
    angle = math.radians(max(min(lat, 85.0), -85.0))
    return (1 - math.asinh(math.tan(angle)) / math.pi) / 2


def _latitude(down: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * min(max(down, 0.0), 1.0)))))


def draw(window: Window, features: Iterable[dict], *, title: str, language: str, note: str | None = None,
         area: dict | None = None) -> Markup:
    """An `<svg>` of GeoJSON features of the kinds land, region, shade, work and crowd, in this order."""
    kinds: dict[str, list[dict]] = {}
    for feature in features:
        kinds.setdefault(feature["properties"].get("kind", "land"), []).append(feature)
    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{SEA}"/>']
    parts += [_outline(window, one, OTHER_LAND, "#c3ccce", 0.8) for one in kinds.get("land", ())]
    for one in kinds.get("region", ()):
        dash = "6 4" if one["properties"].get("approximate") else None
        parts.append(_outline(window, one, PAPER, "#9d968a", 0.8, dash))
    parts += [_outline(window, one, one["properties"]["colour"], "#ffffff", 0.8) for one in kinds.get("shade", ())]
    parts += _grid(window, language)
    parts += [_work(window, one) for one in kinds.get("work", ())]
    parts += [_crowd(window, one, language) for one in kinds.get("crowd", ())]
    if area:
        parts.append(_outline(window, {"geometry": area}, "none", "#0b6562", 2.5, "8 4"))
    parts += [_scale_bar(window, language), _north(language)]
    if note:
        parts.append(_text(WIDTH / 2, HEIGHT - 10, note, 13, "middle", weight=700))
    return Markup(
        f'<svg class="sheet-map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'stroke-linejoin="round" stroke-linecap="round"><title>{escape(title)}</title>{"".join(parts)}'
        f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" fill="none" stroke="{INK}"/></svg>')


def _outline(window: Window, feature: dict, fill: str, stroke: str, width: float, dash: str | None = None) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<path d="{_path(window, feature["geometry"])}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" '
            f'stroke-width="{width}"{dashed}/>')


def _lines(geometry: dict) -> Iterable[Sequence]:
    shapes = geometry["coordinates"]
    return {"LineString": lambda: [shapes], "Polygon": lambda: shapes, "MultiLineString": lambda: shapes,
            "MultiPolygon": lambda: [ring for part in shapes for ring in part]}.get(geometry["type"], list)()


def _path(window: Window, geometry: dict) -> str:
    end = "Z" if geometry["type"].endswith("Polygon") else ""
    return "".join("M" + "L".join("{:.1f} {:.1f}".format(*window.at(*place[:2])) for place in line) + end
                   for line in _lines(geometry))


def _work(window: Window, feature: dict) -> str:
    said, geometry = feature["properties"], feature["geometry"]
    colour, fill = said["colour"], FILLS.get(said.get("stage"), "hollow")
    ring = {1: AMBER, 2: RED}.get(said.get("flag") or 0)
    if geometry["type"] not in ("Point", "MultiPoint"):
        path, area = _path(window, geometry), geometry["type"].endswith("Polygon")
        inside = f'fill="{colour}" fill-opacity=".2"' if area else 'fill="none"'
        under = f'<path d="{path}" fill="none" stroke="{ring}" stroke-width="8"/>' if ring else ""
        dash = ' stroke-dasharray="5 4"' if fill == "half" else ""
        hollow = f'<path d="{path}" fill="none" stroke="#fff" stroke-width="1.4"/>' if fill == "hollow" else ""
        return f'{under}<path d="{path}" {inside} stroke="{colour}" stroke-width="{2 if area else 3.5}"{dash}/>{hollow}'
    places = [geometry["coordinates"]] if geometry["type"] == "Point" else geometry["coordinates"]
    return "".join(_symbol(*window.at(*place[:2]), colour, fill, ring) for place in places)


def _symbol(x: float, y: float, colour: str, fill: str, ring: str | None) -> str:
    drawn = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7.5" fill="none" stroke="{ring}" stroke-width="2"/>' if ring else ""
    inside = colour if fill == "full" else "#ffffff"
    drawn += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.2" fill="{inside}" stroke="{colour}" stroke-width="1.8"/>'
    if fill == "half":
        drawn += f'<path d="M{x - 4.2:.1f} {y:.1f}a4.2 4.2 0 0 0 8.4 0z" fill="{colour}"/>'
    if fill == "crossed":
        drawn += f'<path d="M{x - 2.5:.1f} {y - 2.5:.1f}l5 5m0-5l-5 5" stroke="{colour}" stroke-width="1.4"/>'
    return drawn


def _crowd(window: Window, feature: dict, language: str) -> str:
    said, (x, y) = feature["properties"], window.at(*feature["geometry"]["coordinates"])
    radius = min(5 + 1.6 * math.sqrt(said["works"]) ** 0.75, 24)
    ring = RED if said["confirmed"] else AMBER if said["flagged"] else "#ffffff"
    text = f'{said["works"]:,}'.replace(",", "." if language == "id" else ",")
    return (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#46627a" fill-opacity=".85" stroke="{ring}" '
            f'stroke-width="2"/>' + _text(x, y + 4, text, 10, "middle", "#ffffff", halo=False))


def _grid(window: Window, language: str) -> list[str]:
    """Lines of whole steps of degrees, named at the edges."""
    west, south, east, north = window.box
    step = next((one for one in STEPS if (east - west) / one >= 4), STEPS[-1])
    decimals = max(0, -math.floor(math.log10(step)))
    up, down, right, left = LETTERS[language]
    parts = []

    def named(degrees: float, letters: tuple[str, str]) -> str:
        text = f"{abs(degrees):.{decimals}f}".replace(".", "," if language == "id" else ".")
        return f"{text}° {letters[degrees < 0]}"

    for n in range(math.ceil(west / step), math.floor(east / step) + 1):
        x, _ = window.at(n * step, window.lat)
        parts.append(f'<path d="M{x:.1f} 0V{HEIGHT}" stroke="{INK}" stroke-opacity=".22" stroke-width=".7"/>')
        if 40 < x < WIDTH - 70:
            parts.append(_text(x + 3, 13, named(n * step, (right, left)), 11))
    for n in range(math.ceil(south / step), math.floor(north / step) + 1):
        _, y = window.at(window.lon, n * step)
        parts.append(f'<path d="M0 {y:.1f}H{WIDTH}" stroke="{INK}" stroke-opacity=".22" stroke-width=".7"/>')
        if 24 < y < HEIGHT - 50:
            parts.append(_text(4, y - 3, named(n * step, (up, down)), 11))
    return parts


def _scale_bar(window: Window, language: str) -> str:
    room_m = WIDTH * 0.22 * window.m_per_pixel
    power = 10 ** math.floor(math.log10(room_m))
    length_m = next(step * power for step in (5, 2, 1) if step * power <= room_m)
    half, y = length_m / window.m_per_pixel / 2, HEIGHT - 16
    return (f'<rect x="14" y="{y - 22}" width="{2 * half + 70:.1f}" height="32" fill="#fff" fill-opacity=".8"/>'
            f'<rect x="20" y="{y - 4}" width="{half:.1f}" height="5" fill="{INK}" stroke="{INK}"/>'
            f'<rect x="{20 + half:.1f}" y="{y - 4}" width="{half:.1f}" height="5" fill="#fff" stroke="{INK}"/>'
            + _text(20, y - 8, "0", 11) + _text(20 + 2 * half, y - 8, metres(length_m, language), 11, "middle"))


def _north(language: str) -> str:
    x = WIDTH - 26
    return (f'<path d="M{x} 14l8 22-8-5.500-8 5.500z" fill="{INK}" stroke="#fff"/>'
            + _text(x, 50, {"id": "U", "en": "N"}[language], 12, "middle", weight=700))


def _text(x: float, y: float, text: str, size: int, anchor: str = "start", colour: str = INK, weight: int = 500,
          halo: bool = True) -> str:
    around = ' stroke="#fff" stroke-width="3" paint-order="stroke"' if halo else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
            f'fill="{colour}"{around}>{escape(text)}</text>')
