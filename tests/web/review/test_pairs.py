"""The queue, one pair and the village's answer: over HTTP, by each role."""

import re

import pytest

from tests import build
from tests.web.review.judging import judge, new_pair, page_of, seen_on, verdicts_of

NOT_THERE = 2_000_000_000


@pytest.mark.parametrize("address", ["/pairs", "/pairs/1"])
def test_a_visitor_is_sent_to_sign_in(visitor, address):
    answer = visitor.get(address, headers={"Accept": "text/html"})
    assert answer.status_code in (302, 401)
    assert "sign-in" in (answer.headers.get("Location") or answer.text)


def test_a_row_says_names_sentence_money_kind_and_strength_and_no_percentage(auditor, pair):
    text = page_of(auditor, "/pairs")
    row = text[text.index("data-entry"):text.index("</li>", text.index("data-entry"))]
    for words in ("Rabat beton Krajan", "Jalan rabat Krajan", "Rp 165,6 juta", "Dibiayai dua kali", "Kuat", "6 m"):
        assert words in row, words
    assert "%" not in row


def test_the_headline_is_the_money_to_look_at_and_never_a_loss(auditor, pair):
    text = page_of(auditor, "/pairs")
    assert re.search(r"Nilai yang perlu diperiksa\s*<b>.*Rp 165,6 juta", text)
    assert not re.search("pelanggaran|kerugian|dugaan|fiktif", text)


def test_the_page_says_the_overlap_in_metres_both_works_and_the_reasons(auditor, pair):
    text = page_of(auditor, f"/pairs/{pair}")
    assert "184 m" in text
    assert "92 %" in text
    assert text.count('data-role="left"') == text.count('data-role="right"') == 1
    assert "menguatkan" in text
    assert "melemahkan" in text
    for letters in ("Rp 180.000.000", "Rp 210.000.000", "Dana Desa", "APBD kabupaten"):
        assert letters in text
    assert not re.search("pelanggaran|kerugian|dugaan|fiktif", text)


def test_what_differs_is_marked_and_what_is_the_same_is_not(auditor, pair):
    text = page_of(auditor, f"/pairs/{pair}")
    marked = re.findall(r'<tr class="differs"><th scope="row">.*?</span>([^<]*) <', text)
    assert marked == ["Sumber dana", "Anggaran"]


def test_a_hamlet_and_a_neighbourhood_number_do_not_contradict_each_other(committing, auditor, village):
    sides = [build.project(committing, village, **where) for where in ({"place": "Krajan"}, {"rt": "1", "rw": "2"})]
    assert 'class="differs"' not in page_of(auditor, f"/pairs/{build.pair(committing, *sides)}")


@pytest.mark.parametrize(("method", "path"), [
    ("get", "/pairs/{}"), ("post", "/pairs/{}/verdicts"), ("post", "/pairs/{}/withdrawals"),
    ("post", "/pairs/{}/answers")])
def test_a_pair_with_a_foreign_draft_and_no_pair_at_all_are_answered_alike(
        committing, client_of, places, village, method, path):
    hidden = new_pair(committing, village, right={"stage": "proposed", "name": "Rahasia"})
    person = build.person(committing, "planner", places.other_district)
    build.grant(committing, person, "head", places.far)
    client = client_of(person)
    client.get("/pairs")  # the cookie of the forms comes with the first page, whichever it is
    sent = {} if method == "get" else {"data": {"verdict": "not_related", "facts_hash": "fakta-1", "latest": "0",
                                                "given": "1", "text": "Bukan."}}
    there, nowhere = (getattr(client, method)(path.format(one), **sent) for one in (hidden, NOT_THERE))
    assert there.status_code == nowhere.status_code == 404
    strip = re.compile(r'content="[^"]{40,}"|value="[^"]*"|nonce-[\w-]+')
    assert strip.sub("", there.text) == strip.sub("", nowhere.text)
    assert "Rahasia" not in there.text
    assert [name for name, _value in there.headers] == [name for name, _value in nowhere.headers]
    assert "Rahasia" not in page_of(client, "/pairs?everywhere=1")


def test_a_number_beyond_all_numbers_is_no_pair(auditor):
    assert auditor.get(f"/pairs/{10**30}").status_code == 404


def test_a_field_officer_reads_public_pairs_elsewhere_only_when_asked(committing, client_of, places, pair):
    client = client_of(build.person(committing, "field", places.far))
    assert "Rabat beton" not in page_of(client, "/pairs")
    assert "Rabat beton" in page_of(client, "/pairs?everywhere=1")
    assert "Rabat beton" in page_of(client, f"/pairs/{pair}")


def test_of_a_foreign_draft_the_page_tells_village_and_kind(committing, client_of, places, village, pair):
    mine = committing.execute("SELECT left_project FROM pair WHERE id = %s", [pair]).fetchone()[0]
    draft = build.project(committing, places.far, stage="proposed", name="Rahasia")
    build.pair(committing, mine, draft, kind="same_record")
    text = page_of(client_of(build.person(committing, "field", village)), f"/pairs/{pair}")
    assert "Mirip dengan sebuah usulan di Kesilir" in text
    assert "Rahasia" not in text


