"""The map as it stood at the end of a day: its tiles, its list, its sums and its cards.

    then = Then(moment)            what was recorded before that moment
    then.total(connection, chosen, place)

Of a work the facts and the place of that moment count; who may read it follows the rights of today, which work_past
(migration 0017) and sites carry. The answers are those of app/queries/maps.py and tiles.py, but say nothing of
indications: how a pair stood is not kept.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import shapely
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries.areas import Area
from app.queries.crowds import EXACT_ZOOM, LAST_COUNTED, MOST_EXACT, Crowd, lonlat
from app.queries.filters import Filter
from app.queries.lands import Box, borders
from app.queries.maps import MOST_PLAIN, PAGE, Card, Entry, Total, across, afar, gathered
from app.queries.squares import BOX, NOTE, WORLD_BITS, Tile
from app.queries.tiles import DRAWN, READABLE, SHAPE_ZOOM

SPOT_ZOOM = 15
"""A spot (map_spot) is a square of this zoom; the places of a tile are one stretch of spots."""
CELL_ZOOMS = 3
"""A tile is gathered in 2^3 by 2^3 cells."""

_HELD = "{0}.{1} < %(then)s AND ({0}.{2} IS NULL OR {0}.{2} >= %(then)s)"
STOOD = _HELD.format("s", "valid_from", "superseded_at")
"""Of a site `s`: it was the current one."""
_READABLE_WORK = """((NOT w.draft AND (SELECT current_person()) IS NOT NULL)
                     OR w.reader_region_id = ANY ((SELECT own_regions())::int[]))"""

# The facts of that moment beside a work; of two versions written at once the later one counts.
FACTS = """JOIN LATERAL (SELECT f.facts FROM project_fact f WHERE f.project_id = {0} AND f.recorded_at < %(then)s
                           ORDER BY f.version DESC LIMIT 1) AS told ON true"""
_WORK = f"""
    SELECT w.id AS turn, w.project_id AS id, w.region_id, w.year, w.fund, w.category, w.stage, w.amount, w.x, w.y,
           w.spot, w.role, NULL::timestamptz AS withdrawn_at{{more}}
      FROM work_past w {{join}} WHERE {_HELD.format("w", "since", "until")} AND {_READABLE_WORK}
"""  # noqa: S608  constants of this module
_NAMELESS = {"more": SQL(", NULL AS name"), "join": SQL("")}
_NAMED = {"more": SQL(", told.facts->>'name' AS name, told.facts->>'place' AS place"),
          "join": SQL(FACTS.format("w.project_id"))}

# Each of the two is answered by an index of its own.
_PLACES = f"""
    SELECT s.id, s.project_id, s.role, s.geom FROM site s
     WHERE s.geom && {BOX} AND s.superseded_at IS NULL AND s.valid_from < %(then)s AND {READABLE}
    UNION ALL
    SELECT s.id, s.project_id, s.role, s.geom FROM site s
     WHERE s.geom && {BOX} AND s.superseded_at IS NOT NULL AND {STOOD} AND {READABLE}
"""  # noqa: S608
_IN_BOX = f"p.id IN (SELECT stood.project_id FROM ({_PLACES}) AS stood)"  # noqa: S608
_IN_AREA = f"""p.id IN (SELECT stood.project_id FROM ({_PLACES}) AS stood
                         WHERE ST_Intersects(stood.geom, ST_GeomFromWKB(%(area)s, 4326)))"""  # noqa: S608
_STANDS = f"""
    LEFT JOIN LATERAL (
      SELECT s.geom, s.method, s.accuracy_m, ST_PointOnSurface(s.geom) AS at FROM site s
       WHERE s.project_id = p.id AND s.role = p.role AND {STOOD} AND {READABLE}
       ORDER BY s.part, s.id LIMIT 1) AS stands ON true
"""  # noqa: S608
_VILLAGE = "CASE WHEN (told.facts->>'village_known')::boolean THEN r.name ELSE told.facts->>'claimed_region' END"

_EXACT = f"""
    WITH seen AS MATERIALIZED (
      SELECT s.id AS site, s.geom, p.id, p.name, p.category, p.fund, p.stage, p.year
        FROM ({_PLACES}) AS s JOIN ({{work}}) AS p ON p.id = s.project_id AND p.role = s.role WHERE {{where}}),
    work AS (SELECT {DRAWN}, 0 AS flag FROM seen ORDER BY seen.site)
    SELECT body || {NOTE} FROM (
      SELECT coalesce(ST_AsMVT(work, 'works', %(extent)s, 'geom'), '') AS body FROM work WHERE geom IS NOT NULL) AS made
