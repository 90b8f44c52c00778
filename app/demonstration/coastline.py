"""The coastline: TopoJSON's arcs, decoded far enough to say where land is."""

import json
from pathlib import Path

import numpy as np
import shapely


def land(path: Path, bounds: tuple[float, float, float, float]) -> shapely.Geometry:
    """The land within `bounds` (lon, lat of two corners, EPSG:4326) as `world-atlas` draws it, to about 400 m.

    Arcs are stored once and shared by neighbours: each is a list of steps on a grid, and a ring names the arcs it is
    made of, `~i` meaning arc i walked backwards.
    """
    topology = json.loads(path.read_text("utf-8"))
    scale, origin = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in topology["arcs"]]
    window = shapely.box(*bounds)
    parts = []
    for shape in topology["objects"]["land"]["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for rings in polygons:
            shell = _ring(rings[0], arcs)
            if len(shell) > 3 and shapely.box(*shell.min(axis=0), *shell.max(axis=0)).intersects(window):
                whole = shapely.Polygon(shell, [_ring(hole, arcs) for hole in rings[1:]])
                # cut first: mending a continent takes seconds, and only its near coast is asked for
                parts.append(shapely.make_valid(shapely.clip_by_rect(whole, *bounds)))
    return shapely.union_all(parts)


def _ring(numbers: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    """The vertices of a closed ring; arcs join at a shared vertex, which is kept once."""
    walked = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
    return np.vstack([arc if k == 0 else arc[1:] for k, arc in enumerate(walked)])
