"""Every page that there is, opened in Chromium with and without the policy, and what is found in it."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Flask
from playwright.sync_api import Browser, Error, Page, Request
from werkzeug.test import TestResponse

from tests.browser.addresses import FAULTS, PAGES
from tests.hostile.knocking import SAFE, Knocker
from tests.hostile.watching import FOUND, WATCH
from tests.matrix.cases import cases
from tests.matrix.world import Someone, World
from tests.running import DESK

ONE_S_OWN = ("home.show", "map.show", "projects.show_list", "projects.show", "pairs.queue", "pairs.show",
             "uploads.start", "findings.show")
"""Pages that say something else to each role: opened by somebody of each."""
DRAWN_MS, SETTLED_MS = 900, 40
CARDS = 3
PLAIN = "map_layer"
"""The name in a page that has a map of works: it is opened again with ?plain."""


class Opened(NamedTuple):
    """A page to open: whose it is, and where."""

    who: Someone
    endpoint: str
    address: str


class Door:
    """Before the application: lets its policy through or takes it away, and gives a paper as the page it is written
    from."""

    def __init__(self, app: Flask) -> None:
        self.inner, self.policy = app.wsgi_app, True

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: object) -> object:
            kept = [(name, "text/html; charset=utf-8" if value == "application/pdf" else value)
                    for name, value in headers if self.policy or name.lower() != "content-security-policy"]
            paper = len(kept) and ("Content-Type", "application/pdf") in headers
            return start_response(status, [one for one in kept if not (paper and one[0] == "Content-Disposition")],
                                  *more)

        return self.inner(environ, start)


def pages(knocker: Knocker) -> list[Opened]:
    """All of them, from the routes: those that tests/browser looks at, in each of their forms; every other answer that
    a browser shows as a page, in each way the matrix asks for it; pages of one's own for each role; plain maps."""
    where = knocker.app.url_map.bind(knocker.host)
    asked = {one.endpoint: one for one in knocker.questions if one.method == "GET"}
    found: dict[tuple[str, str], Opened] = {}

    def add(who: Someone, endpoint: str, address: str) -> None:
        found.setdefault((str(who), address), Opened(who, endpoint, address))

    things = _things(knocker.world, asked["home.show"].who)
    for endpoint, some in PAGES.items():
        for address in some:
            add(asked[endpoint].who, endpoint, address.format(**things))
        for who in _roles(knocker, endpoint) if endpoint in ONE_S_OWN else ():
            add(who, endpoint, some[0].format(**things))
    for address in FAULTS:
        add(asked["home.show"].who, "fault", address)
    for case in cases(knocker.app, knocker.world):
        if case.method == "GET" and case.allowed and case.who == asked[case.endpoint].who and (
                case.place == "own") and not (case.own and case.kind != "upload" and case.kind != "list"):
            query = "&".join(f"{name}={value}" for name, value in case.query.items())
            add(case.who, case.endpoint, f"{case.address}?{query}" if query else case.address)
    shown = [one for one in found.values() if _is_page(knocker, one)]
    assert all(where.match(one.address.partition("?")[0]) for one in shown if one.endpoint != "fault")
    plain = [one._replace(address=f"{one.address}{'&' if '?' in one.address else '?'}plain=1") for one in shown
             if one.who == asked.get(one.endpoint, one).who and PLAIN in _answer(knocker, one).get_data(as_text=True)]
    return shown + plain


def _is_page(knocker: Knocker, one: Opened) -> bool:
    answer = _answer(knocker, one)
    return answer.mimetype in ("text/html", "application/pdf") and answer.status_code not in (301, 302, 303) and (
        answer.mimetype != "text/html" or "attachment" not in answer.headers.get("Content-Disposition", ""))


def _answer(knocker: Knocker, one: Opened) -> TestResponse:
    case = next(case for case in knocker.questions if case.method in SAFE)
    path, _, query = one.address.partition("?")
    return knocker.ask(case._replace(who=one.who, address=path, query=dict(parse_qsl(query))))


