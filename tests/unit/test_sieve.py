"""What is left out early is exactly what no list would show, whatever the table and whatever the model."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demonstration.generate import generate
from geo import candidates, duplicates, evidence, kinds, linking, rows, sieve
from geo.evidence import sites as columns
from geo.evidence.aligned import aligned
from geo.evidence.between import measure
from geo.evidence.frequencies import Frequencies
from geo.model import Model, probability
from geo.vague import Unmeasured, may
from tests.benchmarks import _tables

REAL = {"flood_control/flood_control_projects.csv": "PHP", "village_roads/jalan_desa.xlsx": "IDR"}


def without_sieve(monkeypatch, table, model=None):
    with monkeypatch.context() as patched:
        patched.setattr(sieve, "may_be_listed", lambda table, pairs, *_: np.ones(len(pairs), bool))
        return duplicates.find(table, model)


def assert_nothing_is_lost(monkeypatch, table, model=None):
    found, all_measured = duplicates.find(table, model), without_sieve(monkeypatch, table, model)
    # of fewer lines the overlap is measured without a compiler: the last digits of metres differ, nothing else
    metres = ["distance_m", "overlap_m", "overlap_share"]
    pd.testing.assert_frame_equal(found.pairs[metres], all_measured.pairs[metres], rtol=1e-12, atol=1e-7)
    pd.testing.assert_frame_equal(found.pairs.drop(columns=metres), all_measured.pairs.drop(columns=metres),
                                  check_exact=True)
    pd.testing.assert_series_equal(found.groups, all_measured.groups)
    return found


@pytest.mark.parametrize("made", [
    lambda: generate(seed=7, size=3_000).works, lambda: _tables.uniform(12_000, seed=3).sites,
    lambda: _tables.town(6_000, dense=1_500, seed=3).sites, lambda: _tables.one_spot(6_000, crowd=1_500, seed=3).sites,
], ids=["demonstration", "uniform", "town", "one_spot"])
def test_a_generated_table_lists_what_it_lists_when_all_is_measured(monkeypatch, made):
    assert len(assert_nothing_is_lost(monkeypatch, made()).pairs) > 50


def test_the_best_of_several_sites_and_their_count_stay(monkeypatch):
    table = _tables.uniform(4_000, seed=5).sites
    # half of the works are sites of ten projects a village, which meet at several of them
    number = np.arange(len(table))
    table["project"] = np.where(number % 4 < 2, number, number // 500 * 500 + number % 20 + 100_000).astype(str)
    found = assert_nothing_is_lost(monkeypatch, table).pairs
    assert (found["touching"] > 1).sum() > 10


@pytest.mark.parametrize("name", REAL)
def test_a_real_table_lists_what_it_lists_when_all_is_measured(monkeypatch, real_data, name):
    understood = rows.understand(rows.read(real_data(name)), currency=REAL[name])
    good = [one for one in understood if one.good][:4_000]
    table = linking.as_sites(good, [str(one.row.number) for one in good], "0")
    assert len(assert_nothing_is_lost(monkeypatch, table).pairs) > 0


@pytest.fixture(scope="module")
def candidates_of():
    """The sites, candidates and what was measured of them, of the demonstration: every kind of work and look-alike."""
    table = columns.read(generate(seed=11, size=2_000).works)
    crowd = candidates.crowded(table.lon, table.lat, table.form == columns.FORM_POINT, table.project)
    counted = Frequencies.of(table, crowd)
    table.series[:] = counted.series_counts(table)
    pairs = candidates.near(table)
    left, right = table.take(pairs[:, 0]), table.take(pairs[:, 1])
    between = measure(left, right, candidates.tolerance_m(left.category, right.category, left.accuracy_m,
                                                          right.accuracy_m))
    return table, pairs, between, evidence.levels(left, right, between, counted), counted


def any_model(seed: int, counted: Frequencies) -> Model:
    """Weights of any size and sign; some evidence is not weighed at all."""
    rng = np.random.default_rng(seed)
    weights = {name: tuple(rng.normal(0, rng.choice([0.5, 3.0, 8.0]), module.LEVELS).tolist())
               for name, module in evidence.EVIDENCE.items() if rng.random() < 0.9}
    return Model("any", weights, float(rng.normal(-4, 4)), counted)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_no_model_loses_a_pair_that_it_would_list(candidates_of, seed):
    table, pairs, between, levels, counted = candidates_of
    model = any_model(seed, counted)
    kept = sieve.may_be_listed(table, pairs, model, duplicates.LISTED_BITS)
    chance = probability(model.weigh(levels)[1])
    kind, _ = kinds.name_pairs(aligned(table, pairs[:, 0]), aligned(table, pairs[:, 1]), between, levels, chance)
    listed = duplicates.listed(pd.DataFrame({"probability": chance, "kind": kind})).to_numpy()
    assert not (listed & ~kept).any()


@settings(max_examples=100, deadline=None)
@given(measured=st.sets(st.sampled_from(sorted(evidence.EVIDENCE))))
def test_a_look_alike_may_be_named_whatever_was_not_measured_yet(candidates_of, measured):
    table, pairs, between, levels, _ = candidates_of
    left, right = table.take(pairs[:, 0]), table.take(pairs[:, 1])
    silent = {name: evidence.EVIDENCE[name].silent(left, right) for name in sieve.SILENT if name not in measured}
    may_be = kinds.may_be_look_alike(left, right, {name: levels[name] for name in measured}, silent)
    kind, _ = kinds.name_pairs(left, right, between, levels, np.zeros(len(pairs)))
    shown = np.isin(kind.astype(str), kinds.LOOK_ALIKES) & (kind != "neighbours")
    assert shown.any()
    assert not (shown & ~may_be).any()


def test_evidence_that_is_silent_says_nothing(candidates_of):
    table, pairs, _, levels, _ = candidates_of
    left, right = table.take(pairs[:, 0]), table.take(pairs[:, 1])
    for name in sieve.SILENT:
        silent = evidence.EVIDENCE[name].silent(left, right)
        assert silent.any(), name
        assert (levels[name][silent] == -1).all(), name


def test_most_pairs_are_left_out_with_little_measured(candidates_of):
    table, pairs, *_, counted = candidates_of
    model = Model.shipped().counting(counted)
    kept = sieve.may_be_listed(table, pairs, model, duplicates.LISTED_BITS)
    listed = duplicates.listed(duplicates._decided(table, pairs, model)).to_numpy()
    assert listed.sum() <= kept.sum() < len(pairs) / 2


def test_what_is_not_measured_is_neither_true_nor_false():
    known, level = np.array([True, False]), Unmeasured()
    assert may(known & (level == 3)).tolist() == [True, False]
    assert may(~(known & (level == 3))).tolist() == [True, True]
    assert may(~(known | (level == 3))).tolist() == [False, True]
    assert may(known & (Unmeasured(np.array([True, True])) >= 0)).tolist() == [False, False]
    with pytest.raises(TypeError):
        bool(level == 3)
