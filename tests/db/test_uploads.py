"""Uploads in the database: what reading keeps, what storing makes, what undoing leaves, and who may do it."""

import io
import threading
from uuid import UUID

import pytest

from app.errors import NotFound, Refused
from app.jobs import files, matching
from app.queries import upload_rows, uploads
from geo.errors import ColumnsUnknown, FileEmpty, FormatUnknown
from geo.sentences import Sentence, worded
from tests import build
from tests.desk import DITCH, ELSEWHERE, HEAD, NORTH, POST, ROAD, Desk

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\x00\x01"


def test_reading_keeps_every_row_and_stores_no_work(desk):
    upload = desk.read(HEAD + ROAD + DITCH + POST + NORTH)
    seen = desk.seen(upload)
    assert (seen.state, seen.rows, seen.good_rows) == ("read", 4, 3)
    rows = desk.rows(upload)
    assert [row.number for row in rows] == [2, 3, 4, 5]
    assert rows[0].raw["nama kegiatan"] == "Rabat beton jalan Dusun Krajan RT 01"
    assert rows[0].facts["amount"] == "180000000"
    assert [row.good for row in rows] == [True, True, True, False]
    assert desk.works() == 0


def test_a_problem_names_its_row_its_column_and_what_was_typed(desk):
    upload = desk.read(HEAD + ROAD + NORTH)
    faulty = desk.rows(upload)[1]
    assert faulty.problems[0]["row"] == 3
    assert faulty.problems[0]["text"].startswith("8.2201")
    assert faulty.problems[0]["suggestion"]["lat"] == pytest.approx(-8.2201)
    assert worded(Sentence.from_json(faulty.problems[0]["reason"])).startswith(
        "titik 8.220100, 114.370100 berada di luar Kabupaten Banyuwangi;")


def test_storing_makes_the_good_rows_works_and_leaves_the_others_out(desk):
    outcome = desk.store(desk.read(HEAD + ROAD + DITCH + POST + NORTH))
    assert {name: outcome[name] for name in ("stored", "updated", "unchanged", "left_out")} == {
        "stored": 3, "updated": 0, "unchanged": 0, "left_out": 1}
    work = desk.committing.execute(
        """
        SELECT p.name, p.year, p.fund, p.amount, p.region_id, p.village_known, p.record, ST_X(s.geom), s.outside_m,
               p.entered_by, p.source
          FROM project p JOIN site s ON s.project_id = p.id WHERE p.record = 'K1'
        """).fetchone()
    assert work[:5] == ("Rabat beton jalan Dusun Krajan RT 01", 2024, "DDS", 180_000_000, desk.places.village)
    assert work[5] is True
    assert work[7] == pytest.approx(114.3692)
    assert work[8] == 0
    assert work[9] == desk.field
    assert desk.one("SELECT count(*) FROM site") == 2  # the third has no point


def test_the_same_file_again_adds_and_changes_nothing(desk):
    desk.store(desk.read(HEAD + ROAD + DITCH + POST))
    again = desk.read(HEAD + ROAD + DITCH + POST)
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        assert uploads.same_file_stored(connection, uploads.by_id(connection, again)) is not None
        assert upload_rows.counts(connection, again).known == 3
    outcome = desk.store(again)
    assert (outcome["stored"], outcome["updated"], outcome["unchanged"]) == (0, 0, 3)
    assert desk.works() == 3
    assert desk.one("SELECT count(*) FROM project_fact") == 3


def test_a_changed_amount_and_a_moved_point_update_the_work_that_is_there(desk):
    desk.store(desk.read(HEAD + ROAD + DITCH))
    changed = ROAD.replace("180000000", "185000000"), DITCH.replace("-8.2250", "-8.2252")
    outcome = desk.store(desk.read(HEAD + "".join(changed)))
    assert (outcome["stored"], outcome["updated"], outcome["unchanged"]) == (0, 2, 0)
    assert desk.works() == 2
    assert desk.one("SELECT amount FROM project WHERE record = 'K1'") == 185_000_000
    assert desk.one("SELECT version FROM project WHERE record = 'K1'") == 2
    current = desk.committing.execute(
        "SELECT ST_Y(geom), superseded_at IS NULL FROM site s JOIN project p ON p.id = s.project_id "
        "WHERE p.record = 'K2' ORDER BY s.id").fetchall()
    assert current == [(pytest.approx(-8.2250), False), (pytest.approx(-8.2252), True)]


def test_where_somebody_saw_a_work_stand_outlives_a_new_sheet(desk):
    desk.store(desk.read(HEAD + ROAD))
    project = desk.one("SELECT id FROM project")
    build.site(desk.committing, project, (114.3700, -8.2199), role="visited")
    assert desk.store(desk.read(HEAD + ROAD))["unchanged"] == 1
    desk.store(desk.read(HEAD + ROAD.replace("-8.2192", "-8.2195")))
    assert desk.one("SELECT count(*) FROM site WHERE role = 'visited' AND superseded_at IS NULL") == 1


