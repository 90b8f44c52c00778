"""Rows -> what they say: typed facts, a place, and every problem at once.

Columns are read whole, then each row is put together from the readings; nothing here raises for a row.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from geo import claiming, locating, values, vocabulary
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
DATE_YEARS_AHEAD = 10
SAID_EVERY = 4_000


def understand(table: Table, *, currency: str = "IDR", regions: "Regions | None" = None,
               bounds: Sequence[float] | None = None, limits: Limits = LIMITS,
               today: date | None = None, say: Callable[[int, int], None] | None = None) -> list[Understood]:
    """What every row of a table says, aligned with `table.rows`; every problem is collected, none stops the rest.

    `say` hears (rows done, rows in all) between columns and every few thousand rows; what it raises ends the work.
    `bounds` (west, south, east, north in degrees) is where the works are, else the bounds of `regions`, else what
    the file's own points show. `currency` decides how money is written and rounded.
    """
    today = today or date.today()
    box = _box(regions, bounds)
    readings = {}
    for meaning in table.column_of:
        if COLUMN[meaning].type not in ("lon", "lat", "geometry"):
            readings[meaning] = _readings(table, meaning, currency, limits, today)
            if say:
                say(0, len(table.rows))
    places = locating.locate(table, box)
    repeated = _repeated(readings.get("id", []))
    own_problems = _by_row(table)
    understood = []
    for position, (row, place) in enumerate(zip(table.rows, places, strict=True)):
        if say and not position % SAID_EVERY:
            say(position, len(table.rows))
        said = {meaning: column[position] for meaning, column in readings.items()}
        facts = {meaning: reading.value for meaning, reading in said.items() if reading.value is not None}
        problems = own_problems.get(row.number, []) + _told(row, said, table.column_of)
        problems += _complete(row, facts, table.column_of, repeated)
        if facts["category"]:  # the name told what the column did not
            problems = [problem for problem in problems if problem.reason.id != "category.unknown"]
        problems += place.problems
        understood.append(_assembled(row, facts, place, problems))
    if regions is not None:
        claiming.claim(understood, places, regions, table.column_of)
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
