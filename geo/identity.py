"""Which stored record a row is: its key within its source, else a fingerprint of what was typed.

The same key again means the same record, to be updated; a key that repeats within one file never does.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from geo.tables import Cell, Row, Understood
from geo.vocabulary import plain


def fingerprint(row: Row) -> str:
    """64 hex digits of the row's raw values and geometry; where the row stands in the file does not matter."""
    said = {column: _stable(cell) for column, cell in row.values.items() if cell not in (None, "")}
    shape = shapely.to_wkb(_rounded(row.geometry), hex=True) if row.geometry else None
    text = json.dumps([said, shape], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _rounded(shape: shapely.Geometry) -> shapely.Geometry:
    try:
        return shapely.set_precision(shape, 1e-9)
    except shapely.errors.GEOSException:  # an area that crosses itself: point by point nothing can fail
        return shapely.set_precision(shape, 1e-9, mode="pointwise")


def _stable(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return " ".join(str(cell).split())


def source_key(facts: Mapping[str, Any], row: Row) -> str:
    """`pantau_id`, else id, year and work together, else the fingerprint; the source's name is the caller's part.

    The work is the activity code, else the plain name: one id may stand for several works of one year.
    """
    if facts.get("pantau_id"):
        return f"pantau:{facts['pantau_id']}"
    own = facts.get("source_id") or facts.get("id")
    if own:
        work = facts.get("activity_code") or plain(facts.get("name") or "")
        return f"id:{own}|{facts.get('year') or ''}|{work}"
    return f"row:{fingerprint(row)}"


def source_keys(understood: Sequence[Understood]) -> list[str]:
    """The keys of one file's rows, aligned and all different: one that repeats gets its row's fingerprint, and
    rows that are alike in everything are counted."""
    keys = [source_key(one.facts, one.row) for one in understood]
    times = Counter(keys)
    keys = [f"{key}#{fingerprint(one.row)[:16]}" if times[key] > 1 else key
            for key, one in zip(keys, understood, strict=True)]
    seen: Counter[str] = Counter()
    unique = []
    for key in keys:
        seen[key] += 1
        unique.append(key if seen[key] == 1 else f"{key}~{seen[key]}")
    return unique
