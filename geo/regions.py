"""Which village holds a site, and how far it stands outside the claimed one.

Real borders overlap and leave slits, and a position has an accuracy: a site in the claimed village is inside it, also
when a neighbour's border reaches over it too; one in a slit between borders, or off by no more than its accuracy, is
no alarm. Against approximate borders nothing is said at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo import crs
from geo.borders import FAR_PART_M
from geo.boundaries import RegionsRead, read
from geo.region_names import alike, nearest, plain_name

__all__ = ["Placed", "Regions", "RegionsRead", "plain_name", "read"]

Standing = Literal["inside", "within_accuracy", "outside", "unknown"]
SLIT_M = 150.0
ON_BORDER_M = 0.05


@dataclass(frozen=True, slots=True)
class Placed:
    """Aligned with the sites asked about: `found` the village that holds each (code or None), `outside_m` metres
    outside the claimed region (0 inside; NaN not known), `standing` in words of `Standing`."""

    found: NDArray[np.object_]
    outside_m: NDArray[np.float64]
    standing: NDArray[np.object_]


class Regions:
    """An immutable set of regions in memory, with an index."""

    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        self.frame = frame.reset_index(drop=True)
        self._at = {code: k for k, code in enumerate(self.frame["code"])}
        self._called, self._parents = list(self.frame["name"]), list(self.frame["parent"])
        self._shapes = np.array(self.frame.geometry.array, dtype=object)
        self._approximate = self.frame["approximate"].to_numpy(dtype=bool)
        self._villages = np.flatnonzero((self.frame["level"] == "village").to_numpy())
        self._tree = shapely.STRtree(self._shapes[self._villages])
        self._names: dict[str, list[str]] = {}
        for code, name in self.frame.loc[self._villages, ["code", "name"]].itertuples(index=False):
            self._names.setdefault(plain_name(name), []).append(code)
        self._above: dict[str, list[tuple[str, str]]] = {"district": [], "regency": []}
        for code, name, level in self.frame[["code", "name", "level"]].itertuples(index=False):
            if level in self._above:
                self._above[level].append((code, plain_name(name)))

    @classmethod
    def from_frame(cls, frame: gpd.GeoDataFrame) -> "Regions":
        """From `code, name, level (village|district|regency), parent, approximate, geometry` in EPSG:4326."""
        return cls(frame)

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, code: object) -> bool:
        return code in self._at

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all regions in degrees; None when there are none."""
        return tuple(float(edge) for edge in self.frame.total_bounds) if len(self.frame) else None

    def name_of(self, code: str) -> str | None:
        return self._called[self._at[code]] if code in self._at else None

    def parent_of(self, code: str) -> str | None:
        return self._parents[self._at[code]] if code in self._at else None

    def is_approximate(self, code: str) -> bool | None:
        """Whether the borders of this region are only near the truth; None for an unknown code."""
        return bool(self._approximate[self._at[code]]) if code in self._at else None

    def village_of(self, points: ArrayLike) -> NDArray[np.object_]:
        """Code of the village that holds each geometry (EPSG:4326), of a line or an area the greater part; None for
        none and for no geometry.

        Where borders overlap the village in which a point lies deepest has it; in a slit the nearest within SLIT_M.
        """
        shapes = _array(points)
        found = np.full(len(shapes), None, dtype=object)
        if not len(self._villages):
            return found
        middles = _middles(shapes)
        site, village = self._tree.query(middles, predicate="intersects")
        deep = np.full(len(shapes), -1.0)
        codes = self.frame["code"].to_numpy()[self._villages]
        several = np.bincount(site, minlength=len(shapes)) > 1
        for k, j in zip(site, village, strict=True):
            depth = shapely.distance(middles[k], self._shapes[self._villages[j]].boundary) if several[k] else 0.0
            if depth > deep[k]:
                deep[k], found[k] = depth, codes[j]
        alone = np.flatnonzero((deep < 0) & ~shapely.is_missing(middles))
        if len(alone):
            asked, near = self._tree.query_nearest(middles[alone], max_distance=2 * SLIT_M / 110_000, all_matches=False)
            away_m = crs.distance_m(middles[alone[asked]], self._shapes[self._villages[near]])
            for k, j, far_m in zip(alone[asked], near, away_m, strict=True):
                if far_m <= SLIT_M:
                    found[k] = codes[j]
        for k, j in self._greater_part(shapes):
            found[k] = codes[j]
        return found

    def _greater_part(self, shapes: NDArray[np.object_]) -> list[tuple[int, int]]:
        """For lines and areas, the place of each and of the village with most of it."""
        wide = np.flatnonzero(shapely.get_dimensions(shapes) > 0)
        if not len(wide):
            return []
        mine = _valid(shapes[wide])
        site, village = self._tree.query(mine, predicate="intersects")
        sizes = _size(shapely.intersection(mine[site], self._shapes[self._villages[village]]))
        best: dict[int, tuple[float, int]] = {}
        for k, j, size in zip(site, village, sizes, strict=True):
            if size > best.get(k, (0.0, 0))[0]:
                best[k] = size, j
        return [(int(wide[k]), j) for k, (_, j) in best.items()]

    def share_inside(self, points: ArrayLike, codes: Sequence[str | None]) -> NDArray[np.float64]:
        """How much of each line or area lies inside the region of its code, 0 to 1; NaN for points and where the code
        or the geometry is missing or unknown."""
        shapes, out = _array(points), np.full(len(codes), np.nan)
        rows = np.array([k for k, code in enumerate(codes) if code in self._at and shapes[k] is not None
                         and shapely.get_dimensions(shapes[k]) > 0], dtype=int)
        if len(rows):
            mine = _valid(shapes[rows])
            regions = self._shapes[[self._at[codes[k]] for k in rows]]
            with np.errstate(invalid="ignore", divide="ignore"):
                out[rows] = _size(shapely.intersection(mine, regions)) / _size(mine)
        return out

    def outside_m(self, points: ArrayLike, codes: Sequence[str | None], *,
                  even_approximate: bool = False) -> NDArray[np.float64]:
        """Metres from each geometry to the region of its code: 0 inside, touching, or in a slit beside it; NaN where
        the code or the geometry is missing or unknown, or the borders are approximate and these are not wanted.

        A line or an area that reaches farther out than `FAR_PART_M` is as far outside as its farthest vertex: a part
        inside proves nothing about the rest."""
        shapes, out = _array(points), np.full(len(codes), np.nan)
        rows_of: dict[int, list[int]] = {}
        for k, code in enumerate(codes):
            at = self._at.get(code)
            if at is not None and shapes[k] is not None and (even_approximate or not self._approximate[at]):
                rows_of.setdefault(at, []).append(k)
        for at, rows in rows_of.items():
            region = self._shapes[at]
            shapely.prepare(region)
            mine = shapes[rows]
            far = ~shapely.intersects(region, mine)
            out[rows] = 0.0
            if far.any():
                out[np.array(rows)[far]] = _away_m(region, mine[far])
            for k in np.flatnonzero((shapely.get_dimensions(mine) > 0) & ~shapely.contains(region, mine)):
                farthest_m = float(_away_m(region, shapely.points(shapely.get_coordinates(mine[k]))).max())
                if farthest_m > FAR_PART_M:
                    out[rows[k]] = farthest_m
        out[out < ON_BORDER_M] = 0.0
        near = np.flatnonzero((out > 0) & (out <= SLIT_M))
        if len(near):
            out[near[~self._in_a_village(shapes[near])]] = 0.0
        return out

    def place(self, points: ArrayLike, codes: Sequence[str | None], accuracy_m: ArrayLike = np.nan) -> Placed:
        """Where each site stands: in which village, and how it agrees with the claimed one.

        The claimed village wins wherever it can: inside it, in a slit beside it, or off by no more than `accuracy_m`.
        """
        shapes = _array(points)
        outside_m, found = self.outside_m(shapes, codes), self.village_of(shapes)
        accuracy_m = np.nan_to_num(np.broadcast_to(np.asarray(accuracy_m, dtype=float), outside_m.shape), nan=0.0)
        claimed = np.array(list(codes), dtype=object)
        standing = np.full(len(shapes), "unknown", dtype=object)
        standing[outside_m == 0] = "inside"
        standing[(outside_m > 0) & (outside_m <= accuracy_m)] = "within_accuracy"
        standing[outside_m > accuracy_m] = "outside"
        village = np.array([code in self._at and len(code) > 8 for code in claimed], dtype=bool)
        agrees = village & np.isin(standing, ["inside", "within_accuracy"])
        found[agrees] = claimed[agrees]
        return Placed(found, outside_m, standing)

    def inside(
        self, points: ArrayLike, codes: Sequence[str | None], accuracy_m: ArrayLike = np.nan
    ) -> NDArray[np.object_]:
        """True, False, or None: *tidak dapat dipastikan* (approximate borders, unknown code, no geometry)."""
        answer = {"inside": True, "within_accuracy": True, "outside": False, "unknown": None}
        return np.array([answer[one] for one in self.place(points, codes, accuracy_m).standing], dtype=object)

    def by_name(self, name: str, district: str | None = None) -> list[str]:
        """Codes of the villages of this name, all of them: names repeat. Spelling may differ by blanks, titles and,
        where no village is called exactly so, by as many letters as its length allows. `district` is a name or a
        code and narrows them."""
        wanted = plain_name(name)
        exact = list(self._names.get(wanted, []))
        if exact:
            return [code for code in exact if self._is_in(code, district)] if district else exact
        if not district:
            return sorted(code for found in nearest(wanted, self._names) for code in self._names[found])
        within = {found: mine for found, codes in self._names.items()
                  if (mine := [code for code in codes if self._is_in(code, district)])}
        return sorted(code for found in nearest(wanted, within) for code in within[found])

    def above_by_name(self, name: str, level: str) -> list[str]:
        """Codes of the districts or regencies of this name or code; the text may go on with the province's name."""
        wanted, given = plain_name(name), name.strip()
        known = self._above[level]
        found = [code for code, called in known if called == wanted or code == given]
        return found or [code for code, called in known if alike(called, wanted) or (
            len(called) > 4 and wanted.startswith(called))]

    def knows_names(self, level: str) -> bool:
        """Whether districts or regencies have names here; a file of villages alone gives them their codes only."""
        return any(called != plain_name(code) for code, called in self._above[level])

    def _is_in(self, code: str, district: str) -> bool:
        """A district without a name may be any."""
        parent = self.parent_of(code)
        called = (self.name_of(parent) if parent else None) or ""
        return called in ("", parent) or parent == district.strip() or alike(plain_name(called), plain_name(district))

    def _in_a_village(self, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
        inside = np.zeros(len(shapes), dtype=bool)
        if len(self._villages):
            inside[self._tree.query(_middles(shapes), predicate="intersects")[0]] = True
        return inside


def _away_m(region: shapely.Geometry, shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """In one frame for the region: an error of 1 in 10,000 does not matter to a distance to a border."""
    middle = region.centroid
    [there] = crs.to_metres([region], middle.x, middle.y)
    return shapely.distance(there, crs.to_metres(shapes, middle.x, middle.y))


def _array(points: ArrayLike) -> NDArray[np.object_]:
    shapes = np.array(points, dtype=object, ndmin=1, copy=True)
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def _middles(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """A point on each geometry: halfway along a line, within an area, None for None."""
    kinds = shapely.get_type_id(shapes)
    middles = shapely.point_on_surface(shapes)
    middles[kinds == 1] = shapely.line_interpolate_point(shapes[kinds == 1], 0.5, normalized=True)
    middles[shapely.is_missing(shapes)] = None
    return middles


def _valid(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The same geometries, those that cross themselves mended: only to measure what they share with a region."""
    mended = shapes.copy()
    broken = ~shapely.is_valid(shapes)
    mended[broken] = shapely.make_valid(shapes[broken])
    return mended


def _size(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Area of areas, length of lines, in degrees: only ever compared within one geometry."""
    return np.where(shapely.get_dimensions(shapes) > 1, shapely.area(shapes), shapely.length(shapes))
