"""What an export says of itself, and how rows of the database become its batches: words in the reader's language."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from app.db import Connection
from app.queries import installation
from app.queries.exported import Column, Counted, Source
from app.settings import Settings
from geo.exports import Batch, Field, Note, Table
from geo.exports.shapes import read
from geo.sentences import Sentence, worded, words

DECIMAL_COMMA = frozenset({"id"})
"""Languages whose spreadsheets write a decimal comma and part columns with a semicolon."""


class Batches:
    """The rows of a cursor as batches, counted on the way: `rows`, `without_point`, `draft_regions`."""

    def __init__(self, source: Source, rows: Iterator[list[tuple]], language: str, currency: str) -> None:
        self._rows, self._language, self._currency = rows, language, currency
        self._sentences = [place for place, one in enumerate(source.columns) if one.kind == "sentence"]
        self.rows = self.without_point = 0
        self.draft_regions: set[int] = set()

    def __iter__(self) -> Iterator[Batch]:
        for rows in self._rows:
            *columns, shapes, drafts = zip(*rows, strict=True)
            for place in self._sentences:
                columns[place] = [None if one is None else worded(
                    Sentence.from_json(one), self._language, self._currency) for one in columns[place]]
            self.rows += len(rows)
            self.without_point += sum(shape is None for shape in shapes)
            self.draft_regions.update(region for regions in drafts if regions for region in regions)
            yield Batch(columns, read(list(shapes)))


def note(connection: Connection, settings: Settings, source: Source, wanted: object, by: str, counted: Counted,
         language: str) -> Note:
    """Filter, person and time; how many rows, and how many of them have no place."""
    now = datetime.now(UTC)
    said = [(worded(heading, language), ", ".join(_word(one, language) for one in values))
            for heading, values in source.describe(connection, wanted)]
    lines = [
        *([(worded("export.office", language), settings.office)] if settings.office else []),
        (worded("export.by", language), by),
        (worded("export.at", language), format_datetime(
            now.astimezone(ZoneInfo(settings.timezone)),
            "d MMM y HH.mm zzz" if language == "id" else "d MMM y HH:mm zzz", locale=language)),
        *(said or [(worded("export.filter", language), worded("export.filter.none", language))]),
        (worded("export.rows", language), worded(Sentence("export.rows.n", {"n": counted.rows}), language)),
        *([(worded("export.without_point", language), worded(
            Sentence("export.without_point.n", {"n": counted.without_point}), language))]
          if counted.without_point else []),
        (worded("export.places", language), worded(f"export.places.{source.name}", language)),
        *([(worded("export.nature", language), worded(f"export.nature.{source.name}", language))]
          if f"export.nature.{source.name}" in words(language) else [])]
    facts = {"list": source.name, "query": wanted.query_string(), "by": by, "at": now.isoformat(timespec="seconds"),
             "rows": counted.rows, "without_point": counted.without_point, "currency": settings.currency,
             "language": language}
    invented = installation.is_demonstration(connection)
    return Note(worded(f"export.title.{source.name}", language), lines, facts,
                worded("export.demonstration", language) if invented else None)


def _word(value: object, language: str) -> str:
    return worded(Sentence.from_json(value), language) if isinstance(value, dict) else str(value)


def table(source: Source, note: Note, batches: Batches, rows: int, language: str, said: Callable[[int], None]) -> Table:
    """The table that a format writes."""
    return Table(
        source.name, fields(source.columns, language), note, iter(batches), rows,
        {"sheet": worded(f"export.sheet.{source.name}", language), "notes": worded("export.notes", language),
         "heading": worded("export.heading", language), "machine_heading": worded("export.machine_heading", language),
         "too_long": worded("export.too_long", language), "lat": worded("column.lat", language),
         "lon": worded("column.lon", language), "wkt": "WKT", "pantau_note": worded("export.note", language),
         "demonstration": worded("export.demonstration_column", language)},
        language in DECIMAL_COMMA, said)


def fields(columns: Sequence[Column], language: str) -> list[Field]:
    """The columns with their headings and the words of their codes."""
    return [Field(one.name, worded(one.heading_id, language), "text" if one.kind == "sentence" else one.kind,  # type: ignore[arg-type]
                  {code: worded(f"{one.subject}.{code}", language) for code in one.codes}) for one in columns]
