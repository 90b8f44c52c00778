"""Two names word by word: what both say, what is spelled otherwise, and what only one of them says.

For eyes, not for scores: a reader sees at once that "RT 01" stands against "RT 02" in two names that are else alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from geo.name_words import EXPANDED
from geo.names import plain

ALONE = 60
NEAR_FROM = 0.75
"""How alike two words must be to be one word spelled in two ways."""
LONGEST = 60
"""Words of a name that are aligned; the rest of a longer one is one last piece."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """One step of two names side by side: the words as they are written, and what they are to each other.

    says: 'same' | 'near' | 'differs' (both have a word here, another one) | 'only' (one of the two is empty)
    """

    left: str
    right: str
    says: str


def align(left: str, right: str) -> list[Aligned]:
    """The cheapest way to lay the words of two names against each other; joined, each side is its whole name.

    >>> [(one.left, one.right, one.says) for one in align("Rabat jalan RT 01", "Rabat RT 02")]
    [('Rabat', 'Rabat', 'same'), ('jalan', '', 'only'), ('RT', 'RT', 'same'), ('01', '02', 'differs')]
    """
    ours, theirs = _words(left), _words(right)
    chances = [[_alike(one, other) for other in theirs] for one in ours]
    steps = _cheapest(chances, len(ours), len(theirs))
    return _joined([Aligned(ours[i] if i is not None else "", theirs[j] if j is not None else "", _says(i, j, chances))
                    for i, j in steps])


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


def _words(name: str) -> list[str]:
    written = re.sub(r"(?<=[^\W\d_])\.(?=\w)", ". ", name).split()
    return written if len(written) <= LONGEST else [*written[:LONGEST - 1], " ".join(written[LONGEST - 1:])]


def _alike(one: str, other: str) -> float:
    """1 for the same word, a little less for another spelling, 0 for another word; numbers are never alike."""
    one, other = (plain(word).strip(".,;:()[]\"'/-") or word for word in (one, other))
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


def _cheapest(chances: Sequence[Sequence[float]], rows: int, columns: int) -> list[tuple[int | None, int | None]]:
    """Needleman and Wunsch, in hundredths: a word left alone costs 60, two other words against each other 100."""
    cost = [[ALONE * (i + j) for j in range(columns + 1)] for i in range(rows + 1)]
    together = [[round(100 * (1 - chance)) for chance in row] for row in chances]
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
