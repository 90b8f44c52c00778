"""One unit of work: its rows read, its candidates compared piece by piece, what may be listed written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo import batches, blocks, candidates, counting, dealing, duplicates, gathering, shares, sieve, tiles
from geo import parts as stored
from geo.evidence import sites as columns
from geo.evidence.frequencies import spots as spots_of
from geo.evidence.sites import FORM_NONE, Sites

CHUNK = 100_000
"""Pairs measured at once."""
MOST_PAIRS = 4_000_000
"""Pairs held at once: a dense town is joined in pieces."""
SAMPLED = 250


@dataclass(frozen=True, slots=True)
class Unit:
    """`kind` as `tiles.Plan.kind` says; of a divided place `bucket` and `share` (`geo.shares`)."""

    number: int
    kind: str
    bucket: int = -1
    share: int = -1


def match(unit: Unit, rows: Sequence[tuple[int, Sequence[int]]], folder: Path, model: Path, every: bool,
          second_from: int | None, buckets: int) -> batches.Places:
    """Task: the pairs of one unit that are listed, or may be once all units are known, in buckets by their projects.

    `rows` are the batches of each part that hold its rows.
    """
    frame = stored.unpacked(batches.read([(dealing.dealt_path(folder, number), these) for number, these in rows]))
    decides, counted = dealing.model_at(model), dealing.counted_at(model)
    table = columns.read(frame.drop(columns=["position", "tiles"]))
    table.crowded[:] = counted.is_crowded(table.lon, table.lat)
    table.series[:] = counted.series_counts(table)
    position, project = frame["position"].to_numpy(), counting.hashed(frame, frame["position"])
    several = np.isin(project, np.load(folder / "several.npy"))
    with batches.Writer(gathering.found_path(folder, unit.number)) as writer:
        for pairs in _chunks(_candidates(table, frame, unit, folder)):
            if second_from is not None:
                pairs = pairs[(position[pairs] < second_from).sum(axis=1) == 1]
            # what a project of several sites shows is decided when all its pairs are known
            waits, among = several[pairs].any(axis=1) | every, len(pairs)
            if not waits.all():
                open_ = waits | sieve.may_be_listed(table, pairs, decides, duplicates.LISTED_BITS)
                pairs, waits = pairs[open_], waits[open_]
            decided = duplicates._decided_part(table, pairs, decides, among)
            kept = decided[duplicates.listed(decided) | waits].reset_index(drop=True)
            if len(kept):
                kept = gathering.known_by(kept, frame, position, project)
                writer.add(kept, np.arange(len(kept)), gathering.bucket_of(kept, buckets))
    return writer.places


def _chunks(found: Iterator[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    for pairs in found:
        for start in range(0, len(pairs), CHUNK):
            yield pairs[start:start + CHUNK]


def _candidates(table: Sites, frame: pd.DataFrame, unit: Unit, folder: Path) -> Iterator[NDArray[np.int64]]:
    match unit.kind:
        case "tile":
            for pairs in near(table):
                yield pairs[tiles.owned(pairs, frame["tiles"], unit.number)]
        case _ if unit.share >= 0:
            either = table.crowded if unit.kind == "crowds" else table.form == FORM_NONE
            everybody = np.arange(len(table))
            pairs = blocks.pairs(table, np.zeros(len(table), np.int64), everybody, either,
                                 shares.keys(folder, unit.bucket, unit.share))
            yield candidates.within(table, pairs) if unit.kind == "crowds" else pairs
        case "regions":
            yield duplicates._without_point(table)
        case _:
            crowd = np.where(table.crowded, spots_of(table.lon, table.lat), -1)
            plain = np.flatnonzero((table.form != FORM_NONE) & (crowd < 0))
            yield candidates.sorted_pairs(duplicates._in_crowds(table, crowd, plain))


def near(table: Sites, most: int = MOST_PAIRS) -> Iterator[NDArray[np.int64]]:
    """What `candidates.near` finds, in pieces of some `most` pairs; a pair may stand in two pieces only where works
    lie on both sides of the antimeridian."""
    members = np.flatnonzero(table.form != FORM_NONE)
    bounds = table.shapes.bounds[table.row]
    owner, boxes = candidates._turned(members, candidates.grown(bounds[members], candidates.own_m(table)[members]))
    shapes = shapely.box(*boxes.T)
    tree = shapely.STRtree(shapes)
    sample = np.arange(0, len(boxes), max(1, len(boxes) // SAMPLED))
    met = np.bincount(tree.query(shapes[sample])[0], minlength=len(sample))
    if met.mean() * len(boxes) <= 2 * most if len(boxes) else True:
        yield candidates.near(table)
        return
    step = max(1, int(most / met.max()))
    for start in range(0, len(boxes), step):
        left, right = tree.query(shapes[start:start + step])
        pairs = np.column_stack([owner[start + left], owner[right]])
        yield candidates.sorted_pairs(candidates.within(table, pairs[pairs[:, 0] < pairs[:, 1]]))
