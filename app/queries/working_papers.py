"""The inspectorate's working papers: versions that are only ever added to, and the review by another person.

A paper is of a pair or of a group: `pair_id` or `group_id` is given, never both.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from app.queries import scope

PARTS = ("condition", "criteria", "cause", "effect", "recommendation")
"""What an auditor writes: kondisi, kriteria, sebab, akibat, rekomendasi."""
HEAD = ("number", "assignment")


class Paper(NamedTuple):
    """One version of a working paper, with its review if there was one."""

    id: int
    version: int
    number: str
    assignment: str
    condition: str
    criteria: str
    cause: str
    effect: str
    recommendation: str
    person_id: UUID
    person: str
    at: datetime
    reviewer: str | None
    reviewed_at: datetime | None
    review_note: str | None


def versions(connection: Connection, *, pair_id: int | None = None, group_id: UUID | None = None) -> list[Paper]:
    """Every version that the person asking may read, the latest first."""
    return [Paper(*row) for row in connection.execute(
        f"""
        SELECT w.id, w.version, w.number, w.assignment, w.condition, w.criteria, w.cause, w.effect, w.recommendation,
               w.person_id, p.full_name, w.at, q.full_name, v.at, v.note
          FROM working_paper w JOIN person p ON p.id = w.person_id
          LEFT JOIN working_paper_review v ON v.working_paper_id = w.id LEFT JOIN person q ON q.id = v.person_id
         WHERE (w.pair_id = %(pair)s OR w.group_id = %(group)s) AND {scope.paper("w")}
         ORDER BY w.version DESC
        """, {"pair": pair_id, "group": group_id}).fetchall()]  # noqa: S608  constants


def may_write(connection: Connection, *, pair_id: int | None = None, group_id: UUID | None = None) -> bool:
    """Whether the person asking audits where one of the works lies."""
    return connection.execute(
        "SELECT " + scope.about("%(pair)s", "%(group)s", scope.AUDITS),
        {"pair": pair_id, "group": group_id}).fetchone()[0]


def write(connection: Connection, person_id: UUID, seen: int, written: Mapping[str, str], *,
          pair_id: int | None = None, group_id: UUID | None = None) -> int:
    """Add the version after `seen`, the last one the writer knew; two who write at once collide on its number."""
    return connection.execute(
        """
        INSERT INTO working_paper (pair_id, group_id, version, number, assignment, condition, criteria, cause, effect,
                                   recommendation, person_id)
        VALUES (%(pair)s, %(group)s, %(version)s, %(number)s, %(assignment)s, %(condition)s, %(criteria)s, %(cause)s,
                %(effect)s, %(recommendation)s, %(person)s)
        RETURNING id
        """, {**{name: written.get(name, "") for name in (*HEAD, *PARTS)}, "pair": pair_id, "group": group_id,
              "version": seen + 1, "person": person_id}).fetchone()[0]


def review(connection: Connection, paper_id: int, person_id: UUID, note: str | None) -> bool:
    """Say that a version was reviewed; False for whoever wrote it or one before it, or entered one of the works, whom
    the database refuses too."""
    return connection.execute(
        f"""
        INSERT INTO working_paper_review (working_paper_id, person_id, note)
        SELECT w.id, %s, %s FROM working_paper w
         WHERE w.id = %s AND {scope.paper("w")}
           AND NOT EXISTS (SELECT FROM working_paper own WHERE own.person_id = current_person()
                            AND own.version <= w.version AND (own.pair_id = w.pair_id OR own.group_id = w.group_id))
           AND NOT EXISTS (SELECT FROM pair x WHERE (x.id = w.pair_id OR x.group_id = w.group_id)
                            AND has_entered(ARRAY[x.left_project, x.right_project], {scope.ME}))
        """, [person_id, note, paper_id]).rowcount == 1  # noqa: S608  constants
