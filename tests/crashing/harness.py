"""An installation under load whose processes are killed, and what must be true of it afterwards.

Senders send files and repeat each, under its key, until it is acknowledged, as a phone would; a storer confirms what
was read. Meanwhile processes die: at named points (`sitecustomize.py`), or at any instant. Nobody helps.
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import shapely

from app.audit.export import export
from app.audit.verify import verify
from app.installation.cluster import Cluster
from app.installation.ready import DATABASE
from app.installation.terminal import quiet
from app.jobs import files
from tests import build
from tests.running import Running, installation

HERE = Path(__file__).parent
OUR_CODE = os.pathsep.join(map(str, (HERE, HERE.parents[1])))
POINTS = ("web.received", "web.synced", "web.renamed", "web.folder_synced", "web.before_commit", "web.committed",
          "worker.rows_put", "worker.read", "worker.before_stored", "worker.stored", "sealer.block_added",
          "sealer.sealed")
"""Where a process is killed that passes there."""
SERVER_POINTS = ("web.before_commit", "web.committed", "worker.before_stored", "sealer.block_added")
"""Where the database's server is killed instead."""
VICTIMS = ("web", "web worker", "worker", "sealer", "server")
ROWS = 2
SENDERS = 2
MOST_WAITING = 10
RECOVERED_WITHIN_S = 90.0


@dataclass(slots=True)
class Sent:
    """A file under its key; `upload` once it was acknowledged."""

    key: str
    content: bytes
    upload: str | None = None


