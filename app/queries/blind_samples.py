"""Samples that an administrator demands to be judged blind: without the machine's opinion until a verdict is given."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from app.queries.filters import SETTLED

UNSEEN = f"""(blind_for_asking(x.id, ARRAY[{{0}}, {{1}}])
               AND coalesce({SETTLED}, 'withdrawn') IN ('withdrawn', 'needs_visit'))"""
"""Of a pair `x` between works of the regions {0} and {1}: the person asking is to judge it without the machine's
opinion, and nobody has judged it yet."""


CHOSEN = f"""(%(blind)s AND coalesce({SETTLED}, 'withdrawn') IN ('withdrawn', 'needs_visit')
                  AND NOT EXISTS (SELECT FROM verdict own_one WHERE own_one.pair_id = x.id
                                   AND own_one.person_id = (SELECT current_person())))"""
"""Of a pair `x`: the person asking has chosen to judge without the machine's opinion, and has not answered yet."""


class Sample(NamedTuple):
    """A demanded sample: of each thousand pairs of a region, how many are judged blind."""

    id: int
    region: str
    per_mille: int
    reason: str
    set_by: str
    set_at: datetime
    ended_at: datetime | None
    own: bool


def among(connection: Connection, works: Collection[UUID]) -> set[UUID]:
    """Those of the works between which there is a pair that the person asking is to judge without the machine's
    opinion: what is said of both of them side by side would tell it."""
    return {side for pair in pairs(connection, works) for side in pair}


def pairs(connection: Connection, works: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """The same pairs, as their two works."""
    if not connection.execute("SELECT EXISTS (SELECT FROM blind_sample WHERE ended_at IS NULL)").fetchone()[0]:
        return set()
    return {tuple(row) for row in connection.execute(
        f"""
        SELECT x.left_project, x.right_project
          FROM pair x JOIN project a ON a.id = x.left_project JOIN project b ON b.id = x.right_project
         WHERE x.left_project = ANY (%(works)s) AND x.right_project = ANY (%(works)s) AND x.retired_at IS NULL
           AND {UNSEEN.format("a.region_id", "b.region_id")}
        """, {"works": list(works)})}  # noqa: S608  constants of the queries' modules


def all_of(connection: Connection) -> list[Sample]:
    """Every sample, those in force first; `own` where the person asking may end it."""
    return [Sample(*row) for row in connection.execute(
        """
        SELECT b.id, r.name, b.per_mille, b.reason, p.full_name, b.set_at, b.ended_at,
               b.region_id = ANY ((SELECT regions_for('{admin}'))::int[])
          FROM blind_sample b JOIN region r ON r.id = b.region_id JOIN person p ON p.id = b.set_by
         ORDER BY b.ended_at DESC NULLS FIRST, b.id DESC LIMIT 50
        """)]


def regions(connection: Connection) -> list[tuple[str, str]]:
    """(code, name) of the districts and the wider regions that the person asking administers."""
    return [tuple(row) for row in connection.execute(
        """
        SELECT code, CASE level WHEN 'root' THEN coalesce(nullif(name, ''), code) ELSE name END FROM region
         WHERE id = ANY ((SELECT regions_for('{admin}'))::int[]) AND valid_to IS NULL
         ORDER BY cardinality(lineage), name LIMIT 400
        """)]


def demand(connection: Connection, code: str, per_mille: int, reason: str, person_id: UUID) -> bool:
    """Demand a sample; False where the person administers no such region."""
    return connection.execute(
        """
        INSERT INTO blind_sample (region_id, per_mille, reason, set_by)
        SELECT id, %s, %s, %s FROM region
         WHERE code = %s AND valid_to IS NULL AND id = ANY ((SELECT regions_for('{admin}'))::int[])
        """, [per_mille, reason, person_id, code]).rowcount == 1


def end(connection: Connection, sample_id: int) -> bool:
    """End a sample; False where there is none in force that the person asking may end."""
    return connection.execute(
        """
        UPDATE blind_sample SET ended_at = now()
         WHERE id = %s AND ended_at IS NULL AND region_id = ANY ((SELECT regions_for('{admin}'))::int[])
        """, [sample_id]).rowcount == 1
