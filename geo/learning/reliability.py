"""Whether a probability means what it says: predicted beside observed."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs whose probability lies in [low, high): how many, what was said on average, what was so."""

    low: float
    high: float
    n: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """`brier`: mean square of what was said against what was so; `ece`: mean distance of the bins from the diagonal."""

    bins: tuple[Bin, ...]
    brier: float
    ece: float

    def to_json(self) -> dict:
        return asdict(self)


def reliability(probability: NDArray[np.float64], labels: NDArray[np.int64], bins: int = 10) -> Reliability:
    """The calibration table of n probabilities against n labels 0 or 1; empty bins are left out.

    >>> found = reliability(np.array([0.1, 0.1, 0.9, 0.9]), np.array([0, 0, 1, 1]))
    >>> [(one.n, one.observed) for one in found.bins], round(found.ece, 3)
    ([(2, 0.0), (2, 1.0)], 0.1)
    """
    labels = np.asarray(labels, np.float64)
    place = np.minimum((np.asarray(probability) * bins).astype(int), bins - 1)
    found = []
    for one in range(bins):
        inside = place == one
        if inside.any():
            found.append(Bin(one / bins, (one + 1) / bins, int(inside.sum()),
                             float(probability[inside].mean()), float(labels[inside].mean())))
    far = sum(one.n * abs(one.predicted - one.observed) for one in found) / max(len(labels), 1)
    return Reliability(tuple(found), float(np.mean((probability - labels) ** 2)) if len(labels) else 0.0, far)
