"""The record of changes: what is not sealed yet, the blocks, and taking both out."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from app.db import Connection


class Unsealed(NamedTuple):
    """A record that no block holds yet, as the sealer needs it."""

    seq: int
    sum: bytes


class Last(NamedTuple):
    """The newest block: what the next one follows."""

    number: int
    head: bytes
    closed_to: int


Range = tuple[int, int]
"""The first and the last of numbers without a gap."""


def last_block(connection: Connection) -> Last | None:
    found = connection.execute("SELECT number, head, closed_to FROM audit_block"
                               " ORDER BY number DESC LIMIT 1").fetchone()
    return Last(found[0], bytes(found[1]), found[2]) if found else None


def sealed_above(connection: Connection, closed_to: int) -> list[Range]:
    """The numbers above `closed_to` that blocks hold already."""
    return [(low, high - 1) for low, high in connection.execute(
        "SELECT lower(one), upper(one) FROM audit_block b, unnest(b.seqs) one"
        " WHERE upper(b.seqs) > %(to)s + 1 AND upper(one) > %(to)s + 1 ORDER BY 1", {"to": closed_to})]


def unsealed(connection: Connection, closed_to: int, sealed: list[Range], most: int) -> list[Unsealed]:
    """The first records above `closed_to` that are in none of the stretches, in order."""
    return [Unsealed(seq, bytes(one)) for seq, one in connection.execute(
        "SELECT seq, sum FROM audit a WHERE seq > %s AND NOT EXISTS (SELECT FROM unnest(%s::bigint[], %s::bigint[])"
        " s(first, last) WHERE a.seq BETWEEN s.first AND s.last) ORDER BY seq LIMIT %s",
        [closed_to, [first for first, _ in sealed], [last for _, last in sealed], most])]


def number_given(connection: Connection) -> int:
    """The highest number that was given to a record, by whom ever, also to one that was undone."""
    return connection.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_seq").fetchone()[0]


def own_transaction(connection: Connection) -> int:
    """The number of this transaction: that of any that writes later is higher."""
    return connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()[0]


def oldest_transaction(connection: Connection) -> int:
    """All transactions with a lower number have ended."""
    return connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()[0]


def add_block(connection: Connection, number: int, previous: bytes, seqs: str, closed_to: int, sums: bytes,
              sealed_at_us: int, head: bytes, signature: bytes, public_key: bytes) -> None:
    connection.execute("INSERT INTO audit_block VALUES (%s, %s, %s::int8multirange, %s, %s, %s, %s, %s, %s)",
                       [number, previous, seqs, closed_to, sums, sealed_at_us, head, signature, public_key])


def copied(connection: Connection, table: str, columns: tuple[str, ...]) -> Iterator[bytes]:
    """The lines of `audit` or `audit_block` as COPY writes them, in the order of their numbers."""
    # both names are constants of app/audit/verify.py
    command = f"COPY (SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}) TO STDOUT"  # noqa: S608
    with connection.cursor().copy(command) as copy:
        yield from map(bytes, copy)


def note_reading(connection: Connection, table: str, key: str, purpose: str) -> None:
    """Write down that the person asking has read personal data of this row."""
    connection.execute("SELECT note_reading(%s, %s, %s)", [table, key, purpose])


class Sealed(NamedTuple):
    """The newest block, as pages show it."""

    number: int
    head: bytes
    sealed_at_us: int
    public_key: bytes


class Recorded(NamedTuple):
    """One record, `content` as JSON texts; `full_name` of whoever was asking, None where nobody was or is known;
    `about` the full name of whom it is about."""

    seq: int
    at_us: int
    person_id: UUID | None
    full_name: str | None
    login: str
    request: str | None
    table_name: str
    key: str
    change: str
    content: dict[str, str] | None
    about: str | None


def sealed_to(connection: Connection) -> Sealed | None:
    """The newest block that the person asking may see."""
    found = connection.execute("SELECT number, head, sealed_at_us, public_key FROM audit_block"
                               " ORDER BY number DESC LIMIT 1").fetchone()
    return Sealed(found[0], bytes(found[1]), found[2], bytes(found[3])) if found else None


def recorded(connection: Connection, table: str | None, person: UUID | None, before: int | None, most: int
             ) -> list[Recorded]:
    """The newest records first, of one table or person if asked, before the number of one."""
    return [Recorded(*row) for row in connection.execute(
        """
        SELECT a.seq, a.at_us, a.person_id, p.full_name, a.login, a.request, a.table_name, a.key, a.change,
               (SELECT jsonb_object_agg(k, v::text) FROM jsonb_each(a.content) e(k, v)),
               (SELECT q.full_name FROM person q WHERE a.table_name = 'person' AND q.id::text = a.key)
          FROM audit a LEFT JOIN person p ON p.id = a.person_id
         WHERE (%(table)s::text IS NULL OR a.table_name = %(table)s) AND (%(person)s::uuid IS NULL OR
                a.person_id = %(person)s) AND (%(before)s::bigint IS NULL OR a.seq < %(before)s)
         ORDER BY a.seq DESC LIMIT %(most)s
        """, {"table": table, "person": person, "before": before, "most": most})]
