"""A rendered map is offline, carries the nonce, and lets nothing that people typed become markup."""

import re

import folium
import pytest
import shapely
from branca.element import Element, JavascriptLink

from app.maps.assets import FILES, AssetMissing, local
from app.maps.drawn import Drawn, Figure
from app.maps.shell import UNSTAMPED, ShellRefused, quiet_map, script_json, shell
from app.maps.vector_tiles import VectorTiles

BOUNDS = (113.7, -8.9, 114.7, -7.8)
NONCE = "c2l4dGVlbi1ieXRlcy1vaw"
SOURCES = {"regions": "/tiles/regions/{z}/{x}/{y}", "works": "/tiles/works/{z}/{x}/{y}", "land": "/map/land.json"}


@pytest.fixture
def installed(tmp_path):
    """A resolver over a vendor folder that holds every listed file."""
    for file in FILES.values():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    return lambda name: local(name, tmp_path)


@pytest.fixture
def whole(installed):
    drawn = quiet_map("works", BOUNDS)
    drawn.add_child(VectorTiles(SOURCES, attribution=("DATA CONTOH",)))
    drawn.add_child(Drawn([Figure(shapely.Point(114.1, -8.2), "work", "w1", accuracy_m=15)]))
    return shell(drawn, NONCE, resolve=installed)


def test_an_asset_that_nobody_installed_raises(tmp_path):
    with pytest.raises(AssetMissing, match="not installed"):
        shell(quiet_map("works", BOUNDS), NONCE, resolve=lambda name: local(name, tmp_path))


def test_an_asset_that_is_not_listed_raises(installed):
    plain = folium.Map(tiles=None)
    with pytest.raises(AssetMissing, match="jquery"):
        shell(plain, NONCE, resolve=installed)


def test_a_script_that_a_layer_adds_by_its_own_address_raises(installed):
    drawn = quiet_map("works", BOUNDS)
    drawn.get_root().header.add_child(JavascriptLink("https://d3js.org/d3.v4.min.js"), name="d3")
    with pytest.raises(AssetMissing, match="d3"):
        shell(drawn, NONCE, resolve=installed)


def test_no_part_names_another_host(whole):
    parts = whole.header + whole.html + whole.script
    assert re.findall(r"(?:https?:)?//[\w.]+", parts) == []


def test_a_basemap_of_another_host_is_refused_until_it_is_allowed(installed):
    def with_basemap():
        drawn = quiet_map("works", BOUNDS)
        folium.TileLayer("https://tiles.example.go.id/{z}/{x}/{y}.png", attr="Kantor").add_to(drawn)
        return drawn

    with pytest.raises(ShellRefused, match=r"tiles\.example"):
        shell(with_basemap(), NONCE, resolve=installed)
    with pytest.raises(ShellRefused, match=r"tiles\.example"):
        shell(with_basemap(), NONCE, resolve=installed, hosts=("https://tiles.example.go",))
    allowed = shell(with_basemap(), NONCE, resolve=installed, hosts=("https://tiles.example.go.id",))
    assert "tiles.example.go.id" in allowed.script


def test_every_script_and_style_carries_the_nonce(whole):
    tags = re.findall(r"<(?:script|style)\b[^>]*>", whole.header + whole.html + whole.script)
    assert len(tags) >= 2
    assert all(f'nonce="{NONCE}"' in tag for tag in tags)


def test_a_kept_shell_is_stamped_with_the_nonce_of_each_answer_and_keeps_none(installed):
    drawn = quiet_map("works", BOUNDS)
    drawn.add_child(VectorTiles(SOURCES, attribution=("DATA CONTOH",)))
    kept = shell(drawn, UNSTAMPED, resolve=installed)
    for nonce in (NONCE, NONCE[::-1]):
        parts = [kept.stamped(nonce).header, kept.stamped(nonce).html, kept.stamped(nonce).script]
        tags = [tag for part in parts for tag in re.findall(r"<(?:script|style)\b[^>]*>", part)]
        assert tags
        assert all(f'nonce="{nonce}"' in tag for tag in tags)
        assert UNSTAMPED not in "".join(parts)
    with pytest.raises(ShellRefused):
        kept.stamped("short")


def test_links_point_into_our_static_files_in_the_order_folium_asked(whole):
    assert re.findall(r'(?:src|href)="([^"]+)"', whole.header) == [
        "/static/vendor/leaflet/dist/leaflet.js",
        "/static/vendor/leaflet/dist/leaflet.css",
        "/static/vendor/maplibre-gl/dist/maplibre-gl.css",
    ]


def test_the_map_leaves_the_viewport_and_the_body_to_the_page(whole):
    assert "viewport" not in whole.header
    assert "body" not in whole.header


def test_a_shell_without_a_nonce_is_refused(installed):
    for nonce in ("", "short", 'x" onload="alert(1)'):
        with pytest.raises(ShellRefused):
            shell(quiet_map("works", BOUNDS), nonce, resolve=installed)


@pytest.mark.parametrize("hostile", ["</script><script>alert(1)</script>", "<!--<script>", "\u2028alert(1)", "&lt;"])
def test_a_hostile_text_cannot_leave_the_json_of_a_script(hostile):
    written = script_json({"name": hostile})
    assert not set("<>&\u2028\u2029") & set(written)


def test_a_hostile_attribution_stays_inside_the_script(installed):
    drawn = quiet_map("works", BOUNDS)
    drawn.add_child(VectorTiles(SOURCES, attribution=("</script><img src=x onerror=alert(1)>",)))
    rendered = shell(drawn, NONCE, resolve=installed)
    assert rendered.script.count("</script>") == 1
    assert "<img" not in rendered.script


def test_a_script_that_closes_its_own_element_is_refused(installed):
    drawn = quiet_map("works", BOUNDS)
    drawn.get_root().script.add_child(Element("var a = '</SCRIPT>'"), name="hostile")
    with pytest.raises(ShellRefused):
        shell(drawn, NONCE, resolve=installed)


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", "<style>a{}</style><script>1</script>", "<meta x>"])
def test_a_header_that_holds_more_than_styles_is_refused(installed, markup):
    drawn = quiet_map("works", BOUNDS)
    drawn.get_root().header.add_child(Element(markup), name="hostile")
    with pytest.raises(ShellRefused, match="hostile"):
        shell(drawn, NONCE, resolve=installed)


@pytest.mark.parametrize(
    "markup", ["<script>1</script>", "<b onclick=alert(1)>x</b>", "<iframe>", "<a href='javascript:1'>"]
)
def test_elements_that_carry_scripts_are_refused(installed, markup):
    drawn = quiet_map("works", BOUNDS)
    drawn.get_root().html.add_child(Element(markup), name="hostile")
    with pytest.raises(ShellRefused):
        shell(drawn, NONCE, resolve=installed)


def test_a_figure_with_a_role_that_is_not_on_the_list_is_refused():
    with pytest.raises(ValueError, match="winner"):
        Figure(shapely.Point(0, 0), "winner")
