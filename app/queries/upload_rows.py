"""The rows of uploads: what each said, what is wrong with it, what storing made of it.

Whoever may see or change an upload may see or change its rows (migrations/0002); these queries are asked after the
upload itself has been found by app/queries/uploads.py.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.types.json import Jsonb
from shapely.geometry.base import BaseGeometry

from app.db import Connection


def drop_rows(connection: Connection, upload_id: UUID) -> None:
    connection.execute("DELETE FROM upload_row WHERE upload_id = %s", [upload_id])


class NewRow(NamedTuple):
    """A row as it is put into the table; `position` counts from 0, `number` is what the person sees."""

    position: int
    number: int
    raw: dict
    facts: dict
    problems: list[dict]
    good: bool
    method: str | None
    accuracy_m: float | None
    geometry: BaseGeometry | None
    source_key: str | None


def put_rows(connection: Connection, upload_id: UUID, rows: Iterable[NewRow]) -> None:
    """Put the rows of an upload into the table.

    COPY cannot pass row-level security; it fills a table of this transaction, from which one INSERT does.
    """
    connection.execute(
        """
        CREATE TEMPORARY TABLE new_row (position integer, number integer, raw jsonb, facts jsonb, problems jsonb,
                                        good boolean, method text, accuracy_m real, geom bytea, source_key text)
        ON COMMIT DROP
        """)
    with connection.cursor().copy("COPY new_row FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "int4", "jsonb", "jsonb", "jsonb", "bool", "text", "float4", "bytea", "text"])
        for row in rows:
            copy.write_row((
                row.position, row.number, *(Jsonb(one, _json) for one in (row.raw, row.facts, row.problems)), row.good,
                row.method, row.accuracy_m, None if row.geometry is None else shapely.to_wkb(row.geometry),
                row.source_key))
    connection.execute(
        """
        INSERT INTO upload_row (upload_id, position, number, raw, facts, problems, good, method, accuracy_m, geom,
                                source_key)
        SELECT %s, position, number, raw, facts, problems, good, method, accuracy_m, ST_GeomFromWKB(geom, 4326),
               source_key
          FROM new_row
        """, [upload_id])
    connection.execute("DROP TABLE new_row")


def _json(value: object) -> str:
    # PostgreSQL's text cannot hold a NUL; a cell that does is shown with the sign for what cannot be shown.
    return json.dumps(value, ensure_ascii=False, default=str).replace("\\u0000", "\ufffd")


class SeenRow(NamedTuple):
    """A row as the review page shows it."""

    position: int
    number: int
    raw: dict
    facts: dict
    problems: list[dict]
    good: bool
    outcome: str | None
    project_id: UUID | None


_ROW = "SELECT position, number, raw, facts, problems, good, outcome, project_id FROM upload_row WHERE upload_id = %s"


def rows_with_problems(connection: Connection, upload_id: UUID, limit: int, offset: int = 0) -> list[SeenRow]:
    """Rows with anything to say, those that keep a row from being stored first."""
    return [SeenRow(*row) for row in connection.execute(
        _ROW + " AND problems <> '[]' ORDER BY good, position LIMIT %s OFFSET %s",
        [upload_id, limit, offset]).fetchall()]


def first_rows(connection: Connection, upload_id: UUID, limit: int) -> list[SeenRow]:
    return [SeenRow(*row) for row in connection.execute(_ROW + " ORDER BY position LIMIT %s",
                                                        [upload_id, limit]).fetchall()]


class Counts(NamedTuple):
    """How the rows of an upload stand; `known` are good rows whose work is stored already."""

    rows: int
    good: int
    with_problems: int
    problems: int
    without_point: int
    known: int


def counts(connection: Connection, upload_id: UUID) -> Counts:
    return Counts(*connection.execute(
        """
        SELECT count(*) AS rows, count(*) FILTER (WHERE good) AS good,
               count(*) FILTER (WHERE problems <> '[]') AS with_problems,
               coalesce(sum(jsonb_array_length(problems)), 0) AS problems,
               count(*) FILTER (WHERE good AND geom IS NULL) AS without_point,
               (SELECT count(*) FROM upload_row k JOIN project p
                    ON p.source = k.facts->>'source' AND p.source_key = k.source_key AND p.withdrawn_at IS NULL
                 WHERE k.upload_id = %(id)s AND k.good) AS known
          FROM upload_row WHERE upload_id = %(id)s
        """, {"id": upload_id}).fetchone())


class Place(NamedTuple):
    """Where a row stands, for the map beside the problems."""

    position: int
    number: int
    good: bool
    noted: bool
    geometry: BaseGeometry


def places(connection: Connection, upload_id: UUID, limit: int) -> list[Place]:
    """Where the rows stand: those with problems first, then evenly from the others."""
    return [Place(row.position, row.number, row.good, row.noted, shapely.from_wkb(bytes(row.wkb)))
            for row in connection.execute(
                """
                SELECT position, number, good, problems <> '[]' AS noted, ST_AsBinary(geom) AS wkb
                  FROM upload_row WHERE upload_id = %s AND geom IS NOT NULL
                 ORDER BY problems = '[]', hashint4(position) LIMIT %s
                """, [upload_id, limit])]


def borders(connection: Connection, upload_id: UUID, limit: int = 60) -> tuple[list[BaseGeometry], bool]:
    """The villages that the rows belong to, coarse enough for a small map, and whether any border is approximate."""
    found = connection.execute(
        """
        SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, 0.0001)) AS wkb, approximate FROM region
         WHERE level = 'village' AND geom IS NOT NULL AND id = ANY (ARRAY(
                 SELECT DISTINCT (facts->>'region_id')::integer FROM upload_row WHERE upload_id = %s))
         ORDER BY id LIMIT %s
        """, [upload_id, limit]).fetchall()
    return [shapely.from_wkb(bytes(row.wkb)) for row in found], any(row.approximate for row in found)


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
         WHERE r.upload_id = %s AND r.position = o.position
        """, [list(outcomes), [one[0] for one in outcomes.values()], [one[1] for one in outcomes.values()], upload_id])


