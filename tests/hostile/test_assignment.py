"""Whatever else is sent with a form: every name of a column there is changes nothing beside what the form itself does."""

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest

from app.db import Connection
from tests.matrix import asking

CHANGED = """
CREATE FUNCTION changed_now() RETURNS TABLE (table_name text, change text, content jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
  $$ SELECT table_name, change, content FROM audit WHERE xid = pg_current_xact_id_if_assigned() ORDER BY seq $$;
"""
NOBODY = UUID("00000000-0000-4000-8000-00000000dead")


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
    knocker.app.config["WTF_CSRF_ENABLED"] = False
    yield database
    knocker.app.config["WTF_CSRF_ENABLED"] = True
    knocker.app.extensions["database"] = before
    database.close()


def test_no_column_is_written_because_a_form_names_it(knocker, telling, superuser):
    faults, wrote = [], set()
    sent = extras(superuser)
    assert {"entered_by", "region_id", "person_id", "state", "role", "facts_hash", "draft", "withdrawn_at"} <= set(sent)
    for case in knocker.unsafe():
        said = []
        own = {name for name in sent if _reads(knocker, case.endpoint, name)}
        for more in ({}, {}, {name: value for name, value in sent.items()
                              if name not in (case.form or {}) and name not in own}):
            telling.changes = []
            answer = knocker.ask(case, more=more)
            said.append((answer.status_code, list(telling.changes)))
        (first, plain), (_again, repeated), (status, changed) = said
        wrote |= {table for table, _, _ in plain}
        if status != first or _shape(changed) != _shape(plain):
            faults.append(f"{case.endpoint}: {first} -> {status}, {_shape(plain)} -> {_shape(changed)}")
        if stable := set(plain) & set(repeated) - set(changed):
            faults.append(f"{case.endpoint}: no longer writes {stable}")
        faults += [f"{case.endpoint}: wrote {one}" for one in changed
                   if any(mark in one[2] for mark in ("Qzextra", str(NOBODY), "987654321", "1999-09-09"))]
    assert "\n".join(faults) == ""
    assert {"verdict", "answer", "finding", "upload", "site", "working_paper", "sample"} <= wrote


def _reads(knocker, endpoint: str, name: str) -> bool:
    """Whether the page's module reads a field of this name from what is sent."""
    text = inspect.getsource(inspect.getmodule(inspect.unwrap(knocker.app.view_functions[endpoint])))
    return f'get("{name}"' in text or f'form["{name}"' in text or f'getlist("{name}"' in text


def _shape(changes: list) -> list[tuple]:
    """Which tables were written how, and which of their fields; what they hold may be another moment."""
    return [(table, action, *_names(json.loads(fields))) for table, action, fields in changes]


def _names(fields: dict) -> Iterator[str]:
    for name, value in sorted(fields.items()):
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in sorted(value))
