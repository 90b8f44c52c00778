"""The only place where GDAL reads, and where workbooks and photos are opened: run as a script, in a process of its own.

Nothing of ours is imported here and nothing is inherited: `sandbox.py` writes the environment and names the one
driver that may open the file. Limits are set before anything is loaded; the network is taken away where the
kernel allows it. Exit code 0 and a written file is success; all else is a refused file.
"""

import ctypes
import json
import os
import platform
import resource
import struct
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
CALLS = {  # socket, connect, execve, execveat, ptrace, io_uring_setup
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 425)),
}
LAYERS_LOOKED_AT = 200
OF_QGIS = ("layer_styles", "qgis_projects")


def confine(task: dict) -> None:
    """Memory, processor time, size of what is written, no core file, no network, no other program."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (task["seconds"], task["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (task["bytes"], task["bytes"]))
    resource.setrlimit(resource.RLIMIT_AS, (task["memory"], task["memory"]))
    libc = ctypes.CDLL(None, use_errno=True)
    # Refused inside some containers; then the calls below are still denied, and GDAL's own settings stand.
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWNET)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    deny(libc)


def deny(libc: ctypes.CDLL) -> None:
    """The kernel answers EPERM to every call that would open a connection or start a program.

    A classic BPF program: wrong processor or a number beyond the known ones is denied as well.
    """
    calls = CALLS.get(platform.machine())
    if calls is None or sys.byteorder != "little":
        return
    processor, numbers = calls
    checks = [(0x15, 0, len(numbers) + 3, processor), (0x20, 0, 0, 0), (0x35, len(numbers) + 1, 0, 0x40000000)]
    checks += [(0x15, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    program = [(0x20, 0, 0, 4), *checks, (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)]
    written = b"".join(struct.pack("<HBBI", *step) for step in program)
    kept = ctypes.create_string_buffer(written, len(written))
    counted = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(kept)))
    libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(counted), 0, 0)


def refuse(message_id: str) -> None:
    print(f"refused:{message_id}", flush=True)
    sys.exit(3)


def read_layer(task: dict) -> None:
    """The first layer with geometries (or `task["layer"]`) as an Arrow file: properties, then `wkb` in EPSG:4326."""
    import pyogrio
    import pyogrio.raw

    if set(pyogrio.list_drivers()) != {task["driver"]}:
        refuse("reading.child_failed")
    layers = [(name, kind) for name, kind in pyogrio.list_layers(task["path"])[:LAYERS_LOOKED_AT]
              if name not in OF_QGIS]
    if not layers:
        refuse("error.file_empty")
    layer = task.get("layer") or chosen(task["path"], layers)
    described = pyogrio.read_info(task["path"], layer=layer)
    weigh(task, described["features"], len(described["fields"]))
    meta, table = pyogrio.raw.read_arrow(task["path"], layer=layer, datetime_as_string=True,
                                         max_features=task["rows"] + 1)
    weigh(task, table.num_rows, table.num_columns)
    geometry = meta.get("geometry_name") or "wkb_geometry"
    shapes = shaped(table.column(geometry)) if geometry in table.column_names else None
    write_layer(task, table, geometry, shapes, meta.get("crs"),
                {"layer": layer, "others": [name for name, _ in layers if name != layer]})


def chosen(path: str, layers: list) -> str:
    """The first layer that has geometries and features, else the first with geometries, else the first."""
    import pyogrio

    spatial = [name for name, kind in layers if kind]
    return next((name for name in spatial if len(spatial) > 1 and pyogrio.read_info(
        path, layer=name, force_feature_count=True)["features"]), (spatial or [layers[0][0]])[0])


def read_table(task: dict) -> None:
    """A Parquet file as an Arrow file, its geometry as the GeoParquet metadata says it is to be read."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(task["path"]) as opened:
        weigh(task, opened.metadata.num_rows, len(opened.schema_arrow.names))
        table = opened.read(use_threads=False)
    stated = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    geometry = stated.get("primary_column")
    column = (stated.get("columns") or {}).get(geometry) or {}
    crs = json.dumps(column["crs"]) if column.get("crs") else None if "crs" in column else "OGC:CRS84"
    if geometry not in table.column_names:
        named = [field.name for field in table.schema
                 if is_binary(field.type) and field.name.lower() in ("geometry", "geom", "wkb", "wkb_geometry")]
        geometry, crs = (named[0] if named else None), None
    if geometry is None:
        write_layer(task, table, None, None, None, {})
        return
    covering = (column.get("covering") or {}).get("bbox") or {}
    boxes = {path[0] for path in covering.values() if path} & set(table.column_names) - {geometry}
    if is_binary(table.schema.field(geometry).type):
        shapes = shaped(table.column(geometry))
    else:
        import geopandas

        shapes = geopandas.read_parquet(task["path"]).geometry.to_numpy()
    write_layer(task, table.drop_columns(sorted(boxes)), geometry, shapes, crs, {})


