"""The rows of uploads: what each said, what is wrong with it, what storing made of it.

Whoever may see or change an upload may see or change its rows (migrations/0002); these queries are asked after the
upload itself has been found by app/queries/uploads.py.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.types.json import Jsonb
from shapely.geometry.base import BaseGeometry

from app.db import Connection


def drop_rows(connection: Connection, upload_id: UUID) -> None:
    connection.execute("DELETE FROM upload_row WHERE upload_id = %s", [upload_id])


class NewRow(NamedTuple):
    """A row as it is put into the table; `position` counts from 0, `number` is what the person sees.

    `corrected`, `shape` (of the file itself) and `told` are what another reading needs (migrations/0005).
    """

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
    corrected: dict | None = None
    shape: BaseGeometry | None = None
    told: Sequence[Mapping] = ()


_NEW = ("position integer, number integer, raw jsonb, facts jsonb, problems jsonb, good boolean, method text, "
        "accuracy_m real, geom bytea, source_key text, corrected jsonb, shape bytea, told jsonb")


def put_rows(connection: Connection, upload_id: UUID, rows: Iterable[NewRow]) -> None:
    """Put the rows of an upload into the table.

    COPY cannot pass row-level security; it fills a table of this transaction, from which one INSERT does.
    """
    _fill(connection, rows)
    connection.execute(
        """
        INSERT INTO upload_row (upload_id, position, number, raw, facts, problems, good, method, accuracy_m, geom,
                                source_key, corrected, shape, told)
        SELECT %s, position, number, raw, facts, problems, good, method, accuracy_m, ST_GeomFromWKB(geom, 4326),
               source_key, corrected, shape, told
          FROM new_row
        """, [upload_id])
    connection.execute("DROP TABLE new_row")


def change_rows(connection: Connection, upload_id: UUID, rows: Iterable[NewRow]) -> None:
    """What rows say after they were corrected; what was typed in the file stays."""
    rows = list(rows)
    _fill(connection, rows)
    connection.execute(
        """
        UPDATE upload_row r SET facts = n.facts, problems = n.problems, good = n.good, method = n.method,
               accuracy_m = n.accuracy_m, geom = ST_GeomFromWKB(n.geom, 4326), source_key = n.source_key
          FROM new_row n WHERE r.upload_id = %s AND r.position = ANY (%s) AND r.position = n.position
        """, [upload_id, [row.position for row in rows]])
    connection.execute("DROP TABLE new_row")


def _fill(connection: Connection, rows: Iterable[NewRow]) -> None:
    connection.execute(f"CREATE TEMPORARY TABLE new_row ({_NEW}) ON COMMIT DROP")
    types = ["int4", "int4", "jsonb", "jsonb", "jsonb", "bool", "text", "float4", "bytea", "text", "jsonb", "bytea",
             "jsonb"]
    with connection.cursor().copy("COPY new_row FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row((
                row.position, row.number, *(Jsonb(one, _json) for one in (row.raw, row.facts, row.problems)), row.good,
                row.method, row.accuracy_m, _wkb(row.geometry), row.source_key,
                None if row.corrected is None else Jsonb(row.corrected, _json), _wkb(row.shape),
                Jsonb(list(row.told), _json)))


def _wkb(shape: BaseGeometry | None) -> bytes | None:
    return None if shape is None else shapely.to_wkb(shape)


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
    # Arrays, not a join: right after a large file was read the planner has no statistics of its rows.
    return Counts(*connection.execute(
        """
        SELECT count(*) AS rows, count(*) FILTER (WHERE good) AS good,
               count(*) FILTER (WHERE problems <> '[]') AS with_problems,
               coalesce(sum(jsonb_array_length(problems)), 0) AS problems,
               count(*) FILTER (WHERE good AND geom IS NULL) AS without_point,
               (SELECT count(*) FROM project p
                 WHERE (p.withdrawn_at IS NULL OR p.merged_into IS NOT NULL)
                   AND p.source = ANY (ARRAY(SELECT DISTINCT k.facts->>'source' FROM upload_row k
                                              WHERE k.upload_id = %(id)s AND k.good))
                   AND p.source_key = ANY (ARRAY(SELECT k.source_key FROM upload_row k
                                                  WHERE k.upload_id = %(id)s AND k.good))) AS known
          FROM upload_row WHERE upload_id = %(id)s
        """, {"id": upload_id}).fetchone())


class Typed(NamedTuple):
    """A row as it came from the file, and what was corrected of it: what reading it anew begins with."""

    position: int
    number: int
    raw: dict
    corrected: dict | None
    shape: bytes | None
    told: list[dict]
    problems: list[dict]
    identified: bool
    source: str
    source_key: str
    region_id: int
    category: str | None


_TYPED = """
    SELECT position, number, raw, corrected, shape, told, problems, coalesce((facts->>'identified')::boolean, false),
           facts->>'source', source_key, (facts->>'region_id')::integer, facts->>'category'
      FROM upload_row WHERE upload_id = %s
