"""The ground under a map: how far it reaches, the land, and the borders of regions."""

import shapely

from app.db import Connection

Box = tuple[float, float, float, float]
"""West, south, east, north in EPSG:4326."""

ENVELOPE = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
LEAST_DEG = 0.02


def bounds(connection: Connection) -> Box | None:
    """The box of the installation: its regions, else its works; None where nothing has a place yet. It is never
    narrower than LEAST_DEG: no map can be fitted to a single point."""
    for query in ("SELECT ST_Extent(geom)::box2d AS box FROM region WHERE valid_to IS NULL AND level <> 'root'",
                  "SELECT ST_Extent(geom)::box2d AS box FROM site WHERE superseded_at IS NULL"):
        found = connection.execute(
            f"SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) FROM ({query}) AS e").fetchone()  # noqa: S608
        if found[0] is not None:
            return _roomy(*found)
    return None


def box_of(connection: Connection, code: str) -> Box | None:
    """The box of the region in force with this code; None where its borders are not known."""
    found = connection.execute(
        "SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM region"
        " WHERE code = %s AND valid_to IS NULL AND geom IS NOT NULL", [code]).fetchone()
    return _roomy(*found) if found else None


def _roomy(west: float, south: float, east: float, north: float) -> Box:
    wide, high = (max(LEAST_DEG - size, 0) / 2 for size in (east - west, north - south))
    return west - wide, south - high, east + wide, north + high


def approximate(connection: Connection) -> bool:
    """Whether any border on the map is only approximate."""
    return connection.execute("SELECT EXISTS (SELECT FROM region WHERE approximate AND valid_to IS NULL)").fetchone()[0]


def own_land(connection: Connection) -> bytes | None:
    """The land of all regions as one simplified geometry (WKB, EPSG:4326); None where there are no boundaries.

    Thousands of villages take a third of a second to unite, so it is kept until a region changes: the last transaction
    that wrote one, and what it wrote last."""
    version = tuple(connection.execute(
        """
        SELECT (SELECT created_at FROM installation), current_database(), count(*), max(xmin::text::bigint),
               max(cmin::text::bigint) FROM region
        """).fetchone())
    if _united.get("version") != version:
        _united.update(version=version, land=_own_land(connection))
    return _united["land"]


_united: dict = {}


def _own_land(connection: Connection) -> bytes | None:
    (found,) = connection.execute(
        """
        SELECT ST_AsBinary(ST_Union(ST_SimplifyPreserveTopology(geom, 0.0005)))
          FROM region WHERE valid_to IS NULL AND geom IS NOT NULL
           AND level = (SELECT level FROM region WHERE valid_to IS NULL AND geom IS NOT NULL AND level <> 'root'
                         ORDER BY array_position(ARRAY['regency', 'district', 'village'], level) LIMIT 1)
        """).fetchone()
    return None if found is None else bytes(found)


def borders(connection: Connection, box: Box) -> list[dict]:
    """The borders within a box for a map without tiles: of villages from near by, of districts from afar."""
    return [row[0] for row in connection.execute(
        f"""
        SELECT jsonb_build_object('type', 'Feature', 'geometry', ST_AsGeoJSON(
                 ST_SimplifyPreserveTopology(r.geom, (%(east)s - %(west)s) / 1500), 5)::jsonb,
                 'properties', jsonb_build_object('kind', 'region', 'approximate', r.approximate))
          FROM region r
         WHERE r.geom && {ENVELOPE} AND r.valid_to IS NULL
           AND r.level = CASE WHEN (%(east)s - %(west)s) < 0.6 THEN 'village' ELSE 'district' END
        """, dict(zip(("west", "south", "east", "north"), box, strict=True)))]  # noqa: S608


def outlines(connection: Connection, box: Box) -> list[shapely.Geometry]:
    """The districts (else the regencies) that a box touches, as coarse as a small picture draws them."""
    found = connection.execute(
        f"""
        SELECT ST_AsBinary(ST_SimplifyPreserveTopology(r.geom, (%(east)s - %(west)s) / 300)) FROM region r
         WHERE r.geom && {ENVELOPE} AND r.valid_to IS NULL AND r.level = (
                 SELECT level FROM region
                  WHERE geom IS NOT NULL AND valid_to IS NULL AND level IN ('district', 'regency')
                  ORDER BY level LIMIT 1)
         LIMIT 300
        """, dict(zip(("west", "south", "east", "north"), box, strict=True)))  # noqa: S608
    return [shapely.from_wkb(bytes(shape)) for shape, in found]
