"""Races: 200 pairs that 50 people each decide at the same moment, and 1,000 forms each sent 50 times at once.

Over the application as it is served, each process of the race with an application and a pool of its own, beside one
database. What must come of it: one verdict a pair and every other person told, one upload a key and one answer to all.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from app import create_app
from app.installation import migrate
from app.installation.terminal import quiet
from app.settings import Settings
from tests import build
from tests.benchmarks import _stored
from tests.racing import deciding, repeating, signed_in, upload_form

PAIRS, PEOPLE, KEYS, REPEATS, PROCESSES = 200, 50, 1_000, 50, 2
DECIDING, SENDING = 77, 78


def run(say: Callable[[str], None], size: int = KEYS) -> dict:
    """With `size` keys, and a fifth as many pairs."""
    pairs = max(size * PAIRS // KEYS, 1)
    with _stored.server() as server, TemporaryDirectory() as var:
        migrate.create_database(server, "races")
        superuser = make_conninfo(server, dbname="races")
        migrate.prepare(superuser, tell=quiet)
        web = make_conninfo(superuser, user=migrate.web_role_of("races"))
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("INSERT INTO installation (currency, timezone, secret) VALUES"
                               " ('IDR', 'Asia/Jakarta', '')")
            village = build.places(connection).village
            judges = [build.person(connection, "auditor", village) for _ in range(PEOPLE)]
            sender = build.person(connection, "field", village)
            made = [_pair(connection, village, sender) for _ in range(pairs)]
            figures = {"pairs": _decided(superuser, web, Path(var), made, judges, say)}
            figures["pairs"]["verdicts"] = _one(connection, "SELECT count(*) FROM verdict")
            figures["keys"] = _sent(superuser, web, Path(var), sender, size, say)
            figures["keys"] |= {"uploads": _one(connection, "SELECT count(*) FROM upload"),
                                "jobs": _one(connection, "SELECT count(*) FROM job"),
                                "kept_forms": _one(connection, "SELECT count(*) FROM sent_form WHERE person_id = %s",
                                                   sender)}
    say(f"{pairs} pairs × {PEOPLE} people: {figures['pairs']['verdicts']} verdicts; {size} keys × {REPEATS} sendings: "
        f"{figures['keys']['uploads']} uploads")
    assert figures["pairs"]["verdicts"] == pairs
    assert figures["pairs"]["answers"] == {"302": pairs, "409": pairs * (PEOPLE - 1)}, figures
    assert figures["keys"]["uploads"] == figures["keys"]["jobs"] == figures["keys"]["kept_forms"] == size, figures
    assert figures["keys"]["keys_with_one_answer"] == size, figures
    return figures


def _pair(connection: psycopg.Connection, village: int, sender: UUID) -> int:
    one, other = (build.project(connection, village, sender) for _ in range(2))
    return build.pair(connection, one, other)


def _one(connection: psycopg.Connection, query: str, *values: object) -> int:
    return connection.execute(query, values).fetchone()[0]


def _decided(superuser: str, web: str, var: Path, pairs: list[int], judges: list[UUID], say: Callable[[str], None]
             ) -> dict:
    """The people of a pair are divided among the processes; each pair is begun by all of them together."""
    begun = time.monotonic()
    shares = [(superuser, web, var, pairs, judges[place::PROCESSES], place) for place in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES) as processes:
        seen = sum(processes.map(_decide, shares), Counter())
    return {"answers": {str(status): count for status, count in sorted(seen.items())},
            "seconds": round(time.monotonic() - begun, 1)}


def _decide(share: tuple) -> Counter:
    superuser, web, var, pairs, judges, place = share
    seen: Counter = Counter()
    said = ["not_related", "double_funding", "needs_visit"]
    with (_people(superuser, web, var, judges) as (clients, pool),
          psycopg.connect(superuser, autocommit=True) as meeting):
        for pair in pairs:
            _meet(meeting, DECIDING, pair)
            seen += deciding(clients, pair, "fakta-1", [said[(n + place) % 3] for n in range(len(clients))], pool)
    return seen


def _meet(connection: psycopg.Connection, what: int, number: int) -> None:
    """Wait until all processes have come to this number."""
    connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", [what, number])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and _one(
            connection, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"
            " AND granted", what, number) < PROCESSES:
        time.sleep(0.002)


def _sent(superuser: str, web: str, var: Path, sender: UUID, size: int, say: Callable[[str], None]) -> dict:
    begun = time.monotonic()
    keys = [uuid4() for _ in range(size)]
    with ProcessPoolExecutor(PROCESSES) as processes:
        told = list(processes.map(_send, [(superuser, web, var, sender, keys, place) for place in range(PROCESSES)]))
    seen = sum((statuses for statuses, _ in told), Counter())
    answers = [set().union(*(one[place] for _, one in told)) for place in range(size)]
    return {"answers": {str(status): count for status, count in sorted(seen.items())},
            "keys_with_one_answer": sum(len(one) == 1 for one in answers),
            "seconds": round(time.monotonic() - begun, 1)}


def _send(share: tuple) -> tuple[Counter, list[set[str]]]:
    superuser, web, var, sender, keys, _place = share
    seen, answers = Counter(), []
    windows = [sender] * (REPEATS // PROCESSES)
    with (_people(superuser, web, var, windows) as (clients, pool),
          psycopg.connect(superuser, autocommit=True) as meeting):
        for number, key in enumerate(keys):
            _meet(meeting, SENDING, number)
            statuses, told = repeating(clients, "/uploads", lambda key=key: upload_form(key), pool)
            seen += statuses
            answers.append(told)
    return seen, answers


@contextmanager
def _people(superuser: str, web: str, var: Path, people: list[UUID]):
    """An application of this process, and a browser of each of these people."""
    app = create_app(Settings(var=var), database_url=web, secret="only for a race")
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        with psycopg.connect(superuser, autocommit=True) as connection:
            clients = [signed_in(app, connection, person) for person in people]
        with ThreadPoolExecutor(len(people)) as pool:
            yield clients, pool
    finally:
        app.extensions["database"].close()
