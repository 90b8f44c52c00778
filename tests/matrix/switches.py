"""Each layer switched off in turn: policies in a database of the test's own, predicates in what is sent to it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

EVERYWHERE = """
CREATE FUNCTION everywhere() RETURNS integer[] LANGUAGE sql STABLE SECURITY DEFINER AS
  'SELECT array_agg(id) FROM region';
CREATE FUNCTION everywhere(roles text[]) RETURNS integer[] LANGUAGE sql STABLE AS 'SELECT everywhere()';
"""
"""What a predicate asks in place of the regions of the person, once it is switched off."""
PREDICATE = re.compile(r"(?P<own>\bown_regions\(\))|(?P<roles>\bregions_for\()"
                       r"|(?:\b\w+\.)?(?:person_id|written_by|set_by|made_by) = "
                       r"(?:current_person\(\)|\(SELECT current_person\(\)\))")


def opened(text: str) -> str:
    """A statement without any of its predicates of territory and of one's own."""
    return PREDICATE.sub(_open, text)


def _open(found: re.Match) -> str:
    return "everywhere()" if found["own"] else "everywhere(" if found["roles"] else "true"


@contextmanager
def off(superuser: psycopg.Connection) -> Iterator[None]:
    """Inside, row-level security is off for every table of this database, whatever the role."""
    tables = [table for table, in superuser.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity")]
    try:
        for table in tables:
            superuser.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield
    finally:
        for table in tables:
            superuser.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@contextmanager
def statements(change: Callable[[str], str]) -> Iterator[None]:
    """Inside, whatever any connection sends is changed by this first."""
    execute = psycopg.Cursor.execute

    def changed(self, query, params=None, **options):
        text = query if isinstance(query, str) else query.as_string(self) if hasattr(query, "as_string") else query
        return execute(self, change(text) if isinstance(text, str) else text, params, **options)

    psycopg.Cursor.execute = changed
    try:
        yield
    finally:
        psycopg.Cursor.execute = execute
