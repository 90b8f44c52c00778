"""Land and sea without a basemap, and that the installation brings every file a map needs."""

import json

import pytest
import shapely

from app.installation.assets import pinned
from app.maps.assets import FILES, LAND, LOADED_BY_SCRIPTS, AssetMissing
from app.maps.land import land, with_regions


@pytest.fixture
def island(tmp_path):
    """A vendor folder whose world is one square island of two arcs, from 0 to 2 degrees."""
    first = [[0, 0], [20, 0], [0, 20]]  # delta-encoded on a grid of tenths
    second = [[0, 0], [0, 20], [20, 0]]
    world = {"transform": {"scale": [0.1, 0.1], "translate": [0, 0]}, "arcs": [first, second],
             "objects": {"land": {"geometries": [{"type": "MultiPolygon", "arcs": [[[0, -2]]]}]}}}
    (tmp_path / LAND).parent.mkdir(parents=True)
    (tmp_path / LAND).write_text(json.dumps(world))
    return tmp_path


def test_arcs_of_a_shared_shore_become_land(island):
    shape = shapely.geometry.shape(land((0.5, 0.5, 1.5, 1.5), island)["geometry"])
    assert shape.equals(shapely.box(0, 0, 2, 2))


def test_land_far_from_the_installation_is_left_out(island):
    assert shapely.geometry.shape(land((40, 40, 41, 41), island)["geometry"]).is_empty


def test_land_that_was_never_installed_raises(tmp_path):
    with pytest.raises(AssetMissing):
        land((0, 0, 1, 1), tmp_path)


def test_a_coarse_shore_leaves_no_sliver_along_ours_and_no_gap_to_a_neighbour():
    coarse = {"geometry": shapely.geometry.mapping(shapely.box(0, 0, 2, 1.01))}
    own = shapely.box(1, 0, 2, 1)  # the coarse land reaches 0.01 degrees beyond our northern shore
    shape = shapely.geometry.shape(with_regions(coarse, own)["geometry"])
    assert not shape.contains(shapely.Point(1.5, 1.005))
    assert shape.contains(shapely.LineString([(0.5, 0.5), (1.5, 0.5)]))


def test_the_installation_fetches_every_file_a_map_needs():
    brought = {f"{asset.folder}/{file}" for asset in pinned() for file in asset.files}
    assert set(FILES.values()) | set(LOADED_BY_SCRIPTS) | {LAND} <= brought
