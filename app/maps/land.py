"""Land and sea without a basemap: Natural Earth's land around an installation, as GeoJSON.

It lies under the regions and is coarse (some hundred metres along the shore): nothing is ever decided by it.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely

from app.maps.assets import LAND, VENDOR, AssetMissing

AROUND_DEG = 3.0
NARROW_DEG = 0.03
OVER_DEG = 0.0015  # neighbours reach a little under our own land, so that no gap looks like a river


@lru_cache(maxsize=4)
def land(bounds: tuple[float, float, float, float], vendor: Path = VENDOR) -> dict:
    """The land within `bounds` (west, south, east, north, EPSG:4326) and three degrees around, one feature.

    Raises AssetMissing where the file was never installed.
    """
    west, south, east, north = bounds
    box = (west - AROUND_DEG, south - AROUND_DEG, east + AROUND_DEG, north + AROUND_DEG)
    near = [part for part in _polygons(vendor / LAND) if part.intersects(shapely.box(*box))]
    clipped = shapely.union_all([shapely.clip_by_rect(shapely.make_valid(part), *box) for part in near])
    rounded = shapely.set_precision(clipped, 1e-4)
    return {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(rounded)}


def with_regions(around: dict, own: shapely.Geometry) -> dict:
    """The coarse land without the slivers that lie between its shore and that of `own`, the land of our regions.

    What remains touches our regions where a neighbour does; a strip narrower than some kilometres along our shore is
    sea that Natural Earth draws too coarsely.
    """
    rest = shapely.difference(shapely.geometry.shape(around["geometry"]), own)
    broad = shapely.buffer(shapely.buffer(rest, -NARROW_DEG), NARROW_DEG * 1.2)
    neighbours = shapely.buffer(shapely.intersection(rest, broad), OVER_DEG, join_style="mitre")
    kept = shapely.set_precision(shapely.union(neighbours, own), 1e-4)
    return {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(kept)}


def _polygons(file: Path) -> Iterable[shapely.Polygon]:
    """Decode the one object of a TopoJSON file: shared arcs, delta-encoded on a grid."""
    if not file.is_file():
        raise AssetMissing(f"{LAND} is not installed under {VENDOR.name}/")
    topology = json.loads(file.read_text("utf-8"))
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(indices: list[int]) -> np.ndarray:
        parts = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indices]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    (collection,) = topology["objects"].values()
    for geometry in collection["geometries"]:
        groups = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for rings in groups:
            yield shapely.Polygon(ring(rings[0]), [ring(hole) for hole in rings[1:]])