def _roles(knocker: Knocker, endpoint: str) -> Iterator[Someone]:
    needs = knocker.app.view_functions[endpoint].access_needed
    for role in ("field", "head", "planner", "auditor", "treasurer", "admin"):
        if not isinstance(needs, tuple) or role in needs:
            yield knocker.world.person(role, "holds")


def _things(world: World, whole: Someone) -> Mapping[str, object]:
    """What the addresses of tests/browser name, of this world."""
    named, mine = world.things["own"].named, world.mine[whole.id]
    pair, upload = named["pair"], named["upload"]
    return {"today": date.today().isoformat(), "work": named["work"]["project_id"], "pair": pair["pair_id"],
            "group": pair["group_id"], "finding": named["finding"]["finding_id"],
            "sample": named["sample"]["sample_id"], "upload": upload["upload_id"], "batch": upload["batch"],
            "own_work": named["work"]["project_id"], "site": named["work"]["site_id"],
            "kept": named["check"]["number"], "checked_list": mine["list"]["list_id"],
            "export": mine["export"]["export_id"], "draft": world.model_draft,
            "person": named["person"]["person_id"]}


class Looking:
    """A browser that opens pages and remembers what it found in each."""

    def __init__(self, browser: Browser, knocker: Knocker, sessions: Mapping[UUID, str]) -> None:
        self.browser, self.knocker, self.sessions = browser, knocker, sessions
        self.faults: list[str] = []
        self.opened = self.cards = self.held = 0

    @contextlib.contextmanager
    def as_(self, who: Someone) -> Iterator[Page]:
        context = self.browser.new_context(viewport=DESK, locale="id-ID", base_url=self.knocker.origin)
        context.set_default_timeout(60_000)
        if who.id:
            context.add_cookies([{"name": "pantau", "value": self.sessions[who.id], "url": self.knocker.origin}])
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("dialog", lambda one: (self.faults.append(f"{page.url}: dialog {one.message}"), one.dismiss()))
        page.on("request", lambda one: self._asked(page, one))
        try:
            yield page
        finally:
            context.close()

    def _asked(self, page: Page, request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(self.knocker.origin):
            self.faults.append(f"{page.url}: asks for {request.url[:80]}")

    def all(self, some: Iterable[Opened]) -> None:
        """Each page, with the cards of its map."""
        by_person: dict[str, list[Opened]] = {}
        for one in some:
            by_person.setdefault(str(one.who), []).append(one)
        for theirs in by_person.values():
            with self.as_(theirs[0].who) as page:
                for one in theirs:
                    try:
                        answer = page.goto(one.address, wait_until="load")
                        self._look(page, one)
                    except Error as error:  # what cannot be looked at was not proved
                        self.faults.append(f"{one.address}: {error.message[:200]}")
                        continue
                    if answer and answer.status >= 500 and answer.status != 503:
                        self.faults.append(f"{one.address}: {answer.status}")

    def given(self, page: Page, address: str, answer: TestResponse, policy: bool) -> None:
        """An answer that is there already, shown at its address."""
        headers = {name: value for name, value in answer.headers.items()
                   if name not in ("Set-Cookie", "Content-Length", "Location")
                   and (policy or name != "Content-Security-Policy")}
        where = f"{self.knocker.origin}{address}"
        page.route(where, lambda route: route.fulfill(status=200, headers=headers, body=answer.get_data()))
        page.goto(where, wait_until="load")
        self._look(page, Opened(self.knocker.questions[0].who, "sent", address))
        page.unroute(where)

    def _look(self, page: Page, one: Opened) -> None:
        self.opened += 1
        page.wait_for_timeout(SETTLED_MS)
        if page.locator(".leaflet-container").count():
            page.wait_for_timeout(DRAWN_MS)
        if one.endpoint == "map.show":
            for entry in page.locator(".map-list [data-select]").all()[:CARDS]:
                entry.click()
                page.locator(".map-card").wait_for()
                page.wait_for_timeout(SETTLED_MS * 4)
                self.cards += 1
                self._found(page, one)
        self._found(page, one)

    def _found(self, page: Page, one: Opened) -> None:
        text = page.content()
        self.held += "__ran" in text or "data-qz" in text
        found = page.evaluate(FOUND)
        self.faults += [f"{one.address}: {what}" for what in found["faults"] + found["violations"]]
