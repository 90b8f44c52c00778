"""Degrees, minutes and seconds in columns of their own are one latitude and one longitude, never whole degrees."""

import pytest

from geo import rows
from geo.degrees import find

PLACE = (114.320278, -8.202667)


@pytest.mark.parametrize("text", [
    "nama;LS;;;BT;;\n;derajat;menit;detik;derajat;menit;detik\nJalan;8;12;9,6;114;19;13,0\n",
    "nama;Koordinat;;;;;\n;Lintang Selatan;;;Bujur Timur;;\n;derajat;menit;detik;derajat;menit;detik\n"
    "Jalan;8;12;9,6;114;19;13,0\n",
    "nama;lat derajat;lat menit;lat detik;long derajat;long menit;long detik\nJalan;-8;12;9,6;114;19;13\n",
    "nama;LS_D;LS_M;LS_S;BT_D;BT_M;BT_S\nJalan;8;12;9.6;114;19;13\n",
    "nama;Lat Deg;Lat Min;Lat Sec;Lat Dir;Lon Deg;Lon Min;Lon Sec;Lon Dir\nJalan;8;12;9.6;S;114;19;13;E\n",
    "nama;LS (°);LS (');LS (\");BT (°);BT (');BT (\")\nJalan;8°;12';9,6\";114°;19';13\"\n",
    "nama;LS derajat;LS menit;BT derajat;BT menit\nJalan;8;12,16;114;19,2167\n"])
def test_parts_of_an_angle_in_columns_are_one_place(table, text):
    read = table(text)
    one, = rows.understand(read)
    assert (round(one.geometry.x, 5), round(one.geometry.y, 5)) == pytest.approx(PLACE, abs=2e-5)
    assert [problem.reason.id for problem in read.problems].count("file.degrees_joined") == 2
    assert one.good


def test_minutes_that_are_missing_or_no_minutes_are_said_and_never_cut(table):
    found = rows.understand(table("nama;LS derajat;LS menit;LS detik;BT derajat;BT menit;BT detik\n"
                                  "Jalan;8;;9,6;114;19;13\nTalud;8;72;9,6;114;19;13\nGot;;;;;;\n"))
    assert [[problem.reason.id for problem in one.problems] for one in found] == [
        ["coordinate.minute_missing"], ["coordinate.sixty"], []]
    assert all(one.geometry is None for one in found)


def test_both_ends_of_a_road_are_told_apart():
    columns = [f"{axis} {end} {part}" for end in ("awal", "akhir") for axis in ("lat", "long")
               for part in ("derajat", "menit", "detik")]
    assert [axis.heading for axis in find(columns)] == ["lat awal", "long awal", "lat akhir", "long akhir"]


def test_a_person_who_says_what_a_part_means_is_not_overruled(table):
    read = table("nama;LS_D;LS_M;BT\nJalan;-8.2;12;114.3\n", mapping={"LS_D": "lat"})
    assert read.mapping["LS_D"] == "lat"
    assert "LS" not in read.columns
