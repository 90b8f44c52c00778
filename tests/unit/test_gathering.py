"""Pairs of many units come out once, in order, and are never all held."""

import numpy as np
import pandas as pd
import pytest

from geo import batches, gathering
from geo.gathering import Settled

BY = {"probability": False, "left_id": True, "right_id": True, "left": True, "right": True}


def pairs(seed: int, n: int) -> pd.DataFrame:
    """Many alike in probability and id, so that every column decides somewhere."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 60, n)
    right = left + rng.integers(1, 40, n)
    return pd.DataFrame({
        "left": left, "right": right, "probability": rng.integers(0, 5, n) / 4, "score": rng.integers(0, 3, n) * 1.0,
        "kind": rng.choice(["same_record", "neighbours"], n), "left_id": [f"A{one % 7}" for one in left],
        "right_id": [None if one % 11 == 0 else f"A{one % 5}" for one in right], "left_project": left.astype(np.uint64),
        "right_project": (right % 70).astype(np.uint64)})


@pytest.mark.parametrize("buckets", [1, 5])
def test_buckets_read_side_by_side_are_the_whole_in_order(tmp_path, monkeypatch, buckets):
    monkeypatch.setattr(gathering, "READ_ROWS", 7)
    every = pairs(1, 400).drop_duplicates(["left", "right"])
    settled = []
    for bucket in range(buckets):
        mine = gathering.ordered(every.iloc[bucket::buckets], BY)
        with batches.Writer(tmp_path / f"{bucket}") as writer:
            writer.add(mine, np.arange(len(mine)), np.arange(len(mine)) // 7)
        settled.append(Settled(tmp_path / f"{bucket}", len(mine), 0))
    pieces = list(gathering.in_order([*settled, Settled(tmp_path / "none", 0, 0)], BY))
    assert len(pieces) > 10
    assert max(len(piece) for piece in pieces) <= 7 * buckets
    found = pd.concat(pieces, ignore_index=True)
    pd.testing.assert_frame_equal(found, gathering.ordered(every, BY), check_dtype=False)


def test_two_projects_keep_their_best_pair_and_one_found_twice_counts_once(tmp_path):
    """Shares of one place may both find a pair; two sites of a project near another are two."""
    found = pd.DataFrame({"left": [1, 1, 2, 5], "right": [3, 3, 3, 6], "score": [1.0, 1.0, 4.0, -9.0],
                          "probability": [0.7, 0.7, 0.9, 0.01], "kind": ["same_record"] * 3 + ["neighbours"],
                          "left_project": np.array([7, 7, 7, 1], np.uint64),
                          "right_project": np.array([4, 4, 4, 2], np.uint64)})
    for unit, rows in enumerate(([0, 2], [1, 3])):
        with batches.Writer(gathering.found_path(tmp_path, unit)) as writer:
            writer.add(found, np.array(rows), np.zeros(2, np.int64))
    where = gathering.found_in([{0: [0]}, {0: [0]}], [0, 1], tmp_path)
    by = {"probability": False}
    for every, rows in ((False, 1), (True, 2)):
        settled = gathering.settle(tmp_path, where[0], 0, every, by)
        assert (settled.rows, settled.flagged) == (rows, 1)
        best = next(gathering.in_order([settled], by)).iloc[0]
        assert (best["left"], best["right"], best["touching"]) == (2, 3, 2)


def test_both_orders_of_two_projects_fall_into_one_bucket():
    one = pairs(3, 200)
    turned = one.rename(columns={"left_project": "right_project", "right_project": "left_project"})
    np.testing.assert_array_equal(gathering.bucket_of(one, 13), gathering.bucket_of(turned, 13))
    assert len(set(gathering.bucket_of(one, 13))) > 8


def test_a_file_that_was_not_finished_is_not_there(tmp_path):
    def torn() -> None:
        with batches.Writer(tmp_path / "half") as writer:
            writer.add(pairs(1, 5), np.arange(5), np.zeros(5, np.int64))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        torn()
    assert not (tmp_path / "half").exists()
