"""Honest look-alikes: near, alike, and rightly paid; the main source of false alarms (domain.md, point 5)."""

import math
from random import Random

from app.demonstration.copies import Planted, pick
from app.demonstration.ground import Ground, Rt, beside, length_m, street, stretch, walk
from app.demonstration.objects import LINES, OBJECT, OBJECTS, SETS
from app.demonstration.works import (
    Work,
    again,
    book,
    contract_number,
    draw,
    draw_fund,
    draw_stage,
    middle,
    price,
    recipient,
    rounded,
)
from geo.schema import CATEGORY

LOOK_ALIKES = (
    "continuation",
    "two_sides",
    "one_contract",
    "asset_set",
    "shared_funding",
    "carried_over",
    "maintenance",
    "neighbours",
)
_DINAS = ("APBD", "DAK", "POKIR")


def continuation(ground: Ground, rng: Random) -> Planted:
    """Phases: end to end along a road, or floor and roof of one building in two years."""
    gap = rng.choice((0, 1, 1, 1))
    if rng.random() < 0.25:
        first = draw(
            ground,
            pick(tuple(OBJECT[key] for key in ("balai", "kantor", "gsg", "posyandu", "pasar", "jembatan")), rng),
            rng,
            year=rng.randint(2019, 2025),
        )
        gap, second = 1, again(first, amount=price(first.thing, 1.0, rng))
    else:
        first = draw(ground, pick(LINES, rng), rng, year=rng.randint(2019, 2026 - gap))
        whole, total = first.shape, length_m(first.shape)
        cut = rng.uniform(0.4, 0.6) * total
        first.shape, first.volume = stretch(whole, 0, cut), float(round(cut))
        second = again(first, shape=stretch(whole, cut + rng.uniform(0, 5), total), volume=float(round(total - cut)))
        for work in (first, second):
            work.amount = price(work.thing, work.volume, rng)
    first.verb = second.verb = "build"
    second.year, first.phase = first.year + gap, ""
    second.stage = draw_stage(second.year, rng)
    how = rng.random()
    if how < 0.15 and len(first.shape) > 1:
        begin = round(first.volume)
        first.piece, second.piece = (
            f"STA 0+000 - 0+{begin:03d}",
            f"STA 0+{begin:03d} - 0+{begin + round(second.volume):03d}",
        )
    elif how < 0.7 or gap == 0:
        words = rng.choice((("tahap I", "tahap II"), ("tahap 1", "tahap 2"), ("Thp I", "Thp II")))
        first.phase, second.phase = words if gap == 0 or rng.random() < 0.7 else ("", words[1])
    else:
        second.phase = rng.choice(("lanjutan", "kelanjutan", "lanj."))
    for work in (first, second):
        book(work, rng)
    return Planted([first, second], "continuation", False, {})


def two_sides(ground: Ground, rng: Random) -> Planted:
    things = tuple(OBJECT[key] for key in ("drainase", "uditch", "tpt", "plengsengan", "talud", "irigasi"))
    first = draw(ground, pick(things, rng), rng)
    middle_line, wide = first.shape, rng.uniform(1.5, 3.5)
    words = rng.choice(
        (
            ("sisi kiri", "sisi kanan"),
            ("sebelah kiri", "sebelah kanan"),
            ("sisi utara", "sisi selatan"),
            ("sisi barat", "sisi timur"),
            ("kiri jalan", "kanan jalan"),
        )
    )
    first.phase = ""
    second = again(first, shape=beside(middle_line, -wide), side=words[1])
    first.shape, first.side = beside(middle_line, wide), words[0]
    for work in (first, second):
        work.volume = round(work.volume * rng.uniform(0.9, 1.06), 1)
        work.amount = price(work.thing, work.volume, rng)
    if rng.random() < 0.3:
        second.amount = first.amount
    return Planted([first, second], "two_sides", False, {})


