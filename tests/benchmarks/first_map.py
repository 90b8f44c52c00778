"""The first useful map on a phone: 4 times slower processor, 400 kbit/s, nothing cached; beside folium's own page.

Both come over HTTP from this machine to Chromium at 390 by 844, throttled by its own protocol. Ours is the page /map
of somebody who has signed in: where the works stand is in the page itself as a picture, which the map replaces once its
scripts are there; both moments are told. The peer is a page as folium writes it: Leaflet from this machine instead of a
content network, one circle marker with its name for each work, gzipped as kindly as ours; its map can be moved as soon
as it is drawn. `first_work_s` is when a first work has been painted inside the window with nothing over it: the
frame after the one in which it was found there. Whoever takes longer than LONGEST_S is cut off and said so.
"""

import gzip
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import folium
import geopandas as gpd
import psycopg
import shapely
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from app import create_app
from app.maps.assets import VENDOR
from app.settings import Settings
from tests import build
from tests.benchmarks import _stored

SIZES = (12_000, 100_000)
LONGEST_S = 240
ROUNDS = 3
RATE = 400_000 / 8
PHONE = {"width": 390, "height": 844}
JQUERY = """
    window.$ = (html) => {
      const made = document.createElement("div");
      made.innerHTML = html;
      return made.children;
    };
"""
"""All that folium's popups ask of jQuery, whose 30 kB the peer is spared as it is spared the rest of its network."""


def run(say: Callable[[str], None], kept: Path | None = None) -> dict:
    """Bytes, requests and seconds to the first drawn work of both sides: the middle one of ROUNDS, taken in turn."""
    figures: dict = {"profile": "4x CPU, 400 kbit/s, 150 ms, cold", "rounds": ROUNDS}
    for size in SIZES:
        with _stored.indicated(size, kept) as (superuser, web):
            with psycopg.connect(superuser, autocommit=True) as db:
                person = _stored.person(db, "planner", "32.00")
            with _ours(superuser, web, person) as (address, token), _folium(_stored.works(size)) as beside:
                taken: dict[str, list[dict]] = {"ours": [], "folium": []}
                for _ in range(ROUNDS):
                    taken["ours"].append(_measured(address, token))
                    taken["folium"].append(_measured(beside, None))
        figures[str(size)] = {side: _middle(rounds) for side, rounds in taken.items()}
        for side, said in figures[str(size)].items():
            say(f"{size:,} works, {side}: {said}")
    return figures


def _middle(rounds: list[dict]) -> dict:
    """The round whose first work came neither soonest nor latest; one that never came is the latest."""
    return sorted(rounds, key=lambda one: one["first_work_s"] or math.inf)[len(rounds) // 2]


@contextmanager
def _ours(superuser: str, web: str, person: object) -> Iterator[tuple[str, str]]:
    with TemporaryDirectory() as folder, psycopg.connect(superuser, autocommit=True) as db:
        made = create_app(Settings(var=Path(folder)), database_url=web, secret="only for this run")
        server = make_server("127.0.0.1", 0, made, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/map", build.session(db, person)
        server.shutdown()
        made.extensions["database"].close()


@contextmanager
def _folium(works: gpd.GeoDataFrame) -> Iterator[str]:
    """folium's page of these works. The script of one marker is folium's own, written once for each work: rendering
    100,000 of its objects takes longer than everything else here."""
    placed = works[works.geometry.notna()]
    at = shapely.point_on_surface(placed.geometry.to_numpy())
    one = folium.Map(location=(-8.0, 108.6), zoom_start=9, tiles=None)
    folium.CircleMarker((-1.25, 101.75), radius=4, popup="PLACEHOLDER").add_to(one)
    text = one.get_root().render()
    begin, end = text.index("var circle_marker_"), text.rindex("</script>")
    marker = text[begin:end]
    name = marker.split()[1]
    markers = [marker.replace(name, f"m{n}").replace("-1.25, 101.75", f"{y:.6f}, {x:.6f}").replace("PLACEHOLDER", words)
               for n, (x, y, words) in enumerate(zip(*shapely.get_coordinates(at).T, placed["name"], strict=True))]
    page = (text[:begin] + "".join(markers) + text[end:])
    head = page.index("<head>") + 6
    body = page.index("<body>")
    local = ('<meta charset="utf-8"><link rel="stylesheet" href="/leaflet.css"><script src="/leaflet.js"></script>'
             f"<script>{JQUERY}</script>")
    styles = "<style>html,body,.folium-map{width:100%;height:100%;margin:0}</style>"
    files = {"/": (page[:head] + local + styles + "</head>" + page[body:]).encode(),
             "/leaflet.css": (VENDOR / "leaflet/dist/leaflet.css").read_bytes(),
             "/leaflet.js": (VENDOR / "leaflet/dist/leaflet.js").read_bytes()}
    with _sending({path: gzip.compress(content, 6) for path, content in files.items()}) as address:
        yield address


@contextmanager
def _sending(files: dict[str, bytes]) -> Iterator[str]:
    class Sender(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(200 if content else 404)
            kind = {"css": "text/css", "js": "text/javascript"}.get(self.path.rpartition(".")[2], "text/html")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sender)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


MARKED = """
    const middle = (work) => {
      const { left, top, width, height } = work.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    };
    const inside = ({ x, y }) => x > 0 && y > 0 && x < innerWidth && y < innerHeight;
    const bare = ({ x, y }) => document.elementFromPoint(x, y)?.closest(".split-map > .map, .folium-map, .map-first");
    requestAnimationFrame(function look() {
      const works = [...document.querySelectorAll(".map-first circle, path.leaflet-interactive")];
      const some = works.filter((_, n) => n % Math.ceil(works.length / 100) === 0).map(middle).filter(inside);
      requestAnimationFrame(some.slice(0, 3).some(bare) ? () => performance.mark("first-works") : look);
    });
"""
MOMENTS = """() => Object.fromEntries(["first-works", "map-works"].map((name) =>
    [name, performance.getEntriesByName(name)[0]?.startTime ?? null]))"""


def _measured(address: str, token: str | None) -> dict:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        context = browser.new_context(viewport=PHONE)
        if token:
            context.add_cookies([{"name": "pantau", "value": token, "url": address}])
        page = context.new_page()
        page.add_init_script(MARKED)
        protocol = context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": 150, "downloadThroughput": RATE, "uploadThroughput": RATE})
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        came: list[float] = []
        protocol.on("Network.loadingFinished", lambda said: came.append(said["encodedDataLength"]))
        page.goto(address, wait_until="commit", timeout=LONGEST_S * 1000)
        begun, last = time.monotonic(), "map-works" if token else "first-works"
        moments: dict[str, float | None] = {last: None}
        until_first = None
        while moments[last] is None and time.monotonic() - begun < LONGEST_S:
            page.wait_for_timeout(250)
            moments = page.evaluate(MOMENTS)
            if moments["first-works"] and until_first is None:
                until_first = round(sum(came) / 1000)
        said = {"kB": round(sum(came) / 1000), "requests": len(came), "kB_by_first_work": until_first,
                "first_work_s": _seconds(moments["first-works"])}
        if token:
            said["map_s"] = _seconds(moments["map-works"])
        browser.close()
        return said


def _seconds(moment_ms: float | None) -> float | None:
    return moment_ms and round(moment_ms / 1000, 1)
