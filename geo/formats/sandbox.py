"""Running `child.py`: a process of its own, with an environment that is written out here and nothing inherited.

The child may die of what it was given to read; that is a refused file, never a failed server.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from geo.errors import FileRefused
from geo.tables import Limits

CHILD = Path(__file__).with_name("child.py")

REFUSALS = {"reading.too_many_rows": "rows", "reading.too_many_columns": "columns",
            "reading.too_many_cells": "cells", "reading.too_many_vertices": "vertices", "reading.crs_unknown": None,
            "reading.crs_missing": None, "error.file_empty": None}
"""What the child may answer, each with the limit its sentence names; everything else it says is not listened to."""


@contextmanager
def ran(task: dict, limits: Limits) -> Iterator[Path]:
    """The file the child wrote for `task`, gone when the block ends. Raises FileRefused when the child failed.

    `task` names what to do (`read`: layer | table | workbook), the `path`, and for layers the one `driver` that may
    open it.
    """
    with tempfile.TemporaryDirectory(prefix="pantau-child-") as folder:
        skipped = ",".join(name for name in _drivers() if name != task["driver"]) if "driver" in task else ""
        written = Path(folder, "written")
        task = {**task, "out": str(written), "memory": limits.child_memory_bytes,
                "seconds": limits.child_seconds, "bytes": 2 * limits.inflated_bytes}
        said = _run(task, folder, skipped, limits.child_seconds + 15)
        if said.returncode or not written.exists():
            answer = said.stdout.decode("utf-8", "replace").strip().splitlines()[-1:]
            message_id = answer[0].removeprefix("refused:") if answer else ""
            if message_id not in REFUSALS:
                raise FileRefused("reading.child_failed")
            limit = REFUSALS[message_id]
            raise FileRefused(message_id, **({"limit": getattr(limits, limit)} if limit else {}))
        yield written


def _run(task: dict, folder: str, skipped: str, seconds: int) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(
            [sys.executable, "-I", str(CHILD), json.dumps(task)],
            env=_environment(folder, skipped), cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, check=False, close_fds=True)
    except subprocess.TimeoutExpired as cause:
        raise FileRefused("reading.child_slow") from cause


def _environment(folder: str, skipped: str) -> dict[str, str]:
    return {
        "GDAL_SKIP": skipped,  # with commas, as driver names hold blanks
        "GDAL_DRIVER_PATH": "disable", "GDAL_PYTHON_DRIVER_PATH": folder, "GDAL_VRT_ENABLE_PYTHON": "NO",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing", "CPL_VSIL_CURL_USE_HEAD": "NO",
        "GDAL_HTTP_TIMEOUT": "1", "GDAL_HTTP_MAX_RETRY": "0", "GDAL_HTTP_PROXY": "127.0.0.1:1",
        "PROJ_NETWORK": "OFF", "SHAPE_RESTORE_SHX": "YES",
        "OGR_SQLITE_LOAD_EXTENSIONS": "", "OGR_ENABLE_PARTIAL_REPROJECTION": "NO", "CPL_DEBUG": "OFF",
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system",
        "LC_ALL": "C.UTF-8", "HOME": folder, "TMPDIR": folder,
    }


@cache
def _drivers() -> tuple[str, ...]:
    """Every driver of this GDAL, asked once: what is to be skipped must be named before GDAL is loaded."""
    with tempfile.TemporaryDirectory(prefix="pantau-child-") as folder:
        said = _run({"read": "drivers"}, folder, "", 60)
    if said.returncode:
        raise FileRefused("reading.child_failed")
    return tuple(json.loads(said.stdout))
