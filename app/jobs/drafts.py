"""Drafts of the model: edited by hand, learned from verdicts, or an earlier version again. Each is measured at once.

A draft only ever holds what decides (weights, prior, threshold): the snapshot of what is common is the model's in
force, so that what would change changes for the draft's sake alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from app.db import Connection
from app.errors import Changed, NotFound, Refused
from app.jobs import begin_draft
from app.jobs.judgements import labelled
from app.jobs.matching import model_in_force
from app.queries import models
from app.queries.models import Draft
from geo.errors import ModelRefused
from geo.learning import verdicts
from geo.learning.levels import MOST_BITS
from geo.model import Model
from geo.sentences import Sentence

DECIDES = ("format", "weights", "prior", "flagged_from")


def deciding(model: Model) -> dict[str, object]:
    """What of a model decides about a pair, as JSON."""
    stored = model.to_json()
    return {name: stored[name] for name in DECIDES}


def is_stored(connection: Connection, in_force: Model) -> bool:
    """Whether what decides is the latest kept model. Not before the first; nor after an update of the software that
    measures other evidence, until the next stored work has everything counted anew."""
    snapshot = models.snapshot(connection)
    return snapshot is not None and models.deciding(connection, snapshot.id) == deciding(in_force)


def edit(connection: Connection, person_id: UUID, content: Mapping[str, object]) -> UUID:
    """A draft of these weights. Raises Refused where they cannot be used, or are those in force."""
    return _enter(connection, person_id, content, "edited")


def take_back(connection: Connection, person_id: UUID, model_id: int) -> UUID:
    """A draft of what decided under an earlier version."""
    if (content := models.deciding(connection, model_id)) is None:
        raise NotFound
    return _enter(connection, person_id, content, "earlier", earlier_id=model_id)


def learn(connection: Connection, person_id: UUID, seed: int) -> UUID:
    """A draft learned from the verdicts so far, with how far it can be trusted. Raises LabelsRefused for too few."""
    known, model = labelled(connection), model_in_force(connection)
    found = verdicts.learn(known.judged, model, seed)
    told = {"before": found.before.to_json(), "after": found.after.to_json(),
            "meant_before": found.meant_before.to_json(), "meant_after": found.meant_after.to_json(),
            "pairs": len(known.pairs), "cannot_tell": known.cannot_tell, "disagreeing": known.disagreeing,
            "folds": verdicts.FOLDS, "seed": seed, "pull": found.model.notes["pull"]}
    return _enter(connection, person_id, deciding(found.model), "verdicts", learned=told)


def measure_again(connection: Connection, person_id: UUID, draft: Draft) -> UUID:
    """Measure a draft anew: the same one where the model in force is still that, else its copy for the one now."""
    if draft.saved_as is not None:
        raise Refused(Sentence("model.saved_already"))
    if draft.current and draft.person_id == person_id:
        begin_draft(connection, person_id, "model.measure", draft.id)
        return draft.id
    return _enter(connection, person_id, draft.content, "edited")


def save(connection: Connection, person_id: UUID, draft: Draft) -> None:
    """Queue the saving of a draft that its person has been shown."""
    if not draft.current:
        raise Changed(Sentence("model.changed_since"))
    begin_draft(connection, person_id, "model.save", draft.id)


def model_of(content: Mapping[str, object], in_force: Model) -> Model:
    """A draft's weights over the snapshot of the model in force."""
    drafted = Model.from_json({**content, "version": in_force.version})
    return replace(drafted, frequencies=in_force.frequencies)


def _enter(connection: Connection, person_id: UUID, content: Mapping[str, object], origin: str, **more: object) -> UUID:
    snapshot = models.snapshot(connection)
    if snapshot is None:
        raise Refused(Sentence("model.nothing_counted"))
    if not models.may_change(connection):
        raise Refused(Sentence("model.whole_territory"))
    in_force = model_in_force(connection)
    if not is_stored(connection, in_force):
        raise Refused(Sentence("model.shipped_until_stored"))
    try:
        drafted = model_of(content, in_force)
    except (ModelRefused, KeyError, TypeError, ValueError) as error:
        raise Refused(Sentence("model.other_evidence")) from error
    most = max(abs(bits) for levels in [*drafted.weights.values(), (drafted.prior,)] for bits in levels)
    if most > MOST_BITS or drafted.evidence != in_force.evidence:
        raise Refused(Sentence("model.other_evidence"))
    if deciding(drafted) == deciding(in_force):
        raise Refused(Sentence("model.nothing_differs"))
    new = models.enter(connection, person_id, snapshot.id, deciding(drafted), origin, **more)
    begin_draft(connection, person_id, "model.measure", new)
    return new
