"""Signals for an inspector, as the web role: each kind finds what it names, leaves its look-alike, and tells nobody of
a foreign draft."""

import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
import shapely

from app.db import Database
from app.jobs import tasks
from app.queries import anomalies, village_risks
from app.queries.filters import Filter
from app.settings import Settings
from geo.sentences import Sentence, worded
from tests import build

LIMIT = Decimal(200_000_000)


@pytest.fixture
def scene(superuser_db, database):
    """A small kabupaten and an auditor of all of it."""
    places = build.places(superuser_db)
    auditor = build.person(superuser_db, "auditor")

    class Scene:
        connection, where, who = superuser_db, places, auditor

        def project(self, region=places.village, **facts):
            return build.project(superuser_db, region, **facts)

        def listed(self, kind, person=auditor, address=""):
            with build.asking(superuser_db, database, person):
                anomalies.refresh(superuser_db, LIMIT)
                rows, onward = anomalies.rows(superuser_db, kind, Filter.parse(address))
                count = anomalies.counts(superuser_db, Filter.parse(address))[kind]
            assert onward is None
            assert count.works == len(rows)
            return rows

        def said(self, kind, **more):
            return {row.name: worded(Sentence.from_json(row.reason)) for row in self.listed(kind, **more)}

        def ask(self, person=auditor):
            return build.asking(superuser_db, database, person)

    return Scene()


def test_a_unit_cost_far_from_like_works_is_said_with_what_it_rests_on(scene):
    for number in range(30):
        scene.project(name=f"biasa {number}", volume=100, unit="m", amount=(100 + number % 5) * 1_000_000)
    scene.project(name="mahal", volume=100, unit="M", amount=400_000_000)
    scene.project(name="tipis", volume=100, unit="m", amount=20_000_000)
    scene.project(name="satuan lain", volume=100, unit="m2", amount=400_000_000)
    scene.project(name="zaman lain", volume=100, unit="m", amount=400_000_000, year=2020)
    said = scene.said("unit_cost")
    assert set(said) == {"mahal", "tipis"}
    assert "3,9 kali nilai tengah" in said["mahal"]
    assert "32 kegiatan sejenis" in said["mahal"]
    [dear] = [row for row in scene.listed("unit_cost") if row.name == "mahal"]
    assert dear.money == pytest.approx(Decimal(298_000_000))


def test_few_like_works_say_nothing_about_a_cost(scene):
    for number in range(10):
        scene.project(name=f"biasa {number}", volume=100, unit="m", amount=100_000_000)
    scene.project(name="mahal", volume=100, unit="m", amount=900_000_000)
    assert scene.said("unit_cost") == {}


def test_packages_of_one_contractor_under_the_limit_are_one_signal(scene):
    for part in ("A", "B"):
        scene.project(name=f"Jalan Krajan {part}", contractor="CV. Maju", amount=190_000_000)
    scene.project(name="Sumur bor", contractor="cv maju", amount=180_000_000)
    scene.project(name="Gapura", contractor="CV Maju", amount=60_000_000)
    scene.project(name="Embung", contractor="CV Maju", amount=250_000_000)
    scene.project(name="Tahun lain", contractor="CV Maju", amount=190_000_000, year=2023)
    scene.project(scene.where.neighbour, name="Desa lain", contractor="CV Maju", amount=190_000_000)
    rows = scene.listed("split")
    assert {row.name for row in rows} == {"Jalan Krajan A", "Jalan Krajan B", "Sumur bor"}
    assert {row.money for row in rows} == {Decimal(560_000_000)}
    assert len({row.bunch for row in rows}) == 1


def test_packages_named_alike_but_for_their_numbers_are_found_without_a_contractor(scene):
    for part in (1, 2):
        scene.project(name=f"Rabat beton Dusun Krajan paket {part} RT 0{part}", amount=195_000_000)
    scene.project(name="Rabat beton Dusun Sumber paket 1", amount=195_000_000)
    assert set(scene.said("split")) == {f"Rabat beton Dusun Krajan paket {part} RT 0{part}" for part in (1, 2)}


