"""One proposal against very many stored works: the explained answer as the web role, at 10,000 and at `size` works.

Each check is a transaction of its own, as the page makes it. The proposals are works near stored ones, of all forms;
the bounds are those of the issue: p95 at most 20 ms at the larger size, its median at most 1.3 times the smaller's.
"""

import time
from collections.abc import Callable
from uuid import UUID

import geopandas as gpd
import numpy as np
import shapely

from app.db import Database
from app.jobs import checking
from app.jobs.checking import Proposal
from tests.benchmarks import _stored

SMALL, SIZE, ASKED = 10_000, 1_000_000, 300
SPATIAL = (
    ("candidates", "SELECT s.project_id FROM site s JOIN project p ON p.id = s.project_id WHERE s.geom && "
     "ST_Expand(ST_Envelope(ST_GeomFromText('POINT(108.51 -8.51)', 4326)), 0.002) AND s.superseded_at IS NULL "
     "AND p.withdrawn_at IS NULL", "site_geom"),
    ("villages", "SELECT r.code FROM region r WHERE r.valid_to IS NULL AND r.level = 'village' AND r.geom && "
     "ST_Expand(ST_Envelope(ST_GeomFromText('POINT(108.51 -8.51)', 4326)), 0.01)", "region_geom"))


def run(say: Callable[[str], None], size: int = SIZE) -> dict:
    """Milliseconds at both sizes; their ratio; and whether every spatial query uses its GiST index."""
    figures: dict = {}
    with _stored.server() as server:
        for n in (SMALL, size):
            started = time.perf_counter()
            table = _stored.works(n)
            _, web, person = _stored.fill(server, f"works_{n}", table)
            say(f"{n:,} works stored in {time.perf_counter() - started:.0f} s")
            figures[n] = _measured(web, person, table)
            say("  " + ", ".join(f"{name} {value}" for name, value in figures[n].items()))
    ratio = figures[size]["p50_ms"] / figures[SMALL]["p50_ms"]
    say(f"median at {size:,} / at {SMALL:,}: {ratio:.2f} (at most 1.3); p95 {figures[size]['p95_ms']} ms (at most 20)")
    return {"sizes": figures, "ratio_of_medians": round(ratio, 3)}


def proposals(table: gpd.GeoDataFrame, count: int, seed: int = 7) -> list[Proposal]:
    """Works that somebody might propose again: a stored one moved some metres, under another fund."""
    rng = np.random.default_rng(seed)
    placed = table[table.geometry.notna()]
    chosen = placed.iloc[rng.integers(len(placed), size=count)]
    return [Proposal(shapely.affinity.translate(row.geometry, 3e-5, 2e-5), row.name_, int(row.year),
                     _stored.FUNDS[number % 4], row.category, None, 5.0)
            for number, row in enumerate(chosen.rename(columns={"name": "name_"}).itertuples())]


def _measured(web: str, person: UUID, table: gpd.GeoDataFrame) -> dict:
    database = Database(web)
    took, found = [], 0
    for number, proposal in enumerate([*proposals(table, 20, seed=3), *proposals(table, ASKED)]):
        started = time.perf_counter()
        with database.transaction(read_only=True, person=person) as connection:
            answer = checking.check(connection, proposal)
        if number >= 20:
            took.append(1000 * (time.perf_counter() - started))
            found += bool(answer.alike)
    plans = _plans(database, person)
    database.close()
    return {"p50_ms": round(float(np.percentile(took, 50)), 2), "p95_ms": round(float(np.percentile(took, 95)), 2),
            "slowest_ms": round(max(took), 2), "with_an_answer": found, **plans}


def _plans(database: Database, person: UUID) -> dict:
    used = {}
    with database.transaction(read_only=True, person=person) as connection:
        for name, query, index in SPATIAL:
            plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + query))
            used[f"{name}_by_gist"] = index in plan
    return used
