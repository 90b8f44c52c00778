"""Weights of a table's own levels without labels, by EM, held by what the shipped weights say.

Left alone EM finds the class "near and alike", not "paid twice": honest neighbours outnumber duplicates. So each
distribution of levels starts from, and is pulled towards, what the shipped weights imply: `u` is counted (nearly all
candidates are two works), `m` = u · 2^weight carries a Dirichlet prior worth PSEUDO pairs, the expected number of
duplicates stays what the shipped weights say of this table, and weights keep the order of the shipped ones. The table
may say how usual a level is; it may not turn
what speaks against into what speaks for.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.learning.levels import MOST_BITS, Levels, ordered_like, shares
from geo.model import Model, probability

PSEUDO = 1000.0
"""Imagined duplicate pairs behind each evidence's shipped weights."""
ROUNDS = 50
FARTHEST_BITS = 0.25
"""How far a weight may leave the shipped one when nobody has confirmed a pair."""


def fit(levels: Levels, shipped: Model | None = None, pseudo: float = PSEUDO) -> Model:
    """A model for the table whose n candidate pairs have these levels; `notes` say how it was made."""
    shipped = shipped or Model.shipped()
    n = len(next(iter(levels.values()))) if levels else 0
    if n == 0:
        return replace(shipped, notes={**shipped.notes, "em": {"pairs": 0}})
    expected = {name: _shipped_m(levels, shipped, name) for name in shipped.weights}
    chance = probability(shipped.weigh(levels)[1])
    model, share = shipped, float(chance.mean())
    for _ in range(ROUNDS):
        weights = _weights(levels, shipped, chance, expected, pseudo)
        moved = max(float(np.abs(np.subtract(weights[name], model.weights[name])).max()) for name in weights)
        model = replace(model, weights=weights, prior=0.0)
        model = replace(model, prior=_prior(model.weigh(levels)[1], share))
        chance = probability(model.weigh(levels)[1])
        if moved < 1e-3:
            break
    notes = {"made": "EM on a table's own pairs, pulled towards " + shipped.version, "pairs": n,
             "share": float(share), "pseudo": pseudo}
    return replace(model, version=f"{shipped.version.split('+')[0]}-em", notes=notes)


def _prior(score: NDArray[np.float64], share: float) -> float:
    """The prior under which scores without one mean that `share` of the pairs are duplicates (bisection)."""
    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(score + middle).mean() < share else (low, middle)
    return (low + high) / 2


def _usual(counted: NDArray[np.float64]) -> NDArray[np.float64]:
    return (counted + 0.5) / (counted.sum() + 0.5 * len(counted))


def _shipped_m(levels: Levels, shipped: Model, name: str) -> NDArray[np.float64]:
    """How levels would stand among duplicates if the shipped weights were right about this table."""
    everything = np.ones(len(levels[name]))
    u = _usual(shares({name: levels[name]}, replace(shipped, weights={name: shipped.weights[name]}), everything)[name])
    m = u * np.exp2(np.array(shipped.weights[name]))
    return m / m.sum()


def _weights(levels: Levels, shipped: Model, chance: NDArray[np.float64],
             expected: dict[str, NDArray[np.float64]], pseudo: float) -> dict[str, tuple[float, ...]]:
    alike, apart = shares(levels, shipped, chance), shares(levels, shipped, 1 - chance)
    out = {}
    for name, stored in shipped.weights.items():
        given = np.array(stored)
        seen = alike[name] + apart[name]
        u = _usual(apart[name])
        # the shipped weights need not come from distributions: what m would be under them, and its own normalisation
        implied = u * np.exp2(given)
        scale = np.log2(implied.sum())
        m = (alike[name] + pseudo * expected[name]) / (alike[name].sum() + pseudo)
        fitted = np.where(seen > 0, np.log2(np.maximum(m, 1e-12) / u) + scale, given)
        # nobody has confirmed a pair: what speaks against is not weakened, what speaks for is not turned around
        most = np.where(given < 0, given, given + FARTHEST_BITS)
        held = np.clip(fitted, np.where(given > 0, np.maximum(given - FARTHEST_BITS, 0), given - FARTHEST_BITS), most)
        out[name] = tuple(ordered_like(np.clip(held, -MOST_BITS, MOST_BITS), given, seen + 1).tolist())
    return out
