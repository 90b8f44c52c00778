"""The whole search with the shipped model: all evidence, score, kinds and groups, beside PostGIS's bare self-join and
Splink's predict and cluster with a trained model, in the same run; then both with learning included.

Splink gets what it can use: the name (Jaro-Winkler), category, fund, year, amount and the distance between
centroids, blocked so that it compares every two works that may lie within 50 m of each other, as the others do; and
once more by two grids of cells, where it compares fewer pairs than the others. It sees less: no lines, no areas, no
words of a name. Trained, its m and u stand in the settings; learning, it draws pairs for u and runs EM for m over the
pairs of a cell, ours runs EM over a sample of its candidates. Splink starts from the same table: its columns are laid
out, ours are read.
"""

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from geo import crs, duplicates, sieve
from tests.benchmarks import _tables
from tests.benchmarks._measure import Taken, peak_gib, taken
from tests.benchmarks.candidates import _flat, _postgis

SIZE = 1_000_000
GROWN_FROM = 100_000
WARM = 60_000
"""Works of which so many pairs are near that every kernel is used, and so compiled before the clock starts."""
GIB, POSTGIS_TIMES, SPLINK_TIMES, LEARNING_TIMES, EXPONENT = 2.0, 5.0, 1.0, 3.0, 1.1
RANDOM_PAIRS = 1e6
CELL_DEG = 0.001


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """Seconds of the sides at `size` works, what the stages take, and how the search grows up to there."""
    n = size or SIZE
    figures: dict = {"works": n, "ours": alone(n), "ours_learning": alone(n, learn=True)}
    ours, learning = figures["ours"], figures["ours_learning"]
    for name, side in (("ours", ours), ("ours, learning", learning)):
        say(f"{n:,} works: {name} wall {side['wall_s']:.1f} s, CPU {side['cpu_s']:.1f} s, {side['listed']:,} of "
            f"{side['candidates']:,} candidate pairs listed; at most {side['peak_gib']:.2f} GiB with the table's own "
            f"{side['table_gib']:.2f} (sought {GIB:.0f})")
    made = _tables.uniform(n)
    table = made.sites
    _compiled()
    figures["stages"] = _stages(table, say)
    for name, (side, more), mine, sought in (
            ("postgis_bare_join", (_postgis(_flat(np.asarray(table.geometry.array, object))), {}), ours, POSTGIS_TIMES),
            ("splink_trained", _splink(made, reached, learn=False), ours, SPLINK_TIMES),
            ("splink_learning", _splink(made, reached, learn=True), learning, LEARNING_TIMES),
            ("splink_trained_fewer_pairs", _splink(made, two_grids, learn=False), ours, SPLINK_TIMES)):
        times = {"wall": round(side.wall_s / mine["wall_s"], 2), "cpu": round(side.cpu_s / mine["cpu_s"], 2)}
        figures[name] = {**side.to_json(), **more, "times_ours": times}
        say(f"  {name:<18} {side}: {times['wall']} times our wall, {times['cpu']} times our CPU (sought {sought:.0f}) "
            + ", ".join(f"{part} {told}" for part, told in more.items()))
    if n > GROWN_FROM:
        figures["from"] = alone(GROWN_FROM)
        figures["exponent"] = exponent({GROWN_FROM: figures["from"], n: ours})
        say(f"  CPU grows with the works to the power {figures['exponent']} from {GROWN_FROM:,} (sought {EXPONENT})")
    return figures


def _compiled() -> None:
    warm = _tables.uniform(WARM, seed=1).sites
    duplicates.find(warm, every=True)
    duplicates.find(warm, learn=True)


def exponent(searches: dict[int, dict]) -> float:
    """The power of the number of works with which CPU grows from the smallest to the largest search."""
    few, many = min(searches), max(searches)
    return round(float(np.log(searches[many]["cpu_s"] / searches[few]["cpu_s"]) / np.log(many / few)), 3)


def alone(n: int, table: str = "uniform", learn: bool = False) -> dict:
    """One search in a process of its own, for its memory to be its own."""
    code = ("import json, sys; from tests.benchmarks import pipeline; "
            "print(json.dumps(pipeline.one_search(int(sys.argv[1]), sys.argv[2], sys.argv[3] == 'True')))")
    said = subprocess.run([sys.executable, "-c", code, str(n), table, str(learn)], capture_output=True, text=True,
                          check=True)
    return json.loads(said.stdout.splitlines()[-1])


def one_search(n: int, table: str, learn: bool) -> dict:
    """Seconds and memory of `find` on a table of n works; the copies planted in it, and inside its crowd, that are
    listed."""
    _compiled()
    made = getattr(_tables, table)(n)
    crowd = {"uniform": n, "town": _tables.DENSE, "one_spot": _tables.CROWD}[table]
    table_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    counted: list[int] = []
    measured = duplicates._candidates
    duplicates._candidates = lambda *given: counted.append(len(pairs := measured(*given))) or pairs  # type: ignore
    search = taken(lambda: duplicates.find(made.sites, learn=learn))
    peak = round(peak_gib(), 2)
    pairs = search.result.pairs
    listed = set(zip(pairs["left"].tolist(), pairs["right"].tolist(), strict=True))
    inside = [(int(a), int(b)) for a, b in made.planted if a < crowd]
    return {**search.to_json(), "candidates": counted[0], "us_per_candidate": round(search.cpu_s / counted[0] * 1e6, 2),
            "listed": len(pairs), "groups": int(search.result.groups.nunique()),
            "planted": len(inside), "planted_listed": round(sum(one in listed for one in inside) / len(inside), 4),
            "peak_gib": peak, "table_gib": round(table_gib, 2)}


