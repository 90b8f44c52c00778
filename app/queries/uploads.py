"""Uploads: what was received, what its columns were taken to mean, what storing it did. Rows: upload_rows.py.

Each query carries the rule of who may see an upload (scope.upload) beside the policy that keeps it (migrations/0023).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from app.queries import scope
from app.queries.blind_samples import UNSEEN


class Upload(NamedTuple):
    """A received file; `columns` are geo.tables.Recognised as JSON, `refusal` and `problems` as geo stores them."""

    id: UUID
    number: int
    person_id: UUID
    sender: str
    region_id: int
    file_name: str
    sha256: bytes
    bytes: int
    format: str | None
    sheet: str | None
    columns: list[dict]
    state: str
    refusal: dict | None
    problems: list[dict]
    rows: int | None
    good_rows: int | None
    outcome: dict | None
    received_at: datetime
    stored_at: datetime | None
    undone_at: datetime | None
    batch: UUID | None
    mapping_id: int | None


_SELECT = f"""
    SELECT u.id, u.number, u.person_id, p.full_name AS sender, u.region_id, u.file_name, u.sha256, u.bytes, u.format,
           u.sheet, CASE jsonb_typeof(u.mapping) WHEN 'array' THEN u.mapping ELSE '[]' END, u.state, u.refusal,
           u.problems, u.rows, u.good_rows, u.outcome, u.received_at, u.stored_at, u.undone_at, u.batch, u.mapping_id
      FROM upload u JOIN person p ON p.id = u.person_id
     WHERE {scope.upload("u")}
"""  # noqa: S608  this module's own text


def enter(connection: Connection, person_id: UUID, region_id: int, file_name: str, sha256: bytes, size: int,
          batch: UUID | None = None) -> UUID:
    """A file has been received; nothing of it has been read. Files that were sent together share a batch."""
    return connection.execute(
        """
        INSERT INTO upload (person_id, region_id, file_name, sha256, bytes, batch) VALUES (%s, %s, %s, %s, %s, %s)
        RETURNING id
        """, [person_id, region_id, file_name, sha256, size, batch]).fetchone()[0]


def by_id(connection: Connection, upload_id: UUID) -> Upload | None:
    found = connection.execute(_SELECT + " AND u.id = %s", [upload_id]).fetchone()
    return Upload(*found) if found else None


def hold(connection: Connection, upload_id: UUID) -> Upload | None:
    """The same, held against everybody else who would change it until the transaction ends."""
    found = connection.execute(_SELECT + " AND u.id = %s FOR NO KEY UPDATE OF u", [upload_id]).fetchone()
    return Upload(*found) if found else None


def latest_of(connection: Connection, person_id: UUID, limit: int = 20) -> list[Upload]:
    """What a person sent last, newest first."""
    return [Upload(*row) for row in connection.execute(
        _SELECT + " AND u.person_id = %s AND u.state <> 'dropped' ORDER BY u.received_at DESC LIMIT %s",
        [person_id, limit]).fetchall()]


def of_batch(connection: Connection, person_id: UUID, batch: UUID) -> list[Upload]:
    """What a person sent together, in the order in which it came."""
    return [Upload(*row) for row in connection.execute(
        _SELECT + " AND u.person_id = %s AND u.batch = %s ORDER BY u.number", [person_id, batch]).fetchall()]


def same_file_stored(connection: Connection, upload: Upload) -> Upload | None:
    """An upload of the very same content whose works are all still there, if this person may see it."""
    found = connection.execute(
        _SELECT + """ AND u.sha256 = %s AND u.id <> %s AND u.state = 'stored' AND NOT EXISTS (
                        SELECT FROM upload_row k JOIN project w ON w.id = k.project_id
                         WHERE k.upload_id = u.id AND w.withdrawn_at IS NOT NULL)
                      ORDER BY u.stored_at DESC LIMIT 1""",
        [upload.sha256, upload.id]).fetchone()
    return Upload(*found) if found else None


def note_columns(connection: Connection, upload_id: UUID, columns: Sequence[Mapping]) -> None:
    connection.execute("UPDATE upload SET mapping = %s WHERE id = %s", [json.dumps(list(columns)), upload_id])


def note_read(connection: Connection, upload_id: UUID, *, format: str, sheet: str | None, columns: Sequence[Mapping],
              problems: Sequence[Mapping], rows: int, good_rows: int, mapping_id: int | None = None) -> None:
    """The file has been read: its columns, its own problems and how many rows are ready."""
    connection.execute(
        """
        UPDATE upload SET state = 'read', refusal = NULL, format = %s, sheet = %s, mapping = %s, problems = %s,
               rows = %s, good_rows = %s, mapping_id = %s
         WHERE id = %s
        """, [format, sheet, json.dumps(list(columns)), json.dumps(list(problems)), rows, good_rows, mapping_id,
              upload_id])


def count_good_rows(connection: Connection, upload_id: UUID) -> None:
    """How many rows are ready, after rows were corrected."""
    connection.execute(
        """
        UPDATE upload SET good_rows = (SELECT count(*) FROM upload_row r WHERE r.upload_id = upload.id AND r.good)
         WHERE id = %s
        """, [upload_id])


def hold_content(connection: Connection, sha256: bytes) -> None:
    """Of somebody who brings a file and somebody who removes the same one, the second waits for the first."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)",
                       [_CONTENT, int.from_bytes(sha256[:4], "big", signed=True)])