"""


def typed(connection: Connection, upload_id: UUID, numbers: Sequence[int]) -> list[Typed]:
    """These rows of an upload, in their order."""
    return [Typed(*row) for row in connection.execute(
        _TYPED + " AND number = ANY (%s) ORDER BY position", [upload_id, list(numbers)]).fetchall()]


def typed_around(connection: Connection, upload_id: UUID, numbers: Sequence[int], most: int) -> list[Typed]:
    """Other rows, evenly from the whole file: they tell how its columns are to be read."""
    return [Typed(*row) for row in connection.execute(
        _TYPED + " AND number <> ALL (%s) ORDER BY hashint4(position) LIMIT %s",
        [upload_id, list(numbers), most]).fetchall()]


def corrections_of(connection: Connection, upload_id: UUID) -> dict[int, dict]:
    """What was corrected, by row number."""
    return dict(connection.execute(
        "SELECT number, corrected FROM upload_row WHERE upload_id = %s AND corrected IS NOT NULL",
        [upload_id]).fetchall())


def keys_taken(connection: Connection, upload_id: UUID, keys: Sequence[str], numbers: Sequence[int]) -> set[str]:
    """Which of these keys other rows of the upload have."""
    return {row[0] for row in connection.execute(
        "SELECT source_key FROM upload_row WHERE upload_id = %s AND source_key = ANY (%s) AND number <> ALL (%s)",
        [upload_id, list(keys), list(numbers)])}


class Named(NamedTuple):
    """A row of an earlier upload; source and region are those of the work that it became, None where it became none."""

    upload_id: UUID
    source: str | None
    source_key: str
    region_id: int | None


def named(connection: Connection, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Named]:
    """Rows of uploads that the person asking may see, by (number of the upload, number of the row)."""
    by_upload: dict[int, list[int]] = {}
    for upload, number in wanted:
        by_upload.setdefault(upload, []).append(number)
    found = {}
    for upload, numbers in by_upload.items():
        for row in connection.execute(
                """
                SELECT r.number, r.upload_id, p.source, coalesce(p.source_key, r.source_key) AS source_key, p.region_id
                  FROM upload_row r LEFT JOIN project p ON p.id = r.project_id
                       AND (p.withdrawn_at IS NULL OR p.merged_into IS NOT NULL)
                 WHERE r.upload_id = (SELECT id FROM upload WHERE number = %s) AND r.number = ANY (%s)
                """, [upload, numbers]):
            found[upload, row.number] = Named(row.upload_id, row.source, row.source_key, row.region_id)
    return found


class WholeRow(NamedTuple):
    """A row with everything the file said, as it stands after correction, for the sheet that is given back."""

    number: int
    cells: dict
    problems: list[dict]
    good: bool
    shape: BaseGeometry | None


def whole_rows(connection: Connection, upload_id: UUID, *, with_problems: bool = False) -> list[WholeRow]:
    """All rows in the order of the file, or only those `with_problems`."""
    found = connection.execute(
        """
        SELECT number, raw || coalesce(corrected->'cells', '{}') AS cells, problems, good, shape,
               corrected->>'shape' AS said
          FROM upload_row WHERE upload_id = %s AND (NOT %s OR problems <> '[]') ORDER BY position
        """, [upload_id, with_problems]).fetchall()
    return [WholeRow(row.number, row.cells, row.problems, row.good,
                     shapely.from_wkt(row.said) if row.said else None if row.shape is None
                     else shapely.from_wkb(bytes(row.shape))) for row in found]
