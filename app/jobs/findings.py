"""A checked list as a sheet: every column of the file as it was, and behind them what was found of each row."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import xlsxwriter

from app.jobs import answers
from app.queries.check_results import Result
from geo.exports import text
from geo.model import strength
from geo.sentences import Sentence

Say = Callable[[Sentence | Mapping], str]
NAMES = ("finding", "kind", "work", "number", "fund", "year", "distance_m", "overlap_m", "reason", "alike_rows",
         "trouble", "check")
"""The columns behind those of the file; `Words.headings` are their headings."""
LONGEST_CELL, EXACT = 32_767, 10**15


class Words(NamedTuple):
    """What the sheet says in the reader's language."""

    headings: Sequence[str]
    nothing: str
    no_name: str
    not_compared: str
    row: str
    hidden: str
    blind: str


def lines(results: Iterable[tuple[Result, Collection[UUID], Mapping[int, UUID]]], columns: Sequence[str],
          own_regions: frozenset[int], say: Say, words: Words) -> Iterator[list[object]]:
    """The sheet line by line, the headings first. `results`: each with the works that the reader is to judge blind,
    and those that rows of the list have become."""
    yield [*columns, *words.headings]
    for result, blind, registered in results:
        answer = answers.shown(result.answer, own_regions, True, blind, registered)
        yield [*((result.cells or {}).get(column) for column in columns), *_finding(result, answer, say, words)]


def _finding(result: Result, answer: Mapping[str, Any], say: Say, words: Words) -> list[object]:
    trouble = "; ".join(f"{one['column']}: {say(one['reason'])}" if one["column"] else say(one["reason"])
                        for one in answer.get("problems", ())) or None
    rows = ", ".join(str(one["line"]) for one in answer["within"]) or None
    every = [*answer["alike"], *answer["within"]]
    refused = answers.not_searched(answer.get("problems", ()), result.question["shape"] is not None,
                                   answer["compared"])
    first_said = f"{say(refused)}: " if refused and answer["compared"] else ""
    if not every:
        return [first_said + (words.no_name if refused else words.nothing) if answer["compared"]
                else say(refused) if refused else words.not_compared, *[None] * 8, rows, trouble, result.number]
    first, blind = answers.strongest(answer)
    if blind:
        return [words.blind, *[None] * 9, trouble, result.number]
    kind = answers.kind_told(first, result.question["shape"] is not None)
    called = words.row.format(line=first["line"], name=first["name"]) if "line" in first else \
        first["name"] or words.hidden.format(village=first["village"])
    return [first_said + say(Sentence(f"strength.{strength(first['probability'])}")), say(Sentence(f"kind.{kind}")),
            called, first.get("number"), say(Sentence(f"fund.{first['fund']}")) if first.get("fund") else None,
            first.get("year"), _metres(first.get("distance_m")), _metres(first.get("overlap_m")),
            say(first["reason"]) if first.get("reason") else None, rows, trouble, result.number]


def _metres(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def csv_text(sheet: Iterable[Sequence[object]], comma: bool) -> Iterator[str]:
    """The sheet as CSV by the rules of geo.exports.text: UTF-8 with its mark, and with a decimal `comma` the
    separator `;`. No cell that a person typed becomes a formula; one that they typed as a number stays as typed."""
    yield "\ufeff"
    for line in sheet:
        written = io.StringIO()
        csv.writer(written, delimiter=";" if comma else ",").writerow([_cell(cell, comma) for cell in line])
        yield written.getvalue()


def _cell(cell: object, comma: bool) -> object:
    if isinstance(cell, float):
        return text.number(cell, comma)
    return text.harmless(cell) if isinstance(cell, str) and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def workbook(sheet: Iterable[Sequence[object]], own: int, sheet_name: str) -> bytes:
    """The sheet as .xlsx; the last `own` columns are ours. Text is written as text."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                       "strings_to_numbers": False, "nan_inf_to_errors": True}) as book:
        page = book.add_worksheet(sheet_name)
        head = book.add_format({"bold": True, "bg_color": "#e3eeee", "border": 1, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"valign": "top"})
        told = book.add_format({"valign": "top", "text_wrap": True, "bg_color": "#f6f4ee"})
        page.freeze_panes(1, 0)
        place, width = 0, 0
        for place, line in enumerate(sheet):
            if not place:
                width = len(line)
                page.set_column(0, max(width - own - 1, 0), 18)
                page.set_column(width - own, width - 1, 20)
            for column, cell in enumerate(line):
                _write(page, place, column, cell, head if not place else told if column >= width - own else plain)
        page.autofilter(0, 0, max(place, 1), max(width - 1, 0))
    return written.getvalue()


def _write(page: object, line: int, column: int, cell: object, look: object) -> None:
    if cell is None:
        page.write_blank(line, column, None, look)
    elif isinstance(cell, bool) or not isinstance(cell, int | float) or abs(cell) >= EXACT:
        page.write_string(line, column, str(cell)[:LONGEST_CELL], look)
    else:
        page.write_number(line, column, cell, look)
