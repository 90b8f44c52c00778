"""The bare join: all pairs within 50 m, beside sedonadb's and PostGIS's ST_DWithin self-join in the same run.

All sides get the same geometries, the peers already in metres (UTM 49S, which differs from the pairs' own frames by
less than 0.1 % here); PostGIS has its index built and analysed before the clock starts, ours builds its own inside.
Ours gives the sorted pairs, the peers count theirs. Counts must agree outside 0.2 % around the tolerance.
"""

from collections.abc import Callable

import numpy as np
import shapely
from pyproj import Transformer

from geo.compiled.segments import Shapes
from tests.benchmarks import _tables
from tests.benchmarks._measure import Taken, postgis, taken

SIZES = (100_000, 1_000_000)
EPSG = 32749
SELF_JOIN = ("SELECT count(*) AS pairs FROM works a JOIN works b ON ST_DWithin(a.geometry, b.geometry, %s) "
             "WHERE a.id < b.id")
SEDONA_TIMES, POSTGIS_TIMES = 5.0, 25.0


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """Times of the three sides for each size, their ratios and their counts of pairs."""
    _pairs(_tables.uniform(10_000).sites.geometry.to_numpy(), _tables.TOLERANCE_M)  # compiled before the clock starts
    figures = {}
    for n in (size,) if size else SIZES:
        shapes = np.asarray(_tables.uniform(n).sites.geometry.array, object)
        ours = taken(lambda shapes=shapes: _pairs(shapes, _tables.TOLERANCE_M))
        low, high = (len(_pairs(shapes, _tables.TOLERANCE_M * share)) for share in (0.998, 1.002))
        flat = _flat(shapes)
        sides = {"sedonadb": _sedonadb(flat), "postgis": _postgis(flat)}
        say(f"{n:,} works, {len(ours.result):,} pairs within 50 m")
        say(f"  ours      {ours}")
        figures[n] = {"pairs": len(ours.result), "ours": ours.to_json()}
        for name, side in sides.items():
            if not low <= side.result <= high:
                raise AssertionError(f"{name} counts {side.result} pairs, not {low} to {high}")
            times = {"wall": round(side.wall_s / ours.wall_s, 1), "cpu": round(side.cpu_s / ours.cpu_s, 1)}
            say(f"  {name:<9} {side}, {side.result:,} pairs: {times['wall']} times the wall, {times['cpu']} the CPU")
            figures[n][name] = {**side.to_json(), "pairs": side.result, "times_ours": times}
    say(f"sought: sedonadb {SEDONA_TIMES:.0f} times, PostGIS {POSTGIS_TIMES:.0f} times")
    return figures


def _pairs(shapes: np.ndarray, tolerance_m: float) -> np.ndarray:
    from geo.compiled import join

    table, n = Shapes(shapes), len(shapes)
    return join.near(table.segments, table.bounds, np.arange(n), np.full(n, tolerance_m), np.zeros(n), np.arange(n))


def _flat(shapes: np.ndarray) -> np.ndarray:
    to_metres = Transformer.from_crs(4326, EPSG, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1])))


def _sedonadb(flat: np.ndarray) -> Taken:
    import geopandas as gpd
    import pyarrow as pa
    import sedonadb

    engine = sedonadb.connect()
    frame = gpd.GeoDataFrame({"id": np.arange(len(flat))}, geometry=flat, crs=EPSG)
    engine.create_data_frame(frame).to_memtable().to_view("works")
    asked = SELF_JOIN % _tables.TOLERANCE_M
    return taken(lambda: pa.RecordBatchReader.from_stream(engine.sql(asked)).read_all()["pairs"][0].as_py())


def _postgis(flat: np.ndarray) -> Taken:
    with postgis() as (connection, cpu_s):
        connection.execute(f"CREATE TABLE works (id int, geometry geometry(Geometry, {EPSG}))")
        with connection.cursor().copy("COPY works FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "bytea"])
            for row, shape in enumerate(shapely.to_wkb(shapely.set_srid(flat, EPSG), include_srid=True)):
                copy.write_row((row, shape))
        connection.execute("CREATE INDEX ON works USING gist (geometry)")
        connection.execute("VACUUM ANALYZE works")
        return taken(lambda: connection.execute(SELF_JOIN, (_tables.TOLERANCE_M,)).fetchone()[0], cpu_s)
