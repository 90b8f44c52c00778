"""Vector tiles from PostGIS: works one by one near the ground, gathered from afar, and regions with their names.

As the person who asks: row-level security decides what is in a tile, and the queries spell the same predicate.
Every query spells `geom && box`, the only test an index answers under row-level security.
"""

from typing import NamedTuple

from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries import crowds
from app.queries.filters import FLAG, Filter
from app.queries.squares import BOX, NOTE, Tile

SHAPE_ZOOM = 13
NAMES_FROM = {"regency": 5, "district": 9, "village": 11}
BORDERS_FROM = {"regency": 0, "district": 7, "village": 9}

READABLE = """((NOT s.draft AND (SELECT current_person()) IS NOT NULL)
              OR s.region_id = ANY ((SELECT own_regions())::int[]))"""
"""The policy of sites once more, in the query: each layer alone is enough."""

COUNTS = """
    s.superseded_at IS NULL
    AND NOT EXISTS (SELECT FROM site better
                     WHERE better.project_id = s.project_id AND better.superseded_at IS NULL
                       AND array_position(ARRAY['visited', 'claimed', 'planned'], better.role)
                           < array_position(ARRAY['visited', 'claimed', 'planned'], s.role))
"""
"""Of a site `s` of a work `p`: it is current, and no site of the work tells more about where it really stands."""


class Standing(NamedTuple):
    """What a tile depends on, asked for in one question before it is made. `drafts`: the person may read a pair with a
    draft in it, and what is counted does not say all; `many`: the works of the tile are gathered."""

    version: str
    drafts: bool
    many: bool


def standing(connection: Connection, tile: Tile, chosen: Filter | None = None) -> Standing:
    """How a tile stands; of one that shows no works (`chosen` is None) only its version is asked. The version changes
    with every edit and with every grant.

    A small tile is planned once for all: whatever its box, the index of places leads to a few works, and planning would
    take three times as long as drawing them. It holds for the rest of the transaction.
    """
    many, values = crowds.too_many(tile, chosen) if chosen is not None else (SQL("false"), {})
    plan = "force_generic_plan" if tile.z >= SHAPE_ZOOM else "force_custom_plan"
    edit, grants, drafts, gathered, _ = connection.execute(
        SQL("SELECT data_version(), {grants}, {drafts}, {many}, set_config('plan_cache_mode', %(plan)s, true)").format(
            grants=SQL(_GRANTS), drafts=SQL(crowds.DRAFTS_PAIRED if chosen is not None else "false"), many=many),
        values | {"plan": plan}).fetchone()
    return Standing(f"{edit}-{grants[:12]}", drafts, gathered)


# Whose regions are whose follows from these and from the regions, whose edits are counted. The regions themselves are
# thousands for whoever sees a whole installation.
_GRANTS = """(SELECT md5(coalesce(string_agg(g.region_id::text, ',' ORDER BY g.region_id), '')) FROM person_grant g
              WHERE g.person_id = (SELECT current_person()) AND now() >= g.valid_from
                AND (g.valid_to IS NULL OR now() < g.valid_to))"""


def works(connection: Connection, tile: Tile, chosen: Filter, stands: Standing | None = None) -> bytes:
    """The works of one tile, as layers `works` and `pairs` from EXACT_ZOOM on where they are not too many, else
    gathered as `crowds`."""
    if chosen.pointless:
        return b""
    stands = stands or standing(connection, tile, chosen)
    if stands.many:
        return crowds.drawn(connection, tile, chosen, stands.drafts)
    query, values = statement(tile, chosen, stands.drafts)
    return bytes(connection.execute(query, values).fetchone()[0])


def statement(tile: Tile, chosen: Filter, drafts: bool) -> tuple[Composed, dict[str, object]]:
    """The query of a tile of single works, and its values.

    With `drafts` pairs are looked through for whoever may read them; without, a work is flagged as it is counted.
    """
    condition, values = chosen.without("suspected").sql()
    work = SQL(_WORK).format(**_NAMED if chosen.q or tile.z >= SHAPE_ZOOM else _NAMELESS)
    query = SQL(_EXACT if drafts else _FLAT).format(where=condition, work=work)
    return (query,
            tile.values | values | {"drafts": drafts, "least": int(chosen.suspected)})


