"""Every route, asked by everybody, about what lies everywhere, three times: under both layers and under each alone."""

import time

from tests.matrix import switches
from tests.matrix.cases import cases, untested


def test_every_route_has_a_rule_and_declares_what_it_says(asker) -> None:
    assert untested(asker.app) == []


def leaks(asker) -> list[str]:
    began, found, asked = time.monotonic(), [], 0
    for case in cases(asker.app, asker.world):
        asked += 1
        found += asker.faults(case)
    print(f"{asked} questions in {time.monotonic() - began:.0f} s")
    return found


def test_nothing_leaks_under_both_layers(asker) -> None:
    assert leaks(asker) == []


def test_nothing_leaks_under_the_policies_alone(asker) -> None:
    with switches.statements(switches.opened):
        assert leaks(asker) == []


def test_nothing_leaks_under_the_predicates_alone(asker, superuser) -> None:
    with switches.off(superuser):
        assert leaks(asker) == []
