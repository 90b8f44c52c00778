"""What a vector tile holds: the works that stand there and that this person may see, with their flags."""

import math

import mapbox_vector_tile
import pytest
import shapely

from app.queries import tiles
from app.queries.filters import Filter
from app.queries.squares import Tile
from tests import build


def tile_at(z, lonlat=build.HOME):
    return Tile.holding(z, *lonlat)


@pytest.fixture
def planner(superuser_db, places):
    return build.person(superuser_db, "planner", places.regency)


@pytest.fixture
def drawn(superuser_db, database):
    """`drawn(person, tile, filter)`: the decoded layers, as the web role."""

    def decode(person, tile, chosen=Filter()):  # noqa: B008  frozen
        with build.asking(superuser_db, database, person) as connection:
            return mapbox_vector_tile.decode(tiles.works(connection, tile, chosen))

    return decode


def projects(layers):
    return {one["properties"]["project"]: one for one in layers.get("works", {"features": []})["features"]}


def test_a_work_stands_in_the_tile_of_its_place_and_in_no_other(superuser_db, places, planner, drawn):
    work = build.project(superuser_db, places.village)
    here = tile_at(14)
    assert set(projects(drawn(planner, here))) == {str(work)}
    assert not projects(drawn(planner, Tile(14, here.x + 2, here.y)))


def test_a_feature_carries_codes_and_the_name_as_plain_text(superuser_db, places, planner, drawn):
    hostile = "</script><img src=x onerror=alert(1)>"
    build.project(superuser_db, places.village, name=hostile, fund="APBD", stage="planned", year=2025)
    (feature,) = projects(drawn(planner, tile_at(14))).values()
    said = feature["properties"]
    assert said["name"] == hostile
    assert (said["fund"], said["stage"], said["year"], said["flag"]) == ("APBD", "planned", 2025, 0)


def test_a_place_in_a_tile_is_the_place_on_earth(superuser_db, places, planner, drawn):
    build.project(superuser_db, places.village)
    tile = tile_at(16)
    (feature,) = projects(drawn(planner, tile)).values()
    x, y = feature["geometry"]["coordinates"]
    lon = (tile.x + x / 4096) / 2**16 * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (tile.y + 1 - y / 4096) / 2**16))))
    assert (lon, lat) == pytest.approx(build.HOME, abs=2e-6)


def test_lines_are_points_from_afar_and_lines_near_by(superuser_db, places, planner, drawn):
    build.project(superuser_db, places.village, at=build.line((0, 0), (120, 30)))
    (far,) = projects(drawn(planner, tile_at(12))).values()
    (near,) = projects(drawn(planner, tile_at(14))).values()
    assert (far["geometry"]["type"], near["geometry"]["type"]) == ("Point", "LineString")


@pytest.mark.parametrize("zoom", [11, 9])
def test_a_draft_of_another_village_is_in_nobody_elses_tile(superuser_db, places, drawn, zoom):
    build.project(superuser_db, places.village, stage="proposed")
    own = build.person(superuser_db, "field", places.village)
    foreign = build.person(superuser_db, "field", places.neighbour)
    assert drawn(own, tile_at(zoom))
    assert not drawn(foreign, tile_at(zoom))


@pytest.mark.parametrize("zoom", [11, 9])
def test_without_a_person_a_tile_is_empty(superuser_db, places, drawn, zoom):
    build.project(superuser_db, places.village)
    assert drawn(None, tile_at(zoom)) == {}


def test_the_query_alone_keeps_drafts_back_without_the_policies(superuser_db, places):
    build.project(superuser_db, places.village, stage="proposed")
    foreign = build.person(superuser_db, "field", places.neighbour)
    superuser_db.execute("SELECT set_config('pantau.person', %s, true)", [str(foreign)])
    for zoom in (9, 14):
        assert mapbox_vector_tile.decode(tiles.works(superuser_db, tile_at(zoom), Filter())) == {}


def test_the_filter_of_the_list_is_the_filter_of_the_tiles(superuser_db, places, planner, drawn):
    old = build.project(superuser_db, places.village, year=2021)
    build.project(superuser_db, places.village, year=2024)
    assert set(projects(drawn(planner, tile_at(14), Filter(year=("2021",))))) == {str(old)}
    (crowd,) = drawn(planner, tile_at(9), Filter(year=("2021",)))["crowds"]["features"]
    assert crowd["properties"]["works"] == 1


def test_from_afar_works_are_counted_once_each(superuser_db, places, planner, drawn):
    several = build.project(superuser_db, places.village)
    build.site(superuser_db, several, build.away(30, 0), part=2)
    build.project(superuser_db, places.village, at=build.away(40, 10))
    (crowd,) = drawn(planner, tile_at(9))["crowds"]["features"]
    assert crowd["properties"]["works"] == 2


def test_only_the_site_that_tells_most_is_drawn(superuser_db, places, planner, drawn):
    work = build.project(superuser_db, places.village, at=build.away(400, 0))
    build.site(superuser_db, work, build.HOME, role="visited")
    features = drawn(planner, tile_at(14))["works"]["features"]
    assert len(features) == 1


def flags(layers):
    return {name: one["properties"]["flag"] for name, one in projects(layers).items()}


