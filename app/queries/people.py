"""People and the ways to sign in. The secrets pass through the doors of migrations/0001 and 0022 only."""

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
    number: int


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
                 device: str, address: str | None) -> None:
    """From here on the transaction is that person's."""
    connection.execute("SELECT open_session(%s, %s, %s, %s, %s, %s)",
                       [token_hash, person_id, until, second_factor, device, address])


def end_session(connection: Connection, token_hash: bytes) -> None:
    connection.execute("SELECT end_session(%s)", [token_hash])


def sign_in_secrets(connection: Connection, name: str) -> Secrets | None:
    found = connection.execute("SELECT * FROM sign_in_secrets(%s)", [name]).fetchone()
    return Secrets(*found) if found else None


def use_sign_in_link(connection: Connection, token_hash: bytes) -> UUID | None:
    """The person of an unused link, which is used up by this; None for any other."""
    return connection.execute("SELECT use_sign_in_link(%s)", [token_hash]).fetchone()[0]


def begin_attempt(connection: Connection, name: str, known_device: str | None, address: str | None) -> int | None:
    """The number of an attempt that may be looked at, noted as failed; None where there were too many.

    It counts once its transaction is committed, so commit before looking: many at once are then no more than allowed.
    """
    return connection.execute("SELECT begin_attempt(%s, %s, %s)", [name[:100], known_device, address]).fetchone()[0]


def attempt_succeeded(connection: Connection, number: int) -> None:
    connection.execute("SELECT attempt_succeeded(%s)", [number])


def prune_sign_ins(connection: Connection) -> None:
    """Let go of attempts after a week, of sessions, phones and links three months after they ended."""
    connection.execute("SELECT prune_sign_ins()")


def set_own_secrets(connection: Connection, session_hash: bytes, password_hash: str | None,
                    totp_secret: str | None = None) -> None:
    """A new password ends all other sessions of the person; a second factor that is there stays."""
    connection.execute("SELECT set_own_secrets(%s, %s, %s)", [session_hash, password_hash, totp_secret])


def use_totp_step(connection: Connection, session_hash: bytes, step: int) -> bool:
    """Whether the code of this half minute was not used before; it is now."""
    return connection.execute("SELECT use_totp_step(%s, %s)", [session_hash, step]).fetchone()[0]


def name_of(connection: Connection, person_id: UUID) -> str:
    return connection.execute("SELECT name FROM person WHERE id = %s", [person_id]).fetchone()[0]


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


class Known(NamedTuple):
    """A person as the operator lists them."""

    name: str
    full_name: str
    active: bool
    roles: list[str]


def everybody(connection: Connection) -> list[Known]:
    """All who were not forgotten, by name, with the roles in force: `auditor 35.10`, or `auditor` alone everywhere."""
    return [Known(*row) for row in connection.execute(
        """
        SELECT p.name, p.full_name, p.active,
               ARRAY(SELECT g.role || CASE WHEN r.level = 'root' THEN '' ELSE ' ' || r.code END
                       FROM person_grant g JOIN region r ON r.id = g.region_id
                      WHERE g.person_id = p.id AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to)
                      ORDER BY g.id)
          FROM person p WHERE p.forgotten_at IS NULL ORDER BY p.name
        """)]


def let_in_again(connection: Connection, person_id: UUID) -> bool:
    """Whether somebody was shut out, and is no more."""
    return connection.execute("UPDATE person SET active = true WHERE id = %s AND NOT active", [person_id]).rowcount == 1


def is_active(connection: Connection, person_id: UUID) -> bool:
    return connection.execute("SELECT active FROM person WHERE id = %s", [person_id]).fetchone()[0]


def shut_out(connection: Connection, person_id: UUID) -> None:
    """Let somebody enter no more; their sessions, phones and links end."""
    connection.execute("SELECT shut_out(%s)", [person_id])


def forget(connection: Connection, person_id: UUID) -> None:
    """Remove what is personal of somebody, and the salt of its sums in the record."""
    connection.execute("SELECT forget_person(%s)", [person_id])
