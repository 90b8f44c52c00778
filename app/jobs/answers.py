"""The answer of a check as it is kept and shown: plain JSON, so that what is opened later is what was seen then.

A page draws a kept answer and a fresh one from the same form. Sentences are kept as message ids and values, and read
in the language of whoever opens them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from app.access import ROLES, Person
from app.db import Connection
from app.errors import NotFound
from app.jobs import checking
from app.jobs.checking import Alike, Checked, Proposal
from app.jobs.matching import model_in_force
from app.queries import check_results, nearby_costs, regions
from app.queries.check_results import New
from geo.crs import to_metres
from geo.model import Part, strength
from geo.sentences import Sentence

KEPT = 20
"""So many of what resembles a proposal are kept; a list of more says no more."""
ENOUGH = 8
"""A middle and two quarters say something from so many works on."""
YEARS_BESIDE, YEARS_BACK = 3, 6
PLANNED_M = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A fresh answer: `found` with what stands beside it, as JSON, and the model that gave it."""

    content: dict[str, Any]
    model: str

    @property
    def strongest(self) -> float | None:
        every = [*self.content["alike"], *self.content["within"]]
        return max((one["probability"] for one in every), default=None)


def answer(connection: Connection, proposal: Proposal, within: Sequence[Mapping] = ()) -> Answer:
    """Check a proposal and say what like works cost and what is planned near it; `within` are its likes in a list."""
    found = checking.check(connection, proposal)
    compared = proposal.geometry is not None or bool(found.village_code and proposal.name)
    content = _written(found) | {
        "compared": compared, "within": list(within), "cost": _cost(connection, proposal),
        "planned": _planned(connection, proposal), "planned_m": PLANNED_M}
    return Answer(content, model_in_force(connection).version)


def question(proposal: Proposal) -> dict[str, Any]:
    """A proposal as it is kept; `proposal_of` reads it again."""
    return {"name": proposal.name, "year": proposal.year, "fund": proposal.fund, "category": proposal.category,
            "amount": _text(proposal.amount), "accuracy_m": proposal.accuracy_m, "village": proposal.village,
            "volume": _text(proposal.volume), "unit": proposal.unit, "shape": _hex(proposal.geometry),
            "more": {name: value for name, value in proposal.more.items() if isinstance(value, str | int | float)}}


def proposal_of(kept: Mapping[str, Any]) -> Proposal:
    return Proposal(_shape(kept["shape"]), kept["name"], kept["year"], kept["fund"], kept["category"],
                    _decimal(kept["amount"]), kept["accuracy_m"], kept["village"], _decimal(kept["volume"]),
                    kept["unit"], kept.get("more") or {})


def kind_told(one: Mapping[str, Any], placed: bool) -> str:
    """The kind of a work or row as it may be called: nothing is near to what has no place. `placed` is whether the
    proposal has one; of a foreign draft the distance is not told but whether it has a place (`placed`), of a row or a
    work a distance of None says that there is none."""
    unmeasured = not placed or not one.get("placed", True) or (
        one["distance_m"] is None and (one.get("project") or "line" in one))
    return "unplaced" if one["kind"] == "neighbours" and unmeasured else one["kind"]


def not_searched(problems: Sequence[Mapping[str, Any]], placed: bool, compared: bool) -> Sentence | None:
    """What must be said before any finding of a row whose position was refused; None where it was searched, or none
    was given. `problems` as JSON."""
    refused = {} if placed else {one["reason"]["id"]: one["reason"].get("values", {}) for one in problems
                                 if one["severity"] == "fault"
                                 and one["reason"]["id"].startswith(("coordinate.", "chord.", "geometry."))}
    if not refused:
        return None
    known = "named" if compared else "alone"
    if told := refused.get("coordinate.outside_of"):
        return Sentence(f"check.outside_of.{known}", {"territory": told["territory"]})
    return Sentence(f"check.{'outside' if 'coordinate.outside' in refused else 'misplaced'}.{known}")


def works_of(content: Mapping[str, Any], registered: Mapping[int, UUID] = MappingProxyType({})) -> list[UUID]:
    """The works that an answer speaks of; `registered` are those that rows of its list have become, by position."""
    return [UUID(one["project"]) for name in ("alike", "others") for one in content[name] if one["project"]] + [
        registered[one["position"]] for one in content["within"] if one["position"] in registered]


