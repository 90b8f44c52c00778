"""A small installation with something of everything, sealed, and a backup of it; and new databases to put it in."""

import io
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from PIL import Image
from psycopg import sql

from app.audit.sealing import Sealer, signing_key
from app.backups.manifest import Manifest
from app.backups.restoring import Restored, believed, restored
from app.backups.taking import take
from app.installation import migrate
from app.installation.ready import Place, prepare
from app.installation.terminal import quiet
from app.jobs import photos
from app.jobs import uploads as sending
from app.queries import verdicts
from app.settings import Settings
from tests import build
from tests.database import TestServer


@dataclass(frozen=True)
class Source:
    """An installation that was backed up."""

    settings: Settings
    place: Place
    superuser_dsn: str
    upload: uuid.UUID
    work: uuid.UUID
    backup: Path
    manifest: Manifest


@contextmanager
def unused(server: TestServer, var: Path, **more: object) -> Iterator[Settings]:
    """Settings whose DATABASE_URL is a database that no installation has used."""
    name = f"{server.template}_{uuid.uuid4().hex[:8]}"
    migrate.create_database(server.dsn, name)
    try:
        yield Settings(database_url=server.reach(name), var=var, **more)
    finally:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for role in migrate.roles_of(name):
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@contextmanager
def source(server: TestServer, folder: Path) -> Iterator[Source]:
    heads = folder / "heads"
    heads.mkdir()
    with unused(server, folder / "var", heads=heads) as settings:
        place = prepare(settings, None, tell=quiet)
        with psycopg.connect(settings.database_url, autocommit=True) as connection:
            upload, work = fill(connection, settings, place)
        seal(settings, place)
        backup, manifest = take(settings, place, folder / "backups", tell=quiet)
        yield Source(settings, place, settings.database_url, upload, work, backup, manifest)


def fill(connection: psycopg.Connection, settings: Settings, place: Place) -> tuple[uuid.UUID, uuid.UUID]:
    """People, works, a pair with a verdict and an answer with a photo, a received file, a session."""
    places = build.places(connection)
    field = build.person(connection, "field", places.village, name="operator")
    auditor = build.person(connection, "auditor", places.root, name="auditor")
    one, other = (build.project(connection, places.village, field, name=f"Rabat \\ beton\t{n}") for n in range(2))
    build.project(connection, places.village, field, at=None, stage="proposed")
    pair = build.pair(connection, one, other)
    build.verdict(connection, pair, auditor)
    answer = build.answer(connection, pair, field, places.village)
    kept = photos.keep(settings, picture())
    verdicts.add_photo(connection, answer, *kept)
    build.session(connection, field)
    connection.execute("SELECT set_config('pantau.person', %s, false)", [str(field)])
    upload = sending.receive(connection, settings, field, places.village, "kegiatan.csv", io.BytesIO(b"id,nama\n1,x\n"))
    return upload, one


def picture(colour: str = "teal") -> io.BytesIO:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(written, "JPEG")
    written.seek(0)
    return written


def seal(settings: Settings, place: Place) -> None:
    sealer = Sealer(signing_key(settings.keys), settings.heads)
    with psycopg.connect(place.sealer_url, autocommit=True) as connection:
        sealer.begin(connection)
        with connection.transaction():
            count = sealer.tick(connection)
        if count:
            sealer.note_head()


def put_back(settings: Settings, backup: Path) -> AbstractContextManager[Restored]:
    """What `./pantau restore` does, without a word."""
    manifest = believed(backup, settings.heads, tell=quiet)
    return restored(settings, backup, manifest, None, tell=quiet)


def altered(path: Path) -> None:
    """One bit of a file turned."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
