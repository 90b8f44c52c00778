"""Is it already there? One proposal against everything, with the evidence, the model and the kinds of a batch run.

Nothing is stored. Candidates come through the matching door, so foreign drafts take part; of those the person may not
read, only the village and the kind come back. Works without a point take part by the village the proposal lies in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.jobs.matching import model_known_by
from app.queries import checks, matching, regions
from app.queries import sites as site_queries
from app.queries.checks import Searched
from geo import candidates, coordinates, duplicates
from geo.evidence import few
from geo.model import Model, Part, explain
from geo.schema import CATEGORY
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
    one in which the proposal was taken to lie, `approximate` whether its border only says so roughly. `bare_most`: of
    the village's works without a point only so many were compared; None where all were.
    """

    alike: list[Alike]
    near: int
    reach_m: float
    searched: Searched
    others: Sequence[Alike] = ()
    village: str | None = None
    approximate: bool = False
    village_code: str | None = None
    bare_most: int | None = None


MOST_OTHERS = 20


def check(connection: Connection, proposal: Proposal, every: bool = False) -> Checked:
    """Rank what may be the proposed work already, for the person of this transaction.

    With `every` all that stand near enough to be it are ranked, not only what resembles it.
    """
    asked = question(proposal)
    village = _named(connection, proposal.village) if proposal.geometry is None else None
    found = matching.around(connection, asked | {"village": village and village[0]})
    if proposal.geometry is None:
        whole = matching.of_village(connection, village[0]) if village and proposal.name else []
        found = found._replace(sites=whole)
    searched = checks.searched(connection, found.drafts)
    model = model_known_by(connection, found.model)
    if proposal.geometry is not None:
        village = found.village or _village(connection, proposal.geometry)
        # words choose among all works on a crowded spot; on a border only geo.regions knows in which village it lies
        crowded = few.crowded_in(model.frequencies, asked["reach_m"], proposal.geometry)
        if crowded or (village and not found.village and proposal.name):
            found = matching.around(connection, asked | {"every": crowded, "village": village and village[0]})
    code, name, approximate = village or (None, None, False)
    sites = found.sites
    bare = len({site["project"] for site in sites if site["geometry"] is None}) if proposal.geometry is not None else 0
    capped = bare >= matching.MOST_BARE and code is not None and matching.has_more_bare(connection, code)
    place = {"village": name, "approximate": approximate, "village_code": code,
             "bare_most": matching.MOST_BARE if capped else None}
    if not sites:
        return Checked([], found.works, asked["reach_m"], searched, **place)
    table = few.read([*sites, _row(proposal, code)],
                     np.array([*(site["geometry"] for site in sites), proposal.geometry, None], object)[:-1])
    pairs = duplicates.check_one(table, model)
    mine = {"year": proposal.year, "bare": proposal.geometry is None}
    shown = [every or duplicates.is_listed(pair) for pair in pairs]
    listed = [_alike(pair, sites[pair["right"]], mine, model) for pair, is_shown in zip(pairs, shown, strict=True)
              if is_shown]
    rest = [pair for pair, is_shown in zip(pairs, shown, strict=True)
            if not is_shown and pair["distance_m"] == pair["distance_m"] and sites[pair["right"]]["readable"]]
    nearest = sorted(rest, key=lambda one: one["distance_m"])[:MOST_OTHERS]
    return Checked(listed, found.works, asked["reach_m"], searched,
                   [_near(pair, sites[pair["right"]]) for pair in nearest], **place)


def question(proposal: Proposal) -> dict[str, object]:
    """What `matching.around` is asked about a proposal."""
    point = None if proposal.geometry is None else shapely.to_wkb(coordinates.on(proposal.geometry))
    return {"shape": point and shapely.to_wkb(proposal.geometry), "point": point,
            **_reaches(proposal.category, proposal.accuracy_m),
            "usual_off_m": candidates.UNKNOWN_ACCURACY_M, "most_off_m": candidates.MAX_ACCURACY_M,
            "every": False, "named": bool(proposal.name), "name": proposal.name, "amount": proposal.amount,
            "village": None}


@lru_cache(maxsize=1_000)
def _reaches(category: str | None, accuracy_m: float | None) -> dict[str, object]:
    codes = [*CATEGORY, None]
    reach_m = candidates.search_m(np.array([category], object), np.array([accuracy_m], float))
    return {"reach_m": float(reach_m[0]), "codes": codes,
            "tolerances_m": candidates.tolerance_m(category, codes, accuracy_m, 0.0).tolist()}


def _named(connection: Connection, code: str | None) -> tuple[str, str, bool] | None:
    region = regions.by_code(connection, code) if code else None
    return (region.code, region.name, region.approximate) if region else None


def _village(connection: Connection, shape: BaseGeometry) -> tuple[str, str, bool] | None:
    """The village that a proposal lies in where not one alone holds it: on a border, or in a slit between two."""
    around = site_queries.regions_around(connection, shape, None)
    [code] = around.village_of([coordinates.on(shape)])
    return (code, around.name_of(code) or "", bool(around.is_approximate(code))) if code else None


def _row(proposal: Proposal, code: str | None) -> dict[str, object]:
    """The proposal as one more site; it stands last and never on the same record as another."""
    return {**proposal.more, "project": "proposal", "record": None, "name": proposal.name, "year": proposal.year,
            "fund": proposal.fund, "category": proposal.category, "stage": "proposed", "role": "planned",
            "region_code": code, "volume": None if proposal.volume is None else float(proposal.volume),
            "unit": proposal.unit,
            "amount": None if proposal.amount is None else float(proposal.amount), "accuracy_m": proposal.accuracy_m}


def _alike(pair: dict, site: dict, mine: dict, model: Model) -> Alike:
    village = site["village"] or ""
    work = site["readable"]
    if work is None:
        return Alike(None, None, None, None, None, None, village, pair["kind"], pair["probability"], None, None, None,
                     None, None, draft=True, region_id=site["region_id"])
    reason = duplicates.sentence(pair, mine, {"year": site["year"], "bare": site["geometry"] is None},
                                 called=("proposal", "recorded"))
    return _near(pair, site)._replace(reason=_worded(reason), parts=explain(pair, model))


def _near(pair: dict, site: dict) -> Alike:
    """A work that the person may read, as it stands beside the proposal, without reasons."""
    work = site["readable"]
    measured = [None if pair[name] != pair[name] else pair[name]
                for name in ("distance_m", "overlap_m", "overlap_share")]
    return Alike(work.id, work.number, work.name, work.year, work.fund, work.amount, site["village"] or "",
                 pair["kind"], pair["probability"], *measured, None, site["geometry"], site["accuracy_m"],
                 draft=work.draft, region_id=site["region_id"])


def _worded(reason: Sentence) -> Sentence:
    """A proposal is no record yet: what would be one record entered twice is a work that is there already."""
    return Sentence(reason.id.replace("reason.same_record.", "reason.proposed."), reason.values)
