"""What people answer: verdicts, which are only ever added to, and the village's replies."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from app.queries import scope
from geo.kinds import KINDS

VERDICTS = (*KINDS, "not_related", "needs_visit")
"""What may be answered; 'withdrawn' is written by `withdraw` alone."""
ALIKE = ("same_record", "double_funding", "one_contract", "asset_set", "shared_funding", "not_related",
         "needs_visit")
"""What may be said of all pairs of a group at once: where it holds between A and B and between B and C, it holds
between A and C. Two sides of a road or a chain of phases are said pair by pair."""
MAY_WITHDRAW_S = 60
"""How long a verdict may be taken back. The page offers ten seconds; a village's line may need the rest."""


class Verdict(NamedTuple):
    """One line of a pair's history. `on_other_facts`: the facts have changed since; `taken_back`: it was withdrawn;
    `blind`: given without the machine's opinion, by choice or by demand."""

    id: int
    verdict: str
    note: str | None
    at: datetime
    person: str
    machine_kind: str
    machine_probability: float
    on_other_facts: bool
    taken_back: bool
    blind: str | None


class Photo(NamedTuple):
    """A photo that a village sent with its answer: what is shown of it, under its own sum."""

    id: int
    answer_id: int
    shown_sha256: bytes
    width: int
    height: int


class Answer(NamedTuple):
    """What a village says about an indication."""

    id: int
    region: str
    person: str
    text: str
    at: datetime
    photos: tuple[Photo, ...] = ()


class Given(NamedTuple):
    """A verdict of the person asking that can still be taken back, and how many were given with it in one go."""

    id: int
    pair_id: int
    verdict: str
    left_name: str
    seconds_left: int
    together: UUID | None
    count: int


def alone(connection: Connection, pair_id: int) -> None:
    """Hold this pair's verdicts until the transaction ends: of two people judging at once the second sees the first."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('verdict'), (%s %% 2147483647)::int)", [pair_id])


def history(connection: Connection, pair_id: int) -> list[Verdict]:
    """Every verdict on a pair that the person asking may read, the latest first."""
    rows = connection.execute(
        f"""
        SELECT v.id, v.verdict, v.note, v.at, p.full_name, v.machine_kind, v.machine_probability,
               v.facts_hash <> x.facts_hash,
               coalesce(lead(v.verdict) OVER (ORDER BY v.id) = 'withdrawn', false) AND v.verdict <> 'withdrawn',
               v.blind
          FROM verdict v JOIN pair x ON x.id = v.pair_id JOIN person p ON p.id = v.person_id
         WHERE v.pair_id = %s AND {scope.said("v.pair_id")}
         ORDER BY v.id DESC
        """, [pair_id])  # noqa: S608  constants
    return [Verdict(*row) for row in rows]


def disagreeing(history: Sequence[Verdict]) -> list[Verdict]:
    """Of a history (the latest first) what stands of each person, where they do not say the same; else nothing."""
    standing: dict[str, Verdict] = {}
    for one in history:
        if not one.on_other_facts:
            standing.setdefault(one.person, one)
    said = [one for one in standing.values() if one.verdict != "withdrawn" and not one.taken_back]
    return said if len({one.verdict for one in said}) > 1 else []


def latest(connection: Connection, pair_id: int) -> int | None:
    """The id of the latest verdict on the pair."""
    return connection.execute("SELECT max(id) FROM verdict WHERE pair_id = %s", [pair_id]).fetchone()[0]


def give(connection: Connection, pair_id: int, person_id: UUID, verdict: str, note: str | None, *,
         blind: str | None = None, together: UUID | None = None) -> int | None:
    """Add a verdict that rests on the facts as they are now; the machine's opinion of this moment is kept beside it.

    None where the person asking judges in neither region, or entered one of the works: the database refuses both too.
    """
    found = connection.execute(
        f"""
        INSERT INTO verdict (pair_id, person_id, verdict, note, blind, together, facts_hash, machine_kind,
                             machine_probability)
        SELECT x.id, %s, %s, %s, %s, %s, x.facts_hash, x.kind, x.probability FROM pair x
         WHERE x.id = %s AND {scope.about("x.id", "NULL", scope.JUDGES)}
           AND (%s = 'withdrawn' OR NOT has_entered(ARRAY[x.left_project, x.right_project], {scope.ME}))
        RETURNING id
        """, [person_id, verdict, note, blind, together, pair_id, verdict]).fetchone()  # noqa: S608  constants
    return found[0] if found else None


def given(connection: Connection, verdict_id: int) -> Given | None:
    """The person's own verdict, while it is the latest on its pair and may be taken back."""
    found = connection.execute(
        """
        SELECT v.id, v.pair_id, v.verdict, p.name, ceil(%(within)s - extract(epoch FROM now() - v.at))::int,
               v.together,
               (SELECT count(*) FROM verdict other WHERE other.together = v.together) + (v.together IS NULL)::int
          FROM verdict v JOIN pair x ON x.id = v.pair_id JOIN project p ON p.id = x.left_project
         WHERE v.id = %(verdict)s AND v.person_id = (SELECT current_person()) AND v.verdict <> 'withdrawn'
           AND v.at > now() - make_interval(secs => %(within)s)
           AND NOT EXISTS (SELECT FROM verdict later WHERE later.pair_id = v.pair_id AND later.id > v.id)
        """, {"verdict": verdict_id, "within": MAY_WITHDRAW_S}).fetchone()
    return Given(*found) if found else None


