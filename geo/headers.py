"""Where a sheet's table begins: the header below the titles, of one line or of several that belong together.

A header is found by what its words mean, not by where it stands; what stands above it may speak for all rows
("Desa : Sarongan", "dalam ribuan rupiah").
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile
from string import ascii_lowercase
from typing import NamedTuple

from geo import headings, vocabulary
from geo.formats.contents import Grid
from geo.tables import Cell

HEADER_LINES = 40
DEEPEST = 3
RECOGNISED = 80.0
STATED = re.compile(
    r"\s*(?:pemerintah\s+)?(?P<what>desa|kelurahan|kecamatan|kabupaten|kab|dusun|tahun(?:\s+anggaran)?|t\.?a|sumber\s+dana)"
    r"\s*\.?\s*(?P<mark>[:=]?)\s*(?P<said>\S.*?)\s*", re.IGNORECASE)
YEAR = re.compile(r"\b(?:tahun(?: anggaran)?|t\.?a\.?)\s*[:=]?\s*(20\d\d)\b(?!\s*(?:[-/–]|s\W{0,2}d\b|sampai)\W*\d)",
                  re.IGNORECASE)
MEANT = {"desa": "village", "kelurahan": "village", "kecamatan": "district", "kabupaten": "regency", "kab": "regency",
         "dusun": "place", "sumber dana": "fund", "ta": "year"}
LONGEST_STATED = 60
ROMAN = [tens + ones for tens in ("", "x", "xx")
         for ones in ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")]
FIRST_NUMBERS = frozenset({"1", "2", "a", "i"})


class Header(NamedTuple):
    """`place` of its first line among the grid's lines (-1: none), how many lines it has, the columns' names,
    and the lowest words of those whose heading was joined from several lines; `score` counts what is known."""

    place: int
    depth: int
    score: float
    names: list[str]
    below: dict[str, str]

    @property
    def first(self) -> int:
        """Place of the first line below the header."""
        return self.place + self.depth if self.place >= 0 else 0


class Stated(NamedTuple):
    """What the lines above a table say of all its rows: meaning -> (label, value), and a factor for its money."""

    said: dict[str, tuple[str, Cell]]
    unit: Decimal
    category: str | None


def find(grid: Grid) -> Header:
    """The header of a grid; its score is 0 where nothing in it is known."""
    place, depth, score = _best(grid)
    names, below = _named(grid, place, depth)
    return Header(place, depth if place >= 0 else 0, score, names, below)


def _best(grid: Grid) -> tuple[int, int, float]:
    best, depth, best_score = -1, 1, 0.0
    for place, line in enumerate(grid.lines[:HEADER_LINES]):
        score = _score(grid, place, line)
        if score > best_score + (0.9 if best >= 0 else 0):
            best, best_score = place, score
    if best >= 0:
        best, depth, best_score = _deepened(grid, best, best_score)
    first = [cell for cell in grid.lines[0] if cell not in (None, "")]
    worded = all(isinstance(cell, str) and not any(mark.isdigit() for mark in cell) for cell in first)
    if best > 0 and worded and len(first) > 1 and best_score < (3 if best == len(grid.lines) - 1 else 2):
        below = [cell for cell in grid.lines[best] if cell not in (None, "")]
        if len(first) >= len(below):  # "x" or "desa" in a row of a table whose headings are strange is no heading
            return 0, 1, 0.0
    if best >= 0:
        return best, depth, best_score
    return (0, 1, 0.0) if worded and (len(grid.lines) > 1 or len(first) > 1) else (-1, 1, 0.0)


def _known(texts: Sequence[str]) -> set[str]:
    return {claimed[0].meaning for text in texts if len(text) < 80
            and (claimed := headings.claims(text.strip())) and claimed[0].score >= RECOGNISED}


def _score(grid: Grid, place: int, line: list[Cell]) -> float:
    """How many columns a line names, each counted once; 0 for a lone word above a table, which is its title."""
    texts = [cell for cell in line if isinstance(cell, str) and cell.strip()]
    known = _known(texts)
    if not known:
        return 0.0
    if len(known) == 1 and len([cell for cell in line if cell not in (None, "")]) == 1 and place + 1 < len(
            grid.lines) and len(grid.lines[place + 1]) > 1 and len(line) > 1:
        return 0.0
    return len(known) + 0.01 * len(texts)


def _deepened(grid: Grid, place: int, score: float) -> tuple[int, int, float]:
    """The block of lines around the best one whose joined words name the most; fewer lines where that is equal."""
    best = (place, 1, score)
    for start in range(max(0, place - DEEPEST + 1), place + 1):
        for depth in range(2, DEEPEST + 1):
            if not start <= place < start + depth <= len(grid.lines) or not all(
                    _belongs(grid, start, below) for below in range(start + 1, start + depth)):
                continue
            names, below = _named(grid, start, depth)
            known = _known(names) | _known([below[name] for name in names if name in below])
            known |= {fund for name in names if (fund := vocabulary.fund_called(below.get(name, "")))}
            texts = sum(bool(_text(cell)) for line in grid.lines[start:start + depth] for cell in line)
            joined = len(known) + 0.01 * texts
            if joined >= best[2] + (0.009 if _bracketed(grid.lines[start + depth - 1]) else 0.9) \
                    or (start + depth > place + 1 and joined >= best[2] and below):
                best = (start, depth, max(joined, best[2]))
    return best


def _bracketed(line: list[Cell]) -> bool:
    said = [_text(cell) for cell in line if _text(cell)]
    return bool(said) and all(re.fullmatch(r"[(\[].*[)\]]", text) for text in said)


def _belongs(grid: Grid, start: int, place: int) -> bool:
    """Whether a line continues the header above it: words only, each in a gap, under a heading that spans several
    columns, or a unit in brackets."""
    upper, lower = grid.lines[place - 1], grid.lines[place]
    if is_numbering(lower):
        return False
    said = [(column, _text(cell)) for column, cell in enumerate(lower) if _text(cell)]
    over = [column for column, cell in enumerate(upper) if _text(cell)]
    if len(over) == 1 and said and (over[0] <= said[0][0] or ":" in _text(upper[over[0]])):
        return False  # a title
    if not said or not all(isinstance(lower[column], str) and len(text) < 60 for column, text in said):
        return False
    if any(re.search(r"\d", text) and not re.search(r"[A-Za-z]", text) for _, text in said):
        return False
    if sum(bool(re.search(r"\d{2}", text)) for _, text in said) > 0.2 * len(said):
        return False
    top = [any(column < len(line) and _text(line[column]) for line in grid.lines[start:place])
           for column in range(len(lower) + 1)]
    spanning = _spans(grid, place - 1)
    for column, text in said:
        own = column < len(upper) and bool(_text(upper[column]))
        across = column in spanning or (own and any(_text(lower[beside]) for beside in takewhile(
            lambda beside: not top[beside], range(column + 1, len(lower)))))
        if own and not across and not re.fullmatch(r"[(\[].*[)\]]", text) and text != _text(upper[column]):
            return False
    return any(not top[column] or column in spanning or re.fullmatch(r"[(\[].*[)\]]", text) for column, text in said)


def _spans(grid: Grid, place: int) -> set[int]:
    """Columns of a line that lie in a merge across several columns."""
    row = grid.numbers[place] - 1
    return {column for top, left, bottom, right in grid.merged if right > left and top <= row <= bottom
            for column in range(left, min(right, 2000) + 1)}


def _named(grid: Grid, place: int, depth: int) -> tuple[list[str], dict[str, str]]:
    """Names for every column: the header's lines are joined, an empty heading is numbered, a repeated one too."""
    width = max(len(line) for line in grid.lines)
    if place < 0:
        return [f"Kolom {number}" for number in range(1, width + 1)], {}
    block = [[_text(cell) for cell in line] + [""] * (width - len(line)) for line in grid.lines[place:place + depth]]
    written = [list(line) for line in block]
    for level in range(depth - 1):
        spanning = _spans(grid, place + level)
        for column in range(1, width):
            below = any(written[lower][column] for lower in range(level + 1, depth))
            own = any(written[upper][column] for upper in range(level + 1))
            apart = level and block[level - 1][column] != block[level - 1][column - 1]
            if below and not own and not apart and (not grid.merged or column in spanning):
                block[level][column] = block[level][column - 1]
    names: list[str] = []
    lowest: dict[str, str] = {}
    taken: dict[str, int] = {}
    for column in range(width):
        parts = list(dict.fromkeys(line[column] for line in block if line[column]))
        name = head = " ".join(parts) or f"Kolom {column + 1}"
        while name in taken:
            taken[head] += 1
            name = f"{head if parts else 'Kolom'} ({taken[head]})"
        taken[name] = 1
        names.append(name)
        if len(parts) > 1 and not re.fullmatch(r"[(\[].*[)\]]", parts[-1]):
            lowest[name] = parts[-1]
    heads = [any(line[column] for line in block) for column in range(width)]
    used = {column for line in grid.lines[place + depth:] for column, cell in enumerate(line)
            if cell not in (None, "")}
    last = max((column for column in range(width) if heads[column] or column in used), default=-1)
    return names[: last + 1], lowest


