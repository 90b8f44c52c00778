"""Storing works and their sites: in bulk, as the person who sends them, under the policies of migrations/0002.

Rows go in through one INSERT over a JSON array, because COPY cannot pass row-level security.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from uuid import UUID, uuid4

import shapely
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.queries import scope

FACTS = ("name", "category", "activity_code", "year", "stage", "fund", "fund_shares", "amount", "volume", "unit",
         "place", "rt", "rw", "contractor", "contract", "record", "start_date", "end_date")
"""The columns of a work that are facts about it; every change of one makes a new version."""

_TYPES = {"year": "smallint", "fund_shares": "jsonb", "amount": "numeric", "volume": "numeric", "start_date": "date",
          "end_date": "date"}
_COLUMNS = ", ".join(FACTS)
_RECORD = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in FACTS)
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Site:
    """Where a work stands: a geometry in EPSG:4326 with its method and accuracy in metres."""

    geometry: BaseGeometry
    method: str | None = None
    accuracy_m: float | None = None
    role: str = "claimed"
    part: int = 1
    found_region_id: int | None = None
    outside_m: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A work to be stored; `facts` holds any of FACTS."""

    source: str
    source_key: str
    region_id: int
    village_known: bool
    facts: Mapping[str, object]
    sites: Sequence[Site] = ()
    claimed_region: str | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Known:
    """A stored work as far as an upload needs it: to tell whether a row brings anything new."""

    id: UUID
    region_id: int
    facts: Mapping[str, object]
    sites: Sequence[Site]
    entered_by: UUID
    shared: bool = False
    """Whether another record lives on in it too: facts and sites are then those that its own source has told."""


def insert(connection: Connection, works: Iterable[Work], person_id: UUID, upload_id: UUID | None = None) -> int:
    """Store new works with their sites; answers how many."""
    count = 0
    for batch in _batches(works):
        rows = [{"id": str(work.id), "source": work.source, "source_key": work.source_key, "region_id": work.region_id,
                 "village_known": work.village_known, "claimed_region": work.claimed_region} | _json_facts(work.facts)
                for work in batch]
        connection.execute(
            f"""
            INSERT INTO project (id, source, source_key, region_id, village_known, claimed_region, {_COLUMNS},
                                 entered_by, upload_id)
            SELECT id, source, source_key, region_id, village_known, claimed_region, {_COLUMNS}, %s, %s
              FROM jsonb_to_recordset(%s) AS row (id uuid, source text, source_key text, region_id integer,
                                                  village_known boolean, claimed_region text, {_RECORD})
            """,  # noqa: S608  the interpolated names are this module's own constants
            [person_id, upload_id, json.dumps(rows)])
        add_sites(connection, ((work.id, site) for work in batch for site in work.sites), person_id, upload_id)
        count += len(batch)
    return count


def add_sites(connection: Connection, sites: Iterable[tuple[UUID, Site]], person_id: UUID,
              upload_id: UUID | None = None) -> None:
    """Add current sites to stored works."""
    for batch in _batches(sites):
        rows = [{"project_id": str(project_id), "part": site.part, "role": site.role, "method": site.method,
                 "accuracy_m": site.accuracy_m, "geom": shapely.to_wkb(shapely.set_srid(site.geometry, 4326), hex=True,
                                                                      include_srid=True),
                 "found_region_id": site.found_region_id, "outside_m": site.outside_m, "reason": site.reason}
                for project_id, site in batch]
        connection.execute(
            """
            INSERT INTO site (project_id, part, role, method, accuracy_m, geom, found_region_id, outside_m, reason,
                              entered_by, upload_id)
            SELECT project_id, part, role, method, accuracy_m, geom, found_region_id, outside_m, reason, %s, %s
              FROM jsonb_to_recordset(%s) AS row (project_id uuid, part smallint, role text, method text,
                                                  accuracy_m real, geom geometry, found_region_id integer,
                                                  outside_m real, reason text)
            """, [person_id, upload_id, json.dumps(rows)])


def _batches(rows: Iterable) -> Iterator[list]:
    rows = iter(rows)
    while batch := list(islice(rows, _BATCH)):
        yield batch


