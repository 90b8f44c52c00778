"""Every list and page over 1,000,000 works, as the web role: statements, and how long until the page is whole.

Asked inside one process through the application as it is served, by people whose regions are a village, a regency and
the whole installation; nothing is kept between two requests but what the application keeps itself.
"""

import math
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
from tests.statements import recorded

SIZE, TURNS, SOUGHT_MS = 1_000_000, 12, 300

PAGES = {
    "home": "/", "map": "/map", "map, shaded": "/map?shade=money&of=village", "map, list": "/map/list?{box}",
    "map, places": "/map/places?q=Desa+12", "projects": "/projects", "projects, by amount": "/projects?order=amount",
    "projects, far down": "/projects?after=2018_4000", "projects, one village": "/projects?village={village}",
    "projects, year and fund": "/projects?year=2024&fund=ADD", "projects, no point": "/projects?pointless=1",
    "projects, flagged": "/projects?suspected=1", "projects, by name": "/projects?q=paving+melati",
    "projects, rare name": "/projects?q=tidakada", "project": "/projects/{project}", "pairs": "/pairs",
    "pairs, everywhere": "/pairs?everywhere=1", "pairs, one kind": "/pairs?kind=double_funding",
    "pairs, judged": "/pairs?state=judged", "pair": "/pairs/{pair}", "check": "/check?at={at}", "uploads": "/uploads",
    "site": "/sites/new", "print": "/print", "help": "/help",
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
        values = _values(db)
        for who, person in _people(db).items():
            client = app.test_client()
            client.set_cookie("pantau", build.session(db, person))
            for name, address in PAGES.items():
                if "uploads" in name and who == "auditor of all":
                    continue
                figures["pages"][f"{name} · {who}"] = row = _asked(client, address.format(**values))
                mark = "" if row["p95_ms"] < SOUGHT_MS else "  SLOW"
                say(f"{name:<26} {who:<20} {row['status']} {row['statements']:3} statements  "
                    f"p50 {row['p50_ms']:8.1f}  p95 {row['p95_ms']:8.1f} ms{mark}")
        app.extensions["database"].close()
    return figures


def _people(db: psycopg.Connection) -> dict[str, UUID]:
    return {
        "field of a village": _stored.person(db, "field", "32.00.01.2001"),
        "planner of a regency": _stored.person(db, "planner", "32.00"),
        "auditor of all": _stored.person(db, "auditor"),
    }


def _values(db: psycopg.Connection) -> dict[str, object]:
    """What the addresses name: a village with a pair, the pair, one of its works and where it stands."""
    pair, project, lon, lat = db.execute(
        "SELECT x.id, p.id, ST_XMin(s.geom), ST_YMin(s.geom) FROM pair x JOIN project p ON p.id = x.left_project "
        "JOIN region r ON r.id = p.region_id AND r.code = '32.00.01.2001' JOIN site s ON s.id = x.left_site "
        "WHERE x.id % 10 <> 0 ORDER BY x.id LIMIT 1").fetchone()
    box = f"west={lon - .02}&south={lat - .02}&east={lon + .02}&north={lat + .02}"
    return {"pair": pair, "project": project, "village": "32.00.01.2001", "at": f"{lat},{lon}", "box": box}


def _asked(client: FlaskClient, address: str) -> dict:
    taken, asked, status = [], [], 0
    for _ in range(TURNS):
        with recorded() as said:
            started = time.perf_counter()
            status = client.get(address).status_code
            taken.append(1000 * (time.perf_counter() - started))
        asked.append(len(said))
        if sum(taken) > 20_000:
            break
    taken = sorted(taken[1:] or taken)  # the first one opens connections and compiles templates
    return {"status": status, "statements": asked[-1], "p50_ms": round(statistics.median(taken), 1),
            "p95_ms": round(taken[math.ceil(0.95 * len(taken)) - 1], 1)}