# A work as it is counted (migration 0012), under the columns that a filter speaks of.
_WORK = """SELECT m.project_id AS id, m.region_id, m.draft, m.year, m.fund, m.category, m.stage, m.flag, m.role,
                  NULL::timestamptz AS withdrawn_at{more} FROM map_project m{join}"""
_NAMED = {"more": SQL(", n.name, n.place"), "join": SQL(" JOIN project n ON n.id = m.project_id")}
_NAMELESS = {"more": SQL(", NULL AS name"), "join": SQL("")}

_SEEN = f"""
      SELECT s.id AS site, s.geom, p.id, p.name, p.category, p.fund, p.stage, p.year, p.flag
        FROM site s JOIN ({{work}}) AS p ON p.id = s.project_id AND p.role = s.role
       WHERE s.geom && {BOX} AND s.superseded_at IS NULL AND {READABLE} AND {{where}}
         AND (%(drafts)s OR p.flag >= %(least)s)
"""  # noqa: S608
DRAWN = f"""
             ST_AsMVTGeom(ST_Transform(CASE WHEN %(z)s >= {SHAPE_ZOOM} THEN seen.geom
                                            ELSE ST_PointOnSurface(seen.geom) END, 3857),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom,
             seen.id::text AS project, left(seen.name, 120) AS name, seen.category, seen.fund, seen.stage,
             seen.year::int AS year"""
"""Of a work `seen`: what its feature in a tile says, but its flag."""

_JOINED = """
      SELECT ST_AsMVTGeom(ST_Transform(ST_ShortestLine(one.geom, other.geom), 3857),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom,
             f.id AS pair, f.flag
        FROM flagged f JOIN site one ON one.id = f.left_site JOIN site other ON other.id = f.right_site
"""
# Without OFFSET the planner would write the body out for each time that it is named, and make the tile twice.
_MADE = f"""
    SELECT body || {NOTE} FROM (
      SELECT (SELECT coalesce(ST_AsMVT(work, 'works', %(extent)s, 'geom'), '') FROM work WHERE geom IS NOT NULL)
           || (SELECT coalesce(ST_AsMVT(joined, 'pairs', %(extent)s, 'geom'), '') FROM joined WHERE geom IS NOT NULL)
             AS body OFFSET 0) AS made
"""  # noqa: S608

_FLAT = f"""
    WITH seen AS MATERIALIZED ({_SEEN}),
    marked AS MATERIALIZED (SELECT ARRAY(SELECT id FROM seen WHERE flag > 0) AS ids),
    flagged AS (
      SELECT x.id, x.left_site, x.right_site, judged.flag FROM pair x {FLAG}
       WHERE x.retired_at IS NULL AND judged.flag > 0
         AND (x.left_project = ANY ((SELECT ids FROM marked)::uuid[])
              OR x.right_project = ANY ((SELECT ids FROM marked)::uuid[]))),
    work AS (SELECT {DRAWN}, seen.flag::int AS flag FROM seen ORDER BY seen.flag, seen.site),
    joined AS ({_JOINED})
    {_MADE}
"""  # noqa: S608

_NEAR = """
      SELECT x.id, x.left_project, x.right_project, x.left_site, x.right_site, x.facts_hash, x.to_look_at
        FROM pair x WHERE x.retired_at IS NULL AND x.left_project = ANY (ARRAY(SELECT id FROM seen WHERE flag > 0))
      UNION
      SELECT x.id, x.left_project, x.right_project, x.left_site, x.right_site, x.facts_hash, x.to_look_at
        FROM pair x WHERE x.retired_at IS NULL AND x.right_project = ANY (ARRAY(SELECT id FROM seen WHERE flag > 0))
"""
_NEAR_DRAFTS = """
      UNION
      SELECT x.id, x.left_project, x.right_project, x.left_site, x.right_site, x.facts_hash, x.to_look_at
        FROM pair x WHERE x.retired_at IS NULL AND x.draft_regions <> '{{}}'
         AND (x.left_project IN (SELECT id FROM seen) OR x.right_project IN (SELECT id FROM seen))
"""

