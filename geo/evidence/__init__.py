"""Measuring: one module, one reason. Each takes two aligned sides of n sites and gives n small levels.

A module has `LEVELS` (how many), `levels(left, right, between, frequencies) -> int8[n]`, -1 where nothing is known,
and its words in `geo/locale/*/matching.json` under `evidence.<name>` and `level.<name>.<level>`. Adding a reason
is a module, its name here, its weights in the shipped model and its test.
"""

from types import ModuleType

import numpy as np

from geo.evidence import (
    activity,
    built,
    contract,
    contractor,
    declared,
    elsewhere,
    fund,
    money,
    name,
    numbers,
    overlap,
    phase,
    place,
    recipient,
    record,
    series,
    side,
    size,
    time,
)
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.sites import Sites

EVIDENCE: dict[str, ModuleType] = {
    module.__name__.rsplit(".", 1)[-1]: module
    for module in (place, overlap, name, elsewhere, built, numbers, recipient, phase, side, series, size, money, fund,
                   declared, time, activity, contractor, contract, record)
}


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> dict[str, np.ndarray]:
    """Every piece of evidence of n aligned sites, by name."""
    return {name: module.levels(left, right, between, frequencies) for name, module in EVIDENCE.items()}
