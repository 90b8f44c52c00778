"""Tables of random headings, cells and shapes, and random text: no exception but our own, and no row lost.

    python -m tests.benchmarks.fuzz_rows --seconds 180 [--seed 1]

What the readers are given is between a village's sheet and nonsense: real headings beside garbage, cells of every
kind in every column, titles, merges, repeated headers, quotation marks that never close.
"""

import argparse
import json
import random
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from geo import rows
from geo.errors import GeoError
from geo.formats.contents import Contents, Grid
from geo.schema import COLUMNS
from geo.sentences import LANGUAGES, worded
from geo.tables import Cell, Table

SECONDS = 180
HEADINGS = [synonym for column in COLUMNS for synonym in (column.name, *column.synonyms)]
MARKS = (" (Rp)", " (Rp juta)", " (m)", " (km)", "", "", "", "/", "_", " Awal", " Akhir", " 2", "\n", " (BPS)",
         " dalam ribuan")
CELLS: tuple[Cell, ...] = (
    None, "", "-", "Jalan desa", "Rabat beton RT 02/01", "Rp1.234.567,00", "450 juta", "1,2 M", "(Rp juta)", "1.234",
    "0,5", "-8,25", "114.35", "-8.25 114.35 12 4.2", "8°15'04\" LS, 114°21'04\" BT", "P 18,5 x L 0,30", "1,2 km",
    "2 unit", "DD + ADD", "Selesai", "100%", "TA 2024", "2023/2024", "31/12/2023", "02/13/2023", "01.2001.02.03.10.",
    "35.10.01.2001", "3510010001", "Desa Sarongan", "Kecamatan : Licin", "JUMLAH", "Mengetahui", "BIDANG PEMBANGUNAN",
    "1", "2", "(3)", "#REF!", "Tahun Anggaran 2024", "x" * 300, "😀", "\u200b", "nan", "inf", "1e308", "²", "٣", "½",
    "0" * 40, "=1+1", "TRUE", "\ufffd", "http://maps.google.com/?q=-8.25,114.35", "POINT (114 -8)", "a;b|c\td", '"',
    "'", "\u2028", "00/00/0000", "02/01", 0, 1, 2, -1, 2024, 45443, 187_500_000, -8140083, 114369227, 10**18, 0.4,
    -8.25, 114.35, 1e308, -0.0, 5e-324, float("nan"), float("inf"), date(2024, 5, 31), date(1, 1, 1),
    date(9999, 12, 31),
)


def heading(rng: random.Random) -> Cell:
    kind = rng.random()
    if kind < 0.7:
        text = rng.choice(HEADINGS) + rng.choice(MARKS)
        text = rng.choice((text, text.upper(), text.title(), text.replace(" ", "_"), text[:10], text + text))
        place = rng.randrange(len(text) + 1)
        return text if rng.random() < 0.8 else text[:place] + rng.choice("aeix ,;\"") + text[place:]
    return rng.choice(CELLS)


def grid(rng: random.Random) -> Grid:
    """A sheet: titles, one to three lines of headings, rows, now and then the header once more."""
    width = rng.choice((1, 2, 5, 8, 15, 40))
    lines: list[list[Cell]] = [[rng.choice(CELLS) for _ in range(rng.randint(0, 3))] for _ in range(rng.randint(0, 4))]
    header = [[heading(rng) if rng.random() < 0.8 else None for _ in range(width)]
              for _ in range(rng.choice((1, 1, 2, 3)))]
    lines += header
    for _ in range(rng.choice((0, 1, 5, 30))):
        if rng.random() < 0.05:
            lines += header
        lines.append([rng.choice(CELLS) for _ in range(rng.choice((width, width, width, rng.randint(0, width + 3))))])
    numbered = [(number, line) for number, line in enumerate(lines, start=1)
                if any(cell not in (None, "") for cell in line)]
    merged = [(top, left, top + rng.randint(0, 3), left + rng.randint(0, 3)) for top, left in (
        (rng.randint(0, len(lines)), rng.randint(0, width)) for _ in range(rng.choice((0, 0, 3))))]
    return Grid(rng.choice((None, "Kegiatan", "RAB")), [number for number, _ in numbered],
                [line for _, line in numbered], merged, rng.random() < 0.05)


