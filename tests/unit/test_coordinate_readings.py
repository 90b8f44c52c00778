"""What is written is read back, whatever the notation; nothing breaks the reader; and what real people typed."""

import csv
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.demonstration import villages
from geo.coordinates import INDONESIA, Bounds, read, read_axes
from tests.benchmarks import coordinates as benchmark
from tests.benchmarks import fuzz_coordinates
from tests.unit.test_coordinates import BANYUWANGI


def test_a_short_fuzz_reads_what_is_written_and_never_another_place():
    figures = fuzz_coordinates.run(print, seconds=3, seed=4)
    assert figures["wrong"] == []
    assert sum(figures["texts"].values()) > 100


def test_no_real_cell_stands_in_another_regency_without_a_word(real_data):
    """Some of the stated regencies are wrong; where the nearest village says so, PROBLEMS says so."""
    known = villages.gazetteer()
    if known is None:
        pytest.skip("the browser assets are not unpacked: ./pantau test does it")
    figures = benchmark.judged(real_data(benchmark.FILE), known)
    assert figures["read"] >= 286
    assert figures["in_stated"] >= 260
    assert figures["silent"] == []


degrees_south = st.floats(-11, 5.9).filter(lambda lat: abs(lat) > 0.001)
degrees_east = st.floats(95.1, 141)


@given(degrees_south, degrees_east)
def test_decimals_written_with_point_or_comma_are_read_back(lat, lon):
    for text in (f"{lat:.7f}, {lon:.7f}", f"{lat:.7f} {lon:.7f}".replace(".", ","),
                 f"{lat:.7f};{lon:.7f}", f"{lat:.7f}, {lon:.7f}".replace(".", ",")):
        position = read(text)
        assert (position.lat, position.lon) == (pytest.approx(lat, abs=1e-7), pytest.approx(lon, abs=1e-7)), text


def _dms(size: float, mark: str, before: bool) -> str:
    seconds = round(abs(size) * 3600, 3)
    degrees, minutes = int(seconds // 3600), int(seconds % 3600 // 60)
    text = f"{degrees}°{minutes}'{seconds % 60:.3f}\""
    return f"{mark} {text}" if before else f"{text} {mark}"


@given(degrees_south, degrees_east, st.booleans(), st.sampled_from([("LS", "LU", "BT"), ("S", "N", "E")]),
       st.booleans())
def test_degrees_minutes_and_seconds_are_read_back(lat, lon, before, marks, lon_first):
    south, north, east = marks
    parts = [_dms(lat, south if lat < 0 else north, before), _dms(lon, east, before)]
    position = read(" ".join(reversed(parts) if lon_first else parts))
    assert position.fault is None
    assert (position.lat, position.lon) == (pytest.approx(lat, abs=1e-6), pytest.approx(lon, abs=1e-6))


pieces = st.sampled_from(["-", "8", "114", ".", ",", "°", "'", '"', " ", "LS", "BT", "S", "E", "lat", "(", ")", ";",
                          "1e9", "nan", "\n", "POINT", "/", "0", "99999999999", "½", "²", "٣", "http://", "@", "x="])


@given(st.one_of(st.text(max_size=80), st.lists(pieces, max_size=14).map("".join)))
@example("8.219233S114")
@example("9" * 400)
@example("-" * 200 + "1")
@example("1°" * 150)
def test_no_text_breaks_the_reader_and_no_position_leaves_the_earth(text):
    for position in (read(text), read(text, BANYUWANGI), read_axes(text, text)):
        if position.lon is not None:
            assert position.fault is None
            assert math.isfinite(position.lon)
            assert abs(position.lon) <= 180
            assert math.isfinite(position.lat)
            assert abs(position.lat) <= 90
        for offer in position.suggestions:
            assert position.fault is not None
            assert INDONESIA.hold(offer.lon, offer.lat)
    inside = read(text, BANYUWANGI)
    assert inside.lon is None or BANYUWANGI.hold(inside.lon, inside.lat)


def test_a_long_hostile_text_takes_no_time():
    for text in ("1 " * 50_000, "(" * 100_000, "POINT(" + "1 " * 50_000, "°'" * 50_000, "http://" + "a" * 100_000):
        assert read(text).fault is not None


def test_three_hundred_real_cells_are_read_or_repaired_with_one_suggestion(real_data):
    with real_data("messy_coordinates/coordinate_strings.csv").open(encoding="utf-8", newline="") as lines:
        cells = [line["raw"] for line in csv.DictReader(lines)]
    read_ = [read(cell) for cell in cells]
    assert sum(position.lon is not None for position in read_) >= 286
    assert all(position.lon is not None or position.suggestion for position in read_)
    java = Bounds(110.8, -8.9, 116.3, -5.0)
    assert all(java.hold(position.lon, position.lat) for position in read_ if position.lon is not None)
