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
from geo.locating import text_of
from geo.schema import COLUMN
from geo.sentences import Sentence
from geo.tables import Cell, Problem, Recognised

SAMPLE = 200
MISFIT = 45.0  # a heading that names it exactly still wins over what the cells look like
_CODE_SHAPES = {
    "village_code": re.compile(r"\d\d[.\s]?\d\d[.\s]?\d\d[.\s]?[12]\d{3}\.?|\d{2}\.[12]\d{3}\.?"),
    "activity_code": re.compile(r"(?:\d{2}\.[12]\d{3}\.)?\d{1,2}\.\d{1,2}\.\d{1,2}\.?"),
}
_RELATIVE = re.compile(r"\d{2}\.[12]\d{3}\.?")
_TRACE = re.compile(r"\s*-?\d{1,3}\.\d+ -?\d{1,3}\.\d+ -?\d+(?:\.\d+)? -?\d+(?:\.\d+)?\s*(?:;|$)")
WORDED = frozenset({"village", "district", "regency", "place", "contractor"})
FORM_IDS = frozenset({"uuid", "meta instance id", "instance id", "key", "instanceid", "meta instanceid"})
"""Headings that only the export of a phone's form has."""


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


def recognise(columns: Sequence[str], cells_of: Mapping[str, Sequence[Cell]], mapping: Mapping[str, str] | None = None,
              below: Mapping[str, str] | None = None) -> tuple[Recognised, ...]:
    """What each column means, in the file's order. `mapping` (file column -> schema column, '' for none) is a
    person's word and is never overruled; `below` is the lowest line of headings that were joined from several."""
    said = {column: meaning for column, meaning in (mapping or {}).items() if column in columns}
    found = {column: Recognised(column, meaning or None, "person", unit=headings.unit(column))
             for column, meaning in said.items() if not meaning or meaning in COLUMN}
    samples = {column: _sample(cells_of[column]) for column in columns}
    _by_heading(columns, samples, found, below or {})
    _by_content(columns, samples, found)
    _same_question(columns, found)
    return tuple(found.get(column, Recognised(column, None)) for column in columns)


