"""Tables as text: whatever the delimiter, the encoding, the titles above and the mistakes inside."""

import pytest

from geo import rows
from geo.formats.text import delimiter_of

WORKS = [["NAMA KEGIATAN", "TAHUN", "LAT", "LON"], ["Rabat beton jalan", "2024", "-8,25123", "114,35123"],
         ["Talud", "2023", "-8,26123", "114,36123"], ["Jembatan gantung", "2022", "-8,27", "114,37"]]


def faults(table):
    return [(problem.row, problem.reason.id) for problem in table.problems if problem.severity == "fault"]


def notes(table):
    return [problem.reason.id for problem in table.problems if problem.severity == "note"]


def test_columns_of_blanks_are_cut_where_every_line_is_blank(table):
    text = "DAFTAR KEGIATAN\n\n" + "\n".join("".join(cell.ljust(20) for cell in line) for line in WORKS)
    read = table(text)
    assert [list(row.values.values()) for row in read.rows] == WORKS[1:]
    assert rows.understand(read)[0].geometry.y == -8.25123


def test_commas_inside_numbers_and_names_do_not_beat_the_delimiter(table):
    text = "\n".join(";".join(line) for line in WORKS)
    assert delimiter_of(text) == ";"
    assert len(table(text).columns) == 4


def test_a_file_that_names_its_delimiter_is_cut_by_it(table):
    assert table("sep=|\nnama|tahun\nJalan, gang|2024\n").rows[0].values == {"nama": "Jalan, gang", "tahun": "2024"}


def test_a_quotation_mark_that_never_closes_swallows_nothing(table):
    read = table('nama,tahun,desa\nJalan,2024,A\n"Talud,2024,B\nGot,2023,C\nDam,2022,D\n')
    assert [row.values["nama"] for row in read.rows] == ["Jalan", "Talud", "Got", "Dam"]
    assert faults(read) == [(3, "row.quote_open")]


def test_two_stray_marks_do_not_swallow_the_lines_between_them(table):
    read = table('nama,tahun,desa\n"Talud,2024,B\nGot,2023,C\nDam,2022,D\n"Jalan besar",2022,E\n')
    assert [row.values["nama"] for row in read.rows] == ["Talud", "Got", "Dam", "Jalan besar"]
    assert (2, "row.quote_open") in faults(read)


def test_a_cell_of_several_lines_stays_one_cell(table):
    read = table('nama,tahun,ket\n"Jalan ""besar"",\ndan, gang\nbuntu",2024,x\nTalud,2023,y\n')
    assert [row.number for row in read.rows] == [2, 5]
    assert read.rows[0].values["nama"] == 'Jalan "besar",\ndan, gang\nbuntu'
    assert faults(read) == []


def test_a_stray_delimiter_is_a_fault_of_its_row_and_a_short_row_is_none(table):
    read = table("nama,tahun,desa\nJalan, gang,2024,A\nTalud,2023\n")
    assert faults(read) == [(2, "row.more_cells")]
    found = rows.understand(read)
    assert [one.good for one in found] == [False, True]


def test_stray_zeros_and_broken_letters_are_said(table, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("nama,tahun\nJalan é è ê ë à,2024\n".encode() + b"Tal\0ud \xff,2024\n")
    read = rows.read(path)
    assert [row.values["nama"] for row in read.rows] == ["Jalan é è ê ë à", "Talud \ufffd"]
    assert notes(read) == ["file.nul_removed", "file.characters_lost"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_one(table, end):
    read = table(end.join(["nama,tahun", "Jalan,2024", "Talud,2023"]))
    assert [row.number for row in read.rows] == [2, 3]


def test_what_stands_above_the_table_holds_for_its_rows_and_is_said(table):
    read = table("PEMERINTAH KABUPATEN BANYUWANGI;;\nDesa : Sarongan;;\nKecamatan : Pesanggaran;;\n"
                 "Tahun Anggaran 2024;;\n(dalam ribuan rupiah);;\nNama Kegiatan;Anggaran;Sumber\nRabat;187.500;DD\n")
    one, = rows.understand(read)
    assert (one.facts["village"], one.facts["district"], one.facts["year"]) == ("Sarongan", "Pesanggaran", 2024)
    assert one.facts["amount"] == 187_500_000
    assert notes(read).count("file.stated_above") == 4
    assert "file.unit" in notes(read)


def test_a_column_of_the_file_is_never_overruled_by_its_title(table):
    read = table("Tahun 2024;\nNama Kegiatan;Tahun\nRabat;2023\n")
    assert rows.understand(read)[0].facts["year"] == 2023
    assert "file.stated_above" not in notes(read)


def test_lines_between_the_rows_name_the_village_of_those_below(table):
    read = table("Kegiatan;Lokasi;Anggaran;Sumber\nDesa Sarongan;;;\nRabat;Krajan;5.000.000;DD\n"
                 "Desa Kandangan;;;\nTalud;Krajan;6.000.000;ADD\n")
    assert [one.facts["village"] for one in rows.understand(read)] == ["Sarongan", "Kandangan"]
    assert [row.number for row in read.rows] == [3, 5]


def test_titles_of_sections_and_signatures_are_no_works(table):
    read = table("No;Nama Kegiatan;Lokasi;Anggaran\n;BIDANG PEMBANGUNAN DESA;;90.000.000\n1;Rabat;Krajan;90.000.000\n"
                 ";;JUMLAH;90.000.000\n;;;\n;;Sarongan, 12 Januari 2024;\n;;Kepala Desa Sarongan;\n;;H. SUPARMAN;\n")
    found = rows.understand(read)
    assert [next((problem.reason.id for problem in one.problems), None) for one in found] == [
        "row.section", None, "row.total", "row.section", "row.section", "row.section"]


def test_two_lines_of_headings_without_merges_are_joined_under_what_spans_them(table):
    read = table("No;Nama Ruas;Koordinat Awal;;Koordinat Akhir;;Panjang\n;;Lat;Long;Lat;Long;(m)\n"
                 "1;Melati;-8,25;114,35;-8,251;114,351;120\n")
    assert read.mapping == {
        "Nama Ruas": "name", "Koordinat Awal Lat": "lat", "Koordinat Awal Long": "lon",
        "Koordinat Akhir Lat": "end_lat", "Koordinat Akhir Long": "end_lon", "Panjang (m)": "volume"}
    assert rows.understand(read)[0].method == "chord"


def test_the_first_row_is_never_taken_for_a_second_line_of_headings(table):
    read = table("Nama Kegiatan,Desa,Lokasi,Tahun\nJalan,Desa,,\nTalud,Lokasi,Krajan,2024\n")
    assert [row.values["Nama Kegiatan"] for row in read.rows] == ["Jalan", "Talud"]
