"""Cells of one column -> typed values. A column is looked at as a whole before any of its cells is read: whether
`1.234` is a thousand, or `03/04/2024` in April, is said by its neighbours.

Each reader takes the raw cells of a column and returns a `Reading` for each, aligned; none raises for a cell.
"""

import math
import re
from collections.abc import Sequence
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
                    "#n/a", "#ref!", "#value!", "#div/0!", "kosong", "belum", "."})

MONTHS = {name: number for number, names in enumerate((
    "januari jan january", "februari feb pebruari february", "maret mar march", "april apr", "mei may",
    "juni jun june", "juli jul july", "agustus agu ags agt aug august", "september sep sept", "oktober okt oct october",
    "november nov nop nopember", "desember des dec december"), start=1) for name in names.split()}
EXCEL_EPOCH = date(1899, 12, 30)
CENTURY = 2000

SCALES = {"ribu": 3, "rb": 3, "k": 3, "juta": 6, "jt": 6, "million": 6, "mio": 6, "miliar": 9, "milyar": 9,
          "milliar": 9, "m": 9, "billion": 9, "triliun": 12, "trilyun": 12, "t": 12}
_MONEY = re.compile(r"""^(?P<minus>[-–−(]\s*)?(?:rp\.?|idr|php|₱|usd|\$)?\s*\.?\s*(?P<minus2>[-–−]\s*)?
    (?P<digits>\d[\d.,' \u00a0]*?)\s*(?:[.,]\s*[-–=]+)?\s*(?P<scale>[a-z]+)?\.?\s*(?:,-|rupiah|rp|idr|php|\))?\s*$""",
                    re.VERBOSE | re.IGNORECASE)
MOST_MONEY = Decimal(10) ** 16


def is_absent(cell: Cell) -> bool:
    """Whether a cell says nothing: blank, a dash, "belum ada"."""
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in ABSENT)


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
    if mark and not re.search(rf"^\d{{1,3}}\{mark}\d{{3}}$", text):
        return mark
    return None


def read_money(cells: Sequence[Cell], currency: str, unit: Decimal = Decimal(1),
               ids: frozenset[str] = frozenset()) -> list[Reading]:
    """Exact Decimals: whole rupiah, two decimals in every other currency; `ids` are the ids of the file's rows.

    A text that names another row's id ("MYCA with Project ID P00444687MN") is a note: the money stands there.
    """
    parts = [_money_parts(cell) for cell in cells]
    told = {mark_of(found[1]) for found in parts if found and found[1]} - {None}
    usual = told.pop() if len(told) == 1 else None
    if usual is None and currency != "IDR":
        usual = "."
    return [_money(cell, found, usual, currency, unit, ids) for cell, found in zip(cells, parts, strict=True)]


def _money_parts(cell: Cell) -> tuple[bool, str, str] | None:
    """Whether a minus stands before it, the digits with their marks, the word of scale."""
    if not isinstance(cell, str):
        return None
    found = _MONEY.match(cell.strip()[:80])
    if not found:
        return None
    return bool(found["minus"] or found["minus2"]), found["digits"].strip(), (found["scale"] or "").lower()


def _money(cell: Cell, parts: tuple[bool, str, str] | None, usual: str | None, currency: str, unit: Decimal,
           ids: frozenset[str]) -> Reading:
    if is_absent(cell):
        return NOTHING
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            return Reading(fault=Sentence("money.unreadable"))
        return _checked_money(Decimal(repr(cell)) * unit, cell < 0, currency)
    if parts is None or isinstance(cell, date):
        words = re.split(r"[\s,;:()]+", str(cell))
        other = next((word for word in words if word in ids), None)
        if other:
            return Reading(note=Sentence("money.elsewhere", {"id": other}))
        return Reading(fault=Sentence("money.unreadable"))
    minus, digits, scale = parts
    if scale and scale not in SCALES:
        return Reading(fault=Sentence("money.unreadable"))
    value = number(digits, usual if not scale else ("," if "," in digits else None))
    if value is None:
        return Reading(fault=Sentence("money.unreadable"))
    return _checked_money(value * (Decimal(10) ** SCALES[scale] if scale else unit), minus, currency)


def _checked_money(value: Decimal, minus: bool, currency: str) -> Reading:
    if (minus or value < 0) and value:
        return Reading(fault=Sentence("money.negative"))
    if value >= MOST_MONEY:
        return Reading(fault=Sentence("money.too_much"))
    exact = value.quantize(Decimal(1) if currency == "IDR" else Decimal("0.01"))
    note = Sentence("money.rounded", {"amount": str(exact)}) if exact != value else None
    return Reading(exact, note=note)


def read_years(cells: Sequence[Cell], first: int, last: int) -> list[Reading]:
    """Years between `first` and `last`; an absurd one is a fault, two in one cell are a note."""
    return [_year(cell, first, last) for cell in cells]


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
        if not found and (short := re.fullmatch(r"\s*'?(\d\d)\s*", cell)):
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
    numeric = [_numeric_parts(cell) for cell in cells]
    orders = {"dmy" if one[0] > 12 else "mdy" for one in numeric if one and (one[0] > 12) != (one[1] > 12)}
    order = None if len(orders) > 1 else orders.pop() if orders else "assumed"
    return [_date(cell, parts, order, day_first, last_year) for cell, parts in zip(cells, numeric, strict=True)]


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
    found = [re.search(r"-?\d[\d.,]*", cell[:80]) if isinstance(cell, str) else None for cell in cells]
    told = {mark_of(one[0].lstrip("-")) for one in found if one} - {None}
    usual = told.pop() if len(told) == 1 else "."
    readings = []
    for cell, one in zip(cells, found, strict=True):
        value = None
        if isinstance(cell, int | float) and math.isfinite(cell) and abs(cell) < 1e12:
            value = Decimal(repr(cell))
        elif one:
            value = number(one[0], usual)
        if value is not None and abs(value) >= Decimal(10) ** 12:
            value = None
        unread = value is None and not is_absent(cell)
        readings.append(Reading(value, note=Sentence("number.unreadable") if unread else None))
    return readings


def read_choices(cells: Sequence[Cell], column: str) -> list[Reading]:
    """Codes of a closed list, from codes, words and the spellings people use; an unknown one is a note."""
    return [NOTHING if is_absent(cell) else _choice(str(cell).strip()[:200], column) for cell in cells]


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
    readings = []
    for cell in cells:
        text = "" if is_absent(cell) else re.sub(r"\s+", " ", shown(cell, 300)).strip()
        readings.append(Reading(clean(text) or None) if text else NOTHING)
    return readings


def region_code(text: str) -> str:
    """`3510012001`, `35.10.01.2001.` -> `35.10.01.2001`; anything else stays as it is."""
    digits = re.sub(r"[.\s]", "", text)
    if not re.fullmatch(r"\d{2}(\d{2}(\d{2}(\d{4})?)?)?", digits):
        return text
    return ".".join(filter(None, (digits[:2], digits[2:4], digits[4:6], digits[6:])))


def activity_code(text: str) -> str:
    """`02.03.10.` -> `2.3.10`; anything else stays as it is."""
    if not re.fullmatch(r"\d{1,2}(?:\.\d{1,2}){1,4}\.?", text):
        return text
    return ".".join(str(int(part)) for part in text.strip(".").split("."))


def neighbourhood(text: str) -> str:
    """`RT. 002` -> `2`; a text without a number says nothing."""
    found = re.search(r"\d{1,3}", text)
    return str(int(found[0])) if found else ""
