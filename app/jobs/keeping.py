"""From what rows say to the rows of an upload: whose each is, which stored record it is, where it lies.

The same for a whole file that is read and for the few rows that a person corrects.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.jobs import returned
from app.jobs.territory import Responsible, Territory
from app.queries import uploads
from app.queries.upload_rows import NewRow
from geo import rows
from geo.sentences import Sentence
from geo.tables import Problem, Row, Table, Understood

LEFT_OUT = "upload.left_out"


@dataclass(frozen=True, slots=True)
class Raw:
    """A row as the file gave it, and what a person corrected of it (migrations/0005): read is `overridden`."""

    row: Row
    corrected: Mapping | None = None
    shape: BaseGeometry | None = None
    told: Sequence[Mapping] = ()

    @property
    def left_out(self) -> bool:
        return bool(self.corrected and self.corrected.get("left_out"))


@dataclass(slots=True)
class Identities:
    """Which stored record a row is where it says so itself: by `pantau_id`, or by the mark of a sheet that came back.

    `stored`: (source, source key, region) by work; `marked`: the same by the row's number, region None where nothing
    is stored yet. Each is used once: a line that was copied in the sheet is a new one.
    """

    stored: Mapping[UUID, tuple[str, str, int]] = field(default_factory=dict)
    marked: Mapping[int, tuple[str | None, str, int | None]] = field(default_factory=dict)
    _used: set = field(default_factory=set)

    @classmethod
    def of(cls, connection: Connection, understood: Sequence[Understood], marks: Mapping[int, str]) -> "Identities":
        named = [found for one in understood if (found := _uuid(one.facts.get("pantau_id")))]
        return cls(uploads.identities(connection, named) if named else {},
                   returned.known_again(connection, marks))

    def of_row(self, one: Understood, writable: frozenset[int]) -> tuple[str | None, str, int | None] | None:
        own = self.stored.get(_uuid(one.facts.get("pantau_id"))) or self.marked.get(one.row.number)
        if own is None or own[:2] in self._used or (own[2] is not None and own[2] not in writable):
            return None
        self._used.add(own[:2])
        return own


def new_rows(understood: Sequence[Understood], raws: Sequence[Raw], table: Table, territory: Territory,
             ids: Mapping[str, int], identities: Identities) -> Iterator[NewRow]:
    """The rows as they are put into the table, in order; `understood` and `raws` are aligned."""
    found = _found(understood, territory)
    codes = {region_id: code for code, region_id in ids.items()}
    keys = rows.source_keys([_as_typed(one, raw) for one, raw in zip(understood, raws, strict=True)])
    for position, (one, raw, (found_code, outside_m)) in enumerate(zip(understood, raws, found, strict=True)):
        responsible = territory.responsible(one.facts)
        problems = _problems(one, raw, responsible, territory, table)
        source, key, region_id = responsible.source, keys[position], responsible.region_id
        if own := identities.of_row(one, territory.writable):
            if own[0] is not None:
                source, key, region_id = own
            elif key.startswith("row:"):  # what a row is called by its own id says more than where it once stood
                key = own[1]
        facts = {name: plain(value) for name, value in one.facts.items() if value is not None} | {
            "record": plain(one.facts.get("source_id") or one.facts.get("id")), "fund_shares": _shares(one.facts),
            "source": source, "region_id": region_id, "identified": own is not None,
            "region": codes.get(region_id), "village_known": responsible.village_known,
            "claimed_region": responsible.claimed, "found_region_id": ids.get(found_code),
            "outside_m": outside_m, "how": (raw.corrected or {}).get("how") or one.how}
        yield NewRow(
            position, one.row.number, {name: plain(value) for name, value in raw.row.values.items()}, facts,
            [problem.to_json() for problem in problems], not any(problem.severity == "fault" for problem in problems),
            one.method, one.accuracy_m, one.geometry, key, dict(raw.corrected) if raw.corrected else None, raw.shape,
            raw.told)


def _as_typed(one: Understood, raw: Raw) -> Understood:
    """The fingerprint is that of the file's own row, so that a correction does not make it another record."""
    typed = Row(raw.row.number, raw.row.sheet, raw.row.values, raw.shape)
    return Understood(typed, one.facts, one.geometry, one.method, one.accuracy_m, one.how, one.problems)


def _problems(one: Understood, raw: Raw, responsible: Responsible, territory: Territory,
              table: Table) -> list[Problem]:
    problems = territory.problems(responsible, one, table.column_of)
    if raw.left_out:
        problems.insert(0, Problem(one.row.number, None, None, Sentence(LEFT_OUT), sheet=one.row.sheet))
    return problems


def _found(understood: Sequence[Understood], territory: Territory) -> list[tuple[str | None, float | None]]:
    """For each row the village its position lies in and how far outside the responsible one it is, where borders
    are exact enough to say."""
    if territory.known is None:
        return [(None, None)] * len(understood)
    claimed = [responsible.code if (responsible := territory.responsible(one.facts)).village_known else None
               for one in understood]
    accuracy_m = np.array([np.nan if one.accuracy_m is None else one.accuracy_m for one in understood], dtype=float)
    placed = territory.known.place([one.geometry for one in understood], claimed, accuracy_m)
    return [(None if code is None or territory.known.is_approximate(code) else code,
             None if np.isnan(metres) else float(metres))
            for code, metres in zip(placed.found, placed.outside_m, strict=True)]


def _uuid(text: object) -> UUID | None:
    with suppress(ValueError, AttributeError, TypeError):
        return UUID(str(text))
    return None


def _shares(facts: Mapping[str, object]) -> list[dict] | None:
    """The funds that openly share a work; what each gives is often not said."""
    shares = facts.get("fund_shares")
    return [{"fund": fund, "amount": plain(amount)} for fund, amount in shares] if shares else None


def plain(value: object) -> object:
    """A value as JSON keeps it, exactly."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    return value
