"""What people's verdicts say about the machine: which pairs are one work and which are not, by those who looked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.db import Connection
from app.queries import models
from app.queries.models import Said
from geo.evidence import EVIDENCE
from geo.kinds import TO_LOOK_AT
from geo.learning.verdicts import Judged

CANNOT_TELL = "needs_visit"


class Labelled(NamedTuple):
    """Pairs on which everybody agrees who could tell, in the order of their ids, and how many were left out: because
    nobody could tell yet, or because two people say otherwise."""

    judged: Judged
    pairs: list[tuple[str, str]]
    cannot_tell: int
    disagreeing: int


def labelled(connection: Connection) -> Labelled:
    """One work paid or recorded twice: the kinds to look at. Not: every look-alike, and not related. Whoever wants a
    visit first has not said either."""
    return of(models.said(connection))


def of(said: Sequence[Said]) -> Labelled:
    words: dict[int, tuple[Said, set[int]]] = {}
    for one in said:
        _, labels = words.setdefault(one.pair_id, (one, set()))
        if one.verdict != CANNOT_TELL:
            labels.add(int(one.verdict in TO_LOOK_AT))
    clear = [(one, min(labels)) for one, labels in words.values() if len(labels) == 1]
    counts = [len(labels) for _, labels in words.values()]
    levels = {name: np.array([_known(one.levels.get(name, -1), of.LEVELS) for one, _ in clear], np.int8)
              for name, of in EVIDENCE.items()}
    judged = Judged(levels, [one.kind for one, _ in clear], np.array([label for _, label in clear], np.int64))
    return Labelled(judged, [(one.left, one.right) for one, _ in clear], counts.count(0), counts.count(2))


def _known(level: int, levels: int) -> int:
    """A retired pair keeps what was measured once; a level that is no longer measured is not known."""
    return level if level < levels else -1
