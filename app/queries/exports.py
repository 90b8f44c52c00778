"""Exports: who asked for which list, what the file held, and whether the person asking may still have it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection


class Export(NamedTuple):
    """A list that a person took out. `allowed`: they may still read every draft that its file holds."""

    id: UUID
    person_id: UUID
    job_id: UUID | None
    source: str
    asked: str
    format: str
    language: str
    rows: int | None
    without_point: int | None
    bytes: int | None
    asked_at: datetime
    made_at: datetime | None
    allowed: bool


_SELECT = """
    SELECT id, person_id, job_id, source, asked, format, language, rows, without_point, bytes, asked_at, made_at,
           coalesce(draft_regions, '{}') <@ (SELECT own_regions())::int[]
      FROM export WHERE person_id = current_person()
"""


def ask(connection: Connection, person_id: UUID, source: str, asked: str, form: str, language: str) -> UUID:
    """Note that a list was asked for."""
    return connection.execute(
        "INSERT INTO export (person_id, source, asked, format, language) VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [person_id, source, asked, form, language]).fetchone()[0]


def unfinished(connection: Connection, source: str, asked: str, form: str, language: str) -> UUID | None:
    """The same list in the same format that this person has ordered already and that is not made yet."""
    found = connection.execute(
        """
        SELECT e.id FROM export e JOIN job j ON j.id = e.job_id
         WHERE e.person_id = current_person() AND j.state IN ('queued', 'running') AND NOT j.cancel_asked
           AND (e.source, e.asked, e.format, e.language) = (%s, %s, %s, %s) LIMIT 1
        """, [source, asked, form, language]).fetchone()
    return found[0] if found else None


def note_job(connection: Connection, export_id: UUID, job_id: UUID) -> None:
    connection.execute("UPDATE export SET job_id = %s WHERE id = %s AND person_id = current_person()",
                       [job_id, export_id])


def note_made(connection: Connection, export_id: UUID, rows: int, without_point: int, size: int,
              draft_regions: Sequence[int]) -> None:
    connection.execute(
        """
        UPDATE export SET rows = %s, without_point = %s, bytes = %s, draft_regions = %s, made_at = now()
         WHERE id = %s AND person_id = current_person()
        """, [rows, without_point, size, list(draft_regions), export_id])


def by_id(connection: Connection, export_id: UUID) -> Export | None:
    """The export, if it is that of the person asking."""
    found = connection.execute(_SELECT + " AND id = %s", [export_id]).fetchone()
    return Export(*found) if found else None


def latest(connection: Connection, hours: int, limit: int = 10) -> list[Export]:
    """The large lists that the person asking has ordered lately, the last one first."""
    rows = connection.execute(
        _SELECT + " AND job_id IS NOT NULL AND asked_at > now() - make_interval(hours => %s)"
                  " ORDER BY asked_at DESC LIMIT %s", [hours, limit])
    return [Export(*row) for row in rows]


def holds(connection: Connection, roles: Sequence[str]) -> bool:
    """Whether the person asking holds one of these roles somewhere."""
    return connection.execute("SELECT cardinality(regions_for(%s)) > 0", [list(roles)]).fetchone()[0]


def name_of_person(connection: Connection) -> str | None:
    """The full name of the person asking; None where they were let go."""
    found = connection.execute(
        "SELECT full_name FROM person WHERE id = current_person() AND active").fetchone()
    return found[0] if found else None
