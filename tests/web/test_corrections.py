"""The pages on which an upload is corrected: for its sender, and for nobody else."""

import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.jobs import worker
from tests import build

HEAD = "nama kegiatan,tahun,sumber dana,anggaran,desa,latitude,longitude\n"
GOOD = "Rabat beton jalan RT {n:02d},2024,Dana Desa,{n}0000000,Sarongan,-8.2{n:02d}2,114.36{n:02d}\n"
NORTH = "Sumur bor RT {n:02d},2024,Dana Desa,{n}000000,Sarongan,8.2{n:02d}5,114.37{n:02d}\n"
WORDS = "Drainase RT {n:02d},2024,Dana Desa,seratus juta,Sarongan,-8.2{n:02d}4,114.36{n:02d}\n"
LINES = [GOOD.format(n=n) for n in range(11, 15)] + [NORTH.format(n=n) for n in range(21, 24)] + [WORDS.format(n=31)]


@pytest.fixture
def client(client_of, operator) -> FlaskClient:
    return client_of(operator)


@pytest.fixture
def work(app: Flask, module_database) -> Callable[[], None]:
    return lambda: worker.run(app.extensions["settings"], module_database.web_dsn, until_empty=True)


@pytest.fixture
def upload(client, work) -> str:
    """The address of an upload with three rows that lost a minus and one whose amount is in words."""
    answer = client.post("/uploads", data={"file": (io.BytesIO((HEAD + "".join(LINES)).encode()), "kegiatan.csv")})
    work()
    return answer.location


def preview_of(client: FlaskClient, upload: str) -> str:
    found = re.search(rf'href="({re.escape(upload)}/pattern\?[^"]+)"', client.get(upload).text)
    return found[1].replace("&amp;", "&")


def fields_of(text: str, action: str) -> dict[str, str]:
    form = re.search(rf'action="{re.escape(action)}".*?</form>', text, re.DOTALL)[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_a_pattern_is_offered_previewed_applied_and_undone(client, upload) -> None:
    page = client.get(upload).text
    assert "4 dari 8 siap" in page
    assert "Terapkan ke 3 baris serupa" in page
    preview = client.get(preview_of(client, upload))
    assert preview.status_code == 200
    assert preview.text.count('<tr data-row="') == 3, "all the rows that would change"
    assert "-8.221500, 114.372100" in preview.text
    assert preview.text.count("sesuai") == 3, "each falls in the village it claims"
    assert "4 dari 8 siap" in client.get(upload).text, "nothing has changed yet"
    answer = client.post(f"{upload}/pattern/apply", data=fields_of(preview.text, f"{upload}/pattern/apply"))
    assert (answer.status_code, answer.location) == (303, f"{upload}#perbaikan")
    page = client.get(upload).text
    assert "7 dari 8 siap" in page
    assert "Saran diterapkan: tanda minus hilang atau berlebih" in page
    undoing = re.search(rf'{re.escape(upload)}/corrections/\d+/undo', page)[0]
    assert client.post(undoing).status_code == 303
    assert "4 dari 8 siap" in client.get(upload).text
    assert client.post(undoing).status_code == 409, "it is undone once"


def test_a_pattern_is_applied_only_as_it_was_shown(client, upload) -> None:
    shown = fields_of(client.get(preview_of(client, upload)).text, f"{upload}/pattern/apply")
    client.post(f"{upload}/rows/6/leave")
    client.post(f"{upload}/rows/6/apply", data=shown)
    assert client.post(f"{upload}/pattern/apply", data=shown).status_code == 409


def test_one_value_is_corrected_in_place_and_counted(client, upload) -> None:
    answer = client.post(f"{upload}/rows/9/value", data={"column": "anggaran", "value": "Rp 100.000.000"})
    assert answer.status_code == 303
    page = client.get(upload).text
    assert "5 dari 8 siap" in page
    assert "anggaran: <span class=\"suggested\">Rp 100.000.000</span>" in page


def test_a_coordinate_that_cannot_be_read_is_refused_in_words(client, upload) -> None:
    answer = client.post(f"{upload}/rows/6/value", data={"column": "latitude", "value": "dekat balai desa"})
    assert answer.status_code == 422
    assert "tidak ada angka koordinat di sini" in answer.text


def test_rows_are_left_out_by_choice(client, upload, work) -> None:
    client.post(f"{upload}/rows/2/leave")
    assert "3 dari 8 siap" in client.get(upload).text
    assert "Anda memilih untuk meninggalkan baris ini" in client.get(upload).text.replace("anda", "Anda")
    client.post(f"{upload}/store")
    work()
    assert re.search(r'Kegiatan baru</dt><dd class="figure">3<', client.get(upload).text)


def test_rows_come_as_geojson_with_what_is_shown_of_how_many(client, upload) -> None:
    answer = client.get(f"{upload}/rows.json").get_json()
    assert (answer["shown"], answer["total"], len(answer["features"])) == (8, 8, 8)
    waiting = [one for one in answer["features"] if one["properties"]["state"] == "waiting"]
    assert len(waiting) == 3
    assert all(one["properties"]["from"][1] > 0 > one["properties"]["to"][1] for one in waiting)
    narrowed = client.get(preview_of(client, upload).replace("/pattern?", "/rows.json?")).get_json()
    assert narrowed["total"] == 3


def test_the_sheet_with_reasons_comes_back_without_doubling_anything(client, upload, work) -> None:
    client.post(f"{upload}/store")
    work()
    assert f"{upload}/sheet.xlsx" in client.get(upload).text
    sheet = client.get(f"{upload}/sheet.xlsx")
    assert "kegiatan-diperiksa.xlsx" in sheet.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(sheet.data))
    heads = [cell.value for cell in book.active[1]]
    book.active.cell(9, heads.index("anggaran") + 1).value = 100_000_000
    content = io.BytesIO()
    book.save(content)
    again = client.post("/uploads", data={"file": (io.BytesIO(content.getvalue()), "diperbaiki.xlsx")}).location
    work()
    client.post(f"{again}/store")
    work()
    said = re.findall(r'<dd class="figure">(\d+)<', client.get(again).text)
    assert said == ["1", "0", "4", "3"]


