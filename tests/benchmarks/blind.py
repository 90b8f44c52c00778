"""What two independent readers say of 200 real pairs, who saw neither score, kind nor code.

`python -m tests.benchmarks.blind draw FOLDER` draws the pairs across the whole range of scores and writes
FOLDER/sheet.csv with the facts of both rows, in random order. Two readers copy it and fill `judgement`: 1 (one work),
0 (two works), ? (cannot be told). `… read FOLDER` takes in reader1.csv and reader2.csv; `./pantau bench blind` scores
the same pairs again with the engine as it stands. The repository keeps only row numbers, judgements and scores: the
facts are not ours. Precision is weighed by how many pairs each drawn one stands for.
"""

import csv
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from geo import duplicates, rows
from tests.benchmarks import _real

SEED = 2026
PAIRS = 200
BANDS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.97, 0.995, 1.0000001)
KEPT = Path(__file__).parent / "results" / "blind.json"
HIDDEN = ("project_id", "no")
READERS = ("reader1", "reader2")


def run(say: Callable[[str], None]) -> dict:
    """Agreement of the readers, and how often the engine of today is right in each band of its probability."""
    pairs = pd.DataFrame(json.loads(KEPT.read_text("utf-8"))["figures"]["pairs"])
    pairs = _scored_today(pairs)
    read = pairs["today"].notna()
    say(f"{(~read).sum()} pairs have a row that is no longer read as a work, and are left out")
    return {"pairs": json.loads(pairs.to_json(orient="records")),
            **_report(pairs[read].astype({"today": float, "flagged": bool}), say)}


