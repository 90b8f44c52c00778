"""Loaded by every process of an installation whose PYTHONPATH names this folder, and by nothing else: lets the harness
kill a process at a named point.

A point is armed by a file `POINT` in the folder `ARMED_POINTS`, holding `self` or the number of a process. Of all
processes that come to it one takes the file, and that process, or the one named, is killed as by `kill -9`. Nothing of
the application knows of this.
"""

import contextlib
import importlib.abc
import importlib.util
import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(os.environ["ARMED_POINTS"])


def here(point: str) -> None:
    """Die here, if somebody wants it."""
    armed = FOLDER / point
    if not armed.exists():
        return
    with contextlib.suppress(FileNotFoundError):
        whom = armed.read_text().strip()
        armed.rename(FOLDER / f"{point}.fired")
        os.kill(os.getpid() if whom == "self" else int(whom), signal.SIGKILL)


def around(module: object, name: str, before: str | None = None, after: str | None = None) -> None:
    """Make the function of a module pass a point before it begins, or after it has ended well."""
    real: Callable = getattr(module, name)

    def passing(*arguments: object, **options: object) -> object:
        if before:
            here(before)
        result = real(*arguments, **options)
        if after:
            here(after)
        return result

    setattr(module, name, passing)


class _System:
    """`os` as the keeper of files sees it, with its points."""

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        here("web.received" if regular else "web.renamed")
        os.fsync(descriptor)
        here("web.synced" if regular else "web.folder_synced")


def _files(module: object) -> None:
    module.os = _System()  # type: ignore[attr-defined]


def _uploads_page(module: object) -> None:
    around(module, "_received", after="web.committed")


def _sending(module: object) -> None:
    around(module, "ask_to_read", after="web.before_commit")


def _reading(module: object) -> None:
    around(module, "read", after="worker.read")


def _upload_rows(module: object) -> None:
    around(module, "put_rows", after="worker.rows_put")


def _storing(module: object) -> None:
    around(module, "store", after="worker.stored")


def _uploads(module: object) -> None:
    around(module, "note_stored", after="worker.before_stored")


def _audit(module: object) -> None:
    around(module, "add_block", after="sealer.block_added")


def _sealing(module: object) -> None:
    around(module.Sealer, "note_head", before="sealer.sealed")  # type: ignore[attr-defined]


POINTS = {"app.jobs.files": _files, "app.pages.uploads": _uploads_page, "app.jobs.uploads": _sending,
          "app.jobs.reading": _reading, "app.queries.upload_rows": _upload_rows, "app.jobs.storing": _storing,
          "app.queries.uploads": _uploads,
          "app.queries.audit": _audit, "app.audit.sealing": _sealing}


class _Watch(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Puts the points into a module once it is loaded."""

    def __init__(self) -> None:
        self.loaders: dict[str, importlib.abc.Loader] = {}
        self.finding = False

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        if name not in POINTS or self.finding:
            return None
        self.finding = True
        try:
            found = importlib.util.find_spec(name)
        finally:
            self.finding = False
        if found is not None and found.loader is not None:
            self.loaders[name] = found.loader
            found.loader = self
        return found

    def create_module(self, spec: object) -> object:
        return self.loaders[spec.name].create_module(spec)  # type: ignore[attr-defined]

    def exec_module(self, module: object) -> None:
        name = module.__spec__.name  # type: ignore[attr-defined]
        module.__spec__.loader = self.loaders[name]  # type: ignore[attr-defined]
        self.loaders[name].exec_module(module)  # type: ignore[attr-defined, arg-type]
        POINTS[name](module)


sys.meta_path.insert(0, _Watch())
