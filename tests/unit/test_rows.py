"""A file becomes rows, rows become works, and every problem is told at once."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
import xlsxwriter

from geo import rows, sheets
from geo.errors import ColumnsUnknown, FileEmpty
from geo.regions import Regions
from geo.rows import Problem, Row, Suggestion
from geo.sentences import LANGUAGES, Sentence, worded, words

TODAY = date(2026, 11, 24)


def understood(table, **options):
    return rows.understand(table, today=TODAY, **options)


def reasons(one, severity="fault"):
    return [problem.reason.id for problem in one.problems if problem.severity == severity]


FULL = """DAFTAR KEGIATAN DESA SARONGAN;;;;;;;
Tahun Anggaran 2024;;;;;;;

No;Nama Kegiatan;Tahun;Sumber Dana;Anggaran (Rp);Desa;Lintang;Bujur
1;Rabat beton RT 02;2024;DD;Rp187.500.000,00;Sarongan;-8,498369;113,904168
2;Drainase dusun Krajan;2024;ADD;45 juta;Sarongan;-8,499;113,905
3;Belum ada titik;2024;DD;10.000.000;Sarongan;;
"""


def test_a_sheet_as_offices_make_it_is_read_whole(table):
    read = table(FULL)
    assert read.header_row == 4
    assert read.mapping == {"Nama Kegiatan": "name", "Tahun": "year", "Sumber Dana": "fund", "Anggaran (Rp)": "amount",
                            "Desa": "village", "Lintang": "lat", "Bujur": "lon"}
    first, second, third = understood(read)
    assert [row.number for row in read.rows] == [5, 6, 7]
    assert first.facts["amount"] == Decimal(187_500_000)
    assert second.facts["amount"] == Decimal(45_000_000)
    assert (first.facts["fund"], first.facts["year"], first.facts["category"]) == ("DDS", 2024, "road")
    assert (first.geometry.x, first.geometry.y, first.method) == (113.904168, -8.498369, "file")
    assert second.facts["category"] == "drainage"
    assert third.good
    assert third.geometry is None
    assert third.method is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_every_delimiter_in_every_encoding_gives_the_same_rows(table, mark, encoding):
    lines = [["Nama Kegiatan", "Tahun", "Lat", "Lon"], ["Jembatan Café – Sumbër", "2024", "-8.25", "114.25"]]
    read = table("\n".join(mark.join(line) for line in lines), encoding)
    assert read.rows[0].values == dict(zip(*lines, strict=True))


def test_every_problem_of_a_row_is_told_at_once(table):
    one, = understood(table(
        "nama kegiatan,tahun,anggaran,tanggal mulai,lat,lon\n,1924,-5000,31/02/2024,-98,114\n"))
    assert reasons(one) == ["year.absurd", "money.negative", "date.unreadable", "name.missing",
                            "coordinate.not_latitude"]
    assert not one.good
    assert {problem.row for problem in one.problems} == {2}
    assert one.problems[0].column == "tahun"
    assert one.problems[0].text == "1924"


def test_a_row_with_notes_only_is_good(table):
    one, = understood(table("nama kegiatan,sumber dana\nJalan desa,Tabungan\n"))
    assert reasons(one, "note") == ["fund.unknown"]
    assert one.good
    assert one.facts["fund"] == "DLL"


def test_a_repeated_id_gets_its_row_and_merges_nothing(table):
    first, second, third = understood(table("id kegiatan,nama\nA1,Jalan\nA1,Jembatan\nB2,Talud\n"))
    assert [one.facts["id"] for one in (first, second, third)] == ["A1#2", "A1#3", "B2"]
    assert reasons(first, "note") == reasons(second, "note") == ["id.repeated"]
    assert reasons(third, "note") == []
    assert all(one.good for one in (first, second, third))


def test_a_record_of_two_lines_is_named_by_its_first(table):
    read = table('nama,tahun\n"Jalan\ndusun",2024\nTalud,2024\n')
    assert [row.number for row in read.rows] == [2, 4]


def test_totals_headers_repeated_and_numbering_lines_are_no_works(table):
    read = table("nama kegiatan,tahun,anggaran\n1,2,3\nJalan,2024,5000000\n"
                 "nama kegiatan,tahun,anggaran\nTalud,2024,6000000\nJUMLAH,,11000000\n")
    assert [row.values["nama kegiatan"] for row in read.rows] == ["Jalan", "Talud", "JUMLAH"]
    assert reasons(understood(read)[2]) == ["row.total"]
    assert "file.repeated_headings" in [problem.reason.id for problem in read.problems]


def test_two_merged_header_lines_are_read_as_one(table):
    read = table("No,Nama Kegiatan,Koordinat,,Anggaran\n,,Lintang,Bujur,\n1,Jalan,-8.25,114.25,5000000\n")
    assert read.mapping == {"Nama Kegiatan": "name", "Koordinat Lintang": "lat", "Koordinat Bujur": "lon",
                            "Anggaran": "amount"}
    assert understood(read)[0].geometry == shapely.Point(114.25, -8.25)


def test_a_file_that_means_nothing_is_refused_and_one_without_rows_too(table):
    with pytest.raises(ColumnsUnknown):
        table("foo,bar\n1,2\n3,4\n")
    for text in ("", "   \n\n", "nama kegiatan,tahun\n"):
        with pytest.raises(FileEmpty):
            table(text)


@pytest.mark.parametrize("lines", [
    "1,2,3\n4,5,6\n", "1,2,3\n", "1,x,a\n2,y,b\n", "Krajan,a,b\nDesa,c,d\n", "1,2,3\n1,2,3\n"])
def test_unknown_headings_are_named_beside_those_that_are_looked_for(table, lines):
    with pytest.raises(ColumnsUnknown) as refused:
        table("foo,bar,baz\n" + lines)
    said = worded(refused.value.sentence, "id")
    assert "Kolom yang ada: foo, bar, baz." in said
    assert "Yang dicari: Nama kegiatan, Tahun anggaran" in said
    assert "There are: foo, bar, baz." in worded(refused.value.sentence, "en")


def test_a_table_without_headings_is_told_to_have_some(table):
    with pytest.raises(ColumnsUnknown) as refused:
        table("1,2,3\n4,5,6\n")
    assert refused.value.sentence.id == "file.no_headings"
    assert "Tulis judul kolom" in worded(refused.value.sentence, "id")


@pytest.mark.parametrize("text", ["nama kegiatan,tahun\n", "foo,bar\n", "nama kegiatan,tahun\n,\n"])
def test_headings_without_a_row_are_called_headings_only(table, text):
    with pytest.raises(FileEmpty) as refused:
        table(text)
    assert "hanya berisi judul kolom" in worded(refused.value.sentence, "id")
    assert text.split("\n")[0].replace(",", ", ") in worded(refused.value.sentence, "en")


def test_very_many_and_very_long_headings_are_cut_in_a_refusal(table):
    with pytest.raises(ColumnsUnknown) as refused:
        table(",".join(["q" * 500, *(f"zz{'q' * number}" for number in range(2, 30))]) + "\n" + "1," * 28 + "1\n")
    assert len(worded(refused.value.sentence, "id")) < 800


def test_a_file_without_names_says_so_once_and_has_no_good_row(table):
    read = table("lintang,bujur\n-8.25,114.25\n")
    assert [problem.reason.id for problem in read.problems] == ["file.no_name_column"]
    assert not understood(read)[0].good


def test_a_workbook_is_read_by_its_best_sheet(tmp_path):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        cover, works, hidden = (book.add_worksheet(name) for name in ("Sampul", "Kegiatan 2024", "Lama"))
        cover.write(0, 0, "Pemerintah Desa")
        works.write(1, 1, "DAFTAR KEGIATAN")
        works.write_row(3, 1, ["Nama Kegiatan", "Tanggal Mulai", "Anggaran", "Lat", "Long"])
        works.write_row(4, 1, ["Jalan", None, 5_000_000.4, -8140083, 113.739083])
        works.write_datetime(4, 2, date(2024, 5, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
        hidden.write_row(0, 0, ["Nama Kegiatan", "Tahun", "Sumber Dana", "Anggaran", "Desa", "Lat", "Lon"])
        hidden.write_row(1, 0, ["Lama", 2020, "DD", 1, "X", -8.1, 114.1])
        hidden.hide()
    read = rows.read(path)
    assert (read.sheet, read.header_row, [row.number for row in read.rows]) == ("Kegiatan 2024", 4, [5])
    one, = understood(read)
    assert (one.facts["start_date"], one.facts["amount"]) == (date(2024, 5, 31), 5_000_000)
    fault = next(problem for problem in one.problems if problem.severity == "fault")
    assert (fault.reason.id, fault.sheet, fault.suggestion.how) == (
        "coordinate.not_latitude", "Kegiatan 2024", "decimal")


def test_geojson_gives_rows_by_position_and_broken_shapes_as_problems(tmp_path):
    path = tmp_path / "works.geojson"
    shapes = [{"type": "Point", "coordinates": [114.25, -8.25]}, {"type": "Point", "coordinates": [114.25]}, None,
              {"type": "LineString", "coordinates": [[114.2, -8.2], [114.3, -8.2]]}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"nama": f"Jalan {number}"}, "geometry": shape}
        for number, shape in enumerate(shapes)]}))
    one, broken, without, line = understood(rows.read(path))
    assert one.geometry.equals(shapely.Point(114.25, -8.25))
    assert one.row.number == 1
    assert reasons(broken) == ["geometry.unreadable"]
    assert broken.row.number == 2
    assert without.good
    assert without.geometry is None
    assert line.geometry.geom_type == "LineString"


def test_four_columns_give_a_chord_and_the_lost_sign_of_one_end_a_suggestion(table):
    head = "nama ruas,panjang (m),lat awal,lng awal,lat akhir,lng akhir\n"
    good, flipped, half, none = understood(table(
        head + "A,500,-8.25,114.25,-8.253,114.25\nB,500,8.25,114.25,-8.251,114.251\nC,5,,,-8.25,114.25\nD,5,,,,\n"))
    assert (good.method, good.geometry.geom_type) == ("chord", "LineString")
    assert reasons(flipped) == ["chord.too_long"]
    assert (flipped.problems[-1].suggestion.how, flipped.problems[-1].suggestion.lat) == ("sign", -8.25)
    assert half.geometry == shapely.Point(114.25, -8.25)
    assert reasons(half, "note") == ["chord.start_missing"]
    assert none.good
    assert none.geometry is None


def test_a_chord_longer_than_the_road_is_noted(table):
    one, = understood(table("nama ruas,panjang (meter),lat awal,lng awal,lat akhir,lng akhir\n"
                            "A,800,-8.25,114.25,-8.26,114.25\n"))
    assert reasons(one, "note") == ["chord.longer"]


def test_bounds_make_a_point_elsewhere_a_fault_with_its_repair(table):
    read = table("nama,lat,lon\nJalan,8.25,114.25\nTalud,-8.25,114.25\n")
    north, good = understood(read, bounds=(113.7, -8.8, 114.7, -7.8))
    assert reasons(north) == ["coordinate.outside"]
    assert north.problems[0].suggestion.how == "sign"
    assert good.good


def test_without_bounds_the_other_points_of_the_file_tell_a_lost_sign(table):
    lines = [f"Jalan {number},-8.2{number},114.2{number}" for number in range(9)]
    *others, lost = understood(table("nama,lat,lon\n" + "\n".join([*lines, "Talud,8.25,114.25"])))
    assert all(one.good for one in others)
    assert reasons(lost) == ["coordinate.far_from_others"]
    assert lost.geometry is None
    assert lost.problems[0].suggestion.how == "sign"


def test_a_cell_in_the_other_order_than_its_column_waits(table):
    lines = "\n".join(f'Jalan {number},"-8.2{number}, 114.2{number}"' for number in range(5))
    *_, turned = understood(table(f'nama,koordinat\n{lines}\nTalud,"114.25, -8.25"\n'))
    assert reasons(turned) == ["coordinate.order_differs"]
    assert turned.problems[0].suggestion.how == "swap"


def test_progress_is_told_and_can_end_the_work(table):
    """A large file is a job that a person can cancel: what the listener raises comes out as it is."""
    text = "nama,tahun\n" + "".join(f"Jalan {number},2024\n" for number in range(9_000))
    heard = []
    read = table(text, say=lambda done, total: heard.append((done, total)))
    assert heard == [(0, 9000), (4000, 9000), (8000, 9000)]

    def stop(done, total):
        if done > 5000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        understood(read, say=stop)
    with pytest.raises(KeyboardInterrupt):
        table(text, say=stop)


def _regions():
    boxes = {"35.10.01.2001": ("Sarongan", 114.0, "35.10.01"), "35.10.01.2002": ("Kandangan", 114.1, "35.10.01"),
             "35.10.02.2003": ("Tamansari", 114.2, "35.10.02"), "35.10.03.2004": ("Tamansari", 114.3, "35.10.03")}
    made = [(code, name, "village", parent, False, shapely.box(west, -8.3, west + 0.1, -8.2))
            for code, (name, west, parent) in boxes.items()]
    made += [(code, name, "district", "35.10", False, shapely.box(114.0, -8.3, 114.4, -8.2))
             for code, name in (("35.10.01", "Pesanggaran"), ("35.10.02", "Licin"), ("35.10.03", "Glagah"))]
    return Regions.from_frame(gpd.GeoDataFrame(
        made, columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326))


def test_villages_are_known_by_code_or_name_and_the_unknown_are_said_to_be(table):
    by_code, by_name, twice, told, unknown = understood(table(
        "nama,kode desa,desa,kecamatan\nA,3510012001,,\nB,,DS. KANDANGAN,\nC,,Tamansari,\nD,,Tamansari,Glagah\n"
        "E,,Antah Berantah,\n"), regions=_regions())
    assert by_code.facts["region_code"] == "35.10.01.2001"
    assert by_name.facts["region_code"] == "35.10.01.2002"
    assert told.facts["region_code"] == "35.10.03.2004"
    assert reasons(twice, "note") == ["region.several"]
    assert "region_code" not in twice.facts
    assert reasons(unknown, "note") == ["region.unknown"]
    assert all(one.good for one in (by_code, by_name, twice, told, unknown))


def test_a_point_in_another_village_than_the_claimed_one_is_noted_with_its_distance(table):
    inside, outside = understood(table("nama,desa,lat,lon\nA,Sarongan,-8.25,114.05\nB,Sarongan,-8.25,114.15\n"),
                                 regions=_regions())
    assert inside.facts["outside_m"] == 0
    assert reasons(inside, "note") == []
    assert reasons(outside, "note") == ["region.outside_in"]
    assert outside.facts["outside_m"] == pytest.approx(5508, rel=0.01)


def test_problems_survive_being_stored():
    problem = Problem(14, "lintang", "8.21", Sentence("coordinate.outside", {"point": [114.3, 8.21]}),
                      Suggestion("sign", 114.3, -8.21, Sentence("suggestion.sign", {"point": [114.3, -8.21]})), "A")
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem


def test_every_reason_has_words_in_every_language():
    """Whatever stands as a message id in the reader's source must be worded."""
    folder = Path(rows.__file__).parent
    sources = [*folder.glob("*.py"), *(folder / "formats").glob("*.py")]
    pattern = re.compile(r'"((?:reading|archive|file|cell|name|row|id|money|volume|year|date|number|fund|stage|'
                         r'category|coordinate|geometry|chord|region|suggestion|placing|sheet)\.[a-z_]+)"')
    used = {found for source in sources for found in pattern.findall(source.read_text("utf-8"))}
    assert len(used) > 80
    for language in LANGUAGES:
        assert used - set(words(language)) == set()


