"""Weights of the matcher's own levels, with and without labels: both start from, and are held by, the shipped ones."""

import numpy as np
import pytest

from geo import duplicates
from geo.errors import LabelsRefused
from geo.evidence import EVIDENCE
from geo.learning import em, labels
from geo.learning.reliability import reliability
from geo.model import Model
from tests.benchmarks import _tables


def drawn(n, seed=3):
    rng = np.random.default_rng(seed)
    return {name: rng.integers(-1, module.LEVELS, n).astype(np.int8) for name, module in EVIDENCE.items()}


def test_nothing_to_learn_from_leaves_the_weights():
    shipped = Model.shipped()
    assert em.fit(drawn(0)).weights == shipped.weights
    assert labels.fit(drawn(0), np.empty(0, np.int64)).weights == shipped.weights


def test_em_never_weakens_what_speaks_against():
    shipped, found = Model.shipped(), em.fit(drawn(500))
    assert all(now <= then + 1e-9 for name in found.weights
               for now, then in zip(found.weights[name], shipped.weights[name], strict=True) if then < 0)


def test_few_labels_move_little_and_many_move_more():
    levels = drawn(400)
    said = (levels["fund"] == 0).astype(int)
    shipped = np.array(Model.shipped().weights["fund"])
    few = labels.fit({name: values[:10] for name, values in levels.items()}, said[:10])
    many = labels.fit(levels, said)
    assert np.abs(few.weights["fund"] - shipped).max() <= np.abs(many.weights["fund"] - shipped).max()
    assert many.notes["labels"] == 400


def test_other_labels_are_refused():
    with pytest.raises(LabelsRefused):
        labels.fit(drawn(3), np.array([0, 1, 2]))


def test_what_was_learned_is_saved_and_loaded(tmp_path):
    made = labels.fit(drawn(50), np.arange(50) % 2)
    made.save(tmp_path / "m.json")
    assert Model.load(tmp_path / "m.json").weights == made.weights


def test_reliability_counts_every_pair_once():
    chance = np.linspace(0, 1, 101)
    found = reliability(chance, (chance > 0.5).astype(int))
    assert sum(one.n for one in found.bins) == 101
    assert 0 < found.ece < 0.5


def test_a_table_alone_moves_the_weights_the_same_way_each_time():
    table = _tables.uniform(4_000, seed=9).sites
    first, again = (duplicates.find(table, learn=True) for _ in range(2))
    shipped = Model.shipped()
    assert first.model.version.endswith("-em")
    assert first.model.weights == again.model.weights != shipped.weights
    assert first.model.frequencies.works == 4_000
    assert first.pairs["prior"].eq(first.model.prior).all()
