"""KML, read here as a stream and not by GDAL, whose reader gives up a whole file for one ring that is left open.

A placemark is a row; the folders it lies in are a column. Links and overlays are never followed, and said.
"""

from pathlib import Path
from typing import BinaryIO

from geo.errors import FileEmpty
from geo.formats import balloon, markup
from geo.formats.contents import Contents, Features
from geo.formats.kml_shapes import SHAPES, Shaping
from geo.formats.markup import Element
from geo.tables import Cell, Limits

NAME = "kml"
ROOTS = frozenset({"kml", "Document", "Folder", "Placemark"})
FOLDER = "folder"

LINKS = frozenset({"NetworkLink"})
OVERLAYS = frozenset({"GroundOverlay", "ScreenOverlay", "PhotoOverlay"})
LOOKS = frozenset({
    "Style", "StyleMap", "styleUrl", "visibility", "open", "LookAt", "Camera", "Region", "balloonVisibility",
    "Metadata", "Snippet", "snippet",
})
"""Parts of a placemark that say how it is drawn, not what it is; a Snippet is the beginning of the description."""


def recognises(path: Path, head: bytes) -> bool:
    """Markup whose first element is one of KML's."""
    return markup.root(head) in ROOTS


def read(path: Path, limits: Limits) -> Contents:
    """One row for each placemark, with or without a geometry."""
    features = Features.empty()
    with path.open("rb") as opened:
        collect(opened, features, limits)
    return Contents(NAME, features=finished(features, limits))


def finished(features: Features, limits: Limits) -> Features:
    """The features of a file that was read to its end. Raises FileEmpty, which says where there are only links."""
    passed_over = {one.reason.id for one in features.problems if one.row is None}
    if not features.properties and passed_over & {"file.network_links", "file.overlays"}:
        links = "file.network_links" in passed_over
        raise FileEmpty("file.only_network_links" if links else "file.only_overlays")
    return features.finished(limits)


def collect(opened: BinaryIO, features: Features, limits: Limits, above: tuple[str, ...] = ()) -> None:
    """Adds the placemarks of one document; `above` are folders it lies in. Raises FileRefused."""
    _Document(features, limits, above).read(opened)


class _Document:
    def __init__(self, features: Features, limits: Limits, above: tuple[str, ...]) -> None:
        self.features, self.limits, self.above = features, limits, above
        self.folders: list[tuple[dict[str, Cell], Element]] = []
        self.links = self.overlays = 0

    def read(self, opened: BinaryIO) -> None:
        ended: dict[str, markup.Ended] = {"Placemark": self._placemark, "coord": _coord, "when": _when}
        ended |= dict.fromkeys(LINKS, self._link) | dict.fromkeys(OVERLAYS, self._overlay)
        ended |= dict.fromkeys(("Style", "StyleMap", "angles"), _drop)
        markup.read(opened, self.limits, ended, kept=frozenset({"name"}))
        for properties, element in self.folders:  # a folder may be named after what it holds
            if path := " / ".join((*self.above, *_path(element))):
                properties[FOLDER] = path
        if self.links:
            self.features.note("file.network_links", count=self.links)
        if self.overlays:
            self.features.note("file.overlays", count=self.overlays)

    def _link(self, element: Element) -> None:
        self.links += 1

    def _overlay(self, element: Element) -> None:
        self.overlays += 1

    def _placemark(self, element: Element) -> None:
        properties = _properties(element)
        shaping = Shaping(self.limits)
        self.features.add(properties, lambda: shaping.of(element), self.limits)
        for message_id in shaping.notes:
            self.features.note(message_id, row=len(self.features.properties))
        if element.parent is not None:
            self.folders.append((properties, element.parent))


def _drop(element: Element) -> None:
    """Never kept."""


def _coord(element: Element) -> None:
    """The place of a gx:Track, kept as text; thousands of elements would weigh a hundred times as much."""
    if element.parent is not None:
        element.parent.kept = element.parent.kept or []
        element.parent.kept.append(element.text())


def _when(element: Element) -> bool:
    """Of the moments of a track the first is kept."""
    parent = element.parent
    return parent is None or parent.tag != "Track" or parent.first("when") is None


def _path(element: Element | None) -> list[str]:
    """Names of the folders around, outermost first; the document's own name is that of the file."""
    names: list[str] = []
    while element is not None:
        if element.tag == "Folder" and (name := element.text_of("name")):
            names.append(" ".join(name.split()))
        element = element.parent
    return names[::-1]


def _properties(placemark: Element) -> dict[str, Cell]:
    """Everything a placemark says of itself: its own fields first, then its data, then what its balloon tabulates."""
    found: dict[str, Cell] = {}
    for child in placemark:
        if child.tag in LOOKS or child.tag in SHAPES:
            continue
        match child.tag:
            case "ExtendedData":
                for name, value in _extended(child):
                    _tell(found, name, value)
            case "description":
                _tell(found, "description", balloon.shortened(child.text()))
            case "TimeStamp":
                _tell(found, "time", child.text_of("when"))
            case "TimeSpan":
                _tell(found, "begin", child.text_of("begin"))
                _tell(found, "end", child.text_of("end"))
            case "AddressDetails":
                _tell(found, "address_details", " ".join(child.text().split()))
            case "link":
                _tell(found, "link", child.attributes.get("href", child.text()))
            case _:
                _tell(found, child.tag, child.text())
    for name, value in balloon.fields(str(found.get("description") or "")):
        if name not in found:
            _tell(found, name, value)
    tracks = [part for child in placemark for part in (child, *child) if part.tag == "Track"]
    if "time" not in found and (moment := next((track.text_of("when") for track in tracks), "")):
        found["time"] = moment
    if mark := placemark.attributes.get("id"):
        # Programs number placemarks anew on every export: a mark to find one by, never an id of the work.
        _tell(found, "placemark", mark)
    return found


def _extended(element: Element) -> list[tuple[str, str]]:
    """Names and values of ExtendedData in its three ways: Data, SchemaData, and elements of somebody's own."""
    pairs = []
    for child in element:
        match child.tag:
            case "Data":
                pairs.append((child.attributes.get("name") or child.text_of("displayName"),
                              child.text_of("value") if child.first("value") is not None else child.text()))
            case "SchemaData":
                pairs += [(one.attributes.get("name", one.tag), _value(one)) for one in child]
            case _:
                pairs.append((child.tag, child.text()))
    return pairs


def _value(element: Element) -> str:
    return "; ".join(part.text() for part in element) if element.tag == "SimpleArrayData" else element.text()


def _tell(found: dict[str, Cell], name: str, value: str) -> None:
    """Notes a field under its name; a second one of that name which says something else gets a number."""
    if not value:
        return
    name = " ".join(name.split()) or "Data"
    again = 2
    given = name
    while name in found and found[name] != value:
        name, again = f"{given} ({again})", again + 1
    found[name] = value
