"""Bring a database to the shape of this version: what only a superuser may do, then the numbered migrations.

`dsn` is always a connection URL of someone who may become `<database>_owner`: the superuser of our own cluster,
or the login of `DATABASE_URL`. Migrations and the job queue's tables belong to that owner; the application
itself connects as `<database>_web` and owns nothing.
"""

import contextlib
import io
import json
from collections.abc import Callable, Collection, Iterator
from importlib import metadata, resources
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList

from app.installation.terminal import Stop, say

MIGRATIONS = Path(__file__).parents[2] / "migrations"
LOCK = 7_310_010_001  # advisory: one command migrates at a time

Tell = Callable[[str, str], None]


def owner_of(database: str) -> str:
    return f"{database}_owner"


def web_role_of(database: str) -> str:
    return f"{database}_web"


def door_of(database: str) -> str:
    return f"{database}_door"


def sealer_of(database: str) -> str:
    return f"{database}_sealer"


def roles_of(database: str) -> tuple[str, ...]:
    """Every role that goes with a database of ours."""
    return owner_of(database), web_role_of(database), door_of(database), sealer_of(database)


def acting_as(dsn: str, role: str, options: str = "") -> str:
    """The same connection as that role from its first statement."""
    role = role.replace("\\", "\\\\").replace(" ", "\\ ")
    return make_conninfo(dsn, options=f"-c role={role} {options}".rstrip())


def prepare(dsn: str, *, migrations: Path = MIGRATIONS, only: Collection[str] | None = None, tell: Tell = say
            ) -> list[str]:
    """Everything a database needs, in order; safe to repeat. Returns the ids of the migrations applied now: all that
    are missing, or of them only those with these ids.

    Raises Stop when the login of `dsn` may not do what an administrator has to, with the SQL to hand over.
    """
    with _one_at_a_time(dsn):
        administer(dsn, migrations=migrations, tell=tell)
        applied = migrate(dsn, migrations=migrations, only=only, tell=tell)
        prepare_queue(dsn, tell=tell)
        record_shipped_model(dsn)
        let_the_door_read(dsn)
    return applied


def create_database(superuser_dsn: str, name: str, *, template: str | None = None) -> bool:
    """Create the database when it is missing; True when it was. `superuser_dsn` names another database."""
    with psycopg.connect(superuser_dsn, autocommit=True) as db:
        if db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            command += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
        db.execute(command)
    return True


def administer(dsn: str, *, migrations: Path = MIGRATIONS, tell: Tell = say) -> None:
    """Run `administrator.sql` if allowed; else look whether somebody has, and stop with the SQL if not."""
    script = (migrations / "administrator.sql").read_text("utf-8")
    with psycopg.connect(dsn, autocommit=True) as db:
        db.add_notice_handler(lambda _notice: None)
        if db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,):
            db.execute(script.encode())
            return
        missing = not_administered(db)
        login, database = db.info.user, db.info.dbname
    if missing:
        handed = _for_the_administrator(script, login, database)
        raise Stop(
            f"Basis data {database} belum disiapkan administratornya ({', '.join(missing)}). Minta "
            f"administrator server menjalankan SQL ini di basis data {database}, lalu coba lagi:\n\n{handed}",
            f"Database {database} has not been prepared by its administrator ({', '.join(missing)}). Ask "
            f"the administrator of the server to run this SQL in {database}, then try again:\n\n{handed}",
        )
    tell("Basis data sudah disiapkan administrator.", "The administrator has prepared the database.")


def not_administered(db: psycopg.Connection) -> list[str]:
    """What of `administrator.sql` is missing, as short names; empty when nothing is."""
    name = db.info.dbname
    rows = db.execute(
        """
        SELECT 'extension ' || e FROM unnest(ARRAY['postgis', 'pg_trgm']) e
         WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = e)
        UNION ALL
        SELECT 'role ' || r FROM unnest(%(roles)s::text[]) r
         WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r)
        UNION ALL
        SELECT 'membership of ' || rolname FROM pg_roles
         WHERE rolname = %(owner)s AND NOT pg_has_role(current_user, oid, 'MEMBER')
        UNION ALL
        SELECT 'LEAKPROOF' WHERE NOT EXISTS (
          SELECT FROM pg_proc WHERE proname = 'geometry_overlaps' AND pronargs = 2 AND proleakproof)
        """,
        {"owner": owner_of(name), "roles": list(roles_of(name))},
    ).fetchall()
    return [row[0] for row in rows]


def migrate(dsn: str, *, migrations: Path = MIGRATIONS, only: Collection[str] | None = None, tell: Tell = say
            ) -> list[str]:
    """Apply the numbered migrations that are missing, each in its own transaction. Returns their ids."""
    applied = []
    with _migrator(dsn) as backend:
        waiting = [one for one in backend.to_apply(_numbered(migrations)) if only is None or one.id in only]
        for number, migration in enumerate(waiting, start=1):
            tell(
                f"Migrasi {number}/{len(waiting)}: {migration.id}",
                f"Migration {number}/{len(waiting)}: {migration.id}",
            )
            _silently(backend.apply_migrations, MigrationList([migration]))
            applied.append(migration.id)
    return applied


