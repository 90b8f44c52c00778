"""One filter for list, map and exports: read from the query string, written as SQL, written back as a query string.

    wanted = Filter.parse(request.query_string.decode())
    condition, values = wanted.sql()
    connection.execute(SQL("SELECT ... FROM project p WHERE {}").format(condition), values)

The condition speaks of a project under the alias `p` and always leaves withdrawn works out. The names of its values
begin with `filter_`, so that a query may have others beside them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from psycopg.sql import SQL, Composed

from app.db import Connection
from app.queries import scope
from geo.schema import CATEGORY, FUNDS, STAGES

UNKNOWN = "unknown"
"""In the query string: the works of which this is not known."""

FACETS = {"year": 1, "fund": 2, "category": 4, "stage": 8}
"""By what the tables of counts are split, and the bit by which their rows say so."""

_LONGEST_SEARCH = 200
_MOST_CHOICES = 60

# A person's answer settles a pair while the facts it rests on are still the facts.
SETTLED = "(SELECT k.verdict FROM pair_standing k WHERE k.pair_id = x.id AND k.state IN ('judged', 'visit'))"
"""The standing verdict about the pair `x`, as it is kept (migration 0015): NULL where nobody has judged it, as it now
is. Read from the verdicts themselves, planning the query took ten times as long as answering it: their policy asks for
the pair once more."""

LOOK_AT = "('same_record', 'double_funding', 'repeat_funding', 'partial_overlap')"
WAITING = f"x.to_look_at AND x.retired_at IS NULL AND coalesce({SETTLED}, 'withdrawn') IN ('withdrawn', 'needs_visit')"
"""A pair `x` that still needs an answer."""

FLAGGED = f"""x.retired_at IS NULL AND (({WAITING}) OR coalesce({SETTLED}, '') IN {LOOK_AT})"""
"""A pair `x` that the machine flags and nobody has cleared, or that a person has confirmed."""

FLAGGED_BY_DRAFTS = f"""SELECT unnest(ARRAY[x.left_project, x.right_project]) FROM pair x
                         WHERE x.draft_regions <> '{{}}' AND {scope.pair("x")} AND {FLAGGED}"""  # noqa: S608
"""Works that pairs with a draft flag, for whoever may read these; how a work is counted does not tell of them."""

FLAG = f"""
    CROSS JOIN LATERAL (SELECT {SETTLED} AS verdict) AS standing
    CROSS JOIN LATERAL (
      SELECT CASE WHEN standing.verdict IN {LOOK_AT} THEN 2
                  WHEN x.to_look_at AND coalesce(standing.verdict, 'withdrawn') IN ('withdrawn', 'needs_visit') THEN 1
                  ELSE 0 END AS flag) AS judged