def _text(cell: Cell) -> str:
    return " ".join(str(cell).split()) if cell not in (None, "") else ""


def is_numbering(line: list[Cell]) -> bool:
    """The line "(1) (2) (3) …" that official forms carry below their header, or "a b c …", or "i ii iii …"."""
    texts = [str(cell).strip(" ().").lower() for cell in line if cell not in (None, "")]
    if len(texts) < 3 or texts[0] not in FIRST_NUMBERS:
        return False
    if texts[0] in ("1", "2"):
        return texts == [str(number) for number in range(int(texts[0]), int(texts[0]) + len(texts))]
    return texts in (list(ascii_lowercase[:len(texts)]), ROMAN[:len(texts)])


def repeats(line: list[Cell], header: Header, grid: Grid) -> bool:
    """One of the header's lines once more, as printed on each page."""
    said = [(column, _text(cell)) for column, cell in enumerate(line) if cell not in (None, "")]
    if len(said) < 2 or header.place < 0:
        return False
    for above in grid.lines[header.place:header.first]:
        if all(column < len(above) and _text(above[column]) == text for column, text in said):
            return True
    return False


def stated(grid: Grid, header: Header) -> Stated:
    """What the titles say of all rows; only what is said once and clearly counts."""
    said: dict[str, tuple[str, Cell]] = {}
    factor, category = Decimal(1), None
    for line in grid.lines[:max(header.place, 0)]:
        texts = [_text(cell) for cell in line if _text(cell)]
        joined = " ".join(texts)[:300]
        if len(texts) > 4:
            continue
        factor = headings.unit(joined) if factor == 1 and re.search(r"rupiah|\brp\b", joined, re.I) else factor
        for text in (joined, *texts):
            found = of_all_below(text, alone=len(texts) == 1)
            if found and found[0] not in said:
                said[found[0]] = found[1:]
                break
        category = category or vocabulary.strong_category_of(joined)
    named = of_all_below(_text(grid.name or ""), alone=True)  # the tab "Desa Kemiren"
    if named and named[0] == "village" and re.fullmatch(r"[A-Z][\w'’ ]*", named[2]) and not re.search(r"\d", named[2]):
        said.setdefault("village", named[1:])
    return Stated(said, factor, category or vocabulary.strong_category_of(grid.name or ""))


def of_all_below(text: str, alone: bool) -> tuple[str, str, str] | None:
    """(meaning, label, value) of a line such as "Kecamatan : Licin"; without its colon only where it stands alone."""
    if found := YEAR.search(text):
        return "year", "Tahun", found[1]
    found = STATED.fullmatch(text) if len(text) <= LONGEST_STATED else None
    if not found or not (found["mark"] or alone) or re.search(r"[:=]", found["said"]):
        return None
    what = " ".join(found["what"].lower().replace(".", "").split())
    value = found["said"].strip(" .:")
    if what not in MEANT or not re.search(r"[A-Za-z]", value) or (not found["mark"] and len(value.split()) > 3):
        return None
    return MEANT[what], what.capitalize(), value