def one_contract(ground: Ground, rng: Random) -> Planted:
    """One package of a dinas at several places of one neighbourhood: same contract, same words, other spots."""
    thing = pick(
        tuple(OBJECT[key] for key in ("gorong", "rabat", "paving", "drainase", "mck", "sumur", "tpt", "jembatan")), rng
    )
    fund = rng.choice(
        [fund for fund in _DINAS if fund != "DAK" or thing.category in ("road", "water", "sanitation", "bridge")]
    )
    first = draw(ground, thing, rng, fund=fund)
    first.contract, first.contractor = contract_number(first.year, rng), first.contractor or "CV Contoh Bersama"
    first.phase, first.verb = "", "build"
    works = [first]
    for k in range(1, rng.choice((2, 2, 3, 4))):
        away, turn = rng.uniform(28, 70) * k, rng.uniform(0, 2 * math.pi)
        rt = _neighbour_rt(first, rng)
        shape = _moved(first.shape, away * math.cos(turn), away * math.sin(turn))
        if first.is_line:
            shape = walk(
                *shape[0],
                ground.bearing + math.pi / 2 * rng.randint(0, 3),
                max(50, first.volume * rng.uniform(0.7, 1.3)),
                rng,
            )
        other = again(first, shape=shape, rt=rt, street=street(rng) if rng.random() < 0.4 else None)
        if first.is_line:
            other.volume = float(round(length_m(shape)))
            other.amount = price(thing, other.volume, rng)
        elif rng.random() < 0.5:
            other.amount = price(thing, 1.0, rng)
        works.append(_taken(other))
    for work in works:
        work.careful = True
    return Planted(works, "one_contract", False, {})


def asset_set(ground: Ground, rng: Random) -> Planted:
    """Lamps of one street, houses of one list: equal in everything but their number or their recipient."""
    first = draw(ground, pick(SETS, rng), rng)
    thing, x, y = first.thing, *first.shape[0]
    near = (14, 28) if thing.set_piece == "an." else (30, 48)
    first.phase = ""
    works, heading = [first], ground.bearing
    named = rng.choice(("titik {}", "titik {}", "ttk {}", "no. {}"))
    if thing.set_piece == "titik":
        first.piece = named.format(1)
    for k in range(2, rng.choice((2, 3, 3, 4, 5)) + 1):
        step = rng.uniform(*near)
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        piece = recipient(rng) if thing.set_piece == "an." else named.format(k)
        while piece in [work.piece for work in works]:
            piece = recipient(rng)
        works.append(_taken(again(first, shape=[(x, y)], piece=piece)))
    return Planted(works, "asset_set", False, {})


def shared_funding(ground: Ground, rng: Random) -> Planted:
    """One work, two purses, and both records say so."""
    first = draw(ground, pick(OBJECTS, rng), rng)
    fund = draw_fund(ground, first.thing.category, rng, without=(first.fund, "DLL"))
    total, share = first.amount, rng.choice((0.3, 0.4, 0.5, 0.5, 0.6))
    second = again(first, fund=fund, amount=rounded(total * (1 - share), rng))
    first.amount = max(1_000_000, rounded(total * share, rng))
    book(second, rng)
    first.shares = second.shares = ((first.fund, float(first.amount)), (second.fund, float(second.amount)))
    if rng.random() < 0.6:
        note = rng.choice(("(sharing {} dan {})", "(dana sharing {} + {})", "sharing {}/{}")).format(
            first.fund, second.fund
        )
        first.note = second.note = note
    return Planted([first, second], "shared_funding", False, {})


def carried_over(ground: Ground, rng: Random) -> Planted:
    """Begun too late in the year: the same activity with the rest of its money, or all of it, a year on."""
    first = draw(ground, pick(OBJECTS, rng), rng, year=rng.randint(2019, 2025))
    note = rng.choice(("(DPAL)", "(SiLPA TA {})", "luncuran TA {}", "DPAL {}", "(lanjutan DPAL {})")).format(first.year)
    rest = first.amount if rng.random() < 0.35 else rounded(first.amount * rng.uniform(0.2, 0.6), rng)
    second = again(
        first,
        year=first.year + 1,
        amount=rest,
        note=note,
        stage=draw_stage(first.year + 1, rng),
        source=first.source.replace(str(first.year), str(first.year + 1)),
        start=None,
        end=None,
    )
    first.phase = second.phase = ""
    if rest == first.amount and first.stage == "done":  # whose money is all left has not been finished
        first.stage = "running"
    return Planted([first, second], "carried_over", False, {})


def maintenance(ground: Ground, rng: Random) -> Planted:
    """Kept up after a fair time, with a maintenance code and a smaller sum; or renewed at the end of its life."""
    thing = pick(tuple(thing for thing in OBJECTS if thing.care), rng)
    life = CATEGORY[thing.category].life_years
    worn = life <= 6 and rng.random() < 0.5
    gap = rng.randint(life, 7) if worn else rng.randint(3, 7)
    first = draw(ground, thing, rng, year=rng.randint(2019, 2026 - gap))
    first.verb, first.phase, first.stage = "build", "", "done"
    first.amount = price(thing, first.volume or 1.0, rng)
    book(first, rng)
    second = again(
        first,
        year=first.year + gap,
        verb=rng.choice(("rehab", "care")) if worn else "care",
        amount=rounded(first.amount * (rng.uniform(0.5, 1.0) if worn else rng.uniform(0.12, 0.35)), rng),
    )
    second.stage = draw_stage(second.year, rng)
    if rng.random() < 0.3:
        second.fund = draw_fund(ground, thing.category, rng, without=(first.fund,))
    book(second, rng)
    return Planted([first, second], "maintenance", False, {})


