"""Tables as text: comma, semicolon, tab or bar between cells, in the encodings that offices really use."""

import codecs
import csv
import io
from pathlib import Path

from geo.errors import FileEmpty, FileRefused
from geo.formats.contents import Contents, Grid
from geo.tables import Limits

NAME = "csv"
DELIMITERS = (",", ";", "\t", "|")
LINES_LOOKED_AT = 60


def recognises(path: Path, head: bytes) -> bool:
    """Anything that is readable as text and is not markup."""
    text = decoded(head, final=False)
    if text is None or text.lstrip().startswith("<"):
        return False
    # A sheet saved as text holds no control characters; a picture or a program does.
    strange = sum(1 for mark in text if ord(mark) < 32 and mark not in "\t\r\n\f\x1a")
    return strange == 0


def decoded(content: bytes, final: bool = True) -> str | None:
    """The text, None where it is not text: byte order marks first, then UTF-8, then Windows' Western code page.

    Every byte means something in the last one, so it is only reached by text that is no UTF-8.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")("replace").decode(content, final)
    if b"\0" in content:
        return _without_mark(content, final)
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content, final)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _without_mark(content: bytes, final: bool) -> str | None:
    """UTF-16 without its mark: Latin letters leave a zero in every second byte."""
    even, odd = content[0:2000:2].count(0), content[1:2000:2].count(0)
    half = min(len(content), 2000) / 2
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > 0.6 * half and others < 0.05 * half:
            return codecs.getincrementaldecoder(name)("replace").decode(content, final)
    return None


def delimiter_of(text: str) -> str:
    """The mark that cuts the most lines into the same number (above one) of cells."""
    lines = text.splitlines(keepends=True)[:LINES_LOOKED_AT]
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
    return best


def read(path: Path, limits: Limits) -> Contents:
    """One grid; `numbers` are the line of the file on which each record begins."""
    text = decoded(path.read_bytes())
    if text is None:
        raise FileRefused("reading.not_text")
    mark = delimiter_of(text[:200_000])
    if text[:4].lower() == "sep=":  # Excel's own way of naming the delimiter
        mark, text = text[4:5], text[text.find("\n") + 1 :]
        skipped = 1
    else:
        skipped = 0
    csv.field_size_limit(10 * limits.cell_characters)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark or ",")
    grid = Grid(None, [], [])
    begins = skipped + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _check(cells, len(grid.lines), limits)
                grid.numbers.append(begins)
                grid.lines.append(list(cells))
            begins = skipped + reader.line_num + 1
    except csv.Error as cause:
        raise FileRefused("reading.broken_text", line=begins) from cause
    if not grid.lines:
        raise FileEmpty
    return Contents(NAME, grids=[grid])


def _check(cells: list[str], rows: int, limits: Limits) -> None:
    if len(cells) > limits.columns:
        raise FileRefused("reading.too_many_columns", count=len(cells), limit=limits.columns)
    if rows > limits.rows:
        raise FileRefused("reading.too_many_rows", limit=limits.rows)
