"""Each predicate of each statement is needed: opened in turn, with the policies switched off, the matrix finds it.

What survives is named: a statement whose rule is kept by another one before it, or one that no question reaches.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from psycopg.conninfo import make_conninfo

from app.installation import migrate
from app.installation.terminal import quiet
from tests import build
from tests.benchmarks import _stored
from tests.database import Database
from tests.matrix import asking, switches
from tests.matrix.cases import Case, cases
from tests.matrix.world import OVER

ASKED_AGAIN = 12
"""So many of the questions that a statement helps to answer are asked again, those about what lies elsewhere first."""


def run(say: Callable[[str], None], size: int = 0) -> dict:
    """How many statements carry a predicate, and of how many it is missed; `size`: at most so many statements."""
    with _stored.server() as server, tempfile.TemporaryDirectory() as var:
        migrate.create_database(server, "matrix")
        dsn = make_conninfo(server, dbname="matrix")
        migrate.prepare(dsn, tell=quiet)
        prepared = Database("matrix", dsn, "matrix")
        with asking.opened(prepared, Path(var)) as asker, build.superuser(prepared) as superuser, \
                switches.off(superuser):
            asked = _asked(asker)
            statements = sorted(asked)[:size or None]
            survived = [one for one in statements if not _missed(asker, one, asked[one])]
    say(f"{len(statements)} statements carry a predicate; of {len(statements) - len(survived)} it is missed, of "
        f"{len(survived)} not:")
    for one in survived:
        say(f"  {' '.join(one.split())[:200]}")
    return {"statements": len(statements), "survived": [" ".join(one.split())[:300] for one in survived]}


def _asked(asker: asking.Asker) -> dict[str, list[Case]]:
    """Each statement with a predicate, and the questions that it takes part in answering."""
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases(asker.app, asker.world):
        seen: set[str] = set()

        def note(text: str, seen: set[str] = seen) -> str:
            if switches.PREDICATE.search(text):
                seen.add(text)
            return text

        if case.let_in and case.who.id:
            with switches.statements(note):
                asker.ask(case)
            for one in seen:
                found[one].append(case)
    return found


def _missed(asker: asking.Asker, statement: str, asked: list[Case]) -> bool:
    """Whether anything is found once this statement has no predicate."""
    first = sorted(asked, key=lambda one: (one.own or one.place in OVER, one.allowed))[:ASKED_AGAIN]
    with switches.statements(lambda text: switches.opened(text) if text == statement else text):
        return any(asker.faults(one) for one in first)
