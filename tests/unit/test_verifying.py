"""Verifying an exported record needs no database: what COPY writes is read again, and what is none is located."""

import itertools
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.verify import BEGINNING, head_of, part, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ESCAPED = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def written(value: str | None) -> str:
    """A value as COPY writes it (PostgreSQL's manual, COPY, "Text Format")."""
    return "\\N" if value is None else "".join(ESCAPED.get(one, one) for one in value)


def record(seq: int, key: str, content: str = "{}") -> tuple[bytes, str]:
    """The sum and the line of a record."""
    values = [str(seq), "1764285000123456", "812", None, "pantau", "a1 POST sites.new", "site", key, "update", content]
    made = sha256(b"".join(part(None if one is None else one.encode()) for one in values)).digest()
    return made, "\t".join([*map(written, values), f"\\\\x{made.hex()}"]) + "\n"


def exported(folder: Path, records: list[tuple[bytes, str]], a_block: int = 4) -> tuple[list[str], list[str]]:
    """The lines of an export of these records, numbered from 1, in blocks that each name the one before."""
    previous, blocks = BEGINNING, []
    for number, at in enumerate(range(0, len(records), a_block), start=1):
        held = records[at:at + a_block]
        seqs, sums, until = f"{{[{at + 1},{at + len(held) + 1})}}", b"".join(one for one, _ in held), at + len(held)
        head = head_of(number, previous, seqs, until, sums, 5)
        bytes_of = [f"\\\\x{one.hex()}" for one in (previous, sums, head, KEY.sign(head),
                                                  KEY.public_key().public_bytes_raw())]
        blocks.append("\t".join([str(number), bytes_of[0], seqs, str(until), bytes_of[1], "5", *bytes_of[2:]]) + "\n")
        previous = head
    lines = [line for _, line in records]
    write(folder, lines, blocks)
    return lines, blocks


def write(folder: Path, lines: list[str], blocks: list[str]) -> None:
    (folder / "audit.copy").write_bytes("".join(lines).encode())
    (folder / "audit_block.copy").write_bytes("".join(blocks).encode())


def test_whatever_copy_escapes_is_summed_as_it_was(tmp_path):
    """Runs of escapes are where a reader goes wrong: `\\\\t` is a backslash and a t, `\\t` a tab."""
    keys = ["".join(one) for length in range(1, 5) for one in itertools.product("\\\ttNé", repeat=length)]
    keys += ["".join(one) for one in itertools.permutations(["\b", "\f", "\n", "\r", "\v", "\\", "b"], 4)]
    exported(tmp_path, [record(seq, key, content='{"name": "a\\\\\\"b"}') for seq, key in enumerate(keys, start=1)],
             a_block=1_000)
    verified = verify(tmp_path)
    assert verified.faults == []
    assert verified.records == len(keys) > 1_000


@pytest.mark.parametrize(("before", "after"), [("\\N", ""), ("\\N", "\\\\N"), ("812", "813"), ("pantau", "pantao")])
def test_what_records_say_alike_is_compared_in_each_of_them(tmp_path, before, after):
    """Parts that repeat are worked out once: not for a record that says something else."""
    lines, blocks = exported(tmp_path, [record(seq, f"k{seq}") for seq in range(1, 9)])
    lines[5] = lines[5].replace(before, after, 1)
    write(tmp_path, lines, blocks)
    assert [(one.record, one.block) for one in verify(tmp_path).faults] == [(6, 2)]


@pytest.mark.parametrize("torn", ["tidak ada\n", "\n", "x\t" * 10 + "x\n", "\\N\t" * 10 + "\\N\n"])
def test_a_line_that_is_no_record_is_located_and_hides_no_other_fault(tmp_path, torn):
    lines, blocks = exported(tmp_path, [record(seq, f"k{seq}") for seq in range(1, 9)])
    lines[2], lines[6] = torn, lines[6].replace("k7", "k8")
    write(tmp_path, lines, blocks)
    unreadable, *others = verify(tmp_path).faults
    assert str(unreadable).startswith("line 3 of the records is none: ")
    assert [(one.record, one.what) for one in others] == [(3, "was removed"), (7, "was altered since it was sealed")]


@pytest.mark.parametrize("column", range(9))
def test_a_block_that_cannot_be_read_is_located_and_hides_no_other_fault(tmp_path, column):
    lines, blocks = exported(tmp_path, [record(seq, f"k{seq}") for seq in range(1, 13)])
    fields = blocks[1].rstrip("\n").split("\t")
    fields[column] = "{[satu,dua)}"
    lines[0] = lines[0].replace("k1", "k2")
    write(tmp_path, lines, [blocks[0], "\t".join(fields) + "\n", blocks[2]])
    faults = verify(tmp_path).faults
    assert any(str(one).startswith("line 2 of the blocks is none: ") for one in faults), faults
    assert {2} <= {one.block for one in faults}
    assert 1 in {one.record for one in faults}
