"""What the worker does with an upload: once, also when it is killed, refused or no longer wanted."""

import subprocess
import sys
import time

import pytest

from app.jobs import uploads as sending
from app.jobs import worker
from app.queries import jobs
from tests.db.test_uploads import PDF
from tests.desk import DITCH, HEAD, ROAD, Desk


def _work(desk: Desk, cloned) -> None:
    worker.run(desk.settings, cloned.web_dsn, until_empty=True)


def test_the_worker_reads_and_then_stores_what_was_asked(desk, cloned_database):
    upload = desk.send(HEAD + ROAD + DITCH)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        job = sending.ask_to_read(connection, upload, desk.field)
    _work(desk, cloned_database)
    assert desk.seen(upload).state == "read"
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        assert jobs.by_id(connection, job).state == "done"
        sending.ask_to_store(connection, upload, desk.field)
    _work(desk, cloned_database)
    assert desk.seen(upload).outcome["stored"] == 2


def test_a_job_that_is_asked_for_in_a_transaction_that_fails_was_never_asked_for(desk):
    upload = desk.send(HEAD + ROAD)

    def asked_and_broken() -> None:
        with desk.database.transaction(read_only=False, person=desk.field) as connection:
            sending.ask_to_read(connection, upload, desk.field)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        asked_and_broken()
    assert desk.one("SELECT count(*) FROM procrastinate_jobs") == 0
    assert desk.one("SELECT count(*) FROM job") == 0


def test_a_refused_file_says_why_on_its_upload(desk, cloned_database):
    upload = desk.send(PDF)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        job = sending.ask_to_read(connection, upload, desk.field)
    _work(desk, cloned_database)
    assert (desk.seen(upload).state, desk.seen(upload).refusal["id"]) == ("refused", "reading.pdf")
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        assert jobs.by_id(connection, job).state == "failed"


def test_a_waiting_job_that_is_cancelled_is_not_done(desk, cloned_database):
    upload = desk.send(HEAD + ROAD)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        job = sending.ask_to_read(connection, upload, desk.field)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        jobs.ask_to_cancel(connection, job)
    _work(desk, cloned_database)
    assert desk.seen(upload).state == "received"
    assert desk.one("SELECT state FROM job") == "cancelled"


def test_a_job_whose_worker_was_killed_is_done_by_the_next_one_once(desk, cloned_database):
    upload = desk.read(HEAD + ROAD)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.ask_to_store(connection, upload, desk.field)
    # A worker took it, stored everything, and died before it could say so.
    desk.committing.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    desk.store(upload)
    _work(desk, cloned_database)
    assert desk.works() == 1
    assert desk.one("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0
    assert desk.one("SELECT state FROM job") == "done"


def test_a_worker_killed_while_it_stores_leaves_nothing_and_the_next_one_stores_all(desk, cloned_database):
    roads = [ROAD.replace("K1", f"R{n}").replace("RT 01", f"RT {n}").replace("-8.2192", f"-8.2{n:04d}")
             for n in range(100, 2100)]
    upload = desk.read(HEAD + "".join(roads))
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.ask_to_store(connection, upload, desk.field)
    start = ("import sys; from pathlib import Path; from app.jobs import worker; from app.settings import Settings; "
             "worker.run(Settings(var=Path(sys.argv[1])), sys.argv[2], until_empty=True)")
    killed = subprocess.Popen([sys.executable, "-c", start, str(desk.settings.var), cloned_database.web_dsn])
    try:
        deadline = time.monotonic() + 60
        while desk.one("SELECT doing FROM job") not in ("job.storing", "job.matching"):
            assert time.monotonic() < deadline
            assert killed.poll() is None
            time.sleep(0.005)
    finally:
        killed.kill()
        killed.wait()
    assert (desk.works(), desk.seen(upload).state, desk.one("SELECT state FROM job")) == (0, "read", "running")
    desk.committing.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    _work(desk, cloned_database)
    assert desk.works() == desk.seen(upload).outcome["stored"] == 2000
    assert desk.one("SELECT count(*) FROM site WHERE superseded_at IS NULL") == 2000
    assert desk.one("SELECT state FROM job") == "done"


def test_a_job_that_keeps_killing_its_worker_is_given_up_and_says_so(desk, cloned_database):
    upload = desk.read(HEAD + ROAD)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.ask_to_store(connection, upload, desk.field)
    desk.committing.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL, attempts = 5")
    _work(desk, cloned_database)
    assert desk.works() == 0
    assert desk.one("SELECT refusal->>'id' FROM job WHERE state = 'failed'") == "job.given_up"


def test_a_model_kept_by_another_version_does_not_stop_an_upload(desk):
    desk.store(desk.read(HEAD + ROAD))
    desk.committing.execute("UPDATE model SET content = content || '{\"weights\": {\"dowsing\": [1, 2]}}'")
    assert desk.store(desk.read(HEAD + DITCH))["stored"] == 1
