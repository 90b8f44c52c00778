"""What every answer says to a browser: of each route, of each refusal, of each file."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie

import psycopg
import pytest
from flask import abort
from psycopg_pool import PoolTimeout
from werkzeug.test import TestResponse

from app import errors
from tests.hostile.conftest import PUBLIC

ALWAYS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
          "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}
STATUSES = (400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 501, 502, 503)
SECRET = "SELECT sandi FROM orang /srv/rahasia/app.py psycopg.errors.RahasiaError Werkzeug/3.1"
TELLING = re.compile(r"(?i:rahasia|SELECT |psycopg|werkzeug|flask|traceback|gunicorn|postgres|python|\.py\b)"
                     r"|[A-Z]\w+Error\b")


def faults_of(answer: TestResponse, *, https: bool, static: bool = False) -> list[str]:
    """What an answer does not say, or says wrongly."""
    said, faults = answer.headers, []
    faults += [f"{name}: {said.getlist(name)}" for name, value in ALWAYS.items() if said.getlist(name) != [value]]
    policies = said.getlist("Content-Security-Policy")
    if len(policies) != 1:
        return [*faults, f"policies: {policies}"]
    policy = dict(part.strip().partition(" ")[::2] for part in policies[0].split(";"))
    if policy.get("default-src") != "'none'" or policy.get("frame-ancestors") != "'none'":
        faults.append(f"policy: {policies[0]}")
    scripts = set(policy.get("script-src", "").split())
    if any("unsafe" in one or one in ("*", "data:", "blob:", "https:", "http:") for one in scripts):
        faults.append(f"scripts: {scripts}")
    if answer.mimetype == "text/html":
        nonces = {one for one in scripts if one.startswith("'nonce-")}
        if scripts - nonces != {"'self'"} or len(nonces) != 1 or policy.get("base-uri") != "'none'" or (
                policy.get("object-src") != "'none'") or policy.get("form-action") != "'self'":
            faults.append(f"the policy of a page: {policies[0]}")
        faults += [f"a script without the nonce: {one}" for one in re.findall(r"<script\b[^>]*>", answer.text)
                   if "src=" not in one and f'nonce="{nonces and next(iter(nonces))[7:-1]}"' not in one
                   and 'type="application/json"' not in one]
    elif not static and answer.mimetype != "application/pdf" and "sandbox" not in policy:
        faults.append(f"a file outside the sandbox: {answer.mimetype}")
    if not {"geolocation=(self)", "camera=()"} <= set(re.split(r",\s*", said.get("Permissions-Policy", ""))):
        faults.append("no Permissions-Policy")
    if https != ("max-age=31536000" in said.get("Strict-Transport-Security", "")):
        faults.append(f"HSTS: {said.get('Strict-Transport-Security')}")
    kept = said.get("Cache-Control", "")
    if not static and "no-store" not in kept and "private" not in kept:
        faults.append(f"may be kept: {kept!r}")
    faults += [f"{name} is told" for name in ("Server", "X-Powered-By", "Via") if name in said]
    return faults + list(_faults_of_cookies(answer, https))


def _faults_of_cookies(answer: TestResponse, https: bool) -> Iterator[str]:
    for line in answer.headers.getlist("Set-Cookie"):
        for name, one in SimpleCookie(line).items():
            good = one["httponly"] and one["samesite"] in ("Lax", "Strict") and one["path"] == "/" and not one["domain"]
            if not good or bool(one["secure"]) != https or name.startswith("__Host-") != https:
                yield f"cookie {line}"


@pytest.fixture(params=["http", "https"])
def door(request, knocker, secured):
    return secured if request.param == "https" else knocker


def test_every_route_says_what_a_browser_must_refuse_to_whom_it_is_for_and_to_visitors(door):
    https, faults, nonces, kinds = door.origin == PUBLIC, [], [], set()
    for case in door.questions:
        for signed_in in (True, False):
            token, cookie = door.token()
            answer = door.ask(case, signed_in=signed_in, more={"csrf_token": token}, cookies=cookie,
                              headers={"Referer": f"{door.origin}/"})
            kinds.add(answer.mimetype)
            nonces += re.findall(r"script-src 'self' 'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
            faults += [f"{case.method} {case.address} {answer.status_code}: {one}"
                       for one in faults_of(answer, https=https)]
    assert "\n".join(faults) == ""
    assert len({case.endpoint for case in door.questions}) > 100
    assert {"text/html", "application/json", "text/csv", "image/jpeg", "application/pdf"} <= kinds
    assert len(nonces) == len(set(nonces)) > 100, "each answer has a nonce of its own"


@pytest.mark.parametrize("path", ["map.js", "pantau.css", "mark.svg", "there-is-none.js", "../access.py", "vendor/"])
def test_static_files_say_it_too(door, path):
    answer = door.client.get(f"/static/{path}", base_url=door.origin)
    answer.get_data()
    answer.close()
    static = answer.status_code == 200
    assert static == (path in ("map.js", "pantau.css", "mark.svg"))
    assert faults_of(answer, https=door.origin == PUBLIC, static=static) == []


def _raised() -> Iterator[Exception]:
    """Whatever may go wrong in a page, each with words that nobody must read."""
    for kind in (errors.NotFound, errors.NotAllowed, errors.SignInNeeded, errors.Changed, errors.TooMany,
                 errors.Refused):
        yield kind()
    for kind in (RuntimeError, KeyError, ValueError, MemoryError, RecursionError, OSError, PoolTimeout,
                 psycopg.OperationalError, psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation,
                 psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled, psycopg.errors.SyntaxError,
                 psycopg.errors.DeadlockDetected, psycopg.errors.ForeignKeyViolation):
        yield kind(SECRET)
    yield UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET)
    yield OSError(2, SECRET, SECRET)


def told(answer: TestResponse) -> list[str]:
    """What an answer lets a visitor know of how we are made: its text and its headers."""
    names = {"Content-Type", "Content-Security-Policy", "Vary", "Set-Cookie"}
    text = re.sub(r'<(link|script|meta|img|input)\b[^>]*>', "", answer.text)
    return TELLING.findall(text) + [one for name, value in answer.headers if name not in names
                                    for one in TELLING.findall(value)]


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_no_error_tells_a_visitor_anything(door, accept, monkeypatch):
    def fails() -> None:
        raise failure

    fails.access_needed = "everyone"
    monkeypatch.setitem(door.app.view_functions, "help.show", fails)
    seen, faults = set(), []
    for failure in [*_raised(), *map(_http, STATUSES)]:
        answer = door.client.get("/help", base_url=door.origin, headers={"Accept": accept})
        seen.add(answer.status_code)
        faults += [f"{failure!r}: {one}" for one in faults_of(answer, https=door.origin == PUBLIC) + told(answer)]
    assert "\n".join(faults) == ""
    assert {400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503} <= seen


def _http(status: int) -> Exception:
    try:
        abort(status, description=SECRET)
    except Exception as raised:
        return raised


def test_no_route_tells_a_visitor_how_it_failed(knocker, monkeypatch):
    def fails(**_values: object) -> None:
        raise RuntimeError(SECRET)

    fails.access_needed = "everyone"
    token, cookie = knocker.token()
    faults = []
    for case in knocker.questions:
        monkeypatch.setitem(knocker.app.view_functions, case.endpoint, fails)
        answer = knocker.ask(case, more={"csrf_token": token}, cookies=cookie)
        faults += [f"{case.endpoint}: {answer.status_code} {one}" for one in
                   told(answer) + ([] if answer.status_code == 500 else ["did not fail"])]
    assert "\n".join(faults) == ""


def test_what_is_asked_of_us_wrongly_says_what_can_be_asked(knocker):
    assert set(knocker.client.delete("/help").headers.get("Allow", "").split(", ")) >= {"GET"} or (
        knocker.client.delete("/help").status_code == 400), "without a token nothing is looked up"
    assert "GET" in knocker.client.open("/healthz", method="PROPFIND").headers["Allow"]


@pytest.mark.parametrize("host", ["evil.example", "pantau.example.evil.example", "pantau.example@evil.example",
                                  "evil.example:443", "pantau.example\tevil", "", "[::2]", "xn--pntau-hra.example"])
def test_by_another_name_nothing_is_answered(secured, host):
    for address in ("/help", "/sign-in", "//help", "/sign-in/abc", "/static/none.js"):
        answer = secured.client.get(address, base_url=PUBLIC, headers={"Host": host, "X-Forwarded-Host": host})
        assert answer.status_code == 400 or host == ""
        assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Forwarded-Server", "X-Original-URL",
                                  "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Original-Host"])
def test_no_header_of_a_visitor_moves_us(door, name):
    for address in ("/help", "/sign-in", "//help/", "/pairs/1/"):
        answer = door.client.get(address, base_url=door.origin, headers={
            name: "host=evil.example" if name == "Forwarded" else "evil.example"})
        assert "evil" not in answer.text + str(answer.headers)
