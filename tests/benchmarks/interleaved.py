"""Nobody meets another's rows on a connection that was theirs a moment ago: 10,000 requests of 50 people over 4."""

import time
from collections.abc import Callable

import psycopg
from psycopg.conninfo import make_conninfo

from app.db import Database
from app.installation import migrate
from app.installation.terminal import quiet
from tests import interleaved
from tests.benchmarks import _stored

PEOPLE, CONNECTIONS, THREADS, SIZE = 50, 4, 16, 10_000


def run(say: Callable[[str], None], size: int = SIZE, seed: int = 1) -> dict:
    """How many requests saw their own rows, how many broke off, and how many saw another's (sought: 0)."""
    with _stored.server() as server:
        migrate.create_database(server, "interleaved")
        dsn = make_conninfo(server, dbname="interleaved")
        migrate.prepare(dsn, tell=quiet)
        with psycopg.connect(dsn, autocommit=True) as superuser:
            villages = interleaved.territories(superuser, PEOPLE)
        database = Database(make_conninfo(dsn, user=migrate.web_role_of("interleaved")), size=CONNECTIONS, wait_s=60)
        began = time.monotonic()
        told = interleaved.asked(database, villages, size, threads=THREADS, seed=seed)
        seconds = time.monotonic() - began
        database.close()
    say(f"{size:,} requests of {PEOPLE} people over {CONNECTIONS} connections in {seconds:.0f} s: {told['own']:,} saw "
        f"their own, {told['nobody']:,} without a person nothing, {told['broken']:,} broke off, {told['foreign']} saw "
        f"another's (sought 0)")
    return {"requests": size, "people": PEOPLE, "connections": CONNECTIONS, "seconds": round(seconds, 1),
            **{name: told[name] for name in ("own", "nobody", "broken", "foreign")}}
