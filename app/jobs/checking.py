"""Is it already there? One proposal against everything, with the evidence, the model and the kinds of a batch run.

Nothing is stored. Candidates come through the matching door, so foreign drafts take part; of those the person may not
read, only the village and the kind come back.
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
from app.queries.checks import Searched
from geo import candidates, duplicates
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


class Checked(NamedTuple):
    """The answer: works ranked by probability, how many stood within reach, and what was searched."""

    alike: list[Alike]
    near: int
    reach_m: float
    searched: Searched


def check(connection: Connection, proposal: Proposal, every: bool = False) -> Checked:
    """Rank what may be the proposed work already, for the person of this transaction."""
    accuracy_m = np.nan if proposal.accuracy_m is None else proposal.accuracy_m
    reach_m = float(candidates.search_m(np.array([proposal.category], dtype=object), np.array([accuracy_m]))[0])
    around = matching.around(connection, proposal.geometry, reach_m)
    searched = checks.searched(connection)
    if not around:
        return Checked([], 0, reach_m, searched)
    sites = matching.sites_of(connection, around)
    found = duplicates.check(_row(proposal, sites), sites[list(SITE_COLUMNS)], model_in_force(connection), every=every)
    return Checked(_ranked(connection, proposal, sites, found), len(around), reach_m, searched)


def _row(proposal: Proposal, sites: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """The proposal as a table of one site, with the types of the others."""
    said = {"project": "proposal", "name": proposal.name, "year": proposal.year, "fund": proposal.fund,
            "category": proposal.category, "stage": "proposed", "role": "planned",
            "amount": np.nan if proposal.amount is None else float(proposal.amount),
            "accuracy_m": np.nan if proposal.accuracy_m is None else proposal.accuracy_m}
    facts = [name for name in SITE_COLUMNS if name != "geometry"]
    table = pd.DataFrame({name: pd.Series([said.get(name)], dtype=sites[name].dtype) for name in facts})
    return geopandas.GeoDataFrame(table, geometry=[proposal.geometry], crs=4326)


def _ranked(connection: Connection, proposal: Proposal, sites: geopandas.GeoDataFrame,
            found: pd.DataFrame) -> list[Alike]:
    positions = found["right"].to_numpy(dtype=int)
    ids = [UUID(str(sites["project"].iloc[position])) for position in positions]
    readable = checks.readable(connection, ids)
    villages = checks.villages(connection, sorted({int(sites["region_id"].iloc[one]) for one in positions}))
    mine = pd.Series({"year": proposal.year, "fund": proposal.fund})
    return [_alike(row, ids[place], sites.iloc[positions[place]], readable, villages, mine)
            for place, (_, row) in enumerate(found.iterrows())]


def _alike(row: pd.Series, project: UUID, site: pd.Series, readable: dict, villages: dict, mine: pd.Series) -> Alike:
    village = villages.get(int(site["region_id"]), "")
    work = readable.get(project)
    if work is None:
        return Alike(None, None, None, None, None, None, village, row["kind"], float(row["probability"]), None, None,
                     None, None, None)
    return Alike(project, work.number, work.name, work.year, work.fund, work.amount, village, row["kind"],
                 float(row["probability"]), *_numbers(row, "distance_m", "overlap_m", "overlap_share"),
                 duplicates.sentence(row, mine, site), site["geometry"])


def _numbers(row: pd.Series, *names: str) -> Sequence[float | None]:
    return [None if pd.isna(row[name]) else float(row[name]) for name in names]
