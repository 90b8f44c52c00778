"""The same `find` over several processes or machines, by tiles with a halo; no process ever holds all rows.

The table lies in parts (`geo.parts`) in a folder that every worker sees. First each part is looked at and what is
common is counted (`geo.counting`), then its rows are dealt out to units of work (`geo.tiles`), then each unit is
matched as `duplicates.find` would. Tasks read files and write whole files: one that is lost with its worker is done
again elsewhere, and nothing is found twice. Pairs, their order and every figure are those of one process.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from dask.distributed import Client, LocalCluster, as_completed
from numpy.typing import NDArray

from geo import candidates, counting, duplicates, tiles
from geo import parts as stored
from geo.duplicates import Found
from geo.errors import ClusterUnreachable
from geo.evidence import sites as columns
from geo.evidence.frequencies import Frequencies
from geo.evidence.frequencies import spots as spots_of
from geo.evidence.sites import FORM_NONE, Sites
from geo.groups import joined
from geo.model import Model
from geo.parts import Part
from geo.tiles import Plan

UNIT_ROWS = 60_000
CHUNK = 200_000
WORKER_MEMORY = "3GiB"
RETRIES = 3
ANSWERS_WITHIN = "20s"
Say = Callable[[str, int], None]


@contextmanager
def connected(workers: int, address: str | None, folder: Path) -> Iterator[Client]:
    """A client of the cluster at `address`, or of `workers` processes on this machine that end with it."""
    if address:
        try:
            client = Client(address, timeout=ANSWERS_WITHIN)
        except (OSError, ValueError) as error:
            raise ClusterUnreachable(address=address) from error
        with client:
            yield client
        return
    here = "127.0.0.1:0"  # nothing of it is to be reached from elsewhere
    with (LocalCluster(n_workers=workers, threads_per_worker=1, memory_limit=WORKER_MEMORY, host="127.0.0.1",
                       dashboard_address=here, worker_dashboard_address=here, local_directory=str(folder),
                       silence_logs=logging.ERROR) as cluster, Client(cluster) as client):
        yield client


def find(parts: Sequence[Part], folder: Path, client: Client, model: Model | None = None, every: bool = False,
         second_from: int | None = None, unit_rows: int = UNIT_ROWS,
         say: Say = lambda what, count: None) -> Found:
    """What `duplicates.find` finds in the whole table; positions count through all parts.

    `folder` is an existing folder that all workers see; what lies in it afterwards may be deleted. With `second_from`
    only pairs of a row before and a row from that position on: two files linked.
    """
    model = model or Model.shipped()
    say("linking.counting", len(parts))
    buckets = counting.buckets_for(parts) if model.frequencies is None else 0
    seen = _each(client, counting.look, [(part, folder, buckets) for part in parts])
    if buckets:
        totals = _each(client, counting.total, [(folder, len(parts), bucket) for bucket in range(buckets)])
        model = model.counting(counting.snapshot(sum(part.rows for part in parts), totals))
    kept = folder / "model.json"
    model.save(kept)
    say("linking.dealing", len(parts))
    spots = _spots(_each(client, crowds, [(part, folder, kept) for part in parts]))
    several = _several(folder, parts)
    plan = _plan(seen, spots, unit_rows)
    dealt = _each(client, deal, [(part, folder, kept, plan) for part in parts])
    batches = [[(number, where[unit]) for number, where in enumerate(dealt) if unit in where]
               for unit in range(plan.units)]
    work = [(unit, plan.kind(unit), batches[unit], folder, kept, every, second_from)
            for unit in range(plan.units) if batches[unit]]
    results = _each(client, match, work, lambda done: say("linking.tiles", done))
    pairs = _merged([pd.read_parquet(path) for path in results], every)
    return Found(pairs, _groups(pairs, parts, folder, several), _places(spots), model)


def _each(client: Client, task: Callable, arguments: Sequence[tuple],
          say: Callable[[int], None] = lambda done: None) -> list:
    """The results of a task for each tuple of arguments, in their order; the first that fails ends all."""
    futures = [client.submit(task, *one, pure=False, retries=RETRIES) for one in arguments]
    place = {future.key: number for number, future in enumerate(futures)}
    results: list = [None] * len(futures)
    tenth = max(1, len(futures) // 10)
    for done, (future, result) in enumerate(as_completed(futures, with_results=True), start=1):
        results[place[future.key]] = result
        if done % tenth == 0:
            say(done)
    return results


@lru_cache(maxsize=1)
def _loaded(path: Path) -> Model:
    return Model.load(path)


def _frequencies(path: Path) -> Frequencies:
    return _loaded(path).frequencies or Frequencies()


def _light(folder: Path, number: int) -> pd.DataFrame:
    return feather.read_feather(counting.light_path(folder, number))


def crowds(part: Part, folder: Path, model: Path) -> pd.DataFrame:
    """Task: the crowded coordinates in a part: lon, lat, works, the first one's box, and how far the widest reaches."""
    light = _light(folder, part.number)
    crowd = light[_frequencies(model).is_crowded(light["lon"].to_numpy(), light["lat"].to_numpy())]
    crowd = crowd.assign(lon=crowd["lon"].round(6), lat=crowd["lat"].round(6), works=1)
    return crowd.groupby(["lon", "lat"], sort=False).agg(
        position=("position", "first"), west=("west", "first"), south=("south", "first"), east=("east", "first"),
        north=("north", "first"), own_m=("own_m", "max"), works=("works", "sum")).reset_index()


