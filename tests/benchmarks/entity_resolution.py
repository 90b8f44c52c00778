"""Which records of two directories are one place: ours, every score explained, beside three peers in the same run.

Real pairs of the WWW 2022 Geospatial-ER collection (PANTAU_REAL_DATA/entity_resolution), learned from train and valid,
judged on test; pairs of test that also stand in train or valid are left out. The peers: a rule of three numbers (name,
log distance, threshold), a plain additive model, and opaque gradient boosting on 19 plain features. No side is tuned
to a set.
"""

import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from geo.learning.columns import sides
from geo.learning.pairs import train
from geo.learning.reliability import reliability
from geo.learning.training import f1

FOLDER = "entity_resolution"
DRAWS = 2000
_CELL = re.compile(r"COL (\S+) VAL (.*?)(?= COL \S+ VAL |$)")


def run(say: Callable[[str], None]) -> dict:
    """F1 at probability >= 0.5 of the four for each set, and paired bootstraps of ours less the boosting's."""
    root = os.environ.get("PANTAU_REAL_DATA")
    sets = sorted(Path(root, FOLDER).glob("*/test.txt")) if root else []
    if not sets:
        say("PANTAU_REAL_DATA holds no entity_resolution: nothing measured")
        return {}
    figures = {path.parent.name: _of_set(path.parent, say) for path in sets}
    mean = {side: float(np.mean([one["f1"][side] for one in figures.values()]))
            for side in ("ours", "boosting", "additive", "three_numbers")}
    draws = np.mean([one.pop("_draws") for one in figures.values()], axis=0)
    spread = [float(x) for x in np.quantile(draws, [0.025, 0.975])]
    say("mean F1: " + ", ".join(f"{side} {value:.4f}" for side, value in mean.items())
        + f"; ours less the boosting's {mean['ours'] - mean['boosting']:+.4f} ({spread[0]:+.4f} to {spread[1]:+.4f})")
    return {"sets": figures, "mean_f1": mean, "mean_difference_95": spread}


