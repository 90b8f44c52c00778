"""Nobody judges, closes or reviews what is said of a work they entered: by the query alone and by the database alone.

Entered is entered: as a work, as its place, as a change of its facts, in a file of theirs, or as a correction of one;
and a second role in the same account changes nothing.
"""

import uuid
from contextlib import contextmanager
from itertools import pairwise

import psycopg
import pytest
from psycopg import sql

from tests import build
from tests.web.review.judging import judge, verdicts_of

SENTENCE = "Hasil telaah harus diberikan orang lain"


def _work(committing, village, who, place=0, **facts):
    return build.project(committing, village, who, at=build.away(0, 20 * place), **facts)


def _upload(committing, village, sender, corrected_by, work):
    upload = committing.execute(
        "INSERT INTO upload (person_id, region_id, file_name, sha256, bytes, state) VALUES (%s, %s, 'k.csv', %s, 1,"
        " 'stored') RETURNING id", [sender, village, uuid.uuid4().bytes * 2]).fetchone()[0]
    committing.execute("INSERT INTO upload_row (upload_id, number, position, raw, good, outcome, project_id)"
                       " VALUES (%s, 2, 0, '{}', true, 'updated', %s)", [upload, work])
    committing.execute("INSERT INTO upload_correction (upload_id, kind, rows, made_by) VALUES (%s, 'typed', 1, %s)",
                       [upload, corrected_by])


def _entered(committing, village, how, who, other):
    """A work that `who` entered in this way, and `other` in every other."""
    work = _work(committing, village, who if how == "entered" else other)
    match how:
        case "placed":
            build.site(committing, work, build.away(1, 1), who, part=2)
        case "changed":
            with committing.transaction():
                committing.execute("SELECT set_config('pantau.person', %s, true)", [str(who)])
                committing.execute("UPDATE project SET amount = 1 WHERE id = %s", [work])
        case "sent":
            _upload(committing, village, who, other, work)
        case "corrected":
            _upload(committing, village, other, who, work)
    return work


WAYS = ["entered", "placed", "changed", "sent", "corrected"]


@pytest.fixture
def both(committing, village):
    """Somebody who enters works, judges and audits, all in one account."""
    person = build.person(committing, "field", village)
    for role in ("planner", "auditor"):
        build.grant(committing, person, role, village)
    return person


@pytest.fixture
def other(committing, village):
    return build.person(committing, "field", village)


@contextmanager
def without(committing, table, trigger):
    """The database without its own rule: what is left is the query's."""
    switch = "ALTER TABLE {} {} TRIGGER {}"
    committing.execute(sql.SQL(switch).format(sql.Identifier(table), sql.SQL("DISABLE"), sql.Identifier(trigger)))
    try:
        yield
    finally:
        committing.execute(sql.SQL(switch).format(sql.Identifier(table), sql.SQL("ENABLE"), sql.Identifier(trigger)))


def _directly(module_database, person, statement, values):
    """The same as a statement of the web role's own, past every query of ours."""
    with psycopg.connect(module_database.web_dsn) as connection:
        connection.execute("SELECT set_config('pantau.person', %s, true)", [str(person)])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(statement, values)


@pytest.mark.parametrize("how", WAYS)
def test_a_verdict_by_who_entered_a_work_is_refused_in_both_layers(committing, client_of, village, both, other, how,
                                                                  module_database):
    pair = build.pair(committing, _entered(committing, village, how, both, other), _work(committing, village, other, 1))
    client = client_of(both)
    page = client.get(f"/pairs/{pair}").text
    assert 'name="facts_hash"' not in page  # no form is offered
    form = {"facts_hash": "fakta-1", "latest": 0, "verdict": "not_related"}
    for off in (False, True):
        with without(committing, "verdict", "verdict_by_another_person") if off else without(committing, "pair",
                                                                                          "note_data_change"):
            answer = client.post(f"/pairs/{pair}/verdicts", data=form)
            assert answer.status_code == 422
            assert SENTENCE in answer.text
    _directly(module_database, both,
              "INSERT INTO verdict (pair_id, person_id, verdict, facts_hash, machine_kind, machine_probability)"
              " VALUES (%s, %s, 'not_related', 'fakta-1', 'double_funding', 0.9)", [pair, both])
    assert verdicts_of(committing, pair) == []
    judged = judge(client_of(build.person(committing, "planner", village)), pair)
    assert judged.status_code == 302, "somebody else judges it"


