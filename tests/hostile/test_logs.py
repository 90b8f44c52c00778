"""What a visitor sends never becomes a line of the log, nor a command to the terminal of whoever reads it."""

import io
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import structlog

ROOT = Path(__file__).parents[2]
FORGED = '{"event": "forged", "level": "error"}'
TRICKS = (f"\r\n{FORGED}", f"\n{FORGED}", f"\r{FORGED}", f"\u2028{FORGED}", f"\x85{FORGED}", f"\x0b{FORGED}",
          f"\x1b[2J\x1b[31m{FORGED}", f"\x1b]0;{FORGED}\x07", f"\x9b31m{FORGED}", f"\x08\x08{FORGED}", f"\x7f{FORGED}",
          f'"}}\n{FORGED}')
NAMES = ("HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_X_FORWARDED_FOR", "HTTP_ACCEPT_LANGUAGE", "HTTP_COOKIE",
         "HTTP_ORIGIN", "HTTP_ACCEPT", "REMOTE_ADDR", "QUERY_STRING", "HTTP_X_REQUEST_ID", "HTTP_AUTHORIZATION")


@pytest.fixture
def told(knocker):
    """What the log of the application says from here on, written as it is configured."""
    configured, written = structlog.get_config(), io.StringIO()
    structlog.configure(**configured | {"logger_factory": structlog.PrintLoggerFactory(written)})
    yield written
    structlog.configure(**configured)


def test_no_line_of_the_log_is_a_visitors(knocker, monkeypatch, told):
    """A page that fails logs where, and why: with whatever was sent in the path and the headers, and in its cause."""

    def fails() -> None:
        raise RuntimeError(trick)

    fails.access_needed = "everyone"
    monkeypatch.setitem(knocker.app.view_functions, "help.of_role", fails)
    monkeypatch.setattr("flask.app.Flask.dispatch_request", lambda _app: fails())
    for trick in TRICKS:
        environ = {name: trick.encode().decode("latin-1") for name in NAMES}
        answer = knocker.client.get("/help/x", environ_overrides=environ | {
            "PATH_INFO": f"/help/{trick}".encode().decode("latin-1")})
        assert answer.status_code == 500
    lines = told.getvalue().removesuffix("\n").split("\n")
    said = [json.loads(line) for line in lines]
    assert [one["event"] for one in said] == ["unexpected"] * len(TRICKS)
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert "forged" in said[0]["path"], "what was sent is told, in quotes"


@pytest.fixture
def served(hostile_database, var):
    """The web process as `./pantau run` starts it, with its log in a file."""
    with socket.create_server(("127.0.0.1", 0)) as listening, open(var / "web.log", "wb+") as log:
        os.set_inheritable(listening.fileno(), True)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PANTAU_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "app.installation.child", "web"], cwd=ROOT, stdin=subprocess.PIPE, stdout=log,
            stderr=log, pass_fds=[listening.fileno()], env=clean | {"PANTAU_VAR": str(var)})
        told = {"web_url": hostile_database.web_dsn, "secret": "x", "serving": False, "socket": listening.fileno()}
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.flush()
        try:
            yield listening.getsockname(), log
        finally:
            process.stdin.close()
            process.wait(timeout=60)


def _asked(where: tuple[str, int], request: bytes) -> bytes:
    with socket.create_connection(where, timeout=120) as one:
        one.sendall(request)
        one.shutdown(socket.SHUT_WR)
        answer = b""
        while block := one.recv(65_536):
            answer += block
    return answer


RAW = (b"GET /\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /a\rb HTTP/1.1\r\nHost: x\r\n\r\n",
       b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x1b[2J\r\n\r\n", b"\x1b]0;x\x07\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
       b"GET / HTTP/1.1\r\nHost: x\nX: y\r\nBad Header\x1b: z\r\n\r\n", b"A" * 9000 + b"\r\n\r\n",
       b"GET /help HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzzzz",
       b"GET /help HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"POST /help HTTP/1.1\r\nContent-Length: -1\r\n\r\n")


@pytest.mark.timeout(300)
def test_what_serves_tells_neither_its_name_nor_what_broken_requests_say(served):
    where, log = served
    deadline = time.monotonic() + 150
    while not (good := _asked(where, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")):
        assert time.monotonic() < deadline
    assert good.startswith(b"HTTP/1.1 200")
    answers = [good, *(_asked(where, one) for one in RAW)]
    for one in answers:
        head = one.split(b"\r\n\r\n")[0].lower()
        assert b"gunicorn" not in one.lower(), one[:400]
        assert b"python" not in head
        assert b"traceback" not in one.lower()
    log.seek(0)
    written = log.read()
    assert written
    assert not set(written) & (set(range(32)) - {10}), "no sign that a terminal obeys"
