"""Works gathered into crowds: from afar, and nearer where a tile would hold too many.

What the tables of counts (migration 0012) are split by is answered from them, whatever the number of works; a region
or a searched word is counted from the works themselves. Both see what the person may see.
"""

import math
from typing import NamedTuple

from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries import names
from app.queries.filters import FLAG, Filter
from app.queries.names import Named
from app.queries.squares import NOTE, WORLD_BITS, Tile

EXACT_ZOOM = 11
LAST_COUNTED = 12
MOST_EXACT = 2_000
"""A tile between these zooms that would hold more is gathered too."""

_OWN = "ANY ((SELECT own_regions())::int[])"
_READABLE = f"((p.region_id IS NULL AND (SELECT current_person()) IS NOT NULL) OR p.region_id = {_OWN})"
_READABLE_WORK = f"((NOT w.draft AND (SELECT current_person()) IS NOT NULL) OR w.region_id = {_OWN})"
_READABLE_MIDDLE = _READABLE_WORK.replace("w.", "p.")
_IN_TILE = "w.x BETWEEN %(left)s AND %(right)s AND w.y BETWEEN %(top)s AND %(bottom)s"
_CELL = "w.x >> %(shift)s AS cx, w.y >> %(shift)s AS cy"


class Crowd(NamedTuple):
    """How many works stand around a place, and how many of them are flagged or confirmed."""

    lon: float
    lat: float
    works: int
    flagged: int
    confirmed: int


def too_many(tile: Tile, chosen: Filter) -> tuple[Composed | SQL, dict[str, object]]:
    """(expression, its values): whether the works of a tile are to be gathered."""
    if tile.z < EXACT_ZOOM:
        return SQL("true"), {}
    if tile.z > LAST_COUNTED or not _counted(chosen):
        return SQL("false"), {}
    where, values = _of_counts(chosen, "p.tx = %(x)s AND p.ty = %(y)s")
    return SQL(_TOO_MANY).format(where=where), values | _values(tile, tile, chosen) | {"most_exact": MOST_EXACT}


_TOO_MANY = """(SELECT coalesce(sum(p.works), 0) > %(most_exact)s FROM map_count p
                 WHERE {where} AND p.flag >= %(least)s)"""


def drawn(connection: Connection, tile: Tile, chosen: Filter, drafts: bool | None = None) -> bytes:
    """The layer `crowds` of one tile: how many works, and how many of them are flagged or confirmed."""
    drafts = drafts_are_paired(connection) if drafts is None else drafts
    query, values = statement(tile, chosen, drafts, names.named(connection, chosen))
    return bytes(connection.execute(query, values).fetchone()[0])


DRAFTS_PAIRED = "EXISTS (SELECT FROM pair WHERE draft_regions <> '{}' AND retired_at IS NULL)"
"""Whether any pair that the person may read has a draft in it; seldom, and then counts alone do not say all."""


def drafts_are_paired(connection: Connection) -> bool:
    return connection.execute(f"SELECT {DRAFTS_PAIRED}").fetchone()[0]


def statement(tile: Tile, chosen: Filter, drafts: bool = True, named: Named | None = None
              ) -> tuple[Composed, dict[str, object]]:
    """The one query of a tile of crowds, and its values; with `drafts` what only they flag is added."""
    rows, values = _rows(chosen, named, drafts, "p.tx = %(x)s AND p.ty = %(y)s")
    return SQL(_DRAWN).format(rows=rows), values | tile.values | _values(tile, tile, chosen)


def across(box: tuple[float, float, float, float], zoom: float) -> float:
    """How many crowds stand side by side in a box of a map without tiles at Leaflet's zoom: one for each 64 pixels, as
    on tiles."""
    return max(1.0, (box[2] - box[0]) / 360 * 256 * 2**zoom / 64)


