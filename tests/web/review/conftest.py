"""A village of each test alone, so that its queue holds only what this test has put there, and its auditor."""

import pytest

from tests import build
from tests.web.review.judging import new_pair


@pytest.fixture
def village(committing, places):
    return build.region(committing, "Sumberagung", parent=places.district)


@pytest.fixture
def auditor(committing, client_of, village):
    return client_of(build.person(committing, "auditor", village))


@pytest.fixture
def pair(committing, village):
    return new_pair(committing, village)
