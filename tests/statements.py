"""What is asked of the database while a block runs: for tests that keep the number of statements, and benchmarks."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

_FRAME = re.compile(r"$|SET TRANSACTION|SELECT (set_config|current_setting|touch_session|\* FROM session_person)")


@contextmanager
def recorded() -> Iterator[list[str]]:
    """The statements of this thread, in order, without those that open a transaction, try a connection or learn who is
    asking; the pool opens new connections in threads of its own."""
    said: list[str] = []
    execute, own = psycopg.Cursor.execute, threading.get_ident()

    def noting(self, query, *more, **options):
        text = query if isinstance(query, str) else query.as_string(self) if hasattr(query, "as_string") else str(query)
        if threading.get_ident() == own and not _FRAME.match(text.strip()):
            said.append(" ".join(text.split()))
        return execute(self, query, *more, **options)

    psycopg.Cursor.execute = noting
    try:
        yield said
    finally:
        psycopg.Cursor.execute = execute