def around(connection: Connection, chosen: Filter, box: tuple[float, float, float, float], cells: float = 24,
           named: Named | None = None) -> list[Crowd]:
    """The crowds of a box (west, south, east, north in EPSG:4326), about so many across: for maps without tiles.
    `named`: the works that have the name searched for, where they are known."""
    west, south, east, north = box
    z = max(0, min(LAST_COUNTED, round(math.log2(360 / max(east - west, 1e-9) * cells / 8))))
    first, last = Tile.holding(z, west, north), Tile.holding(z, east, south)
    here = "p.tx BETWEEN %(x)s AND %(last_x)s AND p.ty BETWEEN %(y)s AND %(last_y)s"
    rows, values = _rows(chosen, named or names.named(connection, chosen), drafts_are_paired(connection), here)
    found = connection.execute(SQL(_AROUND).format(rows=rows), values | _values(first, last, chosen))
    placed = (Crowd(*lonlat(x, y), *counts) for x, y, *counts in found)
    return [one for one in placed if west <= one.lon <= east and south <= one.lat <= north]


def inside(connection: Connection, chosen: Filter, box: tuple[float, float, float, float]) -> int:
    """How many works of a counted filter stand, by their middles, in the counted squares (64 to 128 across) that lie
    whole within a box: at most what it holds."""
    west, south, east, north = box
    z = max(0, min(LAST_COUNTED, math.ceil(math.log2(360 / max(east - west, 1e-9))) + 3))
    first, last = Tile.holding(z, west, north), Tile.holding(z, east, south)
    where, values = _of_counts(
        chosen, "p.tx BETWEEN %(x)s AND %(last_x)s AND p.ty BETWEEN %(y)s AND %(last_y)s "
                "AND 8 * p.tx + (p.cell & 7) > %(left)s AND 8 * p.tx + (p.cell & 7) < %(right)s "
                "AND 8 * p.ty + (p.cell >> 3) > %(top)s AND 8 * p.ty + (p.cell >> 3) < %(bottom)s")
    values |= _values(first, last, chosen)
    (left, top), (right, bottom) = _steps(west, north), _steps(east, south)
    edges = {"left": left, "top": top, "right": right, "bottom": bottom}
    return connection.execute(
        SQL("SELECT coalesce(sum(p.works), 0)::bigint FROM map_count p WHERE {}").format(where),
        values | {name: edge >> values["shift"] for name, edge in edges.items()}).fetchone()[0]


def _rows(chosen: Filter, named: Named | None, drafts: bool, here: str) -> tuple[Composed, dict[str, object]]:
    everything = chosen.without("suspected")
    condition, values = everything.sql(None if named is None else named.ids)
    if _counted(chosen):
        where, known = _of_counts(everything, here)
        source, values = SQL(_STORED).format(where=where), values | known
    else:
        source = SQL(_WORKS).format(where=condition)
    extra = [SQL(_EXTRA).format(where=condition)] if drafts else []
    return SQL(" UNION ALL ").join([source, *extra]), values


def middles(chosen: Filter, box: tuple[float, float, float, float]) -> tuple[Composed, dict[str, object]]:
    """(condition on `map_project p`, its values): the works of a counted filter whose middle lies in a box."""
    (left, top), (right, bottom) = _steps(box[0], box[3]), _steps(box[2], box[1])
    condition, values = chosen.sql_of_works()
    here = SQL(f"p.x BETWEEN %(left)s AND %(right)s AND p.y BETWEEN %(top)s AND %(bottom)s AND {_READABLE_MIDDLE}")
    return SQL(" AND ").join([here, condition]), values | {"left": left, "right": right, "top": top, "bottom": bottom}


def _steps(lon: float, lat: float) -> tuple[int, int]:
    """A place of EPSG:4326 as the tables of counts say it."""
    y = (1 - math.asinh(math.tan(math.radians(max(min(lat, 85.0), -85.0)))) / math.pi) / 2
    whole = 2**WORLD_BITS - 1
    return int((lon + 180) / 360 * whole), int(y * whole)


