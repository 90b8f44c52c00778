"""Sixty scripts in every field there is: no page makes a node of one, no browser runs one, no policy stops one."""

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page

from app.packs import pdf
from tests.hostile.knocking import Knocker
from tests.hostile.payloads import CLOSED, PAYLOADS, complete, fields, plant
from tests.hostile.standing import standing
from tests.hostile.watching import FOUND, WATCH, nodes_of
from tests.running import DESK, chromium


@pytest.fixture(scope="module")
def planted(module_database, tmp_path_factory):
    with (standing(module_database, Path(tmp_path_factory.mktemp("var"))) as stands,
          pytest.MonkeyPatch.context() as patched):
        patched.setattr(pdf, "write", lambda html: html.encode())
        complete(stands.db)
        held, closed = plant(stands.db)
        stands.app.config["WTF_CSRF_ENABLED"] = False
        yield (Knocker(stands.app, stands.world, stands.sessions, origin=stands.address), held, closed,
               {f"{table}.{column}" for table, column, _kind in fields(stands.db)})


def test_every_field_is_planted(planted):
    """A new column of words is a field by itself: with no row that holds it, or kept to words of ours, it stands here
    until somebody gives `complete` a row or says in CODES or CLOSED why not."""
    _knocker, held, closed, all_of_them = planted
    assert len(PAYLOADS) == 60
    assert closed == CLOSED
    assert all_of_them - held - closed == set()
    for field in ("project.name", "project.contractor", "answer.text", "verdict.note", "finding.title", "region.name",
                  "person.full_name", "person.name", "upload.file_name", "upload_row.raw", "upload_row.facts",
                  "upload_row.problems", "upload.refusal", "model.version", "model.reason", "working_paper.cause",
                  "sample.purpose", "site.reason", "audit.content", "check_result.question"):
        assert field in held, field


def test_no_answer_makes_a_node_of_a_payload(planted):
    knocker, *_fields = planted
    faults, seen, statuses = [], Counter(), Counter()
    for case in knocker.questions:
        if case.method != "GET":
            continue
        answer = knocker.ask(case)
        statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            faults.append(f"{case.address}: {answer.status_code}")
        text = answer.get_data().decode("utf-8", "replace")
        seen[case.endpoint] = text.count("data-qz") + text.count("__ran")
        if answer.mimetype in ("text/html", "application/pdf"):
            faults += [f"{case.address}: {one}" for one in nodes_of(text)]
        elif answer.mimetype in ("application/json", "application/geo+json"):
            assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert "\n".join(faults) == ""
    assert sum(1 for count in seen.values() if count) > 30, "the payloads stand in these pages, as text"


def test_what_looks_for_nodes_finds_them():
    """Each payload, written into a page as it stands, is found by the parser: else the test above could not fail."""
    # what stands in a noscript is a node to a parser without scripts only
    plain = [one for one in PAYLOADS if one.startswith("<") and "data-qz" in one and "noscript" not in one]
    missed = [one for one in plain if not nodes_of(f"<!doctype html><main><p>{one}</p></main>")]
    assert missed == []


@pytest.mark.timeout(900)
def test_no_browser_runs_one(planted):
    knocker, *_fields = planted
    faults, opened = [], 0
    with chromium() as browser:
        for who in dict.fromkeys(case.who for case in knocker.questions):
            cases = [one for one in knocker.questions if one.who == who and one.method == "GET"]
            context = browser.new_context(viewport=DESK, locale="id-ID", base_url=knocker.origin)
            context.set_default_timeout(60_000)
            if who.id:
                name, _, token = knocker.cookie(cases[0] if cases else knocker.questions[0]._replace(who=who)
                                                ).partition("=")
                context.add_cookies([{"name": name, "value": token, "url": knocker.origin}])
            context.add_init_script(WATCH)
            page = context.new_page()
            for case in cases:
                answer = knocker.ask(case)
                if answer.mimetype == "text/html" and "attachment" not in answer.headers.get("Content-Disposition", ""):
                    opened += 1
                    faults += [f"{case.address}: {one}" for one in _looked_at(page, case)]
            context.close()
    assert "\n".join(faults) == ""
    assert opened > 45


def _looked_at(page: Page, case) -> list[str]:
    query = "&".join(f"{name}={value}" for name, value in case.query.items())
    page.goto(f"{case.address}?{query}" if query else case.address, wait_until="load")
    if case.endpoint == "map.show":
        for one in page.locator(".map-list [data-select]").all()[:3]:
            one.click()
            page.locator(".map-card").wait_for()
        page.wait_for_timeout(1500)
    page.wait_for_timeout(100)
    found = page.evaluate(FOUND)
    return found["faults"] + found["violations"]
