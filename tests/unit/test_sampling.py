"""A sample that another office draws again from the same frame and seed must hold the same works."""

import hashlib
import random
from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest

from geo import sampling
from geo.sampling import Framed


def frame(count, strata=("DDS", "APBD"), seed=1):
    chance = random.Random(seed)
    return [Framed(str(UUID(int=chance.getrandbits(128))), Decimal(chance.randrange(1, 500) * 1_000_000),
                   strata[number % len(strata)]) for number in range(count)]


@pytest.mark.parametrize("by_money", [False, True])
def test_the_order_of_the_frame_changes_nothing(by_money):
    works = frame(300)
    turned = random.Random(5).sample(works, len(works))
    first = sampling.draw(works, "2026", 40, by_money)
    assert sampling.draw(turned, "2026", 40, by_money) == first
    assert len(first) == len({one.work.id for one in first}) == 40
    assert sampling.draw(works, "2027", 40, by_money) != first
    assert sampling.frame_sum(sampling.frame_lines(works)) == sampling.frame_sum(sampling.frame_lines(turned))


def test_a_sheet_that_knows_only_sha256_finds_the_same_works():
    """The recipe as the page tells it, written anew without our code."""
    works = frame(200, strata=("semua",))
    by_hand = sorted(works, key=lambda one: hashlib.sha256(f"benih:{one.id}".encode()).hexdigest())[:15]
    assert [one.work for one in sampling.draw(works, "benih", 15)] == by_hand
    small = [one for one in works if one.amount < 100_000_000]

    def priority(one):
        return int(hashlib.sha256(f"benih:{one.id}".encode()).hexdigest()[:13], 16) / 16**13 / float(one.amount)

    assert ([one.work for one in sampling.draw(small, "benih", 5, by_money=True)]
            == sorted(small, key=priority)[:5])


def test_every_stratum_is_in_the_sample_and_large_ones_give_more():
    works = frame(90, ("A",), 1) + frame(9, ("B",), 2) + frame(1, ("C",), 3)
    counted = Counter(one.work.stratum for one in sampling.draw(works, "x", 20))
    assert counted.total() == 20
    assert (counted["C"], counted["B"]) >= (1, 1)
    assert counted["A"] >= 15


def test_more_is_never_taken_than_there_is():
    assert len(sampling.draw(frame(7), "x", 20)) == 7
    assert sampling.shares({"a": 1, "b": 1}, {"a": 1, "b": 9}, 6) == {"a": 1, "b": 5}


def test_by_money_the_largest_is_certain_and_what_costs_nothing_is_never_taken():
    works = [Framed("0" * 36, Decimal(10**12), "s"), Framed("1" * 36, None, "s"), Framed("2" * 36, Decimal(0), "s"),
             *frame(100, ("s",))]
    drawn = sampling.draw(works, "x", 10, by_money=True)
    assert drawn[0].work.id == "0" * 36
    assert drawn[0].certain
    assert not {one.work.id for one in drawn} & {"1" * 36, "2" * 36}
    assert [one.certain for one in drawn[1:]] == [False] * 9


def test_by_money_a_work_of_twice_the_amount_is_taken_about_twice_as_often():
    works = [Framed(f"{number:036}", Decimal(200 if number < 50 else 100), "s") for number in range(100)]
    taken = Counter(int(one.work.id) < 50 for seed in range(400)
                    for one in sampling.draw(works, str(seed), 6, by_money=True))
    assert 1.75 < taken[True] / taken[False] < 2.25