@dataclass(slots=True)
class Crashing:
    """An installation, its load, and what was answered."""

    running: Running
    heads: Path
    armed: Path
    dsn: str
    token: str
    sent: list[Sent] = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)
    stored: set[str] = field(default_factory=set)
    waiting: int = 0
    awaited: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def one(self, query: str, *values: object) -> object:
        with psycopg.connect(self.dsn, connect_timeout=10) as connection:
            return connection.execute(query, values).fetchone()[0]

    def acknowledged(self) -> int:
        return sum(one.upload is not None for one in self.sent)

    # ---- load ----

    def sending(self) -> None:
        browser = Browser(self)
        while not self.stop.is_set():
            time.sleep(0.5)
            if self.waiting > (3 * MOST_WAITING if self.awaited else MOST_WAITING):
                continue  # the worker is one, and what it has not read cannot be looked at
            key = str(uuid4())
            one = Sent(key, _file(key))
            self.sent.append(one)
            while one.upload is None and not self.stop.is_set():
                answer = browser.send(one)
                if answer is None:
                    time.sleep(0.2)
                else:
                    one.upload = answer

    def storing(self) -> None:
        browser = Browser(self)
        while not self.stop.is_set():
            time.sleep(0.3)
            with contextlib.suppress(psycopg.Error), psycopg.connect(self.dsn, connect_timeout=5) as connection:
                self.waiting = connection.execute(
                    "SELECT count(*) FROM job WHERE state IN ('queued', 'running')").fetchone()[0]
                for upload, in connection.execute(
                        "SELECT u.id FROM upload u WHERE state = 'read' AND NOT EXISTS (SELECT FROM job j WHERE"
                        " j.upload_id = u.id AND j.state IN ('queued', 'running')) ORDER BY number LIMIT 3"):
                    if browser.post(f"/uploads/{upload}/store", {}) is not None:
                        self.stored.add(str(upload))

    # ---- deaths ----

    def process(self, victim: str) -> int | None:
        """The number of a process of this installation; None while there is none."""
        if victim == "server":
            with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
                return int((self.running.var / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])
            return None
        found = {int(entry.name): _parent(entry) for entry in Path("/proc").glob("[0-9]*")
                 if _is_child(entry, victim.split()[0], self.running.var)}
        chosen = [number for number, parent in found.items() if (parent in found) == (victim == "web worker")]
        return random.choice(chosen) if chosen else None

    def kill(self, victim: str) -> bool:
        process = self.process(victim)
        if process is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            return True
        return False

    def kill_at(self, point: str, victim: str = "self", within_s: float = 30.0) -> bool:
        """Arm a point and wait until somebody has come to it."""
        whom = "self" if victim == "self" else str(self.process(victim))
        fired = self.armed / f"{point}.fired"
        fired.unlink(missing_ok=True)
        begun = self.armed / "begun"
        begun.write_text(whom)
        begun.rename(self.armed / point)
        until = time.monotonic() + within_s
        while not fired.exists():
            if time.monotonic() > until:
                (self.armed / point).unlink(missing_ok=True)
                return fired.exists()
            time.sleep(0.01)
        return True

    def recovered(self) -> float:
        """Seconds until a new file was acknowledged and a new block sealed, by themselves."""
        begun, before, block = time.monotonic(), self.acknowledged(), None
        self.awaited = True
        while time.monotonic() - begun < RECOVERED_WITHIN_S:
            with contextlib.suppress(psycopg.Error):
                number = self.one("SELECT coalesce(max(number), 0) FROM audit_block")
                block = number if block is None else block
                if self.acknowledged() > before + 1 and number > block:
                    self.awaited = False
                    return time.monotonic() - begun
            time.sleep(0.1)
        raise AssertionError(f"no recovery within {RECOVERED_WITHIN_S} s: {self.answers}")

    # ---- truth ----

    def settle(self, within_s: float = 240.0) -> None:
        """Stop the load and wait until every job has ended and everything is sealed."""
        self.stop.set()
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.Error):
                if not self.one("SELECT count(*) FROM job WHERE state IN ('queued', 'running')"):
                    break
            time.sleep(0.5)
        time.sleep(3)

    def truth(self) -> dict:
        """What was lost, half stored or doubled: counts that must all be 0, and what there was."""
        with psycopg.connect(self.dsn) as connection:
            uploads = {str(key): (str(upload), bytes(total)) for key, upload, total in connection.execute(
                "SELECT f.key, u.id, u.sha256 FROM sent_form f JOIN upload u ON u.id::text = f.answer")}
            faults = {
                "lost": sum(one.upload is not None and uploads.get(one.key, ("",))[0] != one.upload.rpartition("/")[2]
                            for one in self.sent),
                "without their file": sum(not _holds(self.running.var / "files", total)
                                          for _upload, total in uploads.values()),
                "of another content": sum(uploads[one.key][1] != sha256(one.content).digest() for one in self.sent
                                          if one.key in uploads),
                "doubled": connection.execute("SELECT count(*) - count(DISTINCT sha256) FROM upload").fetchone()[0],
                "without their key": connection.execute(
                    "SELECT count(*) FROM upload u WHERE NOT EXISTS (SELECT FROM sent_form f WHERE f.answer ="
                    " u.id::text)").fetchone()[0],
                "half read": connection.execute(
                    "SELECT count(*) FROM upload u WHERE coalesce(rows, 0) <> CASE state WHEN 'received' THEN 0 ELSE %s"
                    " END OR (SELECT count(*) FROM upload_row r WHERE r.upload_id = u.id) <> coalesce(rows, 0)", [ROWS]
                ).fetchone()[0],
                "not read, and not given up": connection.execute(
                    "SELECT count(*) FROM upload u WHERE state NOT IN ('read', 'stored') AND NOT EXISTS (SELECT FROM"
                    " job j WHERE j.upload_id = u.id AND j.refusal->>'id' = 'job.given_up')").fetchone()[0],
                "half stored": connection.execute(
                    "SELECT count(*) FROM upload u WHERE (SELECT count(*) FROM project p WHERE p.upload_id = u.id) <>"
                    " CASE state WHEN 'stored' THEN %s ELSE 0 END", [ROWS]).fetchone()[0],
                "works doubled": connection.execute(
                    "SELECT count(*) - count(DISTINCT name) FROM project").fetchone()[0],
                "jobs that failed": connection.execute(
                    "SELECT count(*) FROM job WHERE state = 'failed' AND refusal->>'id' <> 'job.given_up'"
                ).fetchone()[0],
                "half files": sum(file.name != sha256(file.read_bytes()).hexdigest()
                                  for file in (self.running.var / "files").glob("??/*")),
            }
            counts = dict(zip(("uploads", "stored", "works", "jobs_given_up"), connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE state = 'stored'), (SELECT count(*) FROM project),"
                " (SELECT count(*) FROM job WHERE state = 'failed') FROM upload").fetchone(), strict=True))
        with TemporaryDirectory() as out:
            heads = shutil.copytree(self.heads, Path(out) / "heads")  # as they were before it is exported
            export(self.dsn, Path(out))
            record = verify(Path(out), heads)
        faults["faults of the record"] = len(record.faults)
        faults["not sealed"] = record.unsealed
        left = sum(1 for _ in (self.running.var / "files").glob("receiving-*"))
        return {"faults": faults, "record": [str(fault) for fault in record.faults], **counts,
                "acknowledged": self.acknowledged(), "blocks": record.blocks, "records": record.records,
                "unfinished_files_left": left,
                "answers": {str(status): count for status, count in sorted(self.answers.items(), key=str)}}


