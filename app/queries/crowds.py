"""Works gathered into crowds: from afar, and nearer where a tile would hold too many.

What the tables of counts (migration 0013) are split by is answered from them, whatever the number of works; a region
or a searched word is counted from the works themselves. Both see what the person may see.
"""

from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries.filters import FLAG, Filter
from app.queries.squares import NOTE, WORLD_BITS, Tile

EXACT_ZOOM = 11
LAST_COUNTED = 12
MOST_EXACT = 4_000
"""A tile between these zooms that would hold more is gathered too."""

_OWN = "ANY ((SELECT own_regions())::int[])"
_READABLE = f"((p.region_id IS NULL AND (SELECT current_person()) IS NOT NULL) OR p.region_id = {_OWN})"
_READABLE_WORK = f"((NOT w.draft AND (SELECT current_person()) IS NOT NULL) OR w.region_id = {_OWN})"
_IN_TILE = "w.x BETWEEN %(left)s AND %(right)s AND w.y BETWEEN %(top)s AND %(bottom)s"
_CELL = "(w.x >> %(shift)s & 7) + 8 * (w.y >> %(shift)s & 7)"


def are_too_many(connection: Connection, tile: Tile, chosen: Filter) -> bool:
    """Whether the works of a tile are to be gathered."""
    if tile.z < EXACT_ZOOM:
        return True
    if tile.z > LAST_COUNTED or not _counted(chosen):
        return False
    where, values = _of_counts(chosen)
    found = connection.execute(SQL(
        "SELECT coalesce(sum(p.works), 0) FROM map_count p WHERE {where} AND p.flag >= %(least)s").format(where=where),
        values | _values(tile, chosen)).fetchone()[0]
    return found > MOST_EXACT


def drawn(connection: Connection, tile: Tile, chosen: Filter) -> bytes:
    """The layer `crowds` of one tile: how many works, and how many of them are flagged or confirmed."""
    query, values = statement(tile, chosen)
    return bytes(connection.execute(query, values).fetchone()[0])


def statement(tile: Tile, chosen: Filter) -> tuple[Composed, dict[str, object]]:
    """The one query of a tile of crowds, and its values."""
    everything = chosen.without("suspected")
    condition, values = everything.sql()
    if _counted(chosen):
        where, known = _of_counts(everything)
        source, values = SQL(_STORED).format(where=where), values | known
    else:
        source = SQL(_WORKS).format(where=condition)
    query = SQL(_CROWDS).format(source=source, extra=SQL(_EXTRA).format(where=condition))
    return query, values | _values(tile, chosen)


def _counted(chosen: Filter) -> bool:
    return not chosen.region and not chosen.q


def _of_counts(chosen: Filter) -> tuple[Composed, dict[str, object]]:
    where, values = chosen.sql_of_facets()
    return SQL(" AND ").join([SQL(
        "p.z = %(z)s AND p.tx = %(x)s AND p.ty = %(y)s AND p.facets = %(facets)s AND " + _READABLE), where]), values


def _values(tile: Tile, chosen: Filter) -> dict[str, object]:
    wide = WORLD_BITS - tile.z
    return tile.values | {
        "facets": chosen.facets, "least": int(chosen.suspected), "shift": wide - 3, "size": 2.0**wide,
        "left": tile.x << wide, "right": (tile.x + 1 << wide) - 1,
        "top": tile.y << wide, "bottom": (tile.y + 1 << wide) - 1}


_STORED = "SELECT p.cell, p.flag, p.works, p.x, p.y FROM map_count p WHERE {where}"

_WORKS = f"""
    SELECT {_CELL} AS cell, w.flag, 1 AS works, w.x::float8 AS x, w.y::float8 AS y
      FROM project p JOIN map_project w ON w.project_id = p.id
     WHERE {_IN_TILE} AND {_READABLE_WORK} AND {{where}}
"""  # noqa: S608  constants of this module

# A work that only a pair with a draft flags is flagged for those alone who may read the draft.
_EXTRA = f"""
    SELECT {_CELL} AS cell, side.flag, side.works, side.works * w.x::float8 AS x, side.works * w.y::float8 AS y
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

_CROWDS = f"""
    WITH counted AS ({{source}} UNION ALL {{extra}}),
    crowd AS (
      SELECT ST_MakePoint(round((sum(x) / sum(works) - %(left)s) / %(size)s * %(extent)s),
                          round((sum(y) / sum(works) - %(top)s) / %(size)s * %(extent)s)) AS geom,
             sum(works)::int AS works, coalesce(sum(works) FILTER (WHERE flag = 1), 0)::int AS flagged,
             coalesce(sum(works) FILTER (WHERE flag = 2), 0)::int AS confirmed
        FROM counted WHERE flag >= %(least)s GROUP BY cell HAVING sum(works) > 0)
    SELECT body || {NOTE} FROM (
      SELECT coalesce(ST_AsMVT(crowd, 'crowds', %(extent)s, 'geom'), '') AS body FROM crowd) AS made
"""  # noqa: S608
