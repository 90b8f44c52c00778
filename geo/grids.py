"""Coordinates in metres: UTM with its zone, TM-3 of the land agency, MGRS, and plus codes.

"49S" means zone 49 south of the equator, as Indonesians write it, and never the MGRS band S, which lies in China.
Metres without a zone are never placed in silence: the zones whose point falls where the works are wait as suggestions.
"""

import re
from collections.abc import Iterable

import shapely

from geo import crs
from geo.positions import INDONESIA, Bounds, Position, faulted
from geo.repairs import suggestion
from geo.sentences import Sentence

_ZONE = re.compile(r"(?<![\d.,])(?:(?:zona|zone|utm)\W{0,3})?(4[6-9]|5[0-4])\s?°?\s?([C-HJ-NP-X]|LS|LU)?(?![\w.,°'\"])",
                   re.IGNORECASE)
_TM3 = re.compile(r"(?<![\d.,])(4[6-9]|5[0-4])\.([12])(?![\d.,])")
_METRES = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,]\d{3}){1,2}(?:[.,]\d{1,3})?(?![\d.,]*\d)"
                     r"|(?<![\d.,])\d{5,8}(?:[.,]\d{1,4})?(?!\d)")
_THREE = re.compile(r"\d{1,3}[.,]\d{3}")
"""650.000 may be metres with a thousands mark, but 114.265 are degrees with three decimals."""
_NORTHING = re.compile(r"^\W*(?:m\s?)?(?:[yun]|north(?:ing)?|utara|mu|mn)\b", re.IGNORECASE)
SOUTH = frozenset("CDEFGHJKLMS")
ZONES = range(46, 55)
ZONE_DEGREES = 6.0
LEAST_EAST_M, MOST_EAST_M = 100_000, 1_000_000
TM3_FIRST = 23830
BEYOND_ZONE = 1.6
"""Degrees that an easting may reach beyond its zone: offices keep one zone for a regency that lies in two."""


def read(text: str, bounds: Bounds | None = None, stated: str = "") -> Position | None:
    """Easting and northing in one text; `stated` is where else a zone may stand (a heading, another column). None
    where the text holds no such pair."""
    pair = _pair(text)
    if pair is None:
        return None
    return placed(*pair, bounds, _without_metres(text), stated)


def _without_metres(text: str) -> str:
    return _METRES.sub(" ; ", text)


def _pair(text: str) -> tuple[float, float] | None:
    """The two numbers in metres, easting first as far as their size or their words tell."""
    if len(text) > 200 or re.search(r"[°'\"]|(?<!\w)-\s?\d", text):
        return None
    found = [match for match in _METRES.finditer(text) if (metres(match[0]) or 0) >= 10_000]
    if len(found) != 2 or len(re.findall(r"\d+", _without_metres(text))) > 4:
        return None
    first, second = (metres(match[0]) or 0.0 for match in found)
    (start, end), second_start = found[0].span(), found[1].start()
    if any(_THREE.fullmatch(match[0]) for match in found) and max(first, second) < 1_000_000:
        return None
    if first >= 1_000_000 > second:
        return second, first
    if second >= 1_000_000 > first:
        return first, second
    before, behind = text[:start][-12:], text[end:second_start]
    if re.search(r"(?:\b[yun]|north(?:ing)?|utara)\W*$", before, re.IGNORECASE) or (
            not re.search(r"[a-z]\W*$", before, re.IGNORECASE) and _NORTHING.match(behind)
            and not re.search(r"\b[yun]\W*$", behind, re.IGNORECASE)):
        return second, first
    return first, second


def metres(text: str) -> float | None:
    """A number of metres with thousands marks in either way: 9.090.000,5 and 9,090,000.5; None for other text."""
    marks = re.findall(r"[.,]", text)
    parts = re.split(r"[.,]", text)
    if not all(part.isdigit() for part in parts):
        return None
    if not marks:
        return float(text)
    thousands = all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3 and len(set(marks)) == 1
    if thousands:
        return float("".join(parts))
    if len(marks) > 1 and (len(set(marks[:-1])) != 1 or marks[-1] == marks[0] or not all(
            len(part) == 3 for part in parts[1:-1])):
        return None
    return float(f"{''.join(parts[:-1])}.{parts[-1]}")


def are_metres(east: float, north: float) -> bool:
    """Whether two sizes can be an easting and a northing of UTM or TM-3 within Indonesia, in this order."""
    return (LEAST_EAST_M <= east <= MOST_EAST_M or 20_000 <= east <= 400_000) and (
        8_700_000 <= north <= 10_000_000 or 0 <= north <= 2_300_000)


def placed(east: float, north: float, bounds: Bounds | None, *stated: str) -> Position | None:
    """A point from metres, by the zone that one of the texts states; without it the zones that fit are offered.

    None where the numbers are no such metres.
    """
    if not are_metres(east, north):
        return None
    for text in stated:
        if found := _TM3.search(text):
            return _within(east, north, TM3_FIRST + 2 * int(found[1]) + int(found[2]) - 94, "tm3", bounds)
        if found := _ZONE.search(text):
            return _of_zone(east, north, int(found[1]), (found[2] or "").upper(), bounds)
    return _offered(east, north, bounds)


def _of_zone(east: float, north: float, zone: int, letter: str, bounds: Bounds | None) -> Position:
    south = letter in SOUTH or letter == "LS" if letter else north > 1_000_000
    if not south and north > 1_000_000:
        return faulted("coordinate.zone_contradicting", zone=f"{zone}{letter}")
    return _within(east, north, (32700 if south else 32600) + zone, "utm", bounds, zone)


