"""A pair is judged without a mouse, in a real browser: where the focus is, what the keys do, what a reader hears."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.running import DESK, Running, visit


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
