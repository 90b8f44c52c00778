"""The matching door: the only module that calls the SECURITY DEFINER functions of migrations/0003 (a test says so).

What comes back crosses every border, drafts included. It goes into geo.duplicates and into the table of pairs, never
onto a page: what a page shows is read again, as the person who asks.
"""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

import geopandas
import numpy as np
import pandas as pd
import shapely
from psycopg import Cursor
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from geo.schema import SITE_COLUMNS

_ALL_CELLS = 2_147_483_647
_CELL_DEGREES = 0.02
_MOST_LOCKS = 500


def sites_of(connection: Connection, project_ids: Sequence[UUID]) -> geopandas.GeoDataFrame:
    """The sites that count of these works, as geo.schema.SITE_COLUMNS and the columns site, region_id, draft and
    record; a work without a point has one row without a geometry."""
    rows = connection.execute("SELECT *, ST_AsBinary(geom) AS wkb FROM matching_sites(%s)", [list(project_ids)])
    names = [column.name for column in rows.description]
    table = pd.DataFrame(rows.fetchall(), columns=names)
    table["project"] = table["project"].astype(str)
    table["year"] = table["year"].astype("Int16")
    for name in ("amount", "accuracy_m"):
        table[name] = pd.to_numeric(table[name]).astype(float)
    for name in ("start_date", "end_date"):
        table[name] = pd.to_datetime(table[name])
    table["fund_shares"] = [None if shares is None else tuple((share["fund"], _amount(share)) for share in shares)
                            for shares in table["fund_shares"]]
    shapes = shapely.from_wkb([None if wkb is None else bytes(wkb) for wkb in table["wkb"]])
    frame = geopandas.GeoDataFrame(table.drop(columns=["geom", "wkb"]), geometry=shapes, crs=4326)
    return frame[[*SITE_COLUMNS, "site", "region_id", "draft", "record"]]


def _amount(share: Mapping[str, object]) -> float:
    """What a fund gives; NaN where only its name is known."""
    return float("nan") if share.get("amount") is None else float(share["amount"])


def near(connection: Connection, project_ids: Sequence[UUID], reaches_m: Sequence[float]) -> set[tuple[str, str]]:
    """Pairs (smaller id, larger id) of these works with whatever stands within their reach: a superset."""
    return _pairs(connection.execute("SELECT project, other FROM matching_near(%s, %s::double precision[])",
                                     [list(project_ids), list(reaches_m)]).fetchall())


def without_point(connection: Connection, project_ids: Sequence[UUID]) -> set[tuple[str, str]]:
    """Pairs of works of one village of which at least one has no point."""
    return _pairs(connection.execute("SELECT project, other FROM matching_without_point(%s)",
                                     [list(project_ids)]).fetchall())


def _pairs(rows: Sequence[tuple[UUID, UUID]]) -> set[tuple[str, str]]:
    return {(str(min(pair)), str(max(pair))) for pair in rows}


def around_with_facts(connection: Connection, shape: BaseGeometry, reach_m: float, village: str | None
                      ) -> list[dict[str, object]]:
    """The sites of works within reach of a geometry and, with a village's code, of its works that have no point, in
    the order of ids: facts as `sites_of` has them, `geometry`, and `near` for those within reach.

    One question to the database.
    """
    return _with_facts(connection.execute(
        f"""
        WITH around AS MATERIALIZED (SELECT project FROM matching_around(ST_GeomFromWKB(%(shape)s, 4326), %(reach)s))
        SELECT {_FACTS}, m.project IN (SELECT project FROM around) AS near
          FROM matching_sites(ARRAY(SELECT project FROM around UNION SELECT matching_bare(%(village)s))) m
        """,  # noqa: S608  this module's own text
        {"shape": shapely.to_wkb(shape), "reach": reach_m, "village": village}))


def of_village_with_facts(connection: Connection, village: str) -> list[dict[str, object]]:
    """The sites of every work of a village, by its code, as `around_with_facts` gives them; none of them is near."""
    return _with_facts(connection.execute(
        f"SELECT {_FACTS}, false AS near FROM matching_sites(ARRAY(SELECT matching_village(%s))) m",  # noqa: S608
        [village]))


