"""Fixtures that need PostgreSQL: a cluster of the run's own, one migrated template, and copies of it.

The cluster lies in the temporary folder, never under var/, and DATABASE_URL is not looked at: the tests cannot
touch a running installation. With pytest-xdist the workers share one cluster and one template; each has its own
copy.
`PANTAU_TEST_DATABASE_URL` (a superuser's URL) uses a server that is already there.
"""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.installation import migrate
from app.installation.cluster import FLEETING, Cluster
from app.installation.terminal import quiet


@dataclass(frozen=True)
class Database:
    """One migrated database and the ways into it. Role names carry the template's name."""

    name: str
    superuser_dsn: str
    template: str

    @property
    def web_role(self) -> str:
        return migrate.web_role_of(self.template)

    @property
    def owner_role(self) -> str:
        return migrate.owner_of(self.template)

    @property
    def web_dsn(self) -> str:
        """As the application connects: no rights but those granted to it, row-level security in force."""
        return make_conninfo(self.superuser_dsn, user=self.web_role)

    @property
    def owner_dsn(self) -> str:
        return make_conninfo(self.superuser_dsn, options=f"-c role={self.owner_role}")


@dataclass(frozen=True)
class TestServer:
    """The server of this run and its migrated template."""

    __test__ = False

    dsn: str
    template: str

    def reach(self, database: str) -> str:
        return make_conninfo(self.dsn, dbname=database)

    @contextmanager
    def copy(self) -> Iterator[Database]:
        """A database of its own, dropped at the end whoever is still connected."""
        name = f"{self.template}_{uuid.uuid4().hex[:8]}"
        migrate.create_database(self.dsn, name, template=self.template)
        try:
            yield Database(name, self.reach(name), self.template)
        finally:
            _drop(self.dsn, name)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[TestServer]:
    """The server of this test run, with the template migrated once."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    given = os.environ.get("PANTAU_TEST_DATABASE_URL")
    template = f"pantau_test_{run[:8]}" if given else "pantau_test"
    home = Path(tempfile.gettempdir()) / f"pantaudesa-test-{run[:12]}"
    home.mkdir(mode=0o711, exist_ok=True)
    home.chmod(0o711)
    with _held(home / "users.lock") as the_last_one:
        cluster = None if given else Cluster(home / "postgres", settings=FLEETING, tell=quiet)
        dsn = given or cluster.start()
        try:
            _make_template(dsn, template, home)
            yield TestServer(dsn, template)
        finally:
            if cluster is not None:
                cluster.stop()
            if the_last_one():
                if given:
                    _drop_template(given, template)
                shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _held(lock: Path) -> Iterator[Callable[[], bool]]:
    """Hold the lock with the other workers of the run; what is yielded tells whether all others have left."""
    with open(lock, "a") as held:
        fcntl.flock(held, fcntl.LOCK_SH)

        def the_last_one() -> bool:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield the_last_one


def _make_template(dsn: str, template: str, home: Path) -> None:
    with open(home / "template.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "template.ready").exists():
            migrate.create_database(dsn, template)
            migrate.prepare(make_conninfo(dsn, dbname=template), tell=quiet)
            (home / "template.ready").touch()


def _drop_template(dsn: str, template: str) -> None:
    _drop(dsn, template)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for role in migrate.roles_of(template):
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@pytest.fixture(scope="session")
def database(server: TestServer) -> Iterator[Database]:
    """This worker's migrated database, for tests that roll back."""
    with server.copy() as copy:
        yield copy


@pytest.fixture
def cloned_database(server: TestServer) -> Iterator[Database]:
    """A database of this test alone, for tests that commit: concurrency, the web application, jobs."""
    with server.copy() as copy:
        yield copy


@pytest.fixture(scope="module")
def module_database(server: TestServer) -> Iterator[Database]:
    """A database of this module alone, for tests that read what one set-up committed."""
    with server.copy() as copy:
        yield copy


@pytest.fixture
def db(database: Database) -> Iterator[psycopg.Connection]:
    """A connection as the web role, in a transaction that is rolled back."""
    yield from _rolled_back(database.web_dsn)


@pytest.fixture
def owner_db(database: Database) -> Iterator[psycopg.Connection]:
    """A connection as the schema's owner, in a transaction that is rolled back; `db` does not see its rows."""
    yield from _rolled_back(database.owner_dsn)


@pytest.fixture
def superuser_db(database: Database) -> Iterator[psycopg.Connection]:
    """A superuser's connection, in a transaction that is rolled back: set up past row-level security, then act as
    the web role in the same transaction with `as_role(superuser_db, database.web_role)`."""
    yield from _rolled_back(database.superuser_dsn)


@pytest.fixture
def as_role() -> Callable:
    """`with as_role(connection, role):` acts as that role in the transaction of a superuser's connection."""

    @contextmanager
    def acting(connection: psycopg.Connection, role: str) -> Iterator[psycopg.Connection]:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        try:
            yield connection
        finally:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
                connection.execute("RESET ROLE")

    return acting


def _rolled_back(dsn: str) -> Iterator[psycopg.Connection]:
    connection = psycopg.connect(dsn)
    try:
        yield connection
    finally:
        connection.rollback()
        connection.close()


def _drop(dsn: str, name: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
