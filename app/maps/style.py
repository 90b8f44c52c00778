"""The look of the vector map, as a MapLibre style: quiet land and borders below, saturated works above.

Only codes, numbers and addresses go in here; what people typed stays in the tiles. Zooms are those of tiles
(one less than Leaflet's). Layers are drawn in the order they are listed.
"""

from functools import partial

from app.maps.families import AMBER, FILLS, OTHER_LAND, PAPER, RED, SEA, families
from app.maps.shades import Shade

FONT = ["'Source Sans 3'", "sans-serif"]
EXACT_ZOOM = 11  # below it works come gathered, from it one by one
SHAPE_ZOOM = 13  # from it lines and areas come in their own shape
LAST_ZOOM = 16  # tiles are stretched beyond it


def style(
    sources: dict[str, str], by: str = "category", language: str = "id", ground: bool = True,
    latest: int | None = None, shade: Shade | None = None, below: list[dict] | None = None, last_of_basemap: int = 15,
) -> dict:  # fmt: skip
    """A MapLibre style over our own tiles.

    `sources` holds addresses from the root of this host: `regions` (tiles), `land` (GeoJSON) and, on maps
    that show works, `works` (tiles); what is left out is not drawn. `by` is one of families.STYLES, `latest` the year
    from which its years count back. Without `ground` sea and land are left to a basemap below. `shade` colours the
    regions of the source `shades`; `below` are the layers of a basemap in the source `basemap`.
    """
    layers = [{"id": "sea", "type": "background", "paint": {"background-color": SEA}}]
    built: dict[str, dict] = {}
    if "land" in sources:
        built["land"] = {"type": "geojson", "data": sources["land"], "tolerance": 0.6}
        layers += [_fill("land", "land", None, OTHER_LAND), _border("shore", "land", None, "#c3ccce", 0.8)]
    if "regions" in sources:
        built["regions"] = _tiles(sources["regions"], first=4, last=13)
        layers += _regions()
    if "basemap" in sources:
        built["basemap"] = _tiles(sources["basemap"], first=0, last=last_of_basemap)
        at = next((n for n, layer in enumerate(layers) if layer["id"].startswith("border-")), len(layers))
        layers[at:at] = below or []
    if shade:
        built["shades"] = _tiles(sources["shades"], first=4, last=12)
        at = next((n for n, layer in enumerate(layers) if layer["id"].startswith("border-")), len(layers))
        layers[at:at] = shade.layers()
    if "works" in sources:
        built["works"] = _tiles(sources["works"], first=0, last=LAST_ZOOM)
        layers += _shapes(by, latest) + _symbols(by, latest)
    if "regions" in sources:
        layers += _names()
    if "works" in sources:
        layers += _crowds(language)
    if not ground:
        layers = [layer for layer in layers if layer["id"] not in ("sea", "land", "shore", "own-land")]
    return {"version": 8, "sources": built, "layers": layers, "transition": {"duration": 0}}


def _tiles(address: str, first: int, last: int) -> dict:
    return {"type": "vector", "tiles": [address], "minzoom": first, "maxzoom": last}


def _by_zoom(*stops: float) -> list:
    return ["interpolate", ["exponential", 1.4], ["zoom"], *stops]


def _family(by: str, latest: int | None, what: str) -> list | str:
    """What a family says, by the property `by` of a work."""
    known = families(by, latest)
    cases = [part for family in known if family.members and family is not known[-1]
             for part in (list(family.members), getattr(family, what))]
    return ["match", ["get", by], *cases, getattr(known[-1], what)]


def _fill_code() -> list:
    cases = [part for stage, fill in FILLS.items() for part in (stage, fill)]
    return ["match", ["get", "stage"], *cases, "hollow"]


def _fill(name: str, source: str, layer: str | None, colour: str) -> dict:
    drawn = {
        "id": name,
        "type": "fill",
        "source": source,
        "paint": {"fill-color": colour, "fill-antialias": False},
    }
    return drawn | ({"source-layer": layer} if layer else {})


