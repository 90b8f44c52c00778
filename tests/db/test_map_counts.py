"""Works gathered from afar are counted by what changed, and the counts are what counting anew would give."""

import random
import threading

import mapbox_vector_tile
import psycopg
import pytest

from app.queries import crowds, tiles
from app.queries.filters import Filter
from app.queries.squares import Tile
from tests import build
from tests.db.test_tiles import tile_at


@pytest.fixture
def planner(superuser_db, places):
    return build.person(superuser_db, "planner", places.regency)


@pytest.fixture
def seen(superuser_db, database):
    """`seen(person, filter, zoom)`: (works, flagged, confirmed) of the tile of HOME, as the web role."""

    def count(person, chosen=Filter(), zoom=9):  # noqa: B008  frozen
        with build.asking(superuser_db, database, person) as connection:
            layers = mapbox_vector_tile.decode(crowds.drawn(connection, tile_at(zoom), chosen))
        said = [one["properties"] for one in layers.get("crowds", {"features": []})["features"]]
        return tuple(sum(one[name] for one in said) for name in ("works", "flagged", "confirmed"))

    return count


DEEDS = ("store", "store", "pair", "judge", "move", "change", "withdraw", "fold")
COUNTS = """
    SELECT z, tx, ty, facets, cell, region_id, year, fund, category, stage, flag, sum(works), sum(x), sum(y)
      FROM map_count GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 HAVING sum(works) <> 0
"""
REGIONS = """
    SELECT facets, region_id, draft, year, fund, category, stage, flag, sum(works), sum(without_point), sum(priced),
           sum(amount), sum(amount_without_point)
      FROM region_count GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(works) <> 0
"""


def counted(connection):
    return [set(connection.execute(query).fetchall()) for query in (COUNTS, REGIONS)]


@pytest.mark.parametrize("seed", range(3))
def test_counts_kept_by_changes_are_those_of_counting_anew(superuser_db, places, planner, seed):
    rng = random.Random(seed)
    villages = [places.village, places.neighbour, places.far]
    works = []
    for turn in range(60):
        do = rng.choice(DEEDS if works else DEEDS[:1])
        work = rng.choice(works) if works else None
        if do == "store":
            works.append(build.project(
                superuser_db, rng.choice(villages), year=rng.choice([None, 2023, 2024]),
                stage=rng.choice(["proposed", "done", None]), amount=rng.choice([None, 5, 7]),
                at=rng.choice([None, build.away(rng.random() * 90_000, rng.random() * 9_000)])))
        elif do == "pair" and len(works) > 1:
            one, other = rng.sample(works, 2)
            if not superuser_db.execute("SELECT 1 FROM pair WHERE left_project IN (%(a)s, %(b)s) AND right_project IN "
                                        "(%(a)s, %(b)s)", {"a": one, "b": other}).fetchone():
                build.pair(superuser_db, one, other, kind=rng.choice(["double_funding", "neighbours"]))
        elif do == "judge":
            if pair := superuser_db.execute("SELECT max(id) FROM pair").fetchone()[0]:
                build.verdict(superuser_db, pair, planner, rng.choice(["double_funding", "not_related", "withdrawn"]))
        elif do == "move":
            superuser_db.execute("UPDATE site SET superseded_at = now() WHERE project_id = %s", [work])
            build.site(superuser_db, work, build.away(rng.random() * 50_000, turn))
        elif do == "change":
            superuser_db.execute("UPDATE project SET fund = %s, stage = %s WHERE id = %s",
                                 [rng.choice(["APBD", None]), rng.choice(["proposed", "running"]), work])
        elif do == "withdraw":
            superuser_db.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [work])
        else:
            superuser_db.execute("SELECT map_fold()")
    kept = counted(superuser_db)
    superuser_db.execute("SELECT map_recount(NULL)")
    assert kept == counted(superuser_db)
    assert any(kept)


def test_an_edit_shows_in_the_same_transaction(superuser_db, places, planner, seen):
    work = build.project(superuser_db, places.village, fund="DDS")
    assert (seen(planner), seen(planner, Filter(fund=("APBD",)))) == ((1, 0, 0), (0, 0, 0))
    superuser_db.execute("UPDATE project SET fund = 'APBD' WHERE id = %s", [work])
    assert seen(planner, Filter(fund=("APBD",))) == (1, 0, 0)
    superuser_db.execute("UPDATE site SET superseded_at = now() WHERE project_id = %s", [work])
    assert seen(planner) == (0, 0, 0)


@pytest.mark.parametrize("chosen", [
    Filter(), Filter(year=("2021",)), Filter(year=("unknown",)), Filter(fund=("DDS", "APBD")), Filter(stage=("done",)),
    Filter(category=("road",), year=("2021", "unknown")), Filter(suspected=True), Filter(q="talud"),
    Filter(suspected=True, fund=("APBD",)),
])  # fmt: skip
def test_the_counts_answer_every_filter_as_the_works_themselves(superuser_db, database, places, planner, seen, chosen):
    made = [build.project(superuser_db, places.village, year=year, fund=fund, name=name, at=build.away(n * 10, n))
            for n, (year, fund, name) in enumerate(
                (year, fund, name) for year in (2021, 2022, None) for fund in ("DDS", "APBD", None)
                for name in ("Talud sungai", "Jalan"))]
    build.pair(superuser_db, made[0], made[3])
    condition, values = chosen.sql()
    with build.asking(superuser_db, database, planner) as connection:
        (wanted,) = connection.execute(tiles.SQL("SELECT count(*) FROM project p WHERE {}").format(condition),
                                       values).fetchone()
    assert seen(planner, chosen)[0] == wanted > 0


