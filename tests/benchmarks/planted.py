"""What of the planted duplicates is found, and how many honest look-alikes are flagged, kind by kind.

The peer is the rule that everybody tries first: same village, within 25 m, and names that look alike. Both sides see
the same generated tables, of seeds that nobody tuned to; the truth is closed (A is B and B is C: A is C). Works of one
contract or one set may stand too far apart to be compared at all: they are not flagged then, and count as not
compared. The first thirty are what an inspector has time for, ordered by money × probability.
"""

import itertools
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz

from app.demonstration.generate import Generated, generate
from geo import duplicates
from geo.kinds import LOOK_ALIKES, TO_LOOK_AT
from tests.benchmarks import _closure
from tests.benchmarks._closure import keys

SEEDS = (2026, 4001, 4002)
SIZE = 12_000
NEAR_M = 25.0
ALIKE = 80.0
FIRST = 30
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0000001)


def run(say: Callable[[str], None]) -> dict:
    """Figures for each seed, the reliability of the probability over all, and tables without any duplicate."""
    tables, chances, truths, flags, works = {}, [], [], 0, 0
    for seed in SEEDS:
        made = generate(seed=seed, size=SIZE)
        tables[seed], chance, truth = _figures(made, say, seed)
        chances.append(chance)
        truths.append(truth)
        clean = generate(seed=seed, size=SIZE, duplicates=False).works
        flags += int(duplicates.flagged(duplicates.find(clean).pairs).sum())
        works += clean["project"].nunique()
    per_thousand = 1000 * flags / works
    say(f"tables without any duplicate: {flags} flags among {works} works, {per_thousand:.2f} for 1,000 works")
    return {"seeds": tables, "reliability": _reliability(np.concatenate(chances), np.concatenate(truths), say),
            "flags_per_1000_works_without_duplicates": round(per_thousand, 3)}


def _figures(made: Generated, say: Callable[[str], None], seed: int) -> tuple[dict, np.ndarray, np.ndarray]:
    found = duplicates.find(made.works, every=True)
    pairs = found.pairs
    ids = made.works["project"].to_numpy()
    pairs["key"] = keys(ids[pairs["left"]], ids[pairs["right"]])
    pairs["flagged"] = duplicates.flagged(pairs)
    planted = _closure.planted(made.truth)
    pairs["planted"] = pairs["key"].isin(planted)
    ours = _recall_precision(set(pairs.loc[pairs["flagged"], "key"]), planted)
    peer = _recall_precision(_by_distance_and_name(made.works), planted)
    say(f"seed {seed} ({found.model.version}): ours recall {ours[0]:.3f} precision {ours[1]:.3f}; "
        f"{NEAR_M:.0f} m and alike in name: recall {peer[0]:.3f} precision {peer[1]:.3f}")
    kinds = _by_kind(made.truth, pairs, planted, say)
    figures = {"model": found.model.version, "recall": ours[0], "precision": ours[1], "peer_recall": peer[0],
               "peer_precision": peer[1], "planted": len(planted), "kinds": kinds,
               **_first_thirty(made.works, pairs, planted, say)}
    to_judge = ~pairs["kind"].isin([kind for kind in LOOK_ALIKES if kind != "neighbours"])
    return figures, pairs.loc[to_judge, "probability"].to_numpy(), pairs.loc[to_judge, "planted"].to_numpy()


