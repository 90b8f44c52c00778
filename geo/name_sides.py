"""Sides told in a name: left and right, upstream and downstream, in the many ways in which clerks shorten them."""

import re

from geo import name_patterns as patterns
from geo import name_typos

UPSTREAM, DOWNSTREAM = "upstream", "downstream"
LEFT, RIGHT = "left", "right"
_SHORT = {"ki": LEFT, "kr": LEFT, "l": LEFT, "ka": RIGHT, "kn": RIGHT, "r": RIGHT}


def take(rest: str, facts: dict[str, object], compass: bool = True) -> str:
    """Note `side` and `stream` of a plain name among its facts -> the name without them.

    `compass`: whether the name says one of its points at all."""
    rest = patterns.BOTH.sub(" ", rest)
    rest = patterns.SPELLED_SIDE.sub(lambda found: found[1] + name_typos.nearest(found[2]), rest)
    for fact, value, pattern in (("side", LEFT, patterns.LEFT), ("side", RIGHT, patterns.RIGHT),
                                 ("stream", UPSTREAM, patterns.UP), ("stream", DOWNSTREAM, patterns.DOWN)):
        if pattern.search(rest):
            # a name that says both ends or both sides says neither
            facts[fact] = None if fact in facts else value
            rest = pattern.sub(" ", rest)
    rest = patterns.SHORT_SIDE.sub(lambda found: _short(found, facts), rest)
    if compass and "side" not in facts and (found := patterns.COMPASS.search(rest)):
        said = next(one for one in found.groups() if one)
        facts["side"] = patterns.COMPASS_SIDE.get(said, said)
        rest = patterns.COMPASS.sub(" ", rest)
    return rest


def _short(found: re.Match[str], facts: dict[str, object]) -> str:
    """Notes the side a short word stands for; the word itself where it is none."""
    if found[1] not in _SHORT or not _is_side(found):
        return found.group()
    facts["side"] = None if facts.get("side", _SHORT[found[1]]) != _SHORT[found[1]] else _SHORT[found[1]]
    return " "


def _is_side(found: re.Match[str]) -> bool:
    """In brackets, behind a word for a side, at the end of a name and before an address; elsewhere a ki is an elder, a
    ka a railway or a head of something, and an l a width."""
    before, behind = found.string[:found.start()], found.string[found.end():]
    if patterns.BESIDE.search(before) or (before.rstrip().endswith("(") and behind.lstrip().startswith(")")):
        return True
    if found[1] in ("l", "r"):
        return bool(patterns.ENDED.match(behind)) and not patterns.LETTERED.search(before)
    if patterns.OF_HAMLET.match(behind) and found[1] in ("ka", "kn"):
        return bool(patterns.CHANNEL.search(before))
    stands = patterns.ENDED.match(behind) or patterns.ADDRESS.match(behind) or patterns.OF_HAMLET.match(behind)
    return bool(stands) and not patterns.RAILWAY.search(before)
