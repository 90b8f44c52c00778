"""A layer that the child read: Arrow table -> features. Shared by every format that GDAL opens."""

import json
from pathlib import Path

import pyarrow.ipc
import shapely

from geo.errors import FileEmpty
from geo.formats import sandbox
from geo.formats.contents import Features
from geo.tables import Cell, Limits


def read(path: Path, driver: str, limits: Limits, layer: str | None = None) -> Features:
    """The features of one layer, in EPSG:4326, opened by this one driver only. Raises FileRefused, FileEmpty."""
    task = {"read": "layer", "path": str(path.resolve()), "driver": driver, "layer": layer,
            "rows": limits.rows, "columns": limits.columns, "vertices": limits.vertices}
    with sandbox.ran(task, limits) as written, pyarrow.memory_map(str(written)) as opened:
        table = pyarrow.ipc.open_file(opened).read_all()
        named = json.loads(table.schema.metadata[b"pantau"])
        columns = [name for name in table.column_names if name != "__wkb__"]
        shapes = [None] * table.num_rows
        if "__wkb__" in table.column_names:
            shapes = list(shapely.from_wkb(table.column("__wkb__").to_pylist()))
        properties = [{name: _cell(value) for name, value in line.items()}
                      for line in table.select(columns).to_pylist()]
        del table
    if not properties:
        raise FileEmpty
    return Features(named["layer"], columns, properties, shapes)


def _cell(value: object) -> Cell:
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
