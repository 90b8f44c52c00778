"""What an evidence pack needs beside its pair: the members of a group, and the files and rows that facts came from."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from app.queries import scope
from app.queries.pairs import FROM, HIDDEN, READABLE


class GroupPair(NamedTuple):
    """A pair of a group. `standing` is the latest verdict on it, `state` as in `pairs.STATES`; `hidden`: it is to be
    judged blind."""

    id: int
    left_project: UUID
    right_project: UUID
    left_site: int | None
    right_site: int | None
    kind: str
    probability: float
    distance_m: float | None
    overlap_m: float | None
    money: Decimal | None
    reason: dict
    model: str
    measured_at: datetime
    state: str
    verdict: str | None
    answered: bool
    hidden: bool


class Origin(NamedTuple):
    """Where a version of a work's facts was read. `rows` are lines as the person sees them; file and rows are None
    where the person asking may not see the upload."""

    project_id: UUID
    source: str
    source_key: str
    record: str | None
    entered_by: str
    entered_at: datetime
    file_name: str | None
    sheet: str | None
    sha256: str | None
    rows: list[int]


def group_pairs(connection: Connection, group_id: UUID, *, blind: bool = False) -> list[GroupPair]:
    """The pairs of a group that the person asking may read, the likeliest first; none for a group that is not there.
    `blind`: they have chosen to judge without the machine's opinion."""
    return [GroupPair(*row) for row in connection.execute(
        f"""
        SELECT x.id, x.left_project, x.right_project, x.left_site, x.right_site, x.kind, x.probability, x.distance_m,
               x.overlap_m, x.money, x.reason, x.model, x.measured_at, derived.state, standing.verdict,
               coalesce(kept.answered, false), {HIDDEN}
        {FROM} WHERE x.group_id = %(group)s AND x.retired_at IS NULL AND {READABLE}
        ORDER BY x.probability DESC, x.id LIMIT 5000
        """,
        {"group": group_id, "blind": blind}).fetchall()]


def hidden_members(connection: Connection, group_id: UUID) -> int:
    """How many works of the group are drafts that the person asking may not see."""
    return connection.execute("SELECT hidden_in_group(%s)", [group_id]).fetchone()[0]


def origins(connection: Connection, project_ids: Sequence[UUID]) -> dict[UUID, Origin]:
    """Where the present facts of works were read, for those of the works that the person asking may read."""
    rows = connection.execute(
        f"""
        SELECT p.id, p.source, p.source_key, p.record, e.full_name, p.entered_at, u.file_name, u.sheet,
               encode(u.sha256, 'hex'),
               ARRAY(SELECT w.number FROM upload_row w WHERE w.project_id = p.id AND w.upload_id = u.id
                      ORDER BY w.number LIMIT 20)
          FROM project p JOIN person e ON e.id = p.entered_by
          LEFT JOIN upload u ON u.id = p.upload_id AND {scope.upload("u")}
         WHERE p.id = ANY (%s) AND {scope.work("p")}
        """, [list(project_ids)])  # noqa: S608  constants
    return {row[0]: Origin(*row) for row in rows}
