"""The bare join: all pairs within 50 m, beside sedonadb's and PostGIS's ST_DWithin self-join in the same run.

All sides get the same geometries, the peers already in metres (UTM 49S, which differs from the pairs' own frames by
less than 0.1 % here); PostGIS has its index built and analysed before the clock starts, ours builds its own inside.
Ours gives the sorted pairs, the peers count theirs. Counts must agree outside 0.2 % around the tolerance. The least
of three takings counts, on every side.

Then ours alone: what a pair costs in a crowd beside what it costs elsewhere, and how the whole grows with the table.
"""

from collections.abc import Callable

import numpy as np
import shapely
from pyproj import Transformer

from geo.compiled.segments import Shapes
from tests.benchmarks import _tables
from tests.benchmarks._measure import Taken, least, postgis

SIZES = (100_000, 1_000_000)
EPSG = 32749
SELF_JOIN = ("SELECT count(*) AS pairs FROM works a JOIN works b ON ST_DWithin(a.geometry, b.geometry, %s) "
             "WHERE a.id < b.id")
SEDONA_TIMES, POSTGIS_TIMES = 5.0, 25.0
CROWDED = {"town of 100 times the density": _tables.town, "20,000 on one coordinate": _tables.one_spot}
CROWDED_OF, CROWDED_TIMES = 100_000, 2.0
GROWN, EXPONENT = (100_000, 1_000_000, 5_000_000), 1.1


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """Times of the three sides for each size, their ratios and their counts of pairs; crowds and growth."""
    _pairs(_tables.uniform(10_000).sites.geometry.to_numpy(), _tables.TOLERANCE_M)  # compiled before the clock starts
    figures = {str(n): _beside_peers(say, n) for n in ((size,) if size else SIZES)}
    say(f"sought: sedonadb {SEDONA_TIMES:.0f} times, PostGIS {POSTGIS_TIMES:.0f} times")
    figures["crowded"] = _crowded(say, size or CROWDED_OF)
    figures["growth"] = _growth(say, (size // 4, size) if size else GROWN)
    return figures


def _beside_peers(say: Callable[[str], None], n: int) -> dict:
    shapes = _shapes(_tables.uniform(n))
    ours = least(lambda: _pairs(shapes, _tables.TOLERANCE_M))
    low, high = (len(_pairs(shapes, _tables.TOLERANCE_M * share)) for share in (0.998, 1.002))
    flat = _flat(shapes)
    say(f"{n:,} works, {len(ours.result):,} pairs within 50 m")
    say(f"  ours      {ours}")
    figures = {"pairs": len(ours.result), "ours": ours.to_json()}
    for name, peer in (("sedonadb", _sedonadb), ("postgis", _postgis)):
        side = peer(flat)
        if not low <= side.result <= high:
            raise AssertionError(f"{name} counts {side.result} pairs, not {low} to {high}")
        times = {"wall": round(side.wall_s / ours.wall_s, 1), "cpu": round(side.cpu_s / ours.cpu_s, 1)}
        say(f"  {name:<9} {side}, {side.result:,} pairs: {times['wall']} times the wall, {times['cpu']} the CPU")
        figures[name] = {**side.to_json(), "pairs": side.result, "times_ours": times}
    return figures


def _crowded(say: Callable[[str], None], n: int) -> dict:
    """CPU of a pair within tolerance, microseconds, and how many times that of the uniform table it is."""
    tables = {"uniform": _tables.uniform, **CROWDED}
    figures: dict[str, dict] = {}
    for name, make in tables.items():
        shapes = _shapes(make(n))
        ours = least(lambda shapes=shapes: len(_pairs(shapes, _tables.TOLERANCE_M)))
        pair_us = ours.cpu_s / ours.result * 1e6
        times = pair_us / figures["uniform"]["pair_us"] if figures else 1.0
        figures[name] = {"pairs": ours.result, "pair_us": round(pair_us, 4), "times": round(times, 3)}
        say(f"{name}, {n:,} works: {ours}, {ours.result:,} pairs, {pair_us:.3f} us a pair, {times:.2f} times")
    say(f"sought: at most {CROWDED_TIMES:.0f} times")
    return figures


def _growth(say: Callable[[str], None], sizes: tuple[int, ...]) -> dict:
    """CPU at equal density, and the exponent between the least and the most."""
    cpu_s = {}
    for n in sizes:
        shapes = _shapes(_tables.uniform(n))
        ours = least(lambda shapes=shapes: len(_pairs(shapes, _tables.TOLERANCE_M)))
        cpu_s[n] = ours.cpu_s
        say(f"{n:,} works: {ours}")
    exponent = float(np.log(cpu_s[sizes[-1]] / cpu_s[sizes[0]]) / np.log(sizes[-1] / sizes[0]))
    say(f"exponent {exponent:.2f}, sought: at most {EXPONENT}")
    return {"cpu_s": {str(n): round(one, 3) for n, one in cpu_s.items()}, "exponent": round(exponent, 3)}


def _shapes(made: _tables.Made) -> np.ndarray:
    return np.asarray(made.sites.geometry.array, object)


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
    return least(lambda: pa.RecordBatchReader.from_stream(engine.sql(asked)).read_all()["pairs"][0].as_py())


def _postgis(flat: np.ndarray) -> Taken:
    with postgis() as (connection, cpu_s):
        connection.execute(f"CREATE TABLE works (id int, geometry geometry(Geometry, {EPSG}))")
        with connection.cursor().copy("COPY works FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "bytea"])
            for row, shape in enumerate(shapely.to_wkb(shapely.set_srid(flat, EPSG), include_srid=True)):
                copy.write_row((row, shape))
        connection.execute("CREATE INDEX ON works USING gist (geometry)")
        connection.execute("VACUUM ANALYZE works")
        return least(lambda: connection.execute(SELF_JOIN, (_tables.TOLERANCE_M,)).fetchone()[0], cpu_s)
