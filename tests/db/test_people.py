"""Who may change whom, as the database decides it alone: each door is opened directly, as the web role."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest

from tests import build

GIVE = "SELECT give_grant(%s, %s, %s, %s, %s)"
ALLOWED, NOT_ALLOWED = "allowed", psycopg.errors.InsufficientPrivilege


@pytest.fixture
def scene(superuser_db, places):
    """Administrators of everything, of the regency and of one district; people inside, outside and astride of it."""
    made = SimpleNamespace(places=places, of_all=build.person(superuser_db, "admin"),
                           of_regency=build.person(superuser_db, "admin", places.regency),
                           of_district=build.person(superuser_db, "admin", places.district),
                           inside=build.person(superuser_db, "field", places.village),
                           outside=build.person(superuser_db, "field", places.far),
                           astride=build.person(superuser_db, "field", places.village),
                           bare=build.person(superuser_db))
    build.grant(superuser_db, made.astride, "planner", places.regency)
    since_yesterday(superuser_db)
    return made


def since_yesterday(connection):
    """As if all roles had been given then: within one transaction no time passes, and a role lasts longer than that."""
    connection.execute("UPDATE person_grant SET valid_from = now() - interval '1 day' WHERE valid_from = now()")


def outcome(connection, database, person, statement, *values):
    """What becomes of a statement of the web role for this person; undone in any case."""
    result = ALLOWED
    try:
        with connection.transaction(force_rollback=True), build.asking(connection, database, person):
            connection.execute(statement, values)
    except psycopg.Error as error:
        result = error.diag.constraint_name or type(error)
    return result


def done(connection, database, person, statement, *values):
    with build.asking(connection, database, person):
        return connection.execute(statement, values).fetchone()[0]


def session_of(connection, person):
    token = build.session(connection, person)
    digest = hashlib.sha256(token.encode()).digest()
    return digest, connection.execute("SELECT number FROM session WHERE token_hash = %s", [digest]).fetchone()[0]


def test_roles_are_given_inside_the_own_territory_to_its_people_and_to_nobody_else(superuser_db, database, scene):
    p = scene.places
    expected = {
        ("of_district", "inside", p.village): ALLOWED, ("of_district", "inside", p.district): ALLOWED,
        ("of_district", "astride", p.village): ALLOWED,
        ("of_district", "inside", p.far): NOT_ALLOWED, ("of_district", "inside", p.regency): NOT_ALLOWED,
        ("of_district", "inside", p.root): NOT_ALLOWED, ("of_district", "outside", p.village): NOT_ALLOWED,
        ("of_district", "bare", p.village): NOT_ALLOWED, ("of_district", "of_district", p.village): NOT_ALLOWED,
        ("of_district", "of_all", p.village): NOT_ALLOWED,
        ("of_regency", "outside", p.far): ALLOWED, ("of_regency", "inside", p.root): NOT_ALLOWED,
        ("of_all", "bare", p.root): ALLOWED, ("of_all", "of_all", p.root): NOT_ALLOWED,
        ("inside", "astride", p.village): NOT_ALLOWED, ("astride", "inside", p.village): NOT_ALLOWED,
    }
    found = {(asks, whose, place): outcome(superuser_db, database, getattr(scene, asks), GIVE, getattr(scene, whose),
                                           "treasurer", place, None, None) for asks, whose, place in expected}
    assert found == expected
    assert outcome(superuser_db, database, None, GIVE, scene.inside, "field", p.far, None, None) == NOT_ALLOWED


ADD_LINK = ("INSERT INTO sign_in_link (person_id, token_hash, expires_at) VALUES (%s, %s, now() + '1 hour')"
            " RETURNING number")
ADD_PHONE = ("INSERT INTO device_token (person_id, token_hash, expires_at, name) VALUES (%s, %s, now() + '1 hour', 'x')"
             " RETURNING number")
WHOLE = {
    "deactivate": "SELECT set_person_active(%(whose)s, false)", "rename": "SELECT set_full_name(%(whose)s, 'Lain')",
    "link": "SELECT make_sign_in_link(%(whose)s, sha256('x'), true, true)",
    "take back": "SELECT take_back_link(%(link)s)", "end session": "SELECT end_session_numbered(%(session)s)",
    "end phone": "SELECT end_device(%(phone)s)",
}


@pytest.mark.parametrize("what", WHOLE)
def test_an_account_is_touched_by_those_whose_territory_holds_all_its_roles(superuser_db, database, scene, what):
    """A link of somebody who also plans for the regency would open the regency to the district's administrator."""
    numbers = {}
    for name in ("inside", "outside", "astride", "bare", "of_district"):
        whose = getattr(scene, name)
        link, phone = (superuser_db.execute(statement, [whose, hashlib.sha256(whose.bytes).digest()]).fetchone()[0]
                       for statement in (ADD_LINK, ADD_PHONE))
        numbers[name] = {"whose": whose, "link": link, "phone": phone, "session": session_of(superuser_db, whose)[1]}

    def tried(asks, whose):
        try:
            with superuser_db.transaction(force_rollback=True), \
                    build.asking(superuser_db, database, getattr(scene, asks)):
                superuser_db.execute(WHOLE[what], numbers[whose])
        except psycopg.Error as error:
            return type(error)
        return ALLOWED

    assert tried("of_district", "inside") == ALLOWED
    assert tried("of_regency", "astride") == ALLOWED
    assert tried("of_all", "bare") == ALLOWED
    own = ALLOWED if what in ("end session", "end phone") else NOT_ALLOWED
    assert tried("of_district", "of_district") == own
    for asks, whose in (("of_district", "astride"), ("of_district", "outside"), ("of_district", "bare"),
                        ("inside", "astride"), ("outside", "inside")):
        assert tried(asks, whose) == NOT_ALLOWED, (asks, whose)


