"""Corrections of an upload in the database: a pattern at once, one value, rows left out, all of it undone."""

from contextlib import contextmanager
from uuid import UUID

import pytest

from app.errors import Changed, NotFound, Refused
from app.jobs import correcting, reading, worker
from app.jobs import uploads as sending
from app.jobs.progress import Told
from app.queries import jobs, upload_corrections, upload_places, upload_rows, uploads
from app.queries.upload_corrections import Pattern
from tests import build
from tests.desk import DITCH, HEAD, NORTH, POST, ROAD, Desk

SOUTHLESS = [f"S{n},Sumur bor RT {n:02d},2024,Dana Desa,{n}000000,Sarongan,Pesanggaran,8.2{n:02d}5,114.36{n:02d}\n"
             for n in range(10, 22)]
"""Twelve rows that lost the minus of their latitude."""
PLAIN = "nama kegiatan,tahun,sumber dana,anggaran,desa,latitude,longitude\n"
"""A sheet without ids: its rows are known by what they say alone."""


@contextmanager
def correcting_as(desk: Desk, upload: UUID, person: UUID | None = None):
    with desk.database.transaction(read_only=False, person=person or desk.field) as connection:
        yield connection, correcting.held(connection, upload, person or desk.field)


def patterns(desk: Desk, upload: UUID) -> list[upload_corrections.Group]:
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        return upload_corrections.groups(connection, upload, "upload.left_out")


def apply(desk: Desk, upload: UUID, pattern: Pattern) -> int:
    with correcting_as(desk, upload) as (connection, held):
        shown = correcting.seen(upload_corrections.numbers(connection, upload, pattern))
        return correcting.apply(connection, desk.settings, held, pattern, shown)


def state_of(desk: Desk, upload: UUID) -> list[tuple]:
    """Everything of the rows that storing uses."""
    return desk.committing.execute(
        """
        SELECT number, facts, problems, good, method, accuracy_m, ST_AsText(geom), source_key, raw, corrected
          FROM upload_row WHERE upload_id = %s ORDER BY position
        """, [upload]).fetchall()


def made(desk: Desk, upload: UUID) -> list[upload_corrections.Correction]:
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        return upload_corrections.made(connection, upload)


def undo(desk: Desk, upload: UUID, correction: int) -> int:
    with correcting_as(desk, upload) as (connection, held):
        return correcting.undo(connection, desk.settings, held, correction)


def read_again(desk: Desk, upload: UUID, said: dict[str, str], person: UUID | None = None) -> None:
    with desk.database.transaction(read_only=False, person=person or desk.field) as connection:
        held = uploads.hold(connection, upload)
        sending.ask_to_read_again(connection, held, person or desk.field, said)
    desk.committing.execute("UPDATE job SET state = 'done'")
    reading.read(desk.database, desk.settings, person or desk.field, upload, Told())


def test_problems_that_are_alike_are_offered_once(desk):
    upload = desk.read(HEAD + ROAD + "".join(SOUTHLESS))
    offered = [one for one in patterns(desk, upload) if one.pattern.how]
    assert [(one.pattern.how, one.rows, one.first) for one in offered] == [("sign", 12, 3)]


def test_applying_a_pattern_places_all_its_rows_keeps_what_was_typed_and_counts_anew(desk):
    upload = desk.read(HEAD + ROAD + "".join(SOUTHLESS))
    assert desk.seen(upload).good_rows == 1
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    assert apply(desk, upload, offer.pattern) == 12
    assert desk.seen(upload).good_rows == 13
    rows = desk.rows(upload)
    assert rows[1].raw["latitude"] == "8.2105"
    assert rows[1].facts["how"] == "suggested:sign"
    assert rows[1].problems == []
    point = desk.one("SELECT ST_AsText(geom) FROM upload_row WHERE upload_id = %s AND number = 3", upload)
    assert point == "POINT(114.361 -8.2105)"
    (correction,) = made(desk, upload)
    assert (correction.kind, correction.rows, correction.person, correction.undoable) == (
        "suggested", 12, "Operator", True)
    assert desk.store(upload)["stored"] == 13


def test_undoing_a_correction_brings_every_row_back_exactly(desk):
    upload = desk.read(HEAD + ROAD + "".join(SOUTHLESS))
    before = state_of(desk, upload)
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    apply(desk, upload, offer.pattern)
    assert state_of(desk, upload) != before
    assert undo(desk, upload, made(desk, upload)[0].id) == 12
    assert state_of(desk, upload) == before
    assert desk.seen(upload).good_rows == 1
    assert made(desk, upload) == []
    assert desk.one("SELECT count(*) FROM upload_correction WHERE undone_by = %s", desk.field) == 1, "the record stays"


