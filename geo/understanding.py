"""Rows -> what they say: typed facts, a place, and every problem at once.

Columns are read whole, then each row is put together from the readings; nothing here raises for a row.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from geo import coordinates, locating, values, vocabulary
from geo.coordinates import Bounds
from geo.locating import Located
from geo.schema import COLUMN
from geo.sentences import Sentence
from geo.tables import LIMITS, Limits, Problem, Row, Severity, Table, Understood
from geo.values import NOTHING, Reading

if TYPE_CHECKING:
    from geo.regions import Regions  # a file can be read without loading geopandas

TOTAL = re.compile(r"(?:sub ?)?(?:total|jumlah)\b.{0,40}|grand total", re.IGNORECASE)
SHORE = 0.01  # degrees, about a kilometre
FAR_OUTSIDE_M = 25.0
DATE_YEARS_AHEAD = 10


def understand(table: Table, *, currency: str = "IDR", regions: "Regions | None" = None,
               bounds: Sequence[float] | None = None, limits: Limits = LIMITS,
               today: date | None = None) -> list[Understood]:
    """What every row of a table says, aligned with `table.rows`; every problem is collected, none stops the rest.

    `bounds` (west, south, east, north in degrees) is where the works are, else the bounds of `regions`, else what
    the file's own points show. `currency` decides how money is written and rounded.
    """
    today = today or date.today()
    box = _box(regions, bounds)
    readings = {meaning: _readings(table, meaning, currency, limits, today)
                for meaning in table.column_of if COLUMN[meaning].type not in ("lon", "lat", "geometry")}
    places = locating.locate(table, box)
    repeated = _repeated(readings.get("id", []))
    own_problems = _by_row(table)
    understood = []
    for position, (row, place) in enumerate(zip(table.rows, places, strict=True)):
        said = {meaning: column[position] for meaning, column in readings.items()}
        facts = {meaning: reading.value for meaning, reading in said.items() if reading.value is not None}
        problems = own_problems.get(row.number, []) + _told(row, said, table.column_of)
        problems += _complete(row, facts, table.column_of, repeated)
        if facts["category"]:  # the name told what the column did not
            problems = [problem for problem in problems if problem.reason.id != "category.unknown"]
        problems += place.problems
        understood.append(_assembled(row, facts, place, problems))
    if regions is not None:
        _place_in_regions(understood, places, regions, table.column_of)
    return understood


def _box(regions: "Regions | None", bounds: Sequence[float] | None) -> Bounds | None:
    """The bounds that were given, else those of the regions with a strip of sea for jetties and breakwaters."""
    if bounds is not None:
        return Bounds(*bounds)
    if regions is None or regions.bounds is None:
        return None
    west, south, east, north = regions.bounds
    return Bounds(west - SHORE, south - SHORE, east + SHORE, north + SHORE)


def _readings(table: Table, meaning: str, currency: str, limits: Limits, today: date) -> list[Reading]:
    column = table.column_of[meaning]
    cells = [row.values.get(column) for row in table.rows]
    match COLUMN[meaning].type:
        case "money":
            unit = next(one.unit for one in table.recognised if one.column == column)
            return values.read_money(cells, currency, unit, _ids(table))
        case "year":
            return values.read_years(cells, limits.first_year, today.year + limits.years_ahead)
        case "date":
            return values.read_dates(cells, currency == "IDR", today.year + DATE_YEARS_AHEAD)
        case "number":
            return values.read_numbers(cells)
        case "choice":
            return values.read_choices(cells, meaning)
        case "code":
            return values.read_codes(cells, meaning)
    return [NOTHING if values.is_absent(cell) else Reading(" ".join(str(cell).split())) for cell in cells]


def _ids(table: Table) -> frozenset[str]:
    column = table.column_of.get("id")
    return frozenset(str(row.values[column]).strip() for row in table.rows
                     if row.values.get(column)) if column else frozenset()


def _repeated(ids: Sequence[Reading]) -> frozenset[str]:
    return frozenset(one for one, times in Counter(reading.value for reading in ids).items() if one and times > 1)


def _by_row(table: Table) -> dict[int, list[Problem]]:
    """Problems of the file that name a row: a feature's broken geometry, a cell that is too long."""
    found: dict[int, list[Problem]] = {}
    for problem in table.problems:
        if problem.row is not None:
            found.setdefault(problem.row, []).append(problem)
    return found


def _told(row: Row, said: dict[str, Reading], column_of: dict[str, str]) -> list[Problem]:
    problems = []
    for meaning, reading in said.items():
        told: tuple[tuple[Sentence | None, Severity], ...] = ((reading.fault, "fault"), (reading.note, "note"))
        for reason, severity in told:
            if reason is not None:
                column = column_of[meaning]
                problems.append(Problem(row.number, column, values.shown(row.values.get(column)), reason,
                                        sheet=row.sheet, severity=severity))
    return problems


