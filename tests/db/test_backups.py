"""A backup is whole or it is not there, is put back as it was, and shows whatever somebody did to it."""

import dataclasses
import gzip
import json
import shutil
import stat
import subprocess
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.export import export
from app.audit.verify import verify
from app.backups import manifest as backups
from app.backups import restoring, taking
from app.backups.drill import drill
from app.backups.restoring import believed, note_given_up, restored
from app.backups.taking import take
from app.db import Database
from app.installation import migrate
from app.installation.ready import prepare
from app.installation.terminal import Stop, quiet
from app.jobs import files
from app.jobs import uploads as sending
from app.queries import contents, uploads
from tests import backed_up, build
from tests.backed_up import Source, unused


@pytest.fixture(scope="module")
def source(server, tmp_path_factory):
    with backed_up.source(server, tmp_path_factory.mktemp("backed-up")) as one:
        yield one


@pytest.fixture
def tampered(source: Source, tmp_path: Path) -> Path:
    """A copy of the backup, to be altered."""
    shutil.copytree(source.backup, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def put_back(settings, backup):
    manifest = believed(backup, settings.heads, tell=quiet)
    return restored(settings, backup, manifest, None, tell=quiet)


def test_only_its_owner_may_read_a_backup_and_the_key_that_signs_is_not_in_it(source):
    for path in [source.backup, *source.backup.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.parent != source.backup.parent, path
    assert stat.S_IMODE(source.backup.stat().st_mode) == 0o700
    key = (source.settings.keys / "sealing.key").read_bytes()
    assert all(key not in path.read_bytes() for path in source.backup.rglob("*") if path.is_file())


def test_every_table_and_every_received_file_is_in_it(source):
    with psycopg.connect(source.superuser_dsn) as connection:
        for name, held in source.manifest.tables.items():
            if name not in ("audit", "audit_block"):  # what came after the backup stands there too
                assert connection.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(
                    psycopg.sql.Identifier(name))).fetchone()[0] == held.rows, name
    assert source.manifest.tables.keys() >= {"project", "audit", "audit_block", "procrastinate_jobs", "pair_standing"}
    assert len(list(source.manifest.kept())) == 3
    assert source.manifest.blocks == 1


def test_that_everything_was_read_stands_on_the_record(source):
    with psycopg.connect(source.superuser_dsn) as connection:
        told = [row[0]["purpose"] for row in connection.execute(
            "SELECT content FROM audit WHERE table_name = 'installation' AND change = 'reading' ORDER BY seq")]
    assert told[:2] == [f"backup {source.manifest.name}", f"backup {source.manifest.name} taken"]


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


def altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def a_photo(backup: Path) -> Path:
    return next((backup / "photos" / "sealed").glob("*/*"))


def a_row(backup: Path) -> Path:
    path = backup / "database" / "project.copy.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"180000000", b"180000001")))
    return path


TAMPERED = {
    "one byte of a photo": lambda backup: (altered(path := a_photo(backup)), path)[1],
    "one row of a table": a_row,
    "a file left out": lambda backup: ((path := next((backup / "files").glob("*/*"))).unlink(), path)[1],
    "a table left out": lambda backup: ((path := backup / "database" / "verdict.copy.gz").unlink(), path)[1],
    "a file put there": lambda backup: ((path := backup / "files" / "run.sh").write_text("x"), path)[1],
    "a link instead of a file": lambda backup: ((path := a_photo(backup)).unlink(), path.symlink_to("/etc/passwd"),
                                               path)[2],
    "the manifest": lambda backup: ((path := backup / "manifest.json").write_text(
        path.read_text().replace('"IDR"', '"USD"')), path)[1],
    "the signature": lambda backup: (altered(path := backup / "manifest.signature"), path.with_name("manifest"))[1],
}


@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_is_done_to_a_backup_is_told_with_its_place(source, tampered, what):
    place = TAMPERED[what](tampered)
    with pytest.raises(Stop) as told:
        believed(tampered, source.settings.heads, tell=quiet)
    assert str(place.relative_to(tampered)) in str(told.value)


def test_of_a_backup_that_is_not_whole_nothing_is_written(server, tampered, tmp_path):
    altered(a_photo(tampered))
    with unused(server, tmp_path / "var") as settings:
        with pytest.raises(Stop, match="nothing was written"), put_back(settings, tampered):
            pass
        with psycopg.connect(settings.database_url) as connection:
            assert connection.execute("SELECT to_regclass('public.project')").fetchone() == (None,)
        assert not settings.var.exists()


def signed_anew(backup: Path, change) -> None:
    """As somebody who has a key of their own would write the manifest."""
    manifest, _key = backups.read(backup)
    for path in list(manifest.files):
        if (backup / path).is_file():
            manifest.files[path] = backups.sum_of(backup / path)
    change(manifest)
    told = manifest.to_json()
    (backup / backups.MANIFEST).write_bytes(told)
    (backup / backups.SIGNATURE).write_bytes(backups.signature_of(told, Ed25519PrivateKey.generate()))


def test_a_backup_signed_by_a_key_that_never_noted_a_head_is_refused_where_heads_are_kept(source, tampered):
    signed_anew(tampered, lambda manifest: None)
    assert believed(tampered, None, tell=quiet).name == source.manifest.name
    with pytest.raises(Stop, match="never noted a head"):
        believed(tampered, source.settings.heads, tell=quiet)


def test_rows_that_are_not_those_that_were_summed_are_not_kept(server, tampered, tmp_path):
    a_row(tampered)
    signed_anew(tampered, lambda manifest: None)
    with unused(server, tmp_path / "var") as settings:
        with pytest.raises(Stop, match="Table project is not what it was"), put_back(settings, tampered):
            pass
        with psycopg.connect(settings.database_url) as connection:
            assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,), "all or nothing"


