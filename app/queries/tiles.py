"""Vector tiles from PostGIS: works one by one near the ground, gathered from afar, and regions with their names.

As the person who asks: row-level security decides what is in a tile, and the queries spell the same predicate.
Every query spells `geom && box`, the only test an index answers under row-level security.
"""

import math
from typing import NamedTuple

from psycopg.sql import SQL

from app.db import Connection
from app.queries.filters import LOOK_AT, SETTLED, Filter

LAST_ZOOM = 18
EXACT_ZOOM = 11
SHAPE_ZOOM = 13
CELLS = 8  # a tile seen from afar has so many cells across, 64 pixels each
EXTENT, MARGIN = 4096, 128
NAMES_FROM = {"regency": 5, "district": 9, "village": 11}
BORDERS_FROM = {"regency": 0, "district": 7, "village": 9}

READABLE = """((NOT s.draft AND (SELECT current_person()) IS NOT NULL)
              OR s.region_id = ANY ((SELECT own_regions())::int[]))"""
"""The policy of sites once more, in the query: each layer alone is enough."""

COUNTS = """
    s.superseded_at IS NULL
    AND NOT EXISTS (SELECT FROM site better
                     WHERE better.project_id = s.project_id AND better.superseded_at IS NULL
                       AND array_position(ARRAY['visited', 'claimed', 'planned'], better.role)
                           < array_position(ARRAY['visited', 'claimed', 'planned'], s.role))
"""
"""Of a site `s` of a work `p`: it is current, and no site of the work tells more about where it really stands."""

FLAG = f"""
    CROSS JOIN LATERAL (SELECT {SETTLED} AS verdict) AS standing
    CROSS JOIN LATERAL (
      SELECT CASE WHEN standing.verdict IN {LOOK_AT} THEN 2
                  WHEN x.to_look_at AND coalesce(standing.verdict, 'withdrawn') IN ('withdrawn', 'needs_visit') THEN 1
                  ELSE 0 END AS flag) AS judged
"""
"""Joins that give `judged.flag` to a pair `x`: 0 settled, 1 waits for a verdict, 2 confirmed by a person."""

FLAGGED = f"""
    SELECT side.project, max(judged.flag) AS flag
      FROM pair x {FLAG} CROSS JOIN LATERAL (VALUES (x.left_project), (x.right_project)) AS side (project)
     WHERE x.retired_at IS NULL AND (x.to_look_at OR x.id IN (SELECT pair_id FROM verdict)) AND judged.flag > 0
     GROUP BY side.project
"""  # noqa: S608
"""Every flagged work that the person may know of: `project, flag`."""


class Tile(NamedTuple):
    """A square of the world in web mercator; `x` counts from the west, `y` from the north."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        return 0 <= self.z <= LAST_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:4326, with the margin within which a neighbour's symbols reach over."""
        over, across = MARGIN / EXTENT, 2.0**self.z
        south, north = (_latitude(self.y + 1 + over, across), _latitude(self.y - over, across))
        return (self.x - over) / across * 360 - 180, south, (self.x + 1 + over) / across * 360 - 180, north

    @property
    def values(self) -> dict[str, float]:
        west, south, east, north = self.box
        return {"z": self.z, "x": self.x, "y": self.y, "west": west, "south": south, "east": east, "north": north,
                "extent": EXTENT, "margin": MARGIN}


def _latitude(y: float, across: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / across))))


BOX = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"


def version(connection: Connection) -> str:
    """What a tile of this person depends on: it changes with every edit and with every grant."""
    version, regions = connection.execute("SELECT data_version(), md5(own_regions()::text)").fetchone()
    return f"{version}-{regions[:12]}"


def works(connection: Connection, tile: Tile, chosen: Filter) -> bytes:
    """The works of one tile, as layers `works` and `pairs` from EXACT_ZOOM on, else gathered as `crowds`."""
    condition, values = chosen.sql()
    query = SQL(_EXACT if tile.z >= EXACT_ZOOM else _CROWDS).format(where=condition)
    content = bytes(connection.execute(query, tile.values | values | {"cells": CELLS}).fetchone()[0])
    return content and content + bytes(connection.execute(_NOTE, tile.values).fetchone()[0])


# A tile of invented works says so itself, wherever it is taken: as the name of a layer of its own.
_NOTE = """
    SELECT coalesce(ST_AsMVT(note, 'DATA CONTOH, bukan kegiatan nyata', %(extent)s, 'geom'), '')
      FROM (SELECT ST_AsMVTGeom(ST_Centroid(ST_TileEnvelope(%(z)s, %(x)s, %(y)s)),
                                ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s) AS geom
              FROM installation WHERE demonstration) AS note
"""

