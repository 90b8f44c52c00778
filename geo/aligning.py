"""Two names word by word: what both say, what is spelled otherwise, and what only one of them says.

For eyes, not for scores: a reader sees at once that "RT 01" stands against "RT 02" in two names that are else alike.
"""

import re
from collections.abc import Collection, Iterator, Sequence
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


_Step = tuple[int | None, int | None]


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

    says: 'same' | 'near' | 'differs' (both have a word at this place, another one) | 'only' (one of the two is empty) |
    'moved' (one of the two is empty, and the other name says the same in another place)
    """

    left: str
    right: str
    says: str


def align(left: str, right: str) -> list[Aligned]:
    """The cheapest way to lay the words of two names against each other; joined, each side is its whole name.

    What is numbered is one step with its number, however both are written; two other words stand against each other
    only where the words around them agree. What both say in another order differs in nothing: it is 'moved'.

    >>> [(one.left, one.right, one.says) for one in align("Rabat jalan RT 01", "Rabat RT.02")]
    [('Rabat', 'Rabat', 'same'), ('jalan', '', 'only'), ('RT 01', 'RT.02', 'differs')]
    """
    ours, theirs = _pieces(left), _pieces(right)
    chances = [[_alike(one, other) for other in theirs] for one in ours]
    both = {(one.label, one.number) for one in ours if one.label} & {(one.label, one.number) for one in theirs}

    def against(one: _Piece, other: _Piece, chance: float) -> int:
        if chance or one.label is None or one.label != other.label:
            return round(100 * (1 - chance)) if chance else NEVER
        return NEVER if {(one.label, one.number), (other.label, other.number)} & both else OTHER

    together = [[against(one, other, chance) for other, chance in zip(theirs, row, strict=True)]
                for one, row in zip(ours, chances, strict=True)]
    steps = _cheapest(together, len(ours), len(theirs))
    moved = _moved(steps, chances)
    return _joined([Aligned(ours[i].text if i is not None else "", theirs[j].text if j is not None else "",
                            "moved" if (i, j) in moved else _says(i, j, chances))
                    for i, j in _replaced(steps, moved, ours, theirs)])


def _moved(steps: Sequence[_Step], chances: Sequence[Sequence[float]]) -> set[_Step]:
    """The steps of what stands alone on both sides though both names say it; each word is used once."""
    lefts, rights = [i for i, j in steps if j is None], [j for i, j in steps if i is None]
    moved: set[_Step] = set()
    for i in lefts:
        j = next((j for j in rights if chances[i][j] == 1), None)
        if j is not None:
            rights.remove(j)
            moved |= {(i, None), (None, j)}
    return moved


def _replaced(steps: Sequence[_Step], moved: Collection[_Step], ours: Sequence[_Piece], theirs: Sequence[_Piece]
              ) -> list[_Step]:
    """As many words of one sort on both sides between words that agree: one stands where the other does. What is only
    in another place is neither."""
    runs = [(alone, list(run)) for alone, run in groupby(steps, lambda step: None in step)]
    made: list[_Step] = []
    for alone, run in runs:
        lefts, rights = [step for step in run if step[0] is not None], [step for step in run if step[1] is not None]
        left_sorts = [ours[i].sort for i, _ in lefts if (i, None) not in moved]
        if not alone:
            made += run
        elif (len(runs) > 1 or moved) and left_sorts == [theirs[j].sort for _, j in rights if (None, j) not in moved]:
            made += _side_by_side(lefts, rights, moved)
        else:
            made += [*lefts, *rights]
    return made


def _side_by_side(lefts: Sequence[_Step], rights: Sequence[_Step], moved: Collection[_Step]) -> Iterator[_Step]:
    """Both in their order, each against the other; what is in another place stands alone between them."""
    waiting = list(rights)
    for left in lefts:
        if left in moved:
            yield left
            continue
        while waiting[0] in moved:
            yield waiting.pop(0)
        yield left[0], waiting.pop(0)[1]
    yield from waiting


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


def _cheapest(together: Sequence[Sequence[int]], rows: int, columns: int) -> list[_Step]:
    """Needleman and Wunsch: a word left alone costs ALONE, two against each other what `together` says."""
    cost = [[ALONE * (i + j) for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            alone = min(cost[i - 1][j], cost[i][j - 1]) + ALONE
            cost[i][j] = min(cost[i - 1][j - 1] + together[i - 1][j - 1], alone)
    steps: list[_Step] = []
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