def test_a_mapping_is_remembered_told_and_forgotten(client, work) -> None:
    def sent(word: str) -> str:
        text = f"nama kegiatan,tahun,ket\nGapura {word},2024,sebelah masjid\nGardu {word},2023,dekat sawah\n"
        where = client.post("/uploads", data={"file": (io.BytesIO(text.encode()), "ket.csv")}).location
        work()
        return where

    first = sent("A")
    assert "dipahami seperti" not in client.get(first).text
    client.post(f"{first}/columns", data={"column-0": "name", "column-1": "year", "column-2": "place"})
    work()
    second = sent("B")
    page = client.get(second).text
    assert re.search(r"Kolom berkas ini dipahami seperti unggahan nomor \d+, oleh Field\d+\.", page)
    assert client.post(f"{second}/mapping/forget").status_code == 303
    work()
    assert "dipahami seperti" not in client.get(second).text
    assert "dipahami seperti" not in client.get(sent("C")).text


def test_works_without_a_point_are_good_rows_and_said_so(client, work) -> None:
    text = HEAD + "Pelatihan kader posyandu,2024,Dana Desa,12000000,Sarongan,,\n"
    where = client.post("/uploads", data={"file": (io.BytesIO(text.encode()), "tanpa.csv")}).location
    work()
    assert "1 dari 1 siap" in client.get(where).text
    assert "Belum ada titik" in client.get(where).text
    client.post(f"{where}/store")
    work()
    assert "1 kegiatan dari berkas ini belum ada titik" in client.get(where).text
    assert "Pelatihan kader posyandu" in client.get("/sites/new").text, "the list of field work"