_FACTS = """m.project, m.site, m.region_id, m.region_code, m.source, m.record, m.name, m.category, m.activity_code,
            m.year, m.stage, m.fund, m.fund_shares, m.amount, m.place, m.rt, m.rw, m.contractor, m.contract,
            m.start_date, m.end_date, m.role, m.method, m.accuracy_m, ST_AsBinary(m.geom) AS wkb"""


def _with_facts(rows: Cursor) -> list[dict[str, object]]:
    names = [column.name for column in rows.description]
    found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    for one, geometry in zip(found, shapely.from_wkb([None if row["wkb"] is None else bytes(row["wkb"])
                                                      for row in found]), strict=True):
        shares = one["fund_shares"]
        one["fund_shares"] = None if shares is None else tuple((share["fund"], _amount(share)) for share in shares)
        one["amount"] = None if one["amount"] is None else float(one["amount"])
        one["geometry"] = geometry
        one["project"] = str(one["project"])
    return found


def lock_everything(connection: Connection) -> None:
    """Hold every place until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_ALL_CELLS])


def lock(connection: Connection, sites: geopandas.GeoDataFrame, reach_m: float) -> None:
    """Hold the places that these sites touch until the transaction ends, always in the same order.

    Two works near each other share a cell, so that of two parallel uploads the second waits and then sees the first:
    the order of arrival does not matter. Very many cells are held as one.
    """
    boxes = sites.geometry.dropna().bounds.to_numpy() / _CELL_DEGREES
    margin = reach_m / 100_000 / _CELL_DEGREES
    cells: set[tuple[int, int]] = set()
    for west, south, east, north in np.unique(np.c_[np.floor(boxes[:, :2] - margin), np.floor(boxes[:, 2:] + margin)],
                                              axis=0).astype(int):
        if (east - west + 1) * (north - south + 1) + len(cells) > _MOST_LOCKS:
            cells.clear()
            break
        cells.update((x, y) for x in range(west, east + 1) for y in range(south, north + 1))
    keys = sorted({x * 65_536 + y for x, y in cells} | {-1 - int(region) for region in sites["region_id"].unique()})
    if (len(boxes) and not cells) or len(keys) > _MOST_LOCKS:
        return lock_everything(connection)
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_ALL_CELLS])
    for key in keys:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    return None


def store(connection: Connection, touched: Sequence[UUID], measured: Sequence[Mapping[str, object]]) -> list[int]:
    """Write what was measured; pairs of touched works that are not among it are retired. Ids of the stored pairs."""
    return [row.pair_id for row in connection.execute(
        "SELECT pair_id FROM matching_store(%s, %s)", [list(touched), json.dumps(list(measured))])]


def component(connection: Connection, touched: Sequence[UUID]) -> pd.DataFrame:
    """The pairs to look at that hang together with these works: pair_id, left, right, probability."""
    rows = connection.execute("SELECT * FROM matching_component(%s)", [list(touched)]).fetchall()
    return pd.DataFrame(rows, columns=["pair_id", "left", "right", "probability"])


def group(connection: Connection, pair_ids: Sequence[int], groups: Sequence[UUID]) -> None:
    connection.execute("SELECT matching_group(%s, %s)", [list(pair_ids), list(groups)])


def everyone(connection: Connection) -> list[UUID]:
    """Every work that counts, in the order of ids."""
    return [row[0] for row in connection.execute("SELECT matching_everyone()")]


def latest_model(connection: Connection) -> tuple[int, dict] | None:
    """(number of works counted, JSON) of the model in force; None before the first."""
    return connection.execute("SELECT works, content FROM model ORDER BY id DESC LIMIT 1").fetchone()


def latest_model_id(connection: Connection) -> tuple[str, int, str] | None:
    """What the model in force is known by among all databases of this process: one kept again is another one."""
    where = connection.info
    row = connection.execute("SELECT id, kept_at::text FROM model ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else (f"{where.host}:{where.port}/{where.dbname}", *row)


def keep_model(connection: Connection, version: str, works: int, content: Mapping[str, object]) -> None:
    connection.execute("SELECT matching_keep_model(%s, %s, %s)", [version, works, json.dumps(content)])


def hidden_pairs(connection: Connection, project_id: UUID) -> list[tuple[str, str]]:
    """(kind, village) of foreign drafts that resemble one's own work: all that may be shown of them."""
    return connection.execute("SELECT kind, village FROM hidden_pairs(%s)", [project_id]).fetchall()
