"""Weights from a table alone: EM over a sample of its own candidate pairs."""

import numpy as np
from numpy.typing import NDArray

from geo import candidates, evidence
from geo.evidence.aligned import aligned
from geo.evidence.between import measure
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites
from geo.learning import em
from geo.model import Model

SAMPLE = 50_000
"""Candidate pairs from which shares of levels are known to a thousandth or so."""


def learned(table: Sites, pairs: NDArray[np.int64], model: Model) -> Model:
    """The model with weights moved by what the candidates `pairs` [n, 2] of the table look like; the same each time."""
    some = pairs
    if len(pairs) > SAMPLE:
        some = pairs[np.sort(np.random.default_rng(0).choice(len(pairs), SAMPLE, replace=False))]
    left, right = aligned(table, some[:, 0]), aligned(table, some[:, 1])
    reach = candidates.tolerance_m(left.category, right.category, left.accuracy_m, right.accuracy_m)
    between = measure(left, right, reach, len(pairs))
    return em.fit(evidence.levels(left, right, between, model.frequencies or Frequencies()), model)
