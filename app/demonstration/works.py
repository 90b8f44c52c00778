"""A work as the village means it, before anyone words or measures it: thing, year, fund, money, who builds it."""

import datetime
import itertools
import math
from copy import copy
from dataclasses import dataclass
from random import Random

from app.demonstration.ground import Ground, Rt, length_m, street
from app.demonstration.objects import OBJECT, Object

YEARS, YEAR_SHARES = tuple(range(2019, 2027)), (9, 9, 11, 13, 14, 15, 15, 14)
ONE_EACH = ("balai", "kantor")
VILLAGE_FUNDS = ("DDS", "ADD", "PBH", "PBK", "PBP", "PAD")
_HOUSING = ("BSPS", "BAZNAS")
_FUND_SHARES = {
    "DDS": 46,
    "ADD": 9,
    "PBH": 3,
    "PBK": 7,
    "PBP": 3,
    "PAD": 1.5,
    "SWD": 1.5,
    "APBD": 12,
    "APBDP": 1.5,
    "APBN": 2,
    "DAK": 3,
    "POKIR": 6,
    "POKMAS": 2,
    "CSR": 1.5,
    "BAZNAS": 1.5,
    "BSPS": 4,
    "DLL": 1,
}
_ONLY_FOR = {
    "DAK": ("road", "irrigation", "water", "sanitation", "bridge", "pipe"),
    "APBN": ("irrigation", "road", "water", "bridge", "market", "reservoir", "pipe"),
    "CSR": ("water", "lighting", "building", "small_structure", "field", "housing", "sanitation"),
    "SWD": ("road", "small_structure", "field", "other", "building"),
    "POKMAS": ("road", "drainage", "irrigation", "retaining_wall", "sanitation"),
    "BSPS": ("housing",),
    "BAZNAS": ("housing",),
}
_FIRMS = tuple(
    f"{form} Contoh {name}"
    for form in ("CV", "CV", "PT")
    for name in (
        "Makmur",
        "Jaya",
        "Sentosa",
        "Abadi",
        "Karya",
        "Mandiri",
        "Bersama",
        "Utama",
        "Sejahtera",
        "Barokah",
        "Lestari",
        "Gemilang",
        "Perkasa",
        "Mulia",
        "Cahaya",
        "Buana",
        "Wijaya",
        "Sakti",
    )
)
_GIVEN = (
    "Slamet",
    "Wagiyem",
    "Sukri",
    "Paimin",
    "Sulastri",
    "Tukiman",
    "Ngatini",
    "Suparno",
    "Misnah",
    "Bonari",
    "Jumadi",
    "Katemi",
    "Sanusi",
    "Rukmini",
    "Poniran",
    "Legiyem",
    "Supeno",
    "Mariyam",
    "Tohari",
    "Sumiati",
    "Kasiran",
    "Painem",
    "Giman",
    "Surati",
    "Wakidi",
    "Saminah",
    "Untung",
    "Juminten",
    "Rohman",
    "Kartini",
)


@dataclass(slots=True, eq=False)
class Work:
    """One record to be: what is true of it. `shape` is in metres of `ground`; a line has ≥ 2 points, a ring is closed.

    `phase`, `side`, `piece` and `note` are the words that tell look-alikes apart; `parts` are further sites.
    """

    ground: Ground
    thing: Object
    rt: Rt
    shape: list[tuple[float, float]]
    year: int
    fund: str
    verb: str
    amount: int
    stage: str = "done"
    street: str | None = None
    volume: float | None = None
    width_m: float | None = None
    phase: str = ""
    side: str = ""
    piece: str = ""
    note: str = ""
    shares: tuple[tuple[str, float], ...] | None = None
    category: str = ""
    code: str | None = None
    contractor: str | None = None
    contract: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None
    source: str = ""
    point: bool = True
    method: str = ""
    at_office: bool = False
    parts: tuple[list[tuple[float, float]], ...] = ()
    careful: bool = False

    @property
    def is_line(self) -> bool:
        return len(self.shape) > 1 and self.shape[0] != self.shape[-1]


def allowed(fund: str, desa: bool, category: str) -> bool:
    """Whether the law lets the fund pay for such a work: a kelurahan has no village budget of its own."""
    return (desa or fund not in VILLAGE_FUNDS) and category in _ONLY_FOR.get(fund, (category,))


def draw_fund(ground: Ground, category: str, rng: Random, without: tuple[str, ...] = ()) -> str:
    if category == "housing" and not set(_HOUSING) <= set(without) and rng.random() < 0.35:
        return rng.choice([fund for fund in _HOUSING if fund not in without])
    funds = [fund for fund in _FUND_SHARES if fund not in without and allowed(fund, ground.desa, category)]
    return rng.choices(funds, [_FUND_SHARES[fund] for fund in funds])[0]


def rounded(amount: float, rng: Random) -> int:
    """Budgets are mostly round, and the round sums are few: equal amounts say little (domain.md, point 4)."""
    steps = (5_000_000, 1_000_000, 500_000, 100_000, 1_000, 50)
    step = rng.choices(steps, (34, 22, 10, 12, 12, 10))[0]
    return max(min(step, 1_000_000), round(amount / step) * step)


def price(thing: Object, volume: float, rng: Random) -> int:
    return rounded(volume * rng.uniform(*thing.cost), rng)


def draw_stage(year: int, rng: Random) -> str:
    if year >= 2026:
        return rng.choices(("proposed", "planned", "running", "done"), (24, 30, 30, 16))[0]
    if year == 2025:
        return rng.choices(("done", "running", "cancelled"), (82, 16, 2))[0]
    return rng.choices(("done", "cancelled"), (98.5, 1.5))[0]


