"""The list of works as an export: a filter, an area of the map, or a selection; one row a work.

A work that stands in several places is one row with all of them in one geometry: a row a place would count its money
several times. Only the places that count are given (visited before claimed before planned), as on the map. The list
of another day is asked for with the moment that ends it (exported_past.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import shapely
from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries import exported_past, maps
from app.queries.areas import Area
from app.queries.exported import Column, Counted, Source
from app.queries.exported_places import ABOVE, GATHERED, REGIONS
from app.queries.filters import FLAG, LOCATED, Filter
from app.queries.project_list import READABLE
from app.queries.tiles import COUNTS
from app.queries.tiles import READABLE as READABLE_SITE
from geo.schema import CATEGORY, FUNDS, METHODS, STAGES

MOST_SELECTED = 4_000

COLUMNS = (
    Column("pantau_id"), Column("name"), Column("category", "choice", codes=tuple(CATEGORY), subject="category"),
    Column("activity_code"), Column("year", "whole"), Column("stage", "choice", codes=STAGES, subject="stage"),
    Column("fund", "choice", codes=FUNDS, subject="fund"), Column("amount", "money"), Column("volume", "number"),
    Column("unit"), Column("village_code"), Column("village"), Column("district"), Column("regency"), Column("place"),
    Column("rt"), Column("rw"), Column("contractor"), Column("contract"), Column("start_date", "date"),
    Column("end_date", "date"), Column("id"), Column("accuracy_m", "number"),
    Column("method", "choice", "export.column.method", METHODS, "method"),
    Column("sites", "whole", "export.column.sites"), Column("outside_m", "number", "export.column.outside_m"),
    Column("indication", "choice", "export.column.indication", ("flagged", "confirmed"), "export.indication"),
)

_FLAGGED = f"""
    SELECT side.project, max(judged.flag) AS flag
      FROM pair x {FLAG} CROSS JOIN LATERAL (VALUES (x.left_project), (x.right_project)) AS side (project)
     WHERE x.retired_at IS NULL AND (x.to_look_at OR x.id IN (SELECT pair_id FROM verdict)) AND judged.flag > 0
     GROUP BY side.project
"""  # noqa: S608
"""Every flagged work that the person may know of: `project, flag`."""

_QUERY = f"""
    SELECT p.id::text, p.name, p.category, p.activity_code, p.year, p.stage, p.fund, p.amount, p.volume, p.unit,
           {REGIONS.format("p")},
           p.place, p.rt, p.rw, p.contractor, p.contract, p.start_date, p.end_date, p.record,
           stands.accuracy_m, stands.method, stands.sites::int, stands.outside_m,
           CASE flagged.flag WHEN 1 THEN 'flagged' WHEN 2 THEN 'confirmed' END,
           ST_AsBinary(stands.geom), CASE WHEN p.draft THEN ARRAY[p.region_id] END
      FROM project p
      JOIN region r ON r.id = p.region_id
      {ABOVE}
      LEFT JOIN ({_FLAGGED}) AS flagged ON flagged.project = p.id
      LEFT JOIN LATERAL (
        {GATHERED} WHERE s.project_id = p.id AND {COUNTS} AND {READABLE_SITE}) AS stands ON true
     WHERE {READABLE} AND {{where}}
     ORDER BY p.year DESC NULLS LAST, p.number DESC
