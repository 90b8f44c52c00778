"""What a check of a proposal needs to say about what it searched."""

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection


class Searched(NamedTuple):
    """What there is to search, as the person asking sees it."""

    works: int
    without_point: int
    first_year: int | None
    last_year: int | None
    funds: int


class Work(NamedTuple):
    """A work as a card of the answer shows it."""

    id: UUID
    number: int
    name: str
    year: int | None
    fund: str | None
    amount: Decimal | None
    draft: bool


_KEPT_FOR = 200
_COUNTED: dict[str, tuple[float, tuple]] = {}


def searched(connection: Connection) -> Searched:
    """What there is to search. Public works are counted again when the last count is older than 200 times what it
    took: exact within a second where there are thousands of works, minutes old where there are a million; drafts that
    the person may read are counted each time."""
    where = f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}"
    until, public = _COUNTED.get(where, (0.0, ()))
    if time.monotonic() > until:
        started = time.monotonic()
        public = _count(connection, drafts=False)
        took = time.monotonic() - started
        _COUNTED[where] = (time.monotonic() + (_KEPT_FOR * took if took > WORTH_KEEPING_S else 0.0), public)
    drafts = _count(connection, drafts=True)
    years = [year for one in (public, drafts) for year in one[2:4] if year is not None]
    return Searched(public[0] + drafts[0], public[1] + drafts[1], min(years, default=None), max(years, default=None),
                    len({*public[4], *drafts[4]}))


WORTH_KEEPING_S = 0.005


def _count(connection: Connection, drafts: bool) -> tuple:
    """(works, without a point, first year, last year, funds) of the drafts one may read, or of the public works."""
    select = _DRAFTS if drafts else _PUBLIC
    return tuple(connection.execute(select).fetchone())


_PUBLIC = """
    SELECT count(*) AS works,
           count(*) FILTER (WHERE NOT EXISTS (
             SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL)) AS without_point,
           min(p.year) AS first_year, max(p.year) AS last_year,
           coalesce(array_agg(DISTINCT p.fund) FILTER (WHERE p.fund IS NOT NULL), '{}') AS funds
      FROM project p WHERE p.withdrawn_at IS NULL AND NOT p.draft
"""
_DRAFTS = _PUBLIC.replace("NOT p.draft", "p.draft AND p.region_id = ANY ((SELECT own_regions())::int[])")


class Village(NamedTuple):
    """A village near a proposal."""

    code: str
    name: str
    approximate: bool
    geometry: BaseGeometry | None


def villages_around(connection: Connection, shape: BaseGeometry, margin: float = 0.01) -> list[Village]:
    rows = connection.execute(
        """
        SELECT r.code, r.name, r.approximate, ST_AsBinary(r.geom) AS wkb FROM region r
         WHERE r.valid_to IS NULL AND r.level = 'village'
           AND r.geom && ST_Expand(ST_Envelope(ST_GeomFromWKB(%s, 4326)), %s)
         ORDER BY r.code
        """, [shapely.to_wkb(shape), margin]).fetchall()
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return [Village(row.code, row.name, row.approximate, shape) for row, shape in zip(rows, shapes, strict=True)]


def readable(connection: Connection, projects: Sequence[UUID]) -> dict[UUID, Work]:
    """Those of these works that the person asking may read."""
    return {row.id: Work(*row) for row in connection.execute(
        "SELECT id, number, name, year, fund, amount, draft FROM project WHERE id = ANY (%s) AND withdrawn_at IS NULL "
        "AND (NOT draft OR region_id = ANY ((SELECT own_regions())::int[]))", [list(projects)])}


def villages(connection: Connection, regions: Sequence[int]) -> dict[int, str]:
    return dict(connection.execute("SELECT id, name FROM region WHERE id = ANY (%s)", [list(regions)]).fetchall())
