"""Lines and areas that a phone's form drew beside a point: the richest shape of a row is its site."""

from geo import rows

LINE = "-8.2026 114.3202 10 4;-8.2031 114.3210 10 4;-8.2036 114.3215 10 4"
AREA = "-8.2026 114.3202 10 4;-8.2026 114.3210 10 4;-8.2036 114.3210 10 4;-8.2026 114.3202 10 4"
HEAD = ("nama,Lokasi titik,_Lokasi titik_latitude,_Lokasi titik_longitude,_Lokasi titik_altitude,"
        "_Lokasi titik_precision,Jalur,Area,_uuid\n")


def test_of_point_line_and_area_the_richest_is_taken_and_the_others_are_said(table):
    read = table(HEAD + f"Titik,-8.2 114.3 10 4,-8.2,114.3,10,4,,,u1\nJalan,,,,,,{LINE},,u2\nTaman,,,,,,,{AREA},u3\n"
                 f"Semua,-8.2 114.3 10 4,-8.2,114.3,10,4,{LINE},{AREA},u4\n")
    found = rows.understand(read)
    assert [one.geometry.geom_type for one in found] == ["Point", "LineString", "Polygon", "Polygon"]
    assert [[problem.reason.id for problem in one.problems] for one in found] == [
        [], [], [], ["coordinate.richest", "coordinate.sources_differ"]]  # the point lies two kilometres from the area


def test_a_column_of_lines_beside_one_of_points_without_axes(table):
    found = rows.understand(table(f"nama,lokasi,jalur\nTitik,-8.2 114.3 10 4,\nJalan,,{LINE}\n"))
    assert [one.geometry.geom_type for one in found] == ["Point", "LineString"]


def test_a_column_that_a_person_left_aside_stays_aside(table):
    found = rows.understand(table(f"nama,lat,lon,jalur\nTitik,-8.2,114.3,{LINE}\n", mapping={"jalur": ""}))
    assert found[0].geometry.geom_type == "Point"
