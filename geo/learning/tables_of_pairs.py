"""Tables of pairs as files: read for training and scoring, written scored, explained row by row."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import ColumnsUnknown, FileEmpty, FileRefused, LabelsRefused, RowsRefused
from geo.learning import naming
from geo.learning.columns import Pairs, cleaned, joined, sides
from geo.learning.pairs import Scored
from geo.sentences import Sentence
from geo.tables import Problem

LABEL = "label"
PREFIX = "pantau_"
DELIMITERS = (",", ";", "\t", "|")
LABELS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}


def read(path: Path) -> pd.DataFrame:
    """A table of pairs, every cell as text, every row kept. Raises FileRefused when it cannot be read as it stands,
    RowsRefused where rows have too many cells."""
    table, _numbers, problems = _read(path)
    if problems:
        raise RowsRefused([(path.name, one) for one in problems])
    return table


def _read(path: Path) -> tuple[pd.DataFrame, list[int], list[Problem]]:
    """The table, on which line each row stands as a person counts them, and which rows have too many cells."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("pairs.not_utf8", file=path.name) from error
    except OSError as error:
        raise FileRefused("pairs.unreadable", file=path.name) from error
    if not text.strip():
        raise FileEmpty("pairs.empty", file=path.name)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    lines = _lines(text, delimiter, path.name)
    (_, first_line), *rest = lines
    headings = [heading.strip() for heading in first_line]
    if twice := sorted({heading for heading in headings if headings.count(heading) > 1}):
        raise ColumnsUnknown("pairs.column_twice", column=twice[0] or "(…)", file=path.name)
    if not rest:
        raise FileEmpty("pairs.no_rows", file=path.name)
    wide = [Problem(number, None, None, Sentence("pairs.more_cells", {"cells": len(line), "columns": len(headings)}))
            for number, line in rest if len(line) > len(headings)]
    rows = [(line + [""] * (len(headings) - len(line)))[:len(headings)] for _, line in rest]
    return pd.DataFrame(rows, columns=headings, dtype=object), [number for number, _ in rest], wide


def _lines(text: str, delimiter: str, file: str) -> list[tuple[int, list[str]]]:
    """Each line that is not empty, and the how manieth it is."""
    try:
        reader = csv.reader(text.replace("\0", "").splitlines(keepends=True), delimiter=delimiter, strict=True)
        lines = [(number, line) for number, line in enumerate(reader, start=1) if line]
    except csv.Error as error:
        raise FileRefused("pairs.not_csv", file=file) from error
    if not lines:
        raise FileEmpty("pairs.empty", file=file)
    return lines


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pairs with their labels (0 or 1); `left_out` rows had none."""

    pairs: Pairs
    labels: NDArray[np.int64]
    left_out: int


def labelled(paths: Sequence[Path]) -> Labelled:
    """All labelled pairs of several files. Raises GeoError when a file has no label column, and RowsRefused, with every
    row of all files that has too many cells or a label that is none."""
    several, labels, left_out, problems = [], [], 0, []
    for path in paths:
        table, numbers, wrong = _read(path)
        if LABEL not in table.columns:
            raise LabelsRefused("pairs.no_label", file=path.name, names=", ".join(table.columns[:12]))
        told = cleaned(table[LABEL])
        unread = {problem.row for problem in wrong}
        wrong += [Problem(number, LABEL, text[:40], Sentence("pairs.wrong_label"))
                  for number, text in zip(numbers, told, strict=True)
                  if text and text not in LABELS and number not in unread]
        if wrong:
            problems += [(path.name, one) for one in sorted(wrong, key=lambda one: one.row or 0)]
            continue
        known = np.array([bool(text) for text in told], bool)
        several.append(sides(table[known]))
        labels += [LABELS[text] for text in told if text]
        left_out += int((~known).sum())
    if problems:
        raise RowsRefused(problems)
    return Labelled(joined(several), np.array(labels, np.int64), left_out)


def scored_table(table: pd.DataFrame, scored: Scored, version: str) -> pd.DataFrame:
    """The rows as they stood, with the probability, the score and its parts."""
    parts = {"prior": np.full(len(table), scored.prior), **{f"w_{name}": bits for name, bits in scored.parts.items()}}
    added = {"probability": scored.probability, "score": scored.score, "model": np.full(len(table), version, object)}
    if parts.keys() & set(table.columns):  # parts of two models side by side would not add up
        parts = {PREFIX + name: values for name, values in parts.items()}
    added = {(PREFIX + name if name in table.columns else name): values for name, values in added.items()}
    return pd.concat([table, pd.DataFrame({**added, **parts}, index=table.index)], axis=1)


def write(table: pd.DataFrame, path: Path) -> None:
    """A table as CSV, whole or not at all."""
    write_text(table.to_csv(index=False, lineterminator="\n", float_format="%.12g"), path)


def write_text(text: str, path: Path) -> None:
    """Written whole or not at all. Raises FileRefused."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(text, "utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise FileRefused("pairs.unwritable", file=path.name) from error


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a scored pair: bits, and what it is."""

    name: str
    weight: float
    label: Sentence


@dataclass(frozen=True, slots=True)
class Explained:
    """A scored row: the parts (the prior first, then the heaviest) sum to the score."""

    parts: tuple[Part, ...]
    score: float
    probability: float
    sentence: Sentence


def is_scored(path: Path) -> bool:
    """Whether this is a table that `./pantau score` wrote; one of `./pantau match` has levels and kinds."""
    if path.suffix.lower() not in (".csv", ".txt", ".tsv"):
        return False
    try:
        headings = set(read(path).columns)
    except (ColumnsUnknown, FileRefused):
        return False
    prior = {"prior", PREFIX + "prior"} & headings
    return bool(prior) and "probability" in headings and not {"kind", "reason"} <= headings


def explain(path: Path, row: int) -> Explained:
    """Why line `row` scores as it does, from that line alone. Raises ColumnsUnknown when there is no such line."""
    table = read(path)
    if not 2 <= row < 2 + len(table):
        raise ColumnsUnknown("linking.no_such_row", first=2, last=1 + len(table))
    return explained(table.iloc[row - 2].to_dict())


def explained(row: Mapping[str, str]) -> Explained:
    """The parts of one scored row."""
    prefix = PREFIX if PREFIX + "prior" in row else ""
    found = [Part("prior", _bits(row, prefix + "prior"), naming.label("prior"))]
    for column in row:
        if column.startswith(prefix + "w_") and (name := column[len(prefix) + 2:]):
            try:
                found.append(Part(name, _bits(row, column), naming.label(name)))
            except KeyError:
                continue
    first, *others = found
    others.sort(key=lambda part: (-abs(part.weight), part.name))
    said = {name: _bits(row, PREFIX + name if PREFIX + name in row else name) for name in ("score", "probability")}
    return Explained((first, *others), said["score"], said["probability"], _sentence(others, said["probability"]))


def _bits(row: Mapping[str, str], column: str) -> float:
    try:
        return float(row[column])
    except (KeyError, ValueError) as error:
        raise ColumnsUnknown("pairs.no_number", column=column) from error


def _sentence(parts: Sequence[Part], chance: float) -> Sentence:
    for_it = [part.label.to_json() for part in parts if part.weight >= 0.5][:3]
    against = [part.label.to_json() for part in parts if part.weight <= -0.5][:3]
    said = "both" if for_it and against else "for" if for_it else "against" if against else "nothing"
    likely = "likely" if chance >= 0.5 else "unlikely"
    return Sentence(f"pairs.sentence.{likely}.{said}", {"chance": chance, "for": for_it, "against": against})
