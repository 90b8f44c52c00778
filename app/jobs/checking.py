"""Is it already there? One proposal against everything, with the evidence, the model and the kinds of a batch run.

Nothing is stored. Candidates come through the matching door, so foreign drafts take part; of those the person may not
read, only the village and the kind come back. Works without a point take part by the village the proposal lies in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import geopandas
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.jobs.matching import model_in_force
from app.queries import checks, matching
from app.queries import sites as site_queries
from app.queries.checks import Searched
from geo import candidates, coordinates, duplicates
from geo.model import Model, Part, explain
from geo.schema import SITE_COLUMNS
from geo.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Proposal:
    """A work that is not there yet; `geometry` in EPSG:4326, `category` and `fund` codes of geo.schema."""

    geometry: BaseGeometry
    name: str = ""
    year: int | None = None
    fund: str | None = None
    category: str | None = None
    amount: Decimal | None = None
    accuracy_m: float | None = None


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


MOST_OTHERS = 20


def check(connection: Connection, proposal: Proposal, every: bool = False) -> Checked:
    """Rank what may be the proposed work already, for the person of this transaction.

    With `every` all that stand within reach are ranked, not only what resembles it.
    """
    accuracy_m = np.nan if proposal.accuracy_m is None else proposal.accuracy_m
    reach_m = float(candidates.search_m(np.array([proposal.category], dtype=object), np.array([accuracy_m]))[0])
    regions = site_queries.regions_around(connection, proposal.geometry, None)
    [code] = regions.village_of([coordinates.on(proposal.geometry)])
    around = matching.around(connection, proposal.geometry, reach_m)
    bare = _without_point(connection, code) if code and proposal.name else []
    searched = checks.searched(connection)
    place = {"village": regions.name_of(code) if code else None,
             "approximate": bool(code and regions.is_approximate(code))}
    if not around and not bare:
        return Checked([], 0, reach_m, searched, **place)
    sites = matching.sites_of(connection, sorted({*around, *bare}))
    model = model_in_force(connection)
    found = duplicates.check(_row(proposal, sites, code), sites[list(SITE_COLUMNS)], model, every=True)
    listed = duplicates.listed(found) | every
    ranked = _ranked(connection, proposal, sites, found, model)
    others = [one for one, shown in zip(ranked, listed, strict=True) if not shown and one.distance_m is not None]
    return Checked([one for one, shown in zip(ranked, listed, strict=True) if shown], len(around), reach_m, searched,
                   sorted(others, key=lambda one: one.distance_m)[:MOST_OTHERS], **place)


def _without_point(connection: Connection, code: str) -> list[UUID]:
    """The works of a village that have no point: only words and money can tell whether one is the proposed work."""
    if (known := checks.one_of_village(connection, code)) is None:
        return []
    together = {UUID(one) for pair in matching.without_point(connection, [known]) for one in pair} | {known}
    sites = matching.sites_of(connection, sorted(together))
    return [UUID(one) for one in sites["project"][sites.geometry.isna()]]


def _row(proposal: Proposal, sites: geopandas.GeoDataFrame, code: str | None) -> geopandas.GeoDataFrame:
    """The proposal as a table of one site, with the types of the others."""
    said = {"project": "proposal", "name": proposal.name, "year": proposal.year, "fund": proposal.fund,
            "category": proposal.category, "stage": "proposed", "role": "planned",
            "region_code": code,
            "amount": np.nan if proposal.amount is None else float(proposal.amount),
            "accuracy_m": np.nan if proposal.accuracy_m is None else proposal.accuracy_m}
    facts = [name for name in SITE_COLUMNS if name != "geometry"]
    table = pd.DataFrame({name: pd.Series([said.get(name)], dtype=sites[name].dtype) for name in facts})
    return geopandas.GeoDataFrame(table, geometry=[proposal.geometry], crs=4326)


def _ranked(connection: Connection, proposal: Proposal, sites: geopandas.GeoDataFrame,
            found: pd.DataFrame, model: Model) -> list[Alike]:
    positions = found["right"].to_numpy(dtype=int)
    ids = [UUID(str(sites["project"].iloc[position])) for position in positions]
    readable = checks.readable(connection, ids)
    villages = checks.villages(connection, sorted({int(sites["region_id"].iloc[one]) for one in positions}))
    mine = pd.Series({"year": proposal.year, "fund": proposal.fund})
    return [_alike(row, ids[place], sites.iloc[positions[place]], readable, villages, mine, model)
            for place, (_, row) in enumerate(found.iterrows())]


def _alike(row: pd.Series, project: UUID, site: pd.Series, readable: dict, villages: dict, mine: pd.Series,
           model: Model) -> Alike:
    village = villages.get(int(site["region_id"]), "")
    work = readable.get(project)
    if work is None:
        return Alike(None, None, None, None, None, None, village, row["kind"], float(row["probability"]), None, None,
                     None, None, None)
    return Alike(project, work.number, work.name, work.year, work.fund, work.amount, village, row["kind"],
                 float(row["probability"]), *_numbers(row, "distance_m", "overlap_m", "overlap_share"),
                 _worded(duplicates.sentence(row, mine, site)), site["geometry"],
                 None if pd.isna(site["accuracy_m"]) else float(site["accuracy_m"]), explain(row, model))


def _numbers(row: pd.Series, *names: str) -> Sequence[float | None]:
    return [None if pd.isna(row[name]) else float(row[name]) for name in names]


def _worded(reason: Sentence) -> Sentence:
    """A proposal is no record yet: what would be one record entered twice is a work that is there already."""
    return Sentence(reason.id.replace("reason.same_record.", "reason.proposed."), reason.values)
