"""The pages of an upload: send, review, confirm, result, take back; for its sender and for nobody else."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.jobs import worker
from tests import build

HEAD = "nama kegiatan,tahun,sumber dana,anggaran,desa,latitude,longitude\n"
GOOD = "Rabat beton jalan Dusun {name},2024,Dana Desa,180000000,Sarongan,-8.2192,114.3692\n"
FAULTY = "Drainase <b>Dusun</b> {name},2024,Dana Desa,seratus juta,Sarongan,-8.2250,114.3752\n"


@pytest.fixture
def client(client_of, operator) -> FlaskClient:
    return client_of(operator)


@pytest.fixture
def send(app: Flask, module_database) -> Callable[..., str]:
    """`send(client, text)`: the address of the upload, once a worker has read it."""

    def sent(client: FlaskClient, content: str | bytes, *, name: str = "kegiatan.csv", work: bool = True) -> str:
        content = content.encode() if isinstance(content, str) else content
        answer = client.post("/uploads", data={"file": (io.BytesIO(content), name)})
        assert answer.status_code == 303, answer.text
        if work:
            working(app, module_database)
        return answer.location

    return sent


def files_with(word: str, app: Flask) -> list[Path]:
    """The received files that hold a word."""
    return [one for one in app.extensions["settings"].files.rglob("*") if one.is_file() and word.encode() in
            one.read_bytes()]


def working(app: Flask, module_database) -> None:
    worker.run(app.extensions["settings"], module_database.web_dsn, until_empty=True)


def test_a_file_is_sent_reviewed_stored_and_taken_back(app, module_database, client, send, committing) -> None:
    where = send(client, HEAD + GOOD.format(name="Krajan") + FAULTY.format(name="Krajan"))
    review = client.get(where).text
    assert "1 dari 2 siap" in review
    assert "Simpan 1 kegiatan, tinggalkan 1" in review
    assert "seratus juta" in review
    assert "<svg" in review
    assert committing.execute("SELECT count(*) FROM project").fetchone() == (0,)
    assert client.post(f"{where}/store").status_code == 303
    assert client.get(f"{where}/progress").text.count("data-refresh") == 1
    working(app, module_database)
    assert "data-then" in client.get(f"{where}/progress").text
    result = client.get(where).text
    assert "Batalkan unggahan ini" in result
    assert re.search(r"Kegiatan baru</dt><dd class=\"figure\">1<", result)
    assert committing.execute("SELECT count(*) FROM project WHERE withdrawn_at IS NULL").fetchone() == (1,)
    client.post(f"{where}/undo")
    working(app, module_database)
    assert "sudah dibatalkan" in client.get(where).text
    assert committing.execute("SELECT count(*) FROM project WHERE withdrawn_at IS NULL").fetchone() == (0,)


def test_pressing_store_twice_stores_once(app, module_database, client, send, committing) -> None:
    where = send(client, HEAD + GOOD.format(name="Dua Kali"))
    first, second = client.post(f"{where}/store"), client.post(f"{where}/store")
    assert (first.status_code, second.status_code) == (303, 409)
    working(app, module_database)
    assert client.post(f"{where}/store").status_code == 303
    working(app, module_database)
    assert committing.execute("SELECT count(*) FROM project WHERE name LIKE '%%Dua Kali'").fetchone() == (1,)


def test_the_same_file_again_is_told_before_and_after(app, module_database, client, send) -> None:
    text = HEAD + GOOD.format(name="Sama")
    first = send(client, text)
    client.post(f"{first}/store")
    working(app, module_database)
    again = send(client, text)
    assert "Isi berkas ini persis sama" in client.get(again).text
    client.post(f"{again}/store")
    working(app, module_database)
    assert "Semua kegiatan di berkas ini sudah tercatat dan tidak berubah" in client.get(again).text


@pytest.mark.parametrize(("content", "said"), [
    (b"", "tidak berisi satu baris pun"), (b"\x00\x01\x02\x03" * 40, "tidak dikenal"),
    (b"zzz,yyy\n1,2\n3,4\n", "kolom")])
def test_a_file_that_cannot_be_used_is_refused_in_words(client, send, content, said) -> None:
    page = client.get(send(client, content, name="aneh.csv")).text
    assert said in page
    assert "Tidak ada yang tersimpan dari berkas ini" in page


def test_a_file_of_strange_columns_is_told_which_are_looked_for(client, send) -> None:
    page = client.get(send(client, "foo,bar,baz\n1,2,3\n4,5,6\n")).text
    assert "Kolom yang ada: foo, bar, baz. Yang dicari: Nama kegiatan" in page


def test_the_start_page_names_both_limits(client) -> None:
    assert "paling besar 50 MB dan paling banyak 200.000 baris" in client.get("/uploads").text


def test_a_file_without_a_good_row_offers_nothing_to_store(client, send) -> None:
    where = send(client, HEAD + FAULTY.format(name="Semua"))
    page = client.get(where).text
    assert "Tidak ada baris yang siap disimpan" in page
    assert f"{where}/store" not in page
    assert client.post(f"{where}/store").status_code == 422


def test_a_column_that_was_taken_wrongly_is_corrected_and_read_again(app, module_database, client, send) -> None:
    where = send(client, "nama kegiatan,catatan\nPembangunan gapura,2023\nPembangunan pos kamling,2022\n")
    page = client.get(where).text
    assert 'name="column-1"' in page
    assert client.post(f"{where}/columns", data={"column-0": "name", "column-1": "year"}).status_code == 303
    working(app, module_database)
    assert re.search(r'<option value="year" selected>', client.get(where).text)


def test_a_meaning_that_does_not_exist_is_refused(client, send) -> None:
    where = send(client, HEAD + GOOD.format(name="Arti"))
    assert client.post(f"{where}/columns", data={"column-0": "password_hash"}).status_code == 422


def test_what_people_typed_is_never_markup(client, send) -> None:
    evil = '<script>alert(1)</script>'
    where = send(client, HEAD + f"{evil},{evil},{evil},{evil},{evil},{evil},{evil}\n", name=f"{evil}.csv")
    assert "<script>alert" not in client.get(where).text
    assert "<script>alert" not in client.get("/uploads").text


def test_another_persons_upload_and_an_unknown_one_answer_alike(client, client_of, committing, places, send) -> None:
    where = send(client, HEAD + GOOD.format(name="Rahasia"))
    unknown = "/uploads/00000000-0000-4000-8000-000000000000"
    stranger = client_of(build.person(committing, "field", places.neighbour))
    for path in ("", "/progress"):
        mine, nobodys = stranger.get(where + path), stranger.get(unknown + path)
        assert (mine.status_code, nobodys.status_code) == (404, 404)
        assert _same(mine.text, nobodys.text)
    for act in ("store", "undo", "drop", "cancel", "columns"):
        assert stranger.post(f"{where}/{act}").status_code == 404
        assert stranger.post(f"{unknown}/{act}").status_code == 404


def _same(one: str, other: str) -> bool:
    def bare(text: str) -> str:
        return re.sub(r"[0-9a-f-]{36}|nonce-\S+|content=\"[^\"]+\"|value=\"[^\"]+\"", "", text)

    return bare(one) == bare(other)


def test_only_those_who_enter_works_may_send_files(client_of, committing, places, visitor) -> None:
    auditor = client_of(build.person(committing, "auditor", places.regency))
    assert auditor.get("/uploads").status_code == 403
    assert auditor.post("/uploads", data={"file": (io.BytesIO(b"x"), "x.csv")}).status_code == 403
    assert visitor.get("/uploads").status_code in (302, 401)


def test_an_upload_without_a_file_says_what_to_do(client) -> None:
    assert client.post("/uploads", data={}).status_code == 422


def test_a_file_that_is_too_large_is_refused_and_not_kept(app, client, committing) -> None:
    before = committing.execute("SELECT count(*) FROM upload").fetchone()
    limit = app.config["MAX_CONTENT_LENGTH"]
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    try:
        answer = client.post("/uploads", data={"file": (io.BytesIO(b"x" * 20_000), "besar.csv")})
    finally:
        app.config["MAX_CONTENT_LENGTH"] = limit
    assert answer.status_code == 413
    assert committing.execute("SELECT count(*) FROM upload").fetchone() == before


def test_a_waiting_upload_that_is_stopped_leaves_nothing_but_a_word_about_it(app, client, send) -> None:
    where = send(client, HEAD + GOOD.format(name="Nanti"), work=False)
    assert "data-refresh" in client.get(where).text
    (kept,) = files_with("Nanti", app)
    client.post(f"{where}/cancel")
    page = client.get(where).text
    assert "Pembacaan dihentikan atas permintaan Anda. Tidak ada yang tertinggal" in page
    assert not kept.exists()
    assert client.post(f"{where}/columns").status_code == 409


def test_a_dropped_upload_keeps_no_rows(client, send, committing) -> None:
    where = send(client, HEAD + GOOD.format(name="Jangan"))
    assert client.post(f"{where}/drop").status_code == 302
    assert committing.execute("SELECT count(*) FROM upload_row WHERE upload_id = %s",
                              [where.rsplit("/", 1)[-1]]).fetchone() == (0,)


def test_the_template_sheet_is_a_workbook_that_is_read_back(client, send) -> None:
    sheet = client.get("/uploads/template.xlsx")
    assert sheet.data[:2] == b"PK"
    assert "attachment" in sheet.headers["Content-Disposition"]
    where = send(client, sheet.data, name="templat.xlsx")
    assert client.get(where).status_code == 200


def test_the_sample_of_invented_works_is_not_offered_among_real_ones(client) -> None:
    assert "Coba berkas contoh" not in client.get("/uploads").text
    assert client.post("/uploads/sample").status_code == 404
    assert client.get("/uploads/sample.xlsx").status_code == 404


def test_the_pairs_that_an_upload_found_are_linked_from_its_result(app, module_database, client, send) -> None:
    twice = GOOD.format(name="Kembar RT 07 RW 03") + GOOD.format(name="Kembar RT 07 RW 03").replace("Dana Desa", "ADD")
    where = send(client, HEAD + twice)
    client.post(f"{where}/store")
    working(app, module_database)
    pair = re.search(r'href="(/pairs/\d+)"', client.get(where).text)
    assert pair
    assert client.get(pair[1]).status_code == 200
