"""Sending a point: for whom, read how, shown what, stored where; nothing typed is lost."""

import re
from uuid import UUID

import pytest
import shapely
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geo import coordinates
from tests import build

VILLAGE = shapely.box(114.35, -8.26, 114.39, -8.18)
NEIGHBOUR = shapely.box(114.39, -8.26, 114.43, -8.18)


@pytest.fixture(scope="module")
def village(committing, places):
    for region, shape in ((places.village, VILLAGE), (places.neighbour, NEIGHBOUR)):
        committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)), approximate = false "
                           "WHERE id = %s", [shapely.to_wkt(shape), region])
    return places.village


@pytest.fixture
def work(committing, village):
    """A work that has no point yet."""
    committing.execute("UPDATE project SET withdrawn_at = now() WHERE withdrawn_at IS NULL")
    return build.project(committing, village, at=None, name="Rabat beton jalan Dusun Krajan RT 02")


@pytest.fixture
def operator(committing, village):
    return build.person(committing, "field", village)


@pytest.fixture
def client(client_of, operator) -> FlaskClient:
    return client_of(operator)


def text_of(lon_lat: tuple[float, float]) -> str:
    return coordinates.written(*lon_lat)


def send(client: FlaskClient, work: UUID, at: str = "", seen: bool = True, **fields: str) -> TestResponse:
    """The form as the page's script sends it: what stands around the place has been seen."""
    at = at or text_of(build.HOME)
    return client.post("/sites/new", data={"project": str(work), "coordinate": at, "seen": at if seen else "",
                                           "fix": at, **fields})


def sites_of(committing, work: UUID) -> list:
    return committing.execute(
        "SELECT method, accuracy_m, ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom)), reason, outside_m, "
        "found_region_id, superseded_at IS NULL FROM site WHERE project_id = %s ORDER BY id", [work]).fetchall()


def test_the_operator_finds_the_works_of_the_own_village_those_without_a_point_first(
        client, committing, work, village, places) -> None:
    build.project(committing, village, name="Drainase sudah bertitik", year=2026)
    build.project(committing, places.far, name="Jembatan desa lain")
    page = client.get("/sites/new").text
    assert page.index("Rabat beton jalan Dusun Krajan RT 02") < page.index("Drainase sudah bertitik")
    assert "Belum ada titik" in page
    assert "Jembatan desa lain" not in page
    assert "Drainase" not in client.get("/sites/new?q=rabat+krajan").text


def test_a_point_from_the_phone_is_stored_with_its_accuracy_and_its_village(
        client, committing, work, village) -> None:
    sent = send(client, work, method="gps", accuracy_m="8.2")
    assert sent.status_code == 303
    (method, accuracy_m, lon, lat, reason, outside_m, found, current), = sites_of(committing, work)
    assert (method, round(accuracy_m, 1), reason, outside_m, found, current) == ("gps", 8.2, None, 0, village, True)
    assert (lon, lat) == pytest.approx(build.HOME, abs=1e-6)
    page = client.get(sent.location).text
    assert "Ya, Sarongan" in page
    assert "± 8 m" in page


def test_what_stands_within_a_hundred_metres_is_shown_before_anything_is_stored(
        client, committing, work, village) -> None:
    build.project(committing, village, at=build.away(60, 0), name="Gorong-gorong dekat", fund="ADD", year=2023)
    build.project(committing, village, at=build.away(180, 0), name="Gorong-gorong jauh")
    page = send(client, work, seen=False)
    assert page.status_code == 200
    assert sites_of(committing, work) == []
    assert "Gorong-gorong dekat" in page.text
    assert "Gorong-gorong jauh" not in page.text
    assert re.search(r"near-m\">6\d m<|near-m\">60 m<", page.text)
    seen = re.search(r'name="seen" value="([^"]+)"', page.text)[1]
    assert send(client, work, seen).status_code == 303


def test_a_coarse_point_needs_a_reason_and_what_was_typed_stays(client, committing, work) -> None:
    refused = send(client, work, method="gps", accuracy_m="34")
    assert refused.status_code == 422
    assert "lebih dari batas 20 m" in refused.text
    assert f'value="{text_of(build.HOME)}"' in refused.text
    assert sites_of(committing, work) == []
    assert send(client, work, method="gps", accuracy_m="34", reason="Di bawah pohon rapat").status_code == 303
    assert sites_of(committing, work)[0][4] == "Di bawah pohon rapat"


def test_a_position_without_its_accuracy_cannot_slip_past_the_limit(client, committing, work) -> None:
    for accuracy in ("", "nan", "-3", "99999"):
        assert send(client, work, method="gps", accuracy_m=accuracy).status_code == 422
    assert sites_of(committing, work) == []


