"""Where the browser files that folium asks for stand on this machine.

Folium names its scripts and styles and gives each an address in a content network. Only the *name* is used
here: it is looked up below, and a name that is not listed, or whose file was never installed, raises. A
page therefore never reaches for another host, and never ships a map that is silently half drawn.
"""

from collections.abc import Mapping
from pathlib import Path

FILES: Mapping[str, str] = {
    "leaflet": "leaflet/dist/leaflet.js",
    "leaflet_css": "leaflet/dist/leaflet.css",
    "maplibre_css": "maplibre-gl/dist/maplibre-gl.css",
}
"""Name of an asset as folium or our layers give it -> its file under `app/static/vendor/<package>/`."""

LOADED_BY_SCRIPTS = (
    "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl-shared.mjs",
    "maplibre-gl-leaflet/leaflet-maplibre-gl.js",
)
"""Files under `app/static/vendor/` that our modules load themselves; the installation must bring them too."""

LAND = "world-atlas/land-10m.json"
"""Natural Earth's land at 1:10 million: tells land and sea apart where no boundaries are known."""

VENDOR = Path(__file__).parent.parent / "static" / "vendor"


class AssetMissing(RuntimeError):
    """A map needs a browser file that is not installed; run ./pantau run to fetch the browser files."""


def local(name: str, vendor: Path = VENDOR) -> str:
    """The path under `static/` of the asset folium calls `name`, e.g. `vendor/leaflet/dist/leaflet.js`.

    Raises AssetMissing for a name that is not listed and for a file that is not there.
    """
    if name not in FILES:
        raise AssetMissing(f"no local file is listed for the browser asset {name!r}")
    if not (vendor / FILES[name]).is_file():
        raise AssetMissing(f"{FILES[name]} is not installed under {vendor.name}/")
    return f"vendor/{FILES[name]}"
