"""Exports over HTTP: the menu of each list, the file at once or by a job, and who may fetch it."""

import csv
import io
import re

import pytest

from app.jobs import exporting, worker
from app.pages import exports as page
from geo.exports import FORMATS
from tests import build


@pytest.fixture(scope="module")
def works(committing, places):
    made = [build.project(committing, places.village, name="Rabat beton Krajan"),
            build.project(committing, places.village, name="Jalan rabat Krajan", fund="APBD"),
            build.project(committing, places.village, name="Sumur bor", at=None, category="water", year=2019),
            build.project(committing, places.far, name="Usulan rahasia", stage="proposed")]
    build.pair(committing, made[0], made[1])
    return made


@pytest.fixture
def client(client_of, committing, places):
    return client_of(build.person(committing, "field", places.village, full_name="Sari Utami"))


def send(client, query="", form="csv", of="works"):
    return client.post("/exports", data={"of": of, "query": query, "format": form})


@pytest.mark.parametrize("form", list(FORMATS))
def test_a_small_list_comes_at_once_in_every_format(client, works, form):
    answer = send(client, "fund=APBD", form)
    assert (answer.status_code, answer.content_type) == (200, FORMATS[form].MEDIA)
    assert re.fullmatch(r'attachment; filename="pantaudesa-kegiatan-\d{4}-\d\d-\d\d-\d{4}'
                        rf'{re.escape(FORMATS[form].SUFFIX)}"', answer.headers["Content-Disposition"])
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.data) == answer.content_length > 100


def test_what_was_taken_is_noted_with_what_it_held(client, works, committing):
    send(client, "category=water&bukan=apa")
    last = committing.execute("SELECT source, asked, format, rows, without_point, bytes > 100, draft_regions, job_id "
                              "FROM export ORDER BY asked_at DESC LIMIT 1").fetchone()
    assert last == ("works", "category=water", "csv", 1, 1, True, [], None)


def test_the_file_holds_what_the_list_of_the_same_filter_shows(client, works):
    text = send(client, "q=krajan").get_data().decode("utf-8-sig")
    names = {row["Nama kegiatan"] for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";")}
    assert names == {"Rabat beton Krajan", "Jalan rabat Krajan"}
    assert "Dibuat oleh: Sari Utami" in text


def test_the_language_of_the_reader_decides_headings_separator_and_decimal_mark(client, works):
    client.set_cookie("language", "en")
    text = send(client, "q=krajan").get_data().decode("utf-8-sig")
    first = next(csv.DictReader(io.StringIO(text, newline="")))
    assert float(first["Latitude"]) == pytest.approx(build.HOME[1])


def test_a_foreign_draft_is_in_no_file(client, works):
    assert b"rahasia" not in send(client, "", "geojson").data
    assert send(client, f"selected={works[3]}").status_code == 422


def test_an_empty_list_makes_no_file_and_says_what_to_do(client, works):
    answer = send(client, "q=tidakadanamaseperti")
    assert answer.status_code == 422
    assert "Longgarkan saringan" in answer.text
    assert "Tidak ada yang diekspor" in client.get("/exports?of=works&q=tidakadanamaseperti").text


@pytest.mark.parametrize(("given", "status"), [
    ({"of": "works", "format": "exe"}, 422), ({"of": "orang", "format": "csv"}, 404), ({"format": ""}, 422),
    ({"of": "works", "format": "csv", "query": "area=POLYGON((0 0,1 1,1 0,0 1,0 0))"}, 422),
    ({"of": "works", "format": "csv", "query": "&".join(f"a{n}=1" for n in range(9000))}, 422)])
def test_what_cannot_be_made_is_refused_in_words(client, works, given, status):
    answer = client.post("/exports", data=given)
    assert answer.status_code == status
    assert "Terjadi kesalahan pada sistem" not in answer.text


def test_the_menu_stands_in_every_list_with_its_filter(client, works):
    for address, query in (("/projects?fund=APBD", "fund=APBD"), ("/map?fund=APBD", "fund=APBD"),
                           ("/map/list?box=114.3,-8.3,114.4,-8.2", "box=114.3,-8.3,114.4,-8.2"), ("/pairs", "")):
        text = client.get(address).text
        assert f'name="query" value="{query}"' in text, address
        assert text.count('name="format"') == len(FORMATS), address
    assert "1 di antaranya tanpa titik" in client.get("/projects?category=water").text


