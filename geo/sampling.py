"""A stratified sample that anyone can draw again: it depends on the seed and the frame, never on order or machine.

Every work has a ticket, sha256 of `seed:uuid` in hex. By count, the works of a stratum with the smallest tickets are
taken. By money (sequential Poisson sampling), a work whose amount reaches its stratum's sampling interval is taken for
certain; of the others those with the smallest `draw / amount`, where `draw` is the first 13 hex digits of the ticket as
a number from 0 to 1. Both can be recomputed in a spreadsheet.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

DRAW_DIGITS = 13


class Framed(NamedTuple):
    """One work of the frame: its stable id, its amount (None where not known) and its stratum."""

    id: str
    amount: Decimal | None
    stratum: str


class Drawn(NamedTuple):
    """A work of the sample; `certain` where its amount alone decided."""

    work: Framed
    ticket: str
    certain: bool


def ticket(seed: str, work_id: str) -> str:
    """
    >>> ticket("2026", "00000000-0000-0000-0000-000000000001")[:12]
    'cbd8feef8a30'
    """
    return hashlib.sha256(f"{seed}:{work_id}".encode()).hexdigest()


def frame_lines(works: Iterable[Framed]) -> str:
    """The frame as its sum is taken: `uuid,amount,stratum`, two decimals, by uuid, each line ended."""
    return "".join(f"{work.id},{'' if work.amount is None else f'{work.amount:.2f}'},{work.stratum}\n"
                   for work in sorted(works))


def frame_sum(lines: str) -> str:
    return hashlib.sha256(lines.encode()).hexdigest()


def shares(sizes: Mapping[str, int | Decimal], room: Mapping[str, int], size: int) -> dict[str, int]:
    """How many each stratum gives: in proportion to `sizes`, one at least while there are enough, never beyond `room`.

    Largest remainders first; of equal ones the stratum whose name comes first.
    """
    given = dict.fromkeys(sizes, 0)
    left = min(size, sum(room.values()))
    if left >= len(given):
        given = {name: min(1, room[name]) for name in given}
        left -= sum(given.values())
    while left > 0:
        open_ones = {name: max(Fraction(sizes[name]), Fraction(1, 10**9)) for name in given if given[name] < room[name]}
        total = sum(open_ones.values())
        exact = {name: left * part / total for name, part in open_ones.items()}
        whole = {name: min(int(part), room[name] - given[name]) for name, part in exact.items()}
        if not any(whole.values()):
            for name in sorted(exact, key=lambda one: (-exact[one], one))[:left]:
                given[name] += 1
                left -= 1
            continue
        for name, count in whole.items():
            given[name] += count
            left -= count
    return given


def draw(works: Sequence[Framed], seed: str, size: int, by_money: bool = False) -> list[Drawn]:
    """`size` works of the frame, stratum by stratum; by money those without a positive amount are never taken."""
    strata: dict[str, list[Framed]] = defaultdict(list)
    for work in works:
        if not by_money or (work.amount is not None and work.amount > 0):
            strata[work.stratum].append(work)
    sizes = {name: sum(work.amount for work in members) if by_money else len(members)
             for name, members in strata.items()}
    given = shares(sizes, {name: len(members) for name, members in strata.items()}, size)
    taken = _by_money if by_money else _by_count
    return [one for name in sorted(strata) for one in taken(strata[name], seed, given[name])]


def _by_count(members: Sequence[Framed], seed: str, size: int) -> list[Drawn]:
    tickets = sorted((ticket(seed, work.id), work) for work in members)
    return [Drawn(work, number, False) for number, work in tickets[:size]]


def _by_money(members: Sequence[Framed], seed: str, size: int) -> list[Drawn]:
    rest, certain = sorted(members, key=lambda work: (-work.amount, work.id)), []
    money = sum(work.amount for work in rest)
    # What is taken for certain leaves a smaller interval for the others, which may make the next one certain too.
    while rest and len(certain) < size and rest[0].amount * (size - len(certain)) >= money:
        money -= rest[0].amount
        certain.append(rest.pop(0))
    drawn = sorted((_draw_for(number := ticket(seed, work.id), work.amount), number, work) for work in rest)
    return [*(Drawn(work, ticket(seed, work.id), True) for work in certain),
            *(Drawn(work, number, False) for _, number, work in drawn[:size - len(certain)])]


def _draw_for(number: str, amount: Decimal) -> int:
    """The draw over the amount, as a whole number in a scale that keeps their order: fractions take far longer."""
    return int(number[:DRAW_DIGITS], 16) * 10**24 // max(int(amount * 100), 1)
