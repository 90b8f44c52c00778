"""What a check of a proposal needs to say about what it searched."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from app.db import Connection


class Searched(NamedTuple):
    """What there is to search, as the person asking sees it."""

    works: int
    without_point: int
    first_year: int | None
    last_year: int | None
    funds: int


_KEPT_FOR = 200
_COUNTED: dict[str, tuple[float, tuple]] = {}


def searched(connection: Connection, drafts: Sequence) -> Searched:
    """What there is to search; `drafts`: the row of `DRAFTS`, counted each time. Public works are counted again when
    the last count is older than 200 times what it took: exact within a second where there are thousands of works,
    seconds old where there are a million."""
    where = f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}"
    until, public = _COUNTED.get(where, (0.0, ()))
    if time.monotonic() > until:
        started = time.monotonic()
        public = tuple(connection.execute(PUBLIC).fetchone())
        took = time.monotonic() - started
        _COUNTED[where] = (time.monotonic() + (_KEPT_FOR * took if took > WORTH_KEEPING_S else 0.0), public)
    years = [year for one in (public, drafts) for year in one[2:4] if year is not None]
    return Searched(public[0] + drafts[0], public[1] + drafts[1], min(years, default=None), max(years, default=None),
                    len({*public[4], *drafts[4]}))


WORTH_KEEPING_S = 0.005
# From the counts by region (migration 0012), that no work need be read.
PUBLIC = """
    SELECT coalesce(sum(p.works) FILTER (WHERE p.facets = 0), 0)::bigint AS works,
           coalesce(sum(p.without_point) FILTER (WHERE p.facets = 0), 0)::bigint AS without_point,
           min(p.year) AS first_year, max(p.year) AS last_year,
           coalesce(array_agg(DISTINCT p.fund) FILTER (WHERE p.fund IS NOT NULL), '{}') AS funds
      FROM (SELECT facets, year, fund, sum(works) AS works, sum(without_point) AS without_point FROM region_count p
             WHERE p.facets IN (0, 1, 2) AND NOT p.draft GROUP BY facets, year, fund HAVING sum(works) > 0) p
"""
DRAFTS = """
    SELECT count(*) AS works,
           count(*) FILTER (WHERE NOT EXISTS (
             SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL)) AS without_point,
           min(p.year) AS first_year, max(p.year) AS last_year,
           coalesce(array_agg(DISTINCT p.fund) FILTER (WHERE p.fund IS NOT NULL), '{}') AS funds
      FROM project p WHERE p.withdrawn_at IS NULL AND p.draft AND p.region_id = ANY ((SELECT own_regions())::int[])
"""
