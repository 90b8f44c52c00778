"""The world of the matrix, the application over it with every lock shut, and whoever knocks.

What is asked here is asked for good reasons by nobody. Nothing of it stays: each transaction is undone at its end.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from app import create_app
from app.packs import pdf
from app.settings import Settings
from tests import build
from tests.database import Database, TestServer
from tests.hostile import telling
from tests.hostile.knocking import Knocker
from tests.matrix import asking, switches, world

PUBLIC = "https://pantau.example"


@pytest.fixture(scope="package")
def hostile_database(server: TestServer) -> Iterator[Database]:
    with server.copy() as copy:
        yield copy


@pytest.fixture(scope="package")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="package")
def made(hostile_database: Database, var: Path) -> Iterator[Callable[[str | None], Flask]]:
    """`made(public_url)`: the application; it writes no PDF, but gives the page that would be written as one."""
    opened: list[asking.Undone] = []

    def application(public_url: str | None) -> Flask:
        app = create_app(Settings(var=var, public_url=public_url), database_url=hostile_database.web_dsn,
                         secret="only for tests")
        app.extensions["database"].close()
        app.extensions["database"] = asking.Undone(hostile_database.web_dsn, size=2)
        app.extensions["database"].written = set()
        opened.append(app.extensions["database"])
        return app

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pdf, "write", lambda html: html.encode())
        yield application
    for one in opened:
        one.close()


@pytest.fixture(scope="package")
def superuser(hostile_database: Database) -> Iterator[psycopg.Connection]:
    with build.superuser(hostile_database) as db:
        yield db


@pytest.fixture(scope="package")
def sessions(hostile_database: Database, superuser: psycopg.Connection, var: Path) -> tuple[world.World, dict]:
    superuser.execute(asking.WRITTEN + switches.EVERYWHERE)
    engine = asking.Database(hostile_database.web_dsn, size=1)
    everything = world.made(superuser, engine, var)
    engine.close()
    return everything, {one.id: build.session(superuser, one.id) for one in everything.people if one.id}


@pytest.fixture(scope="package")
def knocker(made: Callable[[str | None], Flask], sessions: tuple[world.World, dict]) -> Knocker:
    """Over http, as `./pantau run` serves."""
    return Knocker(made(None), *sessions)


@pytest.fixture(scope="package")
def secured(made: Callable[[str | None], Flask], sessions: tuple[world.World, dict]) -> Knocker:
    """Over https, as `./pantau serve` does behind its proxy."""
    return Knocker(made(PUBLIC), *sessions, origin=PUBLIC)


@pytest.fixture
def told(knocker: Knocker, superuser: psycopg.Connection, hostile_database: Database) -> Iterator[telling.Telling]:
    """The application behind `knocker`, told what it is asked for and what it would have changed."""
    with telling.telling(knocker.app, hostile_database.web_dsn, superuser) as one:
        yield one
