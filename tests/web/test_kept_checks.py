"""Kept checks: a number that reopens an answer as it was, for whom it is meant, and what may be made of it."""

import io
import json
import re
from uuid import uuid4

import pytest
import shapely

from tests import build

VILLAGE = shapely.box(114.35, -8.26, 114.39, -8.18)
BESIDE = shapely.box(114.39, -8.26, 114.43, -8.18)
LINE = "LINESTRING (114.369200 -8.219200, 114.371016 -8.219200)"
ROAD = {"at": LINE, "name": "Rabat beton jl. Dsn. Krajan", "year": "2024", "fund": "PBK", "category": "road",
        "amount": "Rp 180 juta"}


@pytest.fixture(scope="module")
def village(committing, places):
    for shape, region in ((VILLAGE, places.village), (BESIDE, places.neighbour)):
        committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                           [shapely.to_wkt(shape), region])
    return places.village


@pytest.fixture(scope="module")
def works(committing, village):
    """A road, and nine others of known costs around it, a plan for next year beside it."""
    for place in range(9):
        build.project(committing, village, at=build.line((0, 900 + 200 * place), (100, 900 + 200 * place)),
                      name=f"Paving gang {place}", category="road", year=2023, fund="DDS",
                      amount=(place + 1) * 10_000_000)
    return {"road": build.project(committing, village, at=build.line((0, 0), (200, 0)), category="road",
                                  name="Rabat beton jalan Dusun Krajan", fund="DDS", year=2024, amount=180_000_000)}


@pytest.fixture
def planner(client_of, committing, places, works):
    return client_of(build.person(committing, "planner", places.district))


@pytest.fixture
def operator_of(client_of, committing):
    return lambda region: client_of(build.person(committing, "field", region))


def keep(client, **fields) -> str:
    """Keep a check; its number."""
    answer = client.post("/check/keep", data=ROAD | {"once": str(uuid4())} | fields)
    assert answer.status_code == 303, answer.text
    return answer.location.rsplit("/", 1)[1]


def test_a_kept_check_has_a_number_a_code_and_says_what_it_was(planner):
    number = keep(planner)
    assert re.fullmatch(r"CEK-\d{4}-\d{6}", number)
    page = planner.get(f"/check/{number}").text
    assert "Rabat beton jalan Dusun Krajan" in page
    assert 'src="data:image/svg+xml' in page
    assert "Seperti adanya pada" in page
    assert "Dicari di" in page


def test_the_button_pressed_twice_keeps_one_check(planner):
    once = str(uuid4())
    assert keep(planner, once=once) == keep(planner, once=once)


def test_asking_keeps_nothing(planner, committing):
    before = committing.execute("SELECT count(*) FROM check_result").fetchone()
    assert planner.post("/check", data=ROAD, follow_redirects=True).status_code == 200
    assert committing.execute("SELECT count(*) FROM check_result").fetchone() == before


def test_it_is_opened_as_it_was_and_asked_again_it_says_what_changed(planner, committing, village):
    number = keep(planner)
    new = build.project(committing, village, at=build.line((0, 1), (200, 1)), category="road", fund="PBK", year=2024,
                        name="Rabat beton jalan Krajan susulan", amount=179_000_000)
    assert "Krajan susulan" not in planner.get(f"/check/{number}").text
    again = planner.get(f"/check/{number}/again").text
    changed = again[again.index("Yang berubah sejak"):again.index("asked-facts")]
    assert "baru" in changed
    assert "Rabat beton jalan Krajan susulan" in changed
    committing.execute("UPDATE project SET withdrawn_at = now(), name = 'lain' WHERE id = %s", [new])
    later = planner.post(f"/check/{number}/again", data={"once": str(uuid4())})
    assert later.status_code == 303
    assert later.location.rsplit("/", 1)[1] != number


def test_a_number_that_is_not_there_and_one_of_somebody_else_are_answered_alike(planner, operator_of, places):
    number = keep(planner)
    stranger = operator_of(places.far)
    for asked in (number, "CEK-2026-999999", "CEK-9", "x"):
        answer = stranger.get(f"/check/{asked}")
        assert answer.status_code == 404
        assert "bukan untuk Anda" in answer.text
        assert stranger.post(f"/check/{asked}/register", data={}).status_code == 404


def test_whose_territory_holds_the_place_reads_it_but_no_draft_of_others(
        planner, operator_of, committing, village, places):
    """The planner of a district sees drafts of both villages; the operator of one of them only their own."""
    draft = build.project(committing, places.neighbour, at=build.line((0, 2), (200, 2)), category="road", year=2024,
                          stage="proposed", name="Rabat beton jalan Dusun Krajan rahasia", amount=181_000_000)
    try:
        number = keep(planner)
        assert "Rabat beton jalan Dusun Krajan rahasia" in planner.get(f"/check/{number}").text
        page = operator_of(village).get(f"/check/{number}")
        assert page.status_code == 200
        assert "Krajan rahasia" not in page.text
        assert "Usulan di Kandangan" in page.text
        assert str(draft) not in page.text
    finally:
        committing.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [draft])


