"""The model: weights that add up, are saved, and explain themselves."""

import json

import numpy as np
import pytest

from geo import sentences
from geo.errors import ModelRefused
from geo.evidence import EVIDENCE
from geo.evidence.frequencies import Frequencies
from geo.model import Model, explain, probability, strength


def test_the_shipped_model_weighs_every_level_of_every_evidence():
    model = Model.shipped()
    assert model.evidence == tuple(EVIDENCE)
    assert {name: len(weights) for name, weights in model.weights.items()} == {
        name: module.LEVELS for name, module in EVIDENCE.items()}


def test_the_prior_says_that_neighbours_are_mostly_two_works():
    assert probability(np.array([Model.shipped().prior]))[0] < 0.05


def test_what_is_not_known_weighs_nothing():
    model = Model.shipped()
    weighed, score = model.weigh({name: np.array([-1], np.int8) for name in EVIDENCE})
    assert score[0] == model.prior
    assert all(weight[0] == 0 for weight in weighed.values())


def test_parts_sum_to_the_score_exactly():
    model = Model.shipped()
    rng = np.random.default_rng(7)
    levels = {name: rng.integers(-1, module.LEVELS, 200).astype(np.int8) for name, module in EVIDENCE.items()}
    weighed, score = model.weigh(levels)
    for row in range(200):
        pair = {f"level_{name}": levels[name][row] for name in EVIDENCE}
        pair |= {f"w_{name}": weighed[name][row] for name in EVIDENCE}
        assert sum(part.weight for part in explain(pair, model)) == pytest.approx(score[row], abs=1e-12)


def test_an_explanation_has_words_in_both_languages_and_puts_the_heaviest_first():
    parts = explain({"level_place": 4, "level_fund": 0, "level_name": -1})
    assert [part.evidence for part in parts] == ["prior", "place", "fund"]
    assert [part.strengthens for part in parts] == [False, True, False]
    for language in sentences.LANGUAGES:
        assert all(sentences.worded(part.label, language) for part in parts)


def test_a_stored_pair_keeps_the_weights_it_was_decided_with():
    assert explain({"prior": -3.0, "level_place": 4, "w_place": 1.25})[1].weight == 1.25


def test_a_saved_model_is_the_same_model(tmp_path):
    counted = Frequencies(9, {"krajan": 4}, {"5000000.00": 3}, {"780": 4}, {"114.30 -8.30|2024|DDS|pju": 3},
                          frozenset({(114.3, -8.3)}))
    model = Model.shipped().counting(counted)
    model.save(tmp_path / "m.json")
    assert Model.load(tmp_path / "m.json") == model
    assert model.version.endswith("+9")


@pytest.mark.parametrize("spoil", [
    lambda stored: stored.pop("weights"), lambda stored: stored.update(format=99),
    lambda stored: stored["weights"].update(place=[1, 2]), lambda stored: stored["weights"].update(astrology=[1]),
    lambda stored: stored.update(prior=float("nan"))])
def test_a_file_that_is_no_model_is_refused(tmp_path, spoil):
    stored = Model.shipped().to_json()
    spoil(stored)
    (tmp_path / "m.json").write_text(json.dumps(stored))
    with pytest.raises(ModelRefused):
        Model.load(tmp_path / "m.json")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ModelRefused):
        Model.load(tmp_path / "none.json")


def test_probability_is_of_the_score_alone_and_never_overflows():
    assert probability(np.array([-5000.0, 0.0, 5000.0])).tolist() == [pytest.approx(0, abs=1e-100), 0.5, 1.0]


@pytest.mark.parametrize(("chance", "word"), [(0.95, "strong"), (0.5, "medium"), (0.49, "weak")])
def test_strength_is_one_word(chance, word):
    assert strength(chance) == word
    assert sentences.worded(f"strength.{word}")
