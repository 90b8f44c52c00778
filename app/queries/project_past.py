"""One work as it was known at a moment: the facts recorded before it, of a work that may be read today."""

from datetime import datetime
from uuid import UUID

from psycopg.rows import args_row

from app.db import Connection
from app.queries import scope
from app.queries.project_details import Project
from app.queries.project_list import READABLE


def by_id(connection: Connection, project_id: UUID, before: datetime) -> Project | None:
    """The work with the facts that were recorded before a moment; None where none were, or it may not be read now."""
    return connection.cursor(row_factory=args_row(Project)).execute(
        f"""
        SELECT now.id, now.number, p.name, p.category, p.activity_code, p.year, p.stage, p.fund, p.fund_shares,
               p.amount, p.volume, p.unit, p.place, p.rt, p.rw, p.contractor, p.contract, p.record, p.start_date,
               p.end_date, coalesce(p.stage = 'proposed', false), told.version, now.source, p.claimed_region,
               CASE r.level WHEN 'village' THEN r.name END, CASE r.level WHEN 'village' THEN r.code END,
               CASE r.level WHEN 'village' THEN above.name WHEN 'district' THEN r.name END,
               CASE r.level WHEN 'village' THEN above.code WHEN 'district' THEN r.code END,
               r.approximate, e.full_name, now.entered_at, told.recorded_at, p.withdrawn_at, u.file_name,
               now.region_id = ANY ((SELECT own_regions())::int[])
          FROM (SELECT p.* FROM project p WHERE p.id = %(id)s AND {READABLE}) AS now
          JOIN LATERAL (SELECT f.* FROM project_fact f WHERE f.project_id = now.id AND f.recorded_at < %(before)s
                         ORDER BY f.version DESC LIMIT 1) AS told ON true
          CROSS JOIN LATERAL jsonb_populate_record(NULL::project, told.facts) AS p
          JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id
          JOIN person e ON e.id = now.entered_by LEFT JOIN upload u ON u.id = told.upload_id AND {scope.upload("u")}
        """, {"id": project_id, "before": before}).fetchone()  # noqa: S608  a constant


def stood_alone(connection: Connection, project_id: UUID, before: datetime) -> bool:
    """Whether the record was not yet part of another work, by what was recorded before a moment."""
    found = connection.execute(
        "SELECT f.facts->>'merged_into' FROM project_fact f WHERE f.project_id = %s AND f.recorded_at < %s "
        "ORDER BY f.version DESC LIMIT 1", [project_id, before]).fetchone()
    return found is None or found[0] is None
