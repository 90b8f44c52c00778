"""What a list must say to be exported: its columns, and a query whose cursor stays in the database.

    AUDITS = Source("audits", columns=(Column("pantau_id"), …), parse=…, count=…, query=…, describe=…)

and its name in `app/jobs/exporting.py`: formats, rights, note, progress and delivery are then the same for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from psycopg.rows import tuple_row
from psycopg.sql import Composable

from app.db import Connection

FETCHED = 2_000
"""Rows that are in memory at a time."""


class Column(NamedTuple):
    """A column by its name for programs; `heading` is the message id of its name for people, `column.<name>` where it
    is a column of geo.schema. `kind` is that of geo.exports.Field, or `sentence` for a stored Sentence. `codes` of a
    closed list are worded as `<subject>.<code>`."""

    name: str
    kind: str = "text"
    heading: str = ""
    codes: Sequence[str] = ()
    subject: str = ""

    @property
    def heading_id(self) -> str:
        return self.heading or f"column.{self.name}"


class Counted(NamedTuple):
    """How many rows a list holds for the person asking, and how many of them have no place."""

    rows: int
    without_point: int


@dataclass(frozen=True, slots=True)
class Source:
    """A list that can be exported.

    `parse` reads a query string into what is wanted, an object with `query_string()`; `count` answers how many rows;
    `query` the SQL and its values: the columns in order, then `geom` as WKB and an array of the regions whose drafts
    the row shows; `describe` the filter as (message id of the heading, values: text or stored sentences). A list whose
    order no query knows has `rows` in place of `query`: the same rows, some at a time.
    """

    name: str
    columns: Sequence[Column]
    parse: Callable[[str], Any]
    count: Callable[[Connection, Any], Counted]
    query: Callable[[Any], tuple[Composable, Mapping[str, object]]] | None
    describe: Callable[[Connection, Any], list[tuple[str, list[object]]]]
    rows: Callable[[Connection, Any], Iterator[list[tuple]]] | None = None

    def batches(self, connection: Connection, wanted: object) -> Iterator[list[tuple]]:
        """The rows of the list, some at a time."""
        return self.rows(connection, wanted) if self.query is None else stream(connection, *self.query(wanted))


def stream(connection: Connection, query: Composable, values: Mapping[str, object]) -> Iterator[list[tuple]]:
    """The rows of a query, some at a time; the rest waits in the database."""
    with connection.cursor(name=f"export_{uuid4().hex}", row_factory=tuple_row) as cursor:
        cursor.execute(query, values, binary=True)
        while rows := cursor.fetchmany(FETCHED):
            yield rows
