"""Cells of one column -> typed values; money and volumes have modules of their own.

A column is looked at as a whole before any of its cells is read: whether `1.234` is a thousand, or `03/04/2024` in
April, is said by its neighbours. Each reader takes the raw cells of a column and returns a `Reading` for each, aligned;
none raises for a cell.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from geo import vocabulary
from geo.sentences import Sentence
from geo.tables import Cell


class Reading(NamedTuple):
    """What a cell says: a value or None, and a fault or a note about it."""

    value: Any = None
    fault: Sentence | None = None
    note: Sentence | None = None


NOTHING = Reading()
ABSENT = frozenset({"", "-", "--", "---", "n/a", "na", "nan", "null", "none", "nihil", "tidak ada", "belum ada", "?",
                    "kosong", "belum", ".",
                    "#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#getting_data", "err:502"})
ERROR = re.compile(r"\s*(?:#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|GETTING_DATA)|Err:\d{3})\s*", re.IGNORECASE)
"""What a spreadsheet writes where a formula failed."""

MONTHS = {name: number for number, names in enumerate((
    "januari jan january", "februari feb pebruari february", "maret mar march", "april apr", "mei may",
    "juni jun june", "juli jul july", "agustus agu ags agt aug august", "september sep sept", "oktober okt oct october",
    "november nov nop nopember", "desember des dec december"), start=1) for name in names.split()}
EXCEL_EPOCH = date(1899, 12, 30)
CENTURY = 2000

def each(cells: Sequence[Cell], read: Callable[[Cell], Reading]) -> list[Reading]:
    """The reading of each cell; what stands in a column many times is read once."""
    known: dict[tuple[type, Cell], Reading] = {}
    readings = []
    for cell in cells:
        if cell is None:
            readings.append(NOTHING)
            continue
        key = (cell.__class__, cell)
        reading = known.get(key)
        if reading is None:
            reading = known[key] = read(cell)
        readings.append(reading)
    return readings


def is_absent(cell: Cell) -> bool:
    """Whether a cell says nothing: blank, a dash, "belum ada"."""
    if cell is None:
        return True
    if not isinstance(cell, str) or len(cell) > 20 or cell[:1].isdigit():
        return False
    return cell.strip().lower() in ABSENT


def shown(cell: Cell, most: int = 120) -> str:
    """A cell as text for a person, cut to a length that a table can hold."""
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    return text if len(text) <= most else text[: most - 1] + "…"


def number(text: str, decimal_mark: str | None) -> Decimal | None:
    """A number whose decimal mark is known, or told by the number itself; None where it is no number.

    With `decimal_mark` None a single mark before exactly three digits is a thousands mark.

    >>> number("1.234.567,50", None), number("17961569.07", None), number("1.234", None), number("1.234", ".")
    (Decimal('1234567.50'), Decimal('17961569.07'), Decimal('1234'), Decimal('1.234'))
    """
    text = re.sub(r"[\s'\u00a0]", "", text)
    mark = mark_of(text) or decimal_mark
    if mark:
        other = "," if mark == "." else "."
        whole, _, part = text.rpartition(mark) if text.count(mark) == 1 else (text, "", "")
        text = f"{whole.replace(other, '').replace(mark, '')}.{part}" if part else whole or text
        text = text.replace(other, "") if not part else text
    else:
        text = text.replace(".", "").replace(",", "")
    try:
        return Decimal(text.rstrip(".,"))
    except InvalidOperation:
        return None


def mark_of(text: str) -> str | None:
    """The decimal mark a number tells by itself: the last of two kinds, or one not before exactly three digits.

    A mark that comes more than once only parts thousands, so the other kind must be the decimal mark.
    """
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return "." if text.rfind(".") > text.rfind(",") else ","
    if dots > 1 or commas > 1:
        return "," if dots else "."
    mark = "." if dots else "," if commas else None
    if mark and (text.startswith("0") or not re.search(rf"^\d{{1,3}}\{mark}\d{{3}}$", text)):
        return mark
    return None


def read_years(cells: Sequence[Cell], first: int, last: int) -> list[Reading]:
    """Years between `first` and `last`; an absurd one is a fault, two in one cell are a note."""
    return each(cells, lambda cell: _year(cell, first, last))


_SHORT_YEAR = re.compile(r"\s*(?:t\.?\s*a\.?|tahun|thn\.?)?\s*'?(\d\d)\s*", re.IGNORECASE)


def _year(cell: Cell, first: int, last: int) -> Reading:
    if cell is None or is_absent(cell):
        return NOTHING
    if isinstance(cell, date):
        found = [cell.year]
    elif isinstance(cell, int | float):
        if not math.isfinite(cell) or cell != int(cell):
            return Reading(fault=Sentence("year.unreadable"))
        found = [int(cell)]
    else:
        found = [int(text) for text in re.findall(r"(?<!\d)\d{4}(?!\d)", cell[:200])]
        if not found and (short := _SHORT_YEAR.fullmatch(cell)):
            found = [CENTURY + int(short[1])]
        if not found and (whole := re.fullmatch(r"\s*(\d{1,9})(?:[.,]0+)?\s*", cell)):
            found = [int(whole[1])]
    if not found:
        return Reading(fault=Sentence("year.unreadable"))
    if not first <= found[0] <= last:
        return Reading(fault=Sentence("year.absurd", {"first": first, "last": last}))
    note = Sentence("year.several", {"year": found[0]}) if len(set(found)) > 1 else None
    return Reading(found[0], note=note)


def read_dates(cells: Sequence[Cell], day_first: bool, last_year: int) -> list[Reading]:
    """Dates in every usual writing; the order of `3/4/2024` is told by the column, else by `day_first`.

    Where the column tells both orders, a cell that could be either is a fault.
    """
    numeric = [_numeric_parts(cell) for cell in {cell for cell in cells if isinstance(cell, str)}]
    orders = {"dmy" if one[0] > 12 else "mdy" for one in numeric if one and (one[0] > 12) != (one[1] > 12)}
    order = None if len(orders) > 1 else orders.pop() if orders else "assumed"
    return each(cells, lambda cell: _date(cell, _numeric_parts(cell), order, day_first, last_year))


def _numeric_parts(cell: Cell) -> tuple[int, int, int] | None:
    if not isinstance(cell, str):
        return None
    found = re.match(r"^\s*(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})(?!\d)", cell)
    if not found:
        return None
    year = int(found[3])
    return int(found[1]), int(found[2]), year if year > 99 else CENTURY + year


def _date(cell: Cell, parts: tuple[int, int, int] | None, order: str | None, day_first: bool,
          last_year: int) -> Reading:
    if is_absent(cell):
        return NOTHING
    if parts is not None:
        return _ordered(parts, order, day_first, last_year)
    day = _plain_date(cell)
    if day is None:
        return Reading(fault=Sentence("date.unreadable"))
    return _checked_date(day, last_year)


def _ordered(parts: tuple[int, int, int], order: str | None, day_first: bool, last_year: int) -> Reading:
    first, second, year = parts
    note = None
    if first > 12 or second > 12:
        order = "dmy" if first > 12 else "mdy"
    elif first == second:
        order = "dmy"
    elif order is None:
        return Reading(fault=Sentence("date.unknown_order"))
    elif order == "assumed":
        order = "dmy" if day_first else "mdy"
        note = Sentence("date.assumed_day_first" if day_first else "date.assumed_month_first")
    day, month = (first, second) if order == "dmy" else (second, first)
    try:
        return _checked_date(date(year, month, day), last_year, note)
    except ValueError:
        return Reading(fault=Sentence("date.unreadable"))


def _plain_date(cell: Cell) -> date | None:
    """Dates that tell their own order: real ones, Excel's day numbers, year first, months by name."""
    if cell is None or isinstance(cell, date):
        return cell
    try:
        if isinstance(cell, int | float):
            return EXCEL_EPOCH + timedelta(days=int(cell)) if 20_000 <= cell <= 80_000 else None
        text = cell.strip().lower()[:60]
        if found := re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if re.fullmatch(r"\d{5}(?:[.,]\d+)?", text):
            return _plain_date(int(text[:5]))
        words = re.findall(r"[a-z]+|\d+", text)
        month = next((MONTHS[word] for word in words if word in MONTHS), None)
        numbers = [int(word) for word in words if word.isdecimal()]
        if month and len(numbers) >= 2 and numbers[1] > 99:
            return date(numbers[1], month, numbers[0])
        if month and len(numbers) == 2:
            return date(CENTURY + numbers[1], month, numbers[0])
        if month and len(numbers) == 1 and numbers[0] > 99:
            return date(numbers[0], month, 1)
    except (ValueError, OverflowError):
        return None
    return None


