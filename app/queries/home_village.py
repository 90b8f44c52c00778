"""What the first page of a village names one by one: works without a point, points to look at again, proposals, and
what was decided about its works.

Asked only for who works in few regions: each list reads the works or the pairs of these.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from app.db import Connection
from app.queries.filters import LOCATED
from app.queries.home import OWN

_MINE = "ANY ((SELECT own_regions())::int[])"


_PAIRS = """FROM pair_standing x JOIN pair ON pair.id = x.pair_id
          JOIN project a ON a.id = pair.left_project JOIN project b ON b.id = pair.right_project"""
_READABLE = f"""(x.left_region {OWN} OR x.right_region {OWN})
           AND (NOT a.draft OR a.region_id = {_MINE}) AND (NOT b.draft OR b.region_id = {_MINE})"""


class Bare(NamedTuple):
    """A work without a point."""

    id: UUID
    name: str
    village: str
    year: int | None
    fund: str | None
    amount: Decimal | None


class Doubtful(NamedTuple):
    """A work whose point is to be looked at again, and why (a stored sentence)."""

    id: UUID
    name: str
    reason: dict


class Unanswered(NamedTuple):
    """A pair of the regions that waits for their answer; `reason` is a stored sentence."""

    pair_id: int
    kind: str
    reason: dict
    left_name: str
    right_name: str
    left_region: str
    right_region: str
    money: Decimal | None


class Decided(NamedTuple):
    """The standing verdict on a pair of the regions."""

    pair_id: int
    left_name: str
    right_name: str
    verdict: str
    note: str | None
    at: datetime
    money: Decimal | None


class Placed(NamedTuple):
    """Works of one year: how many, and how many of them have no point."""

    year: int
    works: int
    without_point: int


def bare(connection: Connection, limit: int = 6) -> list[Bare]:
    """Works of the regions that have no point: what is not finished first, then the newest and dearest."""
    return connection.cursor(row_factory=args_row(Bare)).execute(
        f"""
        SELECT p.id, p.name, r.name, p.year, p.fund, p.amount
          FROM project p JOIN region r ON r.id = p.region_id
         WHERE p.region_id = {_MINE} AND p.withdrawn_at IS NULL AND coalesce(p.stage, '') <> 'cancelled'
           AND NOT {LOCATED}
         ORDER BY p.stage IS NOT DISTINCT FROM 'done', p.year DESC NULLS LAST, p.amount DESC NULLS LAST, p.number
         LIMIT %s
        """, [limit]).fetchall()  # noqa: S608  constants


def doubtful(connection: Connection, limit: int = 6) -> tuple[int, list[Doubtful]]:
    """(how many works, the first of them) of the regions whose point lies outside the village or holds many works."""
    found = connection.cursor(row_factory=args_row(Doubtful)).execute(
        f"""
        SELECT DISTINCT ON (p.id) p.id, p.name, a.reason
          FROM anomaly a JOIN project p ON p.id = a.project_id
         WHERE a.kind IN ('outside', 'crowded') AND a.region_id = {_MINE} AND p.region_id = {_MINE}
           AND p.withdrawn_at IS NULL
         ORDER BY p.id, a.kind DESC LIMIT 500
        """).fetchall()  # noqa: S608  constants
    return len(found), sorted(found, key=lambda one: (one.reason["id"], one.name))[:limit]


def unanswered(connection: Connection, limit: int = 6) -> list[Unanswered]:
    """Pairs to look at of the regions that nobody has answered or judged, what is worth most first: each pair, for an
    answer is given to a pair and not to its group."""
    return connection.cursor(row_factory=args_row(Unanswered)).execute(
        f"""
        SELECT x.pair_id, x.kind, pair.reason, a.name, b.name, ra.name, rb.name, x.money
          {_PAIRS} JOIN region ra ON ra.id = a.region_id JOIN region rb ON rb.id = b.region_id
         WHERE x.to_look_at AND x.state <> 'judged' AND NOT x.answered AND {_READABLE}
         ORDER BY x.rank DESC, x.pair_id LIMIT %s
        """, [limit]).fetchall()


def decided(connection: Connection, limit: int = 5) -> list[Decided]:
    """What people have said last of the pairs of the regions, the newest first."""
    return connection.cursor(row_factory=args_row(Decided)).execute(
        f"""
        SELECT x.pair_id, a.name, b.name, x.verdict, said.note, said.at, x.money
          {_PAIRS}
         CROSS JOIN LATERAL (
           SELECT v.note, v.at FROM verdict v WHERE v.pair_id = x.pair_id ORDER BY v.id DESC LIMIT 1) said
         WHERE x.state IN ('judged', 'visit') AND {_READABLE}
         ORDER BY said.at DESC, x.pair_id LIMIT %s
        """, [limit]).fetchall()  # noqa: S608  constants


def placed(connection: Connection, last: int = 10) -> list[Placed]:
    """Works with and without a point by year, of the last years that are known, the oldest first."""
    found = connection.cursor(row_factory=args_row(Placed)).execute(
        f"""
        SELECT c.year, sum(c.works)::bigint, sum(c.without_point)::bigint
          FROM region_count c WHERE c.facets = 1 AND c.year IS NOT NULL AND c.region_id = {_MINE}
         GROUP BY c.year HAVING sum(c.works) > 0 ORDER BY c.year
        """).fetchall()  # noqa: S608  constants
    return [one for one in found if one.year > found[-1].year - last]


def proposed(connection: Connection, limit: int = 4) -> list[Bare]:
    """Proposals of the regions that are not decided, the newest first."""
    return connection.cursor(row_factory=args_row(Bare)).execute(
        f"""
        SELECT p.id, p.name, r.name, p.year, p.fund, p.amount
          FROM project p JOIN region r ON r.id = p.region_id
         WHERE p.region_id = {_MINE} AND p.withdrawn_at IS NULL AND p.stage = 'proposed'
         ORDER BY p.year DESC NULLS LAST, p.number DESC LIMIT %s
        """, [limit]).fetchall()  # noqa: S608  constants