def test_a_verdict_for_a_whole_group_is_refused_where_one_of_its_works_is_ones_own(committing, client_of, village, both,
                                                                                  other):
    group = uuid.uuid4()
    works = [_work(committing, village, other, place) for place in range(2)] + [_work(committing, village, both, 2)]
    pairs = [build.pair(committing, one, next_one, group_id=group)
             for one, next_one in pairwise(works)]
    with without(committing, "verdict", "verdict_by_another_person"):
        answer = client_of(both).post(f"/pairs/groups/{group}/verdicts", data={"verdict": "not_related", "seen": "x"})
        assert answer.status_code in (403, 409)
        assert client_of(both).post(f"/pairs/{pairs[1]}/verdicts", data={
            "facts_hash": "fakta-1", "latest": 0, "verdict": "not_related"}).status_code == 422
    assert [verdicts_of(committing, pair) for pair in pairs] == [[], []]


def test_two_records_are_not_made_one_on_the_word_of_who_entered_one_of_them(committing, client_of, village, both,
                                                                            other):
    """Even where the rule about verdicts were gone, the word would not be written, so nothing rests on it."""
    pair = build.pair(committing, _work(committing, village, both), _work(committing, village, other, 1),
                      kind="same_record")
    with without(committing, "verdict", "verdict_by_another_person"):
        client_of(both).post(f"/pairs/{pair}/verdicts", data={"facts_hash": "fakta-1", "latest": 0,
                                                              "verdict": "same_record"})
    assert committing.execute("SELECT count(*) FROM merging WHERE pair_id = %s", [pair]).fetchone()[0] == 0


def _finding(committing, village, writer, work):
    finding = committing.execute(
        "INSERT INTO finding (regions, title, condition, criteria, recommendation, due_on, written_by)"
        " VALUES (%s, 't', 'k', 'k', 'r', current_date, %s) RETURNING id", [[village], writer]).fetchone()[0]
    committing.execute("INSERT INTO finding_project VALUES (%s, %s)", [finding, work])
    committing.execute("INSERT INTO finding_event (finding_id, person_id, kind, text)"
                       " VALUES (%s, %s, 'followed_up', 'x')", [finding, writer])
    return finding


@pytest.mark.parametrize("how", WAYS)
def test_a_finding_is_not_closed_by_who_entered_its_work(committing, client_of, village, both, other, how,
                                                         module_database):
    writer = build.person(committing, "auditor", village)
    finding = _finding(committing, village, writer, _entered(committing, village, how, both, other))
    form = {"kind": "closed", "text": "selesai"}
    for who in (both, writer):
        with without(committing, "finding_event", "finding_moves"):
            assert client_of(who).post(f"/inspection/findings/{finding}/events", data=form).status_code == 422
        assert client_of(who).post(f"/inspection/findings/{finding}/events", data=form).status_code == 422
        _directly(module_database, who, "INSERT INTO finding_event (finding_id, person_id, kind, text)"
                                        " VALUES (%s, %s, 'closed', 'x')", [finding, who])
    third = client_of(build.person(committing, "auditor", village))
    assert third.post(f"/inspection/findings/{finding}/events", data=form).status_code == 302


@pytest.mark.parametrize("how", WAYS)
def test_a_working_paper_is_not_reviewed_by_who_entered_a_work_of_it(committing, client_of, village, both, other, how,
                                                                     module_database):
    writer = build.person(committing, "auditor", village)
    pair = build.pair(committing, _entered(committing, village, how, both, other), _work(committing, village, other, 1))
    paper = committing.execute("INSERT INTO working_paper (pair_id, version, condition, person_id)"
                               " VALUES (%s, 1, 'k', %s) RETURNING id", [pair, writer]).fetchone()[0]
    for who in (both, writer):
        with without(committing, "working_paper_review", "paper_reviewed_by_another"):
            assert client_of(who).post(f"/pairs/{pair}/paper/reviews", data={"paper": paper}).status_code == 422
        assert client_of(who).post(f"/pairs/{pair}/paper/reviews", data={"paper": paper}).status_code == 422
        _directly(module_database, who, "INSERT INTO working_paper_review (working_paper_id, person_id)"
                                        " VALUES (%s, %s)", [paper, who])
    third = client_of(build.person(committing, "auditor", village))
    assert third.post(f"/pairs/{pair}/paper/reviews", data={"paper": paper}).status_code == 302
