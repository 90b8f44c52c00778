"""Leaving out early: most candidates can be seen to be no pair that any list shows before all is measured of them.

In rounds, what is quickly told first. After each a pair goes on only when the weights of all that is not measured yet
could still bring its score high enough, or when a rule could still name it a look-alike that is shown: both are asked
of the model and of the rules themselves, so that the answer is the same as without this.
"""

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from geo import kinds
from geo.evidence import EVIDENCE
from geo.evidence.aligned import aligned
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites
from geo.model import Model

ROUNDS = (
    ("record", "contract", "contractor", "recipient", "built", "time", "fund", "money", "size", "side", "phase",
     "declared", "activity"),
    ("numbers",),
    ("name",),
)
"""Evidence that needs no geometry."""
SILENT = ("place", "overlap", "series")
"""Evidence that waits for a distance; where it has nothing to say is known before."""
CHUNK = 100_000


def may_be_listed(table: Sites, pairs: NDArray[np.int64], model: Model, least: float) -> NDArray[np.bool_]:
    """Which pairs [n, 2] of sites may have a score of `least` bits or be named a look-alike other than neighbours.

    Of two projects with several sites all pairs stay when one does: the best stands for them, all are counted.
    """
    parts = max(1, -(-len(pairs) // CHUNK))
    with ThreadPoolExecutor(cpu_count()) as threads:
        kept = np.concatenate(list(threads.map(lambda part: _may_be_listed(table, part, model, least),
                                               np.array_split(pairs, parts))))
    several = np.flatnonzero(of_several(table, pairs))
    if len(several):
        projects = np.sort(table.project[pairs[several]], axis=1)
        _, owner = np.unique(projects[:, 0] * len(table) + projects[:, 1], return_inverse=True)
        kept[several] = np.bincount(owner, kept[several])[owner] > 0
    return kept


def of_several(table: Sites, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs are of a project with more sites than one."""
    several = np.bincount(table.project, minlength=1) > 1
    return several[table.project[pairs]].any(axis=1)


def _may_be_listed(table: Sites, pairs: NDArray[np.int64], model: Model, least: float) -> NDArray[np.bool_]:
    counted = model.frequencies or Frequencies()
    rows, left, right = np.arange(len(pairs)), aligned(table, pairs[:, 0]), aligned(table, pairs[:, 1])
    levels: dict[str, NDArray] = {}
    for names in ROUNDS:
        for name in names:
            levels[name] = EVIDENCE[name].levels(left, right, kinds.NOTHING_BETWEEN, counted)
        silent = {name: EVIDENCE[name].silent(left, right) for name in SILENT}
        open_ = np.flatnonzero((model.most(levels, silent) >= least)
                               | kinds.may_be_look_alike(left, right, levels, silent))
        rows, left, right = rows[open_], left.take(open_), right.take(open_)
        levels = {name: level[open_] for name, level in levels.items()}
    out = np.zeros(len(pairs), bool)
    out[rows] = True
    return out
