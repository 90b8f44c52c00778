"""Verify an exported record with nothing but Python: `python3 -m app.audit.verify FOLDER [HEADS]`, or this file and
`signatures.py` copied beside each other onto any machine.

FOLDER holds `audit.copy` and `audit_block.copy`, written by COPY as text in the order of `COLUMNS` and `BLOCK_COLUMNS`,
sorted by number. HEADS is the folder outside the machine in which the sealer notes the head of each block.

What is found: a record that was altered, removed, inserted or written twice, a block that was altered, removed or put
elsewhere, an end that was cut off (by the heads), a signature that is none. Each is located. What a chain cannot tell
is said in `BEYOND`.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
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
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
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
        return ": ".join([*filter(None, [", ".join(where)]), self.what])


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
        stretches, closed_to = _blocks(lines, anchored, verified)
    verified.signatures_s = process_time() - started
    started = process_time()
    with (folder / "audit.copy").open("rb") as lines:
        _records(lines, stretches, closed_to, verified)
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


def _fields(line: bytes, columns: int) -> list[bytes]:
    """The fields of a line as COPY wrote them: `_unescaped` says what stands in one."""
    fields = line.rstrip(b"\n").split(b"\t")
    if len(fields) != columns:
        raise ValueError(f"a line of the export has {len(fields)} columns, not {columns}")
    return fields


def _unescaped(text: bytes) -> bytes:
    if text.count(b"\\") == 2 * text.count(b"\\\\"):  # as in all JSON, which writes a tab or a new line in letters
        return text.replace(b"\\\\", b"\\")
    return b"\\".join(_ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), one)
                      for one in text.split(b"\\\\"))


def _part(written: bytes) -> bytes:
    """The part that a field is of the sum of its record."""
    if b"\\" in written:
        return part(None if written == b"\\N" else _unescaped(written))
    return b"%d:%b" % (len(written), written)


@lru_cache(64)
def _parts(*written: bytes) -> bytes:
    """The parts of what one record after the other says alike."""
    return b"".join(map(_part, written))


def _sum(fields: list[bytes]) -> bytes:
    """The sum that a record should have [32 bytes]."""
    seq, at_us, xid, person, login, request, table, key, change, content, _told = fields
    return sha256(b"".join((_part(seq), _part(at_us), _parts(xid, person, login, request, table), _part(key),
                            _parts(change), _part(content)))).digest()


def _bytes(written: bytes) -> bytes:
    return bytes.fromhex(written.removeprefix(b"\\\\x").decode())


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
    ranges: tuple[tuple[int, int], ...]
    closed_to: int
    sums: bytes
    sealed_at_us: int
    head: bytes
    signature: bytes
    public_key: bytes

    @classmethod
    def of(cls, line: bytes) -> "_Block":
        """Raises ValueError where it is none."""
        number, previous, seqs, closed_to, sums, sealed_at_us, head, signature, key = _fields(line, len(BLOCK_COLUMNS))
        return cls(int(number), _bytes(previous), seqs.decode(), tuple(_ranges(seqs.decode())), int(closed_to),
                   _bytes(sums), int(sealed_at_us), _bytes(head), _bytes(signature), _bytes(key))

    def faults(self) -> Iterator[str]:
        """What is wrong with it whatever stands beside it."""
        if self.head != head_of(self.number, self.previous, self.seqs, self.closed_to, self.sums, self.sealed_at_us):
            yield "was altered: its sums or its place are not those that were sealed"
        elif not is_signed(self.public_key, self.head, self.signature):
            yield "its signature is none"
        if len(self.sums) != 32 * sum(last - first + 1 for first, last in self.ranges):
            yield "holds more or fewer sums than records"

    def stretches(self) -> Iterator[_Stretch]:
        at = 0
        for first, last in self.ranges:
            yield _Stretch(first, last, self.number, self.sums, at)
            at += 32 * (last - first + 1)


def _blocks(lines: Iterable[bytes], anchored: dict[int, str], verified: Verified) -> tuple[list[_Stretch], int]:
    stretches: list[_Stretch] = []
    before, expected, closed_to = BEGINNING, 1, 0
    for place, line in enumerate(lines, start=1):
        try:
            block = _Block.of(line)
        except ValueError as error:
            verified.faults.append(Fault(f"line {place} of the blocks is none: {error}"))
            continue
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


def _records(lines: Iterable[bytes], stretches: list[_Stretch], closed_to: int, verified: Verified) -> None:
    waiting, last = _Waiting(stretches), -1
    for place, line in enumerate(lines, start=1):
        try:
            fields = _fields(line, len(COLUMNS))
            seq = int(fields[0])
        except ValueError as error:
            verified.faults.append(Fault(f"line {place} of the records is none: {error}"))
            continue
        verified.records += 1
        if seq <= last:
            verified.faults.append(Fault("stands twice, or not in its place", record=seq))
            continue
        last = seq
        sealed, absent = waiting.reach(seq)
        verified.faults += absent
        made = _sum(fields)
        its_own = fields[-1] == b"\\\\x" + made.hex().encode()
        if sealed is not None:
            at = sealed.at + 32 * (seq - sealed.first)
            if made != sealed.sums[at:at + 32]:
                verified.faults.append(Fault("was altered since it was sealed", record=seq, block=sealed.block))
            elif not its_own:
                verified.faults.append(Fault("its own sum was altered", record=seq, block=sealed.block))
        elif seq <= closed_to:
            verified.faults.append(Fault("was inserted: no block holds it", record=seq))
        elif not its_own:
            verified.faults.append(Fault("was altered: its sum is not its own", record=seq))
        else:
            verified.unsealed += 1
    verified.faults += waiting.reach(1 << 63)[1]


class _Waiting:
    """The records that blocks hold and that are still to come, in the order of their numbers."""

    def __init__(self, stretches: list[_Stretch]) -> None:
        self.stretches, self.at = stretches, 0
        self.next = stretches[0].first if stretches else 0

    def reach(self, seq: int) -> tuple[_Stretch | None, Sequence[Fault]]:
        """The stretch that holds this record, if one does, and what should have come before it and did not."""
        if self.next == seq and self.at < len(self.stretches) and seq <= self.stretches[self.at].last:
            self.next = seq + 1  # as nearly every one
            return self.stretches[self.at], ()
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
