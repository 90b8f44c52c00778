"""Taking a backup of an installation that may be running: the database first, then the files.

Files are never changed once they are received, so what the database's moment names is there afterwards, unless
somebody has dropped an upload meanwhile: then all of it is begun anew. Everything is written under a name that no
restore looks at, reaches the disk, and is renamed last.
"""

import errno
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psycopg

from app.audit.sealing import signing_key
from app.backups.manifest import MANIFEST, SIGNATURE, Content, Held, Manifest, path_of, signature_of
from app.installation.ready import Place
from app.installation.terminal import Stop, say
from app.jobs.files import sync
from app.queries import audit, contents, installation
from app.settings import Settings

Tell = Callable[[str, str], None]
KEPT = ("files", "photos/sealed", "photos/shown")
"""The folders of received files. Not taken: the key that signs (whoever steals a backup must not be able to sign), the
files of exports (made anew), the password of the web role (made anew), the basemap, logs."""
UNFINISHED = ".unfinished-"
ATTEMPTS = 3
MARGIN = 64 * 2**20
_BLOCK = 1 << 20


class _Removed(Exception):
    """A file that the database named was dropped while the backup was taken."""


def take(settings: Settings, place: Place, folder: Path, *, tell: Tell = say) -> tuple[Path, Manifest]:
    """A new dated folder below `folder`. Raises Stop, and leaves nothing that looks whole, where it cannot be taken."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"pantaudesa-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    begun = folder / f"{UNFINISHED}{name}"
    with _told_when_full(folder):
        _refuse_too_little_room(place, settings, folder)
        with place.operator() as connection:
            contents.note_on_record(connection, "reading", json.dumps({"purpose": f"backup {name}"}))
        try:
            for attempt in range(1, ATTEMPTS + 1):
                begun.mkdir(mode=0o700)
                try:
                    manifest = _taken(settings, place, begun, name, last=attempt == ATTEMPTS, tell=tell)
                    break
                except _Removed:
                    tell("Sebuah unggahan dibatalkan sementara dicadangkan; diulang.",
                         "An upload was dropped meanwhile; taking it anew.")
                    shutil.rmtree(begun)
            _sign(begun, manifest, settings)
            begun.rename(folder / name)
            sync(folder)
        except BaseException:
            shutil.rmtree(begun, ignore_errors=True)
            raise
        told = hashlib.sha256(manifest.to_json()).hexdigest()
        with place.operator() as connection:
            contents.note_on_record(connection, "reading", json.dumps(
                {"purpose": f"backup {name} taken", "manifest": told, "rows": manifest.rows}))
    return folder / name, manifest


def _taken(settings: Settings, place: Place, begun: Path, name: str, *, last: bool, tell: Tell) -> Manifest:
    with psycopg.connect(place.operator_url) as connection:
        connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        manifest = _begun(connection, name)
        named = contents.named_files(connection)
        _copy_tables(connection, begun, manifest, tell)
        manifest.sequences = contents.sequences(connection)
    tell("Menyalin berkas dan foto …", "Copying files and photos …")
    _copy_files(settings.var, begun, manifest)
    absent = sorted(f"{folder}/{one[:2]}/{one}" for folder, one in named
                    if f"{folder}/{one[:2]}/{one}" not in manifest.files)
    if absent:
        with place.operator() as connection:
            still = {f"{folder}/{one[:2]}/{one}" for folder, one in contents.named_files(connection)}
        if not last and not still.issuperset(absent):
            raise _Removed
        manifest.missing = absent
    return manifest


def _begun(connection: psycopg.Connection, name: str) -> Manifest:
    founded, last = installation.found(connection), audit.last_block(connection)
    assert founded is not None
    versions = {"pantaudesa": "0.1.0", "procrastinate": metadata.version("procrastinate"),
                **contents.versions(connection)}
    return Manifest(name, datetime.now(UTC).isoformat(timespec="seconds"), versions, contents.migrations(connection),
                    *founded, blocks=last.number if last else 0, head=last.head.hex() if last else "")


def _copy_tables(connection: psycopg.Connection, begun: Path, manifest: Manifest, tell: Tell) -> None:
    _make(begun / "database")
    tables = contents.tables(connection)
    tell(f"Menyalin {len(tables)} tabel …", f"Copying {len(tables)} tables …")
    for table in tables:
        content, path = Content(), path_of(table.name)
        with _written(begun / path) as (raw, total), gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed:
            for block in content.passing(contents.copied(connection, table)):
                packed.write(block)
        manifest.files[path] = total.hex, total.bytes
        manifest.tables[table.name] = Held(table.columns, table.order, content.rows, content.sum)


def _copy_files(var: Path, begun: Path, manifest: Manifest) -> None:
    for folder in KEPT:
        for file in sorted((var / folder).glob("[0-9a-f][0-9a-f]/*")):
            path = f"{folder}/{file.parent.name}/{file.name}"
            _make((begun / path).parent)
            try:
                with file.open("rb") as opened, _written(begun / path) as (written, total):
                    while block := opened.read(_BLOCK):
                        written.write(block)
            except FileNotFoundError:
                continue  # dropped a moment ago
            if total.hex != file.name:
                raise Stop(f"{file} rusak: isinya bukan yang pernah diterima (jumlah {total.hex}). Ambil kembali "
                           "berkas itu dari cadangan sebelumnya; cadangan ini tidak dibuat.",
                           f"{file} is damaged: it does not hold what was received (sum {total.hex}). Take that file "
                           "back from an earlier backup; this one was not made.")
            manifest.files[path] = total.hex, total.bytes
    for made, _folders, _names in os.walk(begun):
        sync(Path(made))


class _Total:
    """Sum and length of what passes into a file."""

    def __init__(self, file: object) -> None:
        self._file, self._sum, self.bytes = file, hashlib.sha256(), 0

    def write(self, block: bytes) -> int:
        self._sum.update(block)
        self.bytes += len(block)
        return self._file.write(block)  # type: ignore[attr-defined]

    def flush(self) -> None:
        self._file.flush()  # type: ignore[attr-defined]

    @property
    def hex(self) -> str:
        return self._sum.hexdigest()


@contextmanager
def _written(path: Path) -> Iterator[tuple[_Total, _Total]]:
    """A new file that its owner alone may read, on disk when the block ends."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        total = _Total(file)
        yield total, total
        file.flush()
        os.fsync(file.fileno())