def test_a_correction_below_a_later_one_on_the_same_row_is_not_undone_first(desk):
    upload = desk.read(HEAD + ROAD + NORTH)
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    apply(desk, upload, offer.pattern)
    with correcting_as(desk, upload) as (connection, held):
        correcting.type_value(connection, desk.settings, held, 3, "anggaran", "Rp 41.000.000")
    later, earlier = made(desk, upload)
    assert (later.undoable, earlier.undoable) == (True, False)
    with pytest.raises(Changed):
        undo(desk, upload, earlier.id)
    undo(desk, upload, later.id)
    undo(desk, upload, earlier.id)
    assert desk.seen(upload).good_rows == 1


def test_what_was_not_shown_is_not_applied(desk):
    upload = desk.read(HEAD + ROAD + "".join(SOUTHLESS))
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    with correcting_as(desk, upload) as (connection, held):
        with pytest.raises(Changed):
            correcting.apply(connection, desk.settings, held, offer.pattern, "another list of rows")
        correcting.apply(connection, desk.settings, held, offer.pattern, "", 5)
    assert desk.seen(upload).good_rows == 2


@pytest.mark.parametrize(("column", "text", "fact", "value"), [
    ("anggaran", "Rp 95.500.000,00", "amount", "95500000"), ("tahun", "2022", "year", 2022),
    ("nama kegiatan", "Drainase Dusun Ringinagung", "name", "Drainase Dusun Ringinagung")])
def test_one_typed_value_is_read_by_the_same_reader(desk, column, text, fact, value):
    faulty = "K9,,2099,Dana Desa,seratus juta,Sarongan,Pesanggaran,-8.2250,114.3752\n"
    upload = desk.read(HEAD + ROAD + faulty)
    with correcting_as(desk, upload) as (connection, held):
        correcting.type_value(connection, desk.settings, held, 3, column, text)
    row = desk.rows(upload)[1]
    assert row.facts[fact] == value
    assert column not in {one["column"] for one in row.problems}
    assert row.problems, "the others are still wrong"


def test_a_typed_value_that_makes_no_sense_either_is_shown_as_any_other_problem(desk):
    upload = desk.read(HEAD + ROAD + DITCH.replace("95000000", "banyak"))
    with correcting_as(desk, upload) as (connection, held):
        correcting.type_value(connection, desk.settings, held, 3, "anggaran", "lumayan")
    assert [(one["column"], one["text"]) for one in desk.rows(upload)[1].problems] == [("anggaran", "lumayan")]
    with correcting_as(desk, upload) as (connection, held):
        with pytest.raises(Refused):
            correcting.type_value(connection, desk.settings, held, 3, "latitude", "dekat balai desa")
        with pytest.raises(Refused):
            correcting.type_value(connection, desk.settings, held, 3, "tidak ada", "1")


def test_a_typed_coordinate_lands_in_both_of_its_columns_and_in_its_village(desk):
    upload = desk.read(HEAD + ROAD + NORTH)
    with correcting_as(desk, upload) as (connection, held):
        correcting.type_value(connection, desk.settings, held, 3, "latitude", "8°13'12\" LS 114°22'12\" BT")
    row = desk.rows(upload)[1]
    assert row.good
    assert row.facts["found_region_id"] == desk.places.village
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        cells = upload_rows.whole_rows(connection, upload)[1].cells
    assert (round(cells["latitude"], 6), round(cells["longitude"], 6)) == (-8.22, 114.37)


def test_a_correction_follows_the_rights_and_the_village_of_what_is_said_then(desk):
    upload = desk.read(HEAD + ROAD + DITCH.replace("Sarongan", "Kandangan"))
    assert "upload.not_your_region" in {one["reason"]["id"] for one in desk.rows(upload)[1].problems}
    with correcting_as(desk, upload) as (connection, held):
        correcting.type_value(connection, desk.settings, held, 3, "desa", "Sarongan")
    assert desk.rows(upload)[1].good
    assert desk.rows(upload)[1].facts["region_id"] == desk.places.village


def test_rows_may_be_left_out_one_by_one_or_by_pattern_and_taken_in_again(desk):
    far = ROAD.replace("K1", "K7").replace("RT 01", "RT 09").replace("114.3692", "114.3999")
    upload = desk.read(HEAD + ROAD + DITCH + far)
    assert desk.seen(upload).good_rows == 3
    (pattern,) = [one.pattern for one in patterns(desk, upload)]
    with correcting_as(desk, upload) as (connection, held):
        assert correcting.leave_out(connection, desk.settings, held, [2]) == 1
        numbers = upload_corrections.numbers(connection, upload, pattern)
        assert correcting.leave_out(connection, desk.settings, held, numbers, pattern) == 1
    assert [row.good for row in desk.rows(upload)] == [False, True, False]
    undo(desk, upload, made(desk, upload)[0].id)
    assert desk.seen(upload).good_rows == 2
    assert desk.store(upload) | {} == desk.seen(upload).outcome
    assert desk.works() == 2


