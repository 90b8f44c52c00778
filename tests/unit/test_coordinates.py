"""Coordinates as people type them: what is read, and what only waits as a suggestion."""


import pytest
import shapely

from geo.coordinates import Bounds, read, read_axes

BANYUWANGI = Bounds(113.75, -8.7, 114.7, -7.8)

SAME_PLACE = [
    "-8.219233, 114.369227",
    "-8,219233 114,369227",
    "-8,219233,114,369227",
    "-8,219233; 114,369227",
    "−8.219233 , 114.369227",
    "(-8.219233, 114.369227)",
    "-8.219233 114.369227 (Perlu Validasi)",
    "Lat: -8.219233 Long: 114.369227",
    "bujur 114,369227 lintang -8,219233",
    "8.219233 S 114.369227 E",
    "8.219233S,114.369227E",
    "S8.219233 E114.369227",
    "BT: 114,369227; LS: 8,219233",
    "lintang selatan 8,219233 bujur timur 114,369227",
    "8.219233° LS / 114.369227° BT",
    "8°13'09.2388\" LS 114°22'09.2172\" BT",
    "8° 13' 9,2388\" S, 114° 22' 9,2172\" E",
    "LS 8°13'09.2388\" BT 114°22'09.2172\"",
    "8º13’09.2388” LS 114º22’09.2172” BT",
    "S 8° 13.15398' E 114° 22.15362'",
    "8 13 9.2388 S 114 22 9.2172 E",
    "8:13:09.2388 S, 114:22:09.2172 E",
    "8d13m9.2388s S 114d22m9.2172s E",
    "8 derajat 13 menit 9,2388 detik LS 114 derajat 22 menit 9,2172 detik BT",
    "POINT (114.369227 -8.219233)",
    "SRID=4326;POINT(114.369227 -8.219233)",
    "https://www.google.com/maps/@-8.219233,114.369227,17z",
    "https://maps.google.com/?q=-8.219233,114.369227",
    "-8.219233 114.369227 12.0 4.5",
    "RT 02 RW 01 -8.219233, 114.369227",
    "-8,219233/114,369227",
    "-8.219233°, 114.369227°",
    "-8.219233° 114.369227",
    "-8°.219233, 114°.369227",
    "-8. 219233, 114. 369227",
    "Lat.-8.219233 Lon.114.369227",
    "S 08⁰13’09.2388” E 114⁰22’09.2172”",
    "8 13 9,2388 LS; 114 22 9,2172 BT",
    "08.13.09,2388 LS / 114.22.09,2172 BT",
    "8-13-9.2388 LS / 114-22-9.2172 BT",
    "8,13,9.2388 LS 114,22,9.2172 BT",
    "S:8:13:9.2388, E:114:22:9.2172",
    "S:08.219233 E:114.369227",
    "s08 13.15398 e114 22.15362",
    "S8 13.15398 E114 22.15362 45m",
    "8°13'9.2388 LS, 114°22'9.2172 BT",
    "8 13' 9.2388\" LS 114 22' 9.2172\" BT",
    "8 13 9.2388\" S 114 22 9.2172\" E",
    "8.13'9.2388\" LS 114.22'9.2172\" BT",
    "8°13''9.2388\" LS 114°22''9.2172\" BT",
    "8^13'9.2388\" LS 114^22'9.2172\" BT",
    "8o13'9.2388\" LS 114o22'9.2172\" BT",
    "8Â°13â€™9.2388â€ LS 114Â°22â€™9.2172â€ BT",
    "8ï¿½13'9.2388\" LS 114ï¿½22'9.2172\" BT",
    "8\ufffd13\ufffd9.2388\ufffd LS 114\ufffd22\ufffd9.2172\ufffd BT",
    "8?13'9.2388\" LS 114?22'9.2172\" BT",
    "８°１３'９.２３８８\" LS １１４°２２'９.２１７２\" BT",
    "8°13'9,2388\" Lintang Selatan dan 114°22'9,2172\" Bujur Timur",
    "114°22'9.2172\"BT-8°13'9.2388\"LS",
    "8.219233LS,114.369227B.T.",
    "8.219233 S 114.369227 T",
    "LS/BT: 8.219233, 114.369227",
    "8.219233 114.369227 LS BT",
    "Lat, Long: -8.219233, 114.369227",
    "X : 114,369227 Y : -8,219233",
    "114.369227 BT, -8.219233 LS, 45 mdpl",
    "-8.219233,114.369227,17z",
    "-8.219233, 114.369227 (akurasi 5 m)",
    "8.219233S / 114.369227E (WGS84)",
    "Jl. S. Parman -8.219233, 114.369227",
    "\"-8.219233\",\"114.369227\"",
    "-8.219233E+00 1.14369227E+02",
    "-8.219233-114.369227",
    "-8-13-9.2388 LS, 114-22-9.2172 BT",
]


