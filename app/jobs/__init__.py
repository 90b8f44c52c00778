"""What takes longer than a request: the queue, and how a job is put into it. app/jobs/worker.py empties it.

PostgreSQL is the broker (procrastinate). A job is deferred in the transaction that makes it necessary, so neither is
ever there without the other. What a person sees of it is the row of app/queries/jobs.py.
"""

from uuid import UUID

import procrastinate
from procrastinate.tasks import configure_task

from app.db import Connection
from app.queries import jobs

queue = procrastinate.App(connector=procrastinate.PsycopgConnector(), import_paths=["app.jobs.tasks"])


PATIENCE = "30min"
"""How long the one transaction of a job may take; the web role's own limits are made for pages."""


def be_patient(connection: Connection) -> None:
    """Let the transaction of a job take as long as a large file needs."""
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
        connection.execute("SELECT set_config(%s, %s, true)", [limit, PATIENCE])


def begin(connection: Connection, person_id: UUID, task: str, upload_id: UUID) -> UUID:
    """Make a job for this person and queue it, in the caller's transaction. Answers the id of its progress row."""
    job_id = jobs.begin(connection, person_id, task, upload_id)
    _defer(connection, task, f"upload {upload_id}", job=job_id, upload=upload_id, person=person_id)
    return job_id


def begin_export(connection: Connection, person_id: UUID, export_id: UUID) -> UUID:
    """The same for the file of an export. One person's large lists are made one after the other, after all uploads."""
    job_id = jobs.begin(connection, person_id, "export.make")
    configure_task(name="export.make", job_manager=queue.job_manager, lock=f"exports of {person_id}", priority=-1,
                   connection=connection).defer(job=str(job_id), export=str(export_id), person=str(person_id))
    return job_id


def begin_list(connection: Connection, person_id: UUID, list_id: UUID) -> UUID:
    """The same for checking a list of proposals."""
    job_id = jobs.begin_list(connection, person_id, "check.list", list_id)
    _defer(connection, "check.list", f"list {list_id}", job=job_id, checked=list_id, person=person_id)
    return job_id


def begin_draft(connection: Connection, person_id: UUID, task: str, draft_id: UUID) -> UUID:
    """The same for a draft of the model: `model.measure` or `model.save`. One at a time: each measures all pairs."""
    job_id = jobs.begin_draft(connection, person_id, task, draft_id)
    _defer(connection, task, "model", job=job_id, draft=draft_id, person=person_id)
    return job_id


def _defer(connection: Connection, task: str, lock: str, **ids: UUID) -> None:
    # By its name: whoever asks for a job need not load what does it.
    configure_task(name=task, job_manager=queue.job_manager, lock=lock, connection=connection).defer(
        **{name: str(one) for name, one in ids.items()})


def ask_for_anomalies(connection: Connection) -> None:
    """Queue a new counting of the inspector's signals; procrastinate's AlreadyEnqueued where one waits."""
    configure_task(name="anomalies.refresh", job_manager=queue.job_manager, lock="anomalies",
                   queueing_lock="anomalies", connection=connection).defer()