def converted(path: Path) -> pd.DataFrame:
    """`COL name VAL … COL lat VAL … <tab> … <tab> 0` as the table of contracts.md: `name_1, name_2, …, label`."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        if not line.strip():
            continue
        *records, label = line.split("\t")
        row = {"label": label.strip()}
        for number, record in enumerate(records, 1):
            row |= {f"{cell[1]}_{number}": cell[2].strip() for cell in _CELL.finditer(record)}
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _of_set(folder: Path, say: Callable[[str], None]) -> dict:
    seen = pd.concat([converted(folder / f"{part}.txt") for part in ("train", "valid")], ignore_index=True)
    asked = converted(folder / "test.txt")
    known = set(map(tuple, seen.drop(columns="label").to_numpy()))
    again = np.array([tuple(row) in known for row in asked[seen.columns].drop(columns="label").to_numpy()], bool)
    asked = asked[~again].reset_index(drop=True)
    learn_from, labels = seen["label"].astype(int).to_numpy(), asked["label"].astype(int).to_numpy()
    start = time.perf_counter()
    model = train(sides(seen), learn_from)
    learned_s = time.perf_counter() - start
    scored = model.score(sides(asked))
    total = scored.prior + np.sum(list(scored.parts.values()), axis=0)
    assert np.allclose(total, scored.score, atol=1e-9), "the parts are not the score"
    plain, plain_asked = _plain(seen), _plain(asked)
    said = {"ours": scored.probability >= 0.5,
            "boosting": _boosting(plain, learn_from, plain_asked),
            "additive": _additive(plain, learn_from, plain_asked),
            "three_numbers": _three_numbers(plain, learn_from, plain_asked)}
    found = {side: f1(answer, labels) for side, answer in said.items()}
    draws = _draws(said["ours"], said["boosting"], labels)
    low, high = (float(x) for x in np.quantile(draws, [0.025, 0.975]))
    judged = reliability(scored.probability, labels)
    say(f"{folder.name}: {len(seen)} learned from, {len(asked)} judged ({int(again.sum())} left out), learned in "
        f"{learned_s:.0f} s, model {len(model.to_text()) / 1e6:.2f} MB")
    say("  F1: " + ", ".join(f"{side} {value:.4f}" for side, value in found.items())
        + f"; ours less the boosting's {low:+.4f} to {high:+.4f}; Brier {judged.brier:.4f}, ECE {judged.ece:.4f}")
    for one in judged.bins:
        say(f"    said {one.predicted:5.1%}  was so {one.observed:6.1%}  of {one.n}")
    return {"f1": found, "difference_95": [low, high], "judged": len(asked), "left_out": int(again.sum()),
            "unseen_in_training": model.notes["unseen"], "reliability": judged.to_json(), "learned_s": learned_s,
            "model_mb": len(model.to_text()) / 1e6, "parts": len(scored.parts), "_draws": draws}


def _draws(ours: NDArray[np.bool_], peer: NDArray[np.bool_], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ours less the peer's F1 on DRAWS resampled test sets, the same pairs for both."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(labels), (DRAWS, len(labels)))
    return np.array([f1(ours[row], labels[row]) - f1(peer[row], labels[row]) for row in rows])


def _plain(table: pd.DataFrame) -> NDArray[np.float64]:
    """The 19 features that anybody would take first; NaN where a side says nothing."""
    return np.array([_plain_row(row) for row in table.to_dict("records")])


def _plain_row(row: dict[str, str]) -> list[float]:
    a, b = row["name_1"].lower(), row["name_2"].lower()
    street_a, street_b = row.get("address_1", "").lower(), row.get("address_2", "").lower()
    post_a, post_b = row.get("postalCode_1", "").lower(), row.get("postalCode_2", "").lower()
    lat, lon = ([float(row[f"{one}_{side}"]) for side in (1, 2)] for one in ("latitude", "longitude"))
    far_m = float(np.hypot((lat[0] - lat[1]) * 111_195,
                           (lon[0] - lon[1]) * 111_195 * np.cos(np.radians(sum(lat) / 2))))
    words_a, words_b = set(a.split()), set(b.split())
    digits_a, digits_b = set(re.findall(r"\d+", street_a)), set(re.findall(r"\d+", street_b))
    streets, posts = bool(street_a and street_b), bool(post_a and post_b)
    return [
        np.log1p(far_m), far_m, fuzz.ratio(a, b), fuzz.partial_ratio(a, b), fuzz.token_sort_ratio(a, b),
        fuzz.token_set_ratio(a, b), JaroWinkler.similarity(a, b), _share(words_a, words_b), abs(len(a) - len(b)),
        min(len(a), len(b)), float(set(re.findall(r"\d+", a)) == set(re.findall(r"\d+", b))),
        float(a.split()[:1] == b.split()[:1]),
        fuzz.ratio(street_a, street_b) if streets else np.nan,
        fuzz.token_set_ratio(street_a, street_b) if streets else np.nan,
        len(digits_a & digits_b) / min(len(digits_a), len(digits_b)) if digits_a and digits_b else np.nan,
        float(post_a == post_b) if posts else np.nan, fuzz.ratio(post_a, post_b) if posts else np.nan,
        float(bool(street_a)) + bool(street_b), float(bool(post_a)) + bool(post_b)]


def _share(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(len(a | b), 1)


def _boosting(features: NDArray, labels: NDArray, asked: NDArray) -> NDArray[np.bool_]:
    with threadpool_limits(1):
        fit = HistGradientBoostingClassifier(learning_rate=0.05, max_iter=150, min_samples_leaf=10, random_state=0)
        return fit.fit(features, labels).predict_proba(asked)[:, 1] >= 0.5


def _additive(features: NDArray, labels: NDArray, asked: NDArray) -> NDArray[np.bool_]:
    """Logistic regression on the same features; what is not known is the mean and a column that says so."""
    middle = np.nanmean(features, axis=0)

    def filled(rows: NDArray) -> NDArray:
        return np.hstack([np.where(np.isnan(rows), middle, rows), np.isnan(rows)])
    with threadpool_limits(1):
        fit = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(filled(features), labels)
    return fit.predict_proba(filled(asked))[:, 1] >= 0.5


def _three_numbers(features: NDArray, labels: NDArray, asked: NDArray) -> NDArray[np.bool_]:
    """Name less lambda times log distance, against a threshold; which score of names, by train and valid."""
    best = max(_rules(features, labels), key=lambda rule: rule[0])
    _, name, slope, threshold = best
    return asked[:, name] - slope * asked[:, 0] >= threshold


def _rules(features: NDArray, labels: NDArray) -> Iterable[tuple[float, int, float, float]]:
    for name in (2, 4, 5):
        for slope in np.arange(0, 20, 0.5):
            score = features[:, name] - slope * features[:, 0]
            order = np.argsort(-score)
            hits = np.cumsum(labels[order])
            found = 2 * hits / (np.arange(1, len(labels) + 1) + labels.sum())
            top = int(np.argmax(found))
            yield float(found[top]), name, float(slope), float(score[order[top]])