@pytest.mark.parametrize("text", SAME_PLACE)
def test_every_usual_writing_of_one_place_reads_as_that_place(text):
    position = read(text)
    assert position.fault is None, position.fault
    assert (position.lon, position.lat) == (pytest.approx(114.369227, abs=2e-6), pytest.approx(-8.219233, abs=2e-6))


@pytest.mark.parametrize(("height", "accuracy_m"), [("12.0", 4.5), ("-3.2", 8), ("0.0", 100), ("512.25", 114.2)])
def test_height_and_accuracy_of_a_phone_are_no_second_place(height, accuracy_m):
    position = read(f"-8.219233 114.369227 {height} {accuracy_m}")
    assert (position.lat, position.lon, position.how) == (-8.219233, 114.369227, "odk")
    assert position.accuracy_m == accuracy_m


@pytest.mark.parametrize(("text", "how", "lat", "lon"), [
    ("-6,8747007 (E) 112,3800372 (S)", "marks", -6.8747007, 112.3800372),
    ("6.5859 E 112.3131 S", "marks", -6.5859, 112.3131),
    ("Latitude (113°42'50\"E)\nLongitude (8°10'28\"S)", "marks", -8.174444, 113.713889),
    ("Latitude (112.6224804)\nLongitude (-8.0071496)", "swap", -8.0071496, 112.6224804),
    ("-8140083 113.739083", "decimal", -8.140083, 113.739083),
    ("-7.4167 11413427", "decimal", -7.4167, 114.13427),
    ("-8.219.233, 114.369.227", "decimal", -8.219233, 114.369227),
    ("-8140083 114369227", "decimal", -8.140083, 114.369227),
    ("8140083 114369227", "decimal+sign", -8.140083, 114.369227),
    ("80 13' 9.2\" LS 1140 22' 9.2\" BT", "marks", -8.219222, 114.369222),
    ("8013'9.2\" LS 114022'9.2\" BT", "marks", -8.219222, 114.369222),
    ("X=-8.219233 Y=114.369227", "swap", -8.219233, 114.369227),
])
def test_what_had_to_be_repaired_waits_as_a_suggestion(text, how, lat, lon):
    position = read(text)
    assert position.fault is not None
    assert position.lon is None
    assert position.lat is None
    assert position.suggestion.how == how
    assert (position.suggestion.lat, position.suggestion.lon) == (pytest.approx(lat, abs=1e-6),
                                                                  pytest.approx(lon, abs=1e-6))


@pytest.mark.parametrize(("text", "how"), [
    ("8.219233, 114.369227", "sign"),
    ("114.369227, -8.219233", None),  # longitude first is an order, not a fault: 114 can be no latitude
    ("-8.219233, -114.369227", "sign"),
    ("8 13 9 114 22 9", "sign"),
])
def test_a_lost_minus_is_suggested_where_the_point_then_falls_in_the_region(text, how):
    position = read(text, BANYUWANGI)
    if how is None:
        assert position.lat == -8.219233
        assert position.lon_first
    else:
        assert position.fault.id == "coordinate.outside"
        assert position.suggestion.how == how
        assert BANYUWANGI.hold(position.suggestion.lon, position.suggestion.lat)


def test_a_repair_that_falls_outside_the_region_is_not_offered():
    position = read("3.5, 98.6", BANYUWANGI)
    assert position.fault.id == "coordinate.outside"
    assert position.suggestions == ()


@pytest.mark.parametrize(("text", "reason"), [
    ("96.2 LS, 114 BT", "coordinate.contradicting"),
    ("8°73'09\" S 114°22'09\" E", "coordinate.sixty"),
    ("0, 0", "coordinate.zero"),
    ("0,0", "coordinate.zero"),
    ("-8.219233", "coordinate.one_number"),
    ("dekat masjid", "coordinate.no_number"),
    ("nan, inf", "coordinate.no_number"),
    ("1e308, 5", "coordinate.many_numbers"),
    ("-8.399 114.265 -8.4 114.266", "coordinate.two_places"),
    ("-8.399, 114.265; -8.9, 114.266", "coordinate.two_places"),
    ("5.55 95.32 5.56 95.33", "coordinate.two_places"),
    ("-8.399 114.265 -6.2 106.8", "coordinate.two_places"),
    ("114.265 -8.399 114.266 -8.4", "coordinate.two_places"),
    ("8.399 S 114.265 E 8.4 S 114.266 E", "coordinate.two_places"),
    ("X: 178000 Y: 9091000", "coordinate.metres"),
    ("https://maps.app.goo.gl/abc", "coordinate.short_link"),
    ("https://www.google.com/maps/place/Banyuwangi", "coordinate.link_without_point"),
    ("POINT (114.3", "geometry.unreadable"),
    ("POINT (nan nan)", "geometry.not_finite"),
    ("POINT EMPTY", "geometry.empty"),
    ("SRID=9999;POINT(1 2)", "coordinate.system_unknown"),
    ("8.2 N -114 E", "coordinate.contradicting"),
    ("0-8.219, 114.369", "coordinate.dash"),
    ("8½ LS 114 BT", "coordinate.strange_digit"),
    ("-8.2E+00 1.14E+02", "coordinate.exponent"),
    ("-8.2l9233, 114.369227", "coordinate.letter_in_number"),
    ("13'9.2\" LS 22'9.2\" BT", "coordinate.degree_missing"),
    ("8°59\" LS 114°22'9\" BT", "coordinate.minute_missing"),
    ("-8.219233, 114.369227 & -8.22, 114.37", "coordinate.two_places"),
    ("A: -8.2192,114.3692; B: -8.2201,114.3702", "coordinate.two_places"),
    ("-8.2192 114.3692 s/d -6.2 106.8", "coordinate.two_places"),
])
def test_what_cannot_be_read_says_why(text, reason):
    position = read(text)
    assert position.fault.id == reason
    assert position.lon is None