def test_a_coordinate_that_was_changed_by_hand_is_no_longer_from_the_phone(client, committing, work) -> None:
    there = text_of(build.away(30, 0))
    client.post("/sites/new", data={"project": str(work), "coordinate": there, "seen": there, "method": "gps",
                                    "accuracy_m": "5", "fix": text_of(build.HOME)})
    assert sites_of(committing, work)[0][:2] == (None, None)


def test_a_new_point_supersedes_the_former_one_which_is_kept(client, committing, work) -> None:
    send(client, work, method="drawn")
    there = send(client, work, text_of(build.away(40, 0)), method="drawn")
    assert [row[7] for row in sites_of(committing, work)] == [False, True]
    assert "tetap disimpan sebagai riwayat" in client.get(there.location).text


def test_pressing_send_twice_stores_one_point(client, committing, work) -> None:
    first, second = send(client, work, method="gps", accuracy_m="6"), send(client, work, method="gps", accuracy_m="6")
    assert first.location == second.location
    assert len(sites_of(committing, work)) == 1


def test_swapped_numbers_are_suggested_never_applied(client, committing, work) -> None:
    lon, lat = build.HOME
    page = send(client, work, f"{lon:.6f}, {-lat:.6f}")
    assert page.status_code == 422
    taken = re.search(r'name="use" value="([^"]+)"', page.text)[1]
    assert sites_of(committing, work) == []
    assert taken == text_of(build.HOME)
    after = client.post("/sites/new", data={"project": str(work), "coordinate": "x", "use": taken})
    assert f'value="{taken}"' in after.text
    assert sites_of(committing, work) == []


@pytest.mark.parametrize("text", ["", "di depan balai desa", "<b>-8</b>", "POINT EMPTY",
                                  "LINESTRING (114.36 -8.2, 114.37 -8.2)"])
def test_what_is_no_point_is_refused_with_a_sentence(client, committing, work, text) -> None:
    page = client.post("/sites/new", data={"project": str(work), "coordinate": text, "seen": "x"})
    assert page.status_code == 422
    assert "coordinate-error" in page.text
    assert "<b>-8</b>" not in page.text
    assert sites_of(committing, work) == []


def test_a_point_at_sea_needs_a_reason_and_a_confirmation(client, committing, work) -> None:
    sea = "-8.290000, 114.370000"
    assert send(client, work, sea).status_code == 422
    assert send(client, work, sea, reason="Dermaga terapung").status_code == 422
    assert sites_of(committing, work) == []
    sent = send(client, work, sea, reason="Dermaga terapung", confirmed="1")
    assert sent.status_code == 303
    assert sites_of(committing, work)[0][6] is None
    assert "di luar Sarongan" in client.get(sent.location).text


def test_a_point_in_the_next_village_is_said_to_be_outside_and_still_belongs_to_the_own(
        client, committing, work, village, places) -> None:
    there = text_of((114.395, -8.22))
    assert "di dalam Kandangan" in send(client, work, there, seen=False).text
    sent = send(client, work, there, method="drawn")
    assert sites_of(committing, work)[0][6] == places.neighbour
    assert committing.execute("SELECT region_id FROM project WHERE id = %s", [work]).fetchone()[0] == village
    assert "di Kandangan" in client.get(sent.location).text


def test_against_approximate_borders_nothing_is_said_for_certain(client, committing, work, village) -> None:
    committing.execute("UPDATE region SET approximate = true WHERE level = 'village'")
    try:
        own = "Kira-kira di Sarongan (batas perkiraan); di dalam desa Sarongan? tidak dapat dipastikan."
        assert f'<p class="small quiet">{own}' in send(client, work, seen=False).text
        sent = send(client, work, method="drawn")
        assert sites_of(committing, work)[0][5:7] == (None, None)
        assert f'<p class="small quiet">{own}' in client.get(sent.location).text
        there = text_of((114.395, -8.22))
        other = "Kira-kira di Kandangan (batas perkiraan); di dalam desa Sarongan? tidak dapat dipastikan."
        notice = re.compile(r'class="notice"[^<]*<svg.*?</svg><div>\s*' + re.escape(other), re.S)
        assert notice.search(send(client, work, there, seen=False).text)
        assert notice.search(client.get(send(client, work, there, method="drawn").location).text)
    finally:
        committing.execute("UPDATE region SET approximate = false WHERE level = 'village'")


def test_the_pair_that_comes_of_a_point_is_there_with_the_answer(client, committing, work, village) -> None:
    twin = build.project(committing, village, name="Rabat beton jln Dsn Krajan RT 02", fund="PBK", at=build.away(4, 0))
    sent = send(client, work, method="gps", accuracy_m="4")
    assert committing.execute("SELECT count(*) FROM pair WHERE %s IN (left_project, right_project) AND to_look_at",
                              [twin]).fetchone() == (1,)
    assert "Rabat beton jln Dsn Krajan RT 02" in client.get(sent.location).text


