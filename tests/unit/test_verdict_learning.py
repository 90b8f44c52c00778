"""Learning from verdicts: what it is worth is told by pairs that were not learned from, and anybody can repeat it."""

import numpy as np
import pandas as pd
import pytest

from geo import duplicates, kinds
from geo.errors import LabelsRefused, ModelRefused
from geo.evidence import EVIDENCE, contract
from geo.learning.verdicts import LEAST_EACH, Judged, agreement, folds, learn
from geo.model import Model
from tests.unit.test_duplicates import village


def judged(n: int, seed: int = 4) -> Judged:
    """Pairs of the shipped evidence's levels, of which people say by the fund alone: what no shipped weight says."""
    rng = np.random.default_rng(seed)
    levels = {name: np.full(n, -1, np.int8) for name in EVIDENCE}
    levels |= {"place": np.full(n, 3, np.int8), "name": np.full(n, 5, np.int8), "money": np.full(n, 4, np.int8),
               "fund": rng.integers(0, 2, n).astype(np.int8)}
    return Judged(levels, ["double_funding"] * n, (levels["fund"] == 1).astype(np.int64))


def test_what_people_say_is_learned_and_told_by_pairs_not_learned_from():
    found = learn(judged(80), Model.shipped(), seed=1)
    assert found.before.precision < 0.7
    assert (found.after.precision, found.after.recall) == (1.0, 1.0)
    assert found.meant_after.brier < found.meant_before.brier


def test_labels_at_random_are_not_made_to_look_learned():
    """A fit judged by its own pairs would look better than chance; held out it does not."""
    known = judged(60)
    said = np.random.default_rng(9).permutation(known.labels)
    found = learn(Judged(known.levels, known.kind, said), Model.shipped())
    assert found.after.precision is None or abs(found.after.precision - said.mean()) < 0.2


def test_the_same_pairs_and_seed_learn_the_same_and_another_seed_deals_others():
    known = judged(60)
    assert learn(known, Model.shipped(), seed=5) == learn(known, Model.shipped(), seed=5)
    assert (folds(known.labels, 5) == folds(known.labels, 5)).all()
    assert (folds(known.labels, 5) != folds(known.labels, 6)).any()


@pytest.mark.parametrize("alike", [0, LEAST_EACH - 1, 60 - LEAST_EACH + 1])
def test_too_few_of_either_sort_are_refused_with_what_is_wanted(alike):
    known = judged(60)
    few = Judged(known.levels, known.kind, (np.arange(60) < alike).astype(np.int64))
    with pytest.raises(LabelsRefused) as refused:
        learn(few, Model.shipped())
    assert refused.value.sentence.values == {"alike": alike, "apart": 60 - alike, "needed": LEAST_EACH, "folds": 5}


def test_learned_weights_are_those_a_person_reads_and_keep_the_threshold_and_the_order_of_levels():
    shipped = Model.shipped()
    found = learn(judged(80), shipped).model
    assert all(weight == round(weight, 2) for levels in found.weights.values() for weight in levels)
    assert (found.flagged_from, found.frequencies) == (shipped.flagged_from, shipped.frequencies)
    for name, levels in shipped.weights.items():
        for low in range(len(levels)):
            for high in range(len(levels)):
                assert levels[low] >= levels[high] or found.weights[name][low] <= found.weights[name][high]


def test_agreement_says_nothing_where_there_is_nothing_to_say():
    nothing = agreement(np.zeros(3, bool), np.zeros(3, np.int64))
    assert (nothing.precision, nothing.recall) == (None, None)


@pytest.mark.parametrize("flagged_from", [0.4, 0.5, 0.8, 0.99])
def test_what_verdicts_are_compared_with_is_what_would_be_flagged(flagged_from):
    """From a stored pair's levels and kind alone it is known whether any other model would have it looked at."""
    stored = duplicates.find(village(200), every=True)
    levels = {name: stored.pairs[f"level_{name}"].to_numpy(np.int8) for name in EVIDENCE}
    known = Judged(levels, stored.pairs["kind"].tolist(), np.zeros(len(stored.pairs), np.int64))
    other = Model.from_json(stored.model.to_json() | {"flagged_from": flagged_from, "prior": -4.0})
    anew = duplicates.find(village(200), other, every=True).pairs
    key = ["left", "right"]
    said = stored.pairs[key].assign(said=known.flagged(other)).merge(anew.assign(so=duplicates.flagged(anew)), on=key)
    assert said["so"].sum() >= 10
    assert (said["said"] == said["so"]).all()


@pytest.mark.parametrize("flagged_from", [0.39, 0.995, float("nan")])
def test_a_threshold_out_of_reason_is_no_model(flagged_from):
    with pytest.raises(ModelRefused):
        Model.from_json(Model.shipped().to_json() | {"flagged_from": flagged_from})


def test_a_model_saved_before_there_was_a_threshold_flags_from_a_half():
    old = {name: value for name, value in Model.shipped().to_json().items() if name != "flagged_from"}
    assert Model.from_json(old).flagged_from == 0.5


def test_one_contract_is_a_look_alike_whatever_it_scores_only_on_another_work():
    kind = np.array(["one_contract", "one_contract", "neighbours", "two_sides", "double_funding"], object)
    level = np.array([contract.SAME_OTHER_WORK, contract.SAME, -1, -1, -1])
    assert kinds.whatever_the_score(kind, level).tolist() == [True, False, False, True, False]


def test_given_works_are_measured_as_the_search_measures_them_and_also_where_nothing_is_near():
    table = village(120)
    model = duplicates.find(table).model
    found = duplicates.find(table, model).pairs
    ids = table["project"].to_numpy()
    chosen = [(ids[left], ids[right]) for left, right in found[["left", "right"]].to_numpy()[::7]]
    far = (ids[table.geometry.bounds["minx"].argmin()], ids[table.geometry.bounds["minx"].argmax()])
    given = duplicates.of_works(table, [*chosen, far], model)
    assert len(given) == len(chosen) + 1
    both = given.merge(found, on=["left", "right"], suffixes=("", "_found"))
    assert len(both) == len(chosen)
    for name in ("score", "kind", "touching", "distance_m"):
        pd.testing.assert_series_equal(both[name], both[f"{name}_found"], check_names=False)
