"""What every test may ask for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.database import (  # noqa: F401  (fixtures are found by their names here)
    as_role,
    cloned_database,
    database,
    db,
    module_database,
    owner_db,
    server,
    superuser_db,
)

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")  # one run says what every run says; the fuzz benchmarks look further


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """`real_data("regions/villages.geojson")`: a real file outside the repository, from `PANTAU_REAL_DATA`.

    Skips when the variable is not set; fails when it is set and the file is missing.
    """
    folder = os.environ.get("PANTAU_REAL_DATA")

    def find(name: str) -> Path:
        if not folder:
            pytest.skip("PANTAU_REAL_DATA is not set: no real files here")
        path = Path(folder) / name
        if not path.exists():
            pytest.fail(f"PANTAU_REAL_DATA has no {name}")
        return path

    return find