def test_a_stretch_of_road_does_not_become_a_point_by_accident(client, committing, village, work) -> None:
    road = build.project(committing, village, at=build.line((0, 0), (300, 0)), name="Aspal jalan poros")
    assert send(client, road, method="drawn").status_code == 422
    assert len(sites_of(committing, road)) == 1
    assert send(client, road, method="drawn", reason="Ruas lama salah", confirmed="1").status_code == 303
    assert [row[7] for row in sites_of(committing, road)] == [False, True]


def test_a_work_of_another_village_and_an_unknown_one_are_answered_alike(client, committing, places) -> None:
    foreign = build.project(committing, places.far)
    answers = [(got.status_code, re.sub(r"csrf-token\" content=\"[^\"]*|nonce-?=?\"[^\"]*", "", got.text)) for got in (
        send(client, foreign), send(client, UUID(int=7)))]
    assert answers[0][0] == answers[1][0] == 404
    assert sites_of(committing, foreign)[0][7]
    assert client.get(f"/sites/near?project={foreign}&coordinate=-8.2,114.3").status_code == 404


def test_who_may_not_send_is_refused(client_of, committing, visitor, places, work) -> None:
    auditor = client_of(build.person(committing, "auditor", places.regency))
    assert auditor.get("/sites/new").status_code == 403
    assert send(auditor, work).status_code == 403
    assert visitor.get("/sites/new").status_code in (302, 303, 401)


def test_a_foreign_draft_is_not_listed_near_a_point(client, committing, work, places) -> None:
    build.project(committing, places.neighbour, at=build.away(10, 0), name="Usulan rahasia", stage="proposed")
    assert "Usulan rahasia" not in send(client, work, seen=False).text


def test_a_place_picked_on_the_map_is_carried_to_the_form(client, work) -> None:
    lon, lat = build.HOME
    page = client.get(f"/sites/new?lon={lon}&lat={lat}").text
    onward = re.search(rf'href="(/sites/new\?project={work}[^"]*)"', page)[1].replace("&amp;", "&")
    assert f'value="{text_of(build.HOME)}"' in client.get(onward).text


@pytest.mark.parametrize("role", ["planner", "admin"])
def test_works_of_a_region_without_a_district_are_chosen_under_a_name(
        client_of, committing, work, places, role) -> None:
    build.project(committing, places.root, at=None, name="Talud tanpa desa")
    planner = client_of(build.person(committing, role))
    page = planner.get("/sites/new")
    assert page.status_code == 200
    assert 'label="Tanpa kecamatan"' in page.text
    assert 'label="Pesanggaran"' in page.text
    assert "Talud tanpa desa" in planner.get(f"/sites/new?village={places.root}").text


def test_a_planned_stretch_is_a_point_and_a_claimed_one_is_added_beside_it(client, committing, work, village) -> None:
    road = build.project(committing, village, at=None, name="Aspal rencana")
    build.site(committing, road, build.line((0, 0), (300, 0)), role="planned")
    assert "Belum ada titik" not in client.get("/sites/new?q=aspal+rencana").text
    page = send(client, road, seen=False).text
    assert "sudah ada titik" in page
    assert "letak rencana; titik ini ditambahkan di sampingnya" in page
    assert "menggantikannya" not in page
    assert send(client, road, method="drawn").status_code == 303
    assert committing.execute("SELECT role FROM site WHERE project_id = %s AND superseded_at IS NULL ORDER BY id",
                              [road]).fetchall() == [("planned",), ("claimed",)]
    assert "letak rencana" not in send(client, road, text_of(build.away(9, 0)), seen=False).text


def test_a_visited_place_stays_the_one_that_is_compared(client, committing, work, village) -> None:
    seen = build.project(committing, village, at=None)
    build.site(committing, seen, build.line((0, 0), (300, 0)), role="visited")
    page = send(client, seen, seen=False).text
    assert "Letak yang dikunjungi tetap tercatat dan tetap yang dibandingkan" in page
    assert "menggantikannya" not in page


def test_two_points_on_one_line_are_not_read_as_one(client, committing, work) -> None:
    page = send(client, work, "-8.219 114.369 -8.220 114.370")
    assert page.status_code == 422
    assert "tampaknya dua pasang lintang dan bujur" in page.text
    assert sites_of(committing, work) == []


def test_a_character_that_no_text_can_hold_is_left_out(client, committing, work, village) -> None:
    assert client.get(f"/sites/new?q=%00&village={village}").status_code == 400
    assert send(client, work, method="gps", accuracy_m="34", reason="Di bawah\0 pohon").status_code == 303
    assert sites_of(committing, work)[0][4] == "Di bawah pohon"
