"""Workbooks of every kind: which sheet, merged cells, days and errors as Excel keeps them, old and open formats."""

import struct
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from geo import formats, rows
from geo.errors import FileEmpty
from tests.unit.files import changed, refusal

WORKS = [["Nama Kegiatan", "Desa", "Anggaran", "Lat", "Long"], ["Jalan", "Sarongan", 5_000_000, -8.25, 114.35],
         ["Talud", "Kandangan", 6_000_000.5, -8.26, 114.36]]


def notes(table):
    return {problem.reason.id for problem in table.problems}


def test_merged_cells_hold_for_all_their_rows_and_money_counts_once(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Desa", "Nama Kegiatan", "Anggaran", "Lokasi"])
        sheet.write_column(1, 1, ["Jalan", "Talud", "Got", "Dam"])
        sheet.merge_range(1, 0, 3, 0, "Sarongan")
        sheet.merge_range(1, 2, 2, 2, 90_000_000)
        sheet.write(1, 3, "Krajan")
    read = rows.read(tmp_path / "a.xlsx")
    found = rows.understand(read)
    assert [one.facts.get("village") for one in found] == ["Sarongan"] * 3 + [None]
    assert [one.facts.get("amount") for one in found] == [90_000_000, None, None, None]
    assert [one.facts.get("place") for one in found] == ["Krajan", None, None, None]
    assert {"file.merged_filled", "file.merged_once"} <= notes(read)


def test_a_header_of_three_lines_is_joined_along_its_merges(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 5, "INVENTARIS JALAN DESA")
        for column, head in enumerate(("No", "Nama Ruas")):
            sheet.merge_range(2, column, 4, column, head)
        sheet.merge_range(2, 2, 2, 5, "Koordinat")
        sheet.merge_range(3, 2, 3, 3, "Awal")
        sheet.merge_range(3, 4, 3, 5, "Akhir")
        sheet.write_row(4, 2, ["X", "Y", "X", "Y"])
        sheet.write_row(5, 0, [1, "Jl. Melati", 114.35, -8.25, 114.351, -8.251])
    read = rows.read(tmp_path / "a.xlsx")
    assert read.header_row == 3
    assert read.mapping == {"Nama Ruas": "name", "Koordinat Awal X": "lon", "Koordinat Awal Y": "lat",
                            "Koordinat Akhir X": "end_lon", "Koordinat Akhir Y": "end_lat"}
    assert rows.understand(read)[0].method == "chord"


@pytest.mark.parametrize("epoch", [False, True])
def test_days_are_the_same_in_both_of_excels_calendars(tmp_path, epoch):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"date_1904": epoch}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Nama Kegiatan", "Tanggal Mulai"])
        sheet.write(1, 0, "Jalan")
        sheet.write_datetime(1, 1, date(2024, 5, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
    assert rows.understand(rows.read(tmp_path / "a.xlsx"))[0].facts["start_date"] == date(2024, 5, 31)


def test_errors_formulas_text_numbers_and_percentages_are_read_as_a_person_reads_them(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Nama Kegiatan", "Anggaran", "Progres", "Tahun", "Lat", "Long"])
        sheet.write_row(1, 0, ["Jalan", None, 0.4, "2024", -8140083, 114.369227])
        sheet.write_formula(1, 1, "=1000000*5", None, 5_000_000)
        sheet.write_row(2, 0, ["Talud", None, 1, 2024, "-8.25", "114.35"])
        sheet.write_formula(2, 1, "=Lama!A1", None, "#REF!")
        sheet.write_row(3, 0, ["Got", "Rp 7.500.000", 0, 2024, None, None])
    first, second, third = rows.understand(rows.read(tmp_path / "a.xlsx"))
    assert [one.facts.get("amount") for one in (first, second, third)] == [5_000_000, None, 7_500_000]
    assert [one.facts["stage"] for one in (first, second, third)] == ["running", "done", "planned"]
    assert {one.facts["year"] for one in (first, second, third)} == {2024}
    assert second.geometry is not None
    ruined = next(problem for problem in first.problems if problem.severity == "fault")
    assert (ruined.suggestion.how, ruined.suggestion.lat, ruined.suggestion.lon) == ("decimal", -8.140083, 114.369227)


def test_hidden_sheets_that_look_like_tables_are_named_and_never_read(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        shown, hidden = book.add_worksheet("Kini"), book.add_worksheet("Lama")
        shown.write_row(0, 0, ["Nama Kegiatan", "Tahun"])
        shown.write_row(1, 0, ["Jalan", 2024])
        for number, line in enumerate(WORKS):
            hidden.write_row(number, 0, line)
        hidden.hide()
    read = rows.read(tmp_path / "a.xlsx")
    assert read.sheet == "Kini"
    assert [problem.reason.values for problem in read.problems] == [{"others": "Lama"}]


def test_a_workbook_with_hidden_sheets_only_says_so(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("Kosong")
        hidden = book.add_worksheet("Lama")
        hidden.write_row(0, 0, WORKS[0])
        hidden.hide()
    with pytest.raises(FileEmpty) as refused:
        rows.read(tmp_path / "a.xlsx")
    assert refused.value.sentence.id == "file.only_hidden"


def test_an_open_document_sheet_is_read(tmp_path):
    def cell(value):
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, line))}</table:table-row>" for line in WORKS)
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
                     for name in ("office", "table", "text"))
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest:manifest xmlns:manifest='
                      '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
        book.writestr("content.xml", f'<?xml version="1.0"?><office:document-content{spaces}><office:body>'
                      f'<office:spreadsheet><table:table table:name="Kegiatan">{lines}</table:table>'
                      f"</office:spreadsheet></office:body></office:document-content>")
    read = rows.read(tmp_path / "a.csv")
    assert (read.format, read.sheet) == ("ods", "Kegiatan")
    assert [one.facts["amount"] for one in rows.understand(read)] == [5_000_000, Decimal(6_000_000)]


def record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def old_sheet(lines):
    """The smallest workbook of Excel 97: a stream of BIFF8 records."""
    cells = b""
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            where = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = value.encode("latin-1")
                cells += record(0x0204, where + struct.pack("<HB", len(text), 0) + text)
            else:
                cells += record(0x0203, where + struct.pack("<d", value))
    size = record(0x0200, struct.pack("<IIHHH", 0, len(lines), 0, len(lines[0]), 0))
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + size + cells + record(0x000A)
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    name = b"Kegiatan"
    start = len(begin) + 4 + 8 + len(name) + 4
    return begin + record(0x0085, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name) + record(0x000A) + sheet


def compound(stream, name="Workbook"):
    """An OLE file of one stream: header, table of sectors, directory, content."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]

    def entry(called, kind, child, first, size):
        text = called.encode("utf-16-le")
        return (text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
                + b"\0" * 36 + struct.pack("<IQ", first, size))

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    head = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
            + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
            + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108))
    cells = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    return head + cells + directory.ljust(512, b"\0") + stream


def test_an_old_workbook_is_read(tmp_path):
    (tmp_path / "a.xls").write_bytes(compound(old_sheet(WORKS)))
    read = rows.read(tmp_path / "a.xls")
    assert (read.format, read.sheet, [row.number for row in read.rows]) == ("xls", "Kegiatan", [2, 3])
    first, second = rows.understand(read)
    assert (first.facts["name"], first.facts["amount"], first.geometry.y) == ("Jalan", 5_000_000, -8.25)
    assert second.facts["village"] == "Kandangan"


def test_a_broken_old_workbook_and_one_under_a_password_are_refused(tmp_path):
    whole = compound(old_sheet(WORKS))
    (tmp_path / "a.xls").write_bytes(whole[:1600])
    assert refusal(tmp_path / "a.xls") == "reading.child_failed"
    (tmp_path / "b.xlsx").write_bytes(compound(b"secret", "EncryptedPackage"))
    assert refusal(tmp_path / "b.xlsx") == "archive.encrypted"


def test_a_workbook_whose_name_lies_and_one_with_a_doctype(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xls") as book:
        book.add_worksheet().write_row(0, 0, WORKS[0])
    assert formats.read(tmp_path / "a.xls").format == "xlsx"
    path = changed(tmp_path / "a.xls", tmp_path / "b.xlsx", lambda name, content: content.replace(
        b"<worksheet", b"<!DOCTYPE a><worksheet", 1) if "sheet1" in name else content)
    assert refusal(path) == "archive.doctype"