def note_left_out(connection: Connection, upload_id: UUID) -> int:
    """Rows that were not stored; answers how many."""
    return connection.execute("UPDATE upload_row SET outcome = 'left_out' WHERE upload_id = %s AND outcome IS NULL",
                              [upload_id]).rowcount


def created_works(connection: Connection, upload_id: UUID) -> list[tuple[UUID, bool]]:
    """(work, untouched): the works that an upload made; untouched where nobody has added to them since."""
    return connection.execute(
        """
        SELECT p.id, p.version = 1 AND p.upload_id = r.upload_id AND p.withdrawn_at IS NULL
                     AND NOT EXISTS (SELECT FROM site s WHERE s.project_id = p.id
                                      AND s.upload_id IS DISTINCT FROM r.upload_id)
          FROM upload_row r JOIN project p ON p.id = r.project_id
         WHERE r.upload_id = %s AND r.outcome = 'stored' ORDER BY r.position
        """, [upload_id]).fetchall()


def updated_works(connection: Connection, upload_id: UUID) -> list[tuple[UUID, dict, bool]]:
    """(work, what it was before, untouched) of the works that an upload changed."""
    return connection.execute(
        """
        SELECT p.id, r.before, p.version = (r.before->>'left_at')::int AND p.upload_id = r.upload_id
                               AND p.withdrawn_at IS NULL
                               AND NOT ((r.before->>'moved')::bool AND EXISTS (
                                 SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL
                                    AND s.role = 'claimed' AND s.upload_id IS DISTINCT FROM r.upload_id))
          FROM upload_row r JOIN project p ON p.id = r.project_id
         WHERE r.upload_id = %s AND r.outcome = 'updated' ORDER BY r.position
        """, [upload_id]).fetchall()
