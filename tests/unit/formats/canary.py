"""Hostile files read beside a listener on loopback and a file that nobody may read: run in a process of its own, as
unit tests open no sockets. Prints what reached the listener, and which readings held the secret, as JSON."""

import json
import socket
import sqlite3
import sys
import threading
import zipfile
from pathlib import Path

import pyogrio

from geo import rows
from geo.errors import GeoError
from geo.formats import layers
from tests.unit.files import SMALL, works
from tests.unit.formats.samples import GPX, KML

SECRET = "rahasia-yang-tidak-boleh-terbaca"
ENDINGS = (".geojson", ".kml", ".gpx", ".fgb", ".gpkg", ".zip", ".parquet", ".vrt")
DRIVERS = ("GPKG", "FlatGeobuf", "ESRI Shapefile")


class Listener:
    """Counts who connects, and hangs up."""

    def __init__(self) -> None:
        self.heard = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            connected, _ = self.socket.accept()
            self.heard += 1
            connected.close()


def vrt(source: str, sql: str = "") -> str:
    inside = f"<SrcDataSource>{source}</SrcDataSource><SrcLayer>secret</SrcLayer>{sql}"
    return f'<OGRVRTDataSource><OGRVRTLayer name="secret">{inside}</OGRVRTLayer></OGRVRTDataSource>'


def texts(url: str, secret: Path) -> dict[str, str]:
    """What a hostile file may say, by name; each is written under every ending."""
    entity = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "{}">]>'
    return {
        "vrt_file": vrt(str(secret)), "vrt_curl": vrt(f"/vsicurl/{url}/a.geojson"),
        "vrt_zip_curl": vrt(f"/vsizip//vsicurl/{url}/a.zip/a.shp"), "vrt_wfs": vrt(f"WFS:{url}"),
        "vrt_sql": vrt(str(secret), "<SrcSQL>SELECT ogr_geocode('x') AS g, * FROM secret</SrcSQL>"),
        "wfs": f"<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
        "gdalg": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {url}/a"}),
        "gdalg_file": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector convert {secret} a"}),
        "crs_link": json.dumps({"type": "FeatureCollection", "crs": {"type": "link", "properties": {
            "href": f"{url}/crs", "type": "proj4"}}, "features": [{"type": "Feature", "properties": {"nama": "a"},
                                                                   "geometry": None}]}),
        "crs_url": json.dumps({"type": "FeatureCollection", "crs": {"type": "name", "properties": {
            "name": f"{url}/EPSG:4326"}}, "features": [{"type": "Feature", "properties": {"nama": "a"},
                                                        "geometry": None}]}),
        "kml_link": KML.replace("<Style", f"<NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink>"
                                f"<NetworkLink><Url><href>{secret}</href></Url></NetworkLink><Style", 1),
        "kml_style": KML.replace("#s", f"{url}/a.kml#s").replace("#x", f"{url}/schema"),
        "kml_overlay": KML.replace("<Style", f"<GroundOverlay><Icon><href>{url}/a.png</href></Icon></GroundOverlay>"
                                   "<Style", 1),
        "kml_entity": entity.format(secret.as_uri()) + "<kml><Placemark><name>&e;</name></Placemark></kml>",
        "kml_entity_curl": entity.format(f"{url}/e") + "<kml><Placemark><name>&e;</name></Placemark></kml>",
        "kml_outside": f'<!DOCTYPE kml SYSTEM "{url}/kml.dtd"><kml><Placemark><name>a</name></Placemark></kml>',
        "kml_include": '<kml xmlns:xi="http://www.w3.org/2001/XInclude"><Placemark><name><xi:include parse="text" '
                       f'href="{secret.as_uri()}"/></name></Placemark></kml>',
        "gpx_schema": GPX.replace("<gpx ", f'<gpx xmlns:xsi="x" xsi:schemaLocation="a {url}/gpx.xsd" ', 1),
        "gpx_entity": entity.format(secret.as_uri()) + "<gpx><wpt lat='1' lon='1'><name>&e;</name></wpt></gpx>",
        "path_curl": f"/vsicurl/{url}/a.geojson", "path_zip": f"/vsizip/{secret}", "path_file": str(secret),
    }


def binaries(folder: Path, url: str, secret: Path) -> list[Path]:
    """Good files of their kind with something hostile inside."""
    made = []
    for number, change in enumerate((
            f"UPDATE gpkg_spatial_ref_sys SET definition = '{url}/crs' WHERE srs_id = 4326",  # noqa: S608
            f"UPDATE gpkg_spatial_ref_sys SET organization = 'x', definition = '{secret}'",  # noqa: S608
            "CREATE VIEW v AS SELECT 1 AS fid, ogr_geocode('x') AS g",
            f"CREATE TRIGGER t AFTER UPDATE ON jalan BEGIN SELECT load_extension('{secret}'); END")):
        path = folder / f"{number}.gpkg"
        works().to_file(path, layer="jalan")
        with sqlite3.connect(path) as opened:
            opened.execute(change)
            if "VIEW" in change:
                opened.execute("UPDATE gpkg_contents SET table_name = 'v', data_type = 'attributes'")
        opened.close()
        made.append(path)
    works().to_file(folder / "a.shp")
    for name, prj in (("prj_url", f"{url}/a.prj"), ("prj_file", str(secret)), ("prj_grid",
                      f'GEOGCS["x",DATUM["x",SPHEROID["x",6378137,298],EXTENSION["PROJ4_GRIDS","{url}/g.tif"]],'
                      'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]')):
        made.append(folder / f"{name}.zip")
        with zipfile.ZipFile(made[-1], "w") as opened:
            for part in (".shp", ".shx", ".dbf"):
                opened.write(folder / f"a{part}", f"a{part}")
            opened.writestr("a.prj", prj)
    return made


def main(folder: Path) -> None:
    listener = Listener()
    secret = folder / "secret.geojson"
    works().assign(nama=SECRET).to_file(secret, driver="GeoJSON")
    read, refused, disclosed = 0, 0, []

    def tried(name: str, reading) -> None:
        nonlocal read, refused
        try:
            said = repr(reading())
            read += 1
            if SECRET in said:
                disclosed.append(name)
        except GeoError:
            refused += 1

    for name, text in texts(listener.url, secret).items():
        for ending in ENDINGS:
            path = folder / f"{name}{ending}"
            path.write_text(text, "utf-8")
            tried(path.name, lambda path=path: rows.read(path, limits=SMALL))
        if name.startswith(("vrt_", "wfs")):
            tried(f"{name} by force", lambda path=path, name=name: layers.read(
                path, DRIVERS[len(name) % len(DRIVERS)], SMALL).properties)
    for path in binaries(folder, listener.url, secret):
        tried(path.name, lambda path=path: rows.read(path, limits=SMALL))
    heard = listener.heard
    alone = {}
    for name in ("vrt_file", "vrt_curl"):  # what GDAL does when it is left alone: the listener and the file do work
        try:
            alone[name] = SECRET in repr(pyogrio.read_dataframe(folder / f"{name}.geojson"))
        except Exception:
            alone[name] = False
    print(json.dumps({"heard": heard, "disclosed": disclosed, "read": read, "refused": refused,
                      "alone_disclosed": alone["vrt_file"], "alone_heard": listener.heard - heard}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
