"""A small map without a script: a few works where they stand, with their uncertainty, a scale and north.

For thumbnails in the queue, the pair page before its scripts run, and paper: both works stay apart in black and
white, the first drawn whole and marked A, the second dashed and marked B. Only `title` may hold what people typed;
it is escaped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from markupsafe import Markup, escape

from app.maps.drawn import Figure
from app.maps.families import ACCENT, INK, PAPER
from app.maps.marks import apart
from geo.crs import to_metres
from geo.sentences import metres

STROKE = {
    "left": "#0072b2", "right": "#b86e00", "proposal": ACCENT, "work": "#566270", "before": "#838f9a",
    "region": "#a29c8e", "overlap": "#c77700",
}  # fmt: skip
DASH = {"right": "7 4", "before": "2 3"}
MARK = {"left": "A", "right": "B"}
SMALLEST_M = 30.0
"""However near two works stand, at least this much ground is shown, so that a point is seen in a place."""
FONT = "'Source Sans 3', system-ui, sans-serif"
POINT, LINE = 5.0, 4.0  # pixels: the radius of a point, the width of a line
PHONE = 300  # pixels: as wide as a picture is on a small phone


@dataclass(frozen=True, slots=True)
class _Frame:
    """From EPSG:4326 through metres around the middle of what is shown to pixels, y down."""

    lon: float
    lat: float
    scale: float  # pixels for a metre
    width: int
    height: int

    def place(self, geometry: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(to_metres([geometry], self.lon, self.lat)[0], self._pixels)

    def _pixels(self, xy: np.ndarray) -> np.ndarray:
        return np.stack([xy[:, 0] * self.scale + self.width / 2, self.height / 2 - xy[:, 1] * self.scale], axis=1)


def draw(
    figures: Iterable[Figure],
    *,
    title: str,
    width: int = 320,
    height: int = 200,
    borders: Sequence[shapely.Geometry] = (),
    approximate: bool = False,
    corridor_m: float | None = None,
    language: str = "id",
    note: str | None = None,
    numbers: Sequence[tuple[shapely.Point, str]] = (),
    evidence: bool = False,
) -> Markup:
    """An `<svg>` of `figures` (EPSG:4326), in the order given; `title` is what a screen reader says.

    `borders` are lines or areas of regions, dashed where they are only `approximate`. With `corridor_m` the ground
    that the corridors of `left` and `right` share is shaded. `numbers` are stops of a round, each with its number
    in a disc. `note` is written below, for invented works. With
    `evidence` the corridors themselves are outlined too, and what is shared is hatched, so that it is seen without
    colour; of two points it is what their discs share. Without a figure that has a place, the answer is an empty map
    that says nothing is known.
    """
    shown = [figure for figure in figures if figure.geometry is not None and not figure.geometry.is_empty]
    if not shown:
        return _wrap(title, width, height, [_text(width / 2, height / 2, "?", size=28, anchor="middle")])
    frame = _framed(shown, width, height)
    parts = [_border(frame.place(border), approximate) for border in borders]
    parts += [_disc(frame, figure) for figure in shown if figure.accuracy_m and figure.geometry.geom_type == "Point"]
    if evidence:
        parts += [_corridor(frame, figure, corridor_m) for figure in shown]
    parts += [_edge(frame, figure) for figure in shown]
    parts.append(_shared(frame, shown, corridor_m, hatched=evidence))
    parts += [f'<g data-role="{figure.role}">{_shape(frame, figure)}</g>' for figure in shown]
    parts += _marks(frame, shown)
    parts += [_stop(frame.place(point), number) for point, number in numbers]
    parts += [_scale_bar(frame, language), _north(frame, language)]
    if note:
        beside = 4.4 * len(note) < 0.62 * width  # else it would run into the scale bar, and stands above it
        y = height - (8 if beside else 32)
        parts.append(_grows(width - 8, y, _text(width - 8, y, note, size=9, anchor="end", halo=True)))
    return _wrap(title, width, height, parts)


def _framed(figures: Sequence[Figure], width: int, height: int) -> _Frame:
    """Everything with its accuracy, and a quarter of the picture left free around it."""
    west, south, east, north = shapely.total_bounds([figure.geometry for figure in figures])
    lon, lat = (west + east) / 2, (south + north) / 2
    placed = to_metres([figure.geometry for figure in figures], lon, lat)
    reach = [figure.accuracy_m if figure.geometry.geom_type == "Point" else 0 for figure in figures]
    around = np.array([min(one or 0.0, 500.0) for one in reach])
    boxes = np.abs(shapely.bounds(placed))
    half_x = max((boxes[:, [0, 2]].max(axis=1) + around).max(), SMALLEST_M / 2)
    half_y = max((boxes[:, [1, 3]].max(axis=1) + around).max(), SMALLEST_M / 2)
    scale = min(width * 0.36 / half_x, height * 0.34 / half_y)
    return _Frame(lon, lat, scale, width, height)


def _shape(frame: _Frame, figure: Figure) -> str:
    placed, stroke = frame.place(figure.geometry), figure.colour or STROKE[figure.role]
    dash = f' stroke-dasharray="{DASH[figure.role]}"' if figure.role in DASH else ""
    drawn = []
    for part in shapely.get_parts(placed):
        if part.geom_type == "Point":
            fill = stroke if figure.role in ("left", "proposal") else "#ffffff"
            drawn.append(
                f'<circle cx="{part.x:.1f}" cy="{part.y:.1f}" r="{POINT}" fill="{fill}" stroke="#ffffff" '
                f'stroke-width="4" paint-order="stroke"/><circle cx="{part.x:.1f}" cy="{part.y:.1f}" r="{POINT}" '
                f'fill="{fill}" stroke="{stroke}" stroke-width="2"/>'
            )
        elif part.geom_type == "Polygon":
            # A region with a colour of its own is one of a legend's: it must be seen as the legend shows it.
            opacity = ".8" if figure.role == "region" and figure.colour else ".2"
            drawn.append(
                f'<path d="{_path(part)}" fill="{stroke}" fill-opacity="{opacity}" stroke="{stroke}" '
                f'stroke-width="2"{dash}/>'
            )
        else:
            thin = ' stroke-width="2"' if figure.role == "before" else f' stroke-width="{LINE}"'
            drawn.append(f'<path d="{_path(part)}" fill="none" stroke="{stroke}"{thin}{dash}/>')
    return "".join(drawn)


def _edge(frame: _Frame, figure: Figure) -> str:
    """A light edge below every line, so that it stands off a border that it crosses."""
    parts = [part for part in shapely.get_parts(frame.place(figure.geometry)) if part.geom_type == "LineString"]
    path = "".join(_path(part) for part in parts)
    return f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="{LINE + 3}"/>' if path else ""


def _disc(frame: _Frame, figure: Figure) -> str:
    placed, stroke = frame.place(figure.geometry), figure.colour or STROKE[figure.role]
    return (
        f'<circle cx="{placed.x:.1f}" cy="{placed.y:.1f}" r="{figure.accuracy_m * frame.scale:.1f}" fill="{stroke}" '
        f'fill-opacity=".12" stroke="{stroke}" stroke-opacity=".55" '
        f'stroke-dasharray="{DASH.get(figure.role, "none")}"/>'
    )


def _corridor(frame: _Frame, figure: Figure, corridor_m: float | None) -> str:
    """The ground a line may take, as an outline."""
    placed = frame.place(figure.geometry)
    if not corridor_m or not placed.geom_type.endswith("LineString"):
        return ""
    ground = shapely.buffer(placed, corridor_m * frame.scale, cap_style="flat")
    path = "".join(_path(part) for part in shapely.get_parts(ground) if part.geom_type == "Polygon")
    return (f'<path d="{path}" fill="none" stroke="{figure.colour or STROKE[figure.role]}" stroke-width=".8" '
            f'stroke-dasharray="{DASH.get(figure.role, "none")}"/>')


def _shared(frame: _Frame, figures: Sequence[Figure], corridor_m: float | None, *, hatched: bool = False) -> str:
    """The ground both works may take: what the corridors of lines, or the areas, have in common."""
    sides = {figure.role: figure for figure in figures if figure.role in ("left", "right")}
    if len(sides) < 2 or corridor_m is None:
        return ""
    placed = {role: frame.place(figure.geometry) for role, figure in sides.items()}
    points = [part.geom_type in ("Point", "MultiPoint") for part in placed.values()]
    if any(points) and not (hatched and all(points)):
        return ""
    reach = [0 if placed[role].geom_type.endswith("Polygon") else frame.scale * (
        (figure.accuracy_m or 0) if points[0] else corridor_m) for role, figure in sides.items()]
    cap = "round" if points[0] else "flat"
    shared = shapely.intersection(*shapely.buffer(list(placed.values()), reach, cap_style=cap, quad_segs=32))
    if not points[0]:
        # From afar a corridor is narrower than the lines that are drawn over it: an edge around it stays to be seen.
        shared = shared.buffer(LINE)
    areas = [part for part in shapely.get_parts(shared) if part.geom_type == "Polygon" and not part.is_empty]
    paths = "".join(f'<path d="{_path(part)}" fill="{STROKE["overlap"]}" fill-opacity=".22"/>' for part in areas)
    if hatched:
        paths += "".join(_hatching(part) for part in areas)
    return f'<g data-role="overlap">{paths}</g>' if paths else ""


def _hatching(area: shapely.Polygon) -> str:
    """Slanting lines over an area: a pattern by reference would be lost by some printers of SVG."""
    west, south, east, north = area.bounds
    tall, step = north - south, max(6.0, (east - west + north - south) / 200)
    lines = shapely.linestrings([[(x, north), (x + tall, south)] for x in np.arange(west - tall, east, step)])
    cut = [part for part in shapely.get_parts(shapely.intersection(lines, area)) if part.geom_type == "LineString"]
    path = "".join(_path(one) for one in cut)
    outline = f'<path d="{_path(area)}" fill="none" stroke="{STROKE["overlap"]}" stroke-width="1.2"/>'
    return f'<path d="{path}" fill="none" stroke="{STROKE["overlap"]}" stroke-width=".9"/>{outline}'


def _border(placed: shapely.Geometry, approximate: bool) -> str:
    lines = placed.boundary if placed.geom_type.endswith("Polygon") else placed
    dash = ' stroke-dasharray="6 5"' if approximate else ""
    path = " ".join(_path(part) for part in shapely.get_parts(lines))
    return f'<path d="{path}" fill="none" stroke="{STROKE["region"]}" stroke-width="1"{dash}/>'


def _marks(frame: _Frame, figures: Sequence[Figure]) -> list[str]:
    """A and B beside their works, A to the upper left and B to the lower right, within the picture; other marks to the
    upper left, moved apart where they would hide each other."""
    known = [(figure, figure.mark or MARK[figure.role]) for figure in figures if figure.mark or figure.role in MARK]
    ends = [_end(frame.place(figure.geometry), figure.role) for figure, _mark in known]
    wanted = [(at.x + away, at.y + away) for at, (figure, _mark) in zip(ends, known, strict=True)
              for away in (13 if figure.role == "right" else -13,)]
    written = []
    for (figure, mark), end, (x, y), moved in zip(
            known, ends, *apart(wanted, frame.width, frame.height), strict=True):
        fill = figure.colour or STROKE[figure.role]
        if moved:
            written.append(f'<path d="M{end.x:.1f} {end.y:.1f}L{x:.1f} {y:.1f}" stroke="{fill}" stroke-width=".8"/>')
        at = shapely.Point(x, y) if moved else end  # it grows away from its work, so that it does not hide it
        written.append(_grows(at.x, at.y, (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8.5" fill="{fill}" stroke="#ffffff"/>'
            + _text(x, y + 4, mark, size=11 if len(mark) < 3 else 9, anchor="middle", colour="#ffffff", weight=700)
        )))
    return written


def _stop(placed: shapely.Point, number: str) -> str:
    return _grows(placed.x, placed.y, (
        f'<circle cx="{placed.x:.1f}" cy="{placed.y:.1f}" r="9" fill="#ffffff" stroke="{INK}" stroke-width="1.5"/>'
        + _text(placed.x, placed.y + 3.5, number, size=10 if len(number) < 3 else 8, anchor="middle", weight=700)
    ))


def _end(placed: shapely.Geometry, role: str) -> shapely.Point:
    if placed.geom_type.endswith("LineString"):
        line = max(shapely.get_parts(placed), key=shapely.length)
        ends = sorted((line.interpolate(0), line.interpolate(line.length)), key=lambda end: (end.x, end.y))
        return ends[0 if role == "left" else 1]
    return placed.representative_point()


def _scale_bar(frame: _Frame, language: str) -> str:
    room_m = frame.width * 0.3 / frame.scale
    power = 10 ** np.floor(np.log10(room_m))
    length_m = float(next(step * power for step in (5, 2, 1) if step * power <= room_m))
    long, y = length_m * frame.scale, frame.height - 10
    return (
        f'<path d="M10 {y - 4}V{y}H{10 + long:.1f}V{y - 4}" fill="none" stroke="{PAPER}" stroke-width="4"/>'
        f'<path d="M10 {y - 4}V{y}H{10 + long:.1f}V{y - 4}" fill="none" stroke="{INK}" stroke-width="1.5"/>'
        + _grows(10 + long / 2, y - 4, _text(10 + long / 2, y - 7, metres(length_m, language), size=11, anchor="middle",
                                             halo=True))
    )


def _north(frame: _Frame, language: str) -> str:
    x = frame.width - 16
    return _grows(frame.width - 6, 6, (
        f'<path d="M{x} 10l5 13-5-3.200-5 3.200z" fill="{INK}" stroke="{PAPER}" stroke-width="1"/>'
        + _text(x, 34, {"id": "U", "en": "N"}[language], size=10, anchor="middle", halo=True)
    ))


def _grows(x: float, y: float, drawn: str) -> str:
    """What is read, not measured: where a wide picture is shown on a phone the style sheet lets it grow from x, y."""
    return f'<g class="grows" style="transform-origin:{x:.1f}px {y:.1f}px">{drawn}</g>'


def _text(
    x: float, y: float, text: str, *, size: int, anchor: str = "start", colour: str = INK, weight: int = 500,
    halo: bool = False,
) -> str:  # fmt: skip
    around = f' stroke="{PAPER}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{colour}"{around}>{escape(text)}</text>'
    )


def _path(part: shapely.Geometry) -> str:
    rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
    written = []
    for ring in rings:
        points = shapely.get_coordinates(ring.simplify(0.3))
        if len(points):
            written.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points))
            written.append("Z" if part.geom_type == "Polygon" else "")
    return "".join(written)


def _wrap(title: str, width: int, height: int, parts: Sequence[str]) -> Markup:
    ground = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    return Markup(
        f'<svg class="minimap" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="{FONT}" stroke-linecap="round" '
        f'stroke-linejoin="round" style="--grow:{max(1.0, width / PHONE):.2f}"><title>{escape(title)}</title>'
        f'{ground}{"".join(parts)}</svg>'
    )
