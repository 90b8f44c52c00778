"""Rows for tests, made directly in SQL by a superuser's connection: past the policies, under every constraint.

Each builder takes the connection first, invents what it is not told, and answers the new id. Nothing is committed
here: use an autocommit connection where the application must see the rows (`superuser(database)`), or the fixture
`superuser_db` with `as_role` where the test rolls back.
"""

import hashlib
import itertools
import json
import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import psycopg
import shapely

from tests.database import Database

HOME = (114.3692, -8.2192)
"""Where works stand unless told otherwise: lon, lat in Kabupaten Banyuwangi."""
_number = itertools.count(1)


@contextmanager
def superuser(database: Database) -> Iterator[psycopg.Connection]:
    """A superuser's connection whose every statement is committed at once."""
    with psycopg.connect(database.superuser_dsn, autocommit=True) as connection:
        yield connection


@contextmanager
def asking(connection: psycopg.Connection, database: Database, person: UUID | None) -> Iterator[psycopg.Connection]:
    """Act as the web role for this person, on a superuser's connection that is inside a transaction."""
    connection.execute("SELECT set_config('role', %s, true), set_config('pantau.person', %s, true)",
                       [database.web_role, str(person or "")])
    try:
        yield connection
    finally:
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
            connection.execute("SELECT set_config('role', 'none', true), set_config('pantau.person', '', true)")


def away(east_m: float = 0, north_m: float = 0, *, of: tuple[float, float] = HOME) -> tuple[float, float]:
    """lon, lat of the place so many metres east and north of `of`; good to a few millimetres in a kilometre."""
    lon, lat = of
    return lon + east_m / (111_320 * math.cos(math.radians(lat))), lat + north_m / 110_574


def line(*east_north_m: tuple[float, float], of: tuple[float, float] = HOME) -> shapely.LineString:
    """A line through places given in metres east and north of `of`."""
    return shapely.LineString([away(east, north, of=of) for east, north in east_north_m])


class Places(NamedTuple):
    """Region ids: a root, a regency, two districts; village and neighbour in the first, far in the second."""

    root: int
    regency: int
    district: int
    other_district: int
    village: int
    neighbour: int
    far: int


def places(connection: psycopg.Connection) -> Places:
    """A small kabupaten, below the one root region."""
    top = root(connection)
    regency = region(connection, "Kabupaten Banyuwangi", level="regency", parent=top)
    district = region(connection, "Pesanggaran", level="district", parent=regency)
    other = region(connection, "Siliragung", level="district", parent=regency)
    return Places(top, regency, district, other, region(connection, "Sarongan", parent=district),
                  region(connection, "Kandangan", parent=district), region(connection, "Kesilir", parent=other))


def places_of(connection: psycopg.Connection) -> Places:
    """Those that `places` has made."""
    names = ("Kabupaten Banyuwangi", "Pesanggaran", "Siliragung", "Sarongan", "Kandangan", "Kesilir")
    found = dict(connection.execute("SELECT name, min(id) FROM region GROUP BY name").fetchall())
    return Places(root(connection), *(found[name] for name in names))


def root(connection: psycopg.Connection) -> int:
    found = connection.execute("SELECT id FROM region WHERE level = 'root'").fetchone()
    return found[0] if found else region(connection, "", level="root", code="0")


def region(connection: psycopg.Connection, name: str, *, level: str = "village", parent: int | None = None,
           code: str | None = None, geometry: shapely.Geometry | None = None,
           approximate: bool = False) -> int:
    if level != "root" and parent is None:
        parent = root(connection)
    shape = None if geometry is None else shapely.to_wkt(geometry, rounding_precision=9)
    return connection.execute(
        """
        INSERT INTO region (code, level, kind, name, parent_id, approximate, geom, centre)
        VALUES (%s, %s, %s, %s, %s, %s, ST_Multi(ST_GeomFromText(%s, 4326)),
                ST_PointOnSurface(ST_GeomFromText(%s, 4326)))
        RETURNING id
        """,
        [code or f"35.10.01.{2000 + next(_number)}", level, "desa" if level == "village" else None, name, parent,
         approximate, shape, shape]).fetchone()[0]