def shown(content: Mapping[str, Any], own_regions: Collection[int], whole_list: bool = False,
          blind: Collection[UUID] = (), registered: Mapping[int, UUID] = MappingProxyType({})) -> dict[str, Any]:
    """An answer for the eyes of one reader: of a draft where they have no role only the village and the kind are
    left, whoever asked; of the other rows of a list their names, unless one may read the `whole_list`. Of `blind` works
    nothing is said of how they resemble the proposal, for that would tell how they resemble each other; they stand
    last, and so do rows that have become such works (`registered`, by position). Amounts are numbers again and shapes
    geometries."""
    every = {name: [shown_work(one, own_regions) for one in content[name]] for name in ("alike", "others", "planned")}
    if blind:
        hidden = {str(one) for one in blind}
        told = [{**one, "blind": one["project"] in hidden} for one in every["alike"]]
        every["alike"] = _blind_last(told, "number")
    every["others"] = [one for one in every["others"] if one["project"]]
    every["planned"] = [one for one in every["planned"] if one["project"]]
    within = [{**one, "name": one["name"] if whole_list or one["region_id"] in own_regions else None}
              for one in content["within"]]
    if blind:
        within = _blind_last([{**one, "blind": registered.get(one["position"]) in blind} for one in within], "line")
    return {**content, **every, "within": within}


