"""Matching what was stored: called in the transaction that stored it, so that no work is ever stored unchecked."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import geopandas
import numpy as np
import pandas as pd
import shapely

from app.db import Connection
from app.queries import matching
from geo import candidates, duplicates, kinds
from geo.model import Model

LISTED_FROM = 0.05
"""Pairs below this probability are not kept, unless they are look-alikes (contracts.md, `match`)."""


class Matched(NamedTuple):
    """What matching a set of works found: how many works they were compared with, and the pairs now in the table."""

    compared: int
    pairs: int
    to_look_at: int


def match(connection: Connection, touched: Sequence[UUID], model: Model | None = None) -> Matched:
    """Compare these stored works with all others that may be the same, and write the pairs.

    Runs in the caller's transaction and sees every work through the matching door. The set of pairs afterwards does
    not depend on the order in which works arrived: whoever stores near the same place waits for the other to finish.
    """
    model = model or Model.shipped()
    if not touched:
        return Matched(0, 0, 0)
    own = matching.sites_of(connection, touched)
    reach_m = candidates.search_m(own["category"], own["accuracy_m"])
    matching.lock(connection, own, float(np.max(reach_m, initial=0)))
    reaches = pd.Series(reach_m, index=own["project"]).groupby(level=0).max()
    wanted = matching.near(connection, [UUID(project) for project in reaches.index], reaches.tolist())
    wanted |= matching.without_point(connection, touched)
    everyone = sorted({project for pair in wanted for project in pair})
    sites = matching.sites_of(connection, [UUID(project) for project in everyone])
    found = duplicates.compare(sites, _site_pairs(sites, wanted), model)
    kept = found[(found["probability"] >= LISTED_FROM) | found["kind"].isin(set(kinds.LOOK_ALIKES) - {"neighbours"})]
    sums = _fact_sums(sites)
    measured = [_stored(row, sites, sums, model) for _, row in kept.iterrows()]
    matching.store(connection, touched, measured)
    _group(connection, touched)
    return Matched(len(everyone), len(measured), sum(bool(row["to_look_at"]) for row in measured))


def _site_pairs(sites: geopandas.GeoDataFrame, wanted: set[tuple[str, str]]) -> np.ndarray:
    """Positions of every site of one work against every site of the other: shape (n, 2)."""
    if not wanted:
        return np.empty((0, 2), dtype=np.int64)
    places = pd.DataFrame({"project": sites["project"].to_numpy(), "position": np.arange(len(sites))})
    pairs = pd.DataFrame(sorted(wanted), columns=["left", "right"])
    joined = pairs.merge(places, left_on="left", right_on="project").merge(
        places, left_on="right", right_on="project", suffixes=("_left", "_right"))
    return joined[["position_left", "position_right"]].to_numpy(dtype=np.int64)


def _fact_sums(sites: geopandas.GeoDataFrame) -> dict[str, str]:
    """For each work a sum of its facts and sites: what a verdict about it rests on."""
    facts = sites.drop(columns=["geometry", "site", "region_id"]).astype(object)
    shapes = shapely.to_wkb(sites.geometry.to_numpy(), hex=True)
    rows = [json.dumps([*(str(value) for value in row), shape])
            for row, shape in zip(facts.itertuples(index=False), shapes, strict=True)]
    return {project: hashlib.sha256("\n".join(sorted(part)).encode()).hexdigest()
            for project, part in pd.Series(rows).groupby(sites["project"].to_numpy())}


def _stored(row: pd.Series, sites: geopandas.GeoDataFrame, sums: Mapping[str, str], model: Model) -> dict[str, object]:
    left, right = sites.iloc[int(row["left"])], sites.iloc[int(row["right"])]
    if left["project"] > right["project"]:
        raise ValueError("a pair is written smaller id left")
    share = _number(row["overlap_share"])
    return {
        "left_project": left["project"], "right_project": right["project"],
        "left_site": _whole(left["site"]), "right_site": _whole(right["site"]), "touching": int(row["touching"]),
        "kind": row["kind"],
        "to_look_at": bool(row["kind"] in kinds.TO_LOOK_AT and row["probability"] >= model.threshold),
        "score": float(row["score"]), "probability": float(row["probability"]),
        "distance_m": _number(row["distance_m"]), "overlap_m": _number(row["overlap_m"]), "overlap_share": share,
        "levels": {name[6:]: int(value) for name, value in row.items() if name.startswith("level_")},
        "weights": {name[2:]: float(value) for name, value in row.items() if name.startswith("w_")},
        "reason": duplicates.sentence(row, left, right).to_json(),
        "money": money_to_look_at(left["amount"], right["amount"], share), "model": model.version,
        "facts_hash": hashlib.sha256((sums[left["project"]] + sums[right["project"]]).encode()).hexdigest()}


def money_to_look_at(left: float, right: float, overlap_share: float | None) -> str | None:
    """The smaller known amount times the overlap share, as exact text; None where neither amount is known.

    >>> money_to_look_at(180_000_000, 210_000_000, 0.5)
    '90000000.00'
    """
    amounts = [Decimal(str(amount)) for amount in (left, right) if not np.isnan(amount)]
    if not amounts:
        return None
    share = Decimal(1) if overlap_share is None else Decimal(str(round(overlap_share, 4)))
    return str((min(amounts) * share).quantize(Decimal("0.01")))


def _number(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _whole(value: float | None) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _group(connection: Connection, touched: Sequence[UUID]) -> None:
    together = matching.component(connection, touched)
    if together.empty:
        return
    groups = duplicates.group(together)
    matching.group(connection, [int(one) for one in together["pair_id"]], [UUID(str(one)) for one in groups])
