"""Finding duplicates: candidates -> evidence -> model -> kinds -> groups.

`find` searches a table in itself, `check` one proposal in a table, `compare` measures candidates that came from
elsewhere (the database). All three go through `_decided`, so that they cannot disagree.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo import blocks, candidates, evidence, kinds, sieve
from geo.evidence import few
from geo.evidence import sites as columns
from geo.evidence.aligned import aligned
from geo.evidence.between import Between, measure
from geo.evidence.frequencies import Frequencies, spots
from geo.evidence.sites import FORM_NONE, Sites
from geo.groups import groups
from geo.learning.alone import learned
from geo.model import Model, probability
from geo.sentences import Sentence

LISTED_FROM = 0.05
LISTED_BITS = float(np.log2(LISTED_FROM / (1 - LISTED_FROM)))
CHUNK = 100_000
FEW = 60


@dataclass(frozen=True, slots=True)
class Found:
    """What `find` found. `pairs`: one row a project pair, the strongest first (positions `left`, `right` in the
    table); `groups`: project -> number of its group; `crowded`: lon, lat, works of coordinates that say nothing;
    `model`: the model with the snapshot that decided."""

    pairs: pd.DataFrame
    groups: pd.Series
    crowded: pd.DataFrame
    model: Model


def find(sites: gpd.GeoDataFrame, model: Model | None = None, every: bool = False,
         table_of: NDArray | None = None, learn: bool = False,
         say: Callable[[int, int], None] = lambda done, total: None) -> Found:
    """All likely pairs among the sites (EPSG:4326, `schema.SITE_COLUMNS`).

    With `table_of` (a label for each row) only pairs between different tables: two files linked. Listed are pairs
    of probability >= LISTED_FROM and look-alikes other than neighbours; all candidates with `every`. A model without
    a snapshot counts this table first; with `learn` its weights are moved by this table's own pairs, without labels.
    `say` hears how many of the candidates are measured.
    """
    table, model, crowd = _prepared(sites, model)
    pairs = _candidates(table, crowd)
    if table_of is not None:
        pairs = pairs[table_of[pairs[:, 0]] != table_of[pairs[:, 1]]]
    among = len(pairs)
    if learn:
        model = learned(table, pairs, model)
    if not every:
        pairs = pairs[sieve.may_be_listed(table, pairs, model, LISTED_BITS)]
    # a pair of two works of one site each stands for itself: what no list shows is left at once, to spare memory
    alone = ~sieve.of_several(table, pairs)
    best = _project_pairs(table, _decided(table, pairs, model, None if every else alone, among, say))
    if not every:
        best = best[listed(best)]
    best = _ranked(best)
    full = pd.DataFrame({"lon": table.lon[crowd >= 0].round(6), "lat": table.lat[crowd >= 0].round(6)})
    places = full.value_counts().rename("works").reset_index()
    return Found(best, groups(table, best, sites), places, model)


def compare(sites: gpd.GeoDataFrame, pairs: NDArray[np.int64], model: Model | None = None) -> pd.DataFrame:
    """Measure, decide and name given pairs [n, 2] of row positions; one row a pair, in their order.

    Only the model's own snapshot adjusts for what is common: the table at hand may be a handful of neighbours.
    """
    model = model or Model.shipped()
    counted = model.frequencies or Frequencies()
    table = columns.read(sites)
    table.crowded[:] = counted.is_crowded(table.lon, table.lat)
    table.series[:] = counted.series_counts(table)
    return _decided(table, np.asarray(pairs, np.int64).reshape(-1, 2), model)


def of_works(sites: gpd.GeoDataFrame, works: Sequence[tuple[str, str]], model: Model) -> pd.DataFrame:
    """The pairs of these works (ids as in the column `project`), one row each, whatever they score and also where
    nothing is near: what `find` says of them wherever it lists them. The model has a snapshot."""
    table, model, _ = _prepared(sites, model)
    rows = sites.groupby("project", sort=False).indices
    pairs = candidates.sorted_pairs(np.concatenate([np.empty((0, 2), np.int64), *(
        np.stack(np.meshgrid(rows[one], rows[other]), axis=-1).reshape(-1, 2) for one, other in works)]))
    near = candidates.within(table, pairs)

    def works_of(some: NDArray[np.int64]) -> NDArray[np.int64]:
        both = np.sort(table.project[some].astype(np.int64), axis=1)
        return both[:, 0] * len(table) + both[:, 1]

    far = pairs[~np.isin(works_of(pairs), works_of(near))]
    return _ranked(_project_pairs(table, _decided(table, np.concatenate([near, far]), model)))


def check(proposal: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, model: Model | None = None,
          every: bool = False) -> pd.DataFrame:
    """One proposal (a table of one row) against the sites: pairs ranked, `right` the position among `sites`,
    `left` always 0. The same answer as `find` on all of them with the same snapshot."""
    # the proposal stands last, so that positions among the sites stay what they are
    together = pd.concat([sites, proposal.iloc[:1]], ignore_index=True)
    table, model, crowd = _prepared(gpd.GeoDataFrame(together, geometry=sites.geometry.name, crs=4326), model)
    mine = len(table) - 1
    decided = _project_pairs(table, _decided(table, _candidates(table, crowd, only=mine), model))
    if not every:
        decided = decided[listed(decided)]
    decided = decided.rename(columns={"left": "right", "right": "left"}).assign(left=0)
    return _ranked(decided)


def check_one(table: Sites, model: Model) -> list[dict]:
    """The last of a few sites, read by `evidence.few`, against all before it: what `check(every=True)` answers, one
    dict a pair, without the data frames that cost more than the measuring."""
    if model.frequencies is None:
        stacked = candidates.crowded(table.lon, table.lat, table.form == columns.FORM_POINT, table.project)
        model = model.counting(Frequencies.of(table, stacked))
    few.prepare(table, model.frequencies)
    mine = len(table) - 1
    crowd = np.full(len(table), -1, np.int64)
    if table.crowded.any():
        crowd = np.where(table.crowded, spots(table.lon, table.lat), -1)
    plain = np.flatnonzero((table.form != FORM_NONE) & (crowd < 0))
    chosen = _by_words(table, crowd, plain, mine)
    beside = _beside(table, plain, mine) if crowd[mine] < 0 else np.empty(0, np.int64)
    others = np.union1d(chosen, beside) if len(chosen) else beside
    others = others[table.project[others] != table.project[mine]]
    pairs = np.column_stack([others, np.full(len(others), mine)])
    found = _weighed(table, pairs, model, chosen=np.isin(others, chosen))
    pairs = np.column_stack([found["left"], found["right"]])
    seen: set[int] = set()
    best = [place for place in np.lexsort((pairs[:, 0], -found["score"]))
            if (project := int(table.project[pairs[place, 0]])) not in seen and not seen.add(project)]  # type: ignore
    ranked = sorted(best, key=lambda place: (-found["probability"][place], pairs[place, 0]))
    names = {name: values.tolist() for name, values in found.items()}
    return [{name: values[place] for name, values in names.items()} | {"left": 0, "right": int(pairs[place, 0])}
            for place in ranked]


def _by_words(table: Sites, crowd: NDArray[np.int64], plain: NDArray[np.int64], mine: int) -> NDArray[np.int64]:
    """What words and money choose for one site among few."""
    if not table.crowded.any():
        bare = table.form == FORM_NONE
        members = np.flatnonzero((table.region == table.region[mine]) & (table.region >= 0))
        if not bare[members].any():
            return np.empty(0, np.int64)
        chosen = blocks.beside_one(table, mine, members)
        return chosen[bare[chosen] | bare[mine]]
    pairs = candidates.sorted_pairs(np.concatenate([_in_crowds(table, crowd, plain), _without_point(table)]))
    return pairs[(pairs == mine).any(axis=1), 0]


def _beside(table: Sites, plain: NDArray[np.int64], mine: int) -> NDArray[np.int64]:
    """Of few sites those that may stand near one: all of them, or where they are many those whose boxes meet."""
    if len(plain) <= FEW:
        return plain[plain != mine]
    boxes = candidates.grown(shapely.bounds(table.geometry[plain]), candidates.own_m(table)[plain])
    owner, boxes = candidates._turned(plain, boxes)
    keys: set[int] = set()
    for box in boxes[owner == mine]:
        meet = ((boxes[:, 0] <= box[2]) & (box[0] <= boxes[:, 2]) & (boxes[:, 1] <= box[3]) & (box[1] <= boxes[:, 3]))
        keys |= set(owner[meet].tolist())
    return np.array(sorted(keys - {mine}), np.int64)


def listed(pairs: pd.DataFrame) -> pd.Series:
    """Which pairs a list shows unless all were asked for."""
    return (pairs["probability"] >= LISTED_FROM) | pairs["kind"].isin(_SHOWN)


def is_listed(pair: Mapping) -> bool:
    """The same for one pair."""
    return bool(pair["probability"] >= LISTED_FROM or pair["kind"] in _SHOWN)


_SHOWN = frozenset(kinds.LOOK_ALIKES) - {"neighbours"}


def flagged(pairs: pd.DataFrame) -> pd.Series:
    """Which pairs somebody should look at: no pair below its model's threshold is named so."""
    return pairs["kind"].isin(kinds.TO_LOOK_AT)


