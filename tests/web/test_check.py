"""Checking a proposal: what is found, what was searched, what may not be shown; nothing is stored."""

import json
import re
from decimal import Decimal
from urllib.parse import urlencode

import pytest
import shapely
from flask.testing import FlaskClient

from app.queries import anomalies
from geo.sentences import worded
from tests import build

VILLAGE = shapely.box(114.35, -8.26, 114.39, -8.18)
AT = "-8.219200, 114.369200"


@pytest.fixture(scope="module")
def village(committing, places):
    committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                       [shapely.to_wkt(VILLAGE), places.village])
    return places.village


@pytest.fixture(scope="module")
def works(committing, village):
    """What stands there: a road, a lamp beside it, a hall without a point."""
    return {
        "road": build.project(committing, village, at=build.line((0, 0), (200, 0)),
                              name="Rabat beton jalan Dusun Krajan", fund="DDS", year=2024, amount=180_000_000),
        "lamp": build.project(committing, village, at=build.away(30, 25), name="PJU tenaga surya", category="other",
                              year=2022, amount=15_000_000),
        "bare": build.project(committing, village, at=None, name="Pembangunan gedung posyandu Melati RT 03",
                              category="building", year=2025, amount=95_000_000)}


@pytest.fixture
def client(client_of, committing, places, works) -> FlaskClient:
    return client_of(build.person(committing, "planner", places.district))


def ask(client: FlaskClient, at: str = AT, **fields: str):
    return client.get("/check?" + urlencode({"at": at, **fields}))


def test_the_same_road_is_found_with_its_strength_kind_sentence_and_facts(client) -> None:
    page = ask(client, "LINESTRING (114.369200 -8.219200, 114.371016 -8.219200)",
               name="Rabat beton jl. Dsn. Krajan", year="2024", fund="PBK", category="road", amount="Rp 180 juta").text
    first = page[page.index('<ol class="ranked">'):page.index("</ol>")]
    assert worded("kind.double_funding", "id") in first
    assert "Rabat beton jalan Dusun Krajan" in first
    assert "Rp 180.000.000" in first.replace("\xa0", " ")
    assert "2024" in first
    assert re.search(r"berimpit \d+", first)
    assert "menguatkan" in first
    assert "<svg class=\"minimap\"" in first
    assert re.search(r'class="mark strength">(?:<[^>]*>)*([^<]*)<', first)[1] == "Kuat"


def test_it_says_what_was_searched(client) -> None:
    page = ask(client, name="Apa saja").text
    assert "Dicari di 3 kegiatan, 2022–2025" in page
    assert "1 kegiatan belum ada titik dan hanya dibandingkan lewat desa dan nama" in page
    assert "tanpa nama usulan" in ask(client).text


def test_an_empty_question_is_told_what_to_give(client) -> None:
    answer = client.post("/check", data={"at": "", "name": ""}, follow_redirects=True)
    assert answer.status_code == 422
    assert "Ketik koordinat, klik peta, atau gambar ruasnya." in answer.text
    assert client.get("/check").status_code == 200


def test_an_empty_answer_is_no_guarantee(client) -> None:
    page = ask(client, "-8.250000, 114.380000").text
    assert "Ini bukan jaminan: 1 kegiatan belum ada titik" in page
    assert '<ol class="ranked">' not in page


def test_a_work_without_a_point_is_found_by_village_and_name(client) -> None:
    page = ask(client, "-8.250000, 114.380000", name="Pembangunan gedung posyandu Melati RT 03", year="2025",
               category="building", amount="95000000").text
    assert "Pembangunan gedung posyandu Melati RT 03</a>" in page
    assert "belum ada titik" in page[page.index('<ol class="ranked">'):]


def test_points_one_to_a_row_are_a_line_and_geojson_is_read(client) -> None:
    rows = ask(client, "-8.2192, 114.3692\n-8.2192, 114.3710").text
    feature = {"type": "Feature", "properties": {}, "geometry": {
        "type": "LineString", "coordinates": [[114.3692, -8.2192], [114.3710, -8.2192]]}}
    pasted = ask(client, json.dumps(feature)).text
    for page in (rows, pasted):
        assert "Rabat beton jalan Dusun Krajan" in page
        assert re.search(r"berimpit \d+", page)


@pytest.mark.parametrize("text", ["di sana", "{\"type\": \"Feature\"", "{}", "POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))",
                                  "POLYGON ((114.3 -8.2, 114.4 -8.3, 114.3 -8.3, 114.4 -8.2, 114.3 -8.2))",
                                  "LINESTRING (114.2 -8.2, 114.9 -8.2)", "1e999, 1e999",
                                  "{\"type\":\"Point\",\"coordinates\":[]}"])
def test_what_is_no_place_is_refused_with_a_sentence_and_kept(client, text) -> None:
    page = ask(client, text)
    assert page.status_code == 422
    assert "at-error" in page.text
    assert str(text[:5].replace("{", "{")).replace('"', "&#34;") in page.text


def test_swapped_numbers_are_suggested_and_keep_the_other_fields(client) -> None:
    page = ask(client, "114.3692, 8.2192", name="Rabat")
    assert page.status_code == 422
    taken = re.search(r'name="use" value="([^"]+)"', page.text)[1]
    after = client.post("/check", data={"at": "114.3692, 8.2192", "use": taken, "name": "Rabat"})
    assert after.status_code == 303
    assert "name=Rabat" in after.location
    assert client.get(after.location).status_code == 200


