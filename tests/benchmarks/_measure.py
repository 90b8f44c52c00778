"""Wall and CPU time of one piece of work, in this process or in a PostgreSQL server's."""

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from app.installation.cluster import FLEETING, Cluster
from app.installation.terminal import quiet

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of wall and CPU, and what came of it."""

    wall_s: float
    cpu_s: float
    result: Any

    def to_json(self) -> dict:
        return {"wall_s": round(self.wall_s, 3), "cpu_s": round(self.cpu_s, 3)}

    def __str__(self) -> str:
        return f"wall {self.wall_s:8.2f} s, CPU {self.cpu_s:8.2f} s"


def taken(work: Callable[[], Any], cpu_s: Callable[[], float] = time.process_time) -> Taken:
    """Do it once; `cpu_s` reads the clock of whoever does the work."""
    wall, cpu = time.perf_counter(), cpu_s()
    result = work()
    return Taken(time.perf_counter() - wall, cpu_s() - cpu, result)


def least(work: Callable[[], Any], cpu_s: Callable[[], float] = time.process_time, times: int = 3) -> Taken:
    """The least wall and the least CPU of several takings: others use the machine too."""
    takings = [taken(work, cpu_s) for _ in range(times)]
    return Taken(min(one.wall_s for one in takings), min(one.cpu_s for one in takings), takings[-1].result)


def peak_gib() -> float:
    """The most memory this process has held, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


@contextmanager
def postgis() -> Iterator[tuple[psycopg.Connection, Callable[[], float]]]:
    """A server of this benchmark's own with PostGIS, and the clock of its CPU: the backend's and its ended workers'."""
    with tempfile.TemporaryDirectory(prefix="pantau-bench-") as folder:
        Path(folder).chmod(0o711)
        settings = {**FLEETING, "shared_buffers": "512MB", "work_mem": "256MB", "maintenance_work_mem": "256MB",
                    "max_wal_size": "4GB"}
        with (Cluster(Path(folder) / "postgres", settings=settings, tell=quiet) as cluster,
              psycopg.connect(cluster.dsn(), autocommit=True) as connection):
            connection.execute("CREATE EXTENSION postgis")
            yield connection, lambda: _cpu_s(connection.info.backend_pid)


def _cpu_s(backend: int) -> float:
    own = stat(backend)
    parent = stat(int(own[1]))
    return (int(own[11]) + int(own[12]) + int(parent[13]) + int(parent[14])) / TICK


def stat(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()


def parent_of(process: int) -> int:
    """The process that started this one."""
    return int(stat(process)[1])


def server_cpu_s(postmaster: int) -> float:
    """Of all processes of a server that live, and of those that have ended."""
    spent = sum(map(int, stat(postmaster)[11:15]))
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if parent_of(int(folder.name)) == postmaster:
                spent += sum(map(int, stat(int(folder.name))[11:13]))
    return spent / TICK
