"""What stands beside the map, asked as the web role: index, scope and what is not known."""

import pytest
import shapely

from app.queries import filters, lands, maps, names
from app.queries.filters import Filter
from tests import build


@pytest.fixture
def planner(superuser_db, places):
    return build.person(superuser_db, "planner", places.regency)


def around(metres=500):
    west, south = build.away(-metres, -metres)
    east, north = build.away(metres, metres)
    return west, south, east, north


def test_the_sum_is_exact_and_unknown_amounts_are_not_zero(superuser_db, database, places, planner):
    build.project(superuser_db, places.village, amount="0.01")
    build.project(superuser_db, places.village, amount="99999999999999.99")
    with build.asking(superuser_db, database, planner) as connection:
        assert str(maps.total(connection, Filter()).amount) == "100000000000000.00"
    build.project(superuser_db, places.neighbour, amount=None, year=1999)
    with build.asking(superuser_db, database, planner) as connection:
        assert maps.total(connection, Filter(year=("1999",))).amount is None


def test_a_work_without_a_point_is_listed_and_says_so(superuser_db, database, places, planner):
    work = build.project(superuser_db, places.village, at=None)
    with build.asking(superuser_db, database, planner) as connection:
        (entry,) = maps.listed(connection, Filter())
        assert (entry.id, entry.lon) == (work, None)
        assert maps.listed(connection, Filter(), around()) == []
        (card,) = maps.cards(connection, [work])
        assert card.shape is None


def test_an_unknown_village_is_what_the_sheet_said(superuser_db, database, places, planner):
    work = build.project(superuser_db, places.regency, village_known=False, claimed_region="Desa Antah")
    with build.asking(superuser_db, database, planner) as connection:
        (card,) = maps.cards(connection, [work])
        assert (card.village, card.district) == ("Desa Antah", None)


def test_cards_name_only_pairs_the_person_may_read(superuser_db, database, places):
    one = build.project(superuser_db, places.village)
    draft = build.project(superuser_db, places.neighbour, stage="proposed")
    pair = build.pair(superuser_db, one, draft)
    mine = build.person(superuser_db, "field", places.village)
    theirs = build.person(superuser_db, "field", places.neighbour)
    with build.asking(superuser_db, database, mine) as connection:
        assert maps.cards(connection, [one])[0].pairs == []
        assert maps.cards(connection, [draft]) == []
    with build.asking(superuser_db, database, theirs) as connection:
        assert maps.cards(connection, [one])[0].pairs == [pair]


def test_the_box_of_the_installation_is_its_regions_else_its_works(superuser_db, database, places, planner):
    with build.asking(superuser_db, database, planner) as connection:
        assert lands.bounds(connection) is None
        assert lands.own_land(connection) is None
    build.project(superuser_db, places.village)
    with build.asking(superuser_db, database, planner) as connection:
        lon, lat = build.HOME  # one work alone has a little land around it
        assert lands.bounds(connection) == pytest.approx((lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01))
    build.region(superuser_db, "Rejo", parent=places.district, geometry=shapely.box(113, -9, 114, -8))
    with build.asking(superuser_db, database, planner) as connection:
        assert lands.bounds(connection) == pytest.approx((113, -9, 114, -8))
        assert shapely.from_wkb(lands.own_land(connection)).area == pytest.approx(1)


def test_land_that_has_been_united_once_is_united_anew_when_a_region_changes(superuser_db, database, places, planner):
    one = build.region(superuser_db, "Rejo", parent=places.district, geometry=shapely.box(113, -9, 114, -8))
    for geometry, area in ((shapely.box(113, -9, 114, -8), 1), (shapely.box(113, -9, 115, -8), 2)):
        superuser_db.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromWKB(%s, 4326)) WHERE id = %s",
                             [shapely.to_wkb(geometry), one])
        with build.asking(superuser_db, database, planner) as connection:
            assert shapely.from_wkb(lands.own_land(connection)).area == pytest.approx(area)


