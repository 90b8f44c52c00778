"""Rows -> what they say: typed facts, a place, and every problem at once.

Columns are read whole, then each row is put together from the readings; nothing here raises for a row.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from geo import budgets, claiming, locating, money, quantities, values, vocabulary
from geo.coordinates import Bounds
from geo.locating import Located
from geo.region_names import plain_name
from geo.schema import COLUMN
from geo.sentences import Sentence
from geo.tables import LIMITS, Limits, Problem, Row, Severity, Table, Understood
from geo.values import NOTHING, Reading

if TYPE_CHECKING:
    from geo.regions import Regions  # a file can be read without loading geopandas

TOTAL = re.compile(r"(?:sub ?)?(?:total|jumlah)\b.{0,40}|grand total", re.IGNORECASE)
SECTION = re.compile(r"(?:(?:[ivx]{1,4}|[a-h]|\d(?:\.\d)?)[.)]?\s+)?(?:sub\s*)?bidang\b.{0,80}", re.IGNORECASE)
CLOSING = re.compile(
    r"(?:mengetahui|menyetujui|disetujui|disahkan|dibuat oleh|kepala desa|lurah|kades|sekretaris desa|sekdes|camat|"
    r"ketua (?:tpk|bpd|lpmd?|tim)|pendamping desa|nip\b|ttd|terbilang|catatan|ket(?:erangan)?\s*:|sumber(?: data)?\s*:)"
    r".{0,80}|[a-z][a-z ]{2,30},\s*(?:\d{1,2}|\.{2,})?\s*[a-z]*\s*20\d\d", re.IGNORECASE)
RUN_NO_MORE = re.compile(r"'[=+\-@]")
"""The apostrophe that keeps a spreadsheet from running a text; an export of ours puts it there, it is no part of it."""
FEW_CELLS = 2
MISSING = frozenset({"coordinate.lat_missing", "coordinate.lon_missing"})
SHORE = 0.01  # degrees, about a kilometre
DATE_YEARS_AHEAD = 10
SAID_EVERY = 4_000


def understand(table: Table, *, currency: str = "IDR", regions: "Regions | None" = None,
               bounds: Sequence[float] | None = None, limits: Limits = LIMITS,
               today: date | None = None, say: Callable[[int, int], None] | None = None) -> list[Understood]:
    """What every row of a table says, aligned with `table.rows`; every problem is collected, none stops the rest.

    `bounds` (west, south, east, north in degrees) is where the works are, else the bounds of `regions`, else what
    the file's own points show. `currency` decides how money is written and rounded. `say` hears (rows done, rows in
    all) between columns and every few thousand rows; what it raises ends the work.
    """
    today = today or date.today()
    box = _box(regions, bounds)
    column_of = table.column_of
    readings: list[tuple[str, str, list[Reading]]] = []
    for meaning, column in column_of.items():
        if COLUMN[meaning].type not in ("lon", "lat", "geometry"):
            readings.append((meaning, column, _readings(table, meaning, currency, limits, today)))
            if say:
                say(0, len(table.rows))
    places = locating.locate(table, box)
    repeated = _repeated(next((column for meaning, _, column in readings if meaning == "id"), []))
    own_problems = _by_row(table)
    facts_of, problems_of = _said(table, readings)
    understood = []
    closing = False
    for position, (row, place) in enumerate(zip(table.rows, places, strict=True)):
        if say and not position % SAID_EVERY:
            say(position, len(table.rows))
        facts = facts_of[position]
        problems = own_problems.get((row.sheet, row.number), []) + problems_of.get(position, [])
        closing = _finish_name(row, facts, table, problems, closing)
        _complete(row, facts, table, repeated, problems)
        facts["category"] = facts["category"] or table.title_category_of.get(row.sheet or "", table.title_category)
        if facts["category"]:  # the name told what the column did not
            problems = [problem for problem in problems if problem.reason.id != "category.unknown"]
        if any(problem.reason.id == "cell.error" for problem in problems):  # which is why an axis is missing
            place.problems[:] = [one for one in place.problems if one.reason.id not in MISSING]
        one = _assembled(row, facts, place, problems + place.problems)
        if "revised_amount" in facts:
            budgets.take_revised(one, column_of["revised_amount"])
        understood.append(one)
    budgets.take_codes(understood, table, regions)
    if regions is not None:
        _claim_by_sheet(understood, table, regions)
        claiming.claim(understood, places, regions, column_of)
    return understood


def _claim_by_sheet(understood: Sequence[Understood], table: Table, regions: "Regions") -> None:
    """Where no column names the village, a sheet that is called just as one village says it, with a note."""
    if not table.sheets or {"village", "village_code"} & set(table.column_of):
        return
    called = {name for name in table.sheets if name and len(codes := regions.by_name(name)) == 1 and plain_name(
        regions.name_of(codes[0]) or "") == plain_name(name)}
    for one in understood:
        if one.row.sheet in called:
            one.facts["village"] = one.row.sheet
            one.problems.append(Problem(one.row.number, None, None, Sentence(
                "region.from_sheet", {"village": one.row.sheet}), sheet=one.row.sheet, severity="note"))


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
    if meaning == "volume":
        unit = table.column_of.get("unit")
        return quantities.read_volumes(cells, column, [row.values.get(unit) for row in table.rows] if unit else None)
    if COLUMN[meaning].type in ("text", "code"):
        cells = [cell[1:] if isinstance(cell, str) and RUN_NO_MORE.match(cell) else cell for cell in cells]
    match COLUMN[meaning].type:
        case "money":
            factor = next(one.unit for one in table.recognised if one.column == column)
            return money.read_money(cells, currency, factor, _ids(table))
        case "year":
            return values.read_years(cells, *limits.years(today))
        case "date":
            return values.read_dates(cells, currency == "IDR", today.year + DATE_YEARS_AHEAD)
        case "number":
            return values.read_numbers(cells)
        case "choice":
            return values.read_choices(cells, meaning)
        case "code":
            return values.read_codes(cells, meaning)
    return values.each(cells, lambda cell: NOTHING if values.is_absent(cell) else Reading(" ".join(str(cell).split())))


def _ids(table: Table) -> frozenset[str]:
    column = table.column_of.get("id")
    return frozenset(str(row.values[column]).strip() for row in table.rows
                     if row.values.get(column)) if column else frozenset()


def _repeated(ids: Sequence[Reading]) -> frozenset[str]:
    return frozenset(one for one, times in Counter(reading.value for reading in ids).items() if one and times > 1)


def _by_row(table: Table) -> dict[tuple[str | None, int], list[Problem]]:
    """Problems of the file that name a row of a sheet: a feature's broken geometry, a cell that is too long."""
    found: dict[tuple[str | None, int], list[Problem]] = {}
    for problem in table.problems:
        if problem.row is not None:
            found.setdefault((problem.sheet or table.sheet, problem.row), []).append(problem)
    return found


