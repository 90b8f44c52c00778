"""What the inspector's pages offer to choose from, and the villages drawn as a thumbnail.

The choices are closed lists: asking which values occur would read every work for each page.
"""

from datetime import UTC, datetime

import shapely

from app.db import Connection
from app.queries.filters import UNKNOWN, Choices, Filter
from geo.schema import CATEGORY, FUNDS

_FIRST_YEAR = 2015  # Dana Desa begins


def choices(connection: Connection, wanted: Filter) -> Choices:
    """Every fund, category and likely year; the districts of the person's regions, and villages of the chosen one."""
    districts = connection.execute(
        """
        SELECT d.code, d.name FROM region d
         WHERE d.level = 'district' AND d.valid_to IS NULL AND d.id IN (
                 SELECT above FROM region r CROSS JOIN unnest(r.lineage) AS above
                  WHERE r.id = ANY ((SELECT own_regions())::int[])) ORDER BY d.name
        """).fetchall()
    villages = connection.execute(
        """
        SELECT v.code, v.name FROM region v JOIN region d ON d.id = v.parent_id
         WHERE v.level = 'village' AND v.valid_to IS NULL AND v.id = ANY ((SELECT own_regions())::int[])
           AND d.id IN (SELECT CASE r.level WHEN 'village' THEN r.parent_id ELSE r.id END
                          FROM region r WHERE r.code = %s AND r.valid_to IS NULL)
         ORDER BY v.name
        """, [wanted.district or wanted.village]).fetchall()
    years = [str(year) for year in range(datetime.now(UTC).year + 1, _FIRST_YEAR - 1, -1)]
    return Choices(years=[(year, year) for year in years], districts=districts, villages=villages,
                   funds=[(code, None) for code in (*FUNDS, UNKNOWN)],
                   categories=[(code, None) for code in (*CATEGORY, UNKNOWN)], stages=[])


def shapes(connection: Connection, codes: list[str]) -> dict[str, tuple[shapely.Geometry, bool]]:
    """By code: the village's area, coarse enough for a thumbnail, and whether its border is approximate."""
    return {row.code: (row.shape, row.approximate) for row in connection.execute(
        """
        SELECT code, ST_SimplifyPreserveTopology(geom, 0.001) AS shape, approximate FROM region
         WHERE code = ANY (%s) AND valid_to IS NULL AND geom IS NOT NULL
        """, [codes])}
