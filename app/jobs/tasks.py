"""The tasks a worker knows. Each runs as the person who asked for it, with the rights they hold at that moment."""

import secrets
from collections.abc import Callable
from uuid import UUID

import psycopg
import structlog
from procrastinate import JobContext, RetryStrategy

from app.db import REQUEST, Database
from app.errors import Refused
from app.jobs import be_patient, exporting, lists, queue, reading, storing, weighing
from app.jobs import uploads as sending
from app.jobs.progress import Cancelled, Progress
from app.queries import anomalies, jobs, people, sent_forms
from app.settings import Settings
from geo.errors import FileRefused
from geo.sentences import Sentence

log = structlog.get_logger()

Act = Callable[[Database, Settings, UUID, UUID, Progress], object]
_LOST = RetryStrategy(max_attempts=5, wait=2, retry_exceptions={psycopg.OperationalError})


@queue.task(name="upload.read", pass_context=True, retry=_LOST)
def read(context: JobContext, job: str, upload: str, person: str) -> None:
    _run(context, reading.read, UUID(job), UUID(upload), UUID(person))


@queue.task(name="upload.store", pass_context=True, retry=_LOST)
def store(context: JobContext, job: str, upload: str, person: str) -> None:
    _run(context, storing.store, UUID(job), UUID(upload), UUID(person))


@queue.task(name="upload.undo", pass_context=True, retry=_LOST)
def undo(context: JobContext, job: str, upload: str, person: str) -> None:
    _run(context, storing.undo, UUID(job), UUID(upload), UUID(person))


@queue.task(name="export.make", pass_context=True, retry=_LOST)
def export(context: JobContext, job: str, export: str, person: str) -> None:
    _run(context, exporting.make, UUID(job), UUID(export), UUID(person), cancel=_nothing)


@queue.task(name="check.list", pass_context=True, retry=_LOST)
def check_list(context: JobContext, job: str, checked: str, person: str) -> None:
    _run(context, lists.check, UUID(job), UUID(checked), UUID(person), lists.cancel, lists.refuse, lists.refuse)


@queue.task(name="model.measure", pass_context=True, retry=_LOST)
def measure_draft(context: JobContext, job: str, draft: str, person: str) -> None:
    _run(context, weighing.measure, UUID(job), UUID(draft), UUID(person), _nothing, _nothing)


@queue.task(name="model.save", pass_context=True, retry=_LOST)
def save_draft(context: JobContext, job: str, draft: str, person: str) -> None:
    _run(context, weighing.save, UUID(job), UUID(draft), UUID(person), _nothing, _nothing)


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="anomalies.refresh", pass_context=True, retry=_LOST, lock="anomalies", queueing_lock="anomalies")
def refresh_anomalies(context: JobContext, timestamp: int | None = None) -> None:
    """Count the inspector's signals anew where works have changed since; asked for by a person, in any case."""
    database, settings = context.additional_context["database"], context.additional_context["settings"]
    with database.transaction(read_only=False) as connection:
        last = anomalies.last_run(connection)
        if timestamp is None or last is None or not last.current:
            be_patient(connection)
            anomalies.refresh(connection, settings.direct_limit)


@queue.periodic(cron="17 * * * *")
@queue.task(name="sign_ins.prune", pass_context=True, retry=_LOST, lock="sign_ins", queueing_lock="sign_ins")
def prune_sign_ins(context: JobContext, timestamp: int) -> None:
    """Let go of attempts, sessions and links that nobody needs any more."""
    with context.additional_context["database"].transaction(read_only=False) as connection:
        people.prune_sign_ins(connection)


@queue.periodic(cron="37 * * * *")
@queue.task(name="sent_forms.prune", pass_context=True, retry=_LOST, lock="sent_forms", queueing_lock="sent_forms")
def prune_sent_forms(context: JobContext, timestamp: int) -> None:
    """Let go of the keys of forms that nobody can send once more."""
    with context.additional_context["database"].transaction(read_only=False) as connection:
        sent_forms.prune(connection)


def _nothing(*_said: object) -> None:
    """What becomes of an export whose job has ended, or of an upload whose job has failed."""


def _run(context: JobContext, act: Act, job_id: UUID, about_id: UUID, person_id: UUID,
         cancel: Callable = sending.drop_unread, refuse: Callable = sending.refuse, fail: Callable = _nothing) -> None:
    """Do the job once; what stops it is written where its person reads it.

    `about_id` is what the job is about: an upload, a list, an export; `cancel`, `refuse` (its file cannot be used) and
    `fail` (anything else) say what becomes of it, in the transaction that ends the job.
    """
    database, settings = context.additional_context["database"], context.additional_context["settings"]
    REQUEST.set(f"job {job_id}")
    with database.transaction(read_only=False, person=person_id) as connection:
        if not jobs.start(connection, job_id):
            return  # it was done before its worker died, or nobody wants it any more
    progress = Progress(database, person_id, job_id)

    def close(state: str, then: Callable, *refusal: dict) -> None:
        with database.transaction(read_only=False, person=person_id) as connection:
            jobs.end(connection, job_id, state, *refusal)
            then(connection, settings, about_id, *refusal)

    try:
        act(database, settings, person_id, about_id, progress)
    except Cancelled:
        close("cancelled", cancel)
    except FileRefused as error:
        close("failed", refuse, error.sentence.to_json())
    except Refused as error:
        close("failed", fail, (error.sentence or Sentence("job.not_allowed")).to_json())
    except psycopg.errors.InsufficientPrivilege:
        close("failed", fail, Sentence("job.not_allowed").to_json())
    except psycopg.OperationalError:
        raise  # the queue tries again
    except Exception as error:
        reference = secrets.token_hex(4)
        log.error("a job failed", reference=reference, job=str(job_id), exc_info=error)
        close("failed", fail, Sentence("job.failed", {"reference": reference}).to_json())
