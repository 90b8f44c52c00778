"""Under too much load what has waited long is told at once to come back, and what is sent is always taken."""

import http.client
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial

import pytest

from app.installation.shedding import MOST_S, Shedding
from tests.running import ROOT


def answered(method: str, waited_s: float, accept: str = "text/html") -> tuple[str, dict[str, str], bytes]:
    said: list = []
    app = Shedding(lambda _environ, start: (start("200 OK", []), [b"whole"])[1], lambda: waited_s)
    body = b"".join(app({"REQUEST_METHOD": method, "HTTP_ACCEPT": accept},
                        lambda status, headers: said.append((status, dict(headers)))))
    return *said[0], body


def test_a_page_that_waited_long_is_told_to_come_back_by_itself_in_both_languages():
    status, headers, page = answered("GET", MOST_S + 1)
    assert status.startswith("503")
    assert headers["Retry-After"] == "10"
    assert b'http-equiv="refresh" content="10"' in page
    assert b"Sistem sedang sibuk" in page
    assert b"The system is busy" in page


def test_a_tile_that_waited_long_costs_no_words():
    assert answered("GET", MOST_S + 1, "*/*")[2] == b""


@pytest.mark.parametrize(("method", "waited_s"), [("POST", 60.0), ("GET", 0.0), ("GET", MOST_S)])
def test_what_is_sent_and_what_came_in_time_is_answered(method, waited_s):
    assert answered(method, waited_s)[2] == b"whole"


SLOW = """
import sys, time
from gunicorn.app.base import BaseApplication
from app.installation import shedding

shedding.MOST_S = 1.0

class Slow(BaseApplication):
    def load_config(self):
        for name, value in {"bind": f"fd://{sys.argv[1]}", "worker_class": shedding.TimedWorker,
                            "threads": int(sys.argv[2]),
                            "control_socket_disable": True, "loglevel": "critical"}.items():
            self.cfg.set(name, value)

    def load(self):
        def slow(_environ, start):
            time.sleep(0.5)
            start("200 OK", [("Content-Length", "0")])
            return [b""]
        return shedding.Shedding(slow)

Slow().run()
"""
"""What takes half a second for each page, behind the worker that we serve with."""


@contextmanager
def slowly(threads: int = 1) -> Iterator[int]:
    """The port on which it listens, once it has answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        port = listening.getsockname()[1]
        serving = subprocess.Popen([sys.executable, "-c", SLOW, str(listening.fileno()), str(threads)], cwd=ROOT,
                                   pass_fds=[listening.fileno()])
        try:
            asked(port)
            yield port
        finally:
            serving.kill()
            serving.wait(30)


def asked(port: int, method: str = "GET") -> tuple[int, float]:
    """(status, seconds)."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as one:
        one.request(method, "/")
        return one.getresponse().status, time.monotonic() - began


def test_a_queue_that_grows_too_long_is_answered_in_the_time_that_is_promised():
    with slowly() as port, ThreadPoolExecutor(30) as people:
        answers = [*people.map(partial(asked, port), ["GET"] * 29 + ["POST"])]
    statuses = Counter(status for status, _ in answers)
    assert answers[-1][0] == 200
    assert statuses[503] == 30 - statuses[200] > 15
    assert max(took for _, took in answers) < 10  # one after another the last would have waited 15 s


def test_connections_on_which_nothing_comes_hold_no_thread():
    with slowly(threads=2) as port, ExitStack() as opened:
        for _ in range(6):
            opened.enter_context(socket.create_connection(("127.0.0.1", port)))
        status, took = asked(port)
    assert status == 200
    assert took < 4  # two threads that wait five seconds for each of six would have taken fifteen
