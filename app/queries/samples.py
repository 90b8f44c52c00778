"""Samples: the frame they are drawn from, and drawn ones with what is needed to draw them again."""

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.rows import args_row
from psycopg.sql import SQL

from app.db import Connection
from app.queries import scope
from app.queries.filters import Filter
from geo.sampling import Drawn, Framed

STRATA = ("fund", "village", "none")
METHODS = ("count", "money")
MOST_FRAMED = 200_000
"""Works a frame may hold: an inspection is of a kecamatan, not of a province."""
_SMALL, _LARGE = 50_000_000, 200_000_000
_STRATUM = {
    "fund": SQL(f"""concat_ws(' / ', coalesce(p.fund, '-'), coalesce(p.category, '-'),
                    CASE WHEN p.amount IS NULL THEN '-' WHEN p.amount < {_SMALL} THEN '1' WHEN p.amount < {_LARGE}
                         THEN '2' ELSE '3' END)"""),
    "village": SQL("(SELECT r.code FROM region r WHERE r.id = p.region_id)"),
    "none": SQL("'-'"),
}
"""Stratum as it stands in the frame. By fund: fund / category / amount below 50, below 200 million, or more."""


class Sample(NamedTuple):
    """A drawn sample; `strata` [{name, works, money, taken}], `filter` a query string, `frame_sum` sha256 in hex."""

    id: int
    region: str
    person: str
    drawn_at: datetime
    purpose: str
    seed: str
    method: str
    strata_of: str
    filter: str
    size: int
    works: int
    money: Decimal
    frame_sum: str
    strata: list[dict]


class SampledWork(NamedTuple):
    """A work of a sample as it stands now; `amount` and `ticket` as they were when it was drawn."""

    position: int
    project: UUID
    number: int
    name: str
    village: str
    fund: str | None
    year: int | None
    amount: Decimal | None
    stratum: str
    ticket: str
    certain: bool
    geometry: shapely.Geometry | None


READABLE = "s.region_id = ANY ((SELECT regions_for('{planner,auditor,admin}'))::int[])"
_SELECT = f"""
    SELECT s.id, coalesce(nullif(r.name, ''), r.code), w.full_name, s.drawn_at, s.purpose, s.seed, s.method,
           s.strata_of, s.filter, s.size, s.works, s.money, s.frame_sum, s.strata
      FROM sample s JOIN region r ON r.id = s.region_id JOIN person w ON w.id = s.person_id WHERE {READABLE}
"""  # noqa: S608  this module's own constants


def frame(connection: Connection, wanted: Filter, strata_of: str) -> list[Framed]:
    """The public works that the filter holds in the person's regions, one beyond MOST_FRAMED at most."""
    where, values = wanted.sql()
    return [Framed(*row) for row in connection.execute(
        SQL("""
            SELECT p.id::text, p.amount, {stratum} AS stratum FROM project p
             WHERE p.region_id + 0 = ANY ((SELECT regions_for('{{planner,auditor,admin}}'))::int[])
               AND NOT p.draft AND {where} LIMIT %(most)s
            """).format(stratum=_STRATUM[strata_of], where=where), values | {"most": MOST_FRAMED + 1})]


def store(connection: Connection, person_id: UUID, region_id: int, facts: Mapping[str, object], lines: str,
          drawn: Sequence[Drawn]) -> int | None:
    """Keep a drawn sample with its frame; `facts` are columns of the table. Answers its number; None where the person
    asking inspects no such region."""
    new = connection.execute(
        f"""
        INSERT INTO sample (region_id, person_id, purpose, seed, method, strata_of, filter, size, works, money,
                            frame_sum, frame, strata)
        SELECT r.id, %(person_id)s, %(purpose)s, %(seed)s, %(method)s, %(strata_of)s, %(filter)s, %(size)s,
               %(works)s, %(money)s, %(frame_sum)s, %(frame)s, %(strata)s::jsonb
          FROM region r WHERE r.id = %(region_id)s AND r.id = ANY ({scope.JUDGES}) RETURNING id
        """,  # noqa: S608  constants
        {**facts, "region_id": region_id, "person_id": person_id, "strata": json.dumps(facts["strata"]),
         "frame": gzip.compress(lines.encode(), mtime=0)}).fetchone()
    if new is None:
        return None
    rows = [{"position": position, "project_id": one.work.id, "stratum": one.work.stratum, "ticket": one.ticket,
             "amount": None if one.work.amount is None else str(one.work.amount), "certain": one.certain}
            for position, one in enumerate(drawn, start=1)]
    connection.execute(
        """
        INSERT INTO sample_work (sample_id, position, project_id, stratum, amount, ticket, certain)
        SELECT %s, position, project_id, stratum, amount, ticket, certain
          FROM jsonb_to_recordset(%s) AS row (position integer, project_id uuid, stratum text, amount numeric,
                                              ticket text, certain boolean)
        """, [new[0], json.dumps(rows)])
    return new[0]


def by_id(connection: Connection, sample_id: int) -> Sample | None:
    return connection.cursor(row_factory=args_row(Sample)).execute(
        _SELECT + " AND s.id = %s", [sample_id]).fetchone()


def latest(connection: Connection, limit: int = 50) -> list[Sample]:
    return connection.cursor(row_factory=args_row(Sample)).execute(
        _SELECT + " ORDER BY s.id DESC LIMIT %s", [limit]).fetchall()


def works(connection: Connection, sample_id: int) -> list[SampledWork]:
    return connection.cursor(row_factory=args_row(SampledWork)).execute(
        f"""
        SELECT w.position, p.id, p.number, p.name, r.name, p.fund, p.year, w.amount, w.stratum, w.ticket, w.certain,
               (SELECT site.geom FROM site WHERE site.project_id = p.id AND site.superseded_at IS NULL
                 ORDER BY site.id LIMIT 1)
          FROM sample s JOIN sample_work w ON w.sample_id = s.id JOIN project p ON p.id = w.project_id
          JOIN region r ON r.id = p.region_id
         WHERE s.id = %s AND {READABLE} ORDER BY w.position
        """, [sample_id]).fetchall()  # noqa: S608  this module's own constants


def frame_of(connection: Connection, sample_id: int) -> str | None:
    """The very lines the sample was drawn from."""
    found = connection.execute(f"SELECT frame FROM sample s WHERE id = %s AND {READABLE}",  # noqa: S608  as above
                               [sample_id]).fetchone()
    return gzip.decompress(found[0]).decode() if found else None