def known(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, Known]:
    """The stored works of these source keys that the person may see, with their current sites.

    A record that became part of another work still answers for its own key: what its source says anew is written
    there, and triggers pass it on (migrations/0010), so that it neither comes back nor overrules what it never said.
    """
    found = connection.execute(
        f"""
        SELECT p.source_key, p.id, p.region_id, p.entered_by, project_facts(p) || coalesce(p.said - 'sites', '{{}}'),
               coalesce(p.said->'sites', project_sites(p.id)), p.said IS NOT NULL
          FROM project p
         WHERE p.source = %s AND p.source_key = ANY (%s) AND (p.withdrawn_at IS NULL OR p.merged_into IS NOT NULL)
           AND {scope.work("p")}
         FOR UPDATE OF p
        """, [source, list(keys)]).fetchall()  # noqa: S608  constants
    return {key: Known(project_id, region_id, facts, [_site_of(one) for one in sites], entered_by, shared)
            for key, project_id, region_id, entered_by, facts, sites, shared in found}


def _site_of(stored: Mapping) -> Site:
    return Site(shapely.from_wkb(stored["geom"]), stored["method"], stored["accuracy_m"], stored["role"],
                stored["part"])


def differs(stored: Known, facts: Mapping[str, object], sites: Sequence[Site]) -> bool:
    """Whether what was sent says anything that is not stored already; what was not sent does not count."""
    if news(stored, facts):
        return True
    if not sites:
        return False
    return len(sites) != len(stored.sites) or any(
        not shapely.equals_exact(new.geometry, old.geometry, tolerance=1e-9) or new.method != old.method
        for new, old in zip(sites, stored.sites, strict=True))


def _comparable(value: object) -> object:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)).normalize()
    try:
        return Decimal(value).normalize() if isinstance(value, str) and value[:1].isdigit() else value
    except ArithmeticError:
        return value


def news(stored: Known, facts: Mapping[str, object]) -> dict[str, object]:
    """Those of the facts sent that the source has not said before."""
    sent = _json_facts(facts)
    return {name: facts[name] for name, value in sent.items()
            if value is not None and _comparable(stored.facts.get(name)) != _comparable(value)}


def keep_said(connection: Connection, project_id: UUID, facts: Mapping[str, object], *, moved: bool) -> None:
    """Note what the source of a work that another record lives on in has said anew."""
    connection.execute(
        """
        UPDATE project SET said = said || %s::jsonb
               || CASE WHEN %s THEN jsonb_build_object('sites', project_sites(id)) ELSE '{}' END WHERE id = %s
        """, [json.dumps(_json_facts(facts)), moved, project_id])


def change(connection: Connection, project_id: UUID, facts: Mapping[str, object], upload_id: UUID | None = None, *,
           region_id: int | None = None, village_known: bool | None = None) -> None:
    """Give a stored work new facts: those named in `facts`, and the region if given; the trigger keeps the version."""
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise ValueError(f"not a fact of a work: {sorted(unknown)}")
    assignments = "".join(f"{name} = row.{name}, " for name in FACTS if name in facts)
    connection.execute(
        f"""
        UPDATE project SET {assignments} upload_id = coalesce(%s, project.upload_id),
               region_id = coalesce(%s, project.region_id), village_known = coalesce(%s, project.village_known)
          FROM jsonb_to_record(%s) AS row ({_RECORD})
         WHERE project.id = %s
        """,  # noqa: S608  the interpolated names are this module's own constants
        [upload_id, region_id, village_known, json.dumps(_json_facts(facts)), project_id])


def move(connection: Connection, project_id: UUID, sites: Sequence[Site], person_id: UUID,
         upload_id: UUID | None = None) -> None:
    """Replace the current sites of a work that have the same role (claimed, where none is given).

    The old ones are kept and say when they were replaced; where a work was seen to stand outlives a new claim.
    """
    roles = sorted({site.role for site in sites}) or ["claimed"]
    connection.execute(
        "UPDATE site SET superseded_at = now() WHERE project_id = %s AND superseded_at IS NULL AND role = ANY (%s)",
        [project_id, roles])
    add_sites(connection, ((project_id, site) for site in sites), person_id, upload_id)
    connection.execute(
        """
        UPDATE site old SET superseded_by = new.id
          FROM site new
         WHERE old.project_id = %(id)s AND new.project_id = %(id)s AND old.part = new.part AND old.role = new.role
           AND new.superseded_at IS NULL AND old.superseded_at = now() AND old.superseded_by IS NULL
        """, {"id": project_id})


def withdraw(connection: Connection, project_ids: Sequence[UUID]) -> None:
    """Take works back, as the undoing of an upload does; nothing is deleted."""
    connection.execute("UPDATE project SET withdrawn_at = now() WHERE id = ANY (%s) AND withdrawn_at IS NULL",
                       [list(project_ids)])


def _json_facts(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: _json_value(value) for name, value in facts.items() if name in FACTS}


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, tuple):
        return [_json_value(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _json_value(one) for name, one in value.items()}
    return value
