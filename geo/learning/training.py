"""Learning a model of pairs: how much to trust the labels is decided by pairs that were not learned from.

The pairs are cut into folds; each is judged by tables learned from the others. These judgements choose the number of
steps, the strength of the plainer fit and how the two are mixed, and calibrate the sum. What is kept is the mean of
the tables of all folds. Nothing here knows which data it is for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from geo.learning import boosting, logistic
from geo.learning.additive import MOST_BINS, Tables, binned, edges_of, mixed, neutral
from geo.learning.features import Measured
from geo.learning.leaning import learned as leanings
from geo.learning.reliability import Reliability, reliability
from geo.model import probability

FOLDS = 5
MOST_PAIRS = 48
BOOSTED_FROM = 200
"""Fewer labelled pairs than this carry no trees."""
COARSE_BINS, COARSE_BELOW = 8, 400
MIXTURES = (0.0, 0.25, 0.5, 0.75, 1.0)
Bins = dict[str, NDArray[np.int64]]
Edges = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Learned:
    """Calibrated tables, the weights of single words, and how they judged pairs that they had not seen."""

    tables: Tables
    leaning: Mapping[str, Mapping[str, float]]
    judged: Reliability
    loss_bits: float
    f1: float
    steps: int
    strength: float
    boosted_share: float


def learn(measured: Measured, labels: NDArray[np.int64], seed: int = 0) -> Learned:
    """Tables from n labelled pairs; the same for the same pairs and seed."""
    folds = _folds(labels, seed)
    bins, edges = _cut(measured.measures, labels)
    plain, plain_out, strength = _plain(bins, labels, edges, folds)
    leaning = leanings(measured.bags, plain_out, labels, folds if len(labels) >= BOOSTED_FROM else [])
    if leaning.weights:
        bins, edges = _cut({**measured.measures, **leaning.measures}, labels)
        plain, plain_out, strength = _plain(bins, labels, edges, folds)
    steps, tables, share, out = 0, plain, 0.0, plain_out
    if len(labels) >= BOOSTED_FROM and min(np.bincount(labels, minlength=2)) >= 2 * FOLDS:
        grown, grown_out, steps = _boosted(bins, labels, edges, folds, seed)
        losses = [_loss(one * grown_out + (1 - one) * plain_out, labels) for one in MIXTURES]
        share = MIXTURES[int(np.argmin(losses))]
        tables, out = mixed([grown, plain], [share, 1 - share]), share * grown_out + (1 - share) * plain_out
    slope, shift = calibrated(out, labels)
    tables = neutral(tables.scaled(slope, shift), bins)
    judged = out * slope + shift
    return Learned(tables, leaning.weights, reliability(probability(judged), labels), _loss(judged, labels),
                   f1(judged >= 0, labels), steps, strength, share)


def _cut(measures: Mapping[str, NDArray[np.float64]], labels: NDArray[np.int64]) -> tuple[Bins, Edges]:
    """Each measure in classes. One that is known of one kind of pair alone was never seen to tell them apart: that it
    is known would decide by itself."""
    most = COARSE_BINS if len(labels) < COARSE_BELOW else MOST_BINS
    edges = {name: edges_of(values, most) for name, values in measures.items()
             if len(np.unique(labels[~np.isnan(values)])) > 1}
    edges = {name: cuts for name, cuts in edges.items() if len(cuts)}
    return {name: binned(measures[name], cuts) for name, cuts in edges.items()}, edges


def _folds(labels: NDArray[np.int64], seed: int) -> list[tuple[NDArray, NDArray]]:
    """Stratified; with very few pairs of one kind, as many folds as there are of them (two at least)."""
    count = max(2, min(FOLDS, int(np.bincount(labels, minlength=2).min())))
    if np.bincount(labels, minlength=2).min() < 2:
        everything = np.arange(len(labels))
        return [(everything, everything)]
    return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(labels, labels))


def _taken(bins: Bins, rows: NDArray) -> Bins:
    return {name: values[rows] for name, values in bins.items()}


def _plain(bins: Bins, labels: NDArray[np.int64], edges: Edges, folds: list) -> tuple[Tables, NDArray, float]:
    best: tuple[float, float, NDArray] | None = None
    for strength in logistic.STRENGTHS:
        out = np.zeros(len(labels))
        for learn_from, judge in folds:
            found = logistic.fitted(_taken(bins, learn_from), labels[learn_from], edges, strength)
            out[judge] = found.score(_taken(bins, judge))
        loss = _loss(out, labels)
        if best is None or loss < best[0]:
            best = (loss, strength, out)
    assert best is not None
    return logistic.fitted(bins, labels, edges, best[1]), best[2], best[1]


def _boosted(bins: Bins, labels: NDArray[np.int64], edges: Edges, folds: list, seed: int
             ) -> tuple[Tables, NDArray, int]:
    # which measures may meet is decided inside each fold: a choice that saw the judged pairs would flatter
    stages: dict[int, list[Tables]] = {}
    out: dict[int, NDArray] = {}
    for number, (learn_from, judge) in enumerate(folds):
        seen, asked = _taken(bins, learn_from), _taken(bins, judge)
        *_, (_, scout) = boosting.grown(seen, labels[learn_from], edges, None, seed + number, boosting.STEPS // 4)
        pairs = boosting.telling_pairs(scout, seen, list(edges), MOST_PAIRS)
        for step, tables in boosting.grown(seen, labels[learn_from], edges, pairs, seed + number, boosting.STEPS):
            stages.setdefault(step, []).append(tables)
            out.setdefault(step, np.zeros(len(labels)))[judge] = tables.score(asked)
    steps = min(out, key=lambda step: _loss(out[step], labels))
    return mixed(stages[steps], [1 / len(folds)] * len(folds)), out[steps], steps


def _loss(score: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean bits of surprise."""
    return float(np.mean(np.logaddexp2(0.0, np.where(labels == 1, -score, score))))


def f1(said: NDArray[np.bool_], labels: NDArray[np.int64]) -> float:
    """The harmonic mean of precision and recall."""
    right = float((said & (labels == 1)).sum())
    return 2 * right / max(float(said.sum() + (labels == 1).sum()), 1.0)


def calibrated(score: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Slope and shift (bits) by which scores judge best; towards 1 and 0 where there are few labels (Newton)."""
    slope, shift, pull = 1.0, 0.0, 2.0
    natural = np.clip(score, -40, 40) * np.log(2)
    for _ in range(50):
        said = 1 / (1 + np.exp(-(slope * natural + shift)))
        miss, spread = said - labels, np.maximum(said * (1 - said), 1e-9)
        gradient = np.array([miss @ natural + pull * (slope - 1), miss.sum() + pull * shift])
        curve = np.array([[spread @ natural**2 + pull, spread @ natural], [spread @ natural, spread.sum() + pull]])
        step = np.clip(np.linalg.solve(curve, gradient), -1, 1)
        slope, shift = slope - step[0], shift - step[1]
        if np.abs(step).max() < 1e-9:
            break
    return float(np.clip(slope, 0.2, 3.0)), float(shift / np.log(2))
