"""GeoJSON with one feature on each line, plain or after record separators (RFC 8142)."""

import json
from pathlib import Path
from typing import Any

from geo.errors import FileRefused
from geo.formats import geojson
from geo.formats.contents import Contents, Features
from geo.formats.shapes import Faulty
from geo.formats.text import decoded
from geo.tables import Limits

NAME = "geojsonl"
SEPARATOR = "\x1e"
BLANKS = " \t\r\n"  # Python counts the separator among them
LONGEST_FIRST = 5_000_000  # characters of a line that are looked at to tell what the file is


def recognises(path: Path, head: bytes) -> bool:
    """A record separator, or two lines with a feature each: one of the two may be broken."""
    begins = decoded(head, final=False)
    if begins is None or begins.lstrip(BLANKS)[:1] not in ("{", SEPARATOR):
        return False
    if begins.lstrip(BLANKS).startswith(SEPARATOR):
        return True
    with path.open("rb") as opened:
        text = decoded(opened.read(LONGEST_FIRST), final=False) or ""
    first, _, rest = text.lstrip().partition("\n")
    second = rest.lstrip().partition("\n")[0]
    if not second or "FeatureCollection" in first[:200]:
        return False
    return _feature(first) is not None or _feature(second) is not None


def read(path: Path, limits: Limits) -> Contents:
    """One row for each line that is not empty; a line that cannot be read is a problem of its row."""
    text = decoded(path.read_bytes())
    if text is None:
        raise FileRefused("reading.not_text")
    features = Features.empty()
    # Only these two part features: other marks that Python takes for line ends may stand inside a text.
    for line in (text.split(SEPARATOR) if text.lstrip(BLANKS).startswith(SEPARATOR) else text.split("\n")):
        if not line.strip():
            continue
        feature = _feature(line)
        if feature is None:
            features.add({}, _broken, limits)
        else:
            geojson.add(features, feature, limits)
    return Contents(NAME, features=features.finished(limits))


def _broken() -> None:
    raise Faulty("geometry.broken_line")


def _feature(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    if found.get("type") == "Feature":
        return found
    return {"type": "Feature", "geometry": found} if found.get("type") in geojson.DEPTHS else None
