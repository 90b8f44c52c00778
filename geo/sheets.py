"""The Excel template that people fill in: headings the reader knows, drop-downs, one example row, and notes."""

import io
from datetime import date

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from geo.schema import CATEGORIES, FUNDS, STAGES
from geo.sentences import worded, words

TEMPLATE_COLUMNS = (
    "id", "name", "category", "activity_code", "year", "stage", "fund", "amount", "village", "district",
    "village_code", "place", "rt", "rw", "lat", "lon", "accuracy_m", "contractor", "start_date", "end_date",
)
CHOICES = {"category": tuple(one.code for one in CATEGORIES), "fund": FUNDS, "stage": STAGES}
TEXT_COLUMNS = frozenset({"id", "activity_code", "village_code", "rt", "rw"})
WIDE = {"name": 52, "place": 30, "fund": 24, "category": 20, "amount": 16}
FILLED_ROWS = 2_000


def template(language: str = "id") -> bytes:
    """An .xlsx with the sheet to fill in, a sheet of notes, and the lists behind the drop-downs (hidden).

    What is filled in is understood by `geo.rows.read` without any mapping, in every language.
    """
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        works = book.add_worksheet(worded("sheet.works", language))
        notes = book.add_worksheet(worded("sheet.notes", language))
        lists = book.add_worksheet(worded("sheet.choices", language))
        _write_lists(lists, language)
        _write_works(book, works, lists.get_name(), language)
        _write_notes(book, notes, language)
        lists.hide()
        works.activate()
    return written.getvalue()


def _write_lists(sheet: Worksheet, language: str) -> None:
    for column, (name, codes) in enumerate(CHOICES.items()):
        for row, code in enumerate(codes):
            sheet.write_string(row, column, worded(f"{name}.{code}", language))


def _write_works(book: Workbook, sheet: Worksheet, lists: str, language: str) -> None:
    head = book.add_format({"bold": True, "bg_color": "#e3eeee", "border": 1, "text_wrap": True, "valign": "top"})
    example = book.add_format({"italic": True, "font_color": "#5a6673"})
    formats = {"text": book.add_format({"num_format": "@"}), "money": book.add_format({"num_format": "#,##0"}),
               "day": book.add_format({"num_format": "yyyy-mm-dd"}),
               "degrees": book.add_format({"num_format": "0.000000"})}
    for place, name in enumerate(TEMPLATE_COLUMNS):
        shape = formats["text"] if name in TEXT_COLUMNS else formats["money"] if name == "amount" else (
            formats["day"] if name.endswith("_date") else formats["degrees"] if name in ("lat", "lon") else None)
        sheet.set_column(place, place, WIDE.get(name, 14), shape)
        sheet.write_string(0, place, worded(f"column.{name}", language), head)
        if name in CHOICES:
            column = chr(ord("A") + list(CHOICES).index(name))
            sheet.data_validation(1, place, FILLED_ROWS, place, {
                "validate": "list", "source": f"='{lists}'!${column}$1:${column}${len(CHOICES[name])}"})
    for place, name in enumerate(TEMPLATE_COLUMNS):
        value = _example(name, language)
        if isinstance(value, date):
            sheet.write_datetime(1, place, value, book.add_format({
                "num_format": "yyyy-mm-dd", "italic": True, "font_color": "#5a6673"}))
        elif value is not None:
            sheet.write(1, place, value, example)
    sheet.freeze_panes(1, 2)


def _example(name: str, language: str) -> str | int | float | date | None:
    today = date.today()
    return {
        "name": worded("sheet.example_name", language), "category": worded("category.drainage", language),
        "activity_code": "2.3.14", "year": today.year, "stage": worded("stage.planned", language),
        "fund": worded("fund.DDS", language), "amount": 187_500_000, "village": "Sarongan",
        "district": "Pesanggaran", "village_code": "35.10.01.2001",
        "place": worded("sheet.example_place", language), "rt": "02", "rw": "01", "lat": -8.498369,
        "lon": 113.904168, "accuracy_m": 5, "contractor": worded("sheet.example_contractor", language),
        "start_date": date(today.year, 3, 1), "end_date": date(today.year, 6, 30),
    }.get(name)


def _write_notes(book: Workbook, sheet: Worksheet, language: str) -> None:
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 0, 24, bold)
    sheet.set_column(1, 1, 90)
    noted = [name for name in TEMPLATE_COLUMNS if f"sheet.note.{name}" in words(language)]
    for row, name in enumerate(noted):
        sheet.write_string(row, 0, worded(f"column.{name}", language))
        sheet.write_string(row, 1, worded(f"sheet.note.{name}", language))
