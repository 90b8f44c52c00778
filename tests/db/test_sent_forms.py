"""Keys of forms are kept as long as a form can be sent once more, then let go, on the record like all else."""

import psycopg

from app.audit.verify import verify
from app.jobs import worker
from app.queries import sent_forms
from app.settings import Settings
from tests import build
from tests.db.test_sealing import Chain

MANY = 10_050
"""More than go at a time."""


def keep(db, person, days, times=1):
    db.execute("INSERT INTO sent_form (person_id, key, sum, answer, at) SELECT %s, gen_random_uuid(), sha256('x'), '/',"
               " now() - make_interval(days => %s) FROM generate_series(1, %s)", [person, days, times])


def test_old_keys_go_a_part_at_a_time_and_the_record_says_so_and_verifies(cloned_database, tmp_path):
    chain = Chain(cloned_database, tmp_path)
    kept = "SELECT now()::date - at::date FROM sent_form ORDER BY at"

    def look() -> list[int]:
        with psycopg.connect(cloned_database.web_dsn) as web:
            sent_forms.prune(web)
        return [row[0] for row in db.execute(kept)]

    with psycopg.connect(chain.sealer_url, autocommit=True) as sealer, build.superuser(cloned_database) as db:
        # a phone that comes back after weeks without a signal, or with a token that was made anew, finds its keys
        for days in (0, 21, 91, 179):
            keep(db, chain.person, days)
        keep(db, chain.person, 200, MANY)
        keep(db, chain.person, 400)
        after = look()
        assert len(after) == 4 + MANY + 1 - 10_000
        assert 400 not in after, "the oldest first"
        assert look() == [179, 91, 21, 0]
        said = db.execute("SELECT count(*), count(DISTINCT key), min(content ->> 'answer') FROM audit"
                          " WHERE table_name = 'sent_form' AND change = 'delete'").fetchone()
        assert said == (MANY + 1, MANY + 1, "/")
        while chain.seal(sealer):
            pass
    verified = verify(chain.exported(), chain.heads)
    assert verified.faults == []
    assert verified.unsealed == 0
    assert verified.records > 2 * MANY


def test_the_worker_looks_by_itself(cloned_database, tmp_path):
    with build.superuser(cloned_database) as db:
        keep(db, build.person(db, "field", build.places(db).village), 200, 3)
        db.execute("INSERT INTO procrastinate_jobs (task_name, queue_name, args)"
                   " VALUES ('sent_forms.prune', 'default', '{\"timestamp\": 0}')")
        worker.run(Settings(var=tmp_path / "var"), cloned_database.web_dsn, until_empty=True)
        assert db.execute("SELECT count(*) FROM sent_form").fetchone() == (0,)


def test_whoever_asks_over_the_web_lets_no_young_key_go(superuser_db, database):
    person = build.person(superuser_db, "field", build.places(superuser_db).village)
    keep(superuser_db, person, 179)
    with build.asking(superuser_db, database, person):
        superuser_db.execute("SELECT prune_sent_forms()")
    assert superuser_db.execute("SELECT count(*) FROM sent_form").fetchone() == (1,)