_EXACT = f"""
    WITH seen AS MATERIALIZED (
      SELECT s.id AS site, s.geom, p.id, p.name, p.category, p.fund, p.stage, p.year
        FROM site s JOIN project p ON p.id = s.project_id
       WHERE s.geom && {BOX} AND {READABLE} AND {COUNTS} AND {{where}}),
    near AS (
      SELECT x.id, x.left_project, x.right_project, x.left_site, x.right_site, x.facts_hash, x.to_look_at
        FROM seen JOIN pair x ON x.left_project = seen.id WHERE x.retired_at IS NULL
      UNION
      SELECT x.id, x.left_project, x.right_project, x.left_site, x.right_site, x.facts_hash, x.to_look_at
        FROM seen JOIN pair x ON x.right_project = seen.id WHERE x.retired_at IS NULL),
    flagged AS MATERIALIZED (SELECT x.*, judged.flag FROM near x {FLAG} WHERE judged.flag > 0),
    work AS (
      SELECT ST_AsMVTGeom(ST_Transform(CASE WHEN %(z)s >= {SHAPE_ZOOM} THEN seen.geom
                                            ELSE ST_PointOnSurface(seen.geom) END, 3857),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom,
             seen.id::text AS project, CASE WHEN %(z)s >= {SHAPE_ZOOM} THEN left(seen.name, 120) END AS name,
             seen.category, seen.fund, seen.stage, seen.year::int AS year,
             coalesce((SELECT max(f.flag) FROM flagged f WHERE seen.id IN (f.left_project, f.right_project)), 0) AS flag
        FROM seen ORDER BY flag, seen.site),
    joined AS (
      SELECT ST_AsMVTGeom(ST_Transform(ST_ShortestLine(one.geom, other.geom), 3857),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom,
             f.id AS pair, f.flag
        FROM flagged f JOIN site one ON one.id = f.left_site JOIN site other ON other.id = f.right_site)
    SELECT (SELECT coalesce(ST_AsMVT(work, 'works', %(extent)s, 'geom'), '') FROM work WHERE geom IS NOT NULL)
           || (SELECT coalesce(ST_AsMVT(joined, 'pairs', %(extent)s, 'geom'), '') FROM joined WHERE geom IS NOT NULL)
"""  # noqa: S608

_CROWDS = f"""
    WITH flagged AS MATERIALIZED ({FLAGGED}),
    placed AS (
      SELECT p.id, CASE WHEN p.id IN (SELECT project FROM flagged WHERE flag = 2) THEN 2
                        WHEN p.id IN (SELECT project FROM flagged WHERE flag = 1) THEN 1 END AS flag,
             ((ST_XMin(s.geom) + ST_XMax(s.geom)) / 2 + 180) / 360 * 2.0 ^ %(z)s - %(x)s AS across,
             (1 - ln(tan(lat) + 1 / cos(lat)) / pi()) / 2 * 2.0 ^ %(z)s - %(y)s AS down
        FROM site s JOIN project p ON p.id = s.project_id
             CROSS JOIN LATERAL (SELECT radians((ST_YMin(s.geom) + ST_YMax(s.geom)) / 2) AS lat) AS middle
       WHERE s.geom && {BOX} AND {READABLE} AND {COUNTS} AND {{where}}),
    crowd AS (
      SELECT ST_MakePoint(round(avg(across) * %(extent)s), round(avg(down) * %(extent)s)) AS geom,
             count(DISTINCT id)::int AS works, count(DISTINCT id) FILTER (WHERE flag = 1)::int AS flagged,
             count(DISTINCT id) FILTER (WHERE flag = 2)::int AS confirmed
        FROM placed WHERE across >= 0 AND across < 1 AND down >= 0 AND down < 1
       GROUP BY floor(across * %(cells)s), floor(down * %(cells)s))
    SELECT coalesce(ST_AsMVT(crowd, 'crowds', %(extent)s, 'geom'), '') FROM crowd
"""  # noqa: S608


def regions(connection: Connection, tile: Tile) -> bytes:
    """Borders and names of the regions in one tile, by level as one comes nearer; approximate ones say so."""
    values = tile.values | {
        "borders": [level for level, first in BORDERS_FROM.items() if tile.z >= first],
        "names": [level for level, first in NAMES_FROM.items() if tile.z >= first],
        "tolerance": 20_000_000 / 2**tile.z / EXTENT,
    }
    content = bytes(connection.execute(_REGIONS, values).fetchone()[0])
    return content and content + bytes(connection.execute(_NOTE, tile.values).fetchone()[0])


_REGIONS = f"""
    WITH near AS MATERIALIZED (
      SELECT r.level, r.approximate, r.geom, array_position(ARRAY['regency', 'district', 'village'], r.level) AS depth
        FROM region r WHERE r.geom && {BOX} AND r.valid_to IS NULL AND r.level = ANY (%(borders)s)),
    land AS (
      SELECT ST_AsMVTGeom(ST_Simplify(ST_Transform(near.geom, 3857), %(tolerance)s, true),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom, near.level
        FROM near),
    edges AS MATERIALIZED (
      SELECT level, approximate, depth,
             CASE WHEN approximate THEN ST_UnaryUnion(ST_Collect(ST_Boundary(geom)))
                  ELSE ST_Collect(ST_Boundary(geom)) END AS geom
        FROM near GROUP BY level, approximate, depth),
    -- Approximate borders are dashed, and dashes drawn twice fill each other's gaps: each line is drawn once.
    border AS (
      SELECT ST_AsMVTGeom(ST_Transform(CASE WHEN approximate THEN ST_LineMerge(coalesce(ST_Difference(geom, (
                            SELECT ST_UnaryUnion(ST_Collect(higher.geom)) FROM edges higher
                             WHERE higher.approximate AND higher.depth < edges.depth)), geom)) ELSE geom END, 3857),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom, level, approximate
        FROM edges),
    named AS (
      SELECT ST_AsMVTGeom(ST_Transform(r.centre, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0) AS geom,
             r.level, r.name
        FROM region r WHERE r.centre && {BOX} AND r.valid_to IS NULL AND r.level = ANY (%(names)s))
    SELECT (SELECT coalesce(ST_AsMVT(land, 'regions', %(extent)s, 'geom'), '') FROM land WHERE geom IS NOT NULL)
           || (SELECT coalesce(ST_AsMVT(border, 'borders', %(extent)s, 'geom'), '') FROM border WHERE geom IS NOT NULL)
           || (SELECT coalesce(ST_AsMVT(named, 'names', %(extent)s, 'geom'), '') FROM named WHERE geom IS NOT NULL)
"""  # noqa: S608