def _stages(table: object, say: Callable[[str], None]) -> dict:
    """What each stage takes; each is done once more here, by itself."""
    read = taken(lambda: duplicates._prepared(table, None))
    sites, model, crowd = read.result
    near = taken(lambda: duplicates._candidates(sites, crowd))
    pairs = near.result
    sieved = taken(lambda: sieve.may_be_listed(sites, pairs, model, duplicates.LISTED_BITS))
    kept = pairs[sieved.result]
    decided = taken(lambda: duplicates._decided(sites, kept, model, among=len(pairs)))
    best = taken(lambda: duplicates._ranked(duplicates._project_pairs(sites, decided.result)))
    ranked = best.result[duplicates.listed(best.result)]
    grouped = taken(lambda: duplicates.groups(sites, ranked, table))
    sides = {"read and count": read, "candidates": near, f"leave out of {len(pairs):,}": sieved,
             f"measure and decide {len(kept):,}": decided, "rank": best, "group": grouped}
    for name, side in sides.items():
        say(f"    {name:<36} {side}")
    return {name: side.to_json() for name, side in sides.items()}


def _splink(made: _tables.Made, block: Callable[[np.ndarray], pa.Array], learn: bool) -> tuple[Taken, dict]:
    """From the same table to pairs and clusters: laying it out as Splink reads it, then what it does itself."""
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.disable(logging.WARNING)  # it sets its own level again
    laid_out = taken(lambda: _laid_out(made.sites, block))
    frame = laid_out.result
    several, one = ({"m_probabilities": [0.7, 0.2, 0.1], "u_probabilities": [0.01, 0.09, 0.9]},
                    {"m_probabilities": [0.9, 0.1], "u_probabilities": [0.2, 0.8]})
    comparisons = [compare.JaroWinklerAtThresholds("name", [0.9]),
                   *(compare.ExactMatch(column) for column in ("category", "fund", "year", "amount")),
                   compare.DistanceInKMAtThresholds("lat", "lon", [0.01, 0.05])]
    if not learn:
        comparisons = [comparison.configure(**(one if 0 < place < 5 else several))
                       for place, comparison in enumerate(comparisons)]
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, probability_two_random_records_match=1e-3,
        blocking_rules_to_generate_predictions=[block_on("cells", arrays_to_explode=["cells"])],
        retain_intermediate_calculation_columns=False)

    def search() -> int:
        linker = Linker(DuckDBAPI().register(frame), settings)
        if learn:
            linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS)
            linker.training.estimate_parameters_using_expectation_maximisation(block_on("cell"))
        predicted = linker.inference.predict(threshold_match_probability=0.05)
        linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.5)
        return predicted.as_duckdbpyrelation().shape[0]

    own = taken(search)
    both = Taken(laid_out.wall_s + own.wall_s, laid_out.cpu_s + own.cpu_s, own.result)
    return both, {"listed": own.result, "laying_out": laid_out.to_json(), "splink_itself": own.to_json()}


def _laid_out(table: gpd.GeoDataFrame, block: Callable[[np.ndarray], pa.Array]) -> pa.Table:
    """Names as they are, middles, and the cells in which each work may meet another."""
    shapes = np.asarray(table.geometry.array, object)
    bounds = shapely.bounds(shapes)
    lon, lat = shapely.get_coordinates(shapely.centroid(shapes)).T
    frame = table[["name", "category", "fund", "amount"]].assign(
        unique_id=np.arange(len(table)), year=table["year"].astype("int64"), lon=lon, lat=lat,
        cell=_cell(np.floor(lon / CELL_DEG), np.floor(lat / CELL_DEG)))
    return pa.Table.from_pandas(frame, preserve_index=False).append_column("cells", block(bounds))


def _cell(column: np.ndarray, row: np.ndarray) -> np.ndarray:
    return column.astype(np.int64) << 32 | row.astype(np.int64) & 0xFFFFFFFF


def reached(bounds: np.ndarray) -> pa.Array:
    """All cells that a work's box touches, grown by half the tolerance: two works within it share one."""
    by = _tables.TOLERANCE_M / 2 / np.array(crs.degrees_m(bounds[:, 1])).T
    low, high = (np.floor(side / CELL_DEG).astype(np.int64) for side in (bounds[:, :2] - by, bounds[:, 2:] + by))
    wide, count = high[:, 0] - low[:, 0] + 1, (high - low + 1).prod(axis=1)
    first = np.concatenate([[0], np.cumsum(count)])
    owner = np.repeat(np.arange(len(bounds)), count)
    step = np.arange(first[-1]) - first[owner]
    cells = _cell(low[owner, 0] + step % wide[owner], low[owner, 1] + step // wide[owner])
    return pa.ListArray.from_arrays(pa.array(first.astype(np.int32)), pa.array(cells))


def two_grids(bounds: np.ndarray) -> pa.Array:
    """The cell of a work's middle in each of two grids, the one between the other's: few pairs, and hardly a planted
    copy lost, but many near works are never compared."""
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2 / CELL_DEG
    cells = [_cell(*np.floor(middle + aside).T) << 1 | aside_bit for aside_bit, aside in enumerate((0.0, 0.5))]
    return pa.ListArray.from_arrays(pa.array(np.arange(len(bounds) + 1, dtype=np.int32) * 2),
                                    pa.array(np.column_stack(cells).reshape(-1)))
