"""Sessions are seen and ended by whom they belong to; a phone's token opens the one route that is for phones."""

import re

import pytest

from app import access
from tests import build
from tests.web.test_access import _asked, _needs, _rules
from tests.web.test_sign_in import PASSWORD, set_password

AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"


@pytest.fixture
def somebody(committing, places):
    return build.person(committing, "field", places.village)


def entered(app, committing, person, agent=AGENT):
    name = set_password(committing, person)
    client = app.test_client()
    answer = client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers={"User-Agent": agent})
    assert answer.status_code == 302
    return client


def test_one_sees_where_one_is_signed_in_and_ends_it(app, committing, somebody):
    here, there = entered(app, committing, somebody), entered(app, committing, somebody, "Firefox/130 Windows NT")
    page = here.get("/devices").text
    assert "Chrome di Android" in page
    assert "Firefox di Windows" in page
    assert "dari alamat 127.0.0.1" in page
    [number] = re.findall(r"/devices/sessions/(\d+)/end", page)
    assert here.post(f"/devices/sessions/{number}/end").status_code == 303
    assert there.get("/devices").status_code == 401
    assert here.get("/devices").status_code == 200


def test_all_others_end_at_once_and_nobody_ends_those_of_another(app, committing, somebody, places):
    clients = [entered(app, committing, somebody) for _ in range(3)]
    neighbour = entered(app, committing, build.person(committing, "field", places.village))
    number = committing.execute("SELECT max(number) FROM session WHERE person_id = %s", [somebody]).fetchone()[0]
    assert neighbour.post(f"/devices/sessions/{number}/end").status_code == 404
    assert clients[0].post("/devices/sessions/end-others").status_code == 303
    assert [one.get("/devices").status_code for one in clients] == [200, 401, 401]
    assert neighbour.get("/devices").status_code == 200


def test_a_new_password_ends_other_sessions_and_changes_the_own_token(app, committing, somebody):
    here, there = entered(app, committing, somebody), entered(app, committing, somebody)
    old = here.get_cookie("pantau").value
    good = "padi menguning menjelang panen"
    assert here.post("/password", data={"old": PASSWORD, "new": good, "again": good}).status_code == 302
    assert there.get("/devices").status_code == 401
    assert here.get("/devices").status_code == 200
    thief = app.test_client()
    thief.set_cookie("pantau", old)
    assert thief.get("/devices").status_code == 401


def test_signing_in_anew_ends_the_session_that_the_browser_had(app, committing, somebody):
    client = entered(app, committing, somebody)
    old = client.get_cookie("pantau").value
    name = committing.execute("SELECT name FROM person WHERE id = %s", [somebody]).fetchone()[0]
    client.post("/sign-in", data={"name": name, "password": PASSWORD})
    thief = app.test_client()
    thief.set_cookie("pantau", old)
    assert thief.get("/devices").status_code == 401


def phone_of(client, name="Telepon balai desa"):
    answer = client.post("/devices/phones", data={"name": name})
    assert answer.status_code == 200, answer.text
    return re.search(r"<code>([\w-]{40,})</code>", answer.text)[1]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_phone_learns_whom_it_sends_for_and_where(app, client_of, somebody, places):
    client = client_of(somebody)
    token = phone_of(client)
    assert token not in client.get("/devices").text
    answer = app.test_client().get("/api/device", headers=bearer(token))
    assert answer.status_code == 200
    assert answer.json["device"]["name"] == "Telepon balai desa"
    assert [one["name"] for one in answer.json["villages"]] == ["Sarongan"]


def test_what_is_stored_of_a_token_opens_nothing(committing, app, client_of, somebody):
    token = phone_of(client_of(somebody))
    stored = committing.execute("SELECT token_hash FROM device_token WHERE person_id = %s", [somebody]).fetchone()[0]
    assert token.encode() not in bytes(stored)
    for guess in (stored.hex(), "", "x", token[:-1], token + "a"):
        assert app.test_client().get("/api/device", headers=bearer(guess)).status_code == 401
    assert app.test_client().get("/api/device", headers={"Authorization": f"Basic {token}"}).status_code == 401
    assert app.test_client().get("/api/device").json["error"]


