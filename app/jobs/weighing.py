"""What would change with a draft of the model, and putting it in force.

Both measure every pair there may be, as counting anew does, and not only those that are stored: heavier weights raise
pairs that no list has held. Measuring writes nothing but its result; saving measures and writes in one transaction.
No verdict is ever touched, and judged pairs stay in the lists whatever they score.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import geopandas
import pandas as pd

from app.db import Connection, Database
from app.errors import NotFound, Refused
from app.jobs import be_patient, changes, drafts
from app.jobs.judgements import labelled
from app.jobs.matching import fact_sums, model_in_force, store, with_judged
from app.jobs.progress import Told
from app.queries import matching, models
from app.queries.models import Draft
from app.settings import Settings
from geo import duplicates
from geo.model import Model
from geo.sentences import Sentence


def measure(database: Database, settings: Settings, person_id: UUID, draft_id: UUID, progress: Told) -> None:
    """Keep with the draft what would change. Raises Refused where another model is in force than it is based on."""
    progress.say("model.reading")
    with database.transaction(read_only=True, person=person_id, snapshot=True) as connection:
        be_patient(connection)
        draft = _current(connection, draft_id)
        in_force, known = model_in_force(connection), labelled(connection)
        everyone, sites = _everyone(connection)
        judged, stored = matching.judged(connection, everyone), models.standing(connection)
    model = drafts.model_of(draft.content, in_force)
    found = with_judged(sites, _found(sites, model, progress), model, fact_sums(sites), judged)
    progress.say("model.comparing")
    result = changes.between(stored, changes.as_stored(found, sites, stored), known, in_force, model)
    with database.transaction(read_only=False, person=person_id) as connection:
        models.note_result(connection, draft_id, {**result, "works": len(everyone)})
        progress.end(connection)


def save(database: Database, settings: Settings, person_id: UUID, draft_id: UUID, progress: Told) -> None:
    """Put the draft in force and measure all pairs with it: both or neither."""
    progress.say("model.reading")
    with database.transaction(read_only=False, person=person_id) as connection:
        be_patient(connection)
        matching.lock_everything(connection)
        draft = _current(connection, draft_id)  # read behind the lock: whoever counted anew has committed by now
        everyone, sites = _everyone(connection)
        in_force = model_in_force(connection)
        model = drafts.model_of(draft.content, in_force)
        version = f"local-{models.saved_count(connection) + 1}+{models.snapshot(connection).works}"
        model = replace(model, version=version, notes=_notes(draft, in_force))
        matching.save_model(connection, draft_id, version, models.snapshot(connection).works, model.to_json())
        pairs = _found(sites, model, progress)
        progress.say("model.storing", 0, len(pairs))
        store(connection, everyone, sites, pairs, model)
        progress.end(connection)


def _current(connection: Connection, draft_id: UUID) -> Draft:
    draft = models.draft(connection, draft_id)
    if draft is None:
        raise NotFound
    if not draft.current:
        raise Refused(Sentence("model.changed_since"))
    return draft


def _everyone(connection: Connection) -> tuple[Sequence[UUID], geopandas.GeoDataFrame]:
    everyone = matching.everyone(connection)
    return everyone, matching.sites_of(connection, everyone)


def _found(sites: geopandas.GeoDataFrame, model: Model, progress: Told) -> pd.DataFrame:
    return duplicates.find(sites, model, say=lambda done, total: progress.say("model.measuring", done, total)).pairs


def _notes(draft: Draft, in_force: Model) -> dict[str, object]:
    made = {"edited": "edited by hand", "verdicts": "learned from verdicts", "earlier": "an earlier version again"}
    learned = {name: draft.learned[name] for name in ("pairs", "folds", "seed", "pull")} if draft.learned else {}
    return {"made": made[draft.origin], "from": in_force.version, **learned}
