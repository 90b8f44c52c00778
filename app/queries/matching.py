"""The matching door: the only module that calls the SECURITY DEFINER functions of migrations/0003 (a test says so).

What comes back crosses every border, drafts included. It goes into geo.duplicates and into the table of pairs, never
onto a page: what a page shows is read again, as the person who asks.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from app.db import Connection, planned_once
from app.queries.checks import DRAFTS
from geo.schema import SITE_COLUMNS

ALL_CELLS = 2_147_483_647
_CELL_DEGREES = 0.02
_MOST_LOCKS = 500
ModelId = tuple[str, int, str, str]
LATEST_MODEL = """
    SELECT m.id, m.kept_at::text,
           (SELECT coalesce(sum(hashint8extended(c.id, 0)::numeric), 0)::text FROM crowd c WHERE c.model_id = m.id)
      FROM model m ORDER BY m.id DESC LIMIT 1
"""


def sites_of(connection: Connection, project_ids: Sequence[UUID]) -> geopandas.GeoDataFrame:
    """The sites that count of these works, as geo.schema.SITE_COLUMNS and the columns volume, unit, site,
    region_id, draft and record; a work without a point has one row without a geometry."""
    rows = connection.execute("SELECT *, ST_AsBinary(geom) AS wkb FROM matching_sites(%s)", [list(project_ids)])
    names = [column.name for column in rows.description]
    table = pd.DataFrame(rows.fetchall(), columns=names)
    table["project"] = table["project"].astype(str)
    table["year"] = table["year"].astype("Int16")
    for name in ("amount", "volume", "accuracy_m"):
        table[name] = pd.to_numeric(table[name]).astype(float)
    for name in ("start_date", "end_date"):
        table[name] = pd.to_datetime(table[name])
    table["fund_shares"] = [None if shares is None else tuple((share["fund"], _amount(share)) for share in shares)
                            for shares in table["fund_shares"]]
    shapes = shapely.from_wkb([None if wkb is None else bytes(wkb) for wkb in table["wkb"]])
    frame = geopandas.GeoDataFrame(table.drop(columns=["geom", "wkb"]), geometry=shapes, crs=4326)
    return frame[[*SITE_COLUMNS, "volume", "unit", "site", "region_id", "draft", "record"]]


def _amount(share: Mapping[str, object]) -> float:
    """What a fund gives; NaN where only its name is known."""
    return float("nan") if share.get("amount") is None else float(share["amount"])


class Places(NamedTuple):
    """Where works stand and have ever stood: ids of regions, and boxes [n, 4] in degrees."""

    regions: list[int]
    boxes: NDArray[np.float64]


def places(connection: Connection, project_ids: Sequence[UUID]) -> Places:
    rows = connection.execute("SELECT region_id, west, south, east, north FROM matching_places(%s)",
                              [list(project_ids)]).fetchall()
    boxes = [row[1:] for row in rows if row.west is not None]
    return Places([row.region_id for row in rows if row.region_id is not None], np.array(boxes).reshape(-1, 4))


def beside(connection: Connection, project_ids: Sequence[UUID], reaches_m: Sequence[float], most_m: float) -> set[str]:
    """The works within reach of where these stand, these included, or within `most_m` of where they have stood: a
    superset, the engine decides."""
    return {str(row[0]) for row in connection.execute("SELECT matching_beside(%s, %s::double precision[], %s)",
                                                      [list(project_ids), list(reaches_m), most_m])}


def villages(connection: Connection, project_ids: Sequence[UUID]) -> set[str]:
    """All works of the regions where these are or have been and where one has no point."""
    return {str(row[0]) for row in connection.execute("SELECT matching_villages(%s)", [list(project_ids)])}


class Around(NamedTuple):
    """What stands around a proposal: the village that alone holds it (code, name, approximate; else None), how many
    works within reach, and the sites that may be it, in the order of ids: facts as `sites_of` has them, `geometry`,
    `village`, and `readable`: the work as the person asking may read it, else None. And what else a check must know:
    the count of the reader's drafts (`checks.DRAFTS`) and by what the model in force is known."""

    village: tuple[str, str, bool] | None
    works: int
    sites: list[dict[str, object]]
    drafts: tuple
    model: ModelId | None


class Readable(NamedTuple):
    """A work as a card of the answer shows it."""

    id: UUID
    number: int
    name: str
    year: int | None
    fund: str | None
    amount: Decimal | None
    draft: bool


