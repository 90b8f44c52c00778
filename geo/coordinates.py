"""What people type into a coordinate cell -> lon, lat: how it was read, and what it might have meant.

A reading is never repaired in silence. Whatever had to be turned, flipped or guessed waits as a suggestion with the
repaired point; the position itself stays empty until a person agrees.
"""

import re
from dataclasses import replace

import shapely

from geo import grids, links, repairs, shapes
from geo.angles import AXIS_OF, Angle, Axis, Scan, scan
from geo.marks import MOST_TEXT
from geo.positions import INDONESIA, WORLD, Bounds, Position, on, point, written
from geo.repairs import signed, suggested, turned
from geo.sentences import Sentence
from geo.shapes import placed

__all__ = ["INDONESIA", "WORLD", "Bounds", "Position", "looks_like_one", "on", "placed", "point", "read", "read_axes",
           "turned", "written"]

_ENDS = re.compile(
    r"(?:titik\s*)?\b(?:awal|pangkal|start|mulai|dari)\b[\s:=.]*(?P<start>.+?)[\s;,/]*(?:titik\s*)?\b(?:akhir|ujung|end|"
    r"selesai|finish|ke)\b[\s:=.]*(?P<end>.+)|(?P<from>.+?)\s*(?:\bs\s?/\s?d\b|\bs\.d\.?(?=\s)|\bsd\b|\bsampai"
    r"(?:\s+dengan)?\b|\bhingga\b|->|→|➔|=>|\bto\b)\s*(?P<to>.+)", re.IGNORECASE | re.DOTALL)
LONGEST_CHORD_DEGREES = 0.45
NEAR_ENDS_DEGREES = 0.05
MOST_TYPED = 2_000
_BROKEN = re.compile(r"(?<=\d)(?:\. (?=\d{4,}(?!\d))|\s(?=\.\d{4,}(?!\d)))")
"""A blank beside the decimal point, where a cell was wrapped."""


def read(text: str, bounds: Bounds | None = None, stated: str = "") -> Position:
    """A cell that holds both numbers, metres in a zone, a geometry, a map link, or both ends of a road.

    `bounds` is where the works are: a point outside is a fault, and a repair must fall inside. Without it any point
    on earth is taken, and repairs must fall in Indonesia. `stated` is what a heading or another column adds: a zone
    ("49S") or hemispheres ("LS/BT").

    >>> read("8°13'09\" LS, 114°22'09\" BT").lat
    -8.219166666666666
    >>> read("114.369227 S 8.219233 E").suggestion.how
    'marks'
    """
    if plain := _TWO_PLAIN.fullmatch(text):  # most cells by far
        first, second = _with_stated(_plain(plain[1]), _plain(plain[2]), stated)
        return _pair(first, second, bounds, "decimal")
    text = _BROKEN.sub(_joined, text)
    if shape := shapes.read(text, bounds):
        return shape
    if links.is_one(text):
        return _read_link(text, bounds)
    if corner := grids.read_mgrs(text):
        return _kept(*corner, "mgrs", bounds)
    if place := grids.read_plus(text, bounds) or grids.read(text, bounds, stated):
        return place
    if chord := _read_ends(text, bounds, stated):
        return chord
    found = scan(text)
    if found.faulty:
        return Position(fault=Sentence(found.faulty))
    angles, notes, accuracy_m, how = _chosen(found)
    if len(angles) != 2:
        reason = "coordinate.no_number" if not angles else "coordinate.one_number" if len(angles) == 1 else (
            "coordinate.two_places" if _two_places(angles) else "coordinate.many_numbers")
        return Position(fault=Sentence(reason), notes=notes)
    if len(text) > MOST_TEXT:
        return Position(fault=Sentence("coordinate.many_numbers"), notes=notes)
    first, second = _with_stated(angles[0], angles[1], stated)
    position = _pair(first, second, bounds, how)
    if how == "odk" and position.lon_first and position.lon is not None and position.lat is not None:
        return Position(fault=Sentence("coordinate.odk_order"),
                        suggestions=(repairs.suggestion("swap", position.lon, position.lat),))
    return _noted(position, notes, accuracy_m)


def _joined(found: re.Match[str]) -> str:
    return found[0].strip()


