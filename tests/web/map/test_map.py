"""The map page over HTTP: its list, cards and search, and that no text becomes markup."""

import json
import re
from datetime import date

import pytest
import shapely

from app.maps.families import STYLES, family_of
from tests import build
from tests.web.map.seeing import HOSTILE, TILE, shown


@pytest.mark.parametrize("address", [
    "/map", "/map/list", "/map/card", "/map/works.json?box=114,-9,115,-8", "/map/land.json", "/map/places?q=a",
    f"/tiles/works/{TILE}", f"/tiles/regions/{TILE}",
])  # fmt: skip
def test_a_visitor_sees_no_map(visitor, address):
    assert visitor.get(address).status_code in (302, 401)


def test_the_page_carries_its_nonce_and_names_no_other_host(browser):
    page = browser.get("/map")
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    text = page.get_data(as_text=True)
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)([^>]*)>", text)
    assert inline
    assert all(f'nonce="{nonce}"' in tag for tag in inline)
    assert re.findall(r'(?:src|href)="https?://', text.replace("https://www.google.com/maps", "")) == []
    assert "worker-src 'self'" in policy


def test_a_hostile_name_stays_text_in_list_and_card(browser, work):
    for address in (f"/map?work={work}", "/map/list", f"/map/card?work={work}"):
        text = browser.get(address).get_data(as_text=True)
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


def test_the_list_beside_the_map_sums_what_the_filter_leaves(browser, committing, places):
    build.project(committing, places.village, name="Gapura", year=2019, amount=7_500_000, at=None)
    text = browser.get("/map/list?year=2019").get_data(as_text=True)
    assert "Gapura" in text
    assert "7,5 juta" in text
    assert "1 belum ada titik" in text


def test_the_list_of_an_area_holds_only_what_stands_there(browser, committing, places):
    build.project(committing, places.village, name="Jembatan jauh", at=(114.9, -8.9))
    lon, lat = build.HOME
    here = browser.get(f"/map/list?box={lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}").get_data(as_text=True)
    there = browser.get("/map/list?box=114.89,-8.91,114.91,-8.89").get_data(as_text=True)
    assert "Jembatan jauh" not in here
    assert "Jembatan jauh" in there


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "5,5,4,6", "nan,0,1,1", "0,0,inf,1"])
def test_what_is_no_box_is_not_found(browser, box):
    assert browser.get(f"/map/list?box={box}").status_code == 404


def test_works_on_one_spot_make_one_card(browser, committing, places, work):
    other = build.project(committing, places.village, name="Drainase")
    text = browser.get(f"/map/card?work={work},{other}").get_data(as_text=True)
    assert "2 kegiatan di titik ini" in text
    assert text.count("data-select") == 2
    near = build.project(committing, places.village, name="Plengsengan", at=build.away(2, 0))
    text = browser.get(f"/map/card?work={work},{near}").get_data(as_text=True)
    assert "2 kegiatan berdekatan di sini" in text


def test_a_draft_of_another_village_has_no_card(client_of, committing, places):
    draft = build.project(committing, places.far, stage="proposed", name="Rahasia")
    foreign = client_of(build.person(committing, "field", places.neighbour))
    own = client_of(build.person(committing, "field", places.far))
    assert foreign.get(f"/map/card?work={draft}").status_code == 404
    assert own.get(f"/map/card?work={draft}").status_code == 200
    for address in ("/map/list?q=Rahasia", "/map/places?q=Rahasia", "/map/works.json?box=114,-9,115,-8&q=Rahasia"):
        assert "Rahasia" not in foreign.get(address).get_data(as_text=True).replace('value="Rahasia"', "")


@pytest.mark.parametrize("work_id", ["nothing", "00000000-0000-0000-0000-000000000000", "'; DROP TABLE project; --"])
def test_an_unknown_work_has_no_card(browser, work_id):
    assert browser.get("/map/card", query_string={"work": work_id}).status_code == 404


def test_typed_coordinates_are_a_place(browser):
    (place,) = browser.get("/map/places?q=-8.219233, 114.369227").json["places"]
    assert (place["kind"], place["lon"], place["lat"]) == ("point", 114.369227, -8.219233)


