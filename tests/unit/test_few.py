"""One proposal read and checked without data frames is the proposal read and checked with them, figure for figure."""

from dataclasses import fields
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.demonstration.generate import generate
from geo import blocks, duplicates
from geo.evidence import few
from geo.evidence import sites as columns
from tests.unit.test_distributed import messy, works

LANES = [a + b for a in ("Mawar", "Melati", "Curah", "Sumber", "Tegal", "Gumuk", "Pancer", "Kedung") for b in
         ("sari", "jati", "rejo", "wangi", "agung", "mulyo", "asri", "lor")]


def rows_of(table: gpd.GeoDataFrame) -> tuple[list[dict], np.ndarray]:
    """The table as a database would hand it over: None for what is not there, dates as dates."""
    rows = []
    for row in table.drop(columns="geometry").to_dict("records"):
        rows.append({name: _plain(value) for name, value in row.items()})
    return rows, np.array([*table.geometry, None], object)[:-1]


def _plain(value: object) -> object:
    if isinstance(value, tuple | date) and value is not pd.NaT and not isinstance(value, pd.Timestamp):
        return value
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def assert_equal_columns(one: columns.Sites, other: columns.Sites) -> None:
    for column in fields(columns.Sites):
        left, right = getattr(one, column.name), getattr(other, column.name)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, column.name
            assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), column.name


def assert_same_answer(sites: gpd.GeoDataFrame, proposal: gpd.GeoDataFrame, model) -> int:
    framed = duplicates.check(proposal, sites, model, every=True)
    rows, shapes = rows_of(pd.concat([sites, proposal], ignore_index=True))
    plain = duplicates.check_one(few.read(rows, shapes), model)
    assert [pair["right"] for pair in plain] == framed["right"].tolist()
    for name in ("kind", "rule", "score", "probability"):
        assert [pair[name] for pair in plain] == framed[name].tolist(), name
    for name in [name for name in framed if name.startswith(("level_", "w_", "distance", "overlap"))]:
        assert np.array_equal(np.array([pair[name] for pair in plain], float), framed[name].to_numpy(float),
                              equal_nan=True), name
    assert [duplicates.is_listed(pair) for pair in plain] == duplicates.listed(framed).tolist()
    return len(plain)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 100_000))
def test_any_few_sites_are_read_alike(seed):
    table = messy(seed, 40).assign(rt=lambda one: [str(k % 70) if k % 3 else None for k in range(len(one))],
                                   activity_code=["2.3.10", None, "x", "02.03.11."] * 10)
    rows, shapes = rows_of(table)
    assert_equal_columns(columns.read(table), few.read(rows, shapes))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 100_000), counted=st.booleans())
def test_any_proposal_gets_the_same_answer(seed, counted):
    table = messy(seed, 90)
    model = duplicates.find(messy(seed + 1, 120)).model if counted else None
    proposal = table.iloc[[-1]].assign(project="proposal").reset_index(drop=True)
    model = model or duplicates.Model.shipped()
    assert_same_answer(table.iloc[:-1], proposal, model)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000), names=st.sampled_from((1, 3, 60)), size=st.sampled_from((12, 130, 400)))
def test_what_words_choose_for_one_of_a_village_is_what_they_choose_for_all(seed, names, size):
    """Up to and past every bound: few names make large groups, many small ones."""
    rng = np.random.default_rng(seed)
    table = columns.read(works(*({
        "project": f"p{rng.integers(size)}", "geometry": None, "year": int(rng.integers(2020, 2023)),
        "name": f"Rabat beton RT {rng.integers(1, 4):02} RW 01 {LANES[lane]} {LANES[lane - rng.integers(2)]}",
        "amount": float(rng.integers(1, 12)) * 9_350_000 if rng.integers(5) else None, "region_code": "35.10.01.2001"}
        for lane in rng.integers(names, size=size))))
    members, all_of_it = np.arange(size), np.ones(size, bool)
    pairs = blocks.pairs(table, np.zeros(size, np.int64), members, all_of_it)
    for one in rng.integers(size, size=10):
        mine = pairs[(pairs == one).any(axis=1)].sum(axis=1) - one
        assert blocks.beside_one(table, one, members).tolist() == sorted(mine.tolist())


@pytest.fixture(scope="module")
def demonstration():
    table = generate(seed=12, size=1_200).works
    return table, duplicates.find(table).model


def test_works_of_the_demonstration_proposed_again_get_the_same_answers(demonstration):
    table, model = demonstration
    seen = 0
    for position in range(0, len(table), 12):
        proposal = table.iloc[[position]].reset_index(drop=True)
        others = table[table["project"] != proposal["project"][0]]
        near = others[(abs(others.geometry.bounds["minx"] - proposal.geometry.bounds["minx"][0]) < 0.005)
                      | others.geometry.isna()].reset_index(drop=True)
        seen += assert_same_answer(near, proposal, model)
    assert seen > 20
