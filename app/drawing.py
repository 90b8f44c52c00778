"""The folium map of a page: our tiles and known shapes in a shell that stands under the page's own policy.

In a template that is given `drawn = draw(connection, 'sites', ...)`:

    {% block head %}{{ drawn.shell.header }}<link rel="stylesheet" href="{{ url_for('static', filename='map.css') }}">
    {{ drawn.shell.html }}                              in an element that has a height and `position: relative`
    {% include 'map/_words.html' %}{{ drawn.shell.script }}<script type="module" src="…/static/<page>.js"></script>

and in that module: `import { start } from "./map_layer.js"; const { map, tiles, halo, known } =
(await start()).get("map_sites");` where `map` is Leaflet's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import folium
from branca.element import Element
from flask import url_for
from flask_babel import gettext

from app import access, looks
from app.db import Connection
from app.maps import ground, pmtiles
from app.maps.drawn import Drawn, Figure
from app.maps.pmtiles import Basemap
from app.maps.shades import Shade
from app.maps.shell import UNSTAMPED, Shell, quiet_map, shell
from app.maps.vector_tiles import VectorTiles
from app.past import Past
from app.queries import lands
from app.queries.filters import Filter
from app.queries.lands import Box
from app.view import latest_year

INDONESIA: Box = (95.0, -11.0, 141.0, 6.0)
"""What is shown where nothing has a place yet."""


def basemap() -> tuple[Basemap | None, str | None]:
    """(the basemap file of this installation or None, what is wrong with it as a message id or None).

    Looked at again whenever the file has changed; a file that cannot be used leaves the map as it is without one.
    """
    path = access.settings().basemap_file
    if path is None:
        return None, None
    try:
        seen = path.stat()
    except OSError:
        return None, "basemap.unreadable"
    return _opened(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=4)
def _opened(path: Path, _changed: int, _size: int) -> tuple[Basemap | None, str | None]:
    try:
        return pmtiles.opened(path), None
    except pmtiles.BasemapFaulty as fault:
        return None, str(fault)


@dataclass(frozen=True, slots=True)
class PageMap:
    """A map ready for a template, whether its borders are only approximate, and the box that it shows first."""

    shell: Shell
    approximate: bool
    bounds: Box


def draw(
    connection: Connection, name: str, chosen: Filter | None = None, *, by: str = "category",
    shade: Shade | None = None, past: Past | None = None, figures: Iterable[Figure] = (), bounds: Box | None = None,
    parts: Iterable[Element] = (),
) -> PageMap:
    """The map `map_<name>` of one page. With a filter (`Filter()` for all) the works come as tiles; `figures` are drawn
    above and the map moves to hold them; `bounds` says where it starts, else it shows the whole installation. `shade`
    colours the regions below the works; with `past` they are those of that day."""
    approximate = lands.approximate(connection)
    bounds = bounds or lands.bounds(connection) or INDONESIA
    said = [gettext("Batas perkiraan")] if approximate else []
    said += [gettext("DATA CONTOH, bukan kegiatan nyata")] if looks.demonstration() else []
    said += [gettext("Seperti pada %(day)s", day=past.words)] if past else []
    sources = {"regions": "/tiles/regions/{z}/{x}/{y}", "land": url_for("map.ground")}
    plain = url_for("map.plain", works=0)
    if chosen is not None:
        asked = "&".join(part for part in (chosen.query_string(), f"as_of={past.code}" if past else "") if part)
        sources["works"] = "/tiles/works/{z}/{x}/{y}" + (f"?{asked}" if asked else "")
        plain = f"{url_for('map.plain')}?{asked}{'&' if asked else ''}by={by}"
        if shade:
            written = ",".join(f"{edge:.12g}" for edge in shade.breaks)
            sources["shades"] = (f"/tiles/shades/{shade.level}/{shade.measure}/{{z}}/{{x}}/{{y}}?breaks={written}&"
                                 + chosen.query_string())
            plain += f"&shade={shade.measure}&of={shade.level}&breaks={written}"
    dropped, _fault = basemap()
    wanted = _Wanted(name, bounds, tuple(sources.items()), by, looks.language(), plain, tuple(said), latest_year(),
                     access.settings().tiles_url, dropped)
    known = list(figures)
    made = (_drawn(wanted, shade, [*([Drawn(known)] if known else []), *parts]) if known or parts or shade
            else _plain_shell(wanted))
    return PageMap(made.stamped(looks.nonce()), approximate, bounds)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a map is made of that holds nothing but our tiles: pages that want the same get the same shell."""

    name: str
    bounds: Box
    sources: tuple[tuple[str, str], ...]
    by: str
    language: str
    plain: str
    said: tuple[str, ...]
    latest: int
    tiles: str | None
    dropped: Basemap | None


@lru_cache(maxsize=512)
def _plain_shell(wanted: _Wanted) -> Shell:
    return _drawn(wanted, None, [])


def _drawn(wanted: _Wanted, shade: Shade | None, parts: Iterable[Element]) -> Shell:
    drawn, sources = quiet_map(wanted.name, bounds=wanted.bounds), dict(wanted.sources)
    tiles, below, dropped = wanted.tiles, None, wanted.dropped
    if dropped and dropped.vector:
        sources["basemap"], below = "/basemap/{z}/{x}/{y}", ground.layers()
    elif dropped and not tiles:
        tiles = "/basemap/{z}/{x}/{y}"
    if tiles:
        native = dropped.last_zoom if dropped and not dropped.vector else 18
        drawn.add_child(folium.TileLayer(tiles, attr=" ", control=False, max_native_zoom=native))
    drawn.add_child(VectorTiles(sources, by=wanted.by, language=wanted.language, plain=wanted.plain,
                                attribution=wanted.said, ground=not tiles, bounds=wanted.bounds, latest=wanted.latest,
                                shade=shade, below=below, last_of_basemap=dropped.last_zoom if dropped else 15))
    for part in parts:
        drawn.add_child(part)
    hosts = ("/".join(tiles.split("/")[:3]),) if tiles and "://" in tiles else ()
    return shell(drawn, UNSTAMPED, address=lambda path: url_for("static", filename=path), hosts=hosts)
