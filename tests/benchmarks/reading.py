"""Rows a second: a file read *and understood* by us, beside what the usual libraries need to read it only.

The peers (`geopandas.read_file`, `pandas.read_excel`, `pandas.read_csv`) hand over columns; ours also recognises
them, reads every coordinate and amount as people type them, and lists every problem. The process that opens
workbooks and layers for us starts once a file, which does not depend on its size: it is timed apart, by a file of
one row. Both sides must find the same rows and places.
"""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import rows

SIZE = 100_000
SEED = 2026


def run(say: Callable[[str], None], size: int = SIZE) -> dict:
    """Figures by format: rows a second of both sides in wall and processor time, and the child's start."""
    figures = {}
    with tempfile.TemporaryDirectory(prefix="pantau-bench-") as folder:
        table = _table(size)
        for name, write, peer, ours_in_child in (
                ("csv", _csv, pd.read_csv, False), ("xlsx", _xlsx, pd.read_excel, True),
                ("geojson", _geojson, gpd.read_file, False), ("gpkg", _gpkg, gpd.read_file, True),
                ("fgb", _flatgeobuf, gpd.read_file, True)):
            small, whole = Path(folder, f"one.{name}"), Path(folder, f"works.{name}")
            write(table.iloc[:1], small)
            write(table, whole)
            start_s = min(_timed(lambda path=small: rows.read(path))[0] for _ in range(3)) if ours_in_child else 0.0
            peer_s, read = _timed(lambda path=whole, peer=peer: peer(path))
            ours_s, found = _timed(lambda path=whole: rows.understand(rows.read(path)))
            _agree(found, read, table)
            work_s = ours_s - start_s
            assert work_s > 0, "the machine is too busy to tell the start from the work: run this again"
            figures[name] = {"rows": size, "ours_rows_per_s": round(size / work_s),
                             "peer_rows_per_s": round(size / peer_s), "peer": f"{peer.__module__.split('.')[0]}."
                             f"{peer.__name__}", "ratio": round(peer_s / work_s, 3), "child_start_s": round(start_s, 3)}
            say(f"{name:<8} ours {size / work_s:9,.0f} rows/s, understood; {figures[name]['peer']} "
                f"{size / peer_s:9,.0f} rows/s, read only: {peer_s / work_s:.2f} of its speed"
                + (f"; child started in {start_s:.2f} s" if start_s else ""))
    return figures


def _timed(act: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    answer = act()
    return time.perf_counter() - start, answer


def _agree(found: list[rows.Understood], read: pd.DataFrame, table: pd.DataFrame) -> None:
    assert len(found) == len(read) == len(table)
    ours = np.array([(one.geometry.x, one.geometry.y) for one in found if one.geometry is not None])
    assert np.allclose(ours, table[["lon", "lat"]].to_numpy(), atol=1e-9), "a place differs from what was written"


def _table(size: int) -> pd.DataFrame:
    draw = random.Random(SEED)
    roads = ("Pembangunan Jalan Lingkungan", "Rehabilitasi Saluran", "Pengaspalan Jalan Desa", "Pembangunan TPT")
    return pd.DataFrame({
        "Nama Kegiatan": [f"{draw.choice(roads)} RT {draw.randint(1, 30):02d} RW {draw.randint(1, 9):02d}"
                          for _ in range(size)],
        "Desa": [draw.choice(("Kebaman", "Sarongan", "Tamansari", "Wonosobo")) for _ in range(size)],
        "Tahun": [draw.randint(2019, 2026) for _ in range(size)],
        "Sumber Dana": [draw.choice(("Dana Desa", "ADD", "APBD Kabupaten")) for _ in range(size)],
        "Anggaran": [draw.randint(10_000, 400_000) * 1000 for _ in range(size)],
        "lat": [round(-8.2 - 0.3 * draw.random(), 6) for _ in range(size)],
        "lon": [round(114 + 0.3 * draw.random(), 6) for _ in range(size)],
    })


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


def _xlsx(table: pd.DataFrame, path: Path) -> None:
    table.to_excel(path, index=False, engine="xlsxwriter")


def _spatial(table: pd.DataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table.drop(columns=["lat", "lon"]), crs=4326,
                            geometry=shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy()))


def _geojson(table: pd.DataFrame, path: Path) -> None:
    path.write_text(_spatial(table).to_json(drop_id=True), "utf-8")


def _gpkg(table: pd.DataFrame, path: Path) -> None:
    _spatial(table).to_file(path, driver="GPKG")


def _flatgeobuf(table: pd.DataFrame, path: Path) -> None:
    _spatial(table).to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