@pytest.mark.parametrize("how", ["revoked", "revoked by an administrator", "expired", "person inactive", "role ended"])
def test_a_phone_that_is_revoked_or_whose_time_is_over_sends_nothing(committing, app, client_of, somebody, places, how):
    client = client_of(somebody)
    token = phone_of(client)
    number = committing.execute("SELECT max(number) FROM device_token WHERE person_id = %s", [somebody]).fetchone()[0]
    if how == "revoked":
        assert client.post(f"/devices/phones/{number}/end").status_code == 303
    elif how == "revoked by an administrator":
        admin = client_of(build.person(committing, "admin", places.district))
        assert admin.post(f"/people/{somebody}/phones/{number}/end").status_code == 303
    elif how == "expired":
        committing.execute("UPDATE device_token SET expires_at = now() WHERE number = %s", [number])
    elif how == "person inactive":
        committing.execute("UPDATE person SET active = false WHERE id = %s", [somebody])
    else:
        committing.execute("UPDATE person_grant SET valid_to = now() WHERE person_id = %s", [somebody])
    answer = app.test_client().get("/api/device", headers=bearer(token))
    if how == "role ended":
        assert answer.json["villages"] == []
    else:
        assert answer.status_code == 401


def test_nobody_revokes_the_phone_of_another(committing, app, client_of, somebody, places):
    token = phone_of(client_of(somebody))
    number = committing.execute("SELECT max(number) FROM device_token WHERE person_id = %s", [somebody]).fetchone()[0]
    other = client_of(build.person(committing, "field", places.village))
    assert other.post(f"/devices/phones/{number}/end").status_code == 404
    assert app.test_client().get("/api/device", headers=bearer(token)).status_code == 200


def test_a_phone_opens_no_other_route_and_no_session_opens_a_phone_s(committing, app, client_of, places):
    """Asked of every route there is, as somebody who holds every role, so that nothing but the token is in the way."""
    person = build.person(committing)
    for role in access.ROLES:
        build.grant(committing, person, role, places.root)
    client = client_of(person)
    token = phone_of(client)
    for_phones = {rule.endpoint for rule in _rules(app) if _needs(app, rule) == "device"}
    assert for_phones == {"device.show"}
    opened = {}
    for rule in _rules(app):
        for method, address in _asked(app, rule):
            phone = app.test_client().open(address, method=method, headers=bearer(token))
            if rule.endpoint in for_phones:
                assert phone.status_code == 200
                assert client.open(address, method=method).status_code == 401, "the cookie is not looked at"
            elif _needs(app, rule) != "everyone" and phone.status_code != 401:
                opened[rule.endpoint] = phone.status_code
    assert opened == {}
    cookie = app.test_client()
    cookie.set_cookie("pantau", token)
    assert cookie.get("/devices").status_code == 401
    session = client.get_cookie("pantau").value
    assert app.test_client().get("/api/device", headers=bearer(session)).status_code == 401


def test_ten_phones_are_enough_and_those_who_send_nothing_get_none(committing, client_of, somebody, places):
    client = client_of(somebody)
    for number in range(10):
        phone_of(client, f"telepon {number}")
    eleventh = client.post("/devices/phones", data={"name": "satu lagi"})
    assert eleventh.status_code == 422
    assert "10" in eleventh.text
    auditor = client_of(build.person(committing, "auditor", places.regency))
    assert auditor.post("/devices/phones", data={"name": "x"}).status_code == 403
    fresh = client_of(build.person(committing, "field", places.village))
    assert [fresh.post("/devices/phones", data={"name": name}).status_code for name in (" ", "x" * 61)] == [422, 422]
