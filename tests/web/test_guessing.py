"""Guessing ends after a few tries, for one name and for one address; whoever it belongs to still comes in."""

import base64
import hmac
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyotp
import pytest

from app import create_app
from app.pages.sign_in import hasher
from app.settings import Settings
from tests import build
from tests.web.test_sign_in import PASSWORD, serving, set_password  # noqa: F401  a fixture

MOST = 10


@pytest.fixture
def owner(committing, places):
    return build.person(committing, "planner", places.regency)


def entering(client, name, password, address="203.0.113.5"):
    return client.post("/sign-in", data={"name": name, "password": password},
                       environ_overrides={"REMOTE_ADDR": address}).status_code


@pytest.fixture
def evaluated(monkeypatch):
    """The passwords that were looked at."""
    seen, verify = [], type(hasher).verify

    def noted(self, stored, password):
        seen.append(password)
        return verify(self, stored, password)

    monkeypatch.setattr(type(hasher), "verify", noted)
    return seen


def test_of_two_hundred_guesses_ten_are_looked_at_and_the_owner_comes_in_meanwhile(app, committing, owner, evaluated):
    name = set_password(committing, owner)
    known = app.test_client()
    assert entering(known, name, PASSWORD, "198.51.100.1") == 302
    known.post("/sign-out")
    evaluated.clear()
    found = [entering(app.test_client(), name, f"tebakan {number}", f"203.0.113.{number % 250}")
             for number in range(200)]
    assert found == [422] * MOST + [429] * (200 - MOST)
    assert len(evaluated) == MOST
    assert entering(app.test_client(), name, PASSWORD) == 429, "also the right one, from a device that nobody knows"
    assert entering(known, name, PASSWORD, "203.0.113.7") == 302, "behind the same address, on a device that is known"


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(app, committing, owner, evaluated):
    name = set_password(committing, owner)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: entering(app.test_client(), name, f"tebakan {number}"), range(40)))
    assert sorted(found) == [422] * MOST + [429] * 30
    assert len(evaluated) == MOST


def test_a_known_device_guesses_no_more_either_and_is_known_for_its_own_name_only(app, committing, owner, places):
    name = set_password(committing, owner)
    other = set_password(committing, build.person(committing, "field", places.village))
    device = app.test_client()
    assert entering(device, name, PASSWORD) == 302
    device.post("/sign-out")
    assert [entering(device, name, "salah") for _ in range(MOST + 2)] == [422] * MOST + [429] * 2
    for _ in range(MOST):
        entering(app.test_client(), other, "salah")
    assert entering(device, other, PASSWORD) == 429


@pytest.mark.parametrize("forged", ["", "x", "WyJhIixbXV0.aaaa.bbbb", "[]"])
def test_a_forged_cookie_of_a_device_makes_no_device_known(app, committing, owner, forged):
    name = set_password(committing, owner)
    for _ in range(MOST):
        entering(app.test_client(), name, "salah")
    client = app.test_client()
    client.set_cookie("pantau-known", forged)
    assert entering(client, name, PASSWORD) == 429


def test_the_cookie_of_a_known_device_opens_nothing(app, committing, owner):
    client = app.test_client()
    assert entering(client, set_password(committing, owner), PASSWORD) == 302
    known = client.get_cookie("pantau-known")
    assert known.http_only
    thief = app.test_client()
    for cookie in ("pantau", "pantau-known", "pantau-form"):
        thief.set_cookie(cookie, known.value)
    assert thief.get("/devices").status_code == 401


def test_an_address_that_guesses_many_names_is_stopped_and_its_neighbours_on_known_devices_are_not(
        app, committing, owner):
    name, address = set_password(committing, owner), "192.0.2.77"
    known = app.test_client()
    assert entering(known, name, PASSWORD, address) == 302
    known.post("/sign-out")
    committing.execute("INSERT INTO sign_in_attempt (name, address, succeeded) SELECT 'orang' || n, %s, false"
                       " FROM generate_series(1, 199) n", [address])
    assert [entering(app.test_client(), f"lain{number}", "salah", address) for number in range(2)] == [422, 429]
    assert entering(app.test_client(), name, PASSWORD, address) == 429
    assert entering(app.test_client(), name, PASSWORD, "192.0.2.78") == 302
    assert entering(known, name, PASSWORD, address) == 302


