"""Sessions and phones: one's own, and those of the people one looks after (the policies of migrations/0022)."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from app.db import Connection


class Session(NamedTuple):
    """A browser in which somebody is signed in; `device` is what the browser calls itself."""

    number: int
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    device: str | None
    address: str | None
    second_factor: bool


class Phone(NamedTuple):
    """A phone that may send for its person."""

    number: int
    name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class PhonePerson(NamedTuple):
    """The person a phone sends for, with the grants in force by which somebody sends."""

    person_id: UUID
    name: str
    full_name: str
    language: str
    grants: list[dict]
    number: int
    called: str
    expires_at: datetime


def sessions(connection: Connection, person_id: UUID, idle_s: float) -> list[Session]:
    """Those that are open and were used in the last `idle_s` seconds, the latest first."""
    return [Session(*row) for row in connection.execute(
        """
        SELECT number, created_at, used_at, expires_at, device, host(address), second_factor FROM session
         WHERE person_id = %s AND ended_at IS NULL AND now() < expires_at
           AND used_at > now() - make_interval(secs => %s)
         ORDER BY used_at DESC, number DESC
        """, [person_id, idle_s])]


def phones(connection: Connection, person_id: UUID) -> list[Phone]:
    return [Phone(*row) for row in connection.execute(
        """
        SELECT number, name, created_at, expires_at, used_at FROM device_token
         WHERE person_id = %s AND ended_at IS NULL AND now() < expires_at ORDER BY number DESC
        """, [person_id])]


_MOST_NUMBER = 2**63


def end_session(connection: Connection, number: int, whose: UUID) -> bool:
    """End the session of that number; False where the person asking knows of none that is `whose`."""
    return _ended(connection, number, whose, "SELECT person_id FROM session WHERE number = %s",
                  "SELECT end_session_numbered(%s)")


def end_phone(connection: Connection, number: int, whose: UUID) -> bool:
    """The same of a phone."""
    return _ended(connection, number, whose, "SELECT person_id FROM device_token WHERE number = %s",
                  "SELECT end_device(%s)")


def _ended(connection: Connection, number: int, whose: UUID, owner: LiteralString, end: LiteralString) -> bool:
    found = connection.execute(owner, [number]).fetchone() if number < _MOST_NUMBER else None
    if found is None or found[0] != whose:
        return False
    connection.execute(end, [number])
    return True


def end_other_sessions(connection: Connection, session_hash: bytes) -> None:
    connection.execute("SELECT end_other_sessions(%s)", [session_hash])


def add_phone(connection: Connection, session_hash: bytes, token_hash: bytes, name: str) -> datetime:
    """Until when the new token is good."""
    return connection.execute("SELECT add_device(%s, %s, %s)", [session_hash, token_hash, name]).fetchone()[0]


def person_of_phone(connection: Connection, token_hash: bytes) -> PhonePerson | None:
    found = connection.execute("SELECT * FROM device_person(%s)", [token_hash]).fetchone()
    return PhonePerson(*found) if found else None


def touch_phone(connection: Connection, token_hash: bytes) -> None:
    connection.execute("SELECT touch_device(%s)", [token_hash])