def _border(name: str, source: str, layer: str | None, colour: str, width: float, **more) -> dict:
    paint = {"line-color": colour, "line-width": width} | more.pop("paint", {})
    drawn = {"id": name, "type": "line", "source": source, "paint": paint, "layout": {"line-join": "round"}}
    return drawn | ({"source-layer": layer} if layer else {}) | more


def _regions() -> list[dict]:
    """Own land, then borders by level; those that are only approximate are dashed."""
    layers = [_fill("own-land", "regions", "regions", PAPER)]
    levels = (
        ("village", "#bdb8aa", 0.8, 10),
        ("district", "#9d968a", 1.1, 7),
        ("regency", "#7d776c", 1.6, 0),
    )
    for level, colour, width, first in levels:
        here = ["==", ["get", "level"], level]
        exact, rough = (["all", here, ["==", ["get", "approximate"], known]] for known in (False, True))
        border = partial(_border, source="regions", layer="borders", colour=colour, width=width, minzoom=first)
        layers.append(border(f"border-{level}", filter=exact))
        layers.append(border(f"border-{level}-rough", filter=rough, paint={"line-dasharray": [4, 3]}))
    return layers


def _names() -> list[dict]:
    def named(level: str, first: float, last: float, size: list | float, colour: str, spacing: float) -> dict:
        return {
            "id": f"name-{level}", "type": "symbol", "source": "regions", "source-layer": "names",
            "minzoom": first, "maxzoom": last, "filter": ["==", ["get", "level"], level],
            "layout": {
                "text-field": ["get", "name"], "text-font": FONT, "text-size": size, "text-max-width": 7,
                "text-letter-spacing": spacing, "text-padding": 4,
                "text-variable-anchor": ["center", "top", "bottom", "left", "right"], "text-radial-offset": 0.9,
                "text-justify": "auto",
            },
            "paint": {"text-color": colour, "text-halo-color": PAPER, "text-halo-width": 1.4},
        }  # fmt: skip

    return [
        named("village", 11, 24, _by_zoom(11, 11, 15, 14), "#6a655b", 0.01),
        named("district", 9, 12.5, _by_zoom(8, 11, 12, 14), "#5b564d", 0.04),
        named("regency", 5, 8, 13, "#4c483f", 0.06),
    ]


def _crowds(language: str) -> list[dict]:
    """Below EXACT_ZOOM: how many works stand around here, ringed in amber by the share that waits for a
    verdict."""
    radius = ["interpolate", ["linear"], ["sqrt", ["get", "works"]], 1, 5, 5, 9, 15, 15, 40, 22, 120, 29]
    ringed = ["case", [">", ["get", "confirmed"], 0], RED, [">", ["get", "flagged"], 0], AMBER, "#ffffff"]
    return [
        {
            "id": "crowds", "type": "circle", "source": "works", "source-layer": "crowds",
            "paint": {
                "circle-radius": radius, "circle-color": "#46627a", "circle-opacity": 0.82,
                "circle-stroke-color": ringed, "circle-stroke-width": 1.75,
            },
        },
        {
            "id": "crowd-counts", "type": "symbol", "source": "works", "source-layer": "crowds",
            "filter": [">", ["get", "works"], 1],
            "layout": {
                "text-field": ["number-format", ["get", "works"], {"locale": language}], "text-font": FONT,
                "text-size": ["interpolate", ["linear"], ["sqrt", ["get", "works"]], 1, 10, 15, 13],
                "text-allow-overlap": True, "text-padding": 12,
            },
            "paint": {"text-color": "#ffffff"},
        },
    ]  # fmt: skip


