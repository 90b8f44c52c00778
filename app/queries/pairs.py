"""Pairs: what may be one work paid twice, in the order in which it is worth looking at.

Every query spells who may read what, as the policies do: each layer alone is enough.
"""

import re
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from app.db import Connection
from geo.kinds import KINDS
from geo.schema import FUNDS

STATES = ("open", "reopened", "visit", "judged", "alike")
"""What a list of pairs may hold. open: nobody has judged it, or the facts have changed since; reopened: only those
whose facts have changed; visit: somebody must go and see; judged; alike: looks alike for a good reason."""
PAGE = 30


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs are listed. Empty means any; district and village are region codes.

    `everywhere` lists pairs of all regions; without it only those that touch a region of the person asking.
    """

    state: str = "open"
    kind: tuple[str, ...] = ()
    fund: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    district: str | None = None
    village: str | None = None
    everywhere: bool = False

    @classmethod
    def parse(cls, query_string: str) -> Self:
        """Read a query string (without '?'); what is not a filter, or not a value of one, is left aside."""
        asked = parse_qs(query_string, max_num_fields=500)
        state = asked.get("state", ["open"])[-1]
        return cls(
            state=state if state in STATES else "open",
            kind=tuple(sorted({one for one in asked.get("kind", []) if one in KINDS})),
            fund=tuple(sorted({one for one in asked.get("fund", []) if one in FUNDS})),
            year=tuple(sorted({int(one) for one in asked.get("year", []) if re.fullmatch("[12][0-9]{3}", one)})),
            district=_code(asked.get("district")), village=_code(asked.get("village")),
            everywhere=asked.get("everywhere") == ["1"])

    def __bool__(self) -> bool:
        return self != PairFilter(state=self.state)

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


def _code(given: list[str] | None) -> str | None:
    code = given[-1].strip() if given else ""
    return code if code and len(code) <= 20 and code.isprintable() else None


class PairRow(NamedTuple):
    """A pair as a list shows it. `rank` is money times probability, what lists are ordered by; -1 if unknown."""

    id: int
    kind: str
    to_look_at: bool
    probability: float
    distance_m: float | None
    overlap_m: float | None
    overlap_share: float | None
    money: Decimal | None
    reason: dict
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


class Headline(NamedTuple):
    """What has no verdict yet: how many pairs, the money to look at, and how many of them wait for a visit."""

    count: int
    money: Decimal
    waiting_for_visit: int


class Around(NamedTuple):
    """Where a pair stands in a list: its position from 1 among `total`, and its neighbours."""

    position: int
    total: int
    previous: int | None
    next: int | None


# What counts is the latest verdict on the facts as they are now; a verdict taken back opens the pair again. Where all
# verdicts rest on other facts, the pair is open again and says so.
FROM = """
    FROM pair x
    JOIN project a ON a.id = x.left_project
    JOIN project b ON b.id = x.right_project
    JOIN region ra ON ra.id = a.region_id
    JOIN region rb ON rb.id = b.region_id
    LEFT JOIN LATERAL (
      SELECT v.verdict, v.facts_hash FROM verdict v WHERE v.pair_id = x.id
       ORDER BY v.facts_hash = x.facts_hash DESC, v.id DESC LIMIT 1) standing ON true
    CROSS JOIN LATERAL (
      SELECT CASE WHEN coalesce(standing.verdict, 'withdrawn') = 'withdrawn' THEN 'open'
                  WHEN standing.facts_hash <> x.facts_hash THEN 'reopened'
                  WHEN standing.verdict = 'needs_visit' THEN 'visit' ELSE 'judged' END AS state,
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
_STATE = """
    CASE %(state)s WHEN 'open' THEN x.to_look_at AND derived.state IN ('open', 'reopened')
                   WHEN 'reopened' THEN derived.state = 'reopened'
                   WHEN 'alike' THEN NOT x.to_look_at
                   ELSE derived.state = %(state)s END
"""
_CHOSEN = """
    (%(kind)s::text[] = '{}' OR x.kind = ANY (%(kind)s))
    AND (%(fund)s::text[] = '{}' OR a.fund = ANY (%(fund)s) OR b.fund = ANY (%(fund)s))
    AND (%(year)s::int[] = '{}' OR a.year = ANY (%(year)s) OR b.year = ANY (%(year)s))
    AND (%(region)s::text IS NULL OR (SELECT id FROM region WHERE code = %(region)s AND valid_to IS NULL)
                                     = ANY (ra.lineage || rb.lineage))
"""
_LISTED = f"{FROM} WHERE x.retired_at IS NULL AND {READABLE} AND {_SCOPE} AND {_STATE} AND {_CHOSEN}"
# The same of pairs as they are counted (migration 0016): neither works nor verdicts are read.
_COUNTED = """
    FROM pair_standing x
   WHERE (SELECT current_person()) IS NOT NULL
     AND (x.draft_regions = '{}' OR x.draft_regions <@ (SELECT own_regions())::int[])
     AND (%(everywhere)s OR x.left_region IN (SELECT unnest((SELECT own_regions())::int[]))
                         OR x.right_region IN (SELECT unnest((SELECT own_regions())::int[])))
"""
_STATE_COUNTED = _STATE.replace("derived.", "x.")
_CHOSEN_COUNTED = """
    (%(kind)s::text[] = '{}' OR x.kind = ANY (%(kind)s))
    AND (%(fund)s::text[] = '{}' OR x.funds && %(fund)s) AND (%(year)s::int[] = '{}' OR x.years && %(year)s::smallint[])
    AND (%(region)s::text IS NULL
         OR x.left_region IN (SELECT r.id FROM region r JOIN region above ON above.id = ANY (r.lineage)
                               WHERE above.code = %(region)s AND above.valid_to IS NULL)
         OR x.right_region IN (SELECT r.id FROM region r JOIN region above ON above.id = ANY (r.lineage)
                               WHERE above.code = %(region)s AND above.valid_to IS NULL))
"""
ROW = """
    SELECT x.id, x.kind, x.to_look_at, x.probability, x.distance_m, x.overlap_m, x.overlap_share, x.money, x.reason,
           x.group_id, a.name AS left_name, b.name AS right_name, a.fund AS left_fund, b.fund AS right_fund,
           a.year AS left_year, b.year AS right_year, ra.name AS left_region, rb.name AS right_region, derived.state,
           standing.verdict, EXISTS (SELECT FROM answer t WHERE t.pair_id = x.id) AS answered, derived.rank
"""


def _values(filter: PairFilter) -> dict[str, object]:
    return {"state": filter.state, "kind": list(filter.kind), "fund": list(filter.fund), "year": list(filter.year),
            "region": filter.village or filter.district, "everywhere": filter.everywhere}


def listed(connection: Connection, filter: PairFilter, after: tuple[Decimal, int] | None = None,
           limit: int = PAGE) -> list[PairRow]:
    """The pairs of a list, what is worth most first; `after` is the (rank, id) of the last one already seen."""
    rank, last = after or (None, None)
    found = [pair for pair, in connection.execute(
        f"""
        SELECT x.pair_id {_COUNTED} AND {_STATE_COUNTED} AND {_CHOSEN_COUNTED}
           AND (%(rank)s::numeric IS NULL OR (-x.rank, x.pair_id) > (-%(rank)s::numeric, %(last)s::bigint))
         ORDER BY x.rank DESC, x.pair_id LIMIT %(limit)s
        """,
        _values(filter) | {"rank": rank, "last": last, "limit": limit})]
    rows = connection.execute(
        f"{ROW} {FROM} WHERE x.id = ANY (%(found)s) AND {READABLE} ORDER BY derived.rank DESC, x.id",
        _values(filter) | {"found": found})
    return [PairRow(*row) for row in rows]


def top(connection: Connection, limit: int = 5) -> list[PairRow]:
    """What is most worth looking at in the regions of the person asking."""
    return listed(connection, PairFilter(), limit=limit)


def counts(connection: Connection, filter: PairFilter) -> dict[str, int]:
    """How many pairs each of STATES would list with the rest of the filter as it is."""
    row = connection.execute(
        f"""
        SELECT count(*) FILTER (WHERE x.to_look_at AND x.state IN ('open', 'reopened')),
               count(*) FILTER (WHERE x.state = 'reopened'), count(*) FILTER (WHERE x.state = 'visit'),
               count(*) FILTER (WHERE x.state = 'judged'), count(*) FILTER (WHERE NOT x.to_look_at)
        {_COUNTED} AND {_CHOSEN_COUNTED}
        """, _values(filter)).fetchone()
    return dict(zip(STATES, row, strict=True))


def headline(connection: Connection, *, everywhere: bool = False) -> Headline:
    """What has no verdict yet in the regions of the person asking, and *Nilai yang perlu diperiksa*.

    Each work counts once, by the largest of its pairs in which it is the smaller one: of three records of one work
    two are too many, and two are counted. Waiting for a visit is no verdict.
    """
    return Headline(*connection.execute(
        f"""
        WITH shown AS MATERIALIZED (
          SELECT x.money, x.state, x.smaller {_COUNTED} AND x.to_look_at AND x.state <> 'judged')
        SELECT count(*) AS count,
               coalesce((SELECT sum(largest) FROM (SELECT max(money) AS largest FROM shown GROUP BY smaller) AS once),
                        0) AS money,
               count(*) FILTER (WHERE state = 'visit') AS waiting_for_visit
          FROM shown
        """,  # noqa: S608  the interpolated parts are this module's own constants
        {"everywhere": everywhere}).fetchone())


def choices(connection: Connection, filter: PairFilter) -> dict[str, list[tuple[str, str | None]]]:
    """What occurs in a list, for its chips: for kind, fund, year, district and village (code, name).

    The name is None where the code is worded by its own subject; villages are those of the chosen district.
    """
    rows = connection.execute(
        f"""
        WITH shown AS MATERIALIZED (
          SELECT DISTINCT x.kind, x.funds, x.years, x.left_region, x.right_region {_COUNTED} AND {_STATE_COUNTED}),
        touched AS (
          SELECT DISTINCT above FROM (SELECT left_region FROM shown UNION SELECT right_region FROM shown) AS one (id)
            JOIN region r USING (id) CROSS JOIN unnest(r.lineage) AS above)
        SELECT DISTINCT 'kind', kind, NULL FROM shown
        UNION
        SELECT 'fund', one, NULL FROM (SELECT DISTINCT funds FROM shown) AS lists, unnest(funds) AS one
        UNION
        SELECT 'year', one::text, one::text FROM (SELECT DISTINCT years FROM shown) AS lists, unnest(years) AS one
        UNION
        SELECT r.level, r.code, r.name FROM touched JOIN region r ON r.id = touched.above
         WHERE r.level = 'district'
            OR r.level = 'village' AND (SELECT id FROM region WHERE code = %(district)s AND valid_to IS NULL)
                                       = ANY (r.lineage)
        ORDER BY 1, 3, 2
        """,  # noqa: S608  the interpolated parts are this module's own constants
        _values(filter) | {"district": filter.district}).fetchall()
    offered: dict[str, list[tuple[str, str | None]]] = {
        name: [] for name in ("kind", "fund", "year", "district", "village")}
    for what, code, name in rows:
        offered[what].append((code, name))
    return offered


def around(connection: Connection, filter: PairFilter, pair_id: int) -> Around | None:
    """Where the pair stands in the list; None where it is not (or no longer) in it."""
    found = connection.execute(
        f"""
        SELECT position, total, previous, next FROM (
          SELECT x.id, row_number() OVER list AS position, count(*) OVER () AS total,
                 lag(x.id) OVER list AS previous, lead(x.id) OVER list AS next
          {_LISTED} WINDOW list AS (ORDER BY derived.rank DESC, x.id)) AS placed
         WHERE id = %(pair)s
        """,  # noqa: S608  the interpolated parts are this module's own constants
        _values(filter) | {"pair": pair_id}).fetchone()
    return Around(*found) if found else None
