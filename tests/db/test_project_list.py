"""The list of works and the sums over it, as the web role of a person asking."""

from decimal import Decimal
from itertools import count
from urllib.parse import urlencode

import pytest

from app.queries import filters, home, names, project_details, project_list
from app.queries.filters import Filter
from app.queries.project_list import ORDERS, Place
from tests import build


@pytest.fixture
def scene(superuser_db, database):
    """A small kabupaten, an auditor of all of it, and `ask()`: the same connection as the web role for a person."""
    places = build.places(superuser_db)
    auditor = build.person(superuser_db, "auditor")

    class Scene:
        connection, where, who = superuser_db, places, auditor

        def project(self, region=places.village, **facts):
            return build.project(superuser_db, region, **facts)

        def names(self, address="", person=auditor):
            with build.asking(superuser_db, database, person):
                shown, _ = project_list.rows(superuser_db, Filter.parse(address))
                sums = project_list.totals(superuser_db, Filter.parse(address))
            assert sums.works == len(shown)
            return {row.name for row in shown}

        def ask(self, person=auditor):
            return build.asking(superuser_db, database, person)

    return Scene()


@pytest.mark.parametrize("address", [
    "year=2021", "fund=APBD", "category=bridge", "stage=running", "q=jembatan+kali", "q=KALI",
    "fund=APBD&fund=CSR", "year=2021&fund=APBD", "year=2021&year=unknown",
])
def test_each_field_of_the_filter_keeps_the_work_it_names_and_no_other(scene, address):
    scene.project(name="Jembatan Kali Setail", year=2021, fund="APBD", category="bridge", stage="running")
    scene.project(name="Rabat beton")
    assert scene.names(address) == {"Jembatan Kali Setail"}
    assert scene.names() == {"Jembatan Kali Setail", "Rabat beton"}


def test_works_of_which_a_fact_is_not_known_can_be_asked_for(scene):
    scene.project(name="Tanpa tahun", year=None, category=None, fund=None, stage=None)
    scene.project(name="Lengkap")
    for field in ("year", "category", "fund", "stage"):
        assert scene.names(f"{field}=unknown") == {"Tanpa tahun"}


def test_a_district_holds_the_works_of_its_villages_and_a_village_only_its_own(scene):
    scene.project(name="di desa")
    scene.project(scene.where.neighbour, name="di desa sebelah")
    scene.project(scene.where.far, name="di kecamatan lain")
    codes = dict(scene.connection.execute("SELECT id, code FROM region").fetchall())
    assert scene.names(f"district={codes[scene.where.district]}") == {"di desa", "di desa sebelah"}
    assert scene.names(f"district={codes[scene.where.district]}&village={codes[scene.where.village]}") == {"di desa"}
    assert scene.names("district=99.99") == set()


def test_withdrawn_works_are_in_no_list(scene):
    scene.project(name="ditarik", withdrawn_at="2026-01-01")
    assert scene.names() == set()


def test_a_foreign_draft_is_neither_listed_nor_counted_nor_found(scene):
    stranger = build.person(scene.connection, "head", scene.where.far)
    draft = scene.project(name="usulan rahasia", stage="proposed")
    assert scene.names(person=stranger) == set()
    assert scene.names() == {"usulan rahasia"}
    with scene.ask(stranger):
        assert project_details.by_id(scene.connection, draft) is None


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("address", ["q=rahasia", "pointless=1", "suspected=1", "pointless=1&suspected=1",
                                     "q=rahasia&pointless=1&suspected=1", ""])
def test_no_way_into_the_list_shows_a_foreign_draft(scene, address, order):
    """The ids of a name, and how works are counted, come by ways of their own."""
    stranger = build.person(scene.connection, "head", scene.where.far)
    build.pair(scene.connection, scene.project(name="usulan rahasia satu", stage="proposed", at=None),
               scene.project(name="usulan rahasia dua", stage="proposed", at=None))
    with scene.ask(stranger):
        for after in (None, Place(2030, 10**9), Place(None, 10**9)):
            assert project_list.rows(scene.connection, Filter.parse(address), order, after) == ([], None)
        assert project_list.totals(scene.connection, Filter.parse(address)) == (0, 0, 0)
    assert scene.names(address) == {"usulan rahasia satu", "usulan rahasia dua"}


def test_the_door_of_names_tells_nobody_of_a_foreign_draft_and_nothing_to_nobody(scene):
    public = scene.project(name="Jalan desa")
    draft = scene.project(name="Jalan usulan", stage="proposed")
    scene.project(name="Jalan ditarik", withdrawn_at="2026-01-01")
    for person, seen in ((build.person(scene.connection, "head", scene.where.far), {public}),
                         (build.person(scene.connection, "head", scene.where.village), {public, draft}), (None, set())):
        with scene.ask(person):
            assert set(names.having(scene.connection, "jalan")) == seen


def test_a_work_that_only_ones_own_draft_flags_is_suspected_for_its_readers_alone(scene):
    """Counts that everybody may read say nothing of it."""
    stranger = build.person(scene.connection, "head", scene.where.far)
    build.pair(scene.connection, scene.project(name="usulan", stage="proposed", amount=5),
               scene.project(name="pekerjaan", amount=7, at=None))
    assert scene.names("suspected=1") == {"usulan", "pekerjaan"}
    with scene.ask():
        assert project_list.totals(scene.connection, Filter.parse("suspected=1")) == (2, 12, 1)
        assert project_list.totals(scene.connection, Filter.parse("suspected=1&pointless=1")) == (1, 7, 1)
    assert scene.names("suspected=1", stranger) == set()


