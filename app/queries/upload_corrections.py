"""What people correct of an upload before it is stored: patterns of problems, the rows of one, and the record of it.

Whoever may see an upload may see its corrections; its sender alone makes and undoes them (migrations/0005).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Connection


class Pattern(NamedTuple):
    """Problems that are alike: the reason's message id, how the suggestion repairs (None without one), the column."""

    reason: str
    how: str | None
    column: str | None


class Group(NamedTuple):
    """A pattern in one upload: in how many rows, and one of them as an example (a stored Problem)."""

    pattern: Pattern
    severity: str
    rows: int
    first: int
    example: dict


_OF = """p->'reason'->>'id' = %(reason)s AND p->'suggestion'->>'how' IS NOT DISTINCT FROM %(how)s
         AND p->>'column' IS NOT DISTINCT FROM %(column)s"""


def groups(connection: Connection, upload_id: UUID, without: str) -> list[Group]:
    """The patterns of an upload: those that one press repairs first, then by how many rows they keep back.

    `without` is the reason of rows that somebody chose to leave out.
    """
    return [Group(Pattern(row.reason, row.how, row.column_name), row.severity, row.rows, row.first, row.example)
            for row in connection.execute(
                """
                SELECT p->'reason'->>'id' AS reason, p->'suggestion'->>'how' AS how, p->>'column' AS column_name,
                       p->>'severity' AS severity, count(DISTINCT position) AS rows, min(number) AS first,
                       (array_agg(p ORDER BY position))[1] AS example
                  FROM upload_row r, jsonb_array_elements(r.problems) AS p
                 WHERE upload_id = %s AND problems <> '[]'
                   AND NOT jsonb_path_exists(problems, '$[*].reason.id ? (@ == $without)',
                                             jsonb_build_object('without', %s::text))
                 GROUP BY 1, 2, 3, 4
                 ORDER BY p->'suggestion'->>'how' IS NULL, p->>'severity', count(DISTINCT position) DESC, min(number)
                """, [upload_id, without])]


def numbers(connection: Connection, upload_id: UUID, pattern: Pattern) -> list[int]:
    """The rows of a pattern, by their number, in the order of the file."""
    return [row[0] for row in connection.execute(
        f"""
        SELECT number FROM upload_row r
         WHERE upload_id = %(id)s AND problems <> '[]'
           AND EXISTS (SELECT FROM jsonb_array_elements(r.problems) AS p WHERE {_OF}) ORDER BY position
        """, {"id": upload_id, **pattern._asdict()})]  # noqa: S608  this module's own text


class Change(NamedTuple):
    """One row that a pattern would change, as the preview shows it."""

    number: int
    name: str | None
    problem: dict
    region_code: str | None


def changes(connection: Connection, upload_id: UUID, pattern: Pattern, limit: int, offset: int = 0) -> list[Change]:
    return [Change(*row) for row in connection.execute(
        f"""
        SELECT number, facts->>'name', (SELECT p FROM jsonb_array_elements(r.problems) AS p WHERE {_OF} LIMIT 1),
               facts->>'region_code'
          FROM upload_row r
         WHERE upload_id = %(id)s AND problems <> '[]'
           AND EXISTS (SELECT FROM jsonb_array_elements(r.problems) AS p WHERE {_OF})
         ORDER BY position LIMIT %(limit)s OFFSET %(offset)s
        """, {"id": upload_id, "limit": limit, "offset": offset, **pattern._asdict()})]  # noqa: S608


class Correction(NamedTuple):
    """What was corrected, by whom and when; `undoable` while no later correction stands on one of its rows."""

    id: int
    kind: str
    pattern: dict
    rows: int
    person: str
    made_at: datetime
    undoable: bool


_LATER = """EXISTS (
    SELECT FROM upload_correction_row mine JOIN upload_correction_row other USING (number)
      JOIN upload_correction l ON l.id = other.correction_id
     WHERE mine.correction_id = c.id AND l.upload_id = c.upload_id AND l.id > c.id AND l.undone_at IS NULL)"""


def made(connection: Connection, upload_id: UUID, limit: int = 50) -> list[Correction]:
    """The corrections in force, the latest first."""
    return [Correction(*row) for row in connection.execute(
        f"""
        SELECT c.id, c.kind, c.pattern, c.rows, p.full_name, c.made_at, NOT {_LATER}
          FROM upload_correction c JOIN person p ON p.id = c.made_by
         WHERE c.upload_id = %s AND c.undone_at IS NULL ORDER BY c.id DESC LIMIT %s
        """, [upload_id, limit])]  # noqa: S608


def note(connection: Connection, upload_id: UUID, kind: str, pattern: Mapping,
         before: Mapping[int, Mapping | None], after: Mapping[int, Mapping | None]) -> int:
    """Write rows' corrections down, with what each was before; answers the id of the record."""
    correction_id = connection.execute(
        """
        INSERT INTO upload_correction (upload_id, kind, pattern, rows, made_by)
        VALUES (%s, %s, %s, %s, current_person()) RETURNING id
        """, [upload_id, kind, Jsonb(dict(pattern)), len(after)]).fetchone()[0]
    connection.execute(
        """
        INSERT INTO upload_correction_row (correction_id, number, before)
        SELECT %s, number, nullif(before, 'null') FROM unnest(%s::int[], %s::jsonb[]) AS b (number, before)
        """, [correction_id, list(after), [Jsonb(before.get(number)) for number in after]])
    put(connection, upload_id, after)
    return correction_id


def put(connection: Connection, upload_id: UUID, corrected: Mapping[int, Mapping | None]) -> None:
    """What is to be read in place of what was typed, by row number."""
    connection.execute(
        """
        UPDATE upload_row r SET corrected = nullif(%s::jsonb -> r.number::text, 'null')
         WHERE r.upload_id = %s AND r.number = ANY (%s)
        """, [Jsonb({str(number): one for number, one in corrected.items()}), upload_id, list(corrected)])


def before(connection: Connection, upload_id: UUID, correction_id: int) -> dict[int, dict | None] | None:
    """What the rows of a correction were before it, held for undoing; None where it may not be undone any more."""
    found = connection.execute(
        f"""
        SELECT c.id FROM upload_correction c
         WHERE c.id = %s AND c.upload_id = %s AND c.undone_at IS NULL AND NOT {_LATER} FOR UPDATE OF c
        """, [correction_id, upload_id]).fetchone()  # noqa: S608
    if found is None:
        return None
    return dict(connection.execute("SELECT number, before FROM upload_correction_row WHERE correction_id = %s",
                                   [correction_id]).fetchall())


def note_undone(connection: Connection, correction_id: int) -> None:
    connection.execute(
        "UPDATE upload_correction SET undone_at = now(), undone_by = current_person() WHERE id = %s", [correction_id])


def rows_changed(connection: Connection, upload_id: UUID, numbers: Sequence[int]) -> dict[int, dict | None]:
    """What is corrected of these rows at present."""
    return dict(connection.execute(
        "SELECT number, corrected FROM upload_row WHERE upload_id = %s AND number = ANY (%s)",
        [upload_id, list(numbers)]).fetchall())
