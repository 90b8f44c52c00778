"""GeoJSON by RFC 7946: lon before lat, at most seven decimals, outer rings against the clock, shapes cut at the
antimeridian, no `crs`. Codes and names of properties are those for programs; the note and the headings for people
are the foreign member `pantau`, `bbox` stands at the end, where it is known. A row without a place has a null geometry.
"""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import shapely

from geo.exports import shapes
from geo.exports.shapes import Extent
from geo.exports.table import Field, Table, Value

NAME, SUFFIX, MEDIA = "geojson", ".geojson", "application/geo+json"


def write(out: Path, table: Table) -> None:
    """Write the table; `out` is made anew."""
    fields = table.headed
    told = {**table.note.facts, "note": table.note.text,
            **({"demonstration": table.note.demonstration} if table.note.demonstration else {}),
            "columns": {one.name: one.heading for one in fields},
            "codes": {one.name: dict(one.choices) for one in fields if one.choices}}
    extent = Extent()
    with out.open("w", encoding="utf-8", newline="\n") as opened:
        opened.write(f'{{"type":"FeatureCollection","name":{_text(table.name)},"pantau":{_text(told)},"features":[')
        before = "\n"
        names = [_text(one.name) + ":" for one in fields]
        for batch in table:
            made = shapes.for_geojson(batch.shapes)
            extent.add(made)
            columns = [_column(column, field) for column, field in zip(batch.columns, fields, strict=True)]
            own = columns[0] if fields[0].name.endswith("_id") else [None] * len(batch)
            for identity, geometry, cells in zip(own, shapely.to_geojson(made), zip(*columns, strict=True),
                                                 strict=True):
                said = ",".join([name + cell for name, cell in zip(names, cells, strict=True)])
                known = "" if identity is None else f'"id":{identity},'
                opened.write(f'{before}{{"type":"Feature",{known}"geometry":{geometry or "null"},'
                             f'"properties":{{{said}}}}}')
                before = ",\n"
        box = f',"bbox":{json.dumps(extent.box)}' if extent.box else ""
        opened.write(f"\n]{box}}}\n")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _column(column: Sequence[Value], field: Field) -> list[str]:
    if field.type in ("text", "choice"):
        return ["null" if cell is None else _text(cell) for cell in column]
    return [_written(cell) for cell in column]


def _written(cell: Value) -> str:
    """A number with the digits it has; a date as text, since JSON knows none."""
    if cell is None:
        return "null"
    if isinstance(cell, date):
        return f'"{cell.isoformat()}"'
    if isinstance(cell, Decimal):
        text = format(cell, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return _text(cell)