"""  # noqa: S608
_CROWDS = f"""
    WITH crowd AS (
      SELECT ST_MakePoint(round((avg(p.x::float8) - %(left)s) / %(size)s * %(extent)s),
                          round((avg(p.y::float8) - %(top)s) / %(size)s * %(extent)s)) AS geom,
             count(*)::int AS works, 0 AS flagged, 0 AS confirmed
        FROM ({{work}}) AS p WHERE p.spot BETWEEN %(first)s AND %(last)s AND {{where}} GROUP BY p.spot >> %(shift)s)
    SELECT body || {NOTE} FROM (
      SELECT coalesce(ST_AsMVT(crowd, 'crowds', %(extent)s, 'geom'), '') AS body FROM crowd) AS made
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Then:
    """What was recorded before a moment."""

    moment: datetime

    def tile(self, connection: Connection, tile: Tile, chosen: Filter) -> bytes:
        """The works of one tile, one by one from EXACT_ZOOM on where they are not too many, else gathered."""
        if chosen.pointless:
            return b""
        named = bool(chosen.q)
        where, values = self._condition(chosen)
        values |= tile.values | _square(tile)
        if tile.z < EXACT_ZOOM or (tile.z <= LAST_COUNTED and self._too_many(connection, where, values, named)):
            query = SQL(_CROWDS).format(work=_work(named), where=where)
        else:
            query = SQL(_EXACT).format(work=_work(named or tile.z >= SHAPE_ZOOM), where=where)
        return bytes(connection.execute(query, values).fetchone()[0])

    def works(self, chosen: Filter, place: Box | Area | None = None) -> tuple[Composed, Composed, dict[str, object]]:
        """(a query of all works then, a condition on them as `p`, its values), for a list of another shape."""
        return _work(bool(chosen.q)), *self._condition(chosen, place)

    def total(self, connection: Connection, chosen: Filter, place: Box | Area | None = None) -> Total:
        where, values = self._condition(chosen, place)
        return Total(*connection.cursor(row_factory=tuple_row).execute(SQL(
            "SELECT count(*), sum(p.amount), count(*) FILTER (WHERE p.x IS NULL) FROM ({work}) AS p WHERE {where}"
        ).format(work=_work(bool(chosen.q)), where=where), values).fetchone())

    def listed(self, connection: Connection, chosen: Filter, place: Box | Area | None = None,
               offset: int = 0) -> list[Entry]:
        """A page of the works, newest year first, then what was recorded last."""
        where, values = self._condition(chosen, place)
        rows = connection.cursor(row_factory=tuple_row).execute(SQL(
            f"""
            SELECT p.id, told.facts->>'name', {_VILLAGE}, p.year, p.fund, p.category, p.stage, p.amount, 0,
                   ST_X(stands.at), ST_Y(stands.at)
              FROM (SELECT p.* FROM ({{work}}) AS p WHERE {{where}}
                     ORDER BY p.year DESC NULLS LAST, p.turn DESC LIMIT %(limit)s OFFSET %(offset)s) AS p
              {FACTS.format("p.id")} JOIN region r ON r.id = p.region_id {_STANDS}
             ORDER BY p.year DESC NULLS LAST, p.turn DESC
            """).format(work=_work(bool(chosen.q)), where=where), values | {"limit": PAGE, "offset": offset})  # noqa: S608
        return [Entry(*row) for row in rows]

    def cards(self, connection: Connection, ids: list[UUID]) -> list[Card]:
        """These works, as far as they were recorded and the person may see them now, in the order asked."""
        rows = connection.cursor(row_factory=tuple_row).execute(SQL(
            f"""
            SELECT p.id, now.number, told.facts->>'name', {_VILLAGE},
                   CASE WHEN (told.facts->>'village_known')::boolean THEN above.name END, p.year, p.fund, p.category,
                   p.stage, p.amount, told.facts->>'place', coalesce(p.stage = 'proposed', false), 0,
                   '{{{{}}}}'::bigint[], ST_X(stands.at), ST_Y(stands.at), stands.method, stands.accuracy_m,
                   ST_AsGeoJSON(stands.geom, 7)
              FROM ({{work}}) AS p JOIN project now ON now.id = p.id {FACTS.format("p.id")}
              JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id {_STANDS}
             WHERE p.id = ANY (%(ids)s) ORDER BY array_position(%(ids)s::uuid[], p.id)
            """).format(work=_work(False)), {"ids": ids, "then": self.moment})  # noqa: S608
        return [Card(*row) for row in rows]

    def plain(self, connection: Connection, chosen: Filter, box: Box, area: Area | None = None,
              zoom: int | None = None) -> list[dict]:
        """As app.queries.maps.plain: borders, and works one by one, or gathered as there."""
        found = [] if area else self._around(connection, chosen, box, across(box, zoom))
        if sum(crowd.works for crowd in found) > MOST_PLAIN or (found and afar(zoom)):
            return borders(connection, box) + [gathered(crowd) for crowd in found]
        where, values = self._condition(chosen, area or box)
        values |= dict(zip(("west", "south", "east", "north"), box, strict=True))
        works = connection.cursor(row_factory=tuple_row).execute(SQL(
            f"""
            SELECT jsonb_build_object('type', 'Feature', 'geometry', ST_AsGeoJSON(stands.geom, 6)::jsonb, 'properties',
                     jsonb_build_object('kind', 'work', 'project', p.id, 'name', left(p.name, 120),
                                        'category', p.category, 'fund', p.fund, 'stage', p.stage, 'year', p.year,
                                        'flag', 0))
              FROM ({{work}}) AS p {_STANDS} WHERE {{where}} AND stands.geom IS NOT NULL
             ORDER BY p.year DESC NULLS LAST, p.turn DESC LIMIT {MOST_PLAIN}
            """).format(work=_work(True), where=where), values)  # noqa: S608
        return borders(connection, box) + [row[0] for row in works]

    def _condition(self, chosen: Filter, place: Box | Area | None = None) -> tuple[Composed, dict[str, object]]:
        """(condition on a work `p` of _WORK, its values): the filter, and what touched a box or an area."""
        condition, values = chosen.without("pointless", "suspected").sql()
        parts = [condition] + ([SQL("p.x IS NULL")] if chosen.pointless else [])
        if place:
            box = place.geometry.bounds if isinstance(place, Area) else place
            parts.append(SQL(_IN_AREA if isinstance(place, Area) else _IN_BOX))
            values |= dict(zip(("west", "south", "east", "north"), box, strict=True))
            if isinstance(place, Area):
                values["area"] = shapely.to_wkb(place.geometry)
        return SQL(" AND ").join(parts), values | {"then": self.moment}

    def _too_many(self, connection: Connection, where: Composed, values: dict, named: bool) -> bool:
        return connection.execute(SQL(
            "SELECT count(*) FROM (SELECT FROM ({work}) AS p WHERE p.spot BETWEEN %(first)s AND %(last)s AND {where} "
            "LIMIT %(most)s) AS counted").format(work=_work(named), where=where),
            values | {"most": MOST_EXACT + 1}).fetchone()[0] > MOST_EXACT

    def _around(self, connection: Connection, chosen: Filter, box: Box, cells: float) -> list[Crowd]:
        """The crowds of a box, so many across."""
        west, south, east, north = box
        where, values = self._condition(chosen)
        left, top = _steps(west, north)
        right, bottom = _steps(east, south)
        rows = connection.cursor(row_factory=tuple_row).execute(SQL(
            """
            SELECT avg(p.x::float8), avg(p.y::float8), count(*)::int FROM ({work}) AS p
             WHERE p.x BETWEEN %(left)s AND %(right)s AND p.y BETWEEN %(top)s AND %(bottom)s AND {where}
             GROUP BY (p.x - %(left)s) / %(step)s, (p.y - %(top)s) / %(step)s
            """).format(work=_work(bool(chosen.q)), where=where), values | {
                "left": left, "right": right, "top": top, "bottom": bottom,
                "step": max(int((right - left) / cells), 1)})
        return [Crowd(*lonlat(x, y), works, 0, 0) for x, y, works in rows]


