"""The list of works: page by page without counting past rows, and the sums of what a filter holds.

Each page is one range of an index in the order of the list, so that the last page of a million works comes as soon as
the first one.
"""

import re
from contextlib import nullcontext
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from app.db import Connection
from app.queries import names, scope
from app.queries.filters import FLAGGED, FLAGGED_BY_DRAFTS, LOCATED, OF_VILLAGE, WAITING, Filter
from app.queries.names import Named

PAGE = 50
_COUNTABLE = 20_000
"""Up to so many works in all any name is counted."""
_LATEST = 9_999

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
    """What a filter holds: works, their known money, and how many have no point; all None where the name that is
    searched for has too many works to be counted while somebody waits."""

    works: int | None
    money: Decimal | None
    without_point: int | None


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

_KEY = {"newest": "year", "amount": "hundredths"}
_COLUMN = {"newest": Identifier("year"), "amount": Identifier("amount")}
_COUNTED_OF_VILLAGE = OF_VILLAGE.format("m")
_FEW = {"pointless": "m.x IS NULL", "suspected": "m.flag > 0"}
_BY_DRAFTS = f"m.flag = 0 AND p.id = ANY (ARRAY({FLAGGED_BY_DRAFTS}))"

# The next works in the order of an index: the works themselves have one by year; how they are counted (migration 0018)
# has those by amount, of the works without a point, and of the flagged ones.
_OF_WORKS = f"""
    SELECT p.* FROM {{chosen}} p WHERE {READABLE} AND {{where}} AND {{after}}
     ORDER BY p.year DESC NULLS LAST, p.number DESC LIMIT {{limit}}
"""  # noqa: S608  constants of this module
_OF_COUNTED = f"""
    SELECT p.* FROM map_project m JOIN {{chosen}} p ON p.id = m.project_id
     WHERE {{few}} AND {READABLE} AND {{where}} AND {{after}}
     ORDER BY m.{{key}} DESC NULLS LAST, m.number DESC LIMIT {{limit}}
"""  # noqa: S608  constants of this module
# Few works that are known are looked up and put in order: their ids say nothing of where they stand in it.
_KNOWN = SQL("(SELECT * FROM project known WHERE known.id = ANY (%(filter_named)s) OFFSET 0)")
# The name is compared outside of what is put in order.
_OF_MANY = "SELECT * FROM ({works}) p WHERE {name} LIMIT {limit}"
_PAIR = scope.pair("x").replace("{", "{{").replace("}", "}}")  # for what is still to be filled in
_ROWS = f"""
    SELECT p.id, p.number, p.name, p.category, p.year, p.stage, p.fund, p.amount,
           CASE r.level WHEN 'village' THEN r.name END,
           CASE r.level WHEN 'village' THEN above.name WHEN 'district' THEN r.name END, p.claimed_region,
           {LOCATED},
           coalesce(seen.waiting, 0), coalesce(seen.confirmed, 0)
      FROM (SELECT * FROM ({{works}}) p ORDER BY p.{{column}} DESC NULLS LAST, p.number DESC LIMIT {{limit}}) p
      JOIN region r ON r.id = p.region_id
      LEFT JOIN region above ON above.id = r.parent_id
      LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE {WAITING})::int AS waiting,
               count(*) FILTER (WHERE NOT ({WAITING}))::int AS confirmed
          FROM (SELECT * FROM pair WHERE left_project = p.id UNION ALL SELECT * FROM pair WHERE right_project = p.id) x
         WHERE {_PAIR} AND {FLAGGED}) seen ON true
     ORDER BY p.{{column}} DESC NULLS LAST, p.number DESC
"""  # noqa: S608  constants of this module and of filters


def rows(connection: Connection, wanted: Filter, order: str = "newest", after: Place | None = None,
         limit: int = PAGE, named: Named | None = None) -> tuple[list[ProjectRow], Place | None]:
    """One page of the list, and where the next one begins (None where this is the last)."""
    named = named or names.named(connection, wanted)
    found: list[ProjectRow] = []
    for beyond, values in _stretches(order, after):
        query, chosen = _stretch(wanted, named, order, beyond, limit + 1 - len(found))
        with names.in_order(connection) if named.many else nullcontext():
            found += connection.cursor(row_factory=args_row(ProjectRow)).execute(query, chosen | values).fetchall()
        if len(found) > limit:
            break
    shown = found[:limit]
    if len(found) <= limit:
        return shown, None
    last = shown[-1]
    return shown, Place(last.year if order == "newest" else last.amount, last.number)


