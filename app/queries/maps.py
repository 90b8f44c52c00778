"""What stands beside the map: the same works as a list, their sum, one work's card, and places to go to."""

from contextlib import nullcontext
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import shapely
from psycopg import Cursor
from psycopg.rows import tuple_row
from psycopg.sql import SQL

from app.db import Connection
from app.queries import crowds, names
from app.queries.areas import Area
from app.queries.filters import FLAG, Filter, patterns
from app.queries.lands import ENVELOPE, Box, borders
from app.queries.names import Named
from app.queries.tiles import COUNTS, READABLE

MOST_PLAIN = 3_000
PAGE = 50


class Total(NamedTuple):
    """What the filter leaves: works, their cost (None where no amount is known), how many lack a point; nothing is
    counted where too many works have the name that is searched for."""

    works: int | None
    amount: Decimal | None
    without_point: int | None


class Entry(NamedTuple):
    """A work as the list shows it; lon, lat lie on its shape and are None where it has no point."""

    id: UUID
    name: str
    village: str | None
    year: int | None
    fund: str | None
    category: str | None
    stage: str | None
    amount: Decimal | None
    flag: int
    lon: float | None
    lat: float | None


class Card(NamedTuple):
    """A work as the side card shows it. `shape` is GeoJSON text or None; `pairs` are those that are flagged."""

    id: UUID
    number: int
    name: str
    village: str | None
    district: str | None
    year: int | None
    fund: str | None
    category: str | None
    stage: str | None
    amount: Decimal | None
    place: str | None
    draft: bool
    flag: int
    pairs: list[int]
    lon: float | None
    lat: float | None
    method: str | None
    accuracy_m: float | None
    shape: str | None


class Place(NamedTuple):
    """Somewhere to go: a region with its box, or a work."""

    kind: str
    name: str
    within: str | None
    lon: float
    lat: float
    box: list[float] | None
    project: UUID | None


_READABLE_PROJECT = READABLE.replace("s.", "p.")
_IN_BOX = f"""p.id IN (SELECT s.project_id FROM site s
                        WHERE s.geom && {ENVELOPE} AND s.superseded_at IS NULL AND {READABLE})"""  # noqa: S608
_IN_AREA = f"""p.id IN (SELECT s.project_id FROM site s
                         WHERE s.geom && {ENVELOPE} AND ST_Intersects(s.geom, ST_GeomFromWKB(%(area)s, 4326))
                           AND s.superseded_at IS NULL AND {READABLE})"""  # noqa: S608
_FLAG = f"""coalesce((SELECT max(judged.flag) FROM pair x {FLAG}
                        WHERE x.retired_at IS NULL AND p.id IN (x.left_project, x.right_project)), 0)"""  # noqa: S608
_STANDS = f"""
    LEFT JOIN LATERAL (
      SELECT s.geom, s.method, s.accuracy_m, ST_PointOnSurface(s.geom) AS at FROM site s
       WHERE s.project_id = p.id AND {COUNTS} AND {READABLE} ORDER BY s.part, s.id LIMIT 1) AS stands ON true
"""  # noqa: S608


def _plain(connection: Connection) -> Cursor:
    """Rows as plain tuples: columns of one name may stand beside each other."""
    return connection.cursor(row_factory=tuple_row)


def within(chosen: Filter, place: Box | Area | None = None, named: Named | None = None
           ) -> tuple[SQL, dict[str, object]]:
    """(condition on `project p`, its values): the filter, and what touches a box or an area. `named`: the works that
    have its name."""
    condition, values = chosen.sql(named.ids if named else None)
    parts = [condition, SQL(_READABLE_PROJECT)]
    if place:
        box = place.geometry.bounds if isinstance(place, Area) else place
        parts.append(SQL(_IN_AREA if isinstance(place, Area) else _IN_BOX))
        values = values | dict(zip(("west", "south", "east", "north"), box, strict=True))
        if isinstance(place, Area):
            values["area"] = shapely.to_wkb(place.geometry)
    return SQL(" AND ").join(parts), values


