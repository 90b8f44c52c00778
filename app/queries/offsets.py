"""Where works were said to stand and where somebody stood: the offset between both, with what it may be worth."""

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import tuple_row
from psycopg.sql import SQL

from app.db import Connection
from app.queries.filters import Filter

MOST = 200
WORDS = ("north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west")


class Offset(NamedTuple):
    """A visited work: metres and compass bearing from its claimed to its visited site; accuracies None if unknown.

    `beyond` says the offset is larger than what both accuracies explain; `outlier` that it also lies far from the
    offsets of the other works (over the upper quartile by three times the span of the middle half).
    """

    id: UUID
    number: int
    name: str
    village: str
    fund: str | None
    year: int | None
    amount: Decimal | None
    offset_m: float
    bearing: float | None
    claimed_m: float | None
    visited_m: float | None
    beyond: bool
    outlier: bool

    @property
    def direction(self) -> str | None:
        """One of eight words; None where both stand at one place."""
        return None if self.bearing is None else WORDS[round(self.bearing / 45) % 8]


class Sums(NamedTuple):
    """Of all visited works of a filter: how many, the middle offset in metres, how many beyond their accuracy."""

    works: int
    median_m: float | None
    beyond: int


_OFFSETS = """
    WITH apart AS MATERIALIZED (
      SELECT p.id, p.number, p.name, r.name AS village, p.fund, p.year, p.amount, c.accuracy_m AS claimed_m,
             v.accuracy_m AS visited_m, ST_Distance(c.geom::geography, v.geom::geography) AS offset_m,
             degrees(ST_Azimuth(ST_ClosestPoint(c.geom, v.geom)::geography, ST_Centroid(v.geom)::geography)) AS bearing
        FROM site v
        JOIN project p ON p.id = v.project_id
        JOIN region r ON r.id = p.region_id
        JOIN LATERAL (SELECT * FROM site s WHERE s.project_id = v.project_id AND s.role = 'claimed'
                         AND s.superseded_at IS NULL ORDER BY ST_Distance(s.geom, v.geom), s.id LIMIT 1) c ON true
       WHERE v.role = 'visited' AND v.superseded_at IS NULL
         AND p.region_id + 0 = ANY ((SELECT own_regions())::int[]) AND {where}),
    usual AS (
      SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY offset_m) AS low,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY offset_m) AS middle,
             percentile_cont(0.75) WITHIN GROUP (ORDER BY offset_m) AS high FROM apart),
    told AS (
      SELECT apart.*, offset_m > coalesce(claimed_m, 0) + coalesce(visited_m, 0) AS beyond,
             offset_m > greatest(high + 3 * (high - low), coalesce(claimed_m, 0) + coalesce(visited_m, 0), 20)
               AS outlier
        FROM apart CROSS JOIN usual)
"""


def listed(connection: Connection, wanted: Filter) -> tuple[list[Offset], Sums]:
    """The visited works whose offset is largest, MOST at most, and the sums of all of them."""
    where, values = wanted.sql()
    found = connection.cursor(row_factory=tuple_row).execute(
        SQL(_OFFSETS + """
            SELECT id, number, name, village, fund, year, amount, offset_m, bearing, claimed_m, visited_m, beyond,
                   outlier, (count(*) OVER ())::int, (SELECT middle FROM usual),
                   (count(*) FILTER (WHERE beyond) OVER ())::int
              FROM told ORDER BY offset_m DESC, id LIMIT %(most)s
            """).format(where=where), values | {"most": MOST}).fetchall()  # noqa: S608  this module's own constants
    return [Offset(*row[:-3]) for row in found], Sums(*found[0][-3:]) if found else Sums(0, None, 0)
