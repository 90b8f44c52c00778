"""The application over a database of the module's own, and people who have signed in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from tests import build
from tests.database import Database


@pytest.fixture(scope="module")
def app(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application as `./pantau run` serves it; forms need no token here (a test of its own wants one)."""
    settings = Settings(var=Path(tmp_path_factory.mktemp("var")))
    made = create_app(settings, database_url=module_database.web_dsn, secret="only for tests")
    made.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    yield made
    made.extensions["database"].close()


@pytest.fixture(scope="module")
def committing(module_database: Database) -> Iterator[psycopg.Connection]:
    """A superuser's connection that commits each statement: for tests/build.py."""
    with build.superuser(module_database) as connection:
        yield connection


@pytest.fixture(scope="module")
def places(committing: psycopg.Connection) -> build.Places:
    return build.places(committing)


@pytest.fixture(scope="module")
def village(committing, places):
    """The village of `places`, with borders round the points of the files that are sent."""
    committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                       [shapely.to_wkt(shapely.box(114.35, -8.26, 114.39, -8.18)), places.village])
    return places.village


@pytest.fixture(scope="module")
def operator(committing, village):
    """Who sends files for that village."""
    return build.person(committing, "field", village)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody who has not signed in."""
    return app.test_client()


@pytest.fixture
def client_of(app: Flask, committing: psycopg.Connection) -> Callable[[UUID], FlaskClient]:
    """`client_of(person)`: the browser of a person who has signed in."""

    def signed_in(person: UUID) -> FlaskClient:
        client = app.test_client()
        client.set_cookie("pantau", build.session(committing, person))
        return client

    return signed_in