def text(rng: random.Random) -> bytes:
    """A text file of such cells, with stray marks, in some encoding."""
    mark = rng.choice(",;\t|  ")
    made = grid(rng)
    joined = rng.choice(("\n", "\r\n", "\r")).join(mark.join(
        "" if cell is None else f'"{cell}"' if rng.random() < 0.2 else str(cell) for cell in line)
        for line in made.lines)
    for _ in range(rng.choice((0, 0, 1, 5))):
        place = rng.randrange(len(joined) + 1)
        joined = joined[:place] + rng.choice(('"', "\0", mark, "\n", "\ufeff", "\x85", "sep=;")) + joined[place:]
    content = joined.encode(rng.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")), "replace")
    place = rng.randrange(len(content) + 1)
    return content if rng.random() < 0.8 else content[:place] + rng.randbytes(3) + content[place:]


def judge(table: Table, given: Grid | None) -> None:
    """What must hold of every table that is read. Raises AssertionError."""
    found = rows.understand(table, today=date(2026, 11, 24))
    assert len(found) == len(table.rows)
    assert len(set(table.columns)) == len(table.columns)
    assert len({meaning for meaning in table.mapping.values()}) == len(table.mapping)
    for problem in [*table.problems, *(problem for one in found for problem in one.problems)]:
        json.dumps(problem.to_json())
        for language in LANGUAGES:
            assert worded(problem.reason, language)
    assert len(set(rows.source_keys(found))) == len(found)
    if given is not None:
        line_at = dict(zip(given.numbers, given.lines, strict=True))
        for row in table.rows:
            said = {str(cell) for cell in row.values.values()}
            assert all(cell in (None, "") or str(cell) in said or len(str(cell)) > 20_000
                       for cell in line_at[row.number])


def once(rng: random.Random, folder: Path) -> str:
    """One table or text; what became of it."""
    mapping = {str(heading(rng)): rng.choice(COLUMNS).name for _ in range(2)} if rng.random() < 0.2 else None
    try:
        if rng.random() < 0.5:
            grids = [grid(rng) for _ in range(rng.choice((1, 1, 3)))]
            grids = [one for one in grids if one.lines]
            if all(one.hidden for one in grids):
                return "empty"
            table = rows.of_contents(Contents("xlsx", grids=grids), mapping=mapping)
            judge(table, next((one for one in grids if one.name == table.sheet), None) if len(grids) == 1 else None)
        else:
            path = folder / "fuzz.csv"
            path.write_bytes(text(rng))
            judge(rows.read(path, mapping=mapping), None)
    except GeoError as refused:
        return worded(refused.sentence) and refused.sentence.id
    return "read"


def run(say: Callable[[str], None], seconds: float = SECONDS, seed: int = 2026) -> dict:
    """How many tables were read and refused, and what broke: nothing. Each table has a seed of its own."""
    outcomes: Counter[str] = Counter()
    broken: list[str] = []
    until, number = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until and len(broken) < 20:
            number += 1
            try:
                outcomes[once(random.Random(f"{seed}-{number}"), Path(folder))] += 1
            except Exception:
                broken.append(f"seed {seed}-{number}\n{traceback.format_exc(limit=-4)}")
                say(broken[-1])
    say(f"{number:,} tables in {seconds:.0f} s: {outcomes['read']:,} read, {number - outcomes['read'] - len(broken):,} "
        f"refused, {len(broken)} broken")
    return {"tables": number, "outcomes": dict(outcomes.most_common()), "broken": broken}


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=float, default=SECONDS)
    asked.add_argument("--seed", type=int, default=2026)
    options = asked.parse_args()
    print(json.dumps(run(print, options.seconds, options.seed)["outcomes"], indent=1))
