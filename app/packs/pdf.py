"""A page of HTML as PDF, written by a program that fetches nothing but our own style sheet and fonts."""

import re
import threading
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

STATIC = Path(__file__).parents[1] / "static"
FONTS = "vendor/source-sans-3/files"
ASSETS: Mapping[str, tuple[Path, str]] = {
    f"pantau:/{name}": (STATIC / name, kind) for name, kind in (
        ("paper.css", "text/css"), (f"{FONTS}/source-sans-3-latin-wght-normal.woff2", "font/woff2"),
        (f"{FONTS}/source-sans-3-latin-ext-wght-normal.woff2", "font/woff2"))}
"""All that a paper may load. What people typed is text in it; were it ever a tag, it would still load nothing."""
WAIT_S = 20
# The writer knows no paint-order: of text with an edge, the edge is drawn first and the letters once more above it.
_HALO = re.compile(r'<text ([^<>]*) (stroke="[^"<>]*" stroke-width="3") paint-order="stroke"([^<>]*)>([^<]*)</text>')
_alone = threading.Lock()
"""One paper at a time in a process: writing is pure work for one core, and the fonts are kept between papers."""


class NotHere(Exception):
    """This installation cannot write PDF: the library, or Pango below it, is not installed."""


class Busy(Exception):
    """Others are having papers written."""


def available() -> bool:
    """Whether PDF can be written here."""
    return _writer() is not None


@cache
def _writer() -> ModuleType | None:
    """The library, imported with the first paper: it takes a second and needs Pango, which a server may lack."""
    try:
        return import_module("weasyprint")
    except (ImportError, OSError):
        return None


def write(html: str) -> bytes:
    """PDF of a complete page. Raises NotHere, or Busy where others are being written for too long."""
    writer = _writer()
    if writer is None:
        raise NotHere
    if not _alone.acquire(timeout=WAIT_S):
        raise Busy
    try:
        fonts, style = _style()
        text = _HALO.sub(r"<text \1 \2\3>\4</text><text \1>\4</text>", html)
        page = writer.HTML(string=text, base_url="pantau:/", url_fetcher=_fetcher())
        return page.write_pdf(stylesheets=[style], font_config=fonts)
    finally:
        _alone.release()


@cache
def _style() -> tuple[object, object]:
    """Our fonts and style sheet, read once: unpacking the fonts takes half a second."""
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    return fonts, _writer().CSS(url="pantau:/paper.css", url_fetcher=_fetcher(), font_config=fonts)


@cache
def _fetcher() -> object:
    urls = import_module("weasyprint.urls")

    class Ours(urls.URLFetcher):
        """Knows ASSETS and nothing else, whatever the address."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> object:
            if url not in ASSETS:
                raise ValueError("not one of our own files")
            path, kind = ASSETS[url]
            return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return Ours()
