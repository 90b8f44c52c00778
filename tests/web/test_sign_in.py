"""Signing in: by link, by password, with a second factor under real use, and never by guessing."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyotp
import pytest
from flask import Flask

from app import create_app
from app.access import check_every_route
from app.pages.sign_in import hasher
from app.settings import Settings
from tests import build
from tests.database import Database

PASSWORD = "sawah hijau di pagi hari"


@pytest.fixture
def somebody(committing: psycopg.Connection, places: build.Places):
    return build.person(committing, "planner", places.regency)


def set_password(committing: psycopg.Connection, person, password: str = PASSWORD) -> str:
    committing.execute("UPDATE person SET password_hash = %s WHERE id = %s", [hasher.hash(password), person])
    return committing.execute("SELECT name FROM person WHERE id = %s", [person]).fetchone()[0]


def add_link(committing: psycopg.Connection, person, token: str, *, hours: float = 1) -> None:
    committing.execute("INSERT INTO sign_in_link (token_hash, person_id, expires_at) VALUES (%s, %s, %s)",
                       [hashlib.sha256(token.encode()).digest(), person, datetime.now(UTC) + timedelta(hours=hours)])


def test_a_link_signs_in_once(visitor, app: Flask, committing, somebody) -> None:
    add_link(committing, somebody, "once-only")
    # The layout's macros have names too: one of them once took the place of the link's own secret in this form.
    assert 'action="/sign-in/once-only"' in visitor.get("/sign-in/once-only").text
    assert visitor.post("/sign-in/once-only").status_code == 302
    assert visitor.get("/password").status_code == 200
    assert app.test_client().post("/sign-in/once-only").status_code == 404


def test_looking_at_a_link_does_not_use_it_up(visitor, committing, somebody) -> None:
    add_link(committing, somebody, "previewed")
    for _time in range(3):
        visitor.get("/sign-in/previewed")
    assert visitor.post("/sign-in/previewed").status_code == 302


def test_an_expired_link_is_refused_like_an_unknown_one(visitor, committing, somebody) -> None:
    add_link(committing, somebody, "late", hours=-1)
    late, unknown = visitor.post("/sign-in/late"), visitor.post("/sign-in/never-made")
    sentence = "Tautan ini sudah dipakai atau sudah kedaluwarsa"
    assert late.status_code == unknown.status_code == 404
    assert sentence in late.text
    assert sentence in unknown.text


def test_a_password_signs_in_and_a_wrong_one_does_not(visitor, committing, somebody) -> None:
    name = set_password(committing, somebody)
    wrong = visitor.post("/sign-in", data={"name": name, "password": "salah"})
    unknown = visitor.post("/sign-in", data={"name": "tidak.ada", "password": "salah"})
    assert wrong.status_code == unknown.status_code == 422
    assert visitor.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 302
    assert visitor.get("/password").status_code == 200


def test_signing_out_ends_the_session_for_a_stolen_cookie_too(client_of, app: Flask, somebody) -> None:
    client = client_of(somebody)
    stolen = client.get_cookie("pantau").value
    assert client.get("/password").status_code == 200
    client.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("pantau", stolen)
    assert thief.get("/password").status_code == 401


def test_a_revoked_person_has_no_session_at_the_next_request(client_of, committing, somebody) -> None:
    client = client_of(somebody)
    assert client.get("/password").status_code == 200
    committing.execute("UPDATE person SET active = false WHERE id = %s", [somebody])
    assert client.get("/password").status_code == 401


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "/%09//evil",
                                       "javascript:alert(1)", "/\t/evil.example", "\\\\evil.example"])
def test_signing_in_never_leads_to_another_site(visitor, committing, somebody, elsewhere: str) -> None:
    name = set_password(committing, somebody)
    answer = visitor.post("/sign-in", data={"name": name, "password": PASSWORD, "onward": elsewhere})
    assert answer.status_code == 302
    assert answer.location in ("/", "/%09//evil")


def test_a_short_password_is_refused_and_the_old_one_is_asked_for(client_of, committing, somebody) -> None:
    set_password(committing, somebody)
    client = client_of(somebody)
    good = "padi menguning menjelang panen"
    for old, new, again in [("salah", good, good), (PASSWORD, "pendek", "pendek"), (PASSWORD, good, good + "!")]:
        assert client.post("/password", data={"old": old, "new": new, "again": again}).status_code == 422
    assert client.post("/password", data={"old": PASSWORD, "new": good, "again": good}).status_code == 302


def test_forms_need_their_token(app: Flask, visitor) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert visitor.post("/sign-in", data={"name": "a", "password": "b"}).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_every_page_forbids_other_hosts_and_frames(visitor) -> None:
    headers = visitor.get("/sign-in").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_an_application_with_a_route_that_says_nothing_does_not_start(app: Flask) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/bare", "bare", lambda: "")
    with pytest.raises(RuntimeError, match="bare"):
        check_every_route(bare)


@pytest.fixture
def serving(module_database: Database, tmp_path: Path):
    settings = Settings(var=tmp_path, serving=True)
    made = create_app(settings, database_url=module_database.web_dsn, secret="only for tests")
    made.config.update(WTF_CSRF_ENABLED=False)
    yield made
    made.extensions["database"].close()


def test_real_use_asks_for_a_password_and_then_for_a_second_factor(serving: Flask, committing, somebody) -> None:
    client = serving.test_client()
    client.set_cookie("pantau", build.session(committing, somebody, second_factor=False))
    assert "/password" in client.get("/").location
    client.post("/password", data={"new": PASSWORD, "again": PASSWORD})
    assert "/second-factor" in client.get("/").location
    secret = pyotp.random_base32()
    assert client.post("/second-factor", data={"secret": secret, "code": "000000"}).status_code == 422
    right = pyotp.TOTP(secret).now()
    assert client.post("/second-factor", data={"secret": secret, "code": right}).status_code == 302
    assert client.get("/").status_code == 200


def test_the_second_factor_of_another_phone_does_not_replace_the_first(serving: Flask, committing, somebody) -> None:
    set_password(committing, somebody)
    committing.execute("UPDATE person SET totp_secret = %s WHERE id = %s", [pyotp.random_base32(), somebody])
    client = serving.test_client()
    client.set_cookie("pantau", build.session(committing, somebody, second_factor=False))
    own = pyotp.random_base32()
    answer = client.post("/second-factor", data={"secret": own, "code": pyotp.TOTP(own).now()})
    assert answer.status_code == 422


def test_field_staff_need_no_second_factor_in_real_use(serving: Flask, committing, places) -> None:
    staff = build.person(committing, "field", places.village)
    set_password(committing, staff)
    client = serving.test_client()
    client.set_cookie("pantau", build.session(committing, staff, second_factor=False))
    assert client.get("/").status_code == 200