def neighbours(ground: Ground, rng: Random) -> Planted:
    """Two things, side by side: houses next door, a ditch along a road, two lanes a garden apart."""
    how = rng.choice(("houses", "along", "along", "buildings", "lanes", "crossing"))
    if how == "houses":
        first = draw(ground, OBJECT[rng.choice(("rtlh", "rtlh", "jamban"))], rng)
        second = again(first, shape=_moved(first.shape, rng.choice((-1, 1)) * rng.uniform(12, 24), rng.uniform(-9, 9)))
        while second.piece == first.piece:
            second.piece = recipient(rng)
    elif how == "buildings":
        first = draw(ground, OBJECT[rng.choice(("posyandu", "paud", "tpq"))], rng)
        other = OBJECT[
            rng.choice(
                [key for key in ("posyandu", "paud", "tpq", "poskamling", "gapura", "mck") if key != first.thing.key]
            )
        ]
        second = again(
            first,
            thing=other,
            category=other.category,
            amount=price(other, 1.0, rng),
            shape=_moved(first.shape, rng.choice((-1, 1)) * rng.uniform(14, 34), rng.uniform(-12, 12)),
        )
    else:
        first = draw(ground, OBJECT[rng.choice(("rabat", "paving", "aspal", "rabat"))], rng)
        second = _beside_road(first, how, rng)
    first.phase = second.phase = ""
    if rng.random() < 0.5:
        second.year = min(2026, max(2019, first.year + rng.choice((-2, -1, 1, 2))))
    if rng.random() < 0.5:
        second.fund = draw_fund(ground, second.thing.category, rng)
    elif second.fund != "DLL":
        second.fund = (
            draw_fund(ground, second.thing.category, rng)
            if second.thing.category != first.thing.category
            else first.fund
        )
    second.stage = draw_stage(second.year, rng)
    book(second, rng)
    return Planted([first, _taken(second)], "neighbours", False, {})


def _beside_road(first: Work, how: str, rng: Random) -> Work:
    if how == "along":
        other = OBJECT[rng.choice(("drainase", "uditch", "tpt", "talud", "spal"))]
        second = again(
            first,
            thing=other,
            category=other.category,
            shape=beside(first.shape, rng.choice((-1, 1)) * rng.uniform(2, 4)),
            width_m=rng.choice(other.width_m),
        )
    elif how == "lanes":
        second = again(
            first,
            shape=beside(first.shape, rng.choice((-1, 1)) * rng.uniform(28, 50)),
            rt=_neighbour_rt(first, rng),
            street=street(rng),
        )
    else:
        (x0, y0), (x1, y1) = first.shape[0], first.shape[1]
        heading = math.atan2(y1 - y0, x1 - x0) + rng.choice((-1, 1)) * rng.uniform(1.2, 1.9)
        second = again(
            first,
            shape=walk(*middle(first.shape), heading, rng.uniform(60, 200), rng),
            street=street(rng),
            rt=_neighbour_rt(first, rng),
        )
    first.careful = second.careful = True
    second.volume = float(round(length_m(second.shape)))
    second.amount = price(second.thing, second.volume, rng)
    return second


def _neighbour_rt(work: Work, rng: Random) -> Rt:
    """Another RT of the same RW, or of the next one."""
    others = [rt for rt in work.ground.rts if rt.dusun == work.rt.dusun and rt is not work.rt]
    fresh = [rt for rt in others if work.thing.key not in rt.things]
    rt = rng.choice([rt for rt in fresh if rt.rw == work.rt.rw] or fresh or others or [work.rt])
    rt.things.add(work.thing.key)
    return rt


def _moved(shape: list[tuple[float, float]], dx: float, dy: float) -> list[tuple[float, float]]:
    return [(x + dx, y + dy) for x, y in shape]


def _taken(work: Work) -> Work:
    work.ground.take(work.thing.category, work.shape)
    return work


PLANT = {
    "continuation": continuation,
    "two_sides": two_sides,
    "one_contract": one_contract,
    "asset_set": asset_set,
    "shared_funding": shared_funding,
    "carried_over": carried_over,
    "maintenance": maintenance,
    "neighbours": neighbours,
}
