"""A whole list of proposals: every row checked against all that is there, and against the other rows.

Rows are kept as they are answered, some at a time, each under its own number; a worker that takes the list up after
another was killed goes on behind the last kept row, and no row is answered twice. Nothing becomes a work.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO
from uuid import UUID, uuid4

import geopandas
import numpy as np
import pandas as pd

from app.db import Connection, Database
from app.errors import NotFound, Refused
from app.jobs import answers, be_patient, begin_list, files, keeping
from app.jobs.checking import Proposal
from app.jobs.matching import model_in_force
from app.jobs.progress import Told
from app.jobs.territory import Territory
from app.jobs.uploads import shown_name
from app.queries import check_lists, check_results, regions, uploads
from app.queries.check_lists import CheckList
from app.settings import Settings
from geo import duplicates, rows
from geo.model import Model
from geo.schema import SITE_COLUMNS
from geo.sentences import Sentence
from geo.tables import LIMITS, Understood

MOST_ROWS = 5_000
"""A regency proposes fewer in a year; more would keep the worker from everybody's uploads for long."""
TOGETHER = 20
MORE = ("activity_code", "place", "rt", "rw", "contractor", "contract")
MOST_WITHIN = 10


def receive(connection: Connection, settings: Settings, person_id: UUID, region_id: int, file_name: str,
            stream: BinaryIO) -> UUID:
    """Keep the file and queue its checking. Answers the id of the list."""
    kept = files.keep(stream, settings.files, lambda sha256: uploads.hold_content(connection, sha256))
    new = check_lists.enter(connection, person_id, region_id, shown_name(file_name), kept.sha256, kept.bytes)
    begin_list(connection, person_id, new)
    return new


def check(database: Database, settings: Settings, person_id: UUID, list_id: UUID, progress: Told) -> None:
    """Check a received list. Raises GeoError where the file cannot be used at all."""
    with database.transaction(read_only=True, person=person_id) as connection:
        sent = check_lists.by_id(connection, list_id)
        if sent is None or sent.person_id != person_id:
            raise NotFound(Sentence("upload.not_found"))
        territory = Territory.of(connection, sent)
        ids, model = regions.ids_by_code(connection), model_in_force(connection)
    if sent.state == "received":
        understood = _read(database, settings, person_id, sent, territory, progress)
        proposals = [proposal_of(one, territory) for one in understood]
        within = alike_within(proposals, [one.row.number for one in understood], model, ids)
        _answer(database, person_id, sent, understood, proposals, within, ids, progress)
    with database.transaction(read_only=False, person=person_id) as connection:
        progress.end(connection)
        _close(connection, settings, list_id, "checked")


def cancel(connection: Connection, settings: Settings, list_id: UUID) -> None:
    """Stop a list; the rows that were answered keep their answers."""
    _close(connection, settings, list_id, "cancelled")


def refuse(connection: Connection, settings: Settings, list_id: UUID, refusal: Mapping) -> None:
    _close(connection, settings, list_id, "refused", refusal)


def _close(connection: Connection, settings: Settings, list_id: UUID, state: str, refusal: Mapping | None = None
           ) -> None:
    """The last act of its transaction: the file is not needed any more, its rows stand beside their answers."""
    sent = check_lists.hold(connection, list_id)
    if sent is None or sent.state != "received":
        return
    check_lists.end(connection, list_id, state, refusal)
    uploads.hold_content(connection, sent.sha256)
    if not uploads.content_is_wanted(connection, sent.sha256, list_id):
        files.remove(settings.files, sent.sha256)


def _read(database: Database, settings: Settings, person_id: UUID, sent: CheckList, territory: Territory,
          progress: Told) -> list[Understood]:
    path = files.path_of(settings.files, sent.sha256)
    if not path.is_file():
        raise Refused(Sentence("upload.file_lost"))
    progress.say("job.reading")
    table = rows.read(path, file_name=sent.file_name, limits=replace(LIMITS, rows=MOST_ROWS), together=False,
                      say=lambda done, total: progress.say("job.reading", done, total))
    understood = rows.understand(table, currency=settings.currency, regions=territory.known,
                                 say=lambda done, total: progress.say("job.understanding", done, total))
    for one in understood:
        one.problems[:] = territory.named(one.problems)
    with database.transaction(read_only=False, person=person_id) as connection:
        check_lists.note_read(connection, sent.id, table.columns,
                              [one.to_json() for one in table.problems if one.row is None], len(understood))
    return understood


