"""What is asked of the database while a block runs: for tests that keep the number of statements, and benchmarks."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import tuple_row

_FRAME = re.compile(r"$|SET TRANSACTION|SELECT (set_config|current_setting|touch_session|\* FROM session_person)")


@contextmanager
def recorded() -> Iterator[list[str]]:
    """The statements of this thread, in order, without those that open a transaction, try a connection or learn who is
    asking; the pool opens new connections in threads of its own."""
    said: list[str] = []
    execute, own = psycopg.Cursor.execute, threading.get_ident()

    def noting(self, query, *more, **options):
        if threading.get_ident() == own and not _FRAME.match((text := _text(self, query)).strip()):
            said.append(" ".join(text.split()))
        return execute(self, query, *more, **options)

    psycopg.Cursor.execute = noting
    try:
        yield said
    finally:
        psycopg.Cursor.execute = execute


@contextmanager
def explained(*words: str) -> Iterator[list[str]]:
    """The plans of this thread's statements that hold one of these words, made as each is about to be executed: by its
    role, in its transaction, for its values."""
    plans: list[str] = []
    execute, own = psycopg.Cursor.execute, threading.get_ident()

    def explaining(self, query, params=None, **options):
        text = _text(self, query).strip()
        asks = not _FRAME.match(text) and re.match(r"\(*(SELECT|WITH)\b", text)
        if threading.get_ident() == own and asks and any(word in text for word in words):
            cursor = psycopg.Cursor(self.connection, row_factory=tuple_row)
            plans.append("\n".join(line for line, in execute(cursor, f"EXPLAIN {text}", params)))
        return execute(self, query, params, **options)

    psycopg.Cursor.execute = explaining
    try:
        yield plans
    finally:
        psycopg.Cursor.execute = execute


def _text(cursor: psycopg.Cursor, query: object) -> str:
    return query if isinstance(query, str) else query.as_string(cursor) if hasattr(query, "as_string") else str(query)
