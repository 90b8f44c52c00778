"""Geometries of a placemark: points, lines, areas, several of them, and the tracks of Google's extension."""

import re
from collections.abc import Iterator, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from geo.formats import shapes
from geo.formats.markup import Element
from geo.formats.shapes import Faulty, Position
from geo.tables import Limits

SHAPES = frozenset({
    "Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack", "Model",
    "MultiPoint", "MultiLineString", "MultiPolygon",
})
_MARKS = re.compile(r"\s*,\s*")


class Shaping:
    """Makes the geometry of one placemark; `notes` says what was done to it besides reading."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.notes: dict[str, None] = {}

    def of(self, placemark: Element) -> BaseGeometry | None:
        """All its geometries as one, None where it has none. Raises Faulty."""
        found = [shape for shape in self._within(placemark) if shape is not None]
        if found:
            self.notes.pop("geometry.empty", None)
        return shapes.gathered(found)

    def _within(self, element: Element) -> Iterator[BaseGeometry | None]:
        for child in element:
            match child.tag:
                case "Point":
                    yield self._point(child)
                case "LineString" | "LinearRing":
                    yield self._line(self._positions(child))
                case "Polygon":
                    yield self._polygon(child)
                case "Track":
                    yield self._line([_placed(text.split()) for text in child.kept or ()])
                case "Model":
                    place = child.first("Location")
                    if place is not None:
                        yield shapely.Point(shapes.position(place.text_of("longitude"), place.text_of("latitude")))
                case tag if tag in SHAPES:
                    yield from self._within(child)

    def _point(self, element: Element) -> BaseGeometry | None:
        positions = self._positions(element)
        if len(positions) > 1:
            self.notes["geometry.first_of_several"] = None
        self._note_empty(positions)
        return shapely.Point(positions[0]) if positions else None

    def _line(self, positions: list[Position]) -> BaseGeometry | None:
        if len(positions) == 1:
            self.notes["geometry.line_of_one_place"] = None
        self._note_empty(positions)
        return shapes.line(positions)

    def _polygon(self, element: Element) -> BaseGeometry | None:
        rings: dict[str, list[list[Position]]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
        for side in element:
            if side.tag in rings:
                rings[side.tag] += [self._positions(ring) for ring in side if ring.tag == "LinearRing"]
        shell = [ring for ring in rings["outerBoundaryIs"] if ring]
        self._note_empty(shell)
        if not shell:
            return None
        if any(ring and ring[0] != ring[-1] for ring in shell[:1] + rings["innerBoundaryIs"]):
            self.notes["geometry.ring_closed"] = None
        return shapes.polygon(shell[0], rings["innerBoundaryIs"])

    def _note_empty(self, found: Sequence) -> None:
        if not found:
            self.notes["geometry.empty"] = None

    def _positions(self, element: Element) -> list[Position]:
        """`lon,lat[,height]` between blanks; blanks around the commas are forgiven, as Google Earth does."""
        places = _MARKS.sub(",", element.text_of("coordinates")).split()
        if len(places) > self.limits.vertices:
            raise Faulty("geometry.too_many_vertices", limit=self.limits.vertices)
        return [_placed(place.split(",")) for place in places]


def _placed(parts: list[str]) -> Position:
    if len(parts) < 2 or (len(parts) > 3 and not any("." in part for part in parts)):
        raise Faulty("geometry.unreadable")  # 114,25,-8,25: decimal commas, and no telling them from the others
    return shapes.position(parts[0], parts[1])
