"""No plan flips: on one connection, after any number of questions of any size, the next is answered by an index.

The plans are those of the very queries that the application sends, and of the statements within the doors, told by
auto_explain: PostgreSQL's own eye-witness, switched on for the web role of one database.
"""

import re
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
import shapely
from psycopg import sql

from app.db import Database
from app.jobs import checking
from app.jobs.checking import Proposal
from app.queries import matching, names, pairs, project_list
from app.queries.filters import Filter
from app.queries.pairs import PairFilter
from app.queries.project_list import ORDERS, Place
from tests import build
from tests import database as databases
from tests.benchmarks import _stored

WORKS = 12_000
WHOLE = shapely.box(_stored.WEST, _stored.SOUTH, _stored.WEST + 1.2, _stored.SOUTH + 0.02)


@pytest.fixture(scope="module")
def stored(module_database: databases.Database) -> Iterator[tuple[Database, UUID]]:
    """Works of many villages, and a pool of one connection whose plans are told."""
    table = _stored.works(WORKS)
    with psycopg.connect(module_database.superuser_dsn) as db:
        person, regions = _stored.territory(db, int(table["village"].max()) + 1)
        db.execute("""
            INSERT INTO region (code, level, kind, name, parent_id, approximate, geom, centre)
            SELECT '33.' || lpad((n / 500)::text, 2, '0') || '.01.' || 2001 + n % 500, 'village', 'desa', 'Desa jauh',
                   (SELECT id FROM region WHERE level = 'root'), false,
                   ST_Multi(ST_MakeEnvelope(112 + n * 0.001, -7, 112 + n * 0.001 + 0.001, -6.9, 4326)),
                   ST_SetSRID(ST_MakePoint(112 + n * 0.001, -7), 4326)
              FROM generate_series(0, 2999) n""")
        _stored.copy(db, table, person, regions)
    _stored.pairs(module_database.superuser_dsn)  # and counts what has slept
    with psycopg.connect(module_database.superuser_dsn, autocommit=True) as db:
        for name, value in (("session_preload_libraries", "auto_explain"), ("auto_explain.log_min_duration", "0"),
                            ("auto_explain.log_nested_statements", "on"), ("auto_explain.log_level", "notice")):
            db.execute("LOAD 'auto_explain'")
            db.execute(sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
                sql.Identifier(module_database.web_role), sql.Identifier(module_database.name),
                sql.SQL(name), sql.Literal(value)))
    database = Database(module_database.web_dsn, size=1)
    yield database, person
    database.close()


def told(database: Database, person: UUID, ask) -> str:
    """What was planned while `ask(connection)` asked."""
    plans: list[str] = []
    with database.transaction(read_only=True, person=person) as connection:
        def hear(notice) -> None:
            plans.append(notice.message_primary)

        connection.add_notice_handler(hear)
        ask(connection)
        connection.execute("SELECT 1")  # the plan of a query is told when the next one begins
        connection.remove_notice_handler(hear)
    return "\n".join(plans)


def walked(plans: str) -> set[str]:
    """Large tables of which every row was looked at."""
    return set(re.findall(r"Seq Scan on (site|project|map_project)\b", plans))


def near(number: int, name: str = "") -> Proposal:
    """A small proposal in another village each time."""
    lon, lat = _stored.WEST + (number % 60 + 0.5) * 0.02, _stored.SOUTH + 0.01
    shape = build.line((0, 0), (150, 20), of=(lon, lat)) if number % 2 else shapely.Point(lon, lat)
    return Proposal(shape, name, 2025, "DDS", "road", None, 5.0)


def test_a_check_is_planned_by_its_own_box_however_many_went_before(stored) -> None:
    database, person = stored
    names = ["", "Rabat beton jalan", "x" * 200, "Sumur bor Dusun Krajan RT 01 RW 02", "%", "a"]
    for number in range(24):
        proposal = near(number, names[number % len(names)])
        plans = told(database, person, lambda connection, one=proposal: checking.check(connection, one))
        assert walked(plans) == set(), (number, plans)
        for index in ("site_geom", "region_geom", "project_pkey"):
            assert index in plans, (number, index)
        assert ("site_of_region" in plans) == bool(proposal.name)
        if number % 6 == 5:  # a box over very many works, for which another plan may be right
            told(database, person, lambda connection: checking.check(connection, Proposal(WHOLE, "Semua", 2025)))


def test_no_prepared_statement_of_a_check_has_a_plan_for_any_parameters(stored) -> None:
    database, person = stored
    for number in range(12):
        with database.transaction(read_only=True, person=person) as connection:
            checking.check(connection, near(number, "Rabat beton"))
            prepared = connection.execute(
                "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
                ["%matching_within%place.code%"]).fetchall()
    assert [row.generic_plans for row in prepared] == [0]
    assert prepared[0].custom_plans > 5


def test_stored_works_are_matched_by_indexes_too(stored) -> None:
    database, person = stored

    def ask(connection) -> None:
        some = matching.around(connection, checking.question(near(3)))
        ids = [site["project"] for site in some.sites][:3]
        matching.beside(connection, ids, [200.0] * len(ids), 305.0)
        matching.villages(connection, ids)
        matching.places(connection, ids)
        matching.sites_of(connection, ids)

    for _ in range(12):
        assert walked(told(database, person, ask)) == set()


LISTS = {"all": "", "one village": "village=32.00.01.2001",
         "no point": "pointless=1", "flagged": "suspected=1", "rare name": "q=tidakada", "name": "q=paving+melati+01",
         "name that most have": "q=dusun", "short word": "q=rt", "name in a village": "q=paving&village=32.00.01.2001"}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("address", LISTS.values(), ids=LISTS)
def test_a_page_of_the_list_is_read_from_an_index_however_far_down(stored, address, mode, monkeypatch) -> None:
    database, person = stored
    monkeypatch.setattr(names, "MOST", 500)
    monkeypatch.setattr(project_list, "_COUNTABLE", 1_000)
    wanted = Filter.parse(address)

    def ask(connection) -> None:
        connection.execute("SELECT set_config('plan_cache_mode', %s, true)", [mode])
        connection.prepare_threshold = 0
        for order in ORDERS:
            for after in (None, Place(2018, 4000), Place(None, 4000)):
                project_list.rows(connection, wanted, order, after)
        project_list.totals(connection, wanted)
        connection.prepare_threshold = 5

    plans = told(database, person, ask)
    assert "Query Text" in plans
    assert walked(plans) == set(), plans


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_the_queue_and_the_place_of_a_pair_in_it_read_no_work_but_those_of_the_page(stored, mode) -> None:
    database, person = stored

    def ask(connection) -> None:
        connection.execute("SELECT set_config('plan_cache_mode', %s, true)", [mode])
        connection.prepare_threshold = 0
        for wanted in (PairFilter(), PairFilter(everywhere=True), PairFilter(kind=("double_funding",), everywhere=True),
                       PairFilter(state="judged"), PairFilter(village="32.00.01.2001")):
            shown = pairs.listed(connection, wanted)
            assert shown
            assert pairs.around(connection, wanted, shown[0].id).position == 1
        connection.prepare_threshold = 5

    plans = told(database, person, ask)
    assert "pair_standing" in plans
    assert walked(plans) == set(), plans
    lined = [part for part in plans.split("Query Text:") if "lined AS" in part]
    assert len(lined) == 5
    assert not any(re.search(r"(Scan|on) (project|verdict|pair)\b", part.partition("cost=")[2]) for part in lined)
