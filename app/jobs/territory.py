"""Whose a row is: the region responsible for it, by what the sheet says and where its sender may enter works.

Rights follow the responsible region, never the position: a point that lies over the border is a problem to look at,
not a reason to give the work to somebody else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.access import SENDS
from app.db import Connection
from app.queries import regions
from app.queries.regions import Region
from app.queries.uploads import Upload
from geo.regions import Regions
from geo.sentences import Sentence
from geo.tables import Problem, Understood


@dataclass(frozen=True, slots=True)
class Responsible:
    """The region that answers for a work; `claimed` is the sheet's text where it names no known region."""

    region_id: int
    code: str
    village_known: bool
    claimed: str | None = None
    fault: Sentence | None = None

    @property
    def source(self) -> str:
        return f"upload:{self.code}"


@dataclass(frozen=True, slots=True)
class Territory:
    """The regions of the installation as one sender sees them while a file is read."""

    known: Regions | None
    villages: Mapping[str, Region]
    writable: frozenset[int]
    default: Region
    name: str | None = None
    _seen: dict = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, upload: Upload) -> "Territory":
        known = regions.load_regions(connection)
        villages = {village.code: village for village in regions.of_level(connection, "village")}
        return cls(known if len(known) else None, villages, frozenset(regions.writable_ids(connection, SENDS)),
                   regions.by_id(connection, upload.region_id), regions.called(connection))

    def responsible(self, facts: Mapping[str, object]) -> Responsible:
        """Whose a row with these facts is. Rows that say the same are worked out once."""
        said = tuple(str(facts[name]) if facts.get(name) else None
                     for name in ("region_code", "village_code", "village", "district", "regency"))
        if said not in self._seen:
            self._seen[said] = self._work_out(*said)
        return self._seen[said]

    def _work_out(self, recognised: str | None, code: str | None, name: str | None, district: str | None,
                  regency: str | None) -> Responsible:
        if village := self.villages.get(recognised or ""):
            return self._known(village)
        if not code and not name:
            # A village's own officer need not repeat the village in every row.
            own = self.default.level == "village"
            claimed = ", ".join(part for part in (district, regency) if part)
            return Responsible(self.default.id, self.default.code, own, claimed[:200] or None)
        named = [self.villages[one] for one in self.known.by_name(name, district)] if name and self.known else []
        own = [village for village in named if village.id in self.writable]
        if len(own) == 1:
            return self._known(own[0])  # of two villages of one name the sender's own is meant
        claimed = ", ".join(part for part in (name or code, district, regency) if part)
        return Responsible(self.default.id, self.default.code, False, claimed[:200])

    def named(self, problems: Iterable[Problem]) -> list[Problem]:
        """The same problems; a place outside is told outside of what."""
        return [replace(problem, reason=Sentence(
                    "coordinate.outside_of", {**problem.reason.values, "territory": self.name}))
                if self.name and problem.reason.id == "coordinate.outside" else problem for problem in problems]

    def _known(self, village: Region) -> Responsible:
        if village.id in self.writable:
            return Responsible(village.id, village.code, True)
        shown = f"{village.name}, {village.parent_name}" if village.parent_name else village.name
        return Responsible(village.id, village.code, True, fault=Sentence(
            "upload.not_your_region", {"village": shown}))

    def problems(self, responsible: Responsible, one: Understood, column_of: Mapping[str, str]) -> list[Problem]:
        """The problems of a row, with what is to be said for where it belongs."""
        problems = self.named(one.problems)
        if responsible.village_known:  # the sender's rights told which of several villages is meant
            problems = [problem for problem in problems if problem.reason.id != "region.several"]
        if responsible.fault:
            column = column_of.get("village") or column_of.get("village_code")
            text = one.row.values.get(column) if column else None
            problems.append(Problem(one.row.number, column, None if text is None else str(text), responsible.fault,
                                    sheet=one.row.sheet))
        return problems
