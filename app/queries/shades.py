"""How much there is in each region: works, money, money to look at, works without a point.

From the table of counts by region (migration 0012) where it is split by what is asked, else from the works.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from psycopg.rows import args_row
from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries import names
from app.queries.filters import Filter
from app.queries.squares import BOX, NOTE, Tile

_READABLE = """((NOT p.draft AND (SELECT current_person()) IS NOT NULL)
               OR p.region_id = ANY ((SELECT own_regions())::int[]))"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One region and what is in it; amounts are None where there are works and not one amount is known."""

    code: str
    name: str
    within: str | None
    works: int
    without_point: int
    amount: Decimal | None
    look: Decimal

    def value(self, measure: str) -> Decimal | float | None:
        if measure == "pointless":
            return self.without_point / self.works if self.works else None
        return self.works if measure == "works" else self.amount if measure == "money" else self.look


def measured(connection: Connection, chosen: Filter, level: str, with_look: bool = True) -> list[Measured]:
    """All regions of a level, also those without a work, by name; `look` is 0 where it is not asked for."""
    query, values = _measures(connection, chosen, with_look)
    return connection.cursor(row_factory=args_row(Measured)).execute(SQL(
        """
        WITH measure AS ({measures})
        SELECT r.code, r.name, above.name, measure.works, measure.without_point, measure.amount, measure.look
          FROM measure JOIN region r ON r.id = measure.id LEFT JOIN region above ON above.id = r.parent_id
         ORDER BY r.name, r.code
        """).format(measures=query), values | {"level": level}).fetchall()


def tile(connection: Connection, square: Tile, chosen: Filter, level: str, measure: str,
         breaks: Sequence[float]) -> bytes:
    """The regions of one tile as the layer `shades`: code, name, value and how many of `breaks` it reaches."""
    query, values = _measures(connection, chosen, with_look=measure == "look")
    return bytes(connection.execute(SQL(
        f"""
        WITH near AS MATERIALIZED (
          SELECT r.id, r.code, r.name, r.geom FROM region r
           WHERE r.geom && {BOX} AND r.valid_to IS NULL AND r.level = %(level)s),
        measure AS ({{measures}}),
        valued AS (
          SELECT near.*, (CASE %(measure)s WHEN 'works' THEN measure.works::numeric WHEN 'money' THEN measure.amount
                               WHEN 'look' THEN measure.look
                               ELSE measure.without_point::numeric / nullif(measure.works, 0) END)::float8 AS value
            FROM near JOIN measure USING (id)),
        shade AS (
          SELECT ST_AsMVTGeom(ST_Simplify(ST_Transform(geom, 3857), %(tolerance)s, true),
                              ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom,
                 code, name, value, (SELECT count(*) FROM unnest(%(breaks)s::float8[]) AS edge WHERE value >= edge)::int
                                    + CASE WHEN value IS NULL THEN -1 ELSE 0 END AS bucket
            FROM valued)
        SELECT body || {NOTE} FROM (
          SELECT coalesce(ST_AsMVT(shade, 'shades', %(extent)s, 'geom'), '') AS body
            FROM shade WHERE geom IS NOT NULL) AS made
        """).format(measures=query),  # noqa: S608
        values | square.values | {
            "level": level, "measure": measure, "breaks": list(breaks),
            "tolerance": 20_000_000 / 2**square.z / square.values["extent"]}).fetchone()[0])


def shapes(connection: Connection, chosen: Filter, level: str, box: tuple[float, float, float, float],
           ) -> list[tuple[str, Measured]]:
    """(outline as GeoJSON text, what is in it) of the regions that a box touches, for a map without tiles."""
    found = {one.code: one for one in measured(connection, chosen, level)}
    rows = connection.execute(
        f"""
        SELECT r.code, ST_AsGeoJSON(ST_SimplifyPreserveTopology(r.geom, (%(east)s - %(west)s) / 1500), 5)
          FROM region r WHERE r.geom && {BOX} AND r.valid_to IS NULL AND r.level = %(level)s
        """,  # noqa: S608
        {"level": level} | dict(zip(("west", "south", "east", "north"), box, strict=True)))
    return [(shape, found[code]) for code, shape in rows if code in found]


