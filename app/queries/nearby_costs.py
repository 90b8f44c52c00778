"""What stands beside a proposal: what like works cost, and what is already planned near it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection

BOX_DEG = 0.135
"""About 15 km: like works farther away are built under other conditions."""
LOOKED_AT, NEAREST = 1_500, 200
"""So many sites are looked at, nearest first, and so many like works among them compared: the same time everywhere."""
PIECES = ("unit", "titik", "set", "lokasi")


class Costs(NamedTuple):
    """What like works cost for one metre, square metre or piece: how many there are, the middle, the quarters and the
    ends, in the installation's currency, with the span of years they are of. All None but `works` where there is none.
    """

    works: int
    low: float | None
    quarter: float | None
    median: float | None
    three_quarters: float | None
    high: float | None
    first_year: int | None
    last_year: int | None


def costs(connection: Connection, shape: BaseGeometry, category: str, measure: str, first_year: int,
          last_year: int) -> Costs:
    """Of the nearest public works of a category and these years; `measure` is m, m2, unit or work.

    Proposals are left out, for they say what is asked and not what is paid, and so are cancelled works.
    """
    return Costs(*connection.execute(COSTS, {
        "shape": shapely.to_wkb(shape), "box": BOX_DEG, "category": category, "first": first_year, "last": last_year,
        "looked": LOOKED_AT, "nearest": NEAREST, "measure": measure, "pieces": list(PIECES)}).fetchone())


COSTS = """
    WITH around AS MATERIALIZED (
      SELECT s.project_id, s.geom <-> ST_GeomFromWKB(%(shape)s, 4326) AS apart FROM site s
       WHERE s.superseded_at IS NULL AND s.part = 1 AND NOT s.draft
         AND s.geom && ST_Expand(ST_Envelope(ST_GeomFromWKB(%(shape)s, 4326)), %(box)s)
       ORDER BY s.geom <-> ST_GeomFromWKB(%(shape)s, 4326) LIMIT %(looked)s),
    near AS MATERIALIZED (
      SELECT p.id, p.amount, p.volume, p.unit, p.year FROM around a JOIN project p ON p.id = a.project_id
       WHERE p.withdrawn_at IS NULL AND p.category = %(category)s AND p.year BETWEEN %(first)s AND %(last)s
         AND p.amount > 0 AND p.stage IS DISTINCT FROM 'cancelled'
       ORDER BY a.apart LIMIT %(nearest)s),
    sized AS (
      SELECT DISTINCT ON (n.id) n.year, n.amount::double precision / nullif(CASE %(measure)s
               WHEN 'work' THEN 1.0
               WHEN 'unit' THEN CASE WHEN n.unit = ANY (%(pieces)s) THEN n.volume::double precision END
               ELSE coalesce(CASE WHEN n.unit = %(measure)s THEN n.volume::double precision END,
                             (SELECT sum(CASE %(measure)s WHEN 'm' THEN ST_Length(o.geom::geography)
                                                          ELSE ST_Area(o.geom::geography) END)
                                FROM site o WHERE o.project_id = n.id AND o.superseded_at IS NULL)) END, 0) AS cost
        FROM near n)
    SELECT count(*)::int AS works, min(cost) AS low, percentile_cont(0.25) WITHIN GROUP (ORDER BY cost) AS quarter,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY cost) AS median,
           percentile_cont(0.75) WITHIN GROUP (ORDER BY cost) AS three_quarters, max(cost) AS high,
           min(year) AS first_year, max(year) AS last_year
      FROM sized WHERE cost > 0
"""


class Planned(NamedTuple):
    """A proposed or planned work near a place, that the person asking may read."""

    project: UUID
    number: int
    name: str
    year: int | None
    stage: str
    fund: str | None
    amount: Decimal | None
    village: str
    region_id: int
    draft: bool
    distance_m: float


def planned(connection: Connection, shape: BaseGeometry, reach_m: float, years: Sequence[int], limit: int = 20
            ) -> list[Planned]:
    """What is proposed or planned for these years within reach, of any category, nearest first; each work once."""
    return [Planned(*row) for row in connection.execute(PLANNED, {
        "shape": shapely.to_wkb(shape), "margin": reach_m / 100_000, "reach": reach_m, "years": list(years),
        "limit": limit})]


PLANNED = """
    SELECT * FROM (
      SELECT DISTINCT ON (p.id) p.id, p.number, p.name, p.year, p.stage, p.fund, p.amount, r.name AS village,
             p.region_id, p.draft, ST_Distance(s.geom::geography, ST_GeomFromWKB(%(shape)s, 4326)::geography) AS m
        FROM site s JOIN project p ON p.id = s.project_id JOIN region r ON r.id = p.region_id
       WHERE s.superseded_at IS NULL AND p.withdrawn_at IS NULL
         AND (NOT s.draft OR s.region_id = ANY ((SELECT own_regions())::int[]))
         AND s.geom && ST_Expand(ST_Envelope(ST_GeomFromWKB(%(shape)s, 4326)), %(margin)s)
         AND p.stage IN ('proposed', 'planned') AND p.year = ANY (%(years)s)
       ORDER BY p.id, m) AS near
     WHERE m <= %(reach)s ORDER BY m, number LIMIT %(limit)s
"""
