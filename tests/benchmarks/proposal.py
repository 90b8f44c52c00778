"""One proposal against very many stored works: the explained answer as the web role, at 10,000 and at `size` works.

Each check is a transaction of its own, as the page makes it. The proposals are works near stored ones, of all forms;
the bounds are those of the issue: p95 at most 20 ms at the larger size, its median at most 1.3 times the smaller's.
Both sizes are asked in turn, so that a busy machine slows both alike; processor time is told beside the wall, and a
floor in the same run: one `geom && box` of the same place through the same pool.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import geopandas as gpd
import numpy as np
import shapely

from app.db import Database
from app.jobs import checking
from app.jobs.checking import Proposal
from app.queries import matching
from tests.benchmarks import _stored
from tests.benchmarks._measure import TICK

SMALL, SIZE, ASKED, FIRST = 10_000, 1_000_000, 300, 20
FLOOR = """
    SELECT s.project_id FROM site s
     WHERE s.superseded_at IS NULL AND s.geom && ST_Expand(ST_GeomFromWKB(%s, 4326), %s)
"""
STEPS = 4


def run(say: Callable[[str], None], size: int = SIZE) -> dict:
    """Milliseconds at both sizes: wall and processor time of a check, the floor's wall; their ratio."""
    with _stored.server() as server:
        asked = []
        for n in (SMALL, size):
            started = time.perf_counter()
            table = _stored.works(n)
            _, web, person = _stored.fill(server, f"works_{n}", table)
            say(f"{n:,} works stored in {time.perf_counter() - started:.0f} s")
            asked.append(Asked(web, person, [*proposals(table, FIRST, seed=3), *proposals(table, ASKED)]))
        for start in range(0, FIRST + ASKED, STEPS):
            for one in asked:
                one.ask(start, start + STEPS)
        figures = {n: one.figures() for n, one in zip((SMALL, size), asked, strict=True)}
    for n, found in figures.items():
        say(f"{n:,}: " + ", ".join(f"{name} {value}" for name, value in found.items()))
    wall, processor = (figures[size][name] / figures[SMALL][name] for name in ("p50_ms", "cpu_ms"))
    say(f"median at {size:,} / at {SMALL:,}: {wall:.2f} (at most 1.3), by processor time {processor:.2f}; "
        f"p95 {figures[size]['p95_ms']} ms (at most 20)")
    return {"sizes": figures, "ratio_of_medians": round(wall, 3), "ratio_of_cpu": round(processor, 3),
            "load_average": [round(one, 1) for one in os.getloadavg()]}


def proposals(table: gpd.GeoDataFrame, count: int, seed: int = 7) -> list[Proposal]:
    """Works that somebody might propose again: a stored one moved some metres, under another fund."""
    rng = np.random.default_rng(seed)
    placed = table[table.geometry.notna()]
    chosen = placed.iloc[rng.integers(len(placed), size=count)]
    return [Proposal(shapely.affinity.translate(row.geometry, 3e-5, 2e-5), row.name_, int(row.year),
                     _stored.FUNDS[number % 4], row.category, None, 5.0)
            for number, row in enumerate(chosen.rename(columns={"name": "name_"}).itertuples())]


class Asked:
    """One database and what was measured of it, by checks in their order; the first `FIRST` only warm it up."""

    def __init__(self, web: str, person: UUID, proposed: list[Proposal]) -> None:
        # two connections: one alone is still being put back when it is asked for again
        self.database, self.person, self.proposed = Database(web, size=2), person, proposed
        self.backends: list[int] = []
        self.wall_ms: list[float] = []
        self.client_ms: list[float] = []
        self.floor_ms: list[float] = []
        self.alike = self.server_ticks = 0

    def ask(self, first: int, last: int) -> None:
        for proposal in self.proposed[first:last]:
            ticks, wall, client = self._server(), time.perf_counter(), time.process_time()
            with self.database.transaction(read_only=True, person=self.person) as connection:
                answer = checking.check(connection, proposal)
            self.client_ms.append(1000 * (time.process_time() - client))
            self.wall_ms.append(1000 * (time.perf_counter() - wall))
            if len(self.wall_ms) > FIRST:
                self.server_ticks += self._server() - ticks
                self.alike += bool(answer.alike)
            started = time.perf_counter()
            with self.database.transaction(read_only=True, person=self.person) as connection:
                connection.execute(FLOOR, [shapely.to_wkb(proposal.geometry), 0.002]).fetchall()
            self.floor_ms.append(1000 * (time.perf_counter() - started))

    def _server(self) -> int:
        """Processor time of both connections so far, in ticks."""
        if not self.backends:
            with (self.database.transaction(read_only=True) as one, self.database.transaction(read_only=True) as other):
                self.backends = [connection.info.backend_pid for connection in (one, other)]
        return sum(map(_ticks, self.backends))

    def figures(self) -> dict:
        with self.database.transaction(read_only=True, person=self.person) as connection:
            plans = "\n".join(row[0] for row in connection.execute(
                "EXPLAIN " + matching.AROUND, {"most": matching.MOST_BARE, **checking.question(self.proposed[0])}))
        self.database.close()
        wall, client, floor = (np.array(one[FIRST:]) for one in (self.wall_ms, self.client_ms, self.floor_ms))
        server = 1000 * self.server_ticks / TICK / len(wall)
        return {"p50_ms": _at(wall, 50), "p95_ms": _at(wall, 95), "slowest_ms": round(float(wall.max()), 2),
                "client_cpu_p50_ms": _at(client, 50), "client_cpu_p95_ms": _at(client, 95),
                "server_cpu_ms": round(server, 2), "cpu_ms": round(float(np.mean(client)) + server, 2),
                "floor_p50_ms": _at(floor, 50), "floor_p95_ms": _at(floor, 95), "with_an_answer": self.alike,
                "villages_by_gist": "region_geom" in plans, "no_table_walked": "Seq Scan on site" not in plans
                and "Seq Scan on project" not in plans}


def _at(values: np.ndarray, percent: int) -> float:
    return round(float(np.percentile(values, percent)), 2)


def _ticks(process: int) -> int:
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return int(stat[11]) + int(stat[12])
