"""GeoJSON lines: one feature a line, so that one broken line costs one row."""

import json

import pytest

from geo import formats, rows
from tests.unit.files import refusal
from tests.unit.formats.samples import geojson, sample

FEATURES = [json.dumps(one) for one in geojson()["features"]]


@pytest.fixture
def lines(tmp_path):
    def make(text):
        path = tmp_path / "a.json"
        path.write_text(text, "utf-8")
        return path

    return make


@pytest.mark.parametrize("text", [
    "\n".join(FEATURES), "\r\n".join(FEATURES) + "\r\n\r\n", "".join(f"\x1e{one}\n" for one in FEATURES),
    "\x1e" + "\x1e".join(json.dumps(json.loads(one), indent=2) for one in FEATURES)])
def test_lines_and_record_separators_hold_the_same_features(lines, tmp_path, text):
    found, whole = formats.read(lines(text)), formats.read(sample(tmp_path, "geojson"))
    assert (found.format, whole.format) == ("geojsonl", "geojson")
    assert found.features.properties == whole.features.properties
    assert found.features.geometries == whole.features.geometries


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("broken", ["{\"type\": \"Feature\", \"prop", "[1]", "{}", "x"])
def test_a_broken_line_is_a_problem_of_its_row(lines, place, broken):
    if place == 0 and not broken.startswith("{"):
        pytest.skip("a file that does not begin with a brace is no GeoJSON")
    given = [*FEATURES[:place], broken, *FEATURES[place:]]
    table = rows.read(lines("\n".join(given)))
    found = rows.understand(table)
    assert [one.good for one in found] == [k != place for k in range(3)]
    assert "geometry.broken_line" in [one.reason.id for one in found[place].problems]


@pytest.mark.parametrize("text", [
    '{"type":"FeatureCollection","features":[\n' + ",\n".join(FEATURES) + "\n]}",
    '{"type":"FeatureCollection","features":[\n' + FEATURES[0] + "\n]}",
    json.dumps(geojson(), indent=1), FEATURES[0], json.dumps(json.loads(FEATURES[0]), indent=1)])
def test_a_collection_printed_over_many_lines_is_no_list_of_lines(lines, text):
    assert formats.read(lines(text)).format == "geojson"


def test_line_ends_inside_a_text_part_nothing(lines):
    feature = {"type": "Feature", "properties": {"nama": "Jalan\u2028Melati"}, "geometry": None}
    found = formats.read(lines("\n".join([json.dumps(feature, ensure_ascii=False)] * 2)))
    assert [one["nama"] for one in found.features.properties] == ["Jalan\u2028Melati"] * 2


def test_what_is_json_but_no_feature_is_refused(lines):
    assert refusal(lines('{"a": 1}\n{"a": 2}')) in ("reading.broken_json", "reading.not_geojson")
