"""Rows per second out of a large sheet, beside pandas on the same files in the same run.

pandas only parses; here every row also gets its columns recognised, its money, dates, codes and coordinates read and
its problems told, so both steps are timed apart, and so is the start of the process that opens workbooks.
"""

import csv
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from geo import formats, rows

ROWS = 100_000
HEADINGS = ("No", "Kode Kegiatan", "Nama Kegiatan", "Jenis", "Tahun", "Tahap", "Sumber Dana", "Anggaran (Rp)", "Desa",
            "Kecamatan", "Kode Desa", "Lokasi", "RT", "RW", "Lintang", "Bujur", "Volume", "Satuan", "Tanggal Mulai",
            "Pelaksana")


def run(say: Callable[[str], None], size: int = ROWS) -> dict:
    """Seconds for each step and rows per second, for CSV and XLSX; what was read is what was written."""
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        small, lines = Path(folder, "small.xlsx"), list(written(random.Random(2026), size))
        for path, some in ((small, lines[:1]), (Path(folder, "large.xlsx"), lines), (Path(folder, "large.csv"), lines)):
            (_write_csv if path.suffix == ".csv" else _write_xlsx)(path, some)
        start_s = _timed(lambda: formats.read(small))[0]
        for kind, peer in (("csv", _peer_csv), ("xlsx", _peer_xlsx)):
            path = Path(folder, f"large.{kind}")
            peer_s, parsed = _timed(lambda path=path, peer=peer: peer(path))
            open_s, _ = _timed(lambda path=path: formats.read(path))
            read_s, table = _timed(lambda path=path: rows.read(path))
            understand_s, found = _timed(lambda table=table: rows.understand(table))
            assert len(parsed) == len(table.rows) == len(found) == size
            assert sum(one.good for one in found) == size
            figures[kind] = {"pandas_s": peer_s, "open_s": open_s, "read_s": read_s, "understand_s": understand_s,
                             "rows_per_s": size / (read_s + understand_s), "pandas_rows_per_s": size / peer_s}
            say(f"{kind}: opened {open_s:.1f} s, read {read_s:.1f} s, understood {understand_s:.1f} s = "
                f"{size / (read_s + understand_s):,.0f} rows/s; pandas parses in {peer_s:.1f} s = "
                f"{size / peer_s:,.0f} rows/s; ours to read and understand costs "
                f"{(read_s + understand_s) / peer_s:.1f} of it")
        say(f"the process that opens workbooks starts and reads one row in {start_s:.2f} s")
    return {"rows": size, "start_s": start_s, **figures}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made


def _peer_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def _peer_xlsx(path: Path) -> pd.DataFrame:
    return pd.read_excel(path, engine="calamine")


def written(rng: random.Random, size: int) -> list[list[object]]:
    """Works as a regency's list would hold them, most cells from few values, names and coordinates all different."""
    works = ("Rabat beton", "Drainase", "TPT", "Jembatan", "Rehab RTLH", "PJU", "Sumur bor")
    hamlets = ("Krajan", "Sumberjo", "Kaliputih", "Tegalsari")
    villages = [(f"Desa{place}", f"Kec{place % 25}", f"35.10.{place % 25 + 1:02d}.{2001 + place // 25}")
                for place in range(189)]
    made = []
    for number in range(1, size + 1):
        work, hamlet = rng.choice(works), rng.choice(hamlets)
        amount = f"{rng.randint(5, 900) * 250_000:,}".replace(",", ".")
        made.append([
            number, f"02.03.{rng.randint(1, 20):02d}.", f"{work} Dusun {hamlet} RT {rng.randint(1, 20):02d} {number}",
            work, rng.choice((2022, 2023, 2024, 2025)), rng.choice(("Selesai", "Rencana", "Berjalan")),
            rng.choice(("DD", "ADD", "PBH", "APBD Kab")), f"Rp{amount},00", *rng.choice(villages), f"Dusun {hamlet}",
            rng.randint(1, 20), rng.randint(1, 9), round(-8 - rng.random() * 0.7, 6),
            round(113.9 + rng.random() * 0.5, 6), f"{rng.randint(10, 900)} m", rng.choice(("m", "unit")),
            f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/2024", rng.choice(("TPK", "CV Contoh"))])
    return made


def _write_csv(path: Path, lines: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([HEADINGS, *lines])


def _write_xlsx(path: Path, lines: list[list[object]]) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Kegiatan")
        for number, line in enumerate([HEADINGS, *lines]):
            sheet.write_row(number, 0, line)
