"""Asking, and reading what came of it: how it was answered, which marks it shows, and what it would have written.

Nothing of it stays: each transaction of the application is undone at its end, and the record of changes, which every
table writes, tells first what it had changed.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

import psycopg
from flask import Flask

from app import create_app
from app.db import Connection, Database
from app.packs import pdf
from app.settings import Settings
from tests import build
from tests import database as databases
from tests.matrix import switches, world
from tests.matrix.cases import Case, unknown
from tests.matrix.rules import READERS, RULES
from tests.matrix.world import World

MARK = re.compile(r"Qx[a-z]+Qz")
WRITTEN = """
CREATE FUNCTION written_now() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
  $$ SELECT coalesce(array_agg(DISTINCT table_name), '{}') FROM audit WHERE xid = pg_current_xact_id_if_assigned() $$;
"""
_CLOCK = re.compile(r'datetime="[^"]*"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d\d[.:]\d\d([.:]\d\d)?|CEK-\d+-\d+')
NEVER_MIND = {"session", "sign_in_attempt"}
"""What being asked writes by itself."""


class Undone(Database):
    """The application's database, of which no transaction stays; `written` are the tables the last request changed."""

    written: set[str]

    @contextmanager
    def transaction(self, *, read_only: bool, **asked: object) -> Iterator[Connection]:
        with super().transaction(read_only=read_only, **asked) as connection, \
                connection.transaction(force_rollback=True):
            yield connection
            if not read_only and connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
                self.written |= set(connection.execute("SELECT written_now()").fetchone()[0]) - NEVER_MIND


@contextmanager
def opened(prepared: databases.Database, var: Path) -> Iterator["Asker"]:
    """A world in a database of its own, and somebody who asks the application over it in the name of everybody. No PDF
    is written: the page that would be is given as it is."""
    app = create_app(Settings(var=var), database_url=prepared.web_dsn, secret="only for tests")
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    app.extensions["database"].close()
    app.extensions["database"] = Undone(prepared.web_dsn, size=2)
    engine, writes = Database(prepared.web_dsn, size=1), pdf.write
    pdf.write = lambda html: html.encode()
    try:
        with build.superuser(prepared) as db:
            db.execute(WRITTEN + switches.EVERYWHERE)
            made = world.made(db, engine, var)
            db.execute("ANALYZE")
            yield Asker(app, made, {one.id: build.session(db, one.id) for one in made.people if one.id})
    finally:
        pdf.write = writes
        engine.close()
        app.extensions["database"].close()


class Answer(NamedTuple):
    """What came of a question."""

    status: int
    marks: frozenset[str]
    written: frozenset[str]
    text: str
    headers: tuple[tuple[str, str], ...]


