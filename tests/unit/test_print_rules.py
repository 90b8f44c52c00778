"""The style sheets on paper: laid out by the library that writes our PDFs, for no browser is needed to count pages."""

from pathlib import Path

import pytest

weasyprint = pytest.importorskip("weasyprint")
STATIC = Path(__file__).parents[2] / "app" / "static"


def pages_of(html: str, *sheets: str) -> list[str]:
    """The text of each printed page."""
    styles = [weasyprint.CSS(string="@page { size: A4 }")] + [
        weasyprint.CSS(filename=str(STATIC / name)) for name in sheets]
    laid_out = weasyprint.HTML(string=html).render(stylesheets=styles)
    return [" ".join(_texts(page._page_box)) for page in laid_out.pages]


def _texts(box) -> list[str]:
    found = [box.text] if getattr(box, "text", None) else []
    return found + [text for child in getattr(box, "children", ()) for text in _texts(child)]


@pytest.mark.parametrize("kind", ["villages", "signals"])
def test_a_list_longer_than_a_page_begins_below_its_heading(kind):
    """A list that may not break at all leaves the first page empty."""
    rows = "".join(f"<li><div>Desa{number}</div></li>" for number in range(150))
    first, *others = pages_of(f'<h1>Urutan</h1><ol class="entries card {kind}">{rows}</ol>', "pantau.css",
                              "inspection.css")
    assert others
    assert "Urutan" in first
    assert "Desa0" in first


def test_the_legend_of_a_printed_map_stands_below_it_on_the_one_sheet():
    """Fourteen kinds of work one below the other are higher than what the map leaves of the sheet."""
    rows = "".join(f'<li><span class="symbol" style="height: 16px"></span>Jenis{number}</li>' for number in range(14))
    pages = pages_of(
        f"""<main class="page"><article class="sheet"><header class="sheet-head"><h1>Peta kegiatan</h1></header>
        <div class="sheet-map">Peta</div><footer class="sheet-foot"><div class="sheet-legend"><ul>{rows}</ul></div>
        <div class="sheet-facts"><p>Skala</p></div></footer></article></main>""", "pantau.css", "map.css", "sheet.css")
    assert len(pages) == 1
    assert all(f"Jenis{number}" in pages[0].split() for number in range(14))


def test_what_is_for_narrow_screens_is_not_for_paper():
    """A browser takes a sheet of paper for a narrow screen until it knows that it lies on its side."""
    assert "@media (max-width" not in (STATIC / "sheet.css").read_text(encoding="utf-8")
