"""The first page of who is there for a village alone: the operator sends, the head answers."""

import re

import pytest

from tests import build
from tests.web.review.judging import new_pair


def _cards(page: str) -> list[tuple[str, str]]:
    """(title, figure) of the cards, in their order."""
    return re.findall(r'class="card wait[^"]*"><h2>([^<]*)</h2><div class="figure">([^<]*)</div>', page)


def _card(page: str, title: str) -> str:
    """The text of one card of the lower half."""
    part = page[page.index(f"<h2>{title}</h2>"):]
    return part[:part.index("</section>")]


@pytest.fixture
def field(committing, client_of, village):
    return client_of(build.person(committing, "field", village))


@pytest.fixture
def head(committing, client_of, village):
    return client_of(build.person(committing, "head", village))


def test_the_operator_is_first_told_which_works_lack_a_point_and_sends_it_from_there(committing, field, head, village):
    bare = build.project(committing, village, at=None, name="Talud tanpa titik", year=2026)
    build.project(committing, village, name="Rabat bertitik", year=2026)
    new_pair(committing, village)
    page = field.get("/").text
    assert _cards(page)[0] == ("Kegiatan belum ada titik", "1")
    assert 'button-primary' not in _card(page, "Indikasi menunggu tanggapan")
    places = _card(page, "Tandai tempatnya")
    assert f"project={bare}" in places
    assert "Rabat bertitik" not in places
    assert "Tandai tempatnya" not in head.get("/").text


def test_the_operator_sees_points_to_correct_and_the_proposals_of_the_village(committing, field, village):
    wrong = build.project(committing, village, name="Jembatan di desa lain")
    draft = build.project(committing, village, stage="proposed", name="Usulan gapura")
    committing.execute(
        "INSERT INTO anomaly (kind, project_id, region_id, measure, money, reason) VALUES ('outside', %s, %s, 900, 0, "
        """'{"id": "anomaly.outside.border", "values": {"away_m": 900, "accuracy_m": 5, "village": "Sumberagung"}}')""",
        [wrong, village])
    page = field.get("/").text
    assert ("Titik perlu dilihat lagi", "1") in _cards(page)
    assert "900 m di luar batas" in _card(page, "Titik yang perlu dilihat lagi")
    assert f"/projects/{draft}" in _card(page, "Usulan yang belum diputuskan")


def test_the_head_is_first_told_what_waits_for_an_answer_and_it_goes_when_it_is_given(committing, head, village):
    pair = new_pair(committing, village)
    page = head.get("/").text
    assert _cards(page)[0] == ("Indikasi menunggu tanggapan", "1")
    assert f"/pairs/{pair}#tanggapan" in _card(page, "Menunggu jawaban Anda")
    assert head.post(f"/pairs/{pair}/answers", data={"text": "Ruasnya berbeda."}).status_code == 302
    page = head.get("/").text
    assert _cards(page)[0][1] == "0"
    assert f"/pairs/{pair}" not in _card(page, "Menunggu jawaban Anda")
    assert "sudah ditanggapi, menunggu penelaah" in _card(page, "Indikasi tentang desa Anda")


def test_of_a_group_each_pair_waits_for_its_own_answer(committing, head, village):
    """An answer is given to a pair: the others of its group must not go from the page with it."""
    works = [build.project(committing, village, name=f"Talud {letter}") for letter in "ABC"]
    group = min(works)
    first, second = (build.pair(committing, works[0], other, group_id=group) for other in works[1:])
    head.post(f"/pairs/{first}/answers", data={"text": "Ruasnya berbeda."})
    page = head.get("/").text
    assert _cards(page)[0] == ("Indikasi menunggu tanggapan", "1")
    waiting = _card(page, "Menunggu jawaban Anda")
    assert f"/pairs/{second}#" in waiting
    assert f"/pairs/{first}#" not in waiting


def test_what_waits_for_an_answer_counts_each_work_once_as_the_queue_does(committing, head, village):
    works = [build.project(committing, village, name=f"Talud {letter}", amount=100_000_000) for letter in "ABC"]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        build.pair(committing, works[one], works[other], group_id=min(works), money=100_000_000)
    assert "Rp 200 juta pada kegiatan desa Anda" in head.get("/").text
    assert "Rp 200 juta" in head.get("/pairs").text


def test_the_head_reads_what_was_decided_about_the_village_and_why(committing, head, auditor, village, places):
    pair = new_pair(committing, village)
    giver = build.person(committing, "auditor", places.regency)
    build.verdict(committing, pair, giver, "double_funding", note="Foto sama.")
    build.verdict(committing, new_pair(committing, village), giver, "not_related")
    elsewhere = new_pair(committing, places.far)
    build.verdict(committing, elsewhere, giver, "not_related", note="Bukan urusan desa ini.")
    page = head.get("/").text
    assert ("Sudah diputuskan tentang desa Anda", "2") in _cards(page)
    assert "1 dinyatakan bukan ganda" in page
    decided = _card(page, "Yang sudah diputuskan")
    assert f"/pairs/{pair}" in decided
    assert "Foto sama." in decided
    assert "Bukan urusan desa ini." not in page


def test_a_finding_that_waits_for_the_village_stands_on_the_page_of_its_head(committing, head, client_of, village):
    work = build.project(committing, village, name="Talud bertemuan")
    number = committing.execute("SELECT number FROM project WHERE id = %s", [work]).fetchone()[0]
    auditor = client_of(build.person(committing, "auditor", village))
    sent = auditor.post("/inspection/findings", data={
        "work": str(number), "title": "Volume kurang", "condition": "Diukur 80 m.", "criteria": "Kontrak 100 m.",
        "recommendation": "Lengkapi.", "due_on": "2027-01-31"})
    assert sent.status_code in (302, 303), sent.text
    page = head.get("/").text
    assert ("Temuan menunggu tanggapan desa", "1") in _cards(page)
    assert "Volume kurang" in _card(page, "Temuan auditor")


def test_who_also_sees_further_keeps_the_page_of_the_regency(committing, client_of, village, places):
    person = build.person(committing, "field", village)
    build.grant(committing, person, "planner", places.district)
    build.project(committing, village, at=None)
    page = client_of(person).get("/").text
    assert "Paling perlu dilihat" in page
    assert "Tandai tempatnya" not in page
