"""A GeoPackage (OGC 12-128r18) written through SQLite, row by row, with its spatial index.

Written by ourselves: GDAL would have to be loaded in the server or handed a copy of everything. Columns are named for
programs, with the heading for people as their title and the words of every code as its description
(`gpkg_data_columns`); the note is metadata of the table. A row without a place has no geometry.
"""

import json
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import shapely

from geo.exports.shapes import Extent
from geo.exports.table import Batch, Field, Table, Value

NAME, SUFFIX, MEDIA = "gpkg", ".gpkg", "application/geopackage+sqlite3"
GEOMETRY = "geom"
TYPES = {"text": "TEXT", "choice": "TEXT", "whole": "INTEGER", "money": "REAL", "number": "REAL", "date": "DATE"}
_HEAD = struct.Struct("<2sBBi4d")
_WGS84 = ('GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
          'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]')

_SCHEMA = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER, FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name),
  UNIQUE (table_name), FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
  FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
  description TEXT, mime_type TEXT, constraint_name TEXT, PRIMARY KEY (table_name, column_name),
  UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
  min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (id INTEGER PRIMARY KEY, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,
  row_id_value INTEGER, timestamp DATETIME NOT NULL, md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata (id), FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata (id));
"""
_EXTENSIONS = "http://www.geopackage.org/spec121/#extension_"


def write(out: Path, table: Table) -> None:
    """Write the table; `out` is made anew."""
    out.unlink(missing_ok=True)
    fields, extent = table.headed, Extent()
    file = sqlite3.connect(out, isolation_level=None)
    try:
        # A file of our own that nobody else sees: what a power cut leaves of it is thrown away.
        file.executescript("PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300; PRAGMA page_size = 4096;"
                           "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32000; BEGIN;"
                           + _SCHEMA)
        _describe(file, table, fields)
        row = 0
        for batch in table:
            extent.add(batch.shapes)
            row = _write(file, table.name, fields, batch, row)
        _finish(file, table, extent)
        file.execute("COMMIT")
    finally:
        file.close()


def _write(file: sqlite3.Connection, name: str, fields: Sequence[Field], batch: Batch, row: int) -> int:
    """Answers the number of the last row written."""
    columns = [_column(column, field) for column, field in zip(batch.columns, fields, strict=True)]
    numbers = range(row + 1, row + 1 + len(batch))
    boxes = shapely.bounds(batch.shapes).tolist()
    file.executemany(
        f'INSERT INTO "{name}" VALUES ({", ".join("?" * (len(fields) + 2))})',  # noqa: S608  names are ours
        zip(numbers, _blobs(batch.shapes, boxes), *columns, strict=True))
    file.executemany(f'INSERT INTO "rtree_{name}_{GEOMETRY}" VALUES (?, ?, ?, ?, ?)',  # noqa: S608
                     ((number, west, east, south, north) for number, (west, south, east, north)
                      in zip(numbers, boxes, strict=True) if west == west))
    return row + len(batch)


def _blobs(given: np.ndarray, boxes: list[list[float]]) -> Iterator[bytes | None]:
    """Geometries as GeoPackage keeps them: a head with the box, then WKB."""
    for wkb, (west, south, east, north) in zip(shapely.to_wkb(given, byte_order=1), boxes, strict=True):
        yield None if wkb is None else _HEAD.pack(b"GP", 0, 0b00000011, 4326, west, east, south, north) + wkb


def _column(column: Sequence[Value], field: Field) -> Sequence[Value]:
    match field.type:
        case "money" | "number":
            return [None if cell is None else _number(cell) for cell in column]
        case "date":
            return [cell.isoformat() if isinstance(cell, date) else None for cell in column]
    return column


def _number(cell: Value) -> Value:
    """A whole number stays exact up to nine quadrillion; SQLite would keep more, but its readers would not."""
    return float(cell) if isinstance(cell, Decimal | float) else cell


def _describe(file: sqlite3.Connection, table: Table, fields: Sequence[Field]) -> None:
    name, note = table.name, table.note
    file.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", [
        ("WGS 84", 4326, "EPSG", 4326, _WGS84, "longitude/latitude in degrees"),
        ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", None),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", None)])
    written = ", ".join(f'"{one.name}" {TYPES[one.type]}' for one in fields)
    file.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {GEOMETRY} GEOMETRY, '
                 f"{written})")
    file.execute(f'CREATE VIRTUAL TABLE "rtree_{name}_{GEOMETRY}" USING rtree (id, minx, maxx, miny, maxy)')
    file.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
                 "VALUES (?, 'features', ?, ?, ?, 4326)", [name, note.title, note.text, _now()])
    file.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'GEOMETRY', 4326, 0, 0)", [name, GEOMETRY])
    file.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", [
        (name, GEOMETRY, "gpkg_rtree_index", f"{_EXTENSIONS}rtree", "write-only"),
        *((one, None, "gpkg_metadata", f"{_EXTENSIONS}metadata", "read-write")
          for one in ("gpkg_metadata", "gpkg_metadata_reference")),
        *((one, None, "gpkg_schema", f"{_EXTENSIONS}schema", "read-write")
          for one in ("gpkg_data_columns", "gpkg_data_column_constraints"))])
    for one in fields:
        file.execute("INSERT INTO gpkg_data_columns (table_name, column_name, name, title, constraint_name) "
                     "VALUES (?, ?, ?, ?, ?)",
                     [name, one.name, one.heading if one.heading != one.name else None, one.heading,
                      f"codes_{one.name}" if one.choices else None])
        file.executemany("INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, "
                         "description) VALUES (?, 'enum', ?, ?)",
                         [(f"codes_{one.name}", code, words) for code, words in one.choices.items()])
    file.execute("INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'https://www.iso.org/standard/json', "
                 "'application/json', ?)",
                 [json.dumps({**note.facts, "note": note.text, "demonstration": note.demonstration},
                             ensure_ascii=False)])
    file.execute("INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, 1, NULL)", [name, _now()])


def _finish(file: sqlite3.Connection, table: Table, extent: Extent) -> None:
    west, south, east, north = extent.box or (None,) * 4
    if west is not None and west > east:
        west, east = -180.0, 180.0
    file.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?", [west, south, east, north])
    for trigger in _triggers(table.name):
        file.execute(trigger)


def _triggers(name: str) -> Iterator[str]:
    """What keeps the index true when somebody edits the file (GeoPackage 1.3, annex F.3)."""
    index, where = f'"rtree_{name}_{GEOMETRY}"', f'NEW."{GEOMETRY}"'
    box = f"ST_MinX({where}), ST_MaxX({where}), ST_MinY({where}), ST_MaxY({where})"
    there = f"({where} NOT NULL AND NOT ST_IsEmpty({where}))"
    gone = f"({where} ISNULL OR ST_IsEmpty({where}))"
    put = f"INSERT OR REPLACE INTO {index} VALUES (NEW.fid, {box});"  # noqa: S608  names are ours
    drop = f"DELETE FROM {index} WHERE id = OLD.fid;"  # noqa: S608
    for suffix, event, when, act in (
            ("insert", "INSERT", there, put),
            ("update1", f"UPDATE OF {GEOMETRY}", f"OLD.fid = NEW.fid AND {there}", put),
            ("update2", f"UPDATE OF {GEOMETRY}", f"OLD.fid = NEW.fid AND {gone}", drop),
            ("update3", "UPDATE", f"OLD.fid != NEW.fid AND {there}", drop + put),
            ("update4", "UPDATE", f"OLD.fid != NEW.fid AND {gone}",
             f"DELETE FROM {index} WHERE id IN (OLD.fid, NEW.fid);"),  # noqa: S608
            ("delete", "DELETE", f'OLD."{GEOMETRY}" NOT NULL', drop)):
        yield (f'CREATE TRIGGER "rtree_{name}_{GEOMETRY}_{suffix}" AFTER {event} ON "{name}" WHEN {when} '
               f"BEGIN {act} END")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
