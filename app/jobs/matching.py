"""Matching what was stored: called in the transaction that stored it, so that no work is ever stored unchecked."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import geopandas
import numpy as np
import pandas as pd
import shapely

from app.db import Connection
from app.jobs import neighbourhood
from app.queries import matching
from geo import duplicates, kinds
from geo.errors import ModelRefused
from geo.groups import joined
from geo.model import Model

OUTGROWN = 1.2
"""The snapshot of what is common is taken anew, and everything measured with it, when the works have grown so much."""


class Matched(NamedTuple):
    """What matching a set of works found: how many works they were compared with, the pairs now in the table, and
    lon, lat, works of the coordinates among theirs that so many share that they say nothing."""

    compared: int
    pairs: int
    to_look_at: int
    crowded: Sequence[tuple[float, float, int]] = ()


def model_in_force(connection: Connection) -> Model:
    """The latest kept model with its snapshot; the shipped one before anything was counted."""
    return model_known_by(connection, matching.latest_model_id(connection))


def model_known_by(connection: Connection, name: matching.ModelId | None) -> Model:
    """The same where it was asked already by what the latest one is known."""
    kept = _kept(connection, name)
    return kept[1] if kept else Model.shipped()


def _kept(connection: Connection, name: matching.ModelId | None) -> tuple[int, Model] | None:
    """(works counted, model) of the latest snapshot; None where there is none that this version understands.

    The latest stays in memory: with its snapshot it is megabytes of JSON, and it never changes once kept.
    """
    if name is None:
        return None
    if name not in _LATEST:
        latest = _counted(connection, name[:3])
        if latest is not None:
            latest = latest[0], neighbourhood.with_crowds(latest[1], matching.noted_crowds(connection))
        _held(_LATEST, name, latest)
    return _LATEST[name]


def _counted(connection: Connection, name: tuple[str, int, str]) -> tuple[int, Model] | None:
    """The same as it was counted, without the crowds that were noted since."""
    if name not in _COUNTED:
        content = matching.latest_model(connection)
        try:
            counted = content.works, Model.from_json(content.content)
        except ModelRefused:
            counted = None  # kept by a version with other evidence: everything is counted and measured anew
        _held(_COUNTED, name, counted)
    return _COUNTED[name]


def _held(models: dict, name: tuple, one: tuple[int, Model] | None) -> None:
    if len(models) >= MODELS_HELD:
        models.clear()
    models[name] = one


MODELS_HELD = 4
_LATEST: dict[matching.ModelId, tuple[int, Model] | None] = {}
_COUNTED: dict[tuple[str, int, str], tuple[int, Model] | None] = {}


def match(connection: Connection, touched: Sequence[UUID]) -> Matched:
    """Compare these stored works with all others that may be the same, and write the pairs.

    Runs in the caller's transaction and sees every work through the matching door. The pairs afterwards do not depend
    on the order in which works arrived: whoever stores near the same place waits for the other to finish, and what is
    common is read from the snapshot in the model, not from the neighbourhood at hand.
    """
    if not touched:
        return Matched(0, 0, 0)
    if _is_outgrown(connection):
        return _match_everything(connection, touched)
    near = neighbourhood.hold(connection, touched, lambda: model_in_force(connection))
    anew = neighbourhood.changed_crowds(connection, touched, near)
    if anew:
        near = neighbourhood.hold(connection, touched, lambda: model_in_force(connection))
    model = model_in_force(connection)
    ours = anew | near.chosen_by_words | set(map(str, touched))
    found = duplicates.find(near.sites, model)
    ids = near.sites["project"].to_numpy()
    pairs = found.pairs
    pairs = pairs[np.isin(ids[pairs["left"]], list(ours)) | np.isin(ids[pairs["right"]], list(ours))]
    # Withdrawn works have no site any more; their pairs are retired because they were touched and not measured.
    matched = store(connection, [UUID(project) for project in sorted(ours)], near.sites, pairs, model)
    return matched._replace(crowded=neighbourhood.places_of(near, set(map(str, touched))))


def _is_outgrown(connection: Connection) -> bool:
    kept = _kept(connection, matching.latest_model_id(connection))
    return kept is None or matching.works(connection) > OUTGROWN * kept[0]


def _match_everything(connection: Connection, touched: Sequence[UUID]) -> Matched:
    """Count what is common among all works, keep that snapshot, and measure every pair with it."""
    matching.lock_everything(connection)
    # Read again behind the lock: whoever held a place has committed by now.
    everyone = matching.everyone(connection)
    sites = matching.sites_of(connection, everyone)
    found = duplicates.find(sites, replace(model_in_force(connection), frequencies=None))
    matching.renew_snapshot(connection, found.model.version, len(everyone), found.model.to_json())
    matched = store(connection, [*everyone, *touched], sites, found.pairs, found.model)
    return matched._replace(crowded=[(row.lon, row.lat, int(row.works)) for row in found.crowded.itertuples()])


def store(connection: Connection, touched: Sequence[UUID], sites: geopandas.GeoDataFrame, pairs: pd.DataFrame,
          model: Model) -> Matched:
    """Write the pairs of the touched works as they were found among these sites, and group them anew."""
    sums = fact_sums(sites)
    pairs = with_judged(sites, pairs, model, sums, matching.judged(connection, touched))
    bare = sites.geometry.isna() | sites.geometry.is_empty
    rows = sites.drop(columns="geometry").assign(bare=bare).to_dict("records")
    measured = [_stored(pair, rows[pair["left"]], rows[pair["right"]], sums, model)
                for pair in pairs.to_dict("records")]
    matching.store(connection, touched, measured)
    _group(connection, touched)
    return Matched(sites["project"].nunique(), len(measured), sum(bool(row["to_look_at"]) for row in measured))


def with_judged(sites: geopandas.GeoDataFrame, pairs: pd.DataFrame, model: Model, sums: Mapping[str, str],
                judged: Collection[tuple[str, str, str]]) -> pd.DataFrame:
    """The pairs, and those that people have judged on these very facts and that no list would show for their score:
    what a person has said does not vanish because a machine thinks otherwise."""
    ids = sites["project"].to_numpy()
    found = set(zip(*np.sort(np.stack([ids[pairs["left"]], ids[pairs["right"]]]).astype(str), axis=0), strict=True))
    kept = sorted({(left, right) for left, right, facts in judged if (left, right) not in found
                   and left in sums and right in sums and facts == _facts_hash(sums, left, right)})
    return pd.concat([pairs, duplicates.of_works(sites, kept, model)], ignore_index=True) if kept else pairs


def _facts_hash(sums: Mapping[str, str], left: str, right: str) -> str:
    return hashlib.sha256((sums[left] + sums[right]).encode()).hexdigest()


def fact_sums(sites: geopandas.GeoDataFrame) -> dict[str, str]:
    """For each work a sum of its facts and sites: what a verdict about it rests on."""
    facts = sites.drop(columns=["geometry", "site", "region_id"]).astype(object)
    shapes = shapely.to_wkb(sites.geometry.to_numpy(), hex=True)
    rows = [json.dumps([*(str(value) for value in row), shape])
            for row, shape in zip(facts.itertuples(index=False), shapes, strict=True)]
    return {project: hashlib.sha256("\n".join(sorted(part)).encode()).hexdigest()
            for project, part in pd.Series(rows, dtype=object).groupby(sites["project"].to_numpy())}


def _stored(row: Mapping, left: Mapping, right: Mapping, sums: Mapping[str, str], model: Model) -> dict[str, object]:
    if left["project"] > right["project"]:
        left, right = right, left
    share = _number(row["overlap_share"])
    return {
        "left_project": left["project"], "right_project": right["project"],
        "left_site": _whole(left["site"]), "right_site": _whole(right["site"]), "touching": int(row["touching"]),
        "kind": row["kind"],
        "to_look_at": row["kind"] in kinds.TO_LOOK_AT,
        "score": float(row["score"]), "probability": float(row["probability"]),
        "distance_m": _number(row["distance_m"]), "overlap_m": _number(row["overlap_m"]), "overlap_share": share,
        "levels": {name[6:]: int(value) for name, value in row.items() if name.startswith("level_")},
        "weights": {"prior": model.prior} | {name[2:]: float(value) for name, value in row.items()
                                             if name.startswith("w_")},
        "reason": duplicates.sentence(row, left, right).to_json(),
        "money": money_to_look_at(left["amount"], right["amount"], share), "model": model.version,
        "facts_hash": _facts_hash(sums, left["project"], right["project"])}


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
    """Name each group by the smallest id in it; a pair whose works are in different groups belongs to none."""
    together = matching.component(connection, touched)
    group = joined(zip(together["left"].astype(str), together["right"].astype(str), together["probability"],
                       strict=True))
    named = {project: min(members) for project, members in group.items()}
    wanted = [named[left] if left in named and named.get(left) == named.get(right) else None
              for left, right in zip(together["left"].astype(str), together["right"].astype(str), strict=True)]
    matching.group(connection, [int(one) for one in together["pair_id"]],
                   [UUID(one) if one else None for one in wanted])
