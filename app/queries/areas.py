"""An area that somebody drew or a box of the map: read from an address, asked of the GiST index.

    area = Area.parse("114.3,-8.3,114.4,-8.2")  or  Area.parse("POLYGON ((114.3 -8.3, …))")
"""

import math
from dataclasses import dataclass
from typing import Self

import shapely

MOST_VERTICES = 2_000
LONGEST = 100_000


class AreaFaulty(ValueError):
    """The area cannot be searched; its text is a message id."""


@dataclass(frozen=True, slots=True)
class Area:
    """A valid Polygon or MultiPolygon in EPSG:4326; `text` is how an address writes it."""

    geometry: shapely.Geometry
    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `west,south,east,north` or WKT, lon before lat. Raises AreaFaulty."""
        text = text.strip()
        if len(text) > LONGEST:
            raise AreaFaulty("export.area.too_many")
        shape = _box(text) if "(" not in text else _drawn(text)
        west, south, east, north = shape.bounds
        if west < -180 or east > 180 or south < -90 or north > 90:
            raise AreaFaulty("export.area.not_on_earth")
        written = text if "(" not in text else shapely.to_wkt(shape, rounding_precision=7)
        return cls(shape, written)


def _box(text: str) -> shapely.Geometry:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise AreaFaulty("export.area.unreadable") from None
    if not all(map(math.isfinite, (west, south, east, north))) or west >= east or south >= north:
        raise AreaFaulty("export.area.unreadable")
    return shapely.box(max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0))


def _drawn(text: str) -> shapely.Geometry:
    try:
        shape = shapely.from_wkt(text)
    except (shapely.GEOSException, ValueError):
        raise AreaFaulty("export.area.unreadable") from None
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or shape.has_z:
        raise AreaFaulty("export.area.unreadable")
    if shapely.get_num_coordinates(shape) > MOST_VERTICES:
        raise AreaFaulty("export.area.too_many")
    if not shape.is_valid:
        raise AreaFaulty("export.area.crosses_itself")
    return shape
