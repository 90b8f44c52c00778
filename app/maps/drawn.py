"""A few known shapes on a folium map: the works of a pair, a proposal and what stands around it.

For pages that show some works and not all of them. The shapes carry a role from a closed list and the id of
a work, never a name; the page's own module answers hovering and clicks by that id.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from branca.element import MacroElement
from folium.template import Template

from app.maps.shell import script_json

ROLES = ("left", "right", "overlap", "work", "proposal", "before", "region")


@dataclass(frozen=True, slots=True)
class Figure:
    """One shape in EPSG:4326; `accuracy_m` draws the disc within which a point may really lie; `mark` is written beside
    it on a picture (A and B where left and right say nothing else)."""

    geometry: shapely.Geometry
    role: str
    work: str | None = None
    accuracy_m: float | None = None
    colour: str | None = None
    mark: str | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"no role {self.role!r}")


class Drawn(MacroElement):
    """Known shapes, drawn as Leaflet paths above the vector tiles; `fit` moves the map to hold them."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            (window.pantauDrawn = window.pantauDrawn || []).push({
                map: {{ this._parent.get_name() }},
                drawn: {{ this.description }}
            });
        {% endmacro %}
    """)

    def __init__(self, figures: Iterable[Figure], fit: bool = True) -> None:
        super().__init__()
        self._name = "Drawn"
        features = [_feature(figure) for figure in figures]
        self.description = script_json({"type": "FeatureCollection", "fit": fit, "features": features})


def _feature(figure: Figure) -> dict:
    known = {
        "role": figure.role,
        "work": figure.work,
        "accuracy_m": figure.accuracy_m,
        "colour": figure.colour,
    }
    shape = shapely.set_precision(figure.geometry, 1e-7, mode="pointwise")
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shape),
        "properties": {key: value for key, value in known.items() if value is not None},
    }
