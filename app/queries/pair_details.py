"""One pair in full: what was measured, both works as they are known, and what hangs together with it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.queries.pairs import FROM, READABLE, ROW, PairRow, row_of


class Pair(NamedTuple):
    """A pair in full, without its two works (`side`). `facts_hash` is what a verdict given now rests on; `hidden` says
    why the machine's opinion is not shown: None, chosen or demanded."""

    id: int
    left_project: UUID
    right_project: UUID
    left_site: int | None
    right_site: int | None
    kind: str
    to_look_at: bool
    score: float
    probability: float
    distance_m: float | None
    overlap_m: float | None
    overlap_share: float | None
    touching: int
    levels: dict[str, int]
    weights: dict[str, float]
    reason: dict
    money: Decimal | None
    group_id: UUID | None
    model: str
    facts_hash: str
    measured_at: datetime
    retired_at: datetime | None
    state: str
    may_judge: bool
    entered_by_asking: bool
    answer_region: int | None
    hidden: str | None


class Side(NamedTuple):
    """One of the two works: its facts, its region and the site that was compared (geometry in EPSG:4326 or None)."""

    id: UUID
    number: int
    name: str
    category: str | None
    activity_code: str | None
    year: int | None
    stage: str | None
    fund: str | None
    fund_shares: list | None
    amount: Decimal | None
    volume: Decimal | None
    unit: str | None
    place: str | None
    rt: str | None
    rw: str | None
    contractor: str | None
    contract: str | None
    start_date: date | None
    end_date: date | None
    draft: bool
    source: str
    entered_at: datetime
    withdrawn: bool
    village_known: bool
    region: str
    district: str | None
    role: str | None
    method: str | None
    accuracy_m: float | None
    geometry: BaseGeometry | None


class Opposite(NamedTuple):
    """A pair of the same group, as judging all of them at once needs it."""

    id: int
    facts_hash: str
    latest: int
    state: str
    may_judge: bool
    entered_by_asking: bool


_MAY_JUDGE = "ARRAY[a.region_id, b.region_id] && (SELECT regions_for('{planner,auditor,admin}'))::int[]"
_ENTERED = "has_entered(ARRAY[a.id, b.id], (SELECT current_person()))"


def one(connection: Connection, pair_id: int, *, blind: bool = False) -> Pair | None:
    """A pair that the person asking may read; None for any other, whether there is one or not.

    `blind`: the person wants to judge without the machine's opinion; who has answered once has seen it.
    """
    found = connection.execute(
        f"""
        SELECT x.id, x.left_project, x.right_project, x.left_site, x.right_site, x.kind, x.to_look_at, x.score,
               x.probability, x.distance_m, x.overlap_m, x.overlap_share, x.touching, x.levels, x.weights, x.reason,
               x.money, x.group_id, x.model, x.facts_hash, x.measured_at, x.retired_at, derived.state,
               {_MAY_JUDGE}, {_ENTERED},
               (SELECT side.region FROM (VALUES (1, a.region_id), (2, b.region_id)) AS side (place, region)
                 WHERE side.region = ANY ((SELECT regions_for('{{field,head}}'))::int[]) ORDER BY place LIMIT 1),
               CASE WHEN derived.state = 'judged' THEN NULL
                    WHEN blind_for_asking(x.id, ARRAY[a.region_id, b.region_id]) THEN 'demanded'
                    WHEN %(blind)s AND NOT EXISTS (SELECT FROM verdict own WHERE own.pair_id = x.id
                                                    AND own.person_id = current_person()) THEN 'chosen' END
        {FROM} WHERE x.id = %(pair)s AND {READABLE}
        """,  # noqa: S608  the interpolated parts are this module's own constants
        {"pair": pair_id, "blind": blind}).fetchone()
    return Pair(*found) if found else None


def side(connection: Connection, project_id: UUID, site_id: int | None) -> Side:
    """One work of a pair that was read by `one`, with the site that was compared."""
    return sides(connection, {project_id: site_id})[0]


def sides(connection: Connection, wanted: Mapping[UUID, int | None]) -> list[Side]:
    """Works that the person asking may read, each with the site given for it, in the order of their numbers."""
    rows = connection.execute(
        """
        SELECT p.id, p.number, p.name, p.category, p.activity_code, p.year, p.stage, p.fund, p.fund_shares, p.amount,
               p.volume, p.unit, p.place, p.rt, p.rw, p.contractor, p.contract, p.start_date, p.end_date, p.draft,
               p.source, p.entered_at, p.withdrawn_at IS NOT NULL, p.village_known, r.name,
               (SELECT d.name FROM region d WHERE d.id = ANY (r.lineage) AND d.level = 'district' AND d.id <> r.id),
               s.role, s.method, s.accuracy_m, ST_AsBinary(s.geom)
          FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (project_id, site_id)
          JOIN project p ON p.id = wanted.project_id JOIN region r ON r.id = p.region_id
          LEFT JOIN site s ON s.id = wanted.site_id AND s.project_id = p.id
         WHERE NOT p.draft OR p.region_id = ANY ((SELECT own_regions())::int[])
         ORDER BY p.number
        """, [list(wanted), list(wanted.values())])
    return [Side(*row[:-1], geometry=None if row[-1] is None else shapely.from_wkb(bytes(row[-1]))) for row in rows]


def group(connection: Connection, pair: Pair, *, blind: bool = False) -> list[PairRow]:
    """The other pairs of the pair's group, strongest first."""
    if pair.group_id is None:
        return []
    return [row_of(row) for row in connection.execute(
        f"{ROW} {FROM} WHERE x.group_id = %(group)s AND x.id <> %(pair)s AND x.retired_at IS NULL AND {READABLE} "
        "ORDER BY x.probability DESC, x.id LIMIT 20",
        {"group": pair.group_id, "pair": pair.id, "blind": blind}).fetchall()]


def together(connection: Connection, group_id: UUID) -> list[Opposite]:
    """Every pair of a group that the person asking may read, in the order of ids: what is judged in one go."""
    return [Opposite(*row) for row in connection.execute(
        f"""
        SELECT x.id, x.facts_hash, (SELECT coalesce(max(v.id), 0) FROM verdict v WHERE v.pair_id = x.id), derived.state,
               {_MAY_JUDGE}, {_ENTERED}
        {FROM} WHERE x.group_id = %(group)s AND x.retired_at IS NULL AND {READABLE} ORDER BY x.id
        """, {"group": group_id}).fetchall()]  # noqa: S608  constants