"""
"""Joins that give `judged.flag` to a pair `x`: 0 settled, 1 waits for a verdict, 2 confirmed by a person."""

LOCATED = "EXISTS (SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL)"
"""Of a project `p`: it has a point. In a WHERE clause this is one join; in a select list it is asked for every row."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which works are wanted; an empty field wants all. Codes are those of geo.schema and of official regions."""

    year: tuple[str, ...] = ()
    district: str | None = None
    village: str | None = None
    fund: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    pointless: bool = False
    suspected: bool = False
    q: str = ""

    @classmethod
    def parse(cls, query_string: str) -> Self:
        """Read a query string (without '?'); what is not a filter, or not a value of one, is left aside."""
        asked = parse_qs(query_string, max_num_fields=500)
        return cls(
            year=_chosen(asked.get("year"), _is_year),
            district=_code(asked.get("district")), village=_code(asked.get("village")),
            fund=_chosen(asked.get("fund"), FUNDS.__contains__),
            category=_chosen(asked.get("category"), CATEGORY.__contains__),
            stage=_chosen(asked.get("stage"), STAGES.__contains__),
            pointless=asked.get("pointless") == ["1"], suspected=asked.get("suspected") == ["1"],
            q=" ".join(asked.get("q", [""])[-1].split())[:_LONGEST_SEARCH])

    def __bool__(self) -> bool:
        return self != Filter()

    def query_string(self, mark: bool = False) -> str:
        """The same filter as a query string: one writing for each filter. With `mark` a '?' before it, if any."""
        written = urlencode(self.fields())
        return f"?{written}" if mark and written else written

    def fields(self) -> list[tuple[str, str]]:
        """As a form sends it: what is chosen, name by name."""
        pairs = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                pairs += [(field.name, one) for one in value]
            elif value:
                pairs.append((field.name, "1" if value is True else value))
        return pairs

    def without(self, *names: str) -> Self:
        """The filter without these fields."""
        empty = Filter()
        return replace(self, **{name: getattr(empty, name) for name in names})

    def within(self, level: str, code: str) -> Self:
        """The same works of one district or village alone."""
        return replace(self, district=code, village=None) if level == "district" else replace(self, village=code)

    @property
    def region(self) -> str | None:
        """The code of the region in which the works stand, the narrower one."""
        return self.village or self.district

    @property
    def facets(self) -> int:
        """Which rows of the tables of counts (migration 0012) hold the answer: those split by what is chosen."""
        chosen = [bit for name, bit in FACETS.items() if getattr(self, name)]
        return sum(chosen) if len(chosen) < 2 else sum(FACETS.values())

    def sql_of_facets(self) -> tuple[Composed, dict[str, object]]:
        """As sql(), of year, fund, category and stage alone: for whatever has these columns under the alias `p`."""
        parts, values = [SQL("true")], {}
        for name in FACETS:
            if chosen := getattr(self, name):
                condition, value = _one_of(name, chosen)
                parts.append(condition)
                values[f"filter_{name}"] = value
        return SQL(" AND ").join(parts), values

    @property
    def is_counted(self) -> bool:
        """Whether the counts by region (migration 0012) hold the answer, so that no work need be read."""
        return not (self.q or self.pointless or self.suspected)

    def sql_of_counts(self) -> tuple[Composed, dict[str, object]]:
        """(condition on `region_count p`, its values) of a filter that is counted."""
        condition, values = self.sql_of_works()
        return SQL("p.facets = %(filter_facets)s AND {}").format(condition), values | {"filter_facets": self.facets}

    def sql_of_works(self) -> tuple[Composed, dict[str, object]]:
        """(condition on `map_project p`, its values) of a filter that is counted."""
        condition, values = self.sql_of_facets()
        parts = [condition]
        if self.region:
            parts.append(self._sql_of_region())
            values["filter_region"] = self.region
        return SQL(" AND ").join(parts), values

    def _sql_of_region(self) -> SQL:
        return SQL(OF_VILLAGE.format("p") if self.village else _WITHIN)

    def sql(self, named: Sequence[UUID] | None = None) -> tuple[Composed, dict[str, object]]:
        """(condition on `project p`, its values). `named`: the ids of all works with that name, where they are known
        (app/queries/names.py)."""
        facets, values = self.sql_of_facets()
        parts = [SQL("p.withdrawn_at IS NULL"), facets]
        if self.region:
            parts.append(self._sql_of_region())
            values["filter_region"] = self.region
        if self.pointless:
            parts.append(SQL(f"NOT {LOCATED}"))
        if self.suspected:
            parts.append(SQL(_SUSPECTED))
        if named is not None:
            parts.append(SQL("p.id = ANY (%(filter_named)s)"))
            values["filter_named"] = list(named)
        elif self.q:
            parts.append(SQL("(p.name || ' ' || coalesce(p.place, '')) ILIKE ALL (%(filter_q)s)"))
            values["filter_q"] = patterns(self.q.split())
        return SQL(" AND ").join(parts), values


# Regions once for the query, not once a row.
_WITHIN = """p.region_id = ANY (ARRAY(SELECT r.id FROM region r JOIN region above ON above.id = ANY (r.lineage)
                                       WHERE above.code = %(filter_region)s AND above.valid_to IS NULL))"""
# One region and not a set of them: an index on regions then answers in the order of the list.
OF_VILLAGE = "{}.region_id = (SELECT r.id FROM region r WHERE r.code = %(filter_region)s AND r.valid_to IS NULL)"
_SUSPECTED = f"""p.id IN (SELECT m.project_id FROM map_project m WHERE m.flag > 0
                           UNION ALL {FLAGGED_BY_DRAFTS})"""  # noqa: S608  constants of this module
