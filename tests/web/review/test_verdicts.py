"""Verdicts over HTTP: who gives them, the next pair, the way back, and what is refused."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.pages.pairs import KEYS
from app.queries.verdicts import VERDICTS
from tests import build
from tests.web.review.judging import judge, new_pair, page_of, seen_on, verdicts_of


def test_every_verdict_has_a_key_of_its_own_and_a_button(auditor, pair):
    assert set(KEYS) == set(VERDICTS)
    assert len(set(KEYS.values())) == len(KEYS)
    text = page_of(auditor, f"/pairs/{pair}")
    for verdict, key in KEYS.items():
        assert f'name="verdict" value="{verdict}" data-key="{key}"' in text


def test_after_a_verdict_comes_the_next_pair_with_a_way_back(committing, auditor, village, pair):
    second = new_pair(committing, village, money=5)
    answer = judge(auditor, pair, note="Dua ruas.")
    assert answer.status_code == 302
    assert answer.location.startswith(f"/pairs/{second}?given=")
    text = page_of(auditor, answer.location)
    assert "Urungkan" in text
    assert "Dua ruas." in page_of(auditor, f"/pairs/{pair}")
    answer = judge(auditor, second)
    assert answer.location.startswith("/pairs?given=")
    assert "Urungkan" in page_of(auditor, answer.location)


def test_the_next_pair_is_the_next_of_the_same_filter(committing, auditor, village, pair):
    new_pair(committing, village, money=50, kind="same_record")
    alike = new_pair(committing, village, money=5)
    answer = auditor.post(f"/pairs/{pair}/verdicts?kind=double_funding",
                          data=seen_on(auditor, pair) | {"verdict": "not_related"})
    assert answer.location.startswith(f"/pairs/{alike}?kind=double_funding&given=")


def test_a_verdict_taken_back_opens_the_pair_again(committing, auditor, pair):
    given = judge(auditor, pair).location.partition("given=")[2]
    answer = auditor.post(f"/pairs/{pair}/withdrawals", data={"given": given})
    assert answer.location == f"/pairs/{pair}"
    assert verdicts_of(committing, pair) == ["not_related", "withdrawn"]
    assert "Rabat beton Krajan" in page_of(auditor, "/pairs")
    assert auditor.post(f"/pairs/{pair}/withdrawals", data={"given": given}).status_code == 409


def test_nobody_takes_anothers_verdict_back(committing, client_of, village, auditor, pair):
    given = judge(auditor, pair).location.partition("given=")[2]
    other = client_of(build.person(committing, "auditor", village))
    assert "Urungkan" not in page_of(other, f"/pairs?given={given}")
    assert other.post(f"/pairs/{pair}/withdrawals", data={"given": given}).status_code == 409
    assert verdicts_of(committing, pair) == ["not_related"]


def test_a_verdict_on_facts_that_have_changed_is_refused(committing, auditor, pair):
    seen = seen_on(auditor, pair)
    committing.execute("UPDATE pair SET facts_hash = 'fakta-2' WHERE id = %s", [pair])
    answer = auditor.post(f"/pairs/{pair}/verdicts", data=seen | {"verdict": "not_related"})
    assert answer.status_code == 409
    assert "berubah sejak halaman dibuka" in answer.text
    assert verdicts_of(committing, pair) == []


def test_a_pair_whose_facts_changed_after_its_verdict_is_open_again_and_says_so(committing, auditor, pair):
    judge(auditor, pair)
    assert "Rabat beton" not in page_of(auditor, "/pairs")
    assert "Rabat beton" in page_of(auditor, "/pairs?state=judged")
    committing.execute("UPDATE pair SET facts_hash = 'fakta-2' WHERE id = %s", [pair])
    assert "terbuka lagi" in page_of(auditor, "/pairs")
    text = page_of(auditor, f"/pairs/{pair}")
    assert "data kegiatannya berubah" in text
    assert "atas data yang lama" in text
    assert judge(auditor, pair).status_code == 302


def test_of_two_people_who_judge_one_pair_at_once_the_second_is_told(committing, client_of, village, pair):
    people = [client_of(build.person(committing, "auditor", village)) for _number in range(2)]
    seen = seen_on(people[0], pair)
    start = threading.Barrier(2)

    def judge(client, verdict):
        start.wait()
        return client.post(f"/pairs/{pair}/verdicts", data=seen | {"verdict": verdict}).status_code

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(judge, people, ("not_related", "same_record")))
    assert answers == [302, 409]
    assert len(verdicts_of(committing, pair)) == 1


def test_whoever_entered_a_work_is_told_that_another_must_judge(committing, client_of, village):
    planner = build.person(committing, "planner", village)
    own = build.project(committing, village, planner)
    pair = build.pair(committing, own, build.project(committing, village))
    client = client_of(planner)
    text = page_of(client, f"/pairs/{pair}")
    assert "harus diberikan orang lain" in text
    assert 'name="verdict"' not in text
    answer = client.post(f"/pairs/{pair}/verdicts", data={"verdict": "not_related", "facts_hash": "fakta-1",
                                                          "latest": "0"})
    assert answer.status_code == 422
    assert "orang lain" in answer.text
    assert verdicts_of(committing, pair) == []


@pytest.mark.parametrize("role", ["field", "head", "treasurer"])
def test_who_does_not_judge_reads_the_pair_and_gives_no_verdict(committing, client_of, village, pair, role):
    client = client_of(build.person(committing, role, village))
    assert 'name="verdict"' not in page_of(client, f"/pairs/{pair}")
    answer = client.post(f"/pairs/{pair}/verdicts", data={"verdict": "not_related", "facts_hash": "fakta-1",
                                                          "latest": "0"})
    assert answer.status_code == 403
    assert client.post(f"/pairs/{pair}/withdrawals", data={"given": "1"}).status_code == 403
    assert verdicts_of(committing, pair) == []


def test_a_judge_of_another_region_reads_the_pair_and_gives_no_verdict(committing, client_of, places, pair):
    client = client_of(build.person(committing, "planner", places.other_district))
    assert "di luar wilayah Anda" in page_of(client, f"/pairs/{pair}")
    answer = client.post(f"/pairs/{pair}/verdicts", data={"verdict": "not_related", "facts_hash": "fakta-1",
                                                          "latest": "0"})
    assert answer.status_code == 403
    assert verdicts_of(committing, pair) == []
