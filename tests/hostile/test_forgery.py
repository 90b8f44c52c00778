"""What another site can make a browser send: refused by each route that writes, and nothing is written."""

import pytest

OTHERS = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "an old browser on another site": {"Origin": "https://evil.example"},
    "another port of this host": {"Origin": "http://localhost:8099", "Sec-Fetch-Site": "same-site"},
    "another port, as an old browser says it": {"Origin": "http://localhost:8099"},
    "a document in a sandbox": {"Origin": "null"},
    "a name that begins like ours": {"Origin": "http://localhost.evil.example"},
    "our name as somebody's user": {"Origin": "http://localhost@evil.example"},
    "no address at all": {"Origin": "http://["},
    "no origin but the site said": {"Sec-Fetch-Site": "cross-site"},
}


def test_without_its_token_no_form_is_taken(knocker):
    """A phone's program has no forms: it is refused for want of its own token."""
    faults, wrong = [], {"csrf_token": "ImZhbHNlIg.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"}
    _token, cookie = knocker.token()
    for case in knocker.unsafe():
        for more in (None, wrong):
            answer = knocker.ask(case, more=more, cookies=cookie)
            if answer.status_code not in (400, 401) or knocker.written:
                faults.append(f"{case.method} {case.address}: {answer.status_code}, writes {knocker.written}")
    assert faults == []


def test_a_token_of_another_browser_is_none(knocker):
    token, _cookie = knocker.token()
    _other, cookie = knocker.token()
    case = next(one for one in knocker.unsafe() if one.endpoint == "pairs.answer")
    assert knocker.ask(case, more={"csrf_token": token}, cookies=cookie).status_code == 400
    assert not knocker.written


@pytest.mark.parametrize("where", OTHERS)
def test_a_form_of_another_site_is_refused_even_with_a_token(knocker, where):
    token, cookie = knocker.token()
    faults = []
    for case in knocker.unsafe():
        answer = knocker.ask(case, more={"csrf_token": token}, cookies=cookie, headers=OTHERS[where])
        if answer.status_code != 403 or knocker.written:
            faults.append(f"{case.method} {case.address}: {answer.status_code}, writes {knocker.written}")
    assert faults == []


@pytest.mark.parametrize("door", ["knocker", "secured"])
def test_the_same_forms_of_our_own_pages_are_taken(door, request):
    """Without this the tests above would pass on an application that refuses everything."""
    door = request.getfixturevalue(door)
    token, cookie = door.token()
    taken, written = set(), set()
    for case in door.unsafe():
        answer = door.ask(case, more={"csrf_token": token}, cookies=cookie, headers={
            "Origin": door.origin, "Sec-Fetch-Site": "same-origin", "Referer": f"{door.origin}/"})
        if answer.status_code in (200, 201, 302, 303):
            taken.add(case.endpoint)
        written |= door.written
    assert len(taken) > 25
    assert {"verdict", "answer", "finding", "upload", "site", "working_paper"} <= written
