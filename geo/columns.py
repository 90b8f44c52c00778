"""Recognising columns: by their heading, and by what they hold where the heading says nothing.

Each meaning is given to one column, the best; a column that claimed it too is listed beside it, so that a person
sees every decision.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from statistics import median

from geo import coordinates, headings, values
from geo.schema import COLUMN
from geo.tables import Cell, Recognised

SAMPLE = 200
MISFIT = 45.0  # a heading that names it exactly still wins over what the cells look like
_CODE_SHAPES = {
    "village_code": re.compile(r"\d\d[.\s]?\d\d[.\s]?\d\d[.\s]?\d{4}\.?"),
    "activity_code": re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,2}\.?"),
}


def shape_of(columns: Sequence[str]) -> str:
    """64 hex digits that files with the same headings in the same order share, whatever their case, blanks and marks.

    A mapping that a person corrected is kept under it for the next file of the same shape.

    >>> shape_of(["Nama  KEGIATAN", "Pagu (juta)"]) == shape_of(["nama_kegiatan", " PAGU (Juta) "])
    True
    >>> shape_of(["Nama", "Pagu (juta)"]) == shape_of(["Nama", "Pagu"])
    False
    """
    said = [" ".join(re.sub(r"[\W_]+", " ", column.casefold()).split()) for column in columns]
    while said and not said[-1]:
        said.pop()
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def recognise(columns: Sequence[str], cells_of: Mapping[str, Sequence[Cell]],
              mapping: Mapping[str, str] | None = None) -> tuple[Recognised, ...]:
    """What each column means, in the file's order. `mapping` (file column -> schema column, '' for none) is a
    person's word and is never overruled."""
    said = {column: meaning for column, meaning in (mapping or {}).items() if column in columns}
    found = {column: Recognised(column, meaning or None, "person", unit=headings.unit(column))
             for column, meaning in said.items() if not meaning or meaning in COLUMN}
    samples = {column: _sample(cells_of[column]) for column in columns}
    _by_heading(columns, samples, found)
    _by_content(columns, samples, found)
    return tuple(found.get(column, Recognised(column, None)) for column in columns)