def test_several_files_of_one_form_are_listed_together_and_one_bad_one_stops_no_other(client, work) -> None:
    sent = [(io.BytesIO((HEAD + LINES[0]).encode()), "satu.csv"), (io.BytesIO(b"%PDF-1.7 \x00"), "dua.pdf"),
            (io.BytesIO((HEAD + LINES[1]).encode()), "tiga.csv")]
    answer = client.post("/uploads", data={"file": sent})
    assert answer.status_code == 303
    assert "/uploads/batch/" in answer.location
    waiting = client.get(answer.location).text
    assert "data-refresh" in waiting
    work()
    page = client.get(answer.location).text
    assert "data-refresh" not in page
    assert page.count("1 dari 1 siap") == 2
    assert "PDF" in page
    assert [name for name in re.findall(r">(\w+\.\w+)</a>", page)] == ["satu.csv", "dua.pdf", "tiga.csv"]


def test_a_script_sends_files_one_by_one_into_one_batch(client, client_of, committing, places, work) -> None:
    batch = "11111111-2222-4333-8444-555555555555"
    answers = [client.post("/uploads", data={"file": (io.BytesIO((HEAD + line).encode()), "a.csv"), "batch": batch},
                           headers={"X-Requested-With": "fetch", "Accept": "application/json"}) for line in LINES[:2]]
    assert [one.get_json()["batch"] for one in answers] == [f"/uploads/batch/{batch}"] * 2
    assert client.get(f"/uploads/batch/{batch}").text.count('class="row-link"') == 2
    stranger = client_of(build.person(committing, "field", places.neighbour))
    assert stranger.get(f"/uploads/batch/{batch}").status_code == 404
    stranger.post("/uploads", data={"file": (io.BytesIO(b"x,y\n1,2\n"), "b.csv"), "batch": batch},
                  headers={"X-Requested-With": "fetch"})
    assert client.get(f"/uploads/batch/{batch}").text.count('class="row-link"') == 2, "nobody sends into it"
    refused = client.post("/uploads", data={}, headers={"X-Requested-With": "fetch", "Accept": "application/json"})
    assert (refused.status_code, refused.get_json()["error"]) == (422, "Pilih berkas lebih dahulu.")
    work()


ACTS = ("pattern/apply", "pattern/leave", "rows/6/apply", "rows/6/value", "rows/6/leave", "corrections/1/undo",
        "mapping/forget")


def test_another_persons_upload_is_neither_seen_nor_corrected(client, client_of, upload, committing, places) -> None:
    preview = preview_of(client, upload)
    stranger = client_of(build.person(committing, "field", places.neighbour))
    for path in (preview, f"{upload}/rows.json", f"{upload}/sheet.xlsx"):
        assert stranger.get(path).status_code == 404
    for act in ACTS:
        assert stranger.post(f"{upload}/{act}", data={"value": "1"}).status_code == 404
    assert "4 dari 8 siap" in client.get(upload).text


def test_who_heads_or_audits_the_region_may_look_and_not_correct(client, client_of, upload, committing, places) -> None:
    planner = client_of(build.person(committing, "planner", places.regency))
    assert "Terapkan" not in planner.get(upload).text
    assert planner.get(f"{upload}/rows.json").status_code == 200
    assert planner.get(f"{upload}/sheet.xlsx").status_code == 200
    assert planner.get(preview_of(client, upload)).status_code == 404
    auditor = client_of(build.person(committing, "auditor", places.regency))
    for act in ACTS:
        assert planner.post(f"{upload}/{act}", data={"value": "1"}).status_code == 404
        assert auditor.post(f"{upload}/{act}").status_code == 403


def test_what_people_typed_is_never_markup_on_the_pages_of_a_correction(client, work) -> None:
    evil = "<img src=x onerror=alert(1)>"
    text = HEAD + f"{evil},2024,Dana Desa,12000000,Sarongan,8.2215,114.3721\n" + LINES[0]
    where = client.post("/uploads", data={"file": (io.BytesIO(text.encode()), f"{evil}.csv")}).location
    work()
    assert "<img src=x" not in client.get(where).text
    assert "<img src=x" not in client.get(preview_of(client, where)).text
