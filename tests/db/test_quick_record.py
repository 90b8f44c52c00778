"""The record was made cheaper by migration 0026: it says what it said, and what was sealed before still verifies."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.audit.verify import verify
from app.installation import migrate
from app.installation.terminal import quiet
from tests import build
from tests.database import Database
from tests.db.test_migrations import new_database  # noqa: F401 a fixture
from tests.db.test_sealing import Chain

RECORDED = "SELECT oid::regproc::text, pg_get_userbyid(proowner)::text, proacl::text, prosrc FROM pg_proc" \
           " WHERE proname ~ '^audit_' ORDER BY 1"
SUMS = "SELECT seq, sum FROM audit ORDER BY seq"


def test_taking_it_back_leaves_every_function_of_the_record_as_it_was(new_database):  # noqa: F811
    migrate.prepare(new_database, tell=quiet)
    with psycopg.connect(new_database, autocommit=True) as connection:
        after = connection.execute(RECORDED).fetchall()
        migrate.roll_back(new_database, down_to="0025-~", tell=quiet)
        before = connection.execute(RECORDED).fetchall()
        migrate.migrate(new_database, tell=quiet)
        again = connection.execute(RECORDED).fetchall()
    assert [one[:3] for one in after] == [one[:3] for one in before], "whose it is and who may call it"
    changed = {one[0] for one, other in zip(after, before, strict=True) if one != other}
    assert changed == {one[0] for one in after if one[0] in ("audit_part", "audit_table") or "_of_" in one[0]}
    assert again == after


def test_what_was_sealed_before_and_what_comes_after_are_one_chain(new_database, tmp_path):  # noqa: F811
    name = conninfo_to_dict(new_database)["dbname"]
    migrate.prepare(new_database, tell=quiet)
    migrate.roll_back(new_database, down_to="0025-~", tell=quiet)
    chain = Chain(Database(name, new_database, name), tmp_path)
    with psycopg.connect(new_database, autocommit=True) as db, psycopg.connect(chain.sealer_url,
                                                                              autocommit=True) as sealer:
        sealed = db.execute(SUMS).fetchall()
        migrate.migrate(new_database, tell=quiet)
        name = "Jalan\t3\\n é"  # as one of the chain's
        build.project(db, build.places_of(db).village, chain.person, name=name, amount=3)
        *_, said_before, said_after = [row[0] for row in db.execute(
            "SELECT content - '{id,number,source_key,entered_at,changed_at,said}'::text[] FROM audit"
            " WHERE table_name = 'project' AND change = 'insert' AND content ->> 'name' = %s ORDER BY seq", [name])]
        assert said_after == said_before
        assert db.execute(SUMS).fetchall()[:len(sealed)] == sealed
        chain.seal(sealer)
    verified = verify(chain.exported(), chain.heads)
    assert verified.faults == []
    assert verified.unsealed == 0
    assert verified.records > len(sealed)


def test_no_function_is_called_for_a_sum(owner_db):
    """PostgreSQL writes the sum out as one expression; as a call each part costs a plan in every statement."""
    plan = "\n".join(row[0] for row in owner_db.execute(
        "EXPLAIN (VERBOSE, COSTS OFF) SELECT audit_sum(seq, at_us, xid, person_id, login, request, table_name, key,"
        " change, content) FROM audit"))
    assert "sha256(" in plan
    assert "audit_" not in plan.replace("public.audit", "").split("Output:")[1]