def _sample(cells: Sequence[Cell]) -> list[Cell]:
    said = [cell for cell in cells if not values.is_absent(cell)]
    step = max(1, len(said) // SAMPLE)
    return said[::step][:SAMPLE]


def _by_heading(columns: Sequence[str], samples: Mapping[str, list[Cell]], found: dict[str, Recognised]) -> None:
    offers = []
    for place, column in enumerate(columns):
        if column in found:
            continue
        for claim in headings.claims(column):
            score = claim.score - (0 if fits(claim.meaning, samples[column]) else MISFIT)
            if samples[column] and claim.meaning in _CODE_SHAPES and fits(claim.meaning, samples[column]):
                score += 5  # "kode" alone may be any code; its shape tells which
            if not samples[column]:
                score -= 1  # an empty column never wins against one that holds something
            offers.append((-score, place, column, claim))
    winners = {one.meaning: one.column for one in found.values() if one.meaning}
    for minus_score, _, column, claim in sorted(offers, key=lambda offer: offer[:2]):
        if -minus_score < headings.ENOUGH and not (claim.score > 95 and -minus_score > 50):
            continue
        if column in found:
            if found[column].rival_of is None or claim.meaning in winners:
                continue
        elif claim.meaning in winners:
            found[column] = Recognised(column, None, rival_of=winners[claim.meaning])
            continue
        winners[claim.meaning] = column
        unit = headings.unit(column) if COLUMN[claim.meaning].type == "money" else Recognised("", None).unit
        found[column] = Recognised(column, claim.meaning, claim.how, unit=unit)


def fits(meaning: str, sample: Sequence[Cell]) -> bool:
    """Whether the cells of a column look like what `meaning` holds; an empty column fits everything."""
    if not sample:
        return True
    if meaning in _CODE_SHAPES:
        return _share(sample, lambda cell: bool(_CODE_SHAPES[meaning].fullmatch(str(cell).strip()))) >= 0.5
    match COLUMN[meaning].type:
        case "lat":
            return _share(sample, lambda cell: _is_axis(cell, "lat")) >= 0.5
        case "lon":
            return _share(sample, lambda cell: _is_axis(cell, "lon")) >= 0.5
        case "geometry":
            return _share(sample, lambda cell: isinstance(cell, str) and coordinates.looks_like_one(cell)) >= 0.4
        case "year":
            return _share(sample, lambda cell: bool(re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", str(cell)))) >= 0.5
        case "date":
            return _share(sample, lambda cell: isinstance(cell, date) or bool(re.search(r"\d", str(cell)))) >= 0.5
        case "money" | "number":
            numeric = _share(sample, lambda cell: bool(re.match(r"\D{0,8}\d", str(cell)))) >= 0.4
            return numeric and (COLUMN[meaning].type == "number" or _share(sample, _is_sum) >= 0.2)
        case "choice":
            readings = values.read_choices(sample, meaning)
            return sum(one.note is None for one in readings) >= 0.3 * len(sample)
    if meaning == "name":
        return _share(sample, lambda cell: bool(re.search(r"[A-Za-z]{2}", str(cell)))) >= 0.5
    return True


def _is_sum(cell: Cell) -> bool:
    """Money is at least a thousand, or says its scale in words; counts of holes and lamps are smaller."""
    return len(re.sub(r"[.,]\d{1,2}$|\D", "", str(cell))) >= 4 or bool(re.search(r"\d\s*[a-zA-Z]", str(cell)))


def _share(sample: Sequence[Cell], holds) -> float:
    return sum(map(holds, sample)) / len(sample)


def _is_axis(cell: Cell, axis: str) -> bool:
    """Numbers that Excel robbed of their decimal point still look like one axis: seven or more digits."""
    if isinstance(cell, int | float):
        return math.isfinite(cell) and (abs(cell) <= (90 if axis == "lat" else 180) or abs(cell) >= 100_000)
    return isinstance(cell, str) and bool(re.search(r"\d", cell)) and len(cell) < 60


def _by_content(columns: Sequence[str], samples: Mapping[str, list[Cell]], found: dict[str, Recognised]) -> None:
    """Columns whose headings say nothing: coordinates, name, year; never money without a word for it."""
    silent = [column for column in columns
              if column not in found and samples[column] and not headings.claims(column)]
    taken = {one.meaning for one in found.values()}
    if not taken & {"lon", "lat", "coordinate"}:
        _find_axes(silent, samples, found)
    taken = {one.meaning for one in found.values()}
    if not taken & {"lon", "lat", "coordinate"}:
        pairs = [column for column in silent if _share(
            samples[column], lambda cell: isinstance(cell, str) and coordinates.looks_like_one(cell)) >= 0.6]
        if pairs:
            found[pairs[0]] = Recognised(pairs[0], "coordinate", "content")
    silent = [column for column in silent if column not in found]
    if "year" not in taken:
        years = [column for column in silent if len(samples[column]) > 1 and _share(
            samples[column], lambda cell: bool(re.fullmatch(r"20[0-4]\d(?:\.0)?", str(cell).strip()))) >= 0.95]
        if len(years) == 1:
            found[years[0]] = Recognised(years[0], "year", "content")
    if "name" not in taken and any(one.meaning for one in found.values()):  # prose alone is no table
        texts = {column: _wordiness(samples[column]) for column in silent if column not in found}
        best = max(texts, key=texts.__getitem__, default=None)
        if best and texts[best] >= 10:
            found[best] = Recognised(best, "name", "content")


def _wordiness(sample: Sequence[Cell]) -> float:
    """Usual length of the texts, 0 where they are hardly texts or nearly all the same."""
    texts = [cell for cell in sample if isinstance(cell, str) and re.search(r"[A-Za-z]{3}", cell)]
    if len(texts) < 0.8 * len(sample) or len(set(texts)) < 0.3 * len(texts):
        return 0
    return median(len(text) for text in texts)


def _find_axes(silent: Sequence[str], samples: Mapping[str, list[Cell]], found: dict[str, Recognised]) -> None:
    """A column of numbers within 90 degrees beside one beyond them, both with decimals: latitude and longitude."""
    axes: dict[str, list[str]] = {"lat": [], "lon": []}
    for column in silent:
        numbers = [one for one in (_fraction(cell) for cell in samples[column]) if one is not None]
        if len(numbers) < 0.9 * len(samples[column]) or not numbers:
            continue
        if all(abs(one) < 90 for one in numbers):
            axes["lat"].append(column)
        elif all(90 < abs(one) <= 180 for one in numbers):
            axes["lon"].append(column)
    if len(axes["lon"]) == 1 and axes["lat"]:
        place = silent.index(axes["lon"][0])
        lat = min(axes["lat"], key=lambda column: abs(silent.index(column) - place))
        found[axes["lon"][0]] = Recognised(axes["lon"][0], "lon", "content")
        found[lat] = Recognised(lat, "lat", "content")


def _fraction(cell: Cell) -> float | None:
    """A number with at least three decimals, as coordinates have."""
    text = repr(cell) if isinstance(cell, float) else cell if isinstance(cell, str) else ""
    found = re.fullmatch(r"\s*(-?\d{1,3})[.,](\d{3,})\s*", text)
    return float(f"{found[1]}.{found[2]}") if found else None


def with_mapping(recognised: Sequence[Recognised], meaning_of: Mapping[str, str]) -> tuple[Recognised, ...]:
    """The same columns with a person's corrections applied; a meaning moved away leaves its old column bare."""
    moved = set(meaning_of.values()) - {""}
    return tuple(
        replace(one, meaning=meaning_of[one.column] or None, how="person", rival_of=None)
        if one.column in meaning_of
        else replace(one, meaning=None, how=None) if one.meaning in moved else one
        for one in recognised)
