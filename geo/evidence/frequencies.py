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
        row, slot = np.nonzero(sites.tokens >= 0)
        counted = np.bincount(sites.tokens[row, slot], minlength=len(sites.words))
        words = pd.Series(counted, index=sites.words)
        amounts = pd.Series(_amount_keys(sites.amount)).value_counts()
        series = pd.Series(series_keys(sites)).value_counts()
        spots = np.unique(np.round(np.column_stack([sites.lon, sites.lat])[crowd >= 0], 6), axis=0)
        return cls(
            len(sites),
            words[words > 2].nlargest(KEPT_WORDS).astype(int).to_dict(),
            amounts[amounts > 2].head(KEPT_AMOUNTS).astype(int).to_dict(),
            pd.Series(_step(sites.amount[~np.isnan(sites.amount)]).astype(str)).value_counts().astype(int).to_dict(),
            series[series >= SERIES_FROM].astype(int).to_dict(),
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
        if not self.series:
            return np.ones(len(sites), np.int32)
        return np.array([self.series.get(key, 1) for key in series_keys(sites)], np.int32)

    def is_crowded(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        if not self.crowded:
            return np.zeros(len(lon), bool)
        return np.array([spot in self.crowded for spot in zip(np.round(lon, 6).tolist(), np.round(lat, 6).tolist(),
                                                              strict=True)], bool)


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