def test_a_pair_that_waits_is_flagged_and_joined_by_a_line(superuser_db, places, planner, drawn):
    one = build.project(superuser_db, places.village)
    other = build.project(superuser_db, places.village, at=build.away(20, 5))
    alone = build.project(superuser_db, places.village, at=build.away(60, 5))
    pair = build.pair(superuser_db, one, other)
    layers = drawn(planner, tile_at(15))
    assert flags(layers) == {str(one): 1, str(other): 1, str(alone): 0}
    (joined,) = layers["pairs"]["features"]
    assert joined["geometry"]["type"] == "LineString"
    assert joined["properties"]["pair"] == pair
    (crowd,) = drawn(planner, tile_at(9))["crowds"]["features"]
    assert (crowd["properties"]["flagged"], crowd["properties"]["confirmed"]) == (2, 0)


@pytest.mark.parametrize(("verdict", "facts", "flag"), [
    ("double_funding", None, 2), ("continuation", None, 0), ("needs_visit", None, 1), ("withdrawn", None, 1),
    ("continuation", "older facts", 1),
])  # fmt: skip
def test_a_verdict_settles_or_confirms_while_its_facts_stand(
        superuser_db, places, planner, drawn, verdict, facts, flag):
    one = build.project(superuser_db, places.village)
    other = build.project(superuser_db, places.village, at=build.away(20, 5))
    pair = build.pair(superuser_db, one, other)
    build.verdict(superuser_db, pair, planner, verdict, facts_hash=facts)
    assert set(flags(drawn(planner, tile_at(15))).values()) == {flag}


def test_look_alikes_and_retired_pairs_are_not_flagged(superuser_db, places, planner, drawn):
    one = build.project(superuser_db, places.village)
    other = build.project(superuser_db, places.village, at=build.away(20, 5))
    third = build.project(superuser_db, places.village, at=build.away(25, 5))
    build.pair(superuser_db, one, other, kind="two_sides")
    build.pair(superuser_db, one, third, retired_at="now")
    assert set(flags(drawn(planner, tile_at(15))).values()) == {0}


def test_the_version_changes_with_an_edit_and_with_a_grant(superuser_db, database, places):
    clerk = build.person(superuser_db, "field", places.village)

    def version():
        with build.asking(superuser_db, database, clerk) as connection:
            return tiles.standing(connection, tile_at(9)).version

    first = version()
    assert version() == first
    work = build.project(superuser_db, places.village)
    second = version()
    superuser_db.execute("UPDATE project SET name = 'Talud' WHERE id = %s", [work])
    third = version()
    build.grant(superuser_db, clerk, "field", places.neighbour)
    assert len({first, second, third, version()}) == 4


def test_borders_come_by_level_with_whether_they_are_approximate(superuser_db, database, places, planner):
    lon, lat = build.HOME
    square = shapely.box(lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02)
    build.region(superuser_db, "Contohrejo", parent=places.district, geometry=square, approximate=True)

    def decoded(zoom):
        with build.asking(superuser_db, database, planner) as connection:
            return mapbox_vector_tile.decode(tiles.regions(connection, tile_at(zoom)))

    near = decoded(12)
    assert near["regions"]["features"][0]["properties"] == {"level": "village"}
    assert near["borders"]["features"][0]["properties"] == {"level": "village", "approximate": True}
    assert near["names"]["features"][0]["properties"]["name"] == "Contohrejo"
    assert "names" not in decoded(9)
    assert decoded(6) == {}


@pytest.mark.parametrize("tile", [Tile(19, 0, 0), Tile(-1, 0, 0), Tile(3, 8, 0), Tile(3, 0, 8), Tile(0, 0, 1)])
def test_a_tile_outside_the_world_does_not_exist(tile):
    assert not tile.exists


def test_the_index_answers_a_tile_under_row_level_security(superuser_db, database, places, planner):
    build.many_sites(superuser_db, places.village)
    with build.asking(superuser_db, database, planner) as connection:
        query, values = tiles.statement(tile_at(14), Filter(), drafts=True)
        explained = connection.execute(tiles.SQL("EXPLAIN ") + query, values)
        plan = "\n".join(row[0] for row in explained)
    assert "site_geom" in plan
    assert "Seq Scan on site s" not in plan


def test_a_tile_of_invented_works_says_so_itself_and_an_empty_one_stays_empty(superuser_db, places, planner, drawn):
    build.project(superuser_db, places.village)
    said = "DATA CONTOH, bukan kegiatan nyata"
    assert said not in drawn(planner, tile_at(14))
    superuser_db.execute("INSERT INTO installation (currency, timezone, demonstration, secret) "
                         "VALUES ('IDR', 'Asia/Jakarta', true, 'x')")
    assert said in drawn(planner, tile_at(14))
    assert said in drawn(planner, tile_at(9))
    assert drawn(planner, Tile(14, 0, 0)) == {}


def test_a_tile_of_approximate_borders_says_that_its_works_are_invented(superuser_db, database, places, planner):
    lon, lat = build.HOME
    build.region(superuser_db, "Contohrejo", parent=places.district, approximate=True,
                 geometry=shapely.box(lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02))
    superuser_db.execute("INSERT INTO installation (currency, timezone, demonstration, secret) "
                         "VALUES ('IDR', 'Asia/Jakarta', true, 'x')")
    with build.asking(superuser_db, database, planner) as connection:
        assert b"DATA CONTOH" in tiles.regions(connection, tile_at(12))
        assert tiles.regions(connection, Tile(14, 0, 0)) == b""
