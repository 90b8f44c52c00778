"""Looking back in a real browser: a day is chosen on the map, said wherever one looks, kept by what is shared, left."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests import build
from tests.browser.test_map import CHROMIUM, VENDOR, Watched, site, until  # noqa: F401  a fixture

pytestmark = pytest.mark.skipif(CHROMIUM is None or not VENDOR.exists(), reason="there is no browser on this machine")

DAY = "Seperti pada 3 Maret 2026"


@pytest.fixture(scope="module")
def past(module_database) -> dict:
    """One work recorded in March 2026 and made dearer in May, another recorded today beside it."""
    with build.superuser(module_database) as connection:
        places = build.places(connection)
        old = build.project(connection, places.village, name="Talud lama", amount=150_000_000, stage="planned")
        connection.execute("UPDATE project SET amount = 175000000, stage = 'running' WHERE id = %s", [old])
        build.recorded(connection, old, datetime(2026, 3, 3, 5, tzinfo=UTC), datetime(2026, 5, 4, 5, tzinfo=UTC))
        new = build.project(connection, places.village, name="Talud baru", amount=90_000_000, at=build.away(40, 0))
        build.pair(connection, old, new)
        planner = build.person(connection, "planner", places.regency)
        return {"token": build.session(connection, planner), "old": str(old), "new": str(new)}


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def watched(request, browser, site, past):  # noqa: F811
    made = Watched(browser, site, past["token"], *request.param)
    yield made
    made.context.close()


def view() -> str:
    return f"#16/{build.HOME[1]}/{build.HOME[0]}"


def choose(page: Page, day: str) -> None:
    legend = page.locator(".map-legend")
    if legend.get_attribute("open") is None:
        legend.locator("summary").click()
    page.locator("#as_of").fill(day)
    page.locator(".map-when").get_by_role("button").click()
    page.wait_for_url(re.compile(f"as_of={day}"))
    page.wait_for_selector("html[data-page=ready]", state="attached")


def test_a_day_changes_counts_list_card_and_map_and_is_left_again(watched, past):
    page = watched.open(f"/map?year=2024{view()}")
    summed = page.locator(".map-sum")
    expect(summed).to_contain_text("2 kegiatan")
    expect(summed).to_contain_text("Rp 265 juta")
    expect(page.locator(".map-past")).to_have_count(0)

    choose(page, "2026-03-03")
    assert page.url.split("#")[1].startswith("16/"), "one looks at the same place"
    assert "year=2024" in page.url
    expect(page.locator(".map-past")).to_contain_text(DAY)
    expect(page.locator(".map-past")).to_be_in_viewport()
    expect(summed).to_contain_text("1 kegiatan")
    expect(summed).to_contain_text("Rp 150 juta")
    expect(page.locator("#map-list .badge-flag")).to_have_count(0)
    page.locator(f"[data-select='{past['old']}']").click()
    card = page.locator("#map-card")
    expect(card).to_contain_text("Rp 150.000.000")
    expect(card).to_contain_text(DAY)
    until(page, "document.querySelector('canvas.maplibregl-canvas')?.width > 100")
    page.wait_for_load_state("networkidle")
    since = [url for url in watched.asked if "/tiles/works/" in url and "as_of=2026-03-03" in url]
    assert since

    page.reload()
    page.wait_for_selector("html[data-page=ready]", state="attached")
    expect(page.locator("#map-card")).to_contain_text("Rp 150.000.000")
    page.locator(".map-past a").click()
    page.wait_for_url(lambda url: "as_of" not in url)
    watched.asked.clear()
    page.wait_for_selector("html[data-page=ready]", state="attached")
    expect(page.locator(".map-past")).to_have_count(0)
    expect(summed).to_contain_text("2 kegiatan")
    page.locator(f"[data-select='{past['old']}']").click()
    expect(card).to_contain_text("Rp 175.000.000")
    page.wait_for_load_state("networkidle")
    assert [url for url in watched.asked if "as_of" in url] == [], "nothing of the day is left"
    watched.settled()


def test_a_filter_and_a_move_of_the_map_stay_on_the_day(watched, past):
    page = watched.open(f"/map?as_of=2026-03-03&year=2024{view()}")
    with page.expect_response(lambda answer: "/map/list?" in answer.url) as listed:
        page.evaluate("document.querySelector('.map-here').hidden = false")
        page.locator(".map-here").click()
    assert "as_of=2026-03-03" in listed.value.url
    expect(page.locator(".map-sum")).to_contain_text("1 kegiatan")
    page.locator(".filters > a").filter(has_text="Hapus saringan").click()
    page.wait_for_url(lambda url: "year" not in url)
    expect(page.locator(".map-past")).to_contain_text(DAY)
    expect(page.locator(".map-sum")).to_contain_text("1 kegiatan")
    watched.settled()


def test_the_list_is_looked_back_at_and_its_file_is_that_of_the_day(watched, past):
    page = watched.page
    page.goto("/projects?year=2024")
    page.locator("#as_of").fill("2026-03-03")
    page.locator("form.when").get_by_role("button").click()
    page.wait_for_url(re.compile("year=2024&as_of=2026-03-03"))
    expect(page.locator(".past-notice")).to_contain_text(DAY)
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("details.export > summary").click()
    with page.expect_download() as saved:
        page.locator("details.export button[value=csv]").click()
    text = saved.value.path().read_text("utf-8-sig")
    assert "150000000" in text
    assert "175000000" not in text
    assert "Talud baru" not in text
    watched.settled()
