"""Dealing the rows of each part out to units of work: tiles with their halo, crowds, regions, and shares of those that
hold too many works for one process."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from numpy.typing import NDArray

from geo import batches, candidates, counting, shares, tiles
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import FORM_NONE
from geo.model import Model
from geo.parts import Part
from geo.tiles import Plan

SPOT = {"position": "first", "west": "first", "south": "first", "east": "first", "north": "first", "own_m": "max",
        "works": "sum"}


@lru_cache(maxsize=1)
def model_at(path: Path) -> Model:
    """The model that the workers read; the same file is read once."""
    return Model.load(path)


def counted_at(path: Path) -> Frequencies:
    return model_at(path).frequencies or Frequencies()


def crowds(part: Part, folder: Path, model: Path) -> pd.DataFrame:
    """Task: the crowded coordinates in a part: lon, lat, works, the first one's box, and how far the widest reaches."""
    light = counting.light(folder, part.number)
    crowd = light[counted_at(model).is_crowded(light["lon"].to_numpy(), light["lat"].to_numpy())]
    crowd = crowd.assign(lon=crowd["lon"].round(6), lat=crowd["lat"].round(6), works=1)
    return crowd.groupby(["lon", "lat"], sort=False).agg(SPOT).reset_index()


def spots(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The crowded coordinates of all parts, in the order in which they first stand."""
    together = pd.concat(found, ignore_index=True).sort_values("position", kind="stable")
    return together.groupby(["lon", "lat"], sort=False).agg(SPOT).reset_index()


def several(folder: Path, parts: Sequence[Part]) -> NDArray[np.uint64]:
    """Projects with more than one site, as hashes, sorted; kept for the workers."""
    every = np.empty(sum(part.rows for part in parts), np.uint64)
    for part in parts:
        every[part.first:part.first + part.rows] = feather.read_table(
            counting.light_path(folder, part.number), columns=["project"])["project"].to_numpy()
    every.sort()
    again = np.unique(every[1:][every[1:] == every[:-1]])
    np.save(folder / "several.npy", again)
    return again


def plan(seen: Sequence[counting.Seen], spots: pd.DataFrame, unit_rows: int) -> Plan:
    """Crowded sites are sampled too: a crowd of thousands makes its tile smaller than it need be, no more."""
    stands_for = max(max(one.stands_for for one in seen), 1.0)
    cut = tiles.cut(np.concatenate([one.centres for one in seen]), max(1, int(unit_rows / stands_for)))
    works = dict(zip(zip(spots["lon"], spots["lat"], strict=True), spots["works"].tolist(), strict=True))
    of_spot = tiles.packed(works, unit_rows, len(cut))
    bare = sorted(frozenset().union(*(one.bare for one in seen)))
    sizes = {region: sum(one.regions.get(region, 0) for one in seen) for region in bare}
    of_region = tiles.packed(sizes, unit_rows, len(cut) + len(set(of_spot.values())))
    divided = {of[key]: size for of, sized in ((of_spot, works), (of_region, sizes))
               for key, size in sized.items() if size > unit_rows}
    unit = np.array(list(of_spot.values()), np.int64)
    bounds = spots[["west", "south", "east", "north"]].to_numpy(float).reshape(-1, 4)
    # a little more than is asked for: the unit decides exactly, from all that may stand near; one that is divided
    # must know before
    reach_m = np.where(np.isin(unit, list(divided)), spots["own_m"], spots["own_m"] * 1.01 + 2.0)
    owner, boxes = candidates._turned(np.arange(len(spots)), candidates.grown(bounds, reach_m))
    return Plan(cut, of_spot, boxes, unit[owner], of_region, divided)


def in_places(light: pd.DataFrame, crowd: NDArray[np.bool_], plan: Plan, boxes: NDArray[np.float64],
              owner: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(row, unit) of each row of a part in each crowd it stands in or near, and in its region."""
    beside, its_unit = plan.of_neighbours(boxes, owner)
    inside = np.flatnonzero(crowd)
    spot = [plan.spots[(lon, lat)] for lon, lat in zip(light["lon"].to_numpy()[inside].round(6).tolist(),
                                                       light["lat"].to_numpy()[inside].round(6).tolist(), strict=True)]
    region = light["region"].map(plan.regions)
    listed = np.flatnonzero(region.notna())
    return (np.concatenate([beside, inside, listed]).astype(np.int64),
            np.concatenate([its_unit, spot, region.to_numpy(float)[listed]]).astype(np.int64))


def placed(light: pd.DataFrame, crowd: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Owner and grown boxes of the rows of a part that stand somewhere, but in no crowd."""
    plain = np.flatnonzero((light["form"].to_numpy() != FORM_NONE) & ~crowd)
    bounds = light[["west", "south", "east", "north"]].to_numpy()
    return candidates._turned(plain, candidates.grown(bounds[plain], light["own_m"].to_numpy()[plain]))


def tell(part: Part, folder: Path, model: Path, plan: Path) -> batches.Places:
    """Task: what chooses pairs in the places that are divided, for the rows of a part (`shares.tell`)."""
    planned = Plan.load(plan)
    light, crowd = _light(folder, part, model)
    owner, boxes = placed(light, crowd)
    rows, units = in_places(light, crowd, planned, boxes, owner)
    mine = np.isin(units, list(planned.divided))
    return shares.tell(part, folder, rows[mine], units[mine], planned.divided)


def deal(part: Part, folder: Path, model: Path, plan: Path, told: batches.Places, first: dict[int, int]
         ) -> batches.Places:
    """Task: write a part's rows by unit, each with its position and its tiles; unit -> batch of the file.

    `told` are the batches that `tell` wrote for this part, `first` the first unit of the shares of each."""
    planned = Plan.load(plan)
    light, crowd = _light(folder, part, model)
    owner, boxes = placed(light, crowd)
    row, unit = planned.of_boxes(boxes, owner)
    held = np.split(unit, np.cumsum(np.bincount(row, minlength=len(light)))[:-1])
    rows, units = in_places(light, crowd, planned, boxes, owner)
    whole = ~np.isin(units, list(planned.divided))
    shared = shares.dealt(part, folder, told, first)
    rows = np.concatenate([row, rows[whole], shared[0]])
    units = np.concatenate([unit, units[whole], shared[1]])
    order = np.lexsort((rows, units))
    table = pq.read_table(part.path).append_column("position", pa.array(light["position"])).append_column(
        "tiles", pa.array(held, pa.list_(pa.int32())))
    with batches.Writer(dealt_path(folder, part.number)) as writer:
        writer.add(table, rows[order], units[order])
    return writer.places


def dealt_path(folder: Path, number: int) -> Path:
    return folder / f"dealt-{number:05}.arrow"


def _light(folder: Path, part: Part, model: Path) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    light = counting.light(folder, part.number)
    return light, counted_at(model).is_crowded(light["lon"].to_numpy(), light["lat"].to_numpy())
