"""What a backup says of itself: every file with its sum, every table with its rows, signed as the record is.

A backup is a folder: `manifest.json` and `manifest.signature`, one `database/TABLE.copy.gz` for each table as COPY
writes it, and under `files/` and `photos/` what lay there. Whoever reads one trusts no name in it: a path that is not
made of the letters of ours is refused.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.sealing import public_bytes
from app.audit.signatures import is_signed
from app.installation.terminal import Stop
from app.queries.contents import Sequence, Table

MANIFEST, SIGNATURE = "manifest.json", "manifest.signature"
FORMAT = 1
_TABLE_FILE = re.compile(r"database/[a-z][a-z0-9_]*\.copy\.gz")
_KEPT_FILE = re.compile(r"(files|photos/sealed|photos/shown)/([0-9a-f]{2})/\2[0-9a-f]{62}")
_BLOCK = 1 << 20


@dataclass(slots=True)
class Content:
    """What a table holds, whatever the order of its rows: their number, and the sum of the sums of all rows."""

    rows: int = 0
    total: int = 0

    def passing(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks, counted and summed on their way; each holds whole lines."""
        for block in blocks:
            for line in block.splitlines(keepends=True) if block.count(b"\n") > 1 else (block,):
                self.rows += 1
                self.total += int.from_bytes(hashlib.sha256(line).digest())
            yield block

    @property
    def sum(self) -> str:
        return f"{self.total % (1 << 256):064x}"


@dataclass(frozen=True, slots=True)
class Held:
    """One table of a backup."""

    columns: tuple[str, ...]
    order: str | None
    rows: int
    content: str

    def of(self, name: str) -> Table:
        return Table(name, tuple(self.columns), self.order)


@dataclass(slots=True)
class Manifest:
    """All that a backup says of itself. `files`: path in the backup -> [sha256 in hex, bytes]; `missing` paths of files
    that rows name and that were not on disk any more."""

    name: str
    made_at: str
    versions: dict[str, str]
    migrations: list[str]
    currency: str
    timezone: str
    demonstration: bool
    blocks: int = 0
    head: str = ""
    tables: dict[str, Held] = field(default_factory=dict)
    sequences: list[Sequence] = field(default_factory=list)
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.files.values())

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def kept(self) -> Iterator[tuple[str, str]]:
        """(path, sum) of each file that was received, the database's own not among them."""
        for path, (told, _) in self.files.items():
            if not path.startswith("database/"):
                yield path, told

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def signature_of(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    """What lies beside a manifest: the public key, and the signature of its sum."""
    signed = key.sign(hashlib.sha256(manifest).digest())
    return f"{public_bytes(key).hex()} {signed.hex()}\n".encode()


def read(folder: Path) -> tuple[Manifest, str]:
    """The manifest of a backup and the public key that signed it. Raises Stop where it cannot be believed."""
    try:
        told = (folder / MANIFEST).read_bytes()
        key, signed, *_ = [*(folder / SIGNATURE).read_text("ascii").split(), "", ""]
        signature = is_signed(bytes.fromhex(key), hashlib.sha256(told).digest(), bytes.fromhex(signed))
    except (OSError, ValueError) as error:
        raise Stop(f"{folder} bukan cadangan PantauDesa yang utuh: {error}",
                   f"{folder} is no whole backup of PantauDesa: {error}") from None
    if not signature:
        raise Stop(f"{folder / MANIFEST} diubah sesudah ditandatangani, atau tanda tangannya bukan miliknya. Cadangan "
                   "ini tidak dipakai.",
                   f"{folder / MANIFEST} was altered after it was signed, or the signature is not its own. This backup "
                   "is not used.")
    try:
        return _parsed(json.loads(told)), key
    except (TypeError, ValueError, KeyError) as error:
        raise Stop(f"{folder / MANIFEST} tidak terbaca oleh versi ini: {error}",
                   f"{folder / MANIFEST} cannot be read by this version: {error}") from None


def _parsed(told: Mapping) -> Manifest:
    if told["format"] != FORMAT:
        raise ValueError(f"format {told['format']}, expected {FORMAT}")
    manifest = Manifest(**{**told, "tables": {name: Held(**{**one, "columns": tuple(one["columns"])})
                                              for name, one in told["tables"].items()},
                           "sequences": [Sequence(*one) for one in told["sequences"]],
                           "files": {path: (sha256, int(size)) for path, (sha256, size) in told["files"].items()}})
    if odd := [path for path in manifest.files if not (_TABLE_FILE.fullmatch(path) or _KEPT_FILE.fullmatch(path))]:
        raise ValueError(f"no backup has a file {odd[0]!r}")
    if odd := [name for name in manifest.tables if path_of(name) not in manifest.files]:
        raise ValueError(f"there is no file of the table {odd[0]!r}")
    return manifest


def path_of(table: str) -> str:
    """Where the rows of a table lie in a backup."""
    return f"database/{table}.copy.gz"


def faults(folder: Path, manifest: Manifest, say: Callable[[int, int], None] = lambda done, total: None
           ) -> list[str]:
    """What of a backup is not as its manifest says, each with its place: altered, cut, gone or put there."""
    found = []
    for number, (path, (told, size)) in enumerate(sorted(manifest.files.items()), start=1):
        say(number, len(manifest.files))
        try:
            seen, length = sum_of(folder / path)
        except OSError as error:
            found.append(f"{path}: {'is not there' if isinstance(error, FileNotFoundError) else error}")
            continue
        if (seen, length) != (told, size):
            found.append(f"{path}: was altered ({length} bytes with sum {seen[:16]}…, expected {size} with "
                         f"{told[:16]}…)")
        elif (kept := _KEPT_FILE.fullmatch(path)) and Path(path).name != seen:
            found.append(f"{path}: does not hold what its name says ({kept[1]})")
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}
    return found + [f"{path}: does not belong to this backup"
                    for path in sorted(there - manifest.files.keys() - {MANIFEST, SIGNATURE})]


def sum_of(path: Path) -> tuple[str, int]:
    """sha256 in hex and length of a file; a link is not followed."""
    if path.is_symlink():
        raise OSError("is a link")
    total, length = hashlib.sha256(), 0
    with path.open("rb") as opened:
        while block := opened.read(_BLOCK):
            total.update(block)
            length += len(block)
    return total.hexdigest(), length


def lines_of(folder: Path, table: str) -> Iterator[bytes]:
    """The rows of a table of a backup, in blocks of whole lines."""
    with gzip.open(folder / path_of(table), "rb") as opened:
        while block := opened.read(_BLOCK):
            yield block + opened.readline() if not block.endswith(b"\n") else block
