"""An inspector's lists as exports: the works with one signal, the register of findings, a drawn sample.

Each holds what its page shows to the person asking, all of it; a sample says the figures with which it was drawn.
"""

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urlencode

from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries import samples
from app.queries.anomalies import KINDS
from app.queries.exported import Column, Counted, Source
from app.queries.exported_works import Wanted as Works
from app.queries.exported_works import describe as describe_works
from app.queries.filters import Filter
from app.queries.findings import STATES
from geo.schema import FUNDS

WORK = (Column("pantau_id"), Column("number", "whole", "export.column.number"), Column("name"), Column("village"),
        Column("district"), Column("year", "whole"), Column("fund", "choice", codes=tuple(FUNDS), subject="fund"),
        Column("amount", "money"))
"""A work as every list of an inspection names it."""
_WORK = "p.id::text, p.number, p.name, r.name, above.name, p.year, p.fund"
_PLACE = """(SELECT ST_AsBinary(CASE WHEN count(*) = 1 THEN (array_agg(stood.geom))[1]
                                ELSE ST_CollectionHomogenize(ST_Collect(stood.geom ORDER BY stood.part, stood.id)) END)
               FROM site stood WHERE stood.project_id = p.id AND stood.superseded_at IS NULL HAVING count(*) > 0)"""


@dataclass(frozen=True, slots=True)
class Signals:
    """The works with one kind of signal."""

    kind: str
    filter: Filter

    @classmethod
    def parse(cls, query_string: str) -> Self:
        """Raises ValueError where no kind of signal is named."""
        kind = parse_qs(query_string, max_num_fields=500).get("kind", [""])[-1]
        if kind not in KINDS:
            raise ValueError("no such signal")
        return cls(kind, Filter.parse(query_string).without("suspected", "stage", "q", "pointless"))

    def query_string(self) -> str:
        return "&".join(part for part in (urlencode({"kind": self.kind}), self.filter.query_string()) if part)


_SIGNALS = """
      FROM anomaly a JOIN project p ON p.id = a.project_id
      JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id
     WHERE a.kind = %(kind)s AND a.region_id + 0 = ANY ((SELECT own_regions())::int[]) AND NOT p.draft AND {where}
"""


def _count_signals(connection: Connection, wanted: Signals) -> Counted:
    where, values = wanted.filter.sql()
    return Counted(*connection.execute(SQL(
        f"SELECT count(*) AS rows, count(*) FILTER (WHERE {_PLACE} IS NULL) AS bare {_SIGNALS}"
    ).format(where=where), values | {"kind": wanted.kind}).fetchone())


def _query_signals(wanted: Signals) -> tuple[Composed, dict[str, object]]:
    where, values = wanted.filter.sql()
    return SQL(f"SELECT a.kind, {_WORK}, p.amount, a.reason, {_PLACE}, NULL::int[] {_SIGNALS} "
               "ORDER BY a.measure DESC, a.project_id DESC").format(where=where), values | {"kind": wanted.kind}


def _describe_signals(connection: Connection, wanted: Signals) -> list[tuple[str, list[object]]]:
    return [("export.column.signal", [{"id": f"anomaly.{wanted.kind}"}]),
            *describe_works(connection, Works(wanted.filter))]


ANOMALIES = Source(
    "anomalies", (Column("signal", "choice", "export.column.signal", KINDS, "anomaly"), *WORK,
                  Column("reason", "sentence", "export.column.reason")),
    Signals.parse, _count_signals, _query_signals, _describe_signals)


@dataclass(frozen=True, slots=True)
class Register:
    """The findings in one state; None: all that are not closed, as the register shows them first."""

    state: str | None

    @classmethod
    def parse(cls, query_string: str) -> Self:
        state = parse_qs(query_string, max_num_fields=50).get("state", [""])[-1]
        return cls(state if state in STATES else None)

    def query_string(self) -> str:
        return urlencode({"state": self.state}) if self.state else ""

    @property
    def values(self) -> dict[str, object]:
        return {"state": self.state}


_LATEST = """
      FROM finding f JOIN person w ON w.id = f.written_by
      LEFT JOIN LATERAL (
        SELECT e.text, q.full_name AS person, e.at FROM finding_event e JOIN person q ON q.id = e.person_id
         WHERE e.finding_id = f.id ORDER BY e.id DESC LIMIT 1) AS latest ON true
"""
_FINDINGS = """
     WHERE f.regions && (SELECT regions_for('{auditor,field,head}'))::int[]
       AND CASE WHEN %(state)s::text IS NULL THEN f.state <> 'closed' ELSE f.state = %(state)s END
"""
_ABOUT = "FROM finding_project fp JOIN project p ON p.id = fp.project_id"
_OF_FINDING = f"""(SELECT ST_AsBinary(ST_CollectionHomogenize(ST_Collect(s.geom ORDER BY s.id))) {_ABOUT}
               JOIN site s ON s.project_id = p.id AND s.superseded_at IS NULL
              WHERE fp.finding_id = f.id HAVING count(*) > 0)"""
