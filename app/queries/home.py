"""What waits for the person who opens the first page, what changed while they were away, and how their works stand.

From what is counted as things change (migrations 0012 and 0015), so that a page is as quick for a whole installation as
for one village. `OWN` reads the regions once and looks each row up in them.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg.rows import args_row, tuple_row
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.queries import scope
from app.queries.filters import LOOK_AT

OWN = "IN (SELECT unnest((SELECT own_regions())::int[]))"
MOST = 10_000
"""What changed is counted up to this many; beyond it a page says that there are more."""
_FEW, _DOTS, _OUTLINES, _SQUARES_ACROSS = 20_000, 4000, 1000, 100


class State(NamedTuple):
    """The works of the person's regions: how many, their known money, the years, and those without a point."""

    works: int
    money: Decimal
    first_year: int | None
    last_year: int | None
    without_point: int
    money_without_point: Decimal
    compared_at: datetime | None


class Standing(NamedTuple):
    """Works of one year and stage."""

    year: int | None
    stage: str | None
    works: int
    money: Decimal


class Indications(NamedTuple):
    """Pairs of the regions that stand alike. `said`: waits, visit, confirmed or cleared; `year`: the later one;
    `unfinished`: the money of one of the works may still be held."""

    said: str
    kind: str
    year: int | None
    answered: bool
    unfinished: bool
    count: int


class Waiting(NamedTuple):
    """Uploads of the person that are read but not stored, and the rows in them."""

    uploads: int
    good_rows: int
    bad_rows: int
    latest: UUID | None


class Village(NamedTuple):
    """A village with works that have no point, and their known money."""

    code: str
    name: str
    works: int
    without_point: int
    money: Decimal


class Changed(NamedTuple):
    """What others did since a moment, each at most MOST + 1."""

    works: int
    indications: int
    verdicts: int
    answers: int


class Dots(NamedTuple):
    """A picture of the regions: their outlines, where works are (thinned out), and where indications are."""

    outlines: list[BaseGeometry]
    approximate: bool
    works: list[tuple[float, float]]
    flagged: list[tuple[float, float, int]]


def state(connection: Connection) -> State:
    return connection.cursor(row_factory=args_row(State)).execute(
        f"""
        SELECT coalesce(sum(works), 0)::bigint, coalesce(sum(amount), 0), years.first, years.last,
               coalesce(sum(without_point), 0)::bigint, coalesce(sum(amount_without_point), 0),
               (SELECT max(measured_at) FROM pair_standing)
          FROM (SELECT min(year) AS first, max(year) AS last
                  FROM (SELECT c.year FROM region_count c
                         WHERE c.facets = 1 AND c.region_id {OWN}
                         GROUP BY c.year HAVING sum(c.works) > 0) AS counted) AS years
          LEFT JOIN LATERAL (SELECT * FROM region_count WHERE facets = 0 AND region_id {OWN}) AS c ON true
         GROUP BY years.first, years.last
        """).fetchone()  # noqa: S608  a constant


def standings(connection: Connection, last: int = 10) -> list[Standing]:
    """Works by year and stage in the person's regions, of the last years that are known, the oldest first."""
    found = connection.cursor(row_factory=args_row(Standing)).execute(
        f"""
        SELECT c.year, c.stage, sum(c.works)::bigint, coalesce(sum(c.amount), 0)
          FROM region_count c WHERE c.facets = 9 AND c.year IS NOT NULL AND c.region_id {OWN}
         GROUP BY c.year, c.stage HAVING sum(c.works) > 0 ORDER BY c.year, c.stage
        """).fetchall()  # noqa: S608  a constant
    return [one for one in found if one.year > found[-1].year - last]


_SAID = f"""CASE WHEN x.state = 'visit' THEN 'visit' WHEN x.state <> 'judged' THEN 'waits'
                    WHEN x.verdict IN {LOOK_AT} THEN 'confirmed' ELSE 'cleared' END"""
_INDICATED = f"""FROM pair_standing x
         WHERE (x.left_region {OWN} OR x.right_region {OWN})
           AND (x.to_look_at OR x.state = 'judged' AND x.verdict IN {LOOK_AT})"""