def _sample(cells: Sequence[Cell]) -> list[Cell]:
    """Cells that say something, from the whole length of the column; a sparse column is looked through."""
    said: list[Cell] = []
    for step in (max(1, len(cells) // (4 * SAMPLE)), 1):
        said = [cell for cell in cells[::step] if cell is not None and not values.is_absent(cell)]
        if len(said) >= SAMPLE:
            break
    return said[::max(1, len(said) // SAMPLE)][:SAMPLE]


def _by_heading(columns: Sequence[str], samples: Mapping[str, list[Cell]], found: dict[str, Recognised],
                below: Mapping[str, str]) -> None:
    offers = []
    of_a_form = any(headings.plain(column) in FORM_IDS for column in columns)
    for place, column in enumerate(columns):
        if column in found or (of_a_form and _is_of_the_form(column, columns)):
            continue
        for claim in _claims(column, below.get(column), samples[column]):
            score = claim.score - (0 if fits(claim.meaning, samples[column]) else MISFIT)
            if samples[column] and claim.meaning in _CODE_SHAPES and fits(claim.meaning, samples[column]):
                score += 5  # "kode" alone may be any code; its shape tells which
            if claim.meaning == "id" and headings.plain(column) in FORM_IDS:
                score += 5
            if "start geopoint" in headings.plain(column):
                score -= 5  # where the form was opened, which need not be the place
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


def _claims(column: str, below: str | None, sample: Sequence[Cell]) -> list[headings.Claim]:
    """What a heading may mean, without what its cells exclude for certain."""
    claims = list(headings.claims(column))
    if below and headings.axis_of(column) is None:
        claims += [claim._replace(score=claim.score - 3) for claim in headings.claims(below)]
    if any(claim.meaning == "place" for claim in claims) and sample and fits("coordinate", sample):
        claims.append(headings.Claim("coordinate", headings.EXACT, "content"))
    switch = {str(cell).strip() for cell in sample} <= {"0", "1"}
    return [claim for claim in claims if not (
        (claim.meaning == "stage" and switch and sample)
        or (claim.meaning == "village_code" and is_of_statistics(sample))
        or (claim.meaning == "id" and sample and fits("activity_code", sample)))]


def _is_of_the_form(column: str, columns: Sequence[str]) -> bool:
    """A column in which a phone's form notes its own times, or one choice of a question with several answers."""
    question, _, choice = column.rpartition("/")
    return headings.plain(column) in headings.FORM_COLUMNS or bool(choice and question in columns)


def _same_question(columns: Sequence[str], found: dict[str, Recognised]) -> None:
    """Where a form asks for several places, longitude and accuracy are taken from the question the latitude is of."""
    won = {one.meaning: one.column for one in found.values() if one.meaning and one.how != "person"}
    if "lat" not in won:
        return
    question = _question(won["lat"])
    for meaning in ("lon", "accuracy_m"):
        rivals = [one.column for one in found.values() if one.rival_of == won.get(meaning) and one.rival_of]
        near = [column for column in rivals if _question(column) == question]
        if meaning in won and _question(won[meaning]) != question and near:
            taken = found[won[meaning]]
            found[near[0]] = replace(taken, column=near[0])
            found[won[meaning]] = Recognised(won[meaning], None, rival_of=near[0])


def _question(column: str) -> str:
    return headings.plain(column).rpartition(" ")[0]


def is_of_statistics(sample: Sequence[Cell]) -> bool:
    """Whether ten-digit village codes are those of BPS: their seventh digit ends the district's number, mostly a 0,
    where the official code says 1 (kelurahan) or 2 (desa)."""
    digits = [re.sub(r"\D", "", text_of(cell)) for cell in sample]
    codes = [one for one in digits if len(one) == 10]
    return len(codes) >= 0.5 * len(sample) > 0 and sum(one[6] not in "12" for one in codes) > 0.5 * len(codes)


def doubts(cells_of: Mapping[str, Sequence[Cell]], recognised: Sequence[Recognised]) -> list[Problem]:
    """Notes about codes that are not what their heading may suggest, or that need to be completed."""
    notes = []

    def note(column: str, message_id: str, **said: object) -> None:
        notes.append(Problem(None, column, None, Sentence(message_id, said), severity="note"))

    for one in recognised:
        if one.meaning not in (None, "activity_code", "village_code") or one.column not in cells_of:
            continue
        sample = _sample(cells_of[one.column])
        if not sample:
            continue
        if one.meaning is None and one.rival_of is None and is_of_statistics(sample) and any(
                claim.meaning in ("village_code", "id") for claim in headings.claims(re.sub(
                    r"(?i)\bbps\b", "", headings.plain(one.column)))):
            note(one.column, "file.bps_codes")
        parts = values.village_and_activity(text_of(sample[0]).strip())
        if one.meaning == "activity_code" and parts:
            note(one.column, "file.codes_with_village", example=text_of(sample[0]), village=parts[0], activity=parts[1])
        if one.meaning == "village_code" and _share(sample, lambda cell: bool(
                _RELATIVE.fullmatch(str(cell).strip()))) >= 0.5:
            note(one.column, "file.relative_codes", example=text_of(sample[0]))
    return notes


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
            return _share(sample, _is_place) >= 0.4
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
    if meaning in WORDED:
        return _share(sample, lambda cell: bool(re.search(r"[A-Za-z]", str(cell)))) >= 0.3
    if meaning == "name":
        return _share(sample, lambda cell: bool(re.search(r"[A-Za-z]{2}", str(cell)))) >= 0.5
    return True


def _is_place(cell: Cell) -> bool:
    return isinstance(cell, str) and (bool(_TRACE.match(cell)) or coordinates.looks_like_one(cell))


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
        pairs = [column for column in silent if _share(samples[column], _is_place) >= 0.6]
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
