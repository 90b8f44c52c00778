"""Whatever else is sent with a form: every name of a column changes nothing beside what the form itself does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar
from uuid import UUID

import psycopg
import pytest
from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from app.db import Connection
from tests.matrix import asking

CHANGED = """
CREATE FUNCTION changed_now() RETURNS TABLE (table_name text, change text, content jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
  $$ SELECT table_name, change, content FROM audit WHERE xid = pg_current_xact_id_if_assigned() ORDER BY seq $$;
"""
NEVER_TYPED = {"person_id", "entered_by", "written_by", "made_by", "set_by", "region_id", "regions", "draft", "state",
               "withdrawn_at", "superseded_at", "machine_kind", "machine_probability", "model", "sha256", "stored_at",
               "expires_at", "token_hash", "password_hash", "totp_secret", "upload_id", "draft_regions"}
"""Columns that say who, where, when and how it stands: what is sent never decides them."""
A_FORM = 150
NOBODY = UUID("00000000-0000-4000-8000-00000000dead")


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
    def transaction(self, *, read_only: bool, person: UUID | None = None, snapshot: bool = False
                    ) -> Iterator[Connection]:
        with super().transaction(read_only=read_only, person=person, snapshot=snapshot) as connection:
            yield connection
            if not read_only and connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
                self.changes += [(row[0], row[1], json.dumps(row[2], sort_keys=True))
                                 for row in connection.execute("SELECT * FROM changed_now()").fetchall()]


def extras(db: psycopg.Connection) -> dict[str, str]:
    """Every column's name with a value of its type that stands nowhere else."""
    values = {"uuid": str(NOBODY), "boolean": "true", "date": "1999-09-09", "timestamp with time zone": "1999-09-09",
              "bigint": "987654321", "integer": "987654321", "smallint": "7", "numeric": "987654321"}
    return {name: values.get(kind, "Qzextra") for name, kind in db.execute(
        "SELECT DISTINCT ON (column_name) column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY column_name, data_type").fetchall()}


@pytest.fixture
def telling(knocker, superuser, hostile_database):
    superuser.execute(f"DROP FUNCTION IF EXISTS changed_now(); {CHANGED}")
    before = knocker.app.extensions["database"]
    knocker.app.extensions["database"] = database = Telling(hostile_database.web_dsn, size=2)
    database.written, database.changes = set(), []
    knocker.app.request_class = Asked
    knocker.app.config["WTF_CSRF_ENABLED"] = False
    yield database
    knocker.app.config["WTF_CSRF_ENABLED"] = True
    knocker.app.request_class = Request
    knocker.app.extensions["database"] = before
    database.close()


def test_no_column_is_written_because_a_form_names_it(knocker, telling, superuser):
    faults, wrote = [], set()
    sent = extras(superuser)
    assert set(sent) >= NEVER_TYPED
    for case in knocker.unsafe():
        Noting.asked.clear()
        (first, plain), (_again, repeated) = (_changes(knocker, telling, case) for _ in range(2))
        faults += [f"{case.endpoint}: asks for {name}" for name in Noting.asked & NEVER_TYPED]
        wrote |= {table for table, _, _ in plain}
        others = [name for name in sent if name not in Noting.asked and name not in (case.form or {})]
        for begin in range(0, len(others), A_FORM):
            status, changed = _changes(knocker, telling, case,
                                       {name: sent[name] for name in others[begin:begin + A_FORM]})
            if status != first or _shape(changed) != _shape(plain):
                faults.append(f"{case.endpoint}: {first} -> {status}, {_shape(plain)} -> {_shape(changed)}")
            if lost := set(plain) & set(repeated) - set(changed):
                faults.append(f"{case.endpoint}: no longer writes {lost}")
            faults += [f"{case.endpoint}: wrote {one}" for one in changed
                       if any(mark in one[2] for mark in ("Qzextra", str(NOBODY), "987654321", "1999-09-09"))]
    assert "\n".join(faults) == ""
    assert {"verdict", "answer", "finding", "upload", "site", "working_paper", "sample"} <= wrote


def _changes(knocker, telling: Telling, case, more: dict | None = None) -> tuple[int, list]:
    telling.changes = []
    return knocker.ask(case, more=more).status_code, list(telling.changes)


def _shape(changes: list) -> list[tuple]:
    """Which tables were written how, and which of their fields; what they hold may be another moment."""
    return [(table, action, *_names(json.loads(fields))) for table, action, fields in changes]


def _names(fields: dict) -> Iterator[str]:
    for name, value in sorted(fields.items()):
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in sorted(value))