def _within(east: float, north: float, epsg: int, how: str, bounds: Bounds | None, zone: int | None = None) -> Position:
    lon, lat = _degrees(east, north, epsg)
    if zone is not None and abs(lon - (6 * zone - 183)) > 3 + BEYOND_ZONE:
        return faulted("coordinate.zone_contradicting", zone=str(zone))
    if bounds and not bounds.hold(lon, lat):
        offers = _offered(east, north, bounds).suggestions
        return Position(fault=Sentence("coordinate.outside", {"point": [lon, lat]}), suggestions=offers)
    return Position(lon, lat, how)


def _degrees(east: float, north: float, epsg: int) -> tuple[float, float]:
    [place] = crs.to_wgs84([shapely.Point(east, north)], epsg)
    return round(place.x, 9), round(place.y, 9)


def _offered(east: float, north: float, bounds: Bounds | None) -> Position:
    """Every zone in which the point falls where the works are: UTM, or TM-3 where no UTM zone fits."""
    area = bounds or INDONESIA
    utm = [(32700 + zone if north > 1_000_000 else 32600 + zone, 6 * zone - 183) for zone in ZONES]
    tm3 = [(TM3_FIRST + k, 94.5 + 3 * k) for k in range(16)]
    for how, reason, systems, half in (("utm", "coordinate.metres", utm, 3 + BEYOND_ZONE / 2),
                                       ("tm3", "coordinate.metres_tm3", tm3, 1.6)):
        offers = tuple(suggestion(how, *point) for point in _fitting(east, north, systems, half, area))
        if offers and (bounds or how == "utm"):
            return Position(fault=Sentence(reason), suggestions=offers)
    return faulted("coordinate.metres")


def _fitting(east: float, north: float, systems: Iterable[tuple[int, float]], half: float,
             area: Bounds) -> list[tuple[float, float]]:
    points = ((*_degrees(east, north, epsg), middle) for epsg, middle in systems)
    return [(lon, lat) for lon, lat, middle in points if abs(lon - middle) <= half and area.hold(lon, lat)]


_MGRS = re.compile(r"\s*(\d{1,2})\s?([C-HJ-NP-X])\s?([A-HJ-NP-Z])([A-HJ-NP-V])\s?(\d{1,5})\s(\d{1,5})\s*"
                   r"|\s*(\d{1,2})([C-HJ-NP-X])\s?([A-HJ-NP-Z])([A-HJ-NP-V])\s?(\d{4,10})\s*", re.IGNORECASE)
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_COLUMNS = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")


def read_mgrs(text: str) -> tuple[float, float] | None:
    """lon, lat of the corner that an MGRS text names, None for any other text."""
    found = _MGRS.fullmatch(text)
    if not found:
        return None
    zone_text, band, column, row = (part.upper() for part in found.groups()[:4] if part) if found[1] else (
        part.upper() for part in found.groups()[6:10])
    digits = (found[5], found[6]) if found[1] else (found[11][: len(found[11]) // 2], found[11][len(found[11]) // 2:])
    zone = int(zone_text)
    columns = _COLUMNS[zone % 3]
    if len(digits[0]) != len(digits[1]) or not 1 <= zone <= 60 or column not in columns:
        return None
    step = 10.0 ** (5 - len(digits[0]))
    east = (columns.index(column) + 1) * 100_000 + int(digits[0]) * step
    north = (_ROWS.index(row) - (5 if zone % 2 == 0 else 0)) % 20 * 100_000 + int(digits[1]) * step
    south = band < "N"
    least = (8 * _BANDS.index(band) - 80) * 110_600.0 + (10_000_000 if south else 0)
    while north < least - 100_000:
        north += 2_000_000
    epsg = (32700 if south else 32600) + zone
    return _degrees(east, north, epsg) if crs.accepted(epsg) else None


_PLUS = re.compile(r"\b([23456789CFGHJMPQRVWX]{4,8})\+([23456789CFGHJMPQRVWX]{2,3})?(?![\w+])", re.IGNORECASE)
_PLUS_DIGITS = "23456789CFGHJMPQRVWX"


def read_plus(text: str, bounds: Bounds | None) -> Position | None:
    """A full plus code gives the middle of its cell; a short one needs the town it is short for, which needs a map."""
    found = _PLUS.search(text)
    if not found or not re.search(r"\d", found[1]) or (len(found[1]) < 8 and len(found[2] or "") < 2):
        return None
    if len(found[1]) < 8:
        return faulted("coordinate.plus_short", text=found[0].upper()) if len(found[1]) % 2 == 0 else None
    code = found[1].upper() + (found[2] or "").upper()
    lat, lon, size = -90.0, -180.0, 400.0
    for place in range(0, min(len(code), 10) - 1, 2):
        size /= 20
        lat += _PLUS_DIGITS.index(code[place]) * size
        lon += _PLUS_DIGITS.index(code[place + 1]) * size
    high, wide = size, size
    if len(code) == 11:
        high, wide = size / 5, size / 4
        row, column = divmod(_PLUS_DIGITS.index(code[10]), 4)
        lat, lon = lat + row * high, lon + column * wide
    lon, lat = round(lon + wide / 2, 9), round(lat + high / 2, 9)
    if bounds and not bounds.hold(lon, lat):
        return faulted("coordinate.outside", point=[lon, lat])
    return Position(lon, lat, "plus")
