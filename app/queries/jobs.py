"""The progress rows of what takes longer than a request: what a person sees of a job, and how they stop it.

The queue itself is procrastinate's. A job's row belongs to the person who asked for it (migrations/0004).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection


class Job(NamedTuple):
    """One job as its person sees it; `doing` is a message id, `refusal` a stored Sentence."""

    id: UUID
    person_id: UUID
    upload_id: UUID | None
    task: str
    state: str
    doing: str | None
    done: int
    total: int | None
    cancel_asked: bool
    refusal: dict | None
    queued_at: datetime
    ended_at: datetime | None

    @property
    def unfinished(self) -> bool:
        return self.state in ("queued", "running")


_SELECT = """
    SELECT id, person_id, upload_id, task, state, doing, done, total, cancel_asked, refusal, queued_at, ended_at
      FROM job WHERE person_id = current_person()
"""


def begin(connection: Connection, person_id: UUID, task: str, upload_id: UUID | None = None) -> UUID:
    """A job that waits for a worker. An upload has one unfinished job: a second one breaks a constraint."""
    return connection.execute(
        "INSERT INTO job (person_id, task, upload_id) VALUES (%s, %s, %s) RETURNING id",
        [person_id, task, upload_id]).fetchone()[0]


def begin_list(connection: Connection, person_id: UUID, task: str, list_id: UUID) -> UUID:
    """The same for a list of proposals that is checked."""
    return connection.execute(
        "INSERT INTO job (person_id, task, check_list_id) VALUES (%s, %s, %s) RETURNING id",
        [person_id, task, list_id]).fetchone()[0]


def begin_draft(connection: Connection, person_id: UUID, task: str, draft_id: UUID) -> UUID:
    """The same for a draft of the model."""
    return connection.execute(
        "INSERT INTO job (person_id, task, draft_id) VALUES (%s, %s, %s) RETURNING id",
        [person_id, task, draft_id]).fetchone()[0]


def latest_of_draft(connection: Connection, draft_id: UUID) -> Job | None:
    """The last job of a draft of the model, of the person asking."""
    found = connection.execute(_SELECT + " AND draft_id = %s ORDER BY queued_at DESC, id LIMIT 1",
                               [draft_id]).fetchone()
    return Job(*found) if found else None


def latest_of_list(connection: Connection, list_id: UUID) -> Job | None:
    """The last job of a list of proposals, of the person asking."""
    found = connection.execute(_SELECT + " AND check_list_id = %s ORDER BY queued_at DESC, id LIMIT 1",
                               [list_id]).fetchone()
    return Job(*found) if found else None


def by_id(connection: Connection, job_id: UUID) -> Job | None:
    found = connection.execute(_SELECT + " AND id = %s", [job_id]).fetchone()
    return Job(*found) if found else None


def latest_of_upload(connection: Connection, upload_id: UUID) -> Job | None:
    """The last job of an upload, of the person asking."""
    found = connection.execute(_SELECT + " AND upload_id = %s ORDER BY queued_at DESC, id LIMIT 1",
                               [upload_id]).fetchone()
    return Job(*found) if found else None


def start(connection: Connection, job_id: UUID) -> bool:
    """Take up a job, also again after its worker was killed; False when it has ended or nobody wants it any more."""
    return connection.execute(
        """
        UPDATE job SET state = 'running', started_at = coalesce(started_at, now()), done = 0, total = NULL
         WHERE id = %s AND person_id = current_person() AND state IN ('queued', 'running') RETURNING true
        """, [job_id]).fetchone() is not None


def report(connection: Connection, job_id: UUID, doing: str, done: int, total: int | None) -> bool:
    """Say how far a job is; answers whether its person has asked to stop it."""
    found = connection.execute(
        "UPDATE job SET doing = %s, done = %s, total = %s WHERE id = %s AND person_id = current_person() "
        "RETURNING cancel_asked",
        [doing, done, total, job_id]).fetchone()
    return bool(found and found.cancel_asked)


def end(connection: Connection, job_id: UUID, state: str, refusal: Mapping | None = None) -> None:
    """Close a job; `state` is done, failed or cancelled. One that has ended stays as it is."""
    connection.execute(
        """
        UPDATE job SET state = %s, refusal = %s, ended_at = now(), done = coalesce(total, done)
         WHERE id = %s AND person_id = current_person() AND state IN ('queued', 'running')
        """, [state, json.dumps(refusal) if refusal else None, job_id])


def ask_to_cancel(connection: Connection, job_id: UUID) -> None:
    """Stop a job: at once when it still waits, at its next report when it runs."""
    connection.execute(
        """
        UPDATE job SET cancel_asked = true,
               state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
               ended_at = CASE state WHEN 'queued' THEN now() END
         WHERE id = %s AND person_id = current_person() AND state IN ('queued', 'running')
        """, [job_id])


def worker_lives(connection: Connection, seconds: int = 60) -> bool:
    """Whether a worker has shown itself lately; without one a job waits, and the page says so."""
    return connection.execute(
        "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s))",
        [seconds]).fetchone()[0]


def waits(connection: Connection, job: Job) -> bool:
    """Whether a job is queued while no worker lives that would take it."""
    return job.state == "queued" and not worker_lives(connection)