def content_is_wanted(connection: Connection, sha256: bytes, without: UUID) -> bool:
    """Whether any other upload, whoever sent it, still has this content."""
    return connection.execute("SELECT content_is_wanted(%s, %s)", [sha256, without]).fetchone()[0]


def note_refused(connection: Connection, upload_id: UUID, refusal: Mapping) -> None:
    connection.execute("UPDATE upload SET state = 'refused', refusal = %s WHERE id = %s",
                       [json.dumps(refusal), upload_id])


def note_received_again(connection: Connection, upload_id: UUID) -> None:
    """Back to the beginning: the file will be read anew."""
    connection.execute("UPDATE upload SET state = 'received', refusal = NULL WHERE id = %s", [upload_id])


def note_dropped(connection: Connection, upload_id: UUID) -> None:
    connection.execute("UPDATE upload SET state = 'dropped' WHERE id = %s", [upload_id])


def note_stored(connection: Connection, upload_id: UUID, outcome: Mapping) -> None:
    connection.execute("UPDATE upload SET state = 'stored', stored_at = now(), outcome = %s WHERE id = %s",
                       [json.dumps(outcome), upload_id])


def note_undone(connection: Connection, upload_id: UUID, outcome: Mapping) -> None:
    connection.execute(
        """
        UPDATE upload SET state = 'undone', undone_at = now(), undone_by = current_person(),
               outcome = outcome || jsonb_build_object('undone', %s::jsonb)
         WHERE id = %s
        """, [json.dumps(outcome), upload_id])


def hold_regions(connection: Connection, region_ids: Sequence[int]) -> None:
    """Of two uploads into one region the second waits for the first, and then finds its works. Always in one order."""
    for region_id in sorted(region_ids):
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_STORING, region_id])


_STORING, _CONTENT = 7_310, 7_311


def identities(connection: Connection, project_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str, int]]:
    """(source, source key, region) of stored works, by their id: for sheets that carry `pantau_id`."""
    return {row.id: (row.source, row.source_key, row.region_id) for row in connection.execute(
        "SELECT p.id, p.source, p.source_key, p.region_id FROM project p WHERE p.id = ANY (%s) "  # noqa: S608  constants
        f"AND (p.withdrawn_at IS NULL OR p.merged_into IS NOT NULL) AND {scope.work('p')}",
        [list(project_ids)])}


class FoundPair(NamedTuple):
    """A pair that a work of the upload takes part in, as the result page lists it. What the person asking is to judge
    blind is `hidden`, and has no kind, probability and reason."""

    id: int
    kind: str | None
    probability: float | None
    to_look_at: bool
    reason: dict | None
    distance_m: float | None
    row: int
    own: str
    other: str
    own_year: int | None
    other_year: int | None
    other_region: str
    within: bool
    hidden: bool


def pairs_of(connection: Connection, upload_id: UUID, limit: int = 50) -> list[FoundPair]:
    """The pairs to look at that the works of an upload take part in, strongest first; each pair once."""
    return [FoundPair(*row) for row in connection.execute(
        f"""
        SELECT id, CASE WHEN NOT hidden THEN kind END, CASE WHEN NOT hidden THEN probability END, to_look_at,
               CASE WHEN NOT hidden THEN reason END, distance_m, number, own, other, own_year, other_year,
               other_region, within, hidden
          FROM (
          SELECT DISTINCT ON (x.id) x.id, x.kind, x.probability, x.to_look_at, x.reason, x.distance_m, r.number,
                 own.name AS own, other.name AS other, own.year AS own_year, other.year AS other_year,
                 place.name AS other_region,
                 EXISTS (SELECT FROM upload_row o WHERE o.upload_id = r.upload_id
                                                    AND o.project_id = other.id) AS within,
                 {UNSEEN.format("own.region_id", "other.region_id")} AS hidden
            FROM upload_row r
            JOIN project own ON own.id = r.project_id
            JOIN pair x ON own.id IN (x.left_project, x.right_project)
            JOIN project other ON other.id = CASE own.id WHEN x.left_project THEN x.right_project
                                                         ELSE x.left_project END
            JOIN region place ON place.id = other.region_id
           WHERE r.upload_id = %s AND r.outcome IN ('stored', 'updated', 'unchanged')
             AND {scope.work("own")} AND {scope.work("other")} AND x.to_look_at AND x.retired_at IS NULL
           ORDER BY x.id, r.position) AS found
         ORDER BY CASE WHEN NOT hidden THEN probability END DESC NULLS LAST, id LIMIT %s
        """, [upload_id, limit])]  # noqa: S608  a constant


def widest_region(connection: Connection, roles: Sequence[str]) -> int | None:
    """The widest region in which the person asking holds one of the roles: where what they send belongs by default."""
    found = connection.execute(
        """
        SELECT r.id FROM person_grant g JOIN region r ON r.id = g.region_id
         WHERE g.person_id = current_person() AND g.role = ANY (%s) AND now() >= g.valid_from
           AND (g.valid_to IS NULL OR now() < g.valid_to)
         ORDER BY array_position('{root,regency,district,village}', r.level), r.code LIMIT 1
        """, [list(roles)]).fetchone()
    return found[0] if found else None
