"""Where the rows of an upload stand, for the map beside its problems; in GeoJSON where a script draws it.

These queries are asked after the upload itself has been found by app/queries/uploads.py.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from geo import coordinates

MOST_VERTICES = 200
CELLS = 40
"""Where more rows stand than are drawn one by one, the others are counted on a grid so many cells wide."""
_WAITING = "jsonb_path_exists(problems, '$[*].suggestion ? (@ != null)')"
_STATE = f"""CASE WHEN good AND problems = '[]' THEN 'ready' WHEN good THEN 'noted'
              WHEN {_WAITING} THEN 'waiting' ELSE 'faulty' END"""


class Place(NamedTuple):
    """Where a row stands, for the map beside the problems."""

    position: int
    number: int
    good: bool
    noted: bool
    geometry: BaseGeometry


def places(connection: Connection, upload_id: UUID, limit: int) -> list[Place]:
    """Where the rows stand: those with problems first, then evenly from the others."""
    return [Place(row.position, row.number, row.good, row.noted, shapely.from_wkb(bytes(row.wkb)))
            for row in connection.execute(
                """
                SELECT position, number, good, problems <> '[]' AS noted, ST_AsBinary(geom) AS wkb
                  FROM upload_row WHERE upload_id = %s AND geom IS NOT NULL
                 ORDER BY problems = '[]', hashint4(position) LIMIT %s
                """, [upload_id, limit])]


def borders(connection: Connection, upload_id: UUID, limit: int = 60) -> tuple[list[BaseGeometry], bool]:
    """The villages that the rows belong to, coarse enough for a small map, and whether any border is approximate."""
    found = connection.execute(
        """
        SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, 0.0001)) AS wkb, approximate FROM region
         WHERE level = 'village' AND geom IS NOT NULL AND id = ANY (ARRAY(
                 SELECT DISTINCT (facts->>'region_id')::integer FROM upload_row WHERE upload_id = %s))
         ORDER BY id LIMIT %s
        """, [upload_id, limit]).fetchall()
    return [shapely.from_wkb(bytes(row.wkb)) for row in found], any(row.approximate for row in found)


class Drawn(NamedTuple):
    """GeoJSON features of rows, one by one and then in crowds; `shown` of `total` rows that have any place."""

    features: list[dict]
    shown: int
    total: int


def features(connection: Connection, upload_id: UUID, most: int, numbers: Sequence[int] | None = None) -> Drawn:
    """The rows that have a place or a suggested one, those with something to say first; at most `most` one by one.

    `numbers` narrows them to these rows. Properties: row, state (ready | noted | waiting | faulty), name, `to` and
    `from` (lon, lat) of a suggestion and of what was typed; of a crowd how many `rows` it stands for.
    """
    found = connection.execute(
        f"""
        SELECT number, {_STATE} AS state, left(facts->>'name', 120) AS name, problems,
               ST_AsBinary(CASE WHEN ST_NPoints(geom) > %(vertices)s THEN ST_PointOnSurface(geom) ELSE geom END) AS wkb,
               count(*) OVER () AS total
          FROM upload_row
         WHERE upload_id = %(id)s AND (geom IS NOT NULL OR {_WAITING})
           AND (%(numbers)s::int[] IS NULL OR number = ANY (%(numbers)s))
         ORDER BY problems = '[]', good, hashint4(position) LIMIT %(most)s
        """, {"id": upload_id, "most": most, "vertices": MOST_VERTICES,  # noqa: S608  this module's own text
              "numbers": None if numbers is None else list(numbers)}).fetchall()
    total = found[0].total if found else 0
    drawn = [one for row in found for one in [_feature(row)] if one]
    if total > len(found) and numbers is None:
        drawn += _crowds(connection, upload_id, [row.number for row in found])
    return Drawn(drawn, len(found), total)


def _feature(row: tuple) -> dict | None:
    said = {"row": row.number, "state": row.state, "name": row.name}
    offer = next((one for one in row.problems if one.get("suggestion")), None)
    shape = None if row.wkb is None else shapely.from_wkb(bytes(row.wkb))
    if offer and (shape is None or row.state == "waiting"):
        said["to"] = [round(offer["suggestion"]["lon"], 7), round(offer["suggestion"]["lat"], 7)]
        said["from"] = typed_point(offer)
        shape = shapely.Point(said["to"])
    if shape is None:
        return None
    shape = shapely.set_precision(shape, 1e-7, mode="pointwise")
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": said}


def typed_point(problem: Mapping) -> list[float] | None:
    """Where a place lies if it is taken as it was typed, lon and lat; None where that is nowhere on earth, or no
    other place than the suggested one."""
    position = coordinates.read(problem["text"] or "")
    offer = problem["suggestion"]
    lon, lat = position.lon, position.lat
    if lon is None or (abs(lon - offer["lon"]) < 1e-6 and abs(lat - offer["lat"]) < 1e-6):
        return None
    return [round(lon, 7), round(lat, 7)]


def _crowds(connection: Connection, upload_id: UUID, without: Sequence[int]) -> list[dict]:
    return [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [round(row.lon, 7), round(row.lat, 7)]},
             "properties": {"rows": row.rows}}
            for row in connection.execute(
                """
                WITH other AS (
                  SELECT ST_Centroid(ST_Envelope(geom)) AS at FROM upload_row
                   WHERE upload_id = %(id)s AND geom IS NOT NULL AND number <> ALL (%(without)s)),
                     grid AS (
                  SELECT greatest((max(ST_X(at)) - min(ST_X(at))), (max(ST_Y(at)) - min(ST_Y(at))), 1e-4) / %(cells)s
                         AS step FROM other)
                SELECT count(*) AS rows, avg(ST_X(at)) AS lon, avg(ST_Y(at)) AS lat FROM other, grid
                 GROUP BY floor(ST_X(at) / step), floor(ST_Y(at) / step)
                """, {"id": upload_id, "without": list(without), "cells": CELLS})]


def bounds(connection: Connection, upload_id: UUID, numbers: Sequence[int] | None = None) -> tuple | None:
    """West, south, east, north of nine tenths of the rows, so that one stray point does not make the map a speck."""
    row = connection.execute(
        f"""
        WITH at AS (
          SELECT ST_Centroid(ST_Envelope(geom)) AS place FROM upload_row
           WHERE upload_id = %(id)s AND geom IS NOT NULL AND (%(numbers)s::int[] IS NULL OR number = ANY (%(numbers)s))
          UNION ALL
          SELECT ST_Point((p->'suggestion'->>'lon')::float8, (p->'suggestion'->>'lat')::float8, 4326)
            FROM upload_row, jsonb_array_elements(problems) AS p
           WHERE upload_id = %(id)s AND {_WAITING} AND p->'suggestion' <> 'null'
             AND (%(numbers)s::int[] IS NULL OR number = ANY (%(numbers)s)))
        SELECT percentile_cont(ARRAY[0.02, 0.98]) WITHIN GROUP (ORDER BY ST_X(place)) AS x,
               percentile_cont(ARRAY[0.02, 0.98]) WITHIN GROUP (ORDER BY ST_Y(place)) AS y FROM at
        """, {"id": upload_id, "numbers": None if numbers is None else list(numbers)}).fetchone()  # noqa: S608
    if row.x is None:
        return None
    (west, east), (south, north) = row.x, row.y
    wide, high = max((east - west) * 0.08, 0.002), max((north - south) * 0.08, 0.002)
    return west - wide, south - high, east + wide, north + high
