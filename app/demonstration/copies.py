"""Planted duplicates: one thing recorded or paid twice, in the disguises real tables show."""

from dataclasses import dataclass
from random import Random

from app.demonstration.ground import Ground, length_m, stretch
from app.demonstration.objects import LINES, OBJECTS, Object
from app.demonstration.works import (
    VILLAGE_FUNDS,
    Work,
    again,
    book,
    draw,
    draw_fund,
    draw_stage,
    middle,
    price,
    rounded,
)
from geo.schema import CATEGORY

DUPLICATES = ("same_record", "double_funding", "repeat_funding", "partial_overlap")
_MISFILED = {
    "drainage": ("sanitation", "retaining_wall"),
    "retaining_wall": ("drainage", "river"),
    "pipe": ("water",),
    "water": ("pipe",),
    "irrigation": ("drainage",),
    "road": ("other",),
    "building": ("other",),
}


@dataclass(frozen=True, slots=True)
class Planted:
    """Works that belong together and what every two of them are; `kinds` by positions, where they differ. What was
    cancelled is paid by nobody, so no duplicate is."""

    works: list[Work]
    kind: str
    duplicate: bool
    kinds: dict[tuple[int, int], str]

    def __post_init__(self) -> None:
        for work in self.works:
            if self.duplicate and work.stage == "cancelled":
                work.stage = "done"


def pick(things: tuple[Object, ...], rng: Random) -> Object:
    return rng.choices(things, [thing.share for thing in things])[0]


def same_record(ground: Ground, rng: Random) -> Planted:
    """Typed or imported twice, or once from the plan and once from the budget."""
    first = draw(ground, pick(OBJECTS, rng), rng)
    planned = rng.random() < 0.35
    amount = rounded(first.amount * rng.uniform(0.93, 1.08), rng) if planned else first.amount
    second = again(first, amount=amount, source=f"{'RKP Desa' if planned else 'Rekap kecamatan'} {first.year}")
    if planned:
        second.stage, second.contractor, second.start, second.end = "planned", None, None, None
    if rng.random() < 0.3:
        second.code = None
    return _disguised(first, second, "same_record", rng)


def double_funding(ground: Ground, rng: Random) -> Planted:
    """Two funds, one work, undeclared: mostly in one year, sometimes either side of New Year."""
    first = draw(ground, pick(OBJECTS, rng), rng)
    later = 1 if rng.random() < 0.15 and first.year < 2026 else 0
    second = again(first, year=first.year + later, fund=_other_fund(first, rng), amount=_other_amount(first, rng))
    second.stage = draw_stage(second.year, rng)
    _book_anew(first, second, rng)
    return _disguised(first, second, "double_funding", rng)


def repeat_funding(ground: Ground, rng: Random) -> Planted:
    """Built again long before the first could be worn out."""
    thing = pick(OBJECTS, rng)
    gap = rng.randint(1, max(1, min(4, CATEGORY[thing.category].life_years // 2 - 1)))
    first = draw(ground, thing, rng, year=rng.randint(2019, 2026 - gap))
    first.verb, first.phase, first.stage = "build", "", "done"
    first.amount = price(thing, first.volume or 1.0, rng)
    book(first, rng)
    fund = first.fund if rng.random() < 0.6 else _other_fund(first, rng)
    second = again(
        first,
        year=first.year + gap,
        fund=fund,
        verb=rng.choice(("build", "build", "rehab")),
        amount=_other_amount(first, rng),
    )
    second.stage = draw_stage(second.year, rng)
    _book_anew(first, second, rng)
    return _disguised(first, second, "repeat_funding", rng)


def partial_overlap(ground: Ground, rng: Random) -> Planted:
    """Two lines drawn over the same ground for a part: one paid stretch reaches into the other."""
    whole = draw(ground, pick(LINES, rng), rng)
    whole.verb, whole.phase = "build", ""
    if length_m(whole.shape) < 150:
        return partial_overlap(ground, rng)
    total = length_m(whole.shape)
    if rng.random() < 0.25:
        a, b, end = total, rng.uniform(0, 0.4) * total, 0.0
        end = min(total, b + rng.uniform(0.3, 0.55) * total)
    else:
        a, b, end = rng.uniform(0.62, 0.78) * total, rng.uniform(0.22, 0.34) * total, total
    gap = min(rng.choices((0, 1, 2), (55, 30, 15))[0], 2026 - whole.year)
    first = again(whole, shape=stretch(whole.shape, 0, a), volume=float(round(a)))
    second = again(whole, shape=stretch(whole.shape, b, end), volume=float(round(end - b)), year=whole.year + gap)
    if rng.random() < 0.6:
        second.fund = _other_fund(first, rng)
    for work in (first, second):
        work.amount = price(work.thing, work.volume, rng)
        work.stage = draw_stage(work.year, rng)
        # neither a chord nor a point could show that only a part is shared
        work.method = rng.choice(("gps", "drawn", "file"))
        book(work, rng)
    if rng.random() < 0.3:
        second.street = None
    return Planted([first, second], "partial_overlap", True, {})


def _other_fund(first: Work, rng: Random) -> str:
    """Another purse; a village's own work meets a dinas's or a member's more often than another of its own."""
    outside = rng.random() < 0.7
    return draw_fund(
        first.ground, first.thing.category, rng, without=(first.fund, *(VILLAGE_FUNDS if outside else ()), "DLL")
    )


def _other_amount(first: Work, rng: Random) -> int:
    how = rng.random()
    if how < 0.35:
        return first.amount
    return rounded(first.amount * (rng.uniform(0.92, 1.09) if how < 0.75 else rng.uniform(0.7, 1.4)), rng)


def _book_anew(first: Work, second: Work, rng: Random) -> None:
    book(second, rng)
    if first.code and second.code and len(first.thing.build) > 1:
        second.code = next(code for code in first.thing.build if code != first.code)


def _disguised(first: Work, second: Work, kind: str, rng: Random) -> Planted:
    """Make the second hard to know again, and sometimes add a third record (then every two are duplicates)."""
    if rng.random() < 0.2:
        second.category = rng.choice(_MISFILED.get(first.thing.category, (first.category,)))
    if rng.random() < 0.25:
        second.street = None
    if first.is_line:
        if rng.random() < 0.12:
            second.shape = [middle(first.shape)]
        elif rng.random() < 0.2:
            second.method = "chord"
        if second.volume and rng.random() < 0.4:
            second.volume = float(round(second.volume * rng.uniform(0.93, 1.07)))
    if rng.random() < 0.08:
        second.point, first.careful, second.careful = False, True, True
    works, kinds = [first, second], {}
    if rng.random() < 0.08:
        third = again(first, source=f"Rekap kecamatan {first.year} (2)")
        works.append(third)
        kinds = {(0, 2): "same_record"}
    return Planted(works, kind, True, kinds)


PLANT = {
    "same_record": same_record,
    "double_funding": double_funding,
    "repeat_funding": repeat_funding,
    "partial_overlap": partial_overlap,
}
