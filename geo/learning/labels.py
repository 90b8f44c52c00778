"""Weights of the matcher's own levels from labelled pairs or verdicts, pulled towards the shipped ones.

A logistic fit on the levels: each weight, and the prior, pays for leaving its shipped value, so that a few verdicts
move little and many move what they speak about. What no labelled pair has shown stays as it was shipped.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from geo.errors import LabelsRefused
from geo.learning.levels import MOST_BITS, Levels, ordered_like, shares
from geo.model import Model

PULL = 3.0
"""Price of one bit away from the shipped weight, in labelled pairs' surprise (bits)."""


def fit(levels: Levels, labels: NDArray[np.int64], shipped: Model | None = None, pull: float = PULL,
        weights: NDArray[np.float64] | None = None) -> Model:
    """Learn from n pairs with labels 0 or 1; `weights` say how many pairs each stands for (a sample's design).

    Raises LabelsRefused for labels that are not 0 or 1. One kind of label alone may be learned from: the pull holds.
    """
    shipped = shipped or Model.shipped()
    labels = np.asarray(labels)
    if not np.isin(labels, (0, 1)).all():
        raise LabelsRefused()
    if not len(labels):
        return replace(shipped, notes={**shipped.notes, "labels": 0})
    design = _design(levels, shipped, len(labels))
    start = np.concatenate([[shipped.prior], *shipped.weights.values()])
    each = np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64)
    signs = np.where(labels == 1, 1.0, -1.0)

    def surprise(moved: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = signs * (design @ (start + moved))
        lost = each @ np.logaddexp2(0.0, -margin) + pull / 2 * moved @ moved
        slope = design.T @ (-each * signs / (1 + np.exp2(np.clip(margin, -500, 500)))) + pull * moved
        return float(lost), slope

    found = optimize.minimize(surprise, np.zeros(len(start)), jac=True, method="L-BFGS-B").x + start
    seen = shares(levels, shipped, np.ones(len(labels)))
    fitted, place = {}, 1
    for name, stored in shipped.weights.items():
        mine = np.clip(found[place:place + len(stored)], -MOST_BITS, MOST_BITS)
        fitted[name] = tuple(ordered_like(mine, np.array(stored), seen[name] + pull).tolist())
        place += len(stored)
    notes = {"made": "fitted to labelled pairs, pulled towards " + shipped.version, "labels": len(labels),
             "alike": int((labels == 1).sum()), "pull": pull}
    return replace(shipped, version=f"{shipped.version.split('+')[0]}-labels", weights=fitted, prior=float(found[0]),
                   notes=notes)


def _design(levels: Levels, shipped: Model, n: int) -> sparse.csr_matrix:
    """A column for the prior and one for each level of each evidence."""
    rows, columns, place = [np.arange(n)], [np.zeros(n, np.int64)], 1
    for name, stored in shipped.weights.items():
        known = np.flatnonzero(levels[name] >= 0)
        rows.append(known)
        columns.append(place + levels[name][known].astype(np.int64))
        place += len(stored)
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=(n, place))
