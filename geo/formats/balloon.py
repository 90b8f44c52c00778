"""Balloons of KML: programs that know no data fields write a placemark's attributes as a table of HTML into its text.

The text stays as it is; what its table says stands beside it, in columns.
"""

import html
import re

_PICTURE = re.compile(r"data:[\w/+.;-]{1,60},[A-Za-z0-9+/=\s]{200,}")
_TAG = re.compile(r"<[^<>]*>")
_NAME = re.compile(r"</?\s*(\w+)")
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
    pairs = [(line[0].rstrip(" :"), line[1]) for line in _lines(text) if len(line) == 2 and line[0].rstrip(" :")]
    return pairs[:MOST_FIELDS] if len(pairs) > 1 else []


def _lines(text: str) -> list[list[str]]:
    """Lines of cells; a table inside a cell begins lines of its own."""
    lines: list[list[str]] = []
    words: list[str] | None = None
    at = 0
    for tag in _TAG.finditer(text):
        if words is not None:
            words.append(text[at : tag.start()])
        at = tag.end()
        name = _NAME.match(tag[0])
        if name is None or name[1].lower() not in ("table", "tr", "td", "th"):
            continue
        if words is not None and lines:
            lines[-1].append(" ".join(html.unescape("".join(words)).split()))
        words = None
        if not tag[0].startswith("</"):
            if name[1].lower() in ("td", "th"):
                words = []
            else:
                lines.append([])
    return lines
