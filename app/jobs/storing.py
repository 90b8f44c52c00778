"""Storing what was read, and taking it back: each in one transaction with the matching of what it touched.

Whoever comes second to the same upload finds it stored and does nothing; whoever is killed in the middle leaves
nothing behind.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import shapely

from app.access import SENDS
from app.db import Connection, Database
from app.errors import NotFound, Refused
from app.jobs import be_patient, matching
from app.jobs.progress import Told
from app.queries import mergings, projects, regions, upload_outcomes, uploads
from app.queries.projects import Site, Work
from app.queries.upload_outcomes import GoodRow
from app.queries.uploads import Upload
from app.settings import Settings
from geo.sentences import Sentence

BATCH = 5_000


def store(database: Database, settings: Settings, person_id: UUID, upload_id: UUID, progress: Told) -> dict:
    """Store the good rows of a read upload and compare them with everything that is there.

    Answers {stored, updated, unchanged, left_out, pairs, to_look_at, compared}. Raises NotFound and Refused.
    """
    with database.transaction(read_only=False, person=person_id) as connection:
        be_patient(connection)
        upload = _held(connection, upload_id, person_id)
        if upload.state == "stored":
            progress.end(connection)
            return upload.outcome
        if upload.state != "read":
            raise Refused(Sentence("upload.cannot_be_stored"))
        if not upload.good_rows:
            raise Refused(Sentence("upload.no_good_rows", {"rows": upload.rows or 0}))
        _may_still_write(connection, upload_id)
        counts, touched = _store_rows(connection, upload, person_id, progress)
        progress.say("job.matching", len(touched), None)
        matched = matching.match(connection, touched)
        outcome = counts | {"left_out": upload_outcomes.note_left_out(connection, upload_id), "pairs": matched.pairs,
                            "to_look_at": matched.to_look_at, "compared": matched.compared,
                            "crowded": list(matched.crowded)}
        uploads.note_stored(connection, upload_id, outcome)
        progress.end(connection)
    return outcome


def undo(database: Database, settings: Settings, person_id: UUID, upload_id: UUID, progress: Told) -> dict:
    """Take a stored upload back: works it made are withdrawn, works it changed are what they were before.

    Works that somebody has changed since stay as they are. Answers {withdrawn, restored, kept}.
    """
    with database.transaction(read_only=False, person=person_id) as connection:
        be_patient(connection)
        upload = _held(connection, upload_id)
        if upload.state == "undone":
            progress.end(connection)
            return upload.outcome["undone"]
        if upload.state != "stored":
            raise Refused(Sentence("upload.cannot_be_undone"))
        uploads.hold_regions(connection, upload_outcomes.regions_of(connection, upload_id))
        created = upload_outcomes.created_works(connection, upload_id)
        updated = upload_outcomes.updated_works(connection, upload_id)
        withdrawn = [project for project, untouched in created if untouched]
        projects.withdraw(connection, withdrawn)
        restored = []
        for place, (project, before, untouched) in enumerate(updated):
            if untouched:
                progress.say("job.restoring", place, len(updated))
                _restore(connection, project, before, person_id)
                restored.append(project)
        progress.say("job.matching", 0, None)
        matching.match(connection, _living(connection, [*withdrawn, *restored]))
        outcome = {"withdrawn": len(withdrawn), "restored": len(restored),
                   "kept": len(created) + len(updated) - len(withdrawn) - len(restored)}
        uploads.note_undone(connection, upload_id, outcome)
        progress.end(connection)
    return outcome


def _held(connection: Connection, upload_id: UUID, sender: UUID | None = None) -> Upload:
    upload = uploads.hold(connection, upload_id)
    if upload is None or (sender is not None and upload.person_id != sender):
        raise NotFound(Sentence("upload.not_found"))
    return upload


def _may_still_write(connection: Connection, upload_id: UUID) -> None:
    """Rights are those of the moment of storing, not of the moment of reading. Also queues behind other uploads."""
    responsible = upload_outcomes.regions_of(connection, upload_id)
    if not regions.writable_ids(connection, SENDS).issuperset(responsible):
        raise Refused(Sentence("upload.rights_changed"))
    uploads.hold_regions(connection, responsible)


def _store_rows(connection: Connection, upload: Upload, person_id: UUID,
                progress: Told) -> tuple[dict[str, int], list[UUID]]:
    counts, touched, done = {"stored": 0, "updated": 0, "unchanged": 0}, [], 0
    for batch in upload_outcomes.good_batches(connection, upload.id, BATCH):
        progress.say("job.storing", done, upload.good_rows)
        outcomes = _store_batch(connection, upload.id, batch, person_id)
        upload_outcomes.note_outcomes(connection, upload.id, outcomes)
        for outcome, project_id in outcomes.values():
            counts[outcome] += 1
            if outcome != "unchanged":
                touched.append(project_id)
        done += len(batch)
    progress.say("job.storing", done, upload.good_rows)
    return counts, _living(connection, touched)


def _living(connection: Connection, touched: Sequence[UUID]) -> list[UUID]:
    """These works, and those that some of them became part of: what changed there is to be compared anew too."""
    onward = mergings.survivors(connection, touched)
    return [*touched, *sorted(set(onward) - set(touched))]


def _store_batch(connection: Connection, upload_id: UUID, batch: Sequence[GoodRow],
                 person_id: UUID) -> dict[int, tuple[str, UUID]]:
    """What became of each row, by position: (stored | updated | unchanged, its work)."""
    outcomes: dict[int, tuple[str, UUID]] = {}
    new: list[Work] = []
    changed: list[tuple[GoodRow, projects.Known, bool]] = []
    by_source: dict[str, list[GoodRow]] = defaultdict(list)
    for row in batch:
        by_source[row.facts["source"]].append(row)
    for source, rows in by_source.items():
        known = projects.known(connection, source, [row.source_key for row in rows])
        for row in rows:
            stored = known.get(row.source_key)
            if stored is None:
                work = _work(source, row)
                new.append(work)
                outcomes[row.position] = ("stored", work.id)
                continue
            moved = _moved(stored, _sites(row))
            if moved or projects.differs(stored, row.facts, []):
                changed.append((row, stored, moved))
            outcomes[row.position] = ("updated" if changed and changed[-1][0] is row else "unchanged", stored.id)
    projects.insert(connection, new, person_id, upload_id)
    upload_outcomes.note_before(connection, upload_id,
                                [(row.position, stored.id, moved) for row, stored, moved in changed])
    for row, stored, moved in changed:
        said = projects.news(stored, _said(row.facts)) if stored.shared else _said(row.facts)
        projects.change(connection, stored.id, said, upload_id)
        if moved:
            projects.move(connection, stored.id, _sites(row), person_id, upload_id)
        if stored.shared:
            projects.keep_said(connection, stored.id, said, moved=moved)
    return outcomes


def _moved(stored: projects.Known, sites: Sequence[Site]) -> bool:
    """Whether a row says otherwise than known where its work stands. A sheet that we gave away says where the work was
    planned or seen, too, and not how that place was taken: got back, it claims nothing."""
    if not projects.differs(_as_claimed(stored), {}, sites):
        return False
    by_role = [[one for one in stored.sites if one.role == role] for role in ("visited", "claimed", "planned")]
    return not any(_same_place(sites[0], of_role) for of_role in by_role if of_role)


def _same_place(new: Site, known: Sequence[Site]) -> bool:
    """Whether a place of a sheet is just these, joined and rounded as an export writes them (`GATHERED`). Of a place
    whose accuracy was not known the sheet may say it anew; one read as a straight line between two ends is no copy."""
    accuracy_m = max((one.accuracy_m for one in known if one.accuracy_m is not None), default=None)
    known_so = new.accuracy_m is None or (accuracy_m is not None and abs(new.accuracy_m - accuracy_m) <= 0.01)
    places = [shapely.normalize(shapely.GeometryCollection(list(shapely.get_parts([one.geometry for one in some]))))
              for some in ([new], known)]
    return new.method != "chord" and known_so and bool(shapely.equals_exact(*places, tolerance=2e-7))


def _as_claimed(stored: projects.Known) -> projects.Known:
    """A sheet claims where a work stands; where somebody has seen it stand is not the sheet's matter."""
    return replace(stored, sites=[site for site in stored.sites if site.role == "claimed"])


