"""What every format hands over: grids of cells whose header is still to be found, or features with properties."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from geo.errors import FileEmpty, FileRefused
from geo.formats.shapes import Faulty, checked
from geo.sentences import Sentence
from geo.tables import Cell, Limits, Problem

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$")
"""A moment as programs write it; it is handed on with a blank in the middle, as sheets do and people read it."""


@dataclass(slots=True)
class Grid:
    """Lines of cells as they stand in a sheet or a text file; `numbers` are the rows as the person sees them.

    `merged` are blocks of merged cells: first row, first column, last row, last column, counted from 0.
    """

    name: str | None
    numbers: list[int]
    lines: list[list[Cell]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False


@dataclass(slots=True)
class Features:
    """Features of a spatial file in EPSG:4326: aligned properties and geometries; position counts from 1.

    `others` are the names of the further layers of the file.
    """

    name: str | None
    columns: list[str]
    properties: list[dict[str, Cell]]
    geometries: list[BaseGeometry | None]
    problems: list[Problem] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @classmethod
    def empty(cls, name: str | None = None) -> "Features":
        return cls(name, [], [], [])

    def add(self, properties: dict[str, Cell], shape: Callable[[], BaseGeometry | None], limits: Limits) -> None:
        """One more row. What `shape` raises as Faulty is a problem of that row, which stays without a geometry.

        Raises FileRefused where the rows or columns are too many.
        """
        if len(self.properties) >= limits.rows:
            raise FileRefused("reading.too_many_rows", limit=limits.rows)
        try:
            made = checked(shape(), limits)
        except Faulty as fault:
            made = None
            self.problems.append(Problem(len(self.properties) + 1, None, None, fault.reason))
        self.properties.append(properties)
        self.geometries.append(made)

    def note(self, message_id: str, row: int | None = None, text: str | None = None, **values: object) -> None:
        """Something worth knowing about the file, or about the row at a position."""
        self.problems.append(Problem(row, None, text, Sentence(message_id, values), severity="note"))

    def finished(self, limits: Limits) -> "Features":
        """Itself with its columns named, in the order in which they appeared. Raises FileEmpty, FileRefused."""
        if not self.properties:
            raise FileEmpty
        for properties in self.properties:
            properties.update({name: cell.replace("T", " ", 1) for name, cell in properties.items()
                               if isinstance(cell, str) and cell[10:11] == "T" and MOMENT.match(cell)})
        columns: dict[str, None] = {}
        for properties in self.properties:
            columns.update(dict.fromkeys(properties))
            if len(columns) > limits.columns:
                raise FileRefused("reading.too_many_columns", count=len(columns), limit=limits.columns)
        self.columns = list(columns)
        return self


@dataclass(slots=True)
class Contents:
    """One file: `format` says what it is; either `grids` or `features` holds something.

    `others` are the further layers of a spatial file, `unread` the names of those that could not be read. `problems`
    are those of the reading itself: a line whose quotation marks do not close.
    """

    format: str
    grids: list[Grid] = field(default_factory=list)
    features: Features | None = None
    others: list[Features] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
