"""What people answer: verdicts, which are only ever added to, and the village's replies."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from geo.kinds import KINDS

VERDICTS = (*KINDS, "not_related", "needs_visit")
"""What may be answered; 'withdrawn' is written by `withdraw` alone."""
MAY_WITHDRAW_S = 60
"""How long a verdict may be taken back. The page offers ten seconds; a village's line may need the rest."""


class Verdict(NamedTuple):
    """One line of a pair's history. `on_other_facts`: the facts have changed since; `taken_back`: it was withdrawn."""

    id: int
    verdict: str
    note: str | None
    at: datetime
    person: str
    machine_kind: str
    machine_probability: float
    on_other_facts: bool
    taken_back: bool


class Answer(NamedTuple):
    """What a village says about an indication."""

    id: int
    region: str
    person: str
    text: str
    at: datetime


class Given(NamedTuple):
    """A verdict of the person asking that can still be taken back."""

    id: int
    pair_id: int
    verdict: str
    left_name: str
    seconds_left: int


def alone(connection: Connection, pair_id: int) -> None:
    """Hold this pair's verdicts until the transaction ends: of two people judging at once the second sees the first."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('verdict'), (%s %% 2147483647)::int)", [pair_id])


def history(connection: Connection, pair_id: int) -> list[Verdict]:
    """Every verdict on a pair that the person asking may read, the latest first."""
    rows = connection.execute(
        """
        SELECT v.id, v.verdict, v.note, v.at, p.full_name, v.machine_kind, v.machine_probability,
               v.facts_hash <> x.facts_hash,
               coalesce(lead(v.verdict) OVER (ORDER BY v.id) = 'withdrawn', false) AND v.verdict <> 'withdrawn'
          FROM verdict v JOIN pair x ON x.id = v.pair_id JOIN person p ON p.id = v.person_id
         WHERE v.pair_id = %s AND x.draft_regions <@ (SELECT own_regions())::int[]
         ORDER BY v.id DESC
        """, [pair_id])
    return [Verdict(*row) for row in rows]


def latest(connection: Connection, pair_id: int) -> int | None:
    """The id of the latest verdict on the pair."""
    return connection.execute("SELECT max(id) FROM verdict WHERE pair_id = %s", [pair_id]).fetchone()[0]


def give(connection: Connection, pair_id: int, person_id: UUID, verdict: str, note: str | None) -> int:
    """Add a verdict that rests on the facts as they are now; the machine's opinion of this moment is kept beside it.

    The database refuses whoever entered one of the works, and whoever may not judge in either region.
    """
    return connection.execute(
        """
        INSERT INTO verdict (pair_id, person_id, verdict, note, facts_hash, machine_kind, machine_probability)
        SELECT x.id, %s, %s, %s, x.facts_hash, x.kind, x.probability FROM pair x WHERE x.id = %s
        RETURNING id
        """, [person_id, verdict, note, pair_id]).fetchone()[0]


def given(connection: Connection, verdict_id: int) -> Given | None:
    """The person's own verdict, while it is the latest on its pair and may be taken back."""
    found = connection.execute(
        """
        SELECT v.id, v.pair_id, v.verdict, p.name, ceil(%(within)s - extract(epoch FROM now() - v.at))::int
          FROM verdict v JOIN pair x ON x.id = v.pair_id JOIN project p ON p.id = x.left_project
         WHERE v.id = %(verdict)s AND v.person_id = (SELECT current_person()) AND v.verdict <> 'withdrawn'
           AND v.at > now() - make_interval(secs => %(within)s)
           AND NOT EXISTS (SELECT FROM verdict later WHERE later.pair_id = v.pair_id AND later.id > v.id)
        """, {"verdict": verdict_id, "within": MAY_WITHDRAW_S}).fetchone()
    return Given(*found) if found else None


def withdraw(connection: Connection, verdict_id: int, person_id: UUID) -> bool:
    """Take one's own latest verdict back by adding to the history; False where that is no longer possible."""
    known = given(connection, verdict_id)
    if known is None:
        return False
    alone(connection, known.pair_id)
    if given(connection, verdict_id) is None:
        return False
    give(connection, known.pair_id, person_id, "withdrawn", None)
    return True


def answers(connection: Connection, pair_id: int) -> list[Answer]:
    """What villages have said about a pair that the person asking may read, in the order of time."""
    rows = connection.execute(
        """
        SELECT t.id, r.name, p.full_name, t.text, t.at
          FROM answer t JOIN pair x ON x.id = t.pair_id JOIN region r ON r.id = t.region_id
          JOIN person p ON p.id = t.person_id
         WHERE t.pair_id = %s AND x.draft_regions <@ (SELECT own_regions())::int[]
         ORDER BY t.id
        """, [pair_id])
    return [Answer(*row) for row in rows]


def answer(connection: Connection, pair_id: int, region_id: int, person_id: UUID, text: str) -> int:
    """Add the reply of a village; the database refuses whoever does not speak for it."""
    return connection.execute(
        "INSERT INTO answer (pair_id, region_id, person_id, text) VALUES (%s, %s, %s, %s) RETURNING id",
        [pair_id, region_id, person_id, text]).fetchone()[0]