"""  # noqa: S608  constants of the queries' modules
_IN_AREA = f"""p.id IN (SELECT s.project_id FROM site s
                         WHERE s.geom && ST_GeomFromWKB(%(area)s, 4326) AND s.superseded_at IS NULL
                           AND ST_Intersects(s.geom, ST_GeomFromWKB(%(area)s, 4326)) AND {READABLE_SITE})"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which works: those of a filter, of them those that touch an area, of them those that were selected; with `then`
    as they stood before that moment, the first one after a day where the office stands."""

    filter: Filter
    area: Area | None = None
    selected: tuple[UUID, ...] = ()
    then: datetime | None = None

    @classmethod
    def parse(cls, query_string: str) -> Self:
        """Read a query string: the filter of every list, `area` or `box`, `selected=ID,ID`, `then=MOMENT`. Raises
        AreaFaulty, and ValueError where the moment is none."""
        asked = parse_qs(query_string, max_num_fields=500 + MOST_SELECTED)
        area = asked.get("area") or asked.get("box")
        then = datetime.fromisoformat(asked["then"][-1]) if asked.get("then") else None
        if then and then.tzinfo is None:
            raise ValueError("a moment without its offset")
        chosen = Filter.parse(query_string)
        return cls(chosen.without("suspected") if then else chosen, Area.parse(area[-1]) if area else None,
                   _ids(",".join(asked.get("selected", []))), then)

    def query_string(self) -> str:
        more = {"area": self.area.text} if self.area else {}
        if self.selected:
            more["selected"] = ",".join(map(str, self.selected))
        if self.then:
            more |= {"as_of": self.day, "then": self.then.isoformat()}
        return "&".join(part for part in (self.filter.query_string(), urlencode(more)) if part)

    @property
    def day(self) -> str:
        """The day that `then` ends, as an address writes it."""
        return (self.then - timedelta(microseconds=1)).date().isoformat()

    def sql(self) -> tuple[Composed, dict[str, object]]:
        condition, values = self.filter.sql()
        parts = [condition]
        if self.area:
            parts.append(SQL(_IN_AREA))
            values["area"] = shapely.to_wkb(self.area.geometry)
        if self.selected:
            parts.append(SQL("p.id = ANY (%(selected)s)"))
            values["selected"] = list(self.selected)
        return SQL(" AND ").join(parts), values


def _ids(text: str) -> tuple[UUID, ...]:
    found = {}
    for one in text.split(",")[:MOST_SELECTED]:
        try:
            found[UUID(one.strip())] = None
        except ValueError:
            continue
    return tuple(found)


def count(connection: Connection, wanted: Wanted) -> Counted:
    if wanted.then:
        return exported_past.count(connection, wanted.then, wanted.filter, wanted.area, wanted.selected)
    if wanted.filter.is_counted and not wanted.area and not wanted.selected:
        total = maps.total(connection, wanted.filter)
        return Counted(total.works, total.without_point)
    where, values = wanted.sql()
    return Counted(*connection.execute(SQL(
        """
        SELECT everything.works AS works, everything.works - located.works AS without_point
          FROM (SELECT count(*) AS works FROM project p WHERE {readable} AND {where}) everything,
               (SELECT count(*) AS works FROM project p WHERE {readable} AND {where} AND {located}) located
        """).format(readable=SQL(READABLE), where=where, located=SQL(LOCATED)), values).fetchone())


def query(wanted: Wanted) -> tuple[Composed, dict[str, object]]:
    if wanted.then:
        return exported_past.query(wanted.then, wanted.filter, wanted.area, wanted.selected)
    where, values = wanted.sql()
    return SQL(_QUERY).format(where=where), values


def describe(connection: Connection, wanted: Wanted) -> list[tuple[str, list[object]]]:
    chosen = wanted.filter
    said: list[tuple[str, list[object]]] = [
        ("export.as_of", [{"id": "export.as_of.day", "values": {"day": wanted.day}}] if wanted.then else []),
        ("export.filter.q", [chosen.q] if chosen.q else []), ("column.year", list(chosen.year)),
        ("column.district", names_of(connection, chosen.district)),
        ("column.village", names_of(connection, chosen.village)),
        *((f"column.{name}", [{"id": f"{name}.{code}"} if code != "unknown" else {"id": "unit.not_known"}
                              for code in getattr(chosen, name)]) for name in ("fund", "category", "stage")),
        ("export.filter.indication", [{"id": "export.yes"}] if chosen.suspected else []),
        ("export.filter.pointless", [{"id": "export.yes"}] if chosen.pointless else []),
        ("export.filter.area", [wanted.area.text] if wanted.area else []),
        ("export.filter.selected", [{"id": "export.selected", "values": {"n": len(wanted.selected)}}]
         if wanted.selected else [])]
    return [(heading, values) for heading, values in said if values]


def names_of(connection: Connection, code: str | None) -> list[object]:
    """The region of a code by name, the code where none is known."""
    if code is None:
        return []
    found = connection.execute("SELECT name FROM region WHERE code = %s AND valid_to IS NULL", [code]).fetchone()
    return [f"{found[0]} ({code})" if found else code]


WORKS = Source("works", COLUMNS, Wanted.parse, count, query, describe)
