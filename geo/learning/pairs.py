"""A model of pairs: what `./pantau train` saves and `./pantau score` decides with.

It is tables of bits over measures of any shared columns, with the snapshot of what was common where it learned. The
matcher's own model (`geo/model.py`) weighs levels of works; neither takes the other's file.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.errors import LabelsRefused, ModelRefused
from geo.learning import features
from geo.learning.additive import DECIMALS, Tables
from geo.learning.columns import KINDS, Column, Pairs, understood
from geo.learning.features import Snapshot
from geo.learning.naming import part_of
from geo.model import probability

FORMAT = 2
"""In format 1 what was not known had weights of its own."""
KIND = "pairs"
LARGEST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Scored:
    """n pairs judged: `parts` by name, in bits; with `prior` they sum to `score` exactly, to DECIMALS decimals."""

    parts: Mapping[str, NDArray[np.float64]]
    prior: float
    score: NDArray[np.float64]
    probability: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairModel:
    """Tables over the measures of `columns`; `notes` say how it was made and how well it judged unseen pairs."""

    columns: tuple[Column, ...]
    tables: Tables
    snapshot: Snapshot
    notes: Mapping[str, object] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Named after its numbers: the same tables have the same version."""
        told = json.dumps([_tables_to_json(self.tables), _snapshot_to_json(self.snapshot)], sort_keys=True)
        return f"pairs-{hashlib.sha256(told.encode()).hexdigest()[:10]}"

    def score(self, pairs: Pairs) -> Scored:
        """Judge n pairs. What is not known, or a column that is not there, weighs nothing."""
        measured = features.measure(pairs, self.columns, self.snapshot)
        measures = measured.leaned(self.snapshot.leaning)
        whole: dict[str, NDArray[np.int64]] = {}
        found = self.tables.parts(self.tables.bins(measures)) if len(pairs) else {}
        for names, bits in found.items():
            part = part_of(names)
            whole[part] = whole.get(part, 0) + np.rint(bits * 10**DECIMALS).astype(np.int64)
        prior = round(self.tables.prior * 10**DECIMALS)
        score = (prior + sum(whole.values(), np.zeros(len(pairs), np.int64))) / 10**DECIMALS
        parts = {name: whole[name] / 10**DECIMALS for name in self.part_names()} if len(pairs) else {
            name: np.empty(0) for name in self.part_names()}
        return Scored(parts, prior / 10**DECIMALS, score, probability(score))

    def part_names(self) -> list[str]:
        """Single parts by column, then the pairs of parts."""
        names = dict.fromkeys(part_of(names) for names in (*((one,) for one in self.tables.single),
                                                           *self.tables.double))
        return sorted(names, key=lambda name: "&" in name)

    def save(self, path: Path | str) -> None:
        Path(path).write_text(self.to_text(), "utf-8")

    def to_text(self) -> str:
        return json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"

    def to_json(self) -> dict:
        return {"format": FORMAT, "kind": KIND, "version": self.version, "notes": dict(self.notes),
                "columns": [[one.name, one.kind] for one in self.columns],
                **_tables_to_json(self.tables), "snapshot": _snapshot_to_json(self.snapshot)}

    @classmethod
    def load(cls, path: Path | str) -> "PairModel":
        """Read a saved model of pairs. Raises ModelRefused when it is none."""
        try:
            if Path(path).stat().st_size > LARGEST_BYTES:
                raise ModelRefused("pairs.model_broken")
            stored = json.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ModelRefused("pairs.model_broken") from error
        return cls.from_json(stored)

    @classmethod
    def from_json(cls, stored: Mapping) -> "PairModel":
        if isinstance(stored, dict) and stored.get("kind") != KIND and "weights" in stored:
            raise ModelRefused("pairs.model_of_works")
        try:
            if stored["kind"] != KIND or stored["format"] != FORMAT:
                raise ModelRefused("pairs.model_unknown")
            columns = tuple(Column(str(name), str(kind)) for name, kind in stored["columns"])
            made = cls(columns, _tables(stored), _snapshot(stored["snapshot"]), dict(stored.get("notes", {})))
            made.part_names()
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            raise ModelRefused("pairs.model_broken") from error
        if not all(one.kind in KINDS for one in columns):
            raise ModelRefused("pairs.model_broken")
        return made


