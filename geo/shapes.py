"""Cells that hold a geometry in a notation of machines: WKT, EWKT, WKB in hex, GeoJSON, and the traces of ODK."""

import json
import math
import re
from collections.abc import Sequence

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geo import crs, grids, repairs
from geo.positions import WORLD, Bounds, Position, faulted, is_nowhere, on
from geo.sentences import Sentence
from geo.tables import LIMITS, Suggestion

KINDS = frozenset({"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"})
_WKT = re.compile(r"\s*(?:SRID=(\d{4,6});)?\s*((?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\b",
                  re.IGNORECASE)
_WKB = re.compile(r"\s*0[01](?:[0-9A-Fa-f]{2}){20,}\s*")
_GEOJSON = re.compile(r'\s*\{[^{}]{0,2000}"(?:type|geometry|coordinates|features)"\s*:')
_DECIMAL = re.compile(r"-?\d{1,3}[.,]\d+")
_NUMBER = re.compile(r"-?\d{1,6}(?:[.,]\d+)?")


def read(text: str, bounds: Bounds | None = None) -> Position | None:
    """The geometry that a cell holds, None where the cell is written in no notation of machines."""
    if found := _WKT.match(text):
        epsg = int(found[1]) if found[1] else 4326
        return _of_text(lambda: shapely.from_wkt(text.split(";", 1)[-1] if found[1] else text), epsg, "wkt", bounds)
    if _WKB.fullmatch(text):
        return _read_wkb(text.strip(), bounds)
    if _GEOJSON.match(text):
        return _of_text(lambda: _of_json(text), 4326, "geojson", bounds)
    return _read_trace(text, bounds)


def is_one(text: str) -> bool:
    """Whether a cell begins as one of these notations does."""
    return bool(_WKT.match(text) or _GEOJSON.match(text) or _WKB.fullmatch(text) or _trace(text))


def _of_text(parse, epsg: int, how: str, bounds: Bounds | None) -> Position:
    if not crs.accepted(epsg):
        return faulted("coordinate.system_unknown", epsg=epsg)
    try:
        shape = parse()
        if shape is None or not _parts(shape) or any(part.geom_type not in KINDS for part in _parts(shape)):
            return faulted("geometry.unreadable")
        return placed(crs.to_wgs84([shapely.force_2d(shape)], epsg)[0], how, bounds)
    except (ShapelyError, ValueError, KeyError, TypeError, RecursionError):
        return faulted("geometry.unreadable")


def _parts(shape: BaseGeometry) -> Sequence[BaseGeometry]:
    """Those of a mixture, which are no mixtures themselves; else the geometry."""
    return shape.geoms if isinstance(shape, shapely.GeometryCollection) else [shape]


def _read_wkb(text: str, bounds: Bounds | None) -> Position:
    try:
        shape = shapely.from_wkb(text)
    except (ShapelyError, ValueError):
        return faulted("geometry.unreadable")
    return _of_text(lambda: shape, int(shapely.get_srid(shape)) or 4326, "wkb", bounds)


def _of_json(text: str) -> BaseGeometry | None:
    """A geometry, the geometry of a feature, or of the only feature of a collection."""
    held = json.loads(text)
    if held.get("type") == "FeatureCollection" and len(held["features"]) == 1:
        held = held["features"][0]
    if held.get("type") == "Feature":
        held = held["geometry"]
    return shapely.from_geojson(json.dumps(held, allow_nan=False))


def _trace(text: str) -> list[list[str]] | None:
    """`lat lon alt acc; lat lon alt acc; …` as ODK writes a geopoint, geotrace or geoshape; None for other text."""
    if ";" not in text:
        return None
    parts = [part.split() for part in text.split(";") if part.strip()]
    if not parts or not all(
            len(part) in (3, 4) and _DECIMAL.fullmatch(part[0]) and _DECIMAL.fullmatch(part[1])
            and all(_NUMBER.fullmatch(one) for one in part[2:]) for part in parts):
        return None
    return parts


def _read_trace(text: str, bounds: Bounds | None) -> Position | None:
    """A point, a line, or an area where the last vertex is the first again; the worst accuracy speaks for all."""
    parts = _trace(text)
    if parts is None:
        return None
    if len(parts) > LIMITS.vertices:
        return faulted("geometry.too_many_vertices", limit=LIMITS.vertices)
    numbers = [[float(one.replace(",", ".")) for one in part] for part in parts]
    path = [(lon, lat) for lat, lon, *_ in numbers]
    path = [vertex for place, vertex in enumerate(path) if place == 0 or vertex != path[place - 1]]
    shape = (shapely.Point(path[0]) if len(path) == 1 else
             shapely.Polygon(path) if len(path) > 3 and path[0] == path[-1] else shapely.LineString(path))
    position = placed(shape, "odk", bounds)
    accuracies = [part[3] for part in numbers if len(part) == 4 and part[3] > 0]
    if position.fault or not accuracies:
        return position
    return Position(position.lon, position.lat, "odk", notes=position.notes, geometry=shape,
                    accuracy_m=round(max(accuracies), 2))


def placed(shape: BaseGeometry, how: str, bounds: Bounds | None) -> Position:
    """A geometry in EPSG:4326 checked as a typed one is: finite, on earth, within `bounds`; swapped axes are offered
    as a suggestion with the turned point."""
    if shape.is_empty:
        return faulted("geometry.empty")
    if shapely.get_num_coordinates(shape) > LIMITS.vertices:
        return faulted("geometry.too_many_vertices", limit=LIMITS.vertices)
    west, south, east, north = shape.bounds
    if not all(map(math.isfinite, (west, south, east, north))):
        return faulted("geometry.not_finite")
    if is_nowhere(west, south) and is_nowhere(east, north):
        return faulted("coordinate.zero")
    place = on(shape)
    lon, lat = place.x, place.y
    if not (WORLD.hold(west, south) and WORLD.hold(east, north)):
        offers = repairs.turned(lon, lat, bounds)
        metres = None if offers else grids.placed(lon, lat, bounds) or grids.placed(lat, lon, bounds)
        return Position(fault=Sentence("coordinate.not_degrees"), suggestions=metres.suggestions if metres else offers)
    if bounds and not bounds.hold(lon, lat):
        return Position(fault=Sentence("coordinate.outside", {"point": [lon, lat]}),
                        suggestions=(*repairs.turned(lon, lat, bounds), *_in_next_zone(lon, lat, bounds, how)))
    return Position(lon, lat, how, geometry=shape)


def _in_next_zone(lon: float, lat: float, bounds: Bounds, how: str) -> tuple[Suggestion, ...]:
    """A file in metres with the wrong zone stands beside its place by exactly the width of one: six degrees."""
    return tuple(repairs.suggestion("utm", lon + shift, lat) for shift in (-grids.ZONE_DEGREES, grids.ZONE_DEGREES)
                 if how == "file" and bounds.hold(lon + shift, lat))
