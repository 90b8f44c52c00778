"""Exports in a real browser: a small list, ticked rows, a large one that is waited for; at the desk and on a phone."""

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.running import DESK, PHONE, Running, visit

SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


def serious(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]


def open_menu(page: Page) -> None:
    page.locator("details.export summary").first.click()


def taken(page: Page, button: str) -> tuple[str, Path]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).first.click()
    return download.value.suggested_filename, download.value.path()


@SIZES
def test_a_small_list_is_downloaded_from_each_list_and_the_page_stays(browser: Browser, running: Running, size) -> None:
    with visit(browser, running, "planner", size) as planner:
        page = planner.page
        for path in ("/projects?year=2019&fund=DDS", "/map?year=2019&fund=DDS", "/pairs"):
            page.goto(running.address + path)
            open_menu(page)
            assert serious(page) == []
            name, file = taken(page, "CSV")
            assert re.fullmatch(r"pantaudesa-CONTOH-(kegiatan|indikasi)-[\d-]+\.csv", name)
            assert "DATA CONTOH" in file.read_text("utf-8-sig").splitlines()[1]
            assert page.url.startswith(running.address + path)  # the map adds its view
        assert planner.faults == []


def test_ticked_rows_are_said_and_only_they_are_exported(browser: Browser, running: Running) -> None:
    with visit(browser, running, "planner") as planner:
        page = planner.page
        page.goto(f"{running.address}/projects?year=2019")
        for number in (0, 2):
            page.locator("input.export-pick").nth(number).check()
        open_menu(page)
        expect(page.locator("details.export .menu-head strong")).to_have_text("Hanya 2 yang dicentang")
        _, file = taken(page, "CSV")
        found = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"), newline=""), delimiter=";"))
        assert len(found) == 2
        assert found[0]["Nama kegiatan"].lstrip("'") == page.locator("tbody tr th .clip").first.get_attribute("title")


@SIZES
def test_a_large_list_shows_progress_and_waits_for_its_person(browser: Browser, running: Running, size,
                                                              tmp_path: Path) -> None:
    with visit(browser, running, "planner", size) as planner:
        page = planner.page
        page.goto(f"{running.address}/projects")
        open_menu(page)
        page.get_by_role("button", name="Excel (.xlsx)").click()
        page.wait_for_url(re.compile(r"/exports/[0-9a-f-]{36}"))
        expect(page.get_by_role("link", name="Unduh berkas")).to_be_visible(timeout=180_000)
        assert serious(page) == []
        with page.expect_download() as download:
            page.get_by_role("link", name="Unduh berkas").click()
        download.value.save_as(tmp_path / "a.xlsx")
        book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
        assert book["Kegiatan"].max_row > 11_000
        assert planner.faults == []
