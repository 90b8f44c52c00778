"""Sites of works: where they lie among the villages."""

import json

import numpy as np
import shapely

from app.db import Connection
from app.queries.regions import ids_by_code
from geo.regions import Regions

_BATCH = 5_000


def locate_all(connection: Connection, regions: Regions) -> int:
    """Say of every current site in which village it lies and how far outside the claimed one; answers how many.

    For the operator of the machine, after boundaries have changed. The rule itself is geo.regions'.
    """
    ids, located, after = ids_by_code(connection), 0, 0
    while rows := connection.execute(
            """
            SELECT s.id, ST_AsBinary(s.geom) AS geom, s.accuracy_m, CASE WHEN p.village_known THEN r.code END AS claimed
              FROM site s JOIN project p ON p.id = s.project_id JOIN region r ON r.id = p.region_id
             WHERE s.superseded_at IS NULL AND s.id > %s ORDER BY s.id LIMIT %s
            """, [after, _BATCH]).fetchall():
        shapes = shapely.from_wkb([bytes(row.geom) for row in rows])
        placed = regions.place(shapes, [row.claimed for row in rows],
                               np.array([row.accuracy_m for row in rows], dtype=float))
        connection.execute(
            """
            UPDATE site SET found_region_id = row.found, outside_m = row.outside
              FROM jsonb_to_recordset(%s) AS row (id bigint, found integer, outside real) WHERE site.id = row.id
            """,
            [json.dumps([{"id": row.id, "found": None if regions.is_approximate(code) else ids.get(code),
                          "outside": None if metres != metres else metres}
                         for row, code, metres in zip(rows, placed.found, placed.outside_m, strict=True)])])
        located, after = located + len(rows), rows[-1].id
    return located
