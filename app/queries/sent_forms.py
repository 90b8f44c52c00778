"""Forms that were sent, by the key each carries: what was answered, so that a form sent twice is done once."""

from typing import NamedTuple
from uuid import UUID

from app.db import Connection


class SentForm(NamedTuple):
    """A form that was stored: the sum of what it said, and what was answered."""

    sum: bytes
    answer: str


def hold(connection: Connection, person_id: UUID, key: UUID) -> None:
    """Of the same form sent several times at once, the others wait for the first."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 24))", [f"{person_id} {key}"])


def known(connection: Connection, person_id: UUID, key: UUID) -> SentForm | None:
    found = connection.execute("SELECT sum, answer FROM sent_form WHERE person_id = %s AND key = %s",
                               [person_id, key]).fetchone()
    return SentForm(bytes(found[0]), found[1]) if found else None


def keep(connection: Connection, person_id: UUID, key: UUID, sum_of: bytes, answer: str) -> None:
    connection.execute("INSERT INTO sent_form (person_id, key, sum, answer) VALUES (%s, %s, %s, %s)",
                       [person_id, key, sum_of, answer])


def prune(connection: Connection) -> None:
    """Let go of keys after 180 days, at most 10,000 at a time: each is one more record."""
    connection.execute("SELECT prune_sent_forms()")