def test_a_name_that_very_many_works_have_is_listed_in_order_and_not_counted(scene, monkeypatch):
    for year in (2021, 2024, 2022):
        scene.project(name=f"Jalan {year}", year=year)
    monkeypatch.setattr(names, "MOST", 2)
    with scene.ask():
        counted = project_list.totals(scene.connection, Filter.parse("q=jalan"))
        monkeypatch.setattr(project_list, "_COUNTABLE", 2)
        shown, onward = project_list.rows(scene.connection, Filter.parse("q=jalan"), limit=2)
        last, end = project_list.rows(scene.connection, Filter.parse("q=jalan"), after=onward, limit=2)
        assert project_list.totals(scene.connection, Filter.parse("q=jalan")) == (None, None, None)
        code = scene.connection.execute("SELECT code FROM region WHERE id = %s", [scene.where.village]).fetchone()[0]
        there = project_list.totals(scene.connection, Filter.parse(f"q=jalan&village={code}"))
    assert [row.year for row in (*shown, *last)] == [2024, 2022, 2021]
    assert end is None
    assert counted.works == there.works == 3


@pytest.mark.parametrize("text", ["rt", "RT 01", "beton rt", "Krajan", "mushola dekat krajan", "é", "x%", "01_"])
def test_a_name_is_found_by_words_of_any_length_in_name_and_place(scene, text):
    scene.project(name="Rabat beton RT 01_a x%", place="Dusun Krajan, dekat mushola é")
    scene.project(name="Talud")
    assert scene.names(urlencode({"q": text})) == {"Rabat beton RT 01_a x%"}


def test_a_percent_sign_is_searched_for_and_not_understood(scene):
    scene.project(name="Termin 100% selesai")
    scene.project(name="Termin 1000 selesai")
    assert scene.names("q=100%25") == {"Termin 100% selesai"}


def test_a_work_without_a_point_is_counted_and_can_be_asked_for(scene):
    scene.project(name="tanpa titik", at=None)
    scene.project(name="bertitik")
    assert scene.names("pointless=1") == {"tanpa titik"}
    with scene.ask():
        assert project_list.totals(scene.connection, Filter()) == (2, Decimal(360_000_000), 1)
        assert home.state(scene.connection).without_point == 1


@pytest.mark.parametrize(("answer", "listed"), [
    (None, True), ("needs_visit", True), ("double_funding", True), ("withdrawn", True), ("continuation", False),
    ("not_related", False)])
def test_a_suspected_work_is_one_that_waits_or_was_confirmed(scene, answer, listed):
    left, right = scene.project(name="A"), scene.project(name="B")
    pair = build.pair(scene.connection, left, right)
    if answer:
        build.verdict(scene.connection, pair, scene.who, answer)
    assert scene.names("suspected=1") == ({"A", "B"} if listed else set())


def test_a_verdict_on_facts_that_have_changed_settles_nothing(scene):
    pair = build.pair(scene.connection, scene.project(name="A"), scene.project(name="B"))
    build.verdict(scene.connection, pair, scene.who, "not_related", facts_hash="fakta lama")
    assert scene.names("suspected=1") == {"A", "B"}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("address", ["", "q=kegiatan", "pointless=1"])
def test_page_by_page_every_work_comes_once_in_order_and_unknown_ones_last(scene, order, address):
    numbers = count()
    for year in (2024, None, 2022, 2024, None, 2023, 2024):
        for amount in (5, None, 7):
            scene.project(name=f"kegiatan {next(numbers)}", year=year, amount=amount, at=None)
    seen, after = [], None
    with scene.ask():
        while True:
            shown, onward = project_list.rows(scene.connection, Filter.parse(address), order, after, limit=4)
            seen += shown
            if onward is None:
                break
            after = Place.parse(str(onward))
    assert len(seen) == len({row.id for row in seen}) == 21
    keys = [row.year if order == "newest" else row.amount for row in seen]
    known = [key for key in keys if key is not None]
    assert known == sorted(known, reverse=True)
    assert keys == known + [None] * (21 - len(known))


@pytest.mark.parametrize("text", ["", "2024", "2024_", "x_1", "1_2_3", "-1_2", "1_99999999999999999999", None])
def test_a_place_in_the_list_that_was_not_written_here_is_ignored(text):
    assert Place.parse(text) is None


def test_the_chips_offer_what_occurs_and_villages_only_of_the_chosen_district(scene):
    scene.project(year=2021, fund="APBD")
    scene.project(year=None, fund=None)
    code = scene.connection.execute("SELECT code FROM region WHERE id = %s", [scene.where.district]).fetchone()[0]
    with scene.ask():
        everything = filters.choices(scene.connection, Filter())
        there = filters.choices(scene.connection, Filter(district=code))
    assert everything.years == [("2021", "2021"), ("unknown", None)]
    assert everything.funds == [("APBD", None), ("unknown", None)]
    assert [name for _, name in everything.districts] == ["Pesanggaran", "Siliragung"]
    assert everything.villages == []
    assert [name for _, name in there.villages] == ["Kandangan", "Sarongan"]


def test_the_history_of_a_work_says_what_changed(scene):
    work = scene.project(name="Rabat beton", amount=100)
    scene.connection.execute("UPDATE project SET amount = 120, year = 2025 WHERE id = %s", [work])
    with scene.ask():
        latest, first = project_details.versions(scene.connection, work)
    assert latest.changed == ["amount", "year"]
    assert (first.version, first.changed, latest.version) == (1, [], 2)
