"""Tiles of 1,000,000 works with lines and areas, beside a direct ST_AsMVT of the same and beside tipg.

Three sides in one run: what the tiles' route asks of the database (version and tile, as the web role, in a
transaction of the person), the same aggregation, scope and filter written by hand over the works on the same
connection, and the whole answer over HTTP beside tipg's over HTTP on the same table. tipg knows neither scope nor flags
nor crowds: it sends at most 10,000 features of a tile and leaves the others out in silence.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import mapbox_vector_tile
import numpy as np
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL
from werkzeug.serving import make_server

from app import create_app
from app.queries import tiles
from app.queries.filters import FLAG, Filter
from app.queries.squares import BOX, Tile
from app.settings import Settings
from tests import build
from tests.benchmarks import _stored

SIZE = 1_000_000
ZOOMS = (6, 9, 12, 15)
FILTERS = {"none": Filter(), "year": Filter(year=("2024",)),
           "fund and category": Filter(fund=("ADD", "PBK"), category=("road",)), "suspected": Filter(suspected=True)}
REQUESTS, PATIENCE_S, SOUGHT = 60, 5.0, 1.2
ROOT = Path(__file__).parents[2]
TIPG = ("tipg==1.6.1", "uvicorn==0.54.0")


def run(say: Callable[[str], None], size: int = SIZE, kept: Path | None = None) -> dict:
    """p50, p99 and bytes of each side by zoom and filter, and their ratios."""
    with _stored.indicated(size, kept) as (superuser, web):
        with psycopg.connect(superuser, autocommit=True) as db:
            person = _stored.person(db, "planner", "32.00")
        return measured(say, superuser, web, person, size)


def measured(say: Callable[[str], None], superuser: str, web: str, person: object, size: int) -> dict:
    """The figures of a database that is filled."""
    figures: dict = {"works": size, "sought": SOUGHT, "direct": {}, "http": {}}
    with psycopg.connect(web, autocommit=True) as connection:
        connection.execute("SET plan_cache_mode = force_custom_plan")  # as the pool does
        connection.execute("SET statement_timeout = 0")  # a page gives up long before the direct query ends
        for zoom in ZOOMS:
            for name, chosen in FILTERS.items():
                figures["direct"][f"{zoom} {name}"] = row = _beside_direct(connection, person, zoom, chosen)
                ours, direct = row["ours"], row["direct"]
                say(f"zoom {zoom:<2} {name:<18} ours p50 {ours['p50_ms']:8.1f} p99 {ours['p99_ms']:8.1f} ms "
                    f"{ours['kB']:7.1f} kB   direct p50 {direct['p50_ms']:9.1f} p99 {direct['p99_ms']:9.1f} ms   "
                    f"ratio {row['ratio']}")
    with _served(superuser, web, person) as ours, _tipg(superuser, say) as tipg:
        for zoom in ZOOMS:
            chosen = _tiles(zoom)[:20]
            row = {"ours": _over_http(chosen, *ours)}
            if tipg:
                row["tipg"] = _over_http(chosen, tipg, {})
                row["ratio"] = round(row["ours"]["p50_ms"] / row["tipg"]["p50_ms"], 3)
            figures["http"][str(zoom)] = row
            say(f"zoom {zoom:<2} over HTTP: " + "   ".join(f"{side} {said}" for side, said in row.items()))
    return figures


def _tiles(zoom: int) -> list[Tile]:
    """Tiles over the works, the same each time: all from afar, some from near."""
    rng = np.random.default_rng(zoom)
    lon = _stored.WEST + rng.random(400) * _stored.ACROSS * _stored.VILLAGE_DEG
    lat = _stored.SOUTH + rng.random(400) * 1.6
    x = (lon + 180) / 360 * 2**zoom
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**zoom
    return list(dict.fromkeys(Tile(zoom, int(a), int(b)) for a, b in zip(x, y, strict=True)))


def _beside_direct(connection: psycopg.Connection, person: object, zoom: int, chosen: Filter) -> dict:
    """Ours and the direct query in turn, tile by tile; which of them comes first changes each time."""
    some = _tiles(zoom)
    taken: dict[str, list[float]] = {"ours": [], "direct": []}
    sizes, begun = [], time.perf_counter()
    for turn in range(REQUESTS):
        tile = some[turn % len(some)]
        made: dict[str, bytes] = {}
        for side in ("ours", "direct") if turn % 2 else ("direct", "ours"):  # whoever comes second finds all in memory
            if side == "direct" and time.perf_counter() - begun > PATIENCE_S and taken["direct"]:
                continue
            with connection.transaction():
                connection.execute("SET TRANSACTION READ ONLY")
                connection.execute("SELECT set_config('pantau.person', %s, true)", [str(person)])
                gathered = side == "direct" and tiles.standing(connection, tile, chosen).many
                connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
                started = time.perf_counter()
                made[side] = (_ours(connection, tile, chosen) if side == "ours"
                              else _direct(connection, tile, chosen, gathered))
                if turn or len(some) < 3:  # the first one wakes the server
                    taken[side].append(1000 * (time.perf_counter() - started))
        sizes.append(len(made["ours"]))
        if turn < 4 and len(made) == 2 and _counted(made["ours"]) != _counted(made["direct"]):
            raise AssertionError(f"the two sides differ in {tile}")
    ours, direct = (_summary(taken[side]) for side in ("ours", "direct"))
    return {"ours": ours | {"kB": round(statistics.mean(sizes) / 1000, 1)}, "direct": direct,
            "ratio": round(ours["p50_ms"] / direct["p50_ms"], 3)}


def _ours(connection: psycopg.Connection, tile: Tile, chosen: Filter) -> bytes:
    return tiles.works(connection, tile, chosen, tiles.standing(connection, tile, chosen))


def _direct(connection: psycopg.Connection, tile: Tile, chosen: Filter, gathered: bool) -> bytes:
    condition, values = chosen.sql()
    query = SQL(_CROWDS if gathered else _EXACT).format(where=condition)
    return bytes(connection.execute(query, tile.values | values).fetchone()[0])


def _counted(content: bytes) -> int:
    layers = mapbox_vector_tile.decode(content)
    return (sum(one["properties"]["works"] for one in layers.get("crowds", {"features": []})["features"])
            + len(layers.get("works", {"features": []})["features"]))


def _summary(taken: list[float]) -> dict:
    return {"p50_ms": round(statistics.median(taken), 2), "p99_ms": round(float(np.percentile(taken, 99)), 2),
            "requests": len(taken)}


_SCOPE = """(NOT s.draft AND (SELECT current_person()) IS NOT NULL
             OR s.region_id = ANY ((SELECT own_regions())::int[]))"""
_FLAGS = f"""
    SELECT side.project, max(judged.flag) AS flag
      FROM pair x {FLAG} CROSS JOIN LATERAL (VALUES (x.left_project), (x.right_project)) AS side (project)
     WHERE x.retired_at IS NULL AND judged.flag > 0
