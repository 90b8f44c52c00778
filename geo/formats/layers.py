"""A layer that the child read: Arrow table -> features. Shared by every format that the child opens."""

import json
import math
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.ipc
import shapely
from shapely.errors import ShapelyError

from geo.errors import FileRefused
from geo.formats import sandbox
from geo.formats.contents import Features
from geo.formats.shapes import FARTHEST
from geo.formats.text import decoded
from geo.sentences import Sentence
from geo.tables import Cell, Limits, Problem


def read(path: Path, driver: str, limits: Limits, layer: str | None = None) -> Features:
    """The features of one layer, in EPSG:4326, opened by this one driver only. Raises FileRefused, FileEmpty."""
    return _read({"read": "layer", "path": str(path.resolve()), "driver": driver, "layer": layer}, limits)


def parquet(path: Path, limits: Limits) -> Features:
    """The same for a Parquet file, which no driver of GDAL opens here."""
    return _read({"read": "table", "path": str(path.resolve())}, limits)


def _read(task: dict, limits: Limits) -> Features:
    task |= {"rows": limits.rows, "columns": limits.columns, "cells": limits.cells, "vertices": limits.vertices}
    with sandbox.ran(task, limits) as written:
        try:
            with pyarrow.memory_map(str(written)) as opened:
                features, told = _features(pyarrow.ipc.open_file(opened).read_all())
        except (pyarrow.ArrowException, ShapelyError, KeyError, ValueError, OverflowError) as cause:
            raise FileRefused("reading.child_failed") from cause
    features.others = [str(name) for name in told.get("others") or ()]
    if told.get("missing"):
        features.note("file.crs_missing")
    if told.get("approximate"):
        features.note("file.crs_approximate", name=str(told["approximate"])[:80])
    return features.finished(limits)


def _features(table: pyarrow.Table) -> tuple[Features, dict]:
    told = json.loads(table.schema.metadata[b"pantau"])
    features = Features.empty(told.get("layer"))
    names = table.column_names[: -1 if told["shapes"] else None]
    columns = [_cells(table.column(place)) for place in range(len(names))]
    features.properties = [dict(zip(names, line, strict=True)) for line in zip(*columns, strict=True)] or [
        {} for _ in range(table.num_rows)]
    features.geometries = [None] * table.num_rows
    if told["shapes"]:
        shapes = np.array(shapely.from_wkb(table.column(table.num_columns - 1).to_pylist()), dtype=object)
        features.geometries = _usable(shapes, features.problems)
    return features, told


def _usable(shapes: np.ndarray, problems: list[Problem]) -> list:
    """The shapes, None where one is empty; a number that is none is a problem of its row, and so is what the child
    could not read and marked by an empty point in a collection."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    endless = set(owner[~(np.abs(xy) <= FARTHEST).all(axis=1)].tolist())
    marked = set(np.flatnonzero(shapely.is_empty(shapes) & (shapely.get_num_geometries(shapes) == 1)
                                & (shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)).tolist())
    empty = set(np.flatnonzero(shapely.is_empty(shapes)).tolist()) - marked
    for place in sorted(endless | marked):
        problems.append(Problem(place + 1, None, None, Sentence(
            "geometry.not_finite" if place in endless else "geometry.unreadable")))
    problems += [Problem(place + 1, None, None, Sentence("geometry.empty"), severity="note") for place in sorted(empty)]
    bad = endless | marked
    return [None if place in bad or shape is None or shape.is_empty else shape
            for place, shape in enumerate(shapes.tolist())]


def _cells(column: pyarrow.ChunkedArray) -> list[Cell]:
    """The cells of a column; texts that are no UTF-8, as a Shapefile of an unnamed code page holds, are Western."""
    try:
        return [_cell(value) for value in column.to_pylist()]
    except UnicodeDecodeError:
        return [None if value is None else decoded(value) for value in column.cast(pyarrow.binary()).to_pylist()]


def _cell(value: object) -> Cell:
    if isinstance(value, float) and math.isnan(value):
        return None
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