def test_an_id_that_repeats_in_one_file_never_merges_two_rows(desk):
    twice = ROAD + DITCH.replace("K2", "K1").replace("2023", "2024")
    outcome = desk.store(desk.read(HEAD + twice + ROAD))
    assert outcome["stored"] == 3
    assert desk.store(desk.read(HEAD + twice + ROAD))["unchanged"] == 3


def test_undoing_withdraws_what_was_made_and_retires_its_pairs(desk):
    other = build.project(desk.committing, desk.places.village, name="Rabat beton jalan Dusun Krajan RT 01",
                          fund="APBD", amount=180_000_000, at=(114.3692, -8.2192))
    upload = desk.read(HEAD + ROAD)
    assert desk.store(upload)["to_look_at"] >= 1
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        assert [pair.row for pair in uploads.pairs_of(connection, upload)] == [2]
    assert desk.undo(upload) == {"withdrawn": 1, "restored": 0, "kept": 0}
    assert desk.works() == 1
    assert desk.one("SELECT withdrawn_at IS NULL FROM project WHERE id = %s", other)
    assert desk.one("SELECT count(*) FROM pair WHERE retired_at IS NULL") == 0
    assert desk.seen(upload).state == "undone"
    assert desk.store(desk.read(HEAD + ROAD))["stored"] == 1  # and it can be sent once more


def test_undoing_gives_a_changed_work_its_former_facts_and_place(desk):
    desk.store(desk.read(HEAD + ROAD))
    second = desk.read(HEAD + ROAD.replace("180000000", "185000000").replace("-8.2192", "-8.2199"))
    desk.store(second)
    assert desk.undo(second) == {"withdrawn": 0, "restored": 1, "kept": 0}
    assert desk.one("SELECT amount FROM project") == 180_000_000
    assert desk.one("SELECT version FROM project") == 3
    assert desk.one("SELECT ST_Y(geom) FROM site WHERE superseded_at IS NULL") == pytest.approx(-8.2192)


def test_undoing_leaves_alone_what_somebody_changed_since(desk):
    first = desk.read(HEAD + ROAD + DITCH)
    desk.store(first)
    desk.store(desk.read(HEAD + ROAD.replace("180000000", "185000000")))
    assert desk.undo(first) == {"withdrawn": 1, "restored": 0, "kept": 1}
    assert desk.one("SELECT amount FROM project WHERE withdrawn_at IS NULL") == 185_000_000


@pytest.mark.parametrize("said", ["verdict", "answer"])
def test_undoing_leaves_alone_what_somebody_judged_or_answered(desk, said):
    """A click of the sender must not take away what an auditor has confirmed."""
    build.project(desk.committing, desk.places.village, name="Rabat beton jalan Dusun Krajan RT 01", fund="APBD",
                  amount=180_000_000, at=(114.3692, -8.2192))
    upload = desk.read(HEAD + ROAD + DITCH)
    desk.store(upload)
    pair = desk.one("SELECT id FROM pair WHERE retired_at IS NULL AND to_look_at")
    if said == "verdict":
        build.verdict(desk.committing, pair, build.person(desk.committing, "auditor"))
    else:
        build.answer(desk.committing, pair, build.person(desk.committing, "head", desk.places.village),
                     desk.places.village)
    assert desk.undo(upload) == {"withdrawn": 1, "restored": 0, "kept": 1}
    assert desk.one("SELECT retired_at IS NULL FROM pair WHERE id = %s", pair)


def test_the_same_content_is_said_to_be_there_only_while_it_is(desk):
    def before(upload):
        with desk.database.transaction(read_only=True, person=desk.field) as connection:
            return uploads.same_file_stored(connection, uploads.by_id(connection, upload))

    first, second = desk.read(HEAD + ROAD), desk.read(HEAD + ROAD)
    desk.store(first)
    assert before(second).id == first
    desk.store(second)
    desk.undo(first)  # the second made nothing of its own: its work went with the first
    assert before(desk.read(HEAD + ROAD)) is None


def test_a_row_of_another_village_is_not_the_senders_to_enter(desk):
    upload = desk.read(HEAD + ROAD + ELSEWHERE)
    assert (3, "desa", "upload.not_your_region") in desk.problems(upload)
    assert desk.store(upload)["stored"] == 1
    assert desk.one("SELECT count(*) FROM project WHERE region_id = %s", desk.places.neighbour) == 0
    assert desk.store(desk.read(HEAD + ELSEWHERE, desk.planner), desk.planner)["stored"] == 1