def _file(key: str) -> bytes:
    """Works spread over the village, so that none of them stands near another."""
    chance = random.Random(key)
    return ("id,nama kegiatan,tahun,sumber dana,anggaran,desa,latitude,longitude\n" + "".join(
        f"{key}-{n},Rabat beton {key} {n},2024,Dana Desa,180000000,Sarongan,{chance.uniform(-8.39, -8.19):.5f},"
        f"{chance.uniform(114.355, 114.385):.5f}\n" for n in range(ROWS))).encode()


class Browser:
    """One window of the person who sends."""

    def __init__(self, crashing: Crashing) -> None:
        self.crashing, self.form, self.cookies = crashing, "", f"pantau={crashing.token}"

    def send(self, one: Sent) -> str | None:
        """The address of the upload, or None where no answer came or the system was busy."""
        answer = self.post("/uploads", {"form_key": one.key}, one.content)
        return None if answer is None else json.loads(answer)["upload"]

    def post(self, path: str, fields: dict[str, str], content: bytes | None = None) -> str | None:
        try:
            if not self.form:
                self._enter()
            edge = "x" + uuid4().hex
            parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                     for name, value in ({"csrf_token": self.form} | fields).items()]
            if content is not None:
                parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
                             "Content-Type: text/csv\r\n\r\n".encode() + content + b"\r\n")
            status, answer = self._ask(path, b"".join(parts) + f"--{edge}--\r\n".encode(),
                                       {"Content-Type": f"multipart/form-data; boundary={edge}",
                                        "Accept": "application/json", "X-Requested-With": "fetch"})
        except (OSError, urllib.error.URLError, ValueError) as error:
            self.crashing.answers[type(error).__name__] += 1
            return None
        self.crashing.answers[status] += 1
        return answer if status < 400 else None

    def _enter(self) -> None:
        status, page = self._ask("/uploads", None, {})
        if status != 200:
            raise OSError(f"no form: {status}")
        self.form = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def _ask(self, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str]:
        request = urllib.request.Request(f"{self.crashing.running.address}{path}", body,
                                         headers | {"Cookie": self.cookies})
        try:
            with _direct.open(request, timeout=30) as answer:
                for cookie in answer.headers.get_all("Set-Cookie") or ():
                    self.cookies = f"pantau={self.crashing.token}; {cookie.split(';')[0]}"
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(errors="replace")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is the answer."""

    def http_error_303(self, req, fp, code, msg, headers):
        return fp


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)


@contextlib.contextmanager
def crashing() -> Iterator[Crashing]:
    """A new installation under load."""
    with TemporaryDirectory(prefix="pantau-crash-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        heads, armed = folder / "heads", folder / "armed"
        heads.mkdir()
        armed.mkdir()
        with installation(folder / "var", "--empty", PANTAU_HEADS=str(heads), PYTHONPATH=OUR_CODE,
                          ARMED_POINTS=str(armed)) as running:
            dsn = Cluster(folder / "var" / "postgres", tell=quiet).dsn(DATABASE)
            with psycopg.connect(dsn, autocommit=True) as connection:
                village = build.places(connection).village
                connection.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                                   [shapely.to_wkt(shapely.box(114.35, -8.40, 114.39, -8.18)), village])
                token = build.session(connection, build.person(connection, "field", village))
            one = Crashing(running, heads, armed, dsn, token)
            threads = [threading.Thread(target=act, daemon=True) for act in [one.sending] * SENDERS + [one.storing]]
            for thread in threads:
                thread.start()
            try:
                yield one
            finally:
                one.stop.set()
                for thread in threads:
                    thread.join(60)




def _holds(folder: Path, total: bytes) -> bool:
    path = files.path_of(folder, total)
    return path.is_file() and sha256(path.read_bytes()).digest() == total


def _parent(entry: Path) -> int:
    with contextlib.suppress(OSError):
        return int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
    return 0


def _is_child(entry: Path, kind: str, var: Path) -> bool:
    try:
        return (f"app.installation.child\0{kind}\0".encode() in (entry / "cmdline").read_bytes()
                and f"PANTAU_VAR={var}\0".encode() in (entry / "environ").read_bytes()
                and (entry / "stat").read_text().rpartition(") ")[2][0] != "Z")
    except OSError:
        return False