class Asker:
    """Asks the application in the name of everybody."""

    def __init__(self, app: Flask, world: World, sessions: dict[UUID, str]) -> None:
        self.app, self.world, self.database = app, world, app.extensions["database"]
        self._client = app.test_client(use_cookies=False)  # what an answer does to a cookie is not kept either
        self._sessions = sessions
        self.marks = {mark: (kind, things.place, None) for things in world.things.values()
                      for kind, mark in things.marks.items()}
        for one in world.people:
            if one.id:
                of = f"{one.role or 'x'}{one.standing}Qz"
                self.marks |= {f"Qxmine{of}": ("upload", "own", one.id), f"Qxminelist{of}": ("list", "own", one.id),
                               f"Qxminecheck{of}": ("check", "own", one.id),
                               f"Qxmineexport{of}": ("export", "own", one.id),
                               f"Qxminephone{of}": ("phone", "own", one.id)}
        self._unknown: dict[tuple, Answer] = {}

    def ask(self, case: Case) -> Answer:
        self.database.written = set()
        cookie = {"Cookie": f"pantau={self._sessions[case.who.id]}"} if case.who.id else {}
        answer = self._client.open(case.address, method=case.method, data=_form(case.form), headers=cookie,
                                   query_string={name: str(value) for name, value in case.query.items()})
        content = answer.get_data()
        answer.close()
        text = _text(content)
        return Answer(answer.status_code, frozenset(MARK.findall(text)), frozenset(self.database.written), text,
                      _headers(answer.headers.items()))

    def faults(self, case: Case) -> list[str]:
        """What is wrong with how a question was answered."""
        answer, rule = self.ask(case), RULES[case.endpoint]
        found = [f"shows {mark}" for mark in sorted(answer.marks) if not self._may_read(case, mark)]
        kept = dict(answer.headers).get("Cache-Control", "")
        if "no-store" not in kept and "private" not in kept:
            found.append(f"may be kept by a proxy: {kept or 'no Cache-Control'}")
        if case.allowed:
            if answer.status >= 400 and answer.status not in rule.also:
                found.append(f"refused with {answer.status}: {' '.join(answer.text.split())[-300:]}")
        else:
            expected = (401,) if case.who.standing == "visitor" else rule.refused
            if answer.status not in expected:
                found.append(f"answered with {answer.status}")
            if answer.written:
                found.append(f"writes {sorted(answer.written)}")
            if case.kind and case.named and not self._may_know(case) and self._told_apart(case, answer):
                found.append("is told apart from what is not there")
        return [f"{case}: {one}" for one in found]

    @staticmethod
    def otherwise(case: Case, one: Answer, other: Answer) -> list[str]:
        """In what two answers to one question differ: what is counted and summed carries no mark."""
        return [name for name, left, right in (
            ("status", one.status, other.status), ("writes", one.written, other.written),
            ("text", _steady(one.text, case), _steady(other.text, case))) if left != right]

    def _may_read(self, case: Case, mark: str) -> bool:
        kind, place, maker = self.marks[mark]
        return READERS[kind](case.who, place, maker is not None and maker == case.who.id)

    def _may_know(self, case: Case) -> bool:
        """Whether the person may see that the thing is there, though this is not theirs to do with it."""
        if case.kind in ("work", "pair", "demand", "region", "model", "source", "spot"):
            return True
        if case.own and case.kind in ("session", "phone"):
            return True  # one's own, of which the page about people says that another administrator sees to it
        show = {"upload": "uploads.show", "stored upload": "uploads.show", "draft": "projects.show",
                "list": "check_lists.show", "draft pair": "pairs.show", "two drafts": "pairs.show",
                "check": "kept.show"}.get(case.kind)
        return show is not None and RULES[show].things[case.kind](case.who, case.place, case.own)

    def _told_apart(self, case: Case, answer: Answer) -> bool:
        other = unknown(case, self.app)
        key = (case.endpoint, case.method, case.address.count("/"), case.who, str(case.query))
        if key not in self._unknown:
            self._unknown[key] = self.ask(other)
        nothing = self._unknown[key]
        return (answer.status, answer.headers, _plain(answer.text, case.address)) != (
            nothing.status, nothing.headers, _plain(nothing.text, other.address))


def _form(form: dict | None) -> dict | None:
    """As it is sent; of a file a copy, for a question may be asked again."""
    return None if form is None else {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else str(value)
        for name, value in form.items()}


def _text(content: bytes) -> str:
    """What a person could read in it, also within a workbook."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return "\n".join(opened.read(one).decode("utf-8", "replace") for one in opened.namelist())
    return content.decode("utf-8", "replace")


def _headers(headers) -> tuple[tuple[str, str], ...]:
    """Those that could tell something: without the nonce, and without what says how long the page is."""
    return tuple(sorted((name, re.sub(r"nonce-[\w+/=-]+|^pantau-form=[^;]*", "", value)) for name, value in headers
                        if name not in ("Content-Length", "Date")))


def _steady(text: str, case: Case) -> str:
    """The same without what the clock or a new number makes of it: what is written is undone, but not its number."""
    text = _plain(text, case.address)
    return _CLOCK.sub("~", text)


def _plain(text: str, address: str) -> str:
    """The text of a page without what is new each time, and without the address it was asked at."""
    text = re.sub(r'nonce="[^"]*"|name="(csrf[-_]token|form_key)" (value|content)="[^"]*"', "", text)
    return text.replace(address, "?").replace(quote(address, safe=""), "?")
