"""locate FILE: where the works of a file are, and what is wrong with the rest; no database is needed."""

import json
import sys
from pathlib import Path

import click

from app.demonstration import villages
from app.installation import terminal
from app.installation.terminal import Stop, choose, say
from app.settings import Settings
from geo import placing
from geo import regions as boundaries
from geo.regions import Regions
from geo.schema import COLUMN
from geo.sentences import worded


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="Every input column and where each row is: .csv, .xlsx, .geojson, .gpkg or .parquet.")
@click.option("--problems", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="A CSV with one line for each fault.")
@click.option("--regions", "regions_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Boundaries of villages: GeoJSON, GeoPackage or a zipped Shapefile.")
@click.option("--accept-suggestions", is_flag=True, help="Take the repaired point where exactly one fits.")
@click.option("--mapping", "mapping_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help='JSON: {"column of the file": "column of the schema"}, "" for a column to leave aside.')
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def locate(settings: Settings, file: Path, out: Path, problems: Path, regions_file: Path | None,
           accept_suggestions: bool, mapping_file: Path | None, as_json: bool) -> None:
    """Read coordinates as people type them, and say what each row's place is or why it has none."""
    regions = _regions(regions_file)
    summary = placing.place(
        file, out, problems, regions=regions, accept=accept_suggestions, mapping=_mapping(mapping_file),
        currency=settings.currency, language=terminal.language,
        gazetteer=villages.gazetteer() if regions is None else None, say=_progress)
    if as_json:
        print(json.dumps({"rows": summary.rows, "placed": summary.placed, "suggested": summary.suggested,
                          "without": summary.without, "problems": summary.problems}))
    say(f"{summary.rows} baris: {summary.placed} bertitik, {summary.without} belum; {summary.problems} masalah.",
        f"{summary.rows} rows: {summary.placed} placed, {summary.without} not; {summary.problems} problems.")
    sys.exit(1 if summary.problems else 0)


def _progress(what: str, done: int, total: int) -> None:
    words = worded(what, terminal.language)
    text = f"{words} ({total} {choose('baris', 'rows')})" if total else words
    say(text, text)


def _regions(file: Path | None) -> Regions | None:
    if file is None:
        return None
    read = boundaries.read(file)
    if read.problems:
        listed = "; ".join(worded(problem.reason, terminal.language) for problem in read.problems[:5])
        raise Stop(f"Batas wilayah tidak dapat dipakai: {listed}", f"The boundaries cannot be used: {listed}")
    return Regions.from_frame(read.frame)


def _mapping(file: Path | None) -> dict[str, str] | None:
    if file is None:
        return None
    try:
        said = json.loads(file.read_text("utf-8"))
        unknown = [meaning for meaning in said.values() if meaning and meaning not in COLUMN]
    except (ValueError, AttributeError, TypeError):
        raise Stop("--mapping harus berisi JSON seperti {\"kolom berkas\": \"name\"}.",
                   "--mapping must hold JSON such as {\"column of the file\": \"name\"}.") from None
    if unknown:
        known = ", ".join(COLUMN)
        raise Stop(f"--mapping: {', '.join(map(str, unknown))} bukan kolom yang dikenal. Pilihan: {known}",
                   f"--mapping: {', '.join(map(str, unknown))} is no known column. Choices: {known}")
    return said
