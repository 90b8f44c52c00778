"""The evidence pack of a pair and of a group, and the working paper: over HTTP, by each role."""

import io
import re
import uuid

import pytest
from pypdf import PdfReader

from app.packs import pdf
from tests import build

HOSTILE = ('Rabat <img src="http://10.255.255.1/x.png"><style>@import "http://10.255.255.1/x.css";</style>'
           '<object data="file:///etc/passwd"></object> url(file:///etc/passwd) Krajan')


@pytest.fixture
def sides(committing, village):
    """Two roads with lines, each on its own fund."""
    return (build.project(committing, village, name="Rabat beton jalan Krajan RT 01",
                          at=build.line((0, 0), (200, 0))),
            build.project(committing, village, name="Pembangunan jl. rabat Krajan RT 02", fund="APBD",
                          amount=210_000_000, at=build.line((0, 4), (200, 4))))


@pytest.fixture
def pair(committing, sides):
    return build.pair(committing, *sides, levels={"place": 3, "fund": 1}, weights={"place": 4.0, "fund": -1.0})


def _page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def _paper(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text[:500]
    return PdfReader(io.BytesIO(answer.data))


def _words(paper):
    return re.sub(r"\s+", " ", " ".join(leaf.extract_text() for leaf in paper.pages))


def _group(committing, village, count, *, draft_in=None):
    """A group whose every work is paired with the first one; with `draft_in` the last is a proposal there."""
    works = [build.project(committing, village, name=f"Rabat beton {n}", at=build.away(7 * n)) for n in range(count)]
    if draft_in:
        works[-1] = build.project(committing, draft_in, name="Usulan rahasia", stage="proposed", at=build.away(3))
    group = uuid.uuid4()
    pairs = [build.pair(committing, works[0], other, group_id=group) for other in works[1:]]
    return group, works, pairs


SUBSTANCE = ("Rp 180.000.000", "Rp 210.000.000", "Rp 30.000.000", "menguatkan", "melemahkan", "Dana Desa",
             "APBD kabupaten", "Tahun anggaran", "Desa belum menanggapi", "Belum ditelaah", "model uji", "Sumberagung",
             "RT 02", "hanya", "Pertama dicatat")
"""What both the page and the paper must say of this pair."""


def test_the_page_says_everything_a_decision_rests_on(auditor, pair):
    text = _page(auditor, f"/pairs/{pair}/pack")
    for words in SUBSTANCE:
        assert words in text, words
    for role in ("left", "right", "overlap"):
        assert f'data-role="{role}"' in text
    assert re.search(r"Biaya per meter.*Rp (899|900)\.", text)  # 180 million for 200 m
    assert not re.search("pelanggaran|kerugian|dugaan|fiktif|bit", text)


def test_the_paper_says_the_same_and_counts_its_pages(auditor, pair):
    paper = _paper(auditor, f"/pairs/{pair}/paper.pdf")
    words = _words(paper)
    for wanted in (*SUBSTANCE, "Kondisi", "Kriteria", "Sebab", "Akibat", "Rekomendasi", "Surat tugas", "Pereviu"):
        assert wanted in words, wanted
    assert f"halaman 1 dari {len(paper.pages)}" in words
    assert f"/pairs/{pair}/pack" in words
    assert paper.metadata.title == f"Kertas kerja pemeriksaan · Pasangan {pair}"


def test_what_differs_in_the_names_is_said_in_words(auditor, pair):
    text = _page(auditor, f"/pairs/{pair}/pack")
    # which of the two is A is decided by their ids
    assert re.search('aligned-differs"><span>RT 0([12])</span><span>RT 0(?!\\1)[12]</span><small>berbeda', text)
    assert re.search(r'aligned-only"><span>[^<]+</span><span>–</span><small>hanya A', text)


def test_the_paragraph_to_paste_stands_in_both_languages(auditor, pair):
    text = _page(auditor, f"/pairs/{pair}/pack")
    assert re.search(r'lang="id"><span>Kegiatan A .*bukan kesimpulan', text)
    assert re.search(r'lang="en"><span>Work A .*not a conclusion', text)


def test_a_verdict_and_an_answer_are_in_the_pack(committing, auditor, village, pair):
    build.verdict(committing, pair, build.person(committing, "auditor", village, full_name="Rini"), note="Dua <b>ruas")
    build.answer(committing, pair, build.person(committing, "head", village), village, "Ini jembatan lain.")
    text = _page(auditor, f"/pairs/{pair}/pack")
    assert "Rini" in text
    assert "Dua &lt;b&gt;ruas" in text
    assert "Ini jembatan lain." in text
    assert "Ini jembatan lain." in _words(_paper(auditor, f"/pairs/{pair}/paper.pdf"))


def test_a_hostile_name_is_text_and_nothing_is_fetched(committing, auditor, village, monkeypatch):
    """Neither by the name nor by what it would be as a tag; our own style was read with the first paper."""
    one, other = (build.project(committing, village, name=HOSTILE) for _ in range(2))
    pdf.write("<p>first")
    asked, fetch = [], type(pdf._fetcher()).fetch
    monkeypatch.setattr(type(pdf._fetcher()), "fetch",
                        lambda self, url, headers=None: asked.append(url) or fetch(self, url))
    words = _words(_paper(auditor, f"/pairs/{build.pair(committing, one, other)}/paper.pdf"))
    assert "file:///etc/passwd" in words.replace(" ", "")
    assert "root:" not in words
    assert asked == []
    pdf.write('<img src="file:///etc/passwd">')  # the list would have told
    assert asked == ["file:///etc/passwd"]


def test_tags_that_were_not_escaped_would_still_load_nothing():
    assert pdf.write('<img src="http://127.0.0.1:9/x"><img src="file:///etc/passwd"><p>ada')[:4] == b"%PDF"
    for address in ("http://127.0.0.1:9/x", "file:///etc/passwd", "pantau:/../settings.py", "data:text/css,a"):
        with pytest.raises(ValueError, match="not one of our own files"):
            pdf._fetcher().fetch(address)


def test_where_pdf_cannot_be_written_the_page_offers_the_browsers_print(auditor, pair, monkeypatch):
    monkeypatch.setattr(pdf, "_writer", lambda: None)
    text = _page(auditor, f"/pairs/{pair}/pack")
    assert "Pilih Cetak di peramban" in text
    assert "paper.pdf" not in text
    answer = auditor.get(f"/pairs/{pair}/paper.pdf")
    assert answer.status_code == 422
    assert "Cetak" in answer.text


@pytest.mark.parametrize("address", ["pack", "paper.pdf"])
def test_a_foreign_draft_and_a_pair_that_is_not_there_are_answered_alike(committing, client_of, places, village,
                                                                         address):
    draft = build.project(committing, places.far, stage="proposed")
    pair = build.pair(committing, build.project(committing, village), draft)
    client = client_of(build.person(committing, "auditor", village))
    answers = {n: client.get(f"/pairs/{n}/{address}") for n in (pair, 2_000_000_000)}
    assert [answer.status_code for answer in answers.values()] == [404, 404]
    hidden, unknown = (re.sub(rf'/pairs/{n}/|content="[^"]*"|value="[^"]*"', "", answer.text)
                       for n, answer in answers.items())
    assert hidden == unknown


def test_a_group_says_how_many_works_it_hides_and_never_which(committing, client_of, places, village):
    group, _works, _pairs = _group(committing, village, 4, draft_in=places.far)
    ours = client_of(build.person(committing, "auditor", village))
    text = _page(ours, f"/groups/{group}/pack")
    assert "1 usulan lain termasuk kelompok ini" in text
    assert "Usulan rahasia" not in text
    assert "1 usulan lain" in _words(_paper(ours, f"/groups/{group}/paper.pdf"))
    theirs = client_of(build.person(committing, "auditor", places.regency))
    text = _page(theirs, f"/groups/{group}/pack")
    assert "Usulan rahasia" in text
    assert "usulan lain termasuk" not in text


def test_a_large_group_is_numbered_on_one_map_and_its_particulars_are_paged(committing, auditor, village):
    group, _works, _pairs = _group(committing, village, 60)
    text = _page(auditor, f"/groups/{group}/pack")
    assert text.count('data-role="work"') == 60
    assert text.count("<tr><td>") >= 60
    particulars = text[text.index('id="rincian"'):].split("</section>")[0]
    assert particulars.count("<h3>") == 10
    assert "51–60" in particulars
    assert "Rabat beton 59" in _page(auditor, f"/groups/{group}/pack?page=6").split('id="rincian"')[1]
    assert "Rabat beton 59" in _words(_paper(auditor, f"/groups/{group}/paper.pdf"))


def test_a_group_that_is_not_there_is_not_found(auditor):
    assert auditor.get(f"/groups/{uuid.uuid4()}/pack").status_code == 404


def _write(client, pair, seen=0, **words):
    return client.post(f"/pairs/{pair}/paper", data={"seen": seen, "condition": "Dua ruas berimpit 184 m."} | words)


def test_an_auditor_writes_versions_and_both_stay(committing, auditor, pair):
    assert _write(auditor, pair, number="700/1").status_code == 302
    assert _write(auditor, pair, seen=1, number="700/1", cause="Dua usulan.").status_code == 302
    text = _page(auditor, f"/pairs/{pair}/pack")
    assert "versi 2" in text
    assert "versi 1" in text
    words = _words(_paper(auditor, f"/pairs/{pair}/paper.pdf"))
    for wanted in ("700/1", "Dua ruas berimpit 184 m.", "Dua usulan."):
        assert wanted in words
    assert committing.execute("SELECT count(*) FROM working_paper WHERE pair_id = %s", [pair]).fetchone()[0] == 2


def test_of_two_who_write_at_once_the_second_is_told(auditor, pair):
    _write(auditor, pair)
    answer = _write(auditor, pair, seen=0, condition="Lain.")
    assert answer.status_code == 409
    assert "gabungkan" in answer.text


def test_whoever_wrote_a_paper_does_not_review_it_and_another_does(committing, client_of, auditor, village, pair):
    _write(auditor, pair)
    paper = committing.execute("SELECT id FROM working_paper WHERE pair_id = %s", [pair]).fetchone()[0]
    answer = auditor.post(f"/pairs/{pair}/paper/reviews", data={"paper": paper})
    assert answer.status_code == 422
    assert "orang lain" in answer.text
    second = client_of(build.person(committing, "auditor", village, full_name="Pereviu Kedua"))
    assert second.post(f"/pairs/{pair}/paper/reviews", data={"paper": paper, "note": "Cocok."}).status_code == 302
    assert "Direviu oleh Pereviu Kedua" in _page(auditor, f"/pairs/{pair}/pack")
    assert second.post(f"/pairs/{pair}/paper/reviews", data={"paper": paper}).status_code == 409


@pytest.mark.parametrize("role", ["field", "head", "planner", "treasurer"])
def test_others_read_the_facts_and_not_the_auditors_text(committing, client_of, auditor, village, pair, role):
    _write(auditor, pair, condition="Hanya untuk auditor.")
    client = client_of(build.person(committing, role, village))
    text = _page(client, f"/pairs/{pair}/pack")
    assert "Rp 180.000.000" in text
    assert "Hanya untuk auditor." not in text
    assert "Hanya untuk auditor." not in _words(_paper(client, f"/pairs/{pair}/paper.pdf"))
    assert _write(client, pair).status_code == 403


def test_an_auditor_of_elsewhere_writes_no_paper(committing, client_of, places, pair):
    client = client_of(build.person(committing, "auditor", places.far))
    assert _write(client, pair).status_code == 403
    assert "Simpan versi baru" not in _page(client, f"/pairs/{pair}/pack")


def test_a_groups_paper_is_closed_to_whoever_may_not_see_all_of_it(committing, client_of, places, village):
    group, _works, _pairs = _group(committing, village, 3, draft_in=places.far)
    whole = client_of(build.person(committing, "auditor", places.regency))
    sent = {"seen": 0, "condition": "Termasuk usulan di Kesilir."}
    assert whole.post(f"/groups/{group}/paper", data=sent).status_code == 302
    assert "Termasuk usulan di Kesilir." in _page(whole, f"/groups/{group}/pack")
    part = client_of(build.person(committing, "auditor", village))
    assert "Termasuk usulan" not in _page(part, f"/groups/{group}/pack")
    assert part.post(f"/groups/{group}/paper", data=sent).status_code == 403
