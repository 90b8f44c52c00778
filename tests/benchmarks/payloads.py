"""Sixty scripts through every text field and every page, map card and print in Chromium: none runs.

Twice: as it is, and with the policy of every answer taken away, for escaping alone must hold. What stands in the
database is planted in two turns, thirty scripts in a text, so that each field of each row holds all sixty; what is sent
goes to every name that any route asks for. The short form runs with the tests (tests/hostile/test_payloads.py).
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from psycopg.conninfo import make_conninfo

from app.installation import migrate
from app.installation.terminal import quiet
from app.packs import pdf
from tests.benchmarks import _stored
from tests.database import Database, TestServer
from tests.hostile.knocking import Knocker
from tests.hostile.opening import Door, Looking, pages
from tests.hostile.payloads import CLOSED, PAYLOADS, TEXTS, complete, fields, plant
from tests.hostile.sending import Sent
from tests.hostile.standing import Standing, standing
from tests.hostile.telling import telling
from tests.matrix import asking
from tests.running import chromium

TEMPLATE = "pantau_hostile"


def run(say: Callable[[str], None], size: int = len(TEXTS)) -> dict:
    """Pages opened, cards, and what was found; `size`: so many of the two turns."""
    writes, pdf.write = pdf.write, lambda html: html.encode()
    try:
        with _stored.server() as server, tempfile.TemporaryDirectory() as var:
            migrate.create_database(server, TEMPLATE)
            migrate.prepare(make_conninfo(server, dbname=TEMPLATE), tell=quiet)
            with TestServer(server, TEMPLATE).copy() as database, standing(database, Path(var)) as stands:
                sent = _sent(say, stands, database)
                stored = _stored_in(say, stands, size)
    finally:
        pdf.write = writes
    faults = sorted({*sent.pop("faults"), *stored.pop("faults")})
    say(f"{len(faults)} faults")
    for one in faults[:40]:
        say(f"  {one}")
    return {"payloads": len(PAYLOADS), "sent": sent, "stored": stored, "faults": faults}


def _sent(say: Callable[[str], None], stands: Standing, database: Database) -> dict:
    began = time.perf_counter()
    stands.db.execute(asking.WRITTEN)
    with telling(stands.app, database.web_dsn, stands.db) as told, chromium() as browser:
        knocker = Knocker(stands.app, stands.world, stands.sessions, origin=stands.address)
        sent = Sent(knocker, told)
        sent.all()
        say(f"sent: {sent.requests:,} requests; {len(sent.shown)} pages to open twice")
        looking = Looking(browser, knocker, stands.sessions)
        with looking.as_(knocker.world.person("admin", "whole")) as page:
            for policy in (True, False):
                for one in sent.shown:
                    looking.given(page, one.case.address, one.answer, policy)
        known = {f"{table}.{column}" for table, column, _kind in fields(stands.db)}
        faults = sent.faults + looking.faults + [f"kept where nothing is planted: {one}" for one in sent.kept - known]
    names = sum(map(len, sent.names.values()))
    say(f"sent: {names:,} names of {len(sent.names)} routes, {sent.requests:,} requests; {len(sent.shown)} pages in "
        f"which they stand again, opened twice; {len(sent.kept)} columns would hold them; {len(faults)} faults")
    return {"routes": len(sent.names), "names": names, "requests": sent.requests, "pages_opened": looking.opened,
            "columns": sorted(sent.kept), "seconds": round(time.perf_counter() - began), "faults": faults}


def _stored_in(say: Callable[[str], None], stands: Standing, turns: int) -> dict:
    began = time.perf_counter()
    stands.app.wsgi_app = door = Door(stands.app)
    knocker = Knocker(stands.app, stands.world, stands.sessions, origin=stands.address)
    some = pages(knocker)
    complete(stands.db)
    every = {f"{table}.{column}" for table, column, _kind in fields(stands.db)}
    counted, faults = {}, []
    with chromium() as browser:
        for turn in range(turns):
            held, closed = plant(stands.db, turn, TEXTS)
            faults += [f"not planted: {one}" for one in (every - held - CLOSED) | (closed - CLOSED)]
            for door.policy in (True, False):
                looking = Looking(browser, knocker, stands.sessions)
                looking.all(some)
                faults += looking.faults
                name = "policy_on" if door.policy else "policy_off"
                one = counted.setdefault(name, {"pages": 0, "cards": 0, "with_payloads": 0, "faults": 0})
                for key, more in (("pages", looking.opened), ("cards", looking.cards),
                                  ("with_payloads", looking.held), ("faults", len(looking.faults))):
                    one[key] += more
            say(f"turn {turn + 1}: {len(held)} fields; {counted}; {time.perf_counter() - began:.0f} s")
    return {"fields": len(held), "addresses": len(some), "turns": turns, **counted,
            "seconds": round(time.perf_counter() - began), "faults": faults}
