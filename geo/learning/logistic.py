"""The plainer fit, for few labelled pairs: steps between neighbouring bins, each pulled towards none."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from geo.learning.additive import Tables

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
BITS = 1 / np.log(2)


def fitted(bins: Mapping[str, NDArray[np.int64]], labels: NDArray[np.int64],
           edges: Mapping[str, NDArray[np.float64]], strength: float) -> Tables:
    """Tables of single measures; a larger `strength` trusts the labels more."""
    names = list(edges)
    columns = design(bins, names, edges)
    with threadpool_limits(1):
        fit = LogisticRegression(C=strength, max_iter=500, tol=1e-5).fit(columns, labels)
    weights, place, single = fit.coef_[0] * BITS, 0, {}
    for name in names:
        steps = len(edges[name])
        rising = np.concatenate([[0.0], np.cumsum(weights[place:place + steps])])
        single[name] = np.append(rising, weights[place + steps])
        place += steps + 1
    return Tables(edges, float(fit.intercept_[0]) * BITS, single, {})


def design(bins: Mapping[str, NDArray[np.int64]], names: Sequence[str],
           edges: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float32]:
    """One column for each border that a value lies beyond, and one for "not known"."""
    blocks = []
    for name in names:
        unknown = len(edges[name]) + 1
        beyond = (bins[name][:, None] > np.arange(len(edges[name]))) & (bins[name] != unknown)[:, None]
        blocks.append(np.column_stack([beyond, bins[name] == unknown]))
    return np.concatenate(blocks, axis=1).astype(np.float32)
