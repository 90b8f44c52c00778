"""Signals an inspector begins with, counted beforehand over all public works (migrations/0011).

Lists hold the works of the regions in which the person asking has a role, and say when they were counted.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.rows import args_row
from psycopg.sql import SQL

from app.db import Connection
from app.queries.filters import Filter

KINDS = ("unit_cost", "split", "stale", "outside", "crowded")
"""What is counted."""
UNMEASURED = ("ahead",)
"""What an inspector asks for and nobody can count yet: no record says how far a work is, or what was paid for it."""
PAGE = 50


class Run(NamedTuple):
    """The last counting; `current`: nothing has changed since. `means` are shares over all works, by part."""

    at: datetime
    works: int
    direct_limit: Decimal
    means: dict[str, float]
    current: bool


class AnomalyRow(NamedTuple):
    """A work with one signal; `reason` is a stored Sentence, `bunch` shared by works that make one signal together."""

    id: UUID
    number: int
    name: str
    village: str
    district: str | None
    year: int | None
    fund: str | None
    amount: Decimal | None
    measure: float
    money: Decimal | None
    bunch: str | None
    reason: dict
    geometry: shapely.Geometry | None


class Count(NamedTuple):
    """How many works have a signal of one kind, and the money of these works."""

    kind: str
    works: int
    money: Decimal


_FROM = """
      FROM anomaly a JOIN project p ON p.id = a.project_id
     WHERE a.region_id + 0 = ANY ((SELECT own_regions())::int[]) AND NOT p.draft AND {where}
"""


def refresh(connection: Connection, direct_limit: Decimal) -> None:
    """Count all signals and village figures anew: seconds to minutes, so a job does it."""
    connection.execute("SELECT refresh_anomalies(%s)", [direct_limit])


def last_run(connection: Connection) -> Run | None:
    """The last counting, None where nothing was ever counted."""
    return connection.cursor(row_factory=args_row(Run)).execute(
        """
        SELECT at, works, direct_limit, means, version = data_version() FROM anomaly_run ORDER BY id DESC LIMIT 1
        """).fetchone()


# `+ 0` keeps these conditions from the index that the policy uses already: PostgreSQL probes an index for every
# combination of the members of several arrays (750 regions, twice, within 200: seconds instead of milliseconds).
_WITHIN = """
    a.region_id + 0 = ANY ((SELECT own_regions())::int[])
    AND (%(code)s::text IS NULL
         OR a.region_id + 0 = ANY (ARRAY(SELECT r.id FROM region r JOIN region above ON above.id = ANY (r.lineage)
                                      WHERE above.code = %(code)s AND above.valid_to IS NULL)))
"""
# Of a region, or of all, as they were counted: the works themselves need not be read.
_COUNTED = """
    SELECT a.kind, count(*), coalesce(sum(a.amount), 0) FROM anomaly a WHERE """ + _WITHIN + " GROUP BY a.kind"  # noqa: S608  as below

# The signals in their order, and each work looked up until a page is full: OFFSET 0 keeps the planner from reading all
# works of a region first, which it does because it cannot know how many regions a person has.
_ROWS = f"""
    SELECT p.id, p.number, p.name, r.name, above.name, p.year, p.fund, p.amount, shown.measure, shown.money,
           shown.bunch, shown.reason,
           (SELECT s.geom FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL ORDER BY s.id LIMIT 1)
      FROM (SELECT a.* FROM (SELECT * FROM anomaly a WHERE a.kind = %(kind)s AND {_WITHIN}{{beyond}}
                              ORDER BY a.measure DESC, a.project_id DESC OFFSET 0) a
             CROSS JOIN LATERAL (SELECT FROM project p WHERE p.id = a.project_id AND NOT p.draft AND {{where}}
                                 OFFSET 0) looked
             ORDER BY a.measure DESC, a.project_id DESC LIMIT %(limit)s) shown
      JOIN project p ON p.id = shown.project_id
      JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id
     ORDER BY shown.measure DESC, p.id DESC
"""  # noqa: S608  this module's own constants


def counts(connection: Connection, wanted: Filter) -> dict[str, Count]:
    """By kind. With only a region asked for they are those of the last counting; else each work is looked at."""
    if wanted.without("district", "village"):
        where, values = wanted.sql()
        rows = connection.execute(
            SQL("SELECT a.kind, count(*), coalesce(sum(p.amount), 0)" + _FROM + " GROUP BY a.kind").format(where=where),
            values)
    else:
        rows = connection.execute(_COUNTED, {"code": wanted.village or wanted.district})
    return {kind: Count(kind, 0, Decimal(0)) for kind in KINDS} | {row[0]: Count(*row) for row in rows}


def rows(connection: Connection, kind: str, wanted: Filter, after: tuple[float, UUID] | None = None,
         limit: int = PAGE) -> tuple[list[AnomalyRow], tuple[float, UUID] | None]:
    """One page of the list, most striking first, and where the next one begins."""
    where, values = wanted.sql()
    beyond = SQL("")
    if after:
        beyond = SQL(" AND (a.measure, a.project_id) < (%(measure)s, %(project)s)")
        values |= {"measure": after[0], "project": after[1]}
    found = connection.cursor(row_factory=args_row(AnomalyRow)).execute(
        SQL(_ROWS).format(where=where, beyond=beyond),
        values | {"kind": kind, "limit": limit + 1, "code": wanted.village or wanted.district}).fetchall()
    shown = found[:limit]
    return shown, (shown[-1].measure, shown[-1].id) if len(found) > limit else None


def of_project(connection: Connection, project_id: UUID) -> list[dict]:
    """The reasons of all signals about one work that the person may see."""
    return [row[0] for row in connection.execute(
        SQL("SELECT a.reason" + _FROM + " AND p.id = %(project)s ORDER BY a.kind").format(where=SQL("true")),
        {"project": project_id})]
