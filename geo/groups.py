"""Groups: projects that are likely one work, however many records it has.

Pairs are joined from the strongest; two groups join only when, on average over all their pairs, they belong
together (a pair that is no candidate counts as unlikely), so one weak link cannot glue two strong groups.
"""

from collections.abc import Iterable
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.evidence.sites import Sites
from geo.kinds import TO_LOOK_AT

TOGETHER_FROM = 0.4
_UNIT = 1 << 53
"""Probabilities are counted in whole multiples of its inverse, as those from a half on are: sums are exact in any
order."""
Project = TypeVar("Project", int, str)


def groups(table: Sites, pairs: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.Series:
    """Project id -> number of its group (from 1, in the table's order); projects in no group are left out."""
    strong = pairs[pairs["kind"].isin(TO_LOOK_AT)]
    a, b = table.project[strong["left"]], table.project[strong["right"]]
    works, owner, pairs_of = np.unique(np.concatenate([a, b]), return_inverse=True, return_counts=True)
    # two works that are paired with no other are a group as they are
    linked = (pairs_of[owner[:len(a)]] > 1) | (pairs_of[owner[len(a):]] > 1)
    group = joined(zip(a[linked].tolist(), b[linked].tolist(), strong["probability"][linked].tolist(), strict=True))
    head = {project: min(members) for members in {id(one): one for one in group.values()}.values()
            for project in members}
    project = np.concatenate([a[~linked], b[~linked], np.array(list(head), a.dtype)])
    first = np.concatenate([a[~linked], a[~linked], np.array(list(head.values()), a.dtype)])
    rows = np.flatnonzero(np.isin(table.project, works))[::-1]
    first_row = np.empty(int(works.max(initial=-1)) + 1, np.int64)
    first_row[table.project[rows]] = rows
    order = np.argsort(first_row[project])
    names = sites["project"].to_numpy() if "project" in sites else np.arange(len(table))
    return pd.Series(pd.factorize(first[order])[0] + 1, index=names[first_row[project[order]]], dtype="int64",
                     name="group")


def joined(pairs: Iterable[tuple[Project, Project, float]]) -> dict[Project, set[Project]]:
    """Project -> the set of projects of its group, from (left, right, probability) of the pairs to look at.

    The order of the pairs does not matter; projects that share a group share one set. Each group keeps the sums of
    its pairs with every other, so that a pair costs the same however large the groups that it is between.
    """
    edges = sorted((-probability, left, right) for left, right, probability in pairs)
    between: dict[Project, dict[Project, int]] = {}
    for minus, one, other in edges:
        for ours, theirs in ((one, other), (other, one)):
            between.setdefault(ours, {})[theirs] = round(-minus * _UNIT)
    members = {project: {project} for project in between}
    head = {project: project for project in between}
    for _, one, other in edges:
        ours, theirs = head[one], head[other]
        if ours == theirs:
            continue
        total = between[ours][theirs] / _UNIT
        if total / (len(members[ours]) * len(members[theirs])) < TOGETHER_FROM:
            continue
        if len(between[ours]) + len(members[ours]) < len(between[theirs]) + len(members[theirs]):
            ours, theirs = theirs, ours
        members[ours] |= members[theirs]
        head.update(dict.fromkeys(members.pop(theirs), ours))
        del between[ours][theirs]
        for third, sum_of in between.pop(theirs).items():
            if third != ours:
                with_ours = between[ours].get(third, 0) + sum_of
                between[ours][third] = between[third][ours] = with_ours
                del between[third][theirs]
    return {project: members[first] for project, first in head.items() if len(members[first]) > 1}
