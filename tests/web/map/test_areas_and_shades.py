"""What can be chosen on a map: a drawn area, a style, a shaded region; and what cannot."""

import re

import pytest
import shapely

from tests import build
from tests.web.map.seeing import TILE, decoded, shown

AREA = "POLYGON((114.3 -8.3, 114.4 -8.3, 114.4 -8.1, 114.3 -8.1, 114.3 -8.3))"


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