def _sign(begun: Path, manifest: Manifest, settings: Settings) -> None:
    told = manifest.to_json()
    for name, content in ((MANIFEST, told), (SIGNATURE, signature_of(told, signing_key(settings.keys)))):
        with _written(begun / name) as (written, _):
            written.write(content)
    sync(begun)


def _refuse_too_little_room(place: Place, settings: Settings, folder: Path) -> None:
    """A disk that would fill in the middle is said before anything is written. Rows are packed to less than a third of
    what the server keeps of them."""
    files = sum(file.stat().st_size for kept in KEPT for file in (settings.var / kept).glob("[0-9a-f][0-9a-f]/*"))
    with place.operator() as connection:
        needed = files + contents.size(connection) // 3 + MARGIN
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Stop(f"Ruang di {folder} tidak cukup: perlu kira-kira {needed >> 20} MiB, tersisa {free >> 20} MiB. "
                   "Kosongkan ruang atau pilih folder lain; tidak ada yang ditulis.",
                   f"Too little room in {folder}: some {needed >> 20} MiB are needed, {free >> 20} MiB are left. Make "
                   "room or choose another folder; nothing was written.")


@contextmanager
def _told_when_full(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO):
            raise
        raise Stop(f"Cadangan di {folder} tidak jadi: {error.strerror}. Yang setengah jadi sudah dihapus.",
                   f"No backup was made in {folder}: {error.strerror}. What was half made is gone.") from None


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
