"""Pairs and verdicts: what is listed, what it sums to, who may read it and who may answer it."""

from contextlib import contextmanager
from decimal import Decimal

import psycopg
import pytest

from app.queries import matching, pair_counts, pair_details, pairs, verdicts
from app.queries.pairs import PairFilter
from tests import build


@pytest.fixture
def auditor(superuser_db, places):
    return build.person(superuser_db, "auditor", places.regency)


@pytest.fixture
def asking(superuser_db, database):
    """`with asking(person):` the web role of that person; `with asking(person, policies=False):` the same person
    without row-level security, so that only the queries' own conditions stand."""

    @contextmanager
    def unguarded(person):
        superuser_db.execute("SELECT set_config('pantau.person', %s, true)", [str(person)])
        yield
        superuser_db.execute("SELECT set_config('pantau.person', '', true)")

    def acting(person, *, policies=True):
        return build.asking(superuser_db, database, person) if policies else unguarded(person)

    return acting


def _pair(db, places, *, left=None, right=None, **measured):
    one = build.project(db, places.village, **(left or {}))
    other = build.project(db, places.village, fund="APBD", at=build.away(6), **(right or {}))
    return build.pair(db, one, other, **measured)


def _ids(rows):
    return [row.id for row in rows]


def test_the_queue_is_ordered_by_money_times_probability(superuser_db, places, auditor, asking):
    little = _pair(superuser_db, places, money=10_000_000, probability=0.99)
    unlikely = _pair(superuser_db, places, money=90_000_000, probability=0.6)
    most = _pair(superuser_db, places, money=80_000_000, probability=0.95)
    unknown = _pair(superuser_db, places, money=None, probability=0.99)
    with asking(auditor):
        assert _ids(pairs.listed(superuser_db, PairFilter())) == [most, unlikely, little, unknown]
        assert _ids(pairs.top(superuser_db, 2)) == [most, unlikely]


def test_pages_follow_each_other_without_gap_or_repeat(superuser_db, places, auditor, asking):
    made = [_pair(superuser_db, places, money=money) for money in (5, 5, 5, None, None, 7, 1)]
    with asking(auditor):
        seen, after = [], None
        while page := pairs.listed(superuser_db, PairFilter(), after, limit=2):
            seen += _ids(page)
            after = (page[-1].rank, page[-1].id)
        assert seen == _ids(pairs.listed(superuser_db, PairFilter()))
    assert sorted(seen) == sorted(made)


def test_a_pair_knows_its_place_and_its_neighbours_in_the_list(superuser_db, places, auditor, asking):
    first, second, third = (_pair(superuser_db, places, money=money) for money in (30, 20, 10))
    with asking(auditor):
        assert pairs.around(superuser_db, PairFilter(), second) == (2, 3, first, third)
        assert pairs.around(superuser_db, PairFilter(), third) == (3, 3, second, None)
        assert pairs.around(superuser_db, PairFilter(kind=("same_record",)), second) is None


def test_each_filter_narrows_the_list(superuser_db, places, auditor, asking):
    here = _pair(superuser_db, places, left={"year": 2023})
    elsewhere = build.pair(superuser_db, build.project(superuser_db, places.far, fund="ADD", year=2021),
                           build.project(superuser_db, places.far, fund="ADD", year=2022), kind="repeat_funding")
    codes = dict(superuser_db.execute("SELECT id, code FROM region").fetchall())
    with asking(auditor):
        for wanted, expected in [
                (PairFilter(kind=("repeat_funding",)), elsewhere), (PairFilter(fund=("APBD",)), here),
                (PairFilter(year=(2023,)), here), (PairFilter(year=(2021, 1999)), elsewhere),
                (PairFilter(district=codes[places.district]), here),
                (PairFilter(district=codes[places.other_district], village=codes[places.far]), elsewhere)]:
            assert _ids(pairs.listed(superuser_db, wanted)) == [expected], wanted
        assert pairs.listed(superuser_db, PairFilter(village="99.99")) == []
        offered = pair_counts.choices(superuser_db, PairFilter(district=codes[places.other_district]))
    assert offered["kind"] == [("double_funding", None), ("repeat_funding", None)]
    assert ("2023", "2023") in offered["year"]
    assert offered["district"] == [(codes[places.district], "Pesanggaran"),
                                   (codes[places.other_district], "Siliragung")]
    assert offered["village"] == [(codes[places.far], "Kesilir")]


