"""What people ask for and cannot have, said to them in their own language: where, what was expected, what to do."""

import html
import re

import pytest

from app.pages import exports
from tests import build
from tests.web.review.judging import new_pair, seen_on

LANGUAGES = ("id", "en")
AT_SEA = "-9.4, 114.4"
CROSSING = "POLYGON ((114.36 -8.21, 114.37 -8.22, 114.37 -8.21, 114.36 -8.22, 114.36 -8.21))"
SAID = {
    ("far away", "id"): "-6.200000, 106.800000 berada di luar Kabupaten Uji. Periksa urutannya",
    ("far away", "en"): "-6.200000, 106.800000 lies outside Kabupaten Uji. Check the order",
    ("at sea", "id"): "-9.400000, 114.400000 berada di luar Kabupaten Uji. Periksa urutannya",
    ("at sea", "en"): "-9.400000, 114.400000 lies outside Kabupaten Uji. Check the order",
    ("not filled in", "id"): "0, 0 terletak di Teluk Guinea; tampaknya koordinat tidak terisi.",
    ("not filled in", "en"): "0, 0 lies in the Gulf of Guinea; the coordinate seems not to have been filled in.",
    ("crossing", "id"): "memotong dirinya sendiri di bujur 114.365000, lintang -8.215000. Gambar ulang",
    ("crossing", "en"): "crosses itself at longitude 114.365000, latitude -8.215000. Draw its corners again",
    ("of 1900", "id"): "Tahun harus antara 2000 dan 2029. Perbaiki, atau kosongkan.",
    ("of 1900", "en"): "The year must lie between 2000 and 2029. Correct it, or leave it empty.",
}
ASKED = {"far away": {"at": "-6.2, 106.8"}, "at sea": {"at": AT_SEA}, "not filled in": {"at": "0, 0"},
         "crossing": {"at": CROSSING}, "of 1900": {"at": "-8.2192, 114.3692", "year": "1900"}}


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def planner(committing, client_of, places, language):
    committing.execute("UPDATE region SET name = 'Kabupaten Uji' WHERE id = %s", [places.regency])
    return client_of(build.person(committing, "planner", places.regency, language=language))


def said_by(answer):
    return html.unescape(re.sub(r"\s+", " ", answer.text))


@pytest.mark.parametrize("wrong", ASKED)
def test_a_proposal_that_cannot_be_is_told_why_beside_its_field_and_is_kept(committing, places, planner, language,
                                                                           wrong):
    build.project(committing, places.village)
    answer = planner.get("/check", query_string=ASKED[wrong])
    assert answer.status_code == 422
    assert SAID[wrong, language] in re.sub(r"(2000 (?:dan|and)) 20\d\d", r"\1 2029", said_by(answer))
    assert html.escape(ASKED[wrong]["at"]) in answer.text, "what was typed is still there"
    other = SAID[wrong, "en" if language == "id" else "id"]
    assert other not in said_by(answer)


def test_an_address_of_somebody_with_more_rights_is_not_found_as_one_that_never_was(committing, client_of, places,
                                                                                   language):
    secret = build.project(committing, places.far, stage="proposed", name="Rahasia")
    reader = client_of(build.person(committing, "field", places.neighbour, language=language))
    foreign, unknown = (reader.get(f"/projects/{one}") for one in (secret, "00000000-0000-4000-8000-000000000000"))
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    words = {"id": "Halaman atau data ini tidak ada, atau bukan untuk Anda.",
             "en": "There is no such page or record, or it is not for you."}[language]
    assert words in said_by(foreign)
    without_nonce = [re.sub(r'(nonce|value|content)="[^"]+"|[0-9a-f-]{36}', "", one.text) for one in (foreign, unknown)]
    assert without_nonce[0] == without_nonce[1]
    refused = reader.get("/inspection")
    assert refused.status_code == 403
    assert {"id": "Anda tidak berwenang", "en": "You are not allowed"}[language] in said_by(refused)


def test_a_basemap_that_is_none_is_a_sentence_for_administrators(app, committing, client_of, places, language):
    file = app.extensions["settings"].var / "basemap.pmtiles"
    admin = client_of(build.person(committing, "admin", places.regency, language=language))
    file.write_bytes(b"%PDF-1.7 not a map")
    try:
        text = said_by(admin.get("/map"))
        assert {"id": "bukan berkas PMTiles", "en": "not a PMTiles file"}[language] in text
        assert {"id": "Peta digambar tanpa peta dasar", "en": "drawn without"}[language] in text
    finally:
        file.unlink()


def test_the_second_of_two_judges_is_told_what_happened_and_what_to_do(committing, client_of, places, language):
    pair = new_pair(committing, places.village)
    first, second = (client_of(build.person(committing, "auditor", places.village, language=one))
                     for one in ("id", language))
    seen = seen_on(second, pair)
    given = first.post(f"/pairs/{pair}/verdicts", data=seen_on(first, pair) | {"verdict": "neighbours"})
    assert given.status_code == 302
    late = second.post(f"/pairs/{pair}/verdicts", data=seen | {"verdict": "same_record"})
    assert late.status_code == 409
    words = {"id": "Orang lain baru saja memberi hasil telaah.", "en": "Somebody else has just"}[language]
    assert words in said_by(late), said_by(late)[:2000]


def test_an_export_of_everything_is_waited_for_and_says_how_much_it_is(committing, places, planner, language,
                                                                      monkeypatch):
    """However many rows there are, nobody waits in front of a white page, and two requests make one file."""
    build.project(committing, places.village)
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    text = said_by(planner.get("/exports?of=works"))
    assert {"id": "berkas disiapkan di latar", "en": "made in the background"}[language] in text
    assert {"id": "Saringan</dt><dd>semua", "en": "Filter</dt><dd>all"}[language] in text
    begun = [planner.post("/exports", data={"of": "works", "query": "", "format": "csv"}) for _ in range(2)]
    assert [one.status_code for one in begun] == [303, 303]
    assert begun[0].location == begun[1].location