def test_wrong_years_and_amounts_are_said_beside_their_fields(client) -> None:
    page = ask(client, year="1066", amount="banyak sekali")
    assert page.status_code == 422
    assert "year-error" in page.text
    assert "amount-error" in page.text
    assert 'value="banyak sekali"' in page.text


def test_a_long_geometry_is_answered_without_an_address(client) -> None:
    text = shapely.to_wkt(shapely.LineString([build.away(k, k % 3) for k in range(200)]))
    page = client.post("/check", data={"at": text})
    assert page.status_code == 200
    assert "Rabat beton jalan Dusun Krajan" in page.text


def test_a_foreign_draft_shows_its_village_and_kind_alone(client, client_of, committing, places) -> None:
    secret = build.project(committing, places.far, at=build.away(5, 0), name="Rabat beton jalan Dusun Krajan rahasia",
                           stage="proposed", amount=777_000_000, fund="PBK")
    try:
        page = ask(client, name="Rabat beton jalan Dusun Krajan", year="2024", category="road").text
        assert "Usulan di Kesilir" in page
        assert str(secret) not in page
        assert "777.000.000" not in page.replace("\xa0", " ")
        assert "rahasia" not in page
        own = client_of(build.person(committing, "planner", places.regency))
        assert str(secret) in ask(own, name="Rabat beton jalan Dusun Krajan", year="2024", category="road").text
    finally:
        committing.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [secret])


def test_nothing_is_stored_and_visitors_are_sent_away(client, visitor, committing) -> None:
    def counts():
        return committing.execute("SELECT (SELECT count(*) FROM project), (SELECT count(*) FROM site), "
                                  "(SELECT count(*) FROM pair)").fetchone()

    before = counts()
    ask(client, name="Rabat beton jalan Dusun Krajan")
    assert counts() == before
    assert visitor.get("/check").status_code in (302, 303, 401)


def test_the_map_and_the_project_page_lead_here_with_a_point(client) -> None:
    assert "-8.219200, 114.369200" in client.get("/check?lon=114.3692&lat=-8.2192").text


def test_a_village_with_more_works_without_a_point_than_are_compared_says_so(app, client_of, committing, places):
    """Two hundred are compared; that there are more is said by the check, its kept page, and the village's pages."""
    east = shapely.box(114.45, -8.26, 114.47, -8.24)
    village = build.region(committing, "Sumberbanyak", parent=places.district, geometry=east)
    (code,) = committing.execute("SELECT code FROM region WHERE id = %s", [village]).fetchone()
    planner = build.person(committing, "planner", places.district)

    def add(first, last):
        committing.execute(
            "INSERT INTO project (source, source_key, region_id, village_known, name, entered_by) "
            "SELECT 'tes', 'banyak-' || n, %s, true, 'Pavingisasi gang ' || n, %s "
            "FROM generate_series(%s::int, %s::int) n",
            [village, planner, first, last])

    client = client_of(planner)
    said = "Lebih dari 200 kegiatan di Sumberbanyak belum ada titik"
    asked = {"at": "-8.250000, 114.460000", "name": "Pavingisasi gang 7"}
    add(1, 200)
    assert said not in ask(client, **asked).text
    assert "belum ada titik: cek" not in client.get(f"/projects?village={code}").text
    add(201, 201)
    assert said in ask(client, **asked).text
    assert said not in ask(client, at=asked["at"]).text, "without a name none of them is compared"
    assert said not in ask(client, **asked | {"at": AT}).text, "another village"
    kept = client.post("/check/keep", data=asked).location
    assert said in client.get(kept).text
    assert "Lebih dari 200 kegiatan di desa ini belum ada titik" in client.get(f"/projects?village={code}").text
    with app.extensions["database"].transaction(read_only=False) as connection:
        anomalies.refresh(connection, Decimal(200_000_000))
    ranked = client.get(f"/inspection/villages?village={code}").text
    assert "Lebih dari 200 kegiatan di desa ini belum ada titik" in ranked


def test_a_place_outside_is_told_outside_of_what_and_what_to_do(client, committing, places) -> None:
    committing.execute("UPDATE region SET name = 'Kabupaten Uji' WHERE id = %s", [places.regency])
    answer = ask(client, "-6.2, 106.8")
    assert answer.status_code == 422
    assert "-6.200000, 106.800000 berada di luar Kabupaten Uji. Periksa urutannya" in answer.text


@pytest.mark.parametrize(("shape", "said"), [
    ("POLYGON ((114.36 -8.21, 114.37 -8.22, 114.37 -8.21, 114.36 -8.22, 114.36 -8.21))",
     "memotong dirinya sendiri di bujur 114.365000, lintang -8.215000"),
    ("LINESTRING (114.3692 -8.2192, 114.3692 -8.2192)",
     "panjangnya nol: semua titiknya sama (bujur 114.369200, lintang -8.219200)")])
def test_a_crossing_border_and_a_line_without_length_each_have_their_sentence(client, shape, said) -> None:
    answer = ask(client, shape)
    assert answer.status_code == 422
    assert said in answer.text