def test_a_kept_check_is_registered_once_as_a_draft_with_its_number_and_stands_in_the_pairs(
        operator_of, committing, village, works):
    client = operator_of(village)
    number = keep(client)
    first = client.post(f"/check/{number}/register", data={})
    assert first.status_code == 303, first.text
    assert client.post(f"/check/{number}/register", data={}).location == first.location
    project = first.location.rsplit("/", 1)[1]
    row = committing.execute("SELECT name, stage, draft, record, source_key, region_id, amount FROM project "
                             "WHERE id = %s", [project]).fetchone()
    assert row[:6] == (ROAD["name"], "proposed", True, number, number, village)
    assert row[6] == 180_000_000
    pairs = committing.execute("SELECT count(*) FROM pair WHERE %s IN (left_project, right_project) "
                               "AND retired_at IS NULL", [project]).fetchone()
    assert pairs[0] >= 1
    assert number in client.get(first.location).text
    assert "Sudah didaftarkan" in client.get(f"/check/{number}").text
    committing.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [project])


def test_who_enters_no_works_there_is_told_to_ask_the_village(operator_of, places, works):
    client = operator_of(places.neighbour)
    number = keep(client)
    assert "Daftarkan sebagai usulan" not in client.get(f"/check/{number}").text
    answer = client.post(f"/check/{number}/register", data={})
    assert answer.status_code == 422
    assert "Anda tidak mencatat kegiatan di Sarongan" in answer.text


def test_a_place_outside_every_village_is_said_and_not_registered(planner):
    number = keep(planner, at="-8.30000, 114.60000")
    page = planner.get(f"/check/{number}").text
    assert "di luar semua desa yang dikenal; mungkin di laut" in page
    answer = planner.post(f"/check/{number}/register", data={})
    assert answer.status_code == 422
    assert "tidak dapat didaftarkan" in answer.text


def test_cost_per_metre_is_told_beside_like_works_where_there_are_enough(planner):
    """Nine works of 100 m cost 10 to 90 million: the middle is 500.000 a metre; 180 million on 200 m is 900.000."""
    page = planner.get("/check", query_string=ROAD | {"year": "2024", "name": "x"}).text.replace("\xa0", " ")
    assert "Biaya per meter" in page
    assert '<svg class="strip"' in page
    assert re.search(r"Dari 10 kegiatan", page)
    lamp = planner.get("/check", query_string=ROAD | {"category": "lighting"}).text
    assert '<svg class="strip"' not in lamp
    assert "terlalu sedikit untuk menyebut biaya yang lazim" in lamp


def test_what_is_planned_beside_it_is_named_whatever_its_kind(planner, committing, village):
    (year,) = committing.execute("SELECT extract(year FROM now())::int").fetchone()
    for place, (name, when) in enumerate((("Rencana pos kamling", year + 1), ("Rencana lama pos", year - 2))):
        build.project(committing, village, at=build.away(60, 60 + place), name=name, category="building", year=when,
                      stage="planned", amount=20_000_000)
    page = planner.get("/check", query_string=ROAD).text
    planned = page[page.index("Sudah direncanakan"):page.index("Lainnya di sekitar sini")
                   if "Lainnya di sekitar sini" in page else None]
    assert "Rencana pos kamling" in planned
    assert "Rencana lama pos" not in planned


SHAPE = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"nama": "Rabat"}, "geometry": {
    "type": "Polygon", "coordinates": [[[114.3692, -8.2192], [114.3710, -8.2192], [114.3710, -8.2190],
                                        [114.3692, -8.2190], [114.3692, -8.2192]]]}}]}


def send_shape(client, content: str, name: str):
    return client.post("/check", data={"at": "", "name": "Rabat", "shape": (io.BytesIO(content.encode()), name)},
                       follow_redirects=True)


def test_a_file_with_one_shape_asks(planner):
    page = send_shape(planner, json.dumps(SHAPE), "ruas.geojson")
    assert page.status_code == 200, page.text[-2000:]
    assert "POLYGON" in page.text
    assert "Dicari di" in page.text


@pytest.mark.parametrize(("content", "name", "said"), [
    (json.dumps(SHAPE | {"features": SHAPE["features"] * 2}), "dua.geojson", "berisi 2 letak"),
    ("", "kosong.geojson", "shape-error"), ("\x00\x01\x02", "rusak.zip", "shape-error"),
    ("nama kegiatan,tahun\nRabat,2024\n", "tanpa.csv", "Tidak ada letak")])
def test_a_file_that_answers_for_no_single_place_is_told_why(planner, content, name, said):
    page = send_shape(planner, content, name)
    assert page.status_code == 422
    assert said in page.text


@pytest.mark.parametrize(("fields", "said"), [
    ({"year": "1900"}, "year-error"), ({"volume": "banyak"}, "volume-error"),
    ({"at": "POLYGON ((114.36 -8.22, 114.37 -8.21, 114.37 -8.22, 114.36 -8.21, 114.36 -8.22))"}, "at-error"),
    ({"at": "10.5, 20.5"}, "at-error")])
def test_what_cannot_be_asked_is_not_kept_either(planner, committing, fields, said):
    before = committing.execute("SELECT count(*) FROM check_result").fetchone()
    answer = planner.post("/check/keep", data=ROAD | fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert committing.execute("SELECT count(*) FROM check_result").fetchone() == before