def test_a_village_and_a_work_are_found_by_name(browser, committing, places):
    lon, lat = build.HOME
    build.region(committing, "Sumberwangi", parent=places.district,
                 geometry=shapely.box(lon, lat, lon + 0.01, lat + 0.01))
    build.project(committing, places.village, name="Rabat beton Sumberwangi 100%")
    found = browser.get("/map/places?q=sumberwangi").json["places"]
    assert [one["kind"] for one in found] == ["village", "work"]
    assert browser.get("/map/places?q=100%25").json["places"][0]["kind"] == "work"
    assert browser.get("/map/places?q=_%25_").json["places"] == []


def test_a_browser_without_webgl_gets_the_same_works_as_shapes(browser, work):
    answer = browser.get("/map/works.json?box=114.3,-8.3,114.4,-8.1").json
    names = {one["properties"]["project"]: one["properties"] for one in answer["features"]
             if one["properties"]["kind"] == "work"}
    assert names[str(work)]["name"] == HOSTILE
    assert names[str(work)]["colour"] == "#0072b2"


@pytest.mark.parametrize("by", STYLES)
def test_without_webgl_works_have_the_colour_and_the_sign_of_the_chosen_style(browser, work, by):
    answer = browser.get(f"/map/works.json?box=114.3,-8.3,114.4,-8.1&zoom=16&by={by}").json
    for said in (one["properties"] for one in answer["features"] if one["properties"]["kind"] == "work"):
        family = family_of(said[by], by, date.today().year)
        assert (said["colour"], said["sign"]) == (family.colour, family.sign)


def test_without_webgl_works_are_gathered_from_afar_and_counted(browser, work):
    """As on tiles: below their zoom a page of symbols on top of each other would say nothing of how many there are."""
    near, far = (browser.get(f"/map/works.json?box=114.3,-8.3,114.4,-8.1&zoom={zoom}").json["features"]
                 for zoom in (12, 11))
    gathered = [one["properties"] for one in far if one["properties"]["kind"] == "crowd"]
    works = [one for one in near if one["properties"]["kind"] == "work"]
    assert works
    assert sum(one["works"] for one in gathered) == len(works)
    assert not [one for one in far if one["properties"]["kind"] == "work"]


def test_a_map_that_asks_only_for_a_place_gets_borders_and_no_works(browser, work):
    answer = browser.get("/map/works.json?box=114,-9,115,-8&zoom=16&works=0").json
    assert {one["properties"]["kind"] for one in answer["features"]} <= {"region"}


def test_the_land_is_one_shape(browser):
    land = browser.get("/map/land.json")
    shape = shapely.geometry.shape(json.loads(land.data)["geometry"])
    assert shape.is_valid
    assert shape.area > 0


def test_a_shared_view_shows_each_person_what_they_may_see_and_nothing_more(client_of, committing, places, planner):
    build.project(committing, places.far, stage="proposed", name="Usulan tersembunyi", amount=987_654_000,
                  at=(114.31, -8.29))
    foreign = client_of(build.person(committing, "field", places.neighbour))
    address = {"area": "114.305,-8.295,114.315,-8.285", "by": "stage",
               "shade": "money", "of": "village"}
    mine, theirs = shown(client_of(planner), **address), shown(foreign, **address)
    assert "Usulan tersembunyi" in mine
    assert "Usulan tersembunyi" not in theirs
    assert "987.654.000" not in theirs
    printed = foreign.get("/map/print", query_string=address).get_data(as_text=True)
    assert "987.654" not in printed
    assert "<strong>0</strong>" in printed


def test_the_page_shows_where_works_stand_before_any_script_has_come(browser):
    page = browser.get("/map").get_data(as_text=True)
    assert '<svg class="map-first"' in page
    assert page.index('<svg class="map-first"') < page.index("leaflet.js")


def test_the_picture_of_a_filter_that_nothing_meets_and_that_of_a_day_are_not_drawn(browser):
    for query in ("?year=1999", "?as_of=2020-01-01"):
        assert '<svg class="map-first"' not in browser.get(f"/map{query}").get_data(as_text=True)