def _shapes(by: str, latest: int | None) -> list[dict]:
    """Areas and lines: the outline is the family, the inside says the stage, amber or red lies under a
    flag."""
    colour, kind = _family(by, latest, "colour"), ["geometry-type"]
    area, line = ["==", kind, "Polygon"], ["==", kind, "LineString"]
    flagged = [">", ["get", "flag"], 0]
    marked = ["case", ["==", ["get", "flag"], 2], RED, AMBER]
    inside = ["match", ["get", "stage"], ["proposed", "planned", "cancelled"], 0.04, "running", 0.12, 0.2]

    def one(name: str, type_: str, which: list, paint: dict) -> dict:
        layout = {"line-join": "round", "line-cap": "round"} if type_ == "line" else {}
        return {
            "id": name, "type": type_, "source": "works", "source-layer": "works",
            "filter": which, "layout": layout, "paint": paint,
        }  # fmt: skip

    def at_stage(*stages: str) -> list:
        return ["all", line, ["in", ["get", "stage"], ["literal", list(stages)]]]

    return [
        one("areas", "fill", area, {"fill-color": colour, "fill-opacity": inside}),
        one("area-flags", "line", ["all", area, flagged], {"line-color": marked, "line-width": 6}),
        one("area-outlines", "line", area, {"line-color": colour, "line-width": 2}),
        one("line-flags", "line", ["all", line, flagged], {"line-color": marked, "line-width": 9}),
        one("line-edges", "line", line, {"line-color": "#ffffff", "line-width": 6, "line-opacity": 0.85}),
        one("lines", "line", line, {"line-color": colour, "line-width": 4}),
        one("lines-hollow", "line", at_stage("proposed", "planned", "cancelled"),
            {"line-color": "#ffffff", "line-width": 1.8}),
        one("lines-half", "line", at_stage("running"),
            {"line-color": "#ffffff", "line-width": 1.8, "line-dasharray": [4, 5]}),
    ]  # fmt: skip


def _symbols(by: str, latest: int | None) -> list[dict]:
    """Points, their flags and the thin line that joins the two works of an indication."""
    size = _by_zoom(11, 0.62, 13, 0.85, 16, 1.15)
    flagged = ["all", ["==", ["geometry-type"], "Point"], [">", ["get", "flag"], 0]]
    return [
        {
            "id": "pairs", "type": "line", "source": "works", "source-layer": "pairs",
            "paint": {
                "line-color": ["case", ["==", ["get", "flag"], 2], RED, AMBER],
                "line-width": 1.5, "line-opacity": 0.9,
            },
        },
        {
            "id": "point-flags", "type": "circle", "source": "works", "source-layer": "works",
            "filter": flagged,
            "paint": {
                "circle-radius": _by_zoom(11, 6.6, 13, 9, 16, 12), "circle-opacity": 0,
                "circle-stroke-width": 2.5,
                "circle-stroke-color": ["case", ["==", ["get", "flag"], 2], RED, AMBER],
            },
        },
        {
            "id": "points", "type": "symbol", "source": "works", "source-layer": "works",
            "filter": ["==", ["geometry-type"], "Point"],
            "layout": {
                "icon-image": ["concat", _family(by, latest, "code"), "-", _fill_code()], "icon-size": size,
                "icon-allow-overlap": True, "icon-ignore-placement": True,
                "symbol-sort-key": ["get", "flag"],
            },
        },
        *_signs(by, latest),
    ]  # fmt: skip


def _signs(by: str, latest: int | None) -> list[dict]:
    """Near the ground the sign of the family stands beside each symbol and along each line: not by colour alone."""
    if not any(family.sign for family in families(by, latest)):
        return []
    text = {
        "text-field": _family(by, latest, "sign"), "text-font": FONT, "text-size": 12, "text-optional": True,
        "text-padding": 1,
    }  # fmt: skip
    paint = {"text-color": "#1b2430", "text-halo-color": PAPER, "text-halo-width": 1.6}
    signs = {"type": "symbol", "source": "works", "source-layer": "works", "minzoom": SHAPE_ZOOM, "paint": paint}
    return [
        signs | {"id": "point-signs", "filter": ["==", ["geometry-type"], "Point"],
                 "layout": text | {"text-anchor": "left", "text-offset": [0.8, 0]}},
        signs | {"id": "line-signs", "filter": ["==", ["geometry-type"], "LineString"],
                 "layout": text | {"symbol-placement": "line-center"}},
    ]  # fmt: skip


def symbols(by: str = "category", latest: int | None = None) -> list[dict[str, str]]:
    """What the browser must paint once: one small picture per family and fill, `{name, colour, fill}`."""
    return [
        {"name": f"{family.code}-{fill}", "colour": family.colour, "fill": fill}
        for family in families(by, latest)
        for fill in sorted(set(FILLS.values()))
    ]
