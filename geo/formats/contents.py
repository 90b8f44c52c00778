"""What every format hands over: grids of cells whose header is still to be found, or features with properties."""

from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from geo.tables import Cell, Problem


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
    """Features of a spatial file in EPSG:4326: aligned properties and geometries; position counts from 1."""

    name: str | None
    columns: list[str]
    properties: list[dict[str, Cell]]
    geometries: list[BaseGeometry | None]
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Contents:
    """One file: `format` says what it is; either `grids` or `features` holds something.

    `problems` are those of the reading itself: a line whose quotation marks do not close.
    """

    format: str
    grids: list[Grid] = field(default_factory=list)
    features: Features | None = None
    problems: list[Problem] = field(default_factory=list)
