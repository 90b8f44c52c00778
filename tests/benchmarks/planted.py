"""What of the planted duplicates is found, and how many honest look-alikes are flagged, kind by kind.

The peer is the rule that everybody tries first: same village, within 25 m, and names that look alike. Both sides see
the same generated tables, of seeds that nobody tuned to. Works of one contract or one set may stand too far apart to
be compared at all: they are not flagged then, and count as not compared.
"""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz

from app.demonstration.generate import Generated, generate
from geo import duplicates
from geo.kinds import LOOK_ALIKES, TO_LOOK_AT

SEEDS = (2026, 4001, 4002)
SIZE = 12_000
NEAR_M = 25.0
ALIKE = 80.0


def run(say: Callable[[str], None]) -> dict:
    """Figures for each seed and their mean; `size` works each, and one table without any duplicate."""
    tables = {seed: _figures(generate(seed=seed, size=SIZE), say, seed) for seed in SEEDS}
    clean = generate(seed=SEEDS[0], size=SIZE, duplicates=False).works
    flags = int(duplicates.flagged(duplicates.find(clean).pairs).sum())
    per_thousand = 1000 * flags / clean["project"].nunique()
    say(f"a table without any duplicate: {flags} flags, {per_thousand:.2f} for 1,000 works")
    return {"seeds": tables, "flags_per_1000_works_without_duplicates": per_thousand}


def _figures(made: Generated, say: Callable[[str], None], seed: int) -> dict:
    pairs = duplicates.find(made.works, every=True).pairs
    ids = made.works["project"].to_numpy()
    keys = _keys(ids[pairs["left"]], ids[pairs["right"]])
    named = dict(zip(keys, pairs["kind"], strict=True))
    flagged = {key for key, flag in zip(keys, duplicates.flagged(pairs), strict=True) if flag}
    truth = made.truth.assign(key=_keys(made.truth["left"], made.truth["right"]))
    planted = set(truth.loc[truth["duplicate"], "key"])
    ours = _recall_precision(flagged, planted)
    peer = _recall_precision(_by_distance_and_name(made.works), planted)
    say(f"seed {seed}: ours recall {ours[0]:.3f} precision {ours[1]:.3f}; "
        f"{NEAR_M:.0f} m and alike in name: recall {peer[0]:.3f} precision {peer[1]:.3f}")
    kinds = {}
    for kind in (*TO_LOOK_AT, *LOOK_ALIKES):
        of_kind = truth[truth["kind"] == kind]
        hit = of_kind["key"].isin(flagged).mean()
        called = of_kind["key"].map(named).dropna()
        right = (called == kind).mean()
        kinds[kind] = {"pairs": len(of_kind), "compared": len(called), "flagged": round(hit, 4),
                       "named_right_of_compared": round(right, 4)}
        say(f"  {kind:<16} {len(of_kind):4d} pairs, {len(called):4d} compared  flagged {hit:6.1%}  "
            f"named right {right:6.1%} of those")
    return {"recall": ours[0], "precision": ours[1], "peer_recall": peer[0], "peer_precision": peer[1], "kinds": kinds}


def _keys(left: pd.Series | np.ndarray, right: pd.Series | np.ndarray) -> list[tuple[str, str]]:
    return [(min(pair), max(pair)) for pair in zip(left, right, strict=True)]


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
