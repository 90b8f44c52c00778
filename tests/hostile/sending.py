"""Payloads in whatever is sent: each name that a route asks for, each text field of a form that leads to it.

Nothing of it stays (tests/matrix/asking.py); what a form would have kept is read from the record of the change, so that
a field of a form that reaches a column which payloads.py does not plant is told.
"""

import dataclasses
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import tinyhtml5
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.queries.filters import Filter
from tests.hostile.knocking import SAFE, Knocker
from tests.hostile.payloads import SHORT, TEXTS
from tests.hostile.telling import Noting, Telling
from tests.hostile.watching import nodes_of
from tests.matrix.cases import Case

MARKS = ("data-qz", "__ran")
TYPED = {"text", "search", "email", "url", "tel", "password", "number", "hidden", "date", None}
FILTER = tuple(one.name for one in dataclasses.fields(Filter))
"""What any page may read out of its own address, without asking for it by name: sent all at once."""
_HERE = re.compile(r'name="onward" value="[^"]*"')
NOT_OURS = {"csrf_token", "form_key"}


class Shown(NamedTuple):
    """An answer in which what was sent stands again."""

    case: Case
    name: str
    answer: TestResponse


class Sent:
    """Everything sent to every route; `names` by endpoint and way, `shown` what came back in pages, `kept` the columns
    that would hold it now."""

    def __init__(self, knocker: Knocker, telling: Telling) -> None:
        self.knocker, self.telling = knocker, telling
        self.names = _names(knocker)
        self.requests, self.faults = 0, []
        self.shown: list[Shown] = []
        self.kept: set[str] = set()

    def all(self, texts: tuple[str, ...] = TEXTS, only: Iterable[Case] | None = None) -> None:
        """Each name of each route, or of these only, one at a time beside what is right."""
        for case in self.knocker.questions if only is None else only:
            alone = [(name,) for name in sorted(self.names[case.endpoint, case.method])]
            for names in alone + ([FILTER] if case.method in SAFE else []):
                found = [answer for text in (*texts, SHORT) if (answer := self._send(case, names, text))]
                if names == FILTER:
                    self.shown += [Shown(case, names[0], answer) for answer in found[:1]]
                else:
                    self.shown += [Shown(case, names[0], answer) for answer in found[:len(texts) or 1]
                                   if _says_it(answer)]

    def _send(self, case: Case, names: tuple[str, ...], text: str) -> TestResponse | None:
        """The page in which it stands again, at once or where one is led to."""
        self.requests += 1
        self.telling.changes = []
        name = names[0]
        value = (io.BytesIO(f'nama kegiatan,tahun\n"{text}",2026\n'.encode()), f"{text}.csv") if isinstance(
            (case.form or {}).get(name), tuple) else text
        answer = self.knocker.ask(case, **{"query" if case.method in SAFE else "more": dict.fromkeys(names, value)})
        for table, _change, content in self.telling.changes:
            self.kept |= {f"{table}.{column}" for column, held in json.loads(content).items()
                          if any(mark in json.dumps(held) for mark in MARKS)}
        if answer.status_code in (302, 303) and (said := answer.headers.getlist("Set-Cookie")):
            to = urlsplit(answer.location)
            answer = self.knocker.ask(case._replace(address=to.path or "/", method="GET", query={}),
                                      cookies="; ".join(one.partition(";")[0] for one in said))
        if answer.status_code >= 500 and answer.status_code != 503:
            self.faults.append(f"{case.method} {case.address} {name}: {answer.status_code}")
        if answer.mimetype != "text/html":
            return None
        page = answer.get_data(as_text=True)
        self.faults += [f"{case.method} {case.address} {name}: {one}" for one in nodes_of(page)]
        return answer if any(mark in page for mark in MARKS) else None


def _says_it(answer: TestResponse) -> bool:
    """Whether it stands in the page elsewhere than in the address to come back to, which every page has once: a
    browser is shown that in one page of each route."""
    return any(mark in _HERE.sub("", answer.get_data(as_text=True)) for mark in MARKS)


def _names(knocker: Knocker) -> dict[tuple[str, str], set[str]]:
    """What each route asks for, and what the forms of all pages send it that a person types."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    where = knocker.app.url_map.bind(knocker.host)
    for case in knocker.questions:
        Noting.asked.clear()
        answer = knocker.ask(case)
        names = found[case.endpoint, case.method]
        names |= {one for one in Noting.asked if isinstance(one, str)} | set(case.form or ())
        if answer.mimetype == "text/html":
            for method, action, name in _fields(answer.get_data(as_text=True), case.address):
                try:
                    endpoint, _ = where.match(action, method=method)
                except HTTPException:
                    continue
                found[endpoint, method].add(name)
    return {where: _different(names - NOT_OURS) for where, names in found.items()}


def _different(names: set[str]) -> set[str]:
    """Of names that differ by their number only, as those of the weights of a model, the first."""
    return set({re.sub(r"\d+", "#", name): name for name in sorted(names, reverse=True)}.values())


def _fields(page: str, address: str) -> Iterator[tuple[str, str, str]]:
    """(method, path it leads to, name) of each field that a person types into."""
    for form in tinyhtml5.parse(page, namespace_html_elements=False).iter("form"):
        method = (form.get("method") or "get").upper()
        for field in form.iter():
            if field.get("name") and (field.tag in ("textarea", "button", "select")
                                      or (field.tag == "input" and field.get("type") in TYPED)):
                yield method, urlsplit(form.get("action") or address).path or address, field.get("name")
