"""The map on paper, and the basemap that an administrator drops in."""

import gzip
import json
import re

import pytest
import shapely
import shapely.affinity

from tests import build
from tests.unit.maps.test_pmtiles import written
from tests.web.map.seeing import HOSTILE, TILE, shown


def test_a_printed_map_has_scale_grid_legend_filter_and_date(browser, work):
    text = browser.get("/map/print?at=14/-8.2192/114.3692&year=2024&by=stage").get_data(as_text=True)
    assert re.search(r"Skala 1 : [\d.]+", text)
    assert "° LS" in text
    assert "° BT" in text
    assert "Tahun: 2024" in text
    assert "Sedang berjalan" in text
    assert HOSTILE not in text


def test_a_printed_map_of_a_village_shows_that_village_and_says_what_it_cannot_draw(browser, committing, places):
    lon, lat = build.HOME
    side = shapely.box(lon - .02, lat - .02, lon + .02, lat + .02)
    village = build.region(committing, "Kertosari Cetak", parent=places.district, geometry=side)
    build.region(committing, "Desa Jauh Cetak", parent=places.district, geometry=shapely.affinity.translate(side, .3))
    code = committing.execute("SELECT code FROM region WHERE id = %s", [village]).fetchone()[0]
    build.project(committing, village, name="Yang tergambar")
    for n in range(3):
        build.project(committing, village, name=f"Tanpa titik {n}", at=None)
    alone = browser.get(f"/map/print?village={code}").get_data(as_text=True)
    whole = browser.get("/map/print").get_data(as_text=True)
    assert "<strong>1</strong>" in alone
    assert "3 kegiatan dalam saringan ini belum ada titik, jadi tidak tergambar" in alone
    scale = [int(re.search(r"1 : ([0-9.]+)", text)[1].replace(".", "")) for text in (alone, whole)]
    assert scale[0] < scale[1] / 2
    screen = browser.get(f"/map?village={code}").get_data(as_text=True)
    assert json.loads(re.search(r'"bounds":(\[[^]]+\])', screen)[1]) == pytest.approx(side.bounds)


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
