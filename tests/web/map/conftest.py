"""A planner who looks at a map on which one work stands, whose name is no text to trust."""

import pytest

from tests import build
from tests.web.map.seeing import HOSTILE


@pytest.fixture(scope="module")
def planner(committing, places):
    return build.person(committing, "planner", places.regency)


@pytest.fixture(scope="module")
def work(committing, places):
    return build.project(committing, places.village, name=HOSTILE, amount=123_000_000)


@pytest.fixture
def browser(client_of, planner, work):
    return client_of(planner)
