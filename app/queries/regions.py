"""Regions: what is where, for choosing, for locating and, by the operator, for importing boundaries."""

from collections.abc import Sequence
from typing import NamedTuple

import geopandas
import shapely

from app.db import Connection
from geo.regions import Regions

MOST_NAMED = 3
"""More names would hide in a sentence what is wrong."""


class Region(NamedTuple):
    """A region as lists and forms need it."""

    id: int
    code: str
    level: str
    kind: str | None
    name: str
    parent_id: int | None
    parent_name: str | None
    approximate: bool


_SELECT = """
    SELECT r.id, r.code, r.level, r.kind, r.name, r.parent_id, above.name AS parent_name, r.approximate
      FROM region r LEFT JOIN region above ON above.id = r.parent_id
     WHERE r.valid_to IS NULL
"""


def of_level(connection: Connection, level: str, below: Sequence[int] | None = None) -> list[Region]:
    """The regions of one level, by code; with `below` only those under (or being) one of these regions."""
    return [Region(*row) for row in connection.execute(
        _SELECT + " AND r.level = %s AND (%s::int[] IS NULL OR r.lineage && %s::int[]) ORDER BY r.code",
        [level, below, below]).fetchall()]


def by_id(connection: Connection, region_id: int) -> Region | None:
    found = connection.execute(_SELECT + " AND r.id = %s", [region_id]).fetchone()
    return Region(*found) if found else None


def by_code(connection: Connection, code: str) -> Region | None:
    found = connection.execute(_SELECT + " AND r.code = %s", [code]).fetchone()
    return Region(*found) if found else None


def root(connection: Connection) -> Region:
    """The one region that holds all others."""
    return Region(*connection.execute(_SELECT + " AND r.level = 'root'").fetchone())


def ids_by_code(connection: Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT code, id FROM region WHERE valid_to IS NULL").fetchall())


def writable_ids(connection: Connection, roles: Sequence[str]) -> set[int]:
    """The regions in which the person asking holds one of these roles, all below included."""
    return set(connection.execute("SELECT regions_for(%s)", [list(roles)]).fetchone()[0])


def called(connection: Connection) -> str | None:
    """What the territory of the installation is called: its regencies, else its districts; None where neither has a
    name, or they are too many to name."""
    for level in ("regency", "district"):
        names = [one.name for one in of_level(connection, level)]
        if names:
            return ", ".join(names) if len(names) <= MOST_NAMED else None
    return None


def load_regions(connection: Connection) -> Regions:
    """All regions in force with their boundaries, for locating sites."""
    rows = connection.execute(
        """
        SELECT r.code, r.name, r.level, r.kind, above.code AS parent, r.approximate, ST_AsBinary(r.geom) AS geom
          FROM region r LEFT JOIN region above ON above.id = r.parent_id
         WHERE r.valid_to IS NULL AND r.level <> 'root' AND r.geom IS NOT NULL ORDER BY r.code
        """).fetchall()
    return Regions.from_frame(geopandas.GeoDataFrame(
        {"code": [row.code for row in rows], "name": [row.name for row in rows], "level": [row.level for row in rows],
         "kind": [row.kind for row in rows], "parent": [row.parent for row in rows],
         "approximate": [row.approximate for row in rows]},
        geometry=shapely.from_wkb([bytes(row.geom) for row in rows]), crs=4326))


# For the operator of the machine only.


def store(connection: Connection, frame: geopandas.GeoDataFrame) -> tuple[int, int]:
    """Import boundaries: (new, changed). A code that is there already gets the new name and boundary.

    `frame`: code, name, level, kind, parent (a code), approximate and a geometry in EPSG:4326. A region whose parent
    is not known hangs below the root. A name that is only the code (a district that was made by uniting its villages)
    does not replace a real one.
    """
    top = root(connection).id
    ids, new, changed = ids_by_code(connection), 0, 0
    names = dict(connection.execute("SELECT code, name FROM region WHERE valid_to IS NULL").fetchall())
    order = {"regency": 0, "district": 1, "village": 2}
    for row in sorted(frame.itertuples(), key=lambda row: (order[row.level], row.code)):
        shape = row.geometry if row.geometry.geom_type == "MultiPolygon" else shapely.MultiPolygon([row.geometry])
        centre = getattr(row, "centre", None) or shape.representative_point()
        values = {"code": row.code, "level": row.level, "kind": getattr(row, "kind", None) or None,
                  "name": names.get(row.code, row.name) if row.name == row.code else row.name,
                  "parent": ids.get(row.parent, top), "approximate": bool(row.approximate),
                  "geom": shapely.to_wkb(shape), "centre": shapely.to_wkb(centre)}
        if row.code in ids:
            changed += connection.execute(
                """
                UPDATE region SET name = %(name)s, kind = coalesce(%(kind)s, kind), approximate = %(approximate)s,
                       geom = ST_GeomFromWKB(%(geom)s, 4326), centre = ST_GeomFromWKB(%(centre)s, 4326)
                 WHERE code = %(code)s AND valid_to IS NULL
                   AND ((name, approximate) IS DISTINCT FROM (%(name)s, %(approximate)s)
                        OR NOT coalesce(ST_OrderingEquals(geom, ST_GeomFromWKB(%(geom)s, 4326)), false))
                """, values).rowcount
        else:
            ids[row.code] = connection.execute(
                """
                INSERT INTO region (code, level, kind, name, parent_id, approximate, geom, centre)
                VALUES (%(code)s, %(level)s, %(kind)s, %(name)s, %(parent)s, %(approximate)s,
                        ST_GeomFromWKB(%(geom)s, 4326), ST_GeomFromWKB(%(centre)s, 4326))
                RETURNING id
                """, values).fetchone()[0]
            new += 1
    return new, changed


def name_root(connection: Connection) -> None:
    """Call the root by its only regency, once that has a name."""
    connection.execute(
        """
        UPDATE region SET name = sole.name
          FROM (SELECT min(name) AS name, min(code) AS code FROM region WHERE level = 'regency' AND valid_to IS NULL
                HAVING count(*) = 1) AS sole
         WHERE region.level = 'root' AND sole.name <> sole.code AND region.name <> sole.name
        """)
