"""What is exported: named fields, a note that says where the table comes from, and rows in batches.

A field has two headings: `name` is stable and for programs; `heading` is for people, in the language of the reader. A
format uses the one that its own readers look at, and carries the other where it has a place for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np

Kind = Literal["text", "choice", "whole", "money", "number", "date"]
Value = str | int | float | Decimal | date | None
DEMONSTRATION = "pantau_demonstration"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `choices` are the words of each code of a closed list: programs get the code, people the words.

    `text` is whatever a person may have typed; `whole` are integers, `money` an exact Decimal, `number` a Decimal or
    float, `date` a date.
    """

    name: str
    heading: str
    type: Kind = "text"
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """Where a table comes from: `lines` of (heading, words) in the language of the reader, and `facts` for programs.

    `demonstration` is the sentence that invented works carry wherever they go; None where the works are real.
    """

    title: str
    lines: Sequence[tuple[str, str]] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    demonstration: str | None = None

    @property
    def text(self) -> str:
        """All of it as one paragraph."""
        said = [self.title, *(f"{heading}: {words}" for heading, words in self.lines)]
        return " · ".join([*([self.demonstration] if self.demonstration else []), *said])


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, column by column in the order of the fields, with an aligned array of shapes in EPSG:4326 (lon, lat;
    None where a row has no place)."""

    columns: Sequence[Sequence[Value]]
    shapes: np.ndarray

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True, slots=True)
class Table:
    """A table on its way into a file. `batches` is read once; `rows` is how many it will hold.

    `words` are what a file says of itself in the language of the reader: names of sheets and of our own columns.
    `comma` is the decimal mark that the reader's spreadsheet expects.
    """

    name: str
    fields: Sequence[Field]
    note: Note
    batches: Iterator[Batch]
    rows: int
    words: Mapping[str, str]
    comma: bool = False
    said: Callable[[int], None] = lambda done: None

    def __iter__(self) -> Iterator[Batch]:
        """The batches, each with the mark of invented works in a column of its own where they are that."""
        done = 0
        for batch in self.batches:
            mark = self.note.demonstration
            yield batch if mark is None else Batch([*batch.columns, [mark] * len(batch)], batch.shapes)
            done += len(batch)
            self.said(done)

    @property
    def headed(self) -> Sequence[Field]:
        """The fields as they are written, the mark of invented works last."""
        if self.note.demonstration is None:
            return self.fields
        return [*self.fields, Field(DEMONSTRATION, self.words["demonstration"], "text")]


def worded(column: Sequence[Value], field: Field) -> Sequence[Value]:
    """A column of codes in words; a code that has none stays as it is."""
    words = field.choices
    return column if not words else [None if one is None else words.get(str(one), str(one)) for one in column]
