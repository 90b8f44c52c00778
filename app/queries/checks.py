"""What a check of a proposal needs to say about what it searched."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

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


def searched(connection: Connection) -> Searched:
    return Searched(*connection.execute(
        """
        SELECT count(*) AS works,
               count(*) FILTER (WHERE NOT EXISTS (
                 SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL)) AS without_point,
               min(p.year) AS first_year, max(p.year) AS last_year, count(DISTINCT p.fund) AS funds
          FROM project p WHERE p.withdrawn_at IS NULL
        """).fetchone())


def readable(connection: Connection, projects: Sequence[UUID]) -> dict[UUID, Work]:
    """Those of these works that the person asking may read."""
    return {row.id: Work(*row) for row in connection.execute(
        "SELECT id, number, name, year, fund, amount FROM project WHERE id = ANY (%s) AND withdrawn_at IS NULL "
        "AND (NOT draft OR region_id = ANY ((SELECT own_regions())::int[]))", [list(projects)])}


def one_of_village(connection: Connection, code: str) -> UUID | None:
    """Some work of a village, one with a point if there is one: through it the matching door finds its neighbours."""
    row = connection.execute(
        """
        SELECT p.id FROM project p JOIN region r ON r.id = p.region_id
         WHERE r.code = %s AND r.valid_to IS NULL AND p.village_known AND p.withdrawn_at IS NULL
         ORDER BY NOT EXISTS (SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL),
                p.number LIMIT 1
        """, [code]).fetchone()
    return row[0] if row else None


def villages(connection: Connection, regions: Sequence[int]) -> dict[int, str]:
    return dict(connection.execute("SELECT id, name FROM region WHERE id = ANY (%s)", [list(regions)]).fetchall())
