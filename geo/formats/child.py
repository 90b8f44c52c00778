"""The only place where GDAL reads, and where workbooks are opened: run as a script, in a process of its own.

Nothing of ours is imported here and nothing is inherited: `sandbox.py` writes the environment and names the one
driver that may open the file. Limits are set before anything is loaded; the network is taken away where the
kernel allows it. Exit code 0 and a written file is success; all else is a refused file.
"""

import ctypes
import json
import os
import resource
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def confine(task: dict) -> None:
    """Memory, processor time, size of what is written, no core file, no network."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (task["seconds"], task["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (task["bytes"], task["bytes"]))
    resource.setrlimit(resource.RLIMIT_AS, (task["memory"], task["memory"]))
    libc = ctypes.CDLL(None, use_errno=True)
    # Refused inside some containers; then the driver list and GDAL's own settings still stand.
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWNET)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


def refuse(message_id: str) -> None:
    print(f"refused:{message_id}", flush=True)
    sys.exit(3)


def read_layer(task: dict) -> None:
    """The first layer (or `task["layer"]`) as an Arrow file: properties, `wkb` in EPSG:4326, and the CRS's name."""
    import pyogrio
    import pyogrio.raw

    loaded = set(pyogrio.list_drivers())
    if loaded != {task["driver"]}:
        refuse("reading.child_failed")
    layers = pyogrio.list_layers(task["path"])
    if not len(layers):
        refuse("error.file_empty")
    layer = task.get("layer") or next((name for name, kind in layers if kind), layers[0][0])
    described = pyogrio.read_info(task["path"], layer=layer)
    if described["features"] > task["rows"]:
        refuse("reading.too_many_rows")
    if len(described["fields"]) > task["columns"]:
        refuse("reading.too_many_columns")
    meta, table = pyogrio.raw.read_arrow(task["path"], layer=layer, datetime_as_string=True)
    write_layer(task, meta, table, layer)


def write_layer(task: dict, meta: dict, table, layer: str) -> None:
    import pyarrow
    import pyarrow.ipc
    import shapely

    geometry = meta.get("geometry_name") or "wkb_geometry"
    names = list(table.column_names)
    position = names.index(geometry) if geometry in names else None
    shapes = None
    if position is not None:
        shapes = shapely.from_wkb(table.column(position).to_numpy(zero_copy_only=False), on_invalid="ignore")
        if len(shapes) and shapely.get_num_coordinates(shapes).max() > task["vertices"]:
            refuse("reading.too_many_vertices")
        table = table.remove_column(position)
        shapes = in_wgs84(shapes, meta.get("crs"))
        table = table.append_column("__wkb__", pyarrow.array(shapely.to_wkb(shapes), pyarrow.binary()))
    note = json.dumps({"crs": str(meta.get("crs") or ""), "layer": layer})
    table = table.replace_schema_metadata({"pantau": note})
    with pyarrow.OSFile(task["out"], "wb") as opened, pyarrow.ipc.new_file(opened, table.schema) as writer:
        writer.write_table(table)


def in_wgs84(shapes, crs: str | None):
    """Any system that PROJ knows becomes lon, lat here, where a hostile definition can only kill the child."""
    import numpy
    import shapely
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    shapes = shapely.force_2d(shapes)
    if not crs:
        return shapes
    try:
        system = CRS.from_user_input(crs)
        if system.is_geographic and system.to_epsg() == 4326:
            return shapes
        turn = Transformer.from_crs(system, CRS.from_epsg(4326), always_xy=True)
        return shapely.transform(shapes, lambda xy: numpy.column_stack(turn.transform(xy[:, 0], xy[:, 1])))
    except ProjError:
        refuse("reading.crs_unknown")


def read_workbook(task: dict) -> None:
    """Sheets as lines of JSON: a head `{"sheet": name, "merged": [...]}`, then lists of rows; a date is a list of one
    text. Of a hidden sheet only the beginning is written. What the file holds decides its format, not its name."""
    import python_calamine

    with open(task["path"], "rb") as opened:
        book = python_calamine.CalamineWorkbook.from_filelike(opened)
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
    with open(task["out"], "w", encoding="utf-8") as out:
        for one in sheets:
            sheet = book.get_sheet_by_name(one.name)
            hidden = one.visible != python_calamine.SheetVisibleEnum.Visible
            if sheet.end is None:
                continue
            if sheet.end[1] >= task["columns"]:
                refuse("reading.too_many_columns")
            if sheet.end[0] >= task["rows"]:
                refuse("reading.too_many_rows")
            merged = [[*first, *last] for first, last in (sheet.merged_cell_ranges or ())[:100_000]]
            out.write(json.dumps({"sheet": one.name, "merged": merged, "hidden": hidden}) + "\n")
            lines = sheet.to_python(skip_empty_area=False, nrows=task["rows_of_hidden"] if hidden else None)
            for first in range(0, len(lines), 1000):
                out.write(json.dumps(lines[first:first + 1000], default=lambda cell: [str(cell)],
                                     separators=(",", ":")) + "\n")


def write_geopackage(task: dict) -> None:
    """A GeoParquet file of our own becomes a GeoPackage."""
    import geopandas

    frame = geopandas.read_parquet(task["path"])
    frame.to_file(task["out"], driver=task["driver"], layer=task["layer"], engine="pyogrio")


def read_drivers(task: dict) -> None:
    import pyogrio

    print(json.dumps(sorted(pyogrio.list_drivers())))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    if given["read"] != "drivers":
        confine(given)
    try:
        {"layer": read_layer, "workbook": read_workbook, "drivers": read_drivers,
         "parquet": write_geopackage}[given["read"]](given)
    except MemoryError:
        os._exit(4)
    except Exception as cause:
        print(f"{type(cause).__name__}", flush=True)
        sys.exit(5)
