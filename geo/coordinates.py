"""What people type into a coordinate cell -> lon, lat: how it was read, and what it might have meant.

A reading is never repaired in silence. Whatever had to be turned, flipped or guessed waits as a suggestion with the
repaired point; the position itself stays empty until a person agrees.
"""

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geo import crs
from geo.angles import AXIS_OF, Angle, Axis, Scan, scan
from geo.sentences import Sentence
from geo.tables import Suggestion


class Bounds(NamedTuple):
    """A box in degrees, as every bounds of ours: west, south, east, north."""

    west: float
    south: float
    east: float
    north: float

    def hold(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north


INDONESIA = Bounds(94.9, -11.2, 141.1, 6.3)
"""Where a repaired point must fall when nobody said more closely where the works are."""

WORLD = Bounds(-180, -90, 180, 90)


@dataclass(frozen=True, slots=True)
class Position:
    """A cell read: `lon, lat` are None while a fault stands or a suggestion waits.

    `how` is decimal | dms | wkt | link | odk; `geometry` is set where more than a point was given; `lon_first`
    tells that the numbers themselves showed longitude before latitude.
    """

    lon: float | None = None
    lat: float | None = None
    how: str = ""
    fault: Sentence | None = None
    suggestions: tuple[Suggestion, ...] = ()
    notes: tuple[Sentence, ...] = ()
    geometry: BaseGeometry | None = None
    accuracy_m: float | None = None
    lon_first: bool = False

    @property
    def suggestion(self) -> Suggestion | None:
        """The one repair that fits, None where none or several do."""
        return self.suggestions[0] if len(self.suggestions) == 1 else None


_WKT = re.compile(r"\s*(?:SRID=(\d{4,6});)?\s*((?:MULTI)?(?:POINT|LINESTRING|POLYGON))\b", re.IGNORECASE)
_LINK = re.compile(r"https?://|\bmaps?\.|goo\.gl", re.IGNORECASE)
_IN_LINK = (
    re.compile(r"!3d(-?\d+\.\d+)!4d(-?\d+\.\d+)"),
    re.compile(r"[?&](?:q|ll|query|center|destination|daddr|mlat)=(?:loc:)?(-?\d+\.\d+)(?:,|%2C|&mlon=)\+?(-?\d+\.\d+)"),
    re.compile(r"@(-?\d+\.\d+),(-?\d+\.\d+)"),
    re.compile(r"/(?:search|place|dir)/(-?\d+\.\d+),\+?(-?\d+\.\d+)"),
)
MOST_CHARACTERS = 20_000


def read(text: str, bounds: Bounds | None = None) -> Position:
    """A cell that holds both numbers, a WKT text or a map link.

    `bounds` is where the works are: a point outside is a fault, and a repair must fall inside. Without it any point
    on earth is taken, and repairs must fall in Indonesia.

    >>> read("8°13'09\\" LS, 114°22'09\\" BT").lat
    -8.219166666666666
    >>> read("114.369227 S 8.219233 E").suggestion.how
    'marks'
    """
    if _WKT.match(text):
        return _read_wkt(text[:MOST_CHARACTERS], bounds)
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
    if _WKT.match(text) or _LINK.search(text):
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
        return angles[:2], notes, round(angles[3].degrees, 2), "odk"  # latitude, longitude, height, accuracy
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
    signed_lat, signed_lon = _signed(lat), _signed(lon)
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


def _signed(angle: Angle) -> float:
    return -abs(angle.degrees) if angle.marked in ("S", "W") else angle.degrees


def _contradicting(first: Angle, second: Angle, bounds: Bounds | None) -> Position:
    """Marks, labels and signs that cannot all be true: the words are set aside, the sizes decide, a person agrees."""
    marks = {first.marked, second.marked}
    found: dict[tuple[float, float], Suggestion] = {}
    for lat, lon in ((first, second), (second, first)):
        if abs(lat.degrees) > 90 or abs(lon.degrees) > 180 or lat.faulty or lon.faulty:
            continue
        lat_size = -abs(lat.degrees) if "S" in marks else lat.degrees
        lon_size = -abs(lon.degrees) if "W" in marks else abs(lon.degrees) if "E" in marks else lon.degrees
        if (bounds or INDONESIA).hold(lon_size, lat_size):
            found[lon_size, lat_size] = _suggestion("marks", lon_size, lat_size)
    return Position(fault=Sentence("coordinate.contradicting"), suggestions=tuple(found.values()))


def suggested(lat: Angle, lon: Angle, bounds: Bounds | None) -> tuple[Suggestion, ...]:
    """Repairs with the fewest steps whose point falls inside `bounds`: swap, sign, decimal, or several of them."""
    area = bounds or INDONESIA
    found: dict[tuple[float, float], tuple[int, str]] = {}
    for swap, (north, east) in (("", (lat, lon)), ("swap", (lon, lat))):
        for lat_steps, lat_size in _variants(north, area.south, area.north):
            for lon_steps, lon_size in _variants(east, area.west, area.east):
                steps = [step for step in (swap, *lat_steps, *lon_steps) if step]
                point = (lon_size, lat_size)
                if steps and area.hold(*point) and (point not in found or len(steps) < found[point][0]):
                    found[point] = (len(steps), "+".join(dict.fromkeys(steps)))
    if not found:
        return ()
    fewest = min(count for count, _ in found.values())
    return tuple(_suggestion(how, *point) for point, (count, how) in found.items() if count == fewest)


def _variants(angle: Angle, least: float, most: float) -> list[tuple[tuple[str, ...], float]]:
    """The sizes an angle might have meant between `least` and `most`, each with the steps that lead there."""
    sizes: list[tuple[tuple[str, ...], float]] = []
    if not angle.faulty:
        sizes.append(((), _signed(angle)))
    if angle.bare and len(angle.digits) >= 4 and (angle.faulty or not abs(angle.degrees) <= 180):
        sign = -1 if angle.minus or angle.marked in ("S", "W") else 1
        for places in (1, 2, 3):
            sizes.append((("decimal",), sign * float(f"{angle.digits[:places]}.{angle.digits[places:]}")))
    flipped = [((*steps, "sign"), -size) for steps, size in sizes]
    return [(steps, size) for steps, size in (*sizes, *flipped) if least <= size <= most]


def _suggestion(how: str, lon: float, lat: float) -> Suggestion:
    name = how if "+" not in how else "several"
    lon, lat = round(float(lon), 9), round(float(lat), 9)
    return Suggestion(how, lon, lat, Sentence(f"suggestion.{name}", {"point": [lon, lat]}))


def _read_wkt(text: str, bounds: Bounds | None) -> Position:
    found = _WKT.match(text)
    epsg = int(found[1]) if found and found[1] else 4326
    try:
        shape = shapely.force_2d(shapely.from_wkt(text.split(";", 1)[-1] if found and found[1] else text))
        if not crs.accepted(epsg):
            return Position(fault=Sentence("coordinate.system_unknown", {"epsg": epsg}))
        shape = crs.to_wgs84([shape], epsg)[0]
    except (ShapelyError, ValueError):
        return Position(fault=Sentence("geometry.unreadable"))
    return placed(shape, "wkt", bounds)


def placed(shape: BaseGeometry, how: str, bounds: Bounds | None) -> Position:
    """A geometry in EPSG:4326 checked as a typed one is: finite, on earth, within `bounds`; swapped axes are offered
    as a suggestion with the turned point."""
    if shape.is_empty:
        return Position(fault=Sentence("geometry.empty"))
    west, south, east, north = shape.bounds
    if not all(map(math.isfinite, (west, south, east, north))):
        return Position(fault=Sentence("geometry.not_finite"))
    if max(abs(west), abs(east), abs(south), abs(north)) < 1e-6:
        return Position(fault=Sentence("coordinate.zero"))
    point = on(shape)
    lon, lat = point.x, point.y
    if not (WORLD.hold(west, south) and WORLD.hold(east, north)):
        return Position(fault=Sentence("coordinate.not_degrees"), suggestions=turned(lon, lat, bounds))
    if bounds and not bounds.hold(lon, lat):
        return Position(fault=Sentence("coordinate.outside", {"point": [lon, lat]}),
                        suggestions=turned(lon, lat, bounds))
    return Position(lon, lat, how, geometry=shape)


def on(shape: BaseGeometry) -> shapely.Point:
    """A point that lies on the geometry: itself, halfway along a line, inside an area."""
    match shape.geom_type:
        case "Point":
            return shape
        case "LineString":
            return shape.interpolate(0.5, normalized=True)
    return shape.representative_point()


def written(lon: float, lat: float) -> str:
    """A position as it is always written: latitude first, six decimals."""
    return f"{lat:.6f}, {lon:.6f}"


def turned(lon: float, lat: float, bounds: Bounds | None) -> tuple[Suggestion, ...]:
    """Repairs of a point that is known as numbers only: swap and sign."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return ()
    return suggested(Angle(lat, "", lat < 0), Angle(lon, "", lon < 0), bounds)


def _read_link(text: str, bounds: Bounds | None) -> Position:
    """The point a map link carries in itself; a short link carries none and is never followed."""
    for pattern in _IN_LINK:
        if found := pattern.search(text):
            lat, lon = float(found[1]), float(found[2])
            position = _assigned(Angle(lat, "", lat < 0), Angle(lon, "", lon < 0), bounds, "link")
            return position
    short = re.search(r"goo\.gl|app\.goo|bit\.ly|s\.id/|tinyurl", text, re.IGNORECASE)
    return Position(fault=Sentence("coordinate.short_link" if short else "coordinate.link_without_point"))


def point(lon: float, lat: float) -> shapely.Point:
    """A point in EPSG:4326."""
    return shapely.Point(lon, lat)
