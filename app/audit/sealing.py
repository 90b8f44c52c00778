"""The sealer: a process of its own that puts new records into signed blocks, each naming the one before.

It seals whatever a look finds, in any order of commits: a block says which numbers it holds, and up to which nothing
can come any more (`closed_to`), because every transaction that could have taken such a number has ended. So it waits
for nobody, and a record that turns up below that number later was put there.
"""

import json
import os
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psycopg
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.verify import BEGINNING, head_of
from app.queries import audit
from app.queries.audit import Last, Range

log = structlog.get_logger()

EVERY_S = 0.5
PATIENCE_S = 5.0
MOST = 20_000
ONE_SEALER = 7_310_010_002  # advisory: two would both follow the same block


class Given(NamedTuple):
    """A number of a record that was given, and a transaction that began after that."""

    number: int
    transaction: int


class Sealer:
    """Seals the records of one database; `heads` is a folder outside the machine's state, or None."""

    def __init__(self, key: Ed25519PrivateKey, heads: Path | None) -> None:
        self.key, self.heads = key, heads
        self.last = Last(0, BEGINNING, 0)
        self.sealed: list[Range] = []
        self.waited: list[Given] = []

    def begin(self, connection: psycopg.Connection) -> None:
        """Take up where the last block ended."""
        self.last = audit.last_block(connection) or Last(0, BEGINNING, 0)
        self.sealed = audit.sealed_above(connection, self.last.closed_to)
        self.waited = []

    def tick(self, connection: psycopg.Connection) -> int:
        """Seal what is there, at most `MOST` records; how many. The caller's transaction keeps it."""
        ended = self._ended(connection)
        found = audit.unsealed(connection, self.last.closed_to, self.sealed, MOST)
        if not found:
            return 0
        # of more than one block can hold, what lies above the last of them has not been looked at
        closed_to = max(self.last.closed_to, min(ended, found[-1].seq) if len(found) == MOST else ended)
        ranges, sums = stretches(one.seq for one in found), b"".join(one.sum for one in found)
        number, sealed_at_us, seqs = self.last.number + 1, time.time_ns() // 1000, said(ranges)
        head = head_of(number, self.last.head, seqs, closed_to, sums, sealed_at_us)
        audit.add_block(connection, number, self.last.head, seqs, closed_to, sums, sealed_at_us, head,
                        self.key.sign(head), public_bytes(self.key))
        self.last = Last(number, head, closed_to)
        self.waited = [one for one in self.waited if one.number > closed_to]
        self.sealed = [one for one in [*self.sealed, *ranges] if one[1] > closed_to]
        return len(found)

    def _ended(self, connection: psycopg.Connection) -> int:
        """Up to which number every transaction that could have taken it has ended: what is not there by now never
        comes."""
        number = audit.number_given(connection)
        if not self.waited or self.waited[-1].number < number:
            # whoever took such a number writes, and so had begun before this transaction gets its own
            self.waited.append(Given(number, audit.own_transaction(connection)))
        oldest = audit.oldest_transaction(connection)
        return max((one.number for one in self.waited if one.transaction <= oldest), default=0)

    def note_head(self) -> None:
        """Note the newest head in the folder outside, on disk before this returns."""
        if self.heads is None or self.last is None:
            return
        now = datetime.now(UTC)
        line = json.dumps({"number": self.last.number, "head": self.last.head.hex(), "at": now.isoformat(),
                           "public_key": public_bytes(self.key).hex()})
        with open(self.heads / f"heads-{now:%Y-%m-%d}.jsonl", "a", encoding="utf-8") as noted:
            noted.write(line + "\n")
            noted.flush()
            os.fsync(noted.fileno())


def run(url: str, folder: Path, heads: Path | None, stop: threading.Event | None = None) -> None:
    """Seal until told to stop; a database that is away is waited for."""
    stop = stop or threading.Event()
    key = signing_key(folder)
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SELECT pg_advisory_lock(%s)", [ONE_SEALER])
                seal(connection, Sealer(key, heads), stop)
        except psycopg.OperationalError as error:
            log.warning("the sealer waits for the database", error=str(error))
            stop.wait(PATIENCE_S)


def seal(connection: psycopg.Connection, sealer: Sealer, stop: threading.Event) -> None:
    sealer.begin(connection)
    while not stop.is_set():
        with connection.transaction():
            count = sealer.tick(connection)
        if count:
            try:
                sealer.note_head()
            except OSError as error:  # a disk that is away stops nobody's work; the next head says more than this one
                log.error("no head of the record could be noted", folder=str(sealer.heads), error=str(error))
        if count < MOST:
            stop.wait(EVERY_S)


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key in `folder`, made at the first start and readable by this user alone."""
    kept = folder / "sealing.key"
    if not kept.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o400), "wb") as written:
            written.write(Ed25519PrivateKey.generate().private_bytes_raw())
            written.flush()
            os.fsync(written.fileno())
    return Ed25519PrivateKey.from_private_bytes(kept.read_bytes())


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def stretches(numbers: Iterable[int]) -> list[Range]:
    """Numbers in order -> (first, last) of each stretch without a gap."""
    found: list[Range] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def said(ranges: list[Range]) -> str:
    """'{[1,4),[6,7)}', as PostgreSQL writes an int8multirange."""
    return "{" + ",".join(f"[{first},{last + 1})" for first, last in ranges) + "}"
