"""Places with too many works for one process, divided by what chooses their pairs.

In a region or a crowd only works that share a name, a rare word, an amount or a corner are compared (`geo.blocks`).
So each such key goes to one share of the place with all the works that have it; a key that chooses nobody goes
nowhere. What a share finds is what the whole place would find by its keys; a pair found by several is put right when
all pairs are gathered.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.feather as feather
import pyarrow.parquet as pq
from numpy.typing import NDArray

from geo import batches, blocks
from geo import parts as stored
from geo.evidence import sites as columns
from geo.parts import Part

BUCKET_ROWS = 250_000
"""Works of a place whose keys are counted together."""
BUCKETS = 1 << 16


def tell(part: Part, folder: Path, rows: NDArray[np.int64], units: NDArray[np.int64], divided: Mapping[int, int]
         ) -> batches.Places:
    """Write what chooses pairs among rows of a part in each divided unit; bucket of a unit's keys -> batches."""
    with batches.Writer(_told_path(folder, part.number)) as writer:
        for unit, size in divided.items():
            mine = np.unique(rows[units == unit])
            if not len(mine):
                continue
            table = columns.read(stored.unpacked(pq.read_table(part.path).take(mine)))
            for owner, key, bound in blocks.entries(table, np.arange(len(mine))):
                told = pd.DataFrame({"row": mine[owner], "key": key, "bound": np.int32(bound or 0)})
                bucket = (key % np.uint64(1 + size // BUCKET_ROWS)).astype(np.int64)
                writer.add(told, np.arange(len(told)), unit * BUCKETS + bucket)
    return writer.places


def divide(folder: Path, told: Sequence[tuple[Path, Sequence[int]]], bucket: int, unit_rows: int) -> int:
    """Task: the shares of one bucket of keys over all parts, each of some `unit_rows` works; how many there are."""
    entries = batches.read(told)
    counted = entries.select(["key", "bound"]).to_pandas().value_counts(["key", "bound"]).reset_index()
    n, bound = counted["count"].to_numpy(), counted["bound"].to_numpy()
    counted = counted[(n > 1) & ((bound == 0) | (n <= bound))].sort_values("key")
    before = counted["count"].cumsum() - counted["count"]
    counted["share"] = pd.factorize(before // unit_rows)[0]
    batches.write_feather(counted[["key", "share"]].reset_index(drop=True), _chosen_path(folder, bucket))
    return int(counted["share"].max()) + 1 if len(counted) else 0


def dealt(part: Part, folder: Path, told: batches.Places, first: Mapping[int, int]
          ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(row, unit) of a part's rows in each share, where the shares of a bucket are units from `first` on."""
    found = [np.empty((0, 2), np.int64)]
    for bucket, numbers in told.items():
        chosen = feather.read_feather(_chosen_path(folder, bucket))
        entries = batches.read([(_told_path(folder, part.number), numbers)]).to_pandas()
        where = np.searchsorted(chosen["key"].to_numpy(), entries["key"].to_numpy())
        there = where < len(chosen)
        there[there] = chosen["key"].to_numpy()[where[there]] == entries["key"].to_numpy()[there]
        unit = first[bucket] + chosen["share"].to_numpy()[where[there]]
        found.append(np.column_stack([entries["row"].to_numpy()[there], unit]))
    both = np.unique(np.concatenate(found), axis=0)
    return both[:, 0], both[:, 1]


def keys(folder: Path, bucket: int, share: int) -> NDArray[np.uint64]:
    """What chooses the pairs of a share, sorted."""
    chosen = feather.read_feather(_chosen_path(folder, bucket))
    return chosen["key"].to_numpy()[chosen["share"].to_numpy() == share]


def told_by(places: Sequence[batches.Places], folder: Path) -> dict[int, list[tuple[Path, list[int]]]]:
    """Bucket -> where all parts wrote it."""
    buckets = sorted(set().union(*places))
    return {bucket: [(_told_path(folder, number), where[bucket]) for number, where in enumerate(places)
                     if bucket in where] for bucket in buckets}


def _told_path(folder: Path, number: int) -> Path:
    return folder / f"told-{number:05}.arrow"


def _chosen_path(folder: Path, bucket: int) -> Path:
    return folder / f"chosen-{bucket}.arrow"
