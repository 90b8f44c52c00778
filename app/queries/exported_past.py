"""The list of works as it stood at a moment, as an export: the same columns as today's list (exported_works.py).

Facts and places are those recorded before the moment; who may have them follows the rights of today. How an indication
stood is not kept, so its column is empty.
"""

from datetime import datetime
from uuid import UUID

from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries.areas import Area
from app.queries.exported import Counted
from app.queries.exported_places import ABOVE, GATHERED, REGIONS
from app.queries.filters import Filter
from app.queries.past_maps import FACTS, STOOD, Then
from app.queries.tiles import READABLE

_QUERY = f"""
    SELECT p.id::text, f.name, f.category, f.activity_code, f.year, f.stage, f.fund, f.amount, f.volume, f.unit,
           {REGIONS.format("f")},
           f.place, f.rt, f.rw, f.contractor, f.contract, f.start_date, f.end_date, f.record,
           stands.accuracy_m, stands.method, stands.sites::int, stands.outside_m, NULL::text,
           ST_AsBinary(stands.geom), CASE WHEN now.draft THEN ARRAY[now.region_id] END
      FROM ({{work}}) AS p JOIN project now ON now.id = p.id {FACTS.format("p.id")}
     CROSS JOIN LATERAL jsonb_populate_record(NULL::project, told.facts) AS f
      JOIN region r ON r.id = p.region_id
      {ABOVE}
      LEFT JOIN LATERAL (
        {GATHERED} WHERE s.project_id = p.id AND s.role = p.role AND {STOOD} AND {READABLE}) AS stands ON true
     WHERE {{where}}
     ORDER BY p.year DESC NULLS LAST, p.turn DESC
"""  # noqa: S608  constants of the queries' modules


def count(connection: Connection, moment: datetime, chosen: Filter, area: Area | None,
          selected: tuple[UUID, ...]) -> Counted:
    work, where, values = _works(moment, chosen, area, selected)
    return Counted(*connection.execute(SQL(
        "SELECT count(*) AS works, count(*) FILTER (WHERE p.x IS NULL) AS without_point FROM ({work}) AS p "
        "WHERE {where}").format(work=work, where=where), values).fetchone())


def query(moment: datetime, chosen: Filter, area: Area | None,
          selected: tuple[UUID, ...]) -> tuple[Composed, dict[str, object]]:
    work, where, values = _works(moment, chosen, area, selected)
    return SQL(_QUERY).format(work=work, where=where), values


def _works(moment: datetime, chosen: Filter, area: Area | None,
           selected: tuple[UUID, ...]) -> tuple[Composed, Composed, dict[str, object]]:
    work, where, values = Then(moment).works(chosen, area)
    if selected:
        where = SQL("{} AND p.id = ANY (%(selected)s)").format(where)
        values |= {"selected": list(selected)}
    return work, where, values
