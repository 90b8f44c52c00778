"""How common words, amounts and places are: the snapshot inside a model, so that one check and a batch agree."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geo.evidence.sites import Sites
from geo.schema import FUNDS

KEPT_WORDS = 50_000
KEPT_AMOUNTS = 20_000
SERIES_FROM = 3


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Counts among `works` works; empty (works = 0) when nothing was counted: then nothing is adjusted."""

    works: int = 0
    words: Mapping[str, int] = field(default_factory=dict)
    amounts: Mapping[str, int] = field(default_factory=dict)
    about_as_much: Mapping[str, int] = field(default_factory=dict)
    series: Mapping[str, int] = field(default_factory=dict)
    crowded: frozenset[tuple[float, float]] = frozenset()

    @classmethod
    def of(cls, sites: Sites, crowd: np.ndarray) -> "Frequencies":
        """Count a table of sites; `crowd` as `candidates.crowded` gives it."""
        counted = np.bincount(sites.tokens[sites.tokens >= 0], minlength=len(sites.words))
        words = pd.Series(counted, index=sites.words)
        known = sites.amount[~np.isnan(sites.amount)]
        of_amount, amounts = pd.factorize(known)
        steps = pd.Series(np.bincount(of_amount)).groupby(_step(amounts)).sum()
        # a programme of so many works has a name that stands in so many
        named = np.flatnonzero(_often(sites.key + 1))
        programme, first = _programmes(sites, named)
        count = np.bincount(programme, minlength=len(first))
        often = np.flatnonzero(count >= SERIES_FROM)
        spots = np.unique(np.round(np.column_stack([sites.lon, sites.lat])[crowd >= 0], 6), axis=0)
        return cls(
            len(sites),
            words[words > 2].nlargest(KEPT_WORDS).astype(int).to_dict(),
            _usual_amounts(amounts, np.bincount(of_amount)),
            dict(zip(map(str, steps.index.tolist()), steps.tolist(), strict=True)),
            dict(zip(series_keys(sites.take(first[often])), count[often].tolist(), strict=True)),
            frozenset(map(tuple, spots.tolist())),
        )

    def to_json(self) -> dict:
        return {"works": self.works, "words": dict(self.words), "amounts": dict(self.amounts),
                "about_as_much": dict(self.about_as_much), "series": dict(self.series),
                "crowded": sorted(map(list, self.crowded))}

    @classmethod
    def from_json(cls, stored: Mapping) -> "Frequencies":
        return cls(stored["works"], stored["words"], stored["amounts"],
                   stored.get("about_as_much", {}), stored["series"],
                   frozenset(map(tuple, stored["crowded"])))

    def word_counts(self, words: np.ndarray) -> np.ndarray:
        """How many works carry each word (at least 1)."""
        return np.array([self.words.get(word, 1) for word in words], np.float64)

    def word_bits(self, words: np.ndarray) -> np.ndarray:
        """How many bits each word tells; four when nothing is counted."""
        if not self.works:
            return np.full(len(words), 4.0)
        return np.maximum(np.log2((self.works + 2) / (self.word_counts(words) + 1)), 0.0)

    def word_weights(self, words: np.ndarray) -> np.ndarray:
        """How much each word tells: 1 when nothing is counted, else falling with how common it is."""
        if not self.works:
            return np.ones(len(words))
        return np.clip(self.word_bits(words) / np.log2(self.works + 2), 0.08, 1.0)

    def amount_counts(self, amounts: np.ndarray) -> np.ndarray:
        unique, owner = np.unique(amounts, return_inverse=True)
        return np.array([self.amounts.get(key, 1) for key in _amount_keys(unique)])[owner]

    def about(self, amounts: np.ndarray) -> np.ndarray:
        """Share of the works that cost within some 3 % of each amount; 0 where nothing is counted or known."""
        out = np.zeros(len(amounts))
        known = ~np.isnan(amounts)
        unique, owner = np.unique(_step(amounts[known]), return_inverse=True)
        counts = [sum(self.about_as_much.get(str(step + aside), 0) for aside in (-1, 0, 1)) for step in unique]
        out[known] = np.array(counts, float)[owner] / max(self.works, 1)
        return out

    def series_counts(self, sites: Sites) -> np.ndarray:
        if not self.series or not len(sites):
            return np.ones(len(sites), np.int32)
        texts = {key.split("|", 3)[3] for key in self.series}
        key = sites.key + 1
        stands = np.zeros(int(key.max(initial=0)) + 1, np.int64)
        stands[key] = np.arange(len(key))
        counted = np.flatnonzero(np.array([text in texts for text in sites.text[stands]], bool)[key])
        out = np.ones(len(sites), np.int32)
        programme, first = _programmes(sites, counted)
        counts = [self.series.get(key, 1) for key in series_keys(sites.take(first))]
        out[counted] = np.array(counts, np.int32)[programme]
        return out

    def is_crowded(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        if not self.crowded:
            return np.zeros(len(lon), bool)
        known = np.array(sorted(self.crowded))
        return np.isin(spots(lon, lat), spots(known[:, 0], known[:, 1]))


def spots(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A number for each coordinate to six decimals, -1 where there is none; in the order of lon, then lat."""
    there = ~(np.isnan(lon) | np.isnan(lat))
    x, y = (np.rint(np.where(there, one, 0.0) * 1e6).astype(np.int64) for one in (lon, lat))
    return np.where(there, (x + 720_000_000) * 1_000_000_000 + y + 360_000_000, -1)


def _often(code: np.ndarray) -> np.ndarray:
    """Whether each code (from 0) stands in SERIES_FROM rows or more."""
    return (np.bincount(code, minlength=1) >= SERIES_FROM)[code]


def _programmes(sites: Sites, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows `among` the sites have one `series_keys`: a number for each, and the first row of each number."""
    code = np.zeros(len(among), np.int64)
    for column in (_hundredths(sites.lon[among]), _hundredths(sites.lat[among]), sites.year[among], sites.fund[among],
                   sites.key[among]):
        low, high = int(column.min(initial=0)), int(column.max(initial=0))
        if (int(code.max(initial=0)) + 1) * (high - low + 1) > 1 << 62:
            code = pd.factorize(code)[0].astype(np.int64)
        code = code * (high - low + 1) + (column.astype(np.int64) - low)
    code = pd.factorize(code)[0].astype(np.int64)
    first = np.empty(int(code.max(initial=-1)) + 1, np.int64)
    first[code[::-1]] = among[::-1]
    return code, first


def _usual_amounts(amounts: np.ndarray, count: np.ndarray) -> dict[str, int]:
    """Of the amounts that stand in more than two rows the commonest; of equally common ones the first."""
    code, cents = pd.factorize(_to_cents(amounts))
    count = np.bincount(code, count).astype(np.int64)
    order = np.argsort(-count, kind="stable")
    kept = order[count[order] > 2][:KEPT_AMOUNTS]
    return dict(zip(_amount_keys(cents[kept]), count[kept].tolist(), strict=True))


def _to_cents(amounts: np.ndarray) -> np.ndarray:
    """Equal where `_amount_keys` is; halves, and what has no more exact hundredths, are rounded by the text."""
    hundred = amounts * 100
    whole = np.rint(hundred)
    unsure = np.flatnonzero((np.abs(np.abs(hundred - whole) - 0.5) < 0.01) | (amounts > 1e11))
    cents = whole / 100
    cents[unsure] = np.array(_amount_keys(amounts[unsure]), np.float64)
    return cents


def _hundredths(degrees: np.ndarray) -> np.ndarray:
    """Equal where f"{degree:.2f}" is; halves are rounded by the text, for the product may fall on either side."""
    scaled = np.nan_to_num(degrees, nan=1e6) * 100
    whole = np.rint(scaled)
    half = np.flatnonzero(np.abs(np.abs(scaled - whole) - 0.5) < 1e-6)
    whole[half] = [round(float(f"{degree:.2f}") * 100) for degree in degrees[half]]
    return 2 * whole.astype(np.int64) + ((whole == 0) & (degrees < 0))


def _amount_keys(amounts: np.ndarray) -> list[str]:
    return [f"{amount:.2f}" for amount in amounts if amount == amount]


def _step(amounts: np.ndarray) -> np.ndarray:
    """Amounts on a scale of steps of 2 %."""
    return np.floor(np.log(amounts) / np.log(1.02)).astype(np.int64)


def series_keys(sites: Sites) -> list[str]:
    """What the works of one programme share: where (a degree's hundredth), year, fund and the words of the name."""
    return [
        f"{lon:.2f} {lat:.2f}|{year}|{FUNDS[fund] if fund >= 0 else ''}|{text}"
        for lon, lat, year, fund, text in zip(sites.lon, sites.lat, sites.year, sites.fund, sites.text, strict=True)
    ]
