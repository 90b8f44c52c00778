"""Everybody at once: one verdict stands, the others are told; one form sent fifty times is stored once.

The whole run, 200 pairs and 50 people and 1,000 keys, is `./pantau bench races`.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests import build
from tests.backed_up import picture
from tests.racing import SENDING, at_once, deciding, repeating, signed_in, upload_form
from tests.web.review.judging import new_pair

AT_ONCE = 12


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield threads


def count(committing, query: str, *values) -> int:
    return committing.execute(query, values).fetchone()[0]


def test_of_many_who_decide_one_pair_at_once_one_verdict_stands_and_the_others_are_told(
        app, committing, village, pool):
    judges = [signed_in(app, committing, build.person(committing, "auditor", village)) for _ in range(AT_ONCE)]
    verdicts = ["not_related", "double_funding"] * (AT_ONCE // 2)
    for _ in range(4):
        pair = new_pair(committing, village)
        seen = deciding(judges, pair, "fakta-1", verdicts, pool)
        assert seen == Counter({302: 1, 409: AT_ONCE - 1})
        assert count(committing, "SELECT count(*) FROM verdict WHERE pair_id = %s", pair) == 1


def test_whoever_comes_second_is_told_what_happened_and_their_note_is_not_stored_under_anothers_verdict(
        app, committing, village):
    first, second = (signed_in(app, committing, build.person(committing, "auditor", village)) for _ in range(2))
    pair = new_pair(committing, village)
    form = {"verdict": "not_related", "facts_hash": "fakta-1", "latest": "0", "note": "Dua ruas."}
    assert first.post(f"/pairs/{pair}/verdicts", data=form).status_code == 302
    refused = second.post(f"/pairs/{pair}/verdicts", data=form)
    assert refused.status_code == 409
    assert "Orang lain baru saja memberi hasil telaah" in refused.text


def test_a_file_sent_again_and_again_under_one_key_is_one_upload(app, committing, operator, pool):
    windows = [signed_in(app, committing, operator) for _ in range(AT_ONCE)]
    for _ in range(3):
        key = uuid4()
        statuses, answers = repeating(windows, "/uploads", lambda key=key: upload_form(key), pool)
        assert statuses == Counter({303: AT_ONCE})
        assert len(answers) == 1
        assert count(committing, "SELECT count(*) FROM sent_form WHERE key = %s", key) == 1
    assert count(committing, "SELECT count(*) FROM upload") == 3
    assert count(committing, "SELECT count(*) FROM job") == 3


def test_several_files_of_one_form_are_each_stored_once_and_are_one_batch(app, committing, operator):
    client, key = signed_in(app, committing, operator), uuid4()
    before = count(committing, "SELECT count(*) FROM upload")

    def form():
        return {"form_key": str(key), "file": [upload_form(key, SENDING + "A\n" * n)["file"] for n in range(3)]}

    answers = {client.post("/uploads", data=form()).location for _ in range(3)}
    assert len(answers) == 1
    assert count(committing, "SELECT count(*) FROM upload") == before + 3


def test_the_same_key_with_another_content_is_refused_and_what_was_stored_stays(app, committing, operator):
    client, key = signed_in(app, committing, operator), uuid4()
    assert client.post("/uploads", data=upload_form(key)).status_code == 303
    before = count(committing, "SELECT count(*) FROM upload")
    refused = client.post("/uploads", data=upload_form(key, SENDING + "K2,Lain,2024,Sarongan\n"))
    assert refused.status_code == 409
    assert "sudah dikirim dengan isi lain" in refused.text
    assert count(committing, "SELECT count(*) FROM upload") == before


def test_a_key_of_one_person_says_nothing_to_another(app, committing, operator, village):
    key = uuid4()
    mine = signed_in(app, committing, operator).post("/uploads", data=upload_form(key)).location
    other = signed_in(app, committing, build.person(committing, "field", village))
    theirs = other.post("/uploads", data=upload_form(key))
    assert theirs.status_code == 303
    assert theirs.location != mine


def test_a_point_sent_again_and_again_is_one_place(app, committing, operator, village, pool):
    work = build.project(committing, village, operator, at=None)
    key = uuid4()
    windows = [signed_in(app, committing, operator) for _ in range(AT_ONCE)]
    form = {"project": str(work), "coordinate": "-8.219200, 114.369200", "seen": "-8.219200, 114.369200",
            "form_key": str(key)}
    statuses, answers = repeating(windows, "/sites/new", lambda: dict(form), pool)
    assert statuses == Counter({303: AT_ONCE})
    assert len(answers) == 1
    assert count(committing, "SELECT count(*) FROM site WHERE project_id = %s", work) == 1


def test_a_finding_an_answer_and_a_verdict_sent_twice_are_each_stored_once(app, committing, village):
    pair = new_pair(committing, village)
    auditor = signed_in(app, committing, build.person(committing, "auditor", village))
    head = signed_in(app, committing, build.person(committing, "head", village))
    number = count(committing, "SELECT p.number FROM pair x JOIN project p ON p.id = x.left_project WHERE x.id = %s",
                   pair)
    for client, path, form, table in (
            (auditor, "/inspection/findings", {"work": str(number), "title": "T", "condition": "K", "criteria": "K",
                                    "recommendation": "R"}, "finding"),
            (head, f"/pairs/{pair}/answers", {"text": "Ini dua ruas.", "photo": (picture(), "foto.jpg")}, "answer"),
            (auditor, f"/pairs/{pair}/verdicts", {"verdict": "not_related", "facts_hash": "fakta-1", "latest": "0"},
             "verdict")):
        before, key = count(committing, f"SELECT count(*) FROM {table}"), str(uuid4())  # noqa: S608
        answers = [client.post(path, data=form | {"form_key": key} | (
            {"photo": (picture(), "foto.jpg")} if "photo" in form else {})) for _ in range(3)]
        assert {one.status_code for one in answers} <= {302, 303}, (path, [one.text for one in answers])
        assert len({one.location for one in answers}) == 1, path
        assert count(committing, f"SELECT count(*) FROM {table}") == before + 1, path  # noqa: S608


def test_a_proposal_registered_many_times_at_once_is_one_work(app, committing, operator, village, pool):
    """By the check it comes from: it needs no key."""
    client = signed_in(app, committing, operator)
    kept = client.post("/check/keep", data={"at": "-8.2192, 114.3692", "name": "Rabat beton Krajan",
                                            "once": str(uuid4())}).location
    windows = [signed_in(app, committing, operator) for _ in range(AT_ONCE)]
    before = count(committing, "SELECT count(*) FROM project")
    statuses = at_once([lambda one=one: one.post(f"{kept}/register", data={"name": "Rabat"}).status_code
                        for one in windows], pool)
    assert statuses == Counter({303: AT_ONCE})
    assert count(committing, "SELECT count(*) FROM project") == before + 1


def test_every_form_that_stores_carries_a_key_of_its_own(app, committing, operator):
    client = signed_in(app, committing, operator)
    first, second = (client.get("/uploads").text.partition('name="form_key" value="')[2][:36] for _ in range(2))
    assert len(first) == 36
    assert first != second
