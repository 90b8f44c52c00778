"""What is measured between the two records of a pair, by name: `name.telling`, `place.distance`, `address.numbers`.

A measure is the same whichever record comes first, and NaN where it is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from geo import crs
from geo.learning import likeness
from geo.learning.bags import Bag, once
from geo.learning.columns import NAME, NUMBER, PLACE, TEXT, Column, Pairs, numbers
from geo.learning.words import counted, folded, split

CELL = 0.002
KEPT_CELLS = 20_000
Measures = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is common among the records that were learned from: words by column, whole names, records by cell."""

    records: int = 0
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)
    cells: Mapping[str, int] = field(default_factory=dict)
    leaning: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Bits of single words by measure, learned from labels (`geo/learning/leaning.py`)."""

    @classmethod
    def of(cls, pairs: Pairs, columns: Sequence[Column]) -> "Snapshot":
        """Count the records of both sides, each once however many pairs it stands in."""
        keep = [first for first in _records(pairs)]
        words = {one.name: counted([folded(text) for text in _picked(pairs, one.name, keep)])
                 for one in columns if one.kind in (NAME, TEXT)}
        names: dict[str, int] = {}
        if any(one.kind == NAME for one in columns):
            whole = pd.Series([" ".join(split(folded(text))) for text in _picked(pairs, NAME, keep)])
            tally = whole[whole != ""].value_counts()
            names = tally[tally > 1].head(5000).astype(int).to_dict()
        lon = np.concatenate([pairs.left.lon, pairs.right.lon])[keep]
        lat = np.concatenate([pairs.left.lat, pairs.right.lat])[keep]
        spots = pd.Series(_cells(lon, lat)).value_counts().drop("", errors="ignore")
        return cls(len(keep), words, names, spots.head(KEPT_CELLS).astype(int).to_dict())


def _records(pairs: Pairs) -> list[int]:
    seen: dict[tuple, int] = {}
    position = 0
    for side in (pairs.left, pairs.right):
        for record in zip(side.lon.tolist(), side.lat.tolist(), *side.texts.values(), strict=True):
            seen.setdefault(tuple(map(str, record)), position)
            position += 1
    return list(seen.values())


def _picked(pairs: Pairs, name: str, keep: list[int]) -> list[str]:
    both = [*pairs.left.texts[name], *pairs.right.texts[name]]
    return [both[position] for position in keep]


def _cells(lon: NDArray[np.float64], lat: NDArray[np.float64], east: int = 0, north: int = 0) -> list[str]:
    return ["" if x != x or y != y else f"{int(np.floor(x / CELL)) + east},{int(np.floor(y / CELL)) + north}"
            for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class Measured:
    """Measures of n pairs, float64[n] by name, and the bags of words that leanings are learned from."""

    measures: Measures
    bags: Mapping[str, Bag]

    def leaned(self, leaning: Mapping[str, Mapping[str, float]]) -> Measures:
        """The measures, and what the words of the bags tell by learned weights."""
        return self.measures | {name: self.bags[name].told(weights)
                                for name, weights in leaning.items() if name in self.bags}


def measure(pairs: Pairs, columns: Sequence[Column], snapshot: Snapshot) -> Measured:
    """Every measure of n pairs. A column that a side does not have is not known there."""
    out: Measures = {}
    bags: dict[str, Bag] = {}
    named = any(column.kind == NAME for column in columns)
    for one in columns:
        if one.kind == PLACE:
            out |= _place(pairs, snapshot)
            continue
        left, right = (side.texts.get(one.name) or [""] * len(pairs) for side in (pairs.left, pairs.right))
        if one.kind in (NAME, TEXT):
            found, words = likeness.measured(left, right, snapshot.words.get(one.name, {}), snapshot.records)
            out |= {f"{one.name}.{name}": values for name, values in found.items()}
            if one.kind == NAME:
                bags |= {"name.alone_leans": words["alone"], "name.both_lean": words["both"]}
                out["name.usual"] = _usual(left, right, snapshot)
            elif named:
                out[f"{one.name}.holds_name"] = _holds(pairs, left, right)
        elif one.kind == NUMBER:
            out |= _number(one.name, numbers(left), numbers(right))
        else:
            out[f"{one.name}.same"], bags[f"{one.name}.together"] = _category(left, right)
    return Measured(out, bags)


def _category(left: list[str], right: list[str]) -> tuple[NDArray[np.float64], Bag]:
    """Whether two values are the same, and the two together as one word, whichever comes first."""
    texts = [sorted((folded(a), folded(b))) if a and b else ["", ""] for a, b in zip(left, right, strict=True)]
    known = np.array([bool(b) for _, b in texts], bool)
    same = np.array([float(a == b) for a, b in texts], np.float64)
    number, words = pd.factorize(np.array([" | ".join(two) for two in texts], object))
    there = np.flatnonzero(known)
    return np.where(known, same, np.nan), once(there, number[there], np.asarray(words, object), known)


def _place(pairs: Pairs, snapshot: Snapshot) -> Measures:
    left, right = pairs.left, pairs.right
    lon, lat = (left.lon + right.lon) / 2, (left.lat + right.lat) / 2
    east_m, north_m = crs.degrees_m(lat)
    aside = np.abs(left.lon - right.lon)
    aside = np.minimum(aside, 360 - aside)
    distance_m = np.hypot(aside * east_m, (left.lat - right.lat) * north_m)
    around = np.zeros(len(pairs))
    for east in (-1, 0, 1):
        for north in (-1, 0, 1):
            around += [snapshot.cells.get(cell, 0) for cell in _cells(lon, lat, east, north)]
    area_km2 = 9 * CELL**2 * east_m * north_m / 1e6
    density = np.log2((around + 1) / area_km2)
    known = ~np.isnan(distance_m)
    # how many records one would expect nearer than this by chance, in steps of two
    by_chance = 2 * np.log2(np.maximum(distance_m, 1) / 1000) + density
    return {"place.distance": np.log2(distance_m + 1), "place.by_chance": by_chance,
            "place.density": np.where(known, density, np.nan)}


def _usual(left: list[str], right: list[str], snapshot: Snapshot) -> NDArray[np.float64]:
    """How many of the records learned from carry the commoner of the two whole names."""
    whole = [[" ".join(split(folded(text))) for text in side] for side in (left, right)]
    counts = [[snapshot.names.get(text, 1) if text else np.nan for text in side] for side in whole]
    return np.log2(np.array(counts, np.float64)).max(axis=0) if left else np.empty(0)


def _holds(pairs: Pairs, left: list[str], right: list[str]) -> NDArray[np.float64]:
    """Whether the other record's text of this column speaks of this record's name."""
    names = [[folded(text) for text in side.texts.get(NAME) or [""] * len(pairs)]
             for side in (pairs.left, pairs.right)]
    texts = [[folded(text) for text in side] for side in (left, right)]
    if not len(pairs):
        return np.empty(0)
    there = [np.array([bool(a) and bool(b) for a, b in zip(one, other, strict=True)], bool)
             for one, other in ((names[0], texts[1]), (names[1], texts[0]))]
    found = [cpdist(names[0], texts[1], scorer=fuzz.token_set_ratio, dtype=np.float64),
             cpdist(names[1], texts[0], scorer=fuzz.token_set_ratio, dtype=np.float64)]
    best = np.maximum(*(np.where(known, score, -1.0) for known, score in zip(there, found, strict=True)))
    return np.where(best < 0, np.nan, best)


def _number(name: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> Measures:
    apart = np.abs(a - b)
    largest = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-9)
    return {f"{name}.apart": np.log2(apart + 1), f"{name}.share_apart": apart / largest}
