"""Uploads in a real browser: several files at once, and a correction of many rows that is looked at on the map before
it is applied, at the desk and on a phone."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.running import DESK, PHONE, Running, visit

HEAD = "nama kegiatan,tahun,sumber dana,anggaran,desa,latitude,longitude\n"
GOOD = "Rabat beton jalan RT {n:02d},2024,Dana Desa,{n}0000000,{village},{lat:.6f},{lon:.6f}\n"
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


def sheet(village: str, lat: float, lon: float) -> str:
    """Eight good rows, five that lost the minus of their latitude, two with their axes swapped, one without a point."""
    line = "{name} RT {n:02d},2024,ADD,{n}500000,{village},{a},{b}\n"
    rows = [GOOD.format(n=n, village=village, lat=lat + n / 5000, lon=lon) for n in range(1, 9)]
    rows += [line.format(name="Sumur bor", n=n, village=village, a=f"{-lat + n / 5000:.6f}", b=f"{lon:.6f}")
             for n in range(11, 16)]
    rows += [line.format(name="Gapura", n=n, village=village, a=f"{lon:.6f}", b=f"{lat + n / 5000:.6f}")
             for n in range(16, 18)]
    return HEAD + "".join(rows) + line.format(name="Pelatihan", n=18, village=village, a="", b="")


@pytest.fixture
def village(browser: Browser, running: Running) -> tuple[str, float, float]:
    """The name of the village whose officer the field person is, and a place in it."""
    with visit(browser, running, "field") as field:
        page = field.page
        page.goto(f"{running.address}/projects")
        page.goto(f"{running.address}/sites/new")
        name = page.locator("form.choose .quiet").inner_text().split(",")[0]
    return name, -8.3705, 114.2304


def drawn(page: Page) -> None:
    expect(page.locator("html[data-rows=ready]")).to_be_attached(timeout=60_000)


def serious(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]


def test_a_pattern_is_looked_at_on_the_map_applied_and_undone(browser: Browser, running: Running, tmp_path: Path,
                                                              village: tuple[str, float, float]) -> None:
    file = tmp_path / "lapangan.csv"
    file.write_text(sheet(*village))
    with visit(browser, running, "field") as field:
        page = field.page
        page.goto(f"{running.address}/uploads")
        page.set_input_files("input[type=file]", file)
        expect(page.locator(".ready strong")).to_have_text("9 dari 16 siap", timeout=60_000)
        drawn(page)
        expect(page.locator(".rows-said")).to_have_text("15 baris di peta.")
        page.locator("[data-fly='10']").click()
        expect(page.locator("tr.lit[data-row='10']")).to_be_visible()
        expect(page.locator(".rows-said")).to_contain_text("km dari sini")
        page.get_by_role("link", name="Terapkan ke 5 baris serupa").click()
        drawn(page)
        expect(page.locator(".rows-said")).to_have_text("5 baris di peta.")
        assert page.locator(".problems tbody tr").count() == 5
        assert serious(page) == []
        page.get_by_role("button", name="Terapkan ke 5 baris").click()
        expect(page.locator(".ready strong")).to_have_text("14 dari 16 siap")
        page.get_by_role("button", name="Urungkan").click()
        expect(page.locator(".ready strong")).to_have_text("9 dari 16 siap")
        row = page.locator(".problems tr[data-row='10']")
        row.locator("summary").click()
        row.get_by_label("Koordinat yang benar").fill("8°22'13\" LS 114°13'49\" BT")
        row.get_by_role("button", name="Simpan").click()
        expect(page.locator(".ready strong")).to_have_text("10 dari 16 siap")
        assert field.faults == []


def test_files_are_sent_one_by_one_and_the_good_ones_go_on(browser: Browser, running: Running, tmp_path: Path,
                                                           village: tuple[str, float, float]) -> None:
    good, bad = tmp_path / "baik.csv", tmp_path / "surat.pdf"
    good.write_text(HEAD + GOOD.format(n=31, village=village[0], lat=village[1], lon=village[2]))
    bad.write_bytes(b"%PDF-1.7\n\x00\x01")
    with visit(browser, running, "field") as field:
        page = field.page
        page.goto(f"{running.address}/uploads")
        page.set_input_files("input[type=file]", [good, bad])
        page.wait_for_url("**/uploads/batch/*")
        expect(page.get_by_role("row", name=re.compile("baik.csv"))).to_contain_text("1 dari 1 siap", timeout=60_000)
        expect(page.get_by_role("row", name=re.compile("surat.pdf"))).to_contain_text("PDF", timeout=60_000)
        assert serious(page) == []
        assert field.faults == []


@SIZES
def test_the_page_of_what_was_understood_is_open_to_everybody(browser: Browser, running: Running, tmp_path: Path,
                                                              village: tuple[str, float, float],
                                                              size: dict[str, int]) -> None:
    file = tmp_path / "lapangan.csv"
    file.write_text(sheet(*village))
    with visit(browser, running, "field", size) as field:
        page = field.page
        page.goto(f"{running.address}/uploads")
        page.set_input_files("input[type=file]", file)
        drawn(page)
        page.locator("details.fix summary").first.click()
        page.locator("#kolom summary").click()
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert field.faults == []


def test_without_scripts_a_file_is_sent_and_a_pattern_applied(browser: Browser, running: Running, tmp_path: Path,
                                                              village: tuple[str, float, float]) -> None:
    file = tmp_path / "lapangan.csv"
    file.write_text(sheet(*village))
    with visit(browser, running, "field", java_script_enabled=False) as field:
        page = field.page
        page.goto(f"{running.address}/uploads")
        page.set_input_files("input[type=file]", file)
        page.get_by_role("button", name="Unggah dan baca").click()
        expect(page.locator(".ready strong")).to_have_text("9 dari 16 siap", timeout=60_000)
        expect(page.locator("svg.minimap")).to_be_visible()
        page.get_by_role("link", name="Terapkan ke 2 baris serupa").click()
        page.get_by_role("button", name="Terapkan ke 2 baris").click()
        expect(page.locator(".ready strong")).to_have_text("11 dari 16 siap")
