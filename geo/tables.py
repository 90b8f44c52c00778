"""What a file becomes on its way to the map: a table of raw rows, then rows understood, with every problem kept.

Raw values stay as they were typed; what they were taken to mean stands beside them, never in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from geo.sentences import Sentence

Cell = str | int | float | date | None
Severity = Literal["fault", "note"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read at most; beyond it the file is refused, never cut in silence."""

    file_bytes: int = 200_000_000
    inflated_bytes: int = 400_000_000
    inflated_ratio: int = 400
    entries: int = 5_000
    rows: int = 200_000
    columns: int = 1_000
    cells: int = 10_000_000
    cell_characters: int = 20_000
    geometry_characters: int = 5_000_000
    vertices: int = 100_000
    child_seconds: int = 120
    child_memory_bytes: int = 3_000_000_000
    years_ahead: int = 3
    first_year: int = 2000

    def years(self, today: date) -> tuple[int, int]:
        """The first and the last budget year that a work may have."""
        return self.first_year, today.year + self.years_ahead


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a value might have meant: never applied unless a person says so.

    `how` is swap | sign | decimal | marks or several joined by `+`; `lon, lat` is the repaired point.
    """

    how: str
    lon: float
    lat: float
    reason: Sentence

    def to_json(self) -> dict[str, Any]:
        return {"how": self.how, "lon": self.lon, "lat": self.lat, "reason": self.reason.to_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Suggestion":
        return cls(stored["how"], stored["lon"], stored["lat"], Sentence.from_json(stored["reason"]))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, or worth knowing, about a row; `row` None speaks of the whole file.

    `column` is the heading as it stands in the file, `text` the value as it was typed. A row with notes only is
    a good row; one fault keeps it from being stored.
    """

    row: int | None
    column: str | None
    text: str | None
    reason: Sentence
    suggestion: Suggestion | None = None
    sheet: str | None = None
    severity: Severity = "fault"

    def to_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "text": self.text, "reason": self.reason.to_json(),
                "suggestion": self.suggestion.to_json() if self.suggestion else None, "sheet": self.sheet,
                "severity": self.severity}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Problem":
        suggestion = stored.get("suggestion")
        return cls(stored["row"], stored["column"], stored["text"], Sentence.from_json(stored["reason"]),
                   Suggestion.from_json(suggestion) if suggestion else None, stored.get("sheet"),
                   stored.get("severity", "fault"))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: `number` as the person sees it (sheet row, text line, or feature position from 1)."""

    number: int
    sheet: str | None
    values: dict[str, Cell]
    geometry: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """What one column of the file was taken to be: `meaning` None says it is kept but not understood.

    `how` is name | spelling | content | person; `rival_of` names the column that won the same meaning;
    `unit` is a factor the heading states ("Rp juta" is 1,000,000), 1 when it states none.
    """

    column: str
    meaning: str | None
    how: str | None = None
    rival_of: str | None = None
    unit: Decimal = Decimal(1)


@dataclass(slots=True)
class Table:
    """A file read: its rows raw, and what its columns were taken to be.

    `title_category` is the kind of work that the sheet's title names, for rows whose own words name none; `stated` are
    columns made of what stands above or between the rows. Where several sheets or layers were read together, `sheets`
    names them all, and `title_category_of` says what each one's title names.
    """

    format: str
    sheet: str | None
    columns: tuple[str, ...]
    recognised: tuple[Recognised, ...]
    rows: list[Row]
    problems: list[Problem] = field(default_factory=list)
    header_row: int | None = None
    title_category: str | None = None
    stated: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    title_category_of: Mapping[str, str] = field(default_factory=dict)

    @property
    def mapping(self) -> dict[str, str]:
        """File column -> column of `geo.schema`, for the columns that were understood."""
        return {one.column: one.meaning for one in self.recognised if one.meaning}

    @property
    def column_of(self) -> dict[str, str]:
        """Column of `geo.schema` -> file column."""
        return {meaning: column for column, meaning in self.mapping.items()}

    def place_of(self, row: Row) -> str:
        """The row's number, after the name of its sheet where several were read together."""
        return f"{row.sheet}!{row.number}" if self.sheets else str(row.number)


@dataclass(slots=True)
class Understood:
    """A row and what it says: `facts` by column of `geo.schema` (amount Decimal, year int, dates date, codes
    normalised), `geometry` in EPSG:4326 lon, lat or None, `how` the coordinate was read ('' without one)."""

    row: Row
    facts: dict[str, Any]
    geometry: BaseGeometry | None
    method: str | None
    accuracy_m: float | None
    how: str
    problems: list[Problem]

    @property
    def good(self) -> bool:
        """Whether nothing stands against storing the row; a row without a coordinate is good."""
        return not any(problem.severity == "fault" for problem in self.problems)
