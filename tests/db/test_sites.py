"""Sites: what stands near a place, which works a person may send a point for, and each layer alone."""

import psycopg
import pytest
import shapely

from app.access import SENDS
from app.queries import sites
from tests import build


@pytest.fixture
def officer(superuser_db, places):
    return build.person(superuser_db, "field", places.village)


@pytest.fixture
def unguarded(superuser_db, officer):
    """The officer's connection past the policies: only the queries' own conditions stand."""
    superuser_db.execute("SELECT set_config('pantau.person', %s, true)", [str(officer)])
    return superuser_db


def test_distances_are_metres_and_a_box_alone_does_not_decide(superuser_db, database, places, officer):
    at = {metres: build.project(superuser_db, places.village, at=build.away(metres, 0)) for metres in (30, 99, 101)}
    corner = build.project(superuser_db, places.village, at=build.away(90, 90))
    road = build.project(superuser_db, places.village, at=build.line((-500, 40), (500, 40)))
    with build.asking(superuser_db, database, officer) as connection:
        near = sites.near(connection, shapely.Point(build.HOME), 100)
    assert [one.project for one in near] == [at[30], road, at[99]]
    assert [one.distance_m for one in near] == pytest.approx([30, 40, 99], abs=0.3)
    assert corner not in [one.project for one in near]


def test_the_index_answers_what_stands_near_a_place(superuser_db, database, places, officer):
    build.many_sites(superuser_db, places.village)
    with build.asking(superuser_db, database, officer) as connection:
        plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + sites.NEAR, {
            "shape": shapely.to_wkb(shapely.Point(build.HOME)), "wide": 0.001, "high": 0.001, "without": None}))
    assert "site_geom" in plan
    assert "Seq Scan on site s" not in plan


def test_without_policies_a_foreign_draft_stays_hidden_and_a_foreign_work_stays_closed(
        superuser_db, places, unguarded):
    draft = build.project(superuser_db, places.far, at=build.away(5, 0), stage="proposed")
    foreign, own = build.project(superuser_db, places.far), build.project(superuser_db, places.village)
    assert {one.project for one in sites.near(unguarded, shapely.Point(build.HOME), 100)} == {foreign, own}
    assert draft
    assert sites.work(unguarded, SENDS, foreign) is None
    assert sites.work(unguarded, SENDS, own).id == own
    assert [one.id for one in sites.villages(unguarded, SENDS)] == [places.village]
    assert sites.works(unguarded, SENDS, places.far) == []


def test_without_the_queries_conditions_the_policies_keep_a_foreign_work_closed(
        superuser_db, database, places, officer):
    foreign = build.project(superuser_db, places.far)
    with build.asking(superuser_db, database, officer) as connection:
        moved = connection.execute("UPDATE site SET superseded_at = now() WHERE project_id = %s", [foreign]).rowcount
        assert moved == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(
                "INSERT INTO site (project_id, geom, entered_by) "
                "VALUES (%s, ST_SetSRID(ST_MakePoint(114, -8), 4326), %s)",
                [foreign, officer])


def test_signs_of_a_pattern_are_searched_as_they_are(superuser_db, database, places, officer):
    wanted = build.project(superuser_db, places.village, name="Rabat 100% selesai")
    build.project(superuser_db, places.village, name="Rabat 1000 m")
    with build.asking(superuser_db, database, officer) as connection:
        assert [one.id for one in sites.works(connection, SENDS, places.village, "100%")] == [wanted]
        assert sites.works(connection, SENDS, places.village, "100_") == []


def test_a_current_site_of_any_role_is_a_point_and_only_claims_are_replaced(superuser_db, database, places, officer):
    planned, visited = (build.project(superuser_db, places.village, at=None) for _ in range(2))
    build.site(superuser_db, planned, build.line((0, 0), (300, 0)), role="planned")
    build.site(superuser_db, visited, build.away(5, 0), role="claimed")
    build.site(superuser_db, visited, build.HOME, role="visited")
    road = build.project(superuser_db, places.village, at=build.line((0, 0), (300, 0)))
    bare = build.project(superuser_db, places.village, at=None)
    with build.asking(superuser_db, database, officer) as connection:
        found = {one.id: one for one in sites.works(connection, SENDS, places.village)}
        village, = sites.villages(connection, SENDS)
    assert {one: (found[one].places, found[one].role, found[one].claims, found[one].loses_extent) for one in found} == {
        planned: (1, "planned", 0, False), visited: (2, "visited", 1, False), road: (1, "claimed", 1, True),
        bare: (0, None, 0, False)}
    assert (found[visited].geometry.x, found[visited].geometry.y) == pytest.approx(build.HOME)
    assert village.waiting == sum(not one.places for one in found.values()) == 1


def test_a_region_below_no_district_has_an_empty_one(superuser_db, database, places):
    for region in (places.root, places.village):
        build.project(superuser_db, region, at=None)
    with build.asking(superuser_db, database, build.person(superuser_db, "admin")) as connection:
        assert [(one.id, one.district) for one in sites.villages(connection, SENDS)] == [
            (places.root, ""), (places.village, "Pesanggaran")]
