"""Rows of any file, nonsense and real: nothing breaks understanding and no row is lost."""

import json
import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import rows
from geo.rows import Row, Table
from tests.benchmarks import fuzz_rows
from tests.unit.test_rows import TODAY, _regions, understood

cells = st.one_of(st.none(), st.text(max_size=20), st.floats(), st.integers(-10**12, 10**12), st.dates(),
                  st.sampled_from(["-8.25", "114.25", "DD", "2024", "Rp5.000", "A", "-8.2, 114.3"]))
MEANINGS = ("id", "name", "year", "amount", "fund", "stage", "category", "lat", "lon", "end_lat", "end_lon",
            "coordinate", "start_date", "village", "village_code", "volume", "accuracy_m", "rt")


@settings(deadline=None)
@given(st.lists(st.lists(cells, min_size=len(MEANINGS), max_size=len(MEANINGS)), min_size=1, max_size=12))
def test_no_row_breaks_understanding(lines):
    columns = tuple(MEANINGS)
    recognised = tuple(rows.Recognised(name, name, "person") for name in columns)
    table = Table("csv", None, columns, recognised,
                  [Row(number, None, dict(zip(columns, line, strict=True))) for number, line in enumerate(lines, 2)])
    for regions in (None, _regions()):
        found = rows.understand(table, regions=regions, today=TODAY)
        assert len(found) == len(lines)
        for one in found:
            json.dumps([problem.to_json() for problem in one.problems])
            if one.geometry is not None:
                west, south, east, north = one.geometry.bounds
                assert -180 <= west <= east <= 180
                assert -90 <= south <= north <= 90


@pytest.mark.parametrize("seed", range(60))
def test_a_table_of_nonsense_is_read_or_refused_with_a_sentence(tmp_path, seed):
    """The short form of `python -m tests.benchmarks.fuzz_rows`: no exception but ours, no row or cell lost."""
    assert fuzz_rows.once(random.Random(f"2026-{seed}"), tmp_path)


def test_the_flood_control_file_is_read_without_losing_a_row(real_data):
    read = rows.read(real_data("flood_control/flood_control_projects.csv"))
    assert read.mapping == {
        "project_id": "id", "description": "name", "location": "place", "contractor": "contractor", "cost": "amount",
        "completion_date": "end_date", "report_contract_id": "contract", "start_date": "start_date",
        "project_type": "category", "funding_year": "year", "region": "regency", "lat": "lat", "lng": "lon"}
    found = understood(read, currency="PHP")
    assert len(found) == 9855
    assert all(one.good for one in found)
    assert all(one.geometry is not None for one in found)
    assert sum("source_id" in one.facts for one in found) == 55
    assert len(set(rows.source_keys(found))) == 9855
    assert sum("amount" not in one.facts for one in found) == 28
    first = found[0].facts
    assert (first["amount"], first["start_date"], first["end_date"]) == (
        Decimal("17961569.07"), date(2024, 2, 15), date(2024, 5, 23))


def test_village_roads_are_chords_and_no_row_is_lost(real_data):
    found = understood(rows.read(real_data("village_roads/jalan_desa.xlsx")))
    assert len(found) == 4874
    assert sum(one.method == "chord" for one in found) > 2500
    assert all(one.good or one.problems for one in found)


@pytest.mark.parametrize("name", ["streets", "streets_without_name", "rt_borders"])
def test_streets_of_one_village_are_read(real_data, name):
    found = understood(rows.read(real_data(f"village_streets/{name}.geojson")))
    assert found
    assert all(one.geometry is not None for one in found)
