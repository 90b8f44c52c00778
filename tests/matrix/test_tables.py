"""Policies alone, asked of the tables: nothing of anybody's is read, changed or added by who it is not for; and each
policy is needed for that: with `true` in its place something else is found here."""

import pytest
from psycopg import sql

from tests import build
from tests.matrix import tables
from tests.matrix.rules import READERS
from tests.matrix.tables import OWN_MATTER, OWN_ROWS, PUBLIC, Policy

OPEN_BY_DESIGN = {table for table, secret in PUBLIC.items() if secret == "false"}
"""Tables whose reading policy keeps no row from anybody who signed in (or, before that, from nobody)."""


@pytest.fixture(scope="module")
def stranger(matrix_database, asker):
    with build.superuser(matrix_database) as db:
        return build.person(db, name="orang-asing")


@pytest.fixture(scope="module")
def web_role(matrix_database) -> str:
    return matrix_database.web_role


def test_nobody_reads_the_mark_of_what_is_not_for_them(asker, superuser, web_role) -> None:
    found = []
    for who in asker.world.people:
        for table, columns in tables.readable(superuser, web_role).items():
            if who.id is None:
                continue
            with tables.asking(superuser, web_role, who.id) as connection:
                for mark in tables.read(connection, table, columns):
                    kind, place, maker = asker.marks[mark]
                    # the record of changes holds sums of what people write, and the marks of keys alone
                    if not READERS[kind](who, place, maker == who.id):
                        found.append(f"{who} reads {mark} in {table}")
    assert found == []


def _writers(superuser, web_role) -> list[Policy]:
    return [one for one in tables.policies(superuser, web_role) if one.command in ("w", "d", "a", "*")]


def _column(superuser, web_role, table) -> str | None:
    """A column that the web role may change."""
    found = superuser.execute(
        """
        SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
           AND attgenerated = '' AND attidentity = '' AND has_column_privilege(%s, attrelid, attnum, 'UPDATE')
         ORDER BY attnotnull, attnum DESC LIMIT 1
        """, [table, web_role]).fetchone()
    return found[0] if found else None


def faults(superuser, web_role, policy: Policy, stranger) -> list[str]:
    """What a stranger may do to the table of a policy."""
    found = []
    if policy.command in ("r", "*"):
        with tables.asking(superuser, web_role, stranger) as connection:
            if (seen := tables.secrets_read(connection, policy.table)):
                found.append(f"a stranger reads {seen} rows of {policy.table}")
    if policy.command in ("w", "d", "*") and (column := _column(superuser, web_role, policy.table)):
        with tables.asking(superuser, web_role, stranger) as connection:
            reached = tables.changed(connection, policy.table, column, policy.command)
            if reached > OWN_ROWS.get(policy.table, 0):
                found.append(f"a stranger reaches {reached} rows of {policy.table}")
    if policy.command in ("a", "*"):
        for row in tables.rows(superuser, policy.table)[:1]:
            if tables.added(superuser, web_role, policy.table, stranger, row, under_own_name=False):
                found.append(f"a stranger adds a row to {policy.table} in another's name")
    return found


def test_a_stranger_reads_changes_and_adds_nothing(asker, superuser, web_role, stranger) -> None:
    policies = tables.policies(superuser, web_role)
    assert len(policies) > 80
    assert [fault for one in policies for fault in faults(superuser, web_role, one, stranger)] == []


def test_nobody_adds_under_their_own_name_what_lies_elsewhere(asker, superuser, web_role) -> None:
    """With a role in one kecamatan: a row like each that lies in the one beside it, as their own deed."""
    beside, found = asker.world.things["sibling"], []
    for table in sorted({one.table for one in tables.policies(superuser, web_role) if one.command == "a"} - OWN_MATTER):
        for row in tables.rows(superuser, table):
            if _lies_in(superuser, table, row) == {beside.region}:
                found += [f"{who} adds to {table}" for who in asker.world.people if who.standing == "holds"
                          and tables.added(superuser, web_role, table, who.id, row, under_own_name=True)]
    assert found == []


def _lies_in(superuser, table: str, row: dict) -> set[int]:
    """The regions of what a row speaks of."""
    of = {"region_id": "SELECT %s::int", "upload_id": "SELECT region_id FROM upload WHERE id = %s",
          "pair_id": "SELECT p.region_id FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)"
                     " WHERE x.id = %s", "project_id": "SELECT region_id FROM project WHERE id = %s",
          "finding_id": "SELECT unnest(regions) FROM finding WHERE id = %s",
          "sample_id": "SELECT region_id FROM sample WHERE id = %s",
          "answer_id": "SELECT region_id FROM answer WHERE id = %s",
          "correction_id": "SELECT u.region_id FROM upload_correction c JOIN upload u ON u.id = c.upload_id"
                           " WHERE c.id = %s",
          "working_paper_id": "SELECT p.region_id FROM working_paper w JOIN pair x ON x.id = w.pair_id OR x.group_id ="
                              " w.group_id JOIN project p ON p.id = x.left_project WHERE w.id = %s"}
    if "regions" in row:
        return set(row["regions"])
    return {found for name, query in of.items() if row.get(name) is not None
            for found, in superuser.execute(query, [row[name]])}


def test_every_policy_is_needed(asker, superuser, web_role, stranger) -> None:
    """Each in turn lets everything pass; what survives unnoticed is named."""
    survived = []
    for policy in tables.policies(superuser, web_role):
        if policy.table in OPEN_BY_DESIGN and policy.command == "r":
            continue
        clauses = [name for name, there in (("USING", policy.uses), ("WITH CHECK", policy.checks)) if there]
        with superuser.transaction(force_rollback=True):
            superuser.execute(sql.SQL("ALTER POLICY {} ON {} " + " ".join(f"{one} (true)" for one in clauses)).format(
                sql.Identifier(policy.name), sql.Identifier(policy.table)))
            if not faults(superuser, web_role, policy, stranger):
                survived.append(f"{policy.table}.{policy.name}")
    assert survived == []
