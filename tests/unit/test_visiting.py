"""The order in which places are visited."""

import itertools

import numpy as np
import pytest

from geo import visiting

START = (0.0, 0.0)


def total_m(places, order):
    return visiting.length_m(places, START, order)


def test_a_small_round_is_hardly_longer_than_the_shortest_there_is():
    for seed in range(6):
        places = np.random.default_rng(seed).uniform(-5000, 5000, (7, 2))
        shortest = min(total_m(places, order) for order in itertools.permutations(range(7)))
        [day] = visiting.plan(places, START)
        assert sorted(day) == list(range(7))
        assert total_m(places, day) <= 1.1 * shortest


def test_no_two_legs_of_a_round_could_be_exchanged_for_shorter_ones():
    places = np.random.default_rng(3).uniform(-5000, 5000, (60, 2))
    [day] = visiting.plan(places, START)
    length = total_m(places, day)
    for first, last in itertools.combinations(range(61), 2):
        turned = day[:first] + day[first:last][::-1] + day[last:]
        assert total_m(places, turned) >= length - 0.01


def test_days_share_the_places_and_none_is_much_longer_than_need_be():
    places = np.random.default_rng(8).uniform(-5000, 5000, (40, 2))
    days = visiting.plan(places, START, 3)
    assert sorted(itertools.chain(*days)) == list(range(40))
    assert all(days)
    [one_day] = visiting.plan(places, START, 1)
    lengths = [total_m(places, day) for day in days]
    cuts = min(max(total_m(places, part) for part in (one_day[:a], one_day[a:b], one_day[b:]))
               for a, b in itertools.combinations(range(1, 40), 2))
    assert max(lengths) == pytest.approx(cuts)


def test_the_order_of_rows_changes_nothing():
    places = np.random.default_rng(4).uniform(-5000, 5000, (25, 2))
    turned = np.random.default_rng(5).permutation(25)
    assert [places[one].tolist() for one in itertools.chain(*visiting.plan(places, START, 2))] == [
        places[turned][one].tolist() for one in itertools.chain(*visiting.plan(places[turned], START, 2))]


def test_bad_questions_are_refused_and_few_places_leave_days_free():
    assert visiting.plan(np.empty((0, 2)), START, 2) == [[], []]
    assert visiting.plan(np.array([[1.0, 1.0]]), START, 3) == [[0], [], []]
    with pytest.raises(ValueError, match="at most 200"):
        visiting.plan(np.zeros((201, 2)), START)
    with pytest.raises(ValueError, match="one day"):
        visiting.plan(np.zeros((1, 2)), START, 0)