def test_a_work_running_long_past_its_end_is_stale_and_a_finished_one_is_not(scene):
    today = datetime.datetime.now(datetime.UTC).date()
    scene.project(name="lama", stage="running", end_date=today - datetime.timedelta(days=100), year=today.year)
    scene.project(name="baru lewat", stage="running", end_date=today - datetime.timedelta(days=30), year=today.year)
    scene.project(name="tanpa tanggal", stage="running", year=2022)
    scene.project(name="selesai", stage="done", year=2022)
    said = scene.said("stale")
    assert set(said) == {"lama", "tanpa tanggal"}
    assert "100 hari" in said["lama"]


def test_a_point_outside_its_village_is_measured_and_an_approximate_border_forgives_more(scene):
    west = shapely.box(114.35, -8.26, 114.39, -8.18)
    sure = build.region(scene.connection, "Pasti", parent=scene.where.district, geometry=west)
    rough = build.region(scene.connection, "Kira-kira", parent=scene.where.district, geometry=west, approximate=True)
    for village, away_m in ((sure, 30), (sure, 300), (rough, 300), (rough, 3000)):
        scene.project(village, name=f"{village == sure} {away_m}", at=build.away(away_m, of=(114.39, -8.2)))
    scene.project(sure, name="tepi", at=build.away(120, of=(114.39, -8.2)), accuracy_m=200)
    said = scene.said("outside")
    assert set(said) == {"True 300", "False 3000"}
    assert "300 m di luar batas Desa Pasti" in said["True 300"]
    assert "perkiraan" in said["False 3000"]


def test_one_point_for_four_works_is_a_signal_and_for_one_record_is_not(scene):
    for number in range(4):
        scene.project(name=f"tumpuk {number}", at=build.away(500, 0))
        scene.project(name=f"berkas {number}", at=build.away(900, 0), record="kontrak 7")
        scene.project(name=f"sebaran {number}", at=build.away(1200, 30 * number))
    assert set(scene.said("crowded")) == {f"tumpuk {number}" for number in range(4)}


def test_signals_stay_within_the_territory_of_who_asks_and_tell_of_no_draft(scene):
    for region, name in ((scene.where.village, "sendiri"), (scene.where.far, "asing")):
        scene.project(region, name=name, stage="running", year=2021)
        scene.project(region, name=f"usulan {name}", stage="proposed", year=2021)
    local = build.person(scene.connection, "auditor", scene.where.village)
    assert set(scene.said("stale", person=local)) == {"sendiri"}
    assert set(scene.said("stale")) == {"sendiri", "asing"}
    assert scene.said("stale", person=None) == {}
    codes = dict(scene.connection.execute("SELECT id, code FROM region").fetchall())
    assert set(scene.said("stale", address=f"district={codes[scene.where.other_district]}")) == {"asing"}
    head = build.person(scene.connection, "head", scene.where.village)
    assert set(scene.said("stale", person=head)) == {"sendiri"}  # a village sees what is said about its own works


def test_a_work_that_became_a_proposal_since_the_counting_is_not_listed(scene):
    project = scene.project(name="berubah", stage="running", year=2021)
    assert set(scene.said("stale")) == {"berubah"}
    with scene.ask():
        assert anomalies.last_run(scene.connection).works == 1
    scene.connection.execute("UPDATE project SET stage = 'proposed' WHERE id = %s", [project])
    with scene.ask():
        assert anomalies.rows(scene.connection, "stale", Filter()) == ([], None)
        assert not anomalies.last_run(scene.connection).current


def test_the_pages_of_a_list_hold_every_row_once(scene):
    for number in range(7):
        scene.project(name=f"lama {number}", stage="running", year=2021)
    with scene.ask():
        anomalies.refresh(scene.connection, LIMIT)
        seen, after = [], None
        for _page in range(3):
            rows, after = anomalies.rows(scene.connection, "stale", Filter(), after, limit=3)
            seen += [row.name for row in rows]
    assert sorted(seen) == [f"lama {number}" for number in range(7)]
    assert after is None


