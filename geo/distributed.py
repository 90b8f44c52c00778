"""The same `find` over several processes or machines, by tiles with a halo; none ever holds all rows, or all pairs.

The table lies in parts (`geo.parts`) in a folder that every worker sees. First each part is looked at and what is
common is counted (`geo.counting`), then its rows are dealt out to units of work (`geo.dealing`), then each unit is
matched as `duplicates.find` would (`geo.unit`), then the pairs of all units are put in order (`geo.gathering`). Tasks
read files and write whole files: one that is lost with its worker is done again elsewhere, and nothing is found twice.
Pairs, their order and every figure are those of one process.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dask
import numpy as np
import pandas as pd
from dask.distributed import Client, KilledWorker, LocalCluster, as_completed
from numpy.typing import NDArray

from geo import batches, counting, dealing, duplicates, gathering, shares
from geo import parts as stored
from geo.duplicates import Found
from geo.errors import ClusterUnreachable, WorkersTooSmall
from geo.evidence import sites as columns
from geo.gathering import Settled
from geo.groups import joined
from geo.model import Model
from geo.parts import Part
from geo.tiles import Plan
from geo.unit import Unit, match

UNIT_ROWS = 60_000
WORKER_MEMORY = "3GiB"
RETRIES = 3
ANSWERS_WITHIN = "20s"
RANKED = {"probability": False, "left": True, "right": True}
"""The order of `duplicates.find`."""
Say = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, still on disk: `pieces` reads it. `crowded`, `model`: as in `duplicates.Found`."""

    settled: Sequence[Settled]
    by: Mapping[str, bool]
    crowded: pd.DataFrame
    model: Model
    several: NDArray[np.uint64]
    none: pd.DataFrame

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.settled)

    @property
    def flagged(self) -> int:
        return sum(one.flagged for one in self.settled)

    def pieces(self) -> Iterator[pd.DataFrame]:
        """The pairs in order, some thousands at a time; of no pair, one table without a row."""
        if any(one.rows for one in self.settled):
            yield from gathering.in_order(self.settled, self.by)
        else:
            yield self.none


@contextmanager
def connected(workers: int, address: str | None, folder: Path, memory: str = WORKER_MEMORY) -> Iterator[Client]:
    """A client of the cluster at `address`, or of `workers` processes on this machine that end with it.

    An address tls://… is spoken to with the certificates that Dask's own configuration names. A process here that
    needs more than `memory` is ended, and its work done again; it is never made to wait for memory that nothing frees.
    """
    if address:
        try:
            client = Client(address, timeout=ANSWERS_WITHIN)
        except (OSError, ValueError, TypeError) as error:  # TypeError: tls:// without certificates
            raise ClusterUnreachable(address=address) from error
        with client:
            yield client
        return
    here = "127.0.0.1:0"  # nothing of it is to be reached from elsewhere
    with (dask.config.set({"distributed.worker.memory.pause": False}),
          LocalCluster(n_workers=workers, threads_per_worker=1, memory_limit=memory, host="127.0.0.1",
                       dashboard_address=here, worker_dashboard_address=here, local_directory=str(folder),
                       silence_logs=logging.ERROR) as cluster, Client(cluster) as client):
        yield client


def find(parts: Sequence[Part], folder: Path, client: Client, model: Model | None = None, every: bool = False,
         second_from: int | None = None, unit_rows: int = UNIT_ROWS,
         say: Say = lambda what, count: None) -> Found:
    """What `duplicates.find` finds in the whole table, for who wants to hold all pairs; `search` holds none."""
    searched = search(parts, folder, client, model, every, second_from, unit_rows, say)
    pairs = pd.concat(list(searched.pieces()), ignore_index=True)
    ends = [f"{side}_{name}" for side in ("left", "right") for name in gathering.ENDS]
    pairs = pairs.drop(columns=ends, errors="ignore")
    return Found(pairs, _groups(pairs, parts, folder, searched.several), searched.crowded, searched.model)