def test_an_officer_of_a_village_sees_first_the_pairs_of_that_village(superuser_db, places, asking):
    own = _pair(superuser_db, places)
    build.pair(superuser_db, build.project(superuser_db, places.far), build.project(superuser_db, places.far))
    field = build.person(superuser_db, "field", places.village)
    with asking(field):
        assert _ids(pairs.listed(superuser_db, PairFilter())) == [own]
        assert len(pairs.listed(superuser_db, PairFilter(everywhere=True))) == 2
        assert pair_counts.headline(superuser_db).count == 1
        assert pair_counts.headline(superuser_db, PairFilter(everywhere=True)).count == 2


def test_a_look_alike_waits_in_no_queue_but_can_be_seen(superuser_db, places, auditor, asking):
    alike = _pair(superuser_db, places, kind="two_sides")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert _ids(pairs.listed(superuser_db, PairFilter(state="alike"))) == [alike]
        assert pair_counts.counts(superuser_db, PairFilter()) == {"open": 0, "reopened": 0, "visit": 0, "judged": 0,
                                                                  "alike": 1}
        assert pair_counts.headline(superuser_db) == (0, 0, 0)


def test_a_retired_pair_is_not_listed_and_can_still_be_read(superuser_db, places, auditor, asking):
    gone = _pair(superuser_db, places, retired_at="2026-01-01")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert pair_details.one(superuser_db, gone).retired_at is not None


def test_a_judged_pair_leaves_the_queue_and_comes_back_when_its_facts_change(superuser_db, places, auditor, asking):
    judged = _pair(superuser_db, places)
    build.verdict(superuser_db, judged, auditor, "not_related")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert _ids(pairs.listed(superuser_db, PairFilter(state="judged"))) == [judged]
    superuser_db.execute("UPDATE pair SET facts_hash = 'other' WHERE id = %s", [judged])
    with asking(auditor):
        (row,) = pairs.listed(superuser_db, PairFilter())
        assert (row.id, row.state, row.verdict) == (judged, "reopened", "not_related")
        assert _ids(pairs.listed(superuser_db, PairFilter(state="reopened"))) == [judged]
        assert verdicts.history(superuser_db, judged)[0].on_other_facts
    superuser_db.execute("UPDATE pair SET facts_hash = 'fakta-1' WHERE id = %s", [judged])
    with asking(auditor):
        assert pair_details.one(superuser_db, judged).state == "judged"


def test_a_pair_that_needs_a_visit_waits_apart_and_its_money_still_counts(superuser_db, places, auditor, asking):
    waiting = _pair(superuser_db, places, money=7)
    build.verdict(superuser_db, waiting, auditor, "needs_visit")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert _ids(pairs.listed(superuser_db, PairFilter(state="visit"))) == [waiting]
        assert pair_counts.headline(superuser_db) == (1, 7, 1)


def test_the_headline_counts_each_work_once(superuser_db, places, auditor, asking):
    works = [build.project(superuser_db, places.village, amount=amount) for amount in (100, 100, 300)]
    for one, other in ((0, 1), (1, 2), (0, 2)):
        build.pair(superuser_db, works[one], works[other], money=100)
    with asking(auditor):
        # three records of one work: two are too many
        assert pair_counts.headline(superuser_db) == (3, 200, 0)


