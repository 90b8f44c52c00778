"""How much of 300 real cells is read, where they fall, and whether any stands in another regency without a word.

The peer is what people reach for first: two decimal numbers found by a regular expression, latitude first. Borders are
not at hand for all of East Java, so the nearest village point within ten kilometres tells the regency.
"""

import csv
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import shapely

from app.demonstration import villages
from app.settings import Settings
from geo import coordinates, placing
from geo.gazetteer import NEAR_M, Gazetteer

FILE = "messy_coordinates/coordinate_strings.csv"
TWO_NUMBERS = re.compile(r"(-?\d+\.\d+)[^\d-]+(-?\d+\.\d+)")
SPEED_ROWS = 20_000


def run(say: Callable[[str], None]) -> dict:
    """Shares of the real cells read and in their stated regency; the stated ones that are wrong; cells a second."""
    file = _real(FILE)
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    known = villages.gazetteer()
    if known is None:
        raise FileNotFoundError("the villages are not unpacked: ./pantau test does it")
    figures = judged(file, known)
    say(f"read {figures['read']} of {figures['cells']}, a suggestion waits for {figures['suggested']}")
    say(f"in the stated regency {figures['in_stated']} of {figures['read']} "
        f"({figures['in_stated'] / figures['read']:.1%}); elsewhere without a word: {len(figures['silent'])}")
    for stated in figures["elsewhere"]:
        say(f"  {stated}")
    peer = [found for row in rows if (found := TWO_NUMBERS.search(row["raw"]))]
    points = [shapely.Point(float(found[2]), float(found[1])) for found in peer]
    inside = sum(_agrees(known, points, [row["kabkota"] for row in rows if TWO_NUMBERS.search(row["raw"])]))
    say(f"two decimals by a regular expression: {len(peer)} of {len(rows)}, in the stated regency {inside}")
    speed = _speed([row["raw"] for row in rows])
    say(f"{speed:,.0f} cells a second")
    return {**figures, "peer_read": len(peer), "peer_in_stated": inside, "cells_per_second": round(speed)}


def judged(file: Path, known: Gazetteer, *, told_by_villages: bool = True) -> dict:
    """The file through `placing.place`: what is read, what falls elsewhere, and what of that is not in PROBLEMS."""
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        out, problems = Path(folder, "out.csv"), Path(folder, "problems.csv")
        summary = placing.place(file, out, problems, gazetteer=known if told_by_villages else None)
        rows, listed = (list(csv.DictReader(path.read_text("utf-8").splitlines(keepends=True)))
                        for path in (out, problems))
        suggested = {line["row"] for line in listed if line["suggestion"]}
    placed = [row for row in rows if row["lon"]]
    points = [shapely.Point(float(row["lon"]), float(row["lat"])) for row in placed]
    agrees = _agrees(known, points, [row["kabkota"] for row in placed])
    elsewhere = [row for row, right in zip(placed, agrees, strict=True) if not right]
    told = {line["row"] for line in listed}
    return {
        "cells": summary.rows, "read": summary.placed, "suggested": len(suggested), "in_stated": sum(agrees),
        "elsewhere": sorted({f"{row['kabkota']}: {row['raw'].strip()}, by the villages {_nearest(known, row)}"
                             for row in elsewhere}),
        "silent": [row["row"] for row in elsewhere if row["row"] not in told],
        "told": len(told - {row["row"] for row in rows if not row["lon"]}),
    }


def _agrees(known: Gazetteer, points: Sequence[shapely.Point], stated: Sequence[str]) -> list[bool]:
    regencies, away_m = known.nearest(np.array(points, dtype=object))
    return [bool(far_m <= NEAR_M and found == known.named(said))
            for found, far_m, said in zip(regencies, away_m, stated, strict=True)]


def _nearest(known: Gazetteer, row: dict[str, str]) -> str:
    return known.nearest(np.array([shapely.Point(float(row["lon"]), float(row["lat"]))], dtype=object))[0][0]


def _speed(cells: Sequence[str]) -> float:
    many = (list(cells) * (SPEED_ROWS // len(cells) + 1))[:SPEED_ROWS]
    start = time.perf_counter()
    for cell in many:
        coordinates.read(cell)
    return len(many) / (time.perf_counter() - start)


def _real(name: str) -> Path:
    folder = Settings.from_environment().real_data
    if folder is None:
        raise FileNotFoundError("name the folder of real files: PANTAU_REAL_DATA")
    return Path(folder, name)
