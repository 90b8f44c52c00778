"""An area drawn on the map is checked, kept under a number and printed, in a real browser."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.running import DESK, Running, visit


def test_an_area_is_drawn_checked_and_kept(browser: Browser, running: Running) -> None:
    with visit(browser, running, "planner", size=DESK) as planner:
        page = planner.page
        page.goto(f"{running.address}/check")
        page.get_by_role("button", name="Luasan").click()
        box = page.locator(".pick-map").bounding_box()
        for east, north in ((0.45, 0.45), (0.452, 0.45), (0.452, 0.453)):
            page.mouse.click(box["x"] + box["width"] * east, box["y"] + box["height"] * north)
            page.wait_for_timeout(400)  # two clicks in one place and moment would be one that zooms
        page.mouse.click(box["x"] + box["width"] * 0.47, box["y"] + box["height"] * 0.47)
        assert page.locator("#at").input_value().startswith("POLYGON ((")
        page.locator("#at").fill("POLYGON ((114.3690 -8.2190, 114.3694 -8.2190, 114.3694 -8.2194, 114.3690 -8.2190))")
        page.get_by_role("button", name="Cek", exact=True).click()
        page.get_by_role("button", name="Simpan dan beri nomor").click()
        expect(page.locator("h1")).to_contain_text(re.compile(r"CEK-\d{4}-\d{6}"))
        expect(page.get_by_role("img", name=re.compile("Kode QR"))).to_be_visible()
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        page.emulate_media(media="print")
        expect(page.locator(".letterhead")).to_be_visible()
        expect(page.locator(".signatures")).to_be_visible()
        assert [form for form in page.locator("form.keep").all() if form.is_visible()] == []
        assert planner.faults == []