def test_the_database_refuses_a_foreign_village_even_when_the_row_says_it_is_good(desk):
    upload = desk.read(HEAD + ROAD)
    desk.committing.execute("UPDATE upload_row SET facts = facts || jsonb_build_object('region_id', %s::int) "
                            "WHERE upload_id = %s", [desk.places.neighbour, upload])
    with pytest.raises(Refused):
        desk.store(upload)
    assert desk.works() == 0


def test_rights_are_those_of_the_moment_of_storing(desk):
    upload = desk.read(HEAD + ROAD)
    desk.committing.execute("UPDATE person_grant SET valid_to = now() WHERE person_id = %s", [desk.field])
    with pytest.raises((Refused, NotFound)):
        desk.store(upload)
    assert desk.works() == 0


def test_an_unknown_village_is_kept_as_the_sheet_said_it(desk):
    upload = desk.read(HEAD + ROAD.replace("Sarongan", "Atlantis"), desk.planner)
    assert "region.unknown" in {reason for _, _, reason in desk_problems(desk, upload, desk.planner)}
    assert desk.store(upload, desk.planner)["stored"] == 1
    stored = desk.committing.execute("SELECT region_id, village_known, claimed_region FROM project").fetchone()
    assert stored == (desk.places.regency, False, "Atlantis, Pesanggaran")


def desk_problems(desk: Desk, upload: UUID, person: UUID) -> list[tuple[int, str | None, str]]:
    with desk.database.transaction(read_only=True, person=person) as connection:
        return [(row.number, one["column"], one["reason"]["id"])
                for row in upload_rows.first_rows(connection, upload, 1000) for one in row.problems]


def test_another_persons_upload_is_as_if_it_were_not_there(desk):
    upload = desk.read(HEAD + ROAD)
    stranger = build.person(desk.committing, "field", desk.places.neighbour)
    assert desk.seen(upload, stranger) is None
    with pytest.raises(NotFound):
        desk.store(upload, stranger)
    assert desk.seen(upload, desk.planner) is not None  # the planner above may look
    with pytest.raises(NotFound):
        desk.store(upload, desk.planner)  # but not confirm what another sent


def test_nothing_is_left_behind_when_storing_breaks_in_the_middle(desk, monkeypatch):
    upload = desk.read(HEAD + ROAD + DITCH)

    def broken(*_):
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr(matching, "match", broken)
    with pytest.raises(RuntimeError):
        desk.store(upload)
    monkeypatch.undo()
    assert desk.works() == 0
    assert desk.one("SELECT count(*) FROM site") == 0
    assert desk.seen(upload).state == "read"
    assert desk.store(upload)["stored"] == 2


def test_two_who_store_the_same_upload_at_once_store_it_once(desk):
    upload = desk.read(HEAD + ROAD + DITCH)
    answers = []
    both = [threading.Thread(target=lambda: answers.append(desk.store(upload))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert len(answers) == 2
    assert answers[0]["stored"] == answers[1]["stored"] == 2
    assert desk.works() == 2


def test_two_uploads_of_one_file_at_once_make_its_works_once(desk):
    one, other = desk.read(HEAD + ROAD + DITCH), desk.read(HEAD + ROAD + DITCH)
    answers = []
    both = [threading.Thread(target=lambda which=which: answers.append(desk.store(which))) for which in (one, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    assert sorted(answer["stored"] for answer in answers) == [0, 2]
    assert desk.works() == 2


@pytest.mark.parametrize(("content", "refusal"), [
    (b"", FileEmpty), (b"  \n\n", FileEmpty), (HEAD.encode(), FileEmpty), (PDF, FormatUnknown),
    (b"zzz,yyy\n1,2\n3,4\n", ColumnsUnknown)])
def test_a_file_that_cannot_be_used_is_refused_and_leaves_no_row(desk, content, refusal):
    with pytest.raises(refusal):
        desk.read(content)
    assert desk.one("SELECT count(*) FROM upload_row") == 0


def test_an_upload_without_one_good_row_is_not_stored(desk):
    upload = desk.read(HEAD + NORTH)
    assert desk.seen(upload).good_rows == 0
    with pytest.raises(Refused):
        desk.store(upload)


def test_a_received_file_lies_under_its_own_sum_and_no_name_of_a_person(tmp_path):
    kept = files.keep(io.BytesIO(b"isi"), tmp_path)
    assert kept.path == files.path_of(tmp_path, kept.sha256)
    assert kept.path.name == kept.sha256.hex()
    assert kept.path.read_bytes() == b"isi"
    assert files.keep(io.BytesIO(b"isi"), tmp_path) == kept
    assert [one.name for one in tmp_path.iterdir()] == [kept.path.parent.name]  # nothing half received


def test_a_broken_transfer_leaves_no_file(tmp_path):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError("the line is dead")

    with pytest.raises(OSError, match="dead"):
        files.keep(Broken(), tmp_path)
    assert list(tmp_path.iterdir()) == []
