"""What a job does while it runs: says how far it is, hears that it should stop, and ends.

Progress is written in short transactions of its own, so that it is seen while the long one is open; the end of a job
is written *in* the long transaction, with its effect, so that a job whose worker was killed is either done or will be
done again from the start, never half and never twice.
"""

import time
from uuid import UUID

from app.db import Connection, Database
from app.queries import jobs

_EVERY_S = 0.5


class Cancelled(Exception):
    """The person who asked for the job has asked to stop it."""


class Progress:
    """The progress row of one job of one person."""

    def __init__(self, database: Database, person_id: UUID, job_id: UUID) -> None:
        self._database, self._person_id, self._job_id = database, person_id, job_id
        self._said_at, self._doing = 0.0, ""

    def say(self, doing: str, done: int = 0, total: int | None = None) -> None:
        """Note how far the job is, at most twice a second. Raises Cancelled when its person wants it stopped."""
        if doing == self._doing and done != total and time.monotonic() - self._said_at < _EVERY_S:
            return
        self._said_at, self._doing = time.monotonic(), doing
        with self._database.transaction(read_only=False, person=self._person_id) as connection:
            stop = jobs.report(connection, self._job_id, doing, done, total)
        if stop:
            raise Cancelled

    def end(self, connection: Connection, state: str = "done", refusal: dict | None = None) -> None:
        """Close the job within the transaction that holds its effect."""
        jobs.end(connection, self._job_id, state, refusal)


class Told:
    """Progress without a row, for a command that a person waits for: `tell(doing, done, total)` is called instead."""

    def __init__(self, tell=None) -> None:
        self._tell = tell

    def say(self, doing: str, done: int = 0, total: int | None = None) -> None:
        if self._tell:
            self._tell(doing, done, total)

    def end(self, connection: Connection, state: str = "done", refusal: dict | None = None) -> None:
        """There is no row to close."""
