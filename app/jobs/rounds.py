"""The works to be visited in the order of a short round, day by day: for the page, for a route file, for a sheet.

Nothing is stored: a query string is the plan, and opens it again with the points as they then are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlencode

import numpy as np
import shapely

from app.db import Connection
from app.errors import Refused
from app.queries import visits
from app.queries.exported import Column, Counted, Source
from app.queries.exported_inspection import WORK
from app.queries.visits import Stop
from geo import coordinates, crs, visiting
from geo.sentences import Sentence

MOST_STOPS, MOST_DAYS = 120, 14


@dataclass(frozen=True, slots=True)
class Asked:
    """Which works (by number, of pairs, of a sample), from where (as typed) and in how many days."""

    works: tuple[int, ...] = ()
    pairs: tuple[int, ...] = ()
    samples: tuple[int, ...] = ()
    start: str = ""
    days: int = 1

    @classmethod
    def parse(cls, query_string: str) -> Self:
        """Read a query string; what is not a number is left aside."""
        asked = parse_qs(query_string, max_num_fields=2_000)
        days = _numbers(asked.get("days", []))
        return cls(_numbers(asked.get("work", [])), _numbers(asked.get("pair", [])),
                   _numbers(asked.get("sample", []))[:1], asked.get("start", [""])[-1].strip()[:200],
                   min(max(days[-1] if days else 1, 1), MOST_DAYS))

    @property
    def chosen(self) -> list[tuple[str, int]]:
        """What a form sends along beside start and days."""
        return [(name, one) for name, numbers in (("work", self.works), ("pair", self.pairs), ("sample", self.samples))
                for one in numbers]

    def query_string(self) -> str:
        more = ([("start", self.start)] if self.start else []) + ([("days", self.days)] if self.days > 1 else [])
        return urlencode([*self.chosen, *more])


class Planned(NamedTuple):
    """All stops by number; from where (lon, lat; None where no stop has a place); each day's stops in order with the
    metres along straight lines, the way back included."""

    stops: list[Stop]
    start: tuple[float, float] | None
    days: list[tuple[list[Stop], float]]


def plan(connection: Connection, asked: Asked) -> Planned:
    """Raises Refused where there are too many stops or the start cannot be read."""
    stops = _stops(connection, asked)
    placed = [stop for stop in stops if stop.point is not None]
    if len(placed) > MOST_STOPS:
        raise Refused(Sentence("visits.too_many", {"n": len(placed), "most": MOST_STOPS}))
    if not placed:
        return Planned(stops, None, [])
    start = _start(asked.start, placed)
    places_m = np.array([[point.x, point.y] for point in crs.to_metres([stop.point for stop in placed], *start)])
    return Planned(stops, start, [
        ([placed[one] for one in day], visiting.length_m(places_m, (0.0, 0.0), day))
        for day in visiting.plan(places_m, (0.0, 0.0), asked.days) if day])


def _stops(connection: Connection, asked: Asked) -> list[Stop]:
    """All that is asked for, each work once."""
    found = visits.of_numbers(connection, asked.works)
    if asked.pairs:
        found += visits.of_pairs(connection, asked.pairs)
    for sample in asked.samples:
        found += visits.of_sample(connection, sample)
    return sorted({stop.id: stop for stop in found}.values(), key=lambda stop: stop.number)


def _numbers(given: Sequence[str]) -> tuple[int, ...]:
    found = {int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 20}
    return tuple(sorted(one for one in found if 0 < one < 2**63)[:1_000])


def _start(typed: str, placed: Sequence[Stop]) -> tuple[float, float]:
    """lon, lat as typed; without it the middle of all places."""
    if not typed:
        middle = shapely.MultiPoint([stop.point for stop in placed]).centroid
        return middle.x, middle.y
    position = coordinates.read(typed)
    if position.lon is None:
        raise Refused(Sentence("visits.start_unreadable"))
    return position.lon, position.lat


def _rows(connection: Connection, asked: Asked) -> Iterator[list[tuple]]:
    """The stops in their order, then those that no round can hold because they have no place."""
    planned = plan(connection, asked)
    ordered = [(day, position, stop) for day, (stops, _length) in enumerate(planned.days, start=1)
               for position, stop in enumerate(stops, start=1)]
    ordered += [(None, None, stop) for stop in planned.stops if stop.point is None]
    yield [(day, position, str(stop.id), stop.number, stop.name, stop.village, stop.district, stop.year, stop.fund,
            stop.amount, stop.accuracy_m, None if stop.point is None else shapely.to_wkb(stop.point), stop.drafts)
           for day, position, stop in ordered]


def _count(connection: Connection, asked: Asked) -> Counted:
    stops = plan(connection, asked).stops
    return Counted(len(stops), sum(stop.point is None for stop in stops))


def _describe(connection: Connection, asked: Asked) -> list[tuple[str, list[object]]]:
    said = [("export.column.number", list(asked.works)), ("export.column.pair", list(asked.pairs)),
            ("export.column.sample", list(asked.samples)),
            ("export.visits.start", [asked.start] if asked.start else []), ("export.visits.days", [asked.days])]
    return [(heading, values) for heading, values in said if values]


VISITS = Source(
    "visits", (Column("day", "whole", "export.column.day"), Column("position", "whole", "export.column.position"),
               *WORK, Column("accuracy_m", "number")),
    Asked.parse, _count, None, _describe, rows=_rows)