def _checked_date(day: date, last_year: int, note: Sentence | None = None) -> Reading:
    if not 1990 <= day.year <= last_year:
        return Reading(fault=Sentence("date.absurd", {"year": day.year}))
    return Reading(day, note=note)


def read_numbers(cells: Sequence[Cell]) -> list[Reading]:
    """Plain numbers with or without a unit behind them ("120 m", "3,5"); a column is read with one decimal mark.

    Not being a number is a note: volume and accuracy are never a reason to leave a work out.
    """
    told = {mark_of(one[0].lstrip("-")) for cell in {cell for cell in cells if isinstance(cell, str)}
            if (one := _NUMBER.search(cell[:80]))} - {None}
    usual = told.pop() if len(told) == 1 else "."
    return each(cells, lambda cell: _number(cell, usual))


_NUMBER = re.compile(r"-?\d[\d.,]*")
MOST_NUMBER = Decimal(10) ** 12


def _number(cell: Cell, usual: str | None) -> Reading:
    value = None
    if isinstance(cell, int | float):
        value = Decimal(repr(cell)) if math.isfinite(cell) else None
    elif isinstance(cell, str) and (found := _NUMBER.search(cell[:80])):
        value = number(found[0], usual)
    if value is not None and abs(value) < MOST_NUMBER:
        return Reading(value)
    return NOTHING if is_absent(cell) else Reading(note=Sentence("number.unreadable"))


