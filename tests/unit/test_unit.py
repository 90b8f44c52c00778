"""One unit of work in pieces: what a dense town holds is joined without holding all its pairs."""

import numpy as np

from geo import candidates, unit
from geo.evidence import sites as columns
from tests.benchmarks import _tables
from tests.unit.test_distributed import messy


def test_a_dense_town_is_joined_in_pieces_and_no_pair_is_lost():
    table = columns.read(_tables.town(1_500, dense=900).sites)
    pieces = list(unit.near(table, most=5_000))
    assert len(pieces) > 5
    assert max(len(one) for one in pieces) < 7_500, "a piece holds about as many pairs as it should"
    np.testing.assert_array_equal(candidates.sorted_pairs(np.concatenate(pieces)), candidates.near(table))


def test_pieces_go_over_the_antimeridian_and_few_pairs_are_one_piece():
    table = columns.read(messy(2, 150))
    assert len(list(unit.near(table))) == 1
    pieces = list(unit.near(table, most=40))
    assert len(pieces) > 2
    np.testing.assert_array_equal(candidates.sorted_pairs(np.concatenate(pieces)), candidates.near(table))


def test_a_unit_without_a_place_has_no_pair():
    table = columns.read(messy(2, 150)[lambda table: table.geometry.isna()])
    assert [len(one) for one in unit.near(table)] == [0]