def test_a_row_that_refers_to_nothing_stops_the_restore(server, tampered, tmp_path):
    path = tampered / "database" / "verdict.copy.gz"
    line = gzip.decompress(path.read_bytes()).split(b"\t")
    line[1] = b"999"
    path.write_bytes(gzip.compress(b"\t".join(line)))

    def said(manifest):
        content = backups.Content()
        list(content.passing([b"\t".join(line)]))
        manifest.tables["verdict"] = dataclasses.replace(manifest.tables["verdict"], content=content.sum)

    signed_anew(tampered, said)
    with unused(server, tmp_path / "var") as settings, pytest.raises(psycopg.errors.ForeignKeyViolation), \
            put_back(settings, tampered):
        pass


@pytest.mark.parametrize("path", ["database/../../x.copy.gz", "/etc/passwd", "files/aa/../../../x", "photos/x"])
def test_a_path_of_no_backup_is_never_followed(tampered, path):
    signed_anew(tampered, lambda manifest: manifest.files.update({path: ("0" * 64, 1)}))
    with pytest.raises(Stop, match="no backup has a file"):
        believed(tampered, None, tell=quiet)


@pytest.mark.parametrize("table", ["pg_authid", "_yoyo_migration", 'project"; DROP TABLE person; --'])
def test_only_tables_that_the_migrations_made_are_filled(server, source, tampered, tmp_path, table):
    """What a backup brings is rows: no name in it becomes a statement."""
    def also(manifest):
        manifest.tables[table] = dataclasses.replace(manifest.tables["crowd"], columns=("x",))
        shutil.copy(tampered / backups.path_of("crowd"), tampered / "database" / "odd.copy.gz")
        manifest.files[backups.path_of(table)] = backups.sum_of(tampered / "database" / "odd.copy.gz")
        (tampered / "database" / "odd.copy.gz").rename(tampered / "database" / f"{table}.copy.gz")

    signed_anew(tampered, also)
    with unused(server, tmp_path / "var") as settings, pytest.raises(Stop), put_back(settings, tampered):
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


def test_a_backup_of_another_version_is_named_as_such(tampered):
    signed_anew(tampered, lambda manifest: manifest.migrations.append("9999-future"))
    with pytest.raises(Stop, match="9999-future"):
        believed(tampered, None, tell=quiet)


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


def test_a_full_disk_is_said_before_anything_is_written_and_leaves_no_backup(source, tmp_path, monkeypatch):
    monkeypatch.setattr(taking, "MARGIN", 1 << 60)
    with pytest.raises(Stop, match="Too little room"):
        take(source.settings, source.place, tmp_path / "full", tell=quiet)
    assert list((tmp_path / "full").iterdir()) == []


def test_a_disk_that_fills_in_the_middle_leaves_no_backup(source, tmp_path, monkeypatch):
    """On a disk of two megabytes of its own."""
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", small], capture_output=True,
                      check=False).returncode:
        pytest.skip("only who may mount can make a small disk")
    monkeypatch.setattr(taking, "_refuse_too_little_room", lambda *_: None)
    try:
        with pytest.raises(Stop, match="No space left"):
            take(source.settings, source.place, small, tell=quiet)
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_file_that_rows_name_and_that_is_gone_is_named_and_the_rest_is_taken(server, tmp_path):
    with backed_up.source(server, tmp_path) as one:
        (kept,) = one.settings.files.glob("*/*")
        kept.unlink()
        backup, manifest = take(one.settings, one.place, tmp_path / "again", tell=quiet)
        assert manifest.missing == [str(kept.relative_to(one.settings.var))]
        with unused(server, tmp_path / "var2") as settings, put_back(settings, backup) as result:
            assert result.faults == []


