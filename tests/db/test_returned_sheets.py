"""A sheet that is given back with its problems, corrected elsewhere, and sent again."""

import io
from uuid import UUID

import openpyxl
import pytest

from app.jobs import returned
from app.queries import upload_rows, uploads
from geo.sentences import Sentence, worded
from tests import build
from tests.db.test_corrections import PLAIN, apply, patterns
from tests.desk import HEAD, NORTH, ROAD, Desk


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
