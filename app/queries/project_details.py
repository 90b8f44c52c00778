"""One work in full: its facts, its places now and before, how it came to be known, and its indications."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.rows import args_row, tuple_row
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.queries import scope
from app.queries.blind_samples import CHOSEN, UNSEEN
from app.queries.filters import SETTLED
from app.queries.project_list import READABLE


class Project(NamedTuple):
    """A work as it is known now. `village` is None where the responsible village is not known."""

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
    record: str | None
    start_date: date | None
    end_date: date | None
    draft: bool
    version: int
    source: str
    claimed_region: str | None
    village: str | None
    village_code: str | None
    district: str | None
    district_code: str | None
    approximate: bool
    entered_by: str
    entered_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None
    file_name: str | None
    own: bool


class SiteRow(NamedTuple):
    """Where a work stands, or stood until `superseded_at`. Geometry in EPSG:4326, lengths in metres."""

    id: int
    part: int
    role: str
    method: str | None
    accuracy_m: float | None
    geometry: BaseGeometry
    found_village: str | None
    outside_m: float | None
    reason: str | None
    entered_by: str
    valid_from: datetime
    superseded_at: datetime | None
    length_m: float | None
    area_m2: float | None
    file_name: str | None = None
    superseded_by: int | None = None

    def stood(self, before: datetime) -> bool:
        """Whether it was the current one, by what was recorded before a moment."""
        return self.valid_from < before and (self.superseded_at is None or self.superseded_at >= before)


class Version(NamedTuple):
    """The facts of a work as they were from `recorded_at` on; `before` are those they replaced, None for the first.

    `file_name` is that of the upload that brought them, None where it was none; `region` names the responsible region,
    `merging` says that two records were made one, or parted."""

    version: int
    facts: dict
    before: dict | None
    recorded_at: datetime
    person: str | None
    file_name: str | None
    region: str | None = None
    region_before: str | None = None
    merging: bool = False

    @property
    def changed(self) -> list[str]:
        """Names of the facts that this version changed."""
        return [] if self.before is None else sorted(
            name for name, value in self.facts.items() if self.before.get(name) != value)


class Indication(NamedTuple):
    """A pair that the work is one side of, with what the other side is. What the person asking is to judge blind is
    `hidden`, has no kind, probability and reason, and may or may not be one to look at."""

    pair_id: int
    kind: str | None
    to_look_at: bool
    probability: float | None
    reason: dict | None
    other_id: UUID
    other_name: str
    other_year: int | None
    other_fund: str | None
    other_amount: Decimal | None
    other_village: str
    verdict: str | None
    answered: bool
    hidden: bool


def by_id(connection: Connection, project_id: UUID) -> Project | None:
    """The work, if the person asking may read it."""
    return connection.cursor(row_factory=args_row(Project)).execute(
        f"""
        SELECT p.id, p.number, p.name, p.category, p.activity_code, p.year, p.stage, p.fund, p.fund_shares, p.amount,
               p.volume, p.unit, p.place, p.rt, p.rw, p.contractor, p.contract, p.record, p.start_date, p.end_date,
               p.draft, p.version, p.source, p.claimed_region,
               CASE r.level WHEN 'village' THEN r.name END, CASE r.level WHEN 'village' THEN r.code END,
               CASE r.level WHEN 'village' THEN above.name WHEN 'district' THEN r.name END,
               CASE r.level WHEN 'village' THEN above.code WHEN 'district' THEN r.code END,
               r.approximate, e.full_name, p.entered_at, p.changed_at, p.withdrawn_at, u.file_name,
               p.region_id = ANY ((SELECT own_regions())::int[])
          FROM project p JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id
          JOIN person e ON e.id = p.entered_by LEFT JOIN upload u ON u.id = p.upload_id AND {scope.upload("u")}
         WHERE p.id = %s AND {READABLE}
        """, [project_id]).fetchone()  # noqa: S608  a constant


def sites(connection: Connection, project_id: UUID) -> list[SiteRow]:
    """Its places, those that hold now first, then those they replaced."""
    rows = connection.cursor(row_factory=tuple_row).execute(
        f"""
        SELECT s.id, s.part, s.role, s.method, s.accuracy_m, ST_AsBinary(s.geom), r.name, s.outside_m, s.reason,
               e.full_name, s.valid_from, s.superseded_at,
               CASE ST_Dimension(s.geom) WHEN 1 THEN ST_Length(s.geom::geography) END,
               CASE ST_Dimension(s.geom) WHEN 2 THEN ST_Area(s.geom::geography) END, u.file_name, s.superseded_by
          FROM site s LEFT JOIN region r ON r.id = s.found_region_id JOIN person e ON e.id = s.entered_by
          LEFT JOIN upload u ON u.id = s.upload_id AND {scope.upload("u")}
         WHERE s.project_id = %s AND {scope.work("s")}
         ORDER BY s.superseded_at DESC NULLS FIRST, s.part, s.id LIMIT 500
        """, [project_id]).fetchall()  # noqa: S608  constants
    return [SiteRow(*row[:5], shapely.from_wkb(bytes(row[5])), *row[6:]) for row in rows]


def versions(connection: Connection, project_id: UUID) -> list[Version]:
    """Every version of its facts, the present one first."""
    return connection.cursor(row_factory=args_row(Version)).execute(
        f"""
        SELECT f.version, f.facts, lag(f.facts) OVER work, f.recorded_at, e.full_name,
               CASE WHEN f.upload_id IS DISTINCT FROM lag(f.upload_id) OVER work THEN u.file_name END, r.name,
               lag(r.name) OVER work, f.merging_id IS NOT NULL
          FROM project_fact f JOIN project p ON p.id = f.project_id AND {scope.work("p")}
          LEFT JOIN person e ON e.id = f.recorded_by LEFT JOIN upload u ON u.id = f.upload_id AND {scope.upload("u")}
          LEFT JOIN region r ON r.id = (f.facts->>'region_id')::integer
         WHERE f.project_id = %s WINDOW work AS (ORDER BY f.version) ORDER BY f.version DESC LIMIT 200
        """, [project_id]).fetchall()  # noqa: S608  constants


def indications(connection: Connection, project_id: UUID, *, blind: bool = False) -> list[Indication]:
    """Its pairs that are to be looked at, or were judged, or look alike for a good reason; the likeliest first.
    `blind`: the person asking has chosen to judge without the machine's opinion."""
    return connection.cursor(row_factory=args_row(Indication)).execute(
        f"""
        SELECT x.id, CASE WHEN NOT blind.hidden THEN x.kind END, x.to_look_at OR blind.hidden,
               CASE WHEN NOT blind.hidden THEN x.probability END, CASE WHEN NOT blind.hidden THEN x.reason END, p.id,
               p.name, p.year, p.fund, p.amount, r.name, nullif({SETTLED}, 'withdrawn'),
               EXISTS (SELECT FROM pair_standing k WHERE k.pair_id = x.id AND k.answered), blind.hidden
          FROM (SELECT * FROM pair WHERE left_project = %(id)s UNION ALL
                SELECT * FROM pair WHERE right_project = %(id)s) x
          JOIN project own ON own.id = %(id)s
          JOIN project p ON p.id = CASE WHEN x.left_project = %(id)s THEN x.right_project ELSE x.left_project END
          JOIN region r ON r.id = p.region_id
          CROSS JOIN LATERAL (SELECT {UNSEEN.format("own.region_id", "p.region_id")} OR {CHOSEN} AS hidden) AS blind
         WHERE x.retired_at IS NULL AND p.withdrawn_at IS NULL AND {READABLE} AND {scope.work("own")}
         ORDER BY x.to_look_at OR blind.hidden DESC, CASE WHEN NOT blind.hidden THEN x.probability END DESC NULLS LAST,
                  x.id LIMIT 100
        """, {"id": project_id, "blind": blind}).fetchall()  # noqa: S608  constants
