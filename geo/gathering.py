"""The pairs of all units together: each once, the best of two projects, sorted, and never all of them in memory.

Units write their pairs into buckets by the two projects; a bucket is settled by itself and written in order; the
buckets are then read side by side.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo import batches, duplicates

PROJECT_ROWS = 250_000
"""Works of a table whose pairs are settled together."""
READ_ROWS = 2_500
ENDS = ("id", "row", "year", "lon", "lat")
"""What a pair tells of each of its two works, before a name `left_` or `right_`."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A file of pairs in order, and how many somebody should look at."""

    path: Path
    rows: int
    flagged: int


def with_ends(pairs: pd.DataFrame, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """The pairs with what is written of the works at `left` and `right` (positions in the frame); lon, lat is a point
    on each."""
    ends, place = np.unique(pairs[["left", "right"]].to_numpy(np.int64), return_inverse=True)
    place = place.reshape(-1, 2)
    points = shapely.point_on_surface(np.asarray(frame.geometry.array, dtype=object)[ends])
    known = {"lon": shapely.get_x(points), "lat": shapely.get_y(points)}
    known |= {name: frame[name].to_numpy()[ends] for name in ENDS if name in frame}
    return pairs.assign(**{f"{side}_{name}": known[name][place[:, number]] for name in ENDS if name in known
                           for number, side in enumerate(("left", "right"))})


def known_by(pairs: pd.DataFrame, frame: gpd.GeoDataFrame, position: NDArray[np.int64], project: NDArray[np.uint64]
             ) -> pd.DataFrame:
    """A unit's pairs as they leave it: by position in the whole table, with their projects and their ends."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    return with_ends(pairs, frame).assign(left=position[left], right=position[right], left_project=project[left],
                                          right_project=project[right])


def bucket_of(pairs: pd.DataFrame, buckets: int) -> NDArray[np.int64]:
    a, b = pairs["left_project"].to_numpy(), pairs["right_project"].to_numpy()
    mixed = np.minimum(a, b) * np.uint64(0x9E3779B97F4A7C15) + np.maximum(a, b)
    return (pd.util.hash_array(mixed) % np.uint64(buckets)).astype(np.int64)


def settle(folder: Path, found: Sequence[tuple[Path, Sequence[int]]], bucket: int, every: bool,
           by: Mapping[str, bool]) -> Settled:
    """Task: the pairs of one bucket: the best site pair of two projects, however many units saw one, if listed.

    `by`: the columns to sort by -> whether ascending."""
    pairs = batches.read(found).to_pandas().drop_duplicates(["left", "right"])
    a, b = pairs["left_project"].to_numpy(), pairs["right_project"].to_numpy()
    key = [np.minimum(a, b), np.maximum(a, b)]
    pairs = pairs.assign(touching=pairs.groupby(key)["left"].transform("size").to_numpy(np.int32), _a=key[0],
                         _b=key[1]).sort_values(["score", "left", "right"], ascending=[False, True, True],
                                                kind="stable").drop_duplicates(["_a", "_b"])
    if not every:
        pairs = pairs[duplicates.listed(pairs)]
    pairs = ordered(pairs.drop(columns=["_a", "_b", "left_project", "right_project"]), by)
    path = folder / f"settled-{bucket:05}.arrow"
    with batches.Writer(path) as writer:
        rows = np.arange(len(pairs))
        writer.add(pairs, rows, rows // READ_ROWS)
    return Settled(path, len(pairs), int(duplicates.flagged(pairs).sum()))


def in_order(settled: Sequence[Settled], by: Mapping[str, bool]) -> Iterator[pd.DataFrame]:
    """All pairs in order, in pieces: some thousand of each bucket are held at a time."""
    waiting = [_Waiting(one, by) for one in settled if one.rows]
    while waiting:
        # up to the least of the last ones read, nothing that is still to be read can come before
        bound = min(one.last for one in waiting)
        yield ordered(pd.concat([one.up_to(bound) for one in waiting], ignore_index=True), by)
        waiting = [one for one in waiting if one.more()]


class _Waiting:
    """One bucket's pairs, read batch by batch."""

    def __init__(self, settled: Settled, by: Mapping[str, bool]) -> None:
        self._path, self._by = settled.path, by
        self._left = list(range(-(-settled.rows // READ_ROWS)))
        self._read()

    def _read(self) -> None:
        self._pairs = batches.read([(self._path, [self._left.pop(0)])]).to_pandas()
        # keys are compared as tuples: numbers are negated where the order descends, and a text that is missing is last
        self._keys = list(zip(*(_comparable(self._pairs[name], up) for name, up in self._by.items()), strict=True))

    @property
    def last(self) -> tuple:
        return self._keys[-1]

    def up_to(self, bound: tuple) -> pd.DataFrame:
        end = bisect_right(self._keys, bound)
        taken, self._pairs, self._keys = self._pairs.iloc[:end], self._pairs.iloc[end:], self._keys[end:]
        return taken

    def more(self) -> bool:
        if not self._keys and self._left:
            self._read()
        return bool(self._keys)


def _comparable(column: pd.Series, ascending: bool) -> list:
    if pd.api.types.is_numeric_dtype(column):
        return (column if ascending else -column).tolist()
    return column.fillna(chr(0x10FFFF)).tolist()


def ordered(pairs: pd.DataFrame, by: Mapping[str, bool]) -> pd.DataFrame:
    """The pairs sorted by columns -> whether ascending."""
    return pairs.sort_values(list(by), ascending=list(by.values()), kind="stable").reset_index(drop=True)


def found_path(folder: Path, unit: int) -> Path:
    return folder / f"pairs-{unit:06}.arrow"


def found_in(places: Sequence[batches.Places], numbers: Sequence[int], folder: Path
             ) -> dict[int, list[tuple[Path, list[int]]]]:
    """Bucket -> where the units of these numbers wrote it."""
    buckets = sorted(set().union(*places))
    return {bucket: [(found_path(folder, number), where[bucket])
                     for number, where in zip(numbers, places, strict=True) if bucket in where] for bucket in buckets}