def search(parts: Sequence[Part], folder: Path, client: Client, model: Model | None = None, every: bool = False,
           second_from: int | None = None, unit_rows: int = UNIT_ROWS, say: Say = lambda what, count: None,
           by: Mapping[str, bool] = RANKED) -> Searched:
    """Search the table in itself; positions count through all parts. Each pair tells of its works what
    `gathering.ENDS` names, and stands in the order of the columns `by` (-> whether ascending).

    `folder` is an existing folder that all workers see; what lies in it afterwards may be deleted. With `second_from`
    only pairs of a row before and a row from that position on: two files linked.
    """
    model = model or Model.shipped()
    rows = sum(part.rows for part in parts)
    say("linking.counting", len(parts))
    counted = counting.buckets_for(parts) if model.frequencies is None else 0
    seen = _each(client, counting.look, [(part, folder, counted) for part in parts], say, "linking.counted")
    if counted:
        totals = _each(client, counting.total, [(folder, len(parts), bucket) for bucket in range(counted)])
        model = model.counting(counting.snapshot(rows, totals))
    kept = folder / "model.json"
    model.save(kept)
    say("linking.dealing", len(parts))
    spots = dealing.spots(_each(client, dealing.crowds, [(part, folder, kept) for part in parts]))
    several = dealing.several(folder, parts)
    units, where = _dealt(parts, folder, kept, dealing.plan(seen, spots, unit_rows), unit_rows, client, say)
    buckets = 1 + rows // gathering.PROJECT_ROWS
    work = [(unit, where[unit.number], folder, kept, every, second_from, buckets) for unit in units]
    say("linking.matching", len(work))
    places = _each(client, match, work, say, "linking.tiles")
    found = gathering.found_in(places, [unit.number for unit in units], folder)
    settled = _each(client, gathering.settle, [(folder, of, bucket, every, by) for bucket, of in found.items()])
    crowded = spots.sort_values("works", ascending=False, kind="stable")[["lon", "lat", "works"]]
    return Searched(settled, by, crowded.reset_index(drop=True), model, several, _none(parts, model))


def _dealt(parts: Sequence[Part], folder: Path, model: Path, plan: Plan, unit_rows: int, client: Client, say: Say
           ) -> tuple[list[Unit], dict[int, list[tuple[int, list[int]]]]]:
    """The units that hold a row, and unit -> the batches of each part with its rows."""
    planned = folder / "plan.json"
    plan.save(planned)
    units = {unit: Unit(unit, plan.kind(unit)) for unit in range(plan.units) if unit not in plan.divided}
    first: dict[int, int] = {}
    told: list[batches.Places] = [{} for _ in parts]
    if plan.divided:
        told = _each(client, dealing.tell, [(part, folder, model, planned) for part in parts])
        by_bucket = shares.told_by(told, folder)
        many = _each(client, shares.divide, [(folder, of, bucket, unit_rows) for bucket, of in by_bucket.items()])
        number = plan.units
        for bucket, count in zip(by_bucket, many, strict=True):
            kind, first[bucket] = plan.kind(bucket // shares.BUCKETS), number
            units |= {number + share: Unit(number + share, kind, bucket, share) for share in range(count)}
            number += count
    dealt = _each(client, dealing.deal, [(part, folder, model, planned, of, first)
                                         for part, of in zip(parts, told, strict=True)], say, "linking.dealt")
    where: dict[int, list[tuple[int, list[int]]]] = {}
    for number, places in enumerate(dealt):
        for unit, these in places.items():
            where.setdefault(unit, []).append((number, these))
    return [units[unit] for unit in sorted(where)], where


def _none(parts: Sequence[Part], model: Model) -> pd.DataFrame:
    """A table of pairs without a row."""
    frame = stored.take(parts, np.array([0]), stored.COLUMNS)
    pairs = duplicates._decided_part(columns.read(frame), np.empty((0, 2), np.int64), model)
    return gathering.with_ends(pairs, frame)


def _each(client: Client, task: Callable, arguments: Sequence[tuple], say: Say = lambda what, count: None,
          what: str = "") -> list:
    """The results of a task for each tuple of arguments, in their order; the first that fails ends all."""
    futures = [client.submit(task, *one, pure=False, retries=RETRIES) for one in arguments]
    place = {future.key: number for number, future in enumerate(futures)}
    results: list = [None] * len(futures)
    tenth = max(1, len(futures) // 10)
    try:
        for done, (future, result) in enumerate(as_completed(futures, with_results=True), start=1):
            results[place[future.key]] = result
            if what and done % tenth == 0:
                say(what, done)
    except (KilledWorker, MemoryError) as error:
        raise WorkersTooSmall() from error
    return results


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
    lights = (counting.light(folder, part.number)[["position", "project"]] for part in parts)
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