def test_a_name_that_nobody_has_is_answered_like_any_other(app, committing, owner):
    name = set_password(committing, owner)
    answers = [app.test_client().post("/sign-in", data={"name": one, "password": "salah"}).text.replace(one, "")
               for one in (name, "tidak.ada.di.sini")]
    csrf = [answer.split('name="csrf_token"')[0].split('name="csrf-token"')[0] for answer in answers]
    assert csrf[0] == csrf[1]
    for _ in range(MOST):
        entering(app.test_client(), "tidak.ada.sama.sekali", "salah")
    assert entering(app.test_client(), "tidak.ada.sama.sekali", "salah") == 429


def test_a_name_that_nobody_has_takes_as_long(app, committing, places):
    """Argon2 takes tens of milliseconds: without it an unknown name would be told by its quick answer."""
    def taken(name):
        started = time.perf_counter()
        entering(app.test_client(), name, "salah")
        return time.perf_counter() - started

    names = [set_password(committing, build.person(committing, "field", places.village)) for _ in range(9)]
    pairs = [(taken(name), taken(f"{name}.tiada")) for name in names]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2


def test_a_code_of_the_second_factor_is_used_once(serving, committing, owner):  # noqa: F811
    secret = pyotp.random_base32()
    set_password(committing, owner)
    committing.execute("UPDATE person SET totp_secret = %s WHERE id = %s", [secret, owner])
    code = pyotp.TOTP(secret).at(datetime.now(UTC))

    def sent():
        client = serving.test_client()
        client.set_cookie("pantau", build.session(committing, owner, second_factor=False))
        return client.post("/second-factor", data={"code": code}).status_code

    assert [sent(), sent()] == [302, 422]


def test_whoever_has_the_password_alone_changes_nothing_before_the_second_factor(serving, committing, owner):  # noqa: F811
    set_password(committing, owner)
    committing.execute("UPDATE person SET totp_secret = %s WHERE id = %s", [pyotp.random_base32(), owner])
    client = serving.test_client()
    client.set_cookie("pantau", build.session(committing, owner, second_factor=False))
    new = "sandi baru milik pencuri"
    for answer in (client.post("/password", data={"old": PASSWORD, "new": new, "again": new}), client.get("/devices")):
        assert "/second-factor" in answer.location
    stored = committing.execute("SELECT password_hash FROM person WHERE id = %s", [owner]).fetchone()[0]
    assert hasher.verify(stored, PASSWORD)


def code_of(key):
    """The code of now by RFC 6238, also of keys that the library refuses."""
    digest = hmac.digest(key, int(time.time() // 30).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start:start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def test_a_weak_secret_cannot_be_enrolled(serving, committing, places):  # noqa: F811
    person = build.person(committing, "planner", places.regency)
    set_password(committing, person)
    client = serving.test_client()
    client.set_cookie("pantau", build.session(committing, person, second_factor=False))
    for secret in ("", "A" * 16, "A" * 24):
        code = code_of(base64.b32decode(secret + "=" * (-len(secret) % 8)))
        assert client.post("/second-factor", data={"secret": secret, "code": code}).status_code == 422
    assert committing.execute("SELECT totp_secret FROM person WHERE id = %s", [person]).fetchone()[0] is None


def test_under_https_every_cookie_of_ours_is_for_this_host_and_for_https_alone(module_database, tmp_path, committing,
                                                                                  owner):
    settings = Settings(var=tmp_path, public_url="https://pantau.example")
    made = create_app(settings, database_url=module_database.web_dsn, secret="only for tests")
    made.config.update(WTF_CSRF_ENABLED=False)
    try:
        name = set_password(committing, owner)
        answer = made.test_client().post("/sign-in", data={"name": name, "password": PASSWORD},
                                         base_url="https://pantau.example")
        cookies = {one.split("=")[0]: one for one in answer.headers.getlist("Set-Cookie")}
        assert {"__Host-pantau", "__Host-pantau-known"} <= cookies.keys()
        for cookie in cookies.values():
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
            assert "Domain" not in cookie
    finally:
        made.extensions["database"].close()