def test_the_page_says_what_the_file_will_hold_and_where_it_was_filtered(client, works):
    text = client.get("/exports?of=works&fund=APBD&area=114.3,-8.3,114.4,-8.2").text
    for part in ("1 baris", "APBD kabupaten", "114.3,-8.3,114.4,-8.2", "nama Anda"):
        assert part in text


def test_a_large_list_is_waited_for_and_fetched(client, client_of, app, works, committing, places, monkeypatch):
    monkeypatch.setattr(page, "AT_ONCE", 1)
    answer = send(client, "", "xlsx")
    assert answer.status_code == 303
    address = answer.location
    waiting = client.get(address).text
    assert "Berkas sedang disiapkan" in waiting
    assert "Pekerja latar sedang tidak berjalan" in waiting
    assert "menunggu giliran" in client.get(f"{address}/progress").text
    assert client.get(f"{address}/file").status_code == 422
    worker.run(app.extensions["settings"], app.extensions["database"].url, until_empty=True)
    assert f'data-then="{address}"' in client.get(f"{address}/progress").text
    assert "Unduh berkas" in client.get(address).text
    assert address in client.get("/exports").text
    taken = client.get(f"{address}/file")
    assert (taken.status_code, taken.data[:2]) == (200, b"PK")
    other = client_of(build.person(committing, "admin"))
    for path in (address, f"{address}/file", f"{address}/progress"):
        unknown = path.replace(address[-12:], "0" * 12)
        assert other.get(path).status_code == other.get(unknown).status_code == 404
        said = [re.sub(r'content="[\w.-]+"|value="[^"]+"', "", other.get(one).text) for one in (path, unknown)]
        assert said[0] == said[1]


def test_a_file_is_refused_in_words_when_rights_have_changed_or_the_day_is_over(
        client_of, app, works, committing, places, monkeypatch):
    monkeypatch.setattr(page, "AT_ONCE", 1)
    person = build.person(committing, "field", places.far)
    client = client_of(person)
    address = send(client).location
    worker.run(app.extensions["settings"], app.extensions["database"].url, until_empty=True)
    assert b"rahasia" in client.get(f"{address}/file").data
    committing.execute("UPDATE person_grant SET valid_to = now() WHERE person_id = %s", [person])
    refused = client.get(f"{address}/file")
    assert (refused.status_code, "Wewenang Anda berubah" in refused.text) == (422, True)
    assert "bukan lagi untuk Anda" in client.get(address).text
    build.grant(committing, person, "field", places.far)
    committing.execute("UPDATE export SET made_at = now() - interval '2 days' WHERE person_id = %s", [person])
    assert "tidak disimpan lagi" in client.get(f"{address}/file").text
    assert "Berkas sudah dihapus" in client.get(address).text


def test_a_waiting_export_can_be_stopped(client, works, monkeypatch):
    monkeypatch.setattr(page, "AT_ONCE", 1)
    address = send(client).location
    assert client.post(f"{address}/cancel").status_code == 303
    assert "Ekspor dihentikan" in client.get(address).text


def test_a_visitor_is_asked_to_sign_in(visitor, works):
    assert send(visitor).status_code == 401
    assert visitor.get("/exports").status_code == 401


def test_a_list_needs_nothing_but_its_source(client, works):
    """What a page of another list has to add is tested by what is there: a name, columns, a query."""
    assert set(page.LISTS) == set(exporting.SOURCES)


def test_only_ticked_rows_are_exported_without_any_script(client, works):
    text = client.get("/projects").text
    assert f'value="{works[1]}" form="export-works"' in text
    assert '<form class="export-formats" id="export-works"' in text
    answer = client.post("/exports", data={"of": "works", "query": "q=krajan", "format": "csv",
                                           "selected": [str(works[1]), str(works[2])]})
    found = [row["Nama kegiatan"] for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""),
                                                            delimiter=";")]
    assert found == ["Jalan rabat Krajan"]
