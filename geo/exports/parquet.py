"""GeoParquet 1.1: one row group a batch or more, geometries as WKB in OGC:CRS84, amounts as exact decimals.

Columns are named for programs; the heading for people and the words of codes are metadata of each column, the note is
metadata of the file.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.exports.shapes import Extent
from geo.exports.table import Batch, Field, Table, Value

NAME, SUFFIX, MEDIA = "parquet", ".parquet", "application/vnd.apache.parquet"
GEOMETRY = "geometry"
GROUP = 20_000


def write(out: Path, table: Table) -> None:
    """Write the table; `out` is made anew."""
    import pyarrow as pa  # large, and of no use to other formats
    import pyarrow.parquet as pq

    fields, extent = table.headed, Extent()
    kinds: set[str] = set()
    types = {"text": pa.string(), "choice": pa.string(), "whole": pa.int64(), "money": pa.decimal128(18, 2),
             "number": pa.float64(), "date": pa.date32()}
    schema = pa.schema([
        *(pa.field(one.name, types[one.type], metadata=_told(one)) for one in fields), pa.field(GEOMETRY, pa.binary())])
    note = {**table.note.facts, "note": table.note.text, "demonstration": table.note.demonstration}
    waiting: list[Any] = []
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in table:
            extent.add(batch.shapes)
            kinds.update(one.geom_type for one in batch.shapes if one is not None)
            waiting.append(_batch(pa, batch, fields, schema))
            if sum(map(len, waiting)) >= GROUP:
                writer.write_table(pa.Table.from_batches(waiting, schema))
                waiting.clear()
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema))
        writer.add_key_value_metadata({"geo": json.dumps(_geo(kinds, extent)),
                                       "pantau": json.dumps(note, ensure_ascii=False)})


def _told(field: Field) -> dict[str, str]:
    said = {"title": field.heading}
    return said | {"codes": json.dumps(dict(field.choices), ensure_ascii=False)} if field.choices else said


def _batch(pa: Any, batch: Batch, fields: Sequence[Field], schema: Any) -> Any:
    written = [pa.array(_column(column, field), schema.field(field.name).type)
               for column, field in zip(batch.columns, fields, strict=True)]
    wkb: np.ndarray = shapely.to_wkb(batch.shapes, byte_order=1)
    return pa.record_batch([*written, pa.array(wkb, pa.binary())], schema=schema)


def _column(column: Sequence[Value], field: Field) -> Sequence[Value]:
    if field.type != "number":
        return column
    return [float(cell) if isinstance(cell, Decimal) else cell for cell in column]


def _geo(kinds: set[str], extent: Extent) -> dict[str, object]:
    """The metadata by which others know the geometry; without a `crs` it is lon, lat."""
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": sorted(kinds)}
    if extent.box:
        column["bbox"] = extent.box
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
