"""Columns are recognised by their headings, and by what they hold where the headings say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import rows
from geo.columns import shape_of
from geo.headings import axis_of


def test_columns_are_known_by_misspelt_and_cut_headings(table):
    assert table("Nama Kegiatn,Sumbr Dana,Kecamatn\nJalan,DD,Muncar\n").mapping == {
        "Nama Kegiatn": "name", "Sumbr Dana": "fund", "Kecamatn": "district"}
    assert table("NAMA KEGIA,x1\nJalan,2\n").mapping["NAMA KEGIA"] == "name"


def test_headings_that_say_nothing_are_understood_by_what_they_hold(table):
    read = table("a,b,c,d\nPembangunan jalan usaha tani,-8.2512,114.2513,2024\n"
                 "Pembangunan jembatan dusun,-8.2612,114.2613,2025\n")
    assert read.mapping == {"a": "name", "b": "lat", "c": "lon", "d": "year"}
    assert {one.how for one in read.recognised} == {"content"}


def test_a_cell_with_both_numbers_is_found_by_content(table):
    read = table("raw,nama\n\"-8.25, 114.25\",Jalan\n\"-8.26, 114.26 (cek)\",Talud\n")
    assert read.mapping == {"raw": "coordinate", "nama": "name"}


def test_one_code_column_is_told_by_the_shape_of_its_codes(table):
    assert table("kode,nama\n35.10.01.2001,Jalan\n").mapping["kode"] == "village_code"
    assert table("kode,nama\n02.03.10.,Jalan\n").mapping["kode"] == "activity_code"
    assert table("kode,nama\nK-17,Jalan\n").mapping["kode"] == "id"


def test_counts_are_not_taken_for_money(table):
    assert "amount" not in table("nama jalan,jumlah lubang\nMelati,3\nMawar,0\n").mapping.values()


def test_two_columns_of_one_meaning_leave_one_listed_beside_the_other(table):
    read = table("nama,funding_year,report_year\nDike,2021,2022\n")
    assert read.mapping == {"nama": "name", "funding_year": "year"}
    assert [(one.column, one.rival_of) for one in read.recognised if one.rival_of] == [("report_year", "funding_year")]
    assert [problem.reason.id for problem in read.problems] == ["file.rival_column"]


def test_a_persons_mapping_is_never_overruled(table):
    text = "nama,uraian,tahun\nJalan,Rabat beton,2024\n"
    assert "place" not in table(text).mapping.values()
    read = table(text, mapping={"uraian": "name", "nama": "place", "tahun": ""})
    assert read.mapping == {"nama": "place", "uraian": "name"}
    assert {one.how for one in read.recognised} == {"person"}


def test_the_unit_of_a_heading_is_applied_and_said(table):
    read = table("nama,pagu (juta)\nJalan,187.5\nTalud,90\n")
    assert [one.facts["amount"] for one in rows.understand(read)] == [187_500_000, 90_000_000]
    assert [problem.reason.id for problem in read.problems] == ["file.unit"]


@pytest.mark.parametrize("headings", [
    ["nama kegiatan", "pagu (juta)", "lat"], [" Nama_Kegiatan ", "PAGU  (JUTA)", "Lat."],
    ["NAMA KEGIATAN", "Pagu\n(juta)", "lat", "", " "]])
def test_files_of_one_shape_are_known_again_whatever_their_blanks_and_case(headings):
    assert shape_of(headings) == shape_of(["Nama Kegiatan", "Pagu (juta)", "Lat"])


@pytest.mark.parametrize("headings", [
    ["Pagu (juta)", "Nama Kegiatan", "Lat"], ["Nama Kegiatan", "Pagu", "Lat"], ["Nama Kegiatan Pagu (juta)", "Lat"],
    ["Nama Kegiatan", "", "Pagu (juta)", "Lat"], ["Nama Kegiatan", "Pagu (ribu)", "Lat"], []])
def test_another_order_another_unit_and_another_heading_are_another_shape(headings):
    """A mapping that is taken over for a file of another shape would fill columns with what they do not mean."""
    assert shape_of(headings) != shape_of(["Nama Kegiatan", "Pagu (juta)", "Lat"])


@given(st.lists(st.text(max_size=12), max_size=6))
def test_every_list_of_headings_has_a_shape(headings):
    assert len(shape_of(headings)) == 64
    assert shape_of(headings) == shape_of([f"  {heading} " for heading in headings])


def test_moments_are_no_coordinates(table):
    read = table("nama;waktu\nJalan A;2015-07-31T17:00:00Z\nJalan B;2016-07-31T17:00:00Z\n")
    assert read.mapping.get("waktu") != "coordinate"


@pytest.mark.parametrize(("east", "north"), [
    ("Easting", "Northing"), ("UTM X", "UTM Y"), ("X (m)", "Y (m)"), ("Timur (m)", "Utara (m)"), ("utm_e", "utm_n"),
    ("Easting UTM 50S", "Northing UTM 50S"), ("Koordinat X UTM", "Koordinat Y UTM")])
def test_columns_in_metres_are_axes_and_their_zone_is_read_or_asked_for(table, east, north):
    text = f"nama;{east};{north};Zona\nJalan;204740;9092311;50S\nTalud;204840;9092311;\n"
    read = table(text)
    assert (read.mapping[east], read.mapping[north]) == ("lon", "lat")
    first, second = rows.understand(read)
    assert (round(first.geometry.x, 4), round(first.geometry.y, 4)) == (114.3203, -8.2027)
    if "50S" not in east:
        assert [problem.reason.id for problem in second.problems] == ["coordinate.metres"]


@pytest.mark.parametrize("heading", ["Batas Utara", "Sisi Timur (m)", "Panjang (m)", "Utara", "Zona UTM", "Lebar E"])
def test_words_for_directions_alone_are_no_axes(heading):
    assert axis_of(heading) is None