def person(connection: psycopg.Connection, role: str | None = None, region: int | None = None, *,
           name: str | None = None, full_name: str | None = None, language: str = "id") -> UUID:
    """A person, with a role in a region if one is named (in the root region if only the role is)."""
    name = name or f"{role or 'orang'}{next(_number)}"
    new = connection.execute(
        "INSERT INTO person (name, full_name, language) VALUES (%s, %s, %s) RETURNING id",
        [name, full_name or name.title(), language]).fetchone()[0]
    if role:
        grant(connection, new, role, root(connection) if region is None else region)
    return new


def grant(connection: psycopg.Connection, person: UUID, role: str, region: int) -> int:
    return connection.execute(
        "INSERT INTO person_grant (person_id, role, region_id) VALUES (%s, %s, %s) RETURNING id",
        [person, role, region]).fetchone()[0]


def session(connection: psycopg.Connection, person: UUID, *, second_factor: bool = True) -> str:
    """The token of a new session, for the cookie `pantau`."""
    token = secrets.token_urlsafe(16)
    connection.execute(
        "INSERT INTO session (token_hash, person_id, expires_at, second_factor) VALUES (%s, %s, %s, %s)",
        [hashlib.sha256(token.encode()).digest(), person, datetime.now(UTC) + timedelta(hours=12), second_factor])
    return token


_FACTS = {"category": "road", "year": 2024, "stage": "done", "fund": "DDS", "amount": 180_000_000,
          "name": "Rabat beton jalan Dusun Krajan", "village_known": True}


def project(connection: psycopg.Connection, region: int, entered_by: UUID | None = None, *,
            at: object = HOME, accuracy_m: float | None = 5.0, **facts: object) -> UUID:
    """A project with its site `at` (lon, lat or a geometry; None for a work without a point).

    `facts` are columns of the table project; those not given are a village road of 2024. Without `entered_by`
    a new person has entered it.
    """
    if entered_by is None:
        entered_by = person(connection, "field", region)
    facts = {**_FACTS, "source": "tes", "source_key": f"kunci-{next(_number)}", **facts}
    if facts.get("fund_shares") is not None:
        facts["fund_shares"] = json.dumps(facts["fund_shares"])
    columns = ["region_id", "entered_by", *facts]
    new = connection.execute(
        psycopg.sql.SQL("INSERT INTO project ({}) VALUES ({}) RETURNING id").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns)),
            psycopg.sql.SQL(", ").join([psycopg.sql.Placeholder()] * len(columns))),
        [region, entered_by, *facts.values()]).fetchone()[0]
    if at is not None:
        site(connection, new, at, entered_by, accuracy_m=accuracy_m)
    return new


def site(connection: psycopg.Connection, project: UUID, at: object = HOME, entered_by: UUID | None = None, *,
         role: str = "claimed", method: str | None = "gps", accuracy_m: float | None = 5.0, part: int = 1) -> int:
    shape = shapely.Point(at) if isinstance(at, tuple) else at
    return connection.execute(
        """
        INSERT INTO site (project_id, region_id, draft, part, role, method, accuracy_m, geom, entered_by)
        SELECT p.id, p.region_id, p.draft, %s, %s, %s, %s, ST_GeomFromText(%s, 4326), coalesce(%s, p.entered_by)
          FROM project p WHERE p.id = %s
        RETURNING id
        """,
        [part, role, method, accuracy_m, shapely.to_wkt(shape, rounding_precision=9), entered_by, project],
    ).fetchone()[0]


_TO_LOOK_AT = ("same_record", "double_funding", "repeat_funding", "partial_overlap")


