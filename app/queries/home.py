"""What waits for the person who opens the first page, and the state of the works in their regions."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.rows import args_row, tuple_row
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.queries.filters import FLAGGED, LOCATED, SETTLED, WAITING

_OWN = "p.region_id = ANY ((SELECT own_regions())::int[])"


class State(NamedTuple):
    """The works of the person's regions: how many, their known money, the years, and those without a point."""

    works: int
    money: Decimal
    first_year: int | None
    last_year: int | None
    without_point: int
    money_without_point: Decimal
    compared_at: datetime | None


class Waiting(NamedTuple):
    """Uploads of the person that are read but not stored, and the rows in them."""

    uploads: int
    good_rows: int
    bad_rows: int
    latest: UUID | None


class Year(NamedTuple):
    """One year of the trend: money of finished works and of those still to come."""

    year: int
    works: int
    done: Decimal
    coming: Decimal


class Dots(NamedTuple):
    """A picture of the regions: their outlines, where works are (thinned out), and where indications are."""

    outlines: list[BaseGeometry]
    approximate: bool
    works: list[tuple[float, float]]
    flagged: list[tuple[float, float, int]]


def state(connection: Connection) -> State:
    return connection.cursor(row_factory=args_row(State)).execute(
        f"""
        SELECT everything.works, everything.money, first_year, last_year, everything.works - located.works,
               everything.money - located.money, (SELECT max(measured_at) FROM pair)
          FROM (SELECT count(*) AS works, coalesce(sum(p.amount), 0) AS money, min(p.year) AS first_year,
                       max(p.year) AS last_year
                  FROM project p WHERE p.withdrawn_at IS NULL AND {_OWN}) everything,
               (SELECT count(*) AS works, coalesce(sum(p.amount), 0) AS money
                  FROM project p WHERE p.withdrawn_at IS NULL AND {_OWN} AND {LOCATED}) located
        """).fetchone()  # noqa: S608  a constant


def unanswered(connection: Connection) -> tuple[int, Decimal]:
    """Indications about works of the person's regions to which no village has replied: how many, and their money."""
    return connection.execute(
        f"""
        SELECT count(*), coalesce(sum(x.money), 0) FROM pair x
         WHERE {WAITING} AND NOT EXISTS (SELECT FROM answer t WHERE t.pair_id = x.id)
           AND EXISTS (SELECT FROM project p WHERE p.id IN (x.left_project, x.right_project) AND {_OWN})
        """).fetchone()  # noqa: S608  constants


def confirmed(connection: Connection) -> tuple[int, Decimal]:
    """Pairs in the person's regions that a person has confirmed: how many, and their money."""
    return connection.execute(
        f"""
        SELECT count(*), coalesce(sum(x.money), 0) FROM pair x
         WHERE {FLAGGED} AND NOT ({WAITING})
           AND EXISTS (SELECT FROM project p WHERE p.id IN (x.left_project, x.right_project) AND {_OWN})
        """).fetchone()  # noqa: S608  constants


def waiting_uploads(connection: Connection, person_id: UUID) -> Waiting:
    return connection.cursor(row_factory=args_row(Waiting)).execute(
        """
        SELECT count(*), coalesce(sum(good_rows), 0), coalesce(sum(rows - good_rows), 0),
               (array_agg(id ORDER BY received_at DESC))[1]
          FROM upload WHERE person_id = %s AND state IN ('received', 'read') AND refusal IS NULL
        """, [person_id]).fetchone()


def trend(connection: Connection, last: int = 10) -> list[Year]:
    """Money by year in the person's regions, the oldest first."""
    found = connection.cursor(row_factory=args_row(Year)).execute(
        f"""
        SELECT p.year, count(*), coalesce(sum(p.amount) FILTER (WHERE p.stage = 'done'), 0),
               coalesce(sum(p.amount) FILTER (WHERE p.stage IS DISTINCT FROM 'done'
                                                AND p.stage IS DISTINCT FROM 'cancelled'), 0)
          FROM project p WHERE p.withdrawn_at IS NULL AND p.year IS NOT NULL AND {_OWN}
         GROUP BY p.year ORDER BY p.year DESC LIMIT %s
        """, [last]).fetchall()  # noqa: S608  a constant
    return found[::-1]


def dots(connection: Connection, works: int) -> Dots:
    """The picture: outlines of the districts (else of the villages), one dot for each busy cell of a grid.

    `works` is how many there are: a few are drawn where they stand, many one for each cell of about a kilometre.
    """
    shapes = connection.execute(
        """
        SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, 0.002)), approximate FROM region
         WHERE valid_to IS NULL AND geom IS NOT NULL AND level = (
                 SELECT level FROM region
                  WHERE geom IS NOT NULL AND valid_to IS NULL AND id = ANY ((SELECT own_regions())::int[])
                    AND level <> 'root'
                  ORDER BY array_position(ARRAY['district', 'village', 'regency'], level) LIMIT 1)
           AND id = ANY ((SELECT own_regions())::int[])
        """).fetchall()
    places = connection.cursor(row_factory=tuple_row).execute(
        f"""
        SELECT round((ST_XMin(s.geom) * %(n)s)::numeric) / %(n)s, round((ST_YMin(s.geom) * %(n)s)::numeric) / %(n)s
          FROM site s JOIN project p ON p.id = s.project_id
         WHERE s.superseded_at IS NULL AND p.withdrawn_at IS NULL AND {_OWN}
         GROUP BY 1, 2 LIMIT 4000
        """, {"n": 90 if works > 1000 else 10_000}).fetchall()  # noqa: S608  a constant
    flagged = connection.cursor(row_factory=tuple_row).execute(
        f"""
        SELECT ST_XMin(s.geom), ST_YMin(s.geom),
               CASE WHEN coalesce({SETTLED}, 'withdrawn') IN ('withdrawn', 'needs_visit') THEN 1 ELSE 2 END
          FROM pair x JOIN site s ON s.id = x.left_site JOIN project p ON p.id = x.left_project
         WHERE {FLAGGED} AND {_OWN} ORDER BY 3 LIMIT 1000
        """).fetchall()  # noqa: S608  constants
    return Dots([shapely.from_wkb(bytes(shape)) for shape, _ in shapes], any(rough for _, rough in shapes),
                [(float(lon), float(lat)) for lon, lat in places], flagged)