def _measures(connection: Connection, chosen: Filter, with_look: bool) -> tuple[Composed, dict[str, object]]:
    """`id, works, without_point, amount, look` of every region of %(level)s."""
    ids = names.named(connection, chosen).ids
    condition, values = chosen.sql(ids)
    if chosen.q or chosen.pointless:
        counted = SQL(_WORKS).format(where=condition)
    else:
        where, _ = chosen.sql_of_facets()
        counted = SQL(_STORED).format(where=where)
    looked_at = chosen.without("suspected", "pointless")
    works = SQL(_OF_WORKS).format(where=looked_at.sql(ids)[0]) if looked_at else SQL("")
    joined = SQL("LEFT JOIN ({}) AS looked ON looked.id = r.id").format(SQL(_LOOKED).format(works=works))
    if not with_look:
        joined = SQL("CROSS JOIN (SELECT 0::numeric AS money) AS looked")
    query = SQL(_MEASURES).format(counted=counted, looked=joined, inside=SQL(_INSIDE if chosen.region else "true"))
    return query, values | {"facets": chosen.facets, "least": int(chosen.suspected), "filter_region": chosen.region}


_INSIDE = """r.id = ANY (ARRAY(SELECT b.id FROM region b JOIN region above ON above.id = ANY (b.lineage)
                               WHERE above.code = %(filter_region)s AND above.valid_to IS NULL))"""
_STORED = f"""
    SELECT p.region_id, p.works, p.without_point, p.priced, p.amount FROM region_count p
     WHERE p.facets = %(facets)s AND p.flag >= %(least)s AND {_READABLE} AND {{where}}
"""  # noqa: S608  constants of this module
_WORKS = f"""
    SELECT p.region_id, 1 AS works, (w.x IS NULL)::int AS without_point, (p.amount IS NOT NULL)::int AS priced,
           coalesce(p.amount, 0) AS amount
      FROM project p JOIN map_project w ON w.project_id = p.id WHERE {_READABLE} AND {{where}}
"""  # noqa: S608
# Money to look at as on the first page: each work once, by the largest of its pairs in which it is the smaller one.
_LOOKED = """
    SELECT above.id, sum(own.money) AS money
      FROM (SELECT once.region_id, sum(once.money) AS money
              FROM (SELECT k.smaller AS id, max(k.money) AS money,
                           min(CASE x.left_project WHEN k.smaller THEN k.left_region
                                                   ELSE k.right_region END) AS region_id
                      FROM pair_standing k JOIN pair x ON x.id = k.pair_id
                     WHERE k.to_look_at AND k.state <> 'judged' GROUP BY k.smaller) AS once {works}
             GROUP BY once.region_id) AS own
           JOIN region r ON r.id = own.region_id CROSS JOIN LATERAL unnest(r.lineage) AS up (id)
           JOIN region above ON above.id = up.id AND above.level = %(level)s
     GROUP BY above.id
"""
# The works of a filter, looked up one by one: they are few beside all.
_OF_WORKS = f"""CROSS JOIN LATERAL (
                SELECT FROM project p WHERE p.id = once.id AND {_READABLE} AND {{where}} OFFSET 0) AS p"""
_MEASURES = """
    SELECT r.id, coalesce(total.works, 0) AS works, coalesce(total.without_point, 0) AS without_point,
           CASE WHEN total.priced = 0 THEN NULL ELSE coalesce(total.amount, 0) END AS amount,
           coalesce(looked.money, 0) AS look
      FROM region r
      LEFT JOIN (
        SELECT above.id, sum(own.works)::int AS works, sum(own.without_point)::int AS without_point,
               sum(own.priced) AS priced, sum(own.amount) AS amount
          FROM (SELECT region_id, sum(works) AS works, sum(without_point) AS without_point, sum(priced) AS priced,
                       sum(amount) AS amount FROM ({counted}) AS counted GROUP BY region_id) AS own
               JOIN region r ON r.id = own.region_id CROSS JOIN LATERAL unnest(r.lineage) AS up (id)
               JOIN region above ON above.id = up.id AND above.level = %(level)s
         GROUP BY above.id) AS total ON total.id = r.id
      {looked}
     WHERE r.level = %(level)s AND r.valid_to IS NULL AND r.geom IS NOT NULL AND {inside}
"""