_EXACT = f"""
    WITH seen AS MATERIALIZED ({_SEEN}),
    near AS ({_NEAR} {_NEAR_DRAFTS}),
    flagged AS MATERIALIZED (
      SELECT x.*, judged.flag FROM near x {FLAG} WHERE judged.flag > 0),
    marked AS (
      SELECT side.project, max(f.flag) AS flag
        FROM flagged f CROSS JOIN LATERAL (VALUES (f.left_project), (f.right_project)) AS side (project)
       GROUP BY side.project),
    work AS (
      SELECT {DRAWN}, coalesce(marked.flag, 0) AS flag
        FROM seen LEFT JOIN marked ON marked.project = seen.id
       WHERE coalesce(marked.flag, 0) >= %(least)s ORDER BY marked.flag NULLS FIRST, seen.site),
    joined AS ({_JOINED})
    {_MADE}
"""  # noqa: S608


def regions(connection: Connection, tile: Tile) -> bytes:
    """Borders and names of the regions in one tile, by level as one comes nearer; approximate ones say so."""
    values = tile.values | {
        "borders": [level for level, first in BORDERS_FROM.items() if tile.z >= first],
        "names": [level for level, first in NAMES_FROM.items() if tile.z >= first],
        "tolerance": 20_000_000 / 2**tile.z / tile.values["extent"],
    }
    return bytes(connection.execute(_REGIONS, values).fetchone()[0])


_REGIONS = f"""
    WITH near AS MATERIALIZED (
      SELECT r.level, r.approximate, r.geom, array_position(ARRAY['regency', 'district', 'village'], r.level) AS depth
        FROM region r WHERE r.geom && {BOX} AND r.valid_to IS NULL AND r.level = ANY (%(borders)s)),
    land AS (
      SELECT ST_AsMVTGeom(ST_Simplify(ST_Transform(near.geom, 3857), %(tolerance)s, true),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom, near.level
        FROM near),
    edges AS MATERIALIZED (
      SELECT level, approximate, depth,
             CASE WHEN approximate THEN ST_UnaryUnion(ST_Collect(ST_Boundary(geom)))
                  ELSE ST_Collect(ST_Boundary(geom)) END AS geom
        FROM near GROUP BY level, approximate, depth),
    -- Approximate borders are dashed, and dashes drawn twice fill each other's gaps: each line is drawn once.
    border AS (
      SELECT ST_AsMVTGeom(ST_Transform(CASE WHEN approximate THEN ST_LineMerge(coalesce(ST_Difference(geom, (
                            SELECT ST_UnaryUnion(ST_Collect(higher.geom)) FROM edges higher
                             WHERE higher.approximate AND higher.depth < edges.depth)), geom)) ELSE geom END, 3857),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom, level, approximate
        FROM edges),
    named AS (
      SELECT ST_AsMVTGeom(ST_Transform(r.centre, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0) AS geom,
             r.level, r.name
        FROM region r WHERE r.centre && {BOX} AND r.valid_to IS NULL AND r.level = ANY (%(names)s))
    SELECT body || {NOTE} FROM (
      SELECT (SELECT coalesce(ST_AsMVT(land, 'regions', %(extent)s, 'geom'), '') FROM land WHERE geom IS NOT NULL)
           || (SELECT coalesce(ST_AsMVT(border, 'borders', %(extent)s, 'geom'), '') FROM border WHERE geom IS NOT NULL)
           || (SELECT coalesce(ST_AsMVT(named, 'names', %(extent)s, 'geom'), '') FROM named WHERE geom IS NOT NULL)
             AS body OFFSET 0) AS made
"""  # noqa: S608
