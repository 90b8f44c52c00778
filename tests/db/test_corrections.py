"""Corrections of an upload in the database: a pattern at once, one value, rows left out, all of it undone; what columns
were said to mean, remembered; the sheet that is given back, corrected and sent again; cancelling."""

import io
from contextlib import contextmanager
from uuid import UUID

import openpyxl
import pytest

from app.errors import Changed, NotFound, Refused
from app.jobs import correcting, files, reading, returned, storing, worker
from app.jobs import uploads as sending
from app.jobs.progress import Cancelled, Told
from app.queries import column_mappings, jobs, upload_corrections, upload_places, upload_rows, uploads
from app.queries.upload_corrections import Pattern
from geo.sentences import Sentence, worded
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


# ---- what is drawn ----------------------------------------------------------------------------------------------


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


# ---- what columns were said to mean -----------------------------------------------------------------------------


def read_again(desk: Desk, upload: UUID, said: dict[str, str], person: UUID | None = None) -> None:
    with desk.database.transaction(read_only=False, person=person or desk.field) as connection:
        held = uploads.hold(connection, upload)
        sending.ask_to_read_again(connection, held, person or desk.field, said)
    desk.committing.execute("UPDATE job SET state = 'done'")
    reading.read(desk.database, desk.settings, person or desk.field, upload, Told())


STRANGE = "nama kegiatan,tahun,ket\nPembangunan gapura,2023,sebelah masjid\nPembangunan pos kamling,2022,dekat sawah\n"


def meaning_of(desk: Desk, upload: UUID, person: UUID | None = None) -> dict[str, tuple]:
    return {one["column"]: (one["meaning"], one["how"]) for one in desk.seen(upload, person).columns}


def test_what_a_person_said_of_columns_is_remembered_for_the_next_file_of_the_same_shape(desk):
    first = desk.read(STRANGE)
    assert meaning_of(desk, first)["ket"][0] is None
    read_again(desk, first, {"ket": "place"})
    second = desk.read(STRANGE.replace("gapura", "tugu").replace("nama kegiatan", "NAMA_KEGIATAN"))
    assert meaning_of(desk, second)["ket"] == ("place", "remembered")
    assert [row.facts.get("place") for row in desk.rows(second)] == ["sebelah masjid", "dekat sawah"]
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        known = column_mappings.by_id(connection, desk.seen(second).mapping_id)
    assert (known.number, known.person) == (desk.seen(first).number, "Operator")
    assert meaning_of(desk, desk.read(STRANGE.replace("ket", "keterangan")))["keterangan"][0] is None


def test_a_remembered_mapping_can_be_forgotten(desk):
    read_again(desk, desk.read(STRANGE), {"ket": "place"})
    second = desk.read(STRANGE + "Tugu batas,2021,pertigaan\n")
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        assert column_mappings.forget(connection, desk.seen(second).mapping_id)
    read_again(desk, second, {})
    assert meaning_of(desk, second)["ket"][0] is None
    assert desk.seen(second).mapping_id is None


def test_a_mapping_of_an_office_holds_for_its_villages_and_no_village_decides_for_another(desk):
    neighbour = build.person(desk.committing, "field", desk.places.neighbour)
    read_again(desk, desk.read(STRANGE), {"ket": "place"})
    assert meaning_of(desk, desk.read(STRANGE, neighbour), neighbour)["ket"][0] is None
    office = desk.read(STRANGE, desk.planner)
    assert meaning_of(desk, office, desk.planner)["ket"][0] is None
    read_again(desk, office, {"ket": "contractor"}, desk.planner)
    below = desk.read(STRANGE, neighbour)
    assert meaning_of(desk, below, neighbour)["ket"] == ("contractor", "remembered")
    assert meaning_of(desk, desk.read(STRANGE))["ket"] == ("place", "remembered"), "the nearest word counts"
    with desk.database.transaction(read_only=False, person=neighbour) as connection:
        assert not column_mappings.forget(connection, desk.seen(below, neighbour).mapping_id)
        assert column_mappings.by_id(connection, desk.seen(below, neighbour).mapping_id).number is None


def test_a_new_word_about_the_columns_replaces_the_old_one(desk):
    read_again(desk, desk.read(STRANGE), {"ket": "place"})
    second = desk.read(STRANGE + "Tugu batas,2021,pertigaan\n")
    read_again(desk, second, {"ket": "contractor"})
    assert meaning_of(desk, desk.read(STRANGE + "Gardu,2020,timur pasar\n"))["ket"] == ("contractor", "remembered")
    assert desk.one("SELECT count(*) FROM column_mapping WHERE forgotten_at IS NULL") == 1


# ---- there and back again -----------------------------------------------------------------------------------------


def sheet_of(desk: Desk, upload: UUID) -> openpyxl.Workbook:
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        content = returned.workbook(uploads.by_id(connection, upload), upload_rows.whole_rows(connection, upload), _say,
                                    "Untuk diperbaiki")
    return openpyxl.load_workbook(io.BytesIO(content))


