"""The sample file: 24 rows, five faults of different nature, two pairs to find, the same bytes each time."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from app.demonstration import sample, villages
from app.demonstration.generate import Generated, generate
from geo import duplicates, kinds, rows
from geo.model import FLAGGED_FROM
from geo.regions import Regions
from geo.schema import SITE_COLUMNS
from geo.tables import Understood

Made = tuple[Generated, gpd.GeoDataFrame]


@pytest.fixture(scope="module", params=["invented", "real"])
def made(request: pytest.FixtureRequest) -> Made:
    if request.param == "invented":
        frame = villages.invented()
    elif villages.POINTS.exists() and villages.COAST.exists():
        frame = villages.read()
    else:
        pytest.skip("the browser assets are not unpacked: ./pantau test does it")
    return generate(villages=frame), frame


@pytest.fixture
def understood(made: Made, tmp_path) -> list[Understood]:
    path = tmp_path / "berkas-contoh.xlsx"
    path.write_bytes(sample.written(sample.rows(*made)))
    table = rows.read(path)
    assert len(table.rows) == 24
    return rows.understand(table, regions=Regions.from_frame(made[1]))


def test_exactly_five_rows_are_faulty_each_in_its_own_way(understood):
    faults = [[problem for problem in one.problems if problem.severity == "fault"] for one in understood]
    assert sorted(map(len, faults)) == [0] * 19 + [1] * 5
    found = {problem.reason.id for row in faults for problem in row}
    assert len(found) == 5
    suggested = {problem.suggestion.how for row in faults for problem in row if problem.suggestion}
    assert suggested == {"sign", "swap"}


def test_exactly_two_pairs_are_found_one_with_a_stored_work_and_one_within_the_file(made, understood):
    stored = made[0].works[list(SITE_COLUMNS)]
    sent = gpd.GeoDataFrame(
        [_site(one) for one in understood if one.good], columns=list(SITE_COLUMNS), geometry="geometry", crs=4326
    )
    sent = sent.astype({"year": "Int16", "start_date": "datetime64[ns]", "end_date": "datetime64[ns]"})
    sites = gpd.GeoDataFrame(pd.concat([stored, sent], ignore_index=True), crs=4326)
    pairs = duplicates.find(sites).pairs
    flagged = pairs[pairs["kind"].isin(kinds.TO_LOOK_AT) & (pairs["probability"] >= FLAGGED_FROM)]
    names = sites["project"].to_numpy()
    ends = [(names[left], names[right]) for left, right in zip(flagged["left"], flagged["right"], strict=True)]
    ours = sorted(sum(end.startswith("row ") for end in pair) for pair in ends)
    assert [count for count in ours if count] == [1, 2]


def test_the_file_is_the_same_each_time(made):
    assert sample.written(sample.rows(*made)) == sample.written(sample.rows(*made))


def test_every_row_says_that_it_is_invented(made):
    lines = sample.rows(*made)
    assert all("contoh" in line["Pelaksana"].lower() for line in lines)
    assert {line["Kode Desa"] for line in lines} == {sample.home_village(made[0])}


def _site(one: Understood) -> dict[str, object]:
    facts = {name: one.facts.get(name) for name in SITE_COLUMNS}
    amount = one.facts.get("amount")
    return facts | {
        "project": f"row {one.row.number}",
        "region_code": one.facts["village_code"],
        "amount": np.nan if amount is None else float(amount),
        "role": "claimed",
        "method": one.method,
        "accuracy_m": np.nan if one.accuracy_m is None else one.accuracy_m,
        "geometry": one.geometry,
    }