def money_to_look_at(left: pd.DataFrame, right: pd.DataFrame, pairs: pd.DataFrame) -> NDArray[np.float64]:
    """What may have been paid twice: the smaller amount times the share that overlaps (1 where none is measured).

    Aligned tables of n rows in; NaN where neither amount is known.
    """
    smaller = np.fmin(left["amount"].to_numpy(float), right["amount"].to_numpy(float))
    return smaller * pairs["overlap_share"].fillna(1.0).to_numpy(float)


def sentence(pair: Mapping, left: Mapping, right: Mapping, called: tuple[str, str] = ("first", "second")) -> Sentence:
    """The one-sentence reason for a pair: what it is, where, when and from which funds. Of each work the `year` and
    whether it is `bare`, without a point; `called` is what the two are to who reads it (`reason.which.*`)."""
    distance, share = pair["distance_m"], pair["overlap_share"]
    bare = [who for who, work in zip(called, (left, right), strict=True) if work.get("bare")]
    missing = "bare" if len(bare) == 1 else "nowhere"
    where = missing if pd.isna(distance) else "apart" if pd.isna(share) else "along"
    years = sorted(int(row["year"]) for row in (left, right) if not pd.isna(row.get("year")))
    when = "undated" if len(years) < 2 else "one_year" if years[0] == years[1] else "years"
    values: dict[str, object] = {}
    if where == "bare":
        values["which"] = f"reason.which.{bare[0]}"
    elif where == "apart":
        values["distance_m"] = round(float(distance), 3)
    elif where == "along":
        values |= {"overlap_m": round(float(pair["overlap_m"]), 3), "share": round(float(share), 3)}
    if when != "undated":
        values |= {"first": years[0], "second": years[-1]}
    # no fund is known to differ: the sentence says two budgets, not two funds
    kind = {"rule.two_amounts": "two_budgets", "rule.cancelled": "cancelled"}.get(pair.get("rule"), pair["kind"])
    return Sentence(f"reason.{kind}.{where}.{when}", values)


