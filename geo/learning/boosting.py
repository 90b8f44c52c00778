"""Small trees over one or two measures, taken apart into tables as they grow.

The trees are grown by scikit-learn; one that may ask after two measures only is a table over their bins, so a sum of
such trees *is* a sum of tables (a test compares them). A measure that is not known says nothing: each tree is grown
with another random known value in its place, and its table is only added where what it asks after is known. So the
trees can neither see what is missing nor spend themselves on it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble._hist_gradient_boosting.grower import TreeGrower, TreeNode

from geo.learning.additive import Tables, apart

STEPS, STAGE = 400, 20
STEP = 0.05
LEAVES = 8
PULL = 1.0
BITS = 1 / np.log(2)
Bins = Mapping[str, NDArray[np.int64]]
Edges = Mapping[str, NDArray[np.float64]]
Names = Sequence[str]


def grown(bins: Bins, labels: NDArray[np.int64], edges: Edges, pairs: Sequence[tuple[int, int]] | None, seed: int,
          steps: int) -> Iterator[tuple[int, Tables]]:
    """The tables after every STAGE steps, and how many steps these are; those of `steps` last. `pairs` (numbers of
    `edges`) may meet in a tree; None: any two."""
    names = list(edges)
    sizes = [len(edges[name]) + 1 for name in names]
    codes = np.column_stack([bins[name] for name in names])
    alone = [{number} for number in range(len(names))]
    allowed = [*alone, *map(set, combinations(range(len(names)), 2) if pairs is None else pairs)]
    made = _Growing(names, codes, sizes, labels)
    for step, filled in zip(range(1, steps + 1), _filled(codes, sizes, seed), strict=False):
        chance = 1 / (1 + np.exp(-made.score))
        tree = TreeGrower(
            filled, (chance - labels).astype(np.float32), (chance * (1 - chance)).astype(np.float32),
            max_leaf_nodes=LEAVES, min_samples_leaf=max(5, min(10, len(codes) // 50)), l2_regularization=PULL,
            n_bins_non_missing=np.array(sizes, np.uint32), interaction_cst=allowed, shrinkage=STEP,
            # a machine that is shared makes many threads wait for each other: one is faster, and the same every time
            n_threads=1)
        tree.grow()
        for asked, table in _tables(tree.root, sizes).items():
            made.add(asked, table)
        if step % STAGE == 0 or step == steps:
            yield step, made.tables(edges)


def _filled(codes: NDArray[np.int64], sizes: Sequence[int], seed: int) -> Iterator[NDArray[np.uint8]]:
    """The codes, each time with other known values where one is not known: from one other pair for all measures that
    are not known together."""
    random, out = np.random.default_rng(seed), np.asfortranarray(codes, np.uint8)
    together: dict[bytes, tuple[NDArray[np.bool_], list[int]]] = {}
    for column, size in enumerate(sizes):
        missing = codes[:, column] >= size
        if missing.any():
            together.setdefault(missing.tobytes(), (missing, []))[1].append(column)
    while True:
        for missing, columns in together.values():
            known = np.flatnonzero(~missing)
            givers = random.choice(known, int(missing.sum())) if len(known) else None
            for column in columns:
                out[missing, column] = 0 if givers is None else codes[givers, column]
        yield out


class _Growing:
    """Tables as trees are added to them, and the score (natural units) that they give the pairs learned from."""

    def __init__(self, names: Names, codes: NDArray[np.int64], sizes: Sequence[int], labels: NDArray[np.int64]) -> None:
        self.names, self.sizes, self.codes = names, sizes, [codes[:, number] for number in range(len(names))]
        share = float(labels.mean())
        self.prior = float(np.log(share / (1 - share)))
        self.score = np.full(len(labels), self.prior)
        self.single: dict[int, NDArray[np.float64]] = {}
        self.double: dict[tuple[int, int], NDArray[np.float64]] = {}
        self._joint: dict[tuple[int, ...], NDArray[np.float64]] = {}

    def add(self, asked: tuple[int, ...], table: NDArray[np.float64]) -> None:
        """What leaves that ask after these measures give, as a table over their known bins."""
        if not asked:
            self._raise(float(table))
            return
        sides = [table]
        if len(asked) == 2:
            rest, sides = apart(table, self._counted(asked))
            self._put(self.double, asked, np.pad(rest, ((0, 1), (0, 1))))
        for number, side in zip(asked, sides, strict=True):
            count = self._counted((number,))
            mean = float(side @ count) / max(float(count.sum()), 1.0)
            self._raise(mean)
            self._put(self.single, number, np.append(side - mean, 0.0))

    def tables(self, edges: Edges) -> Tables:
        """What was added so far, in bits."""
        return Tables(edges, self.prior * BITS, {self.names[one]: table * BITS for one, table in self.single.items()},
                      {(self.names[a], self.names[b]): table * BITS for (a, b), table in self.double.items()})

    def _raise(self, by: float) -> None:
        self.prior += by
        self.score += by

    def _put(self, into: dict, key: int | tuple[int, int], table: NDArray[np.float64]) -> None:
        into[key] = into.get(key, 0.0) + table
        self.score += table[self.codes[key]] if isinstance(key, int) else table[tuple(self.codes[one] for one in key)]

    def _counted(self, asked: tuple[int, ...]) -> NDArray[np.float64]:
        """How many pairs fall into each bin, or two bins, that are known."""
        if asked not in self._joint:
            shape = [self.sizes[one] + 1 for one in asked]
            where = np.ravel_multi_index([self.codes[one] for one in asked], shape)
            counts = np.bincount(where, minlength=int(np.prod(shape))).reshape(shape).astype(float)
            self._joint[asked] = counts[tuple(slice(-1) for _ in asked)]
        return self._joint[asked]


def _tables(root: TreeNode, sizes: Sequence[int]) -> dict[tuple[int, ...], NDArray[np.float64]]:
    """A tree as tables over the known bins of the measures that a leaf asks after: none, one or two, in order. Its
    branches may ask after different ones."""
    tables: dict[tuple[int, ...], NDArray[np.float64]] = {}
    for value, box in _leaves(root, sizes):
        asked = tuple(sorted(box))
        table = tables.setdefault(asked, np.zeros([sizes[measure] for measure in asked]))
        table[np.ix_(*(box[measure] for measure in asked)) if asked else ()] += value
    return tables


def _leaves(root: TreeNode, sizes: Sequence[int]) -> Iterable[tuple[float, dict[int, NDArray[np.bool_]]]]:
    """Value and box of every leaf: measure -> which of its bins lead there."""
    waiting: list[tuple[TreeNode, dict[int, NDArray[np.bool_]]]] = [(root, {})]
    while waiting:
        node, box = waiting.pop()
        if node.is_leaf:
            yield float(node.value), box
            continue
        measure = int(node.split_info.feature_idx)
        left = np.arange(sizes[measure]) <= node.split_info.bin_idx
        there = box.get(measure, np.ones(sizes[measure], bool))
        waiting += [(node.left_child, {**box, measure: there & left}),
                    (node.right_child, {**box, measure: there & ~left})]


def telling_pairs(found: Tables, bins: Bins, names: Names, most: int) -> list[tuple[int, int]]:
    """The pairs of measures whose tables move the scores most."""
    moved = sorted((-float(np.mean(np.abs(table[bins[a], bins[b]]))), names.index(a), names.index(b))
                   for (a, b), table in found.double.items())
    return [(a, b) for _, a, b in moved[:most]]