def test_a_latitude_beyond_ninety_is_refused():
    assert read_axes("-98.2", "114.3").fault.id == "coordinate.not_latitude"


def test_swapped_columns_are_suggested_and_not_applied():
    position = read_axes("114.369227", "-8.219233")
    assert position.fault.id == "coordinate.not_latitude"
    assert position.suggestion.how == "swap"


def test_a_compass_letter_against_its_column_is_a_contradiction():
    position = read_axes("114.369227 BT", "8.219233 LS")
    assert position.fault.id == "coordinate.contradicting"
    assert position.suggestion.how == "marks"


def test_a_missing_half_is_named():
    assert read_axes("-8.2", "").fault.id == "coordinate.lon_missing"
    assert read_axes("", "114.3").fault.id == "coordinate.lat_missing"


def test_a_remark_in_brackets_is_kept_as_a_note():
    assert [note.values["text"] for note in read("-8.2 114.3 (Perlu Validasi)").notes] == ["Perlu Validasi"]


def test_the_accuracy_of_a_phone_is_read_with_its_point():
    position = read("-8.219233 114.369227 12.0 4.5")
    assert (position.how, position.accuracy_m) == ("odk", 4.5)


def test_a_line_is_read_whole_and_its_point_lies_on_it():
    position = read("LINESTRING (114.3 -8.2, 114.4 -8.2)")
    assert position.geometry.length == pytest.approx(0.1)
    assert position.lon == pytest.approx(114.35)


@pytest.mark.parametrize("text", [
    "-8.2192 114.3692 s/d -8.2201 114.3702", "awal -8.2192, 114.3692 akhir -8.2201, 114.3702",
    "Titik awal: 8.2192 LS 114.3692 BT; titik akhir: 8.2201 LS 114.3702 BT",
    "Start: -8.2192,114.3692\nEnd: -8.2201,114.3702", "-8.2192,114.3692 sampai dengan -8.2201,114.3702",
])
def test_both_ends_of_a_road_in_one_cell_are_a_straight_line_and_called_so(text):
    position = read(text)
    assert position.how == "chord"
    assert position.geometry.equals_exact(shapely.LineString([(114.3692, -8.2192), (114.3702, -8.2201)]), 1e-9)


def test_a_heading_that_names_the_hemisphere_speaks_for_bare_numbers():
    for position in (read("8.219233, 114.369227", BANYUWANGI, "Koordinat (LS/BT)"),
                     read_axes("8.219233", "114.369227", BANYUWANGI, "LS ; BT")):
        assert (position.lat, position.lon) == (-8.219233, 114.369227)
    assert read("8.219233, 114.369227", BANYUWANGI, "Koordinat (LS/LU)").fault.id == "coordinate.outside"


def test_a_decimal_point_in_the_wrong_place_is_suggested_where_the_region_is_known():
    assert read_axes("-82.19233", "114.369227", BANYUWANGI).suggestion.lat == -8.219233
    assert read_axes("-8.219233", "11.4369227", BANYUWANGI).suggestion.lon == 114.369227


def test_minutes_and_seconds_in_a_column_of_their_own_need_no_marks():
    position = read_axes("-8 13 9.2", "114 22 9,4")
    assert (position.lat, position.lon) == (pytest.approx(-8.2192222), pytest.approx(114.3692778))


def test_a_stated_accuracy_is_kept():
    assert read("-8.219233, 114.369227 ± 5 m").accuracy_m == 5


@pytest.mark.parametrize("text", ["-8.399, 114.265; -8.4, 114.266", "-8.399, 114.265\n-8.4, 114.266"])
def test_two_points_on_two_lines_are_both_ends_of_a_road_and_said(text):
    position = read(text)
    assert (position.how, position.geometry.length > 0) == ("chord", True)
    assert [note.id for note in position.notes] == ["coordinate.two_ends"]


def test_a_blank_beside_the_decimal_point_is_no_parting():
    position = read_axes("-8 .202665", "114. 320276")
    assert (position.lat, position.lon) == (-8.202665, 114.320276)
    assert read("-8 .202665, 114.320276").lat == -8.202665
