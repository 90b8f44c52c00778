"""What fits of the matcher's own levels share: counting levels, and keeping weights in the order that levels mean."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from geo.model import Model

MOST_BITS = 12.0
Levels = Mapping[str, NDArray[np.int8]]
"""Level of each of n pairs by evidence; -1 is not known."""


def shares(levels: Levels, model: Model, of: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """How much of the weight `of` the n pairs stands at each level, by evidence; not known is not counted."""
    return {name: np.bincount(levels[name][(known := levels[name] >= 0)], weights=of[known],
                              minlength=len(weights))[:len(weights)]
            for name, weights in model.weights.items()}


def ordered_like(weights: NDArray[np.float64], shipped: NDArray[np.float64], n: NDArray[np.float64]
                 ) -> NDArray[np.float64]:
    """The nearest weights (by n pairs at each level) that rise in the order of the shipped ones; equals may part.

    What speaks against stays able to: a level shipped below another never ends above it.

    >>> ordered_like(np.array([2.0, 1.0, 3.0]), np.array([-1.0, 0.0, 2.0]), np.ones(3)).tolist()
    [1.5, 1.5, 3.0]
    """
    order = np.argsort(shipped, kind="stable")
    blocks: list[tuple[float, float, list[int]]] = []
    for level in order.tolist():
        block = (float(weights[level]), max(float(n[level]), 1e-6), [level])
        while blocks and blocks[-1][0] > block[0] and shipped[blocks[-1][2][-1]] < shipped[block[2][0]]:
            value, mass, members = blocks.pop()
            total = mass + block[1]
            block = ((value * mass + block[0] * block[1]) / total, total, members + block[2])
        blocks.append(block)
    out = np.empty(len(weights))
    for value, _, members in blocks:
        out[members] = value
    return out
