"""Balloons of KML: programs that know no data fields write a placemark's attributes as a table of HTML into its text.

The text stays as it is; what its table says stands beside it, in columns.
"""

import re
from html.parser import HTMLParser

_PICTURE = re.compile(r"data:[\w/+.;-]{1,60},[A-Za-z0-9+/=\s]{200,}")
MOST_FIELDS = 200


def shortened(text: str) -> str:
    """The text without pictures that were written into it as thousands of letters."""
    return _PICTURE.sub("data:", text) if "data:" in text else text


def fields(text: str) -> list[tuple[str, str]]:
    """Name and value of each row of two cells; [] where fewer than two rows are like that.

    >>> fields("<table><tr><td>DESA</td><td>Licin</td></tr><tr><td>TAHUN</td><td>2024</td></tr></table>")
    [('DESA', 'Licin'), ('TAHUN', '2024')]
    """
    if "<td" not in text.lower():
        return []
    table = _Table()
    try:
        table.feed(text)
        table.close()
    except AssertionError:  # the parser's own word for markup it cannot follow
        return []
    pairs = [(line[0].rstrip(" :"), line[1]) for line in table.lines if len(line) == 2 and line[0].rstrip(" :")]
    return pairs[:MOST_FIELDS] if len(pairs) > 1 else []


class _Table(HTMLParser):
    """Lines of cells; a table inside a cell begins lines of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = []
        self.words: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("tr", "table"):
            self._close()
            self.lines.append([])
        elif tag in ("td", "th"):
            self._close()
            self.words = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._close()

    def handle_data(self, data: str) -> None:
        if self.words is not None:
            self.words.append(data)

    def _close(self) -> None:
        if self.words is not None and self.lines:
            self.lines[-1].append(" ".join("".join(self.words).split()))
        self.words = None
