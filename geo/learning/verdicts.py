"""Learning the matcher's weights from what people have judged, and saying how well machine and people agree.

The agreement is that of flags: a pair somebody is asked to look at against one that people said is one work recorded
or paid twice. What a fit is worth is told by pairs that it did not learn from: they are dealt into folds by a seed,
so that anybody can repeat it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo import kinds
from geo.errors import LabelsRefused
from geo.learning import labels as labelled
from geo.learning.levels import Levels
from geo.learning.reliability import Reliability, reliability
from geo.model import Model, probability

FOLDS = 5
LEAST_EACH = 2 * FOLDS
"""Of either sort: each fold then judges two of both, and learns from eight."""
CALIBRATED_FROM = 200
"""Fewer judged pairs say too little about what a probability means."""
DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of judged pairs: how many are one work, and how many of these and of the others are flagged."""

    alike: int
    apart: int
    found: int
    false: int

    @property
    def precision(self) -> float | None:
        """What part of the flagged ones is one work; None where nothing is flagged."""
        return self.found / (self.found + self.false) if self.found + self.false else None

    @property
    def recall(self) -> float | None:
        """What part of those that are one work is flagged; None where there is none."""
        return self.found / self.alike if self.alike else None

    def to_json(self) -> dict:
        return asdict(self) | {"precision": self.precision, "recall": self.recall}


@dataclass(frozen=True, slots=True)
class Judged:
    """n pairs that people agreed on: levels by evidence, the kind each was named, label 1 where it is one work."""

    levels: Levels
    kind: Sequence[str]
    labels: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> "Judged":
        return Judged({name: values[rows] for name, values in self.levels.items()},
                      [self.kind[row] for row in rows], self.labels[rows])

    def probability(self, model: Model) -> NDArray[np.float64]:
        return probability(model.weigh(self.levels)[1])

    def flagged(self, model: Model) -> NDArray[np.bool_]:
        """What this model would ask somebody to look at."""
        return self._flagged(self.probability(model), model.flagged_from)

    def _flagged(self, chance: NDArray[np.float64], flagged_from: float) -> NDArray[np.bool_]:
        settled = kinds.whatever_the_score(np.array(self.kind, object), self.levels["contract"])
        return (chance >= flagged_from) & ~settled


@dataclass(frozen=True, slots=True)
class Learned:
    """The fitted model, and how the one it came from and the fit agree with pairs that were not learned from."""

    model: Model
    before: Agreement
    after: Agreement
    meant_before: Reliability
    meant_after: Reliability


def agreement(flagged: NDArray[np.bool_], labels: NDArray[np.int64]) -> Agreement:
    """
    >>> agreement(np.array([True, True, False]), np.array([1, 0, 1])).precision
    0.5
    """
    alike = labels == 1
    return Agreement(int(alike.sum()), int((~alike).sum()), int((flagged & alike).sum()), int((flagged & ~alike).sum()))


def folds(labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """A fold for each pair, in the order given: both sorts are shuffled by the seed and dealt out evenly.

    >>> np.bincount(folds(np.array([0] * 10 + [1] * 15), 0)).tolist()
    [5, 5, 5, 5, 5]
    """
    chance, fold = np.random.default_rng(seed), np.empty(len(labels), np.int64)
    for sort in (0, 1):
        rows = chance.permutation(np.flatnonzero(labels == sort))
        fold[rows] = np.arange(len(rows)) % FOLDS
    return fold


def learn(judged: Judged, model: Model, seed: int = 0) -> Learned:
    """Weights from n judged pairs, pulled towards those of `model`; its threshold and snapshot stay.

    Raises LabelsRefused where there are fewer than LEAST_EACH of either sort.
    """
    alike = int((judged.labels == 1).sum())
    if min(alike, len(judged.labels) - alike) < LEAST_EACH:
        raise LabelsRefused("learning.too_few_verdicts", alike=alike, apart=len(judged.labels) - alike,
                            needed=LEAST_EACH, folds=FOLDS)
    held_out, fold = np.zeros(len(judged.labels)), folds(judged.labels, seed)
    for one in range(FOLDS):
        judge = np.flatnonzero(fold == one)
        held_out[judge] = judged.take(judge).probability(_fitted(judged.take(np.flatnonzero(fold != one)), model))
    said = judged.probability(model)
    fitted = _fitted(judged, model)
    notes = {**fitted.notes, "folds": FOLDS, "seed": seed}
    return Learned(replace(fitted, notes=notes), agreement(judged.flagged(model), judged.labels),
                   agreement(judged._flagged(held_out, model.flagged_from), judged.labels),
                   reliability(said, judged.labels), reliability(held_out, judged.labels))


def _fitted(judged: Judged, model: Model) -> Model:
    """To as many decimals as a person reads on a page: what is shown is what decides."""
    found = labelled.fit(judged.levels, judged.labels, model)
    return replace(found, prior=round(found.prior, DECIMALS), weights={
        name: tuple(round(weight, DECIMALS) for weight in levels) for name, levels in found.weights.items()})
