"""Which page is for whom: asked of every route there is, so that a new one must be thought about here."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app import access
from tests import build

FOR_EVERYONE = {
    "health.alive", "health.ready", "sign_in.form", "sign_in.enter", "sign_in.link", "sign_in.use_link",
    "sign_in.leave", "sign_in.language", "help.show", "help.of_role",
}
"""Open to whoever finds the address. Each shows nothing of a region, a work or a person."""

CHANGES_OWN_OR_NOTHING = {"sign_in.set_password", "sign_in.check_second_factor", "check.ask", "check.keep",
                          "kept.keep_again", "check_lists.receive", "check_lists.cancel", "exports.begin",
                          "exports.cancel", "devices.end_session", "devices.end_others", "devices.end_phone"}
"""What whoever signed in may send: their own secrets, the end of their own sessions and phones, a question whose answer
is stored nowhere or under a number of their own, a list of such questions, and the wish for a file of what they may
read anyway."""

WRITERS = {"pairs.judge": access.JUDGES, "pairs.withdraw": access.JUDGES, "pairs.answer": access.ANSWERS,
           "sites.send": access.SENDS, "uploads.receive": access.SENDS, "uploads.store": access.SENDS,
           "uploads.undo": access.SENDS}


def _needs(app: Flask, rule: Rule) -> str | tuple[str, ...]:
    return app.view_functions[rule.endpoint].access_needed


def _rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def _asked(app: Flask, rule: Rule) -> Iterator[tuple[str, str]]:
    """(method, address) of each way to ask for a route, with values that name nothing."""
    named = {"IntegerConverter": 1, "UUIDConverter": "00000000-0000-0000-0000-000000000001"}
    values = {name: named.get(type(converter).__name__, "x") for name, converter in rule._converters.items()}
    address = app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods)))
    return ((method, address) for method in sorted(rule.methods - {"HEAD", "OPTIONS"}))


def test_only_the_reviewed_pages_are_open_to_visitors(app):
    assert {rule.endpoint for rule in _rules(app) if _needs(app, rule) == "everyone"} == FOR_EVERYONE


def test_what_writes_says_for_which_roles(app):
    unsaid = {rule.endpoint for rule in _rules(app)
              if rule.methods & {"POST", "PUT", "PATCH", "DELETE"} and _needs(app, rule) == "signed_in"}
    assert unsaid == CHANGES_OWN_OR_NOTHING


def test_works_verdicts_and_answers_are_for_their_roles(app):
    needs = {rule.endpoint: _needs(app, rule) for rule in _rules(app)}
    assert {endpoint: needs[endpoint] for endpoint in WRITERS} == WRITERS


def test_a_visitor_is_sent_to_sign_in_from_every_other_page(app, visitor):
    asked = {(method, address): visitor.open(address, method=method)
             for rule in _rules(app) if rule.endpoint not in FOR_EVERYONE for method, address in _asked(app, rule)}
    assert len(asked) > 30
    assert {question: answer.status_code for question, answer in asked.items() if answer.status_code != 401} == {}


@pytest.mark.parametrize("role", access.ROLES)
def test_every_role_is_refused_by_every_page_that_is_for_others(app, committing, client_of, places, role):
    client = client_of(build.person(committing, role, places.root))
    asked = {(method, address): client.open(address, method=method).status_code for rule in _rules(app)
             if isinstance(needed := _needs(app, rule), tuple) and role not in needed
             for method, address in _asked(app, rule)}
    assert asked or role == "admin"
    assert {question: status for question, status in asked.items() if status != 403} == {}


def test_a_grant_that_has_ended_opens_nothing_from_the_next_request_on(committing, client_of, places):
    person = build.person(committing, "planner", places.root)
    client = client_of(person)
    assert client.get("/uploads").status_code == 200
    committing.execute("UPDATE person_grant SET valid_to = now() WHERE person_id = %s", [person])
    assert client.get("/uploads").status_code == 403