def train(pairs: Pairs, labels: NDArray[np.int64], seed: int = 0) -> PairModel:
    """Learn from n pairs labelled 0 or 1. Raises LabelsRefused when only one of the two is there, or too few."""
    from geo.learning.training import learn  # scoring needs no scikit-learn

    labels = np.asarray(labels, np.int64)
    counts = np.bincount(labels, minlength=2)
    if counts.min() < 1:
        raise LabelsRefused("pairs.one_class", label=int(np.argmax(counts)), n=len(labels))
    columns = understood(pairs)
    if not columns:
        raise LabelsRefused("pairs.nothing_known")
    snapshot = Snapshot.of(pairs, columns)
    learned = learn(features.measure(pairs, columns, snapshot), labels, seed)
    tables = Tables(learned.tables.edges, round(learned.tables.prior, DECIMALS),
                    {name: table.round(DECIMALS) for name, table in learned.tables.single.items()},
                    {names: table.round(DECIMALS) for names, table in learned.tables.double.items()})
    notes = {"made": "learned from labelled pairs", "pairs": len(labels), "alike": int(counts[1]), "seed": seed,
             "steps": learned.steps, "strength": learned.strength, "boosted_share": learned.boosted_share,
             "unseen": {"f1": round(learned.f1, 4),
                        "loss_bits": round(learned.loss_bits, 6), "brier": round(learned.judged.brier, 6),
                        "ece": round(learned.judged.ece, 6)}}
    return PairModel(columns, tables, replace(snapshot, leaning=learned.leaning), notes)


def _tables_to_json(tables: Tables) -> dict:
    return {"prior": tables.prior,
            "edges": {name: cuts.tolist() for name, cuts in tables.edges.items()},
            "single": {name: table.tolist() for name, table in tables.single.items()},
            "double": [[a, b, table.tolist()] for (a, b), table in tables.double.items()]}


def _tables(stored: Mapping) -> Tables:
    edges = {str(name): np.array(cuts, np.float64).reshape(-1) for name, cuts in stored["edges"].items()}
    single = {str(name): np.array(table, np.float64) for name, table in stored["single"].items()}
    double = {(str(a), str(b)): np.array(table, np.float64) for a, b, table in stored["double"]}
    sizes = {name: len(cuts) + 2 for name, cuts in edges.items()}
    right = (all((np.diff(cuts) > 0).all() for cuts in edges.values())
             and all(table.shape == (sizes[name],) for name, table in single.items())
             and all(table.shape == (sizes[a], sizes[b]) for (a, b), table in double.items())
             and all(np.isfinite(one).all() for one in (*edges.values(), *single.values(), *double.values()))
             and not any(table[-1] for table in single.values())
             and not any(table[-1].any() or table[:, -1].any() for table in double.values()))
    if not right or not np.isfinite(float(stored["prior"])):
        raise ValueError
    return Tables(edges, float(stored["prior"]), single, double)


def _snapshot_to_json(snapshot: Snapshot) -> dict:
    return {"records": snapshot.records, "words": {name: dict(counts) for name, counts in snapshot.words.items()},
            "names": dict(snapshot.names), "cells": dict(snapshot.cells),
            "leaning": {name: dict(bits) for name, bits in snapshot.leaning.items()}}


def _snapshot(stored: Mapping) -> Snapshot:
    def counts(told: Mapping) -> dict[str, int]:
        return {str(word): int(count) for word, count in told.items()}
    return Snapshot(int(stored["records"]), {str(name): counts(told) for name, told in stored["words"].items()},
                    counts(stored["names"]), counts(stored["cells"]),
                    {str(name): {str(word): float(bits) for word, bits in told.items()}
                     for name, told in stored["leaning"].items()})
