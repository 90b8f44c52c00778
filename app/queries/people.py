"""People, their sessions and the ways to sign in. The secrets pass through the doors of migrations/0001 only."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection


class SessionPerson(NamedTuple):
    """A person as their session knows them, with the grants in force now."""

    person_id: UUID
    name: str
    full_name: str
    language: str
    second_factor: bool
    has_password: bool
    has_second_factor: bool
    used_at: datetime
    grants: list[dict]


class Secrets(NamedTuple):
    """What a password and a second factor are checked against."""

    person_id: UUID
    password_hash: str | None
    totp_secret: str | None


def session_person(connection: Connection, token_hash: bytes) -> SessionPerson | None:
    found = connection.execute("SELECT * FROM session_person(%s)", [token_hash]).fetchone()
    return SessionPerson(*found) if found else None


def touch_session(connection: Connection, token_hash: bytes) -> None:
    connection.execute("SELECT touch_session(%s)", [token_hash])


def open_session(connection: Connection, token_hash: bytes, person_id: UUID, until: datetime, second_factor: bool,
                 device: str) -> None:
    connection.execute("SELECT open_session(%s, %s, %s, %s, %s)",
                       [token_hash, person_id, until, second_factor, device])


def end_session(connection: Connection, token_hash: bytes) -> None:
    connection.execute("SELECT end_session(%s)", [token_hash])


def sign_in_secrets(connection: Connection, name: str) -> Secrets | None:
    found = connection.execute("SELECT * FROM sign_in_secrets(%s)", [name]).fetchone()
    return Secrets(*found) if found else None


def use_sign_in_link(connection: Connection, token_hash: bytes) -> UUID | None:
    """The person of an unused link, which is used up by this; None for any other."""
    return connection.execute("SELECT use_sign_in_link(%s)", [token_hash]).fetchone()[0]


def note_attempt(connection: Connection, name: str, address: str | None, succeeded: bool) -> None:
    connection.execute("INSERT INTO sign_in_attempt (name, address, succeeded) VALUES (%s, %s, %s)",
                       [name[:100], address, succeeded])


def failed_attempts(connection: Connection, name: str, address: str | None, minutes: int) -> tuple[int, int]:
    """Failures in the last minutes: for this name since its last success, and from this address."""
    return connection.execute(
        """
        SELECT (SELECT count(*) FROM sign_in_attempt
                 WHERE name = %(name)s AND NOT succeeded AND at > now() - make_interval(mins => %(minutes)s)
                   AND at > coalesce((SELECT max(at) FROM sign_in_attempt WHERE name = %(name)s AND succeeded),
                                     '-infinity')) AS of_name,
               (SELECT count(*) FROM sign_in_attempt
                 WHERE address = %(address)s AND NOT succeeded AND at > now() - make_interval(mins => %(minutes)s))
               AS of_address
        """,
        {"name": name[:100], "address": address, "minutes": minutes}).fetchone()


def set_own_secrets(connection: Connection, password_hash: str | None, totp_secret: str | None = None) -> None:
    connection.execute("SELECT set_own_secrets(%s, %s)", [password_hash, totp_secret])


def set_language(connection: Connection, person_id: UUID, language: str) -> None:
    connection.execute("UPDATE person SET language = %s WHERE id = %s", [language, person_id])


# What follows is for the operator of the machine (./pantau person, the demonstration), never for the web role.


def add(connection: Connection, name: str, full_name: str, *, demonstration: bool = False, active: bool = True) -> UUID:
    return connection.execute(
        "INSERT INTO person (name, full_name, demonstration, active) VALUES (%s, %s, %s, %s) RETURNING id",
        [name, full_name, demonstration, active]).fetchone()[0]


def by_name(connection: Connection, name: str) -> UUID | None:
    found = connection.execute("SELECT id FROM person WHERE name = %s", [name]).fetchone()
    return found[0] if found else None


def grant(connection: Connection, person_id: UUID, role: str, region_id: int) -> bool:
    """Give the role in the region from now on; a grant that is in force already is left as it is. Whether it is new."""
    return connection.execute(
        """
        INSERT INTO person_grant (person_id, role, region_id)
        SELECT %(person)s, %(role)s, %(region)s
         WHERE NOT EXISTS (SELECT FROM person_grant WHERE person_id = %(person)s AND role = %(role)s
                            AND region_id = %(region)s AND (valid_to IS NULL OR now() < valid_to))
        """,
        {"person": person_id, "role": role, "region": region_id}).rowcount == 1


def add_sign_in_link(connection: Connection, person_id: UUID, token_hash: bytes, until: datetime) -> None:
    connection.execute("INSERT INTO sign_in_link (token_hash, person_id, expires_at) VALUES (%s, %s, %s)",
                       [token_hash, person_id, until])


def demonstration_people(connection: Connection) -> Sequence[tuple[UUID, str, str]]:
    """(id, name, full name) of each active demonstration person, in the order of their names."""
    return connection.execute(
        "SELECT id, name, full_name FROM person WHERE demonstration AND active ORDER BY name").fetchall()
