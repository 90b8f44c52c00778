"""Putting a backup back into an installation that has not begun: verified first, compared afterwards.

The schema, its policies and its roles come from the migrations of this version; of the backup only rows are taken, by
the owner of the schema, who is no superuser. So a backup that somebody has written can bring false rows, which the
signature and the record show, and nothing that runs.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from app.audit.export import export
from app.audit.verify import Verified, verify
from app.backups import manifest as backups
from app.backups.manifest import Content, Manifest
from app.backups.taking import KEPT
from app.installation import migrate
from app.installation.cluster import Cluster
from app.installation.ready import operator, reached, web_url_of
from app.installation.start import only_one
from app.installation.terminal import Stop, say
from app.jobs import files
from app.queries import contents, installation
from app.settings import Settings

Tell = Callable[[str, str], None]
SIGNERS = "heads-*.jsonl"


@dataclass(slots=True)
class Restored:
    """What was put back, and what of it is not as it was; `faults` each with its place. `given_up`: sealed blocks whose
    heads were noted elsewhere and that are newer than the backup."""

    manifest: Manifest
    web_url: str
    operator_url: str
    secret: str
    sessions_ended: int
    record: Verified
    given_up: int = 0
    faults: list[str] = field(default_factory=list)


def believed(folder: Path, heads: Path | None, *, tell: Tell = say) -> Manifest:
    """The manifest of a backup, every file of which has been read and is as it says. Raises Stop naming what is not."""
    manifest, key = backups.read(folder)
    if heads is not None and (known := _signers(heads)) and key not in known:
        raise Stop(f"{folder} ditandatangani kunci {key}, yang tidak pernah mencatat kepala di {heads}. Cadangan ini "
                   "tidak dipakai.",
                   f"{folder} was signed by key {key}, which never noted a head in {heads}. This backup is not used.")
    tell(f"Memeriksa {len(manifest.files)} berkas cadangan ({manifest.bytes >> 20} MiB) …",
         f"Checking {len(manifest.files)} files of the backup ({manifest.bytes >> 20} MiB) …")
    if found := backups.faults(folder, manifest):
        told = "\n".join(f"  {one}" for one in found[:20]) + (f"\n  … +{len(found) - 20}" if len(found) > 20 else "")
        raise Stop(f"Cadangan {folder} tidak utuh; tidak ada yang ditulis:\n{told}",
                   f"The backup {folder} is not whole; nothing was written:\n{told}")
    _refuse_other_version(folder, manifest)
    return manifest


@contextlib.contextmanager
def restored(settings: Settings, folder: Path, manifest: Manifest, cluster: Cluster | None, *,
             migrations: Path = migrate.MIGRATIONS, tell: Tell = say) -> Iterator[Restored]:
    """Put back a backup that was `believed`, and keep the database for the length of the block.

    All rows come in one transaction: what stops it leaves an installation that has not begun. A backup of an earlier
    version is put into the tables of its own time, over which later migrations then run. Raises Stop where something is
    there already.
    """
    with only_one(settings):
        try:
            _refuse_other_files(settings, manifest)
            dsn = reached(settings, cluster)
            _refuse_begun(dsn)
            tell("Menyiapkan basis data …", "Preparing the database …")
            migrate.prepare(dsn, migrations=migrations, only=set(manifest.migrations), tell=tell)
            _put_files(settings, folder, manifest, tell)
            _put_rows(dsn, folder, manifest, tell)
            migrate.prepare(dsn, migrations=migrations, tell=tell)
            yield _concluded(settings, cluster, dsn, manifest)
        finally:
            if cluster is not None:
                cluster.stop()


def _concluded(settings: Settings, cluster: Cluster | None, dsn: str, manifest: Manifest) -> Restored:
    """What was open is ended, that it was restored is put on the record, and record and files are looked at."""
    database = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    operator_url = migrate.acting_as(dsn, migrate.door_of(database), "-c timezone=UTC")
    with operator(operator_url) as connection:
        ended = contents.end_what_was_open(connection, secrets.token_bytes(32))
        contents.note_on_record(connection, "update", json.dumps({"restored": [None, {
            "backup": manifest.name, "taken": manifest.made_at, "block": manifest.blocks,
            "at": datetime.now(UTC).isoformat(timespec="seconds")}]}))
        secret = installation.secret(connection)
        named = contents.named_files(connection)
    with TemporaryDirectory() as fleeting:
        export(operator_url, Path(fleeting))
        record = verify(Path(fleeting), settings.heads)
    lost = [fault for fault in record.faults if fault.block is not None and fault.block > manifest.blocks]
    faults = [str(fault) for fault in record.faults if fault not in lost]
    faults += [f"{path}: rows name it, and it is not there" for folder, one in sorted(named)
               if not files.path_of(settings.var / folder, bytes.fromhex(one)).is_file()
               and (path := f"{folder}/{one[:2]}/{one}") not in manifest.missing]
    for path, told in manifest.kept():
        if backups.sum_of(settings.var / path)[0] != told:
            faults.append(f"{path}: was put back and holds something else")
    return Restored(manifest, web_url_of(settings, cluster, dsn), operator_url, secret, ended, record, len(lost),
                    faults)


def _put_rows(dsn: str, folder: Path, manifest: Manifest, tell: Tell) -> None:
    """Every table filled and compared, in one transaction of the schema's owner."""
    database = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    tell(f"Mengisi {len(manifest.tables)} tabel, {manifest.rows} baris …",
         f"Filling {len(manifest.tables)} tables, {manifest.rows} rows …")
    with psycopg.connect(migrate.acting_as(dsn, migrate.owner_of(database), "-c timezone=UTC")) as connection:
        connection.add_notice_handler(lambda _notice: None)
        before, forced = contents.shape(connection), contents.forced(connection)
        there = {table.name: table for table in contents.tables(connection)}
        _refuse_other_tables(folder, manifest, there)
        references = contents.open_for_rows(connection, list(there))
        for name, held in manifest.tables.items():
            contents.put(connection, held.of(name), backups.lines_of(folder, name))
            stored = Content()
            for _ in stored.passing(contents.copied(connection, held.of(name))):
                pass
            if (stored.rows, stored.sum) != (held.rows, held.content):
                raise Stop(f"Tabel {name} setelah diisi tidak sama dengan aslinya ({stored.rows} baris, seharusnya "
                           f"{held.rows}); tidak ada yang disimpan.",
                           f"Table {name} is not what it was once filled ({stored.rows} rows, expected {held.rows}); "
                           "nothing was kept.")
        for one in manifest.sequences:
            contents.set_sequence(connection, one)
        contents.close_after_rows(connection, list(there), forced, references)
        if changed := contents.shape(connection) ^ before:
            told = "\n".join(sorted(changed)[:5])
            raise Stop(f"Aturan basis data tidak kembali seperti semula; tidak ada yang disimpan:\n{told}",
                       f"The rules of the database are not what they were; nothing was kept:\n{told}")


