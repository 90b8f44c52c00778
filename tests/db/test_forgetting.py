"""Whoever is forgotten is nowhere in the database, and the record still verifies: sums without salt tell nothing."""

import psycopg
import pytest

from app.audit.verify import verify
from app.installation import migrate
from app.queries import people
from tests import build
from tests.db.test_sealing import Chain

NAME, FULL, AGENT, ADDRESS = "kanari-lupa", "Kanari Terlupakan", "PeramboKanari/9", "198.51.100.91"
PERSONAL = (NAME, FULL, AGENT, ADDRESS, "rahasia-kanari", "telepon kanari")


@pytest.fixture
def forgotten(cloned_database, tmp_path):
    """Somebody who has worked here, sealed into the record, then forgotten; who it was, and the chain."""
    chain = Chain(cloned_database, tmp_path)
    with psycopg.connect(chain.sealer_url, autocommit=True) as sealer, build.superuser(cloned_database) as db:
        places = build.places_of(db)
        whose = build.person(db, "planner", places.regency, name=NAME, full_name=FULL)
        db.execute("UPDATE person SET password_hash = 'rahasia-kanari', totp_secret = 'rahasia-kanari2' WHERE id = %s",
                   [whose])
        db.execute("INSERT INTO session (token_hash, person_id, expires_at, device, address)"
                   " VALUES (sha256('s'), %s, now() + '1 hour', %s, %s)", [whose, AGENT, ADDRESS])
        db.execute("INSERT INTO device_token (token_hash, person_id, expires_at, name)"
                   " VALUES (sha256('d'), %s, now() + '1 hour', 'telepon kanari')", [whose])
        db.execute("INSERT INTO sign_in_link (token_hash, person_id, expires_at) VALUES (sha256('l'), %s, now())",
                   [whose])
        for name in (NAME, f"{NAME} 2"):
            db.execute("INSERT INTO sign_in_attempt (name, address, succeeded, device) VALUES (%s, %s, false, 'x')",
                       [name, ADDRESS])
        work = build.project(db, places.village, whose, name="Rabat beton")
        db.execute("UPDATE person SET full_name = %s WHERE id = %s", [f"{FULL}, S.T.", whose])
        chain.seal(sealer)
        assert any(found(db, one) for one in PERSONAL), "or the search below finds nothing because it cannot"
        door = migrate.acting_as(cloned_database.superuser_dsn, migrate.door_of(cloned_database.template))
        with psycopg.connect(door) as operator:
            people.forget(operator, whose)
        chain.seal(sealer)
        yield chain, db, whose, work


def found(db, text):
    """The tables in whose COPY the text stands."""
    tables = [row[0] for row in db.execute("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n"
                                           " ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = 'public'")]
    named = set()
    for table in tables:
        with db.cursor().copy(f"COPY {table} TO STDOUT") as copy:
            if text.encode() in b"".join(map(bytes, copy)):
                named.add(table)
    return named


def test_whoever_is_forgotten_is_in_no_table(forgotten):
    _chain, db, _whose, _work = forgotten
    assert {text: where for text in PERSONAL if (where := found(db, text))} == {}


def test_their_works_stay_by_somebody_whose_name_was_removed(forgotten):
    _chain, db, whose, work = forgotten
    told = db.execute("SELECT e.full_name, e.active, e.forgotten_at IS NOT NULL, p.name FROM project p"
                      " JOIN person e ON e.id = p.entered_by WHERE p.id = %s", [work]).fetchone()
    assert told[0].startswith("(nama dihapus 20")
    assert told[1:] == (False, True, "Rabat beton")
    held = "SELECT count(*) FROM person_grant WHERE person_id = %s AND (valid_to IS NULL OR valid_to > now())"
    assert db.execute(held, [whose]).fetchone()[0] == 0


def test_the_record_still_verifies_and_its_sums_can_be_tied_to_no_name_any_more(forgotten):
    chain, db, whose, _work = forgotten
    verified = verify(chain.exported(), chain.heads)
    assert verified.faults == []
    assert verified.unsealed == 0
    told = db.execute("SELECT count(*) FROM audit WHERE table_name = 'person' AND key = %s", [str(whose)]).fetchone()[0]
    assert told > 2
    assert db.execute("SELECT count(*) FROM audit_salt WHERE subject = %s", [str(whose)]).fetchone()[0] == 0
    assert db.execute("SELECT count(*) FROM audit_salt s WHERE s.subject LIKE 'sign_in_attempt:%'").fetchone()[0] == 0


def test_forgetting_twice_changes_nothing(forgotten):
    _chain, db, whose, _work = forgotten
    before = db.execute("SELECT p::text FROM person p WHERE id = %s", [whose]).fetchone()
    db.execute("SELECT forget_person(%s)", [whose])
    assert db.execute("SELECT p::text FROM person p WHERE id = %s", [whose]).fetchone() == before
