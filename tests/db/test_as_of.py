"""What stood when: kept by what changes it, never written over, and shown with the rights of today."""

import random
from datetime import UTC, datetime
from uuid import UUID

import mapbox_vector_tile
import psycopg
import pytest
import shapely

from app.db import Database
from app.queries import maps, past_maps
from app.queries.filters import Filter
from app.queries.past_maps import Then
from app.queries.squares import Tile
from tests import build

ROWS = """
    SELECT project_id, since, until, draft, reader_region_id, region_id, year, fund, category, stage, amount, x, y,
           spot, role FROM work_past
"""
"""Without the number of a row: two that began in one moment may be in any order."""


class Office:
    """A database in which every change is a transaction of its own, as in life, and the web's way into it."""

    def __init__(self, database, committing: psycopg.Connection) -> None:
        self.db = committing
        self.places = build.places(committing)
        self.planner = build.person(committing, "planner", self.places.regency)
        self.web = Database(database.web_dsn, size=1)

    def now(self) -> datetime:
        return self.db.execute("SELECT clock_timestamp()").fetchone()[0]

    def ask(self, question, *args, person: UUID | None = None, **more):
        """The answer of `question(connection, ...)` to a person, the planner if nobody is named."""
        with self.web.transaction(read_only=True, person=person or self.planner) as connection:
            return question(connection, *args, **more)

    def features(self, then: datetime, z: int = 14, chosen: Filter = Filter(), **more) -> list[dict]:  # noqa: B008
        tile = Tile.holding(z, *build.HOME)
        layers = mapbox_vector_tile.decode(self.ask(Then(then).tile, tile, chosen, **more))
        return [one for layer in layers.values() for one in layer["features"]]

    def names(self, then: datetime, **more) -> set[str]:
        return {one["properties"]["name"] for one in self.features(then, **more)}

    def move(self, work: UUID, place: object) -> None:
        """As app.queries.projects.move, in one transaction."""
        with self.db.transaction():
            self.db.execute("UPDATE site SET superseded_at = now() WHERE project_id = %s AND superseded_at IS NULL",
                            [work])
            build.site(self.db, work, place)


@pytest.fixture
def office(cloned_database):
    with build.superuser(cloned_database) as committing:
        one = Office(cloned_database, committing)
        yield one
        one.web.close()


def test_a_tile_shows_each_work_where_it_stood_and_as_it_was(office):
    before = office.now()
    work = build.project(office.db, office.places.village, name="Jalan lama", stage="planned", fund="DDS")
    first = office.now()
    office.move(work, build.away(300, 0))
    office.db.execute("UPDATE project SET name = 'Jalan baru', stage = 'running', fund = 'APBD' WHERE id = %s", [work])
    second = office.now()
    office.db.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [work])
    third = office.now()
    assert office.features(before) == [] == office.features(third)
    (then,), (later,) = office.features(first), office.features(second)
    assert [(one["properties"]["name"], one["properties"]["stage"], one["properties"]["fund"]) for one in (then, later)
            ] == [("Jalan lama", "planned", "DDS"), ("Jalan baru", "running", "APBD")]
    moved = later["geometry"]["coordinates"][0] - then["geometry"]["coordinates"][0]
    assert moved == pytest.approx(300 / (40_075_017 * 0.9897 / 2**14) * 4096, rel=0.02)


@pytest.mark.parametrize("z", [4, 9, 11, 12, 16, 18])
def test_every_zoom_tells_the_same_number_of_works(office, z):
    build.project(office.db, office.places.village, name="satu")
    build.project(office.db, office.places.village, name="dua", at=build.away(3, 3))
    then = office.now()
    build.project(office.db, office.places.village, name="tiga")
    assert sum(one["properties"].get("works", 1) for one in office.features(then, z)) == 2


def test_filters_ask_what_was_then(office):
    work = build.project(office.db, office.places.village, name="Talud sungai", stage="planned", year=2023, fund="DDS",
                         amount=100)
    then = office.now()
    office.db.execute("UPDATE project SET name = 'Drainase', stage = 'done', year = 2024, fund = 'APBD', amount = 300, "
                      "region_id = %s WHERE id = %s", [office.places.neighbour, work])
    codes = {name: office.db.execute("SELECT code FROM region WHERE id = %s", [region]).fetchone()[0]
             for name, region in (("village", office.places.village), ("neighbour", office.places.neighbour))}
    held = [Filter(stage=("planned",)), Filter(year=("2023",)), Filter(fund=("DDS",)), Filter(q="talud"),
            Filter(village=codes["village"])]
    not_yet = [Filter(stage=("done",)), Filter(year=("2024",)), Filter(fund=("APBD",)), Filter(q="drainase"),
               Filter(village=codes["neighbour"]), Filter(pointless=True)]
    for z in (9, 14):
        assert [len(office.features(then, z, chosen)) for chosen in held + not_yet] == [1] * 5 + [0] * 6
    assert [office.ask(Then(then).total, chosen).amount for chosen in held] == [100] * 5
    assert [office.ask(Then(then).total, chosen).works for chosen in not_yet] == [0] * 6
    (entry,) = office.ask(Then(then).listed, Filter())
    assert (entry.name, entry.village, entry.stage, entry.year) == ("Talud sungai", "Sarongan", "planned", 2023)
    (card,) = office.ask(Then(then).cards, [work])
    assert (card.name, card.amount, card.flag, card.pairs) == ("Talud sungai", 100, 0, [])


