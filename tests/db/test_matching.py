"""Storing and matching in one transaction: whatever the order of arrival, the pairs are those of one batch."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid5

import pandas as pd
import psycopg
import pytest
import shapely

from app.db import Database
from app.demonstration import villages
from app.demonstration.generate import generate
from app.jobs.matching import match, money_to_look_at
from app.queries import matching, projects
from app.queries.projects import Site, Work
from geo import duplicates
from tests import build
from tests import database as databases

NAMES = UUID("6f0c9c1e-7a0e-4a54-9f0e-0a5f2f5f7a11")
SIZE = 1_500


@pytest.fixture(scope="module")
def generated() -> pd.DataFrame:
    return generate(seed=11, size=SIZE).works


@pytest.fixture
def store(cloned_database: databases.Database) -> Iterator[Database]:
    made = Database(cloned_database.web_dsn)
    yield made
    made.close()


@pytest.fixture
def committing(cloned_database: databases.Database) -> Iterator[psycopg.Connection]:
    with build.superuser(cloned_database) as connection:
        yield connection


@pytest.fixture
def region_ids(committing: psycopg.Connection) -> dict[str, int]:
    return {row.code: build.region(committing, row.name_, code=row.code)
            for row in villages.invented().rename(columns={"name": "name_"}).itertuples() if row.level == "village"}


@pytest.fixture
def sender(committing: psycopg.Connection, region_ids: dict[str, int]) -> UUID:
    return build.person(committing, "admin")


def works_of(generated: pd.DataFrame, region_ids: dict[str, int]) -> list[Work]:
    works = []
    for project, rows in generated.groupby("project", sort=True):
        first = rows.iloc[0]
        facts = {name: _plain(first[name]) for name in projects.FACTS if name in rows}
        sites = [Site(row.geometry, _plain(row.method), _plain(row.accuracy_m), row.role, part)
                 for part, row in enumerate(rows.itertuples(), start=1) if row.geometry is not None]
        works.append(Work("uji", str(project), region_ids[first["region_code"]], True, facts, sites,
                          id=uuid5(NAMES, str(project))))
    return works


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [{"fund": fund, "amount": amount} for fund, amount in value]
    if value is None or value is pd.NaT or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def send(store: Database, sender: UUID, works: list[Work]) -> None:
    with store.transaction(read_only=False, person=sender) as connection:
        projects.insert(connection, works, sender)
        match(connection, [work.id for work in works])


def pairs_of(committing: psycopg.Connection) -> set[tuple]:
    return {tuple(row) for row in committing.execute(
        "SELECT left_project, right_project, kind, to_look_at, round(score::numeric, 3), touching FROM pair "
        "WHERE retired_at IS NULL")}


def groups_of(committing: psycopg.Connection) -> set[tuple]:
    return {tuple(row) for row in committing.execute(
        "SELECT left_project, right_project, group_id FROM pair WHERE retired_at IS NULL AND to_look_at")}


def batch(store: Database, committing: psycopg.Connection, sender: UUID, works: list[Work]) -> tuple[set, set]:
    """The pairs and groups of one batch; its model stays, everything else is emptied."""
    send(store, sender, works)
    expected = pairs_of(committing), groups_of(committing)
    committing.execute("TRUNCATE pair, site, project_fact, project CASCADE")
    return expected


def test_one_by_one_in_any_order_gives_the_pairs_and_groups_of_the_batch(
        store, committing, sender, region_ids, generated) -> None:
    works = works_of(generated, region_ids)
    expected, grouped = batch(store, committing, sender, works)
    assert sum(one[3] for one in expected) >= 10, "the sample must hold indications for this test to say anything"
    random.Random(5).shuffle(works)
    for start in range(0, len(works), 37):
        send(store, sender, works[start:start + 37])
    assert pairs_of(committing) == expected
    assert groups_of(committing) == grouped


def test_fifty_parallel_senders_of_near_copies_find_every_pair_of_the_batch(
        store, committing, sender, region_ids) -> None:
    village = next(iter(region_ids.values()))
    works = [Work("uji", str(number), village, True,
                  {"name": "Rabat beton jalan Dusun Krajan RT 02 RW 01", "category": "road", "year": 2024,
                   "fund": ("DDS", "PBK")[number % 2], "amount": Decimal(180_000_000 + number), "stage": "done"},
                  [Site(build.line((0, number / 4), (250, number / 4)), "gps", 5.0)], id=uuid5(NAMES, str(number)))
             for number in range(50)]
    expected, grouped = batch(store, committing, sender, works)
    assert len(expected) == 50 * 49 / 2
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda work: send(store, sender, [work]), works))
    assert pairs_of(committing) == expected
    assert groups_of(committing) == grouped


def test_the_database_finds_what_the_library_finds_in_a_table(store, committing, sender, region_ids, generated) -> None:
    works = works_of(generated, region_ids)
    send(store, sender, works)
    with store.transaction(read_only=True, person=sender) as connection:
        sites = matching.sites_of(connection, matching.everyone(connection))
    found = duplicates.find(sites).pairs
    in_table = {(sites["project"][left], sites["project"][right], kind)
                for left, right, kind in zip(found["left"], found["right"], found["kind"], strict=True)}
    assert {(str(left), str(right), kind) for left, right, kind, *_rest in pairs_of(committing)} == in_table


def test_a_work_that_moves_away_retires_its_pair_and_keeps_the_verdict(store, committing, sender, region_ids) -> None:
    village = next(iter(region_ids.values()))
    facts = {"name": "Sumur bor Dusun Krajan RT 02", "category": "water", "year": 2024, "fund": "DDS",
             "amount": 50_000_000, "stage": "done"}
    site = Site(shapely.Point(build.HOME), "gps", 5.0)
    here, there = (Work("uji", key, village, True, facts | {"fund": fund}, [site])
                   for key, fund in (("a", "DDS"), ("b", "PBK")))
    send(store, sender, [here, there])
    (pair_id,) = committing.execute("SELECT id FROM pair WHERE retired_at IS NULL AND to_look_at").fetchone()
    build.verdict(committing, pair_id, build.person(committing, "auditor"))
    with store.transaction(read_only=False, person=sender) as connection:
        projects.move(connection, there.id, [Site(shapely.Point(build.away(900)), "gps", 5.0)], sender)
        match(connection, [there.id])
    assert pairs_of(committing) == set()
    assert committing.execute("SELECT count(*) FROM verdict WHERE pair_id = %s", [pair_id]).fetchone() == (1,)


def test_what_stores_nothing_matches_nothing(store, sender, region_ids) -> None:
    with store.transaction(read_only=False, person=sender) as connection:
        assert match(connection, []) == (0, 0, 0, ())


def test_a_failure_while_matching_leaves_nothing_stored(store, committing, sender, region_ids, monkeypatch) -> None:
    monkeypatch.setattr(duplicates, "find", lambda *_arguments: 1 / 0)
    village = next(iter(region_ids.values()))
    with pytest.raises(ZeroDivisionError):
        send(store, sender, [Work("uji", "a", village, True, {"name": "Gapura"}, [])])
    assert committing.execute("SELECT count(*) FROM project").fetchone() == (0,)


@pytest.mark.parametrize(("left", "right", "share", "expected"), [
    (180e6, 210e6, 0.92, "165600000.00"), (180e6, float("nan"), None, "180000000.00"),
    (float("nan"), float("nan"), 0.5, None), (17961569.07, 17961569.07, None, "17961569.07")])
def test_the_money_to_look_at_is_the_smaller_amount_times_the_share(left, right, share, expected) -> None:
    assert money_to_look_at(left, right, share) == expected
