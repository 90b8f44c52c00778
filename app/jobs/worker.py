"""The worker: takes jobs from the queue until it is stopped, also those whose worker was killed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from uuid import UUID

import procrastinate
import structlog
from procrastinate.jobs import Status

from app.db import Database
from app.jobs import exporting, queue
from app.queries import jobs
from app.settings import Settings

log = structlog.get_logger()

MOST_ATTEMPTS = 5
"""A job whose worker died this often is given up: it may be what kills the worker."""
SHOWS_ITSELF_S, STALLED_AFTER_S, LOOKS_EVERY_S = 5.0, 30.0, 10.0
CLEARS_EVERY_S = 900.0


def run(settings: Settings, database_url: str, *, until_empty: bool = False) -> None:
    """Run jobs as the web role until told to stop by a signal; with `until_empty` until there is none left."""
    asyncio.run(_work(settings, database_url, until_empty))


async def _work(settings: Settings, database_url: str, until_empty: bool) -> None:
    connector = procrastinate.PsycopgConnector(conninfo=database_url, min_size=1, max_size=4)
    database = Database(database_url, size=4, wait_s=30.0)
    try:
        with queue.replace_connector(connector) as app:
            async with app.open_async():
                await _take_up_stalled(app, database)
                watching = asyncio.gather(
                    _again(lambda: _take_up_stalled(app, database), LOOKS_EVERY_S),
                    _again(lambda: asyncio.to_thread(exporting.clear, settings), CLEARS_EVERY_S))
                try:
                    await app.run_worker_async(
                        wait=not until_empty, concurrency=1, install_signal_handlers=not until_empty,
                        listen_notify=not until_empty, fetch_job_polling_interval=2.0,
                        update_heartbeat_interval=SHOWS_ITSELF_S, stalled_worker_timeout=STALLED_AFTER_S,
                        delete_jobs="successful", additional_context={"settings": settings, "database": database})
                finally:
                    watching.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await watching
    finally:
        database.close()


async def _again(act: Callable[[], Awaitable[object]], every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await act()
        except Exception as error:
            log.warning("could not look after the jobs", error=str(error))


async def _take_up_stalled(app: procrastinate.App, database: Database) -> None:
    """Give jobs of workers that died back to the queue; one that keeps dying is given up, and its person told."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        if job.attempts + 1 < MOST_ATTEMPTS:
            log.warning("taking up a job again", task=job.task_name, job=job.task_kwargs.get("job"))
            await app.job_manager.retry_job(job)
            continue
        log.error("gave a job up", task=job.task_name, job=job.task_kwargs.get("job"))
        await asyncio.to_thread(_give_up, database, UUID(job.task_kwargs["person"]), UUID(job.task_kwargs["job"]))
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)


def _give_up(database: Database, person_id: UUID, job_id: UUID) -> None:
    with database.transaction(read_only=False, person=person_id) as connection:
        jobs.end(connection, job_id, "failed", {"id": "job.given_up"})