"""  # noqa: S608

_CROWDS = f"""
    WITH flags AS MATERIALIZED ({_FLAGS} GROUP BY side.project),
    placed AS (
      SELECT p.id, CASE WHEN p.id IN (SELECT project FROM flags WHERE flag = 2) THEN 2
                        WHEN p.id IN (SELECT project FROM flags WHERE flag = 1) THEN 1 END AS flag,
             ((ST_XMin(s.geom) + ST_XMax(s.geom)) / 2 + 180) / 360 * 2.0 ^ %(z)s - %(x)s AS across,
             (1 - ln(tan(lat) + 1 / cos(lat)) / pi()) / 2 * 2.0 ^ %(z)s - %(y)s AS down
        FROM site s JOIN project p ON p.id = s.project_id
             CROSS JOIN LATERAL (SELECT radians((ST_YMin(s.geom) + ST_YMax(s.geom)) / 2) AS lat) AS middle
       WHERE s.geom && {BOX} AND s.superseded_at IS NULL AND {_SCOPE} AND {{where}}),
    crowd AS (
      SELECT ST_MakePoint(round(avg(across) * %(extent)s), round(avg(down) * %(extent)s)) AS geom,
             count(DISTINCT id)::int AS works, count(DISTINCT id) FILTER (WHERE flag = 1)::int AS flagged,
             count(DISTINCT id) FILTER (WHERE flag = 2)::int AS confirmed
        FROM placed WHERE across >= 0 AND across < 1 AND down >= 0 AND down < 1
       GROUP BY floor(across * 8), floor(down * 8))
    SELECT coalesce(ST_AsMVT(crowd, 'crowds', %(extent)s, 'geom'), '') FROM crowd
