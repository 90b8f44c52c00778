"""How much of a work there is: lengths, areas, pieces, with the unit that the cell, a column or the heading states.

Kilometres become metres; of "P 18,5 x L 0,30" the length is kept. Nothing here is ever a reason to leave a work out.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from geo import headings, values
from geo.sentences import Sentence
from geo.tables import Cell
from geo.values import NOTHING, Reading


class Quantity(NamedTuple):
    """A number and its unit, None where none is stated."""

    value: Decimal
    unit: str | None = None


UNITS = {unit: names.split() for unit, names in {
    "m": "m m' m1 m’ m` meter mtr metre metres meters ml lm m.lari mlari", "km": "km kilometer kilometre",
    "m2": "m2 m² meter2 m^2 sqm mp m.persegi", "m3": "m3 m³ meter3 m^3 cbm kubik",
    "ha": "ha hektar hektare hectare",
    "unit": "unit unt units bh buah pcs rumah krt buku", "titik": "titik ttk ttik lampu",
    "paket": "paket pkt pkg package",
    "ls": "ls lumpsum", "set": "set", "lokasi": "lokasi", "orang": "orang org jiwa", "kk": "kk", "cm": "cm",
}.items()}
UNIT_OF = {name: unit for unit, names in UNITS.items() for name in names}
METRES = {"km": Decimal(1000), "cm": Decimal("0.01")}
_NUMBER = r"\d[\d.,]*"
_WITH_UNIT = re.compile(rf"(?P<digits>-?{_NUMBER})\s*(?P<unit>[a-zA-Z]+(?:[\'’`²³]|\^?[123](?!\d))?)?")
_LENGTH = re.compile(rf"\b(?:p|pjg|panjang|length)\s*[.:=]?\s*(?P<digits>{_NUMBER})", re.IGNORECASE)
_TIMES = re.compile(rf"^\D{{0,12}}?(?P<digits>{_NUMBER})\s*(?P<unit>km|m|cm)?['’]?\s*[x×*]\s*(?:[a-z=.\s]{{0,8}})?\d",
                    re.IGNORECASE)


def read_volumes(cells: Sequence[Cell], heading: str, units: Sequence[Cell] | None = None) -> list[Reading]:
    """Readings whose value is a Quantity; `units` are the cells of a column of units, aligned."""
    told = {values.mark_of(found[0]) for cell in {cell for cell in cells if isinstance(cell, str)}
            for found in re.finditer(_NUMBER, cell[:80])} - {None}
    usual = told.pop() if len(told) == 1 else None
    stated = unit_of(heading)
    if units is None:
        return values.each(cells, lambda cell: _volume(cell, usual, stated))
    named = [unit_named(str(unit)) if unit is not None else None for unit in units]
    known: dict[tuple[type, Cell, str | None], Reading] = {}
    readings = []
    for cell, unit in zip(cells, named, strict=True):
        key = (cell.__class__, cell, unit)
        if key not in known:
            known[key] = _volume(cell, usual, unit or stated)
        readings.append(known[key])
    return readings


@lru_cache(maxsize=10_000)
def unit_named(text: str) -> str | None:
    """The unit that a word stands for, as we write it; None where it is none.

    >>> unit_named("M'"), unit_named("Meter"), unit_named("bh"), unit_named("Rp")
    ('m', 'm', 'unit', None)
    """
    return UNIT_OF.get(re.sub(r"[\s.]+$|^\s+", "", text.lower()).replace(" ", ""))


def unit_of(heading: str) -> str | None:
    """The unit a heading states in brackets or as its last word.

    >>> unit_of("Panjang (km)"), unit_of("panjang_m"), unit_of("Volume")
    ('km', 'm', None)
    """
    found = re.findall(r"[(\[]\s*([^()\[\]]{1,12}?)\s*[)\]]", heading)
    return next((unit for text in found if (unit := unit_named(text))), None) or (
        unit_named(headings.plain(heading).rpartition(" ")[2]) if re.search(r"[\s_]", heading.strip()) else None)


def _volume(cell: Cell, usual: str | None, stated: str | None) -> Reading:
    if values.is_absent(cell):
        return NOTHING
    if isinstance(cell, int | float):
        return _checked(Decimal(repr(cell)) if math.isfinite(cell) else None, stated, None)
    text = str(cell)[:120]
    found = _LENGTH.search(text) or _TIMES.search(text)
    if found:
        unit = found.groupdict().get("unit")
        return _checked(values.number(found["digits"].rstrip(".,"), usual), unit_named(unit or "m"), text)
    found = _WITH_UNIT.search(text)
    if not found:
        return Reading(note=Sentence("number.unreadable"))
    own = unit_named(found["unit"] or "")
    return _checked(values.number(found["digits"], usual), own or stated, text if own else None)


def _checked(value: Decimal | None, unit: str | None, text: str | None) -> Reading:
    """`text` is the cell that states a unit of its own, which is said when it is converted."""
    if value is None or abs(value) >= values.MOST_NUMBER:
        return Reading(note=Sentence("number.unreadable"))
    if unit not in METRES:
        return Reading(Quantity(value, unit))
    metres = value * METRES[unit]
    note = Sentence("volume.converted", {"text": text[:40], "value": float(metres), "unit": "m"}) if text else None
    return Reading(Quantity(metres, "m"), note=note)