def _spots(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    together = pd.concat(found, ignore_index=True).sort_values("position", kind="stable")
    return together.groupby(["lon", "lat"], sort=False).agg(
        position=("position", "first"), west=("west", "first"), south=("south", "first"), east=("east", "first"),
        north=("north", "first"), own_m=("own_m", "max"), works=("works", "sum")).reset_index()


def _places(spots: pd.DataFrame) -> pd.DataFrame:
    ordered = spots.sort_values("works", ascending=False, kind="stable")
    return ordered[["lon", "lat", "works"]].reset_index(drop=True)


def _several(folder: Path, parts: Sequence[Part]) -> NDArray[np.uint64]:
    """Projects with more than one site, as hashes, sorted; kept for the workers."""
    every = np.concatenate([feather.read_table(counting.light_path(folder, part.number), columns=["project"])
                            ["project"].to_numpy() for part in parts])
    every.sort()
    several = np.unique(every[1:][every[1:] == every[:-1]])
    np.save(folder / "several.npy", several)
    return several


def _plan(seen: Sequence[counting.Seen], spots: pd.DataFrame, unit_rows: int) -> Plan:
    """Crowded sites are sampled too: a crowd of thousands makes its tile smaller than it need be, no more."""
    stands_for = max(max(one.stands_for for one in seen), 1.0)
    cut = tiles.cut(np.concatenate([one.centres for one in seen]), max(1, int(unit_rows / stands_for)))
    of_spot = tiles.packed(dict(zip(zip(spots["lon"], spots["lat"], strict=True), spots["works"], strict=True)),
                           unit_rows, len(cut))
    bounds = spots[["west", "south", "east", "north"]].to_numpy(float).reshape(-1, 4)
    # a little more than is asked for: the unit decides exactly, from all that may stand near
    owner, boxes = candidates._turned(np.arange(len(spots)), candidates.grown(bounds, spots["own_m"] * 1.01 + 2.0))
    unit = np.array(list(of_spot.values()), np.int64)
    bare = sorted(frozenset().union(*(one.bare for one in seen)))
    sizes = {region: sum(one.regions.get(region, 0) for one in seen) for region in bare}
    first = len(cut) + (len(set(of_spot.values())))
    return Plan(cut, of_spot, boxes, unit[owner] if len(owner) else owner, tiles.packed(sizes, unit_rows, first))


def deal(part: Part, folder: Path, model: Path, plan: Plan) -> dict[int, int]:
    """Task: write a part's rows by unit, each with its position and its tiles; unit -> batch of the file."""
    light = _light(folder, part.number)
    crowd = _frequencies(model).is_crowded(light["lon"].to_numpy(), light["lat"].to_numpy())
    plain = np.flatnonzero((light["form"].to_numpy() != FORM_NONE) & ~crowd)
    bounds = light[["west", "south", "east", "north"]].to_numpy()
    owner, boxes = candidates._turned(plain, candidates.grown(bounds[plain], light["own_m"].to_numpy()[plain]))
    row, unit = plan.of_boxes(boxes, owner)
    first, count = np.unique(row, return_index=True)[1], np.bincount(row, minlength=len(light))
    tiles_of = np.zeros(len(light), np.int64)
    tiles_of[row[first]] = first
    beside, its_unit = plan.of_neighbours(boxes, owner)
    inside = np.flatnonzero(crowd)
    spot = [plan.spots[(lon, lat)] for lon, lat in zip(light["lon"].to_numpy()[inside].round(6).tolist(),
                                                       light["lat"].to_numpy()[inside].round(6).tolist(), strict=True)]
    region = light["region"].map(plan.regions)
    listed = np.flatnonzero(region.notna())
    rows = np.concatenate([row, beside, inside, listed]).astype(np.int64)
    units = np.concatenate([unit, its_unit, spot, region.to_numpy(float)[listed]]).astype(np.int64)
    order = np.lexsort((rows, units))
    rows, units = rows[order], units[order]
    held = [unit[tiles_of[one]:tiles_of[one] + count[one]] for one in range(len(light))]
    table = pq.read_table(part.path).append_column("position", pa.array(light["position"])).append_column(
        "tiles", pa.array(held, pa.list_(pa.int32())))
    return _write_batches(table, rows, units, folder / f"dealt-{part.number:05}.arrow")


def _write_batches(table: pa.Table, rows: NDArray[np.int64], units: NDArray[np.int64], path: Path) -> dict[int, int]:
    table = table.combine_chunks()
    names, starts = np.unique(units, return_index=True)
    half = path.with_name(f"{path.name}.{np.random.default_rng().integers(1 << 62):x}")
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(half), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=options) as writer:
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            writer.write_batch(table.take(rows[start:end]).combine_chunks().to_batches()[0])
    half.replace(path)
    return {int(name): number for number, name in enumerate(names)}


