"""The people an administrator looks after. `territory` are the regions in which the person asking is administrator, as
the page knows it; the doors of migrations/0022 decide a second time, by what the database knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked for; empty is all."""

    q: str = ""
    role: str | None = None
    region_id: int | None = None
    active: bool | None = None


class Listed(NamedTuple):
    """One line of the list; `grants` are [role, name of the region, its level] of those in force in the territory."""

    id: UUID
    name: str
    full_name: str
    active: bool
    grants: list[list[str]]


class Person(NamedTuple):
    """One person; `inside` says that they hold or held a role in the territory, `outside` that they hold one beyond."""

    id: UUID
    name: str
    full_name: str
    active: bool
    created_at: datetime
    inside: bool
    outside: bool


class Standing(NamedTuple):
    """Whether somebody can sign in, and when they last did something."""

    has_password: bool
    has_second_factor: bool
    last_used_at: datetime | None


class Grant(NamedTuple):
    """One role of somebody, also one that has ended or is still to begin."""

    id: int
    role: str
    region_id: int
    region: str
    level: str
    valid_from: datetime
    valid_to: datetime | None
    granted_by: str | None
    state: str


class Link(NamedTuple):
    """A link that was handed out and not used yet."""

    number: int
    created_at: datetime
    expires_at: datetime


_IN_FORCE = "now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to)"
_OF_TERRITORY = """
    (EXISTS (SELECT FROM region r WHERE r.level = 'root' AND r.id = ANY (%(territory)s))
     OR EXISTS (SELECT FROM person_grant g WHERE g.person_id = p.id AND g.region_id = ANY (%(territory)s)))
"""


def territory(connection: Connection, held: Sequence[int]) -> list[int]:
    """These regions and all below them."""
    return [row[0] for row in connection.execute("SELECT id FROM region WHERE lineage && %s::int[]", [list(held)])]


def listed(connection: Connection, wanted: Wanted, territory: Sequence[int], most: int, offset: int) -> list[Listed]:
    """The people of the territory who were not forgotten, by their full name."""
    return [Listed(*row) for row in connection.execute(
        f"""
        SELECT p.id, p.name, p.full_name, p.active,
               coalesce((SELECT jsonb_agg(jsonb_build_array(g.role, r.name, r.level) ORDER BY g.id)
                           FROM person_grant g JOIN region r ON r.id = g.region_id
                          WHERE g.person_id = p.id AND g.region_id = ANY (%(territory)s) AND {_IN_FORCE}), '[]')
          FROM person p
         WHERE p.forgotten_at IS NULL AND {_OF_TERRITORY}
           AND strpos(lower(p.name || ' ' || p.full_name), lower(%(q)s)) > 0
           AND (%(active)s::boolean IS NULL OR p.active = %(active)s)
           AND (%(role)s::text IS NULL AND %(region)s::int IS NULL OR EXISTS (
                  SELECT FROM person_grant g JOIN region r ON r.id = g.region_id
                   WHERE g.person_id = p.id AND g.region_id = ANY (%(territory)s) AND {_IN_FORCE}
                     AND (%(role)s::text IS NULL OR g.role = %(role)s)
                     AND (%(region)s::int IS NULL OR %(region)s = ANY (r.lineage))))
         ORDER BY lower(p.full_name), p.id LIMIT %(most)s OFFSET %(offset)s
        """,  # noqa: S608  the interpolated parts are this module's own constants
        {"territory": list(territory), "q": wanted.q, "role": wanted.role, "region": wanted.region_id,
         "active": wanted.active, "most": most, "offset": offset})]


def by_id(connection: Connection, person_id: UUID, territory: Sequence[int]) -> Person | None:
    """Somebody of the territory; None for anybody else and for those who were forgotten."""
    found = connection.execute(
        f"""
        SELECT p.id, p.name, p.full_name, p.active, p.created_at, true, held_outside(p.id, %(territory)s)
          FROM person p WHERE p.id = %(person)s AND p.forgotten_at IS NULL AND {_OF_TERRITORY}
        """,  # noqa: S608
        {"person": person_id, "territory": list(territory)}).fetchone()
    return Person(*found) if found else None


def standing(connection: Connection, person_id: UUID) -> Standing | None:
    found = connection.execute("SELECT * FROM person_standing(%s)", [person_id]).fetchone()
    return Standing(*found) if found else None


def grants(connection: Connection, person_id: UUID, territory: Sequence[int]) -> list[Grant]:
    """The roles of somebody in the territory: those in force, those to come, those that ended; the newest first."""
    return [Grant(*row) for row in connection.execute(
        """
        SELECT g.id, g.role, g.region_id, r.name, r.level, g.valid_from, g.valid_to, giver.full_name,
               CASE WHEN now() < g.valid_from THEN 'coming' WHEN g.valid_to <= now() THEN 'ended' ELSE 'held' END
          FROM person_grant g JOIN region r ON r.id = g.region_id LEFT JOIN person giver ON giver.id = g.granted_by
         WHERE g.person_id = %s AND g.region_id = ANY (%s)
         ORDER BY (CASE WHEN g.valid_to <= now() THEN 1 ELSE 0 END), g.id DESC
        """, [person_id, list(territory)])]


def links(connection: Connection, person_id: UUID) -> list[Link]:
    """Links of somebody that still sign in."""
    return [Link(*row) for row in connection.execute(
        """
        SELECT number, created_at, expires_at FROM sign_in_link
         WHERE person_id = %s AND used_at IS NULL AND taken_back_at IS NULL AND now() < expires_at ORDER BY number DESC
        """, [person_id])]


def invite(connection: Connection, name: str, full_name: str, role: str, region_id: int, begins: datetime | None,
           ends: datetime | None) -> UUID:
    return connection.execute("SELECT invite_person(%s, %s, %s, %s, %s, %s)",
                              [name, full_name, role, region_id, begins, ends]).fetchone()[0]


def give(connection: Connection, person_id: UUID, role: str, region_id: int, begins: datetime | None,
         ends: datetime | None) -> None:
    connection.execute("SELECT give_grant(%s, %s, %s, %s, %s)", [person_id, role, region_id, begins, ends])


def end_grant(connection: Connection, grant_id: int) -> None:
    connection.execute("SELECT end_grant(%s)", [grant_id])


def set_active(connection: Connection, person_id: UUID, active: bool) -> None:
    connection.execute("SELECT set_person_active(%s, %s)", [person_id, active])


def set_full_name(connection: Connection, person_id: UUID, full_name: str) -> None:
    connection.execute("SELECT set_full_name(%s, %s)", [person_id, full_name])


def make_link(connection: Connection, person_id: UUID, token_hash: bytes, *, without_password: bool = False,
              without_factor: bool = False) -> datetime:
    """Until when the link is good; the person's earlier links are good no more."""
    return connection.execute("SELECT make_sign_in_link(%s, %s, %s, %s)",
                              [person_id, token_hash, without_password, without_factor]).fetchone()[0]


def take_back_link(connection: Connection, number: int) -> None:
    connection.execute("SELECT take_back_link(%s)", [number])
