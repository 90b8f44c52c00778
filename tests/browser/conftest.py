"""One running installation with the whole demonstration, and a browser to which no other host exists."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.running import Running, chromium, installation


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    # Not pytest's own folder: PostgreSQL's user must be able to enter it.
    with tempfile.TemporaryDirectory(prefix="pantaudesa-browser-") as folder:
        os.chmod(folder, 0o711)
        with installation(Path(folder) / "var") as started:
            yield started


expect.set_options(timeout=20_000)  # a shared machine may be slow; what never comes true still fails


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not longer: an open browser is a running event loop, in which no worker can run its own.
    with chromium() as opened:
        yield opened
