"""A desk at which files are sent: an installation with three villages side by side, and its people."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import shapely

from app.db import Database
from app.jobs import reading, storing
from app.jobs import uploads as sending
from app.jobs.progress import Told
from app.queries import upload_rows, uploads
from app.settings import Settings
from tests import build
from tests.database import Database as Prepared

HEAD = "id,nama kegiatan,tahun,sumber dana,anggaran,desa,kecamatan,latitude,longitude\n"
ROAD = "K1,Rabat beton jalan Dusun Krajan RT 01,2024,Dana Desa,180000000,Sarongan,Pesanggaran,-8.2192,114.3692\n"
DITCH = "K2,Pembangunan drainase Dusun Sumberjambe,2023,ADD,95000000,Sarongan,Pesanggaran,-8.2250,114.3752\n"
POST = "K3,Rehab pos kamling RT 04,2022,Dana Desa,12000000,Sarongan,Pesanggaran,,\n"
NORTH = "K4,Pembangunan MCK umum,2024,Dana Desa,40000000,Sarongan,Pesanggaran,8.2201,114.3701\n"
ELSEWHERE = "K5,Saluran irigasi tersier,2024,Dana Desa,60000000,Kandangan,Pesanggaran,-8.2192,114.4092\n"


@dataclass
class Desk:
    """An installation with three villages that lie side by side, and the people who send files to it."""

    database: Database
    settings: Settings
    committing: psycopg.Connection
    places: build.Places
    field: UUID
    planner: UUID

    def send(self, text: str | bytes, person: UUID | None = None, region: int | None = None,
             name: str = "kegiatan.csv") -> UUID:
        person = person or self.field
        content = text.encode() if isinstance(text, str) else text
        with self.database.transaction(read_only=False, person=person) as connection:
            region = region or uploads.widest_region(connection, ("field", "head", "planner", "admin"))
            return sending.receive(connection, self.settings, person, region, name, io.BytesIO(content))

    def read(self, text: str | bytes, person: UUID | None = None, **more: object) -> UUID:
        person = person or self.field
        new = self.send(text, person, **more)
        reading.read(self.database, self.settings, person, new, Told())
        return new

    def store(self, upload: UUID, person: UUID | None = None) -> dict:
        return storing.store(self.database, self.settings, person or self.field, upload, Told())

    def undo(self, upload: UUID, person: UUID | None = None) -> dict:
        return storing.undo(self.database, self.settings, person or self.field, upload, Told())

    def seen(self, upload: UUID, person: UUID | None = None) -> uploads.Upload | None:
        with self.database.transaction(read_only=True, person=person or self.field) as connection:
            return uploads.by_id(connection, upload)

    def problems(self, upload: UUID) -> list[tuple[int, str | None, str]]:
        return [(row.number, one["column"], one["reason"]["id"]) for row in self.rows(upload) for one in row.problems]

    def rows(self, upload: UUID) -> list[upload_rows.SeenRow]:
        with self.database.transaction(read_only=True, person=self.field) as connection:
            return upload_rows.first_rows(connection, upload, 1000)

    def one(self, query: str, *values: object) -> object:
        return self.committing.execute(query, values).fetchone()[0]

    def works(self) -> int:
        return self.one("SELECT count(*) FROM project WHERE withdrawn_at IS NULL")


@contextmanager
def opened(prepared: Prepared, var: Path) -> Iterator[Desk]:
    with build.superuser(prepared) as committing:
        places = build.places(committing)
        for place in (places.regency, places.district, places.other_district):
            committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                               [shapely.to_wkt(shapely.box(114.35, -8.26, 114.47, -8.18)), place])
        for place, west in ((places.village, 114.35), (places.neighbour, 114.39), (places.far, 114.43)):
            committing.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                               [shapely.to_wkt(shapely.box(west, -8.26, west + 0.04, -8.18)), place])
        database = Database(prepared.web_dsn, size=4)
        yield Desk(database, Settings(var=var), committing, places,
                   build.person(committing, "field", places.village, name="operator"),
                   build.person(committing, "planner", places.regency, name="perencana"))
        database.close()
