"""The map in a real browser: offline, under the policy, with hostile names, with and without WebGL, at both sizes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app import create_app
from app.maps.assets import FILES, LAND, LOADED_BY_SCRIPTS, VENDOR
from app.settings import Settings
from tests import build

HOSTILE = "</script><img src=x onerror=alert(1)>\"'{{7*7}}"
CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                 if Path(path).exists()), None)
ALONE = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
PATIENCE_MS = 60_000

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
    pytest.mark.skipif(not all((VENDOR / file).exists() for file in (*FILES.values(), *LOADED_BY_SCRIPTS, LAND)),
                       reason="the browser files are not installed (./pantau run fetches them)"),
]


@pytest.fixture(scope="module")
def site(module_database, tmp_path_factory) -> Iterator[str]:
    """The application over a small kabupaten of works, served on this machine."""
    settings = Settings(var=Path(tmp_path_factory.mktemp("var")))
    made = create_app(settings, database_url=module_database.web_dsn, secret="only for tests")
    server = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    made.extensions["database"].close()


@pytest.fixture(scope="module")
def works(module_database) -> dict:
    with build.superuser(module_database) as connection:
        places = build.places(connection)
        lon, lat = build.HOME
        square = build.line((-2000, -2000), (2000, -2000), (2000, 2000), (-2000, 2000)).convex_hull
        build.region(connection, "Contohrejo", parent=places.district, geometry=square, approximate=True)
        one = build.project(connection, places.village, name=HOSTILE, year=2026)
        other = build.project(connection, places.village, name="Rabat beton", fund="APBD", at=build.away(30, 8))
        stacked = [build.project(connection, places.village, name=f"Lampu {n}", at=build.away(-300, 200))
                   for n in range(3)]
        build.project(connection, places.village, name="Talud", at=build.line((100, 100), (260, 140)))
        build.pair(connection, one, other)
        planner = build.person(connection, "planner", places.regency)
        return {"token": build.session(connection, planner), "hostile": str(one), "stacked": stacked,
                "lon": lon, "lat": lat}


def until(page: Page, expression: str) -> None:
    """Wait for an expression to hold; Playwright's own waiting needs eval, which the policy forbids."""
    for _ in range(PATIENCE_MS // 250):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(250)
    pytest.fail(f"never came true: {expression}")


class Watched:
    """A page that notes whatever a hostile name or another host would cause."""

    def __init__(self, browser: Browser, site: str, token: str, width: int, height: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, base_url=site)
        self.context.add_cookies([{"name": "pantau", "value": token, "url": site}])
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.site, self.dialogs, self.errors = site, [], []
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.add_init_script(
            "window.refused = []; addEventListener('securitypolicyviolation', (e) => refused.push(e.blockedURI))")

    def open(self, address: str) -> Page:
        self.page.goto(address)
        self.page.wait_for_selector("html[data-page=ready]", state="attached")
        return self.page

    def settled(self) -> None:
        """Nothing was refused by the policy, asked of another host, said in a dialog or thrown."""
        assert self.page.evaluate("window.refused") == []
        assert [url for url in self.asked if not url.startswith((self.site, "data:", "blob:"))] == []
        assert (self.dialogs, self.errors) == ([], [])


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def watched(request, browser, site, works) -> Iterator[Watched]:
    made = Watched(browser, site, works["token"], *request.param)
    yield made
    made.context.close()


def view(works: dict, zoom: int) -> str:
    return f"#{zoom}/{works['lat']}/{works['lon']}"


def test_the_map_draws_offline_under_the_policy_with_a_hostile_name(watched, works):
    page = watched.open(f"/map{view(works, 16)}")
    until(page, "document.querySelector('canvas.maplibregl-canvas')?.width > 100")
    page.wait_for_load_state("networkidle")
    assert any("/tiles/works/15/" in url for url in watched.asked)
    tiles = [url for url in watched.asked if "/tiles/" in url]
    assert len(tiles) == len(set(tiles))  # regions are stretched here: one tile, not one for each part that is drawn
    expect(page.locator("#map-list")).to_contain_text(HOSTILE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.settled()


def test_choosing_in_the_list_opens_the_card_and_back_closes_it(watched, works):
    page = watched.open(f"/map{view(works, 14)}")
    page.locator(f"[data-select='{works['hostile']}']").click()
    expect(page.locator("#map-card h2")).to_have_text(HOSTILE)
    assert f"work={works['hostile']}" in page.url
    until(page, "document.querySelectorAll('.leaflet-halo-pane path').length >= 2")
    page.go_back()
    expect(page.locator("#map-card")).to_be_hidden()
    assert "work=" not in page.url
    watched.settled()


def test_a_shared_address_brings_view_and_selection_back(watched, works):
    page = watched.open(f"/map?work={works['hostile']}{view(works, 17)}")
    expect(page.locator("#map-card h2")).to_have_text(HOSTILE)
    assert page.url.split("#")[1].startswith("17/")
    watched.settled()


def test_works_on_one_spot_open_together(watched, works):
    lon, lat = build.away(-300, 200)
    page = watched.open(f"/map#17/{lat}/{lon}")
    page.wait_for_load_state("networkidle")
    box = page.locator("#map_works").bounding_box()
    card = page.locator("#map-card")
    for _ in range(20):  # the tiles are drawn by software here
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(1000)
        if card.is_visible():
            break
    expect(card.locator("h2")).to_have_text("3 kegiatan di titik ini")
    watched.settled()


def test_searching_a_coordinate_goes_there(watched, works):
    page = watched.open("/map")
    page.locator("#place").fill(f"{works['lat']}, {works['lon']}")
    expect(page.locator("#places li")).to_have_count(1)
    page.locator("#place").press("Enter")
    until(page, "location.hash.startsWith('#16/')")
    watched.settled()


def test_an_area_is_drawn_summed_and_shared_by_its_address(watched, works):
    page = watched.open(f"/map{view(works, 15)}")
    page.locator("[data-tool=box]").click()
    box = page.locator("#map_works").bounding_box()
    for share in (0.25, 0.75):
        page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] * (0.3 + 0.3 * (share > 0.5)))
    page.wait_for_url("**area=POLYGON**")
    page.wait_for_selector("html[data-page=ready]", state="attached")
    expect(page.locator("#map-selection")).to_be_visible()
    assert int(page.locator(".map-selection dd").first.inner_text()) > 0
    until(page, "document.querySelectorAll('#map_works .leaflet-overlay-pane path').length === 1")
    shared = page.url
    page.goto("/map")
    page.goto(shared)
    page.wait_for_selector("html[data-page=ready]", state="attached")
    expect(page.locator("#map-selection")).to_be_visible()
    watched.settled()


