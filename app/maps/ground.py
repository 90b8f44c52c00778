"""The look of a vector basemap in the protomaps schema: quiet, below everything that is ours."""

from app.maps.families import PAPER

SOURCE = "basemap"
FONT = ["'Source Sans 3'", "sans-serif"]
GREEN, WATER, ROAD, BUILT = "#e6ecdd", "#cfdfe6", "#d3ccbf", "#f0eee7"


def layers() -> list[dict]:
    """Layers of a MapLibre style over the source `basemap`."""
    name = ["coalesce", ["get", "name:id"], ["get", "name"]]
    return [
        _one("ground-green", "landuse", "fill", {"fill-color": GREEN}, ["in", ["get", "kind"], ["literal", [
            "forest", "wood", "park", "nature_reserve", "national_park", "protected_area", "farmland", "orchard"]]]),
        _one("ground-water", "water", "fill", {"fill-color": WATER}, ["==", ["geometry-type"], "Polygon"]),
        _one("ground-rivers", "water", "line", {"line-color": WATER, "line-width": 1.4},
             ["==", ["geometry-type"], "LineString"]),
        _one("ground-buildings", "buildings", "fill", {"fill-color": BUILT, "fill-outline-color": ROAD}),
        _one("ground-paths", "roads", "line", {"line-color": ROAD, "line-width": 0.7, "line-dasharray": [3, 2]},
             ["==", ["get", "kind"], "path"]),
        _one("ground-lanes", "roads", "line", {"line-color": ROAD, "line-width": 1.1},
             ["in", ["get", "kind"], ["literal", ["minor_road", "other"]]]),
        _one("ground-roads", "roads", "line", {"line-color": ROAD, "line-width": _by_zoom(8, 0.8, 14, 3)},
             ["in", ["get", "kind"], ["literal", ["medium_road", "major_road", "highway"]]]),
        {"id": "ground-names", "source": SOURCE, "source-layer": "places", "type": "symbol", "minzoom": 8,
         "layout": {"text-field": name, "text-font": FONT, "text-size": 11, "text-max-width": 7},
         "paint": {"text-color": "#8a8478", "text-halo-color": PAPER, "text-halo-width": 1.2}},
    ]  # fmt: skip


def _one(name: str, layer: str, kind: str, paint: dict, which: list | None = None) -> dict:
    drawn = {"id": name, "source": SOURCE, "source-layer": layer, "type": kind, "paint": paint}
    return drawn | ({"filter": which} if which else {})


def _by_zoom(*stops: float) -> list:
    return ["interpolate", ["exponential", 1.4], ["zoom"], *stops]
