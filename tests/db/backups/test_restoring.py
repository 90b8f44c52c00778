"""What is put back is what was there, under the rules of this version."""

import shutil
import stat

import psycopg
import pytest

from app.audit.export import export
from app.audit.verify import verify
from app.backups import restoring
from app.backups.restoring import believed, note_given_up, restored
from app.installation import migrate
from app.installation.ready import prepare
from app.installation.terminal import Stop, quiet
from app.jobs import files
from app.queries import contents
from tests import backed_up, build
from tests.backed_up import put_back, unused


@pytest.fixture(scope="module")
def again(server, source, tmp_path_factory):
    """The backup put back: (settings, what was said)."""
    with unused(server, tmp_path_factory.mktemp("again") / "var") as settings:
        with put_back(settings, source.backup) as result:
            pass
        yield settings, result


def test_what_is_put_back_is_what_was_there(source, again):
    settings, result = again
    assert result.faults == []
    assert result.record.blocks == source.manifest.blocks
    kept = files.path_of(settings.files, bytes.fromhex(next(
        told for path, told in source.manifest.kept() if path.startswith("files/"))))
    assert kept.read_bytes() == b"id,nama\n1,x\n"
    (sealed,) = (settings.var / "photos" / "sealed").glob("*/*")
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o400
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT name FROM project WHERE id = %s", [source.work]).fetchone()[0] == \
            "Rabat \\ beton\t0"


def test_a_restore_stands_on_the_record_and_ends_what_was_open(source, again):
    """Whoever was signed out since the backup must not be let in by it, nor sign forms with its key."""
    settings, result = again
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM session WHERE ended_at IS NULL").fetchone() == (0,)
        last = connection.execute("SELECT content FROM audit WHERE table_name = 'installation'"
                                  " AND change = 'update' AND content ? 'restored'").fetchone()[0]
    assert last["restored"][1]["backup"] == source.manifest.name
    assert result.sessions_ended == 1
    assert result.secret != source.place.secret


def test_policies_rights_and_triggers_of_a_restored_database_are_those_that_migrations_make(source, again):
    """By the rules of the source, under its own name: a table left open would be seen here."""
    settings, _ = again
    with psycopg.connect(settings.database_url) as here, psycopg.connect(source.superuser_dsn) as there:
        ours, theirs = (
            {line.replace(connection.info.dbname, "DB") for line in contents.shape(connection)
             if not line.startswith("function")} for connection in (here, there))
    assert ours == theirs
    assert len(ours) > 300
    with psycopg.connect(prepare(settings, None, tell=quiet).web_url) as connection:
        assert connection.execute("SELECT count(*) FROM project").fetchone() == (0,), "nobody asks, nothing is seen"


def test_the_restored_database_works_on_numbers_go_on_and_its_record_is_sealed(again, tmp_path):
    settings, _ = again
    place = prepare(settings, None, tell=quiet)
    with place.operator() as connection:
        before = connection.execute("SELECT max(number) FROM project").fetchone()[0]
        village, field = connection.execute("SELECT region_id, entered_by FROM project").fetchone()
        build.project(connection, village, field, at=None)
        assert connection.execute("SELECT max(number) FROM project").fetchone()[0] == before + 1
        assert connection.execute("SELECT count(*) FROM project_fact").fetchone()[0] == 4, "triggers fire again"
    backed_up.seal(settings, place)
    export(place.operator_url, tmp_path)
    verified = verify(tmp_path)
    assert (verified.intact, verified.blocks) == (True, 2)
    assert len(verified.public_keys) == 2, "the key was not in the backup: a new one goes on"


def test_nothing_is_put_back_over_an_installation_that_has_begun(server, source, tmp_path):
    with unused(server, tmp_path / "var") as settings:
        prepare(settings, None, tell=quiet)
        with pytest.raises(Stop, match="has begun"), put_back(settings, source.backup):
            pass


def test_nothing_is_put_back_beside_files_of_something_else(server, source, tmp_path):
    with unused(server, tmp_path / "var") as settings:
        files.keep(backed_up.picture(), settings.files)
        with pytest.raises(Stop, match="not of this backup"), put_back(settings, source.backup):
            pass


def test_rows_are_put_in_by_somebody_who_is_no_superuser(server, source, tmp_path, monkeypatch):
    seen, put = set(), contents.put

    def watched(connection, table, blocks):
        seen.update(connection.execute("SELECT current_user::text, rolsuper, rolbypassrls FROM pg_roles"
                                       " WHERE rolname = current_user").fetchall())
        put(connection, table, blocks)

    monkeypatch.setattr(contents, "put", watched)
    with unused(server, tmp_path / "var") as settings, put_back(settings, source.backup) as result:
        database = psycopg.conninfo.conninfo_to_dict(settings.database_url)["dbname"]
        assert result.faults == []
    assert seen == {(f"{database}_owner", False, False)}


def test_a_backup_of_an_earlier_version_is_put_back_and_brought_to_this_one(server, source, tmp_path):
    """Into the tables of its own time; what migrations came since run over its rows."""
    later = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, later)
    (later / "0999-later.sql").write_text(f"-- depends: {source.manifest.migrations[-1]}\n"
                                          "ALTER TABLE project ADD COLUMN later integer DEFAULT 7;\n")
    (later / "0999-later.rollback.sql").write_text("ALTER TABLE project DROP COLUMN later;\n")
    manifest = believed(source.backup, None, tell=quiet)
    with unused(server, tmp_path / "var") as settings, restored(settings, source.backup, manifest, None,
                                                                migrations=later, tell=quiet) as result:
        assert result.faults == []
        with psycopg.connect(settings.database_url) as connection:
            assert connection.execute("SELECT count(*), sum(later) FROM project").fetchone() == (3, 21)
            assert contents.migrations(connection)[-1] == "0999-later"


def test_blocks_that_a_restore_gives_up_are_told_and_verifying_says_so_from_then_on(server, tmp_path):
    with backed_up.source(server, tmp_path) as one:
        with one.place.operator() as connection:
            connection.execute("UPDATE project SET amount = amount + 1")
        backed_up.seal(one.settings, one.place)
        with unused(server, tmp_path / "var2", heads=one.settings.heads) as settings:
            with put_back(settings, one.backup) as result:
                assert (result.faults, result.given_up) == ([], 1)
                note_given_up(settings, result)
            place = prepare(settings, None, tell=quiet)
            backed_up.seal(settings, place)
            out = tmp_path / "record"
            out.mkdir()
            export(place.operator_url, out)
            verified = verify(out, settings.heads)
            assert verified.intact, verified.faults
            assert len(verified.restored) == 1
            assert "1 blocks after block 1 were given up" in verified.restored[0]


def test_a_restore_while_the_installation_runs_is_refused(server, source, tmp_path):
    with unused(server, tmp_path / "var") as settings, restoring.only_one(settings), \
            pytest.raises(Stop, match="already running"), put_back(settings, source.backup):
        pass