def _prepared(sites: gpd.GeoDataFrame, model: Model | None) -> tuple[Sites, Model, NDArray[np.int64]]:
    model = model or Model.shipped()
    table = columns.read(sites)
    crowd = candidates.crowded(table.lon, table.lat, table.form == columns.FORM_POINT, table.project)
    if model.frequencies is None:
        model = model.counting(Frequencies.of(table, crowd))
    table.crowded[:] = model.frequencies.is_crowded(table.lon, table.lat)
    table.series[:] = model.frequencies.series_counts(table)
    crowd = np.where(table.crowded, spots(table.lon, table.lat), -1)
    return table, model, crowd


def _candidates(table: Sites, crowd: NDArray[np.int64], only: int | None = None) -> NDArray[np.int64]:
    """Near pairs; in crowds and without a point those that words or money choose. `only`: of that site alone."""
    plain = np.flatnonzero((table.form != FORM_NONE) & (crowd < 0))
    if only is None:
        near = candidates.near(table, plain)
    else:
        index = candidates.Index.of(table, plain)
        reach = candidates.own_m(table)[only]
        keys = index.near(table.geometry[only], reach) if crowd[only] < 0 else np.empty(0, np.int64)
        keys = keys[keys != only]
        near = candidates.within(table, candidates.sorted_pairs(np.column_stack([keys, np.full(len(keys), only)])))
    chosen = [one for one in (_in_crowds(table, crowd, plain), _without_point(table)) if len(one)]
    pairs = candidates.sorted_pairs(np.concatenate([near, *chosen])) if chosen else near
    return pairs if only is None else pairs[(pairs == only).any(axis=1)]


def _without_point(table: Sites) -> NDArray[np.int64]:
    bare = table.form == FORM_NONE
    if not bare.any():
        return np.empty((0, 2), np.int64)
    regions = np.unique(table.region[bare & (table.region >= 0)])
    members = np.flatnonzero(np.isin(table.region, regions))
    return blocks.pairs(table, table.region.astype(np.int64), members, bare)