_CONDITIONS = {
    (name, unknown): SQL(f"(p.{name} = ANY (%(filter_{name})s)" + (f" OR p.{name} IS NULL)" if unknown else ")"))
    for name in FACETS for unknown in (False, True)
}


def _one_of(name: str, chosen: Sequence[str]) -> tuple[SQL, list]:
    known = [one for one in chosen if one != UNKNOWN]
    return _CONDITIONS[name, UNKNOWN in chosen], [int(one) for one in known] if name == "year" else known


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit()


def _chosen(given: Iterable[str] | None, is_one) -> tuple[str, ...]:
    return tuple(sorted({one for one in (given or ()) if one == UNKNOWN or is_one(one)})[:_MOST_CHOICES])


def _code(given: Sequence[str] | None) -> str | None:
    code = given[-1].strip() if given else ""
    return code if code and len(code) <= 20 and code.isprintable() else None


def patterns(words: Iterable[str]) -> list[str]:
    """For ILIKE, what holds each word somewhere; signs that it would read are taken literally."""
    return [f"%{_literal(word)}%" for word in words]


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class Choices(NamedTuple):
    """What the filter's chips offer: (code, name or None) lists. Codes of closed lists are named by their sentence."""

    years: list[tuple[str, str | None]]
    districts: list[tuple[str, str]]
    villages: list[tuple[str, str]]
    funds: list[tuple[str, None]]
    categories: list[tuple[str, None]]
    stages: list[tuple[str, None]]


# Of works with a point the whole world is one square, whatever their number; the others are few.
_OCCURRING = f"""
    SELECT CASE facets WHEN 1 THEN 'year' WHEN 2 THEN 'fund' WHEN 4 THEN 'category' ELSE 'stage' END,
           coalesce(year::text, fund, category, stage)
      FROM (SELECT facets, year, fund, category, stage, works FROM map_count
             WHERE z = 0 AND tx = 0 AND ty = 0 AND facets IN (1, 2, 4, 8) AND {scope.squares("map_count")}
            UNION ALL
            SELECT facets, year, fund, category, stage, without_point FROM region_count
             WHERE facets IN (1, 2, 4, 8) AND without_point <> 0 AND {scope.work("region_count")}) AS counted
     GROUP BY facets, year, fund, category, stage HAVING sum(works) > 0
"""  # noqa: S608  rules of app/queries/scope.py


def choices(connection: Connection, wanted: Filter) -> Choices:
    """The values that occur among the works the person may see; villages only of the chosen district."""
    seen: dict[str, set] = {"year": set(), "fund": set(), "category": set(), "stage": set()}
    for name, value in connection.execute(_OCCURRING):
        seen[name].add(value or UNKNOWN)
    return Choices(
        years=[(year, year if year != UNKNOWN else None) for year in _years(seen["year"])],
        districts=connection.execute(
            "SELECT code, name FROM region WHERE level = 'district' AND valid_to IS NULL ORDER BY name").fetchall(),
        villages=_villages(connection, wanted),
        funds=_in_order(FUNDS, seen["fund"]), categories=_in_order(CATEGORY, seen["category"]),
        stages=_in_order(STAGES, seen["stage"]))


def _villages(connection: Connection, wanted: Filter) -> list[tuple[str, str]]:
    if not wanted.district and not wanted.village:
        return []
    return connection.execute(
        """
        SELECT v.code, v.name FROM region v JOIN region d ON d.id = v.parent_id
         WHERE v.level = 'village' AND v.valid_to IS NULL
           AND d.id IN (SELECT CASE r.level WHEN 'village' THEN r.parent_id ELSE r.id END
                          FROM region r WHERE r.code = %s AND r.valid_to IS NULL)
         ORDER BY v.name
        """, [wanted.district or wanted.village]).fetchall()


def _years(seen: set[str]) -> list[str]:
    return sorted(seen - {UNKNOWN}, reverse=True) + ([UNKNOWN] if UNKNOWN in seen else [])


def _in_order(codes: Iterable[str], seen: set[str]) -> list[tuple[str, None]]:
    return [(code, None) for code in (*codes, UNKNOWN) if code in seen]
