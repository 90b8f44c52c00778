"""Counting what is common over parts of a table: the very snapshot that one process counts.

Each part writes its counts into buckets by the key's hash, each bucket is added up by itself, and only what a snapshot
keeps comes back. Keys keep the place at which they first stood, because where many are equally common the first are
kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.feather as feather

from geo import batches, candidates
from geo import parts as stored
from geo.evidence import frequencies as common
from geo.evidence import sites as columns
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import FORM_NONE, FORM_POINT, Sites
from geo.parts import Part

BUCKET_ROWS = 250_000
SAMPLED = 2_000
WORD, AMOUNT, STEP, SERIES = range(4)
_KEPT_FROM = {WORD: 3, AMOUNT: 3, STEP: 1, SERIES: common.SERIES_FROM}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the first look at a part tells: a sample of where its sites stand, how many each stands for, its works
    by region, and the regions with a work that has no point."""

    centres: np.ndarray
    stands_for: float
    regions: dict[str, int]
    bare: frozenset[str]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a snapshot keeps of one bucket: (what, key, n, first) and the crowded coordinates."""

    counts: pd.DataFrame
    crowded: frozenset[tuple[float, float]]


def buckets_for(parts: Sequence[Part]) -> int:
    return 1 + sum(part.rows for part in parts) // BUCKET_ROWS


def look(part: Part, folder: Path, buckets: int) -> Seen:
    """Read a part once: keep beside it what places its sites, and its counts in `buckets` (0: count nothing)."""
    frame = stored.read(part)
    table = columns.read(frame)
    region = _region_texts(frame)
    position = np.arange(part.first, part.first + part.rows)
    project = hashed(frame, position)
    bounds = candidates.shapely.bounds(table.geometry)
    placing = pd.DataFrame({"position": position, "west": bounds[:, 0], "south": bounds[:, 1], "east": bounds[:, 2],
                            "north": bounds[:, 3], "lon": table.lon, "lat": table.lat,
                            "own_m": candidates.own_m(table), "form": table.form, "project": project,
                            "region": region})
    batches.write_feather(placing, light_path(folder, part.number))
    if buckets:
        _write_counts(part, table, project, folder, buckets)
    placed = np.column_stack([table.lon, table.lat])[table.form != FORM_NONE]
    step = max(1, len(placed) // SAMPLED)
    known = region[region != ""]
    return Seen(placed[::step], len(placed) / max(len(placed[::step]), 1), known.value_counts().to_dict(),
                frozenset(region[(table.form == FORM_NONE) & (region != "")].unique()))


def light_path(folder: Path, number: int) -> Path:
    return folder / f"light-{number:05}.arrow"


def light(folder: Path, number: int) -> pd.DataFrame:
    return feather.read_feather(light_path(folder, number))


def hashed(frame: gpd.GeoDataFrame, position: pd.Series | np.ndarray) -> np.ndarray:
    """A number for each project, the same in every part; without projects each row, by its position, is its own."""
    if "project" not in frame:
        return np.asarray(position, np.uint64)
    return pd.util.hash_array(frame["project"].astype(str).to_numpy(object))


def _region_texts(frame: gpd.GeoDataFrame) -> pd.Series:
    """Codes as `sites.ids` compares them, '' for none."""
    codes = frame["region_code"] if "region_code" in frame else pd.Series([None] * len(frame), index=frame.index)
    plain = {code: " ".join(str(code).lower().split()) for code in codes.dropna().unique()}
    return codes.map(plain).fillna("").astype(str)


def _write_counts(part: Part, table: Sites, project: np.ndarray, folder: Path, buckets: int) -> None:
    row, slot = np.nonzero(table.tokens >= 0)
    words = pd.Series(np.bincount(table.tokens[row, slot], minlength=len(table.words)), index=table.words)
    known = table.amount[~np.isnan(table.amount)]
    counted = []
    for what, count in ((WORD, words), (AMOUNT, _occurrences(common._amount_keys(table.amount))),
                        (STEP, _occurrences(common._step(known).astype(str))),
                        (SERIES, _occurrences(common.series_keys(table)))):
        counted.append(pd.DataFrame({"what": np.int8(what), "key": count.index.astype(str),
                                     "n": count.to_numpy(np.int64)}))
    counts = pd.concat(counted, ignore_index=True)
    counts["first"] = part.number * (1 << 32) + np.arange(len(counts))
    point = table.form == FORM_POINT
    spots = pd.DataFrame({"lon": table.lon[point].round(6), "lat": table.lat[point].round(6),
                          "project": project[point]}).drop_duplicates()
    of_key = pd.util.hash_array(counts["key"].to_numpy(object)) % buckets
    of_spot = (pd.util.hash_array(spots["lon"].to_numpy()) ^ pd.util.hash_array(spots["lat"].to_numpy())) % buckets
    for bucket in range(buckets):
        batches.write_feather(counts[of_key == bucket].reset_index(drop=True),
                              folder / f"counts-{part.number:05}-{bucket:04}")
        batches.write_feather(spots[of_spot == bucket].reset_index(drop=True),
                              folder / f"spots-{part.number:05}-{bucket:04}")


def _occurrences(keys: Sequence[str] | np.ndarray) -> pd.Series:
    return pd.Series(keys, dtype=object).value_counts(sort=False)


def total(folder: Path, parts: int, bucket: int) -> Totals:
    """Add up one bucket over all parts."""
    counts = pd.concat([feather.read_feather(folder / f"counts-{number:05}-{bucket:04}") for number in range(parts)],
                       ignore_index=True)
    summed = counts.groupby(["what", "key"], sort=False).agg(n=("n", "sum"), first=("first", "min")).reset_index()
    kept = summed[summed["n"] >= summed["what"].map(_KEPT_FROM)]
    spots = pd.concat([feather.read_feather(folder / f"spots-{number:05}-{bucket:04}") for number in range(parts)],
                      ignore_index=True).drop_duplicates()
    works = spots.value_counts(["lon", "lat"])
    crowd = works[works >= candidates.CROWDED_FROM]
    return Totals(kept, frozenset((float(lon), float(lat)) for lon, lat in crowd.index))


def snapshot(works: int, totals: Sequence[Totals]) -> Frequencies:
    """The snapshot from all buckets; equal to `Frequencies.of` the whole table."""
    counts = pd.concat([one.counts for one in totals]).sort_values("first")
    by = {what: counts[counts["what"] == what].set_index("key")["n"] for what in _KEPT_FROM}
    return Frequencies(
        works, _whole(by[WORD].sort_values(ascending=False, kind="stable").head(common.KEPT_WORDS)),
        _whole(by[AMOUNT].sort_values(ascending=False, kind="stable").head(common.KEPT_AMOUNTS)),
        _whole(by[STEP]), _whole(by[SERIES]), frozenset().union(*(one.crowded for one in totals)))


def _whole(counts: pd.Series) -> dict[str, int]:
    return {str(key): int(n) for key, n in counts.items()}
