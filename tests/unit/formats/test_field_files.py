"""Real GPX, KML and other spatial files, good and broken: each is read or refused with a sentence, and none loses a
row that GDAL by itself would have found."""

import warnings
from collections import Counter
from pathlib import Path

import pyogrio
import pytest

from geo import rows
from geo.errors import FileEmpty
from geo.sentences import LANGUAGES, worded

EMPTY = {"custom_schema_locations.gpx": "error.file_empty", "default_schema_locations.gpx": "error.file_empty",
         "ground_overlay.kml": "file.only_overlays", "ground_overlay_quad.kml": "file.only_overlays",
         "networklink.kml": "file.only_network_links"}
"""Files without a single place, and what is said of them. GDAL counts an overlay as a row; it is no work."""


def by_gdal(path: Path) -> int | None:
    """Rows that GDAL finds by itself, None where it gives the file up. The points of a track are no rows."""
    found = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for name, _ in pyogrio.list_layers(path):
                if not name.endswith("_points"):
                    found += len(pyogrio.read_dataframe(path, layer=name))
        except Exception:
            return None
    return found


def test_every_field_file_is_read_or_refused_and_no_row_is_lost(real_data, capsys):
    folder = real_data("field_files")
    paths = sorted([*folder.glob("kml/*.kml"), *folder.glob("gpx/*.gpx"),
                    *real_data("village_streets").glob("*.geojson"), real_data("road_proposals/punjab_shp.zip")])
    lines, refused = [], {}
    for path in paths:
        theirs = by_gdal(path)
        try:
            table = rows.read(path)
        except FileEmpty as empty:
            refused[path.name] = empty.sentence.id
            lines.append(f"{path.name:42} {theirs!s:>5}  refused: {empty.sentence.id}")
            continue
        found = rows.understand(table)
        reasons = Counter(problem.reason.id for one in found for problem in one.problems)
        reasons.update(problem.reason.id for problem in table.problems if problem.row is None)
        for problem in [*table.problems, *(problem for one in found for problem in one.problems)]:
            assert all(worded(problem.reason, language) for language in LANGUAGES)
        assert theirs is None or len(found) >= theirs, path.name
        lines.append(f"{path.name:42} {theirs!s:>5} {len(found):5} {sum(one.good for one in found):5} "
                     f"{sum(one.geometry is not None for one in found):5}  "
                     + ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())))
    with capsys.disabled():
        print(f"\n{'file':42}  GDAL  rows  good  placed  problems\n" + "\n".join(lines))
    assert refused == EMPTY


@pytest.mark.parametrize("form", ["gpx", "kml"])
def test_the_places_of_a_field_file_are_those_that_gdal_finds(real_data, form):
    """Counting rows would not notice two lines joined into one, or axes that changed places."""
    compared = 0
    for path in sorted(real_data(f"field_files/{form}").glob(f"*.{form}")):
        if path.name in EMPTY or by_gdal(path) is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = [shape for name, _ in pyogrio.list_layers(path) if not name.endswith("_points")
                      for shape in pyogrio.read_dataframe(path, layer=name).geometry]
        ours = [row.geometry for row in rows.read(path).rows]
        if len(ours) != len(theirs):
            continue
        for mine, their in zip(ours, theirs, strict=True):
            if mine is None or their is None or their.is_empty or mine.geom_type == "Point" != their.geom_type:
                continue
            assert mine.bounds == pytest.approx(their.bounds, abs=1e-9), path.name
            assert mine.length == pytest.approx(their.length, abs=1e-9), path.name
            compared += 1
    assert compared > 20
