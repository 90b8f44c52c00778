"""Which words of a name no pattern, phrase or vocabulary looks at: whatever stands there, the rest is read alike.

A word is followed through every pattern of `geo.name_patterns` and `geo.name_words` as their own parser gives them.
Whatever could consume one of its letters as a letter of its own (not as one of a-z) makes the word mean something;
repeats are followed without counting and lookarounds as patterns of their own, so that doubt is never inert.
"""

import re
from collections.abc import Iterable, Iterator
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from string import ascii_lowercase as LETTERS
from typing import Any, NamedTuple

from geo import name_gates, name_tokens
from geo import name_patterns as patterns
from geo import name_words as words

SHORTEST = 3
"""Patterns that take any word take one of so many letters."""
_OF_WORD = frozenset(LETTERS + "0123456789_")
_ASCII = [chr(code) for code in range(128)]
_OF_SIZES = (patterns.COUNT, patterns.MEASURE, patterns.UNIT)
"""These only read what `patterns.SIZE` found."""
_KINDS = {signs.CATEGORY_SPACE: frozenset(" \t\n\r\f\v"), signs.CATEGORY_DIGIT: frozenset("0123456789"),
          signs.CATEGORY_WORD: _OF_WORD}


class _Step(NamedTuple):
    """From one state to `to`: by one of the signs `takes`, or, where None, by nothing (`edge`: at a word's edge)."""

    to: int
    takes: frozenset[str] | None = None
    edge: bool = False
    any_letter: bool = False


_States = frozenset[tuple[int, bool]]
"""Where one can be in the patterns, and whether a letter was taken for what it is on the way."""


class _Paths:
    """Every way through the patterns."""

    def __init__(self, all_patterns: Iterable[re.Pattern[str]]) -> None:
        self.steps: list[list[_Step]] = []
        self.starts: set[int] = set()
        self.ends: set[int] = set()
        self._known: tuple[dict[int, frozenset[int]], ...] = ({}, {})
        for pattern in all_patterns:
            self._pattern(parser.parse(pattern.pattern))
        # where the letter before a word has been taken, or nothing yet
        self.before = frozenset(self.starts | {
            step.to for steps in self.steps for step in steps if step.takes and step.takes - _OF_WORD})

    def _pattern(self, tree: Any) -> None:
        start = self._state()
        self.starts.add(start)
        self.ends.add(self._sequence(tree, start))

    def _state(self) -> int:
        self.steps.append([])
        return len(self.steps) - 1

    def _step(self, at: int, takes: frozenset[str] | None = None, edge: bool = False, to: int | None = None) -> int:
        to = self._state() if to is None else to
        self.steps[at].append(_Step(to, takes, edge, bool(takes and takes.issuperset(LETTERS))))
        return to

    def _sequence(self, tree: Any, at: int) -> int:
        for sign, value in tree:
            at = self._one(sign, value, at)
        return at

    def _one(self, sign: Any, value: Any, at: int) -> int:
        if sign is signs.LITERAL:
            return self._step(at, frozenset(chr(value)))
        if sign is signs.IN:
            return self._step(at, _among(value))
        if sign is signs.AT:
            return self._step(at, edge=True)
        if sign is signs.SUBPATTERN:
            return self._sequence(value[3], at)
        if sign is signs.BRANCH:
            end = self._state()
            for branch in value[1]:
                self._step(self._sequence(branch, self._step(at)), to=end)
            return end
        if sign in (signs.MAX_REPEAT, signs.MIN_REPEAT):
            first = self._step(at)
            end = self._sequence(value[2], first)
            if value[1] > 1:
                self._step(end, to=first)
            end = self._step(end)
            if value[0] == 0:
                self._step(at, to=end)
            return end
        if sign in (signs.ASSERT, signs.ASSERT_NOT):
            self._pattern(value[1])
            return self._step(at, edge=sign is signs.ASSERT_NOT and _is_any_of_a_word(value))
        raise ValueError(f"cannot follow {sign} in a pattern of names")

    def reached(self, states: Iterable[tuple[int, bool]], at_edge: bool) -> _States:
        """The states with something to take, or at the end, that are reached from these without taking anything."""
        return frozenset((near, meant) for state, meant in states for near in self._near(state, at_edge))

    def _near(self, state: int, at_edge: bool) -> frozenset[int]:
        known = self._known[at_edge].get(state)
        if known is None:
            found, waiting = set(), [state]
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting += [step.to for step in self.steps[one]
                                if step.takes is None and (at_edge or not step.edge)]
            known = self._known[at_edge][state] = frozenset(
                one for one in found if one in self.ends or any(step.takes for step in self.steps[one]))
        return known

    def after(self, states: _States, letter: str) -> Iterator[tuple[int, bool]]:
        for state, meant in states:
            for step in self.steps[state]:
                if step.takes and letter in step.takes:
                    yield step.to, meant or not step.any_letter


