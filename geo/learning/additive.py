"""Tables of numbers whose sum is the score: one for each measure, one for some named pairs of measures.

A measure falls into a bin (the last one: not known); each table gives bits for a bin, or for two bins. Averages were
moved out of the pairs into the single measures and from those into the prior, so that a part says how far this pair
differs from the usual one. What is not known weighs nothing. Scoring is looking up and adding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_BINS = 32
DECIMALS = 4
"""Parts are rounded to these before they are summed: what is written down adds up."""
ROUNDS, ENOUGH = 30, 1e-9


@dataclass(frozen=True, slots=True)
class Tables:
    """`edges` of each measure's bins (value <= edge falls left of it); `single` and `double` in bits."""

    edges: Mapping[str, NDArray[np.float64]]
    prior: float
    single: Mapping[str, NDArray[np.float64]]
    double: Mapping[tuple[str, str], NDArray[np.float64]]

    def bins(self, measures: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.int64]]:
        """Which bin each of n values falls into; a measure that is not there is not known."""
        n = len(next(iter(measures.values()))) if measures else 0
        return {name: binned(measures[name], edges) if name in measures else np.full(n, len(edges) + 1)
                for name, edges in self.edges.items()}

    def parts(self, bins: Mapping[str, NDArray[np.int64]]) -> dict[tuple[str, ...], NDArray[np.float64]]:
        """Bits of each table for n pairs."""
        out: dict[tuple[str, ...], NDArray[np.float64]] = {
            (name,): table[bins[name]] for name, table in self.single.items()}
        return out | {(a, b): table[bins[a], bins[b]] for (a, b), table in self.double.items()}

    def score(self, bins: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float64]:
        """Bits of n pairs, before rounding."""
        return self.prior + np.sum(list(self.parts(bins).values()), axis=0)

    def scaled(self, slope: float, shift: float) -> "Tables":
        """Every part times `slope`, the prior also moved by `shift`: a calibration that stays a sum."""
        return Tables(self.edges, self.prior * slope + shift,
                      {name: table * slope for name, table in self.single.items()},
                      {names: table * slope for names, table in self.double.items()})


def edges_of(values: NDArray[np.float64], most: int = MOST_BINS) -> NDArray[np.float64]:
    """Borders between bins that hold about as many values each; few different values get a bin each."""
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return np.empty(0)
    different = np.unique(known)
    if len(different) <= most:
        return (different[1:] + different[:-1]) / 2
    cuts = np.unique(np.quantile(known, np.arange(1, most) / most, method="lower"))
    return cuts[cuts < known[-1]]


def binned(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each value, 0 to len(edges); len(edges) + 1 where it is not known."""
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))


def mixed(tables: Sequence[Tables], shares: Sequence[float]) -> Tables:
    """The weighted mean of tables over the same bins."""
    single: dict[str, NDArray] = {}
    double: dict[tuple[str, str], NDArray] = {}
    for one, share in zip(tables, shares, strict=True):
        for name, table in one.single.items():
            single[name] = single.get(name, 0) + share * table
        for names, cells in one.double.items():
            double[names] = double.get(names, 0) + share * cells
    return Tables(tables[0].edges, sum(share * one.prior for one, share in zip(tables, shares, strict=True)),
                  single, double)


def neutral(tables: Tables, bins: Mapping[str, NDArray[np.int64]]) -> Tables:
    """The tables as they weigh what is known: every table's mean over the pairs of `bins` in which its measures are
    known is 0 along each of its sides, and so is what it gives a pair in which one is not.

    Pairs with nothing unknown keep their score. What no pair of `bins` has shown weighs nothing.
    """
    counts = {name: np.bincount(bins[name], minlength=len(edges) + 2)[:-1].astype(float)
              for name, edges in tables.edges.items()}
    single = {name: table[:-1].copy() for name, table in tables.single.items()}
    double = {}
    for (a, b), table in tables.double.items():
        joint = np.zeros(table.shape)
        np.add.at(joint, (bins[a], bins[b]), 1.0)
        rest, sides = apart(table[:-1, :-1], joint[:-1, :-1])
        for name, side in zip((a, b), sides, strict=True):
            single[name] = single.get(name, np.zeros(len(side))) + side
        rest[counts[a] == 0, :] = 0.0
        rest[:, counts[b] == 0] = 0.0
        double[a, b] = np.pad(rest, ((0, 1), (0, 1)))
    prior = tables.prior
    for name, table in single.items():
        mean = float(table @ counts[name]) / max(counts[name].sum(), 1)
        prior += mean
        single[name] = np.append(table - mean, 0.0)
    return Tables(tables.edges, prior, single, double)


def apart(table: NDArray[np.float64], joint: NDArray[np.float64]
          ) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """What a table over two measures says beyond each of them, and what it says of either alone, where `joint` pairs
    fall into each cell: together they are the table."""
    rest, sides = table.copy(), [np.zeros(size) for size in table.shape]
    for _ in range(ROUNDS):
        most = 0.0
        for side in (0, 1):
            mean = _mean(rest, joint, 1 - side)
            rest -= np.expand_dims(mean, 1 - side)
            sides[side] += mean
            most = max(most, float(np.abs(mean).max()))
        if most < ENOUGH:
            break
    return rest, sides


def _mean(table: NDArray[np.float64], weight: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    total = weight.sum(axis=axis)
    return np.divide((table * weight).sum(axis=axis), total, out=np.zeros(len(total)), where=total > 0)
