"""What every table holds, as a whole: read out and put back row for row, without knowing what a table is about.

For the operator and the owner of the schema only. What a backup brings is rows and nothing else: no statement of it is
ever run, so that whoever writes a backup can write no function, no policy and no role (security.md, T-44).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from app.db import Connection

_OURS = """
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^_?yoyo'
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
"""
"""Our tables and the queue's; what the migration tool and PostGIS keep is made anew by them."""


class Table(NamedTuple):
    """A table: the columns that are stored (not those worked out from them), and whether its order is told by `seq`
    or `number`, as a verifier of the record needs it."""

    name: str
    columns: tuple[str, ...]
    order: str | None


class Sequence(NamedTuple):
    """How far a sequence has come."""

    name: str
    last: int
    is_called: bool


def tables(connection: Connection) -> list[Table]:
    found = connection.execute(
        f"""
        SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
          FROM pg_attribute a JOIN (SELECT c.oid, c.relname::text {_OURS} AND c.relkind IN ('r', 'p')) c
            ON c.oid = a.attrelid
         WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY 1 ORDER BY 1
        """).fetchall()  # noqa: S608  a constant of this module
    return [Table(name, tuple(columns), {"audit": "seq", "audit_block": "number"}.get(name)) for name, columns in found]


def copied(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table as COPY writes them, one or more whole lines at a time."""
    command = sql.SQL("COPY (SELECT {} FROM {}{}) TO STDOUT").format(
        _columns(table), sql.Identifier(table.name),
        sql.SQL(" ORDER BY {}").format(sql.Identifier(table.order)) if table.order else sql.SQL(""))
    with connection.cursor().copy(command) as copy:
        yield from map(bytes, copy)


def put(connection: Connection, table: Table, blocks: Iterable[bytes]) -> None:
    """Fill an empty table with what `copied` gave."""
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _columns(table))
    with connection.cursor().copy(command) as copy:
        for block in blocks:
            copy.write(block)


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


def sequences(connection: Connection) -> list[Sequence]:
    """Of the clock of this moment, not of the transaction's: never behind the rows that the transaction sees."""
    names = [row[0] for row in connection.execute(
        f"SELECT c.relname::text {_OURS} AND c.relkind = 'S' ORDER BY 1")]
    return [Sequence(name, *connection.execute(
        sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name))).fetchone()) for name in names]


def set_sequence(connection: Connection, one: Sequence) -> None:
    connection.execute("SELECT setval(%s::regclass, %s, %s)",
                       [sql.Identifier(one.name).as_string(connection), one.last, one.is_called])


def migrations(connection: Connection) -> list[str]:
    """The ids of the migrations that made this database."""
    return [row[0] for row in connection.execute("SELECT migration_id FROM _yoyo_migration ORDER BY 1")]


def versions(connection: Connection) -> dict[str, str]:
    return {"postgresql": connection.execute("SHOW server_version").fetchone()[0],
            "postgis": connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"
                                          ).fetchone()[0]}


def size(connection: Connection) -> int:
    """Bytes of the whole database on the server's disk."""
    return connection.execute("SELECT pg_database_size(current_database())").fetchone()[0]


def named_files(connection: Connection) -> set[tuple[str, str]]:
    """(folder, sum in hex) of every file that rows need."""
    return {(folder, name) for folder, name in connection.execute(
        """
        SELECT 'files', encode(sha256, 'hex') FROM upload WHERE state <> 'dropped'
        UNION SELECT 'files', encode(sha256, 'hex') FROM check_list WHERE state = 'received'
        UNION SELECT 'photos/sealed', encode(sha256, 'hex') FROM answer_photo
        UNION SELECT 'photos/shown', encode(shown_sha256, 'hex') FROM answer_photo
        """)}


def is_begun(connection: Connection) -> bool:
    """Whether an installation was founded in this database."""
    there = connection.execute("SELECT to_regclass('public.installation') IS NOT NULL").fetchone()[0]
    return bool(there and connection.execute("SELECT EXISTS (SELECT FROM public.installation)").fetchone()[0])