def draw(folder: Path) -> None:
    """Write the sheet, and the key beside the results; the same data and engine always give the same draw."""
    rng = np.random.default_rng(SEED)
    drawn = pd.concat([_drawn(name, rng) for name in _real.FILES], ignore_index=True)
    drawn = drawn.sample(frac=1, random_state=SEED).reset_index(drop=True)
    drawn.insert(0, "number", drawn.index + 1)
    raw = {name: _raw(name) for name in _real.FILES}
    with (folder / "sheet.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["number", "judgement", "metres_apart", "metres_shared", "first", "second"])
        for pair in drawn.itertuples():
            facts = raw[pair.file]
            sheet.writerow([pair.number, "", *("" if np.isnan(metres) else f"{metres:.0f}"
                                               for metres in (pair.distance_m, pair.overlap_m)),
                            facts[pair.left_row], facts[pair.right_row]])
    kept = drawn.drop(columns=["distance_m", "overlap_m"]).round({"drawn_at": 4, "stands_for": 2})
    KEPT.write_text(json.dumps({"benchmark": "blind", "figures": {"pairs": kept.to_dict("records")}}, indent=1) + "\n",
                    "utf-8")


def _drawn(name: str, rng: np.random.Generator) -> pd.DataFrame:
    """Half of the pairs, as even over the bands as each band allows."""
    sites = _real.sites(name)
    pairs = duplicates.find(sites, every=True).pairs
    band = np.digitize(pairs["probability"], BANDS)
    members = [np.flatnonzero(band == number) for number in range(1, len(BANDS))]
    wanted = PAIRS // len(_real.FILES)
    shares = np.zeros(len(members), int)
    while shares.sum() < min(wanted, len(pairs)):
        open_ = [number for number, of_band in enumerate(members) if shares[number] < len(of_band)]
        shares[min(open_, key=lambda number: (shares[number], -number))] += 1
    parts = []
    for of_band, share in zip(members, shares, strict=True):
        chosen = pairs.iloc[rng.choice(of_band, share, replace=False)]
        lines = sites["row"].to_numpy()
        turn = rng.random(len(chosen)) < 0.5
        left, right = lines[chosen["left"]], lines[chosen["right"]]
        parts.append(pd.DataFrame({
            "file": name, "left_row": np.where(turn, right, left), "right_row": np.where(turn, left, right),
            "drawn_at": chosen["probability"].to_numpy(), "stands_for": len(of_band) / max(share, 1),
            "distance_m": chosen["distance_m"].to_numpy(), "overlap_m": chosen["overlap_m"].to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def _raw(name: str) -> dict[int, str]:
    """The cells of each row as they were typed, by its line."""
    return {row.number: " | ".join(f"{column}: {value}" for column, value in row.values.items()
                                   if value not in (None, "") and column.lower() not in HIDDEN)
            for row in rows.read(_real.path(name)).rows}


def take_in(folder: Path) -> None:
    """Put the judgements of both readers beside the pairs."""
    kept = json.loads(KEPT.read_text("utf-8"))
    pairs = pd.DataFrame(kept["figures"]["pairs"]).drop(columns=list(READERS), errors="ignore")
    for reader in READERS:
        filled = pd.read_csv(folder / f"{reader}.csv", dtype=str).set_index("number")["judgement"].str.strip()
        pairs[reader] = [str(filled.get(str(number), "?")) for number in pairs["number"]]
        strange = set(pairs[reader]) - {"0", "1", "?"}
        if strange:
            raise SystemExit(f"{reader}: judgements other than 1, 0 and ?: {sorted(strange)}")
    kept["figures"]["pairs"] = pairs.to_dict("records")
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def _scored_today(pairs: pd.DataFrame) -> pd.DataFrame:
    out = []
    for name, of_file in pairs.groupby("file"):
        sites = _real.sites(name)
        place = {row: position for position, row in enumerate(sites["row"])}
        still_read = of_file[["left_row", "right_row"]].isin(list(place)).all(axis=1)
        out.append(of_file[~still_read].assign(today=None, kind=None, flagged=False))
        of_file = of_file[still_read]
        asked = of_file[["left_row", "right_row"]].map(place.__getitem__).to_numpy()
        found = duplicates.compare(sites, asked, duplicates.find(sites).model)
        out.append(of_file.assign(today=found["probability"].round(4).to_numpy(), kind=found["kind"].to_numpy(),
                                  flagged=duplicates.flagged(found).to_numpy()))
    return pd.concat(out).sort_values("number").reset_index(drop=True)


def _report(pairs: pd.DataFrame, say: Callable[[str], None]) -> dict:
    one, two = (pairs[reader] for reader in READERS)
    sure = (one != "?") & (two != "?")
    figures: dict = {
        "kappa_of_three_answers": round(float(cohen_kappa_score(one, two)), 3),
        "kappa_where_both_are_sure": round(float(cohen_kappa_score(one[sure], two[sure])), 3),
        "both_sure": int(sure.sum()), "agreed": round(float((one == two).mean()), 3)}
    say(f"{len(pairs)} pairs; the readers agree on {figures['agreed']:.1%}, kappa {figures['kappa_of_three_answers']} "
        f"(where both are sure, {figures['both_sure']} pairs: {figures['kappa_where_both_are_sure']})")
    agreed = pairs[sure & (one == two)].assign(same=lambda table: table["reader1"] == "1")
    for name, part in (("flagged", agreed[agreed["flagged"]]), ("not_flagged", agreed[~agreed["flagged"]])):
        figures[name] = _share(part)
        say(f"  {name:<12} {figures[name]['pairs']:3d} pairs judged alike by both: one work in "
            f"{figures[name]['one_work']} (weighed by what they stand for: {figures[name]['one_work_weighed']})")
    bands = {}
    for low, high in itertools.pairwise(BANDS):
        part = agreed[(agreed["today"] >= low) & (agreed["today"] < high)]
        bands[f"{low:.3f}-{min(high, 1):.3f}"] = _share(part)
        say(f"  {low:.3f} to {min(high, 1):.3f}: {len(part):3d} pairs, one work in {_share(part)['one_work']}")
    return {**figures, "by_band_of_today": bands}


def _share(part: pd.DataFrame) -> dict:
    if part.empty:
        return {"pairs": 0, "one_work": None, "one_work_weighed": None}
    return {"pairs": len(part), "one_work": round(float(part["same"].mean()), 3),
            "one_work_weighed": round(float(np.average(part["same"], weights=part["stands_for"])), 3)}


if __name__ == "__main__":
    {"draw": draw, "read": take_in}[sys.argv[1]](Path(sys.argv[2]))
