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
    columns, usual = design(bins, names, edges)
    with threadpool_limits(1):
        fit = LogisticRegression(C=strength, max_iter=500, tol=1e-5).fit(columns, labels)
    weights, place, single = fit.coef_[0] * BITS, 0, {}
    for name in names:
        steps = len(edges[name])
        steps_of = slice(place, place + steps)
        rising = np.concatenate([[0.0], np.cumsum(weights[steps_of])]) - weights[steps_of] @ usual[steps_of]
        single[name] = np.append(rising, 0.0)
        place += steps
    return Tables(edges, float(fit.intercept_[0]) * BITS, single, {})


def design(bins: Mapping[str, NDArray[np.int64]], names: Sequence[str], edges: Mapping[str, NDArray[np.float64]]
           ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """One column for each border that a value lies beyond, less how usual that is (given beside the columns) where the
    value is known: where it is not, all columns of the measure are 0."""
    blocks, usual = [], []
    for name in names:
        known = (bins[name] <= len(edges[name]))[:, None]
        beyond = (bins[name][:, None] > np.arange(len(edges[name]))) & known
        mean = beyond.sum(axis=0) / max(known.sum(), 1)
        blocks.append(np.where(known, beyond - mean, 0.0).astype(np.float32))
        usual.append(mean)
    return np.concatenate(blocks, axis=1), np.concatenate(usual)