def shape(connection: Connection) -> set[str]:
    """Policies, rights, triggers, functions and rules of our tables, each in a line: what keeps the house safe."""
    return {row[0] for row in connection.execute(
        f"""
        WITH ours AS (SELECT c.oid, c.relname::text, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.relowner,
                             c.relkind {_OURS})
        SELECT format('table %s: row security %s, forced %s, owner %s, rights %s', relname, relrowsecurity,
                      relforcerowsecurity, relowner::regrole, relacl)
          FROM ours WHERE relkind IN ('r', 'p', 'S')
        UNION ALL
        SELECT format('policy %s on %s: %s to %s using %s check %s', p.polname, relname, p.polcmd,
                      p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid),
                      pg_get_expr(p.polwithcheck, p.polrelid))
          FROM pg_policy p JOIN ours ON ours.oid = p.polrelid
        UNION ALL
        SELECT format('trigger %s: %s', t.tgenabled, pg_get_triggerdef(t.oid))
          FROM pg_trigger t JOIN ours ON ours.oid = t.tgrelid WHERE NOT t.tgisinternal
        UNION ALL
        SELECT format('rule %s on %s, valid %s: %s', k.conname, relname, k.convalidated, pg_get_constraintdef(k.oid))
          FROM pg_constraint k JOIN ours ON ours.oid = k.conrelid
        UNION ALL
        SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM pg_index i JOIN ours ON ours.oid = i.indrelid
        UNION ALL
        SELECT format('function %s: owner %s, rights %s, %s', f.oid::regprocedure, f.proowner::regrole, f.proacl,
                      md5(pg_get_functiondef(f.oid)))
          FROM pg_proc f WHERE f.pronamespace = 'public'::regnamespace AND f.prokind = 'f'
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
        """)}  # noqa: S608  a constant of this module


def open_for_rows(connection: Connection, names: list[str]) -> list[tuple[str, str, str]]:
    """Let the owner put rows into these tables as they were: no trigger of ours, no policy, no reference is in force
    until `close_after_rows`, in the same transaction. Answers the references, to be made anew."""
    references = connection.execute(
        """
        SELECT c.relname::text, k.conname::text, pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE k.contype = 'f' AND c.relname = ANY (%s) AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2
        """, [names]).fetchall()
    for name in names:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY"
                                   ).format(sql.Identifier(name)))
    for table, name, _rule in references:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(*map(sql.Identifier, (table, name))))
    # what a migration has put there stands among the rows of the backup too
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, names))))
    return references


def close_after_rows(connection: Connection, names: list[str], forced: set[str], references: list[tuple[str, str, str]]
                     ) -> None:
    """Put everything in force again; a row that refers to nothing fails here. `forced`: tables whose owner, too, is
    held by their policies."""
    for table, name, rule in references:
        # `rule` is what this database itself said of its own reference
        connection.execute(sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
            sql.Identifier(table), sql.Identifier(name), sql.SQL(rule)))
    for name in names:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(name)))
        if name in forced:
            connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))


def forced(connection: Connection) -> set[str]:
    return {row[0] for row in connection.execute(
        f"SELECT c.relname::text {_OURS} AND c.relforcerowsecurity")}


def end_what_was_open(connection: Connection, secret: bytes) -> int:
    """After a restore: end every session and every phone's token, use up every sign-in link, and sign forms with a new
    key. Answers how many sessions; whoever was signed out since the backup must not be let in by it again."""
    ended = connection.execute("UPDATE session SET ended_at = now() WHERE ended_at IS NULL").rowcount
    connection.execute("UPDATE device_token SET ended_at = now() WHERE ended_at IS NULL")
    connection.execute("UPDATE sign_in_link SET expires_at = now() WHERE used_at IS NULL AND expires_at > now()")
    connection.execute("UPDATE installation SET secret = %s", [secret])
    return ended


def note_on_record(connection: Connection, change: str, told: str) -> None:
    """A backup reads everything and a restore replaces everything: both stand on the record. `told` is JSON."""
    connection.execute("SELECT audit_note('installation', 'true', %s, %s::jsonb)", [change, told])


def somebody_and_a_work(connection: Connection) -> tuple[UUID | None, UUID | None]:
    """A person who may sign in and the newest work that everybody may see, for looking whether pages are answered."""
    return connection.execute(
        """
        SELECT (SELECT p.id FROM person p JOIN person_grant g ON g.person_id = p.id
                 WHERE p.active AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to)
                 ORDER BY p.created_at, p.id LIMIT 1) AS somebody,
               (SELECT id FROM project WHERE NOT draft AND withdrawn_at IS NULL ORDER BY number DESC LIMIT 1)
               AS work
        """).fetchone()