def _stretches(order: str, after: Place | None) -> list[tuple[str, dict[str, object]]]:
    """What comes after a row, in order: (condition, its values), each one range of an index. Unknown values stand
    last."""
    if after is None:
        return [("true", {})]
    values: dict[str, object] = {"after_number": after.number}
    if after.value is None:
        return [("{key} IS NULL AND {number} < %(after_number)s", values)]
    values["after_value"] = min(int(after.value), _LATEST) if order == "newest" else int(after.value * 100)
    return [("({key}, {number}) < (%(after_value)s::bigint, %(after_number)s::bigint)", values),
            ("{key} IS NULL", {})]


def _stretch(wanted: Filter, named: Named, order: str, beyond: str, most: int) -> tuple[Composed, dict[str, object]]:
    """The query of the works of one stretch, and its values. That few are wanted is written into it: a plan for any
    number of rows would sort them all."""
    limit = SQL("ALL OFFSET 0") if named.many else Literal(most)
    few = {name: condition for name, condition in _FEW.items() if getattr(wanted, name)}
    where, values = wanted.without(*_FEW, *["q"] * named.many).sql(named.ids)
    chosen = SQL("project") if named.ids is None else _KNOWN
    if not few and order == "newest":
        works = SQL(_OF_WORKS).format(
            chosen=chosen, where=where, after=SQL(beyond.format(key="p.year", number="p.number")), limit=limit)
    else:
        parts = {"chosen": chosen, "where": where, "limit": limit, "key": Identifier(_KEY[order]),
                 "after": SQL(beyond.format(key=f"m.{_KEY[order]}", number="m.number"))}
        within = [_COUNTED_OF_VILLAGE] if wanted.village else []
        works = SQL(_OF_COUNTED).format(few=SQL(" AND ").join(map(SQL, ["true", *few.values(), *within])), **parts)
        if wanted.suspected:
            few["suspected"] = _BY_DRAFTS
            drafts = SQL(_OF_COUNTED).format(few=SQL(" AND ").join(map(SQL, few.values())), **parts)
            works = SQL("({}) UNION ALL ({})").format(works, drafts)
    if named.many:
        condition, words = Filter(q=wanted.q).sql()
        works, values = SQL(_OF_MANY).format(works=works, name=condition, limit=Literal(most)), values | words
    return SQL(_ROWS).format(works=works, column=_COLUMN[order], limit=Literal(most)), values


def totals(connection: Connection, wanted: Filter, named: Named | None = None) -> Totals:
    if wanted.without(*_FEW).is_counted:
        return _counted(connection, wanted)
    named = named or names.named(connection, wanted)
    if named.many and _counted(connection, Filter()).works > _COUNTABLE:
        return Totals(None, None, None)
    where, values = wanted.sql(named.ids)
    return connection.cursor(row_factory=args_row(Totals)).execute(
        SQL("""
            SELECT count(*), coalesce(sum(p.amount), 0),
                   count(*) FILTER (WHERE (SELECT m.x FROM map_project m WHERE m.project_id = p.id) IS NULL)
              FROM project p WHERE {readable} AND {where}
            """).format(readable=SQL(READABLE), where=where), values).fetchone()


def _counted(connection: Connection, wanted: Filter) -> Totals:
    """The sums of a filter without a name, from the counts by region."""
    where, values = wanted.sql_of_counts()
    works, money = ("without_point", "amount_without_point") if wanted.pointless else ("works", "amount")
    sums = connection.cursor(row_factory=args_row(Totals)).execute(
        SQL("""
            SELECT coalesce(sum(p.{works}), 0)::bigint, coalesce(sum(p.{money}), 0),
                   coalesce(sum(p.without_point), 0)::bigint
              FROM region_count p WHERE {readable} AND {where} AND p.flag >= %(least)s
            """).format(readable=SQL(READABLE), where=where, works=Identifier(works), money=Identifier(money)),
        values | {"least": int(wanted.suspected)}).fetchone()
    if not wanted.suspected:
        return sums
    where, values = wanted.without(*_FEW).sql()
    drafts = connection.execute(
        SQL("""
            SELECT count(*), coalesce(sum(p.amount), 0), count(*) FILTER (WHERE m.x IS NULL)
              FROM map_project m JOIN project p ON p.id = m.project_id
             WHERE {few} AND {readable} AND {where}
            """).format(few=SQL(" AND ").join([SQL(_BY_DRAFTS), *map(SQL, [_FEW["pointless"]] * wanted.pointless)]),
                        readable=SQL(READABLE), where=where), values).fetchone()
    return Totals(*(one + more for one, more in zip(sums, drafts, strict=True)))
