"""A coordinate becomes crowded while works arrive, and empties again: the pairs are those of one batch all the same."""

import random
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid5

import numpy as np
import pytest
import shapely

from app.jobs.matching import match, model_in_force
from app.queries import matching, projects
from app.queries.projects import Site, Work
from geo import candidates, duplicates
from geo.evidence import sites as columns
from tests import build
from tests.db.test_matching import (  # noqa: F401  (fixtures are found by their names here)
    NAMES,
    committing,
    pairs_of,
    region_ids,
    send,
    sender,
    store,
)
from tests.db.test_matching_orders import of_one_batch, stored

OFFICE = shapely.Point(build.HOME)
KINDS, LANES = ("Posyandu", "Gapura", "Balai dusun", "Rabat beton jalan"), ("Mawar", "Melati", "Kenanga", "Teratai")


def invented(count: int, villages: list[int], at: shapely.Point, seed: int, source: str = "uji") -> list[Work]:
    """Works of few names and amounts, all on one spot."""
    chance = random.Random(seed)
    return [Work(source, str(number), chance.choice(villages), True, {
        "name": f"{chance.choice(KINDS)} {chance.choice(LANES)} RT {chance.randrange(1, 30):02} RW 01",
        "category": chance.choice(["building", "road"]), "year": chance.randrange(2020, 2026), "stage": "done",
        "fund": chance.choice(["DDS", "ADD"]), "amount": Decimal(chance.randrange(40, 90) * 1_010_000)},
        [Site(at, "gps", 5.0)], id=uuid5(NAMES, f"{source} {seed} {number}")) for number in range(count)]