def _said(table: Table, readings: Sequence[tuple[str, str, list[Reading]]],
          ) -> tuple[list[dict[str, Any]], dict[int, list[Problem]]]:
    """Facts of each row, aligned, and the problems of those that have some, by their place."""
    facts: list[dict[str, Any]] = [{} for _ in table.rows]
    problems: dict[int, list[Problem]] = {}
    for meaning, column, of_column in readings:
        for position, (value, fault, note) in enumerate(of_column):
            if value is not None:
                facts[position][meaning] = value
            if fault is None and note is None:
                continue
            row = table.rows[position]
            told: tuple[tuple[Sentence | None, Severity], ...] = ((fault, "fault"), (note, "note"))
            problems.setdefault(position, []).extend(
                Problem(row.number, column, values.shown(row.values.get(column)), reason, sheet=row.sheet,
                        severity=severity) for reason, severity in told if reason is not None)
    return facts, problems


def _told(row: Row, column_of: dict[str, str], meaning: str, reason: Sentence,
          severity: Severity = "note") -> Problem:
    column = column_of.get(meaning)
    text = values.shown(row.values[column]) if column and row.values.get(column) is not None else None
    return Problem(row.number, column, text, reason, sheet=row.sheet, severity=severity)


def _finish_name(row: Row, facts: dict[str, Any], table: Table, problems: list[Problem],
                 closing: bool) -> bool:
    """Whether a row is a work at all: totals, titles of sections and the signatures below a table are none.

    Answers whether the table has come to its closing lines.
    """
    name = facts.setdefault("name", "")
    words = name or next((cell.strip() for cell in row.values.values() if isinstance(cell, str) and cell.strip()), "")
    reason = None
    if TOTAL.fullmatch(words) or (not name and any(isinstance(cell, str) and TOTAL.fullmatch(cell.strip())
                                                   for cell in row.values.values())):
        reason = "row.total"
    elif SECTION.fullmatch(words):
        reason = "row.section"
    elif "amount" not in facts and (closing or CLOSING.fullmatch(words)) and _few(row, table):
        reason, closing = "row.section", True
    elif not name:
        reason = "name.missing"
    if reason:
        problems.append(_told(row, table.column_of, "name", Sentence(reason), "fault"))
    return closing


