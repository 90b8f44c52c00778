"""Correcting an upload before it is stored: a pattern of rows at once, one value by hand, rows that are left out.

A correction is what is read in the place of what was typed (`upload_row.corrected`), never a change of the result: the
rows are read anew by the same reader, and undoing is reading them once more without it. A few rows are read here
and now; many are left to a job that reads the whole file, with progress.
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import shapely

from app.db import Connection
from app.errors import Changed, Refused
from app.jobs import overriding
from app.jobs import uploads as sending
from app.jobs.keeping import Identities, Raw, new_rows
from app.jobs.overriding import Columns
from app.jobs.territory import Territory
from app.queries import jobs, regions, upload_corrections, upload_rows, uploads
from app.queries.upload_corrections import Pattern
from app.queries.upload_rows import Typed
from app.queries.uploads import Upload
from app.settings import Settings
from geo import rows
from geo.identity import fingerprint
from geo.sentences import Sentence
from geo.tables import Problem, Recognised, Row, Table

AT_ONCE, AROUND = 2_000, 2_000
"""So many rows are read anew while the person waits, beside so many others that show how the columns are written."""
LONGEST_VALUE = 2_000


def held(connection: Connection, upload_id: UUID, person_id: UUID) -> Upload:
    """The upload, held, if this person may correct it now. Raises NotFound and Changed."""
    upload = sending.own(connection, upload_id, person_id, "read")
    job = jobs.latest_of_upload(connection, upload_id)
    if job and job.unfinished:
        raise Changed
    return upload


def seen(numbers: Sequence[int]) -> str:
    """What tells that the rows that are changed are those that were shown."""
    return hashlib.sha256(",".join(map(str, numbers)).encode()).hexdigest()[:16]


def apply(connection: Connection, settings: Settings, upload: Upload, pattern: Pattern, shown: str,
          only: int | None = None) -> int:
    """Apply the suggestion of a pattern to all its rows (or `only` to this one); answers how many. Raises Changed
    where these are no longer the rows that were shown."""
    numbers = upload_corrections.numbers(connection, upload.id, pattern)
    if only is not None:
        numbers = [number for number in numbers if number == only]
    elif seen(numbers) != shown:
        raise Changed
    if not numbers or pattern.how is None:
        raise Changed
    columns = Columns.of(upload.columns)
    after = {}
    for row in upload_rows.typed(connection, upload.id, numbers):
        corrected = row.corrected
        for problem in map(Problem.from_json, row.problems):
            if problem.suggestion and (problem.reason.id, problem.suggestion.how, problem.column) == pattern:
                corrected = overriding.merged(corrected, overriding.by_suggestion(columns, problem))
        after[row.number] = corrected
    told = pattern._asdict() | ({} if only is None else {"row": only})
    return _change(connection, settings, upload, "suggested", told, after)


def type_value(connection: Connection, settings: Settings, upload: Upload, number: int, column: str | None,
               text: str) -> int:
    """Put a typed value in the place of what a row says in a column (None: where it stands). Raises Refused."""
    text = text.strip()
    if len(text) > LONGEST_VALUE:
        raise Refused(Sentence("cell.too_long", {"limit": LONGEST_VALUE}))
    said = overriding.by_hand(Columns.of(upload.columns), column, text)
    before = upload_corrections.rows_changed(connection, upload.id, [number])
    if number not in before:
        raise Changed
    return _change(connection, settings, upload, "typed", {"column": column, "text": text, "row": number},
                   {number: overriding.merged(before[number], said)})


def leave_out(connection: Connection, settings: Settings, upload: Upload, numbers: Sequence[int],
              pattern: Pattern | None = None) -> int:
    """Choose not to store rows, though they may be good; answers how many."""
    before = upload_corrections.rows_changed(connection, upload.id, numbers)
    if not before:
        raise Changed
    after = {number: overriding.merged(corrected, {"left_out": True}) for number, corrected in before.items()}
    told = pattern._asdict() if pattern else {"row": next(iter(after))}
    return _change(connection, settings, upload, "left_out", told, after)


def undo(connection: Connection, settings: Settings, upload: Upload, correction_id: int) -> int:
    """Take a correction back: its rows are read as they were before it. Raises Changed where a later one stands on
    them; that is taken back first."""
    before = upload_corrections.before(connection, upload.id, correction_id)
    if before is None:
        raise Changed
    upload_corrections.put(connection, upload.id, before)
    upload_corrections.note_undone(connection, correction_id)
    _read_anew(connection, settings, upload, list(before))
    return len(before)


def _change(connection: Connection, settings: Settings, upload: Upload, kind: str, told: Mapping,
            after: Mapping[int, Mapping | None]) -> int:
    before = upload_corrections.rows_changed(connection, upload.id, list(after))
    upload_corrections.note(connection, upload.id, kind, told, before, after)
    _read_anew(connection, settings, upload, list(after))
    return len(after)


def _read_anew(connection: Connection, settings: Settings, upload: Upload, numbers: Sequence[int]) -> None:
    if len(numbers) > AT_ONCE:
        sending.ask_to_read_again(connection, upload, upload.person_id, {})
        return
    territory, ids = Territory.of(connection, upload), regions.ids_by_code(connection)
    wanted = set(numbers)
    stored = sorted([*upload_rows.typed(connection, upload.id, numbers),
                     *upload_rows.typed_around(connection, upload.id, numbers, AROUND)])
    raws = [_raw(one, upload.sheet) for one in stored]
    table = Table(upload.format, upload.sheet, tuple(one["column"] for one in upload.columns),
                  tuple(Recognised(**one | {"unit": Decimal(one["unit"])}) for one in upload.columns),
                  [overriding.overridden(raw) for raw in raws],
                  [problem for raw in raws for problem in overriding.still_told(raw)])
    understood = rows.understand(table, currency=settings.currency, regions=territory.known)
    fresh = []
    for one, old in zip(new_rows(understood, raws, table, territory, ids, Identities()), stored, strict=True):
        if old.number in wanted:
            facts, key = one.facts, one.source_key
            if old.category and "category" not in facts:  # the title of the sheet, which is not a row, may have said it
                facts = facts | {"category": old.category}
            if old.identified:  # which record it is, is no matter of what it says
                facts = facts | {"identified": True, "source": old.source, "region_id": old.region_id}
                key = old.source_key
            elif key.startswith("row:"):
                key = old.source_key
            fresh.append(one._replace(position=old.position, facts=facts, source_key=key))
    upload_rows.change_rows(connection, upload.id, _kept_apart(connection, upload.id, fresh, raws))
    uploads.count_good_rows(connection, upload.id)


def _kept_apart(connection: Connection, upload_id: UUID, fresh: list, raws: Sequence[Raw]) -> list:
    """No two rows of an upload are one record: a key that another row has gets the fingerprint of its own row."""
    taken = upload_rows.keys_taken(connection, upload_id, [one.source_key for one in fresh],
                                   [one.number for one in fresh])
    row_of = {raw.row.number: raw.row for raw in raws}
    return [one._replace(source_key=f"{one.source_key}#{fingerprint(row_of[one.number])[:16]}")
            if one.source_key in taken else one for one in fresh]


def _raw(one: Typed, sheet: str | None) -> Raw:
    shape = None if one.shape is None else shapely.from_wkb(bytes(one.shape))
    return Raw(Row(one.number, sheet, one.raw, shape), one.corrected, shape, one.told)
