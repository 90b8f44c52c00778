"""A table of sites in parts on disk: GeoParquet files of some 100,000 rows, so that nobody need hold all of it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from geo.schema import SITE_COLUMNS

ROWS = 100_000
_SHARES = pa.list_(pa.struct([("fund", pa.string()), ("amount", pa.float64())]))
_NUMBERS = ("year", "amount", "volume", "accuracy_m")
_DAYS = ("start_date", "end_date")
EXTRA = ("record", "volume", "unit", "id", "row")
"""Columns that travel along where they are there: the id of the record, how much is built, and what a listed pair is
called by."""
COLUMNS = (*SITE_COLUMNS, *EXTRA)
_GEO = json.dumps({"version": "1.1.0", "primary_column": "geometry",
                   "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}})


@dataclass(frozen=True, slots=True)
class Part:
    """Rows `first` … `first + rows - 1` of the whole table; `number` counts the parts from 0."""

    number: int
    path: Path
    first: int
    rows: int


def write(sites: gpd.GeoDataFrame, folder: Path, rows: int = ROWS) -> list[Part]:
    """The table (EPSG:4326, `schema.SITE_COLUMNS`) as parts in an existing folder."""
    return written((packed(sites.iloc[start:start + rows]) for start in range(0, len(sites), rows)), folder)


def written(tables: Iterable[pa.Table], folder: Path) -> list[Part]:
    """Each of the Arrow tables as a part, in their order."""
    parts: list[Part] = []
    first = 0
    for number, table in enumerate(tables):
        path = folder / f"part-{number:05}.parquet"
        pq.write_table(table, path, compression="zstd")
        parts.append(Part(number, path, first, table.num_rows))
        first += table.num_rows
    return parts


def batches(file: Path, source: str, rows: int = ROWS) -> Iterator[pa.Table]:
    """A large GeoParquet that is a table of sites, in pieces, never held as a whole.

    A project is told apart from those of other files by `source`; `id` is the project unless there is a column of
    that name, `row` the position from 1, `record` what the file says or the project.
    """
    opened = pq.ParquetFile(file)
    names = [name for name in COLUMNS if name in opened.schema_arrow.names and name != "row"]
    first = 1
    for batch in opened.iter_batches(rows, columns=names):
        table = pa.Table.from_batches([batch])
        project = table["project"].cast(pa.string())
        for name in ("id", "record"):
            if name not in names:
                table = table.append_column(name, project)
        told = pc.binary_join_element_wise(source, project, ":")
        yield table.set_column(table.schema.get_field_index("project"), "project", told).append_column(
            "row", pa.array(np.arange(first, first + len(batch)), pa.int64()))
        first += len(batch)


def is_sites(file: Path) -> bool:
    """Whether a file is a GeoParquet that holds a table of sites as it stands, not something still to understand."""
    if file.suffix.lower() != ".parquet":
        return False
    try:
        schema = pq.read_schema(file)
    except (OSError, pa.ArrowInvalid):
        return False
    lon_lat = json.loads((schema.metadata or {}).get(b"geo", b"{}")).get("columns", {}).get("geometry", {})
    return set(SITE_COLUMNS) <= set(schema.names) and lon_lat.get("encoding") == "WKB"


def rows_in(file: Path) -> int:
    return pq.read_metadata(file).num_rows


def read(part: Part) -> gpd.GeoDataFrame:
    """The rows of one part, as a table of sites."""
    return unpacked(pq.read_table(part.path))


def take(parts: Sequence[Part], positions: NDArray[np.int64], columns: Sequence[str]) -> pd.DataFrame:
    """These columns (those that are there) of the rows at sorted `positions` of the whole table, in that order."""
    found = []
    for part in parts:
        wanted = positions[(positions >= part.first) & (positions < part.first + part.rows)]
        if len(wanted):
            there = set(pq.read_schema(part.path).names)
            table = pq.read_table(part.path, columns=[name for name in columns if name in there])
            found.append(unpacked(table.take(wanted - part.first)))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(columns))


def unpacked(table: pa.Table) -> pd.DataFrame:
    """An Arrow table of a part (or some rows or columns of one) as geopandas knows it."""
    frame = table.to_pandas(ignore_metadata=True)
    if "fund_shares" in frame:
        frame["fund_shares"] = pd.Series(
            [None if shares is None else tuple((one["fund"], one["amount"]) for one in shares)
             for shares in table["fund_shares"].to_pylist()], dtype=object)
    if "geometry" not in frame:
        return frame
    shapes = shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object))
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=4326)


def packed(sites: gpd.GeoDataFrame) -> pa.Table:
    """A table of sites as Arrow, each column of one type whatever a part of it holds."""
    columns: dict[str, pa.Array] = {}
    for name in COLUMNS:
        if name not in sites or name == "geometry":
            continue
        values = sites[name]
        if name == "fund_shares":
            columns[name] = pa.array([_shares(one) for one in values], _SHARES)
        elif name in _NUMBERS:
            columns[name] = pa.array(pd.to_numeric(values, errors="coerce").astype("Float64"), pa.float64())
        elif name in _DAYS:
            columns[name] = pa.array(pd.to_datetime(values, errors="coerce"), pa.timestamp("us"), safe=False)
        elif name == "row":
            columns[name] = pa.array(values, pa.int64())
        else:
            columns[name] = pa.array([None if pd.isna(one) else str(one) for one in values], pa.string())
    shapes = np.asarray(sites.geometry.array, dtype=object)
    columns["geometry"] = pa.array(shapely.to_wkb(shapes, include_srid=False), pa.binary())
    return pa.table(columns).replace_schema_metadata({"geo": _GEO})


def _shares(shares: object) -> list[dict[str, object]] | None:
    if not isinstance(shares, list | tuple):
        return None
    return [{"fund": fund, "amount": None if amount is None else float(amount)} for fund, amount in shares]
