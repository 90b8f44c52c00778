"""Whatever somebody did to a backup is told with its place, and nothing of it is put back."""

import dataclasses
import gzip
import shutil
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.backups import manifest as backups
from app.backups.restoring import believed
from app.installation.terminal import Stop, quiet
from tests.backed_up import altered, put_back, unused


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


def test_a_backup_of_another_version_is_named_as_such(tampered):
    signed_anew(tampered, lambda manifest: manifest.migrations.append("9999-future"))
    with pytest.raises(Stop, match="9999-future"):
        believed(tampered, None, tell=quiet)
