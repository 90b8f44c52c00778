"""Deciding: what each level of evidence is worth, in bits, and the prior; their sum is the score.

weight = log2(how often this level is seen in pairs that are one work / how often in pairs that are not).
`probability` = 2^score / (1 + 2^score): that one work is recorded or paid twice. Nothing else enters it, so the
parts of a score are its whole explanation.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, reduce
from importlib import resources
from pathlib import Path

import numpy as np

from geo.errors import ModelRefused
from geo.evidence import EVIDENCE
from geo.evidence.frequencies import Frequencies
from geo.sentences import Sentence

FORMAT = 1
FLAGGED_FROM = 0.5
"""From this probability pairs are named a kind to look at, unless a model says another."""
FLAGGED_LOWEST, FLAGGED_HIGHEST = 0.4, 0.99
"""Between these it may lie: two works that are less likely one than `groups.TOGETHER_FROM` are no group."""
STRONG_FROM, MEDIUM_FROM = 0.9, 0.5
_ROUNDING = 1e-6
"""Bits that sums in another order may differ by, and more."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights [level] for each evidence, in bits, and the prior in bits; `frequencies` is its snapshot or None.
    From the probability `flagged_from` somebody should look at a pair."""

    version: str
    weights: Mapping[str, tuple[float, ...]]
    prior: float
    frequencies: Frequencies | None = None
    notes: Mapping[str, object] = field(default_factory=dict)
    flagged_from: float = FLAGGED_FROM

    @property
    def evidence(self) -> tuple[str, ...]:
        return tuple(self.weights)

    @classmethod
    @cache
    def shipped(cls) -> "Model":
        """The weights that come with the library: sensible for a small regency, without any training."""
        return cls.from_json(json.loads((resources.files("geo") / "shipped_model.json").read_text("utf-8")))

    @classmethod
    def load(cls, path: Path | str) -> "Model":
        """Read a saved model. Raises ModelRefused when it is none, or was made for other evidence."""
        try:
            return cls.from_json(json.loads(Path(path).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelRefused() from error

    def save(self, path: Path | str) -> None:
        Path(path).write_text(json.dumps(self.to_json(), indent=1, sort_keys=True) + "\n", "utf-8")

    def to_json(self) -> dict:
        return {"format": FORMAT, "version": self.version, "prior": self.prior, "notes": dict(self.notes),
                "flagged_from": self.flagged_from,
                "weights": {name: list(levels) for name, levels in self.weights.items()},
                "frequencies": self.frequencies.to_json() if self.frequencies else None}

    @classmethod
    def from_json(cls, stored: Mapping) -> "Model":
        if stored.get("kind") == "pairs":
            raise ModelRefused("pairs.model_not_of_works")
        weights = {name: tuple(map(float, levels)) for name, levels in stored["weights"].items()}
        wrong = stored["format"] != FORMAT or any(
            name not in EVIDENCE or len(levels) != EVIDENCE[name].LEVELS for name, levels in weights.items())
        if wrong or not all(np.isfinite(one) for levels in weights.values() for one in (*levels, stored["prior"])):
            raise ModelRefused()
        flagged_from = float(stored.get("flagged_from", FLAGGED_FROM))
        if not FLAGGED_LOWEST <= flagged_from <= FLAGGED_HIGHEST:
            raise ModelRefused()
        counted = stored.get("frequencies")
        ordered = {name: weights[name] for name in EVIDENCE if name in weights}
        return cls(str(stored["version"]), ordered, float(stored["prior"]),
                   Frequencies.from_json(counted) if counted else None, stored.get("notes", {}), flagged_from)

    def counting(self, frequencies: Frequencies) -> "Model":
        """The same weights with another snapshot; the version says how many works it has seen."""
        name = self.version.split("+")[0]
        return replace(self, version=f"{name}+{frequencies.works}", frequencies=frequencies)

    def weigh(self, levels: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Weights of each evidence and the score, both in bits, for n pairs of int8 levels (-1 weighs nothing)."""
        weighed = {name: _bits(self.weights[name])[levels[name]] for name in self.evidence}
        # one after the other: numpy's sum of a single pair adds in another order, and its last digit would tell
        return weighed, self.prior + reduce(np.add, weighed.values())

    def most(self, levels: Mapping[str, np.ndarray], silent: Mapping[str, np.ndarray]) -> np.ndarray | float:
        """The highest score that pairs can have of which only these levels are measured; `silent`: where an
        evidence that is not measured has nothing to say."""
        most: np.ndarray | float = self.prior + _ROUNDING
        for name, weights in self.weights.items():
            if name in levels:
                if (levels[name] >= 0).any():
                    most = most + _bits(weights)[levels[name]]
            elif (best := max(*weights, 0.0)) > 0:
                most = most + np.where(silent[name], 0.0, best) if name in silent else most + best
        return most


@lru_cache(maxsize=1_000)
def _bits(weights: tuple[float, ...]) -> np.ndarray:
    """The weight of each level and, last, of none (-1)."""
    return np.array([*weights, 0.0])


def probability(score: np.ndarray) -> np.ndarray:
    """From bits to a probability.

    >>> probability(np.array([0.0, 3.0])).round(2).tolist()
    [0.5, 0.89]
    """
    return 1.0 / (1.0 + np.exp2(-np.clip(score, -500, 500)))


def strength(probability: float) -> str:
    """In one word: strong, medium or weak; words under `strength.*`."""
    return "strong" if probability >= STRONG_FROM else "medium" if probability >= MEDIUM_FROM else "weak"


@dataclass(frozen=True, slots=True)
class Part:
    """One evidence's share of a score: weight in bits, and its words."""

    evidence: str
    level: int
    weight: float
    label: Sentence

    @property
    def strengthens(self) -> bool:
        return self.weight > 0


def explain(pair: Mapping, model: Model | None = None) -> list[Part]:
    """The parts of a stored pair's score, the prior first, then the heaviest; they sum to the score exactly.

    `pair` holds `level_<evidence>` and `w_<evidence>` (and `prior`, else the model's). Without a weight of its own
    a level is weighed by the model. What is not known is left out: it weighs nothing. What an earlier version measured
    and this one does not is a part like the others, without the words for it.
    """
    model = model or Model.shipped()
    prior = float(pair["prior"]) if "prior" in pair else model.prior
    parts = []
    earlier = [key.removeprefix("level_") for key in pair if key.startswith("level_")]
    for name in dict.fromkeys((*EVIDENCE, *earlier)):
        if (level := int(pair.get(f"level_{name}", -1))) < 0:
            continue
        stored = pair.get(f"w_{name}")
        weight = float(stored) if stored is not None else model.weights.get(name, (0.0,) * 99)[level]
        parts.append(Part(name, level, weight, level_label(name, level)))
    parts.sort(key=lambda part: (-abs(part.weight), part.evidence))
    return [Part("prior", -1, prior, Sentence("level.prior")), *parts]


def level_label(name: str, level: int) -> Sentence:
    """A level in words, also where only an earlier version of this software measured it."""
    if name in EVIDENCE and 0 <= level < EVIDENCE[name].LEVELS:
        return Sentence(f"level.{name}.{level}")
    return Sentence("level.earlier_version", {"level": level})


def evidence_label(name: str) -> Sentence:
    """The same for an evidence, or the prior."""
    known = name in EVIDENCE or name == "prior"
    return Sentence(f"evidence.{name}") if known else Sentence("evidence.earlier_version", {"name": name})
