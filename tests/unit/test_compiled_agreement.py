"""The kernels for words say what the vectorised evidence says, to the last bit."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from app.demonstration.generate import generate
from geo import candidates
from geo.evidence import elsewhere, name, numbers, tablewise
from geo.evidence import sites as columns
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from tests.benchmarks import _tables

words = pytest.importorskip("geo.compiled.agreement")
WORDS = st.text(st.sampled_from("abcdeé漢😀 1"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=8), st.sampled_from((0.7, 0.74, 0.5)))
def test_compiled_similarity_is_rapidfuzzs(texts, least):
    table = np.array(texts, object)
    one, other = (side.astype(np.int32) for side in np.triu_indices(len(texts)))
    said = words.alike(words.Spelled.of(table), one, other, least)
    wanted = [OSA.normalized_similarity(texts[a], texts[b]) >= least for a, b in zip(one, other, strict=True)]
    assert said.tolist() == wanted


@pytest.fixture(scope="module", params=["demonstration", "uniform", "one_spot"])
def sides(request):
    made = {"demonstration": lambda: generate(seed=5, size=2_000).works,
            "uniform": lambda: _tables.uniform(8_000).sites,
            "one_spot": lambda: _tables.one_spot(3_000, crowd=900).sites}[request.param]()
    table = columns.read(made)
    crowd = candidates.crowded(table.lon, table.lat, table.form == columns.FORM_POINT, table.project)
    rng = np.random.default_rng(1)
    # any two works: far more unequal names than neighbours have
    pairs = np.concatenate([candidates.near(table)[:30_000], rng.integers(0, len(table), (20_000, 2))])
    return table.take(pairs[:, 0]), table.take(pairs[:, 1]), Frequencies.of(table, crowd)


@pytest.mark.parametrize("module", [name, elsewhere, numbers], ids=lambda one: one.__name__.rpartition(".")[2])
@pytest.mark.parametrize("counted", [True, False])
def test_many_pairs_have_the_levels_of_few(monkeypatch, sides, module, counted):
    left, right, frequencies = sides
    frequencies = frequencies if counted else Frequencies()
    apart = Between(*(np.full(len(left), np.nan) for _ in fields(Between)))
    many = module.levels(left, right, apart, frequencies)
    monkeypatch.setattr(module, "MANY", 1 << 40)
    few = module.levels(left, right, apart, frequencies)
    assert len(np.unique(many)) > 1
    assert np.array_equal(many, few)


@pytest.mark.parametrize("counted", [True, False])
def test_the_words_that_agree_weigh_the_same_to_the_last_bit(sides, counted):
    left, right, frequencies = sides
    frequencies = frequencies if counted else Frequencies()
    worth = name._worth(left, frequencies)
    few = name._agreement(left.tokens, right.tokens, *worth, left.words)
    many = name._compiled_agreement(left.tokens, right.tokens, *worth, tablewise.spelled(left, frequencies))
    for one, other in zip(few, many, strict=True):
        assert np.array_equal(one, other)