@pytest.mark.parametrize("chosen", [Filter(), Filter(year=("2024",)), Filter(year=("2024",), fund=("DDS",))])
@pytest.mark.parametrize("shift", [0, 0.6, 1.2])
def test_a_wide_box_sums_what_stands_in_it_and_no_more(superuser_db, database, places, planner, chosen, shift):
    """The tables of counts answer for a box that holds everything; one that does not is counted work by work."""
    lon, lat = build.HOME
    for n in range(12):
        build.project(superuser_db, places.village, at=(lon + n / 10, lat), amount=n, year=2023 + n % 2,
                      fund=("DDS", "ADD", "DDS")[n % 3])
    build.project(superuser_db, places.village, at=None, amount=1_000, year=2024, fund="DDS")
    box = lon - 0.5 + shift, lat - 0.5, lon + 1.6 + shift, lat + 0.5
    inside = [n for n in range(12) if box[0] <= lon + n / 10 <= box[2]
              and (not chosen.year or n % 2) and (not chosen.fund or n % 3 != 1)]
    with build.asking(superuser_db, database, planner) as connection:
        assert maps.total(connection, chosen, box) == (len(inside), sum(inside) or None, 0)


def test_the_index_answers_the_list_of_an_area(superuser_db, database, places, planner):
    build.many_sites(superuser_db, places.village)
    with build.asking(superuser_db, database, planner) as connection:
        where, values = maps.within(Filter(), around())
        explained = connection.execute(maps.SQL("EXPLAIN SELECT count(*) FROM project p WHERE {where}").format(
            where=where), values)
        plan = "\n".join(row[0] for row in explained)
    assert "site_geom" in plan
    assert "Seq Scan on site" not in plan


def test_a_wide_box_counts_what_a_narrow_one_does(superuser_db, database, places, planner):
    """Beyond half a degree works are counted from how they stand on maps, not one by one."""
    lon, lat = build.HOME
    build.project(superuser_db, places.village, amount=5, year=2024)
    build.project(superuser_db, places.village, at=build.line((0, 0), (90, 0)), amount=7, year=2023)
    build.project(superuser_db, places.village, at=None, amount=11)
    build.project(superuser_db, places.neighbour, at=build.away(0, 400_000), amount=13)
    foreign = build.project(superuser_db, places.neighbour, stage="proposed", amount=17)
    clerk = build.person(superuser_db, "field", places.village)
    wide = (lon - 1, lat - 1, lon + 1, lat + 1)
    code = superuser_db.execute("SELECT code FROM region WHERE id = %s", [places.village]).fetchone()[0]
    for chosen in (Filter(), Filter(year=("2024",)), Filter(village=code)):
        with build.asking(superuser_db, database, clerk) as connection:
            assert maps.total(connection, chosen, wide) == maps.total(connection, chosen, around()), chosen
            listed = maps.listed(connection, chosen, wide)
            assert {one.id for one in listed} == {one.id for one in maps.listed(connection, chosen, around())}
            assert foreign not in {one.id for one in listed}
    with build.asking(superuser_db, database, planner) as connection:
        assert maps.total(connection, Filter(), wide).amount == 29


def test_a_name_of_too_many_works_is_listed_in_order_and_not_counted(
        superuser_db, database, places, planner, monkeypatch):
    for year in (2021, 2023, 2022):
        build.project(superuser_db, places.village, name=f"Paving gang {year}", year=year)
    build.project(superuser_db, places.village, name="Talud", year=2024)
    with build.asking(superuser_db, database, planner) as connection:
        assert maps.total(connection, Filter(q="gang paving")).works == 3
    monkeypatch.setattr(names, "MOST", 2)
    with build.asking(superuser_db, database, planner) as connection:
        assert maps.total(connection, Filter(q="gang paving")) == (None, None, None)
        assert [one.year for one in maps.listed(connection, Filter(q="gang paving"))] == [2023, 2022, 2021]
        assert [one.year for one in maps.listed(connection, Filter(q="gang paving"), offset=2)] == [2021]
        assert maps.total(connection, Filter(q="gang paving"), around()).works == 3


def test_what_occurs_only_among_works_without_a_point_can_be_chosen_too(superuser_db, database, places, planner):
    build.project(superuser_db, places.village, year=2024, fund="DDS")
    build.project(superuser_db, places.village, year=2019, fund="PBK", at=None)
    gone = build.project(superuser_db, places.village, year=2018, at=None)
    superuser_db.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [gone])
    with build.asking(superuser_db, database, planner) as connection:
        found = filters.choices(connection, Filter())
    assert [code for code, _ in found.years] == ["2024", "2019"]
    assert {code for code, _ in found.funds} == {"DDS", "PBK"}
