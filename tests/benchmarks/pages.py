"""Every list and page over 1,000,000 works, as the web role: statements, and how long until the page is whole.

Asked inside one process through the application as it is served, by people whose regions are a village, a regency and
the whole installation; nothing is kept between two requests but what the application keeps itself. A page that a role
may not see is left out, any other answer than the page is a failure. Once more each page is asked with every statement
that speaks of places explained, in its own transaction and role: `walked` are the large tables that one of them would
read from end to end. Where others use the machine too, read the processor time of both sides: it grows with what a
page does, and less with who else is waiting.
"""

import math
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from tests import build
from tests.benchmarks import _stored
from tests.benchmarks._measure import parent_of, server_cpu_s
from tests.statements import explained, recorded

SIZE, TURNS, SOUGHT_MS = 1_000_000, 12, 300

PAGES = {
    "home": "/", "map": "/map", "map, shaded": "/map?shade=money&of=village",
    "map, money to look at": "/map?shade=look&of=village", "map, by name": "/map?q=paving+melati",
    "map, frequent name": "/map?q=paving", "map, rare name": "/map?q=tidakada",
    "map, one village": "/map?village={village}",
    "map, area": "/map?area={box}", "map, list": "/map/list?box={box}", "map, plain": "/map/works.json?box={box}",
    "map, card": "/map/card?work={project}", "map, places": "/map/places?q=Desa+12",
    "projects": "/projects", "projects, by amount": "/projects?order=amount",
    "projects, far down": "/projects?after=2018_4000", "projects, one village": "/projects?village={village}",
    "projects, year and fund": "/projects?year=2024&fund=ADD", "projects, no point": "/projects?pointless=1",
    "projects, flagged": "/projects?suspected=1", "projects, by name": "/projects?q=paving+melati",
    "projects, rare name": "/projects?q=tidakada", "project": "/projects/{project}", "pairs": "/pairs",
    "pairs, everywhere": "/pairs?everywhere=1", "pairs, one kind": "/pairs?kind=double_funding",
    "pairs, judged": "/pairs?state=judged", "pair": "/pairs/{pair}", "check": "/check?at={at}", "uploads": "/uploads",
    "site": "/sites/new", "site, village": "/sites/new?village={region}", "site, work": "/sites/new?project={project}",
    "print": "/map/print?at=14/{place}", "print, whole": "/map/print", "exports": "/exports",
    "check, lists": "/check/lists", "pack": "/pairs/{pair}/pack",
    "inspection": "/inspection", "inspection, villages": "/inspection/villages", "offsets": "/inspection/offsets",
    "findings": "/inspection/findings", "samples": "/inspection/samples", "visits": "/inspection/visits",
    "blind samples": "/pairs/samples", "model": "/model", "help": "/help",
}  # fmt: skip


def run(say: Callable[[str], None], size: int = SIZE, kept: Path | None = None) -> dict:
    """p50 and p95 in milliseconds and the number of statements of each page, by who asks."""
    with _stored.indicated(size, kept) as (superuser, web):
        return measured(say, superuser, web, size)


def measured(say: Callable[[str], None], superuser: str, web: str, size: int) -> dict:
    """The figures of a database that is filled."""
    figures: dict = {"works": size, "sought_p95_ms": SOUGHT_MS, "turns": TURNS, "pages": {}}
    with TemporaryDirectory() as var, psycopg.connect(superuser, autocommit=True) as db:
        app = create_app(Settings(var=Path(var)), database_url=web, secret="only for a benchmark")
        app.config["WTF_CSRF_ENABLED"] = False
        values, postmaster = _values(db), parent_of(db.info.backend_pid)
        for who, person in _people(db).items():
            client = app.test_client()
            client.set_cookie("pantau", build.session(db, person))
            for name, address in PAGES.items():
                if who == "administrator" and any(key.startswith(f"{name} · ") for key in figures["pages"]):
                    continue  # only what nobody else may see
                row = _asked(client, address.format(**values), lambda: server_cpu_s(postmaster))
                if row["status"] == 403:
                    continue
                if row["status"] != 200:
                    raise AssertionError(f"{address} answers {row['status']}")
                figures["pages"][f"{name} · {who}"] = row
                mark = "" if row["p95_ms"] < SOUGHT_MS else "  SLOW"
                mark += f"  WALKED {row['walked']}" if row["walked"] else ""
                say(f"{name:<26} {who:<20} {row['statements']:3} statements, {row['spatial']:2} of places  "
                    f"p50 {row['p50_ms']:8.1f}  p95 {row['p95_ms']:8.1f} ms, processor {row['client_cpu_ms']:6.1f} + "
                    f"{row['server_cpu_ms']:6.1f}{mark}")
        app.extensions["database"].close()
    return figures


def _people(db: psycopg.Connection) -> dict[str, UUID]:
    return {
        "field of a village": _stored.person(db, "field", "32.00.01.2001"),
        "planner of a regency": _stored.person(db, "planner", "32.00"),
        "auditor of all": _stored.person(db, "auditor"),
        "administrator": _stored.person(db, "admin"),
    }


def _values(db: psycopg.Connection) -> dict[str, object]:
    """What the addresses name: a village with a pair, the pair, one of its works and where it stands."""
    pair, project, region, lon, lat = db.execute(
        "SELECT x.id, p.id, p.region_id, ST_XMin(s.geom), ST_YMin(s.geom) "
        "FROM pair x JOIN project p ON p.id = x.left_project JOIN site s ON s.id = x.left_site "
        "JOIN region r ON r.id = p.region_id AND r.code = '32.00.01.2001' "
        "WHERE x.id % 10 <> 0 ORDER BY x.id LIMIT 1").fetchone()
    box = f"{lon - .02},{lat - .02},{lon + .02},{lat + .02}"
    return {"pair": pair, "project": project, "region": region, "village": "32.00.01.2001", "at": f"{lat},{lon}",
            "place": f"{lat}/{lon}", "box": box}


def _asked(client: FlaskClient, address: str, server_cpu_s: Callable[[], float]) -> dict:
    taken, asked, status = [], [], client.get(address).status_code  # opens connections, compiles templates
    before = time.process_time(), server_cpu_s()
    for _ in range(TURNS):
        with recorded() as said:
            started = time.perf_counter()
            status = client.get(address).status_code
            taken.append(1000 * (time.perf_counter() - started))
        asked.append(len(said))
        if sum(taken) > 20_000 or status != 200:
            break
    client_s, server_s = time.process_time() - before[0], server_cpu_s() - before[1]
    with explained("geom &&", "ST_DWithin") as plans:
        client.get(address)
    taken.sort()
    return {"status": status, "statements": asked[-1], "spatial": len(plans), "walked": sorted(walked(plans)),
            "client_cpu_ms": round(1000 * client_s / len(taken), 1),
            "server_cpu_ms": round(1000 * server_s / len(taken), 1),
            "p50_ms": round(statistics.median(taken), 1),
            "p95_ms": round(taken[math.ceil(0.95 * len(taken)) - 1], 1)}


def walked(plans: list[str]) -> set[str]:
    return {table for plan in plans for table in re.findall(r"Seq Scan on (site|project|map_project)\b", plan)}