def weigh(task: dict, rows: int, columns: int) -> None:
    if rows > task["rows"]:
        refuse("reading.too_many_rows")
    if columns > task["columns"]:
        refuse("reading.too_many_columns")
    if rows * columns > task["cells"]:
        refuse("reading.too_many_cells")


def is_binary(kind) -> bool:
    import pyarrow

    kind = getattr(kind, "storage_type", kind)
    return pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind)


def shaped(column):
    """Shapes of a column of WKB; what cannot be read is a collection of an empty point, so that its row can say so."""
    import numpy
    import shapely

    written = numpy.array(column.to_pylist(), dtype=object)
    shapes = shapely.from_wkb(written, on_invalid="ignore")
    lost = [one is not None and shape is None for one, shape in zip(written, shapes, strict=True)]
    shapes[lost] = shapely.GeometryCollection([shapely.Point()])
    return shapes


def write_layer(task: dict, table, geometry: str | None, shapes, crs: str | None, told: dict) -> None:
    import pyarrow
    import pyarrow.ipc
    import shapely

    kept = [place for place, field in enumerate(table.schema)
            if field.name != geometry and not is_binary(field.type)]
    table = pyarrow.table([plain(table.column(place)) for place in kept],
                          names=unlike([table.column_names[place] for place in kept])) if kept else table.select([])
    told = {**told, "shapes": shapes is not None}
    if shapes is not None:
        if len(shapes) and shapely.get_num_coordinates(shapes).max() > task["vertices"]:
            refuse("reading.too_many_vertices")
        shapes = in_wgs84(shapely.force_2d(shapes), crs, told)
        table = table.append_column("wkb", pyarrow.array(shapely.to_wkb(shapes), pyarrow.binary()))
    table = table.replace_schema_metadata({"pantau": json.dumps(told)})
    with pyarrow.OSFile(task["out"], "wb") as opened, pyarrow.ipc.new_file(opened, table.schema) as writer:
        writer.write_table(table)


def plain(column):
    """A column without dictionaries and nesting: what is small here only by reference would burst in the server."""
    import pyarrow
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind) and not types.is_nested(kind.value_type):
        return column.cast(kind.value_type)
    if types.is_primitive(kind) or types.is_string(kind) or types.is_large_string(kind) or types.is_decimal(kind):
        return column
    return pyarrow.array([cell if cell is None or isinstance(cell, str) else json.dumps(
        cell, ensure_ascii=False, default=str) for cell in column.to_pylist()], pyarrow.string())


def unlike(names: list) -> list:
    """Names of which none repeats."""
    made: list = []
    for given in names:
        name, again = given or "Kolom", 2
        while name in made:
            name, again = f"{given or 'Kolom'} ({again})", again + 1
        made.append(name)
    return made


def in_wgs84(shapes, crs: str | None, told: dict):
    """Any system that PROJ knows becomes lon, lat here, where a hostile definition can only kill the child."""
    import numpy
    import shapely
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    if not crs:
        xy = shapely.get_coordinates(shapes)
        if (numpy.abs(xy) > (180.0, 90.0)).any():
            refuse("reading.crs_missing")
        told["missing"] = bool(len(xy))
        return shapes
    try:
        system, wgs84 = CRS.from_user_input(crs), CRS.from_epsg(4326)
        if system.is_geographic and system.to_epsg() == 4326:
            return shapes
        try:
            turn = Transformer.from_crs(system, wgs84, always_xy=True, allow_ballpark=False)
        except ProjError:
            turn = Transformer.from_crs(system, wgs84, always_xy=True)
            told["approximate"] = system.name
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


def read_photo(task: dict) -> None:
    """A JPEG, PNG or WebP as a new JPEG, upright and without anything noted beside the picture; its size stands before
    it in a line. The header is asked for the size before a pixel is decoded; of several frames the first is taken."""
    import warnings

    from PIL import Image, ImageOps

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = task["pixels"]
    with Image.open(task["path"], formats=("JPEG", "PNG", "WEBP")) as sent:
        if sent.width * sent.height > task["pixels"] or min(sent.size) < 1:
            refuse("reading.child_failed")
        sent.draft("RGB", (task["shown"], task["shown"]))
        upright = ImageOps.exif_transpose(sent)
        upright.thumbnail((task["shown"], task["shown"]))
        clear = upright.convert("RGBA") if "A" in upright.getbands() or "transparency" in upright.info else None
        shown = Image.new("RGB", upright.size, "white")
        shown.paste(clear or upright.convert("RGB"), mask=clear)
    with open(task["out"], "wb") as out:
        out.write(f"{shown.width} {shown.height}\n".encode())
        shown.save(out, "JPEG", quality=82)


def read_drivers(task: dict) -> None:
    import pyogrio

    print(json.dumps(sorted(pyogrio.list_drivers())))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    if given["read"] != "drivers":
        confine(given)
    try:
        {"layer": read_layer, "table": read_table, "workbook": read_workbook, "drivers": read_drivers,
         "parquet": write_geopackage, "photo": read_photo}[given["read"]](given)
    except MemoryError:
        os._exit(4)
    except Exception as cause:
        print(f"{type(cause).__name__}", flush=True)
        sys.exit(5)
