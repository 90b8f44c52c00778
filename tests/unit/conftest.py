"""Unit tests reach neither a network nor a database: opening any socket but a local pair is an error."""

import pytest
import pytest_socket

from geo import rows


@pytest.fixture(autouse=True)
def _no_sockets():
    pytest_socket.disable_socket(allow_unix_socket=False)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def server():
    """Takes the place of the database server of tests/database.py."""
    raise pytest.UsageError("a unit test must not ask for a database; put it in tests/db")


@pytest.fixture
def table(tmp_path):
    """`table("Nama;Tahun\\nA;2024")`: the text as a file, read."""

    def make(text, encoding="utf-8", **options):
        path = tmp_path / "sheet.csv"
        path.write_bytes(text.encode(encoding))
        return rows.read(path, **options)

    return make


@pytest.fixture
def in_turn(monkeypatch):
    """The tasks of a search one after the other in this process, for many small tables; a cluster does the same tasks
    in any order."""
    from geo import distributed  # half a second that other tests need not wait

    done = []

    def each(client, task, arguments, *_):
        done.extend((task, one) for one in arguments)
        return [task(*one) for one in arguments]

    monkeypatch.setattr(distributed, "_each", each)
    return done
