"""The queue of pairs as an export: one row a pair, with the facts of both works and what people have said of it.

Strength is given in words, as on every page: a percentage would claim more than is known. What is to be judged blind
comes without the machine's opinion. The geometry of a row is that of both works.
"""

from psycopg.sql import SQL

from app.db import Connection
from app.queries import scope
from app.queries.exported import Column, Counted, Source
from app.queries.exported_works import names_of
from app.queries.pairs import HIDDEN, PairFilter, listing
from app.queries.verdicts import VERDICTS
from geo.kinds import KINDS
from geo.model import MEDIUM_FROM, STRONG_FROM
from geo.schema import CATEGORY, FUNDS, STAGES

_SIDE = (
    ("pantau_id", "text", (), ""), ("name", "text", (), ""), ("category", "choice", tuple(CATEGORY), "category"),
    ("year", "whole", (), ""), ("stage", "choice", STAGES, "stage"), ("fund", "choice", FUNDS, "fund"),
    ("amount", "money", (), ""), ("village", "text", (), ""), ("place", "text", (), ""),
    ("contractor", "text", (), ""), ("contract", "text", (), ""))
COLUMNS = (
    Column("pair", "whole", "export.column.pair"), Column("kind", "choice", "export.column.kind", tuple(KINDS), "kind"),
    Column("strength", "choice", "export.column.strength", ("strong", "medium", "weak"), "strength"),
    Column("money", "money", "export.column.money"), Column("distance_m", "number", "export.column.distance_m"),
    Column("overlap_m", "number", "export.column.overlap_m"),
    Column("overlap_share", "number", "export.column.overlap_share"),
    Column("reason", "sentence", "export.column.reason"),
    Column("state", "choice", "export.column.state", ("open", "alike", "reopened", "visit", "judged"), "export.state"),
    Column("verdict", "choice", "export.column.verdict", VERDICTS, "verdict"),
    Column("note", "text", "export.column.note"), Column("answer", "text", "export.column.answer"),
    *(Column(f"{side}_{name}", kind, f"export.column.{side}.{name}", codes, subject)
      for side in "ab" for name, kind, codes, subject in _SIDE))

_SIDE_SQL = ", ".join(
    f"{side}.id::text, {side}.name, {side}.category, {side}.year, {side}.stage, {side}.fund, {side}.amount, "
    f"CASE WHEN {side}.village_known THEN r{side}.name ELSE {side}.claimed_region END, {side}.place, "
    f"{side}.contractor, {side}.contract" for side in "ab")
_OWN = f"ARRAY[a.region_id, b.region_id] && {scope.OWN}"
_QUERY = f"""
    SELECT x.id, CASE WHEN NOT ({HIDDEN}) THEN x.kind END,
           CASE WHEN {HIDDEN} THEN NULL WHEN x.probability >= {STRONG_FROM} THEN 'strong'
                WHEN x.probability >= {MEDIUM_FROM} THEN 'medium'
                ELSE 'weak' END,
           x.money, round(x.distance_m::numeric, 1), round(x.overlap_m::numeric, 1),
           round(x.overlap_share::numeric, 3), CASE WHEN NOT ({HIDDEN}) THEN x.reason END,
           CASE WHEN derived.state = 'open' AND NOT x.to_look_at THEN 'alike' ELSE derived.state END,
           nullif(standing.verdict, 'withdrawn'),
           (SELECT v.note FROM verdict v WHERE v.pair_id = x.id AND v.facts_hash = x.facts_hash AND {_OWN}
             ORDER BY v.id DESC LIMIT 1),
           (SELECT t.text FROM answer t WHERE t.pair_id = x.id AND {_OWN} ORDER BY t.id DESC LIMIT 1),
           {_SIDE_SQL},
           (SELECT ST_AsBinary(ST_CollectionHomogenize(ST_Collect(s.geom ORDER BY s.id))) FROM site s
             WHERE s.id IN (x.left_site, x.right_site)),
           x.draft_regions
"""  # noqa: S608  constants of this module


def count(connection: Connection, wanted: PairFilter) -> Counted:
    listed, values = listing(wanted)
    return Counted(*connection.execute(
        "SELECT count(*) AS pairs, count(*) FILTER (WHERE coalesce(x.left_site, x.right_site) IS NULL) AS bare"
        f" {listed}", values).fetchone())


def query(wanted: PairFilter) -> tuple[SQL, dict[str, object]]:
    listed, values = listing(wanted)
    return SQL(f"{_QUERY} {listed} ORDER BY derived.rank DESC, x.id"), values


def describe(connection: Connection, wanted: PairFilter) -> list[tuple[str, list[object]]]:
    said: list[tuple[str, list[object]]] = [
        ("export.column.state", [{"id": f"export.listed.{wanted.state}"}]),
        ("export.column.kind", [{"id": f"kind.{kind}"} for kind in wanted.kind]),
        ("column.fund", [{"id": f"fund.{fund}"} for fund in wanted.fund]), ("column.year", list(wanted.year)),
        ("column.district", names_of(connection, wanted.district)),
        ("column.village", names_of(connection, wanted.village)),
        ("export.filter.regions", [{"id": "export.everywhere" if wanted.everywhere else "export.own_regions"}])]
    return [(heading, values) for heading, values in said if values]


PAIRS = Source("pairs", COLUMNS, PairFilter.parse, count, query, describe)