def test_the_headline_and_the_chips_follow_the_filter(superuser_db, places, auditor, asking):
    """A district whose last pair is judged is still the one that is chosen: the next chip must not lose it."""
    judged, kept = _pair(superuser_db, places, money=10), _pair(superuser_db, places, money=5)
    build.verdict(superuser_db, judged, auditor)
    build.verdict(superuser_db, kept, auditor)
    code, district = superuser_db.execute(
        "SELECT d.code, d.name FROM region d WHERE d.id = %s", [places.district]).fetchone()
    wanted = PairFilter(district=code, year=(2024,), fund=("DDS",))
    with asking(auditor):
        assert pair_counts.headline(superuser_db, wanted) == (0, 0, 0)
        offered = pair_counts.choices(superuser_db, wanted)
        assert offered["district"] == [(code, district)]
        assert (offered["year"], offered["fund"]) == ([("2024", "2024")], [("DDS", None)])
        assert pair_counts.headline(superuser_db, PairFilter(year=(1999,))) == (0, 0, 0)
    superuser_db.execute("UPDATE pair SET facts_hash = 'other' WHERE id = %s", [kept])
    with asking(auditor):
        assert pair_counts.headline(superuser_db, PairFilter(district=code)) == (1, 5, 0)
        assert pair_counts.headline(superuser_db, PairFilter(year=(1999,))) == (0, 0, 0)


def test_the_headline_forgets_what_has_been_judged(superuser_db, places, auditor, asking):
    judged, kept = _pair(superuser_db, places, money=10), _pair(superuser_db, places, money=5)
    build.verdict(superuser_db, judged, auditor)
    with asking(auditor):
        assert pair_counts.headline(superuser_db) == (1, 5, 0)
        assert _ids(pairs.listed(superuser_db, PairFilter())) == [kept]


def test_a_visitor_sees_no_pair(superuser_db, places, asking):
    seen = _pair(superuser_db, places)
    with asking(None):
        assert superuser_db.execute("SELECT count(*) FROM pair").fetchone() == (0,)
        assert pairs.listed(superuser_db, PairFilter(everywhere=True)) == []
        assert pair_details.one(superuser_db, seen) is None


@pytest.mark.parametrize("policies", [True, False])
def test_a_pair_with_a_foreign_draft_is_hidden_by_each_layer_alone(superuser_db, places, asking, policies):
    hidden = _pair(superuser_db, places, right={"stage": "proposed"})
    stranger = build.person(superuser_db, "field", places.far)
    owner = build.person(superuser_db, "field", places.village)
    with asking(stranger, policies=policies):
        assert pairs.listed(superuser_db, PairFilter(everywhere=True)) == []
        assert pair_counts.headline(superuser_db, PairFilter(everywhere=True)).count == 0
        assert pair_counts.counts(superuser_db, PairFilter(everywhere=True))["open"] == 0
        assert pairs.around(superuser_db, PairFilter(everywhere=True), hidden) is None
        assert pair_counts.choices(superuser_db, PairFilter(everywhere=True))["kind"] == []
        assert pair_details.one(superuser_db, hidden) is None
        assert verdicts.history(superuser_db, hidden) == verdicts.answers(superuser_db, hidden) == []
    with asking(owner, policies=policies):
        assert _ids(pairs.listed(superuser_db, PairFilter())) == [hidden]
        assert pair_details.one(superuser_db, hidden).id == hidden


def test_the_policies_alone_hide_a_foreign_draft_with_its_verdicts_and_answers(superuser_db, places, auditor, asking):
    hidden = _pair(superuser_db, places, right={"stage": "proposed"})
    build.verdict(superuser_db, hidden, auditor)
    build.answer(superuser_db, hidden, auditor, places.village)
    for person, seen in ((build.person(superuser_db, "field", places.far), 0), (auditor, 1)):
        with asking(person):
            for table in ("pair", "verdict", "answer"):
                count = superuser_db.execute(
                    psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))).fetchone()
                assert count == (seen,), table


def test_of_a_foreign_draft_only_village_and_kind_are_told(superuser_db, places, asking):
    mine = build.project(superuser_db, places.village)
    draft = build.project(superuser_db, places.far, stage="proposed", name="Rahasia")
    build.pair(superuser_db, mine, draft, kind="double_funding")
    with asking(build.person(superuser_db, "field", places.village)):
        assert matching.hidden_pairs(superuser_db, mine) == [("double_funding", "Kesilir")]
    with asking(build.person(superuser_db, "field", places.neighbour)):
        assert matching.hidden_pairs(superuser_db, mine) == []


