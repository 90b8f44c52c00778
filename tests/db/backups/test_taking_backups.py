"""A backup is whole or it is not there, whatever happens while it is taken."""

import json
import stat
import subprocess
import threading

import psycopg
import pytest

from app.backups import taking
from app.backups.taking import take
from app.db import Database
from app.installation.terminal import Stop, quiet
from app.jobs import uploads as sending
from app.queries import uploads
from tests import backed_up, build
from tests.backed_up import Source, altered, put_back, unused


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


def test_a_manifest_says_what_it_says_in_json_that_anybody_can_read(source):
    told = json.loads((source.backup / "manifest.json").read_text("utf-8"))
    assert told["tables"]["project"]["rows"] == source.manifest.tables["project"].rows
    assert told["versions"].keys() == {"pantaudesa", "procrastinate", "postgresql", "postgis"}