def read_choices(cells: Sequence[Cell], column: str) -> list[Reading]:
    """Codes of a closed list, from codes, words and the spellings people use; an unknown one is a note."""
    if column == "stage":
        cells = _shares(cells)
    return each(cells, lambda cell: NOTHING if is_absent(cell) else _choice(str(cell).strip()[:200], column))


def _shares(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Progress as Excel keeps a percentage, 0 to 1, as percent: only where a fraction shows that it is one."""
    numbers = {cell for cell in cells if isinstance(cell, int | float)}
    if not any(0 < one < 1 for one in numbers) or any(not 0 <= one <= 1 for one in numbers):
        return cells
    return [f"{cell * 100:.0f} %" if isinstance(cell, int | float) else cell for cell in cells]


def _choice(text: str, column: str) -> Reading:
    match column:
        case "fund":
            called = vocabulary.code_called(text, "fund")
            funds = (called,) if called else vocabulary.funds_of(text)
            return Reading(funds or ("DLL",), note=None if funds else Sentence("fund.unknown"))
        case "stage":
            code = vocabulary.code_called(text, "stage") or vocabulary.stage_of(text)
            return Reading(code, note=None if code else Sentence("stage.unknown"))
    code = vocabulary.category_by_word(text)
    return Reading(code, note=None if code else Sentence("category.unknown"))


def read_codes(cells: Sequence[Cell], column: str) -> list[Reading]:
    """Codes without the accidents of typing: no ".0" from a spreadsheet, no doubled blanks."""
    clean = {"village_code": region_code, "activity_code": activity_code, "rt": neighbourhood,
             "rw": neighbourhood}.get(column, lambda text: text)

    def read(cell: Cell) -> Reading:
        text = "" if is_absent(cell) else re.sub(r"\s+", " ", shown(cell, 300)).strip()
        return Reading(clean(text) or None) if text else NOTHING

    return each(cells, read)


def region_code(text: str) -> str:
    """`3510012001`, `35.10.01.2001.` -> `35.10.01.2001`; anything else stays as it is."""
    if re.fullmatch(r"\d{2}\.[12]\d{3}\.?", text):
        return text.rstrip(".")  # the finance system's own: district and village within the regency
    digits = re.sub(r"[.\s]", "", text)
    if not re.fullmatch(r"\d{2}(\d{2}(\d{2}(\d{4})?)?)?", digits):
        return text
    return ".".join(filter(None, (digits[:2], digits[2:4], digits[4:6], digits[6:])))


def activity_code(text: str) -> str:
    """`02.03.10.` -> `2.3.10`, and so `01.2001.02.03.10.` whose first half is a village; anything else stays."""
    if parts := village_and_activity(text):
        return parts[1]
    if not re.fullmatch(r"\d{1,2}(?:\.\d{1,2}){1,4}\.?", text):
        return text
    return ".".join(str(int(part)) for part in text.strip(".").split("."))


def village_and_activity(text: str) -> tuple[str, str] | None:
    """Village and activity of a code of the finance system: district, village, field, sub-field, activity.

    >>> village_and_activity("01.2001.02.03.10.")
    ('01.2001', '2.3.10')
    """
    found = re.fullmatch(r"(\d{2}\.[12]\d{3})\.(\d{1,2}\.\d{1,2}\.\d{1,2})\.?", text)
    return (found[1], ".".join(str(int(part)) for part in found[2].split("."))) if found else None


def neighbourhood(text: str) -> str:
    """`RT. 002` -> `2`; a text without a number says nothing."""
    found = re.search(r"\d{1,3}", text)
    return str(int(found[0])) if found else ""


def second_of_pair(cell: Cell) -> str | None:
    """The RW of a cell that holds both: `02/01`, `RT 02 RW 01`.

    >>> second_of_pair("002/001"), second_of_pair("RT. 2 / RW. 1"), second_of_pair("02")
    ('1', '1', None)
    """
    found = re.match(r"\s*(?:rt)?[\s.]*\d{1,3}\s*[/\-,]?\s*(?:rw)?[\s.]*(?<!\d)(\d{1,3})\s*$", str(cell), re.IGNORECASE)
    return str(int(found[1])) if found else None