def test_keys_are_stable_and_never_repeat_in_a_file(table):
    text = "id,nama,tahun\nA,Jalan,2024\nA,Jalan,2025\nB,Talud,2024\nB,Talud,2024\n,Got,2024\n"
    keys = rows.source_keys(understood(table(text)))
    assert len(set(keys)) == 5
    assert keys == rows.source_keys(understood(table(text)))
    moved = rows.source_keys(understood(table("judul\n" + text.replace(",Got,2024\n", ",Got,2024\n"))))
    assert keys[0] == moved[0] == "id:A|2024|jalan"
    assert keys[4] == moved[4]


def test_a_fingerprint_is_of_what_was_typed_not_of_where_it_stands():
    first = Row(2, "A", {"nama": "Jalan", "x": None})
    assert rows.fingerprint(first) == rows.fingerprint(Row(9, "B", {"nama": "Jalan "}))
    assert rows.fingerprint(first) != rows.fingerprint(Row(2, "A", {"nama": "Talud"}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_is_understood_as_it_comes(tmp_path, language):
    path = tmp_path / "template.xlsx"
    path.write_bytes(sheets.template(language))
    with pytest.raises(FileEmpty) as refused:  # its example row is nobody's work
        rows.read(path)
    assert refused.value.sentence.id == "file.only_example"
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B2"] = "Drainase RT 02"
    book.save(path)
    read = rows.read(path)
    assert set(read.mapping.values()) == set(sheets.TEMPLATE_COLUMNS)
    one, = understood(read)
    assert one.problems == []
    assert (one.facts["fund"], one.facts["stage"], one.facts["category"]) == ("DDS", "planned", "drainage")
