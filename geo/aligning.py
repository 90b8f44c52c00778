"""Two names word by word: what both say, what is spelled otherwise, and what only one of them says.

For eyes, not for scores: a reader sees at once that "RT 01" stands against "RT 02" in two names that are else alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from rapidfuzz.distance import OSA

from geo.name_patterns import NUMBERED
from geo.name_words import EXPANDED
from geo.names import number, plain

ALONE, OTHER, NEVER = 60, 100, 1_000
NEAR_FROM = 0.75
"""How alike two words must be to be one word spelled in two ways."""
LONGEST = 60
"""Words of a name that are aligned; the rest of a longer one is one last piece."""
_NUMBERED = re.compile(
    r"(?:[(\[/,&-]+\s*)?(?<![^\W\d_])(?:(rt|rw)\.?\s*(?:no\.?\s*)?(\d{1,3})(?!\d)|"
    r"(titik|ttk|lampu|tiang|blok|block|gang|gg|ruas|segmen|seg|seksi|jalur|paket|tahap|tahapan|thp)\b\.?\s*"
    r"(?:no\b\.?\s*|ke\s*-\s*)?(\d{1,4}|[ivx]{1,4})(?!\w))[),.;:\]]*", re.IGNORECASE)
_RW_BEHIND = re.compile(r"\s*/\s*(\d{1,3})(?!\d)[),.;:\]]*")
_PHASES = {"thp": "tahap", "tahapan": "tahap"}


class _Piece(NamedTuple):
    """A word as it is written, or what is numbered with its number: "Rt 002" is ("rt", 2)."""

    text: str
    label: str | None = None
    number: int | None = None

    @property
    def word(self) -> str:
        return plain(self.text).strip(".,;:()[]\"'/-") or self.text

    @property
    def sort(self) -> str:
        return self.label or ("number" if any(letter.isdigit() for letter in self.text) else "word")


@dataclass(frozen=True, slots=True)
class Aligned:
    """One step of two names side by side: the words as they are written, and what they are to each other.

    says: 'same' | 'near' | 'differs' (both have a word at this place, another one) | 'only' (one of the two is empty)
    """

    left: str
    right: str
    says: str


def align(left: str, right: str) -> list[Aligned]:
    """The cheapest way to lay the words of two names against each other; joined, each side is its whole name.

    What is numbered is one step with its number, however both are written; two other words stand against each other
    only where the words around them agree.

    >>> [(one.left, one.right, one.says) for one in align("Rabat jalan RT 01", "Rabat RT.02")]
    [('Rabat', 'Rabat', 'same'), ('jalan', '', 'only'), ('RT 01', 'RT.02', 'differs')]
    """
    ours, theirs = _pieces(left), _pieces(right)
    chances = [[_alike(one, other) for other in theirs] for one in ours]
    together = [[round(100 * (1 - chance)) if chance else OTHER if one.label and one.label == other.label else NEVER
                 for other, chance in zip(theirs, row, strict=True)] for one, row in zip(ours, chances, strict=True)]
    steps = _replaced(_cheapest(together, len(ours), len(theirs)), ours, theirs)
    return _joined([Aligned(ours[i].text if i is not None else "", theirs[j].text if j is not None else "",
                            _says(i, j, chances)) for i, j in steps])


def _replaced(steps: Sequence[tuple[int | None, int | None]], ours: Sequence[_Piece], theirs: Sequence[_Piece]
              ) -> list[tuple[int | None, int | None]]:
    """As many words of one sort on both sides between words that agree: one stands where the other does."""
    runs = [(alone, list(run)) for alone, run in groupby(steps, lambda step: None in step)]
    made: list[tuple[int | None, int | None]] = []
    for alone, run in runs:
        lefts, rights = [i for i, _ in run if i is not None], [j for _, j in run if j is not None]
        if alone and len(runs) > 1 and [ours[i].sort for i in lefts] == [theirs[j].sort for j in rights]:
            made += zip(lefts, rights, strict=True)
        elif alone:
            made += [*((i, None) for i in lefts), *((None, j) for j in rights)]
        else:
            made += run
    return made


def _joined(steps: Sequence[Aligned]) -> list[Aligned]:
    """Neighbours that say the same thing as one step: a reader looks for what differs."""
    joined: list[Aligned] = []
    for step in steps:
        last = joined[-1] if joined else None
        sides = (bool(step.left), bool(step.right))
        if last and last.says == step.says and (bool(last.left), bool(last.right)) == sides:
            joined[-1] = Aligned(f"{last.left} {step.left}".strip(), f"{last.right} {step.right}".strip(), step.says)
        else:
            joined.append(step)
    return joined


def _pieces(name: str) -> list[_Piece]:
    made: list[_Piece] = []
    done = 0
    while found := _NUMBERED.search(name, done):
        made += _words(name[done:found.start()])
        label = (found[1] or found[3]).lower()
        label = _PHASES.get(label) or NUMBERED.get(label, label)
        made.append(_Piece(found[0].strip(), label, number((found[2] or found[4]).lower())))
        done = found.end()
        if label == "rt" and (behind := _RW_BEHIND.match(name, done)):  # "RT 02/01"
            made.append(_Piece(behind[0].strip(), "rw", int(behind[1])))
            done = behind.end()
    made += _words(name[done:])
    return made if len(made) <= LONGEST else [*made[:LONGEST - 1], _Piece(" ".join(
        one.text for one in made[LONGEST - 1:]))]


def _words(text: str) -> list[_Piece]:
    return [_Piece(word) for word in re.sub(r"(?<=[^\W\d_])\.(?=\w)", ". ", text).split()]


def _alike(left: _Piece, right: _Piece) -> float:
    """1 for the same word, a little less for another spelling, 0 for another word; numbers are never alike."""
    if left.label or right.label:
        return float((left.label, left.number) == (right.label, right.number))
    one, other = left.word, right.word
    if one == other or (one.isdigit() and other.isdigit() and int(one) == int(other)):
        return 1.0
    if any(letter.isdigit() for letter in one + other):
        return 0.0
    if EXPANDED.get(one, one) == EXPANDED.get(other, other):
        return 0.9  # "Jl." for "jalan"
    alike = OSA.normalized_similarity(one, other)
    if alike < NEAR_FROM and min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        alike = NEAR_FROM  # "Pemb." for "Pembangunan"
    return 0.9 * alike if alike >= NEAR_FROM else 0.0


def _cheapest(together: Sequence[Sequence[int]], rows: int, columns: int) -> list[tuple[int | None, int | None]]:
    """Needleman and Wunsch: a word left alone costs ALONE, two against each other what `together` says."""
    cost = [[ALONE * (i + j) for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            alone = min(cost[i - 1][j], cost[i][j - 1]) + ALONE
            cost[i][j] = min(cost[i - 1][j - 1] + together[i - 1][j - 1], alone)
    steps: list[tuple[int | None, int | None]] = []
    i, j = rows, columns
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + together[i - 1][j - 1]:
            i, j = i - 1, j - 1
            steps.append((i, j))
        elif i and cost[i][j] == cost[i - 1][j] + ALONE:
            i -= 1
            steps.append((i, None))
        else:
            j -= 1
            steps.append((None, j))
    return steps[::-1]


def _says(i: int | None, j: int | None, chances: Sequence[Sequence[float]]) -> str:
    if i is None or j is None:
        return "only"
    return "same" if chances[i][j] == 1 else "near" if chances[i][j] else "differs"
