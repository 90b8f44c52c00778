"""train and score: learn from labelled pairs of any records, and judge others; no database is needed."""

import json
import sys
from pathlib import Path

import click

from app.installation import terminal
from app.installation.terminal import say
from geo.errors import ColumnsUnknown, LabelsRefused
from geo.learning import tables_of_pairs
from geo.learning.columns import PLACE, sides
from geo.learning.pairs import PairModel
from geo.learning.pairs import train as learned
from geo.sentences import worded

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("labelled", nargs=-1, required=True, type=FILE)
@click.option("--out", required=True, type=OUT, help="The model: JSON.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed and pairs give the same model.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def train(labelled: tuple[Path, ...], out: Path, seed: int, as_json: bool) -> None:
    """Learn from LABELLED pairs: a pair a row, columns X_1 and X_2, label 0 or 1."""
    read = tables_of_pairs.labelled(labelled)
    if not len(read.labels):
        raise LabelsRefused("pairs.no_labels")
    say(f"Belajar dari {len(read.labels)} pasangan …", f"Learning from {len(read.labels)} pairs …")
    model = learned(read.pairs, read.labels, seed)
    tables_of_pairs.write_text(model.to_text(), out)
    if as_json:
        print(json.dumps({"version": model.version, "left_out": read.left_out, **model.notes}))
    if read.left_out:
        say(f"{read.left_out} baris tanpa label tidak ikut.", f"{read.left_out} rows without a label were left out.")
    sys.exit(1 if read.left_out else 0)


@click.command()
@click.argument("pairs", type=FILE)
@click.option("--model", "model_file", required=True, type=FILE, help="What `./pantau train` saved.")
@click.option("--out", required=True, type=OUT, help="The rows as they stood, with probability and parts: CSV.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def score(pairs: Path, model_file: Path, out: Path, as_json: bool) -> None:
    """Judge PAIRS with a learned model; every part of a score is a column, and they sum to it."""
    model = PairModel.load(model_file)
    table = tables_of_pairs.read(pairs)
    both = sides(table)
    known = {one.name for one in model.columns}
    if not known & both.left.texts.keys() and not (PLACE in known and both.placed()):
        raise ColumnsUnknown("pairs.model_finds_nothing", known=", ".join(sorted(known)),
                             names=", ".join(table.columns[:12]))
    scored = model.score(both)
    tables_of_pairs.write(tables_of_pairs.scored_table(table, scored, model.version), out)
    if as_json:
        print(json.dumps({"rows": len(table), "likely": int((scored.probability >= 0.5).sum()),
                          "model": model.version}))
    say(f"{len(table)} pasangan dinilai.", f"{len(table)} pairs judged.")


def explain(scored: Path, row: int, as_json: bool) -> None:
    """Say why line `row` of a scored table scores as it does."""
    found = tables_of_pairs.explain(scored, row)
    sentence = worded(found.sentence, terminal.language)
    if as_json:
        print(json.dumps({"reason": sentence, "score": found.score, "probability": found.probability,
                          "parts": [{"evidence": part.name, "weight": part.weight, "label": part.label.to_json()}
                                    for part in found.parts]}, ensure_ascii=False))
        return
    print(sentence)
    for part in found.parts:
        print(f"{part.weight:+9.4f}  {worded(part.label, terminal.language)}")
    print(f"{found.score:+9.4f}  = {found.probability:.1%}")