def counted_among(store, committing, sender, region_ids, size: int) -> list[Work]:  # noqa: F811
    """A model counted among `size` works far away that stay, so that what comes is no reason to count anew."""
    village = list(region_ids.values())[-1]
    chance = random.Random(1)
    far = [Work("lama", str(number), village, True, {
        "name": f"Drainase Dusun {chance.choice(LANES)} RT {number % 40:02}", "category": "drainage", "year": 2021,
        "fund": "DDS", "amount": Decimal(50_000_000 + number), "stage": "done"},
        [Site(shapely.Point(build.away(20_000 + 300 * (number % 60), 300 * (number // 60))), "gps", 5.0)],
        id=uuid5(NAMES, f"lama {number}")) for number in range(size)]
    send(store, sender, far)
    return far


def crowds(store, sender) -> tuple[set, set]:  # noqa: F811
    """The crowded coordinates that the model in force knows, and those that counting all works finds."""
    with store.transaction(read_only=True, person=sender) as connection:
        sites = matching.sites_of(connection, matching.everyone(connection))
        known = model_in_force(connection).frequencies.crowded
    table = columns.read(sites)
    crowd = candidates.crowded(table.lon, table.lat, table.form == columns.FORM_POINT, table.project) >= 0
    return set(known), set(zip(table.lon[crowd].round(6), table.lat[crowd].round(6), strict=True))


@pytest.mark.parametrize(("seed", "at_once"), [(1, 200), (2, 90), (3, 1)])
def test_a_crowd_that_is_new_pairs_as_in_one_batch_in_whatever_order_and_number_it_arrives(
        store, committing, sender, region_ids, seed, at_once) -> None:  # noqa: F811
    villages = list(region_ids.values())[:3]
    counted_among(store, committing, sender, region_ids, 400)
    count = 30 if at_once == 1 else 600
    works = invented(count, villages, OFFICE, 9)
    # some stand beside the office, on no crowded spot, and one has no point
    works[::15] = [replace(work, sites=[Site(shapely.Point(build.away(8 + number, 0)), "gps", 5.0)])
                   for number, work in enumerate(works[::15])]
    works[1] = replace(works[1], sites=[])
    with store.transaction(read_only=False, person=sender) as connection:
        before = matching.latest_model_id(connection)
    committing.execute("UPDATE model SET works = 100000")
    random.Random(seed).shuffle(works)
    for start in range(0, count, at_once):
        send(store, sender, works[start:start + at_once])
    with store.transaction(read_only=False, person=sender) as connection:
        assert matching.latest_model_id(connection)[:3] == before[:3], "counted anew: this tests nothing"
    known, seen = crowds(store, sender)
    assert known == seen == {tuple(np.round(OFFICE.coords[0], 6))}
    assert stored(committing) == of_one_batch(store, sender)
    assert len(stored(committing)) > 3


def test_a_crowd_that_empties_is_a_place_again(store, committing, sender, region_ids) -> None:  # noqa: F811
    villages = list(region_ids.values())[:2]
    counted_among(store, committing, sender, region_ids, 60)
    committing.execute("UPDATE model SET works = 100000")
    works = invented(candidates.CROWDED_FROM + 3, villages, OFFICE, 5)
    with store.transaction(read_only=False, person=sender) as connection:
        projects.insert(connection, works, sender)
        told = match(connection, [work.id for work in works])
    assert [spot[2] for spot in told.crowded] == [len(works)], "the place is reported with its works"
    assert crowds(store, sender)[0]
    in_crowd = stored(committing)
    chance = random.Random(3)
    left = works[:]
    for number in range(6):
        gone = left.pop(chance.randrange(len(left)))
        with store.transaction(read_only=False, person=sender) as connection:
            if number % 2:
                projects.withdraw(connection, [gone.id])
            else:
                projects.move(connection, gone.id, [Site(shapely.Point(build.away(40 * number, 900)), "gps", 5.0)],
                              sender)
            match(connection, [gone.id])
        assert stored(committing) == of_one_batch(store, sender)
        known, seen = crowds(store, sender)
        assert known == seen
    assert not known
    assert stored(committing) - in_crowd, "all near each other are compared once the place says something"


@pytest.mark.parametrize("where", ["nowhere", "at one office"])
def test_what_leaves_a_block_too_large_to_compare_whole_lets_others_meet(
        store, committing, sender, region_ids, where) -> None:  # noqa: F811
    """Past `blocks.BLOCK` of one name only the next few in order are compared; each that leaves, by whatever way, makes
    others neighbours, and at last the whole block is compared."""
    village, other = list(region_ids.values())[:2]
    counted_among(store, committing, sender, region_ids, 60)
    site = [Site(OFFICE, "gps", 5.0)] if where == "at one office" else []
    chance = random.Random(4)
    works = [Work("uji", str(number), village, True, {
        "name": "Posyandu Mawar RT 01 RW 02", "category": "building", "year": chance.randrange(2020, 2026),
        "fund": "DDS", "stage": "done", "amount": Decimal(chance.randrange(40, 400) * 1_010_000)}, site,
        id=uuid5(NAMES, str(number))) for number in range(70)]
    committing.execute("UPDATE model SET works = 100000")
    send(store, sender, works)
    first, left = stored(committing), works[:]
    assert first == of_one_batch(store, sender)

    def leave(connection, gone: UUID, number: int) -> None:
        if number % 3 == 0:
            projects.withdraw(connection, [gone])
        elif number % 3 == 1:
            projects.change(connection, gone, {"name": f"Gapura Melati {number}"})
        elif where == "nowhere":
            committing.execute("UPDATE project SET region_id = %s WHERE id = %s", [other, gone])
        else:
            projects.move(connection, gone, [Site(shapely.Point(build.away(60 * number, 700)), "gps", 5.0)], sender)

    for number in range(12):
        gone = [left.pop(chance.randrange(len(left))).id for _ in range(3)]
        with store.transaction(read_only=False, person=sender) as connection:
            for one in gone:
                leave(connection, one, number)
            match(connection, gone)
        assert stored(committing) == of_one_batch(store, sender), number
    assert len(left) < 40
    assert stored(committing) - first


def test_what_is_found_on_a_crowded_spot_is_what_the_library_finds(
        store, committing, sender, region_ids) -> None:  # noqa: F811
    """The first count knows the crowd itself; the same works later, one by one, end in the same pairs."""
    works = invented(40, list(region_ids.values())[:1], OFFICE, 6)
    send(store, sender, works)
    with store.transaction(read_only=True, person=sender) as connection:
        sites = matching.sites_of(connection, matching.everyone(connection))
        found = duplicates.find(sites, model_in_force(connection))
    assert found.crowded["works"].tolist() == [40]
    expected = pairs_of(committing)
    committing.execute("TRUNCATE pair, site, project_fact, project CASCADE")
    for work in random.Random(2).sample(works, len(works)):
        send(store, sender, [work])
    assert pairs_of(committing) == expected
