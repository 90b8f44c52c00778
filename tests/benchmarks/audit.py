"""The record of changes: how fast it is verified with nothing but Python, and whether every alteration is found.

Of `TAMPERED` records each column is altered in turn, in every record at once: each must be located, and no other. Then
the six attacks on the structure, each at `PLACES` places. Speed is told for records and signatures apart.
"""

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import make_conninfo

from app.audit import sealing
from app.audit.export import export
from app.audit.sealing import Sealer
from app.audit.verify import COLUMNS, Verified, verify
from app.installation import migrate
from app.installation.terminal import quiet
from tests.benchmarks import _stored

TAMPERED, SIZE, PLACES, WANTED = 10_000, 300_000, 20, 50_000
A_BLOCK = 500
FILLED = """
    SELECT audit_note('project', gen_random_uuid()::text, 'update',
                      jsonb_build_object('amount', jsonb_build_array(n, n + 1), 'name', 'Jl "RT' || n || E'"\\\\\\t'))
      FROM generate_series(1, %s) n
"""


def run(say: Callable[[str], None], size: int = SIZE) -> dict:
    """Records a second, milliseconds a signature, and what of each attack was found and located."""
    with _stored.server() as server, tempfile.TemporaryDirectory() as name:
        whole = verify(_sealed(server, "speed", size, sealing.MOST, Path(name)), Path(name) / "heads-speed")
        assert whole.intact, whole.faults[:3]
        figures = {"records": whole.records, "records_per_s": round(whole.records / whole.records_s),
                   "blocks": whole.blocks, "signature_ms": round(1000 * whole.signatures_s / whole.blocks, 2)}
        say(f"{whole.records:,} records in {whole.records_s:.1f} s: {figures['records_per_s']:,} a second (sought "
            f"{WANTED:,}); {whole.blocks} signatures, {figures['signature_ms']} ms each with their sums")
        folder = _sealed(server, "tampered", TAMPERED, A_BLOCK, Path(name))
        figures["columns"] = _columns(folder, say)
        figures["structure"] = _structure(folder, Path(name) / "heads-tampered", say)
    return figures


def _sealed(server: str, database: str, records: int, a_block: int, out: Path) -> Path:
    """The exported record of a new database with so many records, sealed; its heads lie beside it."""
    migrate.create_database(server, database)
    dsn = make_conninfo(server, dbname=database)
    migrate.prepare(dsn, tell=quiet)
    folder, heads = out / database, out / f"heads-{database}"
    folder.mkdir()
    heads.mkdir()
    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute(FILLED, [records])
    sealer, sealing.MOST = Sealer(Ed25519PrivateKey.generate(), heads), a_block
    with psycopg.connect(migrate.acting_as(dsn, migrate.sealer_of(database)), autocommit=True) as connection:
        sealer.begin(connection)
        while True:
            with connection.transaction():
                if not sealer.tick(connection):
                    break
            sealer.note_head()
    export(dsn, folder)
    return folder


def _columns(folder: Path, say: Callable[[str], None]) -> dict:
    kept = (folder / "audit.copy").read_bytes()
    rows = [line.split(b"\t") for line in kept.splitlines()]
    found = {}
    for place, column in enumerate(COLUMNS[1:], start=1):
        altered = [[*row[:place], _other(column, row[place]), *row[place + 1:]] for row in rows]
        (folder / "audit.copy").write_bytes(b"".join(b"\t".join(row) + b"\n" for row in altered))
        located = {fault.record for fault in verify(folder).faults}
        found[column] = len(located & {int(row[0]) for row in rows})
    # a number that is another's: both stand where they do not belong
    turned = [[other[0], *row[1:]] for row, other in zip(rows, [*rows[1:], rows[0]], strict=True)]
    turned.sort(key=lambda row: int(row[0]))
    (folder / "audit.copy").write_bytes(b"".join(b"\t".join(row) + b"\n" for row in turned))
    found["seq"] = len({fault.record for fault in verify(folder).faults})
    (folder / "audit.copy").write_bytes(kept)
    say(f"every column of {len(rows):,} records altered in turn: located {min(found.values()):,} to "
        f"{max(found.values()):,}")
    assert set(found.values()) == {len(rows)}, found
    return found


def _other(column: str, value: bytes) -> bytes:
    if column == "sum":
        return value[:-1] + (b"0" if value[-1:] != b"0" else b"1")
    if column == "content":
        return value.replace(b"amount", b"Amount")
    return b"7" if value != b"7" else b"8"


def _structure(folder: Path, heads: Path, say: Callable[[str], None]) -> dict:
    """Each attack, at how many of `PLACES` places it was found and located."""
    chance = random.Random(7)
    kept = {name: (folder / name).read_bytes().splitlines(keepends=True) for name in ("audit.copy", "audit_block.copy")}
    found = {}
    for name, file, attack in _attacks():
        hit = 0
        for _ in range(PLACES):
            lines, expected = attack(kept[file], chance)
            (folder / file).write_bytes(b"".join(lines))
            hit += expected <= _located(verify(folder, heads), file)
            (folder / file).write_bytes(b"".join(kept[file]))
        found[name] = hit
    say(f"attacks on the structure, located at {PLACES} places each: {found}")
    assert set(found.values()) == {PLACES}, found
    return found


def _located(verified: Verified, file: str) -> set[int | None]:
    return {fault.record if file == "audit.copy" else fault.block for fault in verified.faults}


def _number(line: bytes) -> int:
    return int(line.split(b"\t")[0])


Attack = Callable[[list[bytes], random.Random], tuple[list[bytes], set]]


def _attacks() -> Iterator[tuple[str, str, Attack]]:
    def removed(lines: list[bytes], chance: random.Random) -> tuple[list[bytes], set]:
        at = chance.randrange(len(lines))
        return lines[:at] + lines[at + 1:], {_number(lines[at])}

    def inserted(lines: list[bytes], chance: random.Random) -> tuple[list[bytes], set]:
        at = chance.randrange(len(lines))
        return [*lines[:at], lines[at], *lines[at:]], {_number(lines[at])}

    def swapped(lines: list[bytes], chance: random.Random) -> tuple[list[bytes], set]:
        one, other = chance.sample(range(len(lines)), 2)
        lines = [*lines]
        (first, told), (second, said) = (lines[at].split(b"\t", 1) for at in (one, other))
        lines[one], lines[other] = b"\t".join([first, said]), b"\t".join([second, told])
        return lines, {int(first), int(second)}

    def cut(lines: list[bytes], chance: random.Random) -> tuple[list[bytes], set]:
        at = chance.randrange(1, 9)
        return lines[:-at], set(map(_number, lines[-at:]))

    yield "a record removed", "audit.copy", removed
    yield "a record written twice", "audit.copy", inserted
    yield "two records swapped", "audit.copy", swapped
    yield "the end of the records cut off", "audit.copy", cut
    yield "a block removed", "audit_block.copy", removed
    yield "the last blocks cut off", "audit_block.copy", cut
