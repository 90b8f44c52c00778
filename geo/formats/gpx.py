"""GPX of a phone or a hand-held receiver: a way-point, a route and a track are each one row.

A receiver states no accuracy but how it saw its satellites (dilution of precision). That, times the error of one
range, is the accuracy in metres; the factor is said in a note.
"""

from pathlib import Path
from statistics import median

import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import FileEmpty
from geo.formats import markup, shapes
from geo.formats.contents import Contents, Features
from geo.formats.markup import Element
from geo.formats.shapes import Position
from geo.tables import Cell, Limits

NAME = "gpx"
RANGE_ERROR_M = 5.0
"""Metres that a range to a satellite is wrong by, as civil receivers in the open are (US DoD, GPS SPS Performance
Standard 2020: 95 % of user range errors below 7 m; 5 m is their usual round figure)."""

POINTS = {"rtept": "rte", "trkpt": "trkseg"}
INSIDE = frozenset({"trkseg", *POINTS})
RATHER = ("hdop", "pdop")


def recognises(path: Path, head: bytes) -> bool:
    """Markup whose first element is gpx."""
    return markup.root(head) == "gpx"


def read(path: Path, limits: Limits) -> Contents:
    """Way-points, routes and tracks in the order of the file."""
    collection = _Collection(limits)
    ended: dict[str, markup.Ended] = dict.fromkeys(("wpt", "rte", "trk"), collection.add)
    ended |= dict.fromkeys(POINTS, collection.keep)
    with path.open("rb") as opened:
        markup.read(opened, limits, ended)
    features = collection.features
    if not features.properties:
        raise FileEmpty
    if any("accuracy_m" in properties for properties in features.properties):
        features.note("file.accuracy_from_dop", factor=RANGE_ERROR_M)
    return Contents(NAME, features=features.finished(limits))


class _Collection:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.features = Features.empty()

    def keep(self, element: Element) -> None:
        """A point of a line as its four texts: position, moment, dilution."""
        line = element.parent
        if line is None:
            return
        line.kept = line.kept or []
        if len(line.kept) <= self.limits.vertices:  # one too many says enough
            line.kept.append((element.attributes.get("lon"), element.attributes.get("lat"), element.text_of("time"),
                              _dilution(element)))

    def add(self, element: Element) -> None:
        """One row."""
        properties: dict[str, Cell] = {"gpx": element.tag}
        for child in element:
            if child.tag not in INSIDE:
                _tell(properties, child)
        segments = [element.kept or []] if element.tag == "rte" else [
            segment.kept or [] for segment in element if segment.tag == "trkseg"]
        places = [place for segment in segments for place in segment]
        if places and "time" not in properties and (moment := next((place[2] for place in places if place[2]), "")):
            properties["time"] = moment
        seen = [place[3] for place in places if place[3] is not None]
        dilution = _dilution(element) if element.tag == "wpt" else median(seen) if seen else None
        if dilution is not None:
            properties["accuracy_m"] = round(dilution * RANGE_ERROR_M, 1)
        notes: list[str] = []
        if element.tag == "wpt":
            self.features.add(properties, lambda: shapely.Point(
                shapes.position(element.attributes.get("lon"), element.attributes.get("lat"))), self.limits)
        else:
            self.features.add(properties, lambda: _line(segments, self.limits, notes), self.limits)
        for message_id in notes:
            self.features.note(message_id, row=len(self.features.properties))


def _line(segments: list[list[tuple]], limits: Limits, notes: list[str]) -> BaseGeometry | None:
    """A line for each segment; a single place between longer segments adds nothing and is left aside, said."""
    if sum(map(len, segments)) > limits.vertices:
        raise shapes.Faulty("geometry.too_many_vertices", limit=limits.vertices)
    placed: list[list[Position]] = [[shapes.position(lon, lat) for lon, lat, *_ in segment] for segment in segments]
    lines = [positions for positions in placed if len(positions) > 1]
    lone = [positions[0] for positions in placed if len(positions) == 1]
    if lines:
        if lone:
            notes.append("geometry.lone_places")
        return shapes.gathered([shapely.LineString(positions) for positions in lines])
    notes.append("geometry.line_of_one_place" if lone else "geometry.empty")
    return shapes.gathered([shapely.Point(place) for place in lone])


def _dilution(element: Element) -> float | None:
    for tag in RATHER:
        try:
            stated = float(element.text_of(tag))
        except ValueError:
            continue
        if 0 < stated < 1000:
            return stated
    return None


def _tell(properties: dict[str, Cell], element: Element) -> None:
    """A field under its own name; what extensions hold under theirs, a link by its address."""
    if element.tag == "extensions":
        for leaf in _leaves(element):
            _tell(properties, leaf)
        return
    value = element.attributes.get("href") or element.text()
    name, again = element.tag, 2
    while value and name in properties and properties[name] != value:
        name, again = f"{element.tag} ({again})", again + 1
    if value:
        properties[name] = value


def _leaves(element: Element) -> list[Element]:
    return [leaf for child in element for leaf in (_leaves(child) if any(True for _ in child) else [child])]
