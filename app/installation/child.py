"""The processes that `./pantau run` and `serve` watch: `python -m app.installation.child web|worker|sealer`.

What they must know comes in one line on stdin, so that no secret stands in an environment or on a command line.
stdin then stays open: when it ends, whoever watched is gone, and the process stops too.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path

from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi

from app import create_app
from app.installation.shedding import Shedding, TimedWorker
from app.settings import Settings


class Web(BaseApplication):
    """gunicorn with threads; each of its workers makes an application (and a pool) of its own."""

    def __init__(self, settings: Settings, told: dict) -> None:
        self.settings, self.told = settings, told
        super().__init__()

    def load_config(self) -> None:
        memory = Path("/dev/shm")
        for name, value in {
            "bind": f"fd://{self.told['socket']}",
            "worker_class": TimedWorker,
            "workers": 2,
            "threads": 4,
            "timeout": 120,
            "graceful_timeout": 20,
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "worker_tmp_dir": str(memory) if os.access(memory, os.W_OK) else None,
            "control_socket_disable": True,
            "errorlog": "-",
            "proc_name": "pantaudesa",
        }.items():
            self.cfg.set(name, value)
        wsgi.SERVER = "PantauDesa"  # the only way to tell nobody what serves

    def load(self):
        app = create_app(self.settings, database_url=self.told["web_url"], secret=self.told["secret"])
        return Shedding(app)


def _stop_when_alone() -> None:
    """Wait for the end of stdin, then ask this process to stop."""
    # Read past the buffer of sys.stdin: a lock held there at exit would be an error.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(kind: str) -> None:
    line = bytearray()
    while not line.endswith(b"\n"):
        line += os.read(0, 1)
    told = json.loads(line)
    settings = Settings.from_environment(serving=told["serving"])
    threading.Thread(target=_stop_when_alone, daemon=True).start()
    if kind == "web":
        Web(settings, told).run()
    elif kind == "sealer":
        from app.audit import sealing

        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
        sealing.run(told["sealer_url"], settings.keys, settings.heads, stop)
    else:
        from app.jobs import worker  # the web process needs none of it

        worker.run(settings, told["web_url"])


if __name__ == "__main__":
    main(sys.argv[1])
