"""Checks that are kept: an answer as it was shown, under a number that can be printed and opened again.

Read by whoever asked and by those whose territory holds the place (migrations/0009); the rule stands in each query too.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection

_NUMBER = re.compile(r"CEK-(\d{4})-(\d{6,12})", re.IGNORECASE)
_SEEN = """(k.person_id = current_person()
            OR k.region_id = ANY ((SELECT regions_for('{field,head,planner,auditor,admin}'))::int[]))"""
_SELECT = f"""
    SELECT k.id, k.serial, k.year, k.person_id, p.full_name AS asked_by, k.region_id, k.checked_at, k.question,
           k.answer, k.model, k.list_id, k.line, k.cells, k.project_id
      FROM check_result k JOIN person p ON p.id = k.person_id
     WHERE {_SEEN}
"""  # noqa: S608  this module's own text


class Result(NamedTuple):
    """A kept check; `question` and `answer` as app/jobs/answers.py writes them."""

    id: UUID
    serial: int
    year: int
    person_id: UUID
    asked_by: str
    region_id: int
    checked_at: datetime
    question: dict
    answer: dict
    model: str
    list_id: UUID | None
    line: int | None
    cells: dict | None
    project_id: UUID | None

    @property
    def number(self) -> str:
        return written(self.year, self.serial)


class New(NamedTuple):
    """What is kept of one check; `position`, `line` and `cells` for a row of a list."""

    question: Mapping
    answer: Mapping
    model: str
    region_id: int
    geometry: BaseGeometry | None
    strongest: float | None
    position: int | None = None
    line: int | None = None
    cells: Mapping | None = None


def written(year: int, serial: int) -> str:
    """The number as it is printed.

    >>> written(2026, 123)
    'CEK-2026-000123'
    """
    return f"CEK-{year}-{serial:06d}"


def keep(connection: Connection, person_id: UUID, result_id: UUID, new: New) -> None:
    """Keep an answer under this id; the same id twice is kept once, for a button is pressed twice."""
    _insert(connection, person_id, None, [(result_id, new)], "(id)")


def keep_row(connection: Connection, person_id: UUID, list_id: UUID, new: Sequence[tuple[UUID, New]]) -> None:
    """Keep the answers of rows of a list; a position that has one already keeps it."""
    _insert(connection, person_id, list_id, new, "(list_id, position) WHERE list_id IS NOT NULL")


def _insert(connection: Connection, person_id: UUID, list_id: UUID | None, rows: Sequence[tuple[UUID, New]],
            once: str) -> None:
    connection.execute(
        f"""
        INSERT INTO check_result (id, person_id, list_id, question, answer, model, region_id, geom, strongest, position,
                                  line, cells)
        SELECT id, %s, %s, question, answer, model, region_id, geom, strongest, position, line, cells
          FROM jsonb_to_recordset(%s) AS row (id uuid, question jsonb, answer jsonb, model text, region_id integer,
               geom geometry, strongest double precision, position integer, line integer, cells jsonb)
        ON CONFLICT {once} DO NOTHING
        """,  # noqa: S608  one of two texts of this module
        [person_id, list_id, json.dumps([
            {name: value for name, value in one._asdict().items() if name != "geometry"} | {
                "id": str(result_id), "geom": None if one.geometry is None else shapely.to_wkb(
                    shapely.set_srid(one.geometry, 4326), hex=True, include_srid=True)}
            for result_id, one in rows])])


def by_id(connection: Connection, result_id: UUID) -> Result | None:
    found = connection.execute(_SELECT + " AND k.id = %s", [result_id]).fetchone()
    return Result(*found) if found else None


def by_number(connection: Connection, number: str) -> Result | None:
    """The check of a printed number, if the person asking may read it."""
    parsed = _NUMBER.fullmatch(number.strip())
    if parsed is None:
        return None
    found = connection.execute(_SELECT + " AND k.serial = %s AND k.year = %s",
                               [int(parsed[2]), int(parsed[1])]).fetchone()
    return Result(*found) if found else None


def hold(connection: Connection, result_id: UUID) -> Result | None:
    """The same, held until the transaction ends."""
    found = connection.execute(_SELECT + " AND k.id = %s FOR NO KEY UPDATE OF k", [result_id]).fetchone()
    return Result(*found) if found else None


def note_registered(connection: Connection, result_id: UUID, project_id: UUID) -> None:
    connection.execute("UPDATE check_result SET project_id = %s WHERE id = %s AND project_id IS NULL",
                       [project_id, result_id])


def latest_of(connection: Connection, person_id: UUID, limit: int = 10) -> list[Result]:
    """What a person kept last, newest first; the rows of lists are found through their lists."""
    return [Result(*row) for row in connection.execute(
        _SELECT + " AND k.person_id = %s AND k.list_id IS NULL ORDER BY k.checked_at DESC, k.serial DESC LIMIT %s",
        [person_id, limit])]


def registered(connection: Connection, list_id: UUID | None) -> dict[int, UUID]:
    """The works that rows of a list have become, by position."""
    return dict(connection.execute(
        f"""
        SELECT k.position, k.project_id FROM check_result k
         WHERE k.list_id = %s AND k.project_id IS NOT NULL AND {_SEEN}
        """, [list_id]).fetchall()) if list_id else {}  # noqa: S608  constants


class Ranked(NamedTuple):
    """A row of a checked list, as a page names it: `first` is what resembles it most, `works` all that do."""

    number: str
    line: int
    name: str
    strongest: float | None
    compared: bool
    first: dict | None
    within: list
    problems: list
    placed: bool
    project_id: UUID | None
    works: list


def ranked(connection: Connection, list_id: UUID, limit: int, offset: int = 0) -> list[Ranked]:
    """The rows of a list, what resembles something most first, then those that could not be compared."""
    return [Ranked(written(row.year, row.serial), row.line, row.name, row.strongest, row.compared, row.first,
                   row.within, row.problems, row.placed, row.project_id, row.works) for row in connection.execute(
        f"""
        SELECT k.year, k.serial, k.line, k.question ->> 'name' AS name, k.strongest,
               (k.answer ->> 'compared')::boolean AS compared, k.answer -> 'alike' -> 0 AS first,
               coalesce(k.answer -> 'within', '[]') AS within, coalesce(k.answer -> 'problems', '[]') AS problems,
               k.geom IS NOT NULL AS placed, k.project_id,
               jsonb_path_query_array(k.answer, '$.alike[*].project ? (@ != null)') AS works
          FROM check_result k WHERE k.list_id = %s AND {_SEEN}
         ORDER BY k.strongest DESC NULLS LAST, (k.answer ->> 'compared')::boolean, k.position LIMIT %s OFFSET %s
        """, [list_id, limit, offset])]  # noqa: S608  this module's own text


def in_order(connection: Connection, list_id: UUID, after: int, limit: int) -> list[Result]:
    """Rows of a list in the order of its file, from the position after `after`."""
    return [Result(*row) for row in connection.execute(
        _SELECT + " AND k.list_id = %s AND k.position >= %s ORDER BY k.position LIMIT %s", [list_id, after, limit])]


def positions(connection: Connection, list_id: UUID) -> set[int]:
    """The positions of a list that are checked already."""
    return {row[0] for row in connection.execute(
        f"SELECT k.position FROM check_result k WHERE k.list_id = %s AND {_SEEN}", [list_id])}  # noqa: S608  constants


class Counts(NamedTuple):
    """How the rows of a list came out."""

    strong: int
    medium: int
    weak: int
    none: int
    not_compared: int
    not_searched: int


def counts(connection: Connection, list_id: UUID, strong: float, medium: float) -> Counts:
    return Counts(*connection.execute(
        f"""
        SELECT count(*) FILTER (WHERE strongest >= %(strong)s),
               count(*) FILTER (WHERE strongest >= %(medium)s AND strongest < %(strong)s),
               count(*) FILTER (WHERE strongest < %(medium)s),
               count(*) FILTER (WHERE strongest IS NULL AND (answer ->> 'compared')::boolean),
               count(*) FILTER (WHERE strongest IS NULL AND NOT (answer ->> 'compared')::boolean),
               count(*) FILTER (WHERE k.geom IS NULL AND jsonb_path_exists(answer, '$.problems[*] ? (
                   @.severity == "fault" && @.reason.id like_regex "^(coordinate|chord|geometry)[.]")'))
          FROM check_result k WHERE k.list_id = %(list)s AND {_SEEN}
        """, {"list": list_id, "strong": strong, "medium": medium}).fetchone())  # noqa: S608


def own_regions(connection: Connection) -> frozenset[int]:
    """Where the person asking may read drafts."""
    return frozenset(connection.execute("SELECT own_regions()").fetchone()[0])
