"""The shape of the database and how it gets there."""

import uuid

import psycopg
import pytest

from app.installation import migrate
from app.installation.terminal import quiet
from tests import build


def test_postgis_answers(db):
    (version,) = db.execute("SELECT postgis_full_version()").fetchone()
    assert "POSTGIS" in version


def test_the_web_role_signs_in_and_obeys_row_level_security(db):
    row = db.execute("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = session_user").fetchone()
    assert row == (False, False, True)


def test_the_web_role_owns_nothing(db):
    owned = db.execute("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = session_user").fetchall()
    assert owned == []


@pytest.fixture
def new_database(server):
    """A database that nobody prepared, with its roles removed afterwards."""
    name = f"{server.template}_{uuid.uuid4().hex[:8]}"
    migrate.create_database(server.dsn, name)
    yield server.reach(name)
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        for role in migrate.roles_of(name):
            connection.execute(f'DROP ROLE IF EXISTS "{role}"')


def test_a_second_preparation_applies_nothing(new_database):
    assert migrate.prepare(new_database, tell=quiet)
    assert migrate.prepare(new_database, tell=quiet) == []


def test_every_migration_can_be_undone_and_applied_again(new_database):
    migrate.administer(new_database, tell=quiet)
    migrate.prepare_queue(new_database, tell=quiet)
    empty = _shape(new_database)
    applied = migrate.migrate(new_database, tell=quiet)
    full = _shape(new_database)
    assert full > empty
    for migration in reversed(applied):
        assert migrate.roll_back(new_database, down_to=_before(migration), tell=quiet) == [migration]
    assert _shape(new_database) == empty
    assert migrate.migrate(new_database, tell=quiet) == applied
    assert _shape(new_database) == full


def test_taking_back_the_lists_of_very_many_works_leaves_how_pairs_stand_as_it_was_reckoned_before(new_database):
    """How a pair stands named the drafts of its works since then: kept so, an earlier version would hide it."""
    migrate.prepare(new_database, tell=quiet)
    with psycopg.connect(new_database, autocommit=True) as connection:
        places = build.places(connection)
        one, other = (build.project(connection, places.village, at=build.away(9 * number), stage=stage)
                      for number, stage in enumerate(("done", "proposed")))
        build.pair(connection, one, other)
        migrate.roll_back(new_database, down_to="0017-~", tell=quiet)
        anew = "SELECT * FROM pair_stands(ARRAY(SELECT id FROM pair))"
        assert connection.execute("SELECT * FROM pair_standing").fetchall() == connection.execute(anew).fetchall() != []


def test_the_web_role_may_defer_a_job(db):
    (number,) = db.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    assert number == 0
    db.execute("INSERT INTO procrastinate_jobs (task_name, queue_name) VALUES ('try', 'default')")


def test_a_login_without_rights_is_told_the_sql_for_the_administrator(server, cloned_database):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE somebody LOGIN")
    dsn = psycopg.conninfo.make_conninfo(cloned_database.superuser_dsn, user="somebody")
    try:
        with pytest.raises(migrate.Stop) as stopped:
            migrate.prepare(dsn, tell=quiet)
        assert "LEAKPROOF" in stopped.value.english
        assert f'GRANT "{cloned_database.name}_owner" TO "somebody";' in stopped.value.english
    finally:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("DROP ROLE somebody")


def _before(migration: str) -> str:
    """An id just below this one: 0002-x is undone down to 0001-~."""
    return f"{int(migration.split('-')[0]) - 1:04}-~"


def _shape(dsn: str) -> set[tuple]:
    """Every relation, column, trigger, constraint, policy and function of the schema, by name."""
    with psycopg.connect(dsn) as connection:
        return set(
            connection.execute(
                """
                SELECT 'relation', relname::text, relkind::text FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '%yoyo%'
                UNION ALL
                SELECT 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
                  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
                   AND NOT a.attisdropped AND c.relname NOT LIKE '%yoyo%'
                UNION ALL
                SELECT 'trigger', tgrelid::regclass || '.' || tgname, '' FROM pg_trigger
                 WHERE NOT tgisinternal
                UNION ALL
                SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
                  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid > 0
                   AND conrelid::regclass::text NOT LIKE '%yoyo%'
                UNION ALL
                SELECT 'policy', tablename || '.' || policyname, coalesce(qual, '') FROM pg_policies
                UNION ALL
                SELECT 'function', oid::regprocedure::text, prosecdef::text FROM pg_proc
                 WHERE pronamespace = 'public'::regnamespace
                """
            ).fetchall()
        )
