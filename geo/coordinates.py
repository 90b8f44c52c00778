"""What people type into a coordinate cell -> lon, lat: how it was read, and what it might have meant.

A reading is never repaired in silence. Whatever had to be turned, flipped or guessed waits as a suggestion with the
repaired point; the position itself stays empty until a person agrees.
"""

import re

from geo import repairs, shapes
from geo.angles import AXIS_OF, Angle, Axis, Scan, scan
from geo.positions import INDONESIA, WORLD, Bounds, Position, on, point, written
from geo.repairs import signed, suggested, turned
from geo.sentences import Sentence
from geo.shapes import placed

__all__ = ["INDONESIA", "WORLD", "Bounds", "Position", "looks_like_one", "on", "placed", "point", "read", "read_axes",
           "turned", "written"]

_LINK = re.compile(r"https?://|\bmaps?\.|goo\.gl", re.IGNORECASE)
_IN_LINK = (
    re.compile(r"!3d(-?\d+\.\d+)!4d(-?\d+\.\d+)"),
    re.compile(r"[?&](?:q|ll|query|center|destination|daddr|mlat)=(?:loc:)?(-?\d+\.\d+)(?:,|%2C|&mlon=)\+?(-?\d+\.\d+)"),
    re.compile(r"@(-?\d+\.\d+),(-?\d+\.\d+)"),
    re.compile(r"/(?:search|place|dir)/(-?\d+\.\d+),\+?(-?\d+\.\d+)"),
)


def read(text: str, bounds: Bounds | None = None) -> Position:
    """A cell that holds both numbers, a WKT text or a map link.

    `bounds` is where the works are: a point outside is a fault, and a repair must fall inside. Without it any point
    on earth is taken, and repairs must fall in Indonesia.

    >>> read("8°13'09\\" LS, 114°22'09\\" BT").lat
    -8.219166666666666
    >>> read("114.369227 S 8.219233 E").suggestion.how
    'marks'
    """
    if shape := shapes.read(text, bounds):
        return shape
    if _LINK.search(text):
        return _read_link(text[:2000], bounds)
    found = scan(text)
    angles, notes, accuracy_m, how = _chosen(found)
    if len(angles) != 2:
        reason = "coordinate.no_number" if not angles else "coordinate.one_number" if len(angles) == 1 else (
            "coordinate.two_places" if _two_places(angles) else "coordinate.many_numbers")
        return Position(fault=Sentence(reason), notes=notes)
    read_ = _pair(angles[0], angles[1], bounds, how)
    return _noted(read_, notes, accuracy_m)


def read_axes(lat_text: str, lon_text: str, bounds: Bounds | None = None) -> Position:
    """Latitude and longitude from cells of their own, each perhaps with marks of its own.

    >>> position = read_axes("-8,219233", "114,369227")
    >>> position.lon, position.lat
    (114.369227, -8.219233)
    """
    if _PLAIN.fullmatch(lat_text) and _PLAIN.fullmatch(lon_text):
        return _assigned(_plain(lat_text), _plain(lon_text), bounds, "decimal", named=True)
    lats, lons = scan(lat_text), scan(lon_text)
    if len(lats.angles) == 2 and not lons.angles:
        return read(lat_text, bounds)
    if len(lons.angles) == 2 and (not lats.angles or lat_text == lon_text):
        return read(lon_text, bounds)
    notes = tuple(Sentence("coordinate.remark", {"text": one}) for one in (*lats.remarks, *lons.remarks))
    for found, missing in ((lats, "coordinate.lat_missing"), (lons, "coordinate.lon_missing")):
        if len(found.angles) != 1:
            text = lat_text if found is lats else lon_text
            reason = missing if not text.strip() else "coordinate.axis_unreadable"
            return Position(fault=Sentence(reason), notes=notes)
    lat, lon = lats.angles[0], lons.angles[0]
    return _noted(_assigned(lat, lon, bounds, how=_how(lat, lon), named=True), notes, None)


_PLAIN = re.compile(r"-?\d{1,3}\.\d+")


def _plain(text: str) -> Angle:
    return Angle(float(text), text.lstrip("-").replace(".", "")[:30], text.startswith("-"), fraction=True)


def looks_like_one(text: str) -> bool:
    """Whether a cell holds something that is worth reading as a coordinate: for recognising columns."""
    if shapes.is_one(text) or _LINK.search(text):
        return True
    if len(text) > 160 or not re.search(r"\d", text):
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
    how = _how(*angles[:2])
    if _two_places(angles):
        return angles, notes, None, how
    if len(angles) == 4 and all(angle.bare and not angle.marked and not angle.label for angle in angles) \
            and angles[0].fraction and angles[1].fraction and not found.strange_words and angles[3].degrees >= 0:
        return angles[:2], notes, round(angles[3].degrees, 2) or None, "odk"  # latitude, longitude, height, accuracy
    if len(angles) > 2:
        telling = tuple(angle for angle in angles
                        if not angle.bare or angle.fraction or angle.marked or angle.label)
        if len(telling) == 2:
            notes = (*notes, Sentence("coordinate.numbers_left_aside"))
            return telling, notes, None, _how(*telling)
    return angles, notes, None, how


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
        if min(abs(signed_lat), abs(signed_lon)) > 10_000 and not faulty:
            return Position(fault=Sentence("coordinate.metres"))
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
    return Position(fault=Sentence("coordinate.contradicting"),
                    suggestions=repairs.without_words(first, second, bounds))


def _read_link(text: str, bounds: Bounds | None) -> Position:
    """The point a map link carries in itself; a short link carries none and is never followed."""
    for pattern in _IN_LINK:
        if found := pattern.search(text):
            lat, lon = float(found[1]), float(found[2])
            position = _assigned(Angle(lat, "", lat < 0), Angle(lon, "", lon < 0), bounds, "link")
            return position
    short = re.search(r"goo\.gl|app\.goo|bit\.ly|s\.id/|tinyurl", text, re.IGNORECASE)
    return Position(fault=Sentence("coordinate.short_link" if short else "coordinate.link_without_point"))