def test_nobody_writes_a_signal_by_hand(scene):
    project = scene.project(name="biasa")
    with scene.ask(), pytest.raises(Exception, match="permission denied"):
        scene.connection.execute(
            "INSERT INTO anomaly (kind, project_id, region_id, measure, reason) VALUES ('stale', %s, %s, 1, '{}')",
            [project, scene.where.village])


def _ranking(scene, person=None):
    with scene.ask(person or scene.who):
        anomalies.refresh(scene.connection, LIMIT)
        return village_risks.ranked(scene.connection, anomalies.last_run(scene.connection))


def test_a_village_s_sum_is_that_of_its_parts_and_the_reasons_decide_the_order(scene):
    for number in range(10):
        scene.project(name=f"sini {number}", at=None, stage="running", year=2021)
        scene.project(scene.where.neighbour, name=f"sana {number}", at=build.away(50 * number))
    left, right = (scene.project(name=name) for name in ("kiri", "kanan"))
    build.pair(scene.connection, left, right)
    first, second = _ranking(scene)
    assert (first.name, second.name) == ("Sarongan", "Kandangan")
    for village in (first, second):
        assert village.score == pytest.approx(sum(part.points for part in village.parts), abs=0.06)
        assert all(0 <= part.points <= part.weight for part in village.parts)
    assert sum(village_risks.WEIGHTS.values()) == 100
    counted = {part.name: (part.count, part.of) for part in first.parts}
    assert counted["pointless"] == (10, 12)
    assert counted["stale"] == (10, 12)
    assert counted["indicated_money"] == (Decimal(360_000_000), Decimal(12 * 180_000_000))


def test_a_confirmed_double_counts_as_such_and_a_cleared_one_not_at_all(scene):
    works = [scene.project(name=f"kerja {number}") for number in range(4)]
    build.verdict(scene.connection, build.pair(scene.connection, *works[:2]), scene.who, "double_funding")
    build.verdict(scene.connection, build.pair(scene.connection, *works[2:]), scene.who, "not_related")
    [village] = _ranking(scene)
    counted = {part.name: part.count for part in village.parts}
    assert counted["confirmed"] == 2
    assert counted["indicated_money"] == Decimal(360_000_000)


def test_one_signal_does_not_put_a_small_village_at_the_top(scene):
    scene.project(scene.where.far, name="satu-satunya", stage="running", year=2021)
    for number in range(30):
        scene.project(name=f"sini {number}", **({"stage": "running", "year": 2021} if number < 15 else {}))
        scene.project(scene.where.neighbour, name=f"sana {number}")
    order = [village.name for village in _ranking(scene)]
    assert order.index("Sarongan") < order.index("Kesilir")
    assert village_risks.shrunk(1.0, 1, 0.1) < village_risks.shrunk(0.5, 30, 0.1)


def test_villages_outside_one_s_regions_are_not_ranked(scene):
    scene.project(name="sini")
    scene.project(scene.where.far, name="sana")
    local = build.person(scene.connection, "auditor", scene.where.far)
    assert [village.name for village in _ranking(scene, local)] == ["Kesilir"]


def test_the_timed_counting_runs_where_something_has_changed_and_a_person_s_always(cloned_database):
    """As the web role without a person: the door needs none, and nothing else is opened by it."""
    with build.superuser(cloned_database) as connection:
        places = build.places(connection)
        build.project(connection, places.village, name="lama", stage="running", year=2021)
        database = Database(cloned_database.web_dsn)
        context = SimpleNamespace(additional_context={"database": database, "settings": Settings()})
        runs = []
        for timestamp in (1, 2, None):
            tasks.refresh_anomalies(context, timestamp=timestamp)
            runs.append(connection.execute("SELECT count(*) FROM anomaly_run").fetchone()[0])
        build.project(connection, places.village, name="baru", stage="running", year=2021)
        tasks.refresh_anomalies(context, timestamp=3)
        assert connection.execute("SELECT count(*) FROM anomaly").fetchone() == (2,)
        database.close()
    assert runs == [1, 1, 2]
