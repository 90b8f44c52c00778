"""GeoJSON, parsed as JSON and built with shapely: no GDAL is needed, so none is given the chance."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geo import crs
from geo.errors import FileRefused, FormatUnknown
from geo.formats.contents import Contents, Features
from geo.formats.shapes import FARTHEST, Faulty
from geo.formats.text import decoded
from geo.tables import Cell, Limits

NAME = "geojson"
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def recognises(path: Path, head: bytes) -> bool:
    """Text that begins with a brace."""
    text = decoded(head, final=False)
    return text is not None and text.lstrip().startswith("{")


def read(path: Path, limits: Limits) -> Contents:
    """Features in EPSG:4326; a faulty geometry is a problem of its row, the row itself stays."""
    document = _parsed(path)
    listed = _features(document)
    epsg = _system(document)
    features = Features.empty()
    for feature in listed:
        add(features, feature, limits)
    features.finished(limits)
    if epsg != 4326:
        features.geometries = list(crs.to_wgs84(np.array(features.geometries, dtype=object), epsg))
    return Contents(NAME, features=features)


def add(features: Features, feature: dict[str, Any], limits: Limits) -> None:
    """One feature as one more row."""
    features.add(properties_of(feature), lambda: _shape(feature.get("geometry"), limits), limits)


def _parsed(path: Path) -> dict[str, Any]:
    text = decoded(path.read_bytes())
    try:
        document = json.loads(text or "")
    except RecursionError as cause:
        raise FileRefused("reading.too_deep") from cause
    except ValueError as cause:
        at = getattr(cause, "lineno", None)
        raise FileRefused("reading.broken_json", line=at) from cause
    if not isinstance(document, dict):
        raise FormatUnknown
    return document


def _features(document: dict[str, Any]) -> list[dict[str, Any]]:
    match document.get("type"):
        case "FeatureCollection" if isinstance(document.get("features"), list):
            return [one if isinstance(one, dict) else {} for one in document["features"]]
        case "Feature":
            return [document]
        case kind if kind in DEPTHS or kind == "GeometryCollection":
            return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise FormatUnknown("reading.not_geojson")


def _system(document: dict[str, Any]) -> int:
    """The old `crs` member is still written by QGIS: believed when it names a system that is accepted."""
    stated = document.get("crs")
    if not isinstance(stated, dict):
        return 4326
    properties = stated.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    epsg = crs.named(name) if isinstance(name, str) else None
    if epsg is None or not crs.accepted(epsg):
        raise FileRefused("reading.crs_not_accepted", name=str(name)[:80])
    return epsg


def properties_of(feature: dict[str, Any]) -> dict[str, Cell]:
    """The properties as cells, and the feature's own id where they name none."""
    given = feature.get("properties")
    values = {str(name): _cell(value) for name, value in given.items()} if isinstance(given, dict) else {}
    own = feature.get("id")
    if own is not None and not any(name.lower() in ("id", "pantau_id") for name in values):
        values["id"] = _cell(own)
    return values


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return str(value).upper()
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _shape(geometry: Any, limits: Limits) -> BaseGeometry | None:
    """A shapely geometry, None where the feature has none. Raises Faulty."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in (*DEPTHS, "GeometryCollection"):
        raise Faulty("geometry.unreadable")
    if geometry["type"] == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, list) or len(parts) > limits.vertices:
            raise Faulty("geometry.unreadable")
        if any(isinstance(part, dict) and part.get("type") == "GeometryCollection" for part in parts):
            raise Faulty("geometry.unreadable")
        return shapely.GeometryCollection([_shape(part, limits) for part in parts if part]) if parts else None
    coordinates = geometry.get("coordinates")
    if coordinates in (None, []):
        return None
    vertices = _checked(coordinates, DEPTHS[geometry["type"]], limits.vertices)
    if vertices > limits.vertices:
        raise Faulty("geometry.too_many_vertices", limit=limits.vertices)
    try:
        return shapely.geometry.shape(geometry)
    except (ShapelyError, ValueError, TypeError, IndexError, AttributeError) as cause:
        raise Faulty("geometry.unreadable") from cause


def _checked(coordinates: Any, depth: int, most: int) -> int:
    """How many vertices; raises Faulty unless all are finite numbers at the depth their type asks for."""
    if not isinstance(coordinates, list):
        raise Faulty("geometry.unreadable")
    if depth:
        count = 0
        for part in coordinates:
            count += _checked(part, depth - 1, most - count)
            if count > most:
                break  # a shape this large is refused whatever else it holds
        return count
    if not 2 <= len(coordinates) <= 4:
        raise Faulty("geometry.unreadable")
    for number in coordinates[:2]:
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise Faulty("geometry.not_finite")
        if abs(number) > FARTHEST:
            raise Faulty("geometry.not_finite")
    return 1
