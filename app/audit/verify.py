"""Verify an exported record with nothing but Python: `python3 -m app.audit.verify FOLDER [HEADS]`, or this file and
`signatures.py` copied beside each other onto any machine.

FOLDER holds `audit.copy` and `audit_block.copy`, written by COPY as text in the order of `COLUMNS` and `BLOCK_COLUMNS`,
sorted by number. HEADS is the folder outside the machine in which the sealer notes the head of each block.

What is found: a record that was altered, removed, inserted or written twice, a block that was altered, removed or put
elsewhere, an end that was cut off (by the heads), a signature that is none. Each is located. What a chain cannot tell
is said in `BEYOND`.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import process_time

try:
    from app.audit.signatures import is_signed
except ModuleNotFoundError:  # copied out of the project
    from signatures import is_signed  # type: ignore[no-redef]

COLUMNS = ("seq", "at_us", "xid", "person_id", "login", "request", "table_name", "key", "change", "content", "sum")
BLOCK_COLUMNS = ("number", "previous", "seqs", "closed_to", "sums", "sealed_at_us", "head", "signature", "public_key")
BEYOND = (
    "Records that were changed before they were sealed, within some two seconds, by somebody with full power over the "
    "database.",
    "A chain that was made anew from some block on by somebody who holds the key and full power over the database, "
    "unless a head of it had left the machine before.",
    "What never became a record: a change made while the triggers were switched off.",
    "Whether what people recorded is true.",
)
BEGINNING = bytes(32)
MOST_TOLD = 1_000
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and where: the number of a record, or of a block."""

    what: str
    record: int | None = None
    block: int | None = None

    def __str__(self) -> str:
        where = [f"{name} {number}" for name, number in (("record", self.record), ("block", self.block))
                 if number is not None]
        return f"{', '.join(where)}: {self.what}"


