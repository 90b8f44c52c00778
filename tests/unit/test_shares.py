"""A place with more works than one process should hold is divided, and finds the same pairs."""

import numpy as np
import shapely

from geo import batches, blocks, dealing, duplicates
from geo.evidence import sites as columns
from geo.unit import match
from tests.grid import works
from tests.unit.test_distributed import apart, assert_same

UNIT_ROWS = 60


def one_place(n: int, shape: shapely.Geometry | None) -> list[dict]:
    """Works of one region, or on one coordinate: names of hamlets used twice, three in four with a number apart."""
    rng = np.random.default_rng(n)
    lanes = [f"{chr(65 + at % 26)}{'aeiou'[at % 5]}{'lmnrst'[at % 6]}a{'kdgb'[at % 4]}o" for at in range(n)]
    names = [f"Rabat beton Gang {lane} RT {at % 9 + 1} RW {at % 4 + 1}" for at, lane in enumerate(lanes)]
    return [{"project": f"{'p' if shape is None else 'q'}{at}", "geometry": shape, "name": names[at // 2],
             "year": 2022 + at % 3, "fund": ("DDS", "ADD")[at % 2], "region_code": "35.10.01.2001",
             "amount": float(rng.integers(1, 200)) * 1e6, "category": "road"} for at in range(n)]


def test_a_region_and_a_crowd_of_too_many_works_are_divided_and_find_the_same(tmp_path, in_turn):
    rows = [*one_place(400, None), *one_place(300, shapely.Point(114.3, -8.3))]
    rows += [{**one, "project": f"r{at}", "geometry": shapely.Point(114.3 + 1e-5 * at, -8.3001)}
             for at, one in enumerate(one_place(12, None))]
    table = works(*rows)
    one = duplicates.find(table)
    assert len(one.pairs) > 100
    assert_same(one, apart(table, None, tmp_path / "here", 150, UNIT_ROWS))
    held = [len(batches.read([(dealing.dealt_path(folder, number), these) for number, these in rows]))
            for task, (_, rows, folder, *_) in [done for done in in_turn if done[0] is match]]
    assert len(held) > 10
    assert max(held) <= 2 * UNIT_ROWS, "no unit holds the whole place"


def test_keys_are_alike_in_every_table_and_apart_by_what_they_say():
    """Parts of a table are read one by one, and number their words each in its own way."""
    table = works(*one_place(60, None))
    whole = columns.read(table)
    half = columns.read(table.iloc[30:].reset_index(drop=True))
    of_whole = [set(key[owner >= 30].tolist()) for owner, key, _ in blocks.entries(whole, np.arange(60))]
    of_half = [set(key.tolist()) for _, key, _ in blocks.entries(half, np.arange(30))]
    assert of_whole == of_half
    assert all(len(one) > 3 for one in of_half)
    assert len(set().union(*of_half)) == sum(map(len, of_half)), "a name and an amount never meet"