"""  # noqa: S608

_EXACT = f"""
    WITH work AS (
      SELECT ST_AsMVTGeom(ST_Transform(CASE WHEN %(z)s >= 13 THEN s.geom ELSE ST_PointOnSurface(s.geom) END, 3857),
                          ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(margin)s) AS geom,
             p.id::text AS project, CASE WHEN %(z)s >= 13 THEN left(p.name, 120) END AS name, p.category, p.fund,
             p.stage, p.year::int AS year, coalesce(flags.flag, 0) AS flag
        FROM site s JOIN project p ON p.id = s.project_id
             LEFT JOIN LATERAL ({_FLAGS} AND p.id IN (x.left_project, x.right_project) AND side.project = p.id
                                GROUP BY side.project) AS flags ON true
       WHERE s.geom && {BOX} AND s.superseded_at IS NULL AND {_SCOPE} AND {{where}} ORDER BY flag, s.id)
    SELECT coalesce(ST_AsMVT(work, 'works', %(extent)s, 'geom'), '') FROM work WHERE geom IS NOT NULL
"""  # noqa: S608


@contextmanager
def _served(superuser: str, web: str, person: object) -> Iterator[tuple[str, dict]]:
    """Our application on this machine: (address of the tiles, the headers of who asks)."""
    with TemporaryDirectory() as folder, psycopg.connect(superuser, autocommit=True) as db:
        made = create_app(Settings(var=Path(folder)), database_url=web, secret="only for this run")
        server = make_server("127.0.0.1", 0, made, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield (f"http://127.0.0.1:{server.server_port}/tiles/works/{{z}}/{{x}}/{{y}}",
               {"Cookie": f"pantau={build.session(db, person)}", "Accept-Encoding": "gzip"})
        server.shutdown()
        made.extensions["database"].close()


@contextmanager
def _tipg(superuser: str, say: Callable[[str], None]) -> Iterator[str | None]:
    """tipg over the table `site`, as a superuser whom no policy slows; None where it cannot be had."""
    with TemporaryDirectory() as folder:
        if python := _own_environment(Path(folder) / "tipg"):
            with _serving(python, superuser) as address:
                yield address
        else:
            say("tipg cannot be installed here: left out")
            yield None


@contextmanager
def _serving(python: Path, superuser: str) -> Iterator[str]:
    parts = conninfo_to_dict(superuser)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # It refuses an address without a host; the socket's folder is one, in the writing of an address.
    address = f"postgresql://{parts['user']}@{quote(str(parts['host']), safe='')}:{parts['port']}/{parts['dbname']}"
    process = subprocess.Popen(
        [str(python), "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error"],
        env=os.environ | {"DATABASE_URL": address, "TIPG_DB_SCHEMAS": '["public"]',
                          "TIPG_DB_TABLES": '["public.site"]', "TIPG_DB_SPATIAL_EXTENT": "false"})
    try:
        tile = f"http://127.0.0.1:{port}/collections/public.site/tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}"
        for _ in range(240):
            try:
                urllib.request.urlopen(tile.format(z=15, x=1, y=1), timeout=30).read()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.5)
        yield tile
    finally:
        process.terminate()
        process.wait()


def _own_environment(folder: Path) -> Path | None:
    """A throw-away environment with tipg; its twenty packages bind nobody who serves or tests."""
    known = [ROOT / "var" / "uv" / "bin" / "uv", Path(shutil.which("uv") or "uv"),
             Path(sys.prefix).parent / "uv" / "bin" / "uv"]
    uv = next((str(found) for found in known if found.exists()), None)
    if uv is None:
        return None
    python = folder / "bin" / "python"
    for command in ([uv, "venv", "-q", "-p", sys.executable, str(folder)],
                    [uv, "pip", "install", "-q", "--python", str(python), *TIPG]):
        if subprocess.run(command, check=False).returncode:
            return None
    return python


def _over_http(some: list[Tile], address: str, headers: dict) -> dict:
    taken, sizes = [], []
    for turn in range(REQUESTS):
        if sum(taken) > 4_000 * PATIENCE_S:
            break
        tile = some[turn % len(some)]
        asked = urllib.request.Request(address.format(z=tile.z, x=tile.x, y=tile.y), headers=headers)
        started = time.perf_counter()
        content = urllib.request.urlopen(asked, timeout=300).read()
        if turn:
            taken.append(1000 * (time.perf_counter() - started))
        sizes.append(len(content))
    return _summary(taken) | {"kB": round(statistics.mean(sizes) / 1000, 1)}
