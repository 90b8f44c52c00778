"""Lists of proposals that are checked as a whole; their rows are kept checks (check_results.py)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection

_SELECT = """
    SELECT l.id, l.number, l.person_id, p.full_name AS sender, l.region_id, l.file_name, l.sha256, l.state, l.columns,
           l.problems, l.refusal, l.rows, l.received_at, l.ended_at
      FROM check_list l JOIN person p ON p.id = l.person_id
     WHERE (l.person_id = current_person()
            OR l.region_id = ANY ((SELECT regions_for('{head,planner,auditor,admin}'))::int[]))
"""


class CheckList(NamedTuple):
    """A list that was sent; `columns` in the order of its file, `refusal` and `problems` as geo stores them."""

    id: UUID
    number: int
    person_id: UUID
    sender: str
    region_id: int
    file_name: str
    sha256: bytes
    state: str
    columns: list[str]
    problems: list[dict]
    refusal: dict | None
    rows: int | None
    received_at: datetime
    ended_at: datetime | None


def enter(connection: Connection, person_id: UUID, region_id: int, file_name: str, sha256: bytes, size: int) -> UUID:
    return connection.execute(
        "INSERT INTO check_list (person_id, region_id, file_name, sha256, bytes) VALUES (%s, %s, %s, %s, %s) "
        "RETURNING id", [person_id, region_id, file_name, sha256, size]).fetchone()[0]


def by_id(connection: Connection, list_id: UUID) -> CheckList | None:
    found = connection.execute(_SELECT + " AND l.id = %s", [list_id]).fetchone()
    return CheckList(*found) if found else None


def hold(connection: Connection, list_id: UUID) -> CheckList | None:
    """The same, held until the transaction ends."""
    found = connection.execute(_SELECT + " AND l.id = %s FOR NO KEY UPDATE OF l", [list_id]).fetchone()
    return CheckList(*found) if found else None


def latest_of(connection: Connection, person_id: UUID, limit: int = 10) -> list[CheckList]:
    return [CheckList(*row) for row in connection.execute(
        _SELECT + " AND l.person_id = %s ORDER BY l.received_at DESC LIMIT %s", [person_id, limit])]


def note_read(connection: Connection, list_id: UUID, columns: Sequence[str], problems: Sequence[Mapping],
              rows: int) -> None:
    connection.execute("UPDATE check_list SET columns = %s, problems = %s, rows = %s "
                       "WHERE id = %s AND person_id = current_person()",
                       [json.dumps(list(columns)), json.dumps(list(problems)), rows, list_id])


def end(connection: Connection, list_id: UUID, state: str, refusal: Mapping | None = None) -> None:
    """Close a list that is still open: checked, refused or cancelled."""
    connection.execute(
        "UPDATE check_list SET state = %s, refusal = %s, ended_at = now() WHERE id = %s AND state = 'received' "
        "AND person_id = current_person()",
        [state, json.dumps(refusal) if refusal else None, list_id])
