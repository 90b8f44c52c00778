"""Shares told in words: which funds a name says pay together, and the part of the whole that each gives."""

import re

from geo import name_patterns as patterns

Shares = tuple[tuple[str, float], ...]


def take(rest: str) -> tuple[str, Shares]:
    """A plain name that speaks of sharing -> the name without its parts, and (fund, part; 0 where not said).

    >>> take("rabat (dd 60%, add 40%)")[1], take("rabat, pendampingan apbd")[1]
    ((('ADD', 0.4), ('DDS', 0.6)), (('APBD', 0.0),))
    """
    found = [(one.start(), one.end(), one.lastgroup or "") for one in patterns.FUND.finditer(rest)]
    parts = list(patterns.PERCENT.finditer(rest))
    # "60% DD, 40% ADD" or "DD 60%, ADD 40%": a name keeps to one order
    leads = bool(found and parts) and parts[0].start() < found[0][0]
    funds: dict[str, float] = {}
    for start, end, fund in found:
        part = next((one for one in parts if _is_beside(rest, one, start, end, leads)), None)
        funds[fund] = max(_part(part) if part else 0.0, funds.get(fund, 0.0))
    if "DDS" in funds and not funds.get("APBN"):
        funds.pop("APBN", None)  # Dana Desa comes from there
    halves = patterns.HALVES.search(rest)
    if halves and len(funds) == 2 and not parts and int(halves[1]) + int(halves[2]) == 100:
        funds = {fund: int(part) / 100 for fund, part in zip(funds, halves.groups(), strict=True)}
        rest = rest[:halves.start()] + " " + rest[halves.end():]
    return patterns.PERCENT.sub(" ", rest), tuple(sorted(funds.items()))


def _is_beside(rest: str, part: re.Match[str], start: int, end: int, leads: bool) -> bool:
    between = (part.end(), start) if leads else (end, part.start())
    return between[0] <= between[1] and patterns.BETWEEN_PART.fullmatch(rest, *between) is not None


def _part(found: re.Match[str]) -> float:
    return float(found[1].replace(",", ".")) / 100
