"""The model in force: what it weighs, how it agrees with people, and changing it after seeing what would change."""

from collections.abc import Mapping
from datetime import datetime
from itertools import zip_longest
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access, looks
from app.db import Connection
from app.errors import Changed, NotFound, Refused, said
from app.jobs import drafts
from app.jobs.judgements import Labelled, labelled
from app.jobs.matching import model_in_force
from app.queries import jobs, models
from app.queries.models import Draft
from geo.errors import LabelsRefused
from geo.learning.levels import MOST_BITS
from geo.learning.reliability import reliability
from geo.learning.verdicts import CALIBRATED_FROM, agreement
from geo.model import FLAGGED_HIGHEST, FLAGGED_LOWEST, Model, evidence_label, level_label
from geo.sentences import Sentence

page = Blueprint("models", __name__, url_prefix="/model")


MOST_REASON = 1_000


class Level(NamedTuple):
    """One level of an evidence: the field it is edited in, what it weighs in bits, and as its field shows it."""

    field: str
    words: str
    bits: float
    shown: str


class NoNumber(Refused):
    """What stands in `field` is not a number that it may hold."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Difference(NamedTuple):
    """A number of a draft that is not the one in force."""

    words: str
    before: str
    after: str
    moved: float


@page.get("")
@access.roles("admin")
def show() -> str:
    return _page()


@page.get("/drafts")
@page.get("/drafts/learned")
@page.get("/versions/<int:model_id>/drafts")
@access.roles("admin")
def again(model_id: int = 0) -> Response:
    """Where a form was refused its page stands under the form's own address: loaded again it is the page anew."""
    return redirect(url_for("models.show"))


@page.get("/drafts/<uuid:draft_id>/save")
@page.get("/drafts/<uuid:draft_id>/measure")
@access.roles("admin")
def draft_again(draft_id: UUID) -> Response:
    """The same of a draft."""
    return redirect(url_for("models.draft", draft_id=draft_id))


def _page(typed: Mapping[str, str] = MappingProxyType({}), faults: Mapping[str, str] = MappingProxyType({})) -> str:
    """The page; after a refusal with what was typed, and what is wrong by field, else by `edit` or `learn`."""
    with access.reading() as connection:
        model, known = model_in_force(connection), labelled(connection)
        return render_template(
            "models/show.html", typed=typed, faults=faults, model=model, stored=drafts.is_stored(connection, model),
            versions=models.versions(connection), snapshot=models.snapshot(connection), evidence=_evidence(model),
            threshold=_number(model.flagged_from), prior=_number(model.prior), known=known,
            agreed=_agreed(known, model), calibrated_from=CALIBRATED_FROM, meant=_meant(known, model),
            drafts=models.own_drafts(connection), may_change=models.may_change(connection), most=MOST_BITS,
            lowest=_number(FLAGGED_LOWEST), highest=_number(FLAGGED_HIGHEST))


@page.post("/drafts")
@access.roles("admin")
def edit() -> Response | tuple[str, int]:
    try:
        with access.writing() as connection:
            return _to(drafts.edit(connection, g.person.id, _edited(model_in_force(connection), request.form)))
    except NoNumber as error:
        return _page(request.form, {error.field: said(error)}), 400
    except Refused as error:
        return _page(request.form, {"edit": said(error)}), 409


@page.post("/drafts/learned")
@access.roles("admin")
def learn() -> Response | tuple[str, int]:
    seed = request.form.get("seed", type=int)
    if seed is None or not 0 <= seed < 2**31:
        return _page(request.form, {"seed": _("Benih harus bilangan bulat, mulai dari 0.")}), 400
    try:
        with access.writing() as connection:
            return _to(drafts.learn(connection, g.person.id, seed))
    except (Refused, LabelsRefused) as error:
        return _page(request.form, {"learn": said(error)}), 409


@page.post("/versions/<int:model_id>/drafts")
@access.roles("admin")
def take_back(model_id: int) -> Response | tuple[str, int]:
    if model_id >= 2**63:
        raise NotFound
    try:
        with access.writing() as connection:
            return _to(drafts.take_back(connection, g.person.id, model_id))
    except NotFound:
        raise
    except Refused as error:
        return _page(faults={"versions": said(error)}), 409


