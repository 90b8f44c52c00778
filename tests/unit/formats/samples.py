"""One small, good file of every format: what tests break, cut, disguise and fuzz."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from tests.unit.files import workbook, works

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>Desa</name>
<Style id="s"><LineStyle><width>3</width></LineStyle></Style>
<Folder><name>Jalan</name><Folder><name>Dusun Krajan</name>
<Placemark id="p1"><name>Jalan Café</name><styleUrl>#s</styleUrl><description><![CDATA[<b>rabat</b>]]></description>
<ExtendedData><Data name="tahun"><value>2024</value></Data>
<SchemaData schemaUrl="#x"><SimpleData name="pagu">187500000</SimpleData></SchemaData></ExtendedData>
<LineString><coordinates>114.25,-8.25,12 114.26,-8.25,12
 114.27,-8.26</coordinates></LineString></Placemark>
</Folder></Folder>
<Placemark><name>Talud</name><gx:Track><when>2024-05-01T01:02:03Z</when><when>2024-05-01T01:02:13Z</when>
<gx:coord>114.26 -8.26 10</gx:coord><gx:coord>114.27 -8.27 10</gx:coord></gx:Track></Placemark>
</Document></kml>
"""

GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="-8.25" lon="114.25"><time>2024-05-01T01:02:03Z</time><name>Jalan Café</name><cmt>rusak</cmt>
<hdop>1.4</hdop><extensions><x:battery xmlns:x="y">80</x:battery></extensions></wpt>
<rte><name>Rute</name><rtept lat="-8.25" lon="114.25"/><rtept lat="-8.26" lon="114.26"/></rte>
<trk><name>Talud</name><desc>sisi kiri</desc><trkseg>
<trkpt lat="-8.26" lon="114.26"><ele>1</ele><hdop>2</hdop></trkpt><trkpt lat="-8.27" lon="114.27"><hdop>3</hdop></trkpt>
</trkseg><trkseg/></trk></gpx>
"""


def geojson() -> dict:
    """The two works of tests/unit/files.py as a FeatureCollection."""
    return json.loads(works().to_json(drop_id=True))


def _text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content, "utf-8") and None


def _zipped(path: Path, **entries: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name.replace("__", "/"), content)


def _shapefile(path: Path) -> None:
    folder = path.with_suffix(".parts")
    folder.mkdir(exist_ok=True)
    works(32749).to_file(folder / "works.shp")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for part in sorted(folder.iterdir()):
            opened.write(part, f"desa/{part.name}")


def _kmz(path: Path) -> None:
    _zipped(path, **{"doc.kml": KML.encode(), "files__a.png": b"\x89PNG"})


def _parquet(path: Path) -> None:
    written = io.BytesIO()
    works().to_parquet(written)
    path.write_bytes(written.getvalue())


def _workbook(path: Path) -> None:
    workbook(path, [["Nama Kegiatan", "Tahun", "Lat", "Lon"], ["Jalan Café", 2024, -8.25, 114.25],
                    ["Talud", 2025, -8.26, 114.26]])


SAMPLES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "csv": (".csv", _text("nama;tahun;lat;lon\nJalan Café;2024;-8,25;114,25\nTalud;2025;-8,26;114,26\n")),
    "xlsx": (".xlsx", _workbook),
    "geojson": (".geojson", lambda path: path.write_text(json.dumps(geojson())) and None),
    "geojsonl": (".geojsonl", lambda path: path.write_text(
        "".join(json.dumps(one) + "\n" for one in geojson()["features"])) and None),
    "kml": (".kml", _text(KML)),
    "kmz": (".kmz", _kmz),
    "gpx": (".gpx", _text(GPX)),
    "shapefile": (".zip", _shapefile),
    "gpkg": (".gpkg", lambda path: works().to_file(path)),
    "fgb": (".fgb", lambda path: works().to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")),
    "parquet": (".parquet", _parquet),
}
"""Name of a format -> how its files end, and what writes one."""

CHILD = ("xlsx", "shapefile", "gpkg", "fgb", "parquet")
"""The formats that the child opens: a second or two each."""


def sample(folder: Path, form: str) -> Path:
    """The good file of a format, written into a folder."""
    ending, write = SAMPLES[form]
    path = folder / f"sample-{form}{ending}"
    write(path)
    return path


def layer(path: Path, shapes: list, driver: str | None = None, **columns: list) -> Path:
    """A file of one layer with these shapes, written without any check of theirs."""
    frame = gpd.GeoDataFrame({"nama": [f"Kegiatan {k}" for k in range(len(shapes))], **columns},
                             geometry=gpd.GeoSeries(shapes), crs=4326)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        pyogrio.write_dataframe(frame, path, driver=driver)
    return path


def endless() -> list:
    """Points whose numbers are no places."""
    return [shapely.Point(float("nan"), -8), shapely.Point(float("inf"), -8), shapely.Point(1e308, -8),
            shapely.Point(114.25, -8.25)]
