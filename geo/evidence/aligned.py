"""One side of many pairs, whose columns are taken when they are first asked for: most pairs are decided by a few."""

from typing import Any, cast

import numpy as np

from geo.evidence.sites import SHARED, Sites


def aligned(table: Sites, index: np.ndarray) -> Sites:
    """What `table.take(index)` gives, taken bit by bit; the table must not change meanwhile."""
    return cast(Sites, _Aligned(table, index))


class _Aligned:
    def __init__(self, table: Sites, index: np.ndarray) -> None:
        self._table, self._index = table, np.ascontiguousarray(index)

    def __len__(self) -> int:
        return len(self._index)

    def __getattr__(self, name: str) -> Any:
        column = getattr(self._table, name)
        taken = column if name in SHARED else column[self._index]
        setattr(self, name, taken)
        return taken

    def take(self, index: np.ndarray) -> "_Aligned":
        return _Aligned(self._table, self._index[index])