def test_a_region_is_counted_from_its_works(superuser_db, places, planner, seen):
    build.project(superuser_db, places.village)
    build.project(superuser_db, places.far)
    (code,) = superuser_db.execute("SELECT code FROM region WHERE id = %s", [places.village]).fetchone()
    assert seen(planner, Filter(village=code)) == (1, 0, 0)


def test_works_without_a_point_are_in_no_tile(superuser_db, database, places, planner):
    build.project(superuser_db, places.village)
    with build.asking(superuser_db, database, planner) as connection:
        assert tiles.works(connection, tile_at(9), Filter(pointless=True)) == b""


def test_what_a_draft_flags_only_its_readers_see(superuser_db, places, seen):
    """A flag that everybody saw would say that a neighbour proposes something here."""
    public = build.project(superuser_db, places.village)
    draft = build.project(superuser_db, places.neighbour, stage="proposed", at=build.away(20, 5))
    build.pair(superuser_db, public, draft)
    mine = build.person(superuser_db, "field", places.village)
    theirs = build.person(superuser_db, "field", places.neighbour)
    assert seen(mine) == (1, 0, 0)
    assert seen(theirs) == (2, 2, 0)
    assert seen(mine, Filter(suspected=True)) == (0, 0, 0)
    assert seen(theirs, Filter(suspected=True)) == (2, 2, 0)


def test_a_crowded_tile_is_gathered_and_a_thin_one_is_not(superuser_db, database, places, planner, monkeypatch):
    for n in range(3):
        build.project(superuser_db, places.village, at=build.away(n * 10, 0))
    for most, layer in ((3, "works"), (2, "crowds")):
        monkeypatch.setattr(crowds, "MOST_EXACT", most)
        with build.asking(superuser_db, database, planner) as connection:
            assert layer in mapbox_vector_tile.decode(tiles.works(connection, tile_at(12), Filter()))
            assert "works" in mapbox_vector_tile.decode(tiles.works(connection, tile_at(13), Filter()))


def test_a_crowd_stands_among_its_works(superuser_db, database, places, planner):
    for east in (0, 300):
        build.project(superuser_db, places.village, at=build.away(east, 0))
    tile = tile_at(10)
    with build.asking(superuser_db, database, planner) as connection:
        decoded = mapbox_vector_tile.decode(crowds.drawn(connection, tile, Filter()))
    (crowd,) = decoded["crowds"]["features"]
    lon = (tile.x + crowd["geometry"]["coordinates"][0] / 4096) / 2**10 * 360 - 180
    assert lon == pytest.approx(build.away(150, 0)[0], abs=1e-4)


def test_the_index_answers_a_crowd_under_row_level_security(superuser_db, database, places, planner):
    superuser_db.execute(
        """
        INSERT INTO map_count SELECT 9, n, n % 7, 0, n % 64, NULL, NULL, NULL, NULL, NULL, 0, 1, 0, 0, true
          FROM generate_series(1, 30000) AS n
        """)
    superuser_db.execute("ANALYZE map_count")
    query, values = crowds.statement(tile_at(9), Filter())
    with build.asking(superuser_db, database, planner) as connection:
        plan = "\n".join(row[0] for row in connection.execute(tiles.SQL("EXPLAIN ") + query, values))
    assert "map_count_tile" in plan
    assert "Seq Scan on map_count" not in plan


def test_of_two_transactions_with_one_work_the_second_counts_on_the_first(cloned_database):
    with build.superuser(cloned_database) as connection:
        places = build.places(connection)
        work = build.project(connection, places.village)
        planner = build.person(connection, "planner", places.regency)
    with (psycopg.connect(cloned_database.superuser_dsn) as first,
          psycopg.connect(cloned_database.superuser_dsn) as second):
        build.pair(first, work, build.project(first, places.village, at=build.away(9, 9)))
        late = threading.Thread(target=lambda: (build.site(second, work, build.away(3000, 0), role="visited"),
                                                second.commit()))
        late.start()
        late.join(0.5)
        assert late.is_alive()
        first.commit()
        late.join(20)
        assert not late.is_alive()
    with build.superuser(cloned_database) as connection:
        kept = counted(connection)
        connection.execute("SELECT map_recount(NULL)")
        assert kept == counted(connection)
        assert planner


def test_a_tile_of_the_world_holds_all(superuser_db, database, places, planner):
    build.project(superuser_db, places.village)
    with build.asking(superuser_db, database, planner) as connection:
        assert mapbox_vector_tile.decode(tiles.works(connection, Tile(0, 0, 0), Filter()))
