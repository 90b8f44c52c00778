"""What the record of changes costs whoever sends a sheet: reading and storing it, with and without the triggers.

Two databases of one server, alike but for the triggers of the record, are sent the same sheets in turn, each of them of
works that are not there yet. Processor time is that of the server's processes; the ratio is of the sums of all sheets.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.installation import migrate
from app.installation.terminal import quiet
from tests.benchmarks import _measure, _stored
from tests.database import Database
from tests.desk import HEAD, Desk, opened

SIZE, SHEETS = 2_000, 5
OBJECTS = ("Rabat beton jalan", "Pembangunan drainase", "Paving gang", "Talud penahan tanah", "Sumur bor")
LANES = ("Mawar", "Melati", "Kenanga", "Krajan", "Sumberjambe", "Ringinagung", "Pancer")


def run(say: Callable[[str], None], size: int = SIZE) -> dict:
    """Seconds of the server's processor and of the clock with and without, their ratio, and records a row."""
    taken: dict[str, Counter] = {"with": Counter(), "without": Counter()}
    with _stored.server() as server, tempfile.TemporaryDirectory() as var, \
            _desk(server, "recorded", Path(var)) as recorded, _desk(server, "unrecorded", Path(var)) as unrecorded:
        _silence(unrecorded)
        _send(recorded, sheet(size, seed=0))
        _send(unrecorded, sheet(size, seed=0))  # connections, plans and caches are warm from here on
        before = recorded.one("SELECT count(*) FROM audit")
        for number in range(1, SHEETS + 1):
            for name, one in (("with", recorded), ("without", unrecorded)):
                taken[name].update(_send(one, sheet(size, seed=number)))
        records = (recorded.one("SELECT count(*) FROM audit") - before) / (SHEETS * size)
        assert recorded.works() == unrecorded.works() == (SHEETS + 1) * size
        assert unrecorded.one("SELECT count(*) FROM audit WHERE table_name = 'project'") == 0
    ratios = {kind: round(taken["with"][kind] / taken["without"][kind], 3) for kind in taken["with"]}
    for name, times in taken.items():
        say(f"{SHEETS} sheets of {size:,} rows {name} the record: server {times['server_s']:.2f} s, clock "
            f"{times['wall_s']:.2f} s")
    say(f"with it {ratios['server_s']} times the server's processor time, {ratios['wall_s']} times the clock; "
        f"{records:.1f} records a row")
    return {"rows": SHEETS * size, "records_a_row": round(records, 2), "ratio": ratios,
            **{name: {kind: round(seconds, 2) for kind, seconds in times.items()} for name, times in taken.items()}}


@contextmanager
def _desk(server: str, name: str, var: Path) -> Iterator[Desk]:
    migrate.create_database(server, name)
    dsn = make_conninfo(server, dbname=name)
    migrate.prepare(dsn, tell=quiet)
    with opened(Database(name, dsn, name), var / name) as desk:
        yield desk


def _silence(desk: Desk) -> None:
    triggers = desk.committing.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
                                       " WHERE tgname LIKE 'zz\\_audit\\_%'").fetchall()
    for table, trigger in triggers:
        desk.committing.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(
            sql.SQL(table), sql.Identifier(trigger)))


def _send(desk: Desk, text: str) -> dict[str, float]:
    clock = _server_clock(desk)
    done = _measure.taken(lambda: desk.store(desk.read(text)), clock)
    return {"server_s": done.cpu_s, "wall_s": done.wall_s}


def _server_clock(desk: Desk) -> Callable[[], float]:
    """Processor time of all processes that serve this database; its pool keeps them."""
    def clock() -> float:
        own = desk.committing.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                                      " AND backend_type = 'client backend'")
        return sum(sum(map(int, _measure.stat(pid)[11:13])) for pid, in own) / _measure.TICK
    return clock


def sheet(rows: int, seed: int) -> str:
    """Works spread over the village of the desk; of another seed, other works."""
    chance = random.Random(seed)
    lines = [HEAD]
    for number in range(rows):
        name = f"{chance.choice(OBJECTS)} Dusun {chance.choice(LANES)} RT {chance.randrange(1, 30):02}"
        lines.append(f"S{seed}-{number},{name},{chance.randrange(2018, 2027)},{chance.choice(('Dana Desa', 'ADD'))},"
                     f"{chance.randrange(20_000, 400_000) * 1000},Sarongan,Pesanggaran,"
                     f"{-8.26 + chance.random() * .08:.6f},{114.35 + chance.random() * .04:.6f}\n")
    return "".join(lines)