def test_a_verdict_keeps_the_facts_and_the_machines_opinion_of_its_moment(superuser_db, places, auditor, asking):
    pair = _pair(superuser_db, places, kind="double_funding", probability=0.75)
    with asking(auditor):
        verdicts.give(superuser_db, pair, auditor, "same_record", "dicek di lapangan")
        (kept,) = verdicts.history(superuser_db, pair)
    assert (kept.verdict, kept.note, kept.machine_kind) == ("same_record", "dicek di lapangan", "double_funding")
    assert kept.machine_probability == pytest.approx(0.75)
    assert not kept.on_other_facts
    assert not kept.taken_back


@pytest.mark.parametrize("role", ["field", "head", "treasurer"])
def test_who_does_not_judge_is_refused_by_the_query_and_by_the_policy(superuser_db, places, asking, role):
    pair = _pair(superuser_db, places)
    person = build.person(superuser_db, role, places.regency)
    with asking(person):
        assert not pair_details.one(superuser_db, pair).may_judge
        assert verdicts.give(superuser_db, pair, person, "not_related", None) is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            build.verdict(superuser_db, pair, person)


def test_a_planner_of_another_district_is_refused_by_the_query_and_by_the_policy(superuser_db, places, asking):
    pair = _pair(superuser_db, places)
    planner = build.person(superuser_db, "planner", places.other_district)
    with asking(planner):
        assert not pair_details.one(superuser_db, pair).may_judge
        assert verdicts.give(superuser_db, pair, planner, "not_related", None) is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            build.verdict(superuser_db, pair, planner)


def test_nobody_gives_a_verdict_in_anothers_name(superuser_db, places, auditor, asking):
    pair = _pair(superuser_db, places)
    other = build.person(superuser_db, "auditor", places.regency)
    with asking(auditor), pytest.raises(psycopg.errors.InsufficientPrivilege):
        verdicts.give(superuser_db, pair, other, "not_related", None)


def test_a_verdict_can_be_neither_changed_nor_deleted(superuser_db, places, auditor, asking):
    build.verdict(superuser_db, _pair(superuser_db, places), auditor)
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
    pair = _pair(superuser_db, places)
    with asking(auditor):
        given = verdicts.give(superuser_db, pair, auditor, "not_related", None)
        assert pair_details.one(superuser_db, pair).state == "judged"
        assert verdicts.withdraw(superuser_db, given, auditor)
        assert pair_details.one(superuser_db, pair).state == "open"
        withdrawal, taken_back = verdicts.history(superuser_db, pair)
        assert (withdrawal.verdict, taken_back.taken_back) == ("withdrawn", True)
        assert not verdicts.withdraw(superuser_db, given, auditor)


def test_only_ones_own_latest_verdict_of_this_minute_can_be_taken_back(superuser_db, places, auditor, asking):
    pair = _pair(superuser_db, places)
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
    pair = _pair(superuser_db, places)
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


def test_a_side_tells_its_facts_its_region_and_the_site_that_was_compared(superuser_db, places, auditor, asking):
    pair = build.pair(superuser_db, build.project(superuser_db, places.village, at=build.line((0, 0), (200, 0))),
                      build.project(superuser_db, places.village, at=None))
    with asking(auditor):
        known = pair_details.one(superuser_db, pair)
        sides = [pair_details.side(superuser_db, known.left_project, known.left_site),
                 pair_details.side(superuser_db, known.right_project, known.right_site)]
    (located,), (pointless,) = ([side for side in sides if (side.geometry is None) == none] for none in (False, True))
    assert located.geometry.geom_type == "LineString"
    assert (located.region, located.district, located.amount) == ("Sarongan", "Pesanggaran", Decimal(180_000_000))
    assert pointless.method is None


def test_a_group_names_its_other_pairs(superuser_db, places, auditor, asking):
    group = "7f3b8f1c-36a8-4d0e-9d3a-0f0e1d2c3b4a"
    one, other = _pair(superuser_db, places, group_id=group), _pair(superuser_db, places, group_id=group)
    alone = _pair(superuser_db, places)
    with asking(auditor):
        assert _ids(pair_details.group(superuser_db, pair_details.one(superuser_db, one))) == [other]
        assert pair_details.group(superuser_db, pair_details.one(superuser_db, alone)) == []