def _kept(lon: float, lat: float, how: str, bounds: Bounds | None) -> Position:
    if bounds and not bounds.hold(lon, lat):
        return Position(fault=Sentence("coordinate.outside", {"point": [lon, lat]}))
    return Position(lon, lat, how)


def _read_ends(text: str, bounds: Bounds | None, stated: str) -> Position | None:
    """Start and end of a road in one cell: the straight line between them, which is no alignment and called so."""
    found = _ENDS.fullmatch(text[:MOST_TYPED].strip())
    if not found:
        return _read_listed(text[:MOST_TYPED], bounds, stated)
    start, end = (found["start"], found["end"]) if found["start"] else (found["from"], found["to"])
    if len(scan(start).angles) < 2 or len(scan(end).angles) < 2:
        return None
    ends = [read(part, bounds, stated) for part in (start, end)]
    if any(one.fault or one.geometry is not None for one in ends):
        return Position(fault=next((one.fault for one in ends if one.fault), Sentence("coordinate.two_places")))
    (west, south), (east, north) = ((one.lon or 0.0, one.lat or 0.0) for one in ends)
    if abs(west - east) > LONGEST_CHORD_DEGREES or abs(south - north) > LONGEST_CHORD_DEGREES or (
            (west, south) == (east, north)):
        return Position(fault=Sentence("coordinate.two_places"))
    return placed(shapely.LineString([(west, south), (east, north)]), "chord", bounds)


def _read_listed(text: str, bounds: Bounds | None, stated: str) -> Position | None:
    """Two whole points on two lines or parted by a semicolon, near each other: both ends of a road, and said."""
    parts = [part for part in re.split(r"[;\n]+", text) if part.strip()]
    if len(parts) != 2 or any(len(scan(part).angles) != 2 for part in parts):
        return None
    start, end = (read(part, bounds, stated) for part in parts)
    if start.lon is None or start.lat is None or end.lon is None or end.lat is None or start.lon_first != end.lon_first:
        return None
    if not 0 < max(abs(start.lon - end.lon), abs(start.lat - end.lat)) <= NEAR_ENDS_DEGREES:
        return None
    chord = placed(shapely.LineString([(start.lon, start.lat), (end.lon, end.lat)]), "chord", bounds)
    return _noted(chord, (Sentence("coordinate.two_ends"),), None)


_SOUTH = re.compile(r"\b(?:LS|lintang selatan|south)\b|°\s?S\b", re.IGNORECASE)


def states_south(stated: str) -> bool:
    """Whether a heading such as "Koordinat (LS/BT)" says that bare latitudes are southern ones."""
    return bool(_SOUTH.search(stated)) and not re.search(r"\bLU\b", stated)


def _with_stated(first: Angle, second: Angle, stated: str) -> tuple[Angle, Angle]:
    """A heading such as "Koordinat (LS/BT)" says the hemisphere of numbers that bear neither sign nor letter."""
    if not states_south(stated):
        return first, second
    if any(angle.marked or angle.minus or angle.label for angle in (first, second)):
        return first, second
    if abs(first.degrees) <= 90 < abs(second.degrees):
        return replace(first, marked="S"), second
    if abs(second.degrees) <= 90 < abs(first.degrees):
        return first, replace(second, marked="S")
    return first, second


def read_axes(lat_text: str, lon_text: str, bounds: Bounds | None = None, stated: str = "") -> Position:
    """Latitude and longitude, or northing and easting, from cells of their own, each perhaps with marks of its own.

    `stated` as for `read`.

    >>> position = read_axes("-8,219233", "114,369227")
    >>> position.lon, position.lat
    (114.369227, -8.219233)
    """
    if _PLAIN.fullmatch(lat_text) and _PLAIN.fullmatch(lon_text):
        lat, lon = _with_stated(_plain(lat_text), _plain(lon_text), stated)
        return _assigned(lat, lon, bounds, "decimal", named=True)
    if lat_text.strip() and lon_text.strip() and (
            place := grids.read(f"E {lon_text} N {lat_text}", bounds, stated)):
        return place
    lat_text, lon_text = _BROKEN.sub(_joined, lat_text), _BROKEN.sub(_joined, lon_text)
    lats, lons = scan(lat_text, one_axis=True), scan(lon_text, one_axis=True)
    if (len(lats.angles) == 2 and not lons.angles) or (not lon_text.strip() and links.is_one(lat_text)):
        return read(lat_text, bounds, stated)
    if (len(lons.angles) == 2 and (not lats.angles or lat_text == lon_text)) or (
            not lat_text.strip() and links.is_one(lon_text)):
        return read(lon_text, bounds, stated)
    notes = tuple(Sentence("coordinate.remark", {"text": one}) for one in (*lats.remarks, *lons.remarks))
    for found, missing in ((lats, "coordinate.lat_missing"), (lons, "coordinate.lon_missing")):
        if len(found.angles) != 1 or found.faulty:
            text = lat_text if found is lats else lon_text
            reason = missing if not text.strip() else found.faulty or "coordinate.axis_unreadable"
            return Position(fault=Sentence(reason), notes=notes)
    lat, lon = _with_stated(lats.angles[0], lons.angles[0], stated)
    position = _assigned(lat, lon, bounds, how=_how(lat, lon), named=True)
    return _noted(position, notes, lats.accuracy_m or lons.accuracy_m)


