"""Child processes that are started together, watched, and stopped together."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.installation.terminal import Stop, say

ROOT = Path(__file__).parents[2]
LOG_LIMIT = 5 * 2**20
PATIENCE_S = {"web": 25.0, "worker": 30.0}
YOUNG_S, PATIENT = 30.0, 4
"""Whoever dies so many times in a row before it is so old will not live by being started once more."""


@dataclass
class Child:
    """One running process and its log, and what it takes to start it again; `short_lives` in a row it has had."""

    name: str
    process: subprocess.Popen
    log: Path
    told: dict = field(repr=False)
    keep_open: Sequence[int]
    since: float
    short_lives: int = 0


@dataclass
class Children:
    """All child processes of one start; `stop` ends them in the order they were started."""

    logs: Path
    running: list[Child] = field(default_factory=list)

    def start(self, name: str, told: dict, *, keep_open: Sequence[int] = ()) -> None:
        """Start `app.installation.child NAME`, tell it what it must know, and keep its stdin as its lifeline."""
        self.running.append(self._started(name, told, keep_open))

    def _started(self, name: str, told: dict, keep_open: Sequence[int]) -> Child:
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.installation.child", name],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=written, stderr=written, pass_fds=keep_open,
                start_new_session=True,  # Ctrl-C reaches the one who watches, and they stop the others in order
            )  # fmt: skip
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(told).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it died at once: `check` says so, with its log
        return Child(name, process, log, told, keep_open, time.monotonic())

    def check(self, *, revive: bool = False) -> None:
        """Raises Stop with the last lines of its log when a child has died; or starts it again (`revive`), unless it
        has died young `PATIENT` times in a row."""
        for place, child in enumerate(self.running):
            code = child.process.poll()
            if code is None:
                continue
            young = time.monotonic() - child.since < YOUNG_S
            if revive and not (young and child.short_lives + 1 >= PATIENT):
                say(f"Proses {child.name} berhenti sendiri (kode {code}); dijalankan lagi.",
                    f"The {child.name} process stopped by itself (code {code}); starting it again.")
                if child.process.stdin is not None:
                    with contextlib.suppress(OSError):  # told while it was dying
                        child.process.stdin.close()
                anew = self._started(child.name, child.told, child.keep_open)
                anew.short_lives = child.short_lives + 1 if young else 0
                self.running[place] = anew
                continue
            tail = "\n".join(child.log.read_text(errors="replace").splitlines()[-15:])
            raise Stop(
                f"Proses {child.name} berhenti sendiri (kode {code}); semuanya dihentikan. Catatan terakhirnya "
                f"({child.log}):\n{tail}",
                f"The {child.name} process stopped by itself (code {code}); everything is being stopped. The end "
                f"of its log ({child.log}):\n{tail}",
            )

    def stop(self) -> None:
        """Ask each to finish, and end by force what does not."""
        for child in self.running:
            _ask(child)
            deadline = time.monotonic() + PATIENCE_S.get(child.name, 10.0)
            try:
                child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _end(child)
            if child.process.stdin is not None:
                child.process.stdin.close()
        self.running.clear()


def _ask(child: Child) -> None:
    if child.process.poll() is None:
        child.process.send_signal(signal.SIGTERM)


def _end(child: Child) -> None:
    # The whole session: the workers that a killed gunicorn leaves behind are ours too.
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
