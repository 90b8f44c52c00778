"""Which village holds a site, and how far it stands outside the claimed one.

Real borders overlap and leave slits, and a position has an accuracy: a site in the claimed village is inside it, also
when a neighbour's border reaches over it too; one in a slit between borders, or off by no more than its accuracy, is
no alarm. Against approximate borders nothing is said at all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from geo import crs
from geo.boundaries import RegionsRead, read

__all__ = ["Placed", "Regions", "RegionsRead", "read"]

Standing = Literal["inside", "within_accuracy", "outside", "unknown"]
SLIT_M = 150.0
ON_BORDER_M = 0.05
_TITLES = re.compile(r"^(desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab|kota|lurah)\b\.?\s*")


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
        self._shapes = np.array(self.frame.geometry.array, dtype=object)
        self._approximate = self.frame["approximate"].to_numpy(dtype=bool)
        self._villages = np.flatnonzero((self.frame["level"] == "village").to_numpy())
        self._tree = shapely.STRtree(self._shapes[self._villages])
        self._names: dict[str, list[str]] = {}
        for code, name in self.frame.loc[self._villages, ["code", "name"]].itertuples(index=False):
            self._names.setdefault(plain_name(name), []).append(code)

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
        return self.frame.at[self._at[code], "name"] if code in self._at else None

    def parent_of(self, code: str) -> str | None:
        return self.frame.at[self._at[code], "parent"] if code in self._at else None

    def is_approximate(self, code: str) -> bool | None:
        """Whether the borders of this region are only near the truth; None for an unknown code."""
        return bool(self._approximate[self._at[code]]) if code in self._at else None

    def village_of(self, points: ArrayLike) -> NDArray[np.object_]:
        """Code of the village that holds the middle of each geometry (EPSG:4326); None for none and for no geometry.

        Where borders overlap the village in which it lies deepest has it; in a slit the nearest within SLIT_M has it.
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
        return found

    def outside_m(self, points: ArrayLike, codes: Sequence[str | None]) -> NDArray[np.float64]:
        """Metres from each geometry to the region of its code: 0 inside, touching, or in a slit beside it; NaN where
        the code or the geometry is missing or unknown, or the borders are approximate."""
        shapes, out = _array(points), np.full(len(codes), np.nan)
        rows_of: dict[int, list[int]] = {}
        for k, code in enumerate(codes):
            at = self._at.get(code)
            if at is not None and shapes[k] is not None and not self._approximate[at]:
                rows_of.setdefault(at, []).append(k)
        for at, rows in rows_of.items():
            region = self._shapes[at]
            shapely.prepare(region)
            mine = shapes[rows]
            far = ~shapely.intersects(region, mine)
            out[rows] = 0.0
            if far.any():
                # one frame for the village: an error of 1 in 10,000 does not matter to a distance to a border
                middle = region.centroid
                [there] = crs.to_metres([region], middle.x, middle.y)
                out[np.array(rows)[far]] = shapely.distance(there, crs.to_metres(mine[far], middle.x, middle.y))
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
        where no village is called exactly so, by one letter. `district` is a name or a code and narrows them."""
        wanted = plain_name(name)
        codes = list(self._names.get(wanted, []))
        if not codes and len(wanted) >= 5:
            distance = DamerauLevenshtein.distance
            near = process.extract(wanted, self._names.keys(), scorer=distance, score_cutoff=1, limit=None)
            codes = sorted(code for found, _, _ in near for code in self._names[found])
        if district and codes:
            asked = plain_name(district)
            codes = [code for code in codes if self._is_in(code, asked, district)]
        return codes

    def _is_in(self, code: str, asked: str, district: str) -> bool:
        parent = self.parent_of(code)
        called = plain_name(self.name_of(parent) or "")
        return parent == district.strip() or called == asked or (
            len(asked) >= 5 and DamerauLevenshtein.distance(called, asked, score_cutoff=1) <= 1)

    def _in_a_village(self, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
        inside = np.zeros(len(shapes), dtype=bool)
        if len(self._villages):
            inside[self._tree.query(_middles(shapes), predicate="intersects")[0]] = True
        return inside


def plain_name(name: str) -> str:
    """A region's name for comparing: lower case, without title, blanks and marks.

    >>> plain_name("Ds. Sumber Agung"), plain_name("SUMBERAGUNG")
    ('sumberagung', 'sumberagung')
    """
    text = " ".join(re.sub(r"[^a-z0-9.]+", " ", name.lower()).split())
    short = _TITLES.sub("", text)
    return re.sub(r"[^a-z0-9]", "", short or text)


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