@page.get("/drafts/<uuid:draft_id>")
@access.roles("admin")
def draft(draft_id: UUID) -> str:
    return _draft_page(draft_id)


def _draft_page(draft_id: UUID, typed: str | None = None, faults: Mapping[str, str] = MappingProxyType({})) -> str:
    """What would change; after a refusal with the reason as it was typed, and what is wrong by `reason` or `save`."""
    with access.reading() as connection:
        found = _found(connection, draft_id)
        job = jobs.latest_of_draft(connection, draft_id)
        typed = (_typed() or found.reason or "") if typed is None else typed
        if job and job.unfinished:
            return render_template("models/progress.html", draft=found, job=job, typed=typed or None, faults=faults,
                                   waiting=jobs.waits(connection, job))
        return render_template("models/draft.html", draft=found, job=job, differences=_differences(connection, found),
                               shown=_shown(connection, found.result), own=found.person_id == g.person.id,
                               typed=typed, faults=faults)


@page.get("/drafts/<uuid:draft_id>/progress")
@access.roles("admin")
def progress(draft_id: UUID) -> str:
    with access.reading() as connection:
        found = _found(connection, draft_id)
        return render_template("models/row.html", draft=found, job=jobs.latest_of_draft(connection, draft_id),
                               typed=_typed() or None)


@page.post("/drafts/<uuid:draft_id>/cancel")
@access.roles("admin")
def cancel(draft_id: UUID) -> Response:
    with access.writing() as connection:
        _found(connection, draft_id)
        if job := jobs.latest_of_draft(connection, draft_id):
            jobs.ask_to_cancel(connection, job.id)
    return _to(draft_id)


@page.post("/drafts/<uuid:draft_id>/measure")
@access.roles("admin")
def measure(draft_id: UUID) -> Response | tuple[str, int]:
    """Measure anew; a reason that was typed already goes along."""
    try:
        with access.writing() as connection:
            return _to(drafts.measure_again(connection, g.person.id, _found(connection, draft_id)), _typed())
    except NotFound:
        raise
    except Refused as error:
        return _draft_page(draft_id, _typed(), {"save": said(error)}), 409


@page.post("/drafts/<uuid:draft_id>/save")
@access.roles("admin")
def save(draft_id: UUID) -> Response | tuple[str, int]:
    reason = _typed()
    if not reason:
        return _draft_page(draft_id, reason, {"reason": _(
            "Tulis alasan perubahan ini dalam satu kalimat: penelaah dan pemeriksa akan menanyakannya.")}), 422
    try:
        with access.writing() as connection:
            found = _found(connection, draft_id)
            if not models.note_shown(connection, draft_id, reason, request.form.get("content_hash", ""), _measured()):
                raise Changed(_("Hasil hitungan rancangan ini bukan yang Anda lihat. Lihat lagi di bawah apa yang "
                                "berubah, lalu simpan."))
            drafts.save(connection, g.person.id, found)
    except NotFound:
        raise
    except Refused as error:
        return _draft_page(draft_id, reason, {"save": said(error)}), 409 if isinstance(error, Changed) else 422
    return _to(draft_id)


def _measured() -> datetime:
    """When what the person has seen was measured."""
    try:
        return datetime.fromisoformat(request.form.get("measured_at", ""))
    except ValueError:
        raise Refused(_("Lihat dahulu apa yang berubah, lalu simpan dari halaman itu.")) from None


def _typed() -> str:
    """The reason for a draft, as it was typed so far."""
    return request.values.get("reason", "").replace("\0", "").strip()[:MOST_REASON]


def _to(draft_id: UUID, reason: str | None = None) -> Response:
    return redirect(url_for("models.draft", draft_id=draft_id, reason=reason or None), 303)


def _found(connection: Connection, draft_id: UUID) -> Draft:
    if (found := models.draft(connection, draft_id)) is None:
        raise NotFound
    return found


