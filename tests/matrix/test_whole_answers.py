"""Pages that count say the same with the policies off: each layer alone keeps what is not one's own, also in a sum."""

import re

import pytest

from tests import build
from tests.matrix import switches

ONCE = re.compile(r'nonce(?:="|-)[\w-]+|csrf-token" content="[^"]*"|name="(?:csrf_token|form_key)" value="[^"]*"|'
                  r"\d+ \w{3} \d{4} \d\d[.:]\d\d")
"""What is another in each answer: marks of one use, and the time."""


PAGES = ("/projects", "/projects?suspected=1", "/projects?order=amount", "/", "/map", "/pairs")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_no_more_to_anybody_with_the_policies_off(asker, superuser, page) -> None:
    people = [who for who in asker.world.people if who.id]
    both = [said(asker, superuser, who.id, page) for who in people]
    with switches.off(superuser):
        alone = [said(asker, superuser, who.id, page) for who in people]
    assert [str(who) for who, one, other in zip(people, both, alone, strict=True) if one != other] == []
    assert len(set(both)) > 2, "who sees drafts sees another page than who sees none"


def said(asker, superuser, person, page: str) -> str:
    client = asker.app.test_client()
    client.set_cookie("pantau", build.session(superuser, person))
    return ONCE.sub("", client.get(page).get_data(as_text=True))
