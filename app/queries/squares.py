"""The squares of which a map is made, and what every tile of invented works says."""

import math
from typing import NamedTuple

LAST_ZOOM = 18
EXTENT, MARGIN = 4096, 128
WORLD_BITS = 31
"""The tables of counts measure the world in 2^31 steps from the west and from the north."""


class Tile(NamedTuple):
    """A square of the world in web mercator; `x` counts from the west, `y` from the north."""

    z: int
    x: int
    y: int

    @classmethod
    def holding(cls, z: int, lon: float, lat: float) -> "Tile":
        """The tile of a zoom that holds a place."""
        angle = math.radians(max(min(lat, 85.0), -85.0))
        x = (lon + 180) / 360 * 2**z
        y = (1 - math.asinh(math.tan(angle)) / math.pi) / 2 * 2**z
        return cls(z, min(max(int(x), 0), 2**z - 1), min(max(int(y), 0), 2**z - 1))

    @property
    def exists(self) -> bool:
        return 0 <= self.z <= LAST_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:4326, with the margin within which a neighbour's symbols reach over."""
        over, across = MARGIN / EXTENT, 2.0**self.z
        south, north = (_latitude(self.y + 1 + over, across), _latitude(self.y - over, across))
        return (self.x - over) / across * 360 - 180, south, (self.x + 1 + over) / across * 360 - 180, north

    @property
    def values(self) -> dict[str, float]:
        west, south, east, north = self.box
        return {"z": self.z, "x": self.x, "y": self.y, "west": west, "south": south, "east": east, "north": north,
                "extent": EXTENT, "margin": MARGIN}


def _latitude(y: float, across: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / across))))


BOX = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"

# A tile of invented works says so itself, wherever it is taken: as the name of a layer of its own.
NOTE = """
    CASE WHEN body = '' THEN '' ELSE (
      SELECT coalesce(ST_AsMVT(note, 'DATA CONTOH, bukan kegiatan nyata', %(extent)s, 'geom'), '')
        FROM (SELECT ST_AsMVTGeom(ST_Centroid(ST_TileEnvelope(%(z)s, %(x)s, %(y)s)),
                                  ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s) AS geom
                FROM installation WHERE demonstration) AS note) END
"""
"""After the layers of a tile, which are called `body`: the column of a subquery that is not pulled up."""
