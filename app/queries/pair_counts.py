"""How many pairs wait, what they come to and what occurs in them: from the table of how each pair stands (migration
0016), so that neither works nor verdicts are read.

Every query spells who may read what, as the policies do: each layer alone is enough.
"""

from decimal import Decimal
from typing import NamedTuple

from app.db import Connection
from app.queries.pair_standing import CHOSEN, COUNTED, STANDS
from app.queries.pairs import STATES, PairFilter, values_of


class Headline(NamedTuple):
    """What has no verdict yet: how many pairs, the money to look at, and how many of them wait for a visit."""

    count: int
    money: Decimal
    waiting_for_visit: int


def counts(connection: Connection, filter: PairFilter) -> dict[str, int]:
    """How many pairs each of STATES would list with the rest of the filter as it is."""
    row = connection.execute(
        f"""
        SELECT count(*) FILTER (WHERE x.to_look_at AND x.state IN ('open', 'reopened')),
               count(*) FILTER (WHERE x.state = 'reopened'), count(*) FILTER (WHERE x.state = 'visit'),
               count(*) FILTER (WHERE x.state = 'judged'), count(*) FILTER (WHERE NOT x.to_look_at)
        {COUNTED} AND {CHOSEN}
        """, values_of(filter)).fetchone()
    return dict(zip(STATES, row, strict=True))


def headline(connection: Connection, filter: PairFilter = PairFilter()) -> Headline:  # noqa: B008  frozen
    """What has no verdict yet in the regions of the person asking, and *Nilai yang perlu diperiksa*: of a filter that
    is given, whichever state it lists.

    Each work counts once, by the largest of its pairs in which it is the smaller one: of three records of one work
    two are too many, and two are counted. Waiting for a visit is no verdict.
    """
    return Headline(*connection.execute(
        f"""
        WITH shown AS MATERIALIZED (
          SELECT x.money, x.state, x.smaller {COUNTED} AND x.to_look_at AND x.state <> 'judged' AND {CHOSEN})
        SELECT count(*) AS count,
               coalesce((SELECT sum(largest) FROM (SELECT max(money) AS largest FROM shown GROUP BY smaller) AS once),
                        0) AS money,
               count(*) FILTER (WHERE state = 'visit') AS waiting_for_visit
          FROM shown
        """,  # noqa: S608  the interpolated parts are this module's own constants
        values_of(filter)).fetchone())


def choices(connection: Connection, filter: PairFilter) -> dict[str, list[tuple[str, str | None]]]:
    """What occurs in a list or is chosen, for its chips: for kind, fund, year, district and village (code, name).

    The name is None where the code is worded by its own subject; villages are those of the chosen district.
    """
    rows = connection.execute(
        f"""
        WITH shown AS MATERIALIZED (
          SELECT DISTINCT x.kind, x.funds, x.years, x.left_region, x.right_region {COUNTED} AND {STANDS}),
        touched AS (
          SELECT DISTINCT above FROM (SELECT left_region FROM shown UNION SELECT right_region FROM shown) AS one (id)
            JOIN region r USING (id) CROSS JOIN unnest(r.lineage) AS above)
        SELECT DISTINCT 'kind', kind, NULL FROM shown
        UNION
        SELECT 'kind', unnest(%(kind)s::text[]), NULL
        UNION
        SELECT 'fund', unnest(%(fund)s::text[]), NULL
        UNION
        SELECT 'year', one::text, one::text FROM unnest(%(year)s::int[]) AS one
        UNION
        SELECT level, code, name FROM region WHERE code IN (%(district)s, %(village)s) AND valid_to IS NULL
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
        values_of(filter) | {"district": filter.district, "village": filter.village}).fetchall()
    offered: dict[str, list[tuple[str, str | None]]] = {
        name: [] for name in ("kind", "fund", "year", "district", "village")}
    for what, code, name in rows:
        if what in offered:
            offered[what].append((code, name))
    return offered
