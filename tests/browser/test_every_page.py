"""Every page that a signed-in person can open: axe finds no serious fault, in both languages and sizes, and nothing
jumps while it loads."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.running import DESK, PHONE, visit

PAGES = ("/", "/map", "/projects", "/projects?q=tidakadanamaseperti", "/pairs", "/pairs?state=judged", "/uploads",
         "/sites/new", "/check", "/check?at=-8.2192,114.3692", "/print", "/help", "/help/auditor", "/password",
         "/second-factor", "/map?shade=money&of=village")
ADMINISTRATORS = ("/model", "/pairs/samples")
STEADY = ("/", "/map", "/projects", "/check")
MOST_SHIFT = 0.05
SHIFT = """() => new Promise(done => { let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({type: "layout-shift", buffered: true}); setTimeout(() => done(sum), 1500); })"""


def found(page, address):
    """Serious and critical faults of one page, with where they are."""
    violations = Axe().run(page).response["violations"]
    return [f"{address}: {one['id']} {one['nodes'][0]['target']} {one['nodes'][0]['html'][:120]}"
            for one in violations if one["impact"] in ("serious", "critical")]


def single_pages(page, address):
    """The first pair and the first work that the lists lead to."""
    found = []
    for listed, link in (("/pairs", r"/pairs/\d+"), ("/projects", r"/projects/[0-9a-f-]{36}")):
        page.goto(address + listed)
        found += re.findall(rf'href="({link})', page.content())[:1]
    return found


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_no_page_has_a_serious_fault_for_those_who_cannot_see_well(browser, running, language, size):
    faults = []
    with visit(browser, running, "planner", size) as watched:
        page = watched.page
        if language == "en":
            page.locator("form.languages button[value=en]").click()
            page.wait_for_load_state()
        for address in (*PAGES, *single_pages(page, running.address)):
            page.goto(running.address + address)
            faults += found(page, address)
        # the language is the person's, and other tests read Indonesian
        page.locator("form.languages button[value=id]").click()
        page.wait_for_load_state()
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_of_an_administrator_has_a_serious_fault(browser, running, size):
    faults = []
    with visit(browser, running, "admin", size) as watched:
        for address in ADMINISTRATORS:
            watched.page.goto(running.address + address)
            for summary in watched.page.locator(".model-evidence > summary").all():
                summary.click()
            faults += found(watched.page, address)
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_jumps_while_a_page_loads(browser, running, size):
    with visit(browser, running, "planner", size) as watched:
        page, shifts = watched.page, {}
        for address in (*STEADY, *single_pages(page, running.address)[:1]):
            page.goto(running.address + address)
            shifts[address] = page.evaluate(SHIFT)
    assert {address: shift for address, shift in shifts.items() if shift > MOST_SHIFT} == {}