def _number(number: float) -> str:
    """As a field shows it, and as it is read back."""
    return looks.amount_of(number, 3)


def _evidence(model: Model) -> list[tuple[str, list[Level]]]:
    return [(name, [Level(f"w-{name}-{level}", looks.sentence(f"level.{name}.{level}"), bits, _number(bits))
                    for level, bits in enumerate(levels)]) for name, levels in model.weights.items()]


def _edited(model: Model, form: Mapping[str, str]) -> dict[str, object]:
    """The weights of the form; a field that still reads as it was shown keeps its number exactly, and one that is
    missing keeps it too."""
    def read(field: str, words: str, kept: float, lowest: float, highest: float) -> float:
        text = form.get(field, _number(kept)).strip()
        if text == _number(kept):
            return kept
        try:
            number = float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            number = float("nan")
        if not lowest <= number <= highest:
            raise NoNumber(field, _("%(what)s: \"%(text)s\" bukan angka antara %(lowest)s dan %(highest)s.",
                                    what=words, text=text[:40], lowest=_number(lowest), highest=_number(highest)))
        return number

    weights = {name: [read(one.field, f"{looks.sentence(f'evidence.{name}')}, {one.words}", one.bits, -MOST_BITS,
                           MOST_BITS) for one in levels] for name, levels in _evidence(model)}
    return drafts.deciding(model) | {
        "weights": weights, "prior": read("prior", _("Titik awal"), model.prior, -MOST_BITS, MOST_BITS),
        "flagged_from": read("flagged_from", _("Ambang"), model.flagged_from, FLAGGED_LOWEST, FLAGGED_HIGHEST)}


def _agreed(known: Labelled, model: Model) -> dict | None:
    labels = known.judged.labels
    return agreement(known.judged.flagged(model), labels).to_json() if len(labels) else None


def _meant(known: Labelled, model: Model) -> dict | None:
    """What its probabilities meant so far; too few verdicts say nothing of it."""
    labels = known.judged.labels
    return None if len(labels) < CALIBRATED_FROM else reliability(known.judged.probability(model), labels).to_json()


def _differences(connection: Connection, found: Draft) -> list[Difference]:
    """In what the draft differs from the model that it is based on, what moves most first. Either may be of an earlier
    version of this software, with evidence and levels that are measured no more."""
    content = models.deciding(connection, found.based_on) or {"flagged_from": None, "prior": None, "weights": {}}
    pairs = [(_("Ambang"), content["flagged_from"], found.content["flagged_from"]),
             (looks.sentence(Sentence("level.prior")), content["prior"], found.content["prior"])]
    for name in dict.fromkeys((*content["weights"], *found.content["weights"])):
        both = zip_longest(content["weights"].get(name, ()), found.content["weights"].get(name, ()))
        pairs += [(f"{looks.sentence(evidence_label(name))}: {looks.sentence(level_label(name, level))}", *bits)
                  for level, bits in enumerate(both)]
    differ = [Difference(words, _or_none(before), _or_none(after), abs((before or 0.0) - (after or 0.0)))
              for words, before, after in pairs if before != after]
    return sorted(differ, key=lambda one: -one.moved)


def _or_none(bits: float | None) -> str:
    return "–" if bits is None else _number(bits)


def _shown(connection: Connection, result: Mapping | None) -> dict[str, list[dict]]:
    """The pairs of a result as the person asking may read them: the works' names, and the page of the pair if it has
    one. What they may not read is left out."""
    if result is None:
        return {}
    lists = {**result["shown"], "judged": result["judged"]["shown"]}
    keys = {(one["left"], one["right"]) for pairs in lists.values() for one in pairs}
    works = models.named(connection, {work for key in keys for work in key})
    ids = models.pair_ids(connection, keys)
    return {name: [one | {"works": [works[one["left"]], works[one["right"]]],
                          "id": ids.get((one["left"], one["right"]))}
                   for one in pairs if one["left"] in works and one["right"] in works]
            for name, pairs in lists.items()}