def around(connection: Connection, asked: Mapping[str, object]) -> Around:
    """All of it in one question.

    `asked`: shape and point (WKB), reach_m, codes, tolerances_m, usual_off_m and most_off_m (`matching_within`), every
    (all within reach, not only what is close), named, name and amount (of works without a point, at most `MOST_BARE`),
    village (a code; None: the one that holds the point).
    """
    with planned_once(connection):
        cursor = connection.cursor(row_factory=tuple_row).execute(AROUND, {"most": MOST_BARE, **asked})
    rows = cursor.fetchall()
    village, works, drafts, model = rows[0][:3], rows[0][3], rows[0][4:9], rows[0][9:_BEFORE]
    sites = _sites([row[_BEFORE:] for row in rows if row[_BEFORE] is not None])
    return Around(None if village[0] is None else village, works, sites, drafts, _model_id(connection, model))


def of_village(connection: Connection, village: str) -> list[dict[str, object]]:
    """The sites of every work of a village, by its code, as `around` gives them."""
    cursor = connection.cursor(row_factory=tuple_row).execute(_OF_VILLAGE, [village])
    return _sites(cursor.fetchall())


def has_more_bare(connection: Connection, village: str) -> bool:
    """Whether a village (a code) has more works without a point than a check compares."""
    return connection.execute("SELECT count(*) > %(most)s FROM matching_bare(%(village)s, '', NULL, %(most)s + 1)",
                              {"village": village, "most": MOST_BARE}).fetchone()[0]


def _sites(rows: Sequence[tuple]) -> list[dict[str, object]]:
    after = len(_COLUMNS)
    sites = [dict(zip(_COLUMNS, row, strict=False)) for row in rows]
    shapes = shapely.from_wkb([row[after] for row in rows])
    for site, row, geometry in zip(sites, rows, shapes, strict=True):
        shares = site["fund_shares"]
        site["fund_shares"] = None if shares is None else tuple((share["fund"], _amount(share)) for share in shares)
        site["amount"] = None if site["amount"] is None else float(site["amount"])
        site["geometry"] = geometry
        site["village"] = row[after + 1]
        site["readable"] = None if row[after + 2] is None else Readable(*row[after + 2:])
    return sites


_BEFORE = 12
MOST_BARE = 200
"""Of a village's works without a point so many are compared with a proposal that has one: those of its amount, then
those that are called most like it."""
_COLUMNS = ("project", "region_id", "region_code", "source", "record", "name", "category", "activity_code", "year",
            "stage", "fund", "fund_shares", "amount", "volume", "unit", "place", "rt", "rw", "contractor", "contract",
            "start_date", "end_date", "role", "method", "accuracy_m")
_FACTS = f"""{", ".join(f"m.{name}" for name in _COLUMNS)},
           ST_AsBinary(m.geom), (SELECT v.name FROM region v WHERE v.id = m.region_id), w.*"""  # noqa: S608
_READABLE = """LEFT JOIN LATERAL (
        SELECT p.id, p.number, p.name, p.year, p.fund, p.amount, p.draft FROM project p
         WHERE p.id = m.project AND p.withdrawn_at IS NULL
           AND (NOT p.draft OR p.region_id = ANY ((SELECT own_regions())::int[])) LIMIT 1) w ON true"""
_OF_VILLAGE = f"SELECT {_FACTS} FROM matching_sites(ARRAY(SELECT matching_village(%s))) m {_READABLE}"  # noqa: S608
AROUND = f"""
    WITH place AS MATERIALIZED (
      SELECT min(r.code) AS code, min(r.name) AS name, bool_or(r.approximate) AS approximate FROM region r
       WHERE r.valid_to IS NULL AND r.level = 'village' AND r.geom && ST_GeomFromWKB(%(point)s, 4326)
         AND ST_Intersects(r.geom, ST_GeomFromWKB(%(point)s, 4326)) HAVING count(*) = 1),
    around AS MATERIALIZED (
      SELECT project, close FROM matching_within(ST_GeomFromWKB(%(shape)s, 4326), %(reach_m)s, %(codes)s,
                                                 %(tolerances_m)s, %(usual_off_m)s, %(most_off_m)s))
    SELECT place.code, place.name, place.approximate, (SELECT count(*) FROM around), drafts.*, model.*,
           {_FACTS}
      FROM ({DRAFTS}) drafts LEFT JOIN place ON true LEFT JOIN ({LATEST_MODEL}) model ON true
      LEFT JOIN LATERAL matching_sites(ARRAY(
                  SELECT project FROM around WHERE close OR %(every)s
                  UNION
                  SELECT matching_bare(coalesce(%(village)s, place.code), %(name)s, %(amount)s::numeric, %(most)s)
                   WHERE %(named)s)) m ON true
      {_READABLE}
"""  # noqa: S608  texts of these modules
"""Each is looked up by itself: planned as joins of whole tables these few rows may walk through a million. So the plan
is one for any place, and is made once for a connection: making it takes as long as running it."""


