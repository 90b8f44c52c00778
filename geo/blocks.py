"""Pairs chosen by words and money, where the place cannot choose: works without a point, and crowded coordinates.

Two works of one place (a region, or one crowded coordinate) are candidates when they share their whole name, a
rare word, an amount that is not common, or the kind of thing in one RT and RW. Every block is bounded: past `BLOCK`
members only neighbours in the order of name, amount and year are compared, so that 10,000 works at one village office
cost what they should.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.evidence.sites import Sites

BLOCK = 40
WINDOW = 6
RARE = 40
"""A word or an amount that stands in more works of one place than this chooses nobody."""


def pairs(sites: Sites, place: NDArray[np.int64], members: NDArray[np.int64], either: NDArray[np.bool_],
          chosen: NDArray[np.uint64] | None = None) -> NDArray[np.int64]:
    """Pairs [m, 2] of `members` that share their `place` (an id, -1: nowhere) and a name, rare word,
    amount or corner.

    At least one of each pair is marked in `either`; sites of one project are never paired. With `chosen` (sorted keys
    of `entries`) only by these.
    """
    members = members[place[members] >= 0]
    found = []
    for owner, key, bound in entries(sites, members):
        if chosen is not None:
            mine = np.isin(key, chosen)
            owner, key = owner[mine], key[mine]
        found.append(_in_groups(sites, owner, _group(place[owner], key.view(np.int64)), bound))
    both = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    both = both[(either[both[:, 0]] | either[both[:, 1]]) & (sites.project[both[:, 0]] != sites.project[both[:, 1]])]
    return np.unique(np.sort(both, axis=1), axis=0)


def beside_one(sites: Sites, one: int, members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the members of its place, itself among them, that `pairs` pairs with one site, whatever is marked."""
    tokens, own = sites.tokens[members], np.unique(sites.tokens[one])
    told = [_unless_many((tokens[:, :, None] == own[own >= 0]).sum(axis=1), RARE)]
    if not np.isnan(sites.amount[one]):
        told.append(_unless_many(np.round(sites.amount[members] * 100) == np.round(sites.amount[one] * 100), RARE))
    if sites.rt[one] and sites.rw[one] and sites.families[one]:
        told.append(_unless_many((sites.rt[members] == sites.rt[one]) & (sites.rw[members] == sites.rw[one])
                                 & (sites.families[members] == sites.families[one]), RARE))
    chosen = np.column_stack(told).any(axis=1)
    if sites.key[one] >= 0:
        namesakes = members[sites.key[members] == sites.key[one]]
        if len(namesakes) > BLOCK:
            namesakes = namesakes[_order(sites, namesakes, np.zeros(len(namesakes)))]
            at = int(np.flatnonzero(namesakes == one)[0])
            namesakes = namesakes[max(at - WINDOW, 0):at + WINDOW + 1]
        chosen |= np.isin(members, namesakes)
    return members[chosen & (sites.project[members] != sites.project[one])]


def _unless_many(held: NDArray, bound: int) -> NDArray[np.bool_]:
    """What holds of each member [n] or how often [n, k]; what holds more often than `bound` chooses nobody."""
    held = held.reshape(len(held), -1)
    return ((held > 0) & (held.sum(axis=0) <= bound)).any(axis=1)


def _order(sites: Sites, owner: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """How those of each group stand: like names, amounts and years beside each other."""
    year, amount = sites.year[owner], np.nan_to_num(sites.amount[owner], nan=-1)
    return np.lexsort((owner, year, amount, sites.key[owner], group))


def entries(sites: Sites, members: NDArray[np.int64]) -> Iterator[tuple[NDArray, NDArray[np.uint64], int | None]]:
    """For each way to be chosen: members, the key of each (equal in every table), and how many may share a key."""
    named = members[sites.key[members] >= 0]
    priced = members[~np.isnan(sites.amount[members])]
    row, slot = np.nonzero(sites.tokens[members] >= 0)
    corner = members[(sites.rt[members] != 0) & (sites.rw[members] != 0) & (sites.families[members] != 0)]
    yield corner, _mixed(1, sites.rt[corner], sites.rw[corner], sites.families[corner]), RARE
    yield named, _mixed(2, _texts(sites.text[named])), None
    yield priced, _mixed(3, np.round(sites.amount[priced] * 100).astype(np.int64)), RARE
    tokens = sites.tokens[members[row], slot]
    said, token = np.unique(tokens, return_inverse=True)
    yield members[row], _mixed(4, _texts(sites.words[said])[token]), RARE


def _texts(texts: NDArray) -> NDArray[np.uint64]:
    code, said = pd.factorize(texts)
    return pd.util.hash_array(said, categorize=False)[code] if len(said) else np.empty(0, np.uint64)


def _mixed(way: int, *values: NDArray) -> NDArray[np.uint64]:
    key = np.full(len(values[0]), way, np.uint64)
    for value in values:
        key = pd.util.hash_array(key * np.uint64(0x9E3779B97F4A7C15) + value.astype(np.uint64))
    return key


def _group(place: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(place):
        return np.empty(0, np.int64)
    return np.unique(np.column_stack([place, value]), axis=0, return_inverse=True)[1].reshape(-1)


def _in_groups(sites: Sites, owner: NDArray[np.int64], group: NDArray[np.int64], bound: int | None
               ) -> NDArray[np.int64]:
    """All pairs within each group; of a group past BLOCK (or `bound`) the next WINDOW in order, or none."""
    if not len(owner):
        return np.empty((0, 2), np.int64)
    order = _order(sites, owner, group)
    owner, group = owner[order], group[order]
    size = np.bincount(group)[group]
    first = np.searchsorted(group, group)
    after = size - 1 - (np.arange(len(group)) - first)
    if bound is None:
        after = np.where(size > BLOCK, np.minimum(after, WINDOW), after)
    else:
        after = np.where(size > bound, 0, after)
    left = np.repeat(np.arange(len(group)), after)
    step = np.arange(len(left)) - np.repeat(np.cumsum(after) - after, after) + 1
    return np.column_stack([owner[left], owner[left + step]])
