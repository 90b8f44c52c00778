"""Every route, asked by everybody, about what lies everywhere, three times: under both layers and under each alone.

Whoever a route refuses before anything is looked up is refused alike whatever is switched off below it: they are asked
under both layers only.
"""

from collections.abc import Iterable

import pytest

from app.access import check_every_route
from tests.matrix import switches
from tests.matrix.cases import Case, cases, untested
from tests.matrix.rules import RULES, SHOWS_PUBLIC

PAGES = sorted({endpoint.partition(".")[0] for endpoint in RULES})
LOOKED_UP = sorted({endpoint.partition(".")[0] for endpoint, rule in RULES.items()
                    if rule.needs not in ("everyone", "device")})


def asked(asker, page: str) -> list[Case]:
    found = [one for one in cases(asker.app, asker.world) if one.endpoint.partition(".")[0] == page]
    assert found
    return found


def looked_up(case: Case) -> bool:
    """Whether anything is looked up before the answer, and it could be another than for somebody else who is asked:
    the route lets the person in, whoever was revoked has no region whatever the role was, and nothing is kept from
    who holds a role everywhere."""
    return case.let_in and RULES[case.endpoint].needs != "everyone" and case.who.standing != "whole" and (
        case.who.standing != "revoked" or case.who.role in ("field", "auditor"))


def leaks(asker, cases: Iterable[Case]) -> list[str]:
    return [fault for one in cases for fault in asker.faults(one)]


def test_every_route_has_a_rule_and_declares_what_it_says(asker) -> None:
    assert untested(asker.app) == []


@pytest.mark.parametrize("page", PAGES)
def test_nothing_leaks_under_both_layers(asker, page) -> None:
    assert leaks(asker, asked(asker, page)) == []


@pytest.mark.parametrize("page", LOOKED_UP)
def test_nothing_leaks_under_the_policies_alone(asker, page) -> None:
    with switches.statements(switches.opened):
        assert leaks(asker, (one for one in asked(asker, page) if looked_up(one) and not (
            one.endpoint in SHOWS_PUBLIC and one.kind == "work"))) == []


@pytest.mark.parametrize("page", LOOKED_UP)
def test_nothing_leaks_under_the_predicates_alone(asker, page, superuser) -> None:
    with switches.off(superuser):
        assert leaks(asker, filter(looked_up, asked(asker, page))) == []


@pytest.mark.parametrize("endpoint", sorted(RULES))
def test_a_route_without_its_declaration_stops_the_application_and_one_with_another_is_told(asker, endpoint) -> None:
    view = asker.app.view_functions[endpoint]
    declared = view.access_needed
    try:
        del view.access_needed
        with pytest.raises(RuntimeError, match=endpoint.replace(".", r"\.")):
            check_every_route(asker.app)
        view.access_needed = "signed_in" if declared == "everyone" else "everyone"
        assert any(one.startswith(f"{endpoint}:") for one in untested(asker.app))
    finally:
        view.access_needed = declared
