"""`./pantau run` and `serve` as processes: what is started, who is refused, and that all of it stops again."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from app.installation import start
from app.installation.children import PATIENT, Children
from app.installation.terminal import Stop
from app.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def var():
    """State that PostgreSQL's user can enter, also where root runs the tests."""
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "var"


class Running:
    """`python -m app …` with its words gathered as they come."""

    def __init__(self, var: Path, *arguments: str, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("PANTAU_") and name != "DATABASE_URL"}
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=clean | {"PANTAU_VAR": str(var), "PYTHONUNBUFFERED": "1"} | environment)
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self.said += line

    def wait_for(self, words: str, seconds: float = 90) -> str:
        until = time.monotonic() + seconds
        while not (found := re.search(words, self.said)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.05)
        return found[0]

    def end(self, by: int | None = None) -> int:
        if by is not None:
            self.process.send_signal(by)
        code = self.process.wait(timeout=90)
        self.listening.join(timeout=10)
        self.process.stdout.close()
        return code


def processes_of(var: Path) -> list[str]:
    """Command lines of the server and of the children of this installation that are still there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command, kept = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(var) in command or (b"app.installation.child" in command and os.fsencode(var) in kept):
            found.append(command.replace(b"\0", b" ").decode())
    return found


@pytest.fixture(scope="module")
def running(var):
    """An empty installation that is being served."""
    begun = Running(var, "run", "--empty")
    try:
        begun.wait_for("Ctrl-C")
        yield begun
    finally:
        begun.end(signal.SIGTERM)


@pytest.fixture
def own_var():
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "var"


@pytest.fixture
def begun(own_var):
    """(state, an empty installation that is being served), of one test alone."""
    running = Running(own_var, "run", "--empty")
    try:
        running.wait_for("Ctrl-C")
        yield own_var, running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGTERM)


def address_of(running: Running) -> str:
    return running.wait_for(r"http://127\.0\.0\.1:\d+")


def test_pages_are_answered_at_the_address_that_was_said(running):
    with urllib.request.urlopen(f"{address_of(running)}/readyz", timeout=20) as answer:
        assert answer.status == 200


def test_a_second_start_from_the_same_folder_says_where_the_first_is(running, var):
    second = Running(var, "run")
    assert second.end() == 2
    assert address_of(running) in second.said


def test_another_command_shares_the_database_and_leaves_it_running(running, var):
    beside = Running(var, "migrate")
    assert beside.end() == 0, beside.said
    with urllib.request.urlopen(f"{address_of(running)}/readyz", timeout=20) as answer:
        assert answer.status == 200


def test_ctrl_c_stops_all_that_was_started_and_a_second_start_repeats_nothing(var):
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        Path(folder).chmod(0o711)
        own = Path(folder) / "var"
        first = Running(own, "run", "--empty")
        first.wait_for("Ctrl-C")
        assert "./pantau person add NAMA --role admin" in first.said, "nobody can sign in, and nobody is told how"
        assert len(processes_of(own)) >= 4
        assert first.end(signal.SIGINT) == 0, first.said
        assert processes_of(own) == []
        again = Running(own, "run", "--empty")
        again.wait_for("Ctrl-C")
        assert "Migrasi" not in again.said
        assert again.end(signal.SIGINT) == 0
        assert processes_of(own) == []


def test_a_child_that_is_killed_and_a_server_that_is_killed_are_started_again(begun):
    own, running = begun
    (worker,) = [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_worker(entry, own)]
    os.kill(worker, signal.SIGKILL)
    running.wait_for("worker berhenti sendiri")
    server = int((own / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])
    os.kill(server, signal.SIGKILL)
    running.wait_for("tidak berhenti dengan wajar")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError), \
                urllib.request.urlopen(f"{address_of(running)}/readyz", timeout=20) as answer:
            if answer.status == 200:
                break
        time.sleep(0.2)
    else:
        pytest.fail(running.said)
    assert running.end(signal.SIGTERM) == 0, running.said
    assert processes_of(own) == []


def test_a_child_that_dies_at_the_start_takes_the_rest_with_it_and_its_log_is_shown(own_var):
    """A sealer whose key is none."""
    (own_var / "keys").mkdir(parents=True)
    (own_var / "keys" / "sealing.key").write_text("no key")
    refused = Running(own_var, "run", "--empty")
    assert refused.end() == 2
    assert "sealer" in refused.said
    assert str(own_var / "log" / "sealer.log") in refused.said
    assert processes_of(own_var) == []


def test_a_child_that_keeps_dying_is_not_started_for_ever(tmp_path):
    """One that is not told where its database is."""
    begun = Children(tmp_path)
    begun.start("sealer", {"serving": False})

    def watched():
        while True:
            begun.check(revive=True)
            time.sleep(0.05)

    with pytest.raises(Stop, match="sealer_url"):
        watched()
    assert (tmp_path / "sealer.log").read_text().count("KeyError") == PATIENT
    begun.stop()


def _is_worker(entry: Path, var: Path) -> bool:
    try:
        return (b"app.installation.child\0worker" in (entry / "cmdline").read_bytes()
                and os.fsencode(var) in (entry / "environ").read_bytes())
    except OSError:
        return False


def test_serving_refuses_unsafe_settings_and_names_them_all(tmp_path):
    refused = Running(tmp_path / "var", "serve", PANTAU_HOST="0.0.0.0")
    assert refused.end() == 2
    assert "PANTAU_PUBLIC_URL" in refused.said
    assert "PANTAU_HOST" in refused.said
    assert not (tmp_path / "var").exists()


def test_a_given_port_that_is_busy_fails_and_names_the_setting():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with pytest.raises(Stop, match="PANTAU_PORT"):
            start.listen(Settings(port=busy.getsockname()[1]))


def test_without_a_given_port_the_next_free_one_is_taken(monkeypatch):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        monkeypatch.setattr(start, "FIRST_PORT", taken)
        monkeypatch.setattr(start, "LAST_PORT", taken + 20)
        with start.listen(Settings()) as listening:
            assert taken < listening.getsockname()[1] <= taken + 20


def test_serving_refuses_a_database_that_holds_invented_works(var, running):
    """The flag is set in the database itself, as loading them does."""
    from app.installation.cluster import Cluster
    from app.installation.ready import DATABASE

    cluster = Cluster(var / "postgres")
    with psycopg.connect(cluster.dsn(DATABASE)) as connection:
        connection.execute("UPDATE installation SET demonstration = true")
    try:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(timeout=60)
        refused = Running(var, "serve", PANTAU_PUBLIC_URL="https://pantau.example.go.id",
                          PANTAU_HEADS=str(var.parent))
        assert refused.end() == 2
        assert "data contoh" in refused.said
    finally:
        assert processes_of(var) == []
