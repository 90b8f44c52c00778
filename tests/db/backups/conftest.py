"""A small installation with a backup of it, for each module; and a copy of that backup, to be altered."""

import shutil
from pathlib import Path

import pytest

from tests import backed_up
from tests.backed_up import Source


@pytest.fixture(scope="module")
def source(server, tmp_path_factory):
    with backed_up.source(server, tmp_path_factory.mktemp("backed-up")) as one:
        yield one


@pytest.fixture
def tampered(source: Source, tmp_path: Path) -> Path:
    """A copy of the backup, to be altered."""
    shutil.copytree(source.backup, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"