_LOCAL = "AT TIME ZONE (SELECT timezone FROM installation)"
_QUERY_FINDINGS = f"""
    SELECT f.id, f.state, f.title, f.condition, f.criteria, f.cause, f.effect, f.recommendation, f.amount,
           f.responsible, f.due_on,
           (SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM region r WHERE r.id = ANY (f.regions)),
           (SELECT string_agg(p.number || ' ' || p.name, '; ' ORDER BY p.number) {_ABOUT} WHERE fp.finding_id = f.id),
           f.pair_id, w.full_name, (f.written_at {_LOCAL})::date, latest.text, latest.person,
           (latest.at {_LOCAL})::date, {_OF_FINDING},
           (SELECT array_agg(DISTINCT p.region_id) {_ABOUT} WHERE fp.finding_id = f.id AND p.draft)
    {_LATEST} {_FINDINGS} ORDER BY f.due_on, f.id
"""  # noqa: S608  constants of this module


def _count_findings(connection: Connection, wanted: Register) -> Counted:
    return Counted(*connection.execute(
        f"SELECT count(*) AS rows, count(*) FILTER (WHERE {_OF_FINDING} IS NULL) AS bare {_LATEST} {_FINDINGS}",
        wanted.values).fetchone())


FINDINGS = Source(
    "findings", (
        Column("finding", "whole", "export.column.finding"),
        Column("state", "choice", "export.column.state", STATES, "export.finding"),
        *(Column(name, "text", f"export.column.{name}") for name in (
            "title", "condition", "criteria", "cause", "effect", "recommendation")),
        Column("amount", "money"), Column("responsible", "text", "export.column.responsible"),
        Column("due_on", "date", "export.column.due_on"), Column("village"),
        Column("works", "text", "export.column.works"), Column("pair", "whole", "export.column.pair"),
        Column("written_by", "text", "export.column.written_by"),
        Column("written_on", "date", "export.column.written_on"),
        Column("latest", "text", "export.column.latest"), Column("latest_by", "text", "export.column.latest_by"),
        Column("latest_on", "date", "export.column.latest_on")),
    Register.parse, _count_findings, lambda wanted: (SQL(_QUERY_FINDINGS), wanted.values),
    lambda connection, wanted: [("export.column.state", [
        {"id": f"export.finding.{wanted.state}" if wanted.state else "export.finding.not_closed"}])])


@dataclass(frozen=True, slots=True)
class OfSample:
    """The works of one drawn sample."""

    sample: int

    @classmethod
    def parse(cls, query_string: str) -> Self:
        """Raises ValueError where no sample is named."""
        sample = int(parse_qs(query_string, max_num_fields=50).get("sample", [""])[-1])
        if not 0 < sample < 2**63:
            raise ValueError("no such sample")
        return cls(sample)

    def query_string(self) -> str:
        return urlencode({"sample": self.sample})


_SAMPLED = f"""
      FROM sample s JOIN sample_work w ON w.sample_id = s.id JOIN project p ON p.id = w.project_id
      JOIN region r ON r.id = p.region_id LEFT JOIN region above ON above.id = r.parent_id
     WHERE s.id = %(sample)s AND {samples.READABLE}
"""


def _count_sampled(connection: Connection, wanted: OfSample) -> Counted:
    return Counted(*connection.execute(
        f"SELECT count(*) AS rows, count(*) FILTER (WHERE {_PLACE} IS NULL) AS bare {_SAMPLED}",
        {"sample": wanted.sample}).fetchone())


def _query_sampled(wanted: OfSample) -> tuple[Composed, dict[str, object]]:
    return SQL(f"SELECT w.position, {_WORK}, w.amount, w.stratum, w.ticket, CASE WHEN w.certain THEN 'yes' END, "
               f"{_PLACE}, CASE WHEN p.draft THEN ARRAY[p.region_id] END {_SAMPLED} ORDER BY w.position"), {
                   "sample": wanted.sample}


def _describe_sampled(connection: Connection, wanted: OfSample) -> list[tuple[str, list[object]]]:
    drawn = samples.by_id(connection, wanted.sample)
    if drawn is None:
        return []
    return [("export.column.sample", [drawn.id]), ("export.sample.purpose", [drawn.purpose or "-"]),
            ("export.sample.seed", [drawn.seed]), ("export.sample.method", [{"id": f"export.sample.{drawn.method}"}]),
            ("export.sample.frame", [drawn.works, drawn.frame_sum]), ("export.sample.drawn_by", [drawn.person])]


SAMPLES = Source(
    "samples", (Column("position", "whole", "export.column.position"), *WORK,
                Column("stratum", "text", "export.column.stratum"), Column("ticket", "text", "export.column.ticket"),
                Column("certain", "choice", "export.column.certain", ("yes",), "export")),
    OfSample.parse, _count_sampled, _query_sampled, _describe_sampled)
