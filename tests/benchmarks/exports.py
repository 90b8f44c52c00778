"""Exports of very many works as the web role: rows a second and memory, beside COPY of the same rows to nowhere.

Each format is written by a process of its own, so that its greatest memory is its own; a part of the works is written
by another one first, because that memory is flat is shown by two sizes. `COPY (the same query) TO STDOUT` is the floor:
the same rows leave the database, and nothing is made of them. Each file is opened by another program, which must find
all rows.
"""

import multiprocessing
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import psycopg
import pyarrow.parquet as pq
import pyogrio
import python_calamine
from psycopg import sql

from app.db import Database
from app.jobs import exporting
from app.settings import Settings
from geo.exports import FORMATS
from tests.benchmarks import _stored

SIZE, PART = 100_000, "year=2020"


def run(say: Callable[[str], None], size: int = SIZE) -> dict:
    """Seconds, rows a second, megabytes of file and of memory for each format, and how many times COPY's seconds."""
    figures: dict = {"works": size, "formats": {}}
    with _stored.server() as server, tempfile.TemporaryDirectory() as folder:
        _, web, person = _stored.fill(server, "exports", _stored.works(size))
        floor_s = min(_copied(web, person) for _ in range(2))
        figures["copy"] = {"seconds": round(floor_s, 2), "rows_a_second": round(size / floor_s)}
        say(f"{size:,} works; COPY TO STDOUT of the same rows {floor_s:.1f} s, {size / floor_s:,.0f} rows a second")
        for form in FORMATS:
            part = _apart(web, person, form, PART, Path(folder))
            whole = _apart(web, person, form, "", Path(folder))
            seen = _seen(Path(folder, f"works{FORMATS[form].SUFFIX}"), form)
            if not seen == whole["rows"] == size:
                raise AssertionError(f"{form}: {seen} of {size} rows are read back")
            figures["formats"][form] = whole | {
                "rows_a_second": round(size / whole["seconds"]), "times_copy": round(whole["seconds"] / floor_s, 2),
                "memory_more_mb_of_part": part["memory_more_mb"], "rows_of_part": part["rows"]}
            say(f"  {form:8} " + ", ".join(f"{name} {value:,}" for name, value in figures["formats"][form].items()))
    return figures


def _copied(web: str, person: UUID) -> float:
    """Seconds in which the rows of the export leave the database."""
    works = exporting.SOURCES["works"]
    query, values = works.query(works.parse(""))
    with psycopg.connect(web, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SELECT set_config('pantau.person', %s, true)", [str(person)])
        cursor = connection.cursor()
        asked = cursor.mogrify(query, values)
        started = time.perf_counter()
        with cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(sql.SQL(asked))) as copy:
            for _block in copy:
                pass
        return time.perf_counter() - started


def _apart(web: str, person: UUID, form: str, query: str, folder: Path) -> dict:
    """One export in a process of its own, started afresh."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_exported, (web, person, form, query, str(folder)))


def _exported(web: str, person: UUID, form: str, query: str, folder: str) -> dict:
    out = Path(folder, f"works{FORMATS[form].SUFFIX}")
    works = exporting.SOURCES["works"]
    database = Database(web, size=1)
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the greatest memory is counted from here
    before_mb = _greatest_memory_mb()
    started, busy = time.perf_counter(), time.process_time()
    with database.transaction(read_only=True, person=person, snapshot=True) as connection:
        made = exporting.write(connection, Settings(var=Path(folder)), works, works.parse(query), form, "id", out)
    took, busy = time.perf_counter() - started, time.process_time() - busy
    database.close()
    return {"rows": made.rows, "seconds": round(took, 1), "own_processor_s": round(busy, 1),
            "file_mb": round(made.bytes / 1e6, 1),
            "memory_mb": _greatest_memory_mb(), "memory_more_mb": _greatest_memory_mb() - before_mb}


def _greatest_memory_mb() -> int:
    """Of this process alone: what getrusage says is inherited from whoever started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return round(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1000)


def _seen(file: Path, form: str) -> int:
    """Rows that another program finds."""
    match form:
        case "csv":
            return sum(1 for _ in file.open(encoding="utf-8-sig")) - 1
        case "xlsx":
            return python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).height - 1
        case "parquet":
            return pq.read_metadata(file).num_rows
    return pyogrio.read_info(file, force_feature_count=True)["features"]
