"""The list of works: page by page without counting past rows, and the sums of what a filter holds."""

import re
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row
from psycopg.sql import SQL, Identifier

from app.db import Connection
from app.queries.filters import FLAGGED, LOCATED, WAITING, Filter

PAGE = 50

READABLE = """((SELECT current_person()) IS NOT NULL
               AND (NOT p.draft OR p.region_id = ANY ((SELECT own_regions())::int[])))"""
"""Of a project `p`: the policy once more, each layer alone is enough."""


class ProjectRow(NamedTuple):
    """A work as a list shows it. `waiting`: its indications without a verdict; `confirmed`: those that stand."""

    id: UUID
    number: int
    name: str
    category: str | None
    year: int | None
    stage: str | None
    fund: str | None
    amount: Decimal | None
    village: str | None
    district: str | None
    claimed_region: str | None
    has_point: bool
    waiting: int
    confirmed: int


class Totals(NamedTuple):
    """What a filter holds: works, their known money, and how many have no point."""

    works: int
    money: Decimal
    without_point: int


class Place(NamedTuple):
    """Where a page of the list begins: after the row with this year or amount (as the order is) and number."""

    value: int | Decimal | None
    number: int

    @classmethod
    def parse(cls, text: str | None) -> "Place | None":
        """Read `2024_17`, `_17`; None for anything else."""
        found = re.fullmatch(r"(\d{1,16}(?:\.\d{1,2})?)?_(\d{1,18})", text or "")
        return cls(Decimal(found[1]) if found[1] else None, int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{'' if self.value is None else self.value}_{self.number}"


ORDERS = ("newest", "amount")

# What comes after a row where unknown values stand last.
_AFTER = """(CASE WHEN %(after_value)s::numeric IS NULL THEN p.{column} IS NULL AND p.number < %(after_number)s
                 ELSE p.{column} IS NULL OR (p.{column}, p.number) < (%(after_value)s, %(after_number)s) END)"""
_COLUMN = {"newest": Identifier("year"), "amount": Identifier("amount")}

_ROWS = f"""
    SELECT p.id, p.number, p.name, p.category, p.year, p.stage, p.fund, p.amount,
           CASE r.level WHEN 'village' THEN r.name END,
           CASE r.level WHEN 'village' THEN above.name WHEN 'district' THEN r.name END, p.claimed_region,
           {LOCATED},
           coalesce(seen.waiting, 0), coalesce(seen.confirmed, 0)
      FROM (SELECT * FROM project p WHERE {READABLE} AND {{where}} AND {{after}}
             ORDER BY p.{{column}} DESC NULLS LAST, p.number DESC LIMIT %(limit)s) p
      JOIN region r ON r.id = p.region_id
      LEFT JOIN region above ON above.id = r.parent_id
      LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE {WAITING})::int AS waiting,
               count(*) FILTER (WHERE NOT ({WAITING}))::int AS confirmed
          FROM (SELECT * FROM pair WHERE left_project = p.id UNION ALL SELECT * FROM pair WHERE right_project = p.id) x
         WHERE {FLAGGED}) seen ON true
     ORDER BY p.{{column}} DESC NULLS LAST, p.number DESC
"""  # noqa: S608  constants of this module and of filters


def rows(connection: Connection, wanted: Filter, order: str = "newest", after: Place | None = None,
         limit: int = PAGE) -> tuple[list[ProjectRow], Place | None]:
    """One page of the list, and where the next one begins (None where this is the last)."""
    where, values = wanted.sql()
    column, beyond = _COLUMN[order], SQL("true")
    if after:
        beyond = SQL(_AFTER).format(column=column)
        values |= {"after_value": after.value, "after_number": after.number}
    found = connection.cursor(row_factory=args_row(ProjectRow)).execute(
        SQL(_ROWS).format(where=where, after=beyond, column=column), values | {"limit": limit + 1}).fetchall()
    shown = found[:limit]
    if len(found) <= limit:
        return shown, None
    last = shown[-1]
    return shown, Place(last.year if order == "newest" else last.amount, last.number)


def totals(connection: Connection, wanted: Filter) -> Totals:
    if wanted.is_counted:
        where, values = wanted.sql_of_counts()
        return connection.cursor(row_factory=args_row(Totals)).execute(
            SQL("""
                SELECT coalesce(sum(p.works), 0)::bigint, coalesce(sum(p.amount), 0),
                       coalesce(sum(p.without_point), 0)::bigint
                  FROM region_count p WHERE {readable} AND {where}
                """).format(readable=SQL(READABLE), where=where), values).fetchone()
    where, values = wanted.sql()
    return connection.cursor(row_factory=args_row(Totals)).execute(
        SQL("""
            SELECT everything.works, everything.money, everything.works - located.works
              FROM (SELECT count(*) AS works, coalesce(sum(p.amount), 0) AS money
                      FROM project p WHERE {readable} AND {where}) everything,
                   (SELECT count(*) AS works FROM project p WHERE {readable} AND {where} AND {located}) located
            """).format(readable=SQL(READABLE), where=where, located=SQL(LOCATED)), values).fetchone()
