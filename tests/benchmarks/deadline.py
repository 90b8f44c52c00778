"""A deadline day: 1,000 signed-in people, 10 to 30 seconds between two clicks, on the cores that they share with us.

An installation as `./pantau run` starts it (web, worker, sealer), over a database of many works; the people are beside
it on the same machine (`_clicking.py`: what they do, and what a click is). Sought of all clicks: p95 ≤ 800 ms,
p99 ≤ 2 s; at most one answer of a thousand "busy, come back" (503), and no other that is not what was asked for.
"""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg

from tests import build
from tests.benchmarks import _stored
from tests.benchmarks._measure import parent_of, server_cpu_s
from tests.running import ROOT, installation

WORKS, BEFORE_S = 100_000, 60
PEOPLE = {"field": 760, "head": 120, "planner": 80, "auditor": 35, "admin": 5}
P95_S, P99_S = 0.8, 2.0


def run(say: Callable[[str], None], seconds: float = 300.0, size: int = 1_000, seed: int = 1,
        kept: Path | None = None) -> dict:
    """Percentiles of clicks in seconds, whole and by what was clicked; every answer by its status."""
    with _stored.indicated(WORKS, kept) as (superuser, _web), TemporaryDirectory() as var:
        with psycopg.connect(superuser, autocommit=True) as db:
            people, postmaster = _people(db, size), parent_of(db.info.backend_pid)
        with installation(Path(var) / "var", "--empty", DATABASE_URL=superuser) as running:
            before = server_cpu_s(postmaster)
            met = _clicked({"address": running.address, "people": people, "seconds": seconds, "before_s": BEFORE_S,
                            "seed": seed})
            database_s = server_cpu_s(postmaster) - before
    return _told(met, database_s, say)


def _people(db: psycopg.Connection, size: int) -> list[dict]:
    """Each with a session, in a village of their own while there are enough; of wider territory from the planner on."""
    villages = db.execute(
        "SELECT r.code, r.name, r.id, r.parent_id, ST_XMin(r.geom), ST_YMin(r.geom), ST_XMax(r.geom) - ST_XMin(r.geom),"
        " array(SELECT id::text FROM project WHERE region_id = r.id LIMIT 30),"
        " array(SELECT x.id FROM pair x JOIN project p ON p.id = x.left_project WHERE p.region_id = r.id LIMIT 5)"
        " FROM region r WHERE r.level = 'village' ORDER BY r.code").fetchall()
    villages = [one for one in villages if one[7] and one[8]]
    found = []
    for role, share in PEOPLE.items():
        for _ in range(max(round(share * size / sum(PEOPLE.values())), 1)):
            code, name, region, parent, west, south, side, works, pairs = villages[len(found) % len(villages)]
            territory = {"planner": parent, "auditor": build.root(db), "admin": build.root(db)}.get(role, region)
            person = build.person(db, role, territory, name=f"{role}-{uuid4().hex[:8]}")
            found.append({"role": role, "token": build.session(db, person), "code": code, "village": name,
                          "ground": [west, south, side], "works": works, "pairs": pairs})
    return found


def _clicked(told: dict) -> dict:
    done = subprocess.run([sys.executable, "-m", "tests.benchmarks._clicking"], input=json.dumps(told), text=True,
                          capture_output=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    return json.loads(done.stdout)


def _told(met: dict, database_s: float, say: Callable[[str], None]) -> dict:
    by_name = defaultdict(list)
    for name, took in met["clicks"]:
        by_name[name].append(took)
    every = [took for _, took in met["clicks"]]
    figures = {"people": met["people"], "seconds": round(met["seconds"], 1), "clicks": len(every),
               "requests": sum(met["answers"].values()), "answers": met["answers"], "faults": met["faults"],
               "people_cpu_s": round(met["cpu_s"], 1), "database_cpu_s": round(database_s, 1), **_spread(every),
               "by_click": {name: {"clicks": len(of), **_spread(of)} for name, of in sorted(by_name.items())}}
    say(f"{figures['people']} people, {figures['clicks']:,} clicks in {figures['seconds']} s with "
        f"{figures['requests']:,} requests: p50 {figures['p50_s']} s, p95 {figures['p95_s']} (sought {P95_S}), "
        f"p99 {figures['p99_s']} (sought {P99_S}); answers {figures['answers']}, faults {figures['faults']}")
    for name, of in figures["by_click"].items():
        say(f"  {name:<20} {of['clicks']:6,}  p50 {of['p50_s']:6.2f}  p95 {of['p95_s']:6.2f}  p99 {of['p99_s']:6.2f}")
    return figures


def _spread(took: list[float]) -> dict[str, float]:
    if len(took) < 2:
        return dict.fromkeys(("p50_s", "p95_s", "p99_s"), round(max(took, default=0), 3))
    parts = statistics.quantiles(took, n=100, method="inclusive")
    return {"p50_s": round(parts[49], 3), "p95_s": round(parts[94], 3), "p99_s": round(parts[98], 3)}
