"""Two records of one work: who makes them one, what becomes of both histories, what a new file does, and parting."""

import re

import psycopg
import pytest

from app.jobs import merging
from app.queries import mergings, pair_details, verdicts
from tests import build

HEAD = "id,nama kegiatan,tahun,sumber dana,anggaran,pelaksana,desa,kecamatan,latitude,longitude\n"
ONE = "P1,Rabat beton jalan Dusun Krajan RT 01,2024,Dana Desa,180000000,,Sarongan,Pesanggaran,-8.2192,114.3692\n"
OTHER = ONE.replace("P1", "Q1").replace("180000000,", "180000000,CV Maju")


@pytest.fixture
def pair(desk):
    """The pair of two rows that are one work; `ids`: both works, the older first."""
    desk.store(desk.read(HEAD + ONE + OTHER))
    return desk.one("SELECT id FROM pair WHERE retired_at IS NULL")


def _say(desk, pair, person, verdict="same_record"):
    with desk.database.transaction(read_only=False, person=person) as connection:
        given = verdicts.give(connection, pair, person, verdict, None)
        made = merging.merge(connection, [pair]) if verdict == "same_record" else []
    return given, made


def _works(desk):
    return desk.committing.execute(
        "SELECT id, record, name, amount, contractor, withdrawn_at IS NOT NULL, merged_into "
        "FROM project ORDER BY number").fetchall()


def test_a_planners_verdict_makes_one_work_of_two_records_and_keeps_both_histories(desk, pair):
    _given, made = _say(desk, pair, desk.planner)
    kept, gone = _works(desk)
    assert made == [(kept[0], gone[0])]
    assert (kept[5], gone[5], gone[6]) == (False, True, kept[0])
    assert kept[4] == "CV Maju", "what one record did not know it takes from the other"
    assert desk.one("SELECT retired_at IS NOT NULL FROM pair WHERE id = %s", pair)
    assert desk.one("SELECT count(*) FROM project_fact") == 4
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        assert mergings.stands_for(connection, gone[0]) == kept[0], "the other number still leads there"
        assert [one.gone_name for one in mergings.of_project(connection, kept[0])] == [gone[2]]


def test_a_new_file_with_either_key_updates_the_one_work_and_never_brings_the_twin_back(desk, pair):
    _say(desk, pair, desk.planner)
    outcome = desk.store(desk.read(HEAD + ONE + OTHER))
    assert (outcome["unchanged"], outcome["stored"], outcome["updated"]) == (2, 0, 0), "neither says anything new"
    outcome = desk.store(desk.read(HEAD + OTHER.replace("180000000", "210000000").replace("-8.2192", "-8.2193")))
    assert (outcome["stored"], outcome["updated"]) == (0, 1)
    kept, gone = _works(desk)
    assert (kept[3], gone[3], desk.works()) == (210_000_000, 210_000_000, 1)
    assert desk.one("SELECT ST_Y(geom) FROM site WHERE project_id = %s AND superseded_at IS NULL", kept[0]) == -8.2193
    outcome = desk.store(desk.read(HEAD + ONE))
    assert outcome["unchanged"] == 1, "the first record says what it always said: that overrules nothing"
    outcome = desk.store(desk.read(HEAD + ONE.replace("180000000,", "180000000,CV Baru").replace("Baru,,", "Baru,")))
    assert (outcome["stored"], outcome["updated"]) == (0, 1)
    kept, gone = _works(desk)
    assert (kept[4], kept[3], gone[4], desk.works()) == ("CV Baru", 210_000_000, "CV Maju", 1)
    assert desk.one("SELECT ST_Y(geom) FROM site WHERE project_id = %s AND superseded_at IS NULL", kept[0]) == -8.2193


def test_undoing_the_file_that_changed_the_twin_gives_the_work_its_amount_back(desk, pair):
    _say(desk, pair, desk.planner)
    upload = desk.read(HEAD + OTHER.replace("180000000", "210000000"))
    desk.store(upload)
    assert _works(desk)[0][3] == 210_000_000
    assert desk.undo(upload)["restored"] == 1
    assert [one[3] for one in _works(desk)] == [180_000_000] * 2
    assert desk.works() == 1


