"""A folium map in three parts that a page can place under our content policy.

`fig.render()` of folium makes a whole page that loads scripts from seven other hosts, forbids zooming with
two fingers and carries inline scripts without a nonce. A shell keeps what is the map (its controls, layers
and script) and leaves the page to our layout:

    header   <script src>, <link> and <style> for the head, in the order folium asked for (or apart: styles, scripts)
    html     the <div> of the map
    script   one inline <script nonce>

Nothing that people typed belongs in a shell: names reach a map as attributes of tiles and are written with
`textContent`. The checks below are a second line and fail closed.
"""

import json
import math
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Self

import folium
from branca.element import Element, Figure, Link
from markupsafe import Markup, escape

from app.maps.assets import local

ADDRESS = re.compile(r"""(?:https?:|(?<=["'(=\s]))//[^\s"'<>)]+""", re.IGNORECASE)
UNSTAMPED = secrets.token_urlsafe(24)
"""For a shell that is kept and stamped with the nonce of each answer (`Shell.stamped`); nobody outside can know it."""
_NONCE = re.compile(r"[A-Za-z0-9_\-+/=]{16,}")
NAMESPACES = ("http://www.w3.org/",)  # names of XML vocabularies, never fetched


class ShellRefused(ValueError):
    """A rendered map holds something that does not belong in a shell."""


@dataclass(frozen=True, slots=True)
class Shell:
    """The parts of a rendered map, safe to place in a template, and the id of the map's element. A page that shows
    something before the map is there puts `scripts` right before `script` instead of `header` in its head."""

    styles: Markup
    scripts: Markup
    html: Markup
    script: Markup
    element: str

    def stamped(self, nonce: str) -> Self:
        """The same for one answer, where it was rendered with UNSTAMPED: a shell is made once for all who ask alike."""
        if not _NONCE.fullmatch(nonce):
            raise ShellRefused("a shell needs the nonce of its answer")
        return replace(self, **{name: Markup(str(getattr(self, name)).replace(UNSTAMPED, nonce))
                                for name in ("styles", "scripts", "html", "script")})

    @property
    def header(self) -> Markup:
        return Markup("\n").join(part for part in (self.scripts, self.styles) if part)


def quiet_map(name: str, bounds: tuple[float, float, float, float], **options) -> folium.Map:
    """A folium map with nothing on it yet: no tiles, Leaflet alone, a fixed element id `map_<name>`.

    It starts in the middle of `bounds` (west, south, east, north in EPSG:4326), at about their size; the vector tile
    layer fits them once the element has its own size. (folium's fit_bounds would start an animation that swallows
    the view asked for in the address.)
    """
    west, south, east, north = bounds
    zoom = math.floor(math.log2(360 / max(east - west, north - south, 1e-4))) + 1
    chosen = {"zoom_control": False, "attributionControl": False, "max_zoom": 19, "min_zoom": 4, **options}
    drawn = folium.Map(
        location=((south + north) / 2, (west + east) / 2), zoom_start=min(max(zoom, 4), 18), tiles=None,
        control_scale=False, **chosen,
    )  # fmt: skip
    drawn.default_js = [entry for entry in folium.Map.default_js if entry[0] == "leaflet"]
    drawn.default_css = [entry for entry in folium.Map.default_css if entry[0] == "leaflet_css"]
    drawn._id = name
    return drawn


def shell(
    drawn: folium.Map,
    nonce: str,
    address: Callable[[str], str] = "/static/{}".format,
    resolve: Callable[[str], str] = local,
    hosts: Iterable[str] = (),
) -> Shell:
    """Render a folium map into its three parts.

    `address` turns a path under `static/` into a URL; `hosts` are the origins an operator allowed for a
    basemap, e.g. `https://tiles.example.go.id`. Raises AssetMissing and ShellRefused.
    """
    if not _NONCE.fullmatch(nonce):
        raise ShellRefused("a shell needs the nonce of its answer")
    figure = drawn.get_root()
    figure.render()
    head = list(_head(figure, drawn, nonce, address, resolve))
    scripts = "\n".join(part for part in head if part.startswith("<script"))
    styles = "\n".join(part for part in head if not part.startswith("<script"))
    html = f'<div class="map" id="{escape(drawn.get_name())}"></div>' + _rest_of_html(figure, drawn)
    script = figure.script.render()
    if re.search(r"</script|<!--", script, re.IGNORECASE):
        raise ShellRefused("the script of a map may not close its own element")
    _refuse_other_hosts(scripts + styles + html + script, tuple(hosts))
    return Shell(
        styles=Markup(styles),
        scripts=Markup(scripts),
        html=Markup(html),
        script=Markup(f'<script nonce="{nonce}">\n{script}\n</script>'),
        element=drawn.get_name(),
    )


def script_json(value: object) -> str:
    """`value` as JSON that cannot leave a <script> element, for the templates of our layers."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _head(figure: Figure, drawn: folium.Map, nonce: str, address: Callable, resolve: Callable) -> Iterable[str]:
    """The map's own header child is left out: it sets the viewport and the body of a page that is ours."""
    for name, child in figure.header._children.items():
        if name in ("meta_http", drawn.get_name()):
            continue
        if isinstance(child, Link):
            url = escape(address(resolve(name)))
            if type(child).__name__ == "JavascriptLink":
                yield f'<script src="{url}" nonce="{nonce}"></script>'
            else:
                yield f'<link rel="stylesheet" href="{url}">'
        else:
            yield _styles(name, child, nonce)


def _styles(name: str, child: Element, nonce: str) -> str:
    """Only styles may come from a layer: a stamped <script> would lend the nonce to whatever it holds."""
    text = child.render()
    bodies = re.fullmatch(r"\s*(?:<style>([^<]*)</style>\s*)+", text)
    if bodies is None:
        raise ShellRefused(f"the header of {name} holds more than styles")
    return re.sub(r"<style>", f'<style nonce="{nonce}">', text.strip())


def _rest_of_html(figure: Figure, drawn: folium.Map) -> str:
    rest = [child.render() for name, child in figure.html._children.items() if name != drawn.get_name()]
    text = "\n".join(rest)
    if re.search(r"<\s*(script|style|iframe|object|embed|base|link)\b|\son\w+\s*=|javascript:", text, re.IGNORECASE):
        raise ShellRefused("the elements of a map may not carry scripts or styles")
    return text


def _refuse_other_hosts(text: str, hosts: tuple[str, ...]) -> None:
    for found in ADDRESS.findall(text):
        if not found.startswith(NAMESPACES) and not found.startswith(tuple(f"{host}/" for host in hosts)):
            raise ShellRefused(f"a map may not reach for {found}")
