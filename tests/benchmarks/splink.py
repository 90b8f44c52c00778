"""Splink against our engine on planted tables, both told the same labels: F1, and what predicting and clustering cost.

A regency has 20,000 works; 200,000 are ten regencies side by side. Copies differ from what they copy in category,
fund, year and wording, how often is printed. Labels are the planted pairs of a regency that is not judged; seeds are
used nowhere else. Splink learns m from them, u from random pairs of that regency and its prior from how many of its
works are copies, and judges every regency by these; it compares the name (Jaro-Winkler, rare names weighing more), the
distance between centroids, category, fund, year, amount, volume, region, RT and RW, and it is blocked so that hardly a
planted pair is lost, which is asserted. Both are judged at probability ½ and at the threshold best on the labels.
"""

import logging
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.demonstration.generate import Generated, generate
from app.demonstration.villages import invented
from geo import duplicates, names
from geo.kinds import TO_LOOK_AT
from geo.learning import labels
from geo.model import Model
from tests.benchmarks import _closure
from tests.benchmarks._measure import taken

REGENCY = 20_000
LEARNED = (8201,)
JUDGED = tuple(range(8301, 8311))
SIZES = (20_000, 200_000)
APART_DEG = 1.5
CELL_DEG = 0.003
BLOCKED_FROM = 0.98
KEPT_FROM = 0.01
RANDOM_PAIRS = 3e6
METRES_KM = (0.005, 0.015, 0.04, 0.1)
NAMES = (0.95, 0.88, 0.8, 0.7)
Scored = pd.Series
"""Probability by pair of projects."""


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """F1 and seconds of both sides at each size; both trained on the same labelled regency."""
    learned = territory(LEARNED)
    copied = _changed(learned)
    say("copies whose " + ", ".join(f"{name} differs {share:.0%}" for name, share in copied.items()))
    truth = _closure.planted(learned.truth)
    trained, ours_from = _ours_learned(learned, truth)
    settings, splink_from = _splink_learned(learned, truth)
    say(f"best thresholds on the labelled works: ours {ours_from:.3f}, Splink {splink_from:.3f}")
    duplicates.find(learned.works.iloc[:8_000])  # compiled before the clock starts
    figures: dict = {"copies_that_differ": copied, "works": {}}
    for works in (size,) if size else SIZES:
        figures["works"][works] = _judged(works, trained, ours_from, settings, splink_from, say)
    return figures


def territory(seeds: tuple[int, ...], size: int = REGENCY) -> Generated:
    """A regency for each seed, side by side, codes and projects of its own."""
    works, truth = [], []
    for place, seed in enumerate(seeds):
        villages = invented()
        villages["geometry"] = villages.translate(xoff=-APART_DEG * place)
        for column in ("code", "parent"):
            villages[column] = [code and code.replace("00.01", f"00.{place + 1:02}", 1) for code in villages[column]]
        made = generate(seed, size, villages=villages)
        works.append(made.works.assign(project=f"{place:02}" + made.works["project"]))
        truth.append(made.truth.assign(left=f"{place:02}" + made.truth["left"],
                                       right=f"{place:02}" + made.truth["right"]))
    together = gpd.GeoDataFrame(pd.concat(works, ignore_index=True), geometry="geometry", crs=4326)
    return Generated(together, pd.concat(truth, ignore_index=True))


def _changed(made: Generated) -> dict[str, float]:
    """Of the planted pairs, the share whose two records differ, by column."""
    once = made.works.drop_duplicates("project").set_index("project")
    planted = sorted(_closure.planted(made.truth))
    left, right = (once.loc[[pair[side] for pair in planted]] for side in (0, 1))
    told = {column: (left[column].to_numpy(object), right[column].to_numpy(object))
            for column in ("category", "fund", "year", "name", "amount")}
    return {column: round(float(np.mean([one != other for one, other in zip(a, b, strict=True)])), 3)
            for column, (a, b) in told.items()}


