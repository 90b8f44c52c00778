"""Works to be visited: by their numbers, with a point that a route can lead to."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.rows import args_row

from app.db import Connection
from app.queries.project_list import READABLE


class Stop(NamedTuple):
    """A work to visit; `point` on the site that tells most, None where it has none."""

    id: UUID
    number: int
    name: str
    village: str
    district: str | None
    year: int | None
    fund: str | None
    amount: Decimal | None
    accuracy_m: float | None
    point: shapely.Point | None
    drafts: list[int] | None = None
    """The region of a draft: only who has a role there may have it in a file."""


_SELECT = f"""
    SELECT p.id, p.number, p.name, r.name, above.name, p.year, p.fund, p.amount, stands.accuracy_m, stands.point,
           CASE WHEN p.draft THEN ARRAY[p.region_id] END
      FROM project p JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id
      LEFT JOIN LATERAL (
        SELECT s.accuracy_m, ST_PointOnSurface(s.geom) AS point FROM site s
         WHERE s.project_id = p.id AND s.superseded_at IS NULL
         ORDER BY array_position('{{visited,claimed,planned}}', s.role), s.part, s.id LIMIT 1) stands ON true
     WHERE {READABLE} AND p.withdrawn_at IS NULL
"""  # noqa: S608  constants of this module and of project_list


def of_numbers(connection: Connection, numbers: Sequence[int]) -> list[Stop]:
    return connection.cursor(row_factory=args_row(Stop)).execute(
        _SELECT + " AND p.number = ANY (%s) ORDER BY p.number", [list(numbers)]).fetchall()


def of_sample(connection: Connection, sample_id: int) -> list[Stop]:
    return _of_ids(connection, "SELECT w.project_id FROM sample_work w WHERE w.sample_id = ANY (%s)", [sample_id])


def of_pairs(connection: Connection, pair_ids: Sequence[int]) -> list[Stop]:
    """Both works of each pair, as far as the person may read them."""
    return _of_ids(connection, "SELECT unnest(ARRAY[x.left_project, x.right_project]) FROM pair x "
                               "WHERE x.id = ANY (%s)", list(pair_ids))


def _of_ids(connection: Connection, chosen: str, ids: list[int]) -> list[Stop]:
    return connection.cursor(row_factory=args_row(Stop)).execute(
        f"{_SELECT} AND p.id IN ({chosen}) ORDER BY p.number", [ids]).fetchall()
