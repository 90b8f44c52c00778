"""Pairs: what is listed and in which order, and who may read it."""

from decimal import Decimal

import psycopg
import pytest

from app.queries import matching, pair_counts, pair_details, pairs, verdicts
from app.queries.pairs import PairFilter
from tests import build
from tests.db.paired import ids, new_pair


def test_the_queue_is_ordered_by_money_times_probability(superuser_db, places, auditor, asking):
    little = new_pair(superuser_db, places, money=10_000_000, probability=0.99)
    unlikely = new_pair(superuser_db, places, money=90_000_000, probability=0.6)
    most = new_pair(superuser_db, places, money=80_000_000, probability=0.95)
    unknown = new_pair(superuser_db, places, money=None, probability=0.99)
    with asking(auditor):
        assert ids(pairs.listed(superuser_db, PairFilter())) == [most, unlikely, little, unknown]
        assert ids(pairs.top(superuser_db, 2)) == [most, unlikely]


def test_pages_follow_each_other_without_gap_or_repeat(superuser_db, places, auditor, asking):
    made = [new_pair(superuser_db, places, money=money) for money in (5, 5, 5, None, None, 7, 1)]
    with asking(auditor):
        seen, after = [], None
        while page := pairs.listed(superuser_db, PairFilter(), after, limit=2):
            seen += ids(page)
            after = (page[-1].rank, page[-1].id)
        assert seen == ids(pairs.listed(superuser_db, PairFilter()))
    assert sorted(seen) == sorted(made)


def test_a_pair_knows_its_place_and_its_neighbours_in_the_list(superuser_db, places, auditor, asking):
    first, second, third = (new_pair(superuser_db, places, money=money) for money in (30, 20, 10))
    with asking(auditor):
        assert pairs.around(superuser_db, PairFilter(), second) == (2, 3, first, third)
        assert pairs.around(superuser_db, PairFilter(), third) == (3, 3, second, None)
        assert pairs.around(superuser_db, PairFilter(kind=("same_record",)), second) is None


def test_each_filter_narrows_the_list(superuser_db, places, auditor, asking):
    here = new_pair(superuser_db, places, left={"year": 2023})
    elsewhere = build.pair(superuser_db, build.project(superuser_db, places.far, fund="ADD", year=2021),
                           build.project(superuser_db, places.far, fund="ADD", year=2022), kind="repeat_funding")
    codes = dict(superuser_db.execute("SELECT id, code FROM region").fetchall())
    with asking(auditor):
        for wanted, expected in [
                (PairFilter(kind=("repeat_funding",)), elsewhere), (PairFilter(fund=("APBD",)), here),
                (PairFilter(year=(2023,)), here), (PairFilter(year=(2021, 1999)), elsewhere),
                (PairFilter(district=codes[places.district]), here),
                (PairFilter(district=codes[places.other_district], village=codes[places.far]), elsewhere)]:
            assert ids(pairs.listed(superuser_db, wanted)) == [expected], wanted
        assert pairs.listed(superuser_db, PairFilter(village="99.99")) == []
        offered = pair_counts.choices(superuser_db, PairFilter(district=codes[places.other_district]))
    assert offered["kind"] == [("double_funding", None), ("repeat_funding", None)]
    assert ("2023", "2023") in offered["year"]
    assert offered["district"] == [(codes[places.district], "Pesanggaran"),
                                   (codes[places.other_district], "Siliragung")]
    assert offered["village"] == [(codes[places.far], "Kesilir")]


def test_an_officer_of_a_village_sees_first_the_pairs_of_that_village(superuser_db, places, asking):
    own = new_pair(superuser_db, places)
    build.pair(superuser_db, build.project(superuser_db, places.far), build.project(superuser_db, places.far))
    field = build.person(superuser_db, "field", places.village)
    with asking(field):
        assert ids(pairs.listed(superuser_db, PairFilter())) == [own]
        assert len(pairs.listed(superuser_db, PairFilter(everywhere=True))) == 2
        assert pair_counts.headline(superuser_db).count == 1
        assert pair_counts.headline(superuser_db, PairFilter(everywhere=True)).count == 2


def test_a_look_alike_waits_in_no_queue_but_can_be_seen(superuser_db, places, auditor, asking):
    alike = new_pair(superuser_db, places, kind="two_sides")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert ids(pairs.listed(superuser_db, PairFilter(state="alike"))) == [alike]
        assert pair_counts.counts(superuser_db, PairFilter()) == {"open": 0, "reopened": 0, "visit": 0, "judged": 0,
                                                                  "alike": 1}
        assert pair_counts.headline(superuser_db) == (0, 0, 0)


def test_a_retired_pair_is_not_listed_and_can_still_be_read(superuser_db, places, auditor, asking):
    gone = new_pair(superuser_db, places, retired_at="2026-01-01")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert pair_details.one(superuser_db, gone).retired_at is not None


def test_a_judged_pair_leaves_the_queue_and_comes_back_when_its_facts_change(superuser_db, places, auditor, asking):
    judged = new_pair(superuser_db, places)
    build.verdict(superuser_db, judged, auditor, "not_related")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert ids(pairs.listed(superuser_db, PairFilter(state="judged"))) == [judged]
    superuser_db.execute("UPDATE pair SET facts_hash = 'other' WHERE id = %s", [judged])
    with asking(auditor):
        (row,) = pairs.listed(superuser_db, PairFilter())
        assert (row.id, row.state, row.verdict) == (judged, "reopened", "not_related")
        assert ids(pairs.listed(superuser_db, PairFilter(state="reopened"))) == [judged]
        assert verdicts.history(superuser_db, judged)[0].on_other_facts
    superuser_db.execute("UPDATE pair SET facts_hash = 'fakta-1' WHERE id = %s", [judged])
    with asking(auditor):
        assert pair_details.one(superuser_db, judged).state == "judged"


def test_a_visitor_sees_no_pair(superuser_db, places, asking):
    seen = new_pair(superuser_db, places)
    with asking(None):
        assert superuser_db.execute("SELECT count(*) FROM pair").fetchone() == (0,)
        assert pairs.listed(superuser_db, PairFilter(everywhere=True)) == []
        assert pair_details.one(superuser_db, seen) is None


@pytest.mark.parametrize("policies", [True, False])
def test_a_pair_with_a_foreign_draft_is_hidden_by_each_layer_alone(superuser_db, places, asking, policies):
    hidden = new_pair(superuser_db, places, right={"stage": "proposed"})
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
        assert ids(pairs.listed(superuser_db, PairFilter())) == [hidden]
        assert pair_details.one(superuser_db, hidden).id == hidden


def test_the_policies_alone_hide_a_foreign_draft_with_its_verdicts_and_answers(superuser_db, places, auditor, asking):
    hidden = new_pair(superuser_db, places, right={"stage": "proposed"})
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
    one, other = new_pair(superuser_db, places, group_id=group), new_pair(superuser_db, places, group_id=group)
    alone = new_pair(superuser_db, places)
    with asking(auditor):
        assert ids(pair_details.group(superuser_db, pair_details.one(superuser_db, one))) == [other]
        assert pair_details.group(superuser_db, pair_details.one(superuser_db, alone)) == []
