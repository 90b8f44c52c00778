"""Boundaries as they are stored: official ones, imported twice, and the sites that are located anew within them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas
import psycopg
import pytest
import shapely
from psycopg.rows import namedtuple_row

from app.queries import installation, regions, sites
from geo import regions as boundaries
from tests import build
from tests import database as databases


@pytest.fixture
def operator(cloned_database: databases.Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cloned_database.superuser_dsn, row_factory=namedtuple_row) as connection:
        installation.begin(connection, "IDR", "Asia/Jakarta", b"only for tests")
        yield connection


def frame(*rows: tuple, approximate: bool = False) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        [(code, name, level, parent, approximate, shape) for code, name, level, parent, shape in rows],
        columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326)


WEST, EAST = shapely.box(114.0, -8.4, 114.2, -8.2), shapely.box(114.2, -8.4, 114.4, -8.2)
TWO = (("35.10", "35.10", "regency", None, shapely.union(WEST, EAST)),
       ("35.10.01", "35.10.01", "district", "35.10", shapely.union(WEST, EAST)),
       ("35.10.01.2001", "Barat", "village", "35.10.01", WEST), ("35.10.01.2002", "Timur", "village", "35.10.01", EAST))


def test_a_second_import_of_the_same_boundaries_changes_nothing(operator) -> None:
    assert regions.store(operator, frame(*TWO)) == (4, 0)
    assert regions.store(operator, frame(*TWO)) == (0, 0)


def test_a_code_for_a_name_never_replaces_a_real_name(operator) -> None:
    regions.store(operator, frame(*TWO))
    regions.store(operator, frame(("35.10", "Kabupaten Banyuwangi", "regency", None, shapely.union(WEST, EAST))))
    regions.store(operator, frame(*TWO))
    regions.name_root(operator)
    assert regions.by_code(operator, "35.10").name == "Kabupaten Banyuwangi"
    assert regions.root(operator).name == "Kabupaten Banyuwangi"


def test_sites_are_located_anew_and_approximate_borders_say_nothing(operator) -> None:
    regions.store(operator, frame(*TWO, approximate=True))
    village = regions.by_code(operator, "35.10.01.2001").id
    inside, astray = (build.project(operator, village, at=at) for at in ((114.1, -8.3), (114.21, -8.3)))
    assert sites.locate_all(operator, regions.load_regions(operator)) == 2
    assert located(operator, inside) == located(operator, astray) == (None, None)
    regions.store(operator, frame(*TWO))
    sites.locate_all(operator, regions.load_regions(operator))
    assert located(operator, inside) == ("Barat", 0)
    found, outside_m = located(operator, astray)
    assert found == "Timur"
    assert outside_m == pytest.approx(1102, abs=5)


def located(connection: psycopg.Connection, project) -> tuple:
    return tuple(connection.execute(
        "SELECT r.name, s.outside_m FROM site s LEFT JOIN region r ON r.id = s.found_region_id WHERE s.project_id = %s",
        [project]).fetchone())


def test_the_official_boundaries_are_stored_with_their_tree(operator, real_data: Callable[[str], Path]) -> None:
    read = boundaries.read(real_data("regions/desa_35.10.geojson"))
    assert read.problems == []
    assert regions.store(operator, read.frame) == (243, 0)
    villages = regions.of_level(operator, "village")
    assert len(villages) == 217
    assert sum(village.kind == "kelurahan" for village in villages) == 28
    district = regions.by_code(operator, "35.10.01")
    assert regions.of_level(operator, "village", below=[district.id])[0].code == "35.10.01.2001"
    assert not any(village.approximate for village in villages)
