"""Two records of one work: made one, found again by either, and parted. The doors of migrations/0010 decide who may."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection


class Merging(NamedTuple):
    """How two records became one work; `may_part` says whether the person asking may take them apart."""

    id: int
    pair_id: int
    kept_project: UUID
    gone_project: UUID
    kept_number: int
    gone_number: int
    gone_name: str
    merged_by: str
    merged_at: datetime
    may_part: bool


_MERGING = """
    SELECT m.id, m.pair_id, m.kept_project, m.gone_project, k.number AS kept_number, g.number AS gone_number,
           g.name AS gone_name, p.full_name AS merged_by, m.merged_at,
           k.withdrawn_at IS NULL
             AND (EXISTS (SELECT FROM verdict v WHERE v.pair_id = m.pair_id AND v.person_id = (SELECT current_person())
                             AND v.verdict = 'same_record')
                  OR (k.region_id = ANY ((SELECT regions_for('{planner,admin}'))::int[])
                      AND g.region_id = ANY ((SELECT regions_for('{planner,admin}'))::int[])))
      FROM merging m JOIN project k ON k.id = m.kept_project JOIN project g ON g.id = m.gone_project
      JOIN person p ON p.id = m.merged_by
     WHERE m.parted_at IS NULL
       AND (NOT k.draft OR k.region_id = ANY ((SELECT own_regions())::int[]))
       AND (NOT g.draft OR g.region_id = ANY ((SELECT own_regions())::int[]))
"""


def merge(connection: Connection, pair_id: int) -> tuple[UUID, UUID] | None:
    """Make the two works of the pair one, if all who must say so have; answers (kept, gone), None where not (yet)."""
    made = connection.execute("SELECT merge_pair(%s)", [pair_id]).fetchone()[0]
    if made is None:
        return None
    return connection.execute("SELECT kept_project, gone_project FROM merging WHERE id = %s", [made]).fetchone()


def part(connection: Connection, merging_id: int, reason: str) -> bool:
    """Make them two again; False where the works have gone on since."""
    return connection.execute("SELECT part_works(%s, %s)", [merging_id, reason]).fetchone()[0]


def of_pair(connection: Connection, pair_id: int) -> Merging | None:
    """The merging in force that rests on this pair."""
    found = connection.execute(_MERGING + " AND m.pair_id = %s", [pair_id]).fetchone()
    return Merging(*found) if found else None


def of_project(connection: Connection, project_id: UUID) -> list[Merging]:
    """The records that live on in this work, the latest first."""
    return [Merging(*row) for row in connection.execute(
        _MERGING + " AND m.kept_project = %s ORDER BY m.id DESC", [project_id])]


def stands_for(connection: Connection, project_id: UUID) -> UUID | None:
    """The work that a record lives on in: itself, where it became part of no other; None where there is none."""
    return connection.execute("SELECT stands_for(%s)", [project_id]).fetchone()[0]


def survivors(connection: Connection, project_ids: Sequence[UUID]) -> list[UUID]:
    """The works that these records live on in."""
    return [row[0] for row in connection.execute("SELECT DISTINCT stands_for(one) FROM unnest(%s::uuid[]) AS one",
                                                 [list(project_ids)])]


class Undecided(NamedTuple):
    """A pair of which somebody said that both are one record, while a planner of its regions has not said so."""

    pair_id: int
    name: str
    village: str


def undecided(connection: Connection, limit: int = 20) -> list[Undecided]:
    """Pairs that wait for the word of whoever plans where their works are, the person asking among them."""
    rows = connection.execute(
        """
        SELECT x.id, a.name, r.name
          FROM pair_standing s JOIN pair x ON x.id = s.pair_id
          JOIN project a ON a.id = x.left_project JOIN region r ON r.id = a.region_id
         WHERE s.state = 'judged' AND s.verdict = 'same_record'
           AND (s.draft_regions = '{}' OR s.draft_regions <@ (SELECT own_regions())::int[])
           AND (s.left_region = ANY ((SELECT regions_for('{planner,admin}'))::int[])
                OR s.right_region = ANY ((SELECT regions_for('{planner,admin}'))::int[]))
           AND NOT EXISTS (SELECT FROM verdict v WHERE v.pair_id = x.id AND v.person_id = (SELECT current_person())
                                                   AND v.facts_hash = x.facts_hash)
         ORDER BY s.rank DESC, x.id LIMIT %s
        """, [limit])
    return [Undecided(*row) for row in rows]
