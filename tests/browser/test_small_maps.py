"""The maps that are drawn without a script, in a real browser: what is written on them can be read."""

import re

from playwright.sync_api import Browser

from tests.running import PHONE, Running, visit


def test_what_is_written_on_the_map_of_a_pair_can_be_read_on_a_phone(browser: Browser, running: Running) -> None:
    """The picture shrinks to half on a phone, and what is written on it must not."""
    with visit(browser, running, "auditor", PHONE) as auditor:
        page = auditor.page
        page.goto(f"{running.address}/pairs")
        page.locator("[data-entry]").nth(4).click()
        page.wait_for_url(re.compile(r"/pairs/\d+"))
        page.locator("svg.minimap").scroll_into_view_if_needed()
        sizes = page.evaluate("""[...document.querySelectorAll("svg.minimap .grows text")].map((text) =>
            [text.textContent, parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a])""")
        assert {"A", "U"} <= {text for text, _size in sizes}
        assert [one for one in sizes if one[1] < 9] == []
        assert auditor.faults == []
