"""Lists of proposals: each row checked against everything and against the others, given back as it came; a killed
worker goes on where it stopped, and what cannot be used says why."""

import csv
import io
import re
from datetime import date
from uuid import UUID

import openpyxl
import pytest
import shapely

from app.db import Database
from app.jobs import lists, worker
from app.jobs.progress import Cancelled, Told
from tests import build

HEAD = "nama kegiatan,tahun,sumber dana,anggaran,desa,latitude,longitude,keterangan\n"
ROWS = (
    "Rabat beton jl. Dsn. Krajan,2024,PBK,180000000,Sarongan,-8.2192,114.3692,=1+1\n"
    "Pembangunan gedung posyandu Melati RT 03,2025,Dana Desa,95000000,Sarongan,,,tanpa titik\n"
    "Sumur bor Dusun Selatan,2026,Dana Desa,60000000,Sarongan,-8.2550,114.3850,a\n"
    "Sumur bor Dsn Selatan,2026,PBK,60000000,Sarongan,-8.2550,114.3850,b\n"
    "Tugu batas,2026,Dana Desa,5000000,,,,entah di mana\n"
    "Gapura,2026,Dana Desa,5000000,Sarongan,91.5,200,titik salah\n")


@pytest.fixture(scope="module")
def works(committing, places):
    committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                       [shapely.to_wkt(shapely.box(114.35, -8.26, 114.39, -8.18)), places.village])
    return {
        "road": build.project(committing, places.village, at=build.line((-100, 0), (100, 0)), category="road",
                              name="Rabat beton jalan Dusun Krajan", fund="DDS", year=2024, amount=180_000_000),
        "bare": build.project(committing, places.village, at=None, name="Pembangunan gedung posyandu Melati RT 03",
                              category="building", year=2025, amount=95_000_000)}


@pytest.fixture
def person(committing, places, works):
    return build.person(committing, "planner", places.district)


@pytest.fixture
def client(client_of, person):
    return client_of(person)


@pytest.fixture
def work(app, module_database):
    return lambda: worker.run(app.extensions["settings"], module_database.web_dsn, until_empty=True)


