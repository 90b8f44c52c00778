"""The tables themselves, as the web role may use them: what a query without any predicate would read, change or add.

A stranger has an account and nothing else: no role, and nothing of their own. Whatever is for somebody is not for them.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from tests.matrix.asking import MARK

PUBLIC = {
    "region": "false", "installation": "false", "person": "false", "model": "false", "crowd": "false",
    "anomaly_run": "false", "blind_sample": "false",
    # public works, and how indications of them stand; what speaks of a draft is not for everybody
    "project": "draft", "site": "draft", "map_project": "draft", "region_count": "draft", "work_past": "draft",
    "project_fact": "facts::text LIKE '%Qx%'", "pair": "draft_regions <> '{}'",
    "pair_standing": "draft_regions <> '{}'",
    "map_count": "region_id IS NOT NULL", "merging": "filled::text LIKE '%Qx%'",
}
"""Of these tables everybody who signed in reads the rows for which this does not hold; of every other table none."""
WHOSE = ("person_id", "entered_by", "made_by", "written_by", "set_by")
OWN_ROWS = {"person": 1}
"""What a person may change without any role: their own language."""
OWN_MATTER = {"job", "export", "check_list", "check_result", "pair_later"}
"""What a person may add under their own name wherever it lies: their questions, and what becomes of them."""


class Policy(NamedTuple):
    table: str
    name: str
    command: str
    checks: bool
    """Whether it says what may be written (WITH CHECK), beside or in place of what it lets see (USING)."""
    uses: bool


def policies(superuser: psycopg.Connection, web_role: str) -> list[Policy]:
    """Every policy that holds for the web role."""
    return [Policy(*row) for row in superuser.execute(
        """
        SELECT c.relname, p.polname, p.polcmd::text, p.polwithcheck IS NOT NULL, p.polqual IS NOT NULL
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^procrastinate'
           AND (p.polroles = '{0}' OR (SELECT oid FROM pg_roles WHERE rolname = %s) = ANY (p.polroles))
         ORDER BY 1, 2
        """, [web_role])]


@contextmanager
def asking(superuser: psycopg.Connection, web_role: str, person: UUID) -> Iterator[psycopg.Connection]:
    """A transaction of the web role for this person, undone at its end."""
    with superuser.transaction(force_rollback=True):
        superuser.execute("SELECT set_config('role', %s, true), set_config('pantau.person', %s, true)",
                          [web_role, str(person)])
        yield superuser


def readable(superuser: psycopg.Connection, web_role: str) -> dict[str, list[str]]:
    """The columns of each table that the web role may read."""
    found: dict[str, list[str]] = {}
    for table, column in superuser.execute(
            """
            SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
               AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(%s, c.oid, a.attnum, 'SELECT')
             ORDER BY 1, a.attnum
            """, [web_role]):
        found.setdefault(table, []).append(column)
    return found


def read(connection: psycopg.Connection, table: str, columns: list[str]) -> set[str]:
    """The marks in all rows of a table that may be read now."""
    return set(MARK.findall(" ".join(str(row) for row in connection.execute(
        sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table))))))


def secrets_read(connection: psycopg.Connection, table: str) -> int:
    """How many rows that are not for everybody may be read now."""
    return connection.execute(sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
        sql.Identifier(table), sql.SQL(PUBLIC.get(table, "true")))).fetchone()[0]


def changed(connection: psycopg.Connection, table: str, column: str, command: str) -> int:
    """How many rows a statement reaches that asks for all of them."""
    statement = ("DELETE FROM {0}" if command == "d" else "UPDATE {0} SET {1} = DEFAULT")
    try:
        with connection.transaction():
            return connection.execute(sql.SQL(statement).format(
                sql.Identifier(table), sql.Identifier(column))).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return 0
    except psycopg.IntegrityError:
        return 1  # the policy let it pass; a rule of the table did not


def added(superuser: psycopg.Connection, web_role: str, table: str, person: UUID, row: dict, *, under_own_name: bool
          ) -> bool:
    """Whether the policies let this person add a row like that; with `under_own_name`, as their own deed."""
    columns = [name for name, in superuser.execute(
        """
        SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
           AND attgenerated = '' AND attidentity = '' AND has_column_privilege(%s, attrelid, attnum, 'INSERT')
        """, [table, web_role])]
    if under_own_name:
        row = row | {name: str(person) for name in WHOSE if name in row}
    with asking(superuser, web_role, person) as connection:
        named = sql.SQL(", ").join(map(sql.Identifier, columns))
        try:
            connection.execute(sql.SQL(
                "INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s)").format(
                    sql.Identifier(table), named), [json.dumps(row)])
        except psycopg.errors.InsufficientPrivilege:
            return False
        except psycopg.IntegrityError:
            return True  # past the policy: a key that stands already, four eyes
        return True


def rows(superuser: psycopg.Connection, table: str) -> list[dict]:
    return [row for row, in superuser.execute(sql.SQL("SELECT to_jsonb(t) FROM {} t LIMIT 200").format(
        sql.Identifier(table)))]
