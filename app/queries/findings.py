"""Findings of auditors with what follows them: answered, followed up, closed by another person."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from app.db import Connection
from app.queries import scope

STATES = ("open", "answered", "followed_up", "closed")
EVENTS = ("answered", "followed_up", "closed", "reopened")
DUE_DAYS = 60
_MOST = 200


class Finding(NamedTuple):
    """One finding; `may_answer` and `may_audit` say what the person asking may do; `overdue`: not closed in time."""

    id: int
    title: str
    condition: str
    criteria: str
    cause: str
    effect: str
    recommendation: str
    amount: Decimal | None
    responsible: str
    due_on: date
    state: str
    pair_id: int | None
    writer: str
    written_by: UUID
    written_at: datetime
    villages: str
    overdue: bool
    may_answer: bool
    may_audit: bool


class About(NamedTuple):
    """A work a finding is about, or may be."""

    id: UUID
    number: int
    name: str
    region_id: int
    village: str
    amount: Decimal | None


class Event(NamedTuple):
    """What happened to a finding."""

    kind: str
    text: str
    person: str
    at: datetime


_SELECT = """
    SELECT f.id, f.title, f.condition, f.criteria, f.cause, f.effect, f.recommendation, f.amount, f.responsible,
           f.due_on, f.state, f.pair_id, w.full_name, f.written_by, f.written_at,
           coalesce((SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM region r WHERE r.id = ANY (f.regions)), ''),
           f.state <> 'closed' AND f.due_on < current_date,
           f.regions && (SELECT regions_for('{field,head}'))::int[],
           f.regions <@ (SELECT regions_for('{auditor}'))::int[]
      FROM finding f JOIN person w ON w.id = f.written_by
     WHERE f.regions && (SELECT regions_for('{auditor,field,head}'))::int[]
"""


def listed(connection: Connection, state: str | None = None) -> list[Finding]:
    """The newest _MOST findings of the person's regions, those due first; `state` None: all that are not closed."""
    return connection.cursor(row_factory=args_row(Finding)).execute(
        _SELECT + """ AND CASE WHEN %(state)s::text IS NULL THEN f.state <> 'closed' ELSE f.state = %(state)s END
                      ORDER BY f.due_on, f.id LIMIT %(most)s""", {"state": state, "most": _MOST}).fetchall()


def by_id(connection: Connection, finding_id: int) -> Finding | None:
    return connection.cursor(row_factory=args_row(Finding)).execute(
        _SELECT + " AND f.id = %s", [finding_id]).fetchone()


def of_project(connection: Connection, project_id: UUID) -> list[Finding]:
    return connection.cursor(row_factory=args_row(Finding)).execute(
        _SELECT + """ AND f.id IN (SELECT finding_id FROM finding_project WHERE project_id = %s)
                      ORDER BY f.id DESC LIMIT 20""", [project_id]).fetchall()  # noqa: S608  this module's own constants


_ABOUT = """
    SELECT p.id, p.number, p.name, p.region_id, r.name, p.amount FROM project p JOIN region r ON r.id = p.region_id
     WHERE p.withdrawn_at IS NULL
"""


def about(connection: Connection, numbers: Sequence[int], pair_id: int | None = None) -> list[About]:
    """The works of these numbers, and both of the pair, where the person asking audits."""
    return connection.cursor(row_factory=args_row(About)).execute(
        _ABOUT + f""" AND p.region_id = ANY ({scope.regions_of("auditor")}) AND (p.number = ANY (%s) OR p.id IN (
                       SELECT unnest(ARRAY[x.left_project, x.right_project]) FROM pair x WHERE x.id = %s))
                     ORDER BY p.number LIMIT 50""", [list(numbers), pair_id]).fetchall()  # noqa: S608  this module's own constants


def works(connection: Connection, finding_id: int) -> list[About]:
    return connection.cursor(row_factory=args_row(About)).execute(
        _ABOUT + f" AND p.region_id = ANY ({scope.OWN}) AND p.id IN ("  # noqa: S608  constants
                 "SELECT project_id FROM finding_project WHERE finding_id = %s) ORDER BY p.number",
        [finding_id]).fetchall()


def events(connection: Connection, finding_id: int) -> list[Event]:
    return connection.cursor(row_factory=args_row(Event)).execute(
        """
        SELECT e.kind, e.text, p.full_name, e.at FROM finding_event e JOIN person p ON p.id = e.person_id
         WHERE e.finding_id = %s ORDER BY e.id
        """, [finding_id]).fetchall()


def write(connection: Connection, person_id: UUID, facts: Mapping[str, object], works: Sequence[About]) -> int:
    """A new finding about these works; answers its number."""
    new = connection.execute(
        """
        INSERT INTO finding (regions, pair_id, title, condition, criteria, cause, effect, recommendation, amount,
                             responsible, due_on, written_by)
        VALUES (%(regions)s, %(pair_id)s, %(title)s, %(condition)s, %(criteria)s, %(cause)s, %(effect)s,
                %(recommendation)s, %(amount)s, %(responsible)s, %(due_on)s, %(person)s) RETURNING id
        """, {**facts, "person": person_id, "regions": sorted({work.region_id for work in works})}).fetchone()[0]
    connection.execute("INSERT INTO finding_project SELECT %s, unnest(%s::uuid[])", [new, [one.id for one in works]])
    return new


def add(connection: Connection, finding_id: int, person_id: UUID, kind: str, text: str) -> bool:
    """Note what happened; False where it is not for the person asking to say so, or they would close what they wrote,
    followed up or entered themselves: the database refuses both too."""
    return connection.execute(
        f"""
        INSERT INTO finding_event (finding_id, person_id, kind, text)
        SELECT f.id, %(person)s, %(kind)s::text, %(text)s FROM finding f
         WHERE f.id = %(finding)s AND CASE %(kind)s::text
           WHEN 'answered' THEN f.regions && {scope.ANSWERS}
           WHEN 'followed_up' THEN f.regions && {scope.regions_of("auditor", "field", "head")}
           ELSE f.regions <@ {scope.regions_of("auditor")} END
           AND NOT (%(kind)s::text = 'closed' AND (
             f.written_by = {scope.ME}
             OR EXISTS (SELECT FROM finding_event e WHERE e.finding_id = f.id AND e.person_id = {scope.ME}
                                                      AND e.kind IN ('answered', 'followed_up'))
             OR has_entered(ARRAY(SELECT project_id FROM finding_project WHERE finding_id = f.id), {scope.ME})))
        """,  # noqa: S608  constants
        {"finding": finding_id, "person": person_id, "kind": kind, "text": text}).rowcount == 1
