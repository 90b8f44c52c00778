"""Each predicate of each statement is needed: opened in turn, with the policies switched off, the matrix finds it.

Found is what shows a mark, answers somebody it should refuse, or is another answer than with the predicate in place: a
sum over another's drafts carries no mark. The matrix itself sees the first two only. What survives stands in REASONS
by the name of its query, with why its removal shows nothing; a survivor without a reason, and a reason without a
survivor, is a fault.
"""

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click
from psycopg.conninfo import make_conninfo

from app.installation import migrate
from app.installation.terminal import quiet
from tests import build
from tests.benchmarks import _stored
from tests.database import Database
from tests.matrix import asking, switches
from tests.matrix.cases import Case, cases
from tests.matrix.world import OVER

ASKED_AGAIN = 40
"""So many of the questions that a statement helps to answer are asked again, those about what lies elsewhere first."""
QUERIES = str(Path(__file__).parents[2] / "app")
_REASONS = {
    "the page has looked the thing up by the same rule before it asks this of it": (
        "check_results.counts", "check_results.ranked", "check_results.in_order", "check_results.registered",
        "check_results.by_id", "check_results.hold", "pair_details.sides", "samples.works",
        "uploads.hold", "verdicts.answer"),
    "the same query asks by the person's id too, given by the page": (
        "check_lists.latest_of", "uploads.latest_of", "uploads.of_batch"),
    "asked of a job, a file or a draft by an id that the page has just read as one's own": (
        "exports.note_made", "jobs.by_id", "jobs.ask_to_cancel", "jobs.latest_of_draft", "models.note_shown"),
    "the works that have the name searched for were found by the same rule before (names.having)": (
        "crowds.around", "maps.listed", "maps.places", "maps.total", "project_list.rows", "project_list.totals"),
}
REASONS = {name: reason for reason, names in _REASONS.items() for name in names}
"""By query: why nothing is seen of it where another keeps the rule. What no question of the matrix could see is not
here: it waits for a question."""


class Statement:
    """A statement with a predicate: the query that sends it, and the questions it takes part in answering, each with
    the answer."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.asked: list[tuple[Case, asking.Answer]] = []


def run(say: Callable[[str], None], size: int = 0) -> dict:
    """How many statements carry a predicate, and of how many it is missed; `size`: at most so many statements."""
    began = time.perf_counter()
    with _stored.server() as server, tempfile.TemporaryDirectory() as var:
        migrate.create_database(server, "matrix")
        dsn = make_conninfo(server, dbname="matrix")
        migrate.prepare(dsn, tell=quiet)
        prepared = Database("matrix", dsn, "matrix")
        with asking.opened(prepared, Path(var)) as asker, build.superuser(prepared) as superuser, \
                switches.off(superuser):
            statements = _asked(asker)[:size or None]
            survived = [one for one in statements if not _missed(asker, one)]
    counted = _by_name(survived)
    unexplained, settled = sorted(counted.keys() - REASONS.keys()), sorted(REASONS.keys() - counted.keys())
    say(f"{len(statements)} statements of {len({one.name for one in statements})} queries carry a predicate; of "
        f"{len(statements) - len(survived)} it is missed, of {len(survived)} in {len(counted)} queries not:")
    for name, some in sorted(counted.items()):
        say(f"  {name} ({len(some)}): {REASONS.get(name, 'NO REASON')}")
        if name not in REASONS:
            for one in some:
                say(f"    {' '.join(one.text.split())[:160]}")
    figures = {"statements": len(statements), "missed": len(statements) - len(survived),
               "survived": {name: {"statements": len(some), "reason": REASONS.get(name)}
                            for name, some in sorted(counted.items())},
               "unexplained": unexplained, "seconds": round(time.perf_counter() - began)}
    if not size and (unexplained or settled):
        raise click.ClickException(f"without a reason: {unexplained}; a reason, and it is missed: {settled}")
    return figures


def _by_name(some: list[Statement]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for one in some:
        found[one.name].append(one)
    return found


def _asked(asker: asking.Asker) -> list[Statement]:
    """Each statement with a predicate, by its text."""
    found: dict[str, Statement] = {}
    for case in cases(asker.app, asker.world):
        seen: set[str] = set()

        def note(text: str, seen: set[str] = seen) -> str:
            if switches.PREDICATE.search(text):
                seen.add(text)
                if text not in found:
                    found[text] = Statement(text, _sender(sys._getframe(1)))
            return text

        if case.let_in and case.who.id:
            with switches.statements(note):
                answer = asker.ask(case)
            for one in seen:
                found[one].asked.append((case, answer))
    return [found[text] for text in sorted(found)]


def _sender(frame: FrameType | None) -> str:
    """The query of app/queries, or what else of ours, that sends what is just being sent."""
    named = ""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(QUERIES) and not file.endswith("/db.py"):
            name = f"{Path(file).stem}.{frame.f_code.co_name}"
            if "/queries/" in file:
                return name
            named = named or name
        frame = frame.f_back
    return named


def _missed(asker: asking.Asker, statement: Statement) -> bool:
    """Whether anything is found once this statement has no predicate."""
    first = sorted(statement.asked, key=lambda one: (one[0].own or one[0].place in OVER, one[0].allowed))
    with switches.statements(lambda text: switches.opened(text) if text == statement.text else text):
        for case, before in first[:ASKED_AGAIN]:
            if asker.otherwise(case, before, asker.ask(case)) or asker.faults(case):
                return True
    return False
