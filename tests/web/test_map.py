"""The map page and its tiles over HTTP: who sees what, what is asked again, and that no text becomes markup."""

import gzip
import json
import re
from datetime import date

import brotli
import mapbox_vector_tile
import pytest
import shapely

from app.maps.families import STYLES, family_of
from tests import build
from tests.unit.maps.test_pmtiles import written

TILE = "14/13397/8567"  # holds build.HOME
HOSTILE = "</script><img src=x onerror=alert(1)>\"'"


@pytest.fixture(scope="module")
def planner(committing, places):
    return build.person(committing, "planner", places.regency)


@pytest.fixture(scope="module")
def work(committing, places):
    return build.project(committing, places.village, name=HOSTILE, amount=123_000_000)


@pytest.fixture
def browser(client_of, planner, work):
    return client_of(planner)


def decoded(answer):
    content = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
    return mapbox_vector_tile.decode(content)


def test_a_tile_is_private_and_asked_for_again_each_time(browser):
    first = browser.get(f"/tiles/works/{TILE}")
    assert first.status_code == 200
    assert first.mimetype == "application/vnd.mapbox-vector-tile"
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = browser.get(f"/tiles/works/{TILE}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_edit_changes_the_tile_and_its_tag(browser, committing, work):
    first = browser.get(f"/tiles/works/{TILE}")
    committing.execute("UPDATE project SET stage = 'running' WHERE id = %s", [work])
    second = browser.get(f"/tiles/works/{TILE}", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    stages = [one["properties"]["stage"] for one in decoded(second)["works"]["features"]]
    assert "running" in stages
    committing.execute("UPDATE project SET stage = 'done' WHERE id = %s", [work])


def test_two_filters_have_two_tags(browser):
    tags = {browser.get(f"/tiles/works/{TILE}{query}").headers["ETag"] for query in ("", "?year=2021", "?q=talud")}
    assert len(tags) == 3


@pytest.mark.parametrize("tile", ["19/0/0", "3/8/0", "3/0/8", "0/1/0", "-1/0/0", "3/0", "3/a/0", "99999999999/0/0"])
@pytest.mark.parametrize("layer", ["works", "regions"])
def test_a_tile_outside_the_world_is_not_found(browser, layer, tile):
    assert browser.get(f"/tiles/{layer}/{tile}").status_code == 404


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


AREA = "POLYGON((114.3 -8.3, 114.4 -8.3, 114.4 -8.1, 114.3 -8.1, 114.3 -8.3))"


def shown(browser, **query):
    answer = browser.get("/map", query_string=query)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_drawn_area_has_its_sums_and_its_list_and_stays_in_every_link(browser, work, committing, places):
    build.project(committing, places.village, name="Jauh di selatan", at=(114.36, -8.6))
    text = shown(browser, area=AREA)
    assert "Area terpilih" in text
    assert "Rp 123.000.000" in text
    assert "Jauh di selatan" not in text
    assert "area=POLYGON" in re.search(r'href="([^"]*)"[^>]*data-by="fund"', text)[1]
    assert "Jauh di selatan" not in browser.get("/map/list", query_string={"area": AREA}).get_data(as_text=True)


@pytest.mark.parametrize(("area", "said"), [
    ("nonsense", "tidak terbaca"), ("POINT(114 -8)", "tidak terbaca"), ("POLYGON((0 0, 1 1", "tidak terbaca"),
    ("POLYGON EMPTY", "tidak terbaca"), ("POLYGON((nan 0, 1 1, 0 1, nan 0))", "tidak dipakai"),
    ("POLYGON((0 0, 1 1, 0 1, 1 0, 0 0))", "saling memotong"),
    ("POLYGON((0 0, 500 0, 500 1, 0 0))", "di luar bumi"), ("90,-11,141,6", "terlalu luas"),
    ("POLYGON((" + ",".join(f"{114 + n / 9e4} {-8 + n % 2 / 9}" for n in range(3000)) + "))", "sudut"),
    ("' OR 1=1 --", "tidak terbaca"),
])  # fmt: skip
def test_an_area_that_was_tampered_with_is_said_and_not_used(browser, work, area, said):
    text = shown(browser, area=area)
    assert said in text
    assert "Area terpilih" not in text
    assert browser.get("/map/print", query_string={"area": area}).status_code == 200


def test_an_area_at_sea_holds_nothing_and_says_so(browser, work):
    text = shown(browser, area="POLYGON((110 -10, 110.1 -10, 110.1 -9.9, 110 -10))")
    assert "Area terpilih" in text
    assert "Tidak ada kegiatan di sini" in text


@pytest.mark.parametrize("query", [{"by": "colour"}, {"shade": "gdp"}, {"of": "planet", "shade": "works"},
                                   {"by": ["stage", "<b>"]}])
def test_an_unknown_style_is_the_usual_one(browser, work, query):
    assert 'data-by="fund"' in shown(browser, **query)


@pytest.mark.parametrize("by", ["category", "fund", "stage", "year", "flag"])
def test_every_style_has_its_legend(browser, work, by):
    text = shown(browser, by=by)
    assert f'data-by="{by}"' not in text
    assert text.count('aria-current="true"') >= 2


@pytest.mark.parametrize("measure", ["works", "money", "look", "pointless"])
def test_shaded_regions_stand_in_a_table_and_in_tiles(browser, committing, places, work, measure):
    committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                       [shapely.to_wkt(shapely.box(114.3, -8.3, 114.4, -8.1)), places.village])
    text = shown(browser, shade=measure, of="village")
    assert "Sarongan" in re.search(r'<section class="map-regions".*?</section>', text, re.S)[0]
    address = re.search(r"/tiles/shades/village/\w+/\{z\}/\{x\}/\{y\}\?breaks=([\d.,e+-]*)", text)
    tile = browser.get(f"/tiles/shades/village/{measure}/{TILE}?breaks={address[1]}")
    found = {one["properties"]["name"]: one["properties"] for one in decoded(tile)["shades"]["features"]}
    assert found["Sarongan"]["bucket"] == (address[1].count(",") + 1 if address[1] and measure != "pointless" else 0)
    plain = browser.get(f"/map/works.json?box=114,-9,115,-8&shade={measure}&of=village&breaks={address[1]}").json
    assert "Sarongan" in {one["properties"].get("name") for one in plain["features"]
                          if one["properties"]["kind"] == "shade"}


@pytest.mark.parametrize("address", [
    f"/tiles/shades/planet/works/{TILE}", f"/tiles/shades/village/gdp/{TILE}",
    f"/tiles/shades/village/works/{TILE}?breaks=a", f"/tiles/shades/village/works/{TILE}?breaks=nan",
    "/map/region?of=village&code=nothing",
])  # fmt: skip
def test_what_cannot_be_shaded_is_not_found(browser, work, address):
    assert browser.get(address).status_code == 404


def test_the_card_of_a_region_leads_to_its_selection(browser, committing, places, work):
    (code,) = committing.execute("SELECT code FROM region WHERE id = %s", [places.village]).fetchone()
    text = browser.get(f"/map/region?of=village&code={code}&by=stage").get_data(as_text=True)
    assert f"village={code}&amp;by=stage" in text
    assert "Wilayah terpilih" in shown(browser, village=code)


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


def test_a_printed_map_has_scale_grid_legend_filter_and_date(browser, work):
    text = browser.get("/map/print?at=14/-8.2192/114.3692&year=2024&by=stage").get_data(as_text=True)
    assert re.search(r"Skala 1 : [\d.]+", text)
    assert "° LS" in text
    assert "° BT" in text
    assert "Tahun: 2024" in text
    assert "Sedang berjalan" in text
    assert HOSTILE not in text


@pytest.mark.parametrize("at", ["", "a/b/c", "99/0/0", "5/nan/0", "5/90/0", "1/2", "5/0/200"])
def test_a_printed_map_without_a_sound_place_shows_the_whole(browser, work, at):
    assert browser.get("/map/print", query_string={"at": at}).status_code == 200


def test_a_basemap_is_drawn_and_a_file_that_is_none_is_said_to_administrators(app, browser, client_of, committing,
                                                                               places, work):
    file = app.extensions["settings"].var / "basemap.pmtiles"
    admin = client_of(build.person(committing, "admin", places.regency))
    assert browser.get("/basemap/1/0/0").status_code == 404
    file.write_bytes(b"This is not a basemap.")
    try:
        assert "bukan berkas PMTiles" in shown(admin)
        assert "bukan berkas PMTiles" not in shown(browser)
        assert browser.get("/basemap/1/0/0").status_code == 404
        file.write_bytes(written({(1, 0, 0): gzip.compress(b"tile"), (2, 0, 0): b"flat"}))
        assert '"ground-roads"' in shown(browser)
        tile = browser.get("/basemap/1/0/0", headers={"Accept-Encoding": "gzip"})
        assert (tile.status_code, tile.mimetype) == (200, "application/vnd.mapbox-vector-tile")
        assert browser.get("/basemap/1/1/1").status_code == 204
        assert browser.get("/basemap/1/2/1").status_code == 404
        again = browser.get("/basemap/1/0/0", headers={"If-None-Match": tile.headers["ETag"]})
        assert again.status_code == 304
    finally:
        file.unlink()


def test_a_visitor_gets_no_basemap_and_no_print(visitor):
    for address in ("/basemap/1/0/0", "/map/print", "/map/region?code=1", f"/tiles/shades/village/works/{TILE}"):
        assert visitor.get(address).status_code in (302, 401)


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_scripts_come_packed_and_are_the_same(visitor, encoding, unpack):
    with (visitor.get("/static/map.js", headers={"Accept-Encoding": "identity"}) as plain,
          visitor.get("/static/map.js", headers={"Accept-Encoding": encoding}) as packed):
        assert packed.headers["Content-Encoding"] == encoding
        assert unpack(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 2
        assert packed.headers["X-Content-Type-Options"] == "nosniff"
        assert packed.headers["Cache-Control"] == plain.headers["Cache-Control"]
        assert "javascript" in packed.mimetype


def test_a_browser_that_knows_both_gets_the_shorter_script(visitor):
    with visitor.get("/static/map.js", headers={"Accept-Encoding": "gzip, deflate, br"}) as packed:
        assert packed.headers["Content-Encoding"] == "br"


def test_a_page_comes_packed_and_its_length_varies(browser):
    """What packs alike must not tell its length to whoever counts bytes of one page asked for again and again."""
    plain = browser.get("/help", headers={"Accept-Encoding": "identity"})
    lengths = set()
    for _ in range(12):
        packed = browser.get("/help", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert len(gzip.decompress(packed.data)) == pytest.approx(len(plain.data), abs=64)  # nonces differ
        lengths.add(len(packed.data))
    assert len(packed.data) < len(plain.data) / 2
    assert len(lengths) > 3


def test_the_page_shows_where_works_stand_before_any_script_has_come(browser):
    page = browser.get("/map").get_data(as_text=True)
    assert '<svg class="map-first"' in page
    assert page.index('<svg class="map-first"') < page.index("leaflet.js")


def test_the_picture_of_a_filter_that_nothing_meets_and_that_of_a_day_are_not_drawn(browser):
    for query in ("?year=1999", "?as_of=2020-01-01"):
        assert '<svg class="map-first"' not in browser.get(f"/map{query}").get_data(as_text=True)
