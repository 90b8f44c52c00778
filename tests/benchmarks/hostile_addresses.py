"""A hundred thousand addresses of tiles that no map asks for: what is answered, what reaches the database, how long.

The short form runs with the tests (tests/hostile/test_addresses.py)."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from psycopg.conninfo import make_conninfo

from app.installation import migrate
from app.installation.terminal import quiet
from tests.benchmarks import _stored
from tests.database import TestServer
from tests.hostile.knocking import Knocker
from tests.hostile.standing import standing
from tests.hostile.test_addresses import ask_tiles

SIZE, TEMPLATE = 100_000, "pantau_hostile"


def run(say: Callable[[str], None], size: int = SIZE, seed: int = 7) -> dict:
    """Answers by status, the slowest of them, statements of different text, and whatever was not as it must be."""
    with _stored.server() as server, tempfile.TemporaryDirectory() as var:
        migrate.create_database(server, TEMPLATE)
        migrate.prepare(make_conninfo(server, dbname=TEMPLATE), tell=quiet)
        with (TestServer(server, TEMPLATE).copy() as database,
              standing(database, Path(var)) as stands):
            found = ask_tiles(Knocker(stands.app, stands.world, stands.sessions), size, seed)
    say(f"{size:,} addresses: {found['statuses']}; the slowest {found['slowest_s']} s; {found['statements']} different "
        f"statements, {len(found['marked'])} with a word of an address; {len(found['faults'])} faults")
    for one in (*found["faults"][:10], *found["marked"][:10]):
        say(f"  {one}")
    return found
