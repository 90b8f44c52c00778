"""Two works fact by fact: what is the same, what nearly so, what differs. Shown on the page of a pair."""

from decimal import Decimal
from typing import NamedTuple

from rapidfuzz import fuzz, utils

from app.queries.pair_details import Pair, Side

NEAR_AMOUNT = Decimal("0.1")
NEAR_NAME = 85
NEAR_DAYS = 31
NEAR_M = 50


class Compared(NamedTuple):
    """One line of the two works side by side: which fact, and whether it is the same, near, differs or unknown."""

    field: str
    says: str


def compared(left: Side, right: Side, pair: Pair) -> list[Compared]:
    """Fact by fact, in the order of the page; what is known of neither is left out."""
    says = {
        "village": _exactly(left.region, right.region),
        "place": _at_oneplace(left, right),
        "year": _within(left.year, right.year, 1),
        "fund": _exactly(left.fund, right.fund),
        "amount": _within(left.amount, right.amount, NEAR_AMOUNT * max(left.amount or 0, right.amount or 0)),
        "category": _exactly(left.category, right.category),
        "stage": _exactly(left.stage, right.stage),
        "volume": _within(left.volume, right.volume, NEAR_AMOUNT * max(left.volume or 0, right.volume or 0))
        if left.unit == right.unit else _in_words(left.volume and left.unit, right.volume and right.unit),
        "contractor": _in_words(left.contractor, right.contractor),
        "contract": _in_words(left.contract, right.contract),
        "start_date": _within(*(side.start_date and side.start_date.toordinal() for side in (left, right)), NEAR_DAYS),
        "coordinate": "unknown" if pair.distance_m is None else
        "same" if pair.distance_m < 1 else "near" if pair.distance_m <= NEAR_M else "differs",
    }
    return [Compared(field, word) for field, word in says.items()
            if word != "unknown" or any(_known(side, field) for side in (left, right))]


def _known(side: Side, field: str) -> bool:
    match field:
        case "village" | "coordinate":
            return True
        case "place":
            return place(side) is not None
        case _:
            return getattr(side, field) is not None


def place(side: Side) -> str | None:
    """Hamlet, RT and RW of a work in one line."""
    parts = (side.place, side.rt and f"RT {side.rt}", side.rw and f"RW {side.rw}")
    return ", ".join(part for part in parts if part) or None


def _at_oneplace(left: Side, right: Side) -> str:
    """Only what both say is compared: a hamlet on one side and an RT on the other contradict each other in nothing."""
    says = {_in_words(left.place, right.place), _exactly(left.rt, right.rt), _exactly(left.rw, right.rw)}
    return next((word for word in ("differs", "near", "same") if word in says), "unknown")


def _exactly(left: object, right: object) -> str:
    return "unknown" if left is None or right is None else "same" if left == right else "differs"


def _within(left, right, reach) -> str:
    if left is None or right is None:
        return "unknown"
    return "same" if left == right else "near" if abs(left - right) <= reach else "differs"


def _in_words(left: str | None, right: str | None) -> str:
    if not left or not right:
        return "unknown"
    alike = fuzz.token_set_ratio(left, right, processor=utils.default_process)
    return "same" if left.casefold() == right.casefold() else "near" if alike >= NEAR_NAME else "differs"