def test_a_role_ends_by_those_who_hold_its_region_and_never_by_its_own_person(superuser_db, database, scene):
    grants = dict(superuser_db.execute("SELECT role || region_id, id FROM person_grant WHERE person_id = ANY (%s)",
                                       [[scene.astride, scene.of_district]]))
    p, end = scene.places, "SELECT end_grant(%s)"
    in_village, in_regency = grants[f"field{p.village}"], grants[f"planner{p.regency}"]
    assert outcome(superuser_db, database, scene.of_district, end, in_village) == ALLOWED
    assert outcome(superuser_db, database, scene.of_district, end, in_regency) == NOT_ALLOWED
    assert outcome(superuser_db, database, scene.of_district, end, grants[f"admin{p.district}"]) == NOT_ALLOWED
    assert outcome(superuser_db, database, scene.astride, end, in_village) == NOT_ALLOWED
    assert outcome(superuser_db, database, scene.of_district, end, 10**12) == NOT_ALLOWED


def test_a_role_that_has_ended_gives_no_power_over_people(superuser_db, database, scene):
    superuser_db.execute("UPDATE person_grant SET valid_from = now() - interval '1 day', valid_to = now()"
                         " WHERE person_id = %s", [scene.of_district])
    asked = (superuser_db, database, scene.of_district)
    assert outcome(*asked, GIVE, scene.inside, "head", scene.places.village, None, None) == NOT_ALLOWED
    assert outcome(*asked, WHOLE["link"].replace("%(whose)s", "%s"), scene.inside) == NOT_ALLOWED


def test_no_role_is_given_backwards_or_twice_and_one_to_come_can_be_taken_away(superuser_db, database, scene):
    asked, village = (superuser_db, database, scene.of_district), scene.places.village
    now = datetime.now(UTC)
    late = done(*asked, GIVE, scene.inside, "head", village, now - timedelta(days=400), now + timedelta(days=5))
    begun, = superuser_db.execute("SELECT valid_from >= now() FROM person_grant WHERE id = %s", [late]).fetchone()
    assert begun, "nobody held a role before it was given"
    assert outcome(*asked, GIVE, scene.inside, "head", village, now + timedelta(days=3), None) == \
        "a role in a region is held once at a time"
    assert outcome(*asked, GIVE, scene.inside, "planner", village, now + timedelta(days=3), now + timedelta(days=2)) \
        == "a grant ends after it begins"
    coming = done(*asked, GIVE, scene.inside, "head", village, now + timedelta(days=6), None)
    with build.asking(superuser_db, database, scene.of_district):
        superuser_db.execute("SELECT end_grant(%s)", [coming])
    assert superuser_db.execute("SELECT count(*) FROM person_grant WHERE id = %s", [coming]).fetchone()[0] == 0


