"""A pair is judged without a mouse, in a real browser: where the focus is, what the keys do, what a reader hears."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import DESK, PHONE, Running, visit

NEEDED = ("#pair-title", ".pair-figures", ".compare thead th:nth-of-type(1)", ".compare thead th:nth-of-type(2)",
          ".compare tbody tr", ".pair-map svg", ".verdict-form [name=verdict]")
"""The sentence with its reason, how far and how much money, both names, every fact beside the other's, where they
stand, every verdict."""
LOWEST = """selector => Math.max(...[...document.querySelectorAll(selector)].map(
  one => one.getBoundingClientRect().bottom + scrollY))"""


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.tagName")


def test_a_pair_is_judged_by_keyboard_only_and_the_verdict_taken_back(browser: Browser, running: Running) -> None:
    with visit(browser, running, "auditor") as auditor:
        page = auditor.page
        page.goto(f"{running.address}/pairs")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/pairs/\d+"))
        expect(page.get_by_text(re.compile(r"1 dari \d+"))).to_be_visible()
        first = page.url
        assert focused(page) == "pair-title", "a screen reader begins with the sentence"

        page.keyboard.press("?")
        keys = page.get_by_role("dialog")
        expect(keys).to_be_visible()
        for words in ("nanti", "tulis catatan", "urungkan", "kembali ke daftar", "cetak"):
            expect(keys.get_by_text(re.compile(words)).first).to_be_visible()
        page.keyboard.press("Escape")
        expect(keys).to_be_hidden()

        for shown in ("A saja", "B saja", "A dan B"):
            page.keyboard.press(" ")
            expect(page.get_by_role("status").filter(has_text=f"Peta menunjukkan {shown}")).to_have_count(1)

        page.keyboard.press("c")
        page.keyboard.type("2 ruas, 1 dana.")
        assert page.locator("textarea#note").input_value() == "2 ruas, 1 dana.", "what is typed is no command"
        page.keyboard.press("Escape")
        assert focused(page) == "pair-title"
        page.keyboard.press("2")
        expect(page.get_by_text("Tersimpan").first).to_be_visible()
        assert page.url.split("?")[0] != first, "the next pair is there"
        assert focused(page) == "pair-title"

        page.keyboard.press("u")
        expect(page.get_by_text("Hasil telaah sebelumnya ditarik.")).to_be_visible()
        assert page.url.split("?")[0] == first.split("?")[0]
        expect(page.get_by_text("2 ruas, 1 dana.")).to_be_visible()

        page.keyboard.press("n")
        page.wait_for_url(lambda address: address.split("?")[0] != first.split("?")[0])
        page.goto(first)
        position, total = re.search(r"([\d.]+) dari ([\d.]+)", page.locator(".pair-crumbs").inner_text()).groups()
        assert position == total, "what is left for later stands at the end"
        page.keyboard.press("q")
        page.wait_for_url(re.compile(r"/pairs(\?|$)"))
        assert auditor.faults == []


def test_blind_review_is_entered_by_key_and_shows_nothing_of_the_machines_opinion(browser: Browser,
                                                                                 running: Running) -> None:
    with visit(browser, running, "auditor") as auditor:
        page = auditor.page
        page.goto(f"{running.address}/pairs")
        page.locator("[data-entry]").nth(9).focus()  # far from what the test above has judged and so has seen
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/pairs/\d+"))
        expect(page.locator(".evidence")).to_have_count(1)
        page.keyboard.press("x")
        page.wait_for_url(re.compile("blind=1"))
        source = page.content()
        for trace in ("evidence", "suggested-verdict", "menguatkan", "badge-flag", 'class="mark strength"'):
            assert trace not in source, trace
        assert focused(page) == "pair-title"
        assert page.viewport_size == DESK
        assert auditor.faults == []


def test_from_the_queue_to_a_stored_verdict_are_three_keys_and_one_for_each_further_pair(browser: Browser,
                                                                                         running: Running) -> None:
    with visit(browser, running, "auditor") as auditor:
        page = auditor.page
        page.goto(f"{running.address}/pairs")
        before = int(page.locator(".tabs a[aria-current] .count").inner_text().replace(".", ""))
        for key in ("j", "Enter"):
            page.keyboard.press(key)
        page.wait_for_url(re.compile(r"/pairs/\d+"))
        for _ in range(2):
            here = page.url
            page.keyboard.press("v")
            page.wait_for_url(lambda address, here=here: address.split("?")[0] != here.split("?")[0])
            expect(page.get_by_text("Tersimpan").first).to_be_visible()
            assert focused(page) == "pair-title", "the next key is the next verdict"
        page.goto(f"{running.address}/pairs")
        after = int(page.locator(".tabs a[aria-current] .count").inner_text().replace(".", ""))
        assert after < before
        assert auditor.faults == []


@pytest.mark.parametrize(("size", "screens"), [(DESK, 1), (PHONE, 2)], ids=["desk", "phone"])
def test_all_that_a_verdict_needs_is_seen_at_once(browser: Browser, running: Running, size: dict, screens: int) -> None:
    """Whoever sees the page for the first time should not have to look for the answer, nor for the question."""
    low = {}
    with visit(browser, running, "auditor", size) as auditor:
        page = auditor.page
        page.goto(f"{running.address}/pairs")
        links = [link.get_attribute("href") for link in page.locator("[data-entry]").all()[:12]]
        for link in links:
            page.goto(running.address + link)
            for selector in (*NEEDED, *[".pair-reasons li:nth-of-type(1)"] * (size is DESK)):
                bottom = page.evaluate(LOWEST, selector)
                if bottom > screens * size["height"]:
                    low[link, selector] = bottom
    assert low == {}
