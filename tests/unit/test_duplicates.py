"""Finding duplicates: a batch, one proposal and given pairs agree; crowds and works without a point are bounded."""


import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import duplicates, sentences
from geo.duplicates import check, compare, find, flagged, money_to_look_at, sentence
from geo.model import Model
from tests.grid import grid, works

LANES = ("Mawar", "Melati", "Kenanga", "Cempaka", "Flamboyan", "Anggrek", "Dahlia", "Teratai")


def village(n: int, seed: int = 1, spread: float = 0.01) -> gpd.GeoDataFrame:
    """n believable works, each tenth a second payment of the one before."""
    rng = np.random.default_rng(seed)
    rows: list[dict] = []
    for number in range(n):
        if number % 10 == 9:
            again = dict(rows[-1])
            again |= {"fund": "PBK" if again["fund"] != "PBK" else "DDS",
                      "geometry": shapely.affinity.translate(again["geometry"], 2e-5, 1e-5)}
            rows.append(again)
            continue
        what, category = (("Rabat", "road"), ("Drainase", "drainage"), ("PJU", "lighting"))[number % 3]
        lane = LANES[rng.integers(len(LANES))]
        x, y = 114.3 + rng.random() * spread, -8.3 + rng.random() * spread
        shape = shapely.Point(x, y) if number % 2 else shapely.LineString([(x, y), (x + 8e-4, y + 1e-4)])
        rows.append({"name": f"{what} Gang {lane} RT {rng.integers(1, 9):02} Dusun {LANES[rng.integers(4)]}",
                     "category": category, "year": int(rng.integers(2019, 2026)),
                     "fund": ("DDS", "ADD", "PBK")[rng.integers(3)], "geometry": shape,
                     "amount": float(rng.integers(10, 400)) * 512_345})
    return works(*rows)


COLUMNS = ["distance_m", "overlap_m", "overlap_share", "score", "probability", "kind", "rule"]


