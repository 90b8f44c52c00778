"""A database filled with very many works past the matching of each row: by COPY, as the operator of the machine."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from psycopg.conninfo import make_conninfo

from app.installation import migrate
from app.installation.cluster import FLEETING, Cluster
from app.installation.terminal import quiet
from geo import candidates
from geo.evidence import sites as columns
from geo.evidence.frequencies import Frequencies
from geo.model import Model
from tests import build

WORKS_A_VILLAGE, VILLAGES_A_REGENCY, VILLAGE_DEG = 200, 200, 0.02
WEST, SOUTH = 108.0, -8.6
ACROSS = 60
LANES = ("Mawar", "Melati", "Kenanga", "Cempaka", "Flamboyan", "Anggrek", "Dahlia", "Teratai", "Krajan", "Sumber",
         "Curah", "Kampung Baru", "Gumuk", "Sukorejo", "Tegal", "Pancer")
OBJECTS = (("Rabat beton jalan", "road"), ("Pembangunan drainase", "drainage"), ("Paving gang", "road"),
           ("PJU tenaga surya", "lighting"), ("Talud penahan tanah", "retaining_wall"), ("Sumur bor", "water"))
FUNDS = ("DDS", "ADD", "PBK", "PBP")
COUNTED = 50_000


def works(n: int, seed: int = 1) -> gpd.GeoDataFrame:
    """n works in clusters of a village each at one density whatever n: 60 % points, 30 % lines, 10 % areas, and of
    each thousand three without a point."""
    rng = np.random.default_rng(seed)
    village = np.arange(n) // WORKS_A_VILLAGE
    spot = rng.normal(0.5, 0.12, (n, 2)).clip(0.02, 0.98)
    x = WEST + (village % ACROSS + spot[:, 0]) * VILLAGE_DEG
    y = SOUTH + (village // ACROSS + spot[:, 1]) * VILLAGE_DEG
    shapes = shapely.points(x, y).astype(object)
    form = rng.random(n)
    turn, length = rng.random(n) * np.pi, rng.uniform(60, 400, n) / 111_000
    line, area = (form >= 0.6) & (form < 0.9), form >= 0.9
    ends = np.stack([np.column_stack([x, y]), np.column_stack([x + length * np.cos(turn), y + length * np.sin(turn)])],
                    axis=1)
    shapes[line] = shapely.linestrings(ends[line])
    shapes[area] = shapely.box(x[area], y[area], x[area] + 2e-4, y[area] + 2e-4)
    shapes[rng.random(n) < 0.003] = None
    what, lane, rt = rng.integers(len(OBJECTS), size=n), rng.integers(len(LANES), size=n), rng.integers(1, 30, n)
    amount = rng.integers(20, 400, n) * 1_000_000 + rng.integers(0, 1000, n) * 1_000
    table = pd.DataFrame({
        "project": [str(uuid.UUID(int=int(one))) for one in rng.integers(1 << 62, size=n)],
        "name": [f"{OBJECTS[o][0]} Dusun {LANES[a]} RT {r:02} RW {r % 7 + 1:02}"
                 for o, a, r in zip(what, lane, rt, strict=True)],
        "category": [OBJECTS[o][1] for o in what], "year": rng.integers(2018, 2027, n),
        "fund": np.array(FUNDS, object)[rng.integers(len(FUNDS), size=n)], "amount": amount.astype(float),
        "stage": "done", "method": "gps", "role": "claimed", "accuracy_m": 5.0,
        "region_code": [f"32.{one // VILLAGES_A_REGENCY:02}.01.{2001 + one % VILLAGES_A_REGENCY}" for one in village],
        "village": village})
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


@contextmanager
def server(kept: Path | None = None) -> Iterator[str]:
    """The address of a PostgreSQL of its own, gone afterwards unless it is `kept` in that folder."""
    with TemporaryDirectory() if kept is None else nullcontext(kept) as home:
        Path(home).mkdir(exist_ok=True)
        Path(home).chmod(0o711)
        with Cluster(Path(home) / "postgres", settings={**FLEETING, "shared_buffers": "512MB"}, tell=quiet) as cluster:
            yield cluster.start()


@contextmanager
def indicated(size: int, kept: Path | None = None) -> Iterator[tuple[str, str]]:
    """A database of `size` works with indications: (superuser's address, web role's address). What an earlier run has
    left in the folder `kept` is used again, after the migrations that it has not seen."""
    with server(kept) as address:
        name = f"works_{size}"
        full = kept / f"{name}.full" if kept else None
        if full and full.exists():
            superuser = make_conninfo(address, dbname=name)
            migrate.prepare(superuser, tell=quiet)
            with psycopg.connect(superuser, autocommit=True) as db:
                db.execute("VACUUM ANALYZE")
            yield superuser, make_conninfo(superuser, user=migrate.web_role_of(name))
            return
        superuser, web, _ = fill(address, name, works(size), counted=False)
        pairs(superuser)
        if full:
            full.touch()
        yield superuser, web


def fill(server_dsn: str, name: str, table: gpd.GeoDataFrame, counted: bool = True) -> tuple[str, str, uuid.UUID]:
    """A migrated database `name` with these works: (superuser's address, web role's address, a planner of the first
    regency). Counting a million works takes minutes: not `counted` leaves it to whoever adds more."""
    migrate.create_database(server_dsn, name)
    dsn = make_conninfo(server_dsn, dbname=name)
    migrate.prepare(dsn, tell=quiet)
    with psycopg.connect(dsn) as db:
        person, regions = territory(db, int(table["village"].max()) + 1)
        copy(db, table, person, regions)
        if counted:
            db.execute("SELECT map_recount(NULL)")  # the triggers that keep these counts slept as well
        db.commit()
        db.autocommit = True
        db.execute("VACUUM ANALYZE")
    return dsn, make_conninfo(dsn, user=migrate.web_role_of(name)), person


def person(db: psycopg.Connection, role: str, code: str | None = None) -> uuid.UUID:
    """Somebody with a role in the region of a code, or in the whole installation; new in each run, for a database may
    have been kept."""
    region = db.execute("SELECT id FROM region WHERE code = %s", [code]).fetchone()[0] if code else None
    return build.person(db, role, region, name=f"{role}-{uuid.uuid4().hex[:8]}")


def territory(db: psycopg.Connection, villages: int) -> tuple[uuid.UUID, np.ndarray]:
    ids = np.empty(villages, np.int64)
    first = regency = None
    for village in range(villages):
        if village % VILLAGES_A_REGENCY == 0:
            number = village // VILLAGES_A_REGENCY
            regency = build.region(db, f"Kabupaten {number}", level="regency", code=f"32.{number:02}")
            first = regency if village == 0 else first
        west, south = WEST + village % ACROSS * VILLAGE_DEG, SOUTH + village // ACROSS * VILLAGE_DEG
        code = f"32.{village // VILLAGES_A_REGENCY:02}.01.{2001 + village % VILLAGES_A_REGENCY}"
        ids[village] = build.region(db, f"Desa {village}", parent=regency, code=code,
                                    geometry=shapely.box(west, south, west + VILLAGE_DEG, south + VILLAGE_DEG))
    return build.person(db, "planner", first), ids


def copy(db: psycopg.Connection, table: gpd.GeoDataFrame, person: uuid.UUID, regions: np.ndarray) -> None:
    region = regions[table["village"].to_numpy()].tolist()
    db.execute("SET session_replication_role = replica")  # no trigger of any row
    with db.cursor().copy(
            "COPY project (id, source, source_key, region_id, village_known, name, category, year, stage, fund, amount,"
            " entered_by) FROM STDIN") as copy:
        for number, row in enumerate(table[["project", "name", "category", "year", "stage", "fund", "amount"]]
                                     .itertuples(index=False)):
            copy.write_row((row.project, "bench", row.project, region[number], True, row.name, row.category,
                            int(row.year), row.stage, row.fund, row.amount, person))
    hexes = shapely.to_wkb(shapely.set_srid(table.geometry.to_numpy(), 4326), hex=True, include_srid=True)
    with db.cursor().copy("COPY site (project_id, region_id, draft, method, accuracy_m, geom, found_region_id, "
                          "outside_m, entered_by) FROM STDIN") as copy:
        for project, own, shape in zip(table["project"], region, hexes, strict=True):
            if shape is not None:
                copy.write_row((project, own, False, "gps", 5.0, shape, own, 0.0, person))
    db.execute("SET session_replication_role = origin")
    part = columns.read(table.iloc[:COUNTED].reset_index(drop=True))
    crowd = candidates.crowded(part.lon, part.lat, part.form == columns.FORM_POINT, part.project)
    model = Model.shipped().counting(Frequencies.of(part, crowd))
    db.execute("INSERT INTO model (version, works, content) VALUES (%s, %s, %s)",
               [model.version, len(table), json.dumps(model.to_json())])


def pairs(superuser: str) -> None:
    """An indication for about four works in a hundred, a tenth of them confirmed."""
    with psycopg.connect(superuser, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        db.execute(
            """
            INSERT INTO pair (left_project, right_project, left_site, right_site, kind, to_look_at, score, probability,
                              levels, weights, reason, money, model, facts_hash)
            SELECT least(a.id, b.id), greatest(a.id, b.id),
                   (SELECT min(id) FROM site WHERE project_id = least(a.id, b.id)),
                   (SELECT min(id) FROM site WHERE project_id = greatest(a.id, b.id)), 'double_funding', true, 5, 0.9,
                   '{}', '{}', '{"id": "unit.metres", "values": {"x": 6}}',
                   10000000 + a.n * 1000000 + a.region_id * 100, 'm', 'f'
              FROM (SELECT id, region_id, row_number() OVER (PARTITION BY region_id ORDER BY id) AS n FROM project) a
              JOIN (SELECT id, region_id, row_number() OVER (PARTITION BY region_id ORDER BY id) AS n FROM project) b
                   ON b.region_id = a.region_id AND b.n = a.n + 1 WHERE a.n IN (1, 11, 21, 31)
            """)
        db.execute("INSERT INTO verdict (pair_id, person_id, verdict, facts_hash, machine_kind, machine_probability) "
                   "SELECT x.id, p.id, 'double_funding', 'f', 'double_funding', 0.9 FROM pair x, person p "
                   "WHERE x.id % 10 = 0")
        db.execute("SET session_replication_role = origin")
        db.execute("ANALYZE")  # else all pairs are read for each work
        db.execute("SELECT map_recount(NULL), pair_restand(NULL)")
        db.execute("SELECT map_fold()")  # as after every hundredth change
        db.execute("VACUUM ANALYZE")
