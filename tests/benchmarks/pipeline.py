"""The whole search with the shipped model: all evidence, score, kinds and groups, beside PostGIS's bare self-join and
Splink's predict and cluster with a trained model, in the same run.

Splink gets what it can use: the name (Jaro-Winkler), category, fund, year, amount and the distance between
centroids, blocked by cells of 0.001 degrees of both coordinates; its m and u stand in the settings, so that nothing is
learnt while the clock runs. It sees less: no lines, no areas, no words of a name, no neighbouring cells.
"""

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import shapely

from geo import candidates, duplicates
from geo.evidence import sites as columns
from geo.evidence.between import measure
from tests.benchmarks import _tables
from tests.benchmarks._measure import Taken, peak_gib, taken
from tests.benchmarks.candidates import _flat, _postgis

SIZE = 1_000_000
GROWTH = (100_000, 300_000, 1_000_000)
GIB = 2.0


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """Seconds of the three sides at `size` works, what the stages take, and how the search grows."""
    n = size or SIZE
    duplicates.find(_tables.uniform(8_000, seed=1).sites)  # compiled before the clock starts
    figures: dict = {"works": n, "ours": _alone(n)}
    ours = figures["ours"]
    say(f"{n:,} works: ours wall {ours['wall_s']:.1f} s, CPU {ours['cpu_s']:.1f} s, {ours['listed']:,} pairs listed; "
        f"at most {ours['peak_gib']:.2f} GiB with the table's own {ours['table_gib']:.2f} (sought {GIB:.0f})")
    table = _tables.uniform(n).sites
    figures["stages"] = _stages(table, say)
    peers = {"postgis_bare_join": _postgis(_flat(np.asarray(table.geometry.array, object))),
             "splink_predict_and_cluster": _splink(table)}
    for name, side in peers.items():
        times = {"wall": round(side.wall_s / ours["wall_s"], 2), "cpu": round(side.cpu_s / ours["cpu_s"], 2)}
        figures[name] = {**side.to_json(), "result": side.result, "times_ours": times}
        say(f"  {name:<27} {side}: {times['wall']} times our wall, {times['cpu']} times our CPU")
    say("sought: PostGIS's bare join 5 times, Splink 1 time")
    sizes = [one for one in GROWTH if one < n] + [n]
    grown = {one: ours if one == n else _alone(one) for one in sizes}
    figures["growth"] = {one: each["cpu_s"] for one, each in grown.items()}
    if len(sizes) > 1:
        slope = np.log(grown[n]["cpu_s"] / grown[sizes[0]]["cpu_s"]) / np.log(n / sizes[0])
        figures["exponent"] = round(float(slope), 3)
        say(f"  CPU grows with the works to the power {slope:.2f} from {sizes[0]:,} (sought 1.1)")
    return figures


def _alone(n: int) -> dict:
    """One search in a process of its own, for its memory to be its own."""
    code = ("import json, sys; from tests.benchmarks import pipeline; "
            "print(json.dumps(pipeline.one_search(int(sys.argv[1]))))")
    said = subprocess.run([sys.executable, "-c", code, str(n)], capture_output=True, text=True, check=True)
    return json.loads(said.stdout.splitlines()[-1])


def one_search(n: int) -> dict:
    """Seconds and memory of `find` on n works; the copies planted among them that are listed."""
    duplicates.find(_tables.uniform(8_000, seed=1).sites)
    made = _tables.uniform(n)
    table_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    search = taken(lambda: duplicates.find(made.sites))
    pairs = search.result.pairs
    listed = set(zip(pairs["left"].tolist(), pairs["right"].tolist(), strict=True))
    hit = sum((int(a), int(b)) in listed for a, b in made.planted)
    return {**search.to_json(), "listed": len(pairs), "groups": int(search.result.groups.nunique()),
            "planted_listed": round(hit / max(len(made.planted), 1), 4), "peak_gib": round(peak_gib(), 2),
            "table_gib": round(table_gib, 2)}


def _stages(table: object, say: Callable[[str], None]) -> dict:
    """What reading the columns, joining and measuring take; each is done once more here, by itself."""
    read = taken(lambda: columns.read(table))
    sites = read.result
    near = taken(lambda: candidates.near(sites))
    part = near.result[:200_000]

    def measured() -> None:
        left, right = sites.take(part[:, 0]), sites.take(part[:, 1])
        measure(left, right, candidates.tolerance_m(left.category, right.category, left.accuracy_m, right.accuracy_m))

    sides = {"read": read, "join": near, f"measure {len(part):,} of {len(near.result):,} pairs": taken(measured)}
    for name, side in sides.items():
        say(f"    {name:<36} {side}")
    return {name: side.to_json() for name, side in sides.items()}


def _splink(table: object) -> Taken:
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    middle = shapely.get_coordinates(shapely.centroid(np.asarray(table.geometry.array, object)))
    frame = table[["name", "category", "fund", "amount"]].assign(
        unique_id=np.arange(len(table)), year=table["year"].astype("int64"), lon=middle[:, 0], lat=middle[:, 1],
        cell=[f"{x:.3f} {y:.3f}" for x, y in middle.tolist()]).astype({"name": object, "category": object})
    fixed = ({"m": [0.7, 0.2, 0.1], "u": [0.01, 0.09, 0.9]}, {"m": [0.9, 0.1], "u": [0.2, 0.8]})
    comparisons = [
        compare.JaroWinklerAtThresholds("name", [0.9]).configure(
            m_probabilities=fixed[0]["m"], u_probabilities=fixed[0]["u"]),
        *(compare.ExactMatch(column).configure(m_probabilities=fixed[1]["m"], u_probabilities=fixed[1]["u"])
          for column in ("category", "fund", "year", "amount")),
        compare.DistanceInKMAtThresholds("lat", "lon", [0.01, 0.05]).configure(
            m_probabilities=fixed[0]["m"], u_probabilities=fixed[0]["u"]),
    ]
    settings = SettingsCreator(link_type="dedupe_only", comparisons=comparisons,
                               blocking_rules_to_generate_predictions=[block_on("cell")],
                               probability_two_random_records_match=1e-3, retain_intermediate_calculation_columns=False)
    api = DuckDBAPI()
    linker = Linker(api.register(frame), settings)

    def search() -> int:
        predicted = linker.inference.predict(threshold_match_probability=0.05)
        linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.5)
        return len(predicted.as_pandas_dataframe())

    return taken(search)
