"""Before an answer says that a file is kept, it is: fsync of the file, its name, fsync of the folder, COMMIT, answer.

Killing a process cannot show a missing fsync, because what was written outlives the process. So the order is read from
what the process asks of the system, by strace, and where that is not to be had from what the code asks of `os`.
"""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from app import sent_once
from app.jobs import files
from tests import build
from tests.backed_up import picture
from tests.racing import signed_in, upload_form
from tests.web.review.judging import new_pair

ROOT = Path(__file__).parents[2]
SERVING = """
import sys
from pathlib import Path
from werkzeug.serving import make_server
from app import create_app
from app.settings import Settings
app = create_app(Settings(var=Path(sys.argv[1])), database_url=sys.argv[2], secret="only for tests")
app.config["WTF_CSRF_ENABLED"] = False
server = make_server("127.0.0.1", 0, app)
print(server.port, flush=True)
server.serve_forever()
"""
CALLS = "fsync,rename,renameat,renameat2,sendto,recvfrom,write"
STEPS = {
    "file synced": r'fsync\(\d+<[^>]*/receiving-[^>]*>\) += 0',
    "renamed": r'rename(?:at2?)?\(.*/receiving-.*= 0',
    "folder synced": r'fsync\(\d+<[^>]*/(?:files|sealed|shown)/[0-9a-f]{2}>\) += 0',
    "committed": r'recvfrom\(\d+<[^>]*>, "C\\0\\0\\0\\vCOMMIT',
    "answered": r'(?:sendto|write)\(\d+<[^>]*>, "HTTP/1\.[01] (?:200|302|303)',
}


@pytest.fixture
def traced(module_database, tmp_path):
    """(address, where the traces begin) of the application under strace, which writes a file for each thread: one does
    all of a request, and no line is torn by another's."""
    if not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace is not here, or may not trace: the order is read from the code alone")
    trace = tmp_path / "trace"
    process = subprocess.Popen(
        ["strace", "-ff", "-y", "-s", "80", "-o", trace, "-e", f"trace={CALLS}",
         sys.executable, "-c", SERVING, tmp_path / "var", module_database.web_dsn], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}", trace
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        process.stdout.close()


def test_the_system_is_asked_to_keep_a_file_before_its_sender_is_told(traced, committing, operator):
    address, trace = traced
    asked = urllib.request.Request(f"{address}/uploads", *_multipart({"form_key": str(uuid4())}, "a.csv", b"id,nama\n"))
    asked.add_header("Cookie", f"pantau={build.session(committing, operator)}")
    asked.add_header("X-Requested-With", "fetch")
    with urllib.request.urlopen(asked, timeout=120) as answer:
        assert answer.status == 200
    assert _order(trace)[-5:] == list(STEPS)


def _order(trace: Path) -> list[str]:
    """The steps in the order in which they were done; of several commits the last before the answer counts."""
    (told,) = [text for file in trace.parent.glob(f"{trace.name}.*")
               if "/receiving-" in (text := file.read_text(errors="replace"))]
    found = [name for line in told.splitlines() for name, pattern in STEPS.items() if re.search(pattern, line)]
    answered = found.index("answered", found.index("file synced"))
    steps = found[found.index("file synced"):answered + 1]
    return [step for place, step in enumerate(steps) if step != "committed" or "committed" not in steps[place + 1:]]


def _multipart(fields: dict[str, str], name: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    edge = "x" + uuid4().hex
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
             for key, value in fields.items()]
    parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n')
    return ("".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={edge}"})


@pytest.fixture
def noted(monkeypatch):
    """What the code asks for while it keeps files, in order; of this thread."""
    said, own = [], threading.get_ident()

    class System:
        def __getattr__(self, name):
            return getattr(os, name)

        def fsync(self, descriptor):
            os.fsync(descriptor)
            said.append("folder synced" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file synced")

        def replace(self, name, place):
            os.replace(name, place)
            said.append("renamed")

    leave = psycopg.Transaction.__exit__

    def leaving(self, *error):
        result = leave(self, *error)
        if threading.get_ident() == own and error[0] is None:
            said.append("committed")
        return result

    monkeypatch.setattr(files, "os", System())
    monkeypatch.setattr(psycopg.Transaction, "__exit__", leaving)
    return said


def _kept(noted):
    """The steps of keeping files; a folder that was made for one is synced before, which does no harm."""
    steps = [one for one in noted if one != "committed"]
    return [step for place, step in enumerate(steps)
            if step != "folder synced" or (place and steps[place - 1] == "renamed")]


KEPT = ["file synced", "renamed", "folder synced"]


def test_a_sent_file_is_on_the_disk_before_its_row_is_committed(app, committing, operator, noted):
    assert signed_in(app, committing, operator).post("/uploads", data=upload_form(uuid4())).status_code == 303
    assert _kept(noted) == KEPT
    assert noted[-1] == "committed"


def test_both_files_of_a_photo_are_on_the_disk_before_the_answer_that_names_them_is_committed(
        app, committing, village, noted):
    pair = new_pair(committing, village)
    head = signed_in(app, committing, build.person(committing, "head", village))
    sent = head.post(f"/pairs/{pair}/answers", data={"text": "Dua ruas.", "form_key": str(uuid4()),
                                                     "photo": (io.BytesIO(picture("red").read()), "a.jpg")})
    assert sent.status_code == 302
    assert _kept(noted) == KEPT * 2
    assert noted[-1] == "committed"
    assert "committed" not in noted[noted.index("file synced"):-1]


def test_where_the_database_is_lost_before_the_commit_nobody_is_told_that_a_file_was_kept(
        app, committing, operator, monkeypatch):
    """psycopg ends a block over a connection that it knows to be closed as if it had been committed."""
    client = signed_in(app, committing, operator)
    before = committing.execute("SELECT count(*) FROM upload").fetchone()
    monkeypatch.setattr(sent_once.Once, "keep", lambda once, answer: once._connection.close())
    refused = client.post("/uploads", data=upload_form(uuid4()))
    monkeypatch.undo()
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert committing.execute("SELECT count(*) FROM upload").fetchone() == before