def match(unit: int, kind: str, batches: Sequence[tuple[int, int]], folder: Path, model: Path, every: bool,
          second_from: int | None) -> Path:
    """Task: the pairs of one unit that are listed, or may be once all units are known; the file they are in."""
    read = []
    for number, batch in batches:
        with pa.memory_map(str(folder / f"dealt-{number:05}.arrow")) as source:
            read.append(pa.ipc.open_file(source).get_batch(batch))
    frame = stored.unpacked(pa.Table.from_batches(read).combine_chunks())
    decides = _loaded(model)
    counted = _frequencies(model)
    table = columns.read(frame.drop(columns=["position", "tiles"]))
    table.crowded[:] = counted.is_crowded(table.lon, table.lat)
    table.series[:] = counted.series_counts(table)
    pairs = _candidates(table, frame, unit, kind)
    position = frame["position"].to_numpy()
    if second_from is not None:
        pairs = pairs[(position[pairs] < second_from).sum(axis=1) == 1]
    project = _hashes(frame)
    several = np.isin(project, np.load(folder / "several.npy"))
    kept = []
    for start in range(0, max(len(pairs), 1), CHUNK):
        decided = duplicates._decided_part(table, pairs[start:start + CHUNK], decides)
        left, right = decided["left"].to_numpy(), decided["right"].to_numpy()
        # what a project of several sites shows is decided when all its pairs are known
        kept.append(decided[duplicates.listed(decided) | every | several[left] | several[right]])
    best = duplicates._project_pairs(table, pd.concat(kept, ignore_index=True))
    left, right = best["left"].to_numpy(), best["right"].to_numpy()
    best = best.assign(left=position[left], right=position[right], left_project=project[left],
                       right_project=project[right])
    path = folder / f"pairs-{unit:06}.parquet"
    half = path.with_name(f"{path.name}.{np.random.default_rng().integers(1 << 62):x}")
    best.to_parquet(half, index=False)
    half.replace(path)
    return path


