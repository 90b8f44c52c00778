"""The sealed record of changes: no change of it goes unseen, and nobody waits for the sealer."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from app.audit import sealing
from app.audit.export import export
from app.audit.sealing import Sealer, signing_key
from app.audit.verify import BLOCK_COLUMNS, COLUMNS, verify
from app.installation import migrate
from tests import build


@pytest.fixture
def chain(cloned_database, tmp_path):
    """A database with some works whose record is sealed in three blocks."""
    return Chain(cloned_database, tmp_path)


class Chain:
    def __init__(self, database, folder: Path) -> None:
        self.database, self.folder, self.heads = database, folder, folder / "heads"
        self.heads.mkdir()
        self.key = signing_key(folder / "keys")
        with psycopg.connect(self.sealer_url, autocommit=True) as connection:
            self.sealer = Sealer(self.key, self.heads)
            self.sealer.begin(connection)
            with build.superuser(database) as db:
                places = build.places(db)
                self.person = build.person(db, "planner", places.regency)
                for _ in range(3):
                    for number in range(4):
                        build.project(db, places.village, self.person, name=f"Jalan\t{number}\\n é", amount=number)
                    self.seal(connection)

    @property
    def sealer_url(self) -> str:
        return migrate.acting_as(self.database.superuser_dsn, migrate.sealer_of(self.database.template))

    def seal(self, connection) -> int:
        with connection.transaction():
            count = self.sealer.tick(connection)
        if count:
            self.sealer.note_head()
        return count

    def exported(self) -> Path:
        out = self.folder / "export"
        out.mkdir(exist_ok=True)
        export(self.database.superuser_dsn, out)
        return out

    def lines(self, file: str) -> list[str]:
        return (self.folder / "export" / file).read_text("utf-8").splitlines()

    def verify_with(self, file: str, lines: list[str]):
        (self.folder / "export" / file).write_text("".join(one + "\n" for one in lines), "utf-8")
        return verify(self.folder / "export", self.heads)


def test_a_sealed_record_is_intact_here_and_with_nothing_but_python(chain, tmp_path):
    out = chain.exported()
    verified = verify(out, chain.heads)
    assert verified.faults == []
    assert verified.unsealed == 0
    assert verified.blocks == 3
    assert verified.heads == 3
    assert verified.records == len(chain.lines("audit.copy")) > 30
    for module in ("verify.py", "signatures.py"):
        (tmp_path / module).write_bytes((Path(sealing.__file__).parent / module).read_bytes())
    alone = subprocess.run([sys.executable, "-I", "-S", "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); "
                            "import verify; verify.main()", str(tmp_path), str(out), str(chain.heads)],
                           capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "intact" in alone.stdout


def test_every_column_of_a_record_that_is_altered_is_found_and_located(chain):
    chain.exported()
    kept = chain.lines("audit.copy")
    for place in (0, len(kept) // 2, len(kept) - 1):
        for number, column in enumerate(COLUMNS):
            fields = kept[place].split("\t")
            fields[number] = {"seq": "999999", "content": '{"amount": 7}', "sum": "\\\\x" + "00" * 32,
                              "person_id": "00000000-0000-0000-0000-00000000000a"}.get(column, "7")
            lines = [*kept]
            lines[place] = "\t".join(fields)
            verified = chain.verify_with("audit.copy", lines)
            seq = int(kept[place].split("\t")[0])
            assert not verified.intact, column
            assert seq in {fault.record for fault in verified.faults}, (column, verified.faults)


def test_the_attacks_on_its_structure_are_found_and_located(chain):
    chain.exported()
    rows, blocks = chain.lines("audit.copy"), chain.lines("audit_block.copy")
    seqs = [int(row.split("\t")[0]) for row in rows]

    def found(file, lines):
        verified = chain.verify_with(file, lines)
        chain.verify_with("audit.copy", rows)
        chain.verify_with("audit_block.copy", blocks)
        return {(fault.record, fault.block) for fault in verified.faults}

    removed = found("audit.copy", rows[:5] + rows[6:])
    assert {record for record, _ in removed} == {seqs[5]}
    swapped = [*rows]
    swapped[3], swapped[8] = ("\t".join([rows[a].split("\t")[0], *rows[b].split("\t")[1:]])
                              for a, b in ((3, 8), (8, 3)))
    assert {record for record, _ in found("audit.copy", swapped)} == {seqs[3], seqs[8]}
    again = [*rows[:6], rows[5], *rows[6:]]
    assert {record for record, _ in found("audit.copy", again)} == {seqs[5]}
    tail = found("audit.copy", rows[:-3])
    assert {record for record, _ in tail} == set(seqs[-3:])
    assert {block for _, block in found("audit_block.copy", [blocks[0], blocks[2]])} >= {2}
    assert {block for _, block in found("audit_block.copy", [blocks[1], blocks[0], blocks[2]])} >= {1}
    assert {block for _, block in found("audit_block.copy", [*blocks, blocks[1]])} >= {2}
    cut = found("audit_block.copy", blocks[:-1])
    assert {block for _, block in cut} == {3}, "its head lies elsewhere"


def test_every_column_of_a_block_that_is_altered_is_found_and_located(chain):
    chain.exported()
    blocks = chain.lines("audit_block.copy")
    for number, column in enumerate(BLOCK_COLUMNS):
        fields = blocks[1].split("\t")
        fields[number] = {"number": "7", "closed_to": "7", "sealed_at_us": "7", "seqs": "{[1,3)}"}.get(
            column, fields[number][:-1] + ("1" if fields[number][-1] != "1" else "2"))
        verified = chain.verify_with("audit_block.copy", [blocks[0], "\t".join(fields), blocks[2]])
        assert 2 in {fault.block for fault in verified.faults}, (column, verified.faults)


def test_a_record_that_is_slipped_in_later_is_found(chain):
    with psycopg.connect(chain.sealer_url, autocommit=True) as connection, build.superuser(chain.database) as db:
        # a number that was given and undone is closed once nobody can hold it any more
        with pytest.raises(psycopg.errors.DivisionByZero):
            db.execute("WITH new AS (INSERT INTO person (name, full_name) VALUES ('tidak-jadi', 'x') RETURNING 1)"
                       " SELECT 1 / 0 FROM new")
        db.execute("SELECT audit_note('person', 'x', 'reading', '{}')")
        undone = db.execute("SELECT nextval('audit_seq')").fetchone()[0]
        for _ in range(60):  # other databases of the server may hold transactions that began before
            db.execute("SELECT audit_note('person', 'y', 'reading', '{}')")
            chain.seal(connection)
            if chain.sealer.last.closed_to >= undone:
                break
            time.sleep(1)
        assert chain.sealer.last.closed_to >= undone
        db.execute("INSERT INTO audit SELECT m.*, audit_sum(m.seq, m.at_us, m.xid, m.person_id, m.login, m.request,"
                   " m.table_name, m.key, m.change, m.content) FROM (SELECT %s::bigint AS seq, at_us, xid, person_id,"
                   " login, request, table_name, key, change, content FROM audit ORDER BY seq LIMIT 1) m", [undone])
        while chain.seal(connection):
            pass
    verified = verify(chain.exported(), chain.heads)
    assert [(fault.record, fault.block) for fault in verified.faults] == [(undone, None)]


def test_a_chain_that_is_made_anew_does_not_match_the_heads_that_left(chain):
    with psycopg.connect(chain.sealer_url, autocommit=True) as connection, build.superuser(chain.database) as db:
        db.execute("SET session_replication_role = replica")
        db.execute("UPDATE audit SET person_id = NULL WHERE table_name = 'project'")
        db.execute("UPDATE audit SET sum = audit_sum(seq, at_us, xid, person_id, login, request, table_name, key,"
                   " change, content)")
        db.execute("DELETE FROM audit_block")
        forger = Sealer(chain.key, None)
        forger.begin(connection)
        with connection.transaction():
            forger.tick(connection)
    verified = verify(chain.exported(), chain.heads)
    assert {fault.block for fault in verified.faults} == {1, 2, 3}
    assert verify(chain.exported()).intact, "without heads elsewhere nothing could tell"


def test_whoever_writes_long_is_waited_for_and_nobody_waits_for_them(chain):
    with psycopg.connect(chain.sealer_url, autocommit=True) as connection, build.superuser(chain.database) as db, \
            psycopg.connect(chain.database.superuser_dsn) as slow:
        slow.execute("SELECT audit_note('person', 'slow', 'reading', '{}')")
        held = slow.execute("SELECT max(seq) FROM audit").fetchone()[0]
        db.execute("SELECT audit_note('person', 'quick', 'reading', '{}')")
        for _ in range(3):
            chain.seal(connection)
            db.execute("SELECT audit_note('person', 'more', 'reading', '{}')")
        chain.seal(connection)
        assert chain.sealer.last.closed_to < held, "it may still come"
        slow.commit()
        assert chain.seal(connection) == 1
        db.execute("SELECT audit_note('person', 'after', 'reading', '{}')")
        chain.seal(connection)
        db.execute("SELECT audit_note('person', 'after', 'reading', '{}')")
        chain.seal(connection)
        assert chain.sealer.last.closed_to > held
    assert verify(chain.exported(), chain.heads).faults == []


def test_a_sealer_that_starts_again_goes_on_where_the_last_one_ended(chain):
    stop = threading.Event()
    running = threading.Thread(target=sealing.run, args=(chain.sealer_url, chain.folder / "keys", chain.heads, stop))
    running.start()
    try:
        with build.superuser(chain.database) as db:
            for number in range(20):
                db.execute("SELECT audit_note('person', %s, 'reading', '{}')", [str(number)])
            newest = db.execute("SELECT max(seq) FROM audit").fetchone()[0]
            for _ in range(100):
                if db.execute("SELECT max(upper(seqs)) > %s FROM audit_block", [newest]).fetchone()[0]:
                    break
                stop.wait(0.1)
    finally:
        stop.set()
        running.join()
    verified = verify(chain.exported(), chain.heads)
    assert verified.intact
    assert verified.unsealed == 0
    assert verified.blocks > 3
    noted = [json.loads(line) for file in chain.heads.glob("*.jsonl") for line in file.read_text().splitlines()]
    assert [one["number"] for one in noted] == list(range(1, verified.blocks + 1))


def test_a_folder_of_heads_that_is_away_stops_no_sealing(chain):
    chain.sealer.heads = chain.folder / "unplugged"
    stop = threading.Event()
    with psycopg.connect(chain.sealer_url, autocommit=True) as connection, build.superuser(chain.database) as db:
        db.execute("SELECT audit_note('person', 'x', 'reading', '{}')")
        running = threading.Thread(target=sealing.seal, args=(connection, chain.sealer, stop))
        running.start()
        while running.is_alive() and chain.sealer.last.number < 4:
            stop.wait(0.1)
        assert running.is_alive()
        stop.set()
        running.join()
    assert verify(chain.exported(), chain.heads).intact


def test_the_command_says_what_it_found(chain):
    out = chain.exported()
    said = subprocess.run([sys.executable, "-m", "app", "verify-audit", str(out), "--heads", str(chain.heads),
                           "--json"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["intact"] is True
    chain.verify_with("audit.copy", chain.lines("audit.copy")[1:])
    said = subprocess.run([sys.executable, "-m", "app", "verify-audit", str(out), "--json"], capture_output=True,
                          text=True, check=False)
    assert said.returncode == 1
    assert json.loads(said.stdout)["faults"][0]["what"] == "was removed"
