"""Storing the rows of uploads and taking them back: which may be stored, what became of each, what was there before.

Whoever may see or change an upload may see or change its rows (migrations/0002); these queries are asked after the
upload itself has been found by app/queries/uploads.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection


class GoodRow(NamedTuple):
    """A row that may be stored; `facts` also holds source, region_id, village_known, claimed_region and the like."""

    position: int
    facts: dict
    source_key: str
    method: str | None
    accuracy_m: float | None
    geometry: BaseGeometry | None


def good_batches(connection: Connection, upload_id: UUID, size: int) -> Iterator[list[GoodRow]]:
    """The rows that may be stored, in their order, `size` at a time."""
    last = -1
    while found := connection.execute(
            """
            SELECT position, facts, source_key, method, accuracy_m, ST_AsBinary(geom) AS wkb
              FROM upload_row WHERE upload_id = %s AND good AND position > %s ORDER BY position LIMIT %s
            """, [upload_id, last, size]).fetchall():
        yield [GoodRow(row.position, row.facts, row.source_key, row.method, row.accuracy_m,
                       None if row.wkb is None else shapely.from_wkb(bytes(row.wkb))) for row in found]
        last = found[-1].position


def regions_of(connection: Connection, upload_id: UUID) -> list[int]:
    """The responsible regions of the rows that may be stored, in order."""
    return [row[0] for row in connection.execute(
        """
        SELECT DISTINCT (facts->>'region_id')::integer FROM upload_row WHERE upload_id = %s AND good ORDER BY 1
        """, [upload_id])]


def note_before(connection: Connection, upload_id: UUID, changed: Sequence[tuple[int, UUID, bool]]) -> None:
    """Keep what works were before this upload changes them: (row position, work, whether its claimed site moves)."""
    if not changed:
        return
    connection.execute(
        """
        UPDATE upload_row r SET before = jsonb_build_object(
                 'facts', project_facts(p), 'upload_id', p.upload_id, 'moved', c.moved,
                 'sites', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                               'geom', encode(ST_AsBinary(s.geom), 'hex'), 'method', s.method, 'role', s.role,
                               'part', s.part, 'accuracy_m', s.accuracy_m, 'reason', s.reason,
                               'found_region_id', s.found_region_id, 'outside_m', s.outside_m) ORDER BY s.id), '[]')
                             FROM site s
                            WHERE s.project_id = p.id AND s.superseded_at IS NULL AND s.role = 'claimed'))
          FROM unnest(%s::int[], %s::uuid[], %s::bool[]) AS c (position, project_id, moved)
          JOIN project p ON p.id = c.project_id
         WHERE r.upload_id = %s AND r.position = c.position
        """, [*(list(column) for column in zip(*changed, strict=True)), upload_id])


def note_outcomes(connection: Connection, upload_id: UUID, outcomes: Mapping[int, tuple[str, UUID | None]]) -> None:
    """What became of each row: (outcome, work), by position; with the version in which it left the work."""
    connection.execute(
        """
        UPDATE upload_row r SET outcome = o.outcome, project_id = o.project_id,
               before = r.before || jsonb_build_object('left_at', (SELECT version FROM project p
                                                                    WHERE p.id = o.project_id))
          FROM unnest(%s::int[], %s::text[], %s::uuid[]) AS o (position, outcome, project_id)
         WHERE r.upload_id = %s AND r.position = o.position AND r.position = ANY (%s)
        """, [list(outcomes), [one[0] for one in outcomes.values()], [one[1] for one in outcomes.values()], upload_id,
              list(outcomes)])


def note_left_out(connection: Connection, upload_id: UUID) -> int:
    """Rows that were not stored; answers how many."""
    return connection.execute("UPDATE upload_row SET outcome = 'left_out' WHERE upload_id = %s AND outcome IS NULL",
                              [upload_id]).rowcount


SPOKEN_OF = """EXISTS (SELECT FROM pair x WHERE p.id IN (x.left_project, x.right_project) AND (
                             EXISTS (SELECT FROM answer a WHERE a.pair_id = x.id)
                          OR (SELECT v.verdict FROM verdict v WHERE v.pair_id = x.id ORDER BY v.id DESC LIMIT 1)
                             NOT IN ('withdrawn')))"""


def created_works(connection: Connection, upload_id: UUID) -> list[tuple[UUID, bool]]:
    """(work, untouched): the works that an upload made; untouched where nobody has added to them since, and nobody has
    judged or answered a pair of theirs: what people said of a work is not taken back with the file."""
    return connection.execute(
        f"""
        SELECT p.id, NOT {SPOKEN_OF} AND p.version = 1 AND p.upload_id = r.upload_id AND p.withdrawn_at IS NULL
                     AND NOT EXISTS (SELECT FROM site s WHERE s.project_id = p.id
                                      AND s.upload_id IS DISTINCT FROM r.upload_id)
          FROM upload_row r JOIN project p ON p.id = r.project_id
         WHERE r.upload_id = %s AND r.outcome = 'stored' ORDER BY r.position
        """, [upload_id]).fetchall()  # noqa: S608  this module's own text


def updated_works(connection: Connection, upload_id: UUID) -> list[tuple[UUID, dict, bool]]:
    """(work, what it was before, untouched) of the works that an upload changed."""
    return connection.execute(
        """
        SELECT p.id, r.before, p.version = (r.before->>'left_at')::int AND p.upload_id = r.upload_id
                               AND (p.withdrawn_at IS NULL OR p.merged_into IS NOT NULL)
                               AND NOT ((r.before->>'moved')::bool AND EXISTS (
                                 SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL
                                    AND s.role = 'claimed' AND s.upload_id IS DISTINCT FROM r.upload_id))
          FROM upload_row r JOIN project p ON p.id = r.project_id
         WHERE r.upload_id = %s AND r.outcome = 'updated' ORDER BY r.position
        """, [upload_id]).fetchall()
