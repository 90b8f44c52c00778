"""The layer that brings our vector tiles into a folium map.

Folium writes the map and, through this layer, one entry in a queue; `static/map_layer.js`, a module that
runs after folium's inline script, takes it from there. MapLibre (through @maplibre/maplibre-gl-leaflet)
draws inside Leaflet; where the browser has no WebGL the module draws the same works plainly from `plain`
and says so.
"""

from typing import ClassVar

from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from app.maps.shades import Shade
from app.maps.shell import script_json
from app.maps.style import style, symbols


class VectorTiles(JSCSSMixin, MacroElement):
    """Our own tiles, drawn by MapLibre inside the folium map.

    `sources` as in `style.style`; `plain` is the address of the works as GeoJSON within a box, for browsers
    without WebGL; `attribution` are sentences of ours (no text that people typed).
    """

    default_js: ClassVar = []
    default_css: ClassVar = [("maplibre_css", "maplibre-gl.css")]
    _template = Template("""
        {% macro script(this, kwargs) %}
            (window.pantauMaps = window.pantauMaps || []).push({
                map: {{ this._parent.get_name() }},
                layer: {{ this.description }}
            });
        {% endmacro %}
    """)

    def __init__(
        self,
        sources: dict[str, str],
        *,
        by: str = "category",
        language: str = "id",
        plain: str | None = None,
        attribution: tuple[str, ...] = (),
        ground: bool = True,
        bounds: tuple[float, float, float, float] | None = None,
        latest: int | None = None,
        shade: Shade | None = None,
        below: list[dict] | None = None,
        last_of_basemap: int = 15,
    ) -> None:
        super().__init__()
        self._name = "VectorTiles"
        self.description = script_json(
            {
                "style": style(sources, by, language, ground, latest, shade, below, last_of_basemap),
                "symbols": symbols(by, latest) if "works" in sources else [],
                "plain": plain,
                "attribution": list(attribution),
                "bounds": list(bounds) if bounds else None,
            }
        )
