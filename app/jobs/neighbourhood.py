"""Which stored works may pair with those that were touched, held until the transaction ends, and the crowds among them.

What a work leaves is looked at as well as where it comes: of very many alike only neighbours in their order are
compared, so that one work less makes others meet.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.db import Connection
from app.queries import matching
from geo import candidates
from geo.evidence.frequencies import Frequencies, spots
from geo.model import Model

MOST_REACH_M = float(candidates.search_m(["road"], [candidates.MAX_ACCURACY_M])[0])


class Neighbourhood(NamedTuple):
    """Works as `matching.sites_of` has them; ids of those whose pairs are to be decided anew beside the touched ones,
    because words alone choose them among many; and which of their coordinates are crowded."""

    sites: geopandas.GeoDataFrame
    chosen_by_words: set[str]
    crowded: NDArray[np.bool_]


def hold(connection: Connection, touched: Sequence[UUID], model: Callable[[], Model]) -> Neighbourhood:
    """The neighbourhood of these works, held until the transaction ends: where they stand and have stood, and where
    those stand whose pairs are decided anew with theirs. `model` reads the one in force."""
    places = matching.places(connection, touched)
    keys = matching.keys_of(places.regions, places.boxes, MOST_REACH_M)
    counted = model().frequencies
    if counted is not None and counted.crowded:  # they may reach far: looked at first, so that all is held in order
        keys |= _keys(around(connection, touched, model()))
    matching.lock(connection, keys)
    near = around(connection, touched, model())
    while further := _keys(near) - keys if matching.ALL_CELLS not in keys else set():
        keys |= further
        matching.lock(connection, further)
        near = around(connection, touched, model())
    return near


def _keys(near: Neighbourhood) -> set[int]:
    anew = near.sites[near.sites["project"].isin(list(near.chosen_by_words))]
    boxes = anew.geometry.dropna().bounds.to_numpy()
    return matching.keys_of(anew["region_id"].unique(), boxes, MOST_REACH_M)


def around(connection: Connection, touched: Sequence[UUID], model: Model) -> Neighbourhood:
    """The touched works and all that may pair with them, with every block they touch whole.

    Among works without a point, or on a crowded coordinate, a word chooses only while it is rare and of many alike
    only neighbours are compared: one work more or less may part two others, so all of the block is measured again.
    """
    own = matching.sites_of(connection, touched)
    reach_m = candidates.search_m(own["category"], own["accuracy_m"]) if len(own) else np.empty(0)
    # where a work is no more, anything may have been near it
    reaches = dict.fromkeys(map(str, touched), MOST_REACH_M) | dict(
        pd.Series(reach_m, index=own["project"]).groupby(level=0).max())
    together = (matching.beside(connection, [UUID(one) for one in reaches], list(reaches.values()),
                                MOST_REACH_M)
                | matching.villages(connection, touched) | set(own["project"]))
    sites = _of(connection, together)
    if (crowded := _is_crowded(sites, model)).any():
        crowd = sites[crowded]
        # one work of each spot, and one of each region: the rest of them comes with it
        one_each = crowd.iloc[np.unique(spots(*_centres(crowd)), return_index=True)[1]]
        ids = [UUID(one) for one in pd.concat([one_each, crowd.drop_duplicates("region_id")])["project"].unique()]
        together |= matching.villages(connection, ids)
        together |= matching.beside(connection, ids, [MOST_REACH_M] * len(ids), MOST_REACH_M)
        sites = _of(connection, together)
    nowhere = set(sites["project"][sites.geometry.isna()])
    by_words = nowhere | (set(crowd["project"]) if crowded.any() else set())
    return Neighbourhood(sites, by_words, _is_crowded(sites, model))


def changed_crowds(connection: Connection, touched: Sequence[UUID], near: Neighbourhood) -> set[str]:
    """Note the coordinates of these works that have become crowded, or are no longer; answers the works that stand
    there: their pairs are decided anew.

    `candidates.crowded` counts, as it counts a whole table: all works of a coordinate stand in the neighbourhood.
    """
    boxes = matching.places(connection, touched).boxes
    own = np.unique(spots((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2))
    lon, lat = _centres(near.sites)
    point = np.isin(shapely.get_type_id(near.sites.geometry.to_numpy()), (0, 4))
    project = pd.factorize(near.sites["project"])[0]
    now = candidates.crowded(lon, lat, point, project) >= 0
    place = spots(lon, lat)
    full = np.unique(place[now])
    changed = own[np.isin(own, full) != np.isin(own, np.unique(place[near.crowded]))]
    there = np.isin(place, changed)
    if not there.any():
        return set()
    table = pd.DataFrame({"place": place, "lon": lon.round(6), "lat": lat.round(6), "project": project})[there]
    noted = table.groupby("place").agg(lon=("lon", "first"), lat=("lat", "first"), works=("project", "nunique"))
    matching.note_crowds(connection, list(zip(noted["lon"].tolist(), noted["lat"].tolist(), strict=True)),
                         noted["works"].tolist(), np.isin(noted.index, full).tolist())
    return set(near.sites["project"][there])


def with_crowds(model: Model, noted: Sequence[tuple[float, float, bool]]) -> Model:
    """The model with what was noted of crowds since it was counted."""
    if not noted:
        return model
    counted = model.frequencies or Frequencies()
    said = {_spot(lon, lat): ((lon, lat), crowded) for lon, lat, crowded in noted}
    kept = [place for place in counted.crowded if _spot(*place) not in said]
    return replace(model, frequencies=replace(counted, crowded=frozenset(
        [*kept, *(place for place, crowded in said.values() if crowded)])))


def places_of(near: Neighbourhood, touched: set[str]) -> list[tuple[float, float, int]]:
    """lon, lat and how many works of the crowded coordinates on which these works stand, the fullest first."""
    lon, lat = _centres(near.sites)
    table = pd.DataFrame({"lon": lon.round(6), "lat": lat.round(6), "project": near.sites["project"]})[near.crowded]
    table["ours"] = table["project"].isin(list(touched))
    counted = table.groupby(["lon", "lat"]).agg(works=("project", "nunique"), ours=("ours", "any")).reset_index()
    counted = counted[counted["ours"]].sort_values("works", ascending=False, kind="stable")
    return [(row.lon, row.lat, int(row.works)) for row in counted.itertuples()]


def _spot(lon: float, lat: float) -> int:
    return int(spots(np.array([lon]), np.array([lat]))[0])


def _of(connection: Connection, projects: set[str]) -> geopandas.GeoDataFrame:
    return matching.sites_of(connection, [UUID(project) for project in sorted(projects)])


def _centres(sites: geopandas.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    box = shapely.bounds(sites.geometry.to_numpy()).reshape(-1, 4)
    return (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2


def _is_crowded(sites: geopandas.GeoDataFrame, model: Model) -> NDArray[np.bool_]:
    if model.frequencies is None or sites.empty:
        return np.zeros(len(sites), bool)
    return model.frequencies.is_crowded(*_centres(sites))
