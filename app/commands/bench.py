"""bench NAME: run one benchmark of tests/benchmarks, print both sides of every ratio, keep the figures as JSON."""

import importlib
import inspect
import json
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import click

from app.installation.terminal import Stop

FOLDER = Path(__file__).parents[2] / "tests" / "benchmarks"
COUNTED = ("geopandas", "numpy", "pandas", "psycopg", "pyogrio", "rapidfuzz", "rtree", "shapely")


@click.command()
@click.argument("name", required=False)
@click.option("--seconds", type=click.FloatRange(min=1), help="How long, where a benchmark asks.")
@click.option("--size", type=click.IntRange(min=1), help="How many rows or works, where a benchmark asks.")
@click.option("--seed", type=int, help="Another seed, where a benchmark asks.")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path),
              help="A folder in which what a benchmark stores is kept, and found again by the next one that asks.")
def bench(name: str | None, **options: float | int | Path | None) -> None:
    """Run the benchmark NAME; without a name, say which there are. Only a run as it stands is kept."""
    known = sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_"))
    if name is None:
        print("\n".join(known))
        return
    if name not in known:
        raise Stop(f"Tidak ada tolok ukur {name}. Yang ada: {', '.join(known)}.",
                   f"There is no benchmark {name}. There are: {', '.join(known)}.")
    module = importlib.import_module(f"tests.benchmarks.{name}")
    given = {option: value for option, value in options.items() if value is not None}
    if unknown := given.keys() - inspect.signature(module.run).parameters.keys():
        raise Stop(f"{name} tidak mengenal --{', --'.join(sorted(unknown))}.",
                   f"{name} knows no --{', --'.join(sorted(unknown))}.")
    figures = module.run(print, **given)
    if given.keys() - {"kept"}:
        return
    kept = FOLDER / "results" / f"{name}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps({
        "benchmark": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(),
        "versions": {package: metadata.version(package) for package in COUNTED}, "figures": figures},
        indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"\n{kept.relative_to(FOLDER.parents[1])}")
