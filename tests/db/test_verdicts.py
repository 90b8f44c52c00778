"""Verdicts and answers: who may give one, about what, and what it keeps."""


import psycopg
import pytest

from app.queries import pair_details, pairs, verdicts
from app.queries.pairs import PairFilter
from tests import build
from tests.db.paired import new_pair


def test_a_verdict_keeps_the_facts_and_the_machines_opinion_of_its_moment(superuser_db, places, auditor, asking):
    pair = new_pair(superuser_db, places, kind="double_funding", probability=0.75)
    with asking(auditor):
        verdicts.give(superuser_db, pair, auditor, "same_record", "dicek di lapangan")
        (kept,) = verdicts.history(superuser_db, pair)
    assert (kept.verdict, kept.note, kept.machine_kind) == ("same_record", "dicek di lapangan", "double_funding")
    assert kept.machine_probability == pytest.approx(0.75)
    assert not kept.on_other_facts
    assert not kept.taken_back


@pytest.mark.parametrize("role", ["field", "head", "treasurer"])
def test_who_does_not_judge_is_refused_by_the_query_and_by_the_policy(superuser_db, places, asking, role):
    pair = new_pair(superuser_db, places)
    person = build.person(superuser_db, role, places.regency)
    with asking(person):
        assert not pair_details.one(superuser_db, pair).may_judge
        assert verdicts.give(superuser_db, pair, person, "not_related", None) is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            build.verdict(superuser_db, pair, person)


def test_a_planner_of_another_district_is_refused_by_the_query_and_by_the_policy(superuser_db, places, asking):
    pair = new_pair(superuser_db, places)
    planner = build.person(superuser_db, "planner", places.other_district)
    with asking(planner):
        assert not pair_details.one(superuser_db, pair).may_judge
        assert verdicts.give(superuser_db, pair, planner, "not_related", None) is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            build.verdict(superuser_db, pair, planner)


def test_nobody_gives_a_verdict_in_anothers_name(superuser_db, places, auditor, asking):
    pair = new_pair(superuser_db, places)
    other = build.person(superuser_db, "auditor", places.regency)
    with asking(auditor), pytest.raises(psycopg.errors.InsufficientPrivilege):
        verdicts.give(superuser_db, pair, other, "not_related", None)


def test_a_verdict_can_be_neither_changed_nor_deleted(superuser_db, places, auditor, asking):
    build.verdict(superuser_db, new_pair(superuser_db, places), auditor)
    for statement in ("UPDATE verdict SET verdict = 'not_related'", "DELETE FROM verdict",
                      "UPDATE pair SET probability = 0", "DELETE FROM pair"):
        with asking(auditor), pytest.raises(psycopg.errors.InsufficientPrivilege), superuser_db.transaction():
            superuser_db.execute(statement)


def test_who_entered_a_work_or_sent_its_site_gives_no_verdict_on_it(superuser_db, places, auditor, asking):
    entered = build.pair(superuser_db, build.project(superuser_db, places.village, entered_by=auditor),
                         build.project(superuser_db, places.village))
    located = build.project(superuser_db, places.village, at=None)
    build.site(superuser_db, located, entered_by=auditor)
    sent = build.pair(superuser_db, located, build.project(superuser_db, places.village))
    corrected = build.project(superuser_db, places.village)
    superuser_db.execute("SELECT set_config('pantau.person', %s, true)", [str(auditor)])
    superuser_db.execute("UPDATE project SET amount = 1 WHERE id = %s", [corrected])
    changed = build.pair(superuser_db, corrected, build.project(superuser_db, places.village))
    for pair in (entered, sent, changed):
        with asking(auditor):
            assert pair_details.one(superuser_db, pair).entered_by_asking
            assert verdicts.give(superuser_db, pair, auditor, "not_related", None) is None
            with pytest.raises(psycopg.errors.CheckViolation) as refused, superuser_db.transaction():
                build.verdict(superuser_db, pair, auditor)
        assert refused.value.diag.constraint_name == "a verdict is given by another person"


def test_a_verdict_taken_back_stays_in_the_history_and_opens_the_pair(superuser_db, places, auditor, asking):
    pair = new_pair(superuser_db, places)
    with asking(auditor):
        given = verdicts.give(superuser_db, pair, auditor, "not_related", None)
        assert pair_details.one(superuser_db, pair).state == "judged"
        assert verdicts.withdraw(superuser_db, given, auditor)
        assert pair_details.one(superuser_db, pair).state == "open"
        withdrawal, taken_back = verdicts.history(superuser_db, pair)
        assert (withdrawal.verdict, taken_back.taken_back) == ("withdrawn", True)
        assert not verdicts.withdraw(superuser_db, given, auditor)


def test_only_ones_own_latest_verdict_of_this_minute_can_be_taken_back(superuser_db, places, auditor, asking):
    pair = new_pair(superuser_db, places)
    other = build.person(superuser_db, "auditor", places.regency)
    theirs = build.verdict(superuser_db, pair, other)
    with asking(auditor):
        assert not verdicts.withdraw(superuser_db, theirs, auditor)
    mine = build.verdict(superuser_db, pair, auditor)
    with asking(other):
        assert not verdicts.withdraw(superuser_db, theirs, other)
    superuser_db.execute("UPDATE verdict SET at = now() - interval '2 minutes' WHERE id = %s", [mine])
    with asking(auditor):
        assert not verdicts.withdraw(superuser_db, mine, auditor)


def test_only_the_village_answers_for_itself(superuser_db, places, auditor, asking):
    pair = new_pair(superuser_db, places)
    head, stranger = (build.person(superuser_db, "head", place) for place in (places.village, places.far))
    with asking(head):
        region = pair_details.one(superuser_db, pair).answer_region
        assert region == places.village
        verdicts.answer(superuser_db, pair, region, head, "Dua ruas berbeda.")
        assert [answer.text for answer in verdicts.answers(superuser_db, pair)] == ["Dua ruas berbeda."]
        assert pairs.listed(superuser_db, PairFilter())[0].answered
    for person in (auditor, stranger):
        with asking(person):
            assert pair_details.one(superuser_db, pair).answer_region is None
            assert verdicts.answer(superuser_db, pair, places.village, person, "Bukan dari desa.") is None
            with pytest.raises(psycopg.errors.InsufficientPrivilege), superuser_db.transaction():
                build.answer(superuser_db, pair, person, places.village)