def indications(connection: Connection) -> list[Indications]:
    """How the indications of the person's regions stand, and those that only a person has found."""
    return connection.cursor(row_factory=args_row(Indications)).execute(
        f"""
        SELECT {_SAID} AS said,
               CASE WHEN x.state = 'judged' AND x.verdict IN {LOOK_AT} THEN x.verdict ELSE x.kind END AS kind,
               (SELECT max(one) FROM unnest(x.years) AS one) AS year, x.answered, x.unfinished,
               count(*)
          {_INDICATED} GROUP BY 1, 2, 3, 4, 5
        """).fetchall()  # noqa: S608  constants


def indicated_money(connection: Connection, said: Sequence[str], answered: bool | None = None,
                    unfinished: bool | None = None) -> Decimal:
    """What such indications come to: each work once, by the largest of its pairs, as in `pair_counts.headline`."""
    return connection.execute(
        f"""
        SELECT coalesce(sum(once.largest), 0) FROM (
          SELECT max(x.money) AS largest {_INDICATED} AND {_SAID} = ANY (%(said)s)
             AND (%(answered)s::boolean IS NULL OR x.answered = %(answered)s)
             AND (%(unfinished)s::boolean IS NULL OR x.unfinished = %(unfinished)s) GROUP BY x.smaller) AS once
        """,  # noqa: S608  constants
        {"said": list(said), "answered": answered, "unfinished": unfinished}).fetchone()[0]


def waiting_uploads(connection: Connection, person_id: UUID) -> Waiting:
    return connection.cursor(row_factory=args_row(Waiting)).execute(
        """
        SELECT count(*), coalesce(sum(good_rows), 0), coalesce(sum(rows - good_rows), 0),
               (array_agg(id ORDER BY received_at DESC))[1]
          FROM upload WHERE person_id = %s AND state IN ('received', 'read') AND refusal IS NULL
        """, [person_id]).fetchone()


def proposals(connection: Connection) -> tuple[int, Decimal]:
    """Works of the person's regions that are proposed and not decided: how many, and their known money."""
    return connection.execute(
        """
        SELECT coalesce(sum(works), 0)::bigint, coalesce(sum(amount), 0) FROM region_count
         WHERE facets = 8 AND stage = 'proposed' AND region_id = ANY ((SELECT own_regions())::int[])
        """).fetchone()


def villages_without_points(connection: Connection, limit: int = 6) -> list[Village]:
    """The villages with most works without a point, the most first."""
    return connection.cursor(row_factory=args_row(Village)).execute(
        """
        SELECT r.code, r.name, sum(c.works)::bigint, sum(c.without_point)::bigint, sum(c.amount_without_point)
          FROM region_count c JOIN region r ON r.id = c.region_id AND r.level = 'village'
         WHERE c.facets = 0 AND c.region_id = ANY ((SELECT own_regions())::int[])
         GROUP BY r.id HAVING sum(c.without_point) > 0
         ORDER BY sum(c.without_point) DESC, r.name, r.code LIMIT %s
        """, [limit]).fetchall()


def last_here(connection: Connection) -> datetime | None:
    """When the person last used an earlier session; None at the first visit."""
    return connection.execute(
        """
        SELECT max(used_at) FROM session
         WHERE person_id = (SELECT current_person())
           AND created_at < (SELECT max(created_at) FROM session WHERE person_id = (SELECT current_person()))
        """).fetchone()[0]


def changed(connection: Connection, since: datetime) -> Changed:
    """What others did in the person's regions since then."""
    mine = f"(x.left_region {OWN} OR x.right_region {OWN})"
    return connection.cursor(row_factory=args_row(Changed)).execute(
        f"""
        SELECT (SELECT count(*) FROM (
                  SELECT FROM project p WHERE p.entered_at > %(since)s AND p.withdrawn_at IS NULL
                     AND p.entered_by <> (SELECT current_person()) AND p.region_id {OWN} LIMIT %(most)s) AS one),
               (SELECT count(*) FROM (
                  SELECT FROM pair_standing x WHERE x.measured_at > %(since)s AND x.to_look_at AND x.state <> 'judged'
                     AND {mine} LIMIT %(most)s) AS one),
               (SELECT count(*) FROM (
                  SELECT FROM verdict v JOIN pair_standing x ON x.pair_id = v.pair_id
                   WHERE v.at > %(since)s AND v.verdict <> 'withdrawn' AND v.person_id <> (SELECT current_person())
                     AND {mine} LIMIT %(most)s) AS one),
               (SELECT count(*) FROM (
                  SELECT FROM answer t JOIN pair_standing x ON x.pair_id = t.pair_id
                   WHERE t.at > %(since)s AND t.person_id <> (SELECT current_person()) AND {mine}
                   LIMIT %(most)s) AS one)
        """,  # noqa: S608  constants
        {"since": since, "most": MOST + 1}).fetchone()