def send(client, content: str | bytes, name: str = "du-rkp.csv") -> str:
    content = content.encode() if isinstance(content, str) else content
    answer = client.post("/check/lists", data={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    return answer.location


def sheet(client, location: str, delimiter: str = ";") -> list[dict]:
    text = client.get(f"{location}/sheet.csv").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


@pytest.fixture
def checked(client, work):
    location = send(client, HEAD + ROWS)
    work()
    return location


def test_every_row_comes_back_with_its_columns_and_a_finding(client, checked):
    rows = sheet(client, checked)
    assert [row["nama kegiatan"] for row in rows] == [line.split(",")[0] for line in ROWS.splitlines()]
    road, hall, well, other, pillar, gate = rows
    assert road["Temuan"] == "Kuat"
    assert road["Paling mirip"] == "Rabat beton jalan Dusun Krajan"
    assert road["Tahun kegiatan itu"] == "2024"
    assert road["keterangan"] == "'=1+1"
    assert re.fullmatch(r"CEK-\d{4}-\d{6}", road["Nomor cek"])
    assert hall["Paling mirip"] == "Pembangunan gedung posyandu Melati RT 03"
    assert (well["Baris lain yang mirip"], other["Baris lain yang mirip"]) == ("5", "4")
    assert well["Paling mirip"].startswith("baris 5: Sumur bor Dsn Selatan")
    assert pillar["Temuan"].startswith("tidak dapat dibandingkan")
    assert gate["Masalah baris"]
    assert len({row["Nomor cek"] for row in rows}) == len(rows)


def test_the_sheet_is_written_as_the_readers_spreadsheet_opens_it(client, work):
    """As every other export: with a decimal comma `;` parts the columns, else one cell would hold a whole line."""
    location = send(client, HEAD + ROWS.replace("-8.2192,114.3692", "-8.21925,114.3692"))
    work()
    [indonesian, *_others] = sheet(client, location)
    client.set_cookie("language", "en")
    [english, *_others] = sheet(client, location, ",")
    distance = english["Distance (m)"]
    assert re.fullmatch(r"\d+\.\d", distance)
    assert indonesian["Jarak (m)"] == distance.replace(".", ",")
    assert indonesian["latitude"] == english["latitude"] == "-8.21925"  # a cell of the file stays as it was typed


def test_a_row_says_nothing_of_what_its_reader_is_to_judge_blind(client, client_of, committing, places, works, work):
    """A row that was registered is a work of a pair like any other; the list, the sheet and the kept check of the row
    would tell its strength to whoever is to judge the pair without it."""
    location = send(client, HEAD + ROWS)
    work()
    [road, _hall, well, other, *_rest] = sheet(client, location)
    assert (road["Temuan"], well["Temuan"]) == ("Kuat", "Kuat")
    registered = {}
    for row in (road, well, other):
        answer = client.post(f"/check/{row['Nomor cek']}/register", data={"name": row["nama kegiatan"]})
        registered[row["Nomor cek"]] = UUID(answer.location.rsplit("/", 1)[1])
    pairs = committing.execute(
        "SELECT count(*) FROM pair WHERE left_project = ANY (%(works)s) AND right_project = ANY (%(works)s)",
        {"works": [*registered.values(), works["road"]]}).fetchone()[0]
    assert pairs >= 2, "else this test says nothing"
    admin = build.person(committing, "admin", places.regency)
    committing.execute("INSERT INTO blind_sample (region_id, per_mille, reason, set_by) VALUES (%s, 1000, 'Uji', %s)",
                       [places.village, admin])
    try:
        for row in sheet(client, location)[:4:2] + sheet(client, location)[3:4]:
            assert row["Temuan"].startswith("telaah buta"), row
            assert not row["Penjelasan"]
        page = client.get(location).text
        rows = [one for one in page.split("<tr>") if any(number in one for number in registered)]
        assert len(rows) == 3
        assert all("telaah buta" in one and "Kuat" not in one for one in rows)
        for number in registered:
            kept = client.get(f"/check/{number}").text
            assert "telaah buta" in kept
            assert "Kuat" not in kept[kept.index("<main"):]
    finally:
        committing.execute("DELETE FROM blind_sample WHERE set_by = %s", [admin])
        committing.execute("UPDATE project SET withdrawn_at = now() WHERE id = ANY (%s)", [[*registered.values()]])


def test_the_workbook_says_the_same_and_holds_no_formula(client, checked):
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{checked}/sheet.xlsx").data))
    lines = list(book.active.iter_rows(values_only=True))
    assert len(lines) == 1 + len(ROWS.splitlines())
    head = list(lines[0])
    assert lines[1][head.index("keterangan")] == "=1+1"
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
    assert lines[1][head.index("Temuan")] == "Kuat"


def test_the_page_ranks_the_rows_and_leads_to_each_result(client, checked):
    page = client.get(checked).text
    table = page[page.index("<tbody>"):]
    assert table.index("Rabat beton jl.") < table.index("Tugu batas")
    number = re.search(r'href="/check/(CEK-[\d-]+)">Sumur bor Dsn', table)[1]
    own = client.get(f"/check/{number}").text
    assert "Baris lain dalam daftar yang sama" in own
    assert "baris 4" in own


def test_whose_village_a_row_lies_in_reads_it_but_not_the_other_rows_of_the_list(
        client, client_of, committing, places, checked):
    """The row's own village may open its number; another row stands elsewhere until somebody enters it there."""
    number = sheet(client, checked)[3]["Nomor cek"]
    operator = client_of(build.person(committing, "field", places.village))
    assert "Sumur bor Dusun Selatan" in operator.get(f"/check/{number}").text
    committing.execute("""
        UPDATE check_result SET answer = jsonb_set(answer, '{within,0,region_id}', to_jsonb(%s::int))
         WHERE serial = %s""", [places.far, int(number.rsplit("-", 1)[1])])
    page = operator.get(f"/check/{number}").text
    assert "Sumur bor Dusun Selatan" not in page
    assert "baris 4" in page
    assert operator.get(checked).status_code == 404


def test_a_list_is_for_its_sender_and_those_above(client_of, committing, places, checked):
    stranger = client_of(build.person(committing, "field", places.far))
    for end in ("", "/progress", "/sheet.csv", "/sheet.xlsx"):
        assert stranger.get(checked + end).status_code == 404
    assert stranger.post(f"{checked}/cancel").status_code == 404


def test_nothing_of_a_list_becomes_a_work_and_its_file_is_gone(app, committing, checked):
    stored = committing.execute("SELECT count(*) FROM project WHERE name LIKE 'Sumur bor D%' "
                                "AND withdrawn_at IS NULL").fetchone()
    assert stored == (0,)
    (sha256,) = committing.execute("SELECT sha256 FROM check_list WHERE id = %s",
                                   [checked.rsplit("/", 1)[1]]).fetchone()
    assert not (app.extensions["settings"].files / sha256.hex()[:2] / sha256.hex()).exists()


class Killed(BaseException):
    """What stops a worker between two batches, as a power cut does."""


def test_a_killed_worker_goes_on_where_it_stopped_and_answers_no_row_twice(
        app, client, committing, module_database, person, work):
    many = HEAD + "".join(f"Paving gang {n},2026,Dana Desa,1000000,Sarongan,-8.{2000 + n},114.3{600 + n},x\n"
                          for n in range(lists.TOGETHER + 5))
    location = send(client, many)
    list_id = UUID(location.rsplit("/", 1)[1])

    def killed(doing, done, total):
        if doing == "job.checking" and done >= lists.TOGETHER:
            raise Killed

    database = Database(module_database.web_dsn)
    with pytest.raises(Killed):
        lists.check(database, app.extensions["settings"], person, list_id, Told(killed))
    database.close()
    first = committing.execute("SELECT id FROM check_result WHERE list_id = %s ORDER BY position", [list_id]).fetchall()
    assert len(first) == lists.TOGETHER
    work()
    every = committing.execute("SELECT id FROM check_result WHERE list_id = %s ORDER BY position", [list_id]).fetchall()
    assert len(every) == lists.TOGETHER + 5
    assert every[:lists.TOGETHER] == first
    assert committing.execute("SELECT state FROM check_list WHERE id = %s", [list_id]).fetchone() == ("checked",)


def test_a_list_that_waits_can_be_stopped(client, work):
    location = send(client, HEAD + ROWS)
    assert "menunggu giliran" in client.get(location).text
    client.post(f"{location}/cancel")
    work()
    page = client.get(location).text
    assert "Pengecekan dihentikan" in page
    assert "<tbody>" not in page


@pytest.mark.parametrize(("content", "name"), [
    ("", "kosong.csv"), (HEAD, "judul.csv"), (b"\x89PNG\r\n\x1a\n\x00\x00", "foto.xlsx"),
    (HEAD + "a,2024,DD,1,Sarongan,,,\n" * (lists.MOST_ROWS + 1), "besar.csv")])
def test_a_file_that_is_no_list_is_refused_with_a_sentence(client, work, content, name):
    location = send(client, content, name)
    work()
    page = client.get(location).text
    assert "notice-wrong" in page
    assert "Terjadi kesalahan pada sistem" not in page
    if name == "besar.csv":
        assert "5.000" in page


def test_a_list_whose_file_was_lost_is_closed_and_says_so(app, client, committing, work):
    location = send(client, HEAD + ROWS + "Berkas hilang,2026,Dana Desa,1,Sarongan,,,x\n")
    list_id = location.rsplit("/", 1)[1]
    (sha256,) = committing.execute("SELECT sha256 FROM check_list WHERE id = %s", [list_id]).fetchone()
    (app.extensions["settings"].files / sha256.hex()[:2] / sha256.hex()).unlink()
    work()
    assert committing.execute("SELECT state FROM check_list WHERE id = %s", [list_id]).fetchone() == ("refused",)
    assert "notice-wrong" in client.get(location).text


def test_the_limits_are_said_before_anything_is_sent(client):
    page = client.get("/check/lists").text
    assert "paling banyak 5.000 baris" in page
    assert client.post("/check/lists", data={}).status_code == 422


def test_cancelled_is_what_a_running_check_hears(app, client, module_database, person):
    location = send(client, HEAD + ROWS)

    def stop(doing, done, total):
        raise Cancelled

    database = Database(module_database.web_dsn)
    with pytest.raises(Cancelled):
        lists.check(database, app.extensions["settings"], person, UUID(location.rsplit("/", 1)[1]), Told(stop))
    database.close()
    client.post(f"{location}/cancel")


def test_a_row_without_a_point_is_near_to_nothing_and_its_own_want_of_a_point_is_said(client, work):
    """The stored road has a point; only the proposal has none, and what is not measured is not called near."""
    location = send(client, HEAD + "Rabat beton jalan,2024,Dana Desa,180000000,Sarongan,,,x\n")
    work()
    [row] = sheet(client, location)
    assert row["Paling mirip"] == "Rabat beton jalan Dusun Krajan"
    assert row["Jenis kemiripan"] == "Mirip keterangannya, letak tidak dapat dibandingkan"
    listed, own = client.get(location).text, client.get(f"/check/{row['Nomor cek']}").text
    assert "letak tidak dapat dibandingkan" in listed
    ranked = own[own.index('<ol class="ranked">'):own.index("</ol>")]
    assert "letak tidak dapat dibandingkan" in ranked
    assert "usulan ini tanpa titik, jadi jarak tidak diketahui" in ranked
    assert "belum ada titik" not in ranked
    assert "erdekatan" not in ranked.split("<details")[0]


def test_a_row_whose_position_was_refused_says_so_before_any_finding(client, work):
    """A point in the wrong regency was never looked at: only the name was, where the village is known."""
    location = send(client, HEAD + "Gapura batas dusun,2026,Dana Desa,5000000,Sarongan,-6.2000,106.8000,x\n"
                    "Rabat beton jalan,2024,Dana Desa,180000000,Sarongan,-6.2000,106.8000,x\n"
                    "Tugu,2026,Dana Desa,5000000,,-6.2000,106.8000,x\n")
    work()
    gate, road, pillar = sheet(client, location)
    outside = "letaknya di luar Kabupaten Banyuwangi dan tidak dicari"
    assert gate["Temuan"].startswith(f"{outside}; hanya namanya yang dibandingkan")
    assert gate["Temuan"].endswith("tidak ditemukan kemiripan nama")
    assert road["Temuan"].startswith(outside)
    assert road["Temuan"].endswith(("Kuat", "Sedang", "Lemah"))
    assert pillar["Temuan"].startswith(outside)
    assert "tidak ada yang dibandingkan" in pillar["Temuan"]
    page = client.get(location).text
    table = page[page.index("<tbody>"):]
    assert table.count(outside) == 3
    assert ">tidak ditemukan kemiripan<" not in table
    assert "<strong>3</strong> baris yang letaknya tidak dicari" in page
    own = client.get(f"/check/{gate['Nomor cek']}").text
    assert outside[1:] in own
    assert ">Tidak ditemukan kemiripan<" not in own


def test_a_row_without_a_position_is_not_registered_with_this_position(client_of, committing, places, works, work):
    field = client_of(build.person(committing, "field", places.village))
    location = send(field, HEAD + "Gapura batas dusun,2026,Dana Desa,5000000,Sarongan,-6.2000,106.8000,x\n")
    work()
    [row] = sheet(field, location)
    own = field.get(f"/check/{row['Nomor cek']}").text
    assert "dengan letak ini" not in own
    assert "tanpa titik, dengan nomor cek ini" in own
    again = field.post(f"/check/{row['Nomor cek']}/again", data={})
    assert "letaknya di luar Kabupaten Banyuwangi"[1:] in field.get(again.location).text


def test_a_list_and_a_single_check_accept_the_same_years(client, work):
    today = date.today().year
    for year, taken in ((1999, False), (2000, True), (today + 3, True), (today + 4, False)):
        location = send(client, HEAD + f"Gapura,{year},Dana Desa,5000000,Sarongan,-8.2192,114.3692,x\n")
        work()
        assert (not sheet(client, location)[0]["Masalah baris"]) == taken
        assert (client.get(f"/check?at=-8.2192,114.3692&year={year}").status_code == 200) == taken


def test_a_printed_list_bears_its_office_who_printed_it_and_when(client_of, committing, places, works, work):
    planner = client_of(build.person(committing, "planner", places.district, full_name="Bu Rencana"))
    location = send(planner, HEAD + "Tugu batas,2026,Dana Desa,5000000,Sarongan,,,x\n")
    work()
    page = planner.get(location).text
    assert '<header class="letterhead print-only">' in page
    assert re.search(r"Dicetak oleh Bu Rencana, \d+ \w+ \d{4} \d\d\.\d\d", page)