def test_the_present_is_what_the_map_of_today_says(office):
    for n in range(4):
        build.project(office.db, office.places.village, name=f"Kerja {n}", amount=n or None, year=2020 + n,
                      at=build.away(n * 40, 0) if n else None)
    office.move(build.project(office.db, office.places.far), build.line((0, 0), (90, 0)))
    now, box = office.now(), (114.0, -8.5, 115.0, -8.0)
    for place in (None, box, maps.Area.parse("114.3,-8.3,114.5,-8.1")):
        assert office.ask(Then(now).total, Filter(), place) == office.ask(maps.total, Filter(), place)
        assert {one.id for one in office.ask(Then(now).listed, Filter(), place)} == {
            one.id for one in office.ask(maps.listed, Filter(), place)}
    key = {"key": lambda one: one["properties"].get("project", "")}
    assert sorted(office.ask(Then(now).plain, Filter(), box), **key) == sorted(
        office.ask(maps.plain, Filter(), box), **key)


def test_more_works_than_a_map_without_tiles_draws_are_gathered_as_they_stood(office):
    with office.db.transaction():
        build.project(office.db, office.places.village)
        office.db.execute("""
            INSERT INTO project (source, source_key, region_id, village_known, name, entered_by)
            SELECT source, 'banyak-' || n, region_id, true, name, entered_by FROM project, generate_series(1, 3200) n
             WHERE source = 'tes'""")
        office.db.execute("""
            INSERT INTO site (project_id, region_id, draft, geom, entered_by)
            SELECT id, region_id, draft, ST_SetSRID(ST_MakePoint(114.3 + random() * 0.1, -8.3 + random() * 0.1), 4326),
                   entered_by FROM project WHERE source_key LIKE 'banyak-%'""")
    then = office.now()
    office.db.execute("UPDATE project SET withdrawn_at = now() WHERE source_key LIKE 'banyak-1%'")
    features = office.ask(Then(then).plain, Filter(), (114.2, -8.4, 114.5, -8.1))
    assert sum(one["properties"].get("works", 0) for one in features) == 3201
    left, right, bottom, top = 114.29, 114.41, -8.31, -8.19
    assert all(left < one["geometry"]["coordinates"][0] < right and bottom < one["geometry"]["coordinates"][1] < top
               for one in features if one["properties"]["kind"] == "crowd")
    assert 0 < sum(one["properties"]["works"] for one in office.features(then, 10)) <= 3201


def test_rights_are_those_of_today(office):
    """What was public and is a draft now, or moved into another territory, is not for those who may not see it now."""
    foreign = build.person(office.db, "field", office.places.far)
    own = build.person(office.db, "field", office.places.village)
    public = build.project(office.db, office.places.village, name="dulu umum", stage="planned")
    draft = build.project(office.db, office.places.village, name="dulu usulan", stage="proposed")
    then = office.now()
    assert office.names(then, person=foreign) == {"dulu umum"}
    office.db.execute("UPDATE project SET stage = 'proposed' WHERE id = %s", [public])
    office.db.execute("UPDATE project SET stage = 'planned' WHERE id = %s", [draft])
    assert office.names(then, person=foreign) == {"dulu usulan"}
    assert office.names(then, person=own) == {"dulu umum", "dulu usulan"}
    for ask in (Then(then).total, Then(then).listed):
        seen = office.ask(ask, Filter(), person=foreign)
        assert (seen.works if hasattr(seen, "works") else len(seen)) == 1
    assert office.ask(Then(then).cards, [public], person=foreign) == []
    with office.web.transaction(read_only=True) as nobody:
        assert Then(then).total(nobody, Filter()).works == 0
        assert past_maps.first_recorded(nobody) is None


