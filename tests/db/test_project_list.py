"""The list of works and the sums over it, as the web role of a person asking."""

from decimal import Decimal
from itertools import count

import pytest

from app.queries import filters, home, project_details, project_list
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
def test_page_by_page_every_work_comes_once_in_order_and_unknown_ones_last(scene, order):
    numbers = count()
    for year in (2024, None, 2022, 2024, None, 2023, 2024):
        for amount in (5, None, 7):
            scene.project(name=f"{next(numbers)}", year=year, amount=amount, at=None)
    seen, after = [], None
    with scene.ask():
        while True:
            shown, onward = project_list.rows(scene.connection, Filter(), order, after, limit=4)
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