def lock_everything(connection: Connection) -> None:
    """Hold every place until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ALL_CELLS])


def keys_of(regions: Iterable[int], boxes: NDArray[np.float64], reach_m: float) -> set[int]:
    """What `lock` holds for these regions and boxes [n, 4]: two works near each other share a cell."""
    boxes = boxes / _CELL_DEGREES
    margin = reach_m / 100_000 / _CELL_DEGREES
    keys = {-1 - int(region) for region in regions}
    for west, south, east, north in np.unique(np.c_[np.floor(boxes[:, :2] - margin), np.floor(boxes[:, 2:] + margin)],
                                              axis=0).astype(int):
        if (east - west + 1) * (north - south + 1) + len(keys) > _MOST_LOCKS:
            return {ALL_CELLS}
        keys.update(x * 65_536 + y for x in range(west, east + 1) for y in range(south, north + 1))
    return keys if len(keys) <= _MOST_LOCKS else {ALL_CELLS}


def lock(connection: Connection, keys: set[int]) -> None:
    """Hold these until the transaction ends, always in the same order; very many are held as one.

    Of two parallel uploads the second waits and then sees the first: the order of arrival does not matter.
    """
    if ALL_CELLS in keys:
        return lock_everything(connection)
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [ALL_CELLS])
    for key in sorted(keys):
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


def works(connection: Connection) -> int:
    """How many works count."""
    return connection.execute("SELECT matching_works()").fetchone()[0]


def note_crowds(connection: Connection, spots: Sequence[tuple[float, float]], works: Sequence[int],
                crowded: Sequence[bool]) -> None:
    """Add to the model in force that coordinates (lon, lat) have become crowded, or are no longer."""
    connection.execute("SELECT matching_note_crowds(%s::float8[], %s::float8[], %s::bool[], %s::int[])",
                       [[lon for lon, _ in spots], [lat for _, lat in spots], list(crowded), list(works)])


def noted_crowds(connection: Connection) -> list[tuple[float, float, bool]]:
    """What was noted since the model in force was counted, the last word last: lon, lat, whether it is crowded."""
    return [tuple(row) for row in connection.execute(
        "SELECT lon, lat, crowded FROM crowd WHERE model_id = (SELECT max(id) FROM model) ORDER BY id")]


def latest_model(connection: Connection) -> tuple[int, dict] | None:
    """(number of works counted, JSON) of the model in force; None before the first."""
    return connection.execute("SELECT works, content FROM model ORDER BY id DESC LIMIT 1").fetchone()


def latest_model_id(connection: Connection) -> ModelId | None:
    """What the model in force is known by among all databases of this process: one kept again is another one, and so
    is one of which the transaction sees other crowds."""
    return _model_id(connection, connection.execute(LATEST_MODEL).fetchone())


def _model_id(connection: Connection, row: Sequence | None) -> ModelId | None:
    where = connection.info
    return None if row is None or row[0] is None else (f"{where.host}:{where.port}/{where.dbname}", *row)


def renew_snapshot(connection: Connection, version: str, works: int, content: Mapping[str, object]) -> None:
    """Keep what was counted anew; the database refuses other weights or another threshold than those in force."""
    connection.execute("SELECT matching_renew_snapshot(%s, %s, %s)", [version, works, json.dumps(content)])


def save_model(connection: Connection, draft_id: UUID, version: str, works: int, content: Mapping[str, object]) -> int:
    """Put a draft in force; the database refuses whoever may not, and a draft that was not shown as it is."""
    return connection.execute("SELECT matching_save_model(%s, %s, %s, %s)",
                              [draft_id, version, works, json.dumps(content)]).fetchone()[0]


def judged(connection: Connection, touched: Sequence[UUID]) -> set[tuple[str, str, str]]:
    """(left, right, sum of the facts) of what people have judged and not taken back, of pairs with these works."""
    return {(str(left), str(right), facts) for left, right, facts in connection.execute(
        "SELECT left_project, right_project, facts_hash FROM matching_judged(%s)", [list(touched)])}


def hidden_pairs(connection: Connection, project_id: UUID) -> list[tuple[str, str]]:
    """(kind, village) of foreign drafts that resemble one's own work: all that may be shown of them."""
    return connection.execute("SELECT kind, village FROM hidden_pairs(%s)", [project_id]).fetchall()
