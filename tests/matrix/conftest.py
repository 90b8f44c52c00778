"""One world for all of it, and somebody who asks in the name of everybody."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import build
from tests.database import Database, TestServer
from tests.matrix import asking
from tests.matrix.asking import Asker


@pytest.fixture(scope="package")
def matrix_database(server: TestServer) -> Iterator[Database]:
    with server.copy() as copy:
        yield copy


@pytest.fixture(scope="package")
def asker(matrix_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    with asking.opened(matrix_database, Path(tmp_path_factory.mktemp("var"))) as one:
        yield one


@pytest.fixture
def superuser(matrix_database: Database) -> Iterator[psycopg.Connection]:
    with build.superuser(matrix_database) as db:
        yield db
