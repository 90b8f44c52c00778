"""Reading a received file: what its rows say, whose they are, and everything that is wrong with them.

Nothing is stored as a work here. A second reading of the same upload replaces the first.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np

from app.db import Connection, Database
from app.errors import NotFound, Refused
from app.jobs import files
from app.jobs.progress import Told
from app.jobs.territory import Territory
from app.queries import regions, upload_rows, uploads
from app.queries.upload_rows import NewRow
from app.queries.uploads import Upload
from app.settings import Settings
from geo import rows
from geo.sentences import Sentence
from geo.tables import Problem, Table, Understood


def read(database: Database, settings: Settings, person_id: UUID, upload_id: UUID, progress: Told) -> None:
    """Read the file of an upload that has been received. Raises GeoError where the file cannot be used at all."""
    with database.transaction(read_only=True, person=person_id) as connection:
        upload = uploads.by_id(connection, upload_id)
        if upload is None or upload.person_id != person_id:
            raise NotFound(Sentence("upload.not_found"))
        territory = Territory.of(connection, upload)
        ids = regions.ids_by_code(connection)
    path = files.path_of(settings.files, upload.sha256)
    if not path.is_file():
        raise Refused(Sentence("upload.file_lost"))
    progress.say("job.reading")
    table = rows.read(path, file_name=upload.file_name, mapping=said(upload))
    progress.say("job.understanding", 0, len(table.rows))
    understood = rows.understand(table, currency=settings.currency, regions=territory.known)
    progress.say("job.keeping", 0, len(understood))
    with database.transaction(read_only=False, person=person_id) as connection:
        upload = uploads.hold(connection, upload_id)
        if upload.state == "received":
            _keep(connection, upload, table, understood, territory, ids, progress)
        progress.end(connection)


def said(upload: Upload) -> dict[str, str]:
    """What a person has said the columns mean: file column -> schema column, '' for none."""
    return {one["column"]: one["meaning"] or "" for one in upload.columns if one.get("how") == "person"}


def _keep(connection: Connection, upload: Upload, table: Table, understood: Sequence[Understood],
          territory: Territory, ids: Mapping[str, int], progress: Told) -> None:
    upload_rows.drop_rows(connection, upload.id)
    good = Counter()
    new = _new_rows(understood, table, territory, ids, _stored_works(connection, understood))
    upload_rows.put_rows(connection, upload.id, _counted(new, good, progress, len(understood)))
    problems = list(table.problems)
    if territory.known is None and {"village", "village_code", "district", "regency"} & set(table.column_of):
        problems.append(Problem(None, None, None, Sentence("upload.no_regions"), severity="note"))
    columns = [asdict(one) | {"unit": str(one.unit)} for one in table.recognised]
    uploads.note_read(connection, upload.id, format=table.format, sheet=table.sheet, columns=columns,
                      problems=[one.to_json() for one in problems if one.row is None], rows=good.total(),
                      good_rows=good[True])


def _counted(new: Iterator[NewRow], good: Counter, progress: Told, total: int) -> Iterator[NewRow]:
    for row in new:
        good[row.good] += 1
        if not row.position % 1000:
            progress.say("job.keeping", row.position, total)
        yield row


def _stored_works(connection: Connection, understood: Sequence[Understood]) -> dict[UUID, tuple[str, str, int]]:
    """The works that the sheet names by `pantau_id`: (source, source key, region) of each that is there."""
    named = [found for one in understood if (found := _uuid(one.facts.get("pantau_id")))]
    return uploads.identities(connection, named) if named else {}


def _uuid(text: object) -> UUID | None:
    with suppress(ValueError, AttributeError, TypeError):
        return UUID(str(text))
    return None


def _new_rows(understood: Sequence[Understood], table: Table, territory: Territory, ids: Mapping[str, int],
              stored: Mapping[UUID, tuple[str, str, int]]) -> Iterator[NewRow]:
    found = _found(understood, territory)
    codes = {region_id: code for code, region_id in ids.items()}
    keys = rows.source_keys(understood)
    used: set[UUID] = set()
    for position, (one, (found_code, outside_m)) in enumerate(zip(understood, found, strict=True)):
        responsible = territory.responsible(one.facts)
        problems = territory.problems(responsible, one, table.column_of)
        source, key, region_id = responsible.source, keys[position], responsible.region_id
        own_id = _uuid(one.facts.get("pantau_id"))
        if own_id in stored and own_id not in used and stored[own_id][2] in territory.writable:
            source, key, region_id = stored[own_id]
            used.add(own_id)
        facts = {name: _plain(value) for name, value in one.facts.items() if value is not None} | {
            "record": _plain(one.facts.get("source_id") or one.facts.get("id")), "fund_shares": _shares(one.facts),
            "source": source, "region_id": region_id,
            "region": codes.get(region_id), "village_known": responsible.village_known,
            "claimed_region": responsible.claimed, "found_region_id": ids.get(found_code),
            "outside_m": outside_m, "how": one.how}
        yield NewRow(
            position, one.row.number, {name: _plain(value) for name, value in one.row.values.items()}, facts,
            [problem.to_json() for problem in problems], not any(problem.severity == "fault" for problem in problems),
            one.method, one.accuracy_m, one.geometry, key)


def _found(understood: Sequence[Understood], territory: Territory) -> list[tuple[str | None, float | None]]:
    """For each row the village its position lies in and how far outside the responsible one it is, where borders
    are exact enough to say."""
    if territory.known is None:
        return [(None, None)] * len(understood)
    claimed = [responsible.code if (responsible := territory.responsible(one.facts)).village_known else None
               for one in understood]
    accuracy_m = np.array([np.nan if one.accuracy_m is None else one.accuracy_m for one in understood], dtype=float)
    placed = territory.known.place([one.geometry for one in understood], claimed, accuracy_m)
    return [(None if code is None or territory.known.is_approximate(code) else code,
             None if np.isnan(metres) else float(metres))
            for code, metres in zip(placed.found, placed.outside_m, strict=True)]


def _shares(facts: Mapping[str, object]) -> list[dict] | None:
    """The funds that openly share a work; what each gives is often not said."""
    shares = facts.get("fund_shares")
    return [{"fund": fund, "amount": _plain(amount)} for fund, amount in shares] if shares else None


def _plain(value: object) -> object:
    """A value as JSON keeps it, exactly."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return value
