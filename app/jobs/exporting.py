"""Making the file of an export: what was asked for is read with the rights of the person, written batch by batch.

A file is finished before its first byte is sent: a stream that breaks looks like a short list. A small list is made
while its person waits, a large one by a job; both are noted. What a job has made lies in `var/exports` for a day.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from app import access
from app.db import Connection, Database
from app.errors import Refused
from app.jobs import be_patient
from app.jobs import begin_export as queued
from app.jobs.export_notes import Batches, note, table
from app.jobs.progress import Progress
from app.jobs.rounds import VISITS
from app.queries import exports
from app.queries.exported import Source
from app.queries.exported_inspection import ANOMALIES, FINDINGS, SAMPLES
from app.queries.exported_pairs import PAIRS
from app.queries.exported_works import WORKS
from app.queries.exports import Export
from app.settings import Settings
from geo.exports import FORMATS
from geo.sentences import Sentence

SOURCES: dict[str, Source] = {one.name: one for one in (WORKS, PAIRS, ANOMALIES, FINDINGS, SAMPLES, VISITS)}
ROLES = {"anomalies": access.JUDGES, "samples": access.JUDGES, "visits": access.JUDGES,
         "findings": ("auditor", *access.ANSWERS)}
"""Who may take a list that is not everybody's: those who may open its page."""
AT_ONCE = 5_000
"""So many rows are written while the person waits: a second or two in the slowest format."""
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Made:
    """What a file holds."""

    rows: int
    without_point: int
    bytes: int
    draft_regions: frozenset[int]


def may_take(connection: Connection, source: Source) -> bool:
    """Whether the list is for the person asking."""
    return source.name not in ROLES or exports.holds(connection, ROLES[source.name])


def write(connection: Connection, settings: Settings, source: Source, wanted: object, form: str, language: str,
          out: Path, say: Callable[[str, int, int | None], None] = lambda doing, done, total: None) -> Made:
    """Write the list into `out`, as the person of this transaction may read it. Raises Refused where it is empty.

    The transaction must be one snapshot: the note says before the first row how many there are.
    """
    by = exports.name_of_person(connection)
    if by is None or not may_take(connection, source):
        raise Refused(Sentence("job.not_allowed"))
    say("job.counting", 0, None)
    counted = source.count(connection, wanted)
    if not counted.rows:
        raise Refused(Sentence("export.empty"))
    say("job.exporting", 0, counted.rows)
    batches = Batches(source, source.batches(connection, wanted), language, settings.currency)
    told = note(connection, settings, source, wanted, by, counted, language)
    FORMATS[form].write(out, table(source, told, batches, counted.rows, language,
                                   lambda done: say("job.exporting", done, counted.rows)))
    return Made(batches.rows, batches.without_point, out.stat().st_size, frozenset(batches.draft_regions))


@contextmanager
def made_at_once(database: Database, settings: Settings, person_id: UUID, source: Source, wanted: object, form: str,
                 language: str) -> Iterator[Path]:
    """The file of a small list, noted before it is given out and gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="pantau-export-") as folder:
        out = Path(folder, "export")
        with database.transaction(read_only=True, person=person_id, snapshot=True) as connection:
            made = write(connection, settings, source, wanted, form, language, out)
        with database.transaction(read_only=False, person=person_id) as connection:
            new = exports.ask(connection, person_id, source.name, wanted.query_string(), form, language)
            exports.note_made(connection, new, made.rows, made.without_point, made.bytes, sorted(made.draft_regions))
        yield out


def order(connection: Connection, person_id: UUID, source: Source, wanted: object, form: str, language: str) -> UUID:
    """Have a large list made by a job, unless it is being made already. Answers the id of the export."""
    asked = wanted.query_string()
    if waiting := exports.unfinished(connection, source.name, asked, form, language):
        return waiting
    new = exports.ask(connection, person_id, source.name, asked, form, language)
    exports.note_job(connection, new, queued(connection, person_id, new))
    return new


def make(database: Database, settings: Settings, person_id: UUID, export_id: UUID, progress: Progress) -> None:
    """The job: write the file with the rights its person holds now, and note what it holds. Done again after its
    worker was killed it writes the file anew."""
    clear(settings)
    with database.transaction(read_only=True, person=person_id) as connection:
        export = exports.by_id(connection, export_id)
    if export is None:
        raise Refused(Sentence("job.not_allowed"))
    source = SOURCES[export.source]
    place = path_of(settings, export)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = place.with_name(f"{place.name}.part")
    try:
        with database.transaction(read_only=True, person=person_id, snapshot=True) as connection:
            be_patient(connection)
            made = write(connection, settings, source, source.parse(export.asked), export.format, export.language,
                         unfinished, progress.say)
        unfinished.replace(place)
    except OSError as error:
        raise Refused(Sentence("export.too_large")) from error
    finally:
        unfinished.unlink(missing_ok=True)
    with database.transaction(read_only=False, person=person_id) as connection:
        exports.note_made(connection, export_id, made.rows, made.without_point, made.bytes, sorted(made.draft_regions))
        progress.end(connection)


def path_of(settings: Settings, export: Export) -> Path:
    """Where the file of an export lies: under its own id, never under a name that somebody gave."""
    return settings.var / "exports" / f"{export.id}{FORMATS[export.format].SUFFIX}"


def held(settings: Settings, export: Export) -> Path | None:
    """The file, while it is kept; None afterwards, also where nobody has cleared away yet."""
    if export.made_at is None or datetime.now(UTC) - export.made_at > KEPT:
        return None
    place = path_of(settings, export)
    return place if place.is_file() else None


def clear(settings: Settings) -> int:
    """Delete files older than a day, also what a killed worker left; answers how many."""
    gone = 0
    folder = settings.var / "exports"
    for file in folder.iterdir() if folder.is_dir() else ():
        if time.time() - file.stat().st_mtime > KEPT.total_seconds():
            file.unlink(missing_ok=True)
            gone += 1
    return gone
