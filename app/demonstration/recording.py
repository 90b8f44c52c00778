"""From a work to the record of it: how its place was taken, how it was worded, which cells stayed empty."""

import math
from random import Random

from app.demonstration.ground import length_m
from app.demonstration.wording import Manner, name, place, reworded
from app.demonstration.works import Work, middle

CELLS = (
    "name",
    "category",
    "activity_code",
    "year",
    "stage",
    "fund",
    "fund_shares",
    "amount",
    "volume",
    "unit",
    "region_code",
    "place",
    "rt",
    "rw",
    "contractor",
    "contract",
    "start_date",
    "end_date",
    "role",
    "source",
)


def record(work: Work, manner: Manner, rng: Random, copied_from: str | None = None) -> dict[str, object]:
    """Every cell but the geometry; a `careful` work always says its RT somewhere.

    `copied_from` is the name of an earlier record of the same thing: some clerks copy and retouch it.
    """
    text = reworded(copied_from, rng) if copied_from and rng.random() < 0.45 else name(work, manner, rng)
    numbered = rng.random() < 0.5
    return {
        "name": text,
        "category": work.category if rng.random() > 0.04 else None,
        "activity_code": work.code,
        "year": work.year,
        "stage": work.stage,
        "fund": work.fund,
        "fund_shares": work.shares,
        "amount": float(work.amount),
        "volume": work.volume,
        "unit": work.thing.unit,
        "region_code": work.ground.code,
        "place": place(work, manner, rng) if rng.random() < 0.55 else None,
        "rt": str(work.rt.rt) if numbered else None,
        "rw": str(work.rt.rw) if numbered else None,
        "contractor": work.contractor,
        "contract": work.contract,
        "start_date": work.start,
        "end_date": work.end,
        "role": _role(work, rng),
        "source": work.source,
    }


def sites(work: Work, rng: Random) -> list[tuple[str | None, float, list[tuple[float, float]] | None]]:
    """Method, accuracy in metres and measured shape (metres of the village's ground) of each site of the work."""
    if not work.point:
        return [(None, math.nan, None)]
    if work.at_office:
        return [("file", math.nan, [work.ground.office])]
    return [_measured(work, shape, rng) for shape in (work.shape, *work.parts)]


def _role(work: Work, rng: Random) -> str:
    if work.stage in ("proposed", "planned"):
        return "planned"
    return "visited" if work.stage == "done" and rng.random() < 0.15 else "claimed"


def _measured(
    work: Work, shape: list[tuple[float, float]], rng: Random
) -> tuple[str, float, list[tuple[float, float]]]:
    """A shape as the method sees it: shifted as a whole within its accuracy, each vertex a little by itself."""
    line = len(shape) > 1 and shape[0] != shape[-1]
    ring = len(shape) > 1 and not line
    if (line and not work.method and rng.random() < 0.07) or (ring and rng.random() < 0.4):
        shape, line, ring = [middle(shape)], False, False
    if line:
        method = work.method or rng.choices(("gps", "file", "drawn", "chord"), (32, 15, 40, 13))[0]
    else:
        method = rng.choices(("gps", "exif", "file", "drawn"), (50, 16, 12, 22) if not ring else (0, 0, 20, 80))[0]
    accuracy_m, sigma_m, jitter_m = _accuracy(method, rng)
    dx, dy = _within(sigma_m, 1.5 * (accuracy_m if accuracy_m == accuracy_m else 8.0), rng)
    if method == "chord":
        shape = [shape[0], shape[-1]]
    elif line and method == "drawn" and len(shape) > 4:
        shape = [shape[0], *shape[1:-1:2], shape[-1]]
    if ring:
        moved = [(x + dx + rng.gauss(0, jitter_m), y + dy + rng.gauss(0, jitter_m)) for x, y in shape[:-1]]
        return method, accuracy_m, [*moved, moved[0]]
    jitter_m = min(jitter_m, length_m(shape) / 25) if line else 0.0
    return method, accuracy_m, [(x + dx + rng.gauss(0, jitter_m), y + dy + rng.gauss(0, jitter_m)) for x, y in shape]


def _accuracy(method: str, rng: Random) -> tuple[float, float, float]:
    """Stated accuracy (NaN where nobody stated it), standard deviation of the shift, and of each vertex."""
    match method:
        case "gps":
            stated = round(min(35.0, max(2.5, rng.lognormvariate(1.8, 0.5))), 1)
            return stated, stated / 1.6, 1.2
        case "exif":
            stated = round(min(45.0, max(4.0, rng.lognormvariate(2.2, 0.5))), 1)
            return stated, stated / 1.6, 0.0
        case "chord":
            return (15.0 if rng.random() < 0.4 else math.nan), 4.0, 0.0
        case "drawn":
            return 10.0, 4.0, 1.8
    return (10.0 if rng.random() < 0.5 else math.nan), 3.0, 0.8


def _within(sigma_m: float, most_m: float, rng: Random) -> tuple[float, float]:
    dx, dy = rng.gauss(0, sigma_m), rng.gauss(0, sigma_m)
    over = math.hypot(dx, dy) / most_m
    return (dx / over, dy / over) if over > 1 else (dx, dy)