def _blind_last(told: Sequence[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """What may be compared as it stands, then the others without the machine's opinion, in an order that says nothing
    of it."""
    return [one for one in told if not one["blind"]] + [
        {**one, "kind": None, "probability": None, "reason": None, "parts": []}
        for one in sorted(told, key=lambda one: one[order] or 0) if one["blind"]]


def strongest(answer: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, bool]:
    """(what resembles the proposal most, of works and of rows; whether any of them is to be judged blind). Where
    one is, the others are not named either: that they are what is left would tell."""
    every = [*answer["alike"], *answer["within"]]
    if any(one.get("blind") for one in every):
        return None, True
    return max(every, key=weight, default=None), False


def weight(one: Mapping[str, Any]) -> tuple[int, bool, float]:
    """What comes first of all that resembles a row of a list: of what is as strong a work that is there already, for a
    row that stands twice in a list costs nothing yet."""
    return ("weak", "medium", "strong").index(strength(one["probability"])), "line" not in one, one["probability"]


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list]:
    """What a second look found: works that were not there, that are no longer there, and that weigh otherwise now.

    Both as `shown` to the one reader; what neither names cannot be told apart and is left out, and so is what is to be
    judged blind.
    """
    then = {one["project"]: one for one in before["alike"] if one["project"] and not one.get("blind")}
    today = {one["project"]: one for one in now["alike"] if one["project"] and not one.get("blind")}
    return {"new": [one for project, one in today.items() if project not in then],
            "gone": [one for project, one in then.items() if project not in today],
            "moved": [(then[project], one) for project, one in today.items() if project in then
                      and (one["kind"] != then[project]["kind"]
                           or abs(one["probability"] - then[project]["probability"]) >= 0.05)]}


def _written(found: Checked) -> dict[str, Any]:
    return {"alike": [_work(one) for one in found.alike[:KEPT]], "alike_count": len(found.alike), "near": found.near,
            "reach_m": found.reach_m, "searched": found.searched._asdict(),
            "others": [_work(one) for one in found.others], "village": found.village,
            "approximate": found.approximate, "village_code": found.village_code, "bare_most": found.bare_most}


def _work(one: Alike) -> dict[str, Any]:
    return {"project": str(one.project) if one.project else None, "number": one.number, "name": one.name,
            "year": one.year, "fund": one.fund, "amount": _text(one.amount), "village": one.village, "kind": one.kind,
            "probability": one.probability, "distance_m": one.distance_m, "overlap_m": one.overlap_m,
            "overlap_share": one.overlap_share, "reason": one.reason.to_json() if one.reason else None,
            "shape": _hex(one.geometry), "accuracy_m": one.accuracy_m, "draft": one.draft,
            "region_id": one.region_id, "parts": [
                {"evidence": part.evidence, "level": part.level, "weight": part.weight, "label": part.label.to_json()}
                for part in one.parts]}


_OPEN = ("village", "kind", "probability", "draft", "region_id")
"""What is told of a foreign draft, beside whether it has a place."""


def shown_work(one: Mapping[str, Any], own_regions: Collection[int]) -> dict[str, Any]:
    """One work of an answer for one reader, as `shown` gives it."""
    if one["draft"] and one["region_id"] not in own_regions:
        return dict.fromkeys(one) | {name: one.get(name) for name in _OPEN} | {
            "shape": None, "parts": [], "placed": one.get("shape") is not None}
    return {**one, "amount": _decimal(one["amount"]), "shape": _shape(one.get("shape")), "parts": [
        Part(part["evidence"], part["level"], part["weight"], Sentence.from_json(part["label"]))
        for part in one.get("parts", ())]}


def measure(proposal: Proposal) -> tuple[str, float | None]:
    """By what a proposal is dear or cheap: (m | m2 | unit | work, how many of them), None where that is not known."""
    if proposal.volume and proposal.volume > 0:
        if proposal.unit in ("m", "m2"):
            return proposal.unit, float(proposal.volume)
        if proposal.unit in nearby_costs.PIECES:
            return "unit", float(proposal.volume)
    if proposal.geometry is None:
        return "work", None
    middle = proposal.geometry.centroid
    drawn = to_metres([proposal.geometry], middle.x, middle.y)[0]
    if proposal.geometry.geom_type.endswith("LineString"):
        return "m", float(drawn.length)
    return ("m2", float(drawn.area)) if proposal.geometry.geom_type.endswith("Polygon") else ("work", 1.0)


def _cost(connection: Connection, proposal: Proposal) -> dict[str, Any] | None:
    """What one metre, square metre, piece or work costs here and beside; None without a kind of work or a place.

    The figures of a handful are not told: they would pass for a rule.
    """
    if proposal.geometry is None or proposal.category is None:
        return None
    by, amount = measure(proposal)
    year = proposal.year or datetime.now(UTC).year
    first = year - (YEARS_BESIDE if proposal.year else YEARS_BACK)
    found = nearby_costs.costs(connection, proposal.geometry, proposal.category, by, first, year + YEARS_BESIDE)
    own = float(proposal.amount) / amount if proposal.amount and amount else None
    if found.works < ENOUGH:
        return {"by": by, "works": found.works, "own": own, "enough": False}
    return found._asdict() | {"by": by, "own": own, "enough": True}


def _planned(connection: Connection, proposal: Proposal) -> list[dict[str, Any]]:
    if proposal.geometry is None:
        return []
    year = datetime.now(UTC).year
    return [one._asdict() | {"project": str(one.project), "amount": _text(one.amount)}
            for one in nearby_costs.planned(connection, proposal.geometry, PLANNED_M, (year, year + 1))]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _hex(shape: BaseGeometry | None) -> str | None:
    return None if shape is None else shapely.to_wkb(shape, hex=True)


def _shape(text: str | None) -> BaseGeometry | None:
    return None if text is None else shapely.from_wkb(text)




def keep(connection: Connection, person: Person, result_id: UUID, proposal: Proposal,
         problems: Sequence[Mapping[str, Any]] = ()) -> str:
    """Answer a proposal and keep the answer; its number. The same id twice, as a button pressed twice sends it, is
    kept once. `problems` are those of the row that it came from, as JSON."""
    if (kept := check_results.by_id(connection, result_id)) is None:
        given = answer(connection, proposal)
        given.content["problems"] = list(problems)
        check_results.keep(connection, person.id, result_id, to_keep(
            proposal, given, regions.ids_by_code(connection), home_of(connection, person)))
        kept = check_results.by_id(connection, result_id)
    if kept is None or kept.person_id != person.id:
        raise NotFound
    return kept.number


def to_keep(proposal: Proposal, given: Answer, ids: Mapping[str, int], home: int) -> New:
    """What is kept: it belongs to the village where the place lies, else to `home`."""
    return New(question(proposal), given.content, given.model, ids.get(given.content["village_code"], home),
               proposal.geometry, given.strongest)


def home_of(connection: Connection, person: Person) -> int:
    """The widest region a person works in; of one without a role nobody below the top need read anything."""
    grant = person.region_for(*ROLES)
    return grant.region_id if grant else regions.root(connection).id
