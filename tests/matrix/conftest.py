"""One world, one application over it, and somebody who asks in the name of everybody."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app import create_app
from app.packs import pdf
from app.settings import Settings
from tests import build
from tests.database import Database, TestServer
from tests.matrix import asking, switches, world
from tests.matrix.asking import Asker, Undone


@pytest.fixture(scope="package")
def matrix_database(server: TestServer) -> Iterator[Database]:
    with server.copy() as copy:
        yield copy


@pytest.fixture(scope="package")
def asker(matrix_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """The application as people meet it; it writes no PDF, but gives the page that would be written as one."""
    var = Path(tmp_path_factory.mktemp("var"))
    app = create_app(Settings(var=var), database_url=matrix_database.web_dsn, secret="only for tests")
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    app.extensions["database"].close()
    database = Undone(matrix_database.web_dsn, size=2)
    app.extensions["database"] = database
    with build.superuser(matrix_database) as db, pytest.MonkeyPatch.context() as patched:
        patched.setattr(pdf, "write", lambda html: html.encode())
        db.execute(asking.WRITTEN + switches.EVERYWHERE)
        engine = asking.Database(matrix_database.web_dsn, size=1)
        made = world.made(db, engine, var)
        engine.close()
        sessions = {one.id: build.session(db, one.id) for one in made.people if one.id}
        yield Asker(app, made, sessions)
    database.close()


@pytest.fixture
def superuser(matrix_database: Database) -> Iterator[psycopg.Connection]:
    with build.superuser(matrix_database) as db:
        yield db