def _answer(database: Database, person_id: UUID, sent: CheckList, understood: Sequence[Understood],
            proposals: Sequence[Proposal], within: Mapping[int, list[dict]], ids: Mapping[str, int],
            progress: Told) -> None:
    with database.transaction(read_only=True, person=person_id) as connection:
        done = check_results.positions(connection, sent.id)
    left = [position for position in range(len(proposals)) if position not in done]
    for start in range(0, len(left), TOGETHER):
        progress.say("job.checking", len(proposals) - len(left) + start, len(proposals))
        with database.transaction(read_only=False, person=person_id) as connection:
            be_patient(connection)
            new = []
            for position in left[start:start + TOGETHER]:
                one, proposal = understood[position], proposals[position]
                given = answers.answer(connection, proposal, within.get(position, ()))
                given.content["problems"] = [problem.to_json() for problem in one.problems]
                new.append((uuid4(), answers.to_keep(proposal, given, ids, sent.region_id)._replace(
                    position=position, line=one.row.number,
                    cells={name: keeping.plain(cell) for name, cell in one.row.values.items()})))
            check_results.keep_row(connection, person_id, sent.id, new)
    progress.say("job.checking", len(proposals), len(proposals))


def proposal_of(one: Understood, territory: Territory) -> Proposal:
    """A row as a proposal; its village counts where the row has no point of its own."""
    facts, where = one.facts, territory.responsible(one.facts)
    more = {name: facts[name] for name in MORE if facts.get(name)}
    return Proposal(one.geometry, str(facts.get("name") or "")[:1000], facts.get("year"), facts.get("fund"),
                    facts.get("category"), facts.get("amount"), one.accuracy_m,
                    where.code if where.village_known else None, facts.get("volume"), facts.get("unit"), more)


def alike_within(proposals: Sequence[Proposal], lines: Sequence[int], model: Model, ids: Mapping[str, int]
                 ) -> dict[int, list[dict]]:
    """For each position the other rows of the list that may be the same proposal, the strongest first; `lines` are
    the rows' numbers in the file. What is common is read from the model's snapshot: a list says little about it."""
    if len(proposals) < 2:
        return {}
    table = geopandas.GeoDataFrame(pd.DataFrame([_site(place, one) for place, one in enumerate(proposals)]),
                                   geometry=[one.geometry for one in proposals], crs=4326)
    table["year"] = table["year"].astype("Int16")
    for name in ("amount", "accuracy_m"):
        table[name] = pd.to_numeric(table[name]).astype(float)
    for name in ("start_date", "end_date"):
        table[name] = pd.to_datetime(table[name])
    pairs = duplicates.find(table, model).pairs
    alike: dict[int, list[dict]] = defaultdict(list)
    for pair in pairs.to_dict("records"):
        left, right = int(pair["left"]), int(pair["right"])
        for mine, other in ((left, right), (right, left)):
            reason = duplicates.sentence(pair, *({"year": proposals[one].year, "bare": proposals[one].geometry is None}
                                                 for one in (mine, other)), called=("proposal", "other"))
            alike[mine].append({
                "line": lines[other], "position": other, "name": proposals[other].name,
                "year": proposals[other].year, "fund": proposals[other].fund, "kind": pair["kind"],
                "region_id": ids.get(proposals[other].village or ""),
                "probability": float(pair["probability"]), "distance_m": _known(pair["distance_m"]),
                "overlap_m": _known(pair["overlap_m"]), "reason": reason.to_json()})
    return {place: sorted(found, key=lambda one: (-one["probability"], one["position"]))[:MOST_WITHIN]
            for place, found in alike.items()}


def _site(place: int, one: Proposal) -> dict[str, object]:
    return dict.fromkeys(SITE_COLUMNS) | dict(one.more) | {
        "project": str(place), "name": one.name, "year": one.year, "fund": one.fund, "category": one.category,
        "stage": "proposed", "role": "planned", "region_code": one.village,
        "amount": np.nan if one.amount is None else float(one.amount), "accuracy_m": one.accuracy_m}


def _known(number: float) -> float | None:
    return None if number != number else float(number)
