"""Every page that anybody can open: axe finds no serious fault, in both languages and sizes, and nothing jumps while it
loads."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.addresses import FAULTS, NO_PAGES, PAGES, VISITORS, made, things
from tests.running import DESK, PHONE, visit

ROLES = ("auditor", "planner", "admin", "head", "field")
"""Those of the demonstration; the first who may open a page sees it in both languages."""
STEADY = ("/", "/map", "/projects", "/check", "/pairs/{pair}")
MOST_SHIFT = 0.05
ONE_S_OWN = ("/", "/map", "/projects/{work}", "/pairs", "/pairs/{pair}")
"""Pages that say something else to each role; the others are looked at with the first who may open them."""
SHIFT = """() => new Promise(done => { let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({type: "layout-shift", buffered: true}); setTimeout(() => done(sum), 1500); })"""
SHORTEN = """() => { for (const row of document.querySelectorAll(
  'ul > li:nth-child(n+9), ol > li:nth-child(n+9), tbody > tr:nth-child(n+9)')) row.remove();
  for (const more of document.querySelectorAll('main details')) more.open = true; }"""
"""Rows of a list are made by one template: eight speak for the rest. What can be opened is looked at too."""
BUILT_OF = """() => [...new Set([...document.querySelectorAll('body *')].map(one => [one.parentElement.tagName,
  one.tagName, one.className.baseVal ?? one.className, ...one.getAttributeNames().sort()].join(' ')))].sort()"""


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    return made(tmp_path_factory.mktemp("routes"))


@pytest.fixture(scope="module")
def there(browser, running):
    return things(browser, running)


def readable(routes):
    return {rule.endpoint for rule in routes.url_map.iter_rules() if "GET" in rule.methods}


def may_open(routes, endpoint, role):
    needed = routes.view_functions[endpoint].access_needed
    return role in needed if isinstance(needed, tuple) else True


def addresses(routes, there, role):
    """(address, the status it answers with) of one role, that of a refusal included."""
    for endpoint, written in PAGES.items():
        for address in written:
            yield address.format(**there), 200 if may_open(routes, endpoint, role) else 403
    yield from FAULTS.items()


def faults_of(page, address, size):
    """Serious and critical faults of one page, with where they are."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{address} at {size['width']}: {one['id']} {one['nodes'][0]['target']} {one['nodes'][0]['html'][:120]}"
            for one in violations if one["impact"] in ("serious", "critical")]


def test_every_route_is_looked_at_or_is_no_page(routes):
    """A new page that nobody added to the list would never be looked at."""
    named = [*PAGES, *(endpoint for some in NO_PAGES.values() for endpoint in some)]
    assert sorted(named) == sorted(readable(routes))
    for endpoint in PAGES:
        assert any(may_open(routes, endpoint, role) for role in ROLES), endpoint


def test_no_page_of_a_visitor_has_a_serious_fault(browser, running):
    faults = []
    for size in (DESK, PHONE):
        with visit(browser, running, None, size) as watched:
            for address in [one for endpoint in VISITORS for one in PAGES[endpoint]]:
                watched.page.goto(running.address + address)
                faults += faults_of(watched.page, address, size)
    assert "\n".join(faults) == ""


@pytest.fixture(scope="module")
def seen():
    """What the pages that were looked at are built of, by address and width; which statuses an address gave."""
    return {}, {}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", ROLES)
def test_no_page_has_a_serious_fault_for_those_who_cannot_see_well(browser, running, routes, there, seen, role):
    """Every person opens every page; one that is built of what was looked at already is not looked at again."""
    built, answered = seen
    faults, own = [], {one.format(**there) for one in ONE_S_OWN}
    for language in ("id", "en"):
        with visit(browser, running, role) as watched:
            page = watched.page
            page.locator(f"form.languages button[value={language}]").click()
            page.wait_for_load_state()
            for address, status in addresses(routes, there, role):
                if language == "en" and address in built.setdefault("en", set()):
                    continue
                if language == "id" and address not in own and 200 in answered.get(address, ()):
                    there_too = page.request.get(running.address + address, fail_on_status_code=False).status
                    assert there_too in ({200, 404} if status == 200 else {status}), f"{address} as {role}"
                    continue
                page.set_viewport_size(DESK)
                answer = page.goto(running.address + address)
                answered.setdefault(address, set()).add(answer.status)
                # what belongs to one person is not there for another
                assert answer.status in ({200, 404} if status == 200 else {status}), f"{address} as {role}"
                page.evaluate(SHORTEN)
                if language == "en" and answer.status == status:
                    built["en"].add(address)
                for size in (DESK, PHONE):
                    page.set_viewport_size(size)
                    key = (address, size["width"], language if language == "en" else "id")
                    parts = set(page.evaluate(BUILT_OF))
                    if not parts <= built.setdefault(key, set()):
                        built[key] |= parts
                        faults += faults_of(page, f"{address} as {role}, {language}", size)
            page.locator("form.languages button[value=id]").click()  # it is the person's, and other tests read it
            page.wait_for_load_state()
    assert "\n".join(faults) == ""


def test_each_address_was_opened_by_somebody(seen, there):
    """An address that nobody finds anything at is a page that was never looked at."""
    _built, answered = seen
    if not answered:
        pytest.skip("the pages were not walked through in this run")
    written = [address.format(**there) for endpoint, some in PAGES.items() for address in some]
    assert json.dumps([one for one in written if 200 not in answered.get(one, ())]) == "[]"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_jumps_while_a_page_loads(browser, running, there, size):
    with visit(browser, running, "planner", size) as watched:
        page, shifts = watched.page, {}
        for address in (one.format(**there) for one in STEADY):
            page.goto(running.address + address)
            shifts[address] = page.evaluate(SHIFT)
    assert {address: shift for address, shift in shifts.items() if shift > MOST_SHIFT} == {}