def _judged(size: int, trained: Model, ours_from: float, settings: dict, splink_from: float,
            say: Callable[[str], None]) -> dict:
    made = territory(JUDGED[:max(size // REGENCY, 1)], min(size, REGENCY))
    truth = _closure.planted(made.truth)
    works = made.works["project"].nunique()
    say(f"{works:,} works, {len(truth):,} planted pairs")
    linker = _linker(made, settings)
    recall = _blocking_recall(made, truth)
    say(f"  Splink's blocking holds {recall:.3f} of the planted pairs")
    assert recall >= BLOCKED_FROM
    peer, ours, shipped = (taken(lambda: _predicted_and_clustered(linker)),
                           taken(lambda: duplicates.find(made.works, trained)),
                           taken(lambda: duplicates.find(made.works)))
    figures = {"planted": len(truth), "blocking_recall": round(recall, 4)}
    for name, side, scored, best in (
            ("ours_shipped", shipped, _ours(made, shipped.result.pairs), None),
            ("ours_trained", ours, _ours(made, ours.result.pairs), ours_from),
            ("splink", peer, _by_project(made, peer.result), splink_from)):
        figures[name] = {**side.to_json(), "at_half": _quality(scored, truth, 0.5),
                         **({"at_best": _quality(scored, truth, best) | {"from": round(best, 4)}} if best else {})}
        say(f"  {name:<13} {side}  " + "  ".join(
            f"{at}: F1 {one['f1']:.3f} (recall {one['recall']:.3f}, precision {one['precision']:.3f})"
            for at, one in figures[name].items() if at.startswith("at_")))
    return figures


def _ours_learned(made: Generated, truth: set) -> tuple[Model, float]:
    """The shipped weights moved by the labels, and the threshold at which they judge these best."""
    pairs = duplicates.find(made.works, every=True).pairs
    ids = made.works["project"].to_numpy()
    alike = np.array([key in truth for key in _closure.keys(ids[pairs["left"]], ids[pairs["right"]])], np.int64)
    levels = {name: pairs[f"level_{name}"].to_numpy() for name in Model.shipped().weights}
    model = labels.fit(levels, alike)
    return model, _best_from(_ours(made, duplicates.find(made.works, model).pairs), truth)


def _ours(made: Generated, pairs: pd.DataFrame) -> Scored:
    """Probability by pair, of the kinds to look at: a named look-alike is no duplicate whatever its score."""
    ids = made.works["project"].to_numpy()
    pairs = pairs[pairs["kind"].isin(TO_LOOK_AT)]
    return pd.Series(pairs["probability"].to_numpy(), _closure.keys(ids[pairs["left"]], ids[pairs["right"]]),
                     dtype=float)


def _splink_learned(made: Generated, truth: set) -> tuple[dict, float]:
    """Splink's settings with m learned from the labels, and the threshold at which it judges these best."""
    linker = _linker(made, _settings(2 * len(truth) / len(made.works) ** 2))
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=1)
    linker.table_management.register_table(_labels(made), "planted", overwrite=True)
    linker.training.estimate_m_from_pairwise_labels("planted")
    return linker.misc.save_model_to_json(), _best_from(_by_project(made, _predicted(linker)), truth)


def _linker(made: Generated, settings: Any) -> Any:
    from splink import DuckDBAPI, Linker

    linker = Linker(DuckDBAPI().register(_frame(made.works)), settings)
    logging.getLogger("splink").setLevel(logging.ERROR)  # the linker sets it anew
    return linker


def _settings(chance: float) -> Any:
    import splink.comparison_level_library as level
    import splink.comparison_library as compare
    from splink import SettingsCreator, block_on
    from splink.blocking_rule_library import CustomRule

    year = [level.NullLevel("year"), level.ExactMatchLevel("year"), level.AbsoluteDifferenceLevel("year", 1),
            level.AbsoluteDifferenceLevel("year", 4), level.ElseLevel()]
    amount = [level.NullLevel("amount"), level.ExactMatchLevel("amount", term_frequency_adjustments=True),
              level.PercentageDifferenceLevel("amount", 0.03), level.PercentageDifferenceLevel("amount", 0.15),
              level.PercentageDifferenceLevel("amount", 0.5), level.ElseLevel()]
    volume = [level.NullLevel("volume"), level.ExactMatchLevel("volume", term_frequency_adjustments=True),
              level.PercentageDifferenceLevel("volume", 0.08), level.PercentageDifferenceLevel("volume", 0.3),
              level.ElseLevel()]
    return SettingsCreator(
        link_type="dedupe_only", probability_two_random_records_match=chance,
        comparisons=[
            compare.JaroWinklerAtThresholds("name", list(NAMES)).configure(term_frequency_adjustments=True),
            compare.DistanceInKMAtThresholds("lat", "lon", list(METRES_KM)),
            *(compare.ExactMatch(column) for column in ("category", "fund", "region_code", "rt", "rw")),
            compare.CustomComparison(year, "year"), compare.CustomComparison(amount, "amount"),
            compare.CustomComparison(volume, "volume")],
        blocking_rules_to_generate_predictions=[
            block_on("cell"), block_on("cell_aside"), CustomRule(
                "l.region_code = r.region_code and (l.lat is null or r.lat is null)")],
        additional_columns_to_retain=["project"], retain_intermediate_calculation_columns=False)


def _frame(works: gpd.GeoDataFrame) -> pd.DataFrame:
    middle = shapely.get_coordinates(shapely.centroid(np.asarray(works.geometry.array, object)))
    lon, lat = np.full((2, len(works)), np.nan)
    there = works.geometry.notna().to_numpy()
    lon[there], lat[there] = middle.T
    cells = [[f"{x:.0f} {y:.0f}" if x == x else None for x, y in zip(
        np.floor(lon / CELL_DEG + aside), np.floor(lat / CELL_DEG + aside), strict=True)] for aside in (0, 0.5)]
    return pd.DataFrame({
        "unique_id": np.arange(len(works)), "project": works["project"].to_numpy(object),
        "name": [names.plain(name) for name in works["name"]], "lon": lon, "lat": lat, "cell": cells[0],
        "cell_aside": cells[1], "year": works["year"].astype("Int64").to_numpy(np.int64),
        **{column: works[column].to_numpy(object) for column in ("category", "fund", "region_code", "rt", "rw")},
        **{column: works[column].to_numpy(float) for column in ("amount", "volume")}})


def _labels(made: Generated) -> pd.DataFrame:
    rows = made.works.reset_index(drop=True).groupby("project").indices
    pairs = [(int(a), int(b)) for left, right in sorted(_closure.planted(made.truth))
             for a in rows[left] for b in rows[right]]
    return pd.DataFrame([sorted(pair) for pair in pairs], columns=["unique_id_l", "unique_id_r"])


def _blocking_recall(made: Generated, truth: set) -> float:
    frame = _frame(made.works).groupby("project")
    cells, aside, region, lat = ({name: list(values) for name, values in frame[column]}
                                 for column in ("cell", "cell_aside", "region_code", "lat"))

    def held(a: str, b: str) -> bool:
        met = any({one for one in where[a] if one} & {one for one in where[b] if one} for where in (cells, aside))
        bare = any(value != value for value in lat[a] + lat[b])
        return met or (bare and bool(set(region[a]) & set(region[b])))

    return float(np.mean([held(*pair) for pair in truth]))


def _predicted(linker: Any) -> pd.DataFrame:
    return linker.inference.predict(threshold_match_probability=KEPT_FROM).as_pandas_dataframe()


def _predicted_and_clustered(linker: Any) -> pd.DataFrame:
    predicted = linker.inference.predict(threshold_match_probability=KEPT_FROM)
    linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.5)
    return predicted.as_pandas_dataframe()


def _by_project(made: Generated, predicted: pd.DataFrame) -> Scored:
    """The best of the site pairs of each two projects."""
    best = pd.Series(predicted["match_probability"].to_numpy(float),
                     pd.MultiIndex.from_tuples(_closure.keys(predicted["project_l"], predicted["project_r"])))
    best = best[best.index.get_level_values(0) != best.index.get_level_values(1)]
    return best.groupby(level=[0, 1]).max()


def _quality(scored: Scored, truth: set, least: float) -> dict:
    said = set(scored.index[scored >= least])
    hit = len(said & truth)
    recall, precision = hit / len(truth), hit / max(len(said), 1)
    return {"recall": round(recall, 4), "precision": round(precision, 4),
            "f1": round(2 * hit / (len(said) + len(truth)), 4)}


def _best_from(scored: Scored, truth: set) -> float:
    """The least probability at which F1 is best."""
    ordered = scored.sort_values(ascending=False)
    hit = np.cumsum([pair in truth for pair in ordered.index])
    f1 = 2 * hit / (np.arange(1, len(ordered) + 1) + len(truth))
    return float(ordered.iloc[int(np.argmax(f1))])
