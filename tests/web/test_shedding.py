"""Under too much load what has waited long is told at once to come back, and what is sent is always taken."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing

import pytest

from app.shedding import MOST_S, Shedding
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
from app import shedding

shedding.MOST_S = 1.0

class Slow(BaseApplication):
    def load_config(self):
        for name, value in {"bind": f"fd://{sys.argv[1]}", "worker_class": shedding.TimedWorker, "threads": 1,
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
"""One thread that takes half a second for each page, behind the worker that we serve with."""


def test_a_queue_that_grows_too_long_is_answered_in_the_time_that_is_promised():
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        serving = subprocess.Popen([sys.executable, "-c", SLOW, str(listening.fileno())], cwd=ROOT,
                                   pass_fds=[listening.fileno()])
        answers, waits = Counter(), []

        def ask(method: str) -> None:
            began = time.monotonic()
            with closing(http.client.HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=60)) as asked:
                asked.request(method, "/")
                answers[method, asked.getresponse().status] += 1
            waits.append(time.monotonic() - began)

        try:
            ask("GET")  # it serves
            waits.clear()
            people = [threading.Thread(target=ask, args=["POST" if n == 29 else "GET"]) for n in range(30)]
            for one in people:
                one.start()
            for one in people:
                one.join()
        finally:
            serving.kill()
            serving.wait(30)
    assert answers["POST", 200] == 1
    assert answers["GET", 503] == 30 - answers["GET", 200] > 15
    assert max(waits) < 10  # one after another the last would have waited 15 s
