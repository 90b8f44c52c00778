"""Whatever else is sent with a form: every name of a column changes nothing beside what the form itself does."""

import json
from collections.abc import Iterator
from uuid import UUID

import psycopg

from tests.hostile.telling import Noting, Telling

NEVER_TYPED = {"person_id", "entered_by", "written_by", "made_by", "set_by", "region_id", "regions", "draft", "state",
               "withdrawn_at", "superseded_at", "machine_kind", "machine_probability", "model", "sha256", "stored_at",
               "expires_at", "token_hash", "password_hash", "totp_secret", "upload_id", "draft_regions"}
"""Columns that say who, where, when and how it stands: what is sent never decides them."""
A_FORM = 150
NOBODY = UUID("00000000-0000-4000-8000-00000000dead")


def extras(db: psycopg.Connection) -> dict[str, str]:
    """Every column's name with a value of its type that stands nowhere else."""
    values = {"uuid": str(NOBODY), "boolean": "true", "date": "1999-09-09", "timestamp with time zone": "1999-09-09",
              "bigint": "987654321", "integer": "987654321", "smallint": "7", "numeric": "987654321"}
    return {name: values.get(kind, "Qzextra") for name, kind in db.execute(
        "SELECT DISTINCT ON (column_name) column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY column_name, data_type").fetchall()}


def test_no_column_is_written_because_a_form_names_it(knocker, told, superuser):
    faults, wrote = [], set()
    sent = extras(superuser)
    assert set(sent) >= NEVER_TYPED
    for case in knocker.unsafe():
        Noting.asked.clear()
        (first, plain), (_again, repeated) = (_changes(knocker, told, case) for _ in range(2))
        faults += [f"{case.endpoint}: asks for {name}" for name in Noting.asked & NEVER_TYPED]
        wrote |= {table for table, _, _ in plain}
        others = [name for name in sent if name not in Noting.asked and name not in (case.form or {})]
        for begin in range(0, len(others), A_FORM):
            status, changed = _changes(knocker, told, case,
                                       {name: sent[name] for name in others[begin:begin + A_FORM]})
            if status != first or _shape(changed) != _shape(plain):
                faults.append(f"{case.endpoint}: {first} -> {status}, {_shape(plain)} -> {_shape(changed)}")
            if lost := set(plain) & set(repeated) - set(changed):
                faults.append(f"{case.endpoint}: no longer writes {lost}")
            faults += [f"{case.endpoint}: wrote {one}" for one in changed
                       if any(mark in one[2] for mark in ("Qzextra", str(NOBODY), "987654321", "1999-09-09"))]
    assert "\n".join(faults) == ""
    assert {"verdict", "answer", "finding", "upload", "site", "working_paper", "sample"} <= wrote


def _changes(knocker, told: Telling, case, more: dict | None = None) -> tuple[int, list]:
    told.changes = []
    return knocker.ask(case, more=more).status_code, list(told.changes)


def _shape(changes: list) -> list[tuple]:
    """Which tables were written how, and which of their fields; what they hold may be another moment."""
    return [(table, action, *_names(json.loads(fields))) for table, action, fields in changes]


def _names(fields: dict) -> Iterator[str]:
    for name, value in sorted(fields.items()):
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in sorted(value))