def projects(pairs: pd.DataFrame, left: gpd.GeoDataFrame, right: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs by ids of projects, whichever side they stand on."""
    a, b = left["project"].to_numpy()[pairs["left"]], right["project"].to_numpy()[pairs["right"]]
    named = pairs[COLUMNS].assign(a=np.minimum(a, b), b=np.maximum(a, b))
    return named.sort_values(["a", "b"]).reset_index(drop=True)


def test_second_payments_are_found_and_named():
    table = village(200)
    found = find(table).pairs
    likely = {(left, right) for left, right in found[flagged(found)][["left", "right"]].itertuples(index=False)}
    planted = {(number - 1, number) for number in range(9, 200, 10)}
    assert len(planted & likely) >= 18
    assert len(likely - planted) <= 2


def test_one_by_one_finds_what_the_batch_finds():
    table = village(80, spread=0.002)
    model = find(table).model
    batch = projects(find(table, model, every=True).pairs, table, table)
    parts = []
    for position in range(len(table)):
        others = table.drop(index=position).reset_index(drop=True)
        parts.append(projects(check(table.iloc[[position]], others, model, every=True), table.iloc[[position]], others))
    alone = pd.concat(parts).drop_duplicates(["a", "b"]).sort_values(["a", "b"]).reset_index(drop=True)
    assert len(batch) > 20
    pd.testing.assert_frame_equal(batch, alone, check_exact=False, atol=1e-9)


def test_given_pairs_are_measured_as_the_batch_measures_them():
    table = village(80, spread=0.002)
    found = find(table, every=True)
    given_pairs = found.pairs[["left", "right"]].to_numpy()
    again = compare(table, given_pairs, found.model)
    pd.testing.assert_frame_equal(again[COLUMNS], found.pairs[COLUMNS])
    turned = compare(table, given_pairs[:, ::-1], found.model)
    pd.testing.assert_frame_equal(turned[COLUMNS], again[COLUMNS])


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(30)))
def test_the_order_of_rows_changes_no_pair(order):
    table = village(30, spread=0.001)
    shuffled = table.iloc[list(order)].reset_index(drop=True)
    pd.testing.assert_frame_equal(projects(find(table, every=True).pairs, table, table),
                                  projects(find(shuffled, every=True).pairs, shuffled, shuffled))


@settings(max_examples=15, deadline=None)
@given(st.floats(-0.2, 0.2))
def test_moving_all_works_alike_changes_no_pair(shift):
    table = village(30, spread=0.001)
    moved = table.set_geometry(table.geometry.translate(shift, 0))
    here, there = find(table, every=True).pairs, find(moved, every=True).pairs
    pd.testing.assert_frame_equal(here[["left", "right", "kind"]], there[["left", "right", "kind"]])
    assert np.allclose(here["distance_m"], there["distance_m"], atol=1e-3)


def test_the_best_of_many_sites_stands_for_two_projects():
    drawn = grid("a b c")
    table = works({"geometry": drawn.point("a"), "project": "x"}, {"geometry": drawn.point("b"), "project": "x"},
                  {"geometry": drawn.point("a"), "project": "y"}, {"geometry": drawn.point("c"), "project": "y"})
    pairs = find(table, every=True).pairs
    assert pairs[["left", "right", "touching"]].to_numpy().tolist() == [[0, 2, 3]]


def test_works_without_a_point_are_compared_by_what_they_say():
    name = "Rabat beton Gang Kenanga Sumberwatu RT 02 RW 01"
    table = works({"geometry": None, "name": name}, {"geometry": shapely.Point(114.3, -8.3), "name": name},
                  {"geometry": None, "name": "Posyandu Mawar", "category": "building", "amount": 5e6},
                  {"geometry": None, "name": name, "region_code": "35.10.02.2003"}, fund="DDS")
    pairs = find(table).pairs
    assert pairs[["left", "right"]].to_numpy().tolist() == [[0, 1]]
    assert np.isnan(pairs["distance_m"][0])


def test_a_crowded_coordinate_is_reported_bounded_and_still_searched():
    table = village(3_000)
    office = shapely.Point(114.3, -8.3)
    table["geometry"] = office
    lanes = [f"{LANES[number % 8]}{number // 10}" for number in range(3_000)]
    table["name"] = [f"Rabat Gang {lane}{'x' if number % 10 == 9 else ''}" for number, lane in enumerate(lanes)]
    for number in range(9, 3_000, 10):
        table.loc[number, "name"] = table.loc[number - 1, "name"]
        table.loc[number, ["category", "year", "amount"]] = table.loc[number - 1, ["category", "year", "amount"]].values
    found = find(table, every=True)
    assert found.crowded[["lon", "lat", "works"]].to_numpy().tolist() == [[114.3, -8.3, 3_000]]
    assert len(found.pairs) < 60 * len(table)
    pairs = set(found.pairs[["left", "right"]].itertuples(index=False, name=None))
    assert sum((number - 1, number) in pairs for number in range(9, 3_000, 10)) >= 285


def test_an_empty_table_and_a_single_work_have_no_pairs():
    one = works({"geometry": shapely.Point(114.3, -8.3)})
    for table in (one, one.iloc[:0]):
        found = find(table)
        assert len(found.pairs) == len(found.groups) == len(found.crowded) == 0
        assert {"left", "right", "probability", "kind", "level_place"} <= set(found.pairs.columns)


def test_absurd_facts_stop_nothing():
    drawn = grid("ab")
    table = works({"geometry": drawn.point("a"), "name": "", "year": 9999, "amount": -5.0, "rt": "x"},
                  {"geometry": drawn.point("b"), "name": "12 !!", "year": None, "amount": np.inf, "category": "?"})
    assert len(find(table, every=True).pairs) == 1


def test_only_what_is_worth_showing_is_listed_unless_all_is_asked_for():
    table = village(60, spread=0.002)
    shown, every = find(table).pairs, find(table, every=True).pairs
    assert 0 < len(shown) < len(every)
    assert ((shown["probability"] >= duplicates.LISTED_FROM) | (shown["kind"] != "neighbours")).all()
    assert shown["probability"].is_monotonic_decreasing


def test_one_weak_link_does_not_glue_two_strong_groups():
    drawn = grid("ab   c", cell_m=4)
    near = {"name": "Rabat Gang Mawar Sumberwatu RT 01"}
    table = works(*({"geometry": drawn.point(letter), "fund": fund, **near} for letter, fund in
                    (("a", "DDS"), ("a", "ADD"), ("b", "PBK"), ("b", "PBP"))),
                  {"geometry": drawn.point("c"), "name": "Posyandu", "category": "building"})
    groups = find(table).groups
    assert groups.to_dict() == {"p0": 1, "p1": 1, "p2": 1, "p3": 1}

    chain = pd.DataFrame({"left": [0, 2, 1], "right": [1, 3, 2], "probability": [0.99, 0.98, 0.6],
                          "kind": "double_funding"})
    from geo.evidence import sites as columns
    from geo.groups import groups as grouped
    assert grouped(columns.read(table.iloc[:4]), chain, table).to_dict() == {"p0": 1, "p1": 1, "p2": 2, "p3": 2}


def test_the_reason_is_one_sentence_with_distance_years_and_kind():
    drawn = grid("ab", cell_m=6)
    table = works({"geometry": drawn.point("a"), "fund": "DDS"}, {"geometry": drawn.point("b"), "fund": "PBK"})
    row = find(table).pairs.iloc[0]
    said = sentences.worded(sentence(row, table.iloc[0], table.iloc[1]))
    assert said == "Berjarak 6 m, tahun 2024: tampaknya satu pekerjaan yang didanai dua kali."


def test_money_to_look_at_is_the_smaller_amount_times_what_overlaps():
    left = pd.DataFrame({"amount": [100.0, 100.0, np.nan]})
    right = pd.DataFrame({"amount": [80.0, np.nan, np.nan]})
    pairs = pd.DataFrame({"overlap_share": [0.5, np.nan, 1.0]})
    assert money_to_look_at(left, right, pairs)[:2].tolist() == [40.0, 100.0]
    assert np.isnan(money_to_look_at(left, right, pairs)[2])


def test_one_snapshot_serves_many_tables():
    table = village(60)
    model = find(table).model
    assert model.version == f"{Model.shipped().version}+60"
    assert find(table.iloc[:10], model).model is model


@pytest.mark.parametrize("with_id", [True, False])
def test_no_multi_year_record_of_the_real_list_is_a_second_payment(real_data, with_id):
    raw = pd.read_csv(real_data("flood_control/flood_control_projects.csv"))
    repeated = raw["project_id"].duplicated(keep=False)
    line = pd.Series(raw.index + 2).astype(str)
    table = works(*({} for _ in range(len(raw)))).assign(
        project=raw["project_id"].where(~repeated, raw["project_id"] + "#" + line) if with_id else line,
        name=raw["description"], year=raw["funding_year"].astype("Int16"), fund=None, region_code=None,
        amount=pd.to_numeric(raw["cost"], errors="coerce"), category="river", contractor=raw["contractor"],
        contract=raw["report_contract_id"] if with_id else None, accuracy_m=np.nan,
        geometry=shapely.points(raw["lng"], raw["lat"]))
    pairs = find(table, every=True).pairs
    ids, contracts = raw["project_id"].to_numpy(), raw["report_contract_id"].to_numpy()
    a, b = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    one_record = pairs[ids[a] == ids[b]]
    assert len(one_record) >= 28
    assert set(one_record["kind"]) == {"same_record"}
    works_of_one_contract = raw.groupby("report_contract_id")["project_id"].nunique()
    all_pairs = (works_of_one_contract * (works_of_one_contract - 1) // 2).sum()
    assert flagged(pairs[(contracts[a] == contracts[b]) & (ids[a] != ids[b])]).sum() <= 0.01 * all_pairs