def test_the_last_administrator_of_the_whole_installation_stays_whoever_asks(superuser_db, database, scene):
    first, second = scene.of_all, build.person(superuser_db, "admin")
    since_yesterday(superuser_db)
    held = "SELECT id FROM person_grant WHERE person_id = %s"
    of_second = superuser_db.execute(held, [second]).fetchone()[0]
    with build.asking(superuser_db, database, first):
        superuser_db.execute("SELECT end_grant(%s)", [of_second])
    last = "the last administrator stays"
    for_a_while = superuser_db.execute(
        "INSERT INTO person_grant (person_id, role, region_id, valid_to) VALUES (%s, 'admin', %s, now() + '1 day')"
        " RETURNING id", [second, scene.places.root]).fetchone()[0]
    since_yesterday(superuser_db)
    for by_hand in ("UPDATE person SET active = false WHERE id = %s", "DELETE FROM person_grant WHERE person_id = %s",
                    "UPDATE person_grant SET valid_to = now() + interval '2 days' WHERE person_id = %s",
                    "SELECT shut_out(%s)", "SELECT forget_person(%s)"):
        with pytest.raises(psycopg.errors.CheckViolation) as refused, superuser_db.transaction():
            superuser_db.execute(by_hand, [first])
        assert refused.value.diag.constraint_name == last, by_hand
    with build.asking(superuser_db, database, first):
        superuser_db.execute("SELECT end_grant(%s)", [for_a_while])
    assert outcome(superuser_db, database, second, "SELECT end_grant(%s)", of_second) == NOT_ALLOWED


