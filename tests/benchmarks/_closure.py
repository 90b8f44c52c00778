"""What was planted, its closure included: where A is B and B is C, A is C."""

from itertools import combinations

import numpy as np
import pandas as pd

Key = tuple[str, str]


def keys(left: pd.Series | np.ndarray, right: pd.Series | np.ndarray) -> list[Key]:
    """Each pair of ids with the smaller first."""
    return [(min(pair), max(pair)) for pair in zip(left, right, strict=True)]


def planted(truth: pd.DataFrame) -> set[Key]:
    """All pairs of one work, planted or following from what was planted."""
    group: dict[str, set[str]] = {}
    for left, right in truth.loc[truth["duplicate"], ["left", "right"]].itertuples(index=False):
        together = group.get(left, {left}) | group.get(right, {right})
        group.update(dict.fromkeys(together, together))
    return {(min(pair), max(pair)) for members in {id(one): one for one in group.values()}.values()
            for pair in combinations(members, 2)}