def test_measuring_says_the_distance_and_takes_no_tap_for_a_work(watched, works):
    page = watched.open(f"/map{view(works, 16)}")
    page.locator("[data-tool=measure]").click()
    box = page.locator("#map_works").bounding_box()
    middle = box["y"] + box["height"] / 2
    for share in (0.3, 0.5, 0.7):
        page.mouse.click(box["x"] + box["width"] * share, middle)
    expect(page.locator(".map-sketch p")).to_contain_text("Jarak")
    expect(page.locator("#map-card")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".map-sketch")).to_be_hidden()
    watched.settled()


def test_the_style_and_the_shading_change_and_keep_the_view(watched, works):
    page = watched.open(f"/map{view(works, 14)}")
    for field, code in (("by", "stage"), ("shade", "works"), ("of", "village")):
        legend = page.locator(".map-legend")
        if legend.get_attribute("open") is None:
            legend.locator("summary").click()
        page.locator(f"[data-{field}={code}]").click()
        page.wait_for_url(f"**{field}={code}**")
        page.wait_for_selector("html[data-page=ready]", state="attached")
    assert page.url.split("#")[1].startswith("14/")
    expect(page.locator(".map-regions")).to_contain_text("Contohrejo")
    until(page, "document.querySelector('canvas.maplibregl-canvas')?.width > 100")
    page.wait_for_load_state("networkidle")
    assert any("/tiles/shades/village/works/" in url for url in watched.asked)
    watched.settled()


def test_nothing_serious_is_wrong_for_a_screen_reader(watched, works):
    page = watched.open(f"/map?work={works['hostile']}")
    page.wait_for_load_state("networkidle")
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in serious] == []


def test_without_webgl_a_plain_map_is_drawn_and_says_so(browser, site, works):
    plain = browser.browser_type.launch(executable_path=CHROMIUM, args=[*ALONE, "--disable-3d-apis"])
    watched = Watched(plain, site, works["token"], 1440, 900)
    page = watched.open(f"/map{view(works, 16)}")
    expect(page.locator(".map-note")).to_contain_text("Peta sederhana")
    page.wait_for_load_state("networkidle")
    until(page, "document.querySelectorAll('#map_works canvas.leaflet-zoom-animated').length > 0")
    box = page.locator("#map_works").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#map-card")).to_contain_text(HOSTILE)
    watched.settled()
    watched.open(f"/map?by=stage{view(works, 11)}")  # from afar works are gathered, as on tiles
    expect(page.locator(".map-count span").first).to_be_visible()
    counted = sum(int(text.replace(".", "")) for text in page.locator(".map-count span").all_inner_texts())
    assert counted == int(page.locator(".map-sum strong").first.inner_text().replace(".", ""))
    watched.settled()
    plain.close()
