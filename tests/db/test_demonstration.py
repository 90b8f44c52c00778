"""The demonstration as it is loaded on the first start."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from app.demonstration import load, sample, villages
from app.demonstration.generate import Generated, generate
from app.installation.terminal import quiet
from app.jobs.matching import Matched
from app.queries import installation, people
from tests.database import Database

SIZE = 600


@pytest.fixture(scope="module")
def generated() -> Generated:
    return generate(size=SIZE)


@pytest.fixture(scope="module")
def loaded(module_database: Database, generated: Generated) -> Iterator[tuple[psycopg.Connection, Matched]]:
    """A connection as the operator in a transaction in which the demonstration has just been loaded."""
    with psycopg.connect(module_database.superuser_dsn, row_factory=namedtuple_row) as connection:
        connection.execute("SELECT set_config('role', %s, true)", [f"{module_database.template}_door"])
        installation.begin(connection, "IDR", "Asia/Jakarta", b"only for tests")
        yield connection, load.fill(connection, villages.invented(), generated, tell=quiet)
        connection.rollback()


def one(connection: psycopg.Connection, query: str, *values: object) -> object:
    return connection.execute(query, values).fetchone()[0]


def test_every_work_and_site_is_stored_with_its_version(loaded, generated):
    connection, _ = loaded
    works = generated.works
    assert one(connection, "SELECT count(*) FROM project") == SIZE
    assert one(connection, "SELECT count(*) FROM site") == works.geometry.notna().sum()
    assert one(connection, "SELECT count(*) FROM project_fact") == SIZE
    total = works.drop_duplicates("project")["amount"].sum()
    assert one(connection, "SELECT sum(amount) FROM project") == int(total)
    assert (
        one(connection, "SELECT count(*) FROM project WHERE fund_shares IS NOT NULL")
        == works.drop_duplicates("project")["fund_shares"].notna().sum()
    )


def test_pairs_are_found_on_the_way_in(loaded, generated):
    connection, matched = loaded
    planted = generated.truth["duplicate"].sum()
    assert matched.to_look_at >= 0.6 * planted
    assert one(connection, "SELECT count(*) FROM pair WHERE to_look_at") == matched.to_look_at


def test_the_truth_stays_out_of_the_database(loaded, generated, tmp_path):
    connection, _ = loaded
    load.write_truth(generated, tmp_path)
    written = (tmp_path / "truth.csv").read_text().splitlines()
    assert len(written) == len(generated.truth) + 1
    left_id = written[1].split(",")[4]
    assert one(connection, "SELECT count(*) FROM project WHERE id = %s", left_id) == 1
    texts = "SELECT string_agg(name || coalesce(place, '') || coalesce(record, '') || source, ' ') FROM project"
    assert not any(kind in one(connection, texts) for kind in generated.truth["kind"].unique())


def test_five_people_may_sign_in_and_the_one_who_entered_the_works_may_not(loaded, generated):
    connection, _ = loaded
    assert installation.is_demonstration(connection)
    assert [name for _, name, _ in people.demonstration_people(connection)] == [
        "admin",
        "auditor",
        "field",
        "head",
        "planner",
    ]
    grants = connection.execute(
        "SELECT p.name, g.role, r.level, r.code FROM person_grant g JOIN person p ON p.id = g.person_id "
        "JOIN region r ON r.id = g.region_id ORDER BY p.name"
    ).fetchall()
    home = sample.home_village(generated)
    assert [tuple(row)[:3] for row in grants] == [
        ("admin", "admin", "root"),
        ("auditor", "auditor", "root"),
        ("field", "field", "village"),
        ("head", "head", "village"),
        ("planner", "planner", "root"),
    ]
    assert {row.code for row in grants if row.level == "village"} == {home}
    assert one(connection, "SELECT count(DISTINCT entered_by) FROM project") == 1
    assert not one(connection, "SELECT active FROM person WHERE id = (SELECT entered_by FROM project LIMIT 1)")


def test_the_village_of_the_village_people_has_something_to_look_at(loaded, generated):
    connection, _ = loaded
    waiting = one(
        connection,
        "SELECT count(*) FROM pair JOIN project p ON p.id IN (left_project, right_project) "
        "JOIN region r ON r.id = p.region_id WHERE pair.to_look_at AND r.code = %s",
        sample.home_village(generated),
    )
    assert waiting >= 2