def test_two_administrators_who_end_each_other_at_once_leave_one(cloned_database):
    with build.superuser(cloned_database) as db:
        build.places(db)
        both = [build.person(db, "admin") for _ in range(2)]
        grants = [db.execute("SELECT id FROM person_grant WHERE person_id = %s", [one]).fetchone()[0] for one in both]
    together, ended = threading.Barrier(2), []

    def end(person, grant):
        with psycopg.connect(cloned_database.web_dsn) as connection:
            connection.execute("SELECT set_config('pantau.person', %s, true)", [str(person)])
            together.wait()
            try:
                connection.execute("SELECT end_grant(%s)", [grant])
                connection.commit()
                ended.append(grant)
            except psycopg.Error:
                connection.rollback()

    threads = [threading.Thread(target=end, args=(both[i], grants[1 - i])) for i in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(ended) == 1


def test_a_new_link_takes_the_old_one_back_and_clearing_secrets_ends_sessions(superuser_db, database, scene):
    def link(text, *clears):
        with build.asking(superuser_db, database, scene.of_district):
            superuser_db.execute("SELECT make_sign_in_link(%s, sha256(%s), %s, %s)",
                                 [scene.inside, text, *(clears or (False, False))])

    def used(text):
        with superuser_db.transaction(force_rollback=True), build.asking(superuser_db, database, None):
            return superuser_db.execute("SELECT use_sign_in_link(sha256(%s))", [text]).fetchone()[0]

    digest, _number = session_of(superuser_db, scene.inside)
    superuser_db.execute("UPDATE person SET password_hash = 'p', totp_secret = 't' WHERE id = %s", [scene.inside])
    link(b"first")
    link(b"second")
    assert (used(b"first"), used(b"second")) == (None, scene.inside)
    live = "SELECT count(*) FROM session_person(%s)"
    assert superuser_db.execute(live, [digest]).fetchone()[0] == 1
    link(b"third", False, True)
    assert superuser_db.execute("SELECT password_hash, totp_secret FROM person WHERE id = %s",
                                [scene.inside]).fetchone() == ("p", None)
    assert superuser_db.execute(live, [digest]).fetchone()[0] == 0
    with build.asking(superuser_db, database, scene.of_district):
        number = superuser_db.execute("SELECT number FROM sign_in_link WHERE person_id = %s AND taken_back_at IS NULL",
                                      [scene.inside]).fetchone()[0]
        superuser_db.execute("SELECT take_back_link(%s)", [number])
    assert used(b"third") is None


def test_own_secrets_are_changed_in_a_session_of_one_s_own_only(superuser_db, database, scene):
    """A connection that can say who is asking could otherwise set anybody's password."""
    own, _ = session_of(superuser_db, scene.inside)
    foreign, _ = session_of(superuser_db, scene.outside)
    ended, number = session_of(superuser_db, scene.inside)
    superuser_db.execute("UPDATE session SET ended_at = now() WHERE number = %s", [number])
    for statement in ("SELECT set_own_secrets(%s, 'new', NULL)", "SELECT use_totp_step(%s, 5)",
                      "SELECT add_device(%s, sha256('x'), 'telepon')", "SELECT end_other_sessions(%s)"):
        asked = (superuser_db, database, scene.inside, statement)
        assert outcome(*asked, own) == ALLOWED, statement
        assert [outcome(*asked, other) for other in (foreign, ended, b"none")] == [NOT_ALLOWED] * 3, statement


def test_a_code_is_used_once_and_none_older_than_the_last(superuser_db, database, scene):
    own, _ = session_of(superuser_db, scene.inside)
    steps = [done(superuser_db, database, scene.inside, "SELECT use_totp_step(%s, %s)", own, step)
             for step in (100, 100, 99, 101)]
    assert steps == [True, False, False, True]


def test_what_an_administrator_does_is_on_the_record_in_their_name(superuser_db, database, scene):
    last = superuser_db.execute("SELECT max(seq) FROM audit").fetchone()[0]
    done(superuser_db, database, scene.of_district, GIVE, scene.inside, "head", scene.places.village, None, None)
    done(superuser_db, database, scene.of_district, "SELECT make_sign_in_link(%s, sha256('y'), true, false)",
         scene.inside)
    found = superuser_db.execute("SELECT DISTINCT table_name, person_id FROM audit WHERE seq > %s ORDER BY 1",
                                 [last]).fetchall()
    assert found == [("person_grant", scene.of_district), ("sign_in_link", scene.of_district)]


def test_sessions_links_and_phones_are_seen_by_their_person_and_those_who_look_after_them(superuser_db, database,
                                                                                          scene):
    for whose in (scene.inside, scene.outside):
        session_of(superuser_db, whose)
        superuser_db.execute("INSERT INTO sign_in_link (person_id, token_hash, expires_at) VALUES (%s, %s, now())",
                             [whose, str(whose).encode()])
        superuser_db.execute("INSERT INTO device_token (person_id, token_hash, expires_at, name)"
                             " VALUES (%s, %s, now(), 'x')", [whose, str(whose).encode()])

    def seen(person, table):
        with build.asking(superuser_db, database, person):
            return {row[0] for row in superuser_db.execute(f"SELECT person_id FROM {table}")}  # noqa: S608

    for table in ("session", "device_token", "sign_in_link"):
        assert seen(scene.of_district, table) == {scene.inside}
        assert seen(scene.of_regency, table) == {scene.inside, scene.outside}
        assert seen(scene.inside, table) == (set() if table == "sign_in_link" else {scene.inside})
        assert seen(scene.astride, table) == set()
        assert seen(None, table) == set()


def test_attempts_and_what_has_long_ended_are_let_go_with_the_salts_of_attempts(superuser_db, database, scene):
    for age in ("1 hour", "8 days"):
        superuser_db.execute("INSERT INTO sign_in_attempt (name, succeeded, at) VALUES ('siapa', false, now() - %s"
                             "::interval)", [age])
    old, _ = session_of(superuser_db, scene.inside)
    superuser_db.execute("UPDATE session SET ended_at = now() - interval '91 days' WHERE token_hash = %s", [old])
    session_of(superuser_db, scene.inside)
    with build.asking(superuser_db, database, None):
        superuser_db.execute("SELECT prune_sign_ins()")
    left = superuser_db.execute("SELECT id FROM sign_in_attempt WHERE name = 'siapa'").fetchall()
    assert len(left) == 1
    salts = superuser_db.execute("SELECT subject FROM audit_salt WHERE subject LIKE 'sign_in_attempt:%'").fetchall()
    assert salts == [(f"sign_in_attempt:{left[0][0]}",)]
    assert superuser_db.execute("SELECT count(*) FROM session").fetchone()[0] == 1
