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
from geo.errors import FileEmpty, FileRefused, FormatUnknown
from geo.formats.contents import Contents, Features
from geo.formats.text import decoded
from geo.sentences import Sentence
from geo.tables import Cell, Limits, Problem

NAME = "geojson"
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def recognises(path: Path, head: bytes) -> bool:
    """Text that begins with a brace."""
    text = decoded(head, final=False)
    return text is not None and text.lstrip().startswith("{")


def read(path: Path, limits: Limits) -> Contents:
    """Features in EPSG:4326; a faulty geometry is a problem of its row, the row itself stays."""
    document = _parsed(path)
    features = _features(document)
    if not features:
        raise FileEmpty
    if len(features) > limits.rows:
        raise FileRefused("reading.too_many_rows", limit=limits.rows)
    epsg = _system(document)
    found = Features(None, [], [], [])
    columns: dict[str, None] = {}
    for number, feature in enumerate(features, start=1):
        properties = _properties(feature)
        columns.update(dict.fromkeys(properties))
        if len(columns) > limits.columns:
            raise FileRefused("reading.too_many_columns", count=len(columns), limit=limits.columns)
        try:
            shape = _shape(feature.get("geometry"), limits)
        except _Faulty as fault:
            shape = None
            found.problems.append(Problem(number, None, None, fault.reason))
        found.properties.append(properties)
        found.geometries.append(shape)
    found.columns = list(columns)
    if epsg != 4326:
        found.geometries = list(crs.to_wgs84(np.array(found.geometries, dtype=object), epsg))
    return Contents(NAME, features=found)


class _Faulty(Exception):
    def __init__(self, message_id: str, **values: object) -> None:
        self.reason = Sentence(message_id, values)


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


def _properties(feature: dict[str, Any]) -> dict[str, Cell]:
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
    """A shapely geometry of two dimensions, None where the feature has none. Raises _Faulty."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in (*DEPTHS, "GeometryCollection"):
        raise _Faulty("geometry.unreadable")
    if geometry["type"] == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, list) or len(parts) > limits.vertices:
            raise _Faulty("geometry.unreadable")
        if any(isinstance(part, dict) and part.get("type") == "GeometryCollection" for part in parts):
            raise _Faulty("geometry.unreadable")
        return shapely.GeometryCollection([_shape(part, limits) for part in parts if part]) if parts else None
    coordinates = geometry.get("coordinates")
    if coordinates in (None, []):
        return None
    vertices = _checked(coordinates, DEPTHS[geometry["type"]], limits.vertices)
    if vertices > limits.vertices:
        raise _Faulty("geometry.too_many_vertices", count=vertices, limit=limits.vertices)
    try:
        shape = shapely.force_2d(shapely.geometry.shape(geometry))
    except (ShapelyError, ValueError, TypeError, IndexError, AttributeError) as cause:
        raise _Faulty("geometry.unreadable") from cause
    return None if shape.is_empty else shape


def _checked(coordinates: Any, depth: int, most: int) -> int:
    """How many vertices; raises _Faulty unless all are finite numbers at the depth their type asks for."""
    if not isinstance(coordinates, list):
        raise _Faulty("geometry.unreadable")
    if depth:
        count = 0
        for part in coordinates:
            count += _checked(part, depth - 1, most - count)
            if count > most:
                break  # a shape this large is refused whatever else it holds
        return count
    if not 2 <= len(coordinates) <= 4:
        raise _Faulty("geometry.unreadable")
    for number in coordinates[:2]:
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise _Faulty("geometry.not_finite")
        if abs(number) > 1e9:
            raise _Faulty("geometry.not_finite")
    return 1
