"""Blocking: which pairs are worth comparing.

Pairs whose geometries come within `tolerance_m` of each other, whatever their type. Boxes in degrees give a
superset, metres in the frame at the pair's midpoint decide. Where a place says nothing (no point at all, or one
coordinate shared by many works, such as the village office) words and money choose instead: `geo.blocks`.
"""

from collections.abc import Hashable, Iterable, Iterator

import numpy as np
import pandas as pd
import rtree
import shapely
from numpy.typing import ArrayLike, NDArray

from geo import crs
from geo.compiled.segments import Shapes
from geo.evidence.between import distance_m
from geo.evidence.frequencies import spots
from geo.evidence.sites import FORM_NONE, Sites, unwrapped
from geo.schema import CATEGORIES, CATEGORY

MAX_ACCURACY_M = 100.0
"""A position known no better than this does not reach further: it would meet the whole village."""
UNKNOWN_ACCURACY_M = 5.0
UNKNOWN_REACH_M = 30.0
CROWDED_FROM = 12
"""Sites on one coordinate from which the coordinate says nothing: nobody builds twelve works on one spot."""
CHUNK = 500_000
MANY = 5_000
"""Sites from which a compiled join pays for loading its compiler."""

_REACH_M = np.array([category.reach_m for category in CATEGORIES] + [UNKNOWN_REACH_M])


def _reach_m(category: ArrayLike) -> NDArray[np.float64]:
    """Metres a kind of work reaches, from codes of `schema.CATEGORIES` or their positions (-1, None: not known)."""
    codes = np.atleast_1d(np.asarray(category))
    if codes.dtype.kind in "iu":
        return _REACH_M[codes]
    return np.array([CATEGORY[one].reach_m if one in CATEGORY else UNKNOWN_REACH_M for one in codes], float)


def _off_m(accuracy: ArrayLike) -> NDArray[np.float64]:
    """Metres a position may be off: bounded, and a usual value where nobody said."""
    off = np.atleast_1d(np.asarray(accuracy, dtype=np.float64))
    return np.clip(np.where(np.isnan(off), UNKNOWN_ACCURACY_M, off), 0.0, MAX_ACCURACY_M)


def tolerance_m(category_a: ArrayLike, category_b: ArrayLike, accuracy_a: ArrayLike, accuracy_b: ArrayLike
                ) -> NDArray[np.float64]:
    """How far apart two records of one work may stand, metres, aligned arrays (or scalars) in, array out.

    >>> tolerance_m("housing", "housing", 5, float("nan"))
    array([25.])
    """
    return np.maximum(_reach_m(category_a), _reach_m(category_b)) + _off_m(accuracy_a) + _off_m(accuracy_b)


def search_m(category: ArrayLike, accuracy: ArrayLike) -> NDArray[np.float64]:
    """The largest tolerance a site can have with any partner: how far an index must be asked."""
    return np.maximum(_reach_m(category), _REACH_M.max()) + _off_m(accuracy) + MAX_ACCURACY_M


def own_m(sites: Sites) -> NDArray[np.float64]:
    """Each site's half of the tolerance: two boxes grown by it meet whenever the pair is a candidate."""
    return _reach_m(sites.category) + _off_m(sites.accuracy_m)


