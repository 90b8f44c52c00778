"""Tables with shapes as files that other programs open; `FORMATS` is the list of all that are written.

A format is a module with `NAME`, `SUFFIX`, `MEDIA` and `write(out, table)`. All are written batch by batch, so that a
million rows need no more memory than a thousand. Adding one touches three places: its module, its name in `FORMATS`,
its test.

What is ours is written by ourselves or by Arrow: GDAL is loaded in a child only (geo/formats/child.py).
"""

from types import ModuleType

from geo.exports import geojson, geopackage, kml, parquet, text, xlsx
from geo.exports.table import Batch, Field, Note, Table, Value

__all__ = ["FORMATS", "Batch", "Field", "Note", "Table", "Value"]

FORMATS: dict[str, ModuleType] = {one.NAME: one for one in (xlsx, text, geojson, geopackage, kml, parquet)}
