"""The cells that the demonstration draws around real village points."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.demonstration import villages


@pytest.fixture(scope="module")
def drawn() -> gpd.GeoDataFrame:
    if not (villages.POINTS.exists() and villages.COAST.exists()):
        pytest.skip("the browser assets are not unpacked: ./pantau test does it")
    return villages.read()


def test_the_real_villages_have_approximate_cells_that_hold_their_points(drawn):
    cells = drawn[drawn["level"] == "village"]
    assert drawn["level"].value_counts().to_dict() == {"village": 217, "district": 25, "regency": 1}
    assert cells["kind"].value_counts().to_dict() == {"desa": 189, "kelurahan": 28}
    assert drawn["approximate"].all()
    assert drawn.is_valid.all()
    assert shapely.intersects(cells.geometry, np.array(cells["centre"])).all()
    assert cells["code"].is_unique


def test_cells_do_not_overlap_and_their_unions_are_the_regions_above(drawn):
    cells = drawn[drawn["level"] == "village"]
    whole = drawn.loc[drawn["level"] == "regency"].geometry.iloc[0]
    districts = drawn[drawn["level"] == "district"]
    assert shapely.area(cells.geometry).sum() == pytest.approx(whole.area, rel=1e-5)
    assert shapely.area(districts.geometry).sum() == pytest.approx(whole.area, rel=1e-5)


def test_cells_keep_off_the_sea(drawn):
    """The strait of Bali lies east of the town of Banyuwangi, and no village reaches into it."""
    strait = shapely.Point(114.41, -8.20)
    assert not drawn.intersects(strait).any()
    assert drawn.intersects(shapely.Point(114.36, -8.22)).any()