def _work(source: str, row: GoodRow) -> Work:
    return Work(source=source, source_key=row.source_key, region_id=row.facts["region_id"],
                village_known=row.facts["village_known"], claimed_region=row.facts.get("claimed_region"),
                facts=row.facts, sites=_sites(row))


def _said(facts: Mapping[str, object]) -> dict[str, object]:
    """What the row says about the work; what it leaves out says nothing."""
    return {name: facts[name] for name in projects.FACTS if facts.get(name) is not None}


def _sites(row: GoodRow) -> list[Site]:
    if row.geometry is None:
        return []
    return [Site(row.geometry, row.method, row.accuracy_m, found_region_id=row.facts.get("found_region_id"),
                 outside_m=row.facts.get("outside_m"))]


def _restore(connection: Connection, project: UUID, before: Mapping, person_id: UUID) -> None:
    facts = {name: before["facts"].get(name) for name in projects.FACTS}
    upload_id = UUID(before["upload_id"]) if before["upload_id"] else None
    projects.change(connection, project, facts, upload_id)
    if not before["moved"]:
        return
    sites = [Site(shapely.from_wkb(one["geom"]), one["method"], one["accuracy_m"], one["role"], one["part"],
                  one["found_region_id"], one["outside_m"], one["reason"]) for one in before["sites"]]
    projects.move(connection, project, sites, person_id, upload_id)