def _is_any_of_a_word(value: Any) -> bool:
    """Whether what must not follow is any sign of a word: then nothing is taken up to there inside one."""
    ahead, tree = value
    return ahead > 0 and len(tree) == 1 and tree[0][0] is signs.IN and _among(tree[0][1]) >= _OF_WORD


def _among(choices: Any) -> frozenset[str]:
    found: set[str] = set()
    for sign, value in choices:
        if sign is signs.LITERAL:
            found.add(chr(value))
        elif sign is signs.RANGE:
            found.update(map(chr, range(value[0], value[1] + 1)))
        elif sign is signs.CATEGORY and value in _KINDS:
            found |= _KINDS[value]
        elif sign is signs.NEGATE:
            raise ValueError("cannot follow a negated class in a pattern of names")
        else:
            raise ValueError(f"cannot follow {sign} in a class")
    return frozenset(found)


def _all_patterns() -> Iterator[re.Pattern[str]]:
    for value in vars(patterns).values():
        for one in value.values() if isinstance(value, dict) else (value,):
            if isinstance(one, re.Pattern) and one not in _OF_SIZES:
                yield one
    yield from (pattern for pattern, _ in words.PHRASES)


_PATHS = _Paths(_all_patterns())
_TOLD = frozenset(re.findall("[a-z]+", " ".join((*(told for _, told in words.PHRASES), *words.EXPANDED.values()))))


class _Walk:
    """Letters of a word -> whether they are looked at; what was found out about a beginning is kept."""

    def __init__(self, paths: _Paths) -> None:
        self.paths = paths
        self.anywhere = paths.reached(((state, False) for state in paths.starts), at_edge=False)
        first = paths.reached(((state, False) for state in paths.before), at_edge=True)
        self.number: dict[_States, int] = {first: 0}
        self.states: list[_States] = [first]
        self.next: list[dict[str, int]] = [{}]
        self.last: list[dict[str, bool]] = [{}]
        # nearly all states are those where a pattern may begin: where they lead is the same behind every beginning
        self.begun = {letter: paths.reached(paths.after(self.anywhere, letter), at_edge=False) for letter in LETTERS}
        self.begun_and_ended = {letter: self._is_end(self.anywhere, letter) for letter in LETTERS}

    def looked_at(self, word: str) -> bool:
        at = 0
        for letter in word[:-1]:
            after = self.next[at].get(letter)
            if after is None:
                after = self._on(at, letter)
            if after < 0:
                return True
            at = after
        found = self.last[at].get(word[-1])
        return self._ends(at, word[-1]) if found is None else found

    def _on(self, at: int, letter: str) -> int:
        """The number of the states after one more letter; -1 where a pattern ends there inside a word."""
        paths, own = self.paths, self.states[at] - self.anywhere
        found = paths.reached(paths.after(own, letter), at_edge=False) | self.begun[letter] | self.anywhere
        after = -1
        if not any(meant and state in paths.ends for state, meant in found):
            after = self.number.setdefault(found, len(self.states))
            if after == len(self.states):
                self.states.append(found)
                self.next.append({})
                self.last.append({})
        self.next[at][letter] = after
        return after

    def _ends(self, at: int, letter: str) -> bool:
        """Whether a pattern that took letters for what they are ends with this last one or goes on behind the word."""
        found = self.begun_and_ended[letter] or self._is_end(self.states[at] - self.anywhere, letter)
        self.last[at][letter] = found
        return found

    def _is_end(self, states: _States, letter: str) -> bool:
        paths = self.paths
        return any(
            meant and (state in paths.ends or any(step.takes and step.takes - _OF_WORD for step in paths.steps[state]))
            for state, meant in paths.reached(paths.after(states, letter), at_edge=True))


_WALK = _Walk(_PATHS)


def looked_at(word: str) -> bool:
    """Whether some pattern could take a letter of this word (a-z) for what it is."""
    return _WALK.looked_at(word)


def is_inert(word: str) -> bool:
    """Whether a word (a-z), with no digit, `_` or `'` beside it, is only ever a word of the place.

    >>> is_inert("krajan"), is_inert("jalan"), is_inert("rehabilitsi"), is_inert("toto")
    (True, False, False, False)
    """
    return (len(word) >= SHORTEST and not looked_at(word) and word not in _TOLD and word not in words.STREETS
            and not name_gates.gates(word) and name_tokens.is_place(word))