def _hashes(frame: pd.DataFrame) -> NDArray[np.uint64]:
    if "project" not in frame:
        return frame["position"].to_numpy(np.uint64)
    return pd.util.hash_array(frame["project"].astype(str).to_numpy(object))


def _candidates(table: Sites, frame: pd.DataFrame, unit: int, kind: str) -> NDArray[np.int64]:
    if kind == "regions":
        return duplicates._without_point(table)
    if kind == "crowds":
        crowd = np.where(table.crowded, spots_of(table.lon, table.lat), -1)
        plain = np.flatnonzero((table.form != FORM_NONE) & (crowd < 0))
        return candidates.sorted_pairs(duplicates._in_crowds(table, crowd, plain))
    pairs = candidates.near(table, np.arange(len(table)))
    return pairs[tiles.owned(pairs, frame["tiles"], unit)]


def _merged(found: Sequence[pd.DataFrame], every: bool) -> pd.DataFrame:
    """The pairs of all units: the best site pair of two projects, however many units saw one, in the usual order."""
    pairs = pd.concat([one for one in found if len(one)] or found[:1], ignore_index=True)
    a, b = pairs["left_project"].to_numpy(), pairs["right_project"].to_numpy()
    key = [np.minimum(a, b), np.maximum(a, b)]
    pairs = pairs.assign(touching=pairs.groupby(key)["touching"].transform("sum").to_numpy(np.int32), _a=key[0],
                         _b=key[1]).sort_values(["score", "left", "right"], ascending=[False, True, True],
                                                kind="stable").drop_duplicates(["_a", "_b"])
    if not every:
        pairs = pairs[duplicates.listed(pairs)]
    return duplicates._ranked(pairs.drop(columns=["_a", "_b", "left_project", "right_project"]))


def _groups(pairs: pd.DataFrame, parts: Sequence[Part], folder: Path, several: NDArray[np.uint64]) -> pd.Series:
    """As `groups.groups`: a project is known by the position at which it first stands."""
    strong = pairs[duplicates.flagged(pairs)]
    ends = np.unique(strong[["left", "right"]].to_numpy())
    first = _first_positions(ends, parts, folder, several)
    left, right = (first[np.searchsorted(ends, strong[side])] for side in ("left", "right"))
    group = joined(zip(left.tolist(), right.tolist(), strong["probability"].tolist(), strict=True))
    ordered = sorted(group)
    numbers: dict[int, int] = {}
    numbered = [numbers.setdefault(id(group[project]), len(numbers) + 1) for project in ordered]
    named = stored.take(parts, np.array(ordered, np.int64), ["project"])
    names = named["project"].tolist() if "project" in named and len(named.columns) else ordered
    return pd.Series(numbered, index=names, dtype="int64", name="group")


def _first_positions(ends: NDArray[np.int64], parts: Sequence[Part], folder: Path, several: NDArray[np.uint64]
                     ) -> NDArray[np.int64]:
    """For rows at sorted positions, where their projects first stand."""
    first = ends.copy()
    hashes = np.zeros(len(ends), np.uint64)
    lights = (_light(folder, part.number)[["position", "project"]] for part in parts)
    earliest: dict[int, int] = {}
    for part, light in zip(parts, lights, strict=True):
        inside = (ends >= part.first) & (ends < part.first + part.rows)
        hashes[inside] = light["project"].to_numpy()[ends[inside] - part.first]
        again = light[np.isin(light["project"].to_numpy(), several)]
        for project, position in zip(again["project"].tolist(), again["position"].tolist(), strict=True):
            earliest.setdefault(project, position)
    for place, project in enumerate(hashes.tolist()):
        first[place] = earliest.get(project, first[place])
    return first
