"""Requests of many people, one after the other over the same few connections, some of them broken off in the middle.

For the test that nobody meets what another request left on a connection, and for `./pantau bench interleaved`.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg

from app.db import Database
from tests import build


class Broken(Exception):
    """What a request may run into."""


def territories(connection: psycopg.Connection, people: int) -> dict[UUID, int]:
    """As many people, each in a village of their own in which one draft waits; answers the village of each."""
    top, found = build.root(connection), {}
    for number in range(people):
        village = build.region(connection, f"Desa {number}", parent=top)
        person = build.person(connection, "field", village)
        build.project(connection, village, person, stage="proposed", name=f"Usulan {number}")
        found[person] = village
    return found


def asked(database: Database, villages: dict[UUID, int], requests: int, *, threads: int, seed: int) -> Counter:
    """Ask that many times from that many threads; counts by what came of it: `own`, `foreign`, `broken`, `nobody`."""
    people = list(villages)

    def one(number: int) -> str:
        dice = random.Random(f"{seed}/{number}")
        person = None if dice.random() < 0.05 else dice.choice(people)
        ending = dice.choices(("well", "raises", "statement", "stopped", "writes"), (76, 6, 6, 6, 6))[0]
        try:
            with database.transaction(read_only=ending != "writes", person=person) as connection:
                seen = [row.region_id for row in connection.execute("SELECT region_id FROM project WHERE draft")]
                _end(connection, ending)
        except (Broken, psycopg.Error):
            return "broken"
        if person is None:
            return "nobody" if not seen else "foreign"
        return "own" if seen == [villages[person]] else "foreign"

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(one, range(requests)))


def _end(connection: psycopg.Connection, ending: str) -> None:
    match ending:
        case "raises":
            raise Broken
        case "statement":
            connection.execute("SELECT 1 / 0")
        case "stopped":
            connection.execute("SET LOCAL statement_timeout = 1")
            connection.execute("SELECT pg_sleep(1)")
        case "writes":  # refused by the policies, in the middle of a transaction that could write
            connection.execute("UPDATE project SET name = 'x' WHERE id = %s", [uuid4()])
            connection.execute("INSERT INTO project (source, source_key, region_id, village_known, name, entered_by)"
                               " SELECT 'x', 'x', id, true, 'x', %s FROM region WHERE level = 'root'", [uuid4()])
