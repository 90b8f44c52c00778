"""What a drawn area or a region holds: its sums, by fund and by year, and what is to be looked at in it."""

from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import tuple_row
from psycopg.sql import SQL

from app.db import Connection
from app.queries.areas import Area
from app.queries.filters import WAITING, Filter
from app.queries.maps import within


class Part(NamedTuple):
    """The works of one fund or one year; `code` is None where it is not known, `amount` where no amount is."""

    code: str | int | None
    works: int
    amount: Decimal | None


class Selection(NamedTuple):
    """The sums of a selection. `look` is money to look at, each work once; `pairs` are those that wait."""

    works: int
    amount: Decimal | None
    without_amount: int
    pairs: int
    look: Decimal
    funds: list[Part]
    years: list[Part]


def summed(connection: Connection, chosen: Filter, area: Area | None) -> Selection:
    """The sums of the works that the filter leaves and that touch the area."""
    where, values = within(chosen, area)
    rows = connection.cursor(row_factory=tuple_row)
    parts = rows.execute(SQL(
        """
        SELECT grouping(p.fund), grouping(p.year), p.fund, p.year, count(*), sum(p.amount),
               count(*) FILTER (WHERE p.amount IS NULL)
          FROM project p WHERE {where} GROUP BY GROUPING SETS ((), (p.fund), (p.year))
         ORDER BY p.year DESC NULLS LAST, sum(p.amount) DESC NULLS LAST, p.fund
        """).format(where=where), values).fetchall()
    whole = next((row for row in parts if row[0] and row[1]), (1, 1, None, None, 0, None, 0))
    pairs, look = rows.execute(SQL(
        f"""
        WITH chosen AS MATERIALIZED (SELECT p.id FROM project p WHERE {{where}}),
        waiting AS (
          SELECT x.money, CASE WHEN (coalesce(a.amount, 'Infinity'), a.id) < (coalesce(b.amount, 'Infinity'), b.id)
                               THEN a.id ELSE b.id END AS smaller
            FROM pair x JOIN project a ON a.id = x.left_project JOIN project b ON b.id = x.right_project
           WHERE {WAITING}
             AND (x.left_project IN (SELECT id FROM chosen) OR x.right_project IN (SELECT id FROM chosen)))
        SELECT count(*), coalesce((SELECT sum(largest) FROM (
                 SELECT max(money) AS largest FROM waiting GROUP BY smaller) AS once), 0) FROM waiting
        """).format(where=where), values).fetchone()  # noqa: S608  a constant
    return Selection(whole[4], whole[5], whole[6], pairs, look,
                     [Part(row[2], row[4], row[5]) for row in parts if not row[0] and row[1]],
                     [Part(row[3], row[4], row[5]) for row in parts if row[0] and not row[1]])
