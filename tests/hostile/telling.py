"""The application, told what is asked of it and what it would have changed: names of fields, records of changes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import psycopg
from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict

from app.db import Connection
from tests.matrix import asking

CHANGED = """
CREATE FUNCTION changed_now() RETURNS TABLE (table_name text, change text, content jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
  $$ SELECT table_name, change, content FROM audit WHERE xid = pg_current_xact_id_if_assigned() ORDER BY seq $$;
"""


class Noting(ImmutableMultiDict):
    """What was sent, and which of its names a page asks for: these are the fields of its form."""

    asked: ClassVar[set[str]] = set()

    def get(self, key, default=None, type=None):
        Noting.asked.add(key)
        return super().get(key, default, type)

    def getlist(self, key, type=None):
        Noting.asked.add(key)
        return super().getlist(key, type)

    def __getitem__(self, key):
        Noting.asked.add(key)
        return super().__getitem__(key)


class Asked(Request):
    parameter_storage_class = Noting


class Telling(asking.Undone):
    """The same, and `changes`: what each record of the transaction says."""

    changes: list[tuple[str, str, str]]

    @contextmanager
    def transaction(self, *, read_only: bool, **asked: object) -> Iterator[Connection]:
        with super().transaction(read_only=read_only, **asked) as connection:
            yield connection
            if not read_only and connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
                self.changes += [(row[0], row[1], json.dumps(row[2], sort_keys=True))
                                 for row in connection.execute("SELECT * FROM changed_now()").fetchall()]


@contextmanager
def telling(app: Flask, web_dsn: str, db: psycopg.Connection) -> Iterator[Telling]:
    """Inside, nothing of what is asked stays, names are noted, changes told, and no form needs its token."""
    db.execute(f"DROP FUNCTION IF EXISTS changed_now(); {CHANGED}")
    before, request = app.extensions["database"], app.request_class
    app.extensions["database"] = told = Telling(web_dsn, size=2)
    told.written, told.changes = set(), []
    app.request_class = Asked
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        yield told
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
        app.request_class = request
        app.extensions["database"] = before
        told.close()
