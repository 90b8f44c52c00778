"""Pairs: what may be one work paid twice, in the order in which it is worth looking at.

Every query spells who may read what, as the policies do: each layer alone is enough.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from app.db import Connection
from app.queries.pair_standing import PLACED, STATE
from geo.kinds import KINDS
from geo.schema import FUNDS

STATES = ("open", "reopened", "visit", "judged", "alike")
"""What a list of pairs may hold. open: nobody has judged it, or the facts have changed since; reopened: only those
whose facts have changed; visit: somebody must go and see; judged; alike: looks alike for a good reason."""
PAGE = 30


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs are listed. Empty means any; district and village are region codes.

    `everywhere` lists pairs of all regions; without it only those that touch a region of the person asking. `blind`
    shows neither strength nor kind nor reasons until a verdict is given; a choice of kinds would say them, so it falls.
    """

    state: str = "open"
    kind: tuple[str, ...] = ()
    fund: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    district: str | None = None
    village: str | None = None
    everywhere: bool = False
    blind: bool = False

    @classmethod
    def parse(cls, query_string: str) -> Self:
        """Read a query string (without '?'); what is not a filter, or not a value of one, is left aside."""
        asked = parse_qs(query_string, max_num_fields=500)
        state = asked.get("state", ["open"])[-1]
        blind = asked.get("blind") == ["1"]
        return cls(
            state=state if state in STATES else "open", blind=blind,
            kind=() if blind else tuple(sorted({one for one in asked.get("kind", []) if one in KINDS})),
            fund=tuple(sorted({one for one in asked.get("fund", []) if one in FUNDS})),
            year=tuple(sorted({int(one) for one in asked.get("year", []) if re.fullmatch("[12][0-9]{3}", one)})),
            district=_code(asked.get("district")), village=_code(asked.get("village")),
            everywhere=asked.get("everywhere") == ["1"])

    def __bool__(self) -> bool:
        return self != PairFilter(state=self.state, blind=self.blind)

    def query_string(self, mark: bool = False) -> str:
        """The same filter as a query string; with `mark` a '?' before it, if there is anything to say."""
        pairs = []
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, tuple):
                pairs += [(one.name, each) for each in value]
            elif value and value != one.default:
                pairs.append((one.name, "1" if value is True else value))
        written = urlencode(pairs)
        return f"?{written}" if mark and written else written

    def without(self, *names: str) -> Self:
        """The filter without these fields."""
        empty = PairFilter()
        return replace(self, **{name: getattr(empty, name) for name in names})

    def with_state(self, state: str) -> Self:
        return replace(self, state=state)

    def seeing(self) -> Self:
        return replace(self, blind=False)

    def unseeing(self) -> Self:
        return replace(self, blind=True, kind=())


def _code(given: list[str] | None) -> str | None:
    code = given[-1].strip() if given else ""
    return code if code and len(code) <= 20 and code.isprintable() else None


class PairRow(NamedTuple):
    """A pair as a list shows it, or the case it stands for: the pairs of one group. `rank` is money times probability,
    what lists are ordered by; -1 if unknown. Of a case `money` counts each work once; `works` and `pairs` say how many
    it has, and `later` when the person asking left it for later (seconds of the epoch; 0: not).

    `hidden`: to be judged without the machine's opinion; kind, probability and reason are then None.
    """

    id: int
    kind: str | None
    to_look_at: bool
    probability: float | None
    distance_m: float | None
    overlap_m: float | None
    overlap_share: float | None
    money: Decimal | None
    reason: dict | None
    group_id: UUID | None
    left_name: str
    right_name: str
    left_fund: str | None
    right_fund: str | None
    left_year: int | None
    right_year: int | None
    left_region: str
    right_region: str
    state: str
    verdict: str | None
    answered: bool
    rank: Decimal
    hidden: bool
    works: int = 2
    pairs: int = 1
    later: Decimal = Decimal(0)


class Around(NamedTuple):
    """Where a pair stands in a list: its position from 1 among `total`, and its neighbours."""

    position: int
    total: int
    previous: int | None
    next: int | None


