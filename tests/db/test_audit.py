"""The record of changes: nothing changes without one, and nothing personal enters it."""

import psycopg
import pytest

from tests import build

DERIVED = {
    "map_project", "map_count", "region_count", "pair_standing", "work_past", "data_change",  # counted from what is
    "anomaly", "anomaly_run", "village_figures",  # counted anew every ten minutes
    "audit", "audit_block", "audit_salt",  # the record itself, which is sealed
}
"""Tables whose every row can be worked out again from others, by triggers that tests compare with that."""


def test_every_table_that_is_not_worked_out_from_others_is_on_the_record(owner_db):
    found = {name: set(events) for name, events in owner_db.execute("""
        SELECT c.relname, coalesce(array_agg(t.tgname::text) FILTER (WHERE t.tgname LIKE 'zz\\_audit\\_%'), '{}')
          FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgenabled = 'O'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND c.relname !~ '^(procrastinate|_?yoyo)' AND c.relname <> 'spatial_ref_sys' GROUP BY 1""")}
    every = {f"zz_audit_{event}" for event in ("insert", "update", "delete", "truncate")}
    assert {name for name, events in found.items() if events != every} == DERIVED
    assert found.keys() >= DERIVED


@pytest.fixture
def scene(superuser_db):
    places = build.places(superuser_db)
    planner = build.person(superuser_db, "planner", places.regency)
    return places, planner


def records(connection, table):
    return connection.execute("SELECT person_id, request, login, key, change, content FROM audit WHERE table_name = %s"
                              " ORDER BY seq", [table]).fetchall()


def test_a_change_says_who_what_when_and_from_which_request(superuser_db, database, scene):
    places, planner = scene
    work = build.project(superuser_db, places.village, planner, name="Rabat beton", amount=100)
    superuser_db.execute("SELECT set_config('pantau.request', 'abc123 POST projects.change', true)")
    with build.asking(superuser_db, database, planner):
        superuser_db.execute("UPDATE project SET amount = 250 WHERE id = %s", [work])
    person, request, _login, key, change, content = records(superuser_db, "project")[-1]
    assert (person, request, key, change) == (planner, "abc123 POST projects.change", str(work), "update")
    assert content["amount"] == [100, 250]
    assert "name" not in content, "only what changed is told"
    inserted = records(superuser_db, "project")[0]
    assert inserted[4] == "insert"
    assert inserted[5]["name"] == "Rabat beton"


def test_a_change_by_hand_with_full_power_over_the_database_is_on_the_record_too(superuser_db):
    superuser_db.execute("INSERT INTO person (name, full_name) VALUES ('siti', 'Siti Aminah')")
    superuser_db.execute("UPDATE person SET active = false WHERE name = 'siti'")
    superuser_db.execute("DELETE FROM person WHERE name = 'siti'")
    found = records(superuser_db, "person")
    assert [one[4] for one in found] == ["insert", "update", "delete"]
    assert found[1][5] == {"active": [True, False]}
    assert {one[0] for one in found} == {None}
    assert found[0][2]


def test_a_statement_of_many_rows_writes_one_record_a_row_and_none_for_what_stays(superuser_db, scene):
    places, planner = scene
    for number in range(3):
        build.project(superuser_db, places.village, planner, name=f"Kegiatan {number}", amount=number)
    before = len(records(superuser_db, "project"))
    superuser_db.execute("UPDATE project SET amount = greatest(amount, 1)")
    assert [one[5]["amount"] for one in records(superuser_db, "project")[before:]] == [[0, 1]]


def test_nobody_changes_a_record_and_the_web_role_writes_none(superuser_db, database, scene, as_role):
    build.project(superuser_db, scene[0].village, scene[1])
    for role in (database.web_role, database.owner_role):
        for statement in ("UPDATE audit SET person_id = NULL", "DELETE FROM audit", "TRUNCATE audit",
                          "DELETE FROM audit_block", "SELECT audit_note('project', '1', 'update', '{}')"):
            if "audit_note" in statement and role == database.owner_role:
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege), superuser_db.transaction(), \
                    as_role(superuser_db, role):
                superuser_db.execute(statement)


def test_the_record_is_read_by_auditors_and_administrators_of_the_whole_installation(superuser_db, database, scene):
    places, _planner = scene
    people = {(role, place): build.person(superuser_db, role, getattr(places, place))
              for role in ("admin", "auditor", "planner", "head") for place in ("root", "regency")}
    for (role, place), person in people.items():
        with build.asking(superuser_db, database, person):
            sees = superuser_db.execute("SELECT count(*) FROM audit").fetchone()[0] > 0
        assert sees == (role in ("admin", "auditor") and place == "root"), (role, place)


CANARIES = ("Kanari Bersalin", "kanari-masuk", "3510999999999999", "KanariPerangkat", "198.51.100.77")


def test_what_is_personal_enters_only_as_a_salted_sum_and_the_salt_can_go(superuser_db, database, scene):
    places, planner = scene
    person = superuser_db.execute("INSERT INTO person (name, full_name, password_hash) VALUES ('kanari-masuk',"
                                  " 'Kanari Bersalin', '3510999999999999') RETURNING id").fetchone()[0]
    superuser_db.execute("INSERT INTO session (token_hash, person_id, expires_at, device)"
                         " VALUES ('\\x01', %s, now(), 'KanariPerangkat')", [person])
    superuser_db.execute("INSERT INTO sign_in_attempt (name, address, succeeded)"
                         " VALUES ('kanari-masuk', '198.51.100.77', false)")
    upload = superuser_db.execute(
        "INSERT INTO upload (person_id, region_id, file_name, sha256, bytes) VALUES (%s, %s, 'x.csv', sha256('x'), 1)"
        " RETURNING id", [planner, places.village]).fetchone()[0]
    superuser_db.execute("INSERT INTO upload_row (upload_id, number, position, raw, good)"
                         " VALUES (%s, 1, 1, '{\"nik\": \"3510999999999999\"}', true)", [upload])
    whole = "\n".join(str(row) for row in superuser_db.execute("SELECT a::text FROM audit a"))
    assert not [canary for canary in CANARIES if canary in whole]
    said = next(one[5] for one in records(superuser_db, "person") if one[3] == str(person))
    salt = superuser_db.execute("SELECT salt FROM audit_salt WHERE subject = %s", [str(person)]).fetchone()[0]
    sum_of = "SELECT encode(sha256(%s || convert_to(%s, 'UTF8')), 'hex')"
    assert said["full_name"] == {"salted": superuser_db.execute(sum_of, [salt, "Kanari Bersalin"]).fetchone()[0]}
    with build.asking(superuser_db, database, planner), pytest.raises(psycopg.errors.InsufficientPrivilege), \
            superuser_db.transaction():
        superuser_db.execute("SELECT * FROM audit_salt")
