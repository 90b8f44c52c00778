"""Tables as text: comma, semicolon, tab or bar between cells, or columns of blanks, in the encodings that offices
really use.

A quotation mark that is never closed would swallow the rest of the file: its lines are then cut one by one, and the
line it stands on is named.
"""

import codecs
import csv
import io
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

from geo import shapes
from geo.errors import FileEmpty, FileRefused
from geo.formats.contents import Contents, Grid
from geo.sentences import Sentence
from geo.tables import Limits, Problem

NAME = "csv"
DELIMITERS = (",", ";", "\t", "|")
LINES_LOOKED_AT = 60
FEWEST_LINES_OF_BLANKS = 3
FEWEST_NUL = 0.05


def recognises(path: Path, head: bytes) -> bool:
    """Anything that is readable as text and is not markup."""
    text = decoded(head, final=False)
    if text is None or text.lstrip().startswith("<"):
        return False
    # A sheet saved as text holds no control characters; a picture or a program does.
    strange = sum(1 for mark in text if ord(mark) < 32 and mark not in "\t\r\n\f\x1a\0")
    return strange == 0


def decoded(content: bytes, final: bool = True) -> str | None:
    """The text, None where it is not text: byte order marks first, then UTF-8, then Windows' Western code page.

    Every byte means something in the last one, so it is only reached by text that is no UTF-8; a few broken bytes
    among many good letters of UTF-8 stay UTF-8.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")("replace").decode(content, final)
    if b"\0" in content and (text := _without_mark(content, final)) is not None:
        return text
    if content.count(b"\0") > FEWEST_NUL * len(content):
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content, final)
    except UnicodeDecodeError:
        loose = content.decode("utf-8-sig", errors="replace")
        letters = sum(1 for mark in loose if ord(mark) > 127)
        broken = loose.count("\ufffd")
        return loose if letters > 4 * broken else content.decode("cp1252", errors="replace")


def _without_mark(content: bytes, final: bool) -> str | None:
    """UTF-16 without its mark: Latin letters leave a zero in every second byte."""
    even, odd = content[0:2000:2].count(0), content[1:2000:2].count(0)
    half = min(len(content), 2000) / 2
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > 0.6 * half and others < 0.05 * half:
            return codecs.getincrementaldecoder(name)("replace").decode(content, final)
    return None


def delimiter_of(text: str) -> str:
    """The mark that cuts the most lines into the same number (above one) of cells; a blank for columns of blanks."""
    lines = list(io.StringIO(text, newline=""))[:LINES_LOOKED_AT]
    best, best_score = ",", 0
    for mark in DELIMITERS:
        try:
            widths = [len(line) for line in csv.reader(lines, delimiter=mark) if any(line)]
        except csv.Error:
            continue
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        usual = max(set(wide), key=wide.count)
        score = wide.count(usual) * 100 + usual
        if score > best_score:
            best, best_score = mark, score
    gaps = gutters(lines)
    parted = [line for line in lines if re.search(r"\S {2,}\S", line)]
    if gaps and best not in parted[0] and len(parted) * 100 + len(gaps) + 1 > best_score:
        return " "
    return best


def gutters(lines: list[str]) -> list[int]:
    """Where a table laid out with blanks is cut: places that are blank in every line that has columns."""
    parted = [line.rstrip() for line in lines if re.search(r"\S {2,}\S", line)]
    if len(parted) < FEWEST_LINES_OF_BLANKS or any("\t" in line for line in parted):
        return []
    longest = max(map(len, parted))
    blank = [all(place >= len(line) or line[place] == " " for line in parted) for place in range(min(longest, 5000))]
    starts = [place for place in range(1, len(blank)) if blank[place - 1] and not blank[place]]
    return [place for place in starts if place >= 2 and blank[place - 2] and not all(blank[:place])]


def read(path: Path, limits: Limits) -> Contents:
    """One grid; `numbers` are the line of the file on which each record begins."""
    text = decoded(path.read_bytes())
    if text is None:
        raise FileRefused("reading.not_text")
    problems = [Problem(None, None, None, Sentence(message_id, {"count": count}), severity="note")
                for message_id, count in (("file.nul_removed", text.count("\0")),
                                          ("file.characters_lost", text.count("\ufffd"))) if count]
    lines = list(io.StringIO(text.replace("\0", ""), newline=""))
    mark = delimiter_of("".join(lines[:2 * LINES_LOOKED_AT])[:200_000])
    skipped = 0
    if lines and lines[0][:4].lower() == "sep=":  # Excel's own way of naming the delimiter
        mark, skipped = lines[0][4:5], 1
    grid = Grid(None, [], [])
    try:
        records = _by_blanks(lines) if mark == " " else _records(lines[skipped:], mark.strip("\r\n") or ",", skipped,
                                                                 problems)
    except csv.Error as cause:
        raise FileRefused("reading.broken_text", line=skipped + 1) from cause
    for number, cells in records:
        if any(cell and not cell.isspace() for cell in cells):
            _check(cells, len(grid.lines), limits, number)
            grid.numbers.append(number)
            grid.lines.append([*cells])
    if not grid.lines:
        raise FileEmpty
    return Contents(NAME, grids=[grid], problems=problems)


def _by_blanks(lines: list[str]) -> list[tuple[int, list[str]]]:
    cuts = [0, *gutters(lines), None]
    return [(number, [line[first:last].strip() for first, last in pairwise(cuts)]
             if re.search(r"\S {2,}\S", line) else [line.strip()])
            for number, line in enumerate(lines, start=1)]


def _records(lines: list[str], mark: str, skipped: int, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Line number and cells of each record. Raises csv.Error."""
    csv.field_size_limit(max(131_072, sum(map(len, lines)) + 1))
    reader = csv.reader(lines, delimiter=mark)
    records: list[tuple[int, list[str]]] = []
    begins = 0
    widths: Counter[int] = Counter()
    for cells in reader:
        if reader.line_num - begins > 1 and _swallowed(lines[begins:reader.line_num], mark, widths):
            for place in range(begins, reader.line_num):
                records.append((skipped + place + 1, _one_line(lines[place], mark)))
                if lines[place].count('"') % 2:
                    problems.append(Problem(skipped + place + 1, None, lines[place].strip()[:120],
                                            Sentence("row.quote_open")))
        else:
            records.append((skipped + begins + 1, cells))
            if len(records) <= 500:
                widths[len(cells)] += 1
        begins = reader.line_num
    return records


def _swallowed(lines: list[str], mark: str, widths: Counter) -> bool:
    """Whether a record of several lines is really several: its quotation mark never closes, or a line inside it is
    as wide as the usual record and has no mark of its own."""
    if sum(line.count('"') for line in lines) % 2:
        return True
    usual = max((width for width in widths if width > 1), key=lambda width: widths[width], default=0)
    return usual > 2 and any('"' not in line and line.count(mark) == usual - 1 for line in lines[1:])


def _one_line(line: str, mark: str) -> list[str]:
    if line.count('"') % 2:
        return [cell.strip(' "\r\n') for cell in line.split(mark)]
    return next(csv.reader([line.rstrip("\r\n")], delimiter=mark), [])


def _check(cells: list[str], rows: int, limits: Limits, number: int) -> None:
    longest = max(cells, key=len)
    if len(longest) > 10 * limits.cell_characters and not (
            len(longest) <= limits.geometry_characters and "\n" not in longest and shapes.is_one(longest)):
        raise FileRefused("reading.broken_text", line=number)
    if len(cells) > limits.columns:
        raise FileRefused("reading.too_many_columns", count=len(cells), limit=limits.columns)
    if rows > limits.rows:
        raise FileRefused("reading.too_many_rows", limit=limits.rows)