def begun(connection: Connection) -> tuple[bool, bool]:
    """Of an installation: whether it has boundaries, and whether anybody but the person asking is let in."""
    return connection.execute(
        """
        SELECT EXISTS (SELECT FROM region WHERE level <> 'root' AND geom IS NOT NULL),
               EXISTS (SELECT FROM person WHERE active AND id <> (SELECT current_person()))
        """).fetchone()


def dots(connection: Connection, works: int) -> Dots:
    """The picture: outlines of the districts (else of the villages), one dot for each busy cell of a grid.

    `works` is how many there are: a few are drawn where they stand, many one for each cell of about a kilometre, very
    many one for each counted square.
    """
    shapes = [(shapely.from_wkb(bytes(shape)), rough) for shape, rough in connection.execute(
        """
        SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, 0.002)), approximate FROM region
         WHERE valid_to IS NULL AND geom IS NOT NULL AND level = (
                 SELECT level FROM region
                  WHERE geom IS NOT NULL AND valid_to IS NULL AND id = ANY ((SELECT own_regions())::int[])
                    AND level <> 'root'
                  ORDER BY array_position(ARRAY['district', 'regency', 'village'], level) LIMIT 1)
           AND id = ANY ((SELECT own_regions())::int[])
         LIMIT %s
        """, [_OUTLINES])]
    outlines = [shape for shape, _ in shapes]
    places = _squares(connection, outlines) if works > _FEW and outlines else _cells(connection, works)
    flagged = connection.cursor(row_factory=tuple_row).execute(
        f"""
        SELECT {_LON.format(x="x")}, {_LAT.format(y="y")}, flag FROM map_project
         WHERE flag > 0 AND x IS NOT NULL AND region_id {OWN} LIMIT 1000
        """).fetchall()  # noqa: S608  constants
    return Dots(outlines, any(rough for _, rough in shapes), places, sorted(flagged, key=lambda one: one[2]))


_LON = "({x})::float8 / 2147483647 * 360 - 180"
_LAT = "degrees(atan(sinh(pi() * (1 - 2 * ({y})::float8 / 2147483647))))"


def _cells(connection: Connection, works: int) -> list[tuple[float, float]]:
    """The works of the person's regions, thinned to a grid."""
    size = 1 << 15 if works > 1000 else 1
    return connection.cursor(row_factory=tuple_row).execute(
        f"""
        SELECT {_LON.format(x="x")}, {_LAT.format(y="y")}
          FROM (SELECT DISTINCT x / {size} * {size} AS x, y / {size} * {size} AS y FROM map_project
                 WHERE x IS NOT NULL AND region_id = ANY ((SELECT own_regions())::int[]) LIMIT {_DOTS}) AS cell
        """).fetchall()  # noqa: S608  constants


def _squares(connection: Connection, outlines: list[BaseGeometry]) -> list[tuple[float, float]]:
    """The middles of works in each counted square about the regions, of those squares whose middle is in one."""
    west, south, east, north = shapely.total_bounds(outlines)
    across_deg = max(east - west, north - south, 0.01)
    z = max(0, min(12, int(math.log2(_SQUARES_ACROSS / 8 * 360 / across_deg))))
    first, last = (_tile(z, lon, lat) for lon, lat in ((west, north), (east, south)))
    places = connection.cursor(row_factory=tuple_row).execute(
        f"""
        SELECT {_LON.format(x="sum(x) / sum(works)")}, {_LAT.format(y="sum(y) / sum(works)")}
          FROM map_count
         WHERE z = %s AND tx = ANY (%s) AND ty = ANY (%s) AND facets = 0 AND {scope.squares("map_count")}
         GROUP BY tx, ty, cell HAVING sum(works) > 0
        """,  # noqa: S608  constants
        [z, list(range(first[0], last[0] + 1)), list(range(first[1], last[1] + 1))]).fetchall()
    if not places or len(outlines) == _OUTLINES:
        return places
    tree = shapely.STRtree(outlines)
    inside = set(tree.query(shapely.points(places), predicate="intersects")[0].tolist())
    return [place for number, place in enumerate(places) if number in inside]


def _tile(z: int, lon: float, lat: float) -> tuple[int, int]:
    """Of web mercator, y from the north."""
    y = (1 - math.asinh(math.tan(math.radians(max(min(lat, 85), -85)))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**z), int(y * 2**z)