def total(connection: Connection, chosen: Filter, place: Box | Area | None = None, named: Named | None = None) -> Total:
    if chosen.is_counted and place is None:
        where, values = chosen.sql_of_counts()
        return Total(*_plain(connection).execute(SQL(
            """
            SELECT coalesce(sum(p.works), 0)::bigint, CASE WHEN sum(p.priced) > 0 THEN sum(p.amount) END,
                   coalesce(sum(p.without_point), 0)::bigint
              FROM region_count p WHERE {readable} AND {where}
            """).format(readable=SQL(_READABLE_PROJECT), where=where), values).fetchone())
    named = named or names.named(connection, chosen)
    if named.many and place is None:
        return Total(None, None, None)
    where, values = within(chosen, place, named)
    bare = "NOT EXISTS (SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL)"
    works = "project p"
    if place is not None:  # what touches it has a point
        bare = "false"
    if chosen.is_counted and _is_wide(place):
        if (every := _every(connection, chosen, place)) is not None:
            return every
        works, (where, values) = _COUNTED, crowds.middles(chosen, place)
    return Total(*_plain(connection).execute(SQL(
        f"SELECT count(*), sum(p.amount), count(*) FILTER (WHERE {bare}) FROM {works} WHERE {{where}}"  # noqa: S608
        ).format(where=where), values).fetchone())


def _every(connection: Connection, chosen: Filter, box: Box) -> Total | None:
    """What a box holds that holds all works that have a point, from the tables of counts; None where some may stand
    outside it, or a region is asked for, which counts by square do not know."""
    if chosen.region:
        return None
    where, values = chosen.sql_of_counts()
    works, amount = _plain(connection).execute(SQL(
        """
        SELECT coalesce(sum(p.works - p.without_point), 0)::bigint, nullif(sum(p.amount - p.amount_without_point), 0)
          FROM region_count p WHERE {readable} AND {where}
        """).format(readable=SQL(_READABLE_PROJECT), where=where), values).fetchone()
    return Total(works, amount, 0) if works == crowds.inside(connection, chosen, box) else None


_COUNTED = "map_project p"
_WIDE_DEG = 0.5
"""A box beyond this holds so many works that they are counted by their middles, and listed in order until there are
enough: whoever looks from so far does not see what reaches over its edge."""


def _is_wide(place: Box | Area | None) -> bool:
    return isinstance(place, tuple) and max(place[2] - place[0], place[3] - place[1]) > _WIDE_DEG


def listed(connection: Connection, chosen: Filter, place: Box | Area | None = None, offset: int = 0,
           named: Named | None = None) -> list[Entry]:
    """A page of the works on the map, newest year first."""
    named = named or names.named(connection, chosen)
    many = named.many and place is None
    where, values = within(chosen.without("q") if many else chosen, place, named)
    works, name = SQL(_NEWEST).format(where=where), SQL("true")
    if many:  # gone through in order, the name compared outside, until the page is full
        works, (name, words) = SQL("({} OFFSET 0)").format(works), Filter(q=chosen.q).sql()
        values = values | words
    query = SQL(
        f"""
        SELECT p.id, p.name, CASE WHEN p.village_known THEN r.name ELSE p.claimed_region END, p.year, p.fund,
               p.category, p.stage, p.amount, {_FLAG}, ST_X(stands.at), ST_Y(stands.at)
          FROM (SELECT p.* FROM ({{works}}) AS p WHERE {{name}} LIMIT %(limit)s OFFSET %(offset)s) AS p
          JOIN region r ON r.id = p.region_id {_STANDS}
         ORDER BY p.year DESC NULLS LAST, p.number DESC
        """).format(works=works, name=name)  # noqa: S608
    with names.in_order(connection) if many or _is_wide(place) else nullcontext():
        return [Entry(*row) for row in _plain(connection).execute(
            query, values | {"limit": PAGE, "offset": offset}).fetchall()]


_NEWEST = "SELECT p.* FROM project p WHERE {where} ORDER BY p.year DESC NULLS LAST, p.number DESC"


def cards(connection: Connection, ids: list[UUID]) -> list[Card]:
    """These works, as far as the person may see them, in the order asked."""
    rows = _plain(connection).execute(
        f"""
        SELECT p.id, p.number, p.name, CASE WHEN p.village_known THEN r.name ELSE p.claimed_region END,
               CASE WHEN p.village_known THEN above.name END, p.year, p.fund, p.category, p.stage, p.amount, p.place,
               p.draft, {_FLAG},
               ARRAY(SELECT x.id FROM pair x {FLAG}
                      WHERE x.retired_at IS NULL AND judged.flag > 0 AND p.id IN (x.left_project, x.right_project)
                      ORDER BY x.id),
               ST_X(stands.at), ST_Y(stands.at), stands.method, stands.accuracy_m, ST_AsGeoJSON(stands.geom, 7)
          FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS asked (id, position)
          JOIN project p ON p.id = asked.id
          JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id {_STANDS}
         WHERE p.withdrawn_at IS NULL AND {_READABLE_PROJECT}
         ORDER BY asked.position
        """, {"ids": ids})  # noqa: S608
    return [Card(*row) for row in rows]