def _in_crowds(table: Sites, crowd: NDArray[np.int64], plain: NDArray[np.int64]) -> NDArray[np.int64]:
    """Within each crowd, and between a crowd and what stands near it."""
    inside = np.flatnonzero(crowd >= 0)
    if not len(inside):
        return np.empty((0, 2), np.int64)
    spots_there, first = np.unique(crowd[inside], return_index=True)
    reach_m = np.zeros(len(spots_there))
    np.maximum.at(reach_m, np.searchsorted(spots_there, crowd[inside]), candidates.own_m(table)[inside])
    which, around = candidates.around(table, table.geometry[inside[first]], reach_m, plain)
    # a site near two crowds stands in both: blocks take one place a row, so rows are repeated
    rows, places = np.concatenate([inside, around]), np.concatenate([crowd[inside], spots_there[which]])
    repeated = table.take(rows)
    pairs = blocks.pairs(repeated, places.astype(np.int64), np.arange(len(rows)), crowd[rows] >= 0)
    return candidates.within(table, candidates.sorted_pairs(rows[pairs]))


def _decided(table: Sites, pairs: NDArray[np.int64], model: Model, unlisted: NDArray[np.bool_] | None = None,
             among: int = 0, say: Callable[[int, int], None] = lambda done, total: None) -> pd.DataFrame:
    """Evidence, score, probability and kind of each pair of sites; those marked in `unlisted` only where listed.
    `among` how many pairs of the table these stand."""
    among = max(among, len(pairs))

    def part(start: int) -> pd.DataFrame:
        rows = slice(start, start + CHUNK)
        decided = _decided_part(table, pairs[rows], model, among)
        return decided if unlisted is None else decided[listed(decided) | ~unlisted[rows]]

    starts = range(0, max(len(pairs), 1), CHUNK)
    if len(starts) == 1:
        return part(0)
    done = []
    with ThreadPoolExecutor(cpu_count()) as threads:
        for one in threads.map(part, starts):
            done.append(one)
            say(min(len(done) * CHUNK, len(pairs)), len(pairs))
    return pd.concat(done, ignore_index=True)


def _decided_part(table: Sites, pairs: NDArray[np.int64], model: Model, among: int = 0) -> pd.DataFrame:
    return pd.DataFrame(_weighed(table, pairs, model, among))


def _weighed(table: Sites, pairs: NDArray[np.int64], model: Model, among: int = 0,
             chosen: NDArray[np.bool_] | None = None) -> dict[str, NDArray]:
    """Columns of what is measured and decided, a value for each pair; with `chosen` of those pairs and of those that
    are within their tolerance."""
    left, right = aligned(table, pairs[:, 0]), aligned(table, pairs[:, 1])
    reach = candidates.tolerance_m(left.category, right.category, left.accuracy_m, right.accuracy_m)
    between: Between = measure(left, right, reach, among)
    if chosen is not None and not (kept := chosen | (between.distance_m <= reach)).all():
        pairs, between = pairs[kept], between.take(np.flatnonzero(kept))
        left, right = left.take(kept), right.take(kept)
    levels = evidence.levels(left, right, between, model.frequencies or Frequencies())
    weighed, score = model.weigh(levels)
    chance = probability(score)
    kind, rule = kinds.name_pairs(left, right, between, levels, chance, model.flagged_from)
    return {
        "left": pairs[:, 0], "right": pairs[:, 1], "distance_m": between.distance_m,
        "overlap_m": between.overlap_m, "overlap_share": between.overlap_share, "score": score,
        "probability": chance, "kind": kind, "rule": rule, "touching": np.ones(len(pairs), np.int32),
        "prior": np.full(len(pairs), model.prior),
        **{f"level_{name}": levels[name] for name in model.evidence},
        **{f"w_{name}": weighed[name] for name in model.evidence},
    }


def _project_pairs(table: Sites, pairs: pd.DataFrame) -> pd.DataFrame:
    """The best site pair of each two projects, and how many of their site pairs are near."""
    if not len(pairs):
        return pairs
    a, b = table.project[pairs["left"]], table.project[pairs["right"]]
    key = [np.minimum(a, b), np.maximum(a, b)]
    pairs = pairs.assign(touching=pairs.groupby(key)["left"].transform("size").to_numpy(np.int32), _a=key[0], _b=key[1])
    best = pairs.sort_values(["score", "left", "right"], ascending=[False, True, True], kind="stable")
    return best.drop_duplicates(["_a", "_b"]).drop(columns=["_a", "_b"])


def _ranked(pairs: pd.DataFrame) -> pd.DataFrame:
    ordered = pairs.sort_values(["probability", "left", "right"], ascending=[False, True, True], kind="stable")
    return ordered.reset_index(drop=True)
