"""What is of one person or one village stays there: over shared connections, through unique keys, and in jobs."""

import psycopg
import pytest

from app.db import Database
from app.jobs import uploads as sending
from app.jobs import worker
from app.queries import jobs
from tests import build, interleaved
from tests.desk import DITCH, HEAD, ROAD


@pytest.fixture
def few(cloned_database):
    """A pool of four connections."""
    made = Database(cloned_database.web_dsn, size=4, wait_s=30)
    yield made
    made.close()


def test_no_request_meets_what_another_left_on_its_connection(few, cloned_database) -> None:
    """Twenty people over four connections, a quarter of the requests broken off; the same statement on a connection
    for one person after the other, also after the server has prepared it. 10,000 of 50 people: ./pantau bench."""
    with build.superuser(cloned_database) as superuser:
        villages = interleaved.territories(superuser, 20)
    told = interleaved.asked(few, villages, 600, threads=12, seed=1)
    assert told["foreign"] == 0
    assert told["own"] > 350
    assert told["broken"] > 60
    assert sum(told.values()) == 600


def test_a_person_left_on_a_connection_would_be_found(few, cloned_database) -> None:
    """The test above can fail: a context that outlives its transaction shows another's rows."""
    with build.superuser(cloned_database) as superuser:
        villages = interleaved.territories(superuser, 2)
    first, second = villages
    with psycopg.connect(cloned_database.web_dsn, autocommit=True) as connection:
        connection.execute("SELECT set_config('pantau.person', %s, false)", [str(first)])
        seen = [row[0] for row in connection.execute("SELECT region_id FROM project WHERE draft")]
    assert seen == [villages[first]] != [villages[second]]


def test_the_key_of_a_foreign_work_is_answered_like_a_free_one(desk) -> None:
    """Neither a collision nor a hint tells a village that another has a work, or a draft, under the same key."""
    neighbour = build.person(desk.committing, "field", desk.places.neighbour)
    desk.store(desk.read(HEAD + ROAD.replace("2024,Dana", "2024,Dana")))
    draft = build.project(desk.committing, desk.places.village, desk.field, stage="proposed", source_key="K9",
                          source=desk.one("SELECT source FROM project LIMIT 1"))
    text = HEAD.replace("id,", "id,pantau_id,") + "".join(
        f"{key},{known}," + row.split(",", 1)[1].replace("Sarongan", "Kandangan").replace("114.3692", "114.4092")
        for key, known, row in (("K1", "", ROAD), ("K9", "", DITCH.replace("114.3752", "114.4102")),
                                ("K8", draft, DITCH.replace("114.3752", "114.4112")),
                                ("K7", "00000000-0000-4000-8000-000000000001", DITCH.replace("114.3752", "114.4122"))))
    upload = desk.read(text, neighbour)
    outcome = desk.store(upload, neighbour)
    assert outcome["stored"] == 4
    assert outcome["updated"] == 0
    assert desk.one("SELECT name FROM project WHERE id = %s", draft) == "Rabat beton jalan Dusun Krajan"


@pytest.mark.parametrize("ended", ["grant", "person"])
def test_a_job_of_somebody_whose_right_ended_meanwhile_does_nothing(desk, cloned_database, ended) -> None:
    """The worker acts with the rights that its person holds when it acts, not when they asked."""
    upload = desk.read(HEAD + ROAD + DITCH)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        job = sending.ask_to_store(connection, upload, desk.field)
    desk.committing.execute({
        "grant": "UPDATE person_grant SET valid_from = now() - interval '2 days', valid_to = now() - interval '1 day'"
                 " WHERE person_id = %s",
        "person": "UPDATE person SET active = false WHERE id = %s"}[ended], [desk.field])
    worker.run(desk.settings, cloned_database.web_dsn, until_empty=True)
    assert desk.works() == 0
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        closed = jobs.by_id(connection, job)
    assert closed.state == "failed"
    assert closed.refusal["id"] == "upload.not_found"