def test_corrections_outlive_another_reading_of_the_file(desk):
    upload = desk.read(HEAD + ROAD + "".join(SOUTHLESS))
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    apply(desk, upload, offer.pattern)
    after = state_of(desk, upload)
    read_again(desk, upload, {"kecamatan": ""})
    assert desk.seen(upload).good_rows == 13
    assert [row[6:10] for row in state_of(desk, upload)] == [row[6:10] for row in after]
    undo(desk, upload, made(desk, upload)[0].id)
    assert desk.seen(upload).good_rows == 1


def test_a_pattern_of_very_many_rows_is_left_to_a_job_that_reads_the_file_anew(desk, cloned_database, monkeypatch):
    monkeypatch.setattr(correcting, "AT_ONCE", 5)
    upload = desk.read(HEAD + ROAD + "".join(SOUTHLESS))
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    apply(desk, upload, offer.pattern)
    assert desk.seen(upload).state == "received"
    worker.run(desk.settings, cloned_database.web_dsn, until_empty=True)
    assert desk.seen(upload).good_rows == 13
    assert desk.rows(upload)[5].facts["how"] == "suggested:sign"


def test_a_stored_upload_another_persons_and_one_that_is_at_work_are_not_corrected(desk):
    upload = desk.read(HEAD + ROAD + NORTH)
    with pytest.raises(NotFound), correcting_as(desk, upload, desk.planner):
        pass  # a planner may see it, but what it says is its sender's matter
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        job = sending.ask_to_store(connection, upload, desk.field)
    with pytest.raises(Changed), correcting_as(desk, upload):
        pass
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        jobs.ask_to_cancel(connection, job)
    desk.store(upload)
    with pytest.raises(Changed), correcting_as(desk, upload):
        pass


def test_corrections_of_another_persons_upload_are_not_seen_by_a_stranger(desk):
    upload = desk.read(HEAD + ROAD + NORTH)
    with correcting_as(desk, upload) as (connection, held):
        correcting.leave_out(connection, desk.settings, held, [2])
    stranger = build.person(desk.committing, "field", desk.places.neighbour)
    for person, rows in ((stranger, 0), (desk.planner, 1), (desk.field, 1)):
        with desk.database.transaction(read_only=True, person=person) as connection:
            for table in ("upload_correction", "upload_correction_row"):
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == rows  # noqa: S608


def test_a_geojson_point_keeps_its_place_when_its_name_is_typed(desk):
    upload = desk.read('{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
                       '{"nama kegiatan": "", "tahun": 2024}, "geometry": {"type": "Point", '
                       '"coordinates": [114.3692, -8.2192]}}, {"type": "Feature", "properties": '
                       '{"nama kegiatan": "Gapura dusun", "tahun": 2024}, "geometry": {"type": "Point", '
                       '"coordinates": [-8.2192, 114.3692]}}]}', name="titik.geojson")
    assert desk.seen(upload).good_rows == 0
    with correcting_as(desk, upload) as (connection, held):
        correcting.type_value(connection, desk.settings, held, 1, "nama kegiatan", "Pos kamling RT 04")
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    apply(desk, upload, offer.pattern)
    assert desk.seen(upload).good_rows == 2
    assert {row[6] for row in state_of(desk, upload)} == {"POINT(114.3692 -8.2192)"}
    undo(desk, upload, made(desk, upload)[0].id)
    assert desk.rows(upload)[1].problems[0]["suggestion"]["how"] == "swap", "the file's own point is still known"


def test_the_map_tells_states_suggestions_and_how_many_it_does_not_draw(desk):
    upload = desk.read(HEAD + ROAD + DITCH + POST + NORTH + "".join(SOUTHLESS))
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        drawn = upload_places.features(connection, upload, 100)
        few = upload_places.features(connection, upload, 3)
    states = [one["properties"]["state"] for one in drawn.features]
    assert (states.count("ready"), states.count("waiting"), drawn.shown, drawn.total) == (2, 13, 15, 15)
    waiting = next(one["properties"] for one in drawn.features if one["properties"]["row"] == 5)
    assert waiting["to"] == [114.3701, -8.2201]
    assert waiting["from"] == [114.3701, 8.2201]
    assert (few.shown, few.total) == (3, 15)
    assert sum(one["properties"].get("rows", 0) for one in few.features) == 2, "those that stand somewhere, as crowds"
