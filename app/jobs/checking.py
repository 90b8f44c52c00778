"""Is it already there? One proposal against everything, with the evidence, the model and the kinds of a batch run.

Nothing is stored. Candidates come through the matching door, so foreign drafts take part; of those the person may not
read, only the village and the kind come back. Works without a point take part by the village the proposal lies in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import numpy as np
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.jobs.matching import model_in_force
from app.queries import checks, matching, regions
from app.queries import sites as site_queries
from app.queries.checks import Searched, Village
from geo import candidates, coordinates, duplicates
from geo.evidence import few
from geo.model import Model, Part, explain
from geo.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Proposal:
    """A work that is not there yet; `geometry` in EPSG:4326, `category` and `fund` codes of geo.schema.

    Without a geometry it is compared with the works of `village` (a code) by its name. `more` holds whatever else of
    geo.schema.SITE_COLUMNS a sheet says about it; `volume` and `unit` what it would build.
    """

    geometry: BaseGeometry | None
    name: str = ""
    year: int | None = None
    fund: str | None = None
    category: str | None = None
    amount: Decimal | None = None
    accuracy_m: float | None = None
    village: str | None = None
    volume: Decimal | None = None
    unit: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)


class Alike(NamedTuple):
    """A work that may be the proposed one; `name`, `year`, `fund`, `amount` and `project` are None for a foreign
    draft, of which only the village and the kind may be shown."""

    project: UUID | None
    number: int | None
    name: str | None
    year: int | None
    fund: str | None
    amount: Decimal | None
    village: str
    kind: str
    probability: float
    distance_m: float | None
    overlap_m: float | None
    overlap_share: float | None
    reason: Sentence | None
    geometry: BaseGeometry | None
    accuracy_m: float | None = None
    parts: Sequence[Part] = ()
    draft: bool = False
    region_id: int | None = None


class Checked(NamedTuple):
    """The answer: works ranked by probability, how many stood within reach, and what was searched.

    `others` are within reach and resemble nothing, nearest first (only those the person may read); `village` is the
    one in which the proposal was taken to lie, `approximate` whether its border only says so roughly.
    """

    alike: list[Alike]
    near: int
    reach_m: float
    searched: Searched
    others: Sequence[Alike] = ()
    village: str | None = None
    approximate: bool = False
    village_code: str | None = None


MOST_OTHERS = 20


def check(connection: Connection, proposal: Proposal, every: bool = False) -> Checked:
    """Rank what may be the proposed work already, for the person of this transaction.

    With `every` all that stand within reach are ranked, not only what resembles it.
    """
    accuracy_m = np.nan if proposal.accuracy_m is None else proposal.accuracy_m
    reach_m = float(candidates.search_m(np.array([proposal.category], dtype=object), np.array([accuracy_m]))[0])
    if proposal.geometry is None:
        village = _named(connection, proposal.village)
        sites = matching.of_village_with_facts(connection, village.code) if village and proposal.name else []
    else:
        village = _village(connection, proposal.geometry)
        sites = matching.around_with_facts(connection, proposal.geometry, reach_m,
                                           village.code if village and proposal.name else None)
    searched = checks.searched(connection)
    around = len({site["project"] for site in sites if site["near"]})
    place = {"village": village.name if village else None, "approximate": bool(village and village.approximate),
             "village_code": village.code if village else None}
    if not sites:
        return Checked([], 0, reach_m, searched, **place)
    model = model_in_force(connection)
    rows = [*sites, _row(proposal, village.code if village else None)]
    table = few.read(rows, np.array([*(site["geometry"] for site in sites), proposal.geometry, None], object)[:-1])
    found = duplicates.check_one(table, model)
    listed = [every or duplicates.is_listed(pair) for pair in found]
    ranked = _ranked(connection, proposal, sites, found, model)
    others = [one for one, shown in zip(ranked, listed, strict=True) if not shown and one.distance_m is not None]
    return Checked([one for one, shown in zip(ranked, listed, strict=True) if shown], around, reach_m, searched,
                   sorted(others, key=lambda one: one.distance_m)[:MOST_OTHERS], **place)


def _named(connection: Connection, code: str | None) -> Village | None:
    region = regions.by_code(connection, code) if code else None
    return Village(region.code, region.name, region.approximate, None) if region else None


def _village(connection: Connection, shape: BaseGeometry) -> Village | None:
    """The village that a proposal lies in. Where one alone holds it there is nothing to weigh; on a border or in a
    slit between two, geo.regions decides."""
    point = coordinates.on(shape)
    holding = [one for one in checks.villages_around(connection, shape) if one.geometry.intersects(point)]
    if len(holding) == 1:
        return holding[0]
    around = site_queries.regions_around(connection, shape, None)
    [code] = around.village_of([point])
    return Village(code, around.name_of(code) or "", bool(around.is_approximate(code)), shape) if code else None


def _row(proposal: Proposal, code: str | None) -> dict[str, object]:
    """The proposal as one more site; it stands last and never on the same record as another."""
    return {**proposal.more, "project": "proposal", "record": None, "name": proposal.name, "year": proposal.year,
            "fund": proposal.fund, "category": proposal.category, "stage": "proposed", "role": "planned",
            "region_code": code,
            "amount": None if proposal.amount is None else float(proposal.amount), "accuracy_m": proposal.accuracy_m}


def _ranked(connection: Connection, proposal: Proposal, sites: Sequence[dict], found: Sequence[dict], model: Model
            ) -> list[Alike]:
    theirs = [sites[pair["right"]] for pair in found]
    ids = [UUID(site["project"]) for site in theirs]
    readable = checks.readable(connection, ids)
    villages = checks.villages(connection, sorted({site["region_id"] for site in theirs}))
    mine = {"year": proposal.year, "fund": proposal.fund}
    return [_alike(pair, project, site, readable, villages, mine, model)
            for pair, project, site in zip(found, ids, theirs, strict=True)]


def _alike(pair: dict, project: UUID, site: dict, readable: dict, villages: dict, mine: dict, model: Model) -> Alike:
    village = villages.get(site["region_id"], "")
    work = readable.get(project)
    if work is None:
        return Alike(None, None, None, None, None, None, village, pair["kind"], pair["probability"], None, None, None,
                     None, None, draft=True, region_id=site["region_id"])
    measured = [None if pair[name] != pair[name] else pair[name]
                for name in ("distance_m", "overlap_m", "overlap_share")]
    return Alike(project, work.number, work.name, work.year, work.fund, work.amount, village, pair["kind"],
                 pair["probability"], *measured, _worded(duplicates.sentence(pair, mine, site)), site["geometry"],
                 site["accuracy_m"], explain(pair, model), work.draft, site["region_id"])


def _worded(reason: Sentence) -> Sentence:
    """A proposal is no record yet: what would be one record entered twice is a work that is there already."""
    return Sentence(reason.id.replace("reason.same_record.", "reason.proposed."), reason.values)