def test_an_auditors_word_waits_for_a_planner(desk, pair):
    auditor = build.person(desk.committing, "auditor", desk.places.regency)
    assert _say(desk, pair, auditor)[1] == []
    assert desk.works() == 2
    assert len(_say(desk, pair, desk.planner)[1]) == 1


def test_across_a_border_two_planners_or_the_common_parents_decide(desk):
    works = [build.project(desk.committing, place) for place in (desk.places.village, desk.places.neighbour)]
    pair = build.pair(desk.committing, *works, kind="same_record")
    here, there = (build.person(desk.committing, "planner", place)
                   for place in (desk.places.village, desk.places.neighbour))
    assert _say(desk, pair, here)[1] == []
    assert desk.works() == 2
    assert len(_say(desk, pair, there)[1]) == 1
    assert desk.works() == 1


def test_where_somebody_disagrees_nothing_becomes_one(desk, pair):
    auditor = build.person(desk.committing, "auditor", desk.places.regency)
    _say(desk, pair, auditor, "double_funding")
    assert _say(desk, pair, desk.planner)[1] == []
    assert desk.works() == 2


def test_nobody_makes_one_what_they_entered(desk, pair):
    planner = build.person(desk.committing, "planner", desk.places.village)
    desk.committing.execute("UPDATE site SET entered_by = %s", [planner])
    assert _say(desk, pair, planner) == (None, []), "no word of theirs is written, so nothing rests on it"
    assert desk.works() == 2


def test_the_web_role_makes_nothing_one_past_the_verdict(desk, pair):
    first, second = (one[0] for one in _works(desk))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), \
            desk.database.transaction(read_only=False, person=desk.planner) as connection:
        connection.execute("UPDATE project SET withdrawn_at = now(), merged_into = %s WHERE id = %s", [first, second])
    with desk.database.transaction(read_only=False, person=desk.planner) as connection:
        assert mergings.merge(connection, pair) is None, "the door asks for a verdict"


def test_parting_gives_back_what_was_taken_and_opens_the_pair_again(desk, pair):
    before = _works(desk)
    _say(desk, pair, desk.planner)
    with desk.database.transaction(read_only=False, person=desk.planner) as connection:
        made = mergings.of_pair(connection, pair)
        assert made.may_part
        assert merging.part(connection, made, "Keliru: dua ruas.")
        verdicts.give(connection, pair, desk.planner, "withdrawn", None)
    assert _works(desk) == before
    with desk.database.transaction(read_only=True, person=desk.planner) as connection:
        again = pair_details.one(connection, pair)
    assert (again.state, again.retired_at, again.entered_by_asking) == ("open", None, False)
    assert len(_say(desk, pair, desk.planner)[1]) == 1, "merging is nobody's entry: the same planner may again"


def test_a_planner_of_another_district_parts_nothing(desk, pair):
    _say(desk, pair, desk.planner)
    stranger = build.person(desk.committing, "planner", desk.places.other_district)
    with desk.database.transaction(read_only=False, person=stranger) as connection:
        made = mergings.of_pair(connection, pair)
        assert not made.may_part
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            merging.part(connection, made, "Iseng.")


def test_a_record_without_a_point_takes_that_of_the_other_and_gives_it_back(desk):
    bare = re.sub(r"-8\.2192,114\.3692", ",", ONE)
    desk.store(desk.read(HEAD + bare + OTHER))
    pair = desk.one("SELECT id FROM pair WHERE retired_at IS NULL LIMIT 1")
    desk.committing.execute("UPDATE project SET stage = 'proposed' WHERE record = 'Q1'")  # so that the other one stays
    current = "SELECT count(*) FROM site s JOIN project p ON p.id = s.project_id WHERE s.superseded_at IS NULL AND %s"
    _say(desk, pair, desk.planner)
    assert desk.one(current % "p.record = 'P1'") == 1
    with desk.database.transaction(read_only=False, person=desk.planner) as connection:
        assert merging.part(connection, mergings.of_pair(connection, pair), "Keliru.")
    assert desk.one(current % "p.record = 'P1'") == 0
    assert desk.one(current % "p.record = 'Q1'") == 1
