"""What evidence works out from the words of a whole table is kept for all the chunks of its pairs."""

import weakref
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

if TYPE_CHECKING:
    from geo.compiled.agreement import Spelled

MANY = 5_000
"""Pairs from which compiled kernels pay for loading their compiler."""
Made = TypeVar("Made")


def once_a_table(make: Callable[[Sites, Frequencies], Made]) -> Callable[[Sites, Frequencies], Made]:
    """`make(sites, frequencies)` reads only what all sides of one table share, and keeps no hold of its words."""
    kept: dict[int, tuple[weakref.ref[np.ndarray], Frequencies, Made]] = {}
    lock = Lock()

    def made(sites: Sites, frequencies: Frequencies) -> Made:
        key = id(sites.words)
        with lock:
            if (found := kept.get(key)) and found[0]() is sites.words and found[1] is frequencies:
                return found[2]
            made = make(sites, frequencies)
            kept[key] = weakref.ref(sites.words, lambda _: kept.pop(key, None)), frequencies, made
        return made

    return made


@once_a_table
def spelled(sites: Sites, frequencies: Frequencies) -> "Spelled":
    """The letters of a table's words, for kernels."""
    from geo.compiled.agreement import Spelled

    return Spelled.of(sites.words)