# What counts is the latest verdict on the facts as they are now; a verdict taken back opens the pair again. Where all
# verdicts rest on other facts, the pair is open again and says so. How a pair in force stands is kept for everybody
# (pair_standing); who judged it and with what words is not.
FROM = """
    FROM pair x
    JOIN project a ON a.id = x.left_project
    JOIN project b ON b.id = x.right_project
    JOIN region ra ON ra.id = a.region_id
    JOIN region rb ON rb.id = b.region_id
    LEFT JOIN pair_standing kept ON kept.pair_id = x.id
    LEFT JOIN LATERAL (
      SELECT v.verdict, v.facts_hash FROM verdict v WHERE v.pair_id = x.id AND x.retired_at IS NOT NULL
       ORDER BY v.facts_hash = x.facts_hash DESC, v.id DESC LIMIT 1) former ON true
    CROSS JOIN LATERAL (SELECT coalesce(kept.verdict, former.verdict) AS verdict) standing
    CROSS JOIN LATERAL (
      SELECT coalesce(kept.state, CASE WHEN coalesce(former.verdict, 'withdrawn') = 'withdrawn' THEN 'open'
                                       WHEN former.facts_hash <> x.facts_hash THEN 'reopened'
                                       WHEN former.verdict = 'needs_visit' THEN 'visit' ELSE 'judged' END) AS state,
             coalesce(x.money * x.probability::numeric, -1) AS rank) derived
"""
READABLE = """
    (SELECT current_person()) IS NOT NULL
    AND (x.draft_regions = '{}' OR x.draft_regions <@ (SELECT own_regions())::int[])
    AND (NOT a.draft OR a.region_id = ANY ((SELECT own_regions())::int[]))
    AND (NOT b.draft OR b.region_id = ANY ((SELECT own_regions())::int[]))
"""
_SCOPE = """
    (%(everywhere)s OR a.region_id = ANY ((SELECT own_regions())::int[])
                    OR b.region_id = ANY ((SELECT own_regions())::int[]))
"""
# A list of one kind would tell the kind of what is to be judged without it.
_CHOSEN = """
    (%(kind)s::text[] = '{}' OR x.kind = ANY (%(kind)s)
                                AND NOT (derived.state <> 'judged' AND blind_for_asking(x.id, ARRAY[ra.id, rb.id])))
    AND (%(fund)s::text[] = '{}' OR a.fund = ANY (%(fund)s) OR b.fund = ANY (%(fund)s))
    AND (%(year)s::int[] = '{}' OR a.year = ANY (%(year)s) OR b.year = ANY (%(year)s))
    AND (%(region)s::text IS NULL OR (SELECT id FROM region WHERE code = %(region)s AND valid_to IS NULL)
                                     = ANY (ra.lineage || rb.lineage))
"""
_LISTED_FROM = f"""{FROM}
    LEFT JOIN pair_later l ON l.pair_id = x.id AND l.person_id = (SELECT current_person())
                              AND l.at > now() - interval '12 hours'
    WHERE x.retired_at IS NULL AND {READABLE} AND {_SCOPE} AND {STATE} AND {_CHOSEN}"""
HIDDEN = """derived.state <> 'judged'
             AND (%(blind)s AND NOT EXISTS (SELECT FROM verdict own WHERE own.pair_id = x.id
                                             AND own.person_id = (SELECT current_person()))
                  OR blind_for_asking(x.id, ARRAY[ra.id, rb.id]))"""
"""Of a listed pair: it is to be judged without the machine's opinion."""
ROW = f"""
    SELECT x.id, x.kind, x.to_look_at, x.probability, x.distance_m, x.overlap_m, x.overlap_share, x.money, x.reason,
           x.group_id, a.name AS left_name, b.name AS right_name, a.fund AS left_fund, b.fund AS right_fund,
           a.year AS left_year, b.year AS right_year, ra.name AS left_region, rb.name AS right_region, derived.state,
           standing.verdict, coalesce(kept.answered, false) AS answered, derived.rank,
           {HIDDEN} AS hidden
"""


def values_of(filter: PairFilter) -> dict[str, object]:
    return {"state": filter.state, "kind": list(filter.kind), "fund": list(filter.fund), "year": list(filter.year),
            "region": filter.village or filter.district, "everywhere": filter.everywhere, "blind": filter.blind}


def row_of(found: Sequence) -> PairRow:
    """A row of ROW; where it is to be judged blind, nothing of the machine's opinion leaves this module."""
    row = PairRow(*found)
    return row._replace(kind=None, probability=None, reason=None) if row.hidden else row