def plain(connection: Connection, chosen: Filter, box: Box, area: Area | None = None, zoom: int | None = None
          ) -> list[dict]:
    """What a map without tiles draws within a box, as GeoJSON features: borders, and works one by one, or gathered
    where there are more than MOST_PLAIN, and at Leaflet's `zoom` wherever tiles gather them."""
    named = names.named(connection, chosen)
    where, values = within(chosen, box, named)
    if area:
        inside, more = within(chosen, area, named)
        where, values = SQL(" AND ").join([where, inside]), values | more | values
    found = [] if area else crowds.around(connection, chosen, box, cells=across(box, zoom))
    if sum(crowd.works for crowd in found) > MOST_PLAIN or (found and afar(zoom)):
        return borders(connection, box) + [gathered(crowd) for crowd in found]
    works = _plain(connection).execute(SQL(
        f"""
        SELECT jsonb_build_object('type', 'Feature', 'geometry', ST_AsGeoJSON(stands.geom, 6)::jsonb, 'properties',
                 jsonb_build_object('kind', 'work', 'project', p.id, 'name', left(p.name, 120), 'category', p.category,
                                    'fund', p.fund, 'stage', p.stage, 'year', p.year, 'flag', {_FLAG}))
          FROM project p {_STANDS}
         WHERE {{where}} AND stands.geom IS NOT NULL
         ORDER BY p.year DESC NULLS LAST, p.number DESC LIMIT {MOST_PLAIN}
        """).format(where=where), values)  # noqa: S608
    return borders(connection, box) + [row[0] for row in works]


def across(box: Box, zoom: int | None) -> float:
    """How many crowds stand side by side on a map without tiles; a sheet of paper, which has no zoom, holds 16."""
    return 16 if zoom is None else crowds.across(box, zoom)


def afar(zoom: int | None) -> bool:
    """Whether tiles at Leaflet's zoom gather works, however few; those of MapLibre are of one zoom less."""
    return zoom is not None and zoom - 1 < crowds.EXACT_ZOOM


def gathered(crowd: crowds.Crowd) -> dict:
    """A crowd as a feature of a map without tiles."""
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [crowd.lon, crowd.lat]},
            "properties": {"kind": "crowd", "works": crowd.works, "flagged": crowd.flagged,
                           "confirmed": crowd.confirmed, "flag": 2 if crowd.confirmed else int(crowd.flagged > 0)}}


def places(connection: Connection, text: str) -> list[Place]:
    """Regions and works whose name holds every word of `text`, regions first, at most twelve."""
    words = text.split()[:8]
    if not words:
        return []
    ids = names.having(connection, " ".join(words))
    chosen = "true" if ids is None else "p.id = ANY (%(ids)s)"
    rows = _plain(connection).execute(
        f"""
        (SELECT r.level, r.name, above.name, ST_X(r.centre), ST_Y(r.centre),
                ARRAY[ST_XMin(r.geom), ST_YMin(r.geom), ST_XMax(r.geom), ST_YMax(r.geom)], NULL::uuid
           FROM region r LEFT JOIN region above ON above.id = r.parent_id
          WHERE r.valid_to IS NULL AND r.level <> 'root' AND r.centre IS NOT NULL AND r.geom IS NOT NULL
            AND r.name ILIKE ALL (%(words)s)
          ORDER BY array_position(ARRAY['regency', 'district', 'village'], r.level), length(r.name), r.name LIMIT 6)
        UNION ALL
        (SELECT 'work', p.name, r.name, ST_X(stands.at), ST_Y(stands.at), NULL, p.id
           FROM project p JOIN region r ON r.id = p.region_id {_STANDS}
          WHERE p.withdrawn_at IS NULL AND {_READABLE_PROJECT} AND stands.at IS NOT NULL
            AND {chosen} AND p.name ILIKE ALL (%(words)s)
          ORDER BY p.year DESC NULLS LAST, p.number DESC LIMIT 6)
        """, {"words": patterns(words), "ids": ids})  # noqa: S608
    return [Place(*row) for row in rows]
