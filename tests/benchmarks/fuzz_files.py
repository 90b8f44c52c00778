"""Broken files without end: the sample of every format, mutated, must be read or refused and nothing else.

Counts are the result: mutants read, refused, and raising anything but our own, which must be none.

    python -m tests.benchmarks.fuzz_files --seconds 60 [--seed 1] [--forms kml,gpx]
"""

import argparse
import io
import random
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from geo import rows
from geo.errors import GeoError
from geo.tables import Limits
from tests.unit.formats.samples import CHILD, SAMPLES, sample

SECONDS = 600
SEED = 20_261_127
LIMITS = Limits(file_bytes=5_000_000, inflated_bytes=20_000_000, child_seconds=20)
ARCHIVES = ("xlsx", "kmz", "shapefile")
TOKENS = (b"NaN", b"Infinity", b"-", b"1e308", b"99999999999999999999", b"\0", b"<![CDATA[", b"]]>", b"&a;", b"<!--",
          b"<!DOCTYPE a>", b"{", b"}", b"[", b"[[[[", b'"', b"\xff\xfe", b"\xef\xbb\xbf", b"\x1e", b",", b";", b"\r",
          b"<kml>", b"<Placemark>", b"<trkseg>", b"<coordinates>", b"</gx:Track>", b"null", b"PK\x05\x06", b"\x80" * 9)


def run(say: Callable[[str], None]) -> dict:
    """Ten minutes over all formats; figures by format."""
    return fuzz(SECONDS, SEED, say)


def fuzz(seconds: float, seed: int, say: Callable[[str], None], forms: tuple[str, ...] = tuple(SAMPLES)) -> dict:
    """Equal time for every format. `raised` holds the last lines of each exception that is not our own."""
    figures: dict[str, dict] = {}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        good = {form: sample(Path(folder), form).read_bytes() for form in SAMPLES}
        for form in forms:
            counts, raised = _fuzz_one(form, good, Path(folder, "mutant"), seconds / len(forms), random.Random(seed))
            figures[form] = {**counts, "raised": raised}
            say(f"{form:10} {sum(counts.values()):7} mutants: {counts['read']} read, {counts['refused']} refused, "
                f"{counts['raised']} raised")
            for trace in raised:
                say(trace)
    return figures


def _fuzz_one(form: str, good: dict[str, bytes], path: Path, seconds: float,
              rng: random.Random) -> tuple[Counter, list]:
    counts, raised = Counter({"read": 0, "refused": 0, "raised": 0}), []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        path.write_bytes(mutant(form, good, rng))
        try:
            rows.understand(rows.read(path, limits=LIMITS))
            counts["read"] += 1
        except GeoError:
            counts["refused"] += 1
        except Exception:
            counts["raised"] += 1
            if len(raised) < 5:
                raised.append("".join(traceback.format_exc().splitlines(keepends=True)[-12:]))
                path.with_name(f"raised-{form}-{len(raised)}").write_bytes(path.read_bytes())
    return counts, raised


def mutant(form: str, good: dict[str, bytes], rng: random.Random) -> bytes:
    """A good file changed in one to four ways; of an archive mostly one of the files in it, so that it still opens."""
    content = good[form]
    if form in ARCHIVES and rng.random() < 0.8:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = {name: opened.read(name) for name in opened.namelist()}
        name = rng.choice(list(entries))
        entries[name] = _changed(entries[name], good, rng)
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
            for name, inside in entries.items():
                made.writestr(name, inside)
        return written.getvalue()
    return _changed(content, good, rng)


def _changed(content: bytes, good: dict[str, bytes], rng: random.Random) -> bytes:
    made = bytearray(content)
    in_place = rng.random() < 0.4  # formats of fixed places survive only changes that move nothing
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made) + 1)
        match 0 if in_place else rng.randrange(7):
            case 0:
                for _ in range(rng.randint(1, 3 if in_place else 16)):
                    if made:
                        made[rng.randrange(len(made))] = rng.randrange(256)
            case 1:
                del made[at:]
            case 2:
                del made[at : at + rng.randint(1, 64)]
            case 3:
                made[at:at] = rng.choice(TOKENS)
            case 4:
                made[at : at + rng.randint(1, 12)] = rng.choice(TOKENS)
            case 5:
                other = good[rng.choice(list(good))]
                start = rng.randrange(len(other))
                made[at:at] = other[start : start + rng.randint(1, 400)]
            case 6:
                made[at:at] = made[max(0, at - 200) : at] * rng.randint(1, 40)
    return bytes(made)


def main() -> None:
    """From the command line: exit code 1 where anything but our own was raised."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--forms", default=",".join(SAMPLES))
    given = asked.parse_args()
    figures = fuzz(given.seconds, given.seed, print, tuple(given.forms.split(",")))
    raise SystemExit(any(one["raised"] for one in figures.values()))


FAST = tuple(form for form in SAMPLES if form not in CHILD)
"""The formats that are read in this process: hundreds of mutants a second."""

if __name__ == "__main__":
    main()
