"""One work of a pack: its facts, where they were read, how they changed, and its money for each metre."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import shapely

from app.db import Connection
from app.packs.history import Change, changes
from app.queries import packs, pair_details, project_details
from app.queries.packs import Origin
from app.queries.pair_details import Side
from app.queries.project_details import Version
from geo.crs import to_metres

METRES = frozenset({"m", "m1", "m'", "m\u2019", "meter", "metre"})
"""How a sheet writes that a volume is a length."""


@dataclass(frozen=True, slots=True)
class Work:
    """A work with its letter or number. `length_m` is that of its line, else what the sheet says; None if neither."""

    letter: str
    side: Side
    origin: Origin | None
    versions: Sequence[Version]
    length_m: float | None

    @property
    def per_metre(self) -> Decimal | None:
        """Its amount for each metre of its length."""
        if self.side.amount is None or not self.length_m or self.length_m < 1:
            return None
        return self.side.amount / Decimal(str(round(self.length_m, 2)))

    @property
    def history(self) -> list[tuple[Version, list[Change]]]:
        return [(version, changes(version)) for version in self.versions]


def works(connection: Connection, wanted: Mapping[UUID, int | None], letters: Sequence[str] = ()) -> list[Work]:
    """Works that the person asking may read, with the sites given for them. `letters` follow the order of `wanted`;
    without them works are numbered in the order of the list."""
    known = {side.id: side for side in pair_details.sides(connection, wanted)}
    origins = packs.origins(connection, list(known))
    sides = [known[one] for one in wanted if one in known] if letters else list(known.values())
    named = letters or [str(number) for number in range(1, len(sides) + 1)]
    return [Work(letter, side, origins.get(side.id), project_details.versions(connection, side.id) if letters else (),
                 _length_m(side)) for letter, side in zip(named, sides, strict=True)]


def _length_m(side: Side) -> float | None:
    if side.geometry is not None and side.geometry.geom_type.endswith("LineString"):
        middle = side.geometry.centroid
        return float(shapely.length(to_metres([side.geometry], middle.x, middle.y)[0]))
    unit = (side.unit or "").strip().casefold().rstrip(".")
    return float(side.volume) if side.volume and unit in METRES else None
