"""regions FILE: import official boundaries, and say anew in which village every site lies."""

import json
from pathlib import Path

import click

from app.installation import terminal
from app.installation.ready import ready
from app.installation.terminal import Stop, choose, say
from app.queries import regions as stored
from app.queries import sites
from app.settings import Settings
from geo import regions as boundaries
from geo.rows import Problem
from geo.sentences import worded


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code-column", help="Column of the official codes, where it is not recognised.")
@click.option("--name-column", help="Column of the names, where it is not recognised.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def regions(settings: Settings, file: Path, code_column: str | None, name_column: str | None, as_json: bool) -> None:
    """Import boundaries from GeoJSON, GeoPackage or a zipped Shapefile. Either all of it is stored, or nothing."""
    read = boundaries.read(file, code_column=code_column, name_column=name_column)
    for repair in read.repairs:
        words = worded(repair, terminal.language)
        say(words, words)
    if read.problems:
        listed = "\n".join(f"  {_line(problem)}" for problem in read.problems)
        raise Stop(f"Tidak ada yang disimpan; yang salah ({len(read.problems)}):\n{listed}",
                   f"Nothing was stored; what is wrong ({len(read.problems)}):\n{listed}")
    with ready(settings) as place, place.operator() as connection:
        new, changed = stored.store(connection, read.frame)
        stored.name_root(connection)
        say("Letak setiap titik dihitung ulang terhadap batas ini …", "Locating every site within these boundaries …")
        located = sites.locate_all(connection, stored.load_regions(connection))
    same = len(read.frame) - new - changed
    say(f"{new} wilayah baru, {changed} berubah, {same} tetap; {located} titik dihitung ulang.",
        f"{new} regions new, {changed} changed, {same} as they were; {located} sites located again.")
    if as_json:
        print(json.dumps({"regions": len(read.frame), "new": new, "changed": changed, "repairs": len(read.repairs),
                          "located": located}))


def _line(problem: Problem) -> str:
    """`row 12, '35.10.1': what is wrong with it`."""
    where = [f"{choose('baris', 'row')} {problem.row}"] if problem.row else []
    said = ", ".join([*where, *([repr(problem.text)] if problem.text else [])])
    words = worded(problem.reason, terminal.language)
    return f"{said}: {words}" if said else words