def lonlat(x: float, y: float) -> tuple[float, float]:
    """A place of the tables of counts in EPSG:4326."""
    whole = 2.0**WORLD_BITS
    return x / whole * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / whole))))


def _counted(chosen: Filter) -> bool:
    return not chosen.region and not chosen.q


def _of_counts(chosen: Filter, here: str) -> tuple[Composed, dict[str, object]]:
    where, values = chosen.sql_of_facets()
    return SQL(" AND ").join([SQL(f"p.z = %(z)s AND {here} AND p.facets = %(facets)s AND {_READABLE}"), where]), values


def _values(first: Tile, last: Tile, chosen: Filter) -> dict[str, object]:
    """Of the tiles from `first` in the north-west to `last` in the south-east."""
    wide = WORLD_BITS - first.z
    return {"z": first.z, "x": first.x, "y": first.y, "last_x": last.x, "last_y": last.y,
            "facets": chosen.facets, "least": int(chosen.suspected), "shift": wide - 3, "size": 2.0**wide,
            "left": first.x << wide, "right": (last.x + 1 << wide) - 1,
            "top": first.y << wide, "bottom": (last.y + 1 << wide) - 1}


_STORED = """SELECT 8 * p.tx + (p.cell & 7) AS cx, 8 * p.ty + (p.cell >> 3) AS cy, p.flag, p.works, p.x, p.y
               FROM map_count p WHERE {where}"""

_WORKS = f"""
    SELECT {_CELL}, w.flag, 1 AS works, w.x::float8 AS x, w.y::float8 AS y
      FROM project p JOIN map_project w ON w.project_id = p.id
     WHERE {_IN_TILE} AND {_READABLE_WORK} AND {{where}}
"""  # noqa: S608  constants of this module

# A work that only a pair with a draft flags is flagged for those alone who may read the draft.
_EXTRA = f"""
    SELECT {_CELL}, side.flag, side.works, side.works * w.x::float8 AS x, side.works * w.y::float8 AS y
      FROM (SELECT w.project_id, w.flag, max(judged.flag) AS now
              FROM pair x {FLAG}
                   JOIN map_project w ON w.project_id IN (x.left_project, x.right_project)
             WHERE x.draft_regions <> '{{{{}}}}' AND x.retired_at IS NULL AND {_READABLE_WORK}
               AND {_IN_TILE}
             GROUP BY w.project_id, w.flag HAVING max(judged.flag) > w.flag) AS more
      JOIN map_project w ON w.project_id = more.project_id
      JOIN project p ON p.id = w.project_id
           CROSS JOIN LATERAL (VALUES (more.flag::int, -1), (more.now, 1)) AS side (flag, works)
     WHERE {{where}}
"""  # noqa: S608

_DRAWN = f"""
    WITH counted AS ({{rows}}),
    crowd AS (
      SELECT ST_MakePoint(round((sum(x) / sum(works) - %(left)s) / %(size)s * %(extent)s),
                          round((sum(y) / sum(works) - %(top)s) / %(size)s * %(extent)s)) AS geom,
             sum(works)::int AS works, coalesce(sum(works) FILTER (WHERE flag = 1), 0)::int AS flagged,
             coalesce(sum(works) FILTER (WHERE flag = 2), 0)::int AS confirmed
        FROM counted WHERE flag >= %(least)s GROUP BY cx, cy HAVING sum(works) > 0)
    SELECT body || {NOTE} FROM (
      SELECT coalesce(ST_AsMVT(crowd, 'crowds', %(extent)s, 'geom'), '') AS body FROM crowd) AS made
"""  # noqa: S608

_AROUND = """
    SELECT sum(x) / sum(works), sum(y) / sum(works), sum(works)::int,
           coalesce(sum(works) FILTER (WHERE flag = 1), 0)::int, coalesce(sum(works) FILTER (WHERE flag = 2), 0)::int
      FROM ({rows}) AS counted WHERE flag >= %(least)s GROUP BY cx, cy HAVING sum(works) > 0
"""
