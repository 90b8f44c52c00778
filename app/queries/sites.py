"""Sites of works: sending one, what stands around it, and where they lie among the villages."""

import json
import math
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import geopandas
import numpy as np
import shapely
from psycopg import Cursor
from psycopg.rows import tuple_row
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.queries.regions import ids_by_code
from geo import crs
from geo.regions import Regions

_BATCH = 5_000
_MOST_AROUND = 400

# Of a project `p`, the second time beside the policies: a foreign draft is not read.
_READABLE = "p.withdrawn_at IS NULL AND (NOT p.draft OR p.region_id = ANY ((SELECT own_regions())::int[]))"


class Village(NamedTuple):
    """A region for whose works the person may send a point; `waiting` of its works have none, `district` is empty
    where none is above it."""

    id: int
    name: str
    level: str
    district: str
    works: int
    waiting: int


class Work(NamedTuple):
    """A work as the form of a point shows it: `places` current sites of any role, `role` and `geometry` of the one that
    tells most about where it stands; a new point replaces `claims` of them, `extended` where one of these is no point.
    """

    id: UUID
    number: int
    name: str
    year: int | None
    fund: str | None
    category: str | None
    amount: Decimal | None
    place: str | None
    region_id: int
    region: str
    code: str | None
    approximate: bool
    places: int
    role: str | None
    claims: int
    extended: bool
    geometry: BaseGeometry | None

    @property
    def loses_extent(self) -> bool:
        """Whether one point would replace a claim that says more than a point."""
        return self.claims > 1 or self.extended


class Near(NamedTuple):
    """A work that stands near a place."""

    project: UUID
    name: str
    year: int | None
    fund: str | None
    category: str | None
    amount: Decimal | None
    village: str
    accuracy_m: float | None
    geometry: BaseGeometry
    distance_m: float


class Sent(NamedTuple):
    """A stored site with where it was found to lie; `replaced` says whether an earlier claim gave way."""

    id: int
    project: UUID
    name: str
    region_id: int
    region: str
    code: str | None
    village_known: bool
    approximate: bool
    method: str | None
    accuracy_m: float | None
    geometry: BaseGeometry
    found: str | None
    outside_m: float | None
    reason: str | None
    at: datetime
    superseded_at: datetime | None
    replaced: bool


def _plain(connection: Connection) -> Cursor:
    """Rows as tuples: two columns may have one name."""
    return connection.cursor(row_factory=tuple_row)


def villages(connection: Connection, roles: Sequence[str]) -> list[Village]:
    """The regions that have works for which the person asking may send a point, by district and name."""
    return [Village(*row) for row in _plain(connection).execute(
        """
        SELECT r.id, r.name, r.level, coalesce(above.name, ''), counted.works, counted.waiting
          FROM (SELECT c.region_id, sum(c.works)::bigint AS works, sum(c.without_point)::bigint AS waiting
                  FROM region_count c
                 WHERE c.facets = 0 AND c.region_id IN (SELECT unnest((SELECT regions_for(%s))::int[]))
                   AND (NOT c.draft OR c.region_id IN (SELECT unnest((SELECT own_regions())::int[])))
                 GROUP BY c.region_id HAVING sum(c.works) > 0) AS counted
          JOIN region r ON r.id = counted.region_id LEFT JOIN region above ON above.id = r.parent_id
         ORDER BY coalesce(above.name, ''), r.name, r.id
        """, [list(roles)]).fetchall()]


_WORK = f"""
    SELECT p.id, p.number, p.name, p.year, p.fund, p.category, p.amount, p.place, p.region_id, r.name,
           CASE WHEN p.village_known THEN r.code END, r.approximate, now_at.places, now_at.role,
           now_at.claims, now_at.extended, now_at.wkb
      FROM project p JOIN region r ON r.id = p.region_id
      LEFT JOIN LATERAL (
        SELECT count(*) AS places, (array_agg(s.role ORDER BY best.rank, s.id))[1] AS role,
               count(*) FILTER (WHERE s.role = 'claimed') AS claims,
               coalesce(bool_or(GeometryType(s.geom) <> 'POINT') FILTER (WHERE s.role = 'claimed'), false) AS extended,
               (array_agg(ST_AsBinary(s.geom) ORDER BY best.rank, s.id))[1] AS wkb
          FROM site s CROSS JOIN LATERAL (
            SELECT array_position(ARRAY['visited', 'claimed', 'planned'], s.role) AS rank) AS best
         WHERE s.project_id = p.id AND s.superseded_at IS NULL) AS now_at ON true
     WHERE {_READABLE} AND p.region_id = ANY ((SELECT regions_for(%(roles)s))::int[])
"""  # noqa: S608  the interpolated condition is this module's own