_PLAIN = re.compile(r"-?[0-9]{1,3}\.[0-9]+")
_TWO_PLAIN = re.compile(rf"\s*({_PLAIN.pattern})(?:\s*[,;]\s*|[ \t\n]+)({_PLAIN.pattern})\s*")


def _plain(text: str) -> Angle:
    return Angle(float(text), text.lstrip("-").replace(".", "")[:30], text.startswith("-"), fraction=True)


_MOMENT = re.compile(r"\s*(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/-]\d{1,2}[/-]\d{4})(?:[T\s]|$)")


def looks_like_one(text: str) -> bool:
    """Whether a cell holds something that is worth reading as a coordinate: for recognising columns."""
    if shapes.is_one(text) or links.is_one(text) or grids.read_mgrs(text) or grids.read(text):
        return True
    if len(text) > 160 or not re.search(r"\d", text) or _MOMENT.match(text):
        return False
    angles = _chosen(scan(text))[0]
    return len(angles) == 2 and any(not angle.bare or angle.fraction or angle.marked for angle in angles)


def _noted(position: Position, notes: tuple[Sentence, ...], accuracy_m: float | None) -> Position:
    return Position(position.lon, position.lat, position.how, position.fault, position.suggestions,
                    (*notes, *position.notes), position.geometry, accuracy_m, position.lon_first)


def _how(*angles: Angle) -> str:
    return "decimal" if all(angle.bare for angle in angles) else "dms"


def _chosen(found: Scan) -> tuple[tuple[Angle, ...], tuple[Sentence, ...], float | None, str]:
    """The two angles meant where a text holds more numbers, and what was left aside."""
    angles = found.angles
    notes = tuple(Sentence("coordinate.remark", {"text": remark[:80]}) for remark in found.remarks)
    how, accuracy_m = _how(*angles[:2]), found.accuracy_m
    if _two_places(angles):
        return angles, notes, accuracy_m, how
    if len(angles) == 4 and all(angle.bare and not angle.marked and not angle.label for angle in angles) \
            and angles[0].fraction and angles[1].fraction and not found.strange_words and angles[3].degrees >= 0:
        return angles[:2], notes, round(angles[3].degrees, 2) or None, "odk"  # latitude, longitude, height, accuracy
    if len(angles) > 2:
        telling = tuple(angle for angle in angles
                        if not angle.bare or angle.fraction or angle.marked or angle.label)
        if len(telling) == 2:
            notes = (*notes, Sentence("coordinate.numbers_left_aside"))
            return telling, notes, accuracy_m, _how(*telling)
    return angles, notes, accuracy_m, how


def _two_places(angles: tuple[Angle, ...]) -> bool:
    """Whether four numbers are two places, not one with its height and accuracy: the second two are near the first
    two, or would be a place in Indonesia that is no bare 0 100 of a phone without satellites."""
    if len(angles) != 4 or any(angle.bare and not angle.fraction for angle in angles[:2]):
        return False
    first, second, third, fourth = (abs(angle.degrees) for angle in angles)
    if abs(third - first) < 1 and abs(fourth - second) < 1:
        return True
    return angles[2].fraction and angles[3].fraction and third > 0 and INDONESIA.hold(
        angles[3].degrees, angles[2].degrees)