def _complete(row: Row, facts: dict[str, Any], column_of: dict[str, str], repeated: frozenset[str]) -> list[Problem]:
    """Facts that follow from others: the id that repeats, the largest fund, the category a name speaks of."""
    problems = []

    def tell(meaning: str, reason: Sentence, severity: Severity = "note") -> None:
        column = column_of.get(meaning)
        text = values.shown(row.values[column]) if column and row.values.get(column) is not None else None
        problems.append(Problem(row.number, column, text, reason, sheet=row.sheet, severity=severity))

    name = facts.setdefault("name", "")
    if not name:
        tell("name", Sentence("name.missing"), "fault")
    elif TOTAL.fullmatch(name):
        tell("name", Sentence("row.total"), "fault")
    if facts.get("id") in repeated:
        facts["source_id"] = facts["id"]
        facts["id"] = f"{facts['id']}#{row.number}"
        tell("id", Sentence("id.repeated", {"id": facts["source_id"], "new": facts["id"]}))
    if funds := facts.get("fund"):
        facts["fund"] = funds[0]
        if len(funds) > 1:
            facts["fund_shares"] = tuple((fund, None) for fund in funds)
    facts["category"] = facts.get("category") or vocabulary.category_of(name)
    if not facts.get("year"):
        dated = facts.get("start_date") or facts.get("end_date")
        if dated and "year" not in column_of:
            facts["year"] = dated.year
            tell("start_date", Sentence("year.from_date", {"year": dated.year}))
    accuracy = facts.get("accuracy_m")
    if accuracy is not None and not 0 < accuracy < 100_000:
        del facts["accuracy_m"]
    return problems


def _assembled(row: Row, facts: dict[str, Any], place: Located, problems: list[Problem]) -> Understood:
    facts = {meaning: value for meaning, value in facts.items() if value is not None}
    accuracy_m = place.accuracy_m
    method = place.method
    if accuracy_m is None and facts.get("accuracy_m") is not None:
        accuracy_m = float(facts["accuracy_m"])
        method = "gps" if method == "file" else method
    if place.geometry is None:
        accuracy_m = None
    return Understood(row, facts, place.geometry, method, accuracy_m, place.how, problems)


def _place_in_regions(understood: Sequence[Understood], places: Sequence[Located], regions: "Regions",
                      column_of: dict[str, str]) -> None:
    """The claimed village by code or by name and district, and how far from it the site lies."""
    for one in understood:
        _claim(one, regions, column_of)
    _choose_repairs(understood, places, regions)
    placed = [one for one in understood if one.geometry is not None and one.facts.get("region_code")]
    if not placed:
        return
    codes = [one.facts["region_code"] for one in placed]
    outside = np.asarray(regions.outside_m([coordinates.on(one.geometry) for one in placed], codes), dtype=float)
    for one, outside_m in zip(placed, outside, strict=True):
        if not np.isfinite(outside_m):
            continue
        one.facts["outside_m"] = float(outside_m)
        if outside_m > max(FAR_OUTSIDE_M, one.accuracy_m or 0):
            column = column_of.get("village") or column_of.get("village_code")
            text = values.shown(one.row.values[column]) if column and one.row.values.get(column) else None
            village = regions.name_of(one.facts["region_code"])
            one.problems.append(Problem(one.row.number, column, text, Sentence(
                "region.outside", {"outside_m": round(float(outside_m)), "village": village}),
                sheet=one.row.sheet, severity="note"))


def _claim(one: Understood, regions: "Regions", column_of: dict[str, str]) -> None:
    code, village = one.facts.get("village_code"), one.facts.get("village")
    if code and code in regions:
        one.facts["region_code"] = code
        return
    found = regions.by_name(village, one.facts.get("district")) if village else []
    if len(found) == 1:
        one.facts["region_code"] = found[0]
        return
    claimed = "village" if village else "village_code" if code else "regency" if one.facts.get("regency") else None
    if claimed is None:
        return
    reason = "region.several" if len(found) > 1 else "region.unknown"
    text = values.shown(one.facts[claimed])
    one.problems.append(Problem(one.row.number, column_of[claimed], text, Sentence(reason, {"text": text}),
                                sheet=one.row.sheet, severity="note"))


def _choose_repairs(understood: Sequence[Understood], places: Sequence[Located], regions: "Regions") -> None:
    """Of several repairs that fit the bounds, the one that falls inside the claimed village is offered."""
    for one, place in zip(understood, places, strict=True):
        code = one.facts.get("region_code")
        if not code or len(place.suggestions) < 2:
            continue
        points = [coordinates.point(offer.lon, offer.lat) for offer in place.suggestions]
        outside = np.asarray(regions.outside_m(points, [code] * len(points)), dtype=float)
        inside = [offer for offer, outside_m in zip(place.suggestions, outside, strict=True) if outside_m == 0]
        if len(inside) == 1:
            for position, problem in enumerate(one.problems):
                if problem.reason.id.startswith("coordinate.") and problem.severity == "fault":
                    one.problems[position] = Problem(problem.row, problem.column, problem.text, problem.reason,
                                                     inside[0], problem.sheet)