def works(connection: Connection, roles: Sequence[str], region_id: int, text: str = "", most: int = 40) -> list[Work]:
    """Works of a region whose name holds every word of `text`: those without a point first, then the latest."""
    words = [f"%{_literal(word)}%" for word in text.split()[:8]]
    return [_work(row) for row in _plain(connection).execute(
        _WORK + """ AND p.region_id = %(region)s AND p.name ILIKE ALL (%(words)s::text[])
        ORDER BY now_at.places > 0, p.year DESC NULLS LAST, p.number DESC LIMIT %(most)s
        """, {"roles": list(roles), "region": region_id, "words": words, "most": most}).fetchall()]


def work(connection: Connection, roles: Sequence[str], project_id: UUID) -> Work | None:
    """One work for which the person asking may send a point; None for any other."""
    row = _plain(connection).execute(_WORK + " AND p.id = %(project)s",
                                     {"roles": list(roles), "project": project_id}).fetchone()
    return _work(row) if row else None


def _literal(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def hold(connection: Connection, project_id: UUID) -> None:
    """Keep a work to this transaction, so that of two points sent at once the second replaces the first."""
    connection.execute("SELECT FROM project WHERE id = %s FOR UPDATE", [project_id])


def _work(row: Sequence) -> Work:
    return Work(*row[:-1], geometry=None if row[-1] is None else shapely.from_wkb(bytes(row[-1])))


NEAR = f"""
    SELECT p.id, p.name, p.year, p.fund, p.category, p.amount, r.name, s.accuracy_m, ST_AsBinary(s.geom)
      FROM site s JOIN project p ON p.id = s.project_id JOIN region r ON r.id = p.region_id
     WHERE s.geom && ST_Expand(ST_Envelope(ST_GeomFromWKB(%(shape)s, 4326)), %(wide)s, %(high)s)
       AND s.superseded_at IS NULL AND p.id IS DISTINCT FROM %(without)s AND {_READABLE}
     LIMIT {_MOST_AROUND}
"""  # noqa: S608


def near(connection: Connection, shape: BaseGeometry, reach_m: float, without: UUID | None = None) -> list[Near]:
    """Works that the person asking may read within `reach_m` metres of a geometry (EPSG:4326), the nearest first."""
    _, south, _, north = shape.bounds
    high = reach_m / 110_000
    wide = reach_m / (111_000 * max(math.cos(math.radians(min(max(abs(south), abs(north)), 89))), 0.01))
    rows = _plain(connection).execute(NEAR, {"shape": shapely.to_wkb(shape), "wide": wide, "high": high,
                                             "without": without}).fetchall()
    shapes = [shapely.from_wkb(bytes(row[-1])) for row in rows]
    away_m = crs.distance_m(np.array(shapes, dtype=object), np.full(len(shapes), shape, dtype=object)) if rows else []
    best: dict[UUID, Near] = {}
    for row, place, metres in sorted(zip(rows, shapes, away_m, strict=True), key=lambda one: one[2]):
        if metres <= reach_m:
            best.setdefault(row[0], Near(*row[:-1], place, float(metres)))
    return list(best.values())


def sent(connection: Connection, site_id: int) -> Sent | None:
    """A site that was stored, for the page that says so; None where the person asking may not read it."""
    row = _plain(connection).execute(
        f"""
        SELECT s.id, p.id, p.name, r.id, r.name, CASE WHEN p.village_known THEN r.code END, p.village_known,
               r.approximate, s.method, s.accuracy_m, f.name, s.outside_m, s.reason, s.valid_from, s.superseded_at,
               EXISTS (SELECT FROM site b WHERE b.project_id = p.id AND b.superseded_at = s.valid_from
                                            AND b.role = s.role), ST_AsBinary(s.geom)
          FROM site s JOIN project p ON p.id = s.project_id JOIN region r ON r.id = p.region_id
          LEFT JOIN region f ON f.id = s.found_region_id
         WHERE s.id = %s AND {_READABLE}
        """, [site_id]).fetchone()  # noqa: S608
    return None if row is None else Sent(*row[:10], shapely.from_wkb(bytes(row[-1])), *row[10:-1])


def latest(connection: Connection, project_id: UUID) -> int:
    """The id of the newest current site of a work."""
    return connection.execute("SELECT max(id) FROM site WHERE project_id = %s AND superseded_at IS NULL",
                              [project_id]).fetchone()[0]


def unchanged(connection: Connection, project_id: UUID, shape: BaseGeometry, method: str | None,
              person_id: UUID) -> int | None:
    """The id of the one current claim of a work where it is this very point of this very person: a form sent twice."""
    rows = connection.execute(
        """
        SELECT id, entered_by = %s AND method IS NOT DISTINCT FROM %s AND ST_OrderingEquals(
                 geom, ST_GeomFromWKB(%s, 4326)) AS same
          FROM site WHERE project_id = %s AND superseded_at IS NULL AND role = 'claimed'
        """, [person_id, method, shapely.to_wkb(shape), project_id]).fetchall()
    return rows[0].id if len(rows) == 1 and rows[0].same else None


def regions_around(connection: Connection, shape: BaseGeometry, code: str | None, margin: float = 0.01) -> Regions:
    """The villages around a geometry and the one of `code`: enough to place one site without loading all of them."""
    rows = connection.execute(
        """
        SELECT r.code, r.name, r.level, above.code AS parent, r.approximate, ST_AsBinary(r.geom) AS geom
          FROM region r LEFT JOIN region above ON above.id = r.parent_id
         WHERE r.valid_to IS NULL AND r.level <> 'root' AND r.geom IS NOT NULL
           AND ((r.level = 'village' AND r.geom && ST_Expand(ST_Envelope(ST_GeomFromWKB(%s, 4326)), %s))
                OR r.code = %s)
         ORDER BY r.code
        """, [shapely.to_wkb(shape), margin, code]).fetchall()
    return Regions.from_frame(geopandas.GeoDataFrame(
        {"code": [row.code for row in rows], "name": [row.name for row in rows], "level": [row.level for row in rows],
         "parent": [row.parent for row in rows],
         "approximate": np.array([row.approximate for row in rows], dtype=bool)},
        geometry=shapely.from_wkb([bytes(row.geom) for row in rows]), crs=4326))


def borders_known(connection: Connection) -> bool:
    """Whether this installation has the borders of any village."""
    return connection.execute("SELECT EXISTS (SELECT FROM region WHERE level = 'village' AND geom IS NOT NULL "
                              "AND valid_to IS NULL)").fetchone()[0]


def box_of(connection: Connection, region_id: int) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a region; None where its border is not known."""
    row = _plain(connection).execute("SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM region "
                             "WHERE id = %s AND geom IS NOT NULL", [region_id]).fetchone()
    return None if row is None else tuple(row)


def locate_all(connection: Connection, regions: Regions) -> int:
    """Say of every current site in which village it lies and how far outside the claimed one; answers how many.

    For the operator of the machine, after boundaries have changed. The rule itself is geo.regions'.
    """
    ids, located, after = ids_by_code(connection), 0, 0
    while rows := connection.execute(
            """
            SELECT s.id, ST_AsBinary(s.geom) AS geom, s.accuracy_m, CASE WHEN p.village_known THEN r.code END AS claimed
              FROM site s JOIN project p ON p.id = s.project_id JOIN region r ON r.id = p.region_id
             WHERE s.superseded_at IS NULL AND s.id > %s ORDER BY s.id LIMIT %s
            """, [after, _BATCH]).fetchall():
        shapes = shapely.from_wkb([bytes(row.geom) for row in rows])
        placed = regions.place(shapes, [row.claimed for row in rows],
                               np.array([row.accuracy_m for row in rows], dtype=float))
        connection.execute(
            """
            UPDATE site SET found_region_id = row.found, outside_m = row.outside
              FROM jsonb_to_recordset(%s) AS row (id bigint, found integer, outside real) WHERE site.id = row.id
            """,
            [json.dumps([{"id": row.id, "found": None if regions.is_approximate(code) else ids.get(code),
                          "outside": None if metres != metres else metres}
                         for row, code, metres in zip(rows, placed.found, placed.outside_m, strict=True)])])
        located, after = located + len(rows), rows[-1].id
    return located
