"""The model that decides about pairs: its versions, drafts of others, and what people's verdicts say of it.

Putting a draft in force goes through the matching door (matching.py). Every query spells who may read what, as the
policies do: each layer alone is enough.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import pandas as pd

from app.db import Connection
from app.queries.pairs import READABLE


class Version(NamedTuple):
    """What has decided since `since`: shipped, or saved by a person who said why. Counting anew makes no version."""

    id: int
    version: str
    since: datetime
    person: str | None
    reason: str | None
    decision_hash: str
    in_force: bool


class Snapshot(NamedTuple):
    """The model row in force: its id, of how many works it knows what is common, and when these were counted."""

    id: int
    works: int
    counted_at: datetime


class Draft(NamedTuple):
    """Weights and a threshold as somebody would have them. `result`: what would change, once measured; `current`: the
    model it is based on is still in force."""

    id: UUID
    person_id: UUID
    person: str
    based_on: int
    origin: str
    earlier: str | None
    content: dict
    content_hash: str
    learned: dict | None
    result: dict | None
    made_at: datetime
    measured_at: datetime | None
    reason: str | None
    saved_as: int | None
    current: bool


class Said(NamedTuple):
    """The latest word of one person about a pair, on the facts as they were last measured."""

    pair_id: int
    left: str
    right: str
    kind: str
    levels: dict[str, int]
    verdict: str


class Named(NamedTuple):
    """A work as a line of a list names it."""

    id: UUID
    number: int
    name: str
    year: int | None
    fund: str | None
    region: str


def may_change(connection: Connection) -> bool:
    """Whether the person asking administers the whole territory."""
    return connection.execute("SELECT administers_everything()").fetchone()[0]


def snapshot(connection: Connection) -> Snapshot | None:
    """None before anything was counted."""
    found = connection.execute(
        """
        SELECT id, works, (SELECT max(o.kept_at) FROM model o WHERE o.kept_by IS NULL) FROM model
         ORDER BY id DESC LIMIT 1
        """).fetchone()
    return Snapshot(*found) if found else None


def versions(connection: Connection, limit: int = 30) -> list[Version]:
    """What has decided so far, the latest first."""
    return [Version(*row) for row in connection.execute(
        """
        WITH ordered AS (
          SELECT m.id, m.version, m.kept_at, m.kept_by, m.reason, m.decision_hash,
                 lag(m.decision_hash) OVER (ORDER BY m.id) AS before FROM model m),
        deciding AS (
          SELECT * FROM ordered WHERE kept_by IS NOT NULL OR before IS DISTINCT FROM decision_hash)
        SELECT d.id, split_part(d.version, '+', 1), d.kept_at, p.full_name, d.reason, d.decision_hash,
               d.id = (SELECT max(id) FROM deciding)
          FROM deciding d LEFT JOIN person p ON p.id = d.kept_by ORDER BY d.id DESC LIMIT %s
        """, [limit])]


def deciding(connection: Connection, model_id: int) -> dict | None:
    """What of a kept model decides, as JSON; None where there is no such model."""
    found = connection.execute("SELECT what_decides(content) FROM model WHERE id = %s", [model_id]).fetchone()
    return found[0] if found else None


def saved_count(connection: Connection) -> int:
    """How many versions people have saved."""
    return connection.execute("SELECT count(*) FROM model WHERE kept_by IS NOT NULL").fetchone()[0]


def enter(connection: Connection, person_id: UUID, based_on: int, content: Mapping, origin: str = "edited", *,
          earlier_id: int | None = None, learned: Mapping | None = None) -> UUID:
    """Keep a draft; the database refuses whoever does not administer the whole territory."""
    return connection.execute(
        """
        INSERT INTO model_draft (person_id, based_on, origin, earlier_id, content, learned)
        VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
        """, [person_id, based_on, origin, earlier_id, json.dumps(content),
              json.dumps(learned) if learned else None]).fetchone()[0]


_DRAFT = """
    SELECT d.id, d.person_id, p.full_name, d.based_on, d.origin,
           (SELECT split_part(m.version, '+', 1) FROM model m WHERE m.id = d.earlier_id), d.content, d.content_hash,
           d.learned, d.result, d.made_at, d.measured_at, d.reason, d.saved_as,
           d.based_on = (SELECT max(id) FROM model)
      FROM model_draft d JOIN person p ON p.id = d.person_id
     WHERE (SELECT administers_everything())