def test_the_villages_answer_stands_beside_the_verdict(committing, client_of, village, auditor, pair):
    head = client_of(build.person(committing, "head", village, full_name="Kepala Desa Contoh"))
    answer = head.post(f"/pairs/{pair}/answers", data={"text": "Dua ruas <b>berbeda</b>."})
    assert answer.status_code == 302
    text = page_of(auditor, f"/pairs/{pair}")
    assert "Dua ruas &lt;b&gt;berbeda&lt;/b&gt;." in text
    assert "Kepala Desa Contoh" in text
    assert "desa sudah menanggapi" in page_of(auditor, "/pairs")
    assert head.post(f"/pairs/{pair}/answers", data={"text": "  "}).status_code == 422


def test_another_village_and_the_auditor_do_not_answer_for_it(committing, client_of, places, auditor, pair):
    stranger = client_of(build.person(committing, "head", places.far))
    assert 'name="text"' not in page_of(stranger, f"/pairs/{pair}")
    assert stranger.post(f"/pairs/{pair}/answers", data={"text": "Bukan."}).status_code == 403
    assert auditor.post(f"/pairs/{pair}/answers", data={"text": "Bukan."}).status_code == 403


def test_an_unknown_verdict_is_refused(committing, auditor, pair):
    for verdict in ("", "guilty", "withdrawn"):
        assert judge(auditor, pair, verdict).status_code == 422
    assert verdicts_of(committing, pair) == []


def test_a_retired_pair_is_read_and_no_longer_judged(committing, auditor, pair):
    seen = seen_on(auditor, pair)
    committing.execute("UPDATE pair SET retired_at = now() WHERE id = %s", [pair])
    text = page_of(auditor, f"/pairs/{pair}")
    assert "tidak lagi berdekatan" in text
    assert 'name="verdict"' not in text
    assert auditor.post(f"/pairs/{pair}/verdicts", data=seen | {"verdict": "not_related"}).status_code == 409


def test_a_look_alike_is_shown_as_what_it_is(committing, auditor, village):
    new_pair(committing, village, kind="two_sides", probability=0.2)
    assert "Rabat beton" not in page_of(auditor, "/pairs")
    text = page_of(auditor, "/pairs?state=alike")
    assert "Dua sisi" in text
    assert "badge-flag" not in text


def test_pages_of_the_queue_follow_each_other(committing, auditor, village):
    made = {new_pair(committing, village, money=number % 4) for number in range(33)}
    first = page_of(auditor, "/pairs")
    onward = re.search(r'href="(/pairs\?after=[^"]+)"', first)[1].replace("&amp;", "&")
    seen = [int(one) for page in (first, page_of(auditor, onward)) for one in re.findall(r'href="/pairs/(\d+)"', page)]
    assert len(seen) == len(set(seen)) == 33
    assert set(seen) == made


@pytest.mark.parametrize("query", [
    "after=x", "after=1:x", "after=NaN:1", "after=1e400000:1", "after=1e-400000:1", "after=1:99999999999999999999",
    "state=x&kind=y&year=z", "year=9999", "year=99999", "village=35.10.01.2001'--", "given=x",
    "given=99999999999999999999", "everywhere=2"])
def test_an_address_that_was_tampered_with_still_shows_the_queue(auditor, pair, query):
    assert auditor.get(f"/pairs?{query}").status_code == 200
    assert auditor.get(f"/pairs/{pair}?{query}").status_code == 200


def test_a_pair_without_points_says_so_instead_of_a_map(committing, auditor, village):
    one, other = (build.project(committing, village, at=None) for _number in range(2))
    pair = build.pair(committing, one, other, distance_m=None, overlap_m=None, overlap_share=None, touching=0)
    text = page_of(auditor, f"/pairs/{pair}")
    assert "Belum ada titik" in text
    assert "belum ada titik" in text


def test_what_people_typed_is_never_markup(committing, auditor, village):
    hostile = '"><script>alert(1)</script>'
    pair = new_pair(committing, village, right={"name": hostile, "place": hostile, "contractor": hostile,
                                             "contract": hostile, "unit": hostile, "volume": 3})
    for address in ("/pairs", f"/pairs/{pair}"):
        assert "<script>alert" not in page_of(auditor, address)


def test_a_verdict_from_a_strange_form_is_refused(app, committing, auditor, pair):
    seen = seen_on(auditor, pair)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = auditor.post(f"/pairs/{pair}/verdicts", data=seen | {"verdict": "not_related"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400
    assert verdicts_of(committing, pair) == []


def test_the_page_speaks_english(auditor, pair):
    auditor.set_cookie("language", "en")
    text = page_of(auditor, f"/pairs/{pair}")
    assert "Is this the same work?" in text
    assert "Apakah" not in text
    assert "Perlu" not in text


def test_whoever_came_too_late_is_led_back_to_the_pair(client_of, committing, places, app):
    one, other = (build.project(committing, places.village) for _side in range(2))
    pair = build.pair(committing, one, other)
    auditor = client_of(build.person(committing, "auditor"))
    late = auditor.post(f"/pairs/{pair}/verdicts?state=open", data={"verdict": "not_related", "facts_hash": "lama"},
                        headers={"Referer": f"http://localhost/pairs/{pair}?kind=double_funding"})
    assert late.status_code == 409
    assert f'href="/pairs/{pair}?kind=double_funding"' in late.text


def test_a_text_that_no_database_knows_is_refused_and_is_no_fault_of_ours(client_of, committing):
    auditor = client_of(build.person(committing, "auditor"))
    for path in ("/projects?q=%00", "/pairs?kind=%00", "/check?name=%00", "/map?q=a%00b"):
        assert auditor.get(path).status_code == 400