def _few(row: Row, table: Table) -> bool:
    said = [column for column, cell in row.values.items() if cell is not None and column not in table.stated]
    return len(said) <= FEW_CELLS < len(row.values) and row.geometry is None


def _complete(row: Row, facts: dict[str, Any], table: Table, repeated: frozenset[str],
              problems: list[Problem]) -> None:
    """Facts that follow from others: the id that repeats, the largest fund, the category a name speaks of."""
    column_of = table.column_of
    if facts.get("id") in repeated:
        facts["source_id"] = facts["id"]
        facts["id"] = f"{facts['id']}#{table.place_of(row)}"
        problems.append(_told(row, column_of, "id", Sentence("id.repeated", {
            "id": facts["source_id"], "new": facts["id"]})))
    if funds := facts.get("fund"):
        facts["fund"] = funds[0]
        if len(funds) > 1:
            facts["fund_shares"] = tuple((fund, None) for fund in funds)
    facts["category"] = facts.get("category") or vocabulary.category_of(facts["name"])
    if not facts.get("year"):
        dated = facts.get("start_date") or facts.get("end_date")
        if dated and "year" not in column_of:
            facts["year"] = dated.year
            problems.append(_told(row, column_of, "start_date", Sentence("year.from_date", {"year": dated.year})))
    if unit := facts.get("unit"):
        facts["unit"] = quantities.unit_named(unit) or unit
    if quantity := facts.get("volume"):
        facts["volume"], facts["unit"] = quantity.value, quantity.unit or facts.get("unit")
    if "rt" in facts and "rw" not in column_of:
        facts["rw"] = values.second_of_pair(row.values[column_of["rt"]])
    accuracy: Decimal | None = facts.get("accuracy_m")
    if accuracy is not None and not 0 < accuracy < 100_000:
        del facts["accuracy_m"]


def _assembled(row: Row, facts: dict[str, Any], place: Located, problems: list[Problem]) -> Understood:
    for meaning in ("category", "unit", "rw"):
        if facts.get(meaning, "") is None:
            del facts[meaning]
    accuracy_m = place.accuracy_m
    method = place.method
    if accuracy_m is None and facts.get("accuracy_m") is not None:
        accuracy_m = float(facts["accuracy_m"])
        method = "gps" if method == "file" else method
    if place.geometry is None:
        accuracy_m = None
    return Understood(row, facts, place.geometry, method, accuracy_m, place.how, problems)
