"""The record of changes: nothing changes without one, nothing personal enters it, and no change of it goes unseen."""

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

DERIVED = {
    "map_project", "map_count", "region_count", "pair_standing", "work_past", "data_change",  # counted from what is
    "anomaly", "anomaly_run", "village_figures",  # counted anew every ten minutes
    "audit", "audit_block", "audit_salt",  # the record itself, which is sealed
}
"""Tables whose every row can be worked out again from others, by triggers that tests compare with that."""


def test_every_table_that_is_not_worked_out_from_others_is_on_the_record(owner_db):
    found = {name: set(events) for name, events in owner_db.execute("""
        SELECT c.relname, coalesce(array_agg(t.tgname::text) FILTER (WHERE t.tgname LIKE 'zz\\_audit\\_%'), '{}')
          FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgenabled = 'O'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND c.relname !~ '^(procrastinate|_?yoyo)' AND c.relname <> 'spatial_ref_sys' GROUP BY 1""")}
    every = {f"zz_audit_{event}" for event in ("insert", "update", "delete", "truncate")}
    assert {name for name, events in found.items() if events != every} == DERIVED
    assert found.keys() >= DERIVED


@pytest.fixture
def scene(superuser_db):
    places = build.places(superuser_db)
    planner = build.person(superuser_db, "planner", places.regency)
    return places, planner


def records(connection, table):
    return connection.execute("SELECT person_id, request, login, key, change, content FROM audit WHERE table_name = %s"
                              " ORDER BY seq", [table]).fetchall()


def test_a_change_says_who_what_when_and_from_which_request(superuser_db, database, scene):
    places, planner = scene
    work = build.project(superuser_db, places.village, planner, name="Rabat beton", amount=100)
    superuser_db.execute("SELECT set_config('pantau.request', 'abc123 POST projects.change', true)")
    with build.asking(superuser_db, database, planner):
        superuser_db.execute("UPDATE project SET amount = 250 WHERE id = %s", [work])
    person, request, _login, key, change, content = records(superuser_db, "project")[-1]
    assert (person, request, key, change) == (planner, "abc123 POST projects.change", str(work), "update")
    assert content["amount"] == [100, 250]
    assert "name" not in content, "only what changed is told"
    inserted = records(superuser_db, "project")[0]
    assert inserted[4] == "insert"
    assert inserted[5]["name"] == "Rabat beton"


def test_a_change_by_hand_with_full_power_over_the_database_is_on_the_record_too(superuser_db):
    superuser_db.execute("INSERT INTO person (name, full_name) VALUES ('siti', 'Siti Aminah')")
    superuser_db.execute("UPDATE person SET active = false WHERE name = 'siti'")
    superuser_db.execute("DELETE FROM person WHERE name = 'siti'")
    found = records(superuser_db, "person")
    assert [one[4] for one in found] == ["insert", "update", "delete"]
    assert found[1][5] == {"active": [True, False]}
    assert {one[0] for one in found} == {None}
    assert found[0][2]


def test_a_statement_of_many_rows_writes_one_record_a_row_and_none_for_what_stays(superuser_db, scene):
    places, planner = scene
    for number in range(3):
        build.project(superuser_db, places.village, planner, name=f"Kegiatan {number}", amount=number)
    before = len(records(superuser_db, "project"))
    superuser_db.execute("UPDATE project SET amount = greatest(amount, 1)")
    assert [one[5]["amount"] for one in records(superuser_db, "project")[before:]] == [[0, 1]]


def test_nobody_changes_a_record_and_the_web_role_writes_none(superuser_db, database, scene, as_role):
    build.project(superuser_db, scene[0].village, scene[1])
    for role in (database.web_role, database.owner_role):
        for statement in ("UPDATE audit SET person_id = NULL", "DELETE FROM audit", "TRUNCATE audit",
                          "DELETE FROM audit_block", "SELECT audit_note('project', '1', 'update', '{}')"):
            if "audit_note" in statement and role == database.owner_role:
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege), superuser_db.transaction(), \
                    as_role(superuser_db, role):
                superuser_db.execute(statement)


def test_the_record_is_read_by_auditors_and_administrators_of_the_whole_installation(superuser_db, database, scene):
    places, _planner = scene
    people = {(role, place): build.person(superuser_db, role, getattr(places, place))
              for role in ("admin", "auditor", "planner", "head") for place in ("root", "regency")}
    for (role, place), person in people.items():
        with build.asking(superuser_db, database, person):
            sees = superuser_db.execute("SELECT count(*) FROM audit").fetchone()[0] > 0
        assert sees == (role in ("admin", "auditor") and place == "root"), (role, place)


CANARIES = ("Kanari Bersalin", "kanari-masuk", "3510999999999999", "KanariPerangkat", "198.51.100.77")


def test_what_is_personal_enters_only_as_a_salted_sum_and_the_salt_can_go(superuser_db, database, scene):
    places, planner = scene
    person = superuser_db.execute("INSERT INTO person (name, full_name, password_hash) VALUES ('kanari-masuk',"
                                  " 'Kanari Bersalin', '3510999999999999') RETURNING id").fetchone()[0]
    superuser_db.execute("INSERT INTO session (token_hash, person_id, expires_at, device)"
                         " VALUES ('\\x01', %s, now(), 'KanariPerangkat')", [person])
    superuser_db.execute("INSERT INTO sign_in_attempt (name, address, succeeded)"
                         " VALUES ('kanari-masuk', '198.51.100.77', false)")
    upload = superuser_db.execute(
        "INSERT INTO upload (person_id, region_id, file_name, sha256, bytes) VALUES (%s, %s, 'x.csv', sha256('x'), 1)"
        " RETURNING id", [planner, places.village]).fetchone()[0]
    superuser_db.execute("INSERT INTO upload_row (upload_id, number, position, raw, good)"
                         " VALUES (%s, 1, 1, '{\"nik\": \"3510999999999999\"}', true)", [upload])
    whole = "\n".join(str(row) for row in superuser_db.execute("SELECT a::text FROM audit a"))
    assert not [canary for canary in CANARIES if canary in whole]
    said = next(one[5] for one in records(superuser_db, "person") if one[3] == str(person))
    salt = superuser_db.execute("SELECT salt FROM audit_salt WHERE subject = %s", [str(person)]).fetchone()[0]
    sum_of = "SELECT encode(sha256(%s || convert_to(%s, 'UTF8')), 'hex')"
    assert said["full_name"] == {"salted": superuser_db.execute(sum_of, [salt, "Kanari Bersalin"]).fetchone()[0]}
    with build.asking(superuser_db, database, planner), pytest.raises(psycopg.errors.InsufficientPrivilege), \
            superuser_db.transaction():
        superuser_db.execute("SELECT * FROM audit_salt")


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