def test_a_file_that_rotted_on_the_disk_is_not_taken_for_what_was_received(server, tmp_path):
    with backed_up.source(server, tmp_path) as one:
        (kept,) = one.settings.files.glob("*/*")
        altered(kept)
        with pytest.raises(Stop, match="is damaged"):
            take(one.settings, one.place, tmp_path / "again", tell=quiet)
        assert list((tmp_path / "again").iterdir()) == []


def test_an_upload_that_is_dropped_meanwhile_makes_it_begin_anew(server, tmp_path, monkeypatch):
    with backed_up.source(server, tmp_path) as one:
        copy, dropped = taking._copy_files, []

        def dropping(*arguments):
            if not dropped:
                _drop(one)
                dropped.append(True)
            copy(*arguments)

        monkeypatch.setattr(taking, "_copy_files", dropping)
        _backup, manifest = take(one.settings, one.place, tmp_path / "again", tell=quiet)
        assert manifest.missing == []
        assert not [path for path, _ in manifest.kept() if path.startswith("files/")]


def _drop(one: Source) -> None:
    with psycopg.connect(one.superuser_dsn) as connection:
        field = connection.execute("SELECT person_id FROM upload WHERE id = %s", [one.upload]).fetchone()[0]
    database = Database(one.place.web_url, size=1)
    try:
        with database.transaction(read_only=False, person=field) as connection:
            sending.drop(connection, one.settings, uploads.hold(connection, one.upload))
    finally:
        database.close()


def test_works_that_are_stored_while_it_is_taken_stand_in_it_whole_or_not_at_all(server, source, tmp_path):
    """One moment of the database: a work never without its version or its place."""
    stop = threading.Event()

    def storing():
        with build.superuser(source) as connection:
            village, field = connection.execute("SELECT region_id, entered_by FROM project").fetchone()
            while not stop.is_set():
                with connection.transaction():
                    build.project(connection, village, field, source="sementara")

    storer = threading.Thread(target=storing)
    storer.start()
    try:
        backup, _ = take(source.settings, source.place, tmp_path / "busy", tell=quiet)
    finally:
        stop.set()
        storer.join()
    with unused(server, tmp_path / "var") as settings, put_back(settings, backup) as result:
        assert result.faults == []
        with psycopg.connect(settings.database_url) as connection:
            works, facts, sites = connection.execute(
                "SELECT count(*), (SELECT count(DISTINCT project_id) FROM project_fact),"
                " (SELECT count(DISTINCT project_id) FROM site) FROM project").fetchone()
    assert works == facts == sites + 1  # one of the source has no place


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


def test_a_drill_compares_everything_opens_the_application_and_leaves_nothing(source, within):
    found = drill(source.settings, source.backup, within=within)
    assert found.faults == []
    assert (found.tables, found.files, found.blocks) == (len(source.manifest.tables), 3, 1)
    assert found.pages == ["/readyz 200", "/sign-in 200", "/ 200", f"/projects/{_newest(source)} 200"]
    assert list(within.iterdir()) == []
    assert not [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if _names(entry, within)]


def test_a_drill_of_a_record_that_was_tampered_with_names_the_record(server, tmp_path, within):
    """By somebody with full power over the database, before the backup was taken."""
    with backed_up.source(server, tmp_path) as one:
        with psycopg.connect(one.superuser_dsn) as connection:
            connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
            seq = connection.execute("UPDATE audit SET content = '{}' WHERE seq = (SELECT min(seq) FROM audit WHERE"
                                     " table_name = 'verdict') RETURNING seq").fetchone()[0]
            connection.execute("ALTER TABLE audit ENABLE TRIGGER USER")
        backup, _ = take(one.settings, one.place, tmp_path / "again", tell=quiet)
        found = drill(one.settings, backup, within=within)
        assert len(found.faults) == 1
        assert f"record {seq}" in found.faults[0]


@pytest.fixture
def within():
    """A folder that PostgreSQL's user can enter, also where root runs the tests."""
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def _newest(source: Source) -> str:
    with psycopg.connect(source.superuser_dsn) as connection:
        return str(connection.execute("SELECT id FROM project WHERE NOT draft AND source <> 'sementara'"
                                      " ORDER BY number DESC").fetchone()[0])


def _names(entry: Path, folder: Path) -> bool:
    try:
        return str(folder).encode() in entry.read_bytes()
    except OSError:
        return False


def test_a_restore_while_the_installation_runs_is_refused(server, source, tmp_path):
    with unused(server, tmp_path / "var") as settings, restoring.only_one(settings), \
            pytest.raises(Stop, match="already running"), put_back(settings, source.backup):
        pass


def test_a_manifest_says_what_it_says_in_json_that_anybody_can_read(source):
    told = json.loads((source.backup / "manifest.json").read_text("utf-8"))
    assert told["tables"]["project"]["rows"] == source.manifest.tables["project"].rows
    assert told["versions"].keys() == {"pantaudesa", "procrastinate", "postgresql", "postgis"}