def _pair(first: Angle, second: Angle, bounds: Bounds | None, how: str) -> Position:
    """Which of two angles is the latitude: by their marks, by their labels, by what a latitude can be."""
    axes: list[Axis | None] = [_axis(first), _axis(second)]
    if axes[0] is not None and axes[0] == axes[1]:
        return _contradicting(first, second, bounds)
    if axes[0] is None and axes[1] is not None:
        axes[0] = "lat" if axes[1] == "lon" else "lon"
    if axes[0] is not None:
        lat, lon = (first, second) if axes[0] == "lat" else (second, first)
        return _assigned(lat, lon, bounds, how)
    if 90 < abs(first.degrees) <= 180 and abs(second.degrees) <= 90:
        position = _assigned(second, first, bounds, how)
        return Position(position.lon, position.lat, position.how, position.fault, position.suggestions,
                        (*position.notes, Sentence("coordinate.lon_first")), lon_first=True)
    return _assigned(first, second, bounds, how)


def _axis(angle: Angle) -> Axis | None:
    return AXIS_OF[angle.marked] if angle.marked else angle.label


def _assigned(lat: Angle, lon: Angle, bounds: Bounds | None, how: str, named: bool = False) -> Position:
    """Latitude and longitude are known by their words; now whether they can be true."""
    for angle, axis in ((lat, "lat"), (lon, "lon")):
        against_label = angle.marked and angle.label and AXIS_OF[angle.marked] != angle.label
        against_column = named and angle.marked and AXIS_OF[angle.marked] != axis
        against_sign = angle.marked in ("N", "E") and angle.minus
        too_large = angle.marked and abs(angle.degrees) > (90 if axis == "lat" else 180)
        if against_label or against_column or against_sign or (too_large and lat.marked and lon.marked):
            return _contradicting(lat, lon, bounds)
    signed_lat, signed_lon = signed(lat), signed(lon)
    faulty = lat.faulty or lon.faulty
    if faulty or not abs(signed_lat) <= 90 or not abs(signed_lon) <= 180:
        reason = Sentence(faulty or ("coordinate.not_latitude" if not abs(signed_lat) <= 90
                                     else "coordinate.not_longitude"))
        return Position(fault=reason, suggestions=suggested(lat, lon, bounds))
    if abs(signed_lat) < 1e-6 and abs(signed_lon) < 1e-6:
        return Position(fault=Sentence("coordinate.zero"))
    if bounds and not bounds.hold(signed_lon, signed_lat):
        return Position(fault=Sentence("coordinate.outside", {"point": [signed_lon, signed_lat]}),
                        suggestions=suggested(lat, lon, bounds))
    return Position(signed_lon, signed_lat, how)


def _contradicting(first: Angle, second: Angle, bounds: Bounds | None) -> Position:
    offers = repairs.without_words(first, second, bounds) or repairs.suggested(first, second, bounds)
    return Position(fault=Sentence("coordinate.contradicting"), suggestions=offers)


def _read_link(text: str, bounds: Bounds | None) -> Position:
    """The point a map link carries in itself; a short link carries none and is never followed. What is typed beside
    a link counts too, and must not be another place."""
    carried = links.point_of(text)
    rest = links.without(text)
    beside = read(rest, bounds) if len(scan(rest).angles) == 2 and not links.is_one(rest) else None
    if carried is None:
        if beside is not None:
            return beside
        if place := grids.read_plus(links.opened(text), bounds):
            return place
        return Position(fault=Sentence("coordinate.short_link" if links.SHORT.search(text)
                                       else "coordinate.link_without_point"))
    lat, lon, what = carried
    position = _assigned(Angle(lat, "", lat < 0), Angle(lon, "", lon < 0), bounds, "link")
    if beside is not None and beside.lon is not None and beside.lat is not None and max(
            abs(beside.lon - lon), abs(beside.lat - lat)) > 0.001:
        return Position(fault=Sentence("coordinate.two_places"))
    if (way := links.way_of(text)) and position.fault is None:
        (south, west), (north, east) = way
        if max(abs(south - north), abs(west - east)) <= NEAR_ENDS_DEGREES:
            position = placed(shapely.LineString([(west, south), (east, north)]), "chord", bounds)
        return _noted(position, (Sentence("coordinate.link_way"),), None)
    notes = (Sentence("coordinate.link_view"),) if what == "view" and position.lon is not None else ()
    return _noted(position, notes, None)
