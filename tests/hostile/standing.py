"""The world of the matrix behind a door on this machine, for what knocks from outside: a browser, a scanner."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from app.db import Database as Pool
from app.settings import Settings
from tests import build
from tests.database import Database
from tests.matrix import world


@dataclass
class Standing:
    """An application that answers at `address`, what stands in it, and its people's tokens."""

    app: Flask
    address: str
    db: psycopg.Connection
    world: world.World
    sessions: dict[UUID, str]


class _Silent(WSGIRequestHandler):
    def log(self, *_said: object) -> None:
        """Nothing: what is asked here is told by the tests."""


@contextmanager
def standing(database: Database, var: Path) -> Iterator[Standing]:
    """The application over a database of its own, with tokens asked of every form, answering as a thread of ours."""
    with build.superuser(database) as db:
        engine = Pool(database.web_dsn, size=1)
        everything = world.made(db, engine, var)
        engine.close()
        app = create_app(Settings(var=var), database_url=database.web_dsn, secret="only for tests")
        serving = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        try:
            yield Standing(app, f"http://127.0.0.1:{serving.server_port}", db, everything,
                           {one.id: build.session(db, one.id) for one in everything.people if one.id})
        finally:
            serving.shutdown()
            thread.join(timeout=10)
            serving.server_close()
            app.extensions["database"].close()
