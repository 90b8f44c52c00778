"""Groups: projects that are likely one work, however many records it has.

Pairs are joined from the strongest; two groups join only when, on average over all their pairs, they belong
together (a pair that is no candidate counts as unlikely), so one weak link cannot glue two strong groups.
"""

from collections.abc import Iterable
from typing import TypeVar

import geopandas as gpd
import pandas as pd

from geo.evidence.sites import Sites
from geo.kinds import TO_LOOK_AT
from geo.model import FLAGGED_FROM

TOGETHER_FROM = 0.4
Project = TypeVar("Project", int, str)


def groups(table: Sites, pairs: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.Series:
    """Project id -> number of its group (from 1, in the table's order); projects in no group are left out."""
    strong = pairs[(pairs["probability"] >= FLAGGED_FROM) & pairs["kind"].isin(TO_LOOK_AT)]
    a, b = table.project[strong["left"]], table.project[strong["right"]]
    group = joined(zip(a.tolist(), b.tolist(), strong["probability"].tolist(), strict=True))
    first_row = dict(zip(table.project[::-1].tolist(), range(len(table) - 1, -1, -1), strict=True))
    numbers: dict[int, int] = {}
    ordered = sorted(group, key=first_row.__getitem__)
    numbered = [numbers.setdefault(id(group[project]), len(numbers) + 1) for project in ordered]
    names = sites["project"].to_numpy() if "project" in sites else range(len(table))
    return pd.Series(numbered, index=[names[first_row[project]] for project in ordered], dtype="int64", name="group")


def joined(pairs: Iterable[tuple[Project, Project, float]]) -> dict[Project, set[Project]]:
    """Project -> the set of projects of its group, from (left, right, probability) of the pairs to look at.

    The order of the pairs does not matter; projects that share a group share one set.
    """
    edges = sorted((-probability, left, right) for left, right, probability in pairs)
    chance = {frozenset((one, other)): -minus for minus, one, other in edges}
    group: dict[Project, set[Project]] = {}
    for _, one, other in edges:
        ours, theirs = group.get(one, {one}), group.get(other, {other})
        if ours is theirs:
            continue
        total = sum(chance.get(frozenset((x, y)), 0.0) for x in ours for y in theirs)
        if total / (len(ours) * len(theirs)) >= TOGETHER_FROM:
            together = ours | theirs
            group.update(dict.fromkeys(together, together))
    return group