def first_recorded(connection: Connection) -> datetime | None:
    """When the first work was recorded that the person may see today; None where there is none."""
    found = connection.execute(
        f"SELECT w.since FROM work_past w WHERE {_READABLE_WORK} ORDER BY w.since LIMIT 1").fetchone()  # noqa: S608
    return found[0] if found else None


def _work(named: bool) -> Composed:
    return SQL(_WORK).format(**_NAMED if named else _NAMELESS)


def _steps(lon: float, lat: float) -> tuple[int, int]:
    """A place in steps of 2^-31 of the world, as work_past has it."""
    square = Tile.holding(WORLD_BITS, lon, lat)
    return min(square.x, 2**WORLD_BITS - 1), min(square.y, 2**WORLD_BITS - 1)


def _square(tile: Tile) -> dict[str, object]:
    """The stretch of spots of a tile, how its cells are told apart, and its corner in steps of the world."""
    below = max(SPOT_ZOOM - tile.z, 0)
    over = max(tile.z - SPOT_ZOOM, 0)
    first = spot(tile.x >> over, tile.y >> over) << 2 * below
    wide = WORLD_BITS - tile.z
    return {"first": first, "last": first + (1 << 2 * below) - 1, "shift": 2 * max(below - CELL_ZOOMS, 0),
            "left": tile.x << wide, "top": tile.y << wide, "size": 2.0**wide}


def spot(x: int, y: int) -> int:
    """The digits of x and y in turn, as map_spot of migration 0017 for a square of SPOT_ZOOM."""
    return sum((x >> digit & 1) << 2 * digit | (y >> digit & 1) << 2 * digit + 1 for digit in range(SPOT_ZOOM))
