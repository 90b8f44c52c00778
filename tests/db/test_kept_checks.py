"""Kept checks and lists: who reads and writes them, and that what stands beside a proposal is found by its index."""

from uuid import uuid4

import psycopg
import pytest
import shapely

from app.queries import check_lists, check_results, nearby_costs
from app.queries.check_results import New
from tests import build

ANSWER = {"alike": [], "within": [], "compared": True}


@pytest.fixture
def planner(superuser_db, places):
    return build.person(superuser_db, "planner", places.district)


def kept(connection, person, region):
    result_id = uuid4()
    check_results.keep(connection, person, result_id, New({"name": "x"}, ANSWER, "m", region,
                                                          shapely.Point(build.HOME), 0.4))
    return result_id


def test_a_check_is_read_by_who_asked_and_where_the_place_lies(superuser_db, database, places, planner):
    readers = {role + str(region): build.person(superuser_db, role, region) for role, region in (
        ("field", places.village), ("auditor", places.regency), ("field", places.neighbour), ("planner", places.far),
        ("treasurer", places.village))}
    with build.asking(superuser_db, database, planner) as connection:
        result_id = kept(connection, planner, places.village)
        assert check_results.by_id(connection, result_id) is not None
    seen = set()
    for name, person in readers.items():
        with build.asking(superuser_db, database, person) as connection:
            rows = connection.execute("SELECT count(*) FROM check_result WHERE id = %s", [result_id]).fetchone()[0]
            assert (check_results.by_id(connection, result_id) is not None) == bool(rows), "both layers alike"
            seen |= {name} if rows else set()
    assert seen == {f"field{places.village}", f"auditor{places.regency}"}


def test_nobody_keeps_a_check_in_the_name_of_another(superuser_db, database, places, planner):
    other = build.person(superuser_db, "admin")
    with build.asking(superuser_db, database, planner) as connection, pytest.raises(
            psycopg.errors.InsufficientPrivilege):
        kept(connection, other, places.village)


def test_what_was_answered_is_never_changed(superuser_db, database, places, planner):
    with build.asking(superuser_db, database, planner) as connection:
        result_id = kept(connection, planner, places.village)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE check_result SET answer = '{}' WHERE id = %s", [result_id])


def test_a_list_is_read_by_its_sender_and_those_above_and_closed_by_its_sender(superuser_db, database, places, planner):
    above, beside = build.person(superuser_db, "auditor", places.regency), build.person(
        superuser_db, "field", places.village)
    with build.asking(superuser_db, database, planner) as connection:
        list_id = check_lists.enter(connection, planner, places.district, "a.csv", bytes(32), 3)
    with build.asking(superuser_db, database, above) as connection:
        assert check_lists.by_id(connection, list_id) is not None
        check_lists.end(connection, list_id, "cancelled")
        assert check_lists.by_id(connection, list_id).state == "received"
    with build.asking(superuser_db, database, beside) as connection:
        assert check_lists.by_id(connection, list_id) is None


def test_a_file_that_waits_as_a_list_is_wanted_until_the_list_ends(superuser_db, database, places, planner):
    wanted = "SELECT content_is_wanted(%s, %s)"
    with build.asking(superuser_db, database, planner) as connection:
        list_id = check_lists.enter(connection, planner, places.district, "a.csv", bytes(range(32)), 3)
        assert connection.execute(wanted, [bytes(range(32)), uuid4()]).fetchone()[0]
        assert not connection.execute(wanted, [bytes(range(32)), list_id]).fetchone()[0]
        check_lists.end(connection, list_id, "checked")
        assert not connection.execute(wanted, [bytes(range(32)), uuid4()]).fetchone()[0]


def test_the_index_answers_what_stands_beside_a_proposal(superuser_db, database, places, planner):
    build.many_sites(superuser_db, places.village)
    shape = shapely.to_wkb(shapely.Point(build.HOME))
    with build.asking(superuser_db, database, planner) as connection:
        for query, values in (
                (nearby_costs.COSTS, {"box": 0.1, "category": "road", "first": 2020, "last": 2026, "looked": 100,
                                      "nearest": 20, "measure": "m", "pieces": ["unit"]}),
                (nearby_costs.PLANNED, {"margin": 0.003, "reach": 300, "years": [2026], "limit": 20})):
            plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + query, values | {"shape": shape}))
            assert "site_geom" in plan
            assert "Seq Scan on site s" not in plan


def test_drafts_say_nothing_about_cost_and_foreign_ones_nothing_about_plans(superuser_db, database, places, planner):
    for amount, stage in ((1_000_000, "done"), (9_000_000, "proposed"), (5_000_000, "cancelled")):
        build.project(superuser_db, places.village, category="lighting", year=2026, stage=stage, amount=amount)
    hidden = build.project(superuser_db, places.far, year=2026, stage="proposed")
    with build.asking(superuser_db, database, planner) as connection:
        shape = shapely.Point(build.HOME)
        found = nearby_costs.costs(connection, shape, "lighting", "work", 2024, 2028)
        planned = nearby_costs.planned(connection, shape, 300, (2026,))
    assert (found.works, found.median) == (1, 1_000_000)
    assert {one.stage for one in planned} == {"proposed"}
    assert hidden not in {one.project for one in planned}
