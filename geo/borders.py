"""Borders and their neighbours: rings that are broken, parts that belong together, villages that overlap."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from geo import crs
from geo.sentences import Sentence
from geo.tables import Problem

HOLE_M2 = 50_000.0
RING_FAULTS = (("ring self-intersection", "touch"), ("self-intersection", "self"), ("too few", "few"),
               ("hole", "holes"), ("nested shells", "shells"), ("duplicate rings", "shells"),
               ("disconnected", "disconnected"), ("coordinate", "coordinate"))
MOSTLY = 0.5
FAR_PART_M = 1_000.0
"""Roads lead to the next village: one that touches its own is inside it, if no part is farther out than this."""
WRONG_SHARE = 0.25
"""Neighbours that share more than this of the smaller one do not merely meet unclearly: one of them is wrong."""


def why_broken(shape: shapely.Geometry) -> str:
    """The id of the words for what GEOS finds wrong with a shape."""
    reason = shapely.is_valid_reason(shape).lower()
    return next((f"ring.{name}" for sign, name in RING_FAULTS if sign in reason), "ring.other")


def joined(shapes: Sequence[shapely.Geometry]) -> shapely.MultiPolygon:
    """One shape of several; the slits between borders that do not quite meet are closed."""
    whole = shapely.union_all(np.array(shapes, dtype=object))
    middle = whole.centroid
    east_m, north_m = (float(metres) for metres in crs.degrees_m(middle.y))
    parts = []
    for part in shapely.get_parts(whole):
        holes = [hole for hole in part.interiors if shapely.Polygon(hole).area * east_m * north_m > HOLE_M2]
        parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(parts)


def compare(villages: Sequence[Mapping], numbers: Mapping[str, int], repairs: list[Sentence],
            problems: list[Problem]) -> None:
    """Borders of neighbours that cross a little are kept as they are, and counted in `repairs`; two villages of which
    one covers much of the other are a problem of the later row (`numbers` gives the row of a code)."""
    shapes = np.array([village["geometry"] for village in villages], dtype=object)
    if not len(shapes):
        return
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    east_m, north_m = crs.degrees_m(shapely.get_y(shapely.centroid(shapes[left])))
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    hectares = shared * east_m * north_m / 10_000
    much = shared > WRONG_SHARE * smaller
    for at in np.flatnonzero(much):
        one, other = sorted((villages[left[at]], villages[right[at]]), key=lambda village: numbers[village["code"]])
        problems.append(Problem(numbers[other["code"]], None, other["code"], Sentence("regions.overlaps_much", {
            "name": other["name"], "other": one["name"], "hectares": round(float(hectares[at]), 1),
            "share": round(float(shared[at] / smaller[at]), 3)})))
    if count := int(((hectares > 0.0001) & ~much).sum()):
        at = int(np.where(much, 0, hectares).argmax())
        names = f"{villages[left[at]]['name']} - {villages[right[at]]['name']}"
        repairs.append(Sentence("regions.overlaps_kept", {"count": count, "hectares": round(float(hectares[at]), 1),
                                                          "names": names}))