def roll_back(dsn: str, *, down_to: str = "", migrations: Path = MIGRATIONS, tell: Tell = say) -> list[str]:
    """Undo applied migrations, newest first, while their id is greater than `down_to`. Returns their ids."""
    undone = []
    with _migrator(dsn) as backend:
        for migration in backend.to_rollback(_numbered(migrations)):
            if migration.id <= down_to:
                break
            tell(f"Migrasi dibatalkan: {migration.id}", f"Migration undone: {migration.id}")
            _silently(backend.rollback_migrations, MigrationList([migration]))
            undone.append(migration.id)
    return undone


def prepare_queue(dsn: str, *, tell: Tell = say) -> None:
    """The job queue's own tables, brought to the installed version, and the web role's rights on them."""
    installed = metadata.version("procrastinate")
    with _as_owner(dsn) as db:
        database = db.info.dbname
        row = db.execute(
            "SELECT coalesce(obj_description(oid), 'procrastinate 0') FROM pg_class "
            "WHERE oid = to_regclass('public.procrastinate_jobs')"
        ).fetchone()
        recorded = row[0].split()[-1] if row else None
        if recorded == installed:
            return
        tell("Tabel antrean pekerjaan disiapkan.", "Preparing the tables of the job queue.")
        with db.transaction():
            for script in _queue_scripts(recorded):
                db.execute(script.encode())
            db.execute(sql.SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(f"procrastinate {installed}"))
            _grant_queue(db, web_role_of(database))


def record_shipped_model(dsn: str) -> None:
    """Tell the database which weights come with this version: the only ones that no administrator has to save."""
    shipped = json.loads((resources.files("geo") / "shipped_model.json").read_text("utf-8"))
    told = json.dumps({name: shipped[name] for name in ("format", "version", "prior", "flagged_from", "weights")})
    with _as_owner(dsn) as db:
        body = sql.SQL("SELECT {}::jsonb").format(told).as_string(db)
        db.execute(sql.SQL("CREATE OR REPLACE FUNCTION shipped_model() RETURNS jsonb LANGUAGE sql IMMUTABLE AS {}"
                           ).format(body))


def let_the_door_read(dsn: str) -> None:
    """A backup is read by the door, which sees past the policies: of every table of ours, also of the queue's."""
    with _as_owner(dsn) as db:
        unread = db.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')"
            " AND relowner = current_user::regrole AND NOT has_table_privilege(%s, oid, 'SELECT')",
            [door_of(db.info.dbname)]).fetchall()
        for (name,) in unread:
            db.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(
                sql.Identifier(name), sql.Identifier(door_of(db.info.dbname))))


def numbered(migrations: Path = MIGRATIONS) -> list[str]:
    """The ids of all migrations of this version, in order."""
    return sorted(one.id for one in _numbered(migrations))


def _queue_scripts(recorded: str | None) -> list[str]:
    if recorded is None:
        return [SchemaManager.get_schema()]
    since = tuple(int(part) for part in recorded.split("."))
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return [
        script.read_text("utf-8")
        for script in scripts
        if tuple(int(part) for part in script.name.split("_")[0].split(".")) > since
    ]


def _grant_queue(db: psycopg.Connection, web_role: str) -> None:
    rights = {"r": "SELECT, INSERT, UPDATE, DELETE", "S": "USAGE, SELECT, UPDATE"}
    objects = db.execute(
        "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        r"AND relname LIKE 'procrastinate\_%' AND relkind IN ('r', 'S')"
    ).fetchall()
    for name, kind in objects:
        db.execute(
            sql.SQL("GRANT {} ON {} TO {}").format(
                sql.SQL(rights[kind]), sql.Identifier(name), sql.Identifier(web_role)
            )
        )
    functions = db.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        r"AND proname LIKE 'procrastinate\_%'"
    ).fetchall()
    for (signature,) in functions:
        db.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(signature), sql.Identifier(web_role)))


def _numbered(migrations: Path) -> MigrationList:
    return read_migrations(str(migrations)).filter(lambda migration: migration.id[0].isdigit())


@contextlib.contextmanager
def _migrator(dsn: str) -> Iterator:
    parts = conninfo_to_dict(_owner_dsn(dsn))
    database = quote(str(parts.pop("dbname")), safe="")
    backend = get_backend(f"postgresql+psycopg:///{database}?{urlencode(parts)}")
    try:
        yield backend
    finally:
        backend.connection.close()


@contextlib.contextmanager
def _as_owner(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_owner_dsn(dsn), autocommit=True) as db:
        db.add_notice_handler(lambda _notice: None)
        yield db


def _owner_dsn(dsn: str) -> str:
    """The same connection, acting as the owner of the schema from its first statement."""
    parts = conninfo_to_dict(dsn)
    database = parts.get("dbname") or parts.get("user") or ""
    return acting_as(make_conninfo(dsn, dbname=database), owner_of(str(database)), "-c client_min_messages=warning")


@contextlib.contextmanager
def _one_at_a_time(dsn: str) -> Iterator[None]:
    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield


def _silently(work: Callable, *arguments: object) -> None:
    """yoyo prints the rows that a migration's SELECT returns; nobody needs them."""
    with contextlib.redirect_stdout(io.StringIO()):
        work(*arguments)


def _for_the_administrator(script: str, login: str, database: str) -> str:
    membership = sql.SQL("GRANT {} TO {};").format(sql.Identifier(owner_of(database)), sql.Identifier(login))
    return f"{script.rstrip()}\n{membership.as_string()}\n"
