"""Unit tests reach neither a network nor a database: opening any socket but a local pair is an error."""

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def _no_sockets():
    pytest_socket.disable_socket(allow_unix_socket=False)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def server():
    """Takes the place of the database server of tests/database.py."""
    raise pytest.UsageError("a unit test must not ask for a database; put it in tests/db")