def recipient(rng: Random) -> str:
    return f"an. Contoh {rng.choice(_GIVEN)} {rng.choice('ABDHJKMNPRSTW')}."


def place_thing(ground: Ground, thing: Object, rng: Random) -> tuple[Rt, str | None, list, float]:
    """Put a thing where none like it stands: its RT, its street if it has one, its shape and its volume."""
    if thing.key in ONE_EACH:
        ground.built.add(thing.key)
        return ground.office_rt, None, [ground.beside_office(thing.key)], 1.0
    rt, named = ground.free_rt(thing.key, rng)
    if thing.unit == "m":
        size = round(rng.triangular(*thing.size, thing.size[0] * 1.6))
        size = size if rng.random() < 0.4 else max(50, round(size / 10) * 10)
        return rt, named, ground.line(thing.category, rt, size, rng), float(size)
    if thing.category in ("field", "reservoir"):
        return rt, named, ground.area(thing.category, rt, rng, thing.category == "reservoir"), 1.0
    return rt, named, ground.point(thing.category, rt, rng), 1.0


def draw(ground: Ground, thing: Object, rng: Random, year: int | None = None, fund: str | None = None) -> Work:
    """One work on a thing of its own, as a village's table has thousands of them."""
    if thing.key in ground.built:
        thing = OBJECT["gsg"]
    rt, named, shape, volume = place_thing(ground, thing, rng)
    year = year or rng.choices(YEARS, YEAR_SHARES)[0]
    verb = rng.choices(("build", "rehab", "care"), (74, 16, 10 if thing.care else 0))[0]
    work = Work(
        ground,
        thing,
        rt,
        shape,
        year,
        fund or draw_fund(ground, thing.category, rng),
        verb,
        price(thing, volume, rng),
        draw_stage(year, rng),
        named,
        volume,
        category=thing.category,
    )
    if verb != "build":
        work.amount = rounded(work.amount * rng.uniform(0.25, 0.7), rng)
    if thing.width_m:
        work.width_m = rng.choice(thing.width_m)
    if thing.set_piece == "an.":
        work.piece = recipient(rng)
    if rng.random() < 0.03 and not work.piece:
        work.phase = rng.choice(("tahap I", "tahap 1", "lanjutan"))
    book(work, rng)
    return work


def book(work: Work, rng: Random) -> None:
    """Give the work what its books hold: activity code, who builds it, contract, dates, source."""
    thing, own = work.thing, work.fund in VILLAGE_FUNDS
    work.code = (
        thing.care if work.verb == "care" else thing.build[0] if rng.random() < 0.75 else rng.choice(thing.build)
    )
    if not own or rng.random() < 0.08:
        work.code = None
    if own or work.fund in ("SWD", "DLL"):
        work.contractor = f"TPK {'Desa' if work.ground.desa else 'Kelurahan'} {work.ground.name} (contoh)"
        work.contract = None
    elif work.fund in ("POKMAS", "BSPS", "BAZNAS", "CSR"):
        work.contractor = f"Pokmas {work.rt.dusun} (contoh)" if work.fund == "POKMAS" else None
        work.contract = None
    else:
        work.contractor = rng.choice(_FIRMS)
        work.contract = contract_number(work.year, rng) if rng.random() < 0.85 else None
    if rng.random() < 0.25:
        work.contractor = None
    month = rng.randint(3, 10)
    work.start = datetime.date(work.year, month, rng.randint(1, 28)) if rng.random() < 0.45 else None
    work.end = work.start + datetime.timedelta(days=rng.choice((30, 45, 60, 75, 90))) if work.start else None
    work.source = f"Siskeudes {work.year}" if own else f"Rekap OPD {work.year}"


def contract_number(year: int, rng: Random) -> str:
    return f"{rng.randint(100, 699)}/{rng.randint(1, 999):03d}/CONTOH/429.{rng.randint(101, 119)}/{year}"


def again(work: Work, **changes: object) -> Work:
    """A second record of the same thing, with the named facts changed."""
    other = copy(work)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


def middle(shape: list[tuple[float, float]]) -> tuple[float, float]:
    """A place on the middle of a line, the only point of a point, the centre of a ring."""
    if len(shape) == 1:
        return shape[0]
    if shape[0] == shape[-1]:
        return (
            math.fsum(x for x, _ in shape[1:]) / (len(shape) - 1),
            math.fsum(y for _, y in shape[1:]) / (len(shape) - 1),
        )
    left = length_m(shape) / 2
    for (x0, y0), (x1, y1) in itertools.pairwise(shape):
        run = math.dist((x0, y0), (x1, y1))
        if run >= left:
            return x0 + (x1 - x0) * left / run, y0 + (y1 - y0) * left / run
        left -= run
    return shape[-1]


def spread(work: Work, count: int, rng: Random) -> None:
    """Turn a unit work into one activity with several sites, as `PJU 5 titik` is."""
    x, y = work.shape[0]
    heading = work.ground.bearing
    step = rng.uniform(35, 60)
    work.parts = tuple(
        [(x + k * step * math.cos(heading) + rng.gauss(0, 3), y + k * step * math.sin(heading) + rng.gauss(0, 3))]
        for k in range(1, count)
    )
    for part in work.parts:
        work.ground.take(work.thing.category, part)
    work.volume, work.amount = float(count), rounded(work.amount * count, rng)
    work.piece = f"{count} titik"


__all__ = [
    "Work",
    "again",
    "allowed",
    "book",
    "contract_number",
    "draw",
    "draw_fund",
    "middle",
    "place_thing",
    "price",
    "recipient",
    "rounded",
    "spread",
    "street",
]
