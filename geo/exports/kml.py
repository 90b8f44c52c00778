"""KML 2.2, one Placemark a row, written as text: every value is escaped, and what XML cannot hold is left out.

Values are the words for people, under the names for programs with the headings beside them (`displayName`). A row
without a place is a Placemark without a geometry: it stands in the list and not on the globe.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely

from geo.exports import shapes
from geo.exports.table import Batch, Field, Table, Value, worded

NAME, SUFFIX, MEDIA = "kml", ".kml", "application/vnd.google-earth.kml+xml"
TYPES = {"whole": "int", "money": "double", "number": "double"}
TITLES = ("name", "title", "a_name")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(out: Path, table: Table) -> None:
    """Write the table; `out` is made anew."""
    fields = table.headed
    with out.open("w", encoding="utf-8", newline="\n") as opened:
        opened.write('<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
                     f"<name>{_text(table.note.title)}</name>\n<description>{_text(table.note.text)}</description>\n"
                     f'<Schema name="{table.name}" id="{table.name}">\n')
        for one in fields:
            opened.write(f'<SimpleField type="{TYPES.get(one.type, "string")}" name="{one.name}">'
                         f"<displayName>{_text(one.heading)}</displayName></SimpleField>\n")
        opened.write("</Schema>\n")
        title = next((place for place, one in enumerate(fields) if one.name in TITLES), 0)
        for batch in table:
            opened.writelines(_placemarks(batch, fields, title, table.name))
        opened.write("</Document></kml>\n")


def _placemarks(batch: Batch, fields: Sequence[Field], title: int, schema: str) -> Iterator[str]:
    columns = [[_value(cell) for cell in worded(column, field)]
               for column, field in zip(batch.columns, fields, strict=True)]
    names = [f"<SimpleData name={quoteattr(one.name)}>" for one in fields]
    for shape, cells in zip(shapes.rounded(batch.shapes), zip(*columns, strict=True), strict=True):
        said = "".join([f"{name}{cell}</SimpleData>" for name, cell in zip(names, cells, strict=True) if cell])
        yield (f"<Placemark><name>{cells[title]}</name><ExtendedData><SchemaData schemaUrl=\"#{schema}\">{said}"
               f"</SchemaData></ExtendedData>{_shape(shape)}</Placemark>\n")


def _text(value: str) -> str:
    return escape(_NO_XML.sub("", value))


def _value(cell: Value) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _text(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        text = format(cell, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(cell)


def _shape(shape: shapely.Geometry | None) -> str:
    if shape is None:
        return ""
    match shape.geom_type:
        case "Point":
            return f"<Point>{_places(shape)}</Point>"
        case "LineString":
            return f"<LineString><tessellate>1</tessellate>{_places(shape)}</LineString>"
        case "Polygon":
            inner = "".join(f"<innerBoundaryIs><LinearRing>{_places(ring)}</LinearRing></innerBoundaryIs>"
                            for ring in shape.interiors)
            return (f"<Polygon><outerBoundaryIs><LinearRing>{_places(shape.exterior)}</LinearRing></outerBoundaryIs>"
                    f"{inner}</Polygon>")
    return f"<MultiGeometry>{''.join(_shape(part) for part in shape.geoms)}</MultiGeometry>"


def _places(shape: shapely.Geometry) -> str:
    xy: np.ndarray = shapely.get_coordinates(shape)
    return f"<coordinates>{' '.join([f'{x!r},{y!r}' for x, y in xy.tolist()])}</coordinates>"