def withdraw(connection: Connection, verdict_id: int, person_id: UUID) -> list[int]:
    """Take one's own latest verdict back, with those given in the same go, by adding to the history.

    Answers the pairs that it concerned; none where it is no longer possible.
    """
    known = given(connection, verdict_id)
    if known is None:
        return []
    one_go = [(verdict_id, known.pair_id)] if known.together is None else connection.execute(
        "SELECT id, pair_id FROM verdict WHERE together = %s AND person_id = %s ORDER BY pair_id",
        [known.together, person_id]).fetchall()
    for _verdict, pair_id in one_go:
        alone(connection, pair_id)
    if any(given(connection, one) is None for one, _pair in one_go):
        return []
    back = [give(connection, pair_id, person_id, "withdrawn", None) for _verdict, pair_id in one_go]
    return [] if None in back else [pair_id for _verdict, pair_id in one_go]


def leave_for_later(connection: Connection, pair_id: int, person_id: UUID) -> None:
    """The pair comes last in this person's lists for the rest of the working day."""
    connection.execute(
        "INSERT INTO pair_later (person_id, pair_id) VALUES (%s, %s) "
        "ON CONFLICT (person_id, pair_id) DO UPDATE SET at = now()", [person_id, pair_id])


def answers(connection: Connection, pair_id: int) -> list[Answer]:
    """What villages have said about a pair that the person asking may read, in the order of time."""
    rows = connection.execute(
        f"""
        SELECT t.id, r.name, p.full_name, t.text, t.at
          FROM answer t JOIN pair x ON x.id = t.pair_id JOIN region r ON r.id = t.region_id
          JOIN person p ON p.id = t.person_id
         WHERE t.pair_id = %s AND {scope.said("t.pair_id")}
         ORDER BY t.id
        """, [pair_id]).fetchall()  # noqa: S608  constants
    shown = photos(connection, pair_id)
    return [Answer(*row, photos=tuple(one for one in shown if one.answer_id == row[0])) for row in rows]


def photos(connection: Connection, pair_id: int) -> list[Photo]:
    """The photos of all answers about a pair that the person asking may read."""
    return [Photo(*row) for row in connection.execute(
        f"""
        SELECT f.id, f.answer_id, f.shown_sha256, f.width, f.height
          FROM answer_photo f JOIN answer t ON t.id = f.answer_id JOIN pair x ON x.id = t.pair_id
         WHERE x.id = %s AND {scope.said("x.id")} ORDER BY f.id
        """, [pair_id]).fetchall()]  # noqa: S608  constants


def add_photo(connection: Connection, answer_id: int, sha256: bytes, shown_sha256: bytes, size: int,
              width: int, height: int) -> None:
    """Note a photo of an answer: the sums of the sealed original (`size` bytes) and of what is shown of it."""
    connection.execute(
        "INSERT INTO answer_photo (answer_id, sha256, shown_sha256, bytes, width, height) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        [answer_id, sha256, shown_sha256, size, width, height])


def answer(connection: Connection, pair_id: int, region_id: int, person_id: UUID, text: str) -> int | None:
    """Add the reply of a village; None where the person asking does not speak for it, as the database refuses too."""
    found = connection.execute(
        f"""
        INSERT INTO answer (pair_id, region_id, person_id, text)
        SELECT x.id, r.id, %s, %s FROM pair x JOIN region r ON r.id = %s
         WHERE x.id = %s AND r.id = ANY ({scope.ANSWERS}) AND {scope.about("x.id", "NULL", scope.ANSWERS)} RETURNING id
        """, [person_id, text, region_id, pair_id]).fetchone()  # noqa: S608  constants
    return found[0] if found else None
