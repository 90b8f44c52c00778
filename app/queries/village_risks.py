"""The ranking of villages: a sum of named parts, each a share of the village's works or money against all villages.

    share   what the village has, drawn towards the mean of all while the village has few works:
            (count + PRIOR_WORKS × mean) / (works + PRIOR_WORKS)
    times   share / mean, at most MOST_TIMES
    points  weight × times / MOST_TIMES

A village like all others has a third of each weight; the weights sum to 100. Reasons to look, not faults.
"""

from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import namedtuple_row

from app.db import Connection
from app.queries.anomalies import Run

WEIGHTS = {"indicated_money": 25, "confirmed": 20, "unit_cost": 10, "split": 10, "stale": 8, "outside": 7, "crowded": 5,
           "pointless": 10, "unvisited": 5}
"""Points that each part can give at most. Late reports have no weight: no report is kept yet."""
PRIOR_WORKS = 20
MOST_TIMES = 3.0


class Part(NamedTuple):
    """One part of a village's sum; `count` works (rupiah of indicated_money) of `of`; `points` of `weight`."""

    name: str
    count: int | Decimal
    of: int | Decimal
    share: float
    times: float
    points: float
    weight: int


class VillageRisk(NamedTuple):
    """A village in the ranking, its parts with the heaviest first."""

    code: str
    name: str
    district: str | None
    works: int
    money: Decimal
    score: float
    parts: list[Part]


def ranked(connection: Connection, run: Run, region_code: str | None = None) -> list[VillageRisk]:
    """All villages of the person's regions (in the one named), the highest sum first."""
    found = connection.cursor(row_factory=namedtuple_row).execute(
        """
        SELECT r.code, r.name, above.name AS district, f.works, f.money, f.indicated_money, f.confirmed, f.unit_cost,
               f.split, f.stale, f.outside, f.crowded, f.pointless, f.begun, f.unvisited
          FROM village_figures f JOIN region r ON r.id = f.region_id LEFT JOIN region above ON above.id = r.parent_id
         WHERE f.region_id + 0 = ANY ((SELECT own_regions())::int[])
           AND (%(code)s::text IS NULL OR r.lineage && ARRAY(SELECT id FROM region
                                                              WHERE code = %(code)s AND valid_to IS NULL))
        """, {"code": region_code}).fetchall()
    villages = [_village(row, run.means) for row in found]
    return sorted(villages, key=lambda one: (-one.score, one.code))


def _village(row, means: dict[str, float]) -> VillageRisk:
    parts = sorted((_part(name, row, float(means.get(name, 0))) for name in WEIGHTS), key=lambda part: -part.points)
    return VillageRisk(row.code, row.name, row.district, row.works, row.money,
                       round(sum(part.points for part in parts), 1), parts)


def _part(name: str, row, mean: float) -> Part:
    count, weight = getattr(row, name), WEIGHTS[name]
    of = {"indicated_money": row.money, "unvisited": row.begun}.get(name, row.works)
    works = row.begun if name == "unvisited" else row.works
    own = float(count) / float(of) if of else 0.0
    share = shrunk(own, works, mean)
    times = min(share / mean, MOST_TIMES) if mean else 0.0
    return Part(name, count, of, share, times, weight * times / MOST_TIMES, weight)


def shrunk(share: float, works: int, mean: float) -> float:
    """A share that rests on `works`, drawn towards the mean as if PRIOR_WORKS like all others stood beside them."""
    return (share * works + PRIOR_WORKS * mean) / (works + PRIOR_WORKS)