"""


def draft(connection: Connection, draft_id: UUID) -> Draft | None:
    found = connection.execute(_DRAFT + " AND d.id = %s", [draft_id]).fetchone()
    return Draft(*found) if found else None


def own_drafts(connection: Connection, limit: int = 5) -> list[Draft]:
    """The latest drafts of the person asking that were not saved."""
    return [Draft(*row) for row in connection.execute(
        _DRAFT + " AND d.person_id = current_person() AND d.saved_as IS NULL ORDER BY d.made_at DESC LIMIT %s",
        [limit])]


def note_result(connection: Connection, draft_id: UUID, result: Mapping) -> None:
    """Keep what would change; whoever had seen an earlier result must see this one."""
    connection.execute("UPDATE model_draft SET result = %s, measured_at = now(), shown_at = NULL WHERE id = %s",
                       [json.dumps(result), draft_id])


def note_shown(connection: Connection, draft_id: UUID, reason: str, content_hash: str,
               measured_at: datetime) -> bool:
    """Note that the person asking has seen this result of this draft, and why they want it; False where they have
    seen another one, or it is not theirs."""
    return connection.execute(
        """
        UPDATE model_draft SET reason = %s, shown_at = now()
         WHERE id = %s AND person_id = current_person() AND content_hash = %s AND measured_at = %s
           AND saved_as IS NULL
        """, [reason, draft_id, content_hash, measured_at]).rowcount == 1


def said(connection: Connection) -> list[Said]:
    """What people say of pairs on the facts that were measured, each person's latest word; what was taken back is no
    word. Also of pairs that are retired, because the works became one or were withdrawn: they were judged all the same.
    """
    return [Said(row[0], str(row[1]), str(row[2]), *row[3:]) for row in connection.execute(
        f"""
        SELECT x.id, x.left_project, x.right_project, x.kind, x.levels, v.verdict
          FROM pair x
          JOIN LATERAL (SELECT DISTINCT ON (o.person_id) o.verdict FROM verdict o
                         WHERE o.pair_id = x.id AND o.facts_hash = x.facts_hash
                         ORDER BY o.person_id, o.id DESC) v ON v.verdict <> 'withdrawn'
          JOIN project a ON a.id = x.left_project JOIN project b ON b.id = x.right_project
         WHERE x.id IN (SELECT pair_id FROM verdict) AND {READABLE} ORDER BY x.id, v.verdict
        """)]  # noqa: S608  a constant


def standing(connection: Connection) -> pd.DataFrame:
    """Every pair in force that the person asking may read: left, right, kind, to_look_at, probability, money, smaller,
    judged (somebody has, on the facts as they are)."""
    rows = connection.execute(
        """
        SELECT x.left_project::text, x.right_project::text, x.kind, x.to_look_at, x.probability, x.money::float8,
               s.smaller::text, s.state = 'judged'
          FROM pair x JOIN pair_standing s ON s.pair_id = x.id
         WHERE x.retired_at IS NULL
           AND (x.draft_regions = '{}' OR x.draft_regions <@ (SELECT own_regions())::int[])
         ORDER BY x.left_project, x.right_project
        """).fetchall()
    return pd.DataFrame(rows, columns=["left", "right", "kind", "to_look_at", "probability", "money", "smaller",
                                       "judged"])


def named(connection: Connection, works: Collection[str]) -> dict[str, Named]:
    """These works, as far as the person asking may read them."""
    return {str(row.id): Named(*row) for row in connection.execute(
        """
        SELECT p.id, p.number, p.name, p.year, p.fund, r.name AS region
          FROM project p JOIN region r ON r.id = p.region_id
         WHERE p.id = ANY (%s::uuid[]) AND (NOT p.draft OR p.region_id = ANY ((SELECT own_regions())::int[]))
        """, [list(works)])}


def pair_ids(connection: Connection, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The stored pair of each two works (the smaller id first) that the person asking may read."""
    left, right = [one for one, _ in pairs], [other for _, other in pairs]
    return {(str(row.left_project), str(row.right_project)): row.id for row in connection.execute(
        """
        SELECT x.id, x.left_project, x.right_project
          FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (one, other)
          JOIN pair x ON x.left_project = wanted.one AND x.right_project = wanted.other
         WHERE x.draft_regions <@ (SELECT own_regions())::int[]
        """, [left, right])}
