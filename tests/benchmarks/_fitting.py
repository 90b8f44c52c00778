"""Fit the shipped weights: towards the reasoned ones, on generated tables of seeds that no benchmark uses.

`python -m tests.benchmarks._fitting OUT.json`. Logistic regression on the levels of every candidate pair, in bits, with
a ridge towards REASONED (one bit is one standard deviation) and no weight further than MOST_BITS from it: the
generator decides the fine balance between reasons, reasoning decides what a reason may say at all. Levels that are
ordered stay so. A weight that generated tables cannot know (contracts of real lists, places of its own in each name)
is held where reasoning put it.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from app.demonstration.generate import Generated, generate
from geo import duplicates
from geo.evidence import EVIDENCE
from tests.benchmarks import _closure

SEEDS = (7001, 7002, 7003, 7004, 7005, 7006)
SIZES = {7011: 2_000, 7012: 2_000, 7013: 2_000}
SIGMA_BITS, MOST_BITS = 1.0, 2.0
STEP_BITS = 0.1
PRIOR_RAISED_BITS = 0.8
"""On seeds left out of the fit the ridge is too shy: what it gives a third is right in half of the cases."""
TURNED = 100.0
VERSION = "shipped-5"
NOTES = {
    "made": "set by reasoning (tests/benchmarks/_reasoned.json), then fitted towards that by a ridge logistic "
            "regression on every candidate pair of generated tables (tests/benchmarks/_fitting.py)",
    "seeds": [*SEEDS, *SIZES], "not_fitted_to": "seeds 2026, 4001, 4002 of the benchmark, and every real list",
    "held": "what generated tables cannot know stays at, or near, what reasoning says; ordered levels stay ordered",
    "prior": f"raised by {PRIOR_RAISED_BITS} bits, where seeds left out of the fit are calibrated at one half",
}
FIRMER_BITS = {**dict.fromkeys(("elsewhere", "record", "declared", "series", "phase", "side"), 0.01),
               **dict.fromkeys(("contract", "contractor", "fund", "activity"), 0.2),
               **dict.fromkeys(("time", "name", "money", "place"), 0.3)}
"""Where reasoning and real lists know better than the generator, weights stay nearer to it."""
ORDERED = (("place", (0, 1, 2, 3, 4)), ("place", (0, 7, 8)), ("overlap", (0, 3, 4, 5)), ("overlap", (0, 6, 5)),
           ("name", (0, 1, 2, 3, 4, 5)),
           ("built", (0, 2, 1, 3, 4)), ("numbers", (2, 3, 4)), ("recipient", (0, 1)), ("size", (0, 1, 2, 3)),
           ("money", (0, 1, 2, 4, 6)), ("money", (2, 3, 5, 6)), ("fund", (0, 1)), ("time", (0, 1, 2, 3, 4, 5)),
           ("activity", (0, 1, 2, 4)), ("contractor", (0, 1)), ("contract", (0, 1, 2)))


def design(pairs: pd.DataFrame, offset: dict[str, int], unknown: int) -> np.ndarray:
    """For each pair the positions of its weights; `unknown` (a weight of zero) where nothing is known."""
    columns = []
    for name, first in offset.items():
        level = pairs[f"level_{name}"].to_numpy()
        columns.append(np.where(level < 0, unknown, first + level))
    return np.column_stack(columns).astype(np.int16)


def labels(made: Generated, pairs: pd.DataFrame) -> np.ndarray:
    ids = made.works["project"].to_numpy()
    planted = _closure.planted(made.truth)
    return np.array([pair in planted for pair in _closure.keys(ids[pairs["left"]], ids[pairs["right"]])])


def fit(rows: np.ndarray, y: np.ndarray, reasoned: np.ndarray, spread: np.ndarray,
        ordered: list[tuple[int, int]]) -> np.ndarray:
    """Weights in bits, the prior first. Equal pairs of evidence are counted once, with how often they occur."""
    both = np.column_stack([rows, y]).astype(np.int16)
    _, first, often = np.unique(np.ascontiguousarray(both).view(f"V{both.shape[1] * 2}").reshape(-1),
                                return_index=True, return_counts=True)
    rows, y = rows[first], y[first].astype(float)
    low, high = (np.array(side) for side in zip(*ordered, strict=True))

    def loss(weight: np.ndarray) -> tuple[float, np.ndarray]:
        score = (weight[0] + np.append(weight, 0.0)[rows].sum(axis=1)) * np.log(2)
        away, turned = (weight - reasoned) / spread, np.maximum(weight[low] - weight[high], 0)
        missed = (often * (np.logaddexp(0, score) - y * score)).sum()
        value = missed + (away ** 2).sum() / 2 + TURNED * (turned ** 2).sum()
        pull = np.log(2) * often * (1 / (1 + np.exp(-score)) - y)
        slope = np.bincount(rows.reshape(-1), np.repeat(pull, rows.shape[1]), len(weight) + 1)[:-1]
        slope[0] = pull.sum()
        slope += away / spread
        np.add.at(slope, low, 2 * TURNED * turned)
        np.add.at(slope, high, -2 * TURNED * turned)
        return value, slope

    bounds = list(zip(reasoned - MOST_BITS, reasoned + MOST_BITS, strict=True))
    return minimize(loss, reasoned, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400}).x


def fitted(tables: list[tuple[pd.DataFrame, np.ndarray]], reasoned: dict) -> dict:
    """The reasoned model (as stored) with fitted weights, rounded to tenths of a bit."""
    counts = {name: module.LEVELS for name, module in EVIDENCE.items()}
    start = np.array([reasoned["prior"], *(one for name in counts for one in reasoned["weights"][name])], float)
    offset = dict(zip(counts, (1 + np.cumsum([0, *counts.values()])[:-1]).tolist(), strict=True))
    spread = np.full(len(start), SIGMA_BITS)
    for name, bits in FIRMER_BITS.items():
        spread[offset[name]:offset[name] + counts[name]] = bits
    ordered = [(offset[name] + low, offset[name] + high) for name, chain in ORDERED for low, high in pairwise(chain)]
    weight = fit(np.concatenate([design(pairs, offset, len(start)) for pairs, _ in tables]),
                 np.concatenate([truth for _, truth in tables]), start, spread, ordered)
    weight = np.round(weight / STEP_BITS) * STEP_BITS
    return {**reasoned, "version": VERSION, "notes": NOTES,
            "prior": round(float(weight[0]) + PRIOR_RAISED_BITS, 1), "weights": {
        name: [round(float(one), 1) for one in weight[offset[name]:offset[name] + count]]
        for name, count in counts.items()}}


def main(out: Path) -> None:
    reasoned = json.loads((Path(__file__).parent / "_reasoned.json").read_text("utf-8"))
    tables = []
    for seed in (*SEEDS, *SIZES):
        made = generate(seed=seed, size=SIZES.get(seed, 12_000))
        pairs = duplicates.find(made.works, every=True).pairs
        tables.append((pairs, labels(made, pairs)))
    out.write_text(json.dumps(fitted(tables, reasoned), indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