def _by_kind(truth: pd.DataFrame, pairs: pd.DataFrame, planted: set, say: Callable[[str], None]) -> dict:
    """Each kind: planted pairs, how many are compared, flagged and named right; what flags of that name are worth."""
    truth = truth.assign(key=keys(truth["left"], truth["right"]))
    by_key = pairs.set_index("key")
    kinds = {}
    for kind in (*TO_LOOK_AT, *LOOK_ALIKES):
        of_kind = truth.loc[truth["kind"] == kind, "key"]
        compared = by_key.loc[[key for key in of_kind if key in by_key.index]]
        judged = compared[compared["flagged"]] if kind in TO_LOOK_AT else compared
        called = pairs[pairs["flagged"] & (pairs["kind"] == kind)]
        kinds[kind] = {"pairs": len(of_kind), "compared": len(compared),
                       "flagged": round(float(compared["flagged"].sum() / max(len(of_kind), 1)), 4),
                       "named_right": round(float((judged["kind"] == kind).mean()), 4)}
        line = (f"  {kind:<16} {len(of_kind):4d} pairs, {len(compared):4d} compared  flagged "
                f"{kinds[kind]['flagged']:6.1%}  named right {kinds[kind]['named_right']:6.1%}")
        if kind in TO_LOOK_AT:
            kinds[kind]["precision_of_flags_so_named"] = round(float(called["key"].isin(planted).mean()), 4)
            line += f"  precision of flags so named {kinds[kind]['precision_of_flags_so_named']:6.1%}"
        say(line)
    return kinds


def _first_thirty(works: gpd.GeoDataFrame, pairs: pd.DataFrame, planted: set, say: Callable[[str], None]) -> dict:
    """Precision among the first thirty flags by money × probability, and the planted money they hold."""
    money = duplicates.money_to_look_at(works.iloc[pairs["left"]], works.iloc[pairs["right"]],
                                        pairs.reset_index(drop=True))
    worth = np.nan_to_num(money) * pairs["planted"].to_numpy()
    weight = np.where(pairs["flagged"], np.nan_to_num(money) * pairs["probability"].to_numpy(), -1)
    first = np.argsort(-weight, kind="stable")[:FIRST]
    most = np.sort(worth)[::-1][:FIRST].sum()
    figures = {"precision_of_first_30": round(float(pairs["planted"].to_numpy()[first].mean()), 4),
               "share_of_planted_money_in_first_30": round(float(worth[first].sum() / worth.sum()), 4),
               "share_in_the_best_possible_30": round(float(most / worth.sum()), 4)}
    say(f"  first {FIRST} by money x probability: precision {figures['precision_of_first_30']:.3f}, "
        f"{figures['share_of_planted_money_in_first_30']:.1%} of the planted money "
        f"(the best thirty hold {figures['share_in_the_best_possible_30']:.1%})")
    return figures


def _reliability(chance: np.ndarray, truth: np.ndarray, say: Callable[[str], None]) -> list[dict]:
    """Predicted against observed, of all compared pairs but named look-alikes."""
    table = []
    for low, high in itertools.pairwise(BINS):
        inside = (chance >= low) & (chance < high)
        table.append({"from": low, "to": min(high, 1.0), "pairs": int(inside.sum()),
                      "predicted": round(float(chance[inside].mean()), 4) if inside.any() else None,
                      "observed": round(float(truth[inside].mean()), 4) if inside.any() else None})
        say(f"  probability {low:.2f} to {min(high, 1.0):.2f}: {inside.sum():6d} pairs, predicted "
            f"{table[-1]['predicted']}, observed {table[-1]['observed']}")
    return table


def _recall_precision(flagged: set, planted: set) -> tuple[float, float]:
    hits = len(flagged & planted)
    return hits / len(planted), hits / max(len(flagged), 1)


def _by_distance_and_name(works: gpd.GeoDataFrame) -> set[tuple[str, str]]:
    there = works[works.geometry.notna()].reset_index(drop=True)
    metres = there.to_crs(there.estimate_utm_crs()).geometry.to_numpy()
    left, right = shapely.STRtree(metres).query(metres, predicate="dwithin", distance=NEAR_M)
    once = left < right
    names, codes, ids = there["name"], there["region_code"], there["project"]
    return {(min(ids[a], ids[b]), max(ids[a], ids[b])) for a, b in zip(left[once], right[once], strict=True)
            if ids[a] != ids[b] and codes[a] == codes[b]
            and fuzz.token_sort_ratio(names[a].lower(), names[b].lower()) >= ALIKE}
