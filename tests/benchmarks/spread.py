"""`match --workers 2` on a GeoParquet that nobody holds, in processes of 3 GiB: seconds, the memory of every process,
the disk beside the output, and the copies planted among the works that are listed.

Up to `EQUAL_TO` works one process does the same, and both files must be the same bytes. `--size N` runs one
size; where the files lie (some 3 GB for each 1,000,000 works at the most) is said by TMPDIR.
"""

import filecmp
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from geo import parts
from tests.benchmarks import _tables
from tests.benchmarks._measure import TICK, _stat

SIZES = (300_000, 10_000_000)
EQUAL_TO = 300_000
WORKERS = 2
WORKER_GIB = 3.0
EVERY_S = 0.5
CLIENT = [sys.executable, "-m", "app"]


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """Figures of each size."""
    figures = {}
    with tempfile.TemporaryDirectory(prefix="pantau-spread-") as name:
        for n in [size] if size else SIZES:
            figures[n] = _one(Path(name), n, say)
    return figures


def _one(folder: Path, n: int, say: Callable[[str], None]) -> dict:
    file, planted = _written(folder, n)
    figures: dict = {"file_gb": round(file.stat().st_size / 1e9, 3)}
    say(f"{n:,} works, {figures['file_gb']:.2f} GB")
    by_tiles = _watched(folder, n, [str(file), "--workers", str(WORKERS)], "tiles.csv", say)
    figures["by_tiles"] = by_tiles.to_json()
    found, listed = _found(folder / "tiles.csv", planted)
    figures |= {"pairs": listed, "planted_listed": round(found, 4)}
    say(f"  {WORKERS} workers   {by_tiles}; {listed:,} pairs, {found:.1%} of {len(planted):,} planted copies listed")
    if n <= EQUAL_TO:
        alone = _watched(folder, n, [str(file)], "alone.csv", say)
        figures |= {"alone": alone.to_json(),
                    "equal": filecmp.cmp(folder / "tiles.csv", folder / "alone.csv", shallow=False)}
        say(f"  one process {alone}; the same bytes: {figures['equal']}")
        assert figures["equal"], "matching by tiles must find what one process finds, to the last pair"
    for one in (file, *folder.glob("*.csv")):
        one.unlink()
    return figures


def _written(folder: Path, n: int) -> tuple[Path, np.ndarray]:
    """A GeoParquet of n works written piece by piece, and the positions [m, 2] of the planted copies."""
    file = folder / f"works-{n}.parquet"
    writer, planted = None, []
    for made in _tables.pieces(n):
        table = parts.packed(made.sites)
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
        planted.append(made.planted)
    writer.close()
    return file, np.concatenate(planted)


def _found(file: Path, planted: np.ndarray) -> tuple[float, int]:
    """Share of the planted copies that stand in the file, and its pairs."""
    sought = planted[:, 0] << 32 | planted[:, 1]
    hit = listed = 0
    for piece in pd.read_csv(file, usecols=["left_id", "right_id"], chunksize=500_000):
        ends = np.sort(piece.to_numpy(np.int64), axis=1)
        hit += int(np.isin(ends[:, 0] << 32 | ends[:, 1], sought).sum())
        listed += len(piece)
    return hit / max(len(planted), 1), listed


@dataclass(slots=True)
class Watched:
    """What a command and the processes it started took: the peak of each one's memory, the first its own."""

    wall_s: float = 0.0
    disk_gb: float = 0.0
    peak_kib: dict[int, int] = field(default_factory=dict)
    ticks: dict[int, int] = field(default_factory=dict)

    @property
    def cpu_s(self) -> float:
        return sum(self.ticks.values()) / TICK

    @property
    def peaks_gib(self) -> list[float]:
        own, *others = [kib / 2**20 for kib in self.peak_kib.values()]
        return [round(one, 2) for one in (own, *sorted(others, reverse=True)[:WORKERS])]

    def to_json(self) -> dict:
        return {"wall_s": round(self.wall_s, 1), "cpu_s": round(self.cpu_s, 1), "peaks_gib": self.peaks_gib,
                "disk_gb": round(self.disk_gb, 2)}

    def __str__(self) -> str:
        own, *others = self.peaks_gib
        said = f", workers {' and '.join(f'{one:.2f}' for one in others)} GiB" if len(others) == WORKERS else ""
        return (f"wall {self.wall_s:.1f} s, CPU {self.cpu_s:.1f} s, peak {own:.2f} GiB{said}, "
                f"{self.disk_gb:.2f} GB of disk")


def _watched(folder: Path, n: int, arguments: list[str], out: str, say: Callable[[str], None]) -> Watched:
    watched, start = Watched(), time.perf_counter()
    process = subprocess.Popen([*CLIENT, "match", *arguments, "--out", str(folder / out)], stderr=subprocess.PIPE,
                               text=True)
    done = threading.Event()
    looking = threading.Thread(target=_look, args=(process.pid, folder, watched, done))
    looking.start()
    for line in process.stderr:
        say(f"    {time.perf_counter() - start:7.1f} s  {line.rstrip()}")
    status = process.wait()
    done.set()
    looking.join()
    watched.wall_s = time.perf_counter() - start
    assert status == 0, f"match ended with {status}"
    return watched


def _look(first: int, folder: Path, watched: Watched, done: threading.Event) -> None:
    """Look at all processes and the disk now and then; the kernel itself remembers the peak of each process."""
    turn = 0
    while not done.wait(EVERY_S):
        for pid in _family(first):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
                own = _stat(pid)
            except OSError:
                continue  # it has just ended
            if "VmHWM:" in status:
                peak = int(status.split("VmHWM:")[1].split()[0])
                watched.peak_kib[pid] = max(peak, watched.peak_kib.get(pid, 0))
                watched.ticks[pid] = int(own[11]) + int(own[12])
        if turn % 10 == 0:
            watched.disk_gb = max(watched.disk_gb, _bytes_in(folder) / 1e9)
        turn += 1


def _family(first: int) -> list[int]:
    found = [first]
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found += [int(one) for one in children.read_text().split()]
            except OSError:
                continue
    return found


def _bytes_in(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size
        except OSError:
            continue  # a half file was just given its name
    return total
