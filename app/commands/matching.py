"""match and explain: pairs within a file or between two, and why a pair scores as it does; no database is needed."""

import json
import sys
from pathlib import Path

import click

from app.commands import learning
from app.installation import terminal
from app.installation.terminal import Stop, say
from app.settings import Settings
from geo import linking
from geo.learning import tables_of_pairs
from geo.model import Model, evidence_label
from geo.model import explain as parts_of
from geo.sentences import worded

MOST_CROWDED = 5
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.argument("other", type=FILE, required=False)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The pairs: .csv, .xlsx, .geojson, .gpkg or .parquet.")
@click.option("--model", "model_file", type=FILE, help="Weights to decide with; else those that come along.")
@click.option("--id", "id_column", help="The column that names each work; else a recognised one, else the row.")
@click.option("--all", "every", is_flag=True, help="List every candidate.")
@click.option("--workers", type=click.IntRange(min=1), default=1,
              help="Match tiles in so many processes: the way for a GeoParquet of any size.")
@click.option("--cluster", metavar="ADDRESS",
              help="Match tiles on a Dask cluster that sees the folder of --out: tls://HOST:PORT, with the "
                   "certificates of Dask's own configuration; or tcp://HOST:PORT, in a network of its own.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def match(settings: Settings, file: Path, other: Path | None, out: Path, model_file: Path | None,
          id_column: str | None, every: bool, workers: int, cluster: str | None, as_json: bool) -> None:
    """Find works that may be one and the same: in FILE, or between FILE and OTHER."""
    if workers > 1 and cluster:
        raise Stop("Pilih --workers atau --cluster, bukan keduanya.", "Choose --workers or --cluster, not both.")
    if cluster and not cluster.startswith(("tls://", "tcp://127.0.0.1:", "tcp://localhost:")):
        say("Klaster ini tidak memakai TLS: siapa pun di jaringannya dapat membaca data dan menjalankan program.",
            "This cluster does not use TLS: whoever is in its network can read the works and run programs.")
    done = linking.link(file, other, out, model=Model.load(model_file) if model_file else None, id_column=id_column,
                        every=every, currency=settings.currency, language=terminal.language, workers=workers,
                        cluster=cluster, say=_progress)
    if as_json:
        print(json.dumps({"rows": done.rows, "left_out": done.left_out, "repeated_ids": done.repeated_ids,
                          "pairs": done.pairs, "to_look_at": done.to_look_at,
                          "crowded": [{"lon": lon, "lat": lat, "works": works} for lon, lat, works in done.crowded]}))
    for lon, lat, works in done.crowded[:MOST_CROWDED]:
        say(f"{works} kegiatan bertitik sama ({lon:.6f}, {lat:.6f}): titik itu tidak menjelaskan letaknya, jadi nama "
            "dan nilai yang dibandingkan.",
            f"{works} works stand on one coordinate ({lon:.6f}, {lat:.6f}), which says nothing about where they are: "
            "names and amounts were compared instead.")
    if done.repeated_ids:
        say(f"{done.repeated_ids} baris memakai id yang berulang; ditulis sebagai ID#baris.",
            f"{done.repeated_ids} rows have an id that repeats; written as ID#row.")
    if done.left_out:
        say(f"{done.left_out} baris bermasalah tidak ikut; `./pantau locate` menjelaskan sebabnya.",
            f"{done.left_out} faulty rows were left out; `./pantau locate` says why.")
    say(f"{done.rows} baris, {done.pairs} pasangan, {done.to_look_at} perlu dilihat.",
        f"{done.rows} rows, {done.pairs} pairs, {done.to_look_at} to look at.")
    sys.exit(1 if done.left_out else 0)


@click.command()
@click.argument("pairs", type=FILE)
@click.argument("row", type=int)
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def explain(pairs: Path, row: int, as_json: bool) -> None:
    """Say why line ROW of a table of PAIRS scores as it does, from that line alone."""
    if tables_of_pairs.is_scored(pairs):
        learning.explain(pairs, row, as_json)
        return
    pair = linking.stored_pair(pairs, row)
    parts, reason = parts_of(pair), linking.reason_of(pair, terminal.language)
    if as_json:
        print(json.dumps({"reason": reason, "kind": pair["kind"], "score": pair["score"],
                          "probability": pair["probability"],
                          "parts": [{"evidence": part.evidence, "level": part.level, "weight": part.weight,
                                     "label": part.label.to_json()} for part in parts]}))
        return
    print(reason)
    for part in parts:
        name = worded(evidence_label(part.evidence), terminal.language)
        print(f"{part.weight:+7.2f}  {name}: {worded(part.label, terminal.language)}")
    print(f"{float(pair['score']):+7.2f}  = {float(pair['probability']):.1%}  "
          f"{worded('kind.' + str(pair['kind']), terminal.language)}")


def _progress(what: str, count: int) -> None:
    words = worded(what, terminal.language)
    text = f"{words} ({count})" if count else words
    say(text, text)
