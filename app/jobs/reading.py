"""Reading a received file: what its rows say, whose they are, and everything that is wrong with them.

Nothing is stored as a work here. A second reading of the same upload replaces the first, and keeps what a person
corrected of its rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from app.db import Connection, Database
from app.errors import NotFound, Refused
from app.jobs import be_patient, files, overriding, returned
from app.jobs.keeping import Identities, Raw, new_rows
from app.jobs.progress import Told
from app.jobs.territory import Territory
from app.queries import column_mappings, regions, upload_rows, uploads
from app.queries.column_mappings import Remembered
from app.queries.upload_rows import NewRow
from app.queries.uploads import Upload
from app.settings import Settings
from geo import rows
from geo.columns import shape_of
from geo.sentences import Sentence
from geo.tables import Problem, Table, Understood


class Read(NamedTuple):
    """A file read, before it is understood: `raws` are its rows as they stand there, with what was corrected."""

    table: Table
    raws: list[Raw]
    marks: Mapping[int, str]
    shape: str
    remembered: Remembered | None


def read(database: Database, settings: Settings, person_id: UUID, upload_id: UUID, progress: Told) -> None:
    """Read the file of an upload that has been received. Raises GeoError where the file cannot be used at all."""
    with database.transaction(read_only=True, person=person_id) as connection:
        upload = uploads.by_id(connection, upload_id)
        if upload is None or upload.person_id != person_id:
            raise NotFound(Sentence("upload.not_found"))
        territory = Territory.of(connection, upload)
        ids = regions.ids_by_code(connection)
        known = column_mappings.all_for(connection, upload.region_id)
        corrected = upload_rows.corrections_of(connection, upload_id)
    path = files.path_of(settings.files, upload.sha256)
    if not path.is_file():
        raise Refused(Sentence("upload.file_lost"))
    progress.say("job.reading")
    got = _read(path, upload, known, corrected, progress)
    progress.say("job.understanding", 0, len(got.raws))
    understood = rows.understand(got.table, currency=settings.currency, regions=territory.known,
                                 say=lambda done, total: progress.say("job.understanding", done, total))
    progress.say("job.keeping", 0, len(understood))
    with database.transaction(read_only=False, person=person_id) as connection:
        be_patient(connection)
        upload = uploads.hold(connection, upload_id)
        if upload.state == "received":
            _keep(connection, upload, got, understood, territory, ids, progress)
        progress.end(connection)


def said(upload: Upload) -> dict[str, str]:
    """What a person has said the columns mean: file column -> schema column, '' for none."""
    return {one["column"]: one["meaning"] or "" for one in upload.columns if one.get("how") == "person"}


def _read(path: Path, upload: Upload, known: Mapping[str, Remembered], corrected: Mapping[int, dict],
          progress: Told) -> Read:
    """The rows of the file; where a file of its shape was corrected before, by what was said then."""

    def table_by(mapping: Mapping[str, str]) -> tuple[Table, dict[int, str]]:
        table = rows.read(path, file_name=upload.file_name, mapping=mapping, together=False,
                          say=lambda done, total: progress.say("job.reading", done, total))
        return table, returned.take_marks(table)

    own = said(upload)
    table, marks = table_by(own)
    shape = shape_of(table.columns)
    remembered = known.get(shape)
    meant = {column: meaning for column, meaning in remembered.of(table.columns).items()
             if column not in own} if remembered else {}
    if meant:
        if any(table.mapping.get(column, "") != meaning for column, meaning in meant.items()):
            table, marks = table_by(meant | own)
        table.recognised = tuple(replace(one, how="remembered") if one.column in meant else one
                                 for one in table.recognised)
    told: dict[int, list[dict]] = {}
    for problem in table.problems:
        if problem.row is not None:
            told.setdefault(problem.row, []).append(problem.to_json())
    raws = [Raw(row, corrected.get(row.number), row.geometry, told.get(row.number, [])) for row in table.rows]
    if corrected:
        table.rows = [overriding.overridden(raw) for raw in raws]
        table.problems = [one for one in table.problems if one.row is None] + [
            problem for raw in raws for problem in overriding.still_told(raw)]
    return Read(table, raws, marks, shape, remembered if meant else None)


def _keep(connection: Connection, upload: Upload, got: Read, understood: Sequence[Understood], territory: Territory,
          ids: Mapping[str, int], progress: Told) -> None:
    table = got.table
    upload_rows.drop_rows(connection, upload.id)
    good = Counter()
    identities = Identities.of(connection, understood, got.marks)
    new = new_rows(understood, got.raws, table, territory, ids, identities)
    upload_rows.put_rows(connection, upload.id, _counted(new, good, progress, len(understood)))
    problems = list(table.problems)
    if territory.known is None and {"village", "village_code", "district", "regency"} & set(table.column_of):
        problems.append(Problem(None, None, None, Sentence("upload.no_regions"), severity="note"))
    columns = [asdict(one) | {"unit": str(one.unit)} for one in table.recognised]
    uploads.note_read(connection, upload.id, format=table.format, sheet=table.sheet, columns=columns,
                      problems=[one.to_json() for one in problems if one.row is None], rows=good.total(),
                      good_rows=good[True], mapping_id=got.remembered.id if got.remembered else None)
    if own := said(upload):
        meanings = [own.get(column) for column in table.columns]
        if got.remembered:
            before = got.remembered.of(table.columns)
            meanings = [before.get(column) if one is None else one
                        for column, one in zip(table.columns, meanings, strict=True)]
        column_mappings.remember(connection, got.shape, upload, meanings)


def _counted(new: Iterator[NewRow], good: Counter, progress: Told, total: int) -> Iterator[NewRow]:
    for row in new:
        good[row.good] += 1
        if not row.position % 1000:
            progress.say("job.keeping", row.position, total)
        yield row
