"""Amounts of money as people type them -> exact Decimals in the installation's currency.

A column is looked at as a whole: whether `1.234` is a thousand is said by its neighbours, else by what money can be.
"""

import math
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from geo import values
from geo.sentences import Sentence
from geo.tables import Cell
from geo.values import NOTHING, Reading

SCALES = {"ribu": 3, "rb": 3, "k": 3, "juta": 6, "jt": 6, "jta": 6, "million": 6, "mio": 6, "miliar": 9, "milyar": 9,
          "milliar": 9, "m": 9, "billion": 9, "bn": 9, "triliun": 12, "trilyun": 12, "t": 12}
_MONEY = re.compile(r"""^(?P<minus>[-–−(]\s*)?[±~≈]?\s*(?:rp\.?|idr|php|₱|usd|us\$|\$)?\s*[.:]?\s*
    (?P<minus2>[-–−]\s*)?(?P<digits>\d[\d.,' \u00a0]*?)\s*(?:[.,]\s*[-–=]+)?\s*(?P<scale>[a-z]+)?\.?\s*
    (?:,-|rupiah|rp\.?|idr|php|\))?\s*$""", re.VERBOSE | re.IGNORECASE)
_IN_WORDS = re.compile(r"\s*\([^()\d]*[a-z][^()\d]*\)\s*$", re.IGNORECASE)
_RECORD = re.compile(r"(?!rp|idr|php|usd)(?=.*[a-z])(?=.*\d{4})[a-z\d./-]{6,30}", re.IGNORECASE)
MOST_MONEY = Decimal(10) ** 16
MOST_IN_UNITS = Decimal(10) ** 13
LEAST_RUPIAH = 1000


def read_money(cells: Sequence[Cell], currency: str, unit: Decimal = Decimal(1),
               ids: frozenset[str] = frozenset()) -> list[Reading]:
    """Exact Decimals: whole rupiah, two decimals in every other currency; `ids` are the ids of the file's rows.

    A text that names another record ("MYCA with Project ID P00444687MN") is a note: the money stands there.
    """
    told = set()
    for cell in {cell for cell in cells if isinstance(cell, str)}:
        parts = _parts(cell)
        if parts and not parts[2]:
            told.add(values.mark_of(parts[1]))
    told.discard(None)
    usual = told.pop() if len(told) == 1 else None
    if usual is None and currency != "IDR":
        usual = "."
    return values.each(cells, lambda cell: _money(cell, usual, currency, unit, ids))


@lru_cache(maxsize=50_000)
def _parts(cell: Cell) -> tuple[bool, str, str] | None:
    """Whether a minus stands before it, the digits with their marks, the word of scale."""
    if not isinstance(cell, str):
        return None
    found = _MONEY.match(_IN_WORDS.sub("", cell[:300]).strip()[:80])
    if not found:
        return None
    return bool(found["minus"] or found["minus2"]), found["digits"].strip(), (found["scale"] or "").lower()


def _money(cell: Cell, usual: str | None, currency: str, unit: Decimal, ids: frozenset[str]) -> Reading:
    if values.is_absent(cell):
        return NOTHING
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            return Reading(fault=Sentence("money.unreadable"))
        return _checked(Decimal(repr(cell)), unit, cell < 0, currency)
    parts = _parts(cell)
    if parts is None or isinstance(cell, date):
        return _elsewhere(str(cell), ids) or Reading(fault=Sentence("money.unreadable"))
    minus, digits, scale = parts
    if scale and scale not in SCALES:
        return Reading(fault=Sentence("money.unreadable"))
    value = values.number(digits, usual if not scale else ("," if "," in digits else None))
    if value is not None and currency == "IDR" and not scale and unit == 1 and value < LEAST_RUPIAH:
        value = values.number(digits, None)  # no work costs 1.25 rupiah, whatever the rest of the column does
    if value is None:
        return Reading(fault=Sentence("money.unreadable"))
    return _checked(value, Decimal(10) ** SCALES[scale] if scale else unit, minus, currency)


def _elsewhere(text: str, ids: frozenset[str]) -> Reading | None:
    """A text that sends the reader to another record: one of this file, or a record's number among words."""
    words = [word for word in re.split(r"[\s,;:()]+", text[:300]) if word]
    other = next((word for word in words if word in ids), None)
    if other:
        return Reading(note=Sentence("money.elsewhere", {"id": other}))
    numbered = [word for word in words if _RECORD.fullmatch(word)]
    if numbered and sum(word.isalpha() and len(word) > 1 for word in words) > 1:
        return Reading(note=Sentence("money.elsewhere_unseen", {"id": numbered[0]}))
    return None


def _checked(value: Decimal, factor: Decimal, minus: bool, currency: str) -> Reading:
    value *= factor
    if (minus or value < 0) and value:
        return Reading(fault=Sentence("money.negative"))
    if value >= (MOST_MONEY if factor == 1 else MOST_IN_UNITS):
        return Reading(fault=Sentence("money.too_much"))
    exact = value.quantize(Decimal(1) if currency == "IDR" else Decimal("0.01"))
    note = Sentence("money.rounded", {"amount": str(exact)}) if exact != value else None
    return Reading(exact, note=note)
