"""Small trees over one or two measures, taken apart into tables.

The trees are scikit-learn's; a leaf of a tree that may ask after two measures only is a box in their two bins, so a
sum of such trees *is* a sum of tables, to the last digit (a test compares them).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from geo.learning.additive import Tables

STEPS = 400
STEP = 0.05
LEAVES = 8
BITS = 1 / np.log(2)
Names = list[str]


def grown(codes: NDArray[np.float64], labels: NDArray[np.int64], pairs: Sequence[tuple[int, int]] | None,
          seed: int, steps: int) -> HistGradientBoostingClassifier:
    """Trees over codes [n, k] (bins as numbers, NaN not known). `pairs` None: any two measures may meet."""
    alone = [{column} for column in range(codes.shape[1])]
    allowed = "pairwise" if pairs is None else [*alone, *map(set, pairs)]
    trees = HistGradientBoostingClassifier(
        learning_rate=STEP, max_iter=steps, max_leaf_nodes=LEAVES, min_samples_leaf=max(5, min(10, len(codes) // 50)),
        l2_regularization=1.0, interaction_cst=allowed, early_stopping=False, random_state=seed)
    # a machine that is shared makes many threads wait for each other: one is faster, and the same every time
    with threadpool_limits(1):
        return trees.fit(codes, labels)


def staged(trees: HistGradientBoostingClassifier, codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score in bits after each step, [steps, n]."""
    with threadpool_limits(1):
        return np.stack([np.ravel(score) for score in trees.staged_decision_function(codes)]) * BITS


def tables(trees: HistGradientBoostingClassifier, steps: int, names: Names,
           edges: Mapping[str, NDArray[np.float64]]) -> Tables:
    """The first `steps` trees as tables over the bins of `edges`."""
    sizes = [len(edges[name]) + 2 for name in names]
    single: dict[str, NDArray[np.float64]] = {}
    double: dict[tuple[str, str], NDArray[np.float64]] = {}
    prior = float(np.ravel(trees._baseline_prediction)[0]) * BITS
    for value, box in _leaves(trees, steps, sizes):
        asked = sorted(box)
        bits = value * BITS
        if not asked:
            prior += bits
        elif len(asked) == 1:
            name = names[asked[0]]
            single.setdefault(name, np.zeros(sizes[asked[0]]))[box[asked[0]]] += bits
        else:
            a, b = asked
            cells = double.setdefault((names[a], names[b]), np.zeros((sizes[a], sizes[b])))
            cells[np.ix_(box[a], box[b])] += bits
    return Tables(edges, prior, single, double)


def _leaves(trees: HistGradientBoostingClassifier, steps: int, sizes: Sequence[int]
            ) -> Iterable[tuple[float, dict[int, NDArray[np.bool_]]]]:
    """Value and box of every leaf: measure -> which of its bins lead there."""
    for step in trees._predictors[:steps]:
        nodes = step[0].nodes
        waiting: list[tuple[int, dict[int, NDArray[np.bool_]]]] = [(0, {})]
        while waiting:
            place, box = waiting.pop()
            node = nodes[place]
            if node["is_leaf"]:
                yield float(node["value"]), box
                continue
            measure = int(node["feature_idx"])
            left = np.arange(sizes[measure]) <= node["num_threshold"]
            left[-1] = bool(node["missing_go_to_left"])
            there = box.get(measure, np.ones(sizes[measure], bool))
            waiting.append((int(node["left"]), {**box, measure: there & left}))
            waiting.append((int(node["right"]), {**box, measure: there & ~left}))


def telling_pairs(found: Tables, bins: Mapping[str, NDArray[np.int64]], names: Names, most: int
                  ) -> list[tuple[int, int]]:
    """The pairs of measures whose tables (purified) move the scores most."""
    moved = sorted(((-float(np.mean(np.abs(table[bins[a], bins[b]]))), names.index(a), names.index(b))
                    for (a, b), table in found.double.items()))
    return [(a, b) for _, a, b in moved[:most]]
