"""Rows -> where they are: two columns, four, two cells with both ends; zones in headings; what neighbours say."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geo import locating, rows
from geo.coordinates import Bounds
from geo.gazetteer import Gazetteer
from geo.locating import Located, locate
from geo.sentences import LANGUAGES, worded
from geo.tables import Recognised, Row, Table

BANYUWANGI = Bounds(113.75, -8.7, 114.7, -7.8)


def table(meaning_of: dict[str, str], *lines: tuple) -> Table:
    columns = tuple(meaning_of)
    return Table("csv", None, columns, tuple(Recognised(name, meaning or None) for name, meaning in meaning_of.items()),
                 [Row(number, None, dict(zip(columns, line, strict=True))) for number, line in enumerate(lines, 2)])


FOUR = {"Lat Awal": "lat", "Long Awal": "lon", "Lat Akhir": "end_lat", "Long Akhir": "end_lon"}


def reasons(place: Located) -> list[str]:
    for problem in place.problems:
        assert all(worded(problem.reason, language) for language in LANGUAGES)
    return [problem.reason.id for problem in place.problems]


def test_four_columns_are_a_straight_line_and_called_so():
    [place] = locate(table(FOUR, (-8.2192, 114.3692, -8.2201, 114.3702)))
    assert (place.method, place.how) == ("chord", "chord")
    assert place.geometry.equals(shapely.LineString([(114.3692, -8.2192), (114.3702, -8.2201)]))


@pytest.mark.parametrize(("line", "reason"), [
    ((-8.2192, 114.3692, None, None), "chord.end_missing"), ((None, None, -8.2201, 114.3702), "chord.start_missing"),
    ((-8.2192, 114.3692, -8.2192, 114.3692), "chord.no_length"),
])
def test_one_end_alone_is_a_point_and_said(line, reason):
    [place] = locate(table(FOUR, line))
    assert place.geometry.geom_type == "Point"
    assert reasons(place) == [reason]


@pytest.mark.parametrize(("line", "column", "offer"), [
    ((-8.2192, 114.3692, 8.2201, 114.3702), "Lat Akhir", (-8.2201, 114.3702)),
    ((8.2192, 114.3692, -8.2201, 114.3702), "Lat Awal", (-8.2192, 114.3692)),
    ((-8.2192, 114.3692, -6.2201, 106.8), "Lat Akhir", None),
])
def test_two_ends_far_apart_are_a_fault_and_a_turned_end_is_offered(line, column, offer):
    [place] = locate(table(FOUR, line))
    [problem] = place.problems
    assert (problem.reason.id, problem.column, place.geometry) == ("chord.too_long", column, None)
    assert (problem.suggestion and (problem.suggestion.lat, problem.suggestion.lon)) == offer


def test_a_swapped_end_is_a_fault_with_its_own_suggestion():
    [place] = locate(table(FOUR, (-8.2192, 114.3692, 114.3702, -8.2201)))
    [problem] = place.problems
    assert (place.geometry, problem.column, problem.suggestion.how) == (None, "Lat Akhir", "swap")


@pytest.mark.parametrize("meaning_of", [
    {"Koordinat Awal": "coordinate", "Koordinat Akhir": ""}, {"Koordinat Awal": "", "Koordinat Akhir": "coordinate"},
])
def test_two_cells_with_both_ends_are_a_straight_line_whichever_was_recognised(meaning_of):
    both, alone = locate(table(meaning_of, ("-8.2192, 114.3692", "-8.2201, 114.3702"), (None, "-8.2201, 114.3702")))
    assert both.method == "chord"
    assert both.geometry.coords[0] == (114.3692, -8.2192)
    assert reasons(alone) == ["chord.start_missing"]


def test_both_ends_in_one_cell_keep_the_method_of_a_straight_line():
    [place] = locate(table({"Koordinat": "coordinate"}, ("-8.2192, 114.3692 s/d -8.2201, 114.3702",)))
    assert (place.method, place.geometry.geom_type) == ("chord", "LineString")


@pytest.mark.parametrize(("meaning_of", "more"), [
    ({"X (UTM 50S)": "lon", "Y (UTM 50S)": "lat"}, ()), ({"X": "lon", "Y": "lat", "Zona": ""}, ("50S",)),
    ({"X": "lon", "Y": "lat", "Zona UTM": ""}, (50,)),
])
def test_a_zone_in_a_heading_or_in_a_column_of_its_own_is_used(meaning_of, more):
    east, north = Transformer.from_crs(4326, 32750, always_xy=True).transform(114.369227, -8.219233)
    [place] = locate(table(meaning_of, (round(east, 2), round(north, 2), *more)), BANYUWANGI)
    assert place.how == "utm"
    assert place.geometry.equals_exact(shapely.Point(114.369227, -8.219233), 1e-6)


def test_without_a_zone_the_point_waits_as_a_suggestion():
    [place] = locate(table({"X": "lon", "Y": "lat"}, (210123.5, 9090654.25)), BANYUWANGI)
    assert place.geometry is None
    assert [offer.how for offer in place.suggestions] == ["utm"]


def test_a_heading_with_the_hemisphere_speaks_for_its_column():
    [place] = locate(table({"Koordinat (LS/BT)": "coordinate"}, ("8,219233 114,369227",)), BANYUWANGI)
    assert place.geometry.equals(shapely.Point(114.369227, -8.219233))


def regencies(*lines: tuple[str, str]) -> list[Located]:
    return locate(table({"Kabupaten": "regency", "Koordinat": "coordinate"}, *lines))


JEMBER = [("Kab. Jember", f"-8.1{k}, 113.6{k}") for k in range(6)]
MALANG = [("Kab. Malang", f"-8.0{k}, 112.6{k}") for k in range(6)]


def test_a_point_among_those_of_another_regency_is_a_doubt():
    *others, stray = regencies(*JEMBER, *MALANG, ("Kab. Malang", "-8.125, 113.625"))
    assert reasons(stray) == ["coordinate.far_from_its_own"]
    assert stray.geometry is not None, "a doubt takes no point away"
    assert not any(reasons(place) for place in others)


def test_one_point_for_two_regencies_is_wrong_for_one_of_them():
    one, two = regencies(*JEMBER, ("Kota Kediri", "-7.84, 111.97"), ("Kab. Kediri Jawa Timur", "-7.84, 111.97"))[-2:]
    assert reasons(one) == reasons(two) == ["coordinate.claimed_twice"]
    same = regencies(*JEMBER, ("Kab. Kediri", "-7.84, 111.97"), ("Kab. Kediri Jawa Timur", "-7.84, 111.97"))[-2:]
    assert [reasons(place) for place in same] == [[], []]


VILLAGES = Gazetteer([114.32, 114.29, 109.34], [-8.203, -8.432, 0.02],
                     ["Kabupaten Banyuwangi", "Kabupaten Banyuwangi", "Kota Pontianak"],
                     ["Kemiren", "Tapanrejo", "Siantan"])


@pytest.mark.parametrize(("lat", "lon", "how"), [
    (8.202665, 114.320276, "sign"), (-82.02665, 114.320276, "decimal"), (-8.202665, 14.320276, "digit"),
    (-8.202665, 114.320276, None),
])
def test_without_borders_a_point_near_no_village_waits_where_a_repair_falls_near_one(lat, lon, how):
    made = table({"nama": "name", "lat": "lat", "lon": "lon"}, ("A", lat, lon))
    [one] = rows.understand(made)
    VILLAGES.doubt([one], made.column_of)
    if how is None:
        assert (one.problems, one.geometry) == ([], shapely.Point(lon, lat))
        return
    [fault] = one.problems
    assert (fault.reason.id, fault.severity, one.geometry) == ("region.nothing_near", "fault", None)
    assert (fault.suggestion.how, fault.suggestion.lon, fault.suggestion.lat) == (how, 114.320276, -8.202665)
    assert all(worded(fault.suggestion.reason, language) for language in LANGUAGES)


@pytest.mark.parametrize(("village", "waits"), [("Siantan", True), ("Hutan", False)])
def test_a_point_in_a_forest_is_doubted_for_its_mirror_image_only_where_the_row_claims_it(village, waits):
    """Near the equator the mirror image of every place is a place."""
    made = table({"nama": "name", "desa": "village", "lat": "lat", "lon": "lon"}, ("A", village, -0.1, 109.34))
    [one] = rows.understand(made)
    VILLAGES.doubt([one], made.column_of)
    assert (one.geometry is None) == waits
    assert [problem.reason.id for problem in one.problems] == ["region.nothing_near"]


def test_whole_degrees_abroad_are_listed_with_a_true_distance():
    made = table({"nama": "name", "lat": "lat", "lon": "lon"}, ("A", 8, 12), ("B", 37, -122))
    understood = rows.understand(made)
    VILLAGES.doubt(understood, made.column_of)
    away_km = [one.problems[0].reason.values["away_m"] / 1000 for one in understood]
    assert away_km == [pytest.approx(10_815, rel=0.02), pytest.approx(13_580, rel=0.03)]


def test_the_nearest_village_tells_the_likely_regency():
    known = Gazetteer([113.65, 112.62, 112.63], [-8.15, -7.98, -8.05],
                      ["Kabupaten Jember", "Kota Malang", "Kabupaten Malang"], ["Sumbersari", "Klojen", "Pakisaji"])
    assert known.named("Kab. Malang Provinsi Jawa Timur") == "Kabupaten Malang"
    assert known.named("KOTA MALANG") == "Kota Malang"
    assert known.named("Kab. Antah") is None
    made = table({"nama": "name", "kab": "regency", "lat": "lat", "lon": "lon"},
                 ("A", "Kab. Jember", -8.151, 113.651), ("B", "Kab. Malang", -8.151, 113.651),
                 ("C", "Kab. Jember", -8.5, 114.3), ("D", "Kab. Antah", -8.151, 113.651))
    understood = rows.understand(made)
    known.doubt(understood, made.column_of)
    said = [[problem.reason.id for problem in one.problems if problem.reason.id.startswith("region.")]
            for one in understood]
    assert said == [[], ["region.likely_other"], ["region.nothing_near"], []]
    assert known.nearest(np.array([shapely.Point(112.62, -7.98)]))[0] == ["Kota Malang"]


CELLS = st.one_of(
    st.floats(-200, 200).map(lambda x: round(x, 6)), st.floats(-12, 7).map(lambda x: f"{x:.6f}"),
    st.floats(94, 142).map(lambda x: f"{x:.5f}".replace(".", ",")), st.integers(-200, 200), st.none(),
    st.sampled_from(["", "-", "8°13'09\" LS", "114.369227 BT", "0.0", "-8140083", "nan", " -8.2", "1e-7", "8.2 S"]))


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20), st.sampled_from(["lat", "Lintang (LS)"]),
       st.sampled_from([None, Bounds(113.8, -8.9, 114.8, -7.9)]))
def test_plain_numbers_are_read_at_once_as_they_would_be_one_by_one(cells, heading, bounds):
    """The fast way is no other way: each row alone, which is never plain beside another, gives the same."""
    made = table({heading: "lat", "lon": "lon"}, *cells)
    asked = locating._asked(made)
    for row, place in zip(made.rows, locating._plain(made, asked, bounds), strict=True):
        if place is not None:
            slowly = locating._located(row, asked, bounds)
            assert (slowly.geometry, slowly.how, slowly.method, slowly.problems) == (
                place.geometry, place.how, place.method, [])


@pytest.mark.parametrize(("heading", "said"), [("Panjang (km)", []), ("Panjang (m)", ["chord.kilometres"])])
def test_a_length_in_kilometres_is_not_taken_for_metres(heading, said):
    [place] = locate(table({heading: "volume", **FOUR}, (1.2, -8.2, 114.2, -8.205, 114.2)))
    assert reasons(place) == said


@pytest.mark.parametrize(("cells", "said"), [
    (["114.2, -8.2", "114.21, -8.21", "-8.22, 114.22"], [[], [], ["coordinate.order_mixed"]]),
    (["114.2, -8.2", "-8.22, 114.22"], [["coordinate.order_mixed"], []]),
    (["114.2, -8.2", "114.21, -8.21"], [[], []]),
])
def test_a_column_of_mixed_order_without_a_majority_says_so(cells, said):
    places = locate(table({"koordinat": "coordinate"}, *((cell,) for cell in cells)))
    assert [reasons(place) for place in places] == said
    assert all(place.geometry is not None for place in places)


def test_a_form_of_a_phone_has_a_fixed_order_so_a_longitude_in_front_waits():
    [place] = locate(table({"lokasi": "coordinate"}, ("114.320276 -8.202665 0 0",)))
    assert (reasons(place), place.geometry) == (["coordinate.odk_order"], None)
    assert (place.problems[0].suggestion.how, place.problems[0].suggestion.lat) == ("swap", -8.202665)


@pytest.mark.parametrize(("link", "said"), [
    ("https://maps.google.com/?q=-8.432133,114.290451", ["coordinate.sources_differ"]),
    ("https://maps.google.com/?q=-8.2027,114.3203", []), ("https://maps.app.goo.gl/AbC", []), (None, []),
])
def test_a_link_that_points_elsewhere_than_the_coordinates_beside_it_is_a_doubt(link, said):
    [place] = locate(table({"lat": "lat", "lon": "lon", "Link Google Maps": ""}, (-8.202665, 114.320276, link)))
    assert reasons(place) == said
    assert place.geometry is not None
