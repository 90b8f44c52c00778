"""The demonstration's generator: believable, repeatable, lawful, and true to its own truth."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from app.demonstration import villages
from app.demonstration.generate import Generated, generate
from app.demonstration.works import VILLAGE_FUNDS
from geo.schema import CATEGORY, FUNDS, METHODS, SITE_COLUMNS, STAGES

DUPLICATES = {"same_record", "double_funding", "repeat_funding", "partial_overlap"}
LOOK_ALIKES = {
    "continuation",
    "two_sides",
    "one_contract",
    "asset_set",
    "shared_funding",
    "carried_over",
    "maintenance",
    "neighbours",
}
METRES = "+proj=aeqd +lat_0=-8.3 +lon_0=114.3"


@pytest.fixture(scope="module")
def generated() -> Generated:
    return generate()


@pytest.fixture(scope="module")
def works(generated: Generated) -> gpd.GeoDataFrame:
    return generated.works


@pytest.fixture(scope="module")
def first(works: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The first site of each work, by project."""
    return works.drop_duplicates("project").set_index("project", drop=False)


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    one, same, other = generate(seed=1, size=600), generate(seed=1, size=600), generate(seed=2, size=600)
    pd.testing.assert_frame_equal(pd.DataFrame(one.works), pd.DataFrame(same.works))
    pd.testing.assert_frame_equal(one.truth, same.truth)
    assert list(one.works["name"]) != list(other.works["name"])


def test_the_table_has_the_columns_and_the_codes_of_the_schema(works: gpd.GeoDataFrame):
    assert set(SITE_COLUMNS) | {"number", "volume", "unit"} == set(works.columns)
    assert works.crs == 4326
    assert works["number"].is_unique
    assert set(works["category"].dropna()) == set(CATEGORY)
    assert set(works["fund"]) == set(FUNDS)
    assert set(works["stage"]) == set(STAGES)
    assert set(works["method"].dropna()) == set(METHODS)
    assert set(works["year"]) == set(range(2019, 2027))
    assert (works["amount"] > 0).all()


def test_there_are_twelve_thousand_works_of_points_lines_and_areas_and_a_tenth_without_a_point(works: gpd.GeoDataFrame):
    assert works["project"].nunique() == 12_000
    shares = works.geom_type.value_counts(normalize=True)
    assert shares["LineString"] > 0.3
    assert shares["Point"] > 0.3
    assert shares["Polygon"] > 0.01
    without = works.groupby("project")["geometry"].apply(lambda sites: sites.isna().all())
    assert 0.07 < without.mean() < 0.13
    assert works.dropna(subset="geometry").is_valid.all()


def test_a_kelurahan_has_no_village_budget_and_some_funds_pay_for_houses_only(works: gpd.GeoDataFrame):
    kelurahan = works["region_code"].str[9] == "1"
    assert kelurahan.any()
    assert not works.loc[kelurahan, "fund"].isin(VILLAGE_FUNDS).any()
    of_houses = works["fund"].isin(["BSPS", "BAZNAS"])
    assert set(works.loc[of_houses, "category"].dropna()) == {"housing"}


def test_amounts_are_mostly_round(works: gpd.GeoDataFrame):
    assert (works["amount"] % 1_000_000 == 0).mean() > 0.4
    assert (works["amount"] % 1_000 != 0).mean() > 0.03


def test_firms_and_people_are_plainly_fictitious(works: gpd.GeoDataFrame):
    assert works["contractor"].dropna().str.contains("contoh", case=False).all()
    assert works["contract"].dropna().str.contains("CONTOH").all()
    named = works["name"].str.contains(r"\ban\.", case=False)
    assert works.loc[named, "name"].str.contains("contoh", case=False).all()


def test_two_percent_are_duplicates_of_every_kind_and_each_has_two_look_alikes(generated: Generated):
    truth = generated.truth
    duplicates, others = truth[truth["duplicate"]], truth[~truth["duplicate"]]
    assert len(duplicates) == pytest.approx(0.02 * 12_000, rel=0.05)
    assert duplicates["kind"].value_counts().min() >= 50
    assert set(duplicates["kind"]) == DUPLICATES
    assert set(others["kind"]) == LOOK_ALIKES
    assert others["kind"].value_counts().min() >= 60
    groups = others["kind"].map(lambda kind: kind not in ("asset_set", "one_contract")).sum()
    assert groups + others[others["kind"].isin(["asset_set", "one_contract"])].drop_duplicates("left").shape[
        0
    ] >= 2 * len(duplicates)