def recorded(connection: psycopg.Connection, project: UUID, *moments: datetime) -> None:
    """As if a work's versions, and its places one after the other, had been recorded at these moments."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for table, began, order in (("project_fact", "recorded_at", "version"), ("site", "valid_from", "id")):
            connection.execute(
                f"""
                UPDATE {table} SET {began} = told.began, superseded_at = told.ended
                  FROM (SELECT ctid AS row, (%(moments)s::timestamptz[])[row_number() OVER past] AS began,
                               (%(moments)s::timestamptz[])[row_number() OVER past + 1] AS ended
                          FROM {table} WHERE project_id = %(project)s WINDOW past AS (ORDER BY {order})) AS told
                 WHERE {table}.ctid = told.row
                """, {"moments": list(moments), "project": project})  # noqa: S608  names of this function
        connection.execute("SELECT work_past_anew()")


def many_sites(connection: psycopg.Connection, region: int) -> None:
    """30,000 sites of one project all over Indonesia, counted: so many that a plan without the index would be folly."""
    connection.execute(
        """
        INSERT INTO site (project_id, region_id, draft, method, geom, entered_by)
        SELECT p.id, p.region_id, p.draft, 'file',
               ST_SetSRID(ST_MakePoint(95 + random() * 40, -10 + random() * 15), 4326), p.entered_by
          FROM project p, generate_series(1, 30000) WHERE p.id = %s
        """, [project(connection, region)])
    connection.execute("ANALYZE site")


def pair(connection: psycopg.Connection, one: UUID, other: UUID, *, kind: str = "double_funding",
         probability: float = 0.97, **measured: object) -> int:
    """A measured pair of two projects, in whatever order they are given; `measured` are columns of pair."""
    facts = {
        "kind": kind, "to_look_at": kind in _TO_LOOK_AT, "probability": probability,
        "score": math.log2(max(probability, 1e-9) / max(1 - probability, 1e-9)), "touching": 1,
        "distance_m": 6.0, "overlap_m": 184.0, "overlap_share": 0.92, "money": 165_600_000,
        "levels": {}, "weights": {}, "reason": {"id": "unit.metres", "values": {"x": 6}}, "model": "uji",
        "facts_hash": "fakta-1", "draft_regions": None, **measured}
    left, right = sorted([one, other])
    for name in ("levels", "weights", "reason"):
        facts[name] = json.dumps(facts[name])
    facts["draft_regions"] = facts["draft_regions"] or [row[0] for row in connection.execute(
        "SELECT DISTINCT region_id FROM project WHERE id IN (%s, %s) AND draft", [left, right])]
    sites = [connection.execute("SELECT min(id) FROM site WHERE project_id = %s AND superseded_at IS NULL",
                                [side]).fetchone()[0] for side in (left, right)]
    columns = {"left_project": left, "right_project": right, "left_site": sites[0], "right_site": sites[1], **facts}
    return connection.execute(
        psycopg.sql.SQL("INSERT INTO pair ({}) VALUES ({}) RETURNING id").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns)),
            psycopg.sql.SQL(", ").join([psycopg.sql.Placeholder()] * len(columns))),
        list(columns.values())).fetchone()[0]


def verdict(connection: psycopg.Connection, pair: int, person: UUID, verdict: str = "double_funding", *,
            note: str | None = None, facts_hash: str | None = None) -> int:
    """A verdict on the facts as they are, or as they were when `facts_hash` is another."""
    return connection.execute(
        """
        INSERT INTO verdict (pair_id, person_id, verdict, note, facts_hash, machine_kind, machine_probability)
        SELECT id, %s, %s, %s, coalesce(%s, facts_hash), kind, probability FROM pair WHERE id = %s RETURNING id
        """, [person, verdict, note, facts_hash, pair]).fetchone()[0]


def answer(connection: psycopg.Connection, pair: int, person: UUID, region: int,
           text: str = "Ini dua ruas yang berbeda.") -> int:
    return connection.execute(
        "INSERT INTO answer (pair_id, region_id, person_id, text) VALUES (%s, %s, %s, %s) RETURNING id",
        [pair, region, person, text]).fetchone()[0]