def listed(connection: Connection, filter: PairFilter, after: tuple | None = None, limit: int = PAGE) -> list[PairRow]:
    """The cases of a list, each as its strongest pair, what is worth most first; `after` is the (rank, id, later) of
    the last one already seen."""
    rank, last, later = (*(after or (None, None)), 0)[:3]
    rows = connection.execute(
        f"""
        {PLACED}, page AS (
          SELECT * FROM cases
           WHERE %(rank)s::numeric IS NULL
              OR (later, -rank, first) > (%(later)s::numeric, -%(rank)s::numeric, %(last)s::bigint)
           ORDER BY later, rank DESC, first LIMIT %(limit)s),
        several AS (
          SELECT g.group_id, count(DISTINCT one.project) AS works
            FROM grouped g, unnest(ARRAY[g.smaller, g.larger]) AS one (project)
           WHERE g.group_id IN (SELECT group_id FROM page) GROUP BY g.group_id)
        {ROW}, page.money, page.rank, page.pairs, page.later, coalesce(several.works, 2)
          {FROM} JOIN page ON page.first = x.id LEFT JOIN several ON several.group_id = page.group_id
         WHERE {READABLE} ORDER BY page.later, page.rank DESC, x.id
        """,  # noqa: S608  the interpolated parts are this module's own constants
        values_of(filter) | {"rank": rank, "last": last, "later": later, "limit": limit})
    return [row_of(found)._replace(money=money, rank=worth, pairs=count, later=left, works=works)
            for *found, money, worth, count, left, works in rows]


def top(connection: Connection, limit: int = 5) -> list[PairRow]:
    """What is most worth looking at in the regions of the person asking."""
    return listed(connection, PairFilter(), limit=limit)


def around(connection: Connection, filter: PairFilter, pair_id: int) -> Around | None:
    """Where the pair stands in the list; None where it is not (or no longer) in it."""
    found = connection.execute(
        f"""
        {PLACED}, lined AS (
          SELECT id, later, rank AS case_rank, id AS first, probability, rank FROM shown WHERE group_id IS NULL
          UNION ALL
          SELECT g.id, g.later, c.rank, c.first, g.probability, g.rank FROM grouped g JOIN cases c USING (group_id))
        SELECT position, total, previous, next FROM (
          SELECT id, row_number() OVER list AS position, count(*) OVER () AS total,
                 lag(id) OVER list AS previous, lead(id) OVER list AS next
            FROM lined WINDOW list AS (ORDER BY later, case_rank DESC, first, probability DESC, rank DESC, id)) placed
         WHERE id = %(pair)s
        """,  # noqa: S608  the interpolated parts are this module's own constants
        values_of(filter) | {"pair": pair_id}).fetchone()
    return Around(*found) if found else None


def case_of(connection: Connection, filter: PairFilter, pair_id: int) -> tuple[Decimal, int, Decimal] | None:
    """The case in which a pair is listed, as `listed` takes it for `after`; None where it is not in the list."""
    found = connection.execute(
        f"""
        {PLACED} SELECT c.rank, c.first, c.later FROM cases c
         WHERE c.first = %(pair)s OR c.group_id = (SELECT group_id FROM grouped WHERE id = %(pair)s)
        """,  # noqa: S608  the interpolated parts are this module's own constants
        values_of(filter) | {"pair": pair_id}).fetchone()
    return tuple(found) if found else None


def onward(connection: Connection, filter: PairFilter, group_id: UUID | None, after: tuple | None
           ) -> tuple[int | None, bool]:
    """The pair to show when one is done: another of its group (then also True), else the case behind `after`, else the
    first of all.

    A group of which one pair is judged is worth less, and falls in the list; the work goes on where it had come to.
    """
    of_group = group_id and connection.execute(
        f"{PLACED} SELECT first FROM cases WHERE group_id = %(group)s AND later = 0",  # noqa: S608  as above
        values_of(filter) | {"group": group_id}).fetchone()
    if of_group:
        return of_group[0], True
    rows = listed(connection, filter, after, limit=1) or (listed(connection, filter, limit=1) if after else [])
    return (rows[0].id if rows else None), False


def listing(filter: PairFilter) -> tuple[str, dict[str, object]]:
    """What stands behind SELECT to list the pairs of a filter, with its values: for exports, which have no pages."""
    return _LISTED_FROM, values_of(filter)
