"""Whatever happens in whatever order (stored, edited, moved, withdrawn, put back), the pairs are those of one batch."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid5

import pytest
import shapely

from app.db import Database
from app.jobs import be_patient
from app.jobs.matching import match, model_in_force
from app.queries import matching, pair_counts, projects
from app.queries.pairs import PairFilter
from app.queries.projects import Site, Work
from geo import duplicates, linking, rows
from tests import build
from tests.db.test_matching import (  # noqa: F401  (fixtures are found by their names here)
    NAMES,
    batch,
    committing,
    generated,
    groups_of,
    pairs_of,
    region_ids,
    send,
    sender,
    store,
    works_of,
)

FACTS = {"name": "Rabat beton jalan Dusun Krajan RT 02 RW 01", "category": "road", "year": 2024, "fund": "DDS",
         "amount": 187_350_000, "stage": "done"}


def of_one_batch(store, sender) -> set[tuple]:  # noqa: F811
    """(left, right, kind) that the library finds among all works as they stand, with the snapshot in force."""
    with store.transaction(read_only=True, person=sender) as connection:
        sites = matching.sites_of(connection, matching.everyone(connection))
        found = duplicates.find(sites, model_in_force(connection)).pairs
    ids = sites["project"].to_numpy()
    return {(*sorted((ids[left], ids[right])), kind)
            for left, right, kind in zip(found["left"], found["right"], found["kind"], strict=True)}


def stored(committing) -> set[tuple]:  # noqa: F811
    return {(str(left), str(right), kind) for left, right, kind, *_ in pairs_of(committing)}


def act(store, sender, what, works: list[Work]) -> None:  # noqa: F811
    with store.transaction(read_only=False, person=sender) as connection:
        for work in works:
            what(connection, work)
        match(connection, [work.id for work in works])


def test_edits_moves_withdrawals_and_returns_in_any_order_leave_the_pairs_of_the_batch(
        store, committing, sender, region_ids, generated) -> None:  # noqa: F811
    works = works_of(generated, region_ids)
    send(store, sender, works)
    chance = random.Random(8)
    withdrawn: list[Work] = []

    def edit(connection, work: Work) -> None:
        projects.change(connection, work.id, {"fund": "PBK", "year": 2025, "amount": 91_350_000})

    def move(connection, work: Work) -> None:
        there = chance.choice(works).sites
        projects.move(connection, work.id, there, sender)

    def withdraw(connection, work: Work) -> None:
        projects.withdraw(connection, [work.id])

    def put_back(connection, work: Work) -> None:
        committing.execute("UPDATE project SET withdrawn_at = NULL WHERE id = %s", [work.id])

    for _ in range(10):
        chosen = chance.sample([work for work in works if work not in withdrawn], 7)
        what = chance.choice([edit, move, move, withdraw])
        act(store, sender, what, chosen)
        if what is withdraw:
            withdrawn += chosen
    assert stored(committing) == of_one_batch(store, sender)
    act(store, sender, put_back, withdrawn[:10])
    assert stored(committing) == of_one_batch(store, sender)
    assert len(stored(committing)) > 20


REAL = pytest.mark.parametrize(("file", "currency", "first", "last"), [
    ("flood_control/flood_control_projects.csv", "PHP", 0, 700), ("village_roads/jalan_desa.xlsx", "IDR", 200, 800)])


def works_in(path, currency: str, first: int, last: int, village: int) -> list[Work]:
    """The good rows of a real file, as they are stored."""
    understood = [one for one in rows.understand(rows.read(path), currency=currency) if one.good][first:last]
    table = linking.as_sites(understood, [str(one.row.number) for one in understood], "file")
    works = []
    for one, row in zip(understood, table.to_dict("records"), strict=True):
        facts = {name: value for name, value in one.facts.items() if name in projects.FACTS and value is not None}
        facts["record"] = row["record"]
        sites = [] if one.geometry is None else [Site(one.geometry, one.method, one.accuracy_m)]
        facts["name"] = facts.get("name") or "tanpa nama"
        works.append(Work("file", row["project"], village, False, facts, sites, id=uuid5(NAMES, row["project"])))
    return works


@REAL
def test_slices_of_real_files_in_any_order_give_the_pairs_of_the_batch(
        real_data, store, committing, sender, region_ids, file, currency, first, last) -> None:  # noqa: F811
    works = works_in(real_data(file), currency, first, last, next(iter(region_ids.values())))
    expected, grouped = batch(store, committing, sender, works)
    assert len(expected) > 10
    random.Random(3).shuffle(works)
    for start in range(0, len(works), 60):
        send(store, sender, works[start:start + 60])
    assert pairs_of(committing) == expected
    assert groups_of(committing) == grouped


def copied(work: Work, upload: int) -> Work:
    """The work as another list has it: some metres aside, another fund, year and record, a little dearer."""
    amount = work.facts.get("amount")
    facts = dict(work.facts) | {"fund": ("DDS", "PBK", "ADD")[upload % 3], "record": f"{upload} {work.source_key}",
                                "year": 2021 + upload % 4}
    if amount is not None:
        facts["amount"] = amount + upload * 1_000
    sites = [replace(site, geometry=shapely.affinity.translate(site.geometry, 1e-5 * (upload % 7), 1e-5))
             for site in work.sites]
    key = f"{upload} {work.source_key}"
    return replace(work, source=f"upload {upload}", source_key=key, facts=facts, sites=sites, id=uuid5(NAMES, key))


@REAL
def test_fifty_parallel_uploads_of_near_copies_of_real_works_leave_the_pairs_of_the_batch(
        real_data, cloned_database, store, committing, sender, region_ids, file, currency, first, last  # noqa: F811
        ) -> None:
    """Every work stands in some five of the uploads, and most of an upload's works beside another's."""
    real = [work for work in works_in(real_data(file), currency, first, last, next(iter(region_ids.values())))
            if work.sites][:40]
    uploads = [[copied(real[(3 * upload + one) % len(real)], upload) for one in range(4)] for upload in range(50)]
    expected, grouped = batch(store, committing, sender, [work for upload in uploads for work in upload])
    assert sum(one[3] for one in expected) > 100
    patient = Database(cloned_database.web_dsn, size=50, wait_s=120)

    def send_patiently(works: list[Work]) -> None:
        with patient.transaction(read_only=False, person=sender) as connection:
            be_patient(connection)
            projects.insert(connection, works, sender)
            match(connection, [work.id for work in works])

    with ThreadPoolExecutor(50) as threads:
        list(threads.map(send_patiently, uploads))
    patient.close()
    assert pairs_of(committing) == expected
    assert groups_of(committing) == grouped


@pytest.mark.parametrize("where", ["nowhere", "at one office"])
def test_many_works_without_a_place_of_their_own_pair_alike_in_any_order(
        store, committing, sender, region_ids, where) -> None:  # noqa: F811
    """A word or an amount chooses pairs only while it is rare in its place, so one more work can unchoose others."""
    village = next(iter(region_ids.values()))
    site = [Site(build.shapely.Point(build.HOME), "gps", 5.0)] if where == "at one office" else []
    chance, kinds, lanes = random.Random(2), ("Posyandu", "Gapura", "Balai"), ("Mawar", "Melati", "Kenanga")
    works = [Work("uji", str(number), village, True, FACTS | {
        "name": f"{chance.choice(kinds)} {chance.choice(lanes)} RT {chance.randrange(1, 9):02}", "category": "building",
        "year": chance.randrange(2020, 2026), "amount": chance.randrange(1, 6) * 10_350_000}, site,
        id=uuid5(NAMES, str(number))) for number in range(150)]
    expected, _ = batch(store, committing, sender, works)
    assert len(expected) > 30
    chance.shuffle(works)
    for start in range(0, len(works), 25):
        send(store, sender, works[start:start + 25])
    assert pairs_of(committing) == expected


def state_of(store, auditor: UUID) -> list[tuple]:  # noqa: F811
    """What the lists say of each pair."""
    with store.transaction(read_only=True, person=auditor) as connection:
        counted = pair_counts.counts(connection, PairFilter())
    return [name for name in ("open", "reopened", "judged") if counted[name]]


def test_a_verdict_outlives_a_rerun_and_reopens_when_its_facts_change_and_the_answer_stays(
        store, committing, sender, region_ids) -> None:  # noqa: F811
    village = next(iter(region_ids.values()))
    site = [Site(build.line((0, 0), (200, 0)), "gps", 5.0)]
    here, there = (Work("uji", key, village, True, FACTS | {"fund": fund}, site, id=uuid5(NAMES, key))
                   for key, fund in (("a", "DDS"), ("b", "PBK")))
    send(store, sender, [here, there])
    auditor = build.person(committing, "auditor")
    (pair,) = committing.execute("SELECT id FROM pair WHERE to_look_at AND retired_at IS NULL").fetchone()
    build.verdict(committing, pair, auditor, "not_related")
    build.answer(committing, pair, build.person(committing, "head", village), village)
    assert state_of(store, auditor) == ["judged"]
    act(store, sender, lambda connection, work: None, [here, there])
    assert state_of(store, auditor) == ["judged"], "measured again on the same facts"
    act(store, sender, lambda connection, work: projects.change(connection, work.id, work.facts | {"year": 2025}),
        [there])
    assert state_of(store, auditor) == ["open", "reopened"]
    act(store, sender, lambda connection, work: projects.change(connection, work.id, work.facts), [there])
    assert state_of(store, auditor) == ["judged"], "the facts that were judged are back"
    act(store, sender, lambda connection, work: projects.withdraw(connection, [work.id]), [there])
    assert pairs_of(committing) == set()
    assert committing.execute("SELECT count(*) FROM verdict WHERE pair_id = %s", [pair]).fetchone() == (1,)
    assert committing.execute("SELECT count(*) FROM answer WHERE pair_id = %s", [pair]).fetchone() == (1,)


@pytest.mark.parametrize("where", ["nowhere", "at one office"])
def test_more_works_of_one_name_than_a_block_compares_all_of_pair_alike_in_any_order(
        store, committing, sender, region_ids, where) -> None:  # noqa: F811
    """Past `blocks.BLOCK` of one name only neighbours in amount and year are compared: one more work parts others."""
    village = next(iter(region_ids.values()))
    site = [Site(build.shapely.Point(build.HOME), "gps", 5.0)] if where == "at one office" else []
    chance = random.Random(4)
    works = [Work("uji", str(number), village, True, FACTS | {
        "name": "Posyandu Mawar", "category": "building", "year": chance.randrange(2020, 2026),
        "amount": chance.randrange(40, 400) * 1_010_000}, site, id=uuid5(NAMES, str(number))) for number in range(70)]
    expected, _ = batch(store, committing, sender, works)
    assert len(expected) > 30
    chance.shuffle(works)
    for start in range(0, len(works), 14):
        send(store, sender, works[start:start + 14])
    assert pairs_of(committing) == expected
