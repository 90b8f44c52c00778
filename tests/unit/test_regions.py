"""Regions: which village holds a site, and how far outside the claimed one it lies."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo import regions
from geo.regions import Regions
from geo.sentences import LANGUAGES, worded

WEST, SOUTH, SIDE = 114.2, -8.4, 0.02
METRE = 1 / 110_200


def square(column: int, row: int = 0) -> shapely.Polygon:
    return shapely.box(WEST + SIDE * column, SOUTH + SIDE * row, WEST + SIDE * (column + 1), SOUTH + SIDE * (row + 1))


def two_villages(approximate: bool = False, right: shapely.Geometry | None = None) -> Regions:
    """Left Sumberagung, right Karangrejo, in one kecamatan."""
    left, right = square(0), right or square(1)
    rows = [
        ("35.10.01", "Pesanggaran", "district", None, approximate, shapely.union(left, right)),
        ("35.10.01.2001", "Sumberagung", "village", "35.10.01", approximate, left),
        ("35.10.01.1002", "Karangrejo", "village", "35.10.01", approximate, right),
    ]
    columns = ["code", "name", "level", "parent", "approximate", "geometry"]
    return Regions.from_frame(gpd.GeoDataFrame(rows, columns=columns, crs=4326))


def written(folder: Path, *features: tuple[dict, object], **document: object) -> Path:
    """A GeoJSON file; a geometry is a shapely one or raw coordinates of a polygon."""
    path = folder / "batas.geojson"
    shapes = [
        json.loads(shapely.to_geojson(shape))
        if isinstance(shape, shapely.Geometry)
        else None
        if shape is None
        else {"type": "Polygon", "coordinates": shape}
        for _, shape in features
    ]
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                **document,
                "features": [
                    {"type": "Feature", "properties": values, "geometry": shape}
                    for (values, _), shape in zip(features, shapes, strict=True)
                ],
            }
        )
    )
    return path


def village(code: object, name: object = "Contoh", **more: object) -> dict:
    return {"kode": code, "nama": name, **more}


def reasons(read: regions.RegionsRead) -> list[tuple[int | None, str]]:
    for sentence in [*read.repairs, *(problem.reason for problem in read.problems)]:
        assert all(worded(sentence, language) for language in LANGUAGES)
    return [(problem.row, problem.reason.id) for problem in read.problems]


def test_a_point_in_the_claimed_village_is_inside_and_its_village_is_found():
    here = two_villages()
    point = shapely.Point(WEST + 0.01, SOUTH + 0.01)
    assert list(here.village_of([point, None])) == ["35.10.01.2001", None]
    assert here.outside_m([point], ["35.10.01.2001"])[0] == 0
    assert here.inside([point], ["35.10.01.2001"])[0] is True


def test_a_point_in_the_neighbour_is_so_many_metres_outside():
    here = two_villages()
    point = shapely.Point(WEST + SIDE + 50 / 109_500, SOUTH + 0.01)
    placed = here.place([point], ["35.10.01.2001"], accuracy_m=10)
    assert placed.outside_m[0] == pytest.approx(50, rel=0.02)
    assert placed.standing[0] == "outside"
    assert placed.found[0] == "35.10.01.1002"
    assert here.place([point], ["35.10.01.2001"], accuracy_m=60).standing[0] == "within_accuracy"


def test_where_borders_overlap_the_claimed_village_wins():
    here = two_villages(right=shapely.box(WEST + SIDE - 0.001, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE))
    point = shapely.Point(WEST + SIDE - 0.0004, SOUTH + 0.01)
    for code in ("35.10.01.2001", "35.10.01.1002"):
        placed = here.place([point], [code])
        assert (placed.found[0], placed.standing[0]) == (code, "inside")
    assert here.village_of([point])[0] in ("35.10.01.2001", "35.10.01.1002")


def test_a_point_in_a_slit_between_two_borders_is_no_alarm_for_either():
    here = two_villages(right=shapely.box(WEST + SIDE + 0.0003, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE))
    point = shapely.Point(WEST + SIDE + 0.0001, SOUTH + 0.01)
    assert list(here.inside([point, point], ["35.10.01.2001", "35.10.01.1002"])) == [True, True]
    assert here.village_of([point])[0] == "35.10.01.2001"


def test_a_point_far_from_every_village_is_in_none():
    assert here_or_none(two_villages(), shapely.Point(WEST - 0.1, SOUTH)) is None


def here_or_none(here: Regions, point: shapely.Point) -> str | None:
    return here.village_of([point])[0]


def test_a_road_that_touches_the_claimed_village_is_inside_it():
    here = two_villages()
    road = shapely.LineString([(WEST + SIDE - 0.001, SOUTH + 0.01), (WEST + SIDE + 0.003, SOUTH + 0.01)])
    assert list(here.inside([road, road], ["35.10.01.2001", "35.10.01.1002"])) == [True, True]
    assert here.village_of([road])[0] == "35.10.01.1002"


def test_against_approximate_borders_inside_cannot_be_told():
    here = two_villages(approximate=True)
    point = shapely.Point(WEST + 0.01, SOUTH + 0.01)
    assert list(here.inside([point, point], ["35.10.01.2001", "35.10.01.1002"])) == [None, None]
    assert np.isnan(here.outside_m([point], ["35.10.01.1002"])[0])
    assert here.village_of([point])[0] == "35.10.01.2001"
    assert here.is_approximate("35.10.01.2001")


def test_an_unknown_code_or_no_geometry_is_not_known():
    here = two_villages()
    point = shapely.Point(WEST + 0.01, SOUTH + 0.01)
    assert list(here.inside([point, point, None], ["99.99.99.2001", None, "35.10.01.2001"])) == [None, None, None]


def test_a_name_is_found_with_its_title_its_blanks_or_one_letter_wrong():
    here = two_villages()
    for name in ("Sumberagung", "DESA SUMBER AGUNG", "Ds. Sumberagung", "Sumberagun"):
        assert here.by_name(name) == ["35.10.01.2001"]
    assert here.by_name("Kel. Karangrejo", district="Kec. Pesanggaran") == ["35.10.01.1002"]
    assert here.by_name("Karangrejo", district="35.10.01") == ["35.10.01.1002"]
    assert here.by_name("Karangrejo", district="Glagah") == []
    assert here.by_name("Tegaldlimo") == []