def _put_files(settings: Settings, folder: Path, manifest: Manifest, tell: Tell) -> None:
    """Received files first: rows never name what is not there yet."""
    tell("Mengembalikan berkas dan foto …", "Putting files and photos back …")
    for path, told in manifest.kept():
        place = settings.var / path
        if place.is_file() and backups.sum_of(place)[0] == told:
            continue
        with (folder / path).open("rb") as opened:
            kept = files.keep(opened, settings.var / Path(path).parents[1])
        if path.startswith("photos/sealed/"):
            kept.path.chmod(0o400)
        if kept.sha256.hex() != told:
            raise Stop(f"{path} berubah sementara dikembalikan.", f"{path} changed while it was put back.")


def note_given_up(settings: Settings, result: Restored) -> None:
    """Note among the heads that the record was set back, so that verifying it says so once and not as a cut."""
    if settings.heads is None or not result.given_up:
        return
    manifest = result.manifest
    line = json.dumps({"number": manifest.blocks, "head": manifest.head, "at": datetime.now(UTC).isoformat(),
                       "restored": manifest.name})
    with open(settings.heads / f"heads-{datetime.now(UTC):%Y-%m-%d}.jsonl", "a", encoding="utf-8") as noted:
        noted.write(line + "\n")
        noted.flush()
        os.fsync(noted.fileno())


def _refuse_begun(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        if contents.is_begun(connection):
            raise Stop("Instalasi ini sudah dimulai; cadangan hanya dikembalikan ke yang kosong, supaya tidak "
                       "menimpa apa pun. Beri PANTAU_VAR folder baru (atau DATABASE_URL basis data baru).",
                       "This installation has begun; a backup is put back into an empty one only, so that it "
                       "overwrites nothing. Give PANTAU_VAR a new folder (or DATABASE_URL a new database).")


def _refuse_other_files(settings: Settings, manifest: Manifest) -> None:
    """What a stopped restore has put back already is no other file."""
    known = {path for path, _ in manifest.kept()}
    there = {f"{folder}/{file.parent.name}/{file.name}" for folder in KEPT
             for file in (settings.var / folder).glob("[0-9a-f][0-9a-f]/*")}
    if other := sorted(there - known):
        raise Stop(f"Di {settings.var} sudah ada berkas yang bukan dari cadangan ini ({other[0]}). Beri PANTAU_VAR "
                   "folder baru.",
                   f"{settings.var} holds files already that are not of this backup ({other[0]}). Give PANTAU_VAR a "
                   "new folder.")


def _refuse_other_version(folder: Path, manifest: Manifest) -> None:
    ours, theirs = migrate.numbered(), manifest.migrations
    if not set(theirs) <= set(ours) or manifest.versions["procrastinate"] != metadata.version("procrastinate"):
        raise Stop(f"{folder} dibuat versi lain: migrasi terakhirnya {theirs[-1]}, antrean "
                   f"{manifest.versions['procrastinate']}; di sini {ours[-1]} dan {metadata.version('procrastinate')}. "
                   "Kembalikan dengan versi yang membuatnya, lalu perbarui.",
                   f"{folder} was made by another version: its last migration is {theirs[-1]}, its queue "
                   f"{manifest.versions['procrastinate']}; here they are {ours[-1]} and "
                   f"{metadata.version('procrastinate')}. Restore it with the version that made it, then upgrade.")


def _refuse_other_tables(folder: Path, manifest: Manifest, there: dict) -> None:
    """Only what this version's own migrations made is filled."""
    odd = sorted(name for name, held in manifest.tables.items() if there.get(name) != held.of(name))
    odd += sorted(there.keys() - manifest.tables.keys())
    if odd:
        raise Stop(f"Tabel {odd[0]} di {folder} tidak sama bentuknya dengan yang di sini; tidak ada yang ditulis.",
                   f"Table {odd[0]} in {folder} has not the shape that it has here; nothing was written.")


def _signers(heads: Path) -> set[str]:
    noted = (json.loads(line) for file in heads.glob(SIGNERS) for line in file.read_text("utf-8").splitlines())
    return {one["public_key"] for one in noted if "public_key" in one}