def test_the_database_says_the_same_rights_without_the_query(office):
    foreign = build.person(office.db, "field", office.places.far)
    work = build.project(office.db, office.places.village, stage="planned")
    office.db.execute("UPDATE project SET stage = 'proposed' WHERE id = %s", [work])
    seen = "SELECT count(*) FROM work_past WHERE project_id = %s"
    assert office.ask(lambda connection: connection.execute(seen, [work]).fetchone()[0], person=foreign) == 0
    assert office.ask(lambda connection: connection.execute(seen, [work]).fetchone()[0]) == 3


def test_a_recorded_place_is_never_changed(office):
    work = build.project(office.db, office.places.village)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), \
            office.web.transaction(read_only=False, person=office.planner) as connection:
        connection.execute("UPDATE site SET geom = ST_SetSRID(ST_MakePoint(114.5, -8.3), 4326)")
    for change in ("geom = ST_SetSRID(ST_MakePoint(114.5, -8.3), 4326)", "role = 'visited'",
                   "valid_from = valid_from - interval '1 year'"):
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            office.db.execute(f"UPDATE site SET {change} WHERE project_id = %s", [work])  # noqa: S608
        assert refused.value.diag.constraint_name == "a place is replaced, never changed"
    office.db.execute("UPDATE site SET superseded_at = now() WHERE project_id = %s", [work])
    with pytest.raises(psycopg.errors.CheckViolation):
        office.db.execute("UPDATE site SET superseded_at = NULL WHERE project_id = %s", [work])


DEEDS = ("store", "store", "move", "leave", "change", "territory", "withdraw", "again", "pair", "recount")


@pytest.mark.parametrize("seed", range(3))
def test_what_changes_keep_is_what_the_records_tell(office, seed):
    rng = random.Random(seed)
    villages = [office.places.village, office.places.neighbour, office.places.far]
    works = []
    for turn in range(50):
        do = rng.choice(DEEDS if works else DEEDS[:1])
        work = rng.choice(works) if works else None
        place = build.away(rng.random() * 90_000, rng.random() * 9_000 + turn)
        if do == "store":
            works.append(build.project(
                office.db, rng.choice(villages), year=rng.choice([None, 2023, 2024]), amount=rng.choice([None, 5, 7]),
                stage=rng.choice(["proposed", "done", None]), at=rng.choice([None, place])))
        elif do == "move":
            office.move(work, shapely.Point(place).buffer(0.001) if turn % 3 else place)
        elif do == "leave":
            office.db.execute("UPDATE site SET superseded_at = now() WHERE project_id = %s AND superseded_at IS NULL",
                              [work])
        elif do == "change":
            office.db.execute("UPDATE project SET fund = %s, stage = %s WHERE id = %s",
                              [rng.choice(["APBD", None]), rng.choice(["proposed", "running"]), work])
        elif do == "territory":
            office.db.execute("UPDATE project SET region_id = %s WHERE id = %s", [rng.choice(villages), work])
        elif do in ("withdraw", "again"):
            office.db.execute("UPDATE project SET withdrawn_at = CASE WHEN %s THEN now() END WHERE id = %s",
                              [do == "withdraw", work])
        elif do == "pair" and len(works) > 1:
            one, other = rng.sample(works, 2)
            if not office.db.execute("SELECT 1 FROM pair WHERE left_project IN (%(a)s, %(b)s) AND right_project IN "
                                     "(%(a)s, %(b)s)", {"a": one, "b": other}).fetchone():
                build.pair(office.db, one, other)
        elif do == "recount":
            office.db.execute("SELECT map_recount(NULL)")
    kept = set(office.db.execute(ROWS))
    office.db.execute("SELECT work_past_anew()")
    told = set(office.db.execute(ROWS))
    assert kept == told
    assert len(kept) > len(works) > 5
    assert office.db.execute("SELECT count(*) FROM work_past WHERE until <= since").fetchone() == (0,)


def test_the_squares_of_the_database_are_those_of_the_queries(office):
    for z in (3, 9, 15):
        tile = Tile.holding(z, *build.HOME)
        first = past_maps.spot(tile.x, tile.y) << 2 * (15 - z)
        (spot,) = office.db.execute("SELECT map_spot(%s, %s)", [
            *past_maps._steps(*build.HOME)]).fetchone()
        assert first <= spot < first + (1 << 2 * (15 - z))


def test_places_that_gave_way_are_found_by_an_index(office):
    """So many that reading all would be folly; as the web role, under its policies."""
    build.many_sites(office.db, office.places.village)
    office.db.execute("UPDATE site SET superseded_at = now()")
    office.db.execute("VACUUM ANALYZE site")

    def plan(connection):
        tile = Tile.holding(14, *build.HOME)
        return "\n".join(row[0] for row in connection.execute(
            f"EXPLAIN {past_maps._PLACES}", tile.values | {"then": datetime(2027, 1, 1, tzinfo=UTC)}))

    assert "site_former_geom" in office.ask(plan)