@dataclass(slots=True)
class Verified:
    """What was verified, and what is wrong with it; `unsealed` records are too new for a block, `restored` says which
    backups were put back, and what of the record was given up for that."""

    records: int = 0
    blocks: int = 0
    unsealed: int = 0
    heads: int = 0
    last_head: str = ""
    restored: list[str] = field(default_factory=list)
    public_keys: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    records_s: float = 0.0  # of processor time, as the next
    signatures_s: float = 0.0

    @property
    def intact(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Records first..last of a block, whose sums start at `at` among the block's."""

    first: int
    last: int
    block: int
    sums: bytes
    at: int


def verify(folder: Path, heads: Path | None = None) -> Verified:
    """Verify the record exported to a folder, against the heads noted elsewhere where they are given."""
    verified = Verified()
    started = process_time()
    anchored = _anchored(heads, verified) if heads else {}
    verified.heads = len(anchored)
    with (folder / "audit_block.copy").open("rb") as lines:
        stretches, closed_to = _blocks(_rows(lines, len(BLOCK_COLUMNS)), anchored, verified)
    verified.signatures_s = process_time() - started
    started = process_time()
    with (folder / "audit.copy").open("rb") as lines:
        _records(_rows(lines, len(COLUMNS)), stretches, closed_to, verified)
    verified.records_s = process_time() - started
    return verified


def part(value: bytes | None) -> bytes:
    """A part of what is summed, with its length before it."""
    return b"-" if value is None else b"%d:%b" % (len(value), value)


def head_of(number: int, previous: bytes, seqs: str, closed_to: int, sums: bytes, sealed_at_us: int) -> bytes:
    """What a block is known by, and what is signed of it."""
    return sha256(b"".join(map(part, (str(number).encode(), previous.hex().encode(), seqs.encode(),
                                      str(closed_to).encode(), sha256(sums).hexdigest().encode(),
                                      str(sealed_at_us).encode())))).digest()


def _rows(lines: Iterable[bytes], columns: int) -> Iterator[list[bytes | None]]:
    for line in lines:
        fields = line.rstrip(b"\n").split(b"\t")
        if len(fields) != columns:
            raise ValueError(f"a line of the export has {len(fields)} columns, not {columns}")
        if b"\\" in line:
            yield [None if one == b"\\N" else _unescaped(one) if b"\\" in one else one for one in fields]
        else:
            yield fields  # type: ignore[misc]


def _unescaped(text: bytes) -> bytes:
    first, *rest = text.split(b"\\")
    out, skip = [first], False
    for one in rest:
        if skip:  # what follows an escaped backslash
            out.append(one)
            skip = False
        elif not one:
            out.append(b"\\")
            skip = True
        else:
            out.append(_ESCAPES.get(one[:1], one[:1]) + one[1:])
    return b"".join(out)


def _bytes(text: bytes | None) -> bytes:
    return bytes.fromhex((text or b"")[2:].decode())


def _ranges(seqs: str) -> Iterator[tuple[int, int]]:
    """'{[1,4),[6,7)}' -> (1, 3), (6, 6)."""
    for one in seqs.strip("{}").split("),"):
        if one:
            low, high = one.strip("[)").split(",")
            yield int(low), int(high) - 1


def _anchored(heads: Path, verified: Verified) -> dict[int, str]:
    """The head of each block as it was noted elsewhere. A restore of a backup gives up the blocks after it: that stands
    among the heads as well, and is said."""
    anchored: dict[int, str] = {}
    for file in sorted(heads.glob("heads-*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            noted = json.loads(line)
            if "restored" in noted:
                given_up = [number for number in anchored if number > noted["number"]]
                verified.restored.append(f"{noted['restored']}, {noted['at']}: {len(given_up)} blocks after block "
                                         f"{noted['number']} were given up")
                anchored = {number: head for number, head in anchored.items() if number <= noted["number"]}
            anchored[noted["number"]] = noted["head"]
    return anchored


@dataclass(frozen=True, slots=True)
class _Block:
    """One line of the exported blocks."""

    number: int
    previous: bytes
    seqs: str
    closed_to: int
    sums: bytes
    sealed_at_us: int
    head: bytes
    signature: bytes
    public_key: bytes

    @classmethod
    def of(cls, fields: list[bytes | None]) -> "_Block":
        number, previous, seqs, closed_to, sums, sealed_at_us, head, signature, key = fields
        return cls(int(number or 0), _bytes(previous), (seqs or b"").decode(), int(closed_to or 0), _bytes(sums),
                   int(sealed_at_us or 0), _bytes(head), _bytes(signature), _bytes(key))

    def faults(self) -> Iterator[str]:
        """What is wrong with it whatever stands beside it."""
        if self.head != head_of(self.number, self.previous, self.seqs, self.closed_to, self.sums, self.sealed_at_us):
            yield "was altered: its sums or its place are not those that were sealed"
        elif not is_signed(self.public_key, self.head, self.signature):
            yield "its signature is none"
        if len(self.sums) != 32 * sum(last - first + 1 for first, last in _ranges(self.seqs)):
            yield "holds more or fewer sums than records"

    def stretches(self) -> Iterator[_Stretch]:
        at = 0
        for first, last in _ranges(self.seqs):
            yield _Stretch(first, last, self.number, self.sums, at)
            at += 32 * (last - first + 1)


def _blocks(rows: Iterable[list[bytes | None]], anchored: dict[int, str], verified: Verified
            ) -> tuple[list[_Stretch], int]:
    stretches: list[_Stretch] = []
    before, expected, closed_to = BEGINNING, 1, 0
    for block in map(_Block.of, rows):
        absent = range(expected, block.number)
        said = [*block.faults()]
        if block.number < expected:
            said.append("stands twice, or not in its place")
        elif block.previous != before and not absent:
            said.append("does not follow the block before it")
        if anchored.get(block.number, block.head.hex()) != block.head.hex():
            said.append("is not the block whose head was noted elsewhere")
        verified.faults += [*(Fault("was removed", block=one) for one in absent),
                            *(Fault(what, block=block.number) for what in said)]
        stretches += block.stretches()
        if block.public_key.hex() not in verified.public_keys:
            verified.public_keys.append(block.public_key.hex())
        verified.blocks, verified.last_head, before = verified.blocks + 1, block.head.hex(), block.head
        expected, closed_to = max(expected, block.number + 1), max(closed_to, block.closed_to)
    verified.faults += [Fault("was cut off: its head was noted elsewhere", block=one)
                        for one in sorted(anchored) if one >= expected]
    return sorted(stretches, key=lambda one: (one.first, one.block)), closed_to


def _records(rows: Iterable[list[bytes | None]], stretches: list[_Stretch], closed_to: int, verified: Verified) -> None:
    waiting, last = _Waiting(stretches), -1
    for fields in rows:
        seq = int(fields[0] or 0)
        verified.records += 1
        if seq <= last:
            verified.faults.append(Fault("stands twice, or not in its place", record=seq))
            continue
        last = seq
        sealed, absent = waiting.reach(seq)
        verified.faults += absent
        made = sha256(b"".join([b"-" if one is None else b"%d:%b" % (len(one), one) for one in fields[:10]])).digest()
        if sealed is None:
            if seq <= closed_to:
                verified.faults.append(Fault("was inserted: no block holds it", record=seq))
            elif made != _bytes(fields[10]):
                verified.faults.append(Fault("was altered: its sum is not its own", record=seq))
            else:
                verified.unsealed += 1
            continue
        place = sealed.at + 32 * (seq - sealed.first)
        if made != sealed.sums[place:place + 32]:
            verified.faults.append(Fault("was altered since it was sealed", record=seq, block=sealed.block))
        elif made != _bytes(fields[10]):
            verified.faults.append(Fault("its own sum was altered", record=seq, block=sealed.block))
    verified.faults += waiting.reach(1 << 63)[1]


class _Waiting:
    """The records that blocks hold and that are still to come, in the order of their numbers."""

    def __init__(self, stretches: list[_Stretch]) -> None:
        self.stretches, self.at = stretches, 0
        self.next = stretches[0].first if stretches else 0

    def reach(self, seq: int) -> tuple[_Stretch | None, list[Fault]]:
        """The stretch that holds this record, if one does, and what should have come before it and did not."""
        absent: list[Fault] = []
        while self.at < len(self.stretches):
            here = self.stretches[self.at]
            if self.next > here.last:
                self.at += 1
                if self.at < len(self.stretches):
                    self.next = max(self.next, self.stretches[self.at].first)
                continue
            if self.next >= seq:
                break
            until = min(here.last, seq - 1)
            absent += _removed(self.next, until, here.block)
            self.next = until + 1
        here = self.stretches[self.at] if self.at < len(self.stretches) else None
        if here is None or not here.first <= seq <= here.last:
            return None, absent
        self.next = seq + 1
        return here, absent


def _removed(first: int, last: int, block: int) -> list[Fault]:
    if last - first >= MOST_TOLD:
        return [Fault(f"it and all up to record {last} were removed", record=first, block=block)]
    return [Fault("was removed", record=one, block=block) for one in range(first, last + 1)]


def main() -> None:
    if len(sys.argv) not in (2, 3):
        print(__doc__)
        raise SystemExit(2)
    verified = verify(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else None)
    for told in [*verified.faults, *verified.restored]:
        print(told)
    print(f"{verified.records} records in {verified.blocks} blocks, {verified.unsealed} not sealed yet, "
          f"{verified.heads} heads from elsewhere: {'intact' if verified.intact else 'NOT INTACT'}")
    print("What no chain can tell: " + " ".join(BEYOND))
    raise SystemExit(0 if verified.intact else 1)


if __name__ == "__main__":
    main()
