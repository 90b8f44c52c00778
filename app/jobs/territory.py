"""Whose a row is: the region responsible for it, by what the sheet says and where its sender may enter works.

Rights follow the responsible region, never the position: a point that lies over the border is a problem to look at,
not a reason to give the work to somebody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.access import SENDS
from app.db import Connection
from app.queries import regions
from app.queries.regions import Region
from app.queries.uploads import Upload
from geo.regions import Regions
from geo.sentences import Sentence
from geo.tables import Problem


@dataclass(frozen=True, slots=True)
class Responsible:
    """The region that answers for a work; `claimed` is the sheet's text where it names no known region."""

    region_id: int
    code: str
    village_known: bool
    claimed: str | None = None
    problem: tuple[str, Sentence, str] | None = None  # (column of the schema, reason, severity)

    @property
    def source(self) -> str:
        return f"upload:{self.code}"


@dataclass(frozen=True, slots=True)
class Territory:
    """The regions of the installation as one sender sees them while a file is read."""

    known: Regions
    villages: Mapping[str, Region]
    writable: frozenset[int]
    default: Region
    _seen: dict = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, upload: Upload) -> "Territory":
        return cls(regions.load_regions(connection),
                   {village.code: village for village in regions.of_level(connection, "village")},
                   frozenset(regions.writable_ids(connection, SENDS)), regions.by_id(connection, upload.region_id))

    def responsible(self, facts: Mapping[str, object]) -> Responsible:
        """Whose a row with these facts is. Rows of one village are worked out once."""
        said = tuple(str(facts[name]) if facts.get(name) else None for name in ("village_code", "village", "district"))
        if said not in self._seen:
            self._seen[said] = self._work_out(*said)
        return self._seen[said]

    def _work_out(self, code: str | None, name: str | None, district: str | None) -> Responsible:
        if not code and not name:
            # A village's own officer need not repeat the village in every row.
            return Responsible(self.default.id, self.default.code, self.default.level == "village")
        if village := self.villages.get(code or ""):
            return self._known("village_code", village)
        text = ", ".join(part for part in (name or code, district) if part)
        found = self.known.by_name(name, district) if name else []
        named = [self.villages[one] for one in found if one in self.villages]
        own = [village for village in named if village.id in self.writable]
        if len(named) == 1 or len(own) == 1:
            return self._known("village", (own or named)[0])
        reason = Sentence("upload.village_twice" if named else "upload.village_unknown", {"text": text})
        column = "village" if name else "village_code"
        return Responsible(self.default.id, self.default.code, False, text[:200], (column, reason, "note"))

    def _known(self, column: str, village: Region) -> Responsible:
        if village.id in self.writable:
            return Responsible(village.id, village.code, True)
        shown = f"{village.name}, {village.parent_name}" if village.parent_name else village.name
        return Responsible(village.id, village.code, True, problem=(
            column, Sentence("upload.not_your_region", {"village": shown}), "fault"))

    def problem_of(self, responsible: Responsible, row: object, column_of: Mapping[str, str]) -> Problem | None:
        """What is to be said about a row for where it belongs, in the words and columns of its file."""
        if responsible.problem is None:
            return None
        meaning, reason, severity = responsible.problem
        column = column_of.get(meaning) or column_of.get("village")
        text = row.values.get(column) if column else None
        return Problem(row.number, column, None if text is None else str(text), reason, sheet=row.sheet,
                       severity=severity)