def grown(bounds: NDArray[np.float64], by_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes [n, 4] in degrees grown by metres; a degree is taken at the box's end nearer to the pole."""
    polar = np.minimum(np.maximum(np.abs(bounds[:, 1]), np.abs(bounds[:, 3])) + 0.01, 89.9)
    east_m, _ = crs.degrees_m(polar)
    _, north_m = crs.degrees_m(np.zeros_like(polar))
    dx, dy = 1.001 * by_m / east_m, 1.001 * by_m / north_m
    return bounds + np.column_stack([-dx, -dy, dx, dy])


def crowded(lon: NDArray[np.float64], lat: NDArray[np.float64], point: NDArray[np.bool_],
            project: NDArray[np.int64]) -> NDArray[np.int64]:
    """The crowd each point stands in: an id where `CROWDED_FROM` works or more share its coordinate, else -1."""
    crowd = np.full(len(lon), -1, np.int64)
    where = np.flatnonzero(point)
    spot, _ = pd.factorize(spots(lon[where], lat[where]))
    many = (np.bincount(spot, minlength=1) >= CROWDED_FROM)[spot] if len(spot) else np.zeros(0, bool)
    where, spot = where[many], spot[many]
    if len(where):
        one_each = ~pd.DataFrame({"spot": spot, "project": project[where]}).duplicated().to_numpy()
        works = np.bincount(spot[one_each])
        crowd[where] = np.where(works[spot] >= CROWDED_FROM, spot, -1)
    return crowd


def near(sites: Sites, among: NDArray[np.int64] | None = None, many: int = MANY) -> NDArray[np.int64]:
    """Pairs [m, 2] of sites of different projects within their tolerance, left < right, sorted; from `many` sites on
    found by the compiled join."""
    members = np.flatnonzero(sites.form != FORM_NONE) if among is None else among
    if len(members) < 2:
        return np.empty((0, 2), np.int64)
    if len(members) < many:
        bounds = sites.shapes.bounds[sites.row[members]]
        owner, boxes = _turned(members, grown(bounds, own_m(sites)[members]))
        left, right = shapely.STRtree(shapely.box(*boxes.T)).query(shapely.box(*boxes.T))
        return sorted_pairs(within(sites, np.column_stack([owner[left], owner[right]])[left < right]))
    from geo.compiled import join

    taken = len(sites) != len(sites.shapes.geometry) or (sites.row[1:] <= sites.row[:-1]).any()
    shapes = Shapes(sites.geometry) if taken else sites.shapes
    return join.near(shapes.segments, shapes.bounds, members, _reach_m(sites.category), _off_m(sites.accuracy_m),
                     sites.project)


def _turned(members: NDArray[np.int64], boxes: NDArray[np.float64]
            ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Boxes near the antimeridian stand a second time on its other side."""
    east, west = boxes[:, 2] >= 180, boxes[:, 0] <= -180
    turn = np.array([360.0, 0.0, 360.0, 0.0])
    return (np.concatenate([members, members[east], members[west]]),
            np.concatenate([boxes, boxes[east] - turn, boxes[west] + turn]))


def around(sites: Sites, shapes: NDArray, reach_m: NDArray[np.float64], among: NDArray[np.int64]
           ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of few shapes (positions) those that sites `among` may be near, and these sites: what `Index.near` gives for each
    shape, in its order, without an index of all sites."""
    which, boxes = _turned(np.arange(len(shapes)), grown(shapely.bounds(shapes), reach_m))
    tree, found = shapely.STRtree(shapely.box(*boxes.T)), []
    bounds, own = sites.shapes.bounds[sites.row], own_m(sites)
    for start in range(0, len(among), CHUNK):
        part = among[start:start + CHUNK]
        owner, theirs = _turned(part, grown(bounds[part], own[part]))
        member, met = tree.query(shapely.box(*theirs.T))
        found.append(np.column_stack([which[met], owner[member]]))
    both = np.unique(np.concatenate(found), axis=0) if found else np.empty((0, 2), np.int64)
    return both[:, 0], both[:, 1]


def within(sites: Sites, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the pairs whose geometries are within tolerance, and not of one project."""
    pairs = pairs[sites.project[pairs[:, 0]] != sites.project[pairs[:, 1]]]
    kept = []
    for start in range(0, len(pairs), CHUNK):
        part = pairs[start:start + CHUNK]
        left, right = sites.take(part[:, 0]), sites.take(part[:, 1])
        reach = tolerance_m(left.category, right.category, left.accuracy_m, right.accuracy_m)
        kept.append(part[distance_m(left, right) <= reach])
    return np.concatenate(kept) if kept else np.empty((0, 2), np.int64)


def sorted_pairs(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each pair once, the smaller position first, in order."""
    if not len(pairs):
        return np.empty((0, 2), np.int64)
    small, large = np.minimum(pairs[:, 0], pairs[:, 1]), np.maximum(pairs[:, 0], pairs[:, 1])
    size = int(large.max()) + 1
    both = np.sort(small * size + large)
    both = both[np.concatenate([[True], both[1:] != both[:-1]])]
    small = both // size
    return np.column_stack([small, both - small * size])


class Index:
    """Sites by place, for a set that changes: rows of an upload against each other, a proposal, a notebook.

    Answers supersets from an R-tree of grown boxes, as `near` does from its packed tree; the caller's measuring
    decides. Keys are integers (positions of sites).
    """

    def __init__(self, entries: Iterable[tuple[int, shapely.Geometry, float]] = ()) -> None:
        self._boxes: dict[int, list[tuple[float, ...]]] = {}
        self._tree = rtree.index.Index(self._stream(entries)) if entries else rtree.index.Index()

    @classmethod
    def of(cls, sites: Sites, among: NDArray[np.int64] | None = None) -> "Index":
        """An index of the sites that have a geometry, loaded in one go."""
        members = np.flatnonzero(sites.form != FORM_NONE) if among is None else among
        reach = own_m(sites)[members]
        if not len(members):
            return cls()
        return cls(zip(members.tolist(), sites.geometry[members], reach.tolist(), strict=True))

    def __len__(self) -> int:
        return len(self._boxes)

    def add(self, key: int, geometry: shapely.Geometry, reach_m: float) -> None:
        """`reach_m` is the site's own half of the tolerance (`own_m`)."""
        if key in self._boxes:
            self.remove(key)
        for number, box, _ in self._stream([(key, geometry, reach_m)]):
            self._tree.insert(number, box)

    def remove(self, key: int) -> None:
        for box in self._boxes.pop(key, []):
            self._tree.delete(key, box)

    def near(self, geometry: shapely.Geometry | None, reach_m: float) -> NDArray[np.int64]:
        """Keys of the sites whose grown boxes meet this one's: a superset of those within tolerance, in order."""
        keys: set[Hashable] = set()
        for box in _boxes(geometry, reach_m):
            keys.update(self._tree.intersection(box))
        return np.array(sorted(keys), dtype=np.int64)

    def _stream(self, entries: Iterable[tuple[int, shapely.Geometry, float]]
                ) -> Iterator[tuple[int, tuple[float, ...], None]]:
        for key, geometry, reach_m in entries:
            self._boxes[key] = _boxes(geometry, reach_m)
            for box in self._boxes[key]:
                yield key, box, None


def _boxes(geometry: shapely.Geometry | None, reach_m: float) -> list[tuple[float, ...]]:
    shape = unwrapped(np.array([geometry], dtype=object))
    if shape[0] is None:
        return []
    box = grown(shapely.bounds(shape), np.array([reach_m]))
    return [tuple(one) for one in _turned(np.zeros(1, np.int64), box)[1].tolist()]
