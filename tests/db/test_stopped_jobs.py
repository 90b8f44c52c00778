"""What a job leaves that is stopped while it reads or stores: nothing, or what was there before."""

import io
from uuid import UUID

import pytest

from app.jobs import files, reading, storing, worker
from app.jobs import uploads as sending
from app.jobs.progress import Cancelled, Told
from app.queries import upload_rows, uploads
from tests.db.test_corrections import state_of
from tests.desk import DITCH, HEAD, ROAD


def test_reading_a_large_file_may_take_longer_than_a_page(desk, monkeypatch):
    """The web role's limits would stop it in the middle, and the queue would begin it again and again."""
    seen = []
    put_rows = upload_rows.put_rows

    def put(connection, upload, rows):
        seen.append(connection.execute("SHOW statement_timeout").fetchone()[0])
        put_rows(connection, upload, rows)

    monkeypatch.setattr(upload_rows, "put_rows", put)
    desk.read(HEAD + ROAD)
    assert seen == ["30min"]


class Stopping(Told):
    """Progress whose person presses stop as soon as the job does `doing`."""

    def __init__(self, doing: str) -> None:
        super().__init__()
        self.doing = doing

    def say(self, doing: str, done: int = 0, total: int | None = None) -> None:
        if doing == self.doing:
            raise Cancelled


@pytest.mark.parametrize("doing", ["job.reading", "job.understanding", "job.keeping"])
def test_a_reading_that_is_stopped_leaves_no_row_and_no_file(desk, doing):
    upload = desk.send(HEAD + ROAD + DITCH)
    kept = files.path_of(desk.settings.files, bytes(desk.seen(upload).sha256))
    assert kept.is_file()
    with pytest.raises(Cancelled):
        reading.read(desk.database, desk.settings, desk.field, upload, Stopping(doing))
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.drop_unread(connection, desk.settings, upload)
    assert desk.seen(upload).state == "dropped"
    assert desk.one("SELECT count(*) FROM upload_row") == 0
    assert not kept.exists()


def test_a_worker_that_hears_of_a_stop_clears_away(desk, cloned_database):
    upload = desk.send(HEAD + ROAD + DITCH)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        job = sending.ask_to_read(connection, upload, desk.field)
    desk.committing.execute("UPDATE job SET cancel_asked = true WHERE id = %s", [job])
    worker.run(desk.settings, cloned_database.web_dsn, until_empty=True)
    assert desk.one("SELECT state FROM job") == "cancelled"
    assert desk.seen(upload).state == "dropped"
    assert not [one for one in desk.settings.files.rglob("*") if one.is_file()]


def test_a_file_that_another_person_sent_too_stays_when_one_of_them_drops_it(desk):
    mine, theirs = desk.send(HEAD + ROAD), desk.send(HEAD + ROAD, desk.planner)
    kept = files.path_of(desk.settings.files, bytes(desk.seen(mine).sha256))
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.drop(connection, desk.settings, uploads.hold(connection, mine))
    assert kept.is_file(), "the sender of the first cannot even see the second"
    with desk.database.transaction(read_only=False, person=desk.planner) as connection:
        sending.drop(connection, desk.settings, uploads.hold(connection, theirs))
    assert not kept.exists()


@pytest.mark.parametrize("doing", ["job.storing", "job.matching"])
def test_a_storing_that_is_stopped_leaves_no_work_and_the_upload_waits_as_before(desk, doing):
    upload = desk.read(HEAD + ROAD + DITCH)
    before = state_of(desk, upload)
    with pytest.raises(Cancelled):
        storing.store(desk.database, desk.settings, desk.field, upload, Stopping(doing))
    assert (desk.works(), desk.one("SELECT count(*) FROM site"), desk.one("SELECT count(*) FROM pair")) == (0, 0, 0)
    assert desk.seen(upload).state == "read"
    assert state_of(desk, upload) == before
    assert desk.store(upload)["stored"] == 2


def test_another_reading_that_is_stopped_leaves_the_file_to_be_read_once_more(desk):
    upload = desk.read(HEAD + ROAD + DITCH)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.ask_to_read_again(connection, uploads.hold(connection, upload), desk.field, {})
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.drop_unread(connection, desk.settings, upload)
    assert desk.seen(upload).state == "received"
    reading.read(desk.database, desk.settings, desk.field, upload, Told())
    assert desk.seen(upload).good_rows == 2


def test_what_files_are_sent_together_is_one_batch_of_its_sender(desk):
    batch = UUID(int=7)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        for text in (HEAD + ROAD, HEAD + DITCH):
            sending.receive(connection, desk.settings, desk.field, desk.places.village, "a.csv",
                            io.BytesIO(text.encode()), batch)
    for person, files_seen in ((desk.field, 2), (desk.planner, 0)):
        with desk.database.transaction(read_only=True, person=person) as connection:
            assert len(uploads.of_batch(connection, person, batch)) == files_seen
