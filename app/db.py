"""The pool of connections and the only commit.

Connections autocommit, so that nothing is left open between two transactions. Everything that reads or writes does
so inside `Database.transaction`, which sets who is asking for the length of the transaction: row-level security then
decides what is seen and what may be written. Without a person nothing that needs one is visible.
"""

import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import namedtuple_row, tuple_row
from psycopg.types.shapely import register_shapely
from psycopg_pool import ConnectionPool, PoolTimeout

__all__ = ["Connection", "Database", "PoolTimeout", "planned_once"]

Connection = psycopg.Connection
REQUEST: ContextVar[str] = ContextVar("request", default="")
"""What is being done, as the record of changes names it: a request, a job or a command."""


PREPARED_AFTER, MOST_PREPARED = 2, 500
"""Pages ask some two hundred different statements: with psycopg's hundred they would drive each other out."""


class Database:
    """The pool of one process, as the web role; `url` is its address."""

    def __init__(self, url: str, *, size: int = 8, wait_s: float = 5.0) -> None:
        self.url = url
        self._pool = ConnectionPool(
            url, min_size=0, max_size=size, timeout=wait_s, open=True, configure=_configure, check=_check,
            kwargs={"autocommit": True, "row_factory": _rows},
            name="pantau")

    @contextmanager
    def transaction(self, *, read_only: bool, person: UUID | None = None, snapshot: bool = False, by_key: bool = False
                    ) -> Iterator[Connection]:
        """One transaction: committed when the block ends well, undone when it raises.

        `person` is who is asking; with None only what everybody may see is visible (boundaries, signing in). With
        `snapshot` all its queries see one moment: what is counted first is what is read afterwards. With `by_key` each
        query is planned once for a connection: for those that go from a key to a few rows, whatever the key.
        """
        with self._pool.connection() as connection:
            connection.read_only = read_only or None  # said with BEGIN, without asking once more
            connection.isolation_level = IsolationLevel.REPEATABLE_READ if snapshot else None
            with connection.transaction():
                connection.execute(
                    "SELECT set_config('pantau.person', %s, true), set_config('pantau.request', %s, true),"
                    " set_config('plan_cache_mode', %s, true)",
                    [str(person) if person else "", REQUEST.get(),
                     "force_generic_plan" if by_key else "force_custom_plan"])
                yield connection
                if connection.closed:  # psycopg would end the block without a word, and nothing would be committed
                    raise psycopg.OperationalError("the connection was lost before the transaction was committed")

    def close(self) -> None:
        self._pool.close()


@contextmanager
def planned_once(connection: Connection) -> Iterator[None]:
    """Inside, queries are planned once for a connection and for any parameters: for those whose plan is the same for
    every place. Sent together; what they answer is there behind the block."""
    with connection.pipeline():
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        yield
        connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")


def _configure(connection: Connection) -> None:
    connection.prepare_threshold, connection.prepared_max = PREPARED_AFTER, MOST_PREPARED
    # Plans made for any parameters forget how small a search box is; a search near one place is planned afresh.
    connection.execute("SET plan_cache_mode = force_custom_plan")
    if (postgis := psycopg.types.TypeInfo.fetch(connection, "geometry")) is not None:
        register_shapely(postgis, connection)


def _rows(cursor: psycopg.Cursor) -> Callable[[Sequence], tuple]:
    """Rows with the names of their columns; plain tuples where two columns of a query would be called alike."""
    try:
        return namedtuple_row(cursor)
    except psycopg.DataError:
        return tuple_row(cursor)


def _check(connection: Connection) -> None:
    """Refuse a connection that the server has ended. Only one on which something waits to be read is asked: a server
    that goes closes its connections, and asking each time is a third of what a short page says to the database."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)