def test_the_truth_holds_its_own_closure(generated: Generated):
    truth = generated.truth
    assert (truth["left"] < truth["right"]).all()
    assert not truth.duplicated(["left", "right"]).any()
    assert set(truth["left"]) | set(truth["right"]) <= set(generated.works["project"])
    duplicates = truth[truth["duplicate"]]
    pairs = set(zip(duplicates["left"], duplicates["right"], strict=True))
    partners: dict[str, set[str]] = {}
    for left, right in pairs:
        partners.setdefault(left, set()).add(right)
        partners.setdefault(right, set()).add(left)
    triples = [(a, b) for those in partners.values() for a in those for b in those if a < b]
    assert triples, "some works are recorded three times"
    assert set(triples) <= pairs


def test_a_table_can_have_no_duplicate_and_keep_its_look_alikes():
    truth = generate(size=1_500, duplicates=False).truth
    assert not truth["duplicate"].any()
    assert set(truth["kind"]) == LOOK_ALIKES


def test_kinds_are_what_their_names_say(generated: Generated, first: gpd.GeoDataFrame):
    truth = generated.truth
    left = first.loc[truth["left"]].reset_index(drop=True)
    right = first.loc[truth["right"]].reset_index(drop=True)
    same_year, same_fund = left["year"] == right["year"], left["fund"] == right["fund"]
    gap = (left["year"].astype(int) - right["year"].astype(int)).abs()
    of = truth["kind"].eq
    assert (same_year & same_fund)[of("same_record")].all()
    assert not same_fund[of("double_funding")].any()
    assert (gap[of("double_funding")] <= 1).all()
    assert (gap[of("repeat_funding")] >= 1).all()
    assert (gap[of("carried_over")] == 1).all()
    assert (gap[of("maintenance")] >= 3).all()
    assert left["fund_shares"].notna()[of("shared_funding")].all()
    assert left["fund_shares"].isna()[truth["duplicate"]].all()
    assert (left["contract"] == right["contract"])[of("one_contract")].all()
    assert (left["region_code"] == right["region_code"]).all()


def test_partial_overlaps_overlap_and_continuations_do_not(generated: Generated, first: gpd.GeoDataFrame):
    truth = generated.truth
    lines = first[first.geom_type == "LineString"].to_crs(METRES)
    lines = lines[lines["method"].isin(["gps", "file"])]
    truth = truth[truth["left"].isin(lines.index) & truth["right"].isin(lines.index)]
    left = lines.geometry.loc[truth["left"]].reset_index(drop=True)
    right = lines.geometry.loc[truth["right"]].reset_index(drop=True)
    share = left.intersection(right.buffer(20)).length / np.minimum(left.length, right.length)
    kind = truth["kind"].reset_index(drop=True)
    assert (share[kind == "partial_overlap"] > 0.25).all()
    assert share[kind == "continuation"].median() < 0.35
    assert (share[kind == "same_record"] > 0.6).all()


def test_the_background_holds_no_duplicate_by_accident(generated: Generated, first: gpd.GeoDataFrame):
    """Two works of one category on the same spot are planted, or both were given the office's coordinate."""
    sites = generated.works.dropna(subset=["geometry", "category"]).to_crs(METRES).reset_index(drop=True)
    crowded = sites.duplicated("geometry", keep=False)
    sites = sites[~crowded].reset_index(drop=True)
    near = gpd.sjoin(
        sites[["project", "category", "geometry"]],
        sites[["project", "category", "geometry"]],
        predicate="dwithin",
        distance=15,
    )
    near = near[(near["category_left"] == near["category_right"]) & (near["project_left"] < near["project_right"])]
    a, b = sites.geometry[near.index], sites.geometry[near["index_right"]]
    lines = (a.geom_type.to_numpy() == "LineString") & (b.geom_type.to_numpy() == "LineString")
    along = a.intersection(
        gpd.GeoSeries(b.to_numpy(), index=a.index, crs=a.crs).buffer(15), align=False
    ).length.to_numpy()
    shorter = np.minimum(a.length.to_numpy(), b.length.to_numpy())
    alike = near[~lines | (along > 0.5 * shorter)]
    planted = set(zip(generated.truth["left"], generated.truth["right"], strict=True))
    accidental = [
        pair for pair in zip(alike["project_left"], alike["project_right"], strict=True) if pair not in planted
    ]
    # a copy filed under another category may come to lie beside an honest thing of that category
    assert len(accidental) <= 2, accidental


def test_every_site_lies_in_its_village_or_beside_its_border(works: gpd.GeoDataFrame):
    cells = villages.invented().set_index("code").geometry.to_crs(METRES)
    placed = works.dropna(subset="geometry").to_crs(METRES)
    outside_m = placed.geometry.distance(
        gpd.GeoSeries(cells.loc[placed["region_code"]].to_numpy(), index=placed.index, crs=METRES)
    )
    assert (outside_m == 0).mean() > 0.99
    assert outside_m.max() < 900


def test_the_truth_is_written_to_a_file(tmp_path):
    generated = generate(size=500)
    generated.write_truth(tmp_path / "truth.csv")
    again = pd.read_csv(tmp_path / "truth.csv")
    pd.testing.assert_frame_equal(again, generated.truth)
