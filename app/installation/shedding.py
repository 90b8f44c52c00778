"""Nobody is kept waiting for an answer that comes too late: what has waited long is told at once to come back.

Where more is asked than two cores can answer, every request waits for those before it, people press again, and soon
nothing is answered in time. So a page that has already waited `MOST_S` for a free thread costs us a few sentences and
no query, and those behind it get theirs. What somebody sends is always taken: it may have been long in coming.
"""

import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar

from gunicorn.workers.gthread import TConn, ThreadWorker

MOST_S = 4.0
EMPTY_S = 0.05
"""How long a thread waits for the first byte of a new connection; afterwards it waits beside the others."""
RETRY_AFTER_S = 10
_WAITED_S: ContextVar[float] = ContextVar("waited_s", default=0.0)
_PAGE = f"""<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{RETRY_AFTER_S}"><title>Sistem sedang sibuk</title>
<h1>Sistem sedang sibuk</h1><p>Terlalu banyak yang membuka bersamaan. Halaman ini dicoba lagi sendiri dalam
{RETRY_AFTER_S} detik; yang sudah tersimpan tetap aman.</p>
<p lang="en">The system is busy. This page tries again by itself in {RETRY_AFTER_S} seconds; what is stored is safe.</p>
""".encode()


class TimedWorker(ThreadWorker):
    """gunicorn's worker with threads, which notes how long a request has waited for one of them, and holds none for a
    connection on which nothing comes: browsers open some in advance, and each would take a thread for five seconds."""

    def enqueue_req(self, conn: TConn) -> None:
        conn.waits_since = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        _WAITED_S.set(time.monotonic() - conn.waits_since)
        if not conn.initialized:
            patient = conn.wait_for_data
            conn.wait_for_data = lambda timeout_s: patient(min(timeout_s, EMPTY_S))
        return super().handle(conn)


class Shedding:
    """WSGI: answers 503 for `app` where a page, a part of one or a tile has waited too long."""

    def __init__(self, app: Callable, waited_s: Callable[[], float] = _WAITED_S.get) -> None:
        self.app, self.waited_s = app, waited_s

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or self.waited_s() <= MOST_S:
            return self.app(environ, start_response)
        said = _PAGE if "text/html" in environ.get("HTTP_ACCEPT", "") and environ["REQUEST_METHOD"] == "GET" else b""
        start_response("503 Service Unavailable", [
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(said))),
            ("Retry-After", str(RETRY_AFTER_S)), ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff")])
        return [said]