def _say(stored: object) -> str:
    return worded(stored if isinstance(stored, Sentence) else Sentence.from_json(stored))


def sent_back(book: openpyxl.Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def ten_rows() -> str:
    good = [f"Rabat beton RT {n:02d},2024,Dana Desa,{n}0000000,Sarongan,-8.2{n:02d}0,114.3700\n" for n in range(11, 18)]
    bad = ["Drainase Dusun Krajan,2024,Dana Desa,seratus juta,Sarongan,-8.2190,114.3705\n",
           "Pos kamling RT 04,2099,ADD,12000000,Sarongan,-8.2195,114.3710\n",
           "MCK umum,2024,ADD,40000000,Sarongan,8.2201,114.3701\n"]
    return PLAIN + "".join(good[:4] + bad[:2] + good[4:] + bad[2:])


def test_a_sheet_that_is_corrected_and_sent_again_makes_what_was_missing_and_doubles_nothing(desk):
    first = desk.read(ten_rows())
    assert (desk.seen(first).rows, desk.seen(first).good_rows) == (10, 7)
    assert desk.store(first)["stored"] == 7
    book = sheet_of(desk, first)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    assert heads[:3] == ["pantau_baris", "pantau_masalah", "pantau_saran"]
    reasons = {line: sheet.cell(line, 2).value for line in range(2, 12) if sheet.cell(line, 2).value}
    assert set(reasons) == {6, 7, 11}
    assert "anggaran" in reasons[6]
    assert "-8.220100, 114.370100" in sheet.cell(11, 3).value
    sheet.cell(6, heads.index("anggaran") + 1).value = 100_000_000
    sheet.cell(7, heads.index("tahun") + 1).value = 2023
    sheet.cell(11, heads.index("latitude") + 1).value = -8.2201
    second = desk.read(sent_back(book), name="diperbaiki.xlsx")
    assert desk.seen(second).good_rows == 10
    assert "pantau_masalah" not in [one["column"] for one in desk.seen(second).columns]
    outcome = desk.store(second)
    assert (outcome["stored"], outcome["updated"], outcome["unchanged"]) == (3, 0, 7)
    assert desk.works() == 10
    sheet.cell(2, heads.index("anggaran") + 1).value = 111_000_000
    third = desk.store(desk.read(sent_back(book), name="diperbaiki lagi.xlsx"))
    assert (third["stored"], third["updated"], third["unchanged"]) == (0, 1, 9)
    assert desk.one("SELECT amount FROM project WHERE name = 'Rabat beton RT 11'") == 111_000_000
    assert desk.works() == 10


def test_a_line_that_was_copied_in_the_sheet_is_a_new_work(desk):
    first = desk.read(ten_rows())
    desk.store(first)
    book = sheet_of(desk, first)
    copied = [cell.value for cell in book.active[2]]
    copied[3] = "Rabat beton RT 99"
    book.active.append(copied)
    outcome = desk.store(desk.read(sent_back(book), name="disalin.xlsx"))
    assert (outcome["stored"], outcome["unchanged"]) == (1, 7)


def test_a_mark_of_an_upload_that_one_may_not_see_names_nothing(desk):
    first = desk.read(ten_rows())
    desk.store(first)
    stranger = build.person(desk.committing, "field", desk.places.neighbour)
    theirs = desk.read(sent_back(sheet_of(desk, first)), stranger, name="salinan.xlsx")
    with desk.database.transaction(read_only=True, person=stranger) as connection:
        assert not any(row.facts["identified"] for row in upload_rows.first_rows(connection, theirs, 100))


def test_what_was_corrected_on_the_page_stands_in_the_sheet_too(desk):
    upload = desk.read(HEAD + ROAD + NORTH)
    (offer,) = [one for one in patterns(desk, upload) if one.pattern.how]
    apply(desk, upload, offer.pattern)
    sheet = sheet_of(desk, upload).active
    heads = [cell.value for cell in sheet[1]]
    assert sheet.cell(3, heads.index("latitude") + 1).value == pytest.approx(-8.2201)
    desk.store(upload)
    again = desk.store(desk.read(sent_back(sheet_of(desk, upload)), name="lagi.xlsx"))
    assert (again["stored"], again["updated"], again["unchanged"]) == (0, 0, 2)


def test_nothing_that_was_typed_becomes_a_formula(desk):
    upload = desk.read(HEAD + ROAD.replace("Rabat beton jalan", "=HYPERLINK(1)&"))
    cell = sheet_of(desk, upload).active.cell(2, 5)
    assert cell.value.startswith("=HYPERLINK(1)&")
    assert cell.data_type == "s"


def test_shapes_of_a_file_without_columns_for_them_come_back_as_they_went(desk):
    line = ('{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"nama kegiatan": '
            '"Paving gang 3", "tahun": 2024}, "geometry": {"type": "LineString", "coordinates": '
            '[[114.3692, -8.2192], [114.3701, -8.2199]]}}]}')
    upload = desk.read(line, name="ruas.geojson")
    desk.store(upload)
    again = desk.store(desk.read(sent_back(sheet_of(desk, upload)), name="ruas.xlsx"))
    assert (again["stored"], again["updated"], again["unchanged"]) == (0, 0, 1)


# ---- cancelling -------------------------------------------------------------------------------------------------


def test_reading_a_large_file_may_take_longer_than_a_page(desk, monkeypatch):
    """The web role's limits would stop it in the middle, and the queue would begin it again and again."""
    seen = []
    put_rows = upload_rows.put_rows

    def put(connection, upload, rows):
        seen.append(connection.execute("SHOW statement_timeout").fetchone()[0])
        put_rows(connection, upload, rows)

    monkeypatch.setattr(upload_rows, "put_rows", put)
    desk.read(HEAD + ROAD)
    assert seen == ["30min"]


class Stopping(Told):
    """Progress whose person presses stop as soon as the job does `doing`."""

    def __init__(self, doing: str) -> None:
        super().__init__()
        self.doing = doing

    def say(self, doing: str, done: int = 0, total: int | None = None) -> None:
        if doing == self.doing:
            raise Cancelled


@pytest.mark.parametrize("doing", ["job.reading", "job.understanding", "job.keeping"])
def test_a_reading_that_is_stopped_leaves_no_row_and_no_file(desk, doing):
    upload = desk.send(HEAD + ROAD + DITCH)
    kept = files.path_of(desk.settings.files, bytes(desk.seen(upload).sha256))
    assert kept.is_file()
    with pytest.raises(Cancelled):
        reading.read(desk.database, desk.settings, desk.field, upload, Stopping(doing))
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.drop_unread(connection, desk.settings, upload)
    assert desk.seen(upload).state == "dropped"
    assert desk.one("SELECT count(*) FROM upload_row") == 0
    assert not kept.exists()


def test_a_worker_that_hears_of_a_stop_clears_away(desk, cloned_database):
    upload = desk.send(HEAD + ROAD + DITCH)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        job = sending.ask_to_read(connection, upload, desk.field)
    desk.committing.execute("UPDATE job SET cancel_asked = true WHERE id = %s", [job])
    worker.run(desk.settings, cloned_database.web_dsn, until_empty=True)
    assert desk.one("SELECT state FROM job") == "cancelled"
    assert desk.seen(upload).state == "dropped"
    assert not [one for one in desk.settings.files.rglob("*") if one.is_file()]


def test_a_file_that_another_person_sent_too_stays_when_one_of_them_drops_it(desk):
    mine, theirs = desk.send(HEAD + ROAD), desk.send(HEAD + ROAD, desk.planner)
    kept = files.path_of(desk.settings.files, bytes(desk.seen(mine).sha256))
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.drop(connection, desk.settings, uploads.hold(connection, mine))
    assert kept.is_file(), "the sender of the first cannot even see the second"
    with desk.database.transaction(read_only=False, person=desk.planner) as connection:
        sending.drop(connection, desk.settings, uploads.hold(connection, theirs))
    assert not kept.exists()


@pytest.mark.parametrize("doing", ["job.storing", "job.matching"])
def test_a_storing_that_is_stopped_leaves_no_work_and_the_upload_waits_as_before(desk, doing):
    upload = desk.read(HEAD + ROAD + DITCH)
    before = state_of(desk, upload)
    with pytest.raises(Cancelled):
        storing.store(desk.database, desk.settings, desk.field, upload, Stopping(doing))
    assert (desk.works(), desk.one("SELECT count(*) FROM site"), desk.one("SELECT count(*) FROM pair")) == (0, 0, 0)
    assert desk.seen(upload).state == "read"
    assert state_of(desk, upload) == before
    assert desk.store(upload)["stored"] == 2


def test_another_reading_that_is_stopped_leaves_the_file_to_be_read_once_more(desk):
    upload = desk.read(HEAD + ROAD + DITCH)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.ask_to_read_again(connection, uploads.hold(connection, upload), desk.field, {})
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        sending.drop_unread(connection, desk.settings, upload)
    assert desk.seen(upload).state == "received"
    reading.read(desk.database, desk.settings, desk.field, upload, Told())
    assert desk.seen(upload).good_rows == 2


def test_what_files_are_sent_together_is_one_batch_of_its_sender(desk):
    batch = UUID(int=7)
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        for text in (HEAD + ROAD, HEAD + DITCH):
            sending.receive(connection, desk.settings, desk.field, desk.places.village, "a.csv",
                            io.BytesIO(text.encode()), batch)
    for person, files_seen in ((desk.field, 2), (desk.planner, 0)):
        with desk.database.transaction(read_only=True, person=person) as connection:
            assert len(uploads.of_batch(connection, person, batch)) == files_seen
