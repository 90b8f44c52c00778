"""A database that no installation has used yet, and a desk at which files are sent."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from app.installation import migrate
from app.settings import Settings
from tests import build
from tests.desk import Desk, opened


@pytest.fixture
def places(superuser_db):
    return build.places(superuser_db)


@pytest.fixture
def settings(server, tmp_path):
    """Settings whose DATABASE_URL is a new database on the server of the tests."""
    name = f"{server.template}_{uuid.uuid4().hex[:8]}"
    migrate.create_database(server.dsn, name)
    yield Settings(database_url=server.reach(name), var=tmp_path / "var")
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        for role in migrate.roles_of(name):
            connection.execute(f'DROP ROLE IF EXISTS "{role}"')


@pytest.fixture
def desk(cloned_database, tmp_path: Path) -> Iterator[Desk]:
    with opened(cloned_database, tmp_path) as one:
        yield one


@pytest.fixture
def auditor(superuser_db, places):
    return build.person(superuser_db, "auditor", places.regency)


@pytest.fixture
def asking(superuser_db, database):
    """`with asking(person):` the web role of that person; `with asking(person, policies=False):` the same person
    without row-level security, so that only the queries' own conditions stand."""

    @contextmanager
    def unguarded(person):
        superuser_db.execute("SELECT set_config('pantau.person', %s, true)", [str(person)])
        yield
        superuser_db.execute("SELECT set_config('pantau.person', '', true)")

    def acting(person, *, policies=True):
        return build.asking(superuser_db, database, person) if policies else unguarded(person)

    return acting
